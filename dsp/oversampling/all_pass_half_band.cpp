#include "dsp/oversampling/all_pass_half_band.h"

#include "dsp/kernels/unroll.h"

#include <xsimd/xsimd.hpp>

#include <stdexcept>
#include <vector>

namespace continuo::dsp {

namespace {

using Register = xsimd::make_sized_batch_t<float, 4>;

} // namespace

AllPassHalfBand::AllPassHalfBand(const HalfBandSpecification& specification) {
    const std::vector<double> coefficients = design_all_pass_half_band(specification);
    pairs_ = coefficients.size() / 2;
    if (pairs_ > maximum_pairs)
        throw std::invalid_argument("a half-band filter of more than 12 all-pass sections");
    for (std::size_t i = 0; i < pairs_; ++i) {
        const float first = float(coefficients[2 * i]), second = float(coefficients[2 * i + 1]);
        up_.coefficient[i] = {first, second, 0.0f, 0.0f};
        down_.coefficient[i] = {second, first, 0.0f, 0.0f};
    }

    // Way up and way down delay by H each; the way down hands out its sample one step of the higher rate
    // early, as soon as the newer one of two samples is there.
    double sections = 0.0;
    for (const double a : coefficients)
        sections += (1.0 - a) / (1.0 + a);
    const double of_filter = 0.5 * (2.0 * sections + 1.0);
    delay_ = 0.5 * (2.0 * of_filter - 1.0);
}

void AllPassHalfBand::Chains::rest(float value) noexcept CONTINUO_REALTIME {
    newer.fill({value, value, 0.0f, 0.0f});
    older = newer;
    correction.fill({0.0f, 0.0f, 0.0f, 0.0f});
}

/// A section is y = x[t−1] + a e with e = x − y[t−1]. What y[t−1] was is put into e, so that only e feeds
/// back: e = (x − x[t−2]) − a e[t−1]. That leaves two operations between one sample and the next, not three,
/// and e decays to nothing where x rests: no rounding is left to go round.
template <std::size_t pairs, class Load, class Store>
CONTINUO_INLINE void AllPassHalfBand::Chains::run_through(std::size_t frames, const Load& load,
                                                          const Store& store) noexcept CONTINUO_REALTIME {
    Register a[pairs], x1[pairs], x2[pairs], ae[pairs];
    kernels::unroll<pairs>([&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t i = decltype(index)::value;
        a[i] = Register::load_unaligned(coefficient[i].data());
        x1[i] = Register::load_unaligned(newer[i].data());
        x2[i] = Register::load_unaligned(older[i].data());
        ae[i] = Register::load_unaligned(correction[i].data());
    });
    for (std::size_t t = 0; t < frames; ++t) {
        Register x = load(t);
        kernels::unroll<pairs>([&](auto index) CONTINUO_INLINE_LAMBDA {
            constexpr std::size_t i = decltype(index)::value;
            const Register e = (x - x2[i]) - ae[i];
            ae[i] = a[i] * e;
            const Register y = x1[i] + ae[i];
            x2[i] = x1[i];
            x1[i] = x;
            x = y;
        });
        float result[lanes];
        x.store_unaligned(result);
        store(t, result[0], result[1]);
    }
    kernels::unroll<pairs>([&](auto index) CONTINUO_INLINE_LAMBDA {
        constexpr std::size_t i = decltype(index)::value;
        x1[i].store_unaligned(newer[i].data());
        x2[i].store_unaligned(older[i].data());
        ae[i].store_unaligned(correction[i].data());
    });
}

template <class Load, class Store>
CONTINUO_INLINE void AllPassHalfBand::Chains::run(std::size_t pairs, std::size_t frames, const Load& load,
                                                  const Store& store) noexcept CONTINUO_REALTIME {
    switch (pairs) {
    case 1:
        return run_through<1>(frames, load, store);
    case 2:
        return run_through<2>(frames, load, store);
    case 3:
        return run_through<3>(frames, load, store);
    case 4:
        return run_through<4>(frames, load, store);
    case 5:
        return run_through<5>(frames, load, store);
    default:
        return run_through<6>(frames, load, store);
    }
}

void AllPassHalfBand::reset(float low, float high) noexcept CONTINUO_REALTIME {
    up_.rest(low);
    down_.rest(high);
}

void AllPassHalfBand::up(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
    up_.run(
        pairs_, frames, [&](std::size_t t) CONTINUO_INLINE_LAMBDA { return Register(input[t]); },
        [&](std::size_t t, float first, float second) CONTINUO_INLINE_LAMBDA {
            output[2 * t] = first;
            output[2 * t + 1] = second;
        });
}

void AllPassHalfBand::down(const float* input, float* output, std::size_t frames) noexcept CONTINUO_REALTIME {
    down_.run(
        pairs_, frames,
        [&](std::size_t t) CONTINUO_INLINE_LAMBDA {
            // Once more in the other two lanes, which nobody reads.
            return xsimd::zip_lo(Register(input[2 * t]), Register(input[2 * t + 1]));
        },
        [&](std::size_t t, float first, float second)
            CONTINUO_INLINE_LAMBDA { output[t] = 0.5f * (first + second); });
}

} // namespace continuo::dsp
