#include "models/command/comparison.h"

#include "models/common/errors.h"
#include "models/render/render.h"

#include <chrono>
#include <limits>

namespace continuo::command {

namespace {

constexpr std::ptrdiff_t blur = 2;

std::vector<std::ptrdiff_t> candidate_delays(std::ptrdiff_t found) {
    std::vector<std::ptrdiff_t> delays = {0};
    if (found != 0)
        for (std::ptrdiff_t delay = found - blur; delay <= found + blur; ++delay)
            delays.push_back(delay);
    return delays;
}

} // namespace

Comparison compare(const Model& model, RecordingPair pair, const std::vector<float>& knobs) {
    std::vector<float> output(pair.dry.size());
    const auto start = std::chrono::steady_clock::now();
    render_channel(model, pair.dry, output, pair.sample_rate, {knobs, 1024, {}});
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;

    Comparison comparison;
    comparison.nanoseconds_per_sample = time.count() / double(pair.dry.size());
    double least = std::numeric_limits<double>::infinity();
    for (const std::ptrdiff_t delay : candidate_delays(pair.delay)) {
        const auto [played, recorded] = overlap(output, pair.wet, delay);
        if (const double error = esr(recorded, played); !played.empty() && error < least) {
            least = error;
            comparison.delay = delay;
        }
    }
    const auto copy = [](std::span<const float> part) {
        return std::vector<float>(part.begin(), part.end());
    };
    const auto [dry, target] = overlap(pair.dry, pair.wet, comparison.delay);
    if (dry.empty())
        throw BadInput(pair.name, "the recordings do not overlap", "check that they belong together");
    comparison.dry = copy(dry);
    comparison.target = copy(target);
    comparison.output = copy(overlap(output, pair.wet, comparison.delay).first);
    comparison.metrics =
        evaluate_metrics(comparison.dry, comparison.target, comparison.output, pair.sample_rate);
    return comparison;
}

} // namespace continuo::command
