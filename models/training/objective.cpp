#include "models/training/objective.h"

#include "models/operations/parameter_layout.h"
#include "models/operations/waveform_loss.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

// The pieces of fixed_selection(), with audio before each that sets its state. A selection is made of many
// short ones, which say more about the whole than few long ones; all of the audio is cut into long ones,
// which spend less of the time on warm-up.
constexpr std::size_t short_piece = 8192, short_warm_up = 4096;
constexpr std::size_t long_piece = 32768, long_warm_up = 8192;

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
                     WorkerPool& pool)
    : batch_(fitted(batch, data)), pool_(pool), sequence_gradients_(batch.sequences),
      losses_(batch.sequences) {
    const std::size_t frames = batch_.warm_up + batch_.scored;
    double energy = 0.0, pre_emphasis_energy = 0.0;
    for (const ResolvedRecording& recording : data.training) {
        Audio audio;
        audio.knobs = recording.source->knobs;
        audio.first = std::min(recording.warm_up, long_warm_up);
        for (std::size_t i = recording.begin - audio.first; i < recording.end; ++i) {
            audio.dry.push_back(scales.input_scale * recording.source->dry[i]);
            audio.wet.push_back(recording.source->wet[i] / scales.output_scale);
        }
        const operations::WaveformEnergies energies = operations::waveform_energies(audio.wet, audio.first);
        energy += energies.plain;
        pre_emphasis_energy += energies.pre_emphasis;
        total_ += audio.dry.size() - audio.first;
        starts_ += audio.starts(batch_);
        audio_.push_back(std::move(audio));
    }
    power_ = energy / double(total_);
    pre_emphasis_power_ = pre_emphasis_energy / double(total_);
    selectable_ = pieces(short_piece, short_warm_up);
    whole_ = pieces(long_piece, long_warm_up);
    const std::size_t longest = std::max(frames, long_piece + long_warm_up);
    for (std::size_t worker = 0; worker < pool.threads(); ++worker)
        workers_.push_back({operations::SequenceWorkspace(scales.shape, longest),
                            operations::MrStftLoss(std::max(batch_.scored, long_piece)),
                            std::vector<float>(longest), std::vector<float>(longest)});
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

Objective::Sequence Objective::draw(Random& random) const {
    std::size_t place = std::min(std::size_t(random.uniform() * double(starts_)), starts_ - 1);
    for (std::size_t recording = 0;; ++recording) {
        const Audio& audio = audio_[recording];
        if (place < audio.starts(batch_))
            return {recording,      audio.first_start(batch_) + place, batch_.warm_up, batch_.scored,
                    batch_.warm_up, 1.0 / double(batch_.sequences)};
        place -= audio.starts(batch_);
    }
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

    // The energies of a quiet sequence are helped by those of all audio, or silence would count as much as
    // music.
    operations::WaveformEnergies energies = operations::waveform_energies(wet, first);
    const double share = weights.segment_share, scored = double(sequence.scored);
    energies.plain = share * energies.plain + (1.0 - share) * power_ * scored;
    energies.pre_emphasis = share * energies.pre_emphasis + (1.0 - share) * pre_emphasis_power_ * scored;
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
    std::vector<operations::PreparedStack>
        prepared; // one for each recording where there are knobs, else one for all
    for (const Audio& audio : audio_)
        if (prepared.empty() || stack.shape.knobs > 0)
            prepared.emplace_back(stack, audio.knobs);
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
        sequences.push_back(draw(random));
    return sum(stack, weights, sequences, gradient);
}

double Objective::fixed_selection(const dsp::StackParameters& stack, const LossWeights& weights,
                                  std::size_t stride, std::span<double> gradient, std::span<double> spread) {
    const std::vector<Sequence>& from = stride == 1 ? whole_ : selectable_;
    std::vector<Sequence> sequences;
    std::size_t samples = 0;
    for (std::size_t i = 0; i < from.size(); i += stride) {
        sequences.push_back(from[i]);
        samples += from[i].scored;
    }
    for (Sequence& sequence : sequences)
        sequence.weight = double(sequence.scored) / double(samples);
    const double loss = sum(stack, weights, sequences, gradient);
    for (std::size_t i = 0; i < spread.size(); ++i) {
        double square = 0.0;
        for (std::size_t item = 0; item < sequences.size(); ++item) {
            const double part = sequences[item].weight * sequence_gradients_[item][i];
            square += part * part;
        }
        spread[i] = std::sqrt(square);
    }
    return loss;
}

} // namespace continuo
