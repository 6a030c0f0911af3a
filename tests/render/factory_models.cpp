// The models that come with Continuo: each must be what its card says, and playable by anybody at once.
#include "dsp/reference_stack.h"
#include "models/format/ssm_file.h"
#include "models/render/reference_loudness.h"
#include "models/render/render.h"
#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

using namespace continuo;

namespace {

std::vector<std::filesystem::path> factory_models() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(CONTINUO_ZOO))
        if (entry.path().extension() == ".ssm")
            paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

/// The level of a small signal at each frequency, by an impulse that leaves every nonlinearity straight.
std::vector<double> levels(const Model& model, double rate, const std::vector<double>& frequencies) {
    dsp::ReferenceStack stack(model.stack(), rate);
    stack.reset(std::vector<float>(model.knobs.size(), 0.5f));
    constexpr double tiny = 1e-7;
    const double rest = stack.step(0.0);
    std::vector<double> response{(stack.step(tiny) - rest) / tiny};
    while (double(response.size()) < 0.25 * rate)
        response.push_back((stack.step(0.0) - rest) / tiny);
    std::vector<double> result;
    for (const double frequency : frequencies) {
        std::complex<double> sum = 0.0, turn = 1.0;
        const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * frequency / rate);
        for (const double value : response) {
            sum += value * turn;
            turn *= step;
        }
        result.push_back(20.0 * std::log10(std::abs(sum)));
    }
    return result;
}

std::string card_of(std::filesystem::path model) {
    std::ifstream file(model.replace_extension(".md"));
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("There are factory models, each with a card that says what it is and what may be done with it",
          "[zoo]") {
    const auto paths = factory_models();
    CHECK(paths.size() >= 4);
    for (const auto& path : paths) {
        INFO(path.filename());
        const Model model = read_model(path);
        const std::string card = card_of(path);
        for (const std::string& fact : {model.name, model.device, model.licence}) {
            INFO(fact);
            CHECK(!fact.empty());
            CHECK(card.find(fact) != std::string::npos);
        }
        for (const KnobDescription& knob : model.knobs)
            CHECK(card.find(knob.name) != std::string::npos);
        CHECK(!model.author.empty());
        CHECK(model.training.validation_esr.value_or(1.0) < 0.03);
    }
}

TEST_CASE("A factory model answers a small signal alike at every rate, within 0.1 dB up to 20 kHz", "[zoo]") {
    std::vector<double> frequencies;
    for (double frequency = 20.0; frequency <= 20000.0; frequency *= 1.2)
        frequencies.push_back(frequency);
    for (const auto& path : factory_models()) {
        const Model model = read_model(path);
        const std::vector<double> own = levels(model, model.sample_rate(), frequencies);
        for (const double rate : {88200.0, 96000.0, 192000.0}) {
            const std::vector<double> other = levels(model, rate, frequencies);
            for (std::size_t i = 0; i < frequencies.size(); ++i) {
                INFO(path.filename() << " at " << rate << " Hz: " << frequencies[i] << " Hz");
                CHECK(other[i] == Approx(own[i]).margin(0.1));
            }
        }
    }
}

TEST_CASE("A factory model sounds as loud as it says, and stays in bounds wherever its knobs stand",
          "[zoo]") {
    for (const auto& path : factory_models()) {
        INFO(path.filename());
        const Model model = read_model(path);
        REQUIRE(model.loudness_lufs);
        CHECK(reference_loudness(model) == Approx(*model.loudness_lufs).margin(0.1));
        const float to_normal = std::pow(10.0f, float(-18.0 - *model.loudness_lufs) / 20.0f);
        for (const double rate : {44100.0, 96000.0}) {
            const std::vector<float> guitar = loudness_reference(rate);
            for (const float knob : {0.0f, 0.5f, 1.0f}) {
                std::vector<float> out(guitar.size());
                render_channel(model, guitar, out, rate, {std::vector<float>(model.knobs.size(), knob)});
                const auto [low, high] = std::ranges::minmax_element(out);
                const float peak = to_normal * std::max(-*low, *high);
                INFO("rate " << rate << ", knobs at " << knob << ", peak " << peak);
                CHECK(peak < 4.0f);
                CHECK(peak > 0.001f);
            }
        }
    }
}
