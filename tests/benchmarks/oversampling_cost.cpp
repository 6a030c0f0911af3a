// What oversampling costs without a model in it: CSV, ns per sample of the host, blocks of 64 samples, one
// core; the fastest of 41 runs says most where others use the machine as well.
//
//   oversampling_cost
#include "dsp/oversampling/oversampler.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace continuo::dsp;

namespace {

constexpr std::size_t block = 64, blocks = 750, repetitions = 41; // 1 s of audio at 48 kHz each

struct Cost {
    double median, fastest; // ns per sample of the host
};

Cost cost(Oversampler& oversampler) {
    std::vector<float> audio(block * blocks);
    std::vector<double> times;
    for (std::size_t i = 0; i < repetitions; ++i) {
        for (std::size_t t = 0; t < audio.size(); ++t)
            audio[t] = float(std::sin(0.1 * double(t)) * std::sin(0.0007 * double(t)));
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t t = 0; t < audio.size(); t += block)
            oversampler.process(audio.data() + t, audio.data() + t, block, [](float*, std::size_t) {});
        const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
        times.push_back(time.count() / double(audio.size()));
    }
    std::ranges::sort(times);
    return {times[repetitions / 2], times.front()};
}

} // namespace

int main() {
    std::printf("kind,factor,latency_samples,delay_samples,median,fastest\n");
    for (const OversamplingKind kind : {OversamplingKind::minimum_phase, OversamplingKind::linear_phase})
        for (const std::size_t factor : {2u, 4u, 8u}) {
            Oversampler oversampler(factor, kind);
            const Cost costs = cost(oversampler);
            std::printf("%s,%zu,%zu,%.3f,%.1f,%.1f\n",
                        kind == OversamplingKind::linear_phase ? "linear" : "minimum", factor,
                        oversampler.latency(), oversampler.delay(), costs.median, costs.fastest);
        }
}
