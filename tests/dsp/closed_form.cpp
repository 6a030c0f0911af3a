#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <cmath>
#include <numbers>

using namespace continuo::dsp;

TEST_CASE("the impulse response of one pole is its exponential") {
    const double rate = 48000.0;
    struct Pole {
        double decay, frequency; // 1/s, rad/s
    };
    const double two_pi = 2.0 * std::numbers::pi;
    for (const Pole& pole : {Pole{50.0, 0.0}, Pole{3.0, 0.0}, Pole{1.0, 0.0}, Pole{200.0, two_pi * 440.0},
                             Pole{2000.0, two_pi * 9000.0}, Pole{40000.0, two_pi * 18000.0}}) {
        const float real = 0.7f, imag = -0.4f;
        const StackParameters parameters = one_pole(pole.decay, pole.frequency, real, imag, rate);
        std::vector<float> input(4000, 0.0f);
        input[0] = 1.0f;
        std::vector<double> expected;
        const double gain = -std::expm1(-double(parameters.layers[0].pole_decay[0]) / rate);
        for (std::size_t i = 0; i < input.size(); ++i) {
            const double seconds = double(i) / rate;
            const double angle = double(parameters.layers[0].pole_frequency[0]) * seconds;
            expected.push_back(std::tanh(0.5) * gain * std::exp(-pole.decay * seconds) *
                               (double(real) * std::cos(angle) - double(imag) * std::sin(angle)));
        }
        ReferenceStack reference(parameters, rate);
        const std::vector<double> plain = run(reference, input);
        for (std::size_t i = 0; i < input.size(); ++i)
            REQUIRE(plain[i] ==
                    Approx(expected[i]).margin(2e-6 * std::abs(expected[0]))); // float coefficients
        for (const InstructionSet set : available_instruction_sets()) {
            StreamingStack stack(parameters, rate, set);
            const Difference found = difference(run(stack, input, 64), expected);
            INFO(name(set) << ", decay " << pole.decay << ", frequency " << pole.frequency);
            CHECK(found.relative < 5e-6);
        }
    }
}
