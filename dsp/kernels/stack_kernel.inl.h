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
///                       their architecture then has load_twice and sum_of_halves
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

    /// Pass 1: v = tanh((1 + F k) ∘ (W x) + b + W_k k). In a block the argument of tanh goes through memory,
    /// so that first the matrix and then the constants of tanh have the registers for themselves; a single
    /// sample is faster without that detour.
    ///
    /// \param drive_stride  floats from one sample's drive to the next one's; 0 while the knobs rest
    static void drive_modes(const Stack& stack, const Layer& layer, const float* drive,
                            std::size_t drive_stride, std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t c = 0; c < vectors(stack); ++c) {
            float* v = stack.v + c * lanes;
            const auto finish = [](ChannelBatch argument, float* to) CONTINUO_INLINE_LAMBDA {
                tanh_approximation(argument).store_aligned(to);
            };
            const auto run = [&](std::size_t count, const auto& take) CONTINUO_INLINE_LAMBDA {
                multiply(
                    layer.mixing + c * lanes, width, stack.x, count,
                    [](std::size_t) CONTINUO_INLINE_LAMBDA { return ChannelBatch(0.0f); },
                    [&](std::size_t t, ChannelBatch mixed) CONTINUO_INLINE_LAMBDA {
                        const float* row = drive + t * drive_stride + c * lanes;
                        take(multiply_add(ChannelBatch::load_aligned(row), mixed,
                                          ChannelBatch::load_aligned(row + width)),
                             v + t * width);
                    });
            };
            if (frames == 1) {
                run(1, finish);
                continue;
            }
            run(frames,
                [](ChannelBatch argument, float* to) CONTINUO_INLINE_LAMBDA { argument.store_aligned(to); });
            for (std::size_t t = 0; t < frames; ++t)
                finish(ChannelBatch::load_aligned(v + t * width), v + t * width);
        }
    }

    /// What one register of modes is driven by: v of its channels, twice where two modes lie side by side.
    template <class Batch>
    static CONTINUO_INLINE Batch load_input(const typename Batch::value_type* v) noexcept {
        if constexpr (two_modes && std::is_same_v<Batch, ModeBatch>)
            return Batch(Batch::arch_type::load_twice(v));
        else
            return Batch::load_aligned(v);
    }

    /// Writes a register of modes' share of the readout s, and the direct term with it, or adds it to what
    /// other modes have left there.
    template <bool writes, class Batch, class Direct>
    static CONTINUO_INLINE void store_readout(Batch share, Direct direct, const typename Batch::value_type* v,
                                              typename Batch::value_type* s) noexcept {
        if constexpr (!std::is_same_v<Batch, Direct>)
            store_readout<writes>(Direct(Batch::arch_type::sum_of_halves(share)), direct, v, s);
        else if constexpr (writes)
            multiply_add(direct, Batch::load_aligned(v), share).store_aligned(s);
        else
            (Batch::load_aligned(s) + share).store_aligned(s);
    }

    /// Pass 2 for `modes` modes of `registers` registers of channels at a time. They are independent of each
    /// other, so that one's arithmetic hides the other's latency.
    ///
    /// \param direct   the direct terms of these channels
    /// \param rows     rows of the layer: what lies between one register's modes and the next one's
    /// \param first    the readout is written, not added to what other modes have left
    /// \param refresh  the fine part of x2 moves to the coarse one
    template <class Batch, std::size_t modes, std::size_t registers>
    static void run_modes(const typename Batch::value_type* coefficients,
                          const typename Batch::value_type* direct, typename Batch::value_type* state,
                          std::size_t rows, const typename Batch::value_type* v,
                          typename Batch::value_type* s, std::size_t stride, std::size_t frames, bool first,
                          bool refresh) noexcept {
        using Direct = std::conditional_t<std::is_same_v<Batch, ModeBatch>, ChannelBatch, Batch>;
        constexpr std::size_t flight = modes * registers;
        Direct direct_terms[registers];
        unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            direct_terms[i] = Direct::load_aligned(direct + i * Direct::size);
        });
        Batch minus_alpha[flight], minus_beta[flight], c1[flight], c2[flight], x1[flight], fine[flight];
        Batch held[flight];     // −β times the coarse part of x2
        Batch start[registers]; // what the coarse parts give to the readout
        const auto row = [&](std::size_t i) CONTINUO_INLINE_LAMBDA { return i / modes * rows + i % modes; };
        unroll<flight>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            const typename Batch::value_type* coefficient = coefficients + row(i) * 4 * Batch::size;
            typename Batch::value_type* mode_state = state + row(i) * 3 * Batch::size;
            minus_alpha[i] = Batch::load_aligned(coefficient);
            minus_beta[i] = Batch::load_aligned(coefficient + Batch::size);
            c1[i] = Batch::load_aligned(coefficient + 2 * Batch::size);
            c2[i] = Batch::load_aligned(coefficient + 3 * Batch::size);
            x1[i] = Batch::load_aligned(mode_state);
            fine[i] = Batch::load_aligned(mode_state + Batch::size);
            Batch coarse = Batch::load_aligned(mode_state + 2 * Batch::size);
            if (refresh) {
                const Batch sum = coarse + fine[i];
                fine[i] = fine[i] - (sum - coarse); // what rounding has cut off the sum
                coarse = sum;
                coarse.store_aligned(mode_state + 2 * Batch::size);
            }
            held[i] = minus_beta[i] * coarse;
            if constexpr (i % modes == 0)
                start[i / modes] = c2[i] * coarse;
            else
                start[i / modes] = multiply_add(c2[i], coarse, start[i / modes]);
        });
        const auto loop = [&](auto is_first) CONTINUO_INLINE_LAMBDA {
            constexpr bool writes = decltype(is_first)::value != 0;
            for (std::size_t t = 0; t < frames; ++t)
                unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
                    constexpr std::size_t begin = decltype(index)::value * modes;
                    const std::size_t place = t * stride + decltype(index)::value * Batch::size;
                    const Batch input = load_input<Batch>(v + place);
                    Batch sum1, sum2 = start[decltype(index)::value];
                    unroll<modes>([&](auto mode) CONTINUO_INLINE_LAMBDA {
                        constexpr std::size_t i = begin + decltype(mode)::value;
                        if constexpr (i == begin)
                            sum1 = c1[i] * x1[i];
                        else
                            sum1 = multiply_add(c1[i], x1[i], sum1);
                        sum2 = multiply_add(c2[i], fine[i], sum2);
                    });
                    store_readout<writes>(sum1 + sum2, direct_terms[decltype(index)::value], v + place,
                                          s + place);
                    unroll<modes>([&](auto mode) CONTINUO_INLINE_LAMBDA {
                        constexpr std::size_t i = begin + decltype(mode)::value;
                        const Batch kept = multiply_add(minus_alpha[i], x1[i], x1[i]);
                        const Batch driven = multiply_add(minus_beta[i], fine[i], input + held[i]);
                        x1[i] = kept + driven;
                        fine[i] = fine[i] + x1[i];
                    });
                });
        };
        if (first)
            loop(Index<1>{});
        else
            loop(Index<0>{});
        unroll<flight>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            x1[i].store_aligned(state + row(i) * 3 * Batch::size);
            fine[i].store_aligned(state + row(i) * 3 * Batch::size + Batch::size);
        });
    }

    /// All rows of `registers` registers of channels, up to `largest` at a time: as many as the processor has
    /// registers for.
    template <class Batch, std::size_t largest, std::size_t registers>
    static void run_rows(const typename Batch::value_type* coefficients,
                         const typename Batch::value_type* direct, typename Batch::value_type* state,
                         std::size_t rows, const typename Batch::value_type* v, typename Batch::value_type* s,
                         std::size_t stride, std::size_t frames, bool refresh) noexcept {
        for (std::size_t done = 0; done < rows; done += largest)
            unroll<largest>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t count = decltype(index)::value + 1;
                if (rows - done == count || (count == largest && rows - done > largest))
                    run_modes<Batch, count, registers>(coefficients + done * 4 * Batch::size, direct,
                                                       state + done * 3 * Batch::size, rows, v, s, stride,
                                                       frames, done == 0, refresh);
            });
    }

    /// Pass 2: v → s through all modes of the layer.
    static void run_layer_modes(const Stack& stack, const Layer& layer, std::size_t frames,
                                bool refresh) noexcept {
        for (std::size_t c = 0; c < vectors(stack); ++c)
            run_rows<ModeBatch, 4, 1>(layer.modes + c * layer.rows * 4 * mode_lanes, layer.direct + c * lanes,
                                      layer.state + c * layer.rows * 3 * mode_lanes, layer.rows,
                                      stack.v + c * lanes, stack.s + c * lanes, padded(stack), frames,
                                      refresh);
        if (layer.slow_rows > 0)
            run_slow_modes(stack, layer, frames, refresh);
    }

    static void run_slow_modes(const Stack& stack, const Layer& layer, std::size_t frames,
                               bool refresh) noexcept {
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
                                                stack.slow_s + c * double_lanes, width, frames, refresh);
        for (std::size_t i = 0; i < count; ++i)
            stack.s[i] += float(stack.slow_s[i]);
    }

    /// Pass 3: x ← r ∘ x + s ∘ (1 + tanh(G s + b_g + G_k k)). The memory of v holds the argument of tanh.
    static void gate(const Stack& stack, const Layer& layer, const float* drive, std::size_t drive_stride,
                     std::size_t frames) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t c = 0; c < vectors(stack); ++c) {
            const float* bias = drive + 2 * width + c * lanes;
            const ChannelBatch skip = ChannelBatch::load_aligned(layer.skip + c * lanes);
            const auto finish = [&](std::size_t t, ChannelBatch argument) CONTINUO_INLINE_LAMBDA {
                float* x = stack.x + t * width + c * lanes;
                const ChannelBatch own = ChannelBatch::load_aligned(stack.s + t * width + c * lanes);
                const ChannelBatch open = tanh_approximation(argument);
                multiply_add(own, open, multiply_add(skip, ChannelBatch::load_aligned(x), own))
                    .store_aligned(x);
            };
            const auto run = [&](std::size_t count, const auto& take) CONTINUO_INLINE_LAMBDA {
                multiply(
                    layer.gate + c * lanes, width, stack.s, count,
                    [&](std::size_t t) CONTINUO_INLINE_LAMBDA {
                        return ChannelBatch::load_aligned(bias + t * drive_stride);
                    },
                    take);
            };
            if (frames == 1) {
                run(1, finish);
                continue;
            }
            float* arguments = stack.v + c * lanes;
            run(frames, [&](std::size_t t, ChannelBatch argument)
                            CONTINUO_INLINE_LAMBDA { argument.store_aligned(arguments + t * width); });
            for (std::size_t t = 0; t < frames; ++t)
                finish(t, ChannelBatch::load_aligned(arguments + t * width));
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

    static void run(const Stack& stack, const float* input, float* output, std::size_t frames,
                    const float* knobs, bool refresh) noexcept {
        const std::size_t width = padded(stack);
        for (std::size_t t = 0; t < frames; ++t)
            for (std::size_t c = 0; c < vectors(stack); ++c)
                (ChannelBatch::load_aligned(stack.encoder + c * lanes) * ChannelBatch(input[t]))
                    .store_aligned(stack.x + t * width + c * lanes);
        for (std::size_t l = 0; l < stack.layers; ++l) {
            const Layer& layer = stack.layer[l];
            const float* drive = layer.drive;
            std::size_t drive_stride = 0;
            if (knobs != nullptr) {
                for (std::size_t t = 0; t < frames; ++t)
                    write_drive(stack, layer, knobs + t * stack.knobs, stack.drives + t * 3 * width);
                drive = stack.drives;
                drive_stride = 3 * width;
            }
            drive_modes(stack, layer, drive, drive_stride, frames);
            run_layer_modes(stack, layer, frames, refresh);
            gate(stack, layer, drive, drive_stride, frames);
        }
        decode(stack, output, frames);
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
            drive_modes(stack, layer, layer.drive, 0, 1);
            rest(stack, layer);
            run_layer_modes(stack, layer, 1, false);
            rest(stack, layer); // running the modes for s has moved them by a rounding error
            gate(stack, layer, layer.drive, 0, 1);
        }
    }

    /// x1 = 0, x2 = v / β for the v of sample 0. Where a row is padding, β is 1 and nothing reads it.
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
    static void set_drive(const Stack& stack, const float* knobs) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::set_drive(stack, knobs); });
    }
    static void settle(const Stack& stack) noexcept CONTINUO_REALTIME {
        choose(stack, [&](auto kernel) { decltype(kernel)::settle(stack); });
    }
    static constexpr Table table{&lanes, &run, &set_drive, &settle};
};

} // namespace
} // namespace continuo::dsp::kernels
