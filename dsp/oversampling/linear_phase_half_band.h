#pragma once

#include "dsp/oversampling/half_band_design.h"
#include "dsp/realtime.h"

#include <cstddef>
#include <vector>

namespace continuo::dsp {

/// One stage of linear-phase oversampling: the symmetric half-band filter of design_linear_phase_half_band,
/// once for the way up to twice the rate and once for the way down. At the higher rate one of two samples is
/// a copy; only the other one is computed.
///
/// The bits of the output do not depend on how the audio is cut.
///
/// One object belongs to one thread at a time.
class LinearPhaseHalfBand {
  public:
    /// At rest at zero.
    /// [main-thread] Allocates.
    /// \param padding  samples of the lower rate that the way down delays beyond the filter's own delay
    LinearPhaseHalfBand(const HalfBandSpecification& specification, std::size_t padding);

    /// The states that a constant input `low` on the way up and `high` on the way down has led to.
    /// [audio-thread]
    void reset(float low, float high) noexcept CONTINUO_REALTIME;

    /// Twice the rate. `input` may be the last `frames` samples of `output`.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    /// \param output  2 · frames samples
    void up(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Half the rate. `output` may be the first `frames` samples of `input`.
    ///
    /// [audio-thread] Allocates nothing, takes no lock, throws nothing.
    /// \param input  2 · frames samples
    void down(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Delay of the way up and down in samples of the lower rate, exactly. [any-thread] Allocates nothing.
    std::size_t delay() const noexcept { return taps_.size() - 1 + padding_; }

  private:
    /// The samples before this block, and room for this block.
    struct Line {
        std::size_t before;
        std::vector<float> samples; // [before + block]

        explicit Line(std::size_t length);
        void shift(std::size_t frames) noexcept CONTINUO_REALTIME;
    };

    void convolve(const float* newest, float* sums, std::size_t frames) const noexcept CONTINUO_REALTIME;

    std::vector<float> taps_; // 2 h[0], 2 h[2], ..., [2 m]
    std::size_t padding_;
    Line up_, even_, odd_;
};

} // namespace continuo::dsp
