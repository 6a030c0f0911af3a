// How loud a model makes a guitar.
#include "models/render/reference_loudness.h"

#include "models/metrics/metrics.h"

#include "tests/catch.h"
#include "tests/format/example_model.h"

#include <algorithm>
#include <cmath>

using namespace continuo;
using continuo::tests::example_model;

TEST_CASE("The reference is a guitar that peaks at -12 dB, as loud at any rate", "[render]") {
    const double at_48 = loudness_lufs(loudness_reference(48000.0), 48000.0);
    CHECK(at_48 > -40.0);
    CHECK(at_48 < -12.0);
    for (const double rate : {44100.0, 48000.0, 96000.0}) {
        const std::vector<float> reference = loudness_reference(rate);
        CHECK(reference.size() == std::size_t(3.0 * rate));
        float peak = 0.0f;
        for (const float sample : reference)
            peak = std::max(peak, std::abs(sample));
        CHECK(20.0 * std::log10(peak) == Approx(-12.0).margin(0.01));
        CHECK(loudness_lufs(reference, rate) == Approx(at_48).margin(0.3));
    }
}

TEST_CASE("A model with twice the output is 6 LU louder", "[render]") {
    Model model = example_model(2);
    const double loudness = reference_loudness(model);
    CHECK(loudness > -70.0);
    model.stack().output_scale *= 2.0f;
    CHECK(reference_loudness(model) - loudness == Approx(20.0 * std::log10(2.0)).margin(0.01));
}
