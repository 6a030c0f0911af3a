#include "models/render/render.h"

#include "models/format/streaming_model.h"
#include "models/render/render_team.h"

#include "dsp/layered_stack.h"
#include "dsp/oversampling/oversampled_model.h"

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace continuo {

namespace {

constexpr std::size_t progress_interval = 65536;
// A task takes some tens of microseconds: long beside the hand-over to another thread, and what goes from
// layer to layer stays in the second-level cache. Never a function of the number of threads.
constexpr std::size_t segment_frames = 2048;
// Segments under way beyond one for each layer: what one layer may get ahead of the next before it waits.
constexpr std::size_t spare_segments = 4;

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
    const ModelAtRate ready(model, sample_rate);
    for (const auto& [input, output] : channels) {
        StreamingModel player(ready);
        player.reset(options.knobs);
        for (std::size_t begin = 0; begin < input.size(); begin += options.block) {
            const std::size_t frames = std::min(options.block, input.size() - begin);
            player.process(input.data() + begin, output.data() + begin, frames);
            progress.done(done += frames);
        }
    }
}

void render_together(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                     const RenderOptions& options, RenderTeam& team) {
    const dsp::DiscreteStack discrete = dsp::discretise(model.stack(), sample_rate);
    std::vector<dsp::LayeredStack> stacks;
    for (std::size_t channel = 0; channel < channels.size(); ++channel)
        stacks.emplace_back(model.stack(), discrete, options.knobs);
    const std::size_t frames = channels.front().input.size(), layers = stacks.front().layers();
    const std::size_t segments = (frames + segment_frames - 1) / segment_frames;
    const std::size_t window = std::clamp<std::size_t>(segments, 1, layers + spare_segments);
    const std::size_t piece = segment_frames * stacks.front().width();
    std::vector<float, xsimd::aligned_allocator<float, 64>> between(channels.size() * window * piece);

    const auto run_layer = [&](const WavefrontTask& task) {
        const auto& [input, output] = channels[task.chain];
        const std::size_t begin = task.segment * segment_frames;
        float* x = between.data() + (task.chain * window + task.segment % window) * piece;
        stacks[task.chain].run_layer(task.stage, {input.data() + begin, x, output.data() + begin,
                                                  std::min(segment_frames, frames - begin)});
    };
    const std::size_t all = channels.size() * frames;
    Progress progress(options, all);
    Wavefront wavefront(channels.size(), layers, segments, window);
    team.run(wavefront, run_layer, [&](std::size_t done) {
        // A channel's last segment may be shorter than the others.
        progress.done(done == channels.size() * segments ? all : std::min(done * segment_frames, all - 1));
    });
}

/// One channel at a multiple of its rate, piece after piece. Behind the end of the audio comes silence, until
/// what the filters still hold has come out.
class OversampledChannel {
  public:
    OversampledChannel(StreamingModel model, const RenderOptions& options, double sample_rate,
                       const Channel& channel)
        : model_(std::move(model), options.quality, sample_rate, dsp::OversamplingKind::linear_phase),
          channel_(channel) {
        model_.reset(options.knobs);
    }

    /// Samples to run: those of the audio, and as many more as the output is late.
    std::size_t length() const { return channel_.input.size() + model_.latency(); }

    /// The next samples. In place is allowed: what is written has been read.
    void run(std::size_t begin, std::size_t frames) {
        std::vector<float> piece(frames, 0.0f);
        const std::size_t there =
            std::min(frames, channel_.input.size() - std::min(begin, channel_.input.size()));
        std::copy_n(channel_.input.begin() + std::ptrdiff_t(std::min(begin, channel_.input.size())), there,
                    piece.begin());
        model_.process(piece.data(), piece.data(), frames);
        const std::size_t late = model_.latency();
        for (std::size_t t = begin < late ? late - begin : 0; t < frames; ++t)
            channel_.output[begin + t - late] = piece[t];
    }

  private:
    dsp::OversampledModel<StreamingModel> model_;
    Channel channel_;
};

void render_oversampled(const Model& model, const std::vector<Channel>& channels, double sample_rate,
                        const RenderOptions& options, RenderTeam* team) {
    const std::size_t factor = dsp::oversampling_factor(options.quality, sample_rate);
    const ModelAtRate ready(model, double(factor) * sample_rate);
    std::vector<OversampledChannel> runs;
    for (const Channel& channel : channels)
        runs.emplace_back(StreamingModel(ready), options, sample_rate, channel);
    const std::size_t length = runs.front().length(), all = channels.size() * channels.front().input.size();
    const std::size_t segments = (length + segment_frames - 1) / segment_frames;
    const auto run_segment = [&](const WavefrontTask& task) {
        const std::size_t begin = task.segment * segment_frames;
        runs[task.chain].run(begin, std::min(segment_frames, length - begin));
    };
    Progress progress(options, all);
    const auto tell = [&](std::size_t done) {
        progress.done(done == channels.size() * segments ? all : std::min(done * segment_frames, all - 1));
    };
    Wavefront wavefront(channels.size(), 1, segments, 1);
    if (team != nullptr) {
        team->run(wavefront, run_segment, tell);
        return;
    }
    while (const auto task = wavefront.take()) {
        run_segment(*task);
        wavefront.finish(*task);
        tell(wavefront.segments_done());
    }
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
    const bool eco = quality_of(model, options.quality) == dsp::Quality::eco;
    if (!eco && team == nullptr && options.threads > 1)
        RenderTeam::gather(std::min(options.threads, channels.size()),
                           [&](RenderTeam& others, std::size_t member) {
                               if (member == 0)
                                   render_oversampled(model, channels, sample_rate, options, &others);
                           });
    else if (!eco)
        render_oversampled(model, channels, sample_rate, options, team);
    else if (model.is_gain()) // has no layers to share out, and costs less than sharing
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
