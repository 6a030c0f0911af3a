#include "models/command/recording_pair.h"

#include "models/audio/audio_file.h"
#include "models/audio/content_hash.h"
#include "models/command/output.h"
#include "models/common/errors.h"

#include <algorithm>
#include <cmath>

namespace continuo::command {

namespace {

namespace filesystem = std::filesystem;

// What a device's filters do to its delay and what is a delay cannot be told apart to the sample. A model
// learns a small one as part of the device, and what it plays then lies on the recording sample by sample. A
// small one must stay where it is: measured on a tube amplifier without any delay, its filters look like 8
// samples, and taking them off would ask the model to answer before it is asked.
std::ptrdiff_t delay_to_remove(const Alignment& alignment, double sample_rate) {
    constexpr double learnable_seconds = 2.5e-4;
    constexpr std::ptrdiff_t learnable_lead = 2; // samples; a causal model cannot be early
    const bool learnable =
        alignment.delay >= -learnable_lead && double(alignment.delay) <= learnable_seconds * sample_rate;
    return learnable || alignment.confidence < least_alignment_confidence ? 0 : alignment.delay;
}

RecordingPair unaligned_pair(const filesystem::path& dry, const filesystem::path& wet,
                             std::vector<float> dry_samples, std::vector<float> wet_samples,
                             double sample_rate) {
    RecordingPair pair;
    pair.name = dry.filename().string() + ", " + wet.filename().string();
    pair.sample_rate = sample_rate;
    std::vector<float> both = dry_samples;
    both.insert(both.end(), wet_samples.begin(), wet_samples.end());
    pair.hash = content_hash(both);
    pair.dry = std::move(dry_samples);
    pair.wet = std::move(wet_samples);
    return pair;
}

} // namespace

RecordingPair read_training_pair(const filesystem::path& dry, const filesystem::path& wet, bool align,
                                 const std::string& where) {
    Audio dry_audio = read_audio(dry), wet_audio = read_audio(wet);
    const CheckResult check = check_pair(dry_audio, wet_audio);
    if (const Finding* refusal = check.refusal())
        throw BadInput(where.empty() ? wet.string() : where, refusal->text, refusal->remedy);
    RecordingPair pair = unaligned_pair(dry, wet, std::move(dry_audio.channels[0]),
                                        std::move(wet_audio.channels[0]), dry_audio.sample_rate);
    pair.delay = align ? delay_to_remove(check.alignment, pair.sample_rate) : 0;
    for (const Finding& finding : check.findings)
        if (finding.severity == Severity::note)
            pair.notes.push_back(finding.line());
    if (pair.delay != 0)
        pair.notes.push_back("the wet recording is " + std::to_string(std::abs(pair.delay)) + " samples " +
                             (pair.delay > 0 ? "late" : "early") + ", which is taken off");
    const auto [dry_part, wet_part] = overlap(pair.dry, pair.wet, pair.delay);
    std::vector<float> dry_samples(dry_part.begin(), dry_part.end()),
        wet_samples(wet_part.begin(), wet_part.end());
    pair.dry = std::move(dry_samples);
    pair.wet = std::move(wet_samples);
    return pair;
}

RecordingPair read_comparison_pair(const filesystem::path& dry, const filesystem::path& wet, bool align) {
    double dry_rate = 0.0, wet_rate = 0.0;
    std::vector<float> dry_samples = read_mono(dry, &dry_rate), wet_samples = read_mono(wet, &wet_rate);
    if (dry_rate != wet_rate)
        throw BadInput(wet.string(),
                       "its rate is " + number(wet_rate, 9) + " Hz, that of the dry recording " +
                           number(dry_rate, 9) + " Hz",
                       "record both at one rate");
    if (dry_rate < 1000.0 || dry_rate > 1e6)
        throw BadInput(dry.string(), "its rate of " + number(dry_rate, 9) + " Hz is outside 1 kHz to 1 MHz",
                       "record at another rate");
    if (std::ranges::all_of(wet_samples, [](float sample) { return sample == 0.0f; }))
        throw BadInput(wet.string(), "it is silent, so there is nothing to compare with", "check the cables");
    RecordingPair pair = unaligned_pair(dry, wet, std::move(dry_samples), std::move(wet_samples), dry_rate);
    if (align)
        pair.delay = delay_to_remove(find_alignment(pair.dry, pair.wet, dry_rate), dry_rate);
    return pair;
}

} // namespace continuo::command
