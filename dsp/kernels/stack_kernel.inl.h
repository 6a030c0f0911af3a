// The kernels of a stack for any SIMD registers. Included once by each stack_kernel_*.cpp, inside nothing,
// after it has defined its register types; everything here has internal linkage, so that no function compiled
// for one instruction set can stand in for another one's.

#include "dsp/activation.h"
#include "dsp/kernels/stack_kernel.h"
#include "dsp/kernels/unroll.h"

#include <type_traits>

namespace continuo::dsp::kernels {
namespace {

/// \tparam ChannelBatch  registers of passes 1 and 3: channels side by side
/// \tparam ModeBatch     registers of pass 2: one mode of these channels, or two modes of them side by side;
///                       their architecture then has twice and sum_of_halves
/// \tparam DoubleBatch   registers of the slow modes
/// \tparam fixed_vectors the number of channel registers where it is known to the compiler, or 0
template <class ChannelBatch, class ModeBatch, class DoubleBatch, std::size_t fixed_vectors>
struct StackKernel {
    static constexpr std::size_t lanes = ChannelBatch::size;
    static constexpr std::size_t mode_lanes = ModeBatch::size;
    static constexpr std::size_t double_lanes = DoubleBatch::size;
    static constexpr bool two_modes = mode_lanes == 2 * lanes;
    static_assert(two_modes || mode_lanes == lanes);
    static_assert(!two_modes || fixed_vectors == 1);

    static std::size_t vectors(const Stack& stack) noexcept {
        return fixed_vectors != 0 ? fixed_vectors : stack.vectors;
    }
    static std::size_t padded(const Stack& stack) noexcept { return vectors(stack) * lanes; }

    /// A matrix times a vector for every sample: start + Σ_j matrix[j][·] x[j], handed to `finish` with the
    /// sample's number. Every fourth column is summed apart: a single sample then waits a quarter as long.
    ///
    /// \param matrix  one register of each column; columns, like samples of x, are `width` floats apart
    /// \param start   what the product is added to, by the sample's number
    template <class Start, class Finish>
    static CONTINUO_INLINE void multiply(const float* matrix, std::size_t width, const float* x,
                                         std::size_t frames, const Start& start,
                                         const Finish& finish) noexcept {
        static_assert(lanes % 4 == 0);
        if constexpr (fixed_vectors != 0) {
            constexpr std::size_t columns = fixed_vectors * lanes;
            ChannelBatch column[columns];
            unroll<columns>([&](auto j) CONTINUO_INLINE_LAMBDA {
                column[decltype(j)::value] = ChannelBatch::load_aligned(matrix + decltype(j)::value * width);
            });
            for (std::size_t t = 0; t < frames; ++t, x += width) {
                ChannelBatch part[4]{multiply_add(column[0], ChannelBatch(x[0]), start(t)),
                                     column[1] * ChannelBatch(x[1]), column[2] * ChannelBatch(x[2]),
                                     column[3] * ChannelBatch(x[3])};
                unroll<columns - 4>([&](auto i) CONTINUO_INLINE_LAMBDA {
                    constexpr std::size_t j = decltype(i)::value + 4;
                    part[j % 4] = multiply_add(column[j], ChannelBatch(x[j]), part[j % 4]);
                });
                finish(t, (part[0] + part[2]) + (part[1] + part[3]));
            }
        } else {
            for (std::size_t t = 0; t < frames; ++t, x += width) {
                ChannelBatch part[4]{start(t), ChannelBatch(0.0f), ChannelBatch(0.0f), ChannelBatch(0.0f)};
                for (std::size_t j = 0; j < width; j += 4)
                    unroll<4>([&](auto i) CONTINUO_INLINE_LAMBDA {
                        constexpr std::size_t k = decltype(i)::value;
                        part[k] = multiply_add(ChannelBatch::load_aligned(matrix + (j + k) * width),
                                               ChannelBatch(x[j + k]), part[k]);
                    });
                finish(t, (part[0] + part[2]) + (part[1] + part[3]));
            }
        }
    }

    /// The argument of σ in pass 1, (1 + F k) ∘ (W x) + b + W_k k, handed to `finish` with the sample's
    /// number, for one register of channels.
    ///
    /// \param c             which register
    /// \param drive_stride  floats from one sample's drive to the next one's; 0 while the knobs rest
    template <class Finish>
    static CONTINUO_INLINE void mix(const Stack& stack, const Layer& layer, std::size_t c, const float* drive,
                                    std::size_t drive_stride, std::size_t frames,
                                    const Finish& finish) noexcept {
        const std::size_t width = padded(stack);
        multiply(
            layer.mixing + c * lanes, width, stack.x, frames,
            [](std::size_t) CONTINUO_INLINE_LAMBDA { return ChannelBatch(0.0f); },
            [&](std::size_t t, ChannelBatch mixed) CONTINUO_INLINE_LAMBDA {
                const float* row = drive + t * drive_stride + c * lanes;
                finish(t, multiply_add(ChannelBatch::load_aligned(row), mixed,
                                       ChannelBatch::load_aligned(row + width)));
            });
    }

    /// σ for one register of channels, sample after sample: calls use(·) with a function of the argument.
    ///
    /// \param c  which register
    template <class Use>
    static CONTINUO_INLINE void with_activation(const Layer& layer, std::size_t c, const Use& use) noexcept {
        if (layer.previous == nullptr) {
            use([](ChannelBatch u) CONTINUO_INLINE_LAMBDA { return tanh_approximation(u); });
            return;
        }
        AntiAliasedIsru<ChannelBatch> isru(ChannelBatch::load_aligned(layer.previous + c * lanes));
        use([&](ChannelBatch u) CONTINUO_INLINE_LAMBDA { return isru(u); });
        isru.previous().store_aligned(layer.previous + c * lanes);
    }

    /// Pass 1: v = σ((1 + F k) ∘ (W x) + b + W_k k). The argument of σ goes through memory, so that first the
    /// matrix and then the constants of tanh have the registers for themselves.
    static void drive_modes(const Stack& stack, const Layer& layer, const float* drive,
                            std::size_t drive_stride, std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t c = 0; c < vectors(stack); ++c) {
            float* v = stack.v + c * lanes;
            mix(stack, layer, c, drive, drive_stride, frames,
                [&](std::size_t t, ChannelBatch argument)
                    CONTINUO_INLINE_LAMBDA { argument.store_aligned(v + t * width); });
            with_activation(layer, c, [&](const auto& activation) CONTINUO_INLINE_LAMBDA {
                for (std::size_t t = 0; t < frames; ++t)
                    activation(ChannelBatch::load_aligned(v + t * width)).store_aligned(v + t * width);
            });
        }
    }

    /// What one register of modes is driven by: v of its channels, twice where two modes lie side by side.
    template <class Batch, class Channels>
    static CONTINUO_INLINE Batch driven_by(Channels v) noexcept {
        if constexpr (std::is_same_v<Batch, Channels>)
            return v;
        else
            return Batch(Batch::arch_type::twice(v));
    }

    /// What a register of modes gives to each channel: where two modes lie side by side, their sum.
    template <class Channels, class Batch>
    static CONTINUO_INLINE Channels per_channel(Batch share) noexcept {
        if constexpr (std::is_same_v<Batch, Channels>)
            return share;
        else
            return Channels(Batch::arch_type::sum_of_halves(share));
    }

    /// The registers that hold what is per channel where `Batch` holds modes.
    template <class Batch>
    using ChannelsOf = std::conditional_t<std::is_same_v<Batch, ModeBatch>, ChannelBatch, Batch>;

    /// One mode of one register of channels, or two modes side by side, in registers.
    template <class Batch>
    struct Mode {
        using Value = typename Batch::value_type;
        static constexpr std::size_t coefficients = 4 * Batch::size, states = 3 * Batch::size;
        Batch minus_alpha, minus_beta, c1, c2, x1, fine;
        Batch held; // −β times the coarse part of x2

        CONTINUO_INLINE void load(const Value* coefficient, const Value* state) noexcept {
            minus_alpha = Batch::load_aligned(coefficient);
            minus_beta = Batch::load_aligned(coefficient + Batch::size);
            c1 = Batch::load_aligned(coefficient + 2 * Batch::size);
            c2 = Batch::load_aligned(coefficient + 3 * Batch::size);
            x1 = Batch::load_aligned(state);
            fine = Batch::load_aligned(state + Batch::size);
            held = minus_beta * Batch::load_aligned(state + 2 * Batch::size);
        }
        CONTINUO_INLINE void save(Value* state) const noexcept {
            x1.store_aligned(state);
            fine.store_aligned(state + Batch::size);
        }
        /// Adds what the states give to the next sample's readout; the first mode of a group begins sum1.
        template <bool first>
        CONTINUO_INLINE void read_out(Batch& sum1, Batch& sum2) const noexcept {
            if constexpr (first)
                sum1 = c1 * x1;
            else
                sum1 = multiply_add(c1, x1, sum1);
            sum2 = multiply_add(c2, fine, sum2);
        }
        CONTINUO_INLINE void advance(Batch input) noexcept {
            const Batch kept = multiply_add(minus_alpha, x1, x1);
            const Batch driven = multiply_add(minus_beta, fine, input + held);
            x1 = kept + driven;
            fine = fine + x1;
        }
    };

    /// What the coarse parts of x2 give to the readout of `modes` modes.
    template <class Batch, std::size_t modes>
    static CONTINUO_INLINE Batch coarse_readout(const typename Batch::value_type* coefficients,
                                                const typename Batch::value_type* state) noexcept {
        Batch sum;
        unroll<modes>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            const Batch c2 =
                Batch::load_aligned(coefficients + i * Mode<Batch>::coefficients + 3 * Batch::size);
            const Batch coarse = Batch::load_aligned(state + i * Mode<Batch>::states + 2 * Batch::size);
            if constexpr (i == 0)
                sum = c2 * coarse;
            else
                sum = multiply_add(c2, coarse, sum);
        });
        return sum;
    }

    /// The fine part of x2 moves to the coarse one, all but what the sum rounds off.
    template <class Batch>
    static void move_fine_parts(typename Batch::value_type* state, std::size_t rows) noexcept {
        for (std::size_t row = 0; row < rows; ++row, state += Mode<Batch>::states) {
            const Batch fine = Batch::load_aligned(state + Batch::size);
            const Batch coarse = Batch::load_aligned(state + 2 * Batch::size), sum = coarse + fine;
            (fine - (sum - coarse)).store_aligned(state + Batch::size);
            sum.store_aligned(state + 2 * Batch::size);
        }
    }

    /// Pass 2 for `modes` modes of `registers` registers of channels at a time. They are independent of each
    /// other, so that one's arithmetic hides the other's latency.
    ///
    /// \param direct  the direct terms of these channels
    /// \param rows    rows of the layer: what lies between one register's modes and the next one's
    /// \param first   the readout is written, not added to what other modes have left
    template <class Batch, std::size_t modes, std::size_t registers>
    static void
    run_modes(const typename Batch::value_type* coefficients, const typename Batch::value_type* direct,
              typename Batch::value_type* state, std::size_t rows, const typename Batch::value_type* v,
              typename Batch::value_type* s, std::size_t stride, std::size_t frames, bool first) noexcept {
        using Channels = ChannelsOf<Batch>;
        Mode<Batch> mode[registers * modes];
        Batch start[registers];
        Channels direct_terms[registers];
        const auto row = [&](std::size_t i) CONTINUO_INLINE_LAMBDA { return i / modes * rows + i % modes; };
        unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t r = decltype(index)::value;
            direct_terms[r] = Channels::load_aligned(direct + r * Channels::size);
            start[r] = coarse_readout<Batch, modes>(coefficients + r * rows * Mode<Batch>::coefficients,
                                                    state + r * rows * Mode<Batch>::states);
        });
        unroll<registers * modes>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            mode[i].load(coefficients + row(i) * Mode<Batch>::coefficients,
                         state + row(i) * Mode<Batch>::states);
        });
        const auto loop = [&](auto is_first) CONTINUO_INLINE_LAMBDA {
            for (std::size_t t = 0; t < frames; ++t)
                unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
                    constexpr std::size_t r = decltype(index)::value;
                    const std::size_t place = t * stride + r * Channels::size;
                    const Channels own = Channels::load_aligned(v + place);
                    Batch sum1, sum2 = start[r];
                    unroll<modes>([&](auto m) CONTINUO_INLINE_LAMBDA {
                        constexpr std::size_t i = decltype(m)::value;
                        mode[r * modes + i].template read_out<i == 0>(sum1, sum2);
                    });
                    const Channels share = per_channel<Channels>(sum1 + sum2);
                    if constexpr (decltype(is_first)::value != 0)
                        multiply_add(direct_terms[r], own, share).store_aligned(s + place);
                    else
                        (Channels::load_aligned(s + place) + share).store_aligned(s + place);
                    const Batch input = driven_by<Batch>(own);
                    unroll<modes>([&](auto m) CONTINUO_INLINE_LAMBDA {
                        mode[r * modes + decltype(m)::value].advance(input);
                    });
                });
        };
        if (first)
            loop(Index<1>{});
        else
            loop(Index<0>{});
        unroll<registers * modes>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            mode[i].save(state + row(i) * Mode<Batch>::states);
        });
    }

    /// The same for a single sample: one mode after the other, so that few registers do. The sums are added
    /// up in the same order.
    ///
    /// \param v  what drives the channels; \return what the modes add to their readout
    template <std::size_t modes>
    static CONTINUO_INLINE ChannelBatch run_modes_once(const float* coefficients, float* state,
                                                       ChannelBatch v) noexcept {
        const ModeBatch input = driven_by<ModeBatch>(v);
        ModeBatch sum1, sum2 = coarse_readout<ModeBatch, modes>(coefficients, state);
        unroll<modes>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            Mode<ModeBatch> mode;
            mode.load(coefficients + i * mode.coefficients, state + i * mode.states);
            mode.template read_out<i == 0>(sum1, sum2);
            mode.advance(input);
            mode.save(state + i * mode.states);
        });
        return per_channel<ChannelBatch>(sum1 + sum2);
    }

    /// Calls f(Index<modes>, first row) for groups of up to `largest` rows, as many as the processor has
    /// registers for.
    template <std::size_t largest, class Function>
    static CONTINUO_INLINE void for_groups(std::size_t rows, const Function& f) noexcept {
        for (std::size_t done = 0; done < rows; done += largest)
            unroll<largest>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t count = decltype(index)::value + 1;
                if (rows - done == count || (count == largest && rows - done > largest))
                    f(Index<count>{}, done);
            });
    }

    /// All rows of `registers` registers of channels, up to `largest` at a time.
    template <class Batch, std::size_t largest, std::size_t registers>
    static void run_rows(const typename Batch::value_type* coefficients,
                         const typename Batch::value_type* direct, typename Batch::value_type* state,
                         std::size_t rows, const typename Batch::value_type* v, typename Batch::value_type* s,
                         std::size_t stride, std::size_t frames) noexcept {
        for_groups<largest>(rows, [&](auto count, std::size_t done) CONTINUO_INLINE_LAMBDA {
            run_modes<Batch, decltype(count)::value, registers>(coefficients + done * 4 * Batch::size, direct,
                                                                state + done * 3 * Batch::size, rows, v, s,
                                                                stride, frames, done == 0);
        });
    }

    /// Rows of float modes that run at once.
    static constexpr std::size_t most_modes = 4;

    /// Pass 2: v → s through all modes of the layer.
    static void run_layer_modes(const Stack& stack, const Layer& layer, std::size_t frames) noexcept {
        for (std::size_t c = 0; c < vectors(stack); ++c)
            run_rows<ModeBatch, most_modes, 1>(
                layer.modes + c * layer.rows * 4 * mode_lanes, layer.direct + c * lanes,
                layer.state + c * layer.rows * 3 * mode_lanes, layer.rows, stack.v + c * lanes,
                stack.s + c * lanes, padded(stack), frames);
        if (layer.slow_rows > 0)
            run_slow_modes(stack, layer, frames);
        if (layer.taps != nullptr)
            add_taps(stack, layer, frames);
    }

    /// s += Σ_k D_k v[t − k] over the samples before the present one, whose tap is among the direct terms.
    static void add_taps(const Stack& stack, const Layer& layer, std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t c = 0; c < vectors(stack); ++c) {
            ChannelBatch tap[past_samples], v[past_samples];
            unroll<past_samples>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t k = decltype(index)::value;
                tap[k] = ChannelBatch::load_aligned(layer.taps + k * width + c * lanes);
                v[k] = ChannelBatch::load_aligned(layer.past + k * width + c * lanes);
            });
            for (std::size_t t = 0; t < frames; ++t) {
                float* s = stack.s + t * width + c * lanes;
                ChannelBatch sum = ChannelBatch::load_aligned(s);
                unroll<past_samples>([&](auto index) CONTINUO_INLINE_LAMBDA {
                    constexpr std::size_t k = past_samples - 1 - decltype(index)::value;
                    sum = multiply_add(tap[k], v[k], sum);
                    if constexpr (k > 0)
                        v[k] = v[k - 1];
                });
                sum.store_aligned(s);
                v[0] = ChannelBatch::load_aligned(stack.v + t * width + c * lanes);
            }
            unroll<past_samples>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t k = decltype(index)::value;
                v[k].store_aligned(layer.past + k * width + c * lanes);
            });
        }
    }

    static void run_slow_modes(const Stack& stack, const Layer& layer, std::size_t frames) noexcept {
        // One register of doubles holds fewer channels than one of floats does: two run side by side.
        constexpr std::size_t registers = double_lanes < lanes ? 2 : 1;
        const std::size_t width = padded(stack), count = frames * width;
        for (std::size_t i = 0; i < count; ++i)
            stack.slow_v[i] = double(stack.v[i]);
        for (std::size_t c = 0; c < width / double_lanes; c += registers)
            run_rows<DoubleBatch, 2, registers>(layer.slow_modes + c * layer.slow_rows * 4 * double_lanes,
                                                layer.slow_direct + c * double_lanes,
                                                layer.slow_state + c * layer.slow_rows * 3 * double_lanes,
                                                layer.slow_rows, stack.slow_v + c * double_lanes,
                                                stack.slow_s + c * double_lanes, width, frames);
        for (std::size_t i = 0; i < count; ++i)
            stack.s[i] += float(stack.slow_s[i]);
    }

    /// Every sub_block samples.
    static void refresh_layer(const Stack& stack, const Layer& layer) noexcept {
        move_fine_parts<ModeBatch>(layer.state, vectors(stack) * layer.rows);
        move_fine_parts<DoubleBatch>(layer.slow_state, width_in_doubles(stack) * layer.slow_rows);
    }

    /// The argument of tanh in pass 3, G s + b_g + G_k k, handed to `finish` with the sample's number, for
    /// one register of channels.
    template <class Finish>
    static CONTINUO_INLINE void gate_argument(const Stack& stack, const Layer& layer, std::size_t c,
                                              const float* drive, std::size_t drive_stride,
                                              std::size_t frames, const Finish& finish) noexcept {
        const std::size_t width = padded(stack);
        const float* bias = drive + 2 * width + c * lanes;
        multiply(
            layer.gate + c * lanes, width, stack.s, frames,
            [&](std::size_t t)
                CONTINUO_INLINE_LAMBDA { return ChannelBatch::load_aligned(bias + t * drive_stride); },
            finish);
    }

    /// r ∘ x + s ∘ (1 + tanh(argument))
    static CONTINUO_INLINE ChannelBatch gated(ChannelBatch skip, ChannelBatch x, ChannelBatch s,
                                              ChannelBatch argument) noexcept {
        const ChannelBatch open = tanh_approximation(argument);
        return multiply_add(s, open, multiply_add(skip, x, s));
    }

    /// Pass 3: x ← r ∘ x + s ∘ (1 + tanh(G s + b_g + G_k k)). The memory of v holds the argument of tanh.
    static void gate(const Stack& stack, const Layer& layer, const float* drive, std::size_t drive_stride,
                     std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t c = 0; c < vectors(stack); ++c) {
            const ChannelBatch skip = ChannelBatch::load_aligned(layer.skip + c * lanes);
            float* arguments = stack.v + c * lanes;
            gate_argument(stack, layer, c, drive, drive_stride, frames,
                          [&](std::size_t t, ChannelBatch argument)
                              CONTINUO_INLINE_LAMBDA { argument.store_aligned(arguments + t * width); });
            for (std::size_t t = 0; t < frames; ++t) {
                float* x = stack.x + t * width + c * lanes;
                gated(skip, ChannelBatch::load_aligned(x),
                      ChannelBatch::load_aligned(stack.s + t * width + c * lanes),
                      ChannelBatch::load_aligned(arguments + t * width))
                    .store_aligned(x);
            }
        }
    }

    /// Writes 1 + F k, b + W_k k, b_g + G_k k.
    static void write_drive(const Stack& stack, const Layer& layer, const float* knobs,
                            float* drive) noexcept {
        const std::size_t width = 3 * padded(stack);
        for (std::size_t i = 0; i < width; i += lanes) {
            ChannelBatch sum = ChannelBatch::load_aligned(layer.knobs + i);
            for (std::size_t k = 0; k < stack.knobs; ++k)
                sum = multiply_add(ChannelBatch::load_aligned(layer.knobs + (k + 1) * width + i),
                                   ChannelBatch(knobs[k]), sum);
            sum.store_aligned(drive + i);
        }
    }

    /// x = e · input
    static void encode(const Stack& stack, const float* input, std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t t = 0; t < frames; ++t)
            for (std::size_t c = 0; c < vectors(stack); ++c)
                (ChannelBatch::load_aligned(stack.encoder + c * lanes) * ChannelBatch(input[t]))
                    .store_aligned(stack.x + t * width + c * lanes);
    }

    static void run_layer(const Stack& stack, const Layer& layer, std::size_t frames, const float* knobs,
                          bool refresh) noexcept {
        const std::size_t width = padded(stack);
        const float* drive = layer.drive;
        std::size_t drive_stride = 0;
        if (knobs != nullptr) {
            for (std::size_t t = 0; t < frames; ++t)
                write_drive(stack, layer, knobs + t * stack.knobs, stack.drives + t * 3 * width);
            drive = stack.drives;
            drive_stride = 3 * width;
        }
        if (refresh)
            refresh_layer(stack, layer);
        if constexpr (fixed_vectors != 0)
            if (frames == 1) {
                run_sample(stack, layer, drive);
                return;
            }
        drive_modes(stack, layer, drive, drive_stride, frames);
        run_layer_modes(stack, layer, frames);
        gate(stack, layer, drive, drive_stride, frames);
    }

    static void run(const Stack& stack, const float* input, float* output, std::size_t frames,
                    const float* knobs, bool refresh) noexcept {
        encode(stack, input, frames);
        for (std::size_t l = 0; l < stack.layers; ++l)
            run_layer(stack, stack.layer[l], frames, knobs, refresh);
        decode(stack, output, frames);
    }

    /// The three passes for a single sample: the same sums, but v and s stay in registers. A single sample
    /// waits for each result in turn, so every way through memory that it is spared counts.
    static void run_sample(const Stack& stack, const Layer& layer, const float* drive) noexcept {
        ChannelBatch v[fixed_vectors], s[fixed_vectors], argument[fixed_vectors];
        unroll<fixed_vectors>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(index)::value;
            mix(stack, layer, c, drive, 0, 1, [&](std::size_t, ChannelBatch mixed) CONTINUO_INLINE_LAMBDA {
                with_activation(layer, c, [&](const auto& activation) CONTINUO_INLINE_LAMBDA {
                    v[c] = activation(mixed);
                });
            });
        });
        unroll<fixed_vectors>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(index)::value;
            const float* coefficients = layer.modes + c * layer.rows * 4 * mode_lanes;
            float* state = layer.state + c * layer.rows * 3 * mode_lanes;
            s[c] = ChannelBatch(0.0f); // there is at least one row, but the compiler does not know
            for_groups<most_modes>(layer.rows, [&](auto count, std::size_t done) CONTINUO_INLINE_LAMBDA {
                const ChannelBatch share = run_modes_once<decltype(count)::value>(
                    coefficients + done * 4 * mode_lanes, state + done * 3 * mode_lanes, v[c]);
                s[c] = done == 0
                           ? multiply_add(ChannelBatch::load_aligned(layer.direct + c * lanes), v[c], share)
                           : s[c] + share;
            });
            v[c].store_aligned(stack.v + c * lanes);
            s[c].store_aligned(stack.s + c * lanes);
        });
        if (layer.slow_rows > 0)
            run_slow_modes(stack, layer, 1);
        if (layer.taps != nullptr)
            add_taps(stack, layer, 1);
        if (layer.slow_rows > 0 || layer.taps != nullptr)
            unroll<fixed_vectors>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t c = decltype(index)::value;
                s[c] = ChannelBatch::load_aligned(stack.s + c * lanes);
            });
        unroll<fixed_vectors>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(index)::value;
            gate_argument(stack, layer, c, drive, 0, 1,
                          [&](std::size_t, ChannelBatch sum) CONTINUO_INLINE_LAMBDA { argument[c] = sum; });
        });
        unroll<fixed_vectors>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t c = decltype(index)::value;
            float* x = stack.x + c * lanes;
            gated(ChannelBatch::load_aligned(layer.skip + c * lanes), ChannelBatch::load_aligned(x), s[c],
                  argument[c])
                .store_aligned(x);
        });
    }

    /// output = d · x + d0
    static void decode(const Stack& stack, float* output, std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t t = 0; t < frames; ++t) {
            ChannelBatch product =
                ChannelBatch::load_aligned(stack.decoder) * ChannelBatch::load_aligned(stack.x + t * width);
            for (std::size_t c = 1; c < vectors(stack); ++c)
                product = multiply_add(ChannelBatch::load_aligned(stack.decoder + c * lanes),
                                       ChannelBatch::load_aligned(stack.x + t * width + c * lanes), product);
            product.store_aligned(stack.products + t * lanes);
        }
        for (std::size_t t = 0; t < frames; ++t)
            output[t] = sum_of<lanes>(stack.products + t * lanes) + stack.decoder_bias;
    }

    /// Sum of `count` values, halves added lane by lane until one is left.
    template <std::size_t count>
    static CONTINUO_INLINE float sum_of(const float* values) noexcept {
        if constexpr (count == 2) {
            return values[0] + values[1];
        } else {
            float halves[count / 2];
            for (std::size_t i = 0; i < count / 2; ++i)
                halves[i] = values[i] + values[i + count / 2];
            return sum_of<count / 2>(halves);
        }
    }

    static void set_drive(const Stack& stack, const float* knobs) noexcept {
        for (std::size_t l = 0; l < stack.layers; ++l)
            write_drive(stack, stack.layer[l], knobs, stack.layer[l].drive);
    }

    static void settle(const Stack& stack) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t i = 0; i < width; ++i)
            stack.x[i] = 0.0f;
        for (std::size_t l = 0; l < stack.layers; ++l) {
            const Layer& layer = stack.layer[l];
            if (layer.previous != nullptr)
                rest_activation(stack, layer);
            drive_modes(stack, layer, layer.drive, 0, 1);
            rest(stack, layer);
            run_layer_modes(stack, layer, 1);
            rest(stack, layer); // running the modes for s has moved them by a rounding error
            gate(stack, layer, layer.drive, 0, 1);
        }
    }

    /// The sample before had the argument of σ that sample 0 has.
    static void rest_activation(const Stack& stack, const Layer& layer) noexcept {
        for (std::size_t c = 0; c < vectors(stack); ++c)
            mix(stack, layer, c, layer.drive, 0, 1, [&](std::size_t, ChannelBatch u) CONTINUO_INLINE_LAMBDA {
                u.store_aligned(layer.previous + c * lanes);
            });
    }

    /// x1 = 0, x2 = v / β, and every v that is kept the same, for the v of sample 0. Where a row is padding,
    /// β is 1 and nothing reads it.
    static void rest(const Stack& stack, const Layer& layer) noexcept {
        for (std::size_t row = 0; row < vectors(stack) * layer.rows; ++row)
            for (std::size_t i = 0; i < mode_lanes; ++i) {
                const float v = stack.v[row / layer.rows * lanes + i % lanes];
                float* state = layer.state + row * 3 * mode_lanes + i;
                state[0] = state[mode_lanes] = 0.0f;
                state[2 * mode_lanes] = -v / layer.modes[(4 * row + 1) * mode_lanes + i];
            }
        for (std::size_t row = 0; row < width_in_doubles(stack) * layer.slow_rows; ++row)
            for (std::size_t i = 0; i < double_lanes; ++i) {
                const double v = double(stack.v[row / layer.slow_rows * double_lanes + i]);
                double* state = layer.slow_state + row * 3 * double_lanes + i;
                state[0] = state[double_lanes] = 0.0;
                state[2 * double_lanes] = -v / layer.slow_modes[(4 * row + 1) * double_lanes + i];
            }
        if (layer.taps != nullptr)
            for (std::size_t i = 0; i < past_samples * padded(stack); ++i)
                layer.past[i] = stack.v[i % padded(stack)];
    }

    static std::size_t width_in_doubles(const Stack& stack) noexcept { return padded(stack) / double_lanes; }
};

/// The kernels of one kind of registers, with the number of registers per sample known to the compiler where
/// that is one or two.
template <class ChannelBatch, class ModeBatch, class DoubleBatch>
struct AnyVectors {
    using One = StackKernel<ChannelBatch, ModeBatch, DoubleBatch, 1>;
    using Two = StackKernel<ChannelBatch, ChannelBatch, DoubleBatch, 2>;
    using Many = StackKernel<ChannelBatch, ChannelBatch, DoubleBatch, 0>;

    template <class Function>
    static void choose(const Stack& stack, const Function& f) noexcept {
        if (stack.vectors == 1)
            f(One{});
        else if (stack.vectors == 2)
            f(Two{});
        else
            f(Many{});
    }
};

/// The table of an instruction set, built from its widest registers for channels and, where it has wider ones
/// still, from those in which two modes of a small stack lie side by side.
///
/// \tparam Small  AnyVectors for stacks of at most `small_channels` channels
/// \tparam Large  AnyVectors for all others
template <class Small, class Large, std::size_t small_channels>
struct Dispatch {
    static Lanes lanes(std::size_t channels) noexcept CONTINUO_REALTIME {
        if (channels <= small_channels)
            return {Small::One::lanes, Small::One::mode_lanes, Small::One::double_lanes};
        return {Large::One::lanes, Large::One::mode_lanes, Large::One::double_lanes};
    }
    template <class Function>
    static void choose(const Stack& stack, const Function& f) noexcept {
        if (stack.padded <= small_channels)
            Small::choose(stack, f);
        else
            Large::choose(stack, f);
    }
    static void run(const Stack& stack, const float* input, float* output, std::size_t frames,
                    const float* knobs, bool refresh) noexcept CONTINUO_REALTIME {
        choose(stack,
               [&](auto kernel) { decltype(kernel)::run(stack, input, output, frames, knobs, refresh); });
    }
    static void encode(const Stack& stack, const float* input,
                       std::size_t frames) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::encode(stack, input, frames); });
    }
    static void run_layer(const Stack& stack, const Layer& layer, std::size_t frames, const float* knobs,
                          bool refresh) noexcept CONTINUO_REALTIME {
        choose(stack,
               [&](auto kernel) { decltype(kernel)::run_layer(stack, layer, frames, knobs, refresh); });
    }
    static void decode(const Stack& stack, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::decode(stack, output, frames); });
    }
    static void set_drive(const Stack& stack, const float* knobs) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::set_drive(stack, knobs); });
    }
    static void settle(const Stack& stack) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::settle(stack); });
    }
    static constexpr Table table{&lanes, &run, &encode, &run_layer, &decode, &set_drive, &settle};
};

} // namespace
} // namespace continuo::dsp::kernels
