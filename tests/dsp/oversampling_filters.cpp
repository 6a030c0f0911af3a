#include "tests/dsp/oversampling_reference.h"

#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

using namespace continuo::dsp;

namespace {

double decibels(double gain) {
    return 20.0 * std::log10(gain);
}

/// Largest deviation from 0 dB in the pass-band, and the smallest attenuation of the stop-band, dB.
struct Bands {
    double ripple, attenuation;
};
Bands bands(const ReferenceHalfBand& filter, double transition) {
    constexpr int points = 20000;
    Bands result{0.0, 1000.0};
    for (int i = 0; i <= points; ++i) {
        const double pass = (0.25 - 0.5 * transition) * i / points;
        result.ripple = std::max(result.ripple, std::abs(decibels(std::abs(filter.response(pass)))));
        result.attenuation =
            std::min(result.attenuation, -decibels(std::abs(filter.response(0.5 - pass)) + 1e-15));
    }
    return result;
}

} // namespace

TEST_CASE("the stages of oversampling pass what a host's rate holds and stop what folds onto it") {
    // Stage 0 at 44.1 kHz: 20 kHz and 24.1 kHz of 88.2 kHz. Later: all of the host's band and its image.
    CHECK(0.25 - 0.5 * half_band_transition(0) == Approx(20000.0 / 88200.0));
    CHECK(0.25 - 0.5 * half_band_transition(1) == Approx(22050.0 / 176400.0));
    CHECK(0.25 - 0.5 * half_band_transition(2) == Approx(22050.0 / 352800.0));

    for (const OversamplingKind kind : {OversamplingKind::minimum_phase, OversamplingKind::linear_phase})
        for (std::size_t stage = 0; stage < 3; ++stage) {
            const ReferenceHalfBand filter(kind, stage);
            const Bands measured = bands(filter, half_band_transition(stage));
            const bool linear = kind == OversamplingKind::linear_phase;
            INFO((linear ? "linear" : "minimum")
                 << " phase, stage " << stage << ", " << filter.size() << " values: ripple "
                 << measured.ripple << " dB, attenuation " << measured.attenuation << " dB");
            CHECK(measured.ripple < (linear ? 1e-4 : 1e-6));
            CHECK(measured.attenuation > (linear ? 120.0 : 100.0));
        }
}

TEST_CASE("an all-pass half-band filter is as steep as asked and no longer than needed") {
    for (const double attenuation : {40.0, 60.0, 80.0, 100.0, 120.0})
        for (const double transition : {0.04, 0.1, 0.3}) {
            const std::vector<double> a = design_all_pass_half_band({transition, attenuation});
            REQUIRE(a.size() % 2 == 0);
            CHECK(std::is_sorted(a.begin(), a.end()));
            CHECK(a.front() > 0.0);
            CHECK(a.back() < 1.0);
            double least = 1000.0;
            for (int i = 0; i <= 2000; ++i) {
                const double frequency = 0.5 - (0.25 - 0.5 * transition) * i / 2000;
                const std::complex<double> delay = std::polar(1.0, -6.283185307179586 * frequency);
                std::complex<double> chain[2]{1.0, 1.0};
                for (std::size_t k = 0; k < a.size(); ++k)
                    chain[k % 2] *= (a[k] + delay * delay) / (1.0 + a[k] * delay * delay);
                least = std::min(least, -decibels(0.5 * std::abs(chain[0] + delay * chain[1]) + 1e-15));
            }
            INFO(attenuation << " dB, transition " << transition << ": " << least << " dB with " << a.size()
                             << " sections");
            CHECK(least > attenuation);
            // The attenuation in dB is in proportion to the order, but for 6 dB: two sections fewer fall
            // short.
            const double order = 2.0 * double(a.size()) + 1.0;
            if (a.size() > 2)
                CHECK((least + 6.0) * (order - 4.0) / order - 6.0 < attenuation + 1.0);
        }
}

TEST_CASE("a linear-phase half-band filter is symmetric and passes a constant") {
    for (std::size_t stage = 0; stage < 3; ++stage) {
        const std::vector<double> taps = design_linear_phase_half_band({half_band_transition(stage), 122.0});
        REQUIRE(taps.size() % 2 == 0);
        for (std::size_t i = 0; i < taps.size(); ++i)
            CHECK(taps[i] == Approx(taps[taps.size() - 1 - i]).margin(1e-17));
        CHECK(std::accumulate(taps.begin(), taps.end(), 0.0) == Approx(0.5).margin(1e-15));
    }
}

TEST_CASE("a stage with too many sections is refused") {
    CHECK_THROWS_AS(AllPassHalfBand({0.001, 150.0}), std::invalid_argument);
}
