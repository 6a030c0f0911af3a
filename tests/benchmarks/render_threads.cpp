// What threads gain on one long file of one channel, and that they change no bit: times of every number of
// threads, taken in turn, so that a busy machine is busy for all of them.
//
//   render_threads [TIER [SECONDS [THREADS...]]]
#include "models/format/tier.h"
#include "models/render/render.h"
#include "models/training/initialise.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

using namespace continuo;

namespace {

constexpr int repetitions = 9;
constexpr double sample_rate = 48000.0;

struct Run {
    std::size_t threads;
    std::vector<double> seconds = {};
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

} // namespace

int main(int count, char** arguments) {
    const auto tier = std::ranges::find(tiers, count > 1 ? arguments[1] : "standard", &Tier::name);
    const double seconds = count > 2 ? std::atof(arguments[2]) : 600.0;
    std::vector<Run> runs = {{1}};
    for (int i = 3; i < count; ++i)
        runs.push_back({std::size_t(std::atoi(arguments[i]))});
    if (count <= 3)
        runs.push_back({2});
    if (tier == tiers.end() || !(seconds > 0.0)) {
        std::fprintf(stderr, "render_threads: [TIER [SECONDS [THREADS...]]]\n");
        return 2;
    }
    Model model;
    model.network = initial_stack(tier->shape(0), sample_rate, 1);
    std::vector<float> input, output(std::size_t(seconds * sample_rate)), expected;
    std::mt19937 random(2);
    std::normal_distribution<float> noise(0.0f, 0.2f);
    while (input.size() < output.size())
        input.push_back(noise(random));

    for (int repetition = 0; repetition < repetitions; ++repetition)
        for (Run& run : runs) {
            const auto start = std::chrono::steady_clock::now();
            render_channel(model, input, output, sample_rate, {{}, 1024, {}, run.threads});
            const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
            run.seconds.push_back(time.count());
            if (expected.empty())
                expected = output;
            if (output != expected) {
                std::printf("%zu threads give other bits\n", run.threads);
                return 1;
            }
        }
    for (const Run& run : runs) {
        std::vector<double> gains;
        for (int repetition = 0; repetition < repetitions; ++repetition)
            gains.push_back(runs.front().seconds[std::size_t(repetition)] /
                            run.seconds[std::size_t(repetition)]);
        const double time = median(run.seconds);
        std::printf(
            "%3zu thread%s %8.3f s %8.1f ns/sample (fastest %.1f) %6.0f× real time %6.2f× one thread\n",
            run.threads, run.threads == 1 ? " " : "s", time, 1e9 * time / double(input.size()),
            1e9 * std::ranges::min(run.seconds) / double(input.size()), seconds / time, median(gains));
    }
    return 0;
}
