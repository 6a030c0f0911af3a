#include "models/render/render.h"

#include "models/format/streaming_model.h"
#include "models/render/layered_channel.h"
#include "models/render/render_team.h"

#include "dsp/oversampling/oversampled_model.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace continuo {

namespace {

constexpr std::size_t progress_interval = 65536;

struct Channel {
    std::span<const float> input;
    std::span<float> output;
};

/// Passes on how many samples have been done, but not too often.
class Progress {
  public:
    Progress(const RenderOptions& options, std::size_t samples)
        : tell_(options.progress), samples_(samples) {}

    void done(std::size_t samples) {
        if (tell_ && samples > told_ && (samples - told_ >= progress_interval || samples == samples_))
            tell_(samples - std::exchange(told_, samples));
    }

  private:
    const std::function<void(std::size_t)>& tell_;
    std::size_t samples_, told_ = 0;
};

void render_in_turn(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                    const RenderOptions& options) {
    std::size_t done = 0;
    Progress progress(options, channels.size() * channels.front().input.size());
    const dsp::Quality quality = quality_of(model, options.quality);
    const std::size_t factor = dsp::oversampling_factor(quality, sample_rate);
    const ModelAtRate ready(model, double(factor) * sample_rate);
    std::vector<float> piece(options.block);
    for (const auto& [input, output] : channels) {
        dsp::OversampledModel<StreamingModel> player(StreamingModel(ready), quality, sample_rate,
                                                     dsp::OversamplingKind::linear_phase);
        player.reset(options.knobs);
        // Behind the end of the audio comes silence, until what the filters still hold has come out.
        const std::size_t late = player.latency(), length = input.size() + late;
        for (std::size_t begin = 0; begin < length; begin += options.block) {
            const std::size_t frames = std::min(options.block, length - begin);
            const std::size_t there = std::min(frames, input.size() - std::min(begin, input.size()));
            std::copy_n(input.data() + std::min(begin, input.size()), there, piece.begin());
            std::fill(piece.begin() + std::ptrdiff_t(there), piece.begin() + std::ptrdiff_t(frames), 0.0f);
            player.process(piece.data(), piece.data(), frames);
            for (std::size_t t = begin < late ? std::min(frames, late - begin) : 0; t < frames; ++t)
                output[begin + t - late] = piece[t];
            progress.done(done += there);
        }
    }
}

void render_together(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                     const RenderOptions& options, RenderTeam& team) {
    const std::size_t factor = dsp::oversampling_factor(options.quality, sample_rate);
    const dsp::DiscreteStack discrete = dsp::discretise(model.stack(), double(factor) * sample_rate);
    std::vector<LayeredChannel> chains;
    for (const auto& [input, output] : channels)
        chains.emplace_back(model.stack(), discrete, options.knobs, factor, input, output);
    const auto run = [&](const WavefrontTask& task) { chains[task.chain].run(task); };
    const LayeredChannel& one = chains.front();
    const std::size_t all = channels.size() * channels.front().input.size(),
                      segments = channels.size() * one.segments();
    Progress progress(options, all);
    Wavefront wavefront(channels.size(), one.stages(), one.segments(), one.window());
    team.run(wavefront, run, [&](std::size_t done) {
        progress.done(std::size_t(double(all) * (double(done) / double(segments))));
    });
}

void render(const Model& model, const std::vector<Channel>& channels, double sample_rate,
            const RenderOptions& options, RenderTeam* team) {
    for (const Channel& channel : channels)
        if (channel.input.size() != channel.output.size() ||
            channel.input.size() != channels.front().input.size())
            throw std::invalid_argument("input and output, or two channels, differ in length");
    if (options.knobs.size() != model.knob_count())
        throw std::invalid_argument("the number of knob values is not that of the model");
    if (options.block == 0 || options.threads == 0)
        throw std::invalid_argument("a block holds at least one sample, and at least one thread renders");
    if (channels.empty() || channels.front().input.empty())
        return;
    if (!model.is_stack()) // has no layers to share out, and costs less than sharing
        render_in_turn(model, channels, sample_rate, options);
    else if (team != nullptr && team->size() > 1)
        render_together(model, channels, sample_rate, options, *team);
    else if (const std::size_t threads =
                 std::min(options.threads, channels.size() * model.stack().shape.layers);
             team == nullptr && threads > 1)
        RenderTeam::gather(threads, [&](RenderTeam& others, std::size_t member) {
            if (member == 0)
                render_together(model, channels, sample_rate, options, others);
        });
    else
        render_in_turn(model, channels, sample_rate, options);
}

std::vector<Channel> in_place(Audio& audio) {
    std::vector<Channel> channels;
    for (std::vector<float>& channel : audio.channels)
        channels.push_back({channel, channel});
    return channels;
}

} // namespace

void render_channel(const Model& model, std::span<const float> input, std::span<float> output,
                    double sample_rate, const RenderOptions& options) {
    render(model, {{input, output}}, sample_rate, options, nullptr);
}

void render_audio(const Model& model, Audio& audio, const RenderOptions& options) {
    render(model, in_place(audio), audio.sample_rate, options, nullptr);
}

void render_audio(const Model& model, Audio& audio, const RenderOptions& options, RenderTeam& team) {
    render(model, in_place(audio), audio.sample_rate, options, &team);
}

} // namespace continuo
