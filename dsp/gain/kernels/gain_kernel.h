#pragma once

#include "dsp/gain/period_level.h"
#include "dsp/instruction_set.h"
#include "dsp/realtime.h"

#include <cstddef>

/// What a model that computes a gain (families gain and selective) is for the kernels: pointers into memory
/// that its classes own. No standard containers here, and no inline function that a kernel calls, for the
/// reason that dsp/kernels/stack_kernel.h gives.
///
/// Everything but the samples is computed for several control periods in turn, a pass over all of them for
/// each step of the equations: the levels of all periods first, then where the smoothers of all periods aim,
/// and so on. Most steps look at their own period alone, so that the processor works on several at once; what
/// has to wait for the period before is little.
///
/// Vectors are padded with zeros to a multiple of `widest` values and aligned to 64 bytes, which suits every
/// instruction set. What is not there has weights of zero, so it stays finite and is never heard.
namespace continuo::dsp::kernels {

inline constexpr std::size_t widest = 8;           ///< doubles in the widest register
inline constexpr std::size_t periods_at_once = 16; ///< control periods that one call takes, at most

/// A matrix by columns, each padded.
struct Columns {
    const double* weights;
    std::size_t columns;
    std::size_t height; ///< rows, padded
};

/// The level detectors: e, m and l in dsp/gain/gain_parameters.h.
struct LevelDetectors {
    std::size_t count;
    std::size_t width;                                                           ///< count, padded
    const double *positive_mean, *negative_mean, *positive_peak, *negative_peak; ///< what e takes [level]
    const double *rise_decay, *fall_decay;                                       ///< exp(−T / τ)  [level]
    double* mean_squares;                                                        ///< m            [level]
    double* levels;                                                              ///< l [period][width]
};

/// The smoothers of a gain model: v, Δ, s and w in dsp/gain/gain_parameters.h.
struct Smoothers {
    std::size_t count;
    std::size_t width; ///< count, padded
    Columns curve_mixing, speed_mixing;
    const double* curve_drive;   ///< b_v + K_v k  [channel]
    const double* squared_width; ///< κ²           [channel]
    const double *speed_difference, *speed_bias;
    const double *rise_rate, *fall_rate; ///< −T / τ       [channel]
    const double* lag_decay;             ///< exp(−T / σ)  [channel]
    const double* displacement;          ///< of s from rest, for settle_smoothers  [channel]
    double *aim, *speed;    ///< v and what Δ takes of the levels, then −Δ T / τ  [period][width]
    double *state, *lagged; ///< s, w [channel]
    double* channels;       ///< w [period][width]
};

/// The selective layer: u, Δ, B, C, s and y in dsp/selective/selective_parameters.h. The channels are the
/// lanes.
struct SelectiveLayer {
    std::size_t count, states;
    std::size_t width, state_width; ///< count and states, padded
    Columns input_mixing, speed_mixing, write_mixing, read_mixing;
    const double *input_drive, *speed_bias, *speed_factor; ///< b_u + K_u k, b_Δ, exp(K_Δ k)  [channel]
    const double *write_bias, *read_bias;                  ///< [state]
    const double* rate;                                    ///< −T / τ  [state][width]
    const double* skip;                                    ///< d [channel]
    const double* displacement; ///< of s from rest, for settle_selective  [state][width]
    double *input, *speed;      ///< u, Δ [period][width]
    double *write, *read;       ///< B, C [period][state_width]
    double* state;              ///< s    [state][width]
    double* channels;           ///< y    [period][width]
};

/// From the channels of either family to ln g: h and ln g in dsp/gain/gain_parameters.h.
struct Readout {
    std::size_t channels, hidden;
    std::size_t width; ///< channels, padded
    Columns mixing;
    const double* channel_weights; ///< r [channel]
    const double* hidden_weights;  ///< c [hidden]
    const double* drive;           ///< b_h + K_h k [hidden]
    double depth, offset;          ///< 1 + D·k, g0 + G·k
};

/// The linear colouring: z and what is heard of it in dsp/gain/gain_parameters.h.
struct Colouring {
    std::size_t modes;
    double direct;
    const double *lambda_real, *lambda_imag, *readout_real, *readout_imag; ///< [mode]
    double *real, *imag;                                                   ///< z [mode]
};

/// The bend of the output, even and odd divided by the scale.
struct Bend {
    double scale, even, odd;
};

/// One instruction set's kernels. [audio-thread] All of them: no allocation, no lock, no exception. `periods`
/// is at most periods_at_once.
struct GainTable {
    /// The level of each of some control periods. \param samples  [periods][period] \param period  ≥ 1
    /// \param scale  makes the input 1 rms
    void (*measure)(const double* samples, std::size_t period, std::size_t periods, double scale,
                    PeriodLevel* heard) noexcept CONTINUO_REALTIME;

    /// Takes some periods to the detectors, and writes `levels`.
    void (*detect)(const LevelDetectors& detectors, const PeriodLevel* heard,
                   std::size_t periods) noexcept CONTINUO_REALTIME;

    /// Takes `levels` of the detectors to the smoothers, and writes `channels`.
    void (*smooth)(const Smoothers& smoothers, const LevelDetectors& detectors,
                   std::size_t periods) noexcept CONTINUO_REALTIME;

    /// Jumps to where the first of `levels` leaves the smoothers if it stays, moved by `displacement`, and
    /// writes the first of `channels`.
    void (*settle_smoothers)(const Smoothers& smoothers,
                             const LevelDetectors& detectors) noexcept CONTINUO_REALTIME;

    /// The same two for the selective layer.
    void (*select)(const SelectiveLayer& layer, const LevelDetectors& detectors,
                   std::size_t periods) noexcept CONTINUO_REALTIME;
    void (*settle_selective)(const SelectiveLayer& layer,
                             const LevelDetectors& detectors) noexcept CONTINUO_REALTIME;

    /// ln g of each period. \param channels  [period][width]
    void (*read_out)(const Readout& readout, const double* channels, std::size_t periods,
                     double* log_gains) noexcept CONTINUO_REALTIME;

    /// What a straight line in ln g is in g: exp of its start, and the factor from one sample to the next.
    /// \param log_gains  where the lines start and end, one more than there are periods, followed by
    /// any numbers up to periods_at_once + widest values; `gains` and `factors` have room for periods_at_once
    /// \param per_sample  1 / samples of a period
    void (*ramps)(const double* log_gains, std::size_t periods, double per_sample, double* gains,
                  double* factors) noexcept CONTINUO_REALTIME;

    /// Some samples through the colouring; the bits do not depend on how many at a time.
    /// \param output  may not be the input
    void (*colour)(const Colouring& colouring, const double* input, double* output,
                   std::size_t samples) noexcept CONTINUO_REALTIME;

    /// Some samples through the bend. \param played  is written to
    void (*bend)(const Bend& bend, double* played, float* output,
                 std::size_t samples) noexcept CONTINUO_REALTIME;
};

#if defined(__x86_64__) || defined(_M_X64)
extern const GainTable sse2_gain_table, avx2_gain_table, avx512_gain_table;
#else
extern const GainTable neon_gain_table;
#endif

/// The table of an instruction set that this program has been built with. [any-thread]
const GainTable& gain_table(InstructionSet set);

} // namespace continuo::dsp::kernels
