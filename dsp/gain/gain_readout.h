#pragma once

#include "dsp/gain/gain_curves.h"
#include "dsp/gain/knob_row.h"
#include "dsp/gain/strip_matrix.h"
#include "dsp/realtime.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace continuo::dsp {

/// What a model that computes a gain ends in: from its channels to ln g, by a straight line and a layer of
/// knees. Equations: h and ln g in dsp/gain/gain_parameters.h.
///
/// One object belongs to one thread at a time.
class GainReadout {
  public:
    /// [main-thread] Allocates. \param model  valid GainTensors or SelectiveTensors
    template <typename Tensors>
    explicit GainReadout(const Tensors& model)
        : mixing_(model.hidden_mixing, model.channel_readout.size()), bias_(model.hidden_bias),
          by_knobs_(model.hidden_knobs), depth_knobs_(model.depth_knobs), gain_knobs_(model.gain_knobs),
          gain_bias_(model.gain_bias[0]), channels_(model.channel_readout), hidden_(model.hidden_readout),
          drive_(padded(bias_.size())) {
        pad(channels_);
        pad(hidden_);
    }

    /// Other knob values, one per knob. [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < bias_.size(); ++i)
            drive_[i] = bias_[i] + row_times(by_knobs_, i, knobs);
        depth_ = 1.0 + row_times(depth_knobs_, 0, knobs);
        offset_ = gain_bias_ + row_times(gain_knobs_, 0, knobs);
    }

    /// ln g. [audio-thread] \param channels  padded, finite
    double log_gain(const double* channels) const noexcept CONTINUO_REALTIME {
        Doubles sums(0.0);
        for (std::size_t j = 0; j < channels_.size(); j += Doubles::size)
            sums += load(channels_, j) * Doubles::load_unaligned(channels + j);
        for (std::size_t i = 0; i < hidden_.size(); i += Doubles::size)
            sums += load(hidden_, i) * knee(mixing_.times(i, channels) + load(drive_, i));
        return std::clamp(offset_ + depth_ * sum_of_lanes(sums), -largest_log_gain, largest_log_gain);
    }

  private:
    StripMatrix mixing_;                  // A
    std::vector<double> bias_, by_knobs_; // b_h, K_h
    std::vector<double> depth_knobs_, gain_knobs_;
    double gain_bias_;
    std::vector<double> channels_, hidden_; // r, c, padded
    std::vector<double> drive_;             // b_h + K_h k, padded
    double depth_ = 1.0, offset_ = 0.0;     // 1 + D·k, g0 + G·k
};

} // namespace continuo::dsp
