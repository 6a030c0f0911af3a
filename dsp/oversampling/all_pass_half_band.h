#pragma once

#include "dsp/oversampling/half_band_design.h"
#include "dsp/realtime.h"

#include <array>
#include <cstddef>

namespace continuo::dsp {

/// One stage of minimum-phase oversampling: the elliptic half-band filter of design_all_pass_half_band, once
/// for the way up to twice the rate and once for the way down.
///
/// Where the input rests, the output rests at exactly the same number. Input has to be finite. The bits of
/// the output do not depend on how the audio is cut.
///
/// One object belongs to one thread at a time.
class AllPassHalfBand {
  public:
    static constexpr std::size_t maximum_pairs = 6;

    /// At rest at zero.
    /// [main-thread] Allocates. Throws std::invalid_argument where the filter takes more than 12 sections.
    explicit AllPassHalfBand(const HalfBandSpecification& specification);

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

    /// Group delay of the way up and down at low frequencies, in samples of the lower rate. Source: a section
    /// of all-pass delays by (1 − a) / (1 + a) at DC; the two chains have the same gain there.
    /// [any-thread] Allocates nothing.
    double delay() const noexcept { return delay_; }

  private:
    static constexpr std::size_t lanes = 4;

    /// A0 and A1 side by side, in two lanes of the smallest register that all processors have.
    struct Chains {
        using Row = std::array<float, lanes>;
        std::array<Row, maximum_pairs> coefficient{}; // a
        std::array<Row, maximum_pairs> newer{};       // x[t−1]
        std::array<Row, maximum_pairs> older{};       // x[t−2]
        std::array<Row, maximum_pairs> correction{};  // a e[t−1]

        void rest(float value) noexcept CONTINUO_REALTIME;
        template <class Load, class Store>
        void run(std::size_t pairs, std::size_t frames, const Load& load,
                 const Store& store) noexcept CONTINUO_REALTIME;
        template <std::size_t pairs, class Load, class Store>
        void run_through(std::size_t frames, const Load& load, const Store& store) noexcept CONTINUO_REALTIME;
    };

    std::size_t pairs_ = 0;
    double delay_ = 0.0;
    Chains up_, down_;
};

} // namespace continuo::dsp
