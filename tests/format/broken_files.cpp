// Broken files are refused with one line that says why; whatever opens is a valid model.
#include "tests/catch.h"
#include "tests/format/example_model.h"

#include "dsp/stack_parameters.h"
#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>

using namespace continuo;
using continuo::tests::example_model;
using nlohmann::json;

namespace {

using Bytes = std::vector<std::byte>;

struct Parts {
    json header;
    Bytes data;
};

Parts split(const Bytes& bytes) {
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), 8);
    const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8;
    return {json::parse(text, text + header_size),
            Bytes(bytes.begin() + 8 + std::ptrdiff_t(header_size), bytes.end())};
}

Bytes join(const std::string& header, const Bytes& data) {
    Bytes bytes(8 + header.size());
    const std::uint64_t size = header.size();
    std::memcpy(bytes.data(), &size, 8);
    std::memcpy(bytes.data() + 8, header.data(), header.size());
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

Bytes join(const Parts& parts) {
    return join(parts.header.dump(), parts.data);
}

// The reason; fails the test where the file opens or the reason is not one line that names the file.
std::string reason(const Bytes& bytes) {
    try {
        parse_model(bytes, "name.ssm");
    } catch (const BadInput& error) {
        const std::string text = error.what();
        CHECK(text.starts_with("name.ssm: "));
        CHECK(text.find("; ") != std::string::npos);
        CHECK(text.find('\n') == std::string::npos);
        return text;
    }
    FAIL_CHECK("the broken file opened");
    return "";
}

// True where the file opens, to a model that is valid and can be written again.
bool opens_valid_or_is_refused(const Bytes& bytes) {
    try {
        const Model model = parse_model(bytes, "name.ssm");
        std::visit([](const auto& network) { dsp::validate(network); }, model.network);
        REQUIRE(parse_model(serialise_model(model), "again") == model);
        return true;
    } catch (const BadInput& error) {
        REQUIRE(std::string(error.what()).find('\n') == std::string::npos);
        return false;
    }
}

bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("Every cut of a file is refused", "[format]") {
    const Bytes whole = serialise_model(example_model());
    for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 13)
        reason(Bytes(whole.begin(), whole.begin() + std::ptrdiff_t(size)));
    reason(Bytes(whole.begin(), whole.end() - 1));
}

TEST_CASE("Bytes after the last tensor are refused", "[format]") {
    Bytes bytes = serialise_model(example_model());
    bytes.push_back({});
    CHECK(has(reason(bytes), "after the last tensor"));
}

TEST_CASE("Wrong header lengths are refused", "[format]") {
    const Bytes whole = serialise_model(example_model());
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{1} << 20,
          (std::uint64_t{1} << 20) + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        Bytes bytes = whole;
        std::memcpy(bytes.data(), &size, 8);
        reason(bytes);
    }
}

TEST_CASE("Other kinds of file are refused", "[format]") {
    for (const char* text :
         {"", "RIFF\x24\x08\0\0WAVEfmt ", "{}", "[1,2,3]", "{\"format\": \"continuo/1\"}",
          "a text file that goes on for a while, well beyond the eight bytes of the length"}) {
        const auto* first = reinterpret_cast<const std::byte*>(text);
        reason(Bytes(first, first + std::strlen(text)));
    }
    CHECK(has(reason(join("{}", {})), "not a Continuo model"));
    CHECK(has(reason(join("[]", {})), "not a JSON object"));
    CHECK(has(reason(join("{\"__metadata__\": {\"format\": \"pt\"}}", {})), "not a Continuo model"));
}

TEST_CASE("Headers that are not plain JSON are refused", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    const std::string header = parts.header.dump();
    const std::vector<std::string> texts = {header + "}",
                                            header + header,
                                            header.substr(1),
                                            "{" + header,
                                            header + "\x01",
                                            std::string(200000, '['),
                                            std::string(200000, '{'),
                                            "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') +
                                                "}",
                                            "{\"a\":1e999}",
                                            "{\"\xff\": 1}",
                                            std::string("{\"a\0\": 1}", 10)};
    for (const std::string& text : texts)
        reason(join(text, parts.data));
}

TEST_CASE("A key given twice is refused", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    std::string header = parts.header.dump();
    const std::string entry = "\"encoder\":" + parts.header["encoder"].dump();
    header.insert(1, entry + ",");
    CHECK(has(reason(join(header, parts.data)), "twice"));
}

TEST_CASE("Every field of the header is missed, and refused with a wrong value", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    const json wrong[] = {json(),
                          json(true),
                          json(-1),
                          json(1.5),
                          json(1e300),
                          json("x"),
                          json(""),
                          json::array(),
                          json::object(),
                          json({0, 0}),
                          json({1, 2, 3}),
                          json(~std::uint64_t{0}),
                          json({~std::uint64_t{0}, ~std::uint64_t{0}}),
                          json("F16"),
                          json("continuo/2")};
    const std::set<std::string> free_text = {"name", "device", "author", "licence", "tier"};
    std::size_t files = 0;
    for (const auto& [name, entry] : parts.header.items())
        for (const auto& [field, value] : entry.items()) {
            const bool may_change = name == "__metadata__" && free_text.contains(field);
            const bool may_miss =
                may_change || field == "loudness_lufs" || field == "input_dbu" || field == "output_dbu";
            Parts broken = parts;
            broken.header[name].erase(field);
            INFO(name << "." << field);
            if (!may_miss || field == "tier")
                reason(join(broken));
            for (const json& replacement : wrong) {
                INFO("replaced by " << replacement.dump());
                broken.header[name][field] = replacement;
                if (may_change && replacement.is_string())
                    continue;
                reason(join(broken));
                ++files;
            }
        }
    CHECK(files > 1000);
}

TEST_CASE("Every tensor that is missing, renamed or out of place is refused", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    for (const auto& [name, entry] : parts.header.items()) {
        if (name == "__metadata__")
            continue;
        INFO(name);
        Parts broken = parts;
        broken.header.erase(name);
        reason(join(broken));
        broken.header[name + "x"] = entry;
        reason(join(broken));
        for (const int shift : {-4, 4}) {
            broken = parts;
            for (auto& offset : broken.header[name]["data_offsets"])
                offset = offset.get<std::int64_t>() + shift;
            reason(join(broken));
        }
        broken = parts;
        broken.header[name]["shape"].push_back(1);
        reason(join(broken));
        broken = parts;
        broken.header[name]["shape"].push_back(std::uint64_t{1} << 62);
        reason(join(broken));
        broken = parts;
        broken.header[name]["extra"] = 1;
        reason(join(broken));
    }
}

TEST_CASE("Values that are not finite, and poles that are not stable, are refused", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                         -std::numeric_limits<float>::infinity()};
    for (const auto& [name, entry] : parts.header.items()) {
        if (name == "__metadata__")
            continue;
        INFO(name);
        for (const float value : bad) {
            Parts broken = parts;
            std::memcpy(broken.data.data() + entry["data_offsets"][0].get<std::size_t>(), &value, 4);
            reason(join(broken));
        }
    }
    const auto with_first = [&](const char* tensor, float value) {
        Parts broken = parts;
        std::memcpy(broken.data.data() + broken.header[tensor]["data_offsets"][0].get<std::size_t>(), &value,
                    4);
        return reason(join(broken));
    };
    CHECK(has(with_first("layers.1.pole_decay", 0.0f), "decay"));
    CHECK(has(with_first("layers.1.pole_decay", -1.0f), "decay"));
    CHECK(has(with_first("layers.0.pole_decay", 1e-45f), "stable"));
    CHECK(has(with_first("layers.0.pole_frequency", 160000.0f), "half of the sample rate"));
    CHECK(has(with_first("layers.0.pole_frequency", -1.0f), "0 Hz"));
}

TEST_CASE("The JSON inside the description is checked like the header", "[format]") {
    const Parts parts = split(serialise_model(example_model()));
    const auto with = [&](const char* field, const std::string& text) {
        Parts broken = parts;
        broken.header["__metadata__"][field] = text;
        return reason(join(broken));
    };
    with("shape", R"({"layers":2,"channels":4,"modes":3})");
    with("shape", R"({"layers":0,"channels":4,"modes":3,"knobs":2})");
    with("shape", R"({"layers":65,"channels":64,"modes":64,"knobs":16})");
    with("shape", R"({"layers":18446744073709551615,"channels":4,"modes":3,"knobs":2})");
    with("shape", R"({"layers":2,"layers":2,"channels":4,"modes":3,"knobs":2})");
    with("shape", R"({"layers":2.0,"channels":4,"modes":3,"knobs":2})");
    with("knobs", R"([{"name":"a","default":0.5}])");
    with("knobs", R"([{"name":"a","default":0.5},{"name":"a","default":0.5}])");
    with("knobs", R"([{"name":"","default":0.5},{"name":"b","default":0.5}])");
    with("knobs", R"([{"name":"a","default":1.5},{"name":"b","default":0.5}])");
    with("knobs", R"([{"name":"a","default":"1"},{"name":"b","default":0.5}])");
    with("knobs", R"([1,2])");
    with("training", "[]");
    with("training", R"({"recordings":{}})");
    with("training", std::string(100000, '['));
    with("sample_rate", "48000 ");
    with("sample_rate", "48 kHz");
    with("sample_rate", "nan");
    with("sample_rate", "-48000");
    with("sample_rate", "1e12");
    with("activation", "relu");
    with("loudness_lufs", "inf");
    with("input_dbu", "nan");
    with("output_dbu", "1e9");
    with("tier", std::string(5000, 'x'));
    CHECK(has(with("family", "line\nbreak"), "line?break"));
}

TEST_CASE("A newer minor version opens, a newer major one is refused by name", "[format]") {
    Parts parts = split(serialise_model(example_model()));
    const auto with = [&](const char* format) {
        parts.header["__metadata__"]["format"] = format;
        return join(parts);
    };
    CHECK(parse_model(with("continuo/1.0"), "test") == example_model());
    CHECK(parse_model(with("continuo/1.7"), "test") == example_model());
    for (const char* format : {"continuo/2", "continuo/2.1", "continuo/11"}) {
        const std::string text = reason(with(format));
        CHECK(has(text, format));
        CHECK(has(text, "update Continuo"));
    }
    for (const char* format : {"continuo/", "continuo/0", "continuo/1.", "continuo/1.x", "continuo/-1",
                               "continuo/1.1.1", "Continuo/1", "continuo", "continuo/99999999999999999999"})
        reason(with(format));

    // A newer minor version may add tensors and description; ours may not hold what it does not know.
    parts.header["later"] = {
        {"dtype", "F16"}, {"shape", {2}}, {"data_offsets", {parts.data.size(), parts.data.size() + 4}}};
    parts.data.resize(parts.data.size() + 4);
    parts.header["__metadata__"]["added"] = "later";
    CHECK(parse_model(with("continuo/1.1"), "test") == example_model());
    reason(with("continuo/1"));
}

TEST_CASE("Random damage never gives an invalid model", "[format]") {
    const Bytes whole = serialise_model(example_model());
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, whole.data(), 8);
    std::mt19937_64 random(7);
    std::size_t refused = 0;
    for (int file = 0; file < 4000; ++file) {
        Bytes bytes = whole;
        const std::size_t range = file % 2 == 0 ? std::size_t(8 + header_size) : bytes.size();
        for (std::size_t flips = 1 + random() % 4; flips > 0; --flips)
            bytes[random() % range] = std::byte(random());
        refused += !opens_valid_or_is_refused(bytes);
    }
    CHECK(refused > 1000);
}

TEST_CASE("A file beyond the size limit is refused before it is read", "[format]") {
    const auto path = std::filesystem::temp_directory_path() / "continuo-huge.ssm";
    std::ofstream(path).put('x');
    std::filesystem::resize_file(path, std::uintmax_t{1} << 36); // sparse: takes no space
    try {
        read_model(path);
        FAIL_CHECK("the file opened");
    } catch (const BadInput& error) {
        CHECK(has(error.what(), "64 MiB"));
    }
    std::filesystem::remove(path);
    CHECK_THROWS_AS(read_model("/nowhere/model.ssm"), BadInput);
    CHECK_THROWS_AS(read_model(std::filesystem::temp_directory_path()), BadInput);
}
