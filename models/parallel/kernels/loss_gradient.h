#pragma once

#include "models/operations/pre_emphasis.h"
#include "models/parallel/kernels/sample_block.h"

namespace continuo::parallel {

/// The end of the forward pass and the beginning of the backward pass: output = d · x + d0, the loss
/// (operations/waveform_loss.h without its DC term) and its derivative by x, d and d0. Or, in place of the
/// loss's derivative, random directions: operations::waveform_loss_root() of signs.
template <int Channels>
struct LossGradient {
    using Sums = SampleSums<Channels + 1>;
    static constexpr int threads = samples_per_block;
    static constexpr int blocks_per_multiprocessor = 4;
    static constexpr int strands = 16; ///< of the loss
    static constexpr int doubles = (threads + 2) + threads + strands;
    static constexpr int shared_floats = 2 * doubles + Sums::floats;

    struct Arguments {
        StackLayout layout;
        const float* coefficients; ///< [setting][layout.size()]
        const float* decoder_bias; ///< [setting]
        SampleTables tables;
        const float* target; ///< [time]
        const float* x;      ///< after the last layer [time][channel]
        bool along_signs;
        float* gradient; ///< written: dL/dx [time][channel]
        float* sums;     ///< written: the decoder's and its bias' [block][sample_sum_floats]
        double* losses;  ///< written [block]
    };

    template <class Group>
    CONTINUO_HOST_DEVICE static void run(const Arguments& in, Group& group) {
        const OwnSample sample(in.tables, group.block(), group.thread());
        const int thread = group.thread(), t = sample.t;
        double* errors = reinterpret_cast<double*>(group.shared()); // of one sample more at either end
        double* losses = errors + threads + 2;
        double* loss_strands = losses + threads;
        float* sums = reinterpret_cast<float*>(loss_strands + strands);
        const float* stack = in.coefficients + std::int64_t(sample.sequence.setting) * in.layout.size();
        float decoder[Channels], x[Channels];
        read_sample<Channels>(stack + in.layout.decoder(), decoder);
        const float bias = in.decoder_bias[sample.sequence.setting];
        const auto error = [&](int at) {
            read_sample<Channels>(in.x + (sample.sequence.first + at) * Channels, x);
            float output = bias;
            CONTINUO_UNROLL
            for (int c = 0; c < Channels; ++c)
                output = fused(decoder[c], x[c], output);
            return double(output) - double(in.target[sample.trained.audio + at]);
        };
        if (thread == 0)
            errors[0] = t > 0 ? error(t - 1) : 0.0;
        if (thread == threads - 1)
            errors[threads + 1] = t + 1 < sample.sequence.frames ? error(t + 1) : 0.0;
        clear<Channels>(x);
        errors[thread + 1] = sample.inside ? error(t) : 0.0;
        group.barrier();

        const bool scored = sample.inside && t >= sample.trained.warm_up;
        const bool last = t + 1 >= sample.sequence.frames;
        float g = 0.0f;
        losses[thread] = 0.0;
        if (scored && in.along_signs) {
            g = sign_product(sample.trained, t, last);
        } else if (scored) {
            const double e = errors[thread + 1], plain = sample.trained.plain_scale,
                         emphasised = sample.trained.emphasised_scale;
            const double here = e - (t > 0 ? coefficient * errors[thread] : 0.0);
            const double next = last ? 0.0 : errors[thread + 2] - coefficient * e;
            losses[thread] = plain * e * e + emphasised * here * here;
            g = float(2.0 * (plain * e + emphasised * (here - coefficient * next)));
        }
        CONTINUO_UNROLL
        for (int c = 0; c < Channels; ++c)
            Sums::put(sums, c, thread, g * x[c]);
        Sums::put(sums, Channels, thread, g);
        if (sample.inside) {
            CONTINUO_UNROLL
            for (int c = 0; c < Channels; ++c)
                x[c] = g * decoder[c];
            write_sample<Channels>(in.gradient + sample.place() * Channels, x);
        }
        group.barrier();
        Sums::sum_strands(sums, thread);
        if (thread >= threads - strands) {
            const int strand = thread - (threads - strands);
            double sum = 0.0;
            for (int i = 0; i < threads / strands; ++i)
                sum += losses[strand * (threads / strands) + i];
            loss_strands[strand] = sum;
        }
        group.barrier();
        if (thread <= Channels)
            in.sums[std::int64_t(group.block()) * sample_sum_floats<Channels> + Channels + thread] =
                Sums::finish(sums, thread);
        if (thread == threads - 1) {
            double sum = 0.0;
            for (int i = 0; i < strands; ++i)
                sum += loss_strands[i];
            in.losses[group.block()] = sum;
        }
    }

  private:
    static constexpr double coefficient = operations::pre_emphasis_coefficient;

    /// The random bits of sample `index`, those that continuo::Random(seed) gives after `index` others.
    /// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
    CONTINUO_HOST_DEVICE static std::uint64_t bits(std::uint64_t seed, int index) {
        std::uint64_t z = seed + (std::uint64_t(index) + 1u) * 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    CONTINUO_HOST_DEVICE static float sign(std::uint64_t bits, int shift) {
        return (bits >> shift & 1u) != 0 ? 1.0f : -1.0f;
    }

    /// operations::waveform_loss_root(), with the signs that the trainer draws.
    CONTINUO_HOST_DEVICE static float sign_product(const TrainedSequence& sequence, int t, bool last) {
        const std::uint64_t here = bits(sequence.seed, t - sequence.warm_up);
        const float next = last ? 0.0f : sign(bits(sequence.seed, t + 1 - sequence.warm_up), 62);
        const float scale = float(sqrt(2.0 * sequence.plain_scale)),
                    emphasised = float(sqrt(2.0 * sequence.emphasised_scale));
        return scale * sign(here, 63) + emphasised * (sign(here, 62) - float(coefficient) * next);
    }
};

} // namespace continuo::parallel
