// The half of scan_speed that measures one core of the CPU.
#include "dsp/instruction_set.h"
#include "dsp/realtime.h"
#include "models/parallel/scan/cpu_scan.h"
#include "tests/benchmarks/scan_recurrence.h"
#include "tests/benchmarks/scan_speed.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace scan_speed {

namespace {

constexpr std::size_t most_frames = 720000;

/// Seconds that each of two things takes, in turns, so that what else the machine does befalls both.
template <class First, class Second, class Third>
void time_in_turns(std::size_t repetitions, std::vector<double> (&seconds)[3], const First& first,
                   const Second& second, const Third& third) {
    const auto time = [](const auto& f) {
        const auto begin = std::chrono::steady_clock::now();
        f();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    for (std::size_t i = 0; i < repetitions; ++i) {
        seconds[0].push_back(time(first));
        seconds[1].push_back(time(second));
        seconds[2].push_back(time(third));
    }
}

std::vector<float> transposed(const std::vector<float>& values, std::size_t columns) {
    std::vector<float> result(values.size());
    const std::size_t rows = values.size() / columns;
    for (std::size_t i = 0; i < values.size(); ++i)
        result[i % columns * rows + i / columns] = values[i];
    return result;
}

} // namespace

void measure_cpu(const Case& one, std::size_t repetitions, std::vector<Row>& rows) {
    using namespace continuo;
    const ScanShape shape{1, one.shape.channels, std::min(one.shape.frames, most_frames), one.shape.modes};
    const std::size_t channels = shape.channels, frames = shape.frames;
    std::vector<float> u(shape.samples()), y(u.size()), gradient(u.size());
    for (std::size_t row = 0; row < channels; ++row)
        std::copy_n(one.noise->data() + noise_offset(row), frames, u.data() + row * frames);
    std::vector<double> sums[4];
    for (std::vector<double>& sum : sums)
        sum.resize(channels * shape.modes);

    const dsp::InstructionSet set = dsp::default_instruction_set();
    parallel::CpuScan chunks(set);
    chunks.prepare(channels, shape.modes, one.model.view(0, shape.modes));
    const auto forward = [&] { chunks.forward(shape, {u.data(), y.data(), nullptr, nullptr}); };
    const auto backward = [&] {
        chunks.backward(shape, {u.data(), u.data(), nullptr, nullptr, gradient.data(), sums[0].data(),
                                sums[1].data(), sums[2].data(), sums[3].data(), nullptr});
    };

    std::vector<float> lambda_real = one.model.delta_real;
    for (float& value : lambda_real)
        value += 1.0f;
    const std::vector<float> values[4] = {
        transposed(lambda_real, shape.modes), transposed(one.model.delta_imag, shape.modes),
        transposed(one.model.readout_real, shape.modes), transposed(one.model.readout_imag, shape.modes)};
    const std::vector<float> by_time = transposed(u, frames);
    std::vector<float> recurrence_y(u.size()), state[2];
    const std::vector<dsp::InstructionSet> available = dsp::available_instruction_sets();
    bool has_recurrence =
        std::find(available.begin(), available.end(), dsp::InstructionSet::avx2) != available.end();
    const auto recurrence = [&] {
        for (std::vector<float>& part : state)
            part.assign(channels * shape.modes, 0.0f);
        const dsp::ScopedFlushToZero flush_to_zero;
        has_recurrence =
            has_recurrence && recurrence_avx2(values[0].data(), values[1].data(), values[2].data(),
                                              values[3].data(), channels, shape.modes, frames, by_time.data(),
                                              state[0].data(), state[1].data(), recurrence_y.data());
    };

    std::vector<double> seconds[3];
    time_in_turns(repetitions, seconds, forward, recurrence, backward);
    const std::vector<double> expected(one.expected.begin(), one.expected.begin() + std::ptrdiff_t(frames));
    const auto add = [&](const std::string& name, const char* direction, std::vector<double>& times,
                         double error) {
        const double each = 1e12 / double(shape.samples()), middle = median(times);
        rows.push_back({name, direction, shape, middle * each, times.front() * each, error});
    };
    const std::size_t last = (channels - 1) * frames;
    add("CPU chunks, " + std::string(dsp::name(set)), "forward", seconds[0],
        decibels(y.data() + last, expected));
    if (has_recurrence)
        add("CPU recurrence, avx2", "forward", seconds[1],
            decibels(transposed(recurrence_y, channels).data() + last, expected));
    add("CPU chunks, " + std::string(dsp::name(set)), "backward", seconds[2],
        decibels(gradient.data() + last, gradient_of_last_row(one, frames)));
}

} // namespace scan_speed
