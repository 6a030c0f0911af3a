#pragma once

#include "dsp/gain/gain_curves.h"
#include "models/operations/row_times.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace continuo::operations {

/// What a model that computes a gain ends in, from its channels to ln g, together with the derivatives by the
/// read-out's own values and by the channels. Equations: h and ln g in dsp/gain/gain_parameters.h, as
/// dsp::GainReadout.
class ReadoutSensitivity {
  public:
    /// [main-thread] Allocates. \param model  GainTensors or SelectiveTensors
    /// \param knobs  one value in [0, 1] per knob
    template <typename Tensors>
    ReadoutSensitivity(const Tensors& model, std::vector<double> knobs)
        : knobs_(std::move(knobs)), depth_(1.0 + row_times(model.depth_knobs, 0, knobs_)),
          offset_(model.gain_bias[0] + row_times(model.gain_knobs, 0, knobs_)),
          by_channel_(model.channel_readout.size()) {
        for (std::size_t i = 0; i < model.hidden_bias.size(); ++i)
            drive_.push_back(model.hidden_bias[i] + row_times(model.hidden_knobs, i, knobs_));
    }

    /// Reads the channels. [any-thread] Allocates nothing. \param model  as at first \param at
    /// gain_positions() \param to  the gradient, in which the read-out's own values are written
    template <typename Tensors, typename Positions>
    void read(const Tensors& model, const Positions& at, const std::vector<double>& channels,
              std::vector<double>& to) {
        const std::size_t knobs = knobs_.size(), count = channels.size();
        double sum = row_times(model.channel_readout, 0, channels);
        std::copy(model.channel_readout.begin(), model.channel_readout.end(), by_channel_.begin());
        for (std::size_t i = 0; i < drive_.size(); ++i) {
            const double input = row_times(model.hidden_mixing, i, channels) + drive_[i];
            const double unit = dsp::knee(input), slope = model.hidden_readout[i] * dsp::knee_slope(input);
            sum += model.hidden_readout[i] * unit;
            to[at.hidden_readout[i]] = depth_ * unit;
            to[at.hidden_bias[i]] = depth_ * slope;
            for (std::size_t j = 0; j < count; ++j) {
                to[at.hidden_mixing[i * count + j]] = depth_ * slope * channels[j];
                by_channel_[j] += slope * model.hidden_mixing[i * count + j];
            }
            for (std::size_t k = 0; k < knobs; ++k)
                to[at.hidden_knobs[i * knobs + k]] = depth_ * slope * knobs_[k];
        }
        for (std::size_t j = 0; j < count; ++j) {
            by_channel_[j] *= depth_;
            to[at.channel_readout[j]] = depth_ * channels[j];
        }
        for (std::size_t k = 0; k < knobs; ++k) {
            to[at.depth_knobs[k]] = sum * knobs_[k];
            to[at.gain_knobs[k]] = knobs_[k];
        }
        to[at.gain_bias[0]] = 1.0;
        const double value = offset_ + depth_ * sum;
        log_gain_ = std::clamp(value, -dsp::largest_log_gain, dsp::largest_log_gain);
        clamped_ = value != log_gain_;
    }

    double log_gain() const { return log_gain_; }

    /// Whether ln g is at its limit, where no value moves it.
    bool clamped() const { return clamped_; }

    /// ∂ ln g / ∂ each channel, but for the limit.
    const std::vector<double>& by_channel() const { return by_channel_; }

  private:
    std::vector<double> knobs_, drive_; // k; b_h + K_h k
    double depth_, offset_;             // 1 + D·k, g0 + G·k
    std::vector<double> by_channel_;
    double log_gain_ = 0.0;
    bool clamped_ = false;
};

} // namespace continuo::operations
