// The kernels of models that compute a gain for any SIMD registers. Included once by each gain_kernel_*.cpp,
// after its architecture_*.h; everything here has internal linkage, so that no function compiled for one
// instruction set can stand in for another one's.

#include "dsp/fused_multiply_add.h"
#include "dsp/gain/exponential.h"
#include "dsp/gain/gain_curves.h"
#include "dsp/gain/kernels/gain_kernel.h"
#include "dsp/kernels/unroll.h"

namespace continuo::dsp::kernels {
namespace {

/// \tparam Batch  registers of doubles
template <class Batch>
struct GainKernel {
    static constexpr std::size_t lanes = Batch::size;
    static_assert(widest % lanes == 0 && periods_at_once % widest == 0);

    static CONTINUO_INLINE Batch load(const double* values) noexcept { return Batch::load_aligned(values); }

    /// Some rows of a matrix times a vector, added to `start`.
    static CONTINUO_INLINE Batch times(const Columns& matrix, std::size_t row, const double* vector,
                                       Batch start) noexcept {
        const double* weights = matrix.weights + row;
        for (std::size_t i = 0; i < matrix.columns; ++i, weights += matrix.height)
            start = multiply_add(load(weights), Batch(vector[i]), start);
        return start;
    }

    /// The half waves of a period, added up as they come.
    struct HalfWaves {
        Batch positive_sum = Batch(0.0), negative_sum = Batch(0.0), highest = Batch(0.0), lowest = Batch(0.0);

        CONTINUO_INLINE void hear(Batch samples) noexcept {
            const Batch positive = xsimd::max(samples, Batch(0.0)),
                        negative = xsimd::min(samples, Batch(0.0));
            positive_sum = multiply_add(positive, positive, positive_sum);
            negative_sum = multiply_add(negative, negative, negative_sum);
            highest = xsimd::max(highest, positive);
            lowest = xsimd::min(lowest, negative);
        }
    };

    static void measure(const double* samples, std::size_t period, std::size_t periods, double scale,
                        PeriodLevel* heard) noexcept CONTINUO_REALTIME {
        const double square = scale * scale, share = square / double(period);
        for (std::size_t p = 0; p < periods; ++p, samples += period) {
            HalfWaves waves;
            std::size_t t = 0;
            for (; t + lanes <= period; t += lanes)
                waves.hear(Batch::load_unaligned(samples + t));
            if (t < period) {
                double rest[lanes] = {};
                for (std::size_t i = 0; t + i < period; ++i)
                    rest[i] = samples[t + i];
                waves.hear(Batch::load_unaligned(rest));
            }
            double up[lanes], down[lanes], peak = 0.0, trough = 0.0;
            waves.highest.store_unaligned(up);
            waves.lowest.store_unaligned(down);
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                peak = up[lane] > peak ? up[lane] : peak;
                trough = down[lane] < trough ? down[lane] : trough;
            }
            heard[p].positive_mean = share * ::sum_of_lanes(waves.positive_sum);
            heard[p].negative_mean = share * ::sum_of_lanes(waves.negative_sum);
            heard[p].positive_peak = square * peak * peak;
            heard[p].negative_peak = square * trough * trough;
        }
    }

    static void detect(const LevelDetectors& detectors, const PeriodLevel* heard,
                       std::size_t periods) noexcept CONTINUO_REALTIME {
        for (std::size_t i = 0; i < detectors.count; i += lanes) {
            const Batch positive_mean = load(detectors.positive_mean + i),
                        negative_mean = load(detectors.negative_mean + i),
                        positive_peak = load(detectors.positive_peak + i),
                        negative_peak = load(detectors.negative_peak + i),
                        rise = load(detectors.rise_decay + i), fall = load(detectors.fall_decay + i);
            Batch mean_square = load(detectors.mean_squares + i);
            for (std::size_t p = 0; p < periods; ++p) {
                const Batch mean = multiply_add(positive_mean, Batch(heard[p].positive_mean),
                                                negative_mean * Batch(heard[p].negative_mean));
                const Batch peak = xsimd::max(positive_peak * Batch(heard[p].positive_peak),
                                              negative_peak * Batch(heard[p].negative_peak));
                const Batch input = mean + peak;
                const Batch kept = xsimd::select(input > mean_square, rise, fall);
                mean_square = multiply_add(kept, mean_square - input, input);
                (Batch(level_per_logarithm) * logarithm(mean_square + Batch(silent_mean_square)))
                    .store_aligned(detectors.levels + p * detectors.width + i);
            }
            mean_square.store_aligned(detectors.mean_squares + i);
        }
    }

    /// v of some channels.
    static CONTINUO_INLINE Batch aim(const Smoothers& smoothers, std::size_t j,
                                     const double* levels) noexcept {
        return knee(times(smoothers.curve_mixing, j, levels, load(smoothers.curve_drive + j)),
                    load(smoothers.squared_width + j));
    }

    static void smooth(const Smoothers& smoothers, const LevelDetectors& detectors,
                       std::size_t periods) noexcept CONTINUO_REALTIME {
        for (std::size_t p = 0; p < periods; ++p) {
            const double* levels = detectors.levels + p * detectors.width;
            for (std::size_t j = 0; j < smoothers.count; j += lanes) {
                const std::size_t at = p * smoothers.width + j;
                aim(smoothers, j, levels).store_aligned(smoothers.aim + at);
                times(smoothers.speed_mixing, j, levels, load(smoothers.speed_bias + j))
                    .store_aligned(smoothers.speed + at);
            }
        }
        for (std::size_t p = 0; p < periods; ++p) {
            const std::size_t row = p * smoothers.width;
            // In two loops, each short enough for the processor to work on all channels at once.
            for (std::size_t j = 0; j < smoothers.count; j += lanes) {
                const Batch difference = load(smoothers.aim + row + j) - load(smoothers.state + j);
                const Batch speed = knee(multiply_add(load(smoothers.speed_difference + j), difference,
                                                      load(smoothers.speed + row + j)));
                const Batch rate = xsimd::select(difference > Batch(0.0), load(smoothers.rise_rate + j),
                                                 load(smoothers.fall_rate + j));
                (speed * rate).store_aligned(smoothers.speed + row + j);
            }
            for (std::size_t j = 0; j < smoothers.count; j += lanes) {
                const Batch aim = load(smoothers.aim + row + j);
                const Batch state = multiply_add(exponential(load(smoothers.speed + row + j)),
                                                 load(smoothers.state + j) - aim, aim);
                const Batch lagged =
                    multiply_add(load(smoothers.lag_decay + j), load(smoothers.lagged + j) - state, state);
                state.store_aligned(smoothers.state + j);
                lagged.store_aligned(smoothers.lagged + j);
                lagged.store_aligned(smoothers.channels + row + j);
            }
        }
    }

    static void settle_smoothers(const Smoothers& smoothers,
                                 const LevelDetectors& detectors) noexcept CONTINUO_REALTIME {
        for (std::size_t j = 0; j < smoothers.count; j += lanes) {
            const Batch state = aim(smoothers, j, detectors.levels) + load(smoothers.displacement + j);
            state.store_aligned(smoothers.state + j);
            state.store_aligned(smoothers.lagged + j);
            state.store_aligned(smoothers.channels + j);
        }
    }

    /// u, Δ, B and C of each period: what makes the layer selective.
    static CONTINUO_INLINE void drive(const SelectiveLayer& layer, const LevelDetectors& detectors,
                                      std::size_t periods) noexcept {
        for (std::size_t p = 0; p < periods; ++p) {
            const double* levels = detectors.levels + p * detectors.width;
            for (std::size_t h = 0; h < layer.count; h += lanes) {
                knee(times(layer.input_mixing, h, levels, load(layer.input_drive + h)))
                    .store_aligned(layer.input + p * layer.width + h);
                (knee(times(layer.speed_mixing, h, levels, load(layer.speed_bias + h))) *
                 load(layer.speed_factor + h))
                    .store_aligned(layer.speed + p * layer.width + h);
            }
            for (std::size_t n = 0; n < layer.states; n += lanes) {
                gate(times(layer.write_mixing, n, levels, load(layer.write_bias + n)))
                    .store_aligned(layer.write + p * layer.state_width + n);
                gate(times(layer.read_mixing, n, levels, load(layer.read_bias + n)))
                    .store_aligned(layer.read + p * layer.state_width + n);
            }
        }
    }

    /// s and y of each period. \param next  of some channels, from what is written, Δ and where s of a state
    /// lies: s
    template <class Next>
    static CONTINUO_INLINE void remember(const SelectiveLayer& layer, std::size_t periods,
                                         const Next& next) noexcept {
        for (std::size_t p = 0; p < periods; ++p) {
            const double *write = layer.write + p * layer.state_width,
                         *read = layer.read + p * layer.state_width;
            for (std::size_t h = 0; h < layer.count; h += lanes) {
                const Batch input = load(layer.input + p * layer.width + h),
                            speed = load(layer.speed + p * layer.width + h);
                Batch channel = load(layer.skip + h) * input;
                for (std::size_t n = 0; n < layer.states; ++n) {
                    const std::size_t at = n * layer.width + h;
                    const Batch state = next(Batch(write[n]) * input, speed, at);
                    state.store_aligned(layer.state + at);
                    channel = multiply_add(Batch(read[n]), state, channel);
                }
                channel.store_aligned(layer.channels + p * layer.width + h);
            }
        }
    }

    static void select(const SelectiveLayer& layer, const LevelDetectors& detectors,
                       std::size_t periods) noexcept CONTINUO_REALTIME {
        drive(layer, detectors, periods);
        remember(layer, periods, [&](Batch written, Batch speed, std::size_t at) CONTINUO_INLINE_LAMBDA {
            return multiply_add(exponential(speed * load(layer.rate + at)), load(layer.state + at) - written,
                                written);
        });
    }

    static void settle_selective(const SelectiveLayer& layer,
                                 const LevelDetectors& detectors) noexcept CONTINUO_REALTIME {
        drive(layer, detectors, 1);
        remember(layer, 1, [&](Batch written, Batch, std::size_t at) CONTINUO_INLINE_LAMBDA {
            return written + load(layer.displacement + at);
        });
    }

    static void read_out(const Readout& readout, const double* channels, std::size_t periods,
                         double* log_gains) noexcept CONTINUO_REALTIME {
        for (std::size_t p = 0; p < periods; ++p, channels += readout.width) {
            Batch sums(0.0);
            for (std::size_t j = 0; j < readout.channels; j += lanes)
                sums = multiply_add(load(readout.channel_weights + j), load(channels + j), sums);
            for (std::size_t i = 0; i < readout.hidden; i += lanes)
                sums = multiply_add(load(readout.hidden_weights + i),
                                    knee(times(readout.mixing, i, channels, load(readout.drive + i))), sums);
            const double log_gain = readout.offset + readout.depth * ::sum_of_lanes(sums);
            log_gains[p] = log_gain > largest_log_gain    ? largest_log_gain
                           : log_gain < -largest_log_gain ? -largest_log_gain
                                                          : log_gain;
        }
    }

    static void ramps(const double* log_gains, std::size_t periods, double per_sample, double* gains,
                      double* factors) noexcept CONTINUO_REALTIME {
        for (std::size_t p = 0; p < periods; p += lanes) {
            const Batch from = Batch::load_unaligned(log_gains + p),
                        to = Batch::load_unaligned(log_gains + p + 1);
            exponential(from).store_unaligned(gains + p);
            exponential((to - from) * Batch(per_sample)).store_unaligned(factors + p);
        }
    }

    /// Adds to the output what is heard of `registers` registers of modes from mode n on.
    template <std::size_t registers>
    static CONTINUO_INLINE void add_modes(const Colouring& colouring, std::size_t n, const double* input,
                                          double* output, std::size_t samples) noexcept {
        Batch lambda_real[registers], lambda_imag[registers], minus_lambda_imag[registers],
            readout_real[registers], minus_readout_imag[registers], real[registers], imag[registers];
        unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            const std::size_t at = n + i * lanes;
            lambda_real[i] = load(colouring.lambda_real + at);
            lambda_imag[i] = load(colouring.lambda_imag + at);
            readout_real[i] = load(colouring.readout_real + at);
            minus_lambda_imag[i] = -lambda_imag[i];
            minus_readout_imag[i] = -load(colouring.readout_imag + at);
            real[i] = load(colouring.real + at);
            imag[i] = load(colouring.imag + at);
        });
        for (std::size_t t = 0; t < samples; ++t) {
            const Batch x(input[t]);
            Batch sum(0.0);
            unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
                constexpr std::size_t i = decltype(index)::value;
                const Batch a = real[i] - x, b = imag[i]; // z ← x + λ (z − x)
                real[i] = multiply_add(lambda_real[i], a, multiply_add(minus_lambda_imag[i], b, x));
                imag[i] = multiply_add(lambda_imag[i], a, lambda_real[i] * b);
                sum =
                    multiply_add(readout_real[i], real[i], multiply_add(minus_readout_imag[i], imag[i], sum));
            });
            output[t] += ::sum_of_lanes(sum);
        }
        unroll<registers>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            real[i].store_aligned(colouring.real + n + i * lanes);
            imag[i].store_aligned(colouring.imag + n + i * lanes);
        });
    }

    static void colour(const Colouring& colouring, const double* input, double* output,
                       std::size_t samples) noexcept CONTINUO_REALTIME {
        for (std::size_t t = 0; t < samples; ++t)
            output[t] = colouring.direct * input[t];
        // Two registers of modes at a time, where there are so many: each sample waits for the one before.
        for (std::size_t n = 0; n < colouring.modes; n += 2 * lanes)
            if (n + lanes < colouring.modes)
                add_modes<2>(colouring, n, input, output, samples);
            else
                add_modes<1>(colouring, n, input, output, samples);
    }

    static void bend(const Bend& curve, double* played, float* output,
                     std::size_t samples) noexcept CONTINUO_REALTIME {
        const Batch scale(curve.scale), even(curve.even), odd(curve.odd);
        const auto bent = [&](Batch sample) CONTINUO_INLINE_LAMBDA {
            return sample + dsp::bend(scale * sample, even, odd);
        };
        std::size_t t = 0;
        for (; t + lanes <= samples; t += lanes)
            bent(Batch::load_unaligned(played + t)).store_unaligned(played + t);
        // One by one: a register would wait until what was written one by one has reached the memory.
        for (; t < samples; ++t) {
            double values[lanes];
            bent(Batch(played[t])).store_unaligned(values);
            played[t] = values[0];
        }
        for (t = 0; t < samples; ++t)
            output[t] = float(played[t]);
    }

    static constexpr GainTable table{&measure,          &detect,   &smooth, &settle_smoothers, &select,
                                     &settle_selective, &read_out, &ramps,  &colour,           &bend};
};

} // namespace
} // namespace continuo::dsp::kernels
