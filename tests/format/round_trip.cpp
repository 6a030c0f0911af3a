// What is written comes back in every bit, and the bytes are what any safetensors library expects.
#include "tests/catch.h"
#include "tests/format/example_model.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace continuo;
using continuo::tests::example_model;

TEST_CASE("A model comes back equal in every field", "[format]") {
    const auto knobs = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{16});
    const Model model = example_model(knobs);
    const auto bytes = serialise_model(model);
    CHECK(parse_model(bytes, "test") == model);
    CHECK(serialise_model(parse_model(bytes, "test")) == bytes);
}

TEST_CASE("Fields that are empty stay empty", "[format]") {
    Model model = example_model(0);
    model.name = model.device = model.author = model.licence = "";
    model.loudness_lufs.reset();
    model.input_dbu.reset();
    model.output_dbu.reset();
    model.training = {};
    CHECK(parse_model(serialise_model(model), "test") == model);
}

TEST_CASE("Extreme float values keep their bits", "[format]") {
    Model model = example_model(0);
    const float values[] = {-0.0f, 1e-45f, 1.17549435e-38f, 3.4028235e38f};
    std::memcpy(model.stack().layers[1].mixing.data(), values, sizeof values);
    const Model again = parse_model(serialise_model(model), "test");
    CHECK(std::memcmp(again.stack().layers[1].mixing.data(), values, sizeof values) == 0);
}

TEST_CASE("The layout is that of safetensors", "[format]") {
    const auto bytes = serialise_model(example_model(2));
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), 8);
    CHECK((8 + header_size) % 8 == 0);
    const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8;
    const auto header = nlohmann::json::parse(text, text + header_size);
    CHECK(header["__metadata__"]["format"] == "continuo/1");
    for (const auto& item : header["__metadata__"])
        CHECK(item.is_string());
    CHECK(header["layers.0.mixing"]["shape"] == nlohmann::json({4, 4}));
    CHECK(header["layers.1.pole_decay"]["shape"] == nlohmann::json({3, 4}));
    CHECK(header["layers.1.knob_bias"]["shape"] == nlohmann::json({4, 2}));
    CHECK(header["layers.0.gate"]["dtype"] == "F32");
    std::size_t data_size = 0;
    for (const auto& [name, entry] : header.items())
        if (name != "__metadata__")
            data_size = std::max(data_size, entry["data_offsets"][1].get<std::size_t>());
    CHECK(bytes.size() == 8 + header_size + data_size);
}

TEST_CASE("A file replaces an older one whole", "[format]") {
    const auto folder = std::filesystem::temp_directory_path() / "continuo-format-test";
    std::filesystem::create_directories(folder);
    const auto path = folder / "model.ssm";
    write_model(example_model(0, 1), path);
    write_model(example_model(2, 2), path);
    CHECK(read_model(path) == example_model(2, 2));
    CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    std::filesystem::remove_all(folder);
}

TEST_CASE("A model that could not be read again is not written", "[format]") {
    Model model = example_model(1);
    SECTION("value that is not finite") {
        model.stack().layers[0].gate[0] = std::numeric_limits<float>::infinity();
    }
    SECTION("pole that does not decay") {
        model.stack().layers[0].pole_decay[3] = 0.0f;
    }
    SECTION("pole that rounds to no decay") {
        model.stack().layers[0].pole_decay[3] = 1e-45f;
        model.stack().layers[0].pole_frequency[3] = 0.0f;
    }
    SECTION("knob without a name") {
        model.knobs[0].name.clear();
    }
    SECTION("too few knobs") {
        model.knobs.clear();
    }
    SECTION("tensor too short") {
        model.stack().encoder.pop_back();
    }
    CHECK_THROWS_AS(serialise_model(model), BadInput);
}

TEST_CASE("A folder that does not exist is reported and nothing is left behind", "[format]") {
    CHECK_THROWS_AS(write_model(example_model(), "/nowhere/at/all/model.ssm"), BadInput);
}
