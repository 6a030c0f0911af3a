#pragma once

#include "dsp/instruction_set.h"
#include "dsp/realtime.h"

#include <cstddef>

/// What a stack is for the kernels: pointers into one block of memory, laid out for one instruction set. No
/// standard containers here, and nothing inline: the kernels are compiled for processors that the rest of the
/// program must not ask for, so they share no function with it that a linker could take from the wrong side.
namespace continuo::dsp::kernels {

/// Samples that run through one layer before the next one has its turn.
inline constexpr std::size_t sub_block = 64;

/// One layer. `padded` is the number of channels rounded up to whole SIMD registers; what was padded holds
/// zeros.
///
/// A mode z ← z + (δ z + v), s = Re(C' z) runs as a second-order section in two real states,
///
///     s = c1 x1 + c2 x2 + Re(C') v,   x1 ← (x1 − α x1) + (v − β x2),   x2 ← x2 + x1
///     α = 1 − |λ|²,  β = |δ|²,  c1 = (1 − α) Re C',  c2 = −Re(C' δ̄) − β Re C'
///
/// the same transfer function with four multiplications in place of six. Like the δ form it holds what is
/// small in a slow mode (α and β) to full relative precision. Source: equate Re(C' / (1 − λ w)) with the
/// section's transfer function, w being one sample's delay.
///
/// The readout takes the states from before the sample: v then reaches s through one multiplication, and a
/// single sample does not wait for the modes, which are summed before v is known. The direct terms Re(C') of
/// a channel's modes are one number, their sum.
///
/// x2 is large in a slow mode, and its increments would drown in its rounding: a constant input would then
/// settle as far off as 1e-4. So x2 is kept in two parts, a coarse one that rests for sub_block samples and a
/// fine one that takes the increments; every sub_block samples since the last reset the fine part moves over,
/// all but what the sum rounds off. Measured against double, modes of up to 14,400 samples then err by −117
/// dB or less, noise or constant in.
struct Layer {
    const float* mixing; ///< Wᵀ [from][padded]
    const float* gate;   ///< Gᵀ [from][padded]
    const float* skip;   ///< r  [padded]
    const float* knobs;  ///< [1 + knobs][3][padded]: 1, b, b_g; then F, W_k, G_k of each knob
    float* drive;        ///< [3][padded]: 1 + F k, b + W_k k, b_g + G_k k at the knobs of set_drive
    const float* modes;  ///< [vector][row][4][mode lanes]: −α, −β, c1, c2
    const float* direct; ///< Σ Re C' of the float modes, and the tap of this sample [padded]
    float* state;        ///< [vector][row][3][mode lanes]: x1, fine and coarse x2
    std::size_t rows;    ///< rows of float modes for each vector of channels, at least 1
    const double*
        slow_modes; ///< [double vector][slow row][4][double lanes], as modes, for what float cannot hold
    const double* slow_direct; ///< Σ Re C' of the slow modes [padded]
    double* slow_state;        ///< [double vector][slow row][3][double lanes]
    std::size_t slow_rows;
    const float* taps; ///< what v of one to past_samples samples ago adds to s [sample][padded]; or null
    float* past;       ///< v of one to past_samples samples ago [sample][padded]; null as taps is
    float* previous;   ///< u of the sample before, where σ is the anti-aliased ISRU [padded]; null: tanh
};

/// Samples before the present one that `taps` reaches back to.
inline constexpr std::size_t past_samples = 5;

/// A stack and its scratch memory. Every pointer is aligned to 64 bytes.
struct Stack {
    Layer* layer; ///< [layers]
    std::size_t layers;
    std::size_t padded;  ///< channels, padded
    std::size_t vectors; ///< padded / channel lanes
    std::size_t knobs;
    const float* encoder; ///< e · input scale [padded]
    const float* decoder; ///< output scale · d [padded]
    float decoder_bias;   ///< output scale · d0
    float* x;             ///< [sub_block][padded]
    float* v;             ///< [sub_block][padded]
    float* s;             ///< [sub_block][padded]
    double* slow_v;       ///< [sub_block][padded]
    double* slow_s;       ///< [sub_block][padded]
    float* drives;        ///< [sub_block][3][padded]
    float* products;      ///< [sub_block][channel lanes]
};

/// The lanes a stack must be laid out for.
struct Lanes {
    std::size_t channels; ///< channels in a register of passes 1 and 3; `padded` is a multiple of it
    std::size_t
        modes; ///< lanes of a register of pass 2: `channels`, or twice that with two modes side by side
    std::size_t doubles; ///< lanes of a register of slow modes
};

/// One instruction set's kernels. [audio-thread] All of them: no allocation, no lock, no exception.
struct Table {
    /// For a stack of so many channels.
    Lanes (*lanes)(std::size_t channels) noexcept CONTINUO_REALTIME;

    /// Runs up to sub_block frames. `input` has been guarded; in place is allowed.
    /// \param knobs    [frame][knob], or null where the knobs rest and set_drive has been called for them
    /// \param refresh  a multiple of sub_block samples has passed since settle
    void (*run)(const Stack& stack, const float* input, float* output, std::size_t frames, const float* knobs,
                bool refresh) noexcept CONTINUO_REALTIME;

    /// The three parts of `run`, for layers that run apart: x = e · input; one layer, x in place; output = d
    /// · x + d0. Up to sub_block frames of `stack.x`, which may lie anywhere that is aligned to 64 bytes, as
    /// may all scratch memory: a copy of Stack with other pointers runs the same layers. Parameters as in
    /// run.
    void (*encode)(const Stack& stack, const float* input, std::size_t frames) noexcept CONTINUO_REALTIME;
    void (*run_layer)(const Stack& stack, const Layer& layer, std::size_t frames, const float* knobs,
                      bool refresh) noexcept CONTINUO_REALTIME;
    void (*decode)(const Stack& stack, float* output, std::size_t frames) noexcept CONTINUO_REALTIME;

    /// Takes `knobs` [knob] as the values at which the knobs rest.
    void (*set_drive)(const Stack& stack, const float* knobs) noexcept CONTINUO_REALTIME;

    /// Sets every state to its equilibrium at input 0 and the knobs of set_drive: x1 = 0, x2 = v / β, and
    /// what is kept of earlier samples to what it is now.
    void (*settle)(const Stack& stack) noexcept CONTINUO_REALTIME;
};

#if defined(__x86_64__) || defined(_M_X64)
extern const Table sse2_table, avx2_table, avx512_table;
#else
extern const Table neon_table;
#endif

/// The table of an instruction set that this program has been built with.
/// [any-thread]
const Table& table(InstructionSet set);

} // namespace continuo::dsp::kernels
