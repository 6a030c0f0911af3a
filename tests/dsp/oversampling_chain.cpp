#include "tests/dsp/oversampling_reference.h"
#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

using namespace continuo::dsp;

namespace {

constexpr std::size_t period = 4096; // samples of the host; test tones repeat after it
constexpr std::size_t settling = 3 * period;

struct Chain {
    std::size_t factor;
    OversamplingKind kind;

    bool linear() const { return kind == OversamplingKind::linear_phase; }
    double attenuation() const { return linear() ? 120.0 : 100.0; } // dB
    std::string description() const {
        return std::string(linear() ? "linear" : "minimum") + " phase, factor " + std::to_string(factor);
    }
};

std::vector<Chain> chains() {
    std::vector<Chain> all;
    for (const OversamplingKind kind : {OversamplingKind::minimum_phase, OversamplingKind::linear_phase})
        for (const std::size_t factor : {2u, 4u, 8u})
            all.push_back({factor, kind});
    return all;
}

double decibels(double ratio) {
    return 20.0 * std::log10(ratio + 1e-15);
}

/// `count` samples of a sine of `cycles` cycles in `samples` samples.
std::vector<float> tone(std::size_t cycles, std::size_t samples, std::size_t count) {
    std::vector<float> signal(count);
    for (std::size_t t = 0; t < count; ++t)
        signal[t] = float(std::sin(2.0 * std::numbers::pi * double(cycles * t % samples) / double(samples)));
    return signal;
}

/// Amplitude and phase of `cycles` cycles in the last `samples` samples of a signal; 1 for a sine of tone().
std::complex<double> component(const std::vector<float>& signal, std::size_t cycles, std::size_t samples) {
    std::complex<double> sum = 0.0;
    const std::size_t begin = signal.size() - samples;
    for (std::size_t t = 0; t < samples; ++t)
        sum += double(signal[begin + t]) *
               std::polar(1.0,
                          -2.0 * std::numbers::pi * double(cycles * (begin + t) % samples) / double(samples));
    return sum * std::complex<double>(0.0, 2.0) / double(samples);
}

std::vector<float> up(const Chain& chain, const std::vector<float>& input) {
    Oversampler oversampler(chain.factor, chain.kind);
    std::vector<float> output(input.size() * chain.factor);
    oversampler.up(input.data(), output.data(), input.size());
    return output;
}

std::vector<float> down(const Chain& chain, std::vector<float> samples) {
    Oversampler oversampler(chain.factor, chain.kind);
    std::vector<float> output(samples.size() / chain.factor);
    oversampler.down(samples.data(), output.data(), output.size());
    return output;
}

std::vector<float> through(const Chain& chain, const std::vector<float>& input) {
    Oversampler oversampler(chain.factor, chain.kind);
    std::vector<float> output(input.size());
    oversampler.process(input.data(), output.data(), input.size(), [](float*, std::size_t) {});
    return output;
}

/// Cycles in `period` samples of the host of frequencies from low to where the pass-band ends.
std::vector<std::size_t> passed_tones(double sample_rate) {
    const double end = sample_rate * 20000.0 / 44100.0;
    std::vector<std::size_t> cycles;
    for (const double frequency : {100.0, 1000.0, 5000.0, 12000.0, 17000.0, 20000.0, end})
        if (frequency <= end)
            cycles.push_back(std::size_t(frequency / sample_rate * double(period)));
    return cycles;
}

double largest_difference(const std::vector<float>& output, const std::vector<double>& reference) {
    double largest = 0.0;
    for (std::size_t t = 0; t < output.size(); ++t)
        largest = std::max(largest, std::abs(double(output[t]) - reference[t]));
    return largest;
}

} // namespace

TEST_CASE("oversampling agrees with its formulas in double") {
    std::vector<float> input = test_signal(3000, 21);
    input[0] = 1.0f; // a step from rest as well
    const std::vector<double> exact(input.begin(), input.end());
    for (const Chain& chain : chains()) {
        const ReferenceOversampler reference(chain.factor, chain.kind);
        const std::vector<float> raised = up(chain, input);
        INFO(chain.description());
        CHECK(largest_difference(raised, reference.up(exact)) < 5e-6); // peaks at about 2
        CHECK(largest_difference(down(chain, raised), reference.down({raised.begin(), raised.end()})) < 5e-6);
        CHECK(largest_difference(through(chain, input), reference.down(reference.up(exact))) < 5e-6);
    }
}

TEST_CASE("oversampling leaves no image") {
    for (const double sample_rate : {44100.0, 48000.0, 96000.0})
        for (const Chain& chain : chains()) {
            double worst = -1000.0;
            for (const std::size_t cycles : passed_tones(sample_rate)) {
                const std::vector<float> raised = up(chain, tone(cycles, period, settling + period));
                const std::size_t samples = period * chain.factor;
                CHECK(std::abs(decibels(std::abs(component(raised, cycles, samples)))) < 0.001);
                for (std::size_t multiple = period; multiple <= samples / 2; multiple += period)
                    for (const std::size_t image : {multiple - cycles, multiple + cycles})
                        if (image < samples / 2)
                            worst = std::max(worst, decibels(std::abs(component(raised, image, samples))));
            }
            INFO(chain.description() << " at " << sample_rate << " Hz: " << worst << " dB");
            CHECK(worst < -chain.attenuation());
        }
}

TEST_CASE("nothing folds onto what can be heard on the way down") {
    for (const double sample_rate : {44100.0, 48000.0, 96000.0})
        for (const Chain& chain : chains()) {
            double worst = -1000.0;
            const std::size_t samples = period * chain.factor;
            for (const std::size_t cycles : passed_tones(sample_rate))
                for (std::size_t multiple = period; multiple <= samples / 2; multiple += period)
                    for (const std::size_t folding : {multiple - cycles, multiple + cycles})
                        if (folding < samples / 2) {
                            const std::vector<float> lowered =
                                down(chain, tone(folding, samples, (settling + period) * chain.factor));
                            worst = std::max(worst, decibels(std::abs(component(lowered, cycles, period))));
                        }
            INFO(chain.description() << " at " << sample_rate << " Hz: " << worst << " dB");
            CHECK(worst < -chain.attenuation());
        }
}

TEST_CASE("oversampling up and down is flat to 20 kHz") {
    for (const double sample_rate : {44100.0, 48000.0, 96000.0})
        for (const Chain& chain : chains()) {
            double worst = 0.0;
            for (const std::size_t cycles : passed_tones(sample_rate)) {
                const std::vector<float> output = through(chain, tone(cycles, period, settling + period));
                worst = std::max(worst, std::abs(decibels(std::abs(component(output, cycles, period)))));
            }
            INFO(chain.description() << " at " << sample_rate << " Hz: " << worst << " dB");
            CHECK(worst < 0.001);
        }
}

TEST_CASE("linear-phase oversampling is a delay by its latency") {
    std::vector<float> input(settling + period, 0.0f);
    Random random(4);
    for (std::size_t cycles = 1; cycles < std::size_t(20000.0 / 44100.0 * double(period)); cycles += 23) {
        const std::size_t start = std::size_t(random.between(0.0, double(period)));
        const std::vector<float> one = tone(cycles, period, input.size() + start);
        for (std::size_t t = 0; t < input.size(); ++t)
            input[t] += 0.05f * one[t + start];
    }
    for (const std::size_t factor : {2u, 4u, 8u}) {
        const Chain chain{factor, OversamplingKind::linear_phase};
        const std::size_t latency = Oversampler(factor, chain.kind).latency();
        const std::vector<float> output = through(chain, input);
        double power = 0.0, error = 0.0;
        for (std::size_t t = settling; t < input.size(); ++t) {
            power += double(input[t - latency]) * double(input[t - latency]);
            error += std::pow(double(output[t]) - double(input[t - latency]), 2);
        }
        INFO("factor " << factor << ", latency " << latency << ": " << 10.0 * std::log10(error / power)
                       << " dB");
        CHECK(10.0 * std::log10(error / power) < -100.0);
    }
}

TEST_CASE("the latency of oversampling is its delay at low frequencies, to the nearest sample") {
    CHECK(Oversampler(1, OversamplingKind::linear_phase).latency() == 0);
    CHECK(Oversampler(1, OversamplingKind::minimum_phase).latency() == 0);
    for (const Chain& chain : chains()) {
        const Oversampler oversampler(chain.factor, chain.kind);
        constexpr std::size_t cycles = 4; // 47 Hz at 48 kHz
        const std::vector<float> output = through(chain, tone(cycles, period, settling + period));
        const double delay = -std::arg(component(output, cycles, period)) /
                             (2.0 * std::numbers::pi * double(cycles)) * double(period);
        INFO(chain.description() << ": " << delay << " samples");
        CHECK(delay == Approx(oversampler.delay()).margin(0.002));
        CHECK(std::abs(delay - double(oversampler.latency())) < (chain.linear() ? 0.002 : 0.5));
    }
}

TEST_CASE("the bits of oversampling do not depend on how the audio is cut") {
    const std::vector<float> input = test_signal(1500, 8);
    for (const Chain& chain : chains()) {
        const std::vector<float> raised = up(chain, input), lowered = down(chain, raised);
        const std::vector<float> both = through(chain, input);
        INFO(chain.description());
        CHECK(both == lowered);
        for (const std::size_t block : {1u, 2u, 7u, 63u, 64u, 65u, 200u}) {
            Oversampler oversampler(chain.factor, chain.kind), in_place(chain.factor, chain.kind);
            std::vector<float> pieces(raised.size()), output(input.size()), audio = input;
            for (std::size_t t = 0; t < input.size(); t += block) {
                const std::size_t count = std::min(block, input.size() - t);
                float* samples = pieces.data() + t * chain.factor;
                oversampler.up(input.data() + t, samples, count);
                std::vector<float> overwritten(samples, samples + count * chain.factor);
                oversampler.down(overwritten.data(), output.data() + t, count);
                in_place.process(audio.data() + t, audio.data() + t, count, [](float*, std::size_t) {});
            }
            INFO("blocks of " << block);
            CHECK(pieces == raised);
            CHECK(output == lowered);
            CHECK(audio == lowered);
        }
    }
}

TEST_CASE("oversampling takes the aliases of a distortion away") {
    constexpr std::size_t cycles = 389; // 4186 Hz at 44.1 kHz; a prime, so that no alias meets a harmonic
    const auto aliases = [&](std::size_t factor, OversamplingKind kind) {
        Oversampler oversampler(factor, kind);
        std::vector<float> audio = tone(cycles, period, settling + period);
        oversampler.process(audio.data(), audio.data(), audio.size(), [](float* samples, std::size_t count) {
            for (std::size_t t = 0; t < count; ++t)
                samples[t] = std::tanh(3.0f * samples[t]);
        });
        double worst = 0.0;
        const std::size_t audible = std::size_t(20000.0 / 44100.0 * double(period));
        for (std::size_t k = 1; k < audible; ++k)
            if (k % cycles != 0)
                worst = std::max(worst, std::abs(component(audio, k, period)));
        return decibels(worst / std::abs(component(audio, cycles, period)));
    };
    const double plain = aliases(1, OversamplingKind::minimum_phase);
    const double twice = aliases(2, OversamplingKind::minimum_phase);
    const double four_times = aliases(4, OversamplingKind::minimum_phase);
    const double eight_times = aliases(8, OversamplingKind::linear_phase);
    INFO(plain << " dB, 2: " << twice << " dB, 4: " << four_times << " dB, 8: " << eight_times << " dB");
    CHECK(twice < plain - 15.0);
    CHECK(four_times < twice - 25.0);
    CHECK(eight_times < four_times - 10.0);
}

TEST_CASE("reset puts oversampling where it rests") {
    for (const Chain& chain : chains()) {
        Oversampler oversampler(chain.factor, chain.kind);
        std::vector<float> audio = test_signal(500, 3);
        oversampler.process(audio.data(), audio.data(), audio.size(), [](float*, std::size_t) {});
        constexpr float below = -0.11f, inside = 0.37f;
        oversampler.reset(below, inside);
        std::vector<float> input(1000, below);
        bool rests = true;
        oversampler.process(input.data(), input.data(), input.size(), [&](float* samples, std::size_t count) {
            for (std::size_t t = 0; t < count; ++t) {
                rests = rests && std::abs(samples[t] - below) <= (chain.linear() ? 2e-7f : 0.0f);
                samples[t] = inside;
            }
        });
        INFO(chain.description());
        CHECK(rests);
        const auto [low, high] = std::minmax_element(input.begin(), input.end());
        CHECK(std::abs(*low - inside) <= (chain.linear() ? 3e-7f : 0.0f));
        CHECK(std::abs(*high - inside) <= (chain.linear() ? 3e-7f : 0.0f));
    }
}

TEST_CASE("oversampling recovers from samples that are not finite") {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> junk{nan, -nan, infinity, -infinity, 3e38f};
    for (const std::size_t factor : {1u, 2u, 4u, 8u})
        for (const OversamplingKind kind :
             {OversamplingKind::minimum_phase, OversamplingKind::linear_phase}) {
            Oversampler oversampler(factor, kind);
            std::vector<float> audio(4000, 0.0f);
            std::copy(junk.begin(), junk.end(), audio.begin() + 100);
            std::size_t calls = 0;
            oversampler.process(audio.data(), audio.data(), audio.size(),
                                [&](float* samples, std::size_t count) {
                                    if (calls++ == 3)
                                        std::fill(samples, samples + count, nan);
                                });
            INFO("factor " << factor);
            for (const float sample : audio)
                REQUIRE(std::abs(sample) < 3000.0f);
            CHECK(std::abs(audio.back()) < 1e-6f);
        }
}

TEST_CASE("oversampling leaves no denormal numbers, and the floating-point environment as it was") {
    volatile float smallest = std::numeric_limits<float>::min();
    for (const Chain& chain : chains()) {
        Oversampler oversampler(chain.factor, chain.kind);
        std::vector<float> audio = test_signal(8000, 5), inside(chain.factor);
        std::fill(audio.begin() + 1000, audio.end(), 0.0f);
        for (std::size_t t = 0; t < audio.size(); ++t) {
            oversampler.up(&audio[t], inside.data(), 1);
            oversampler.down(inside.data(), &audio[t], 1);
        }
        INFO(chain.description());
        CHECK(std::none_of(audio.begin(), audio.end(),
                           [](float sample) { return std::fpclassify(sample) == FP_SUBNORMAL; }));
        CHECK(audio.back() == 0.0f);
        CHECK(smallest * 0.5f != 0.0f);
    }
}

TEST_CASE("oversampling by another factor is refused") {
    for (const std::size_t factor : {0u, 3u, 5u, 6u, 16u})
        CHECK_THROWS_AS(Oversampler(factor, OversamplingKind::minimum_phase), std::invalid_argument);
}
