#pragma once

#include "dsp/oversampling/oversampler.h"

#include <complex>
#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// One half-band filter in double at the higher rate, as its formula has it: no polyphase, no block.
class ReferenceHalfBand {
  public:
    /// The specification of stage `stage` of an Oversampler, with coefficients as float has them.
    ReferenceHalfBand(OversamplingKind kind, std::size_t stage);

    /// Frequency response at `frequency`, a fraction of the higher rate.
    std::complex<double> response(double frequency) const;

    /// Filters a whole signal at the higher rate.
    std::vector<double> filter(const std::vector<double>& input) const;

    /// Zeros between the samples, then the filter with a gain of 2.
    std::vector<double> up(const std::vector<double>& input) const;

    /// The filter, then every second sample, from `first` on.
    std::vector<double> down(const std::vector<double>& input, std::size_t first) const;

    /// Taps of the linear-phase filter, else all-pass sections.
    std::size_t size() const { return values_.size(); }

  private:
    OversamplingKind kind_;
    std::vector<double> values_; // all-pass coefficients, or all 4 m − 1 taps
};

/// The whole chain over a whole signal, with the latency of an Oversampler.
class ReferenceOversampler {
  public:
    ReferenceOversampler(std::size_t factor, OversamplingKind kind);

    std::vector<double> up(std::vector<double> signal) const;
    std::vector<double> down(std::vector<double> signal) const;

  private:
    OversamplingKind kind_;
    std::size_t padding_ = 0; // samples of the highest rate
    std::vector<ReferenceHalfBand> stages_;
};

} // namespace continuo::dsp
