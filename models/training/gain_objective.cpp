#include "models/training/gain_objective.h"

#include "models/operations/gain_layout.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace continuo {

namespace {

constexpr std::size_t groups = 16;         // recordings are summed in so many, whatever the threads
constexpr std::size_t most_periods = 8000; // in the matrix: more tell it nothing new

constexpr std::size_t most_displaced = 24; // recordings; with more, where each begins tells little

// The recordings of `parts`, each once, with all its scored ranges.
using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;
std::vector<std::pair<const Recording*, Ranges>>
whole_recordings(const std::vector<ResolvedRecording>& parts) {
    std::vector<std::pair<const Recording*, Ranges>> recordings;
    for (const ResolvedRecording& part : parts) {
        if (recordings.empty() || recordings.back().first != part.source)
            recordings.push_back({part.source, {}});
        recordings.back().second.emplace_back(part.begin, part.end);
    }
    return recordings;
}

} // namespace

template <typename Shape>
GainObjective<Shape>::GainObjective(const ResolvedDataSet& data, double sample_rate, const Shape& shape,
                                    double input_scale, WorkerPool& pool)
    : shape_(shape), pool_(pool), decays_(dsp::parameter_count(shape), false) {
    std::vector<double> energies, lengths;
    double energy_in_all = 0.0, length_of_all = 0.0;
    std::size_t periods = 0;
    for (auto& [recording, ranges] : whole_recordings(data.training)) {
        const std::size_t end = ranges.back().second;
        double energy = 0.0, length = 0.0;
        for (const auto& [first, last] : ranges)
            for (std::size_t t = first; t < last; ++t) {
                energy += double(recording->wet[t]) * double(recording->wet[t]);
                length += 1.0;
            }
        tracks_.emplace_back(std::span(recording->dry).first(end), std::span(recording->wet).first(end),
                             input_scale, sample_rate, recording->knobs, ranges);
        periods += tracks_.back().levels.size();
        energies.push_back(energy);
        lengths.push_back(length);
        energy_in_all += energy;
        length_of_all += length;
    }
    for (std::size_t i = 0; i < tracks_.size(); ++i) {
        const double share = lengths[i] / length_of_all;
        // silence must not weigh more than sound
        shares_.push_back(share / std::max({energies[i], 1e-2 * share * energy_in_all, 1e-30}));
    }
    stride_ = std::max<std::size_t>(1, periods / most_periods);
    const auto positions = operations::gain_positions(shape);
    for_each_gain_tensor(shape, positions,
                         [this](std::string_view name, const auto&, const std::vector<std::size_t>& at,
                                dsp::GainTensorKind kind) {
                             // a knee is round, of width 1, until the recording shows a corner
                             const bool decays = kind == dsp::GainTensorKind::weight ||
                                                 kind == dsp::GainTensorKind::balance ||
                                                 name == "curve_width";
                             for (const std::size_t position : at)
                                 decays_[position] = decays;
                         });
    if (tracks_.size() <= most_displaced)
        decays_.resize(decays_.size() + tracks_.size() * dsp::state_count(shape), true);
}

template <typename Shape>
std::size_t GainObjective<Shape>::displacement_at(std::size_t track) const {
    const std::size_t own = dsp::parameter_count(shape_);
    return own < decays_.size() ? own + track * dsp::state_count(shape_) : 0;
}

template <typename Shape>
std::vector<double> GainObjective<Shape>::displacement_of(std::size_t track,
                                                          std::span<const double> values) const {
    std::vector<double> result(dsp::state_count(shape_), 0.0);
    if (const std::size_t at = displacement_at(track); at > 0)
        std::copy_n(values.begin() + std::ptrdiff_t(at), result.size(), result.begin());
    return result;
}

template <typename Shape>
double GainObjective<Shape>::penalty(std::span<const double> values) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (decays_[i])
            sum += values[i] * values[i];
    return 0.5 * decay_ * sum;
}

template <typename Shape>
double GainObjective<Shape>::loss(std::span<const double> values) {
    const auto model = operations::gain_from_learned(shape_, values);
    std::vector<double> errors(tracks_.size());
    pool_.run(tracks_.size(), [&](std::size_t item, std::size_t) {
        errors[item] = shares_[item] *
                       operations::gain_error(shape_, model, tracks_[item], displacement_of(item, values));
    });
    double sum = 0.0;
    for (const double error : errors)
        sum += error;
    esr_ = 2.0 * sum;
    return sum + penalty(values);
}

template <typename Shape>
Linearisation GainObjective<Shape>::linearise(std::span<const double> values) {
    const auto model = operations::gain_from_learned(shape_, values);
    std::vector<operations::GainLeastSquares> sums(std::min(groups, tracks_.size()),
                                                   operations::GainLeastSquares(values.size()));
    pool_.run(sums.size(), [&](std::size_t group, std::size_t) {
        for (std::size_t i = group; i < tracks_.size(); i += sums.size())
            operations::add_gain_least_squares(shape_, model, tracks_[i], displacement_of(i, values),
                                               displacement_at(i), shares_[i], stride_, sums[group]);
    });
    for (std::size_t group = 1; group < sums.size(); ++group) {
        sums[0].error += sums[group].error;
        sums[0].gradient += sums[group].gradient;
        sums[0].matrix += sums[group].matrix;
    }
    Linearisation result{sums[0].error + penalty(values), sums[0].gradient, sums[0].matrix};
    esr_ = 2.0 * sums[0].error;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (decays_[i]) {
            result.gradient[Eigen::Index(i)] += decay_ * values[i];
            result.matrix(Eigen::Index(i), Eigen::Index(i)) += decay_;
        }
    return result;
}

template class GainObjective<dsp::GainShape>;
template class GainObjective<dsp::SelectiveShape>;

} // namespace continuo
