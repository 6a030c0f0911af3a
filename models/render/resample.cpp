#include "models/render/resample.h"

#include "dsp/input_guard.h"
#include "models/common/errors.h"

#include <samplerate.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace continuo {

namespace {

// More than the library's filter reaches to either side: 143 samples of the lower rate.
constexpr std::size_t filter_reach = 256;

std::size_t frames_at(std::size_t frames, double from, double to) {
    return std::size_t(std::ceil(double(frames) * (to / from)));
}

} // namespace

bool can_resample(double from, double to) {
    return from > 0.0 && to > 0.0 && src_is_valid_ratio(to / from) != 0;
}

std::vector<float> resample(std::span<const float> input, double from, double to, std::size_t frames) {
    if (!can_resample(from, to))
        throw std::invalid_argument("one rate is more than 256 times the other");
    if (from == to || frames == 0 || input.empty()) {
        std::vector<float> output(input.begin(),
                                  input.begin() + std::ptrdiff_t(std::min(frames, input.size())));
        output.resize(frames);
        return output;
    }
    // The library ends its output where the input ends, give or take a sample: silence behind it makes sure
    // that every frame asked for comes.
    std::vector<float> padded(input.size());
    // A sample that is not finite would spoil all that the filter reaches.
    std::transform(input.begin(), input.end(), padded.begin(), dsp::guarded_input);
    padded.resize(std::max(input.size(), frames_at(frames, to, from) + filter_reach));
    std::vector<float> output(frames);
    SRC_DATA data{};
    data.data_in = padded.data();
    data.input_frames = long(padded.size());
    data.data_out = output.data();
    data.output_frames = long(frames);
    data.src_ratio = to / from;
    if (const int error = src_simple(&data, SRC_SINC_BEST_QUALITY, 1); error != 0)
        throw JobFailed("resampling", src_strerror(error), "render without it");
    if (data.output_frames_gen != long(frames))
        throw JobFailed("resampling", "libsamplerate returned too few samples", "render without it");
    return output;
}

void at_rate(Audio& audio, double rate, const std::function<void(Audio&)>& work) {
    if (audio.sample_rate == rate) {
        work(audio);
        return;
    }
    const double own = audio.sample_rate;
    const std::size_t frames = audio.frames();
    // What lies behind the end at `rate` reaches back into it on the way back.
    const std::size_t tail = frames_at(filter_reach, std::min(own, rate), rate);
    Audio brought{rate, {}};
    for (const std::vector<float>& channel : audio.channels)
        brought.channels.push_back(resample(channel, own, rate, frames_at(frames, own, rate) + tail));
    work(brought);
    for (std::size_t c = 0; c < audio.channels.size(); ++c)
        audio.channels[c] = resample(brought.channels[c], rate, own, frames);
}

} // namespace continuo
