#include "tests/dsp/oversampling_reference.h"

#include <cmath>
#include <numbers>

namespace continuo::dsp {

ReferenceHalfBand::ReferenceHalfBand(OversamplingKind kind, std::size_t stage) : kind_(kind) {
    const double transition = half_band_transition(stage);
    if (kind == OversamplingKind::minimum_phase) {
        for (const double a : design_all_pass_half_band({transition, 101.0}))
            values_.push_back(float(a));
        return;
    }
    for (const double tap : design_linear_phase_half_band({transition, 122.0})) {
        values_.push_back(float(tap));
        values_.push_back(0.0);
    }
    values_.pop_back();
    values_[values_.size() / 2] = 0.5;
}

std::complex<double> ReferenceHalfBand::response(double frequency) const {
    const std::complex<double> delay = std::polar(1.0, -2.0 * std::numbers::pi * frequency); // z⁻¹
    if (kind_ == OversamplingKind::linear_phase) {
        std::complex<double> sum = 0.0;
        for (std::size_t i = values_.size(); i-- > 0;)
            sum = sum * delay + values_[i];
        return sum;
    }
    std::complex<double> chain[2]{1.0, 1.0};
    for (std::size_t i = 0; i < values_.size(); ++i)
        chain[i % 2] *= (values_[i] + delay * delay) / (1.0 + values_[i] * delay * delay);
    return 0.5 * (chain[0] + delay * chain[1]);
}

std::vector<double> ReferenceHalfBand::filter(const std::vector<double>& input) const {
    const auto at = [](const std::vector<double>& signal, std::size_t t, std::size_t delay) {
        return t >= delay ? signal[t - delay] : 0.0;
    };
    std::vector<double> output(input.size(), 0.0);
    if (kind_ == OversamplingKind::linear_phase) {
        for (std::size_t t = 0; t < input.size(); ++t)
            for (std::size_t i = 0; i < values_.size() && i <= t; ++i)
                output[t] += values_[i] * input[t - i];
        return output;
    }
    std::vector<double> chain[2]{input, input};
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const std::vector<double> x = chain[i % 2];
        std::vector<double>& y = chain[i % 2];
        for (std::size_t t = 0; t < input.size(); ++t)
            y[t] = values_[i] * (x[t] - at(y, t, 2)) + at(x, t, 2);
    }
    for (std::size_t t = 0; t < input.size(); ++t)
        output[t] = 0.5 * (chain[0][t] + at(chain[1], t, 1));
    return output;
}

std::vector<double> ReferenceHalfBand::up(const std::vector<double>& input) const {
    std::vector<double> stuffed(2 * input.size(), 0.0);
    for (std::size_t t = 0; t < input.size(); ++t)
        stuffed[2 * t] = 2.0 * input[t];
    return filter(stuffed);
}

std::vector<double> ReferenceHalfBand::down(const std::vector<double>& input, std::size_t first) const {
    const std::vector<double> filtered = filter(input);
    std::vector<double> output;
    for (std::size_t t = first; t < filtered.size(); t += 2)
        output.push_back(filtered[t]);
    return output;
}

ReferenceOversampler::ReferenceOversampler(std::size_t factor, OversamplingKind kind) : kind_(kind) {
    for (std::size_t stage = 0; std::size_t(1) << stage < factor; ++stage)
        stages_.emplace_back(kind, stage);
    if (kind == OversamplingKind::linear_phase) {
        std::size_t delay = 0; // of both ways, samples of the highest rate
        for (std::size_t stage = 0; stage < stages_.size(); ++stage)
            delay += (stages_[stage].size() - 1) * (factor >> (stage + 1));
        padding_ = (factor - delay % factor) % factor;
    }
}

std::vector<double> ReferenceOversampler::up(std::vector<double> signal) const {
    for (const ReferenceHalfBand& stage : stages_)
        signal = stage.up(signal);
    return signal;
}

std::vector<double> ReferenceOversampler::down(std::vector<double> signal) const {
    signal.insert(signal.begin(), padding_, 0.0);
    signal.resize(signal.size() - padding_);
    for (std::size_t i = stages_.size(); i-- > 0;)
        signal = stages_[i].down(signal, kind_ == OversamplingKind::minimum_phase ? 1 : 0);
    return signal;
}

} // namespace continuo::dsp
