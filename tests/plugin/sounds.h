#pragma once

#include "models/format/model.h"
#include "plugin/signal_path.h"

#include <juce_core/juce_core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace continuo::plugin {

using Planar = std::vector<std::vector<float>>; // [channel][frame]

/// A valid model of 2 × 4 × 4 with random values; another one for each seed.
Model random_model(std::uint64_t seed, const std::vector<std::string>& knobs = {});

/// A sine on one channel, a quieter one at another frequency on the second.
Planar sines(std::size_t channels, std::size_t frames, double rate);

/// Noise with pauses, different on each channel.
Planar playing(std::size_t channels, std::size_t frames, std::uint64_t seed);

/// Calls process(pointers, channels, frames) on the audio, in place, in blocks of the given lengths, over and
/// over.
template <class Process>
Planar in_blocks(Planar audio, const std::vector<std::size_t>& blocks, Process process) {
    const std::size_t frames = audio.front().size();
    for (std::size_t begin = 0, turn = 0; begin < frames; ++turn) {
        const std::size_t count = std::min(blocks[turn % blocks.size()], frames - begin);
        std::vector<float*> pointers;
        for (std::vector<float>& channel : audio)
            pointers.push_back(channel.data() + begin);
        process(pointers.data(), pointers.size(), count);
        begin += count;
    }
    return audio;
}

/// The same through a signal path.
Planar run(SignalPath& path, const SignalPath::Settings& settings, Planar audio,
           const std::vector<std::size_t>& blocks);

/// The largest difference between two samples of the same place, over the frames of the first.
float largest_difference(const Planar& one, const Planar& other);

/// The largest sample of what is left above 12 kHz, where a low tone through an amplifier has nothing and a
/// click has as much as anywhere. The first 50 ms are left out: the sound that begins there is no click. 48
/// kHz.
float click(const std::vector<float>& audio);

/// A folder that is gone when it leaves its scope.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder() { folder_.deleteRecursively(); }
    juce::File file(const juce::String& name) const { return folder_.getChildFile(name); }

  private:
    juce::File folder_;
};

} // namespace continuo::plugin
