#include "models/report/moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace continuo::report {

namespace {

double energy(std::span<const float> signal) {
    double sum = 0.0;
    for (const float sample : signal)
        sum += double(sample) * double(sample);
    return sum;
}

} // namespace

Window loudest_window(std::span<const float> signal, std::size_t length) {
    if (signal.size() <= length)
        return {0, signal.size()};
    const std::size_t hop = std::max<std::size_t>(1, length / 10);
    double current = energy(signal.first(length)), best = current;
    Window window{0, length};
    for (std::size_t begin = hop; begin + length <= signal.size(); begin += hop) {
        current +=
            energy(signal.subspan(begin + length - hop, hop)) - energy(signal.subspan(begin - hop, hop));
        if (current > best) {
            best = current;
            window.begin = begin;
        }
    }
    return window;
}

Window excerpt_window(std::span<const float> signal, std::size_t must_hold, std::size_t length,
                      double sample_rate) {
    if (signal.size() <= length)
        return {0, signal.size()};
    const auto block = static_cast<std::size_t>(std::max(1.0, sample_rate / 20.0));
    std::vector<double> levels;
    for (std::size_t begin = 0; begin < signal.size(); begin += block) {
        const std::size_t size = std::min(block, signal.size() - begin);
        levels.push_back(10.0 * std::log10(energy(signal.subspan(begin, size)) / double(size) + 1e-12));
    }
    const double floor = *std::max_element(levels.begin(), levels.end()) - 60.0;
    std::vector<double> sound{0.0}; // running sum of the blocks before
    for (const double level : levels)
        sound.push_back(sound.back() + std::max(0.0, level - floor));

    const std::size_t margin = std::min(length / 8, static_cast<std::size_t>(sample_rate));
    const std::size_t last = signal.size() - length;
    const std::size_t from = must_hold + margin > length ? std::min(last, must_hold + margin - length) : 0;
    const std::size_t to = std::clamp(must_hold > margin ? must_hold - margin : 0, from, last);
    Window window{from, length};
    double best = -1.0;
    for (std::size_t begin = from; begin <= to; begin += block) {
        const double here = sound[std::min(levels.size(), (begin + length) / block)] - sound[begin / block];
        if (here > best) {
            best = here;
            window.begin = begin;
        }
    }
    return window;
}

} // namespace continuo::report
