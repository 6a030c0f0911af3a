#include "models/training/objective.h"

#include "models/operations/parameter_layout.h"
#include "models/operations/waveform_loss.h"

#include <algorithm>

namespace continuo {

namespace {

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
        for (std::size_t i = recording.begin; i < recording.end; ++i) {
            audio.dry.push_back(scales.input_scale * recording.source->dry[i]);
            audio.wet.push_back(recording.source->wet[i] / scales.output_scale);
        }
        const operations::WaveformEnergies energies = operations::waveform_energies(audio.wet, 0);
        energy += energies.plain;
        pre_emphasis_energy += energies.pre_emphasis;
        total_ += audio.dry.size();
        starts_ += audio.dry.size() - frames + 1;
        audio_.push_back(std::move(audio));
    }
    power_ = energy / double(total_);
    pre_emphasis_power_ = pre_emphasis_energy / double(total_);
    for (std::size_t worker = 0; worker < pool.threads(); ++worker)
        workers_.push_back({operations::SequenceWorkspace(scales.shape, frames),
                            operations::MrStftLoss(batch_.scored), std::vector<float>(frames),
                            std::vector<float>(frames)});
    for (std::vector<double>& gradient : sequence_gradients_)
        gradient.resize(operations::ParameterLayout(scales.shape).size());
}

Objective::Sequence Objective::draw(Random& random) const {
    const std::size_t frames = batch_.warm_up + batch_.scored;
    std::size_t begin = std::min(std::size_t(random.uniform() * double(starts_)), starts_ - 1);
    for (std::size_t recording = 0;; ++recording) {
        const std::size_t starts = audio_[recording].dry.size() - frames + 1;
        if (begin < starts)
            return {recording, begin};
        begin -= starts;
    }
}

double Objective::sequence_gradient(const dsp::StackParameters& stack,
                                    const operations::PreparedStack& prepared, const Sequence& sequence,
                                    const LossWeights& weights, Worker& worker,
                                    std::span<double> gradient) const {
    const Audio& audio = audio_[sequence.recording];
    const std::size_t first = batch_.warm_up, frames = batch_.warm_up + batch_.scored;
    const auto dry = std::span(audio.dry).subspan(sequence.begin, frames);
    const auto wet = std::span(audio.wet).subspan(sequence.begin, frames);
    operation_.forward(prepared, dry, worker.output, worker.workspace);

    // The energies of a quiet sequence are helped by those of all audio, or silence would count as much as
    // music.
    operations::WaveformEnergies energies = operations::waveform_energies(wet, first);
    const double share = weights.segment_share, scored = double(batch_.scored);
    energies.plain = share * energies.plain + (1.0 - share) * power_ * scored;
    energies.pre_emphasis = share * energies.pre_emphasis + (1.0 - share) * pre_emphasis_power_ * scored;
    std::fill(worker.output_gradient.begin(), worker.output_gradient.end(), 0.0f);
    double loss = operations::waveform_loss(wet, worker.output, first, energies,
                                            {weights.pre_emphasis, weights.offset}, worker.output_gradient);
    if (weights.mr_stft > 0.0 && batch_.scored >= mr_stft_least_length)
        loss +=
            worker.mr_stft.evaluate(wet.subspan(first), std::span<const float>(worker.output).subspan(first),
                                    weights.mr_stft, std::span(worker.output_gradient).subspan(first));
    std::fill(gradient.begin(), gradient.end(), 0.0);
    operation_.backward(stack, prepared, audio.knobs, dry, first, worker.output_gradient, worker.workspace,
                        gradient);
    return loss;
}

double Objective::gradient(const dsp::StackParameters& stack, const LossWeights& weights, Random& random,
                           std::span<double> gradient) {
    std::vector<Sequence> sequences;
    std::vector<operations::PreparedStack> prepared; // one for each sequence, where knobs differ
    for (std::size_t i = 0; i < batch_.sequences; ++i) {
        sequences.push_back(draw(random));
        if (i == 0 || stack.shape.knobs > 0)
            prepared.emplace_back(stack, audio_[sequences[i].recording].knobs);
    }
    pool_.run(batch_.sequences, [&](std::size_t item, std::size_t worker) {
        losses_[item] = sequence_gradient(stack, prepared[stack.shape.knobs > 0 ? item : 0], sequences[item],
                                          weights, workers_[worker], sequence_gradients_[item]);
    });
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double loss = 0.0;
    const double share = 1.0 / double(batch_.sequences);
    for (std::size_t item = 0; item < batch_.sequences; ++item) {
        loss += share * losses_[item];
        for (std::size_t i = 0; i < gradient.size(); ++i)
            gradient[i] += share * sequence_gradients_[item][i];
    }
    return loss;
}

} // namespace continuo
