#include "tests/dsp/stacks.h"

#include "dsp/discretise.h"

#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <complex>

using namespace continuo::dsp;

TEST_CASE("ten minutes of slow modes at 192 kHz stay with double precision") {
    // One channel with modes on both sides of the border between float and double. The input holds a value
    // for a while and then jumps; in between, each mode is known in closed form: z' = λⁿ z + v (1 − λⁿ) / (1
    // − λ).
    const double rate = 192000.0;
    const std::vector<double> time_constants{0.02, 0.06, 0.07, 0.09, 0.3, 1.0, 3.0, 10.0}; // s
    StackParameters parameters = make_stack({1, 1, time_constants.size(), 0}, rate);
    parameters.encoder = parameters.decoder = {1.0f};
    LayerParameters& layer = parameters.layers[0];
    layer.mixing = {1.0f};
    for (std::size_t i = 0; i < time_constants.size(); ++i) {
        layer.pole_decay[i] = float(1.0 / time_constants[i]);
        layer.pole_frequency[i] = i % 2 == 0 ? 0.0f : float(0.7 / time_constants[i]);
        layer.readout_real[i] = i % 3 == 0 ? -0.5f : 0.8f;
        layer.readout_imag[i] = 0.3f;
    }
    const DiscreteModes modes = discretise(layer, rate);
    for (const InstructionSet set : available_instruction_sets()) {
        const double seconds = set == default_instruction_set() ? 600.0 : 60.0; // the others take longer
        StreamingStack stack(parameters, rate, set);
        std::vector<std::complex<double>> state(time_constants.size());
        Random random(77);
        std::vector<float> input, output;
        double largest = 0.0, largest_error = 0.0;
        for (std::size_t done = 0; done < std::size_t(seconds * rate); done += input.size()) {
            const std::size_t frames = std::size_t(random.between(0.001, 0.7) * rate);
            const float level = random.around_zero(1.0);
            input.assign(frames, level);
            output.resize(frames);
            stack.process(input.data(), output.data(), frames);
            const double v = std::tanh(double(level));
            double expected = 0.0;
            for (std::size_t i = 0; i < state.size(); ++i) {
                const std::complex<double> delta(modes.delta_real[i], modes.delta_imag[i]);
                const std::complex<double> decayed = std::pow(1.0 + delta, double(frames));
                state[i] = decayed * state[i] - v * (1.0 - decayed) / delta;
                expected += double(modes.readout_real[i]) * state[i].real() -
                            double(modes.readout_imag[i]) * state[i].imag();
            }
            largest = std::max(largest, std::abs(expected));
            largest_error = std::max(largest_error, std::abs(double(output.back()) - expected));
        }
        INFO(name(set) << ": " << largest_error / largest);
        CHECK(largest > 0.5);
        CHECK(largest_error < 1e-5 * largest);
    }
}
