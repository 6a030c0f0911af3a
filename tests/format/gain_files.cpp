// Files of gain and selective models: what is written comes back, and what is broken is refused.
#include "tests/catch.h"
#include "tests/format/example_model.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <limits>
#include <random>

using namespace continuo;
using continuo::tests::example_gain_model, continuo::tests::example_selective_model;
using nlohmann::json;

namespace {

using Bytes = std::vector<std::byte>;

json header_of(const Bytes& bytes) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8;
    return json::parse(text, text + size);
}

Bytes with_header(const Bytes& bytes, const json& header) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    const std::string text = header.dump();
    Bytes result(8 + text.size());
    const std::uint64_t length = text.size();
    std::memcpy(result.data(), &length, 8);
    std::memcpy(result.data() + 8, text.data(), text.size());
    result.insert(result.end(), bytes.begin() + 8 + std::ptrdiff_t(size), bytes.end());
    return result;
}

/// One of each family.
Model example(bool selective, std::size_t knobs = 2) {
    return selective ? example_selective_model(knobs) : example_gain_model(knobs);
}

bool refused(const Bytes& bytes) {
    try {
        parse_model(bytes, "name.ssm");
    } catch (const BadInput& error) {
        return std::string(error.what()).find('\n') == std::string::npos;
    }
    return false;
}

} // namespace

TEST_CASE("A gain or selective model comes back equal in every field", "[format]") {
    const bool selective = GENERATE(false, true);
    const auto knobs = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{16});
    const Model model = example(selective, knobs);
    const Bytes bytes = serialise_model(model);
    const Model again = parse_model(bytes, "test");
    CHECK(again == model);
    CHECK(again.is_gain() != selective);
    CHECK(again.is_selective() == selective);
    CHECK(again.knob_count() == knobs);
    CHECK(serialise_model(again) == bytes);
    CHECK(header_of(bytes)["__metadata__"]["family"] == (selective ? "selective" : "gain"));
    CHECK_FALSE(header_of(bytes)["__metadata__"].contains("activation"));
}

TEST_CASE("A gain or selective model with a tensor missing, renamed, reshaped or poisoned is refused",
          "[format]") {
    const Bytes bytes = serialise_model(example(GENERATE(false, true)));
    const json header = header_of(bytes);
    const std::size_t data = 8 + header.dump().size();
    const std::size_t start = bytes.size() - [&] {
        std::size_t end = 0;
        for (const auto& [name, entry] : header.items())
            if (name != "__metadata__")
                end = std::max(end, entry["data_offsets"][1].get<std::size_t>());
        return end;
    }();
    REQUIRE(start >= data);
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__")
            continue;
        INFO(name);
        json broken = header;
        broken.erase(name);
        CHECK(refused(with_header(bytes, broken)));
        broken[name + "x"] = entry;
        CHECK(refused(with_header(bytes, broken)));
        broken = header;
        broken[name]["shape"].push_back(1);
        CHECK(refused(with_header(bytes, broken)));
        for (const float value :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30f}) {
            Bytes poisoned = bytes;
            std::memcpy(poisoned.data() + start + entry["data_offsets"][0].get<std::size_t>(), &value, 4);
            CHECK(refused(poisoned));
        }
    }
}

TEST_CASE("A gain model of a wrong shape is refused", "[format]") {
    const Bytes bytes = serialise_model(example_gain_model());
    for (const char* shape :
         {R"({"levels":3,"channels":2,"hidden":4,"modes":2})",
          R"({"levels":0,"channels":2,"hidden":4,"modes":2,"knobs":2})",
          R"({"levels":17,"channels":2,"hidden":4,"modes":2,"knobs":2})",
          R"({"levels":3,"channels":18446744073709551615,"hidden":4,"modes":2,"knobs":2})",
          R"({"levels":3,"channels":2,"hidden":33,"modes":2,"knobs":2})",
          R"({"levels":3,"channels":2,"hidden":4,"modes":2,"knobs":1})",
          R"({"layers":2,"channels":4,"modes":3,"knobs":2})"}) {
        json header = header_of(bytes);
        header["__metadata__"]["shape"] = shape;
        CHECK(refused(with_header(bytes, header)));
    }
    for (const char* family : {"stack", "selective", ""}) {
        json header = header_of(bytes);
        header["__metadata__"]["family"] = family;
        CHECK(refused(with_header(bytes, header)));
    }
}

TEST_CASE("A selective model of a wrong shape is refused", "[format]") {
    const Bytes bytes = serialise_model(example_selective_model());
    for (const char* shape : {R"({"levels":3,"channels":2,"hidden":4,"modes":2,"knobs":2})",
                              R"({"levels":3,"channels":2,"states":0,"hidden":4,"modes":2,"knobs":2})",
                              R"({"levels":3,"channels":2,"states":17,"hidden":4,"modes":2,"knobs":2})",
                              R"({"levels":3,"channels":2,"states":-1,"hidden":4,"modes":2,"knobs":2})",
                              R"({"levels":3,"channels":2,"states":2,"hidden":4,"modes":2,"knobs":2})"}) {
        json header = header_of(bytes);
        header["__metadata__"]["shape"] = shape;
        CHECK(refused(with_header(bytes, header)));
    }
    json header = header_of(bytes);
    header["__metadata__"]["family"] = "gain";
    CHECK(refused(with_header(bytes, header)));
}

TEST_CASE("A gain or selective model with changed bytes opens to a valid one or is refused", "[format]") {
    const Bytes bytes = serialise_model(example(GENERATE(false, true)));
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        Bytes changed = bytes;
        for (int change = 0; change <= round % 3; ++change)
            changed[random() % changed.size()] = std::byte(random());
        try {
            const Model model = parse_model(changed, "name.ssm");
            std::visit([](const auto& network) { dsp::validate(network); }, model.network);
            REQUIRE(parse_model(serialise_model(model), "again") == model);
        } catch (const BadInput& error) {
            REQUIRE(std::string(error.what()).find('\n') == std::string::npos);
        }
    }
}
