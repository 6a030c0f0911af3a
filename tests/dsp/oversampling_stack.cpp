#include "dsp/oversampling/oversampled_stack.h"

#include "tests/dsp/oversampling_reference.h"
#include "tests/dsp/stacks.h"

#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace continuo::dsp;

namespace {

constexpr double rate = 48000.0;
const StackShape shape{2, 8, 6, 2};

} // namespace

TEST_CASE("qualities have names that lead back") {
    for (const QualityDescription& description : qualities) {
        CHECK(describe(description.quality).name == description.name);
        CHECK(quality_from_name(name(description.quality)) == description.quality);
    }
    CHECK_FALSE(quality_from_name("Eco"));
    CHECK_FALSE(quality_from_name(""));
}

TEST_CASE("a quality is a factor, lower where the host's rate is high") {
    CHECK(oversampling_factor(Quality::eco, 44100.0) == 1);
    CHECK(oversampling_factor(Quality::normal, 44100.0) == 2);
    CHECK(oversampling_factor(Quality::high, 44100.0) == 4);
    CHECK(oversampling_factor(Quality::offline, 44100.0) == 8);
    CHECK(oversampling_factor(Quality::offline, 96000.0) == 8);
    CHECK(oversampling_factor(Quality::high, 192000.0) == 4);
    CHECK(oversampling_factor(Quality::offline, 192000.0) == 4);
    CHECK(oversampling_factor(Quality::high, 384000.0) == 2);
    const StackParameters parameters = random_stack({1, 2, 2, 0}, rate, 1);
    for (const double host : {44100.0, 192000.0, 384000.0})
        CHECK_NOTHROW(OversampledStack(parameters, host, Quality::offline));
}

TEST_CASE("eco is the stack itself, bit for bit") {
    const StackParameters parameters = random_stack(shape, rate, 3);
    const std::vector<float> input = test_signal(3000, 2), low{0.1f, 0.8f}, high{0.9f, 0.3f};
    for (const InstructionSet set : available_instruction_sets()) {
        StreamingStack stack(parameters, rate, set);
        OversampledStack eco(parameters, rate, Quality::eco, set);
        CHECK(eco.latency() == 0);
        CHECK(eco.instruction_set() == set);
        std::vector<float> expected(input.size()), output(input.size());
        stack.reset(low);
        eco.reset(low);
        stack.process(input.data(), expected.data(), 1000);
        eco.process(input.data(), output.data(), 1000);
        stack.set_knobs(high);
        eco.set_knobs(high);
        stack.process(input.data() + 1000, expected.data() + 1000, 2000);
        for (std::size_t t = 1000; t < input.size(); ++t)
            output[t] = eco.step(input[t]);
        CHECK(output == expected);
    }
}

TEST_CASE("an oversampled stack agrees with the equations in double") {
    const StackParameters parameters = random_stack(shape, rate, 5);
    const std::vector<float> input = test_signal(4000, 9), knobs{0.4f, 0.6f};
    for (const Quality quality : {Quality::normal, Quality::high, Quality::offline}) {
        const std::size_t factor = oversampling_factor(quality, rate);
        // The reference's filters begin at zero: what rests comes before the signal, and is left away.
        constexpr std::size_t before = 2000;
        std::vector<double> signal(before, 0.0);
        signal.insert(signal.end(), input.begin(), input.end());
        const ReferenceOversampler reference(factor, describe(quality).kind);
        ReferenceStack inside(parameters, rate * double(factor));
        inside.reset(knobs);
        std::vector<double> samples = reference.up(signal);
        inside.process(samples.data(), samples.data(), samples.size());
        std::vector<double> expected = reference.down(samples);
        expected.erase(expected.begin(), expected.begin() + before);

        for (const InstructionSet set : available_instruction_sets()) {
            OversampledStack stack(parameters, rate, quality, set);
            stack.reset(knobs);
            std::vector<float> output(input.size());
            stack.process(input.data(), output.data(), input.size());
            const Difference error = difference(output, expected);
            INFO(name(quality) << " on " << name(set) << ": " << error.relative << ", " << error.decibels
                               << " dB");
            CHECK(error.relative < 1e-5);
        }
    }
}

TEST_CASE("the bits of an oversampled stack do not depend on how the audio is cut") {
    const StackParameters parameters = random_stack(shape, rate, 7);
    const std::vector<float> input = test_signal(2000, 4), low{0.1f, 0.8f}, high{0.9f, 0.3f};
    for (const Quality quality : {Quality::normal, Quality::high, Quality::offline}) {
        OversampledStack whole(parameters, rate, quality);
        std::vector<float> expected(input.size());
        whole.reset(low);
        whole.process(input.data(), expected.data(), 600);
        whole.set_knobs(high);
        whole.process(input.data() + 600, expected.data() + 600, input.size() - 600);
        for (const std::size_t block : {1u, 10u, 100u}) {
            OversampledStack stack(parameters, rate, quality);
            std::vector<float> audio = input;
            stack.reset(low);
            for (std::size_t t = 0; t < audio.size(); t += block) {
                if (t == 600)
                    stack.set_knobs(high);
                stack.process(audio.data() + t, audio.data() + t, block);
            }
            INFO(name(quality) << ", blocks of " << block);
            CHECK(audio == expected);
        }
    }
}

TEST_CASE("a reset oversampled stack makes no thump in silence") {
    const StackParameters parameters = random_stack({4, 8, 8, 2}, rate, 31);
    const std::vector<float> knobs{0.2f, 0.9f};
    for (const QualityDescription& description : qualities) {
        const double inside_rate = rate * double(description.factor);
        ReferenceStack reference(parameters, inside_rate);
        reference.reset(knobs);
        const double rest = reference.step(0.0);
        REQUIRE(std::abs(rest) > 0.01);
        OversampledStack stack(parameters, rate, description.quality);
        std::vector<float> audio = test_signal(1000, 5);
        audio[500] = std::numeric_limits<float>::quiet_NaN();
        stack.process(audio.data(), audio.data(), audio.size());
        stack.reset(knobs);
        std::vector<float> silence(20000, 0.0f);
        stack.process(silence.data(), silence.data(), silence.size());
        const auto [low, high] = std::minmax_element(silence.begin(), silence.end());
        INFO(description.name << ": from " << *low << " to " << *high << ", rest " << rest);
        CHECK(std::abs(double(*low) - rest) < 3e-6);
        CHECK(std::abs(double(*high) - rest) < 3e-6);
    }
}

TEST_CASE("the latency of an oversampled stack is that of its filters") {
    const StackParameters parameters = random_stack({1, 2, 2, 0}, rate, 1);
    for (const QualityDescription& description : qualities)
        CHECK(OversampledStack(parameters, rate, description.quality).latency() ==
              Oversampler(description.factor, description.kind).latency());
}
