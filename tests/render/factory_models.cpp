// The models that come with Continuo: each must be what its card says, and playable by anybody at once.
#include "models/format/ssm_file.h"
#include "models/render/reference_loudness.h"
#include "models/render/render.h"
#include "tests/catch.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
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
