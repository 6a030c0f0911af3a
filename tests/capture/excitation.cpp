#include "models/capture/excitation.h"
#include "models/capture/alignment.h"
#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

using namespace continuo;

namespace {

// Energy of x between two corners, by first-order filters: enough to tell where a spectrum has its weight.
double energy_above(const std::vector<float>& x, double corner, double rate) {
    const double a = 1.0 - std::exp(-2.0 * 3.14159265358979 * corner / rate);
    double first = 0.0, second = 0.0, energy = 0.0;
    for (const float sample : x) {
        first += a * (sample - first);
        const double once = sample - first;
        second += a * (once - second);
        energy += (once - second) * (once - second);
    }
    return energy;
}

} // namespace

TEST_CASE("an excitation has the length that was asked for and never clips") {
    const double rate = GENERATE(8000.0, 44100.0, 48000.0, 192000.0);
    const double seconds = GENERATE(10.0, 33.3);
    const auto signal = make_excitation(seconds, rate);
    CHECK(signal.size() == static_cast<std::size_t>(std::lround(seconds * rate)));
    float peak = 0.0f;
    bool finite = true;
    for (const float x : signal) {
        finite = finite && std::isfinite(x);
        peak = std::max(peak, std::abs(x));
    }
    CHECK(finite);
    CHECK(peak <= 0.95f);
    CHECK(peak > 0.8f);
    CHECK(signal.front() == 0.0f);
    CHECK(signal.back() == 0.0f);
}

TEST_CASE("an excitation is the same every time") {
    CHECK(make_excitation(20.0, 48000.0) == make_excitation(20.0, 48000.0));
}

TEST_CASE("an excitation covers the levels that a guitar has") {
    const auto signal = make_excitation(180.0, 48000.0);
    constexpr std::size_t window = 960; // 20 ms
    std::vector<int> windows_at(100);   // per decibel below full scale
    int silent = 0, total = 0;
    for (std::size_t begin = 0; begin + window <= signal.size(); begin += window, ++total) {
        double energy = 0.0;
        for (std::size_t i = begin; i < begin + window; ++i)
            energy += static_cast<double>(signal[i]) * signal[i];
        const double db = 10.0 * std::log10(energy / window + 1e-20);
        if (db < -99.0)
            ++silent;
        else
            ++windows_at[static_cast<std::size_t>(std::max(0.0, -db))];
    }
    // Of 9000 windows, no decibel between −50 and −10 dBFS is left out.
    for (std::size_t db = 10; db < 50; ++db) {
        INFO("-" << db << " dBFS");
        CHECK(windows_at[db] >= 20);
    }
    CHECK(silent >= 50); // 1 s to measure the noise of a device in
    CHECK(silent < total / 8);
}

TEST_CASE("an excitation has its weight where a guitar has it") {
    const double rate = 48000.0;
    const auto signal = make_excitation(180.0, rate);
    const double whole = energy_above(signal, 1.0, rate);
    CHECK(energy_above(signal, 50.0, rate) > 0.8 * whole);
    CHECK(energy_above(signal, 500.0, rate) > 0.2 * whole);
    CHECK(energy_above(signal, 5000.0, rate) < 0.15 * whole);
    CHECK(energy_above(signal, 5000.0, rate) > 0.001 * whole);
}

TEST_CASE("an excitation aligns itself by its clicks and notes") {
    const auto signal = make_excitation(10.0, 48000.0);
    std::vector<float> wet(1234);
    for (const float x : signal)
        wet.push_back(std::tanh(30.0f * x));
    const Alignment found = find_alignment(signal, wet, 48000.0);
    CHECK(found.delay <= 1235); // early costs a model little, late it cannot follow
    CHECK(found.delay >= 1230);
    CHECK(found.confidence > 0.9);
}

TEST_CASE("an excitation that cannot be is refused") {
    CHECK_THROWS_AS(make_excitation(9.0, 48000.0), std::invalid_argument);
    CHECK_THROWS_AS(make_excitation(1e6, 48000.0), std::invalid_argument);
    CHECK_THROWS_AS(make_excitation(60.0, 100.0), std::invalid_argument);
    CHECK_THROWS_AS(make_excitation(std::nan(""), 48000.0), std::invalid_argument);
}
