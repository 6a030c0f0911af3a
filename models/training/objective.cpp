#include "models/training/objective.h"

#include "models/operations/parameter_layout.h"
#include "models/operations/waveform_loss.h"
#include "models/parallel/render_stack.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

namespace continuo {

namespace {

// The pieces of fixed_selection(), with audio before each that sets its state. A selection is made of many
// short ones, which say more about the whole than few long ones; all of the audio is cut into long ones,
// which spend less of the time on warm-up.
constexpr std::size_t short_piece = 8192, short_warm_up = 4096;
constexpr std::size_t long_piece = 32768, long_warm_up = 8192;

// Of curvature_samples(): many short ones find more of the curvature in the same time than few long ones.
constexpr BatchShape curvature_piece{.sequences = 1, .warm_up = 1024, .scored = 1024};

// Every recording must hold at least one sequence.
BatchShape fitted(BatchShape batch, const ResolvedDataSet& data) {
    std::size_t shortest = batch.warm_up + batch.scored;
    for (const ResolvedRecording& recording : data.training)
        shortest = std::min(shortest, recording.end - recording.begin);
    const auto chunks = [](std::size_t frames) {
        return std::max<std::size_t>(frames / operations::state_chunk, 1) * operations::state_chunk;
    };
    if (shortest < batch.warm_up + batch.scored) {
        batch.warm_up = chunks(shortest / 5);
        batch.scored = chunks(shortest - batch.warm_up);
    }
    return batch;
}

} // namespace

Objective::Objective(const ResolvedDataSet& data, const dsp::StackParameters& scales, const BatchShape& batch,
                     WorkerPool& pool, const parallel::MakeGradientEngine& make_engine)
    : batch_(fitted(batch, data)), curvature_batch_(fitted(curvature_piece, data)), pool_(pool),
      sequence_gradients_(batch.sequences), losses_(batch.sequences) {
    const std::size_t frames = batch_.warm_up + batch_.scored;
    for (const ResolvedRecording& recording : data.training) {
        Audio audio;
        audio.knobs = recording.source->knobs;
        audio.first = std::min(recording.warm_up, long_warm_up);
        for (std::size_t i = recording.begin - audio.first; i < recording.end; ++i) {
            audio.dry.push_back(scales.input_scale * recording.source->dry[i]);
            audio.wet.push_back(recording.source->wet[i] / scales.output_scale);
        }
        total_ += audio.dry.size() - audio.first;
        audio_.push_back(std::move(audio));
    }
    measure_powers();
    selectable_ = pieces(short_piece, short_warm_up);
    whole_ = pieces(long_piece, long_warm_up);
    if (make_engine && parallel::unfit_for_gpu(scales.shape, scales.activation).empty()) {
        this->make_engine(make_engine, scales.shape);
        return;
    }
    const std::size_t longest = std::max(frames, long_piece + long_warm_up);
    for (std::size_t worker = 0; worker < pool.threads(); ++worker)
        workers_.push_back({operations::SequenceWorkspace(scales.shape, longest),
                            operations::MrStftLoss(std::max(batch_.scored, long_piece)),
                            std::vector<float>(longest), std::vector<float>(longest)});
}

void Objective::make_engine(const parallel::MakeGradientEngine& make_engine, const dsp::StackShape& shape) {
    std::vector<float> dry, wet;
    for (Audio& audio : audio_) {
        audio.on_engine = dry.size();
        dry.insert(dry.end(), audio.dry.begin(), audio.dry.end());
        wet.insert(wet.end(), audio.wet.begin(), audio.wet.end());
        energies_.emplace_back(audio.wet);
    }
    const operations::StackLayout layout{int(shape.layers), int(operations::padded_channels(shape.channels)),
                                         int(shape.modes)};
    engine_ = std::make_unique<EngineGradient>(
        make_engine({layout, dry.data(), wet.data(), std::int64_t(dry.size())}), shape);
}

std::size_t Objective::Audio::first_start(const BatchShape& batch) const {
    return first - std::min(first, batch.warm_up);
}

std::size_t Objective::Audio::starts(const BatchShape& batch) const {
    return dry.size() - first_start(batch) - (batch.warm_up + batch.scored) + 1;
}

std::vector<Objective::Sequence> Objective::pieces(std::size_t scored, std::size_t warm_up) const {
    std::vector<Sequence> pieces;
    for (std::size_t recording = 0; recording < audio_.size(); ++recording) {
        const std::size_t frames = audio_[recording].dry.size();
        for (std::size_t begin = audio_[recording].first; begin < frames; begin += scored) {
            const std::size_t before = std::min(begin, warm_up);
            pieces.push_back({recording, begin - before, before, std::min(scored, frames - begin), 0, 1.0});
        }
    }
    return pieces;
}

std::size_t Objective::batches_in_selection(std::size_t stride) const {
    const std::size_t batch = batch_.sequences * batch_.scored;
    return std::max<std::size_t>((total_ / stride + batch - 1) / batch, 1);
}

Objective::Sequence Objective::draw(const BatchShape& batch, Random& random) const {
    std::size_t starts = 0;
    for (const Audio& audio : audio_)
        starts += audio.starts(batch);
    std::size_t place = std::min(std::size_t(random.uniform() * double(starts)), starts - 1);
    for (std::size_t recording = 0;; ++recording) {
        const Audio& audio = audio_[recording];
        if (place < audio.starts(batch))
            return {recording,     audio.first_start(batch) + place, batch.warm_up, batch.scored,
                    batch.warm_up, 1.0 / double(batch.sequences)};
        place -= audio.starts(batch);
    }
}

// One for each recording where there are knobs, else one for all.
std::vector<operations::PreparedStack> Objective::prepare(const dsp::StackParameters& stack) const {
    std::vector<operations::PreparedStack> prepared;
    for (const Audio& audio : audio_)
        if (prepared.empty() || stack.shape.knobs > 0)
            prepared.emplace_back(stack, audio.knobs);
    return prepared;
}

// Each setting of the knobs counts by its own power: an error that a loud setting hides is heard at a quiet
// one.
void Objective::measure_powers() {
    struct Sums {
        operations::WaveformEnergies energies{0.0, 0.0};
        double samples = 0.0;

        void add(const Audio& audio) {
            const operations::WaveformEnergies own = operations::waveform_energies(audio.wet, audio.first);
            energies.plain += own.plain;
            energies.pre_emphasis += own.pre_emphasis;
            samples += double(audio.dry.size() - audio.first);
        }
    };
    Sums all;
    std::map<std::vector<float>, Sums> settings;
    for (const Audio& audio : audio_) {
        all.add(audio);
        settings[{audio.knobs.begin(), audio.knobs.end()}].add(audio);
    }
    for (Audio& audio : audio_) {
        const Sums& own = settings[{audio.knobs.begin(), audio.knobs.end()}];
        audio.power = {std::max(own.energies.plain / own.samples,
                                least_setting_power * all.energies.plain / all.samples),
                       std::max(own.energies.pre_emphasis / own.samples,
                                least_setting_power * all.energies.pre_emphasis / all.samples)};
    }
}

// The energies of a quiet sequence are helped by those of all audio of its setting, or silence would count as
// much as music.
operations::WaveformEnergies Objective::denominators(const Sequence& sequence,
                                                     operations::WaveformEnergies own,
                                                     double segment_share) const {
    const operations::WaveformEnergies& power = audio_[sequence.recording].power;
    const double share = segment_share, scored = double(sequence.scored);
    return {share * own.plain + (1.0 - share) * power.plain * scored,
            share * own.pre_emphasis + (1.0 - share) * power.pre_emphasis * scored};
}

EngineGradient::Settings Objective::settings(const dsp::StackParameters& stack) const {
    EngineGradient::Settings settings;
    for (const Audio& audio : audio_)
        if (settings.empty() || stack.shape.knobs > 0)
            settings.push_back(audio.knobs);
    return settings;
}

parallel::GradientSequence Objective::for_engine(const dsp::StackParameters& stack, const Sequence& sequence,
                                                 const LossWeights& weights, double share) const {
    if (weights.offset != 0.0 || weights.mr_stft != 0.0)
        throw std::invalid_argument("an engine's loss has no offset and no MR-STFT term");
    const std::size_t first = sequence.begin + sequence.warm_up, frames = sequence.warm_up + sequence.scored;
    const operations::WaveformEnergies energies = denominators(
        sequence,
        energies_[sequence.recording].between(first, first + sequence.scored, sequence.warm_up == 0), share);
    return {std::int64_t(audio_[sequence.recording].on_engine + sequence.begin),
            std::int32_t(frames),
            std::int32_t(sequence.warm_up),
            std::int32_t(sequence.derived_from),
            stack.shape.knobs > 0 ? std::int32_t(sequence.recording) : 0,
            sequence.weight * (1.0 - weights.pre_emphasis) / energies.plain,
            sequence.weight * weights.pre_emphasis / energies.pre_emphasis,
            0};
}

double Objective::sequence_gradient(const dsp::StackParameters& stack,
                                    const operations::PreparedStack& prepared, const Sequence& sequence,
                                    const LossWeights& weights, Worker& worker,
                                    std::span<double> gradient) const {
    const Audio& audio = audio_[sequence.recording];
    const std::size_t first = sequence.warm_up, frames = sequence.warm_up + sequence.scored;
    const auto dry = std::span(audio.dry).subspan(sequence.begin, frames);
    const auto wet = std::span(audio.wet).subspan(sequence.begin, frames);
    const auto output = std::span(worker.output).first(frames);
    const auto output_gradient = std::span(worker.output_gradient).first(frames);
    operation_.forward(prepared, dry, output, worker.workspace);

    const operations::WaveformEnergies energies =
        denominators(sequence, operations::waveform_energies(wet, first), weights.segment_share);
    std::fill(output_gradient.begin(), output_gradient.end(), 0.0f);
    double loss = operations::waveform_loss(wet, output, first, energies,
                                            {weights.pre_emphasis, weights.offset}, output_gradient);
    if (weights.mr_stft > 0.0 && sequence.scored >= mr_stft_least_length)
        loss += worker.mr_stft.evaluate(wet.subspan(first), output.subspan(first), weights.mr_stft,
                                        output_gradient.subspan(first));
    std::fill(gradient.begin(), gradient.end(), 0.0);
    operation_.backward(stack, prepared, audio.knobs, dry, sequence.derived_from, output_gradient,
                        worker.workspace, gradient);
    return loss;
}

double Objective::sum(const dsp::StackParameters& stack, const LossWeights& weights,
                      const std::vector<Sequence>& sequences, std::span<double> gradient) {
    if (engine_) {
        std::vector<parallel::GradientSequence> all;
        for (const Sequence& sequence : sequences)
            all.push_back(for_engine(stack, sequence, weights, weights.segment_share));
        return engine_->sum(stack, settings(stack), all, gradient);
    }
    const std::vector<operations::PreparedStack> prepared = prepare(stack);
    losses_.resize(std::max(losses_.size(), sequences.size()));
    sequence_gradients_.resize(std::max(sequence_gradients_.size(), sequences.size()));
    pool_.run(sequences.size(), [&](std::size_t item, std::size_t worker) {
        const Sequence& sequence = sequences[item];
        sequence_gradients_[item].resize(gradient.size());
        losses_[item] = sequence_gradient(stack, prepared[stack.shape.knobs > 0 ? sequence.recording : 0],
                                          sequence, weights, workers_[worker], sequence_gradients_[item]);
    });
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double loss = 0.0;
    for (std::size_t item = 0; item < sequences.size(); ++item) {
        loss += sequences[item].weight * losses_[item];
        for (std::size_t i = 0; i < gradient.size(); ++i)
            gradient[i] += sequences[item].weight * sequence_gradients_[item][i];
    }
    return loss;
}

double Objective::random_batch(const dsp::StackParameters& stack, const LossWeights& weights, Random& random,
                               std::span<double> gradient) {
    std::vector<Sequence> sequences;
    for (std::size_t i = 0; i < batch_.sequences; ++i)
        sequences.push_back(draw(batch_, random));
    return sum(stack, weights, sequences, gradient);
}

double Objective::fixed_selection(const dsp::StackParameters& stack, const LossWeights& weights,
                                  std::size_t stride, std::span<double> gradient) {
    const std::vector<Sequence>& from = stride == 1 ? whole_ : selectable_;
    std::vector<Sequence> sequences;
    std::size_t samples = 0;
    for (std::size_t i = 0; i < from.size(); i += stride) {
        sequences.push_back(from[i]);
        samples += from[i].scored;
    }
    for (Sequence& sequence : sequences)
        sequence.weight = double(sequence.scored) / double(samples);
    return sum(stack, weights, sequences, gradient);
}

Eigen::MatrixXf Objective::curvature_samples(const dsp::StackParameters& stack, const LossWeights& weights,
                                             std::size_t count, Random& random) {
    std::vector<Sequence> sequences;
    std::vector<std::uint64_t> seeds;
    for (std::size_t i = 0; i < count; ++i) {
        sequences.push_back(draw(curvature_batch_, random));
        seeds.push_back(random.bits());
    }
    if (engine_) {
        std::vector<parallel::GradientSequence> all;
        for (std::size_t i = 0; i < count; ++i) {
            Sequence sequence = sequences[i];
            sequence.derived_from = 0;
            sequence.weight = 1.0;
            all.push_back(for_engine(stack, sequence, weights, 0.0));
            all.back().seed = seeds[i];
        }
        return engine_->along_signs(stack, settings(stack), all, pool_);
    }
    const std::vector<operations::PreparedStack> prepared = prepare(stack);
    const std::size_t first = curvature_batch_.warm_up, frames = first + curvature_batch_.scored;
    const auto values = Eigen::Index(operations::ParameterLayout(stack.shape).size());
    Eigen::MatrixXf samples(values, Eigen::Index(count));
    pool_.run(count, [&](std::size_t item, std::size_t index) {
        const Sequence& sequence = sequences[item];
        const Audio& audio = audio_[sequence.recording];
        const operations::PreparedStack& at = prepared[stack.shape.knobs > 0 ? sequence.recording : 0];
        Worker& worker = workers_[index];
        const auto dry = std::span(audio.dry).subspan(sequence.begin, frames);
        operation_.forward(at, dry, std::span(worker.output).first(frames), worker.workspace);

        Random signs(seeds[item]);
        std::vector<float> plain(frames), pre_emphasised(frames);
        for (std::size_t t = first; t < frames; ++t) {
            const std::uint64_t bits = signs.bits();
            plain[t] = (bits >> 63) != 0 ? 1.0f : -1.0f;
            pre_emphasised[t] = (bits >> 62 & 1) != 0 ? 1.0f : -1.0f;
        }
        const auto direction = std::span(worker.output_gradient).first(frames);
        operations::waveform_loss_root(plain, pre_emphasised, first, denominators(sequence, {0.0, 0.0}, 0.0),
                                       {weights.pre_emphasis, 0.0}, direction);
        std::vector<double> derivative(std::size_t(values), 0.0);
        operation_.backward(stack, at, audio.knobs, dry, 0, direction, worker.workspace, derivative);
        samples.col(Eigen::Index(item)) =
            Eigen::Map<const Eigen::VectorXd>(derivative.data(), values).cast<float>();
    });
    return samples;
}

} // namespace continuo
