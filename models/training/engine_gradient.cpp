#include "models/training/engine_gradient.h"

#include "models/operations/coefficient_gradient.h"

#include <algorithm>
#include <numeric>

namespace continuo {

using operations::Equilibrium;
using operations::PreparedStack;

EngineGradient::EngineGradient(std::unique_ptr<parallel::GradientEngine> engine, const dsp::StackShape& shape)
    : engine_(std::move(engine)),
      learned_(shape), layout_{int(shape.layers), int(operations::padded_channels(shape.channels)),
                               int(shape.modes)},
      sums_{layout_}, state_size_(std::size_t(layout_.layers * layout_.modes * 2 * layout_.channels)) {}

EngineGradient::Answer EngineGradient::ask(const dsp::StackParameters& stack, const Settings& settings,
                                           const std::vector<parallel::GradientSequence>& sequences,
                                           bool along_signs) {
    Answer answer;
    answer.order.resize(sequences.size());
    std::iota(answer.order.begin(), answer.order.end(), std::size_t(0));
    std::stable_sort(answer.order.begin(), answer.order.end(), [&](std::size_t a, std::size_t b) {
        return sequences[a].setting < sequences[b].setting;
    });
    std::vector<parallel::GradientSequence> ordered;
    for (const std::size_t index : answer.order) {
        const auto setting = std::size_t(sequences[index].setting);
        if (answer.settings.empty() || answer.settings.back() != setting) {
            answer.settings.push_back(setting);
            answer.prepared.emplace_back(stack, settings[setting]);
        }
        ordered.push_back(sequences[index]);
        ordered.back().setting = std::int32_t(answer.settings.size() - 1);
        answer.prepared_of.push_back(answer.settings.size() - 1);
    }
    std::vector<float> coefficients, biases;
    std::vector<double> rest(answer.prepared.size() * state_size_);
    Equilibrium equilibrium(stack.shape.layers, std::size_t(layout_.channels), stack.shape.modes);
    for (std::size_t i = 0; i < answer.prepared.size(); ++i) {
        const PreparedStack& prepared = answer.prepared[i];
        coefficients.insert(coefficients.end(), prepared.values(), prepared.values() + layout_.size());
        biases.push_back(prepared.decoder_bias());
        operations::solve_rest(prepared, equilibrium, rest.data() + i * state_size_);
    }
    const std::size_t rows = along_signs ? sequences.size() : answer.prepared.size();
    answer.losses.resize(sequences.size());
    answer.sums.resize(rows * std::size_t(sums_.size()));
    answer.adjoints.resize(rows * state_size_);
    engine_->run({int(answer.prepared.size()), coefficients.data(), biases.data(), rest.data(),
                  ordered.data(), int(ordered.size()), along_signs, along_signs, answer.losses.data(),
                  answer.sums.data(), answer.adjoints.data()});
    return answer;
}

void EngineGradient::add_row(const dsp::StackParameters& stack, const PreparedStack& prepared,
                             std::span<const float> knobs, std::span<double> sums, const double* adjoints,
                             Equilibrium* equilibrium, std::span<double> gradient) const {
    if (equilibrium != nullptr) {
        const std::size_t size = state_size_ / std::size_t(layout_.layers);
        std::vector<float> through_rest(sums.size(), 0.0f), adjoint(size);
        equilibrium->begin_backward();
        for (std::size_t layer = std::size_t(layout_.layers); layer-- > 0;) {
            std::transform(adjoints + layer * size, adjoints + (layer + 1) * size, adjoint.begin(),
                           [](double value) { return float(value); });
            equilibrium->backward(layer, prepared.layer(layer), adjoint.data(), nullptr,
                                  operations::layer_sums(through_rest.data(), sums_, layer));
        }
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] += through_rest[i];
    }
    operations::add_coefficient_gradient(stack, knobs, learned_, sums_, sums, gradient);
}

double EngineGradient::sum(const dsp::StackParameters& stack, const Settings& settings,
                           const std::vector<parallel::GradientSequence>& sequences,
                           std::span<double> gradient) {
    Answer answer = ask(stack, settings, sequences, false);
    const bool through_rest = std::any_of(sequences.begin(), sequences.end(),
                                          [](const auto& sequence) { return sequence.derived_from == 0; });
    std::fill(gradient.begin(), gradient.end(), 0.0);
    Equilibrium equilibrium(stack.shape.layers, std::size_t(layout_.channels), stack.shape.modes);
    for (std::size_t i = 0; i < answer.prepared.size(); ++i) {
        if (through_rest)
            operations::solve_rest(answer.prepared[i], equilibrium, nullptr);
        const auto row_size = std::size_t(sums_.size());
        add_row(stack, answer.prepared[i], settings[answer.settings[i]],
                std::span(answer.sums).subspan(i * row_size, row_size),
                answer.adjoints.data() + i * state_size_, through_rest ? &equilibrium : nullptr, gradient);
    }
    std::vector<double> losses(sequences.size()); // in the order of the question
    for (std::size_t i = 0; i < sequences.size(); ++i)
        losses[answer.order[i]] = answer.losses[i];
    return std::accumulate(losses.begin(), losses.end(), 0.0);
}

Eigen::MatrixXf EngineGradient::along_signs(const dsp::StackParameters& stack, const Settings& settings,
                                            const std::vector<parallel::GradientSequence>& sequences,
                                            WorkerPool& pool) {
    Answer answer = ask(stack, settings, sequences, true);
    Eigen::MatrixXf samples(Eigen::Index(learned_.size()), Eigen::Index(sequences.size()));
    std::vector<Equilibrium> equilibria(
        pool.threads(), Equilibrium(stack.shape.layers, std::size_t(layout_.channels), stack.shape.modes));
    pool.run(sequences.size(), [&](std::size_t i, std::size_t worker) {
        const PreparedStack& prepared = answer.prepared[answer.prepared_of[i]];
        std::vector<double> derivative(learned_.size(), 0.0);
        const auto row_size = std::size_t(sums_.size());
        const bool through_rest = sequences[answer.order[i]].derived_from == 0;
        if (through_rest)
            operations::solve_rest(prepared, equilibria[worker], nullptr);
        add_row(stack, prepared, settings[answer.settings[answer.prepared_of[i]]],
                std::span(answer.sums).subspan(i * row_size, row_size),
                answer.adjoints.data() + i * state_size_, through_rest ? &equilibria[worker] : nullptr,
                derivative);
        samples.col(Eigen::Index(answer.order[i])) =
            Eigen::Map<const Eigen::VectorXd>(derivative.data(), Eigen::Index(derivative.size()))
                .cast<float>();
    });
    return samples;
}

} // namespace continuo
