// What it costs a model to remember: ns per sample at 48 kHz of our models, an LSTM and windowed attention,
// by how far back each can hear; and the time for a whole recording by its length. One core, mono, weights at
// random: the time depends on sizes alone. Everything is first checked against plain loops (exit status 1
// where they differ), and runs on the instruction set of the comparators. Every repetition takes all models
// in turn, so that a busy machine is busy for all of them; medians of processor time.
//
//   memory_cost [JSON]     JSON: a file to write the figures to
#include "tests/benchmarks/comparators.h"

#include "dsp/gain/reference_gain.h"
#include "dsp/gain/streaming_gain.h"
#include "models/format/tier.h"
#include "models/training/gain_trainer.h"
#include "tests/dsp/gains.h"
#include "tests/dsp/stacks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace continuo;
using namespace continuo::benchmarks;

namespace {

constexpr double sample_rate = 48000.0;
constexpr std::size_t block = 64, repetitions = 61, offline_repetitions = 5, token_frame = 32;
constexpr double seconds_per_turn = 0.003;
constexpr std::array windows = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0}; // s
constexpr std::array durations = {1.0, 3.0, 10.0, 30.0};                         // s

using Process = std::function<void(const float* input, float* output, std::size_t frames)>;

struct Contestant {
    std::string name;
    double memory = 0.0; // s; 0: no end
    std::size_t parameters = 0;
    Process process;
    std::size_t frames = 0; // per turn
    std::vector<double> nanoseconds = {};
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::vector<double> ratios(const std::vector<double>& of, const std::vector<double>& to) {
    std::vector<double> result;
    for (std::size_t i = 0; i < of.size(); ++i)
        result.push_back(of[i] / to[i]);
    return result;
}

std::vector<float> noise(std::size_t frames) {
    dsp::Random random(3);
    std::vector<float> signal(frames);
    for (float& sample : signal)
        sample = random.around_zero(0.2);
    return signal;
}

/// Plays `input` in blocks and returns the seconds of processor time that it took: what others' programs take
/// in between does not count.
double play(const Process& process, const std::vector<float>& input, std::vector<float>& output,
            std::size_t frames) {
    const std::clock_t start = std::clock();
    for (std::size_t begin = 0; begin < frames; begin += block)
        process(input.data() + begin, output.data() + begin, std::min(block, frames - begin));
    return double(std::clock() - start) / double(CLOCKS_PER_SEC);
}

Process player(std::shared_ptr<Comparator> model) {
    return [model](const float* input, float* output, std::size_t frames) {
        model->process(input, output, frames);
    };
}

template <typename Model>
Process player(std::shared_ptr<Model> model) {
    return [model](const float* input, float* output, std::size_t frames) {
        model->process(input, output, frames);
    };
}

dsp::StackParameters stack() {
    return dsp::random_stack(std::ranges::find(tiers, "standard", &Tier::name)->shape(0), sample_rate, 1);
}

Process play_stack() {
    return player(std::make_shared<dsp::StreamingStack>(stack(), sample_rate, comparator_instruction_set()));
}

dsp::GainParameters gain() {
    return dsp::random_gain(default_gain_shape(0), sample_rate, 1);
}

Process play_gain() {
    return player(std::make_shared<dsp::StreamingGain>(gain(), sample_rate, comparator_instruction_set()));
}

/// Whether what is timed computes what its plain loops do; says so where not.
bool agrees(const char* name, const Process& process, const std::vector<float>& input,
            const std::vector<double>& expected) {
    std::vector<float> output(input.size());
    play(process, input, output, input.size());
    const double relative = dsp::difference(output, expected).relative;
    if (relative < 2e-5) // false for NaN
        return true;
    std::fprintf(stderr, "memory_cost: %s differs from its plain loops by %.2g of the largest value\n", name,
                 relative);
    return false;
}

bool all_agree() {
    const std::vector<float> input = noise(6400);
    dsp::ReferenceStack reference_stack(stack(), sample_rate);
    const dsp::GainParameters gain_model = gain();
    const LstmParameters lstm = random_lstm(1);
    bool good = agrees("our stack", play_stack(), input, dsp::run(reference_stack, input));
    good &= agrees("our gain model", play_gain(), input,
                   dsp::reference_gain<double>(gain_model.shape, dsp::in_double(gain_model),
                                               double(gain_model.input_scale), sample_rate,
                                               std::vector<double>(input.begin(), input.end()), {}));
    good &= agrees("the LSTM", player(make_comparator(lstm)), input, reference(lstm, input));
    // Rings that are overwritten several times and one that is never full, tokens of one sample and of many.
    for (const auto& [frame, window] :
         {std::pair{1u, 32u}, {1u, 96u}, {token_frame, 64u}, {token_frame, 1024u}}) {
        const AttentionParameters attention = random_attention(frame, window, 1);
        const std::vector<float> part(input.begin(), frame == 1 ? input.begin() + 640 : input.end());
        good &= agrees("attention", player(make_comparator(attention)), part, reference(attention, part));
    }
    return good;
}

std::vector<Contestant> contestants() {
    const LstmParameters lstm = random_lstm(1);
    std::vector<Contestant> result = {{"stack", 0.0, dsp::parameter_count(stack().shape), play_stack()},
                                      {"gain", 0.0, dsp::parameter_count(default_gain_shape(0)), play_gain()},
                                      {"lstm", 0.0, parameter_count(lstm), player(make_comparator(lstm))}};
    for (const std::size_t frame : {std::size_t(1), token_frame})
        for (const double seconds : windows) {
            // A layer hears through the one below it, so each needs its part of the memory alone.
            const double tokens = seconds * sample_rate / double(frame * AttentionParameters::layers);
            const std::size_t window = std::size_t(std::lround(tokens / 32.0)) * 32;
            if (window == 0)
                continue;
            const AttentionParameters attention = random_attention(frame, window, 1);
            auto model = make_comparator(attention);
            model->fill();
            result.push_back(
                {frame == 1 ? "attention, a token per sample" : "attention, a token per 32 samples",
                 double(window * frame * AttentionParameters::layers) / sample_rate,
                 parameter_count(attention), player(std::move(model))});
        }
    return result;
}

void time_streaming(std::vector<Contestant>& all) {
    const std::vector<float> input = noise(std::size_t(sample_rate));
    std::vector<float> output(input.size());
    for (Contestant& one : all) {
        play(one.process, input, output, block); // fills the caches
        const double first = std::max(play(one.process, input, output, block), 1e-6) / double(block);
        const double wanted = seconds_per_turn / first / double(block);
        one.frames = block * std::size_t(std::clamp(wanted, 1.0, double(input.size() / block)));
    }
    for (std::size_t i = 0; i < repetitions; ++i)
        for (Contestant& one : all)
            one.nanoseconds.push_back(1e9 * play(one.process, input, output, one.frames) /
                                      double(one.frames));
}

struct OfflineRow {
    double seconds; // of audio
    std::array<std::vector<double>, 3> times = {};
};
constexpr std::array offline_names = {"stack", "lstm", "full attention, a token per 32 samples"};

/// A whole recording from its beginning; attention looks back over all of it.
std::vector<OfflineRow> time_offline() {
    std::vector<OfflineRow> rows;
    for (const double seconds : durations) {
        OfflineRow row{seconds};
        const auto frames = std::size_t(seconds * sample_rate);
        const std::vector<float> input = noise(frames);
        std::vector<float> output(frames);
        const std::size_t window = (frames / token_frame + 31) / 32 * 32;
        for (std::size_t i = 0; i < offline_repetitions; ++i) {
            const std::array<Process, 3> processes = {
                play_stack(), player(make_comparator(random_lstm(1))),
                player(make_comparator(random_attention(token_frame, window, 1)))};
            for (std::size_t j = 0; j < processes.size(); ++j)
                row.times[j].push_back(play(processes[j], input, output, frames));
        }
        rows.push_back(row);
    }
    return rows;
}

} // namespace

int main(int count, char** arguments) {
    if (!comparators_run_here()) {
        std::fprintf(stderr, "memory_cost: this processor lacks %s; run it on one that has it\n",
                     std::string(dsp::name(comparator_instruction_set())).c_str());
        return 2;
    }
    if (!all_agree())
        return 1;
    std::vector<Contestant> all = contestants();
    time_streaming(all);
    nlohmann::ordered_json json = {{"instruction_set", dsp::name(comparator_instruction_set())},
                                   {"sample_rate", sample_rate},
                                   {"block", block},
                                   {"repetitions", repetitions},
                                   {"offline_repetitions", offline_repetitions},
                                   {"streaming", nlohmann::json::array()},
                                   {"offline", nlohmann::json::array()}};
    std::printf("%-36s %10s %10s %12s %12s %10s\n", "model", "parameters", "hears back", "ns/sample",
                "fastest", "× stack");
    for (const Contestant& one : all) {
        const double ratio = median(ratios(one.nanoseconds, all.front().nanoseconds));
        char memory[32] = "no end";
        if (one.memory > 0.0)
            std::snprintf(memory, sizeof memory, "%.3f s", one.memory);
        std::printf("%-36s %10zu %10s %12.1f %12.1f %10.2f\n", one.name.c_str(), one.parameters, memory,
                    median(one.nanoseconds), std::ranges::min(one.nanoseconds), ratio);
        json["streaming"].push_back(
            {{"model", one.name},
             {"parameters", one.parameters},
             {"memory_s", one.memory > 0.0 ? nlohmann::json(one.memory) : nlohmann::json()},
             {"ns_per_sample", median(one.nanoseconds)},
             {"ns_per_sample_minimum", std::ranges::min(one.nanoseconds)},
             {"times_stack", ratio}});
    }
    std::fflush(stdout);
    std::printf("\n%-10s", "recording");
    for (const char* name : offline_names)
        std::printf(" %40s", name);
    std::printf("\n");
    for (const OfflineRow& row : time_offline()) {
        nlohmann::ordered_json times;
        std::printf("%8.0f s", row.seconds);
        for (std::size_t j = 0; j < offline_names.size(); ++j) {
            std::printf(" %38.4f s", median(row.times[j]));
            times[offline_names[j]] = median(row.times[j]);
        }
        std::printf("\n");
        json["offline"].push_back({{"seconds", row.seconds}, {"times", times}});
    }
    if (count > 1) {
        std::ofstream file(arguments[1]);
        file << json.dump(1) << '\n';
        if (!file.flush()) {
            std::fprintf(stderr, "%s: cannot be written; name a file in a folder that you may write to\n",
                         arguments[1]);
            return 1;
        }
    }
    return 0;
}
