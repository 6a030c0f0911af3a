#pragma once

#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/gain/knob_row.h"
#include "dsp/gain/padded_vector.h"
#include "dsp/realtime.h"

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
    GainReadout(const Tensors& model, const kernels::GainTable& table)
        : table_(&table), bias_(model.hidden_bias), by_knobs_(model.hidden_knobs),
          depth_knobs_(model.depth_knobs), gain_knobs_(model.gain_knobs), gain_bias_(model.gain_bias[0]),
          mixing_(model.hidden_mixing, model.channel_readout.size()), channels_(model.channel_readout),
          hidden_(model.hidden_readout), drive_(bias_.size()) {
        readout_ = {
            .channels = model.channel_readout.size(),
            .hidden = bias_.size(),
            .width = channels_.size(),
            .mixing = mixing_.kernel(),
            .channel_weights = channels_.data(),
            .hidden_weights = hidden_.data(),
            .drive = drive_.data(),
            .depth = 1.0,
            .offset = 0.0,
        };
    }

    /// Other knob values, one per knob. [audio-thread]
    void set_knobs(std::span<const float> knobs) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < bias_.size(); ++i)
            drive_[i] = bias_[i] + row_times(by_knobs_, i, knobs);
        readout_.depth = 1.0 + row_times(depth_knobs_, 0, knobs);
        readout_.offset = gain_bias_ + row_times(gain_knobs_, 0, knobs);
    }

    /// ln g of some periods. [audio-thread] \param channels  [period][channels, padded], finite
    /// \param periods  at most kernels::periods_at_once
    void log_gains(const double* channels, std::size_t periods, double* to) const noexcept CONTINUO_REALTIME {
        table_->read_out(readout_, channels, periods, to);
    }

  private:
    const kernels::GainTable* table_;
    std::vector<double> bias_, by_knobs_; // b_h, K_h
    std::vector<double> depth_knobs_, gain_knobs_;
    double gain_bias_;
    ColumnMatrix mixing_;            // A
    PaddedVector channels_, hidden_; // r, c
    PaddedVector drive_;             // b_h + K_h k
    kernels::Readout readout_{};
};

} // namespace continuo::dsp
