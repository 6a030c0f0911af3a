#include "models/format/safetensors.h"

#include "models/format/strict_json.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace continuo {

namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 8;
constexpr const char* metadata_key = "__metadata__";
static_assert(std::endian::native == std::endian::little, "tensors are copied as they lie in memory");

[[noreturn]] void refuse(const std::string& reason) {
    throw std::invalid_argument(reason);
}

std::uint64_t bytes_of(const std::string& tensor, const std::string& dtype) {
    static const std::map<std::string, std::uint64_t, std::less<>> sizes = {
        {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
        {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
    const auto found = sizes.find(dtype);
    if (found == sizes.end())
        refuse("tensor " + in_quotes(tensor) + " has the unknown type " + in_quotes(dtype));
    return found->second;
}

std::vector<std::uint64_t> read_integers(const json& value, const std::string& tensor, const char* field) {
    constexpr std::size_t most = 8;
    if (!value.is_array() || value.size() > most)
        refuse("tensor " + in_quotes(tensor) + ": " + field + " is not a short list of integers");
    std::vector<std::uint64_t> result;
    for (const json& element : value) {
        if (!element.is_number_unsigned())
            refuse("tensor " + in_quotes(tensor) + ": " + field + " is not a short list of integers");
        result.push_back(element.get<std::uint64_t>());
    }
    return result;
}

TensorView read_tensor(const std::string& name, const json& entry, std::span<const std::byte> data) {
    if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets") || !entry["dtype"].is_string())
        refuse("tensor " + in_quotes(name) + " is not described by dtype, shape and data_offsets");
    TensorView tensor;
    tensor.dtype = entry["dtype"].get<std::string>();
    tensor.shape = read_integers(entry["shape"], name, "shape");
    const auto offsets = read_integers(entry["data_offsets"], name, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size())
        refuse("tensor " + in_quotes(name) + " lies outside the file (is it cut off?)");
    std::uint64_t size = bytes_of(name, tensor.dtype);
    for (const std::uint64_t extent : tensor.shape) {
        if (extent != 0 && size > data.size() / extent)
            refuse("tensor " + in_quotes(name) + " has a shape larger than the file");
        size *= extent;
    }
    if (size != offsets[1] - offsets[0])
        refuse("tensor " + in_quotes(name) + " has a shape and data_offsets of different sizes");
    tensor.bytes = data.subspan(offsets[0], size);
    return tensor;
}

void expect_no_gaps(const std::map<std::string, TensorView>& tensors, std::span<const std::byte> data) {
    std::vector<std::pair<const std::byte*, const std::byte*>> ranges;
    for (const auto& [name, tensor] : tensors)
        ranges.emplace_back(tensor.bytes.data(), tensor.bytes.data() + tensor.bytes.size());
    std::ranges::sort(ranges);
    const std::byte* end = data.data();
    for (const auto& range : ranges) {
        if (range.first != end)
            refuse(range.first < end ? "two tensors overlap" : "there is a gap between two tensors");
        end = range.second;
    }
    if (end != data.data() + data.size())
        refuse("there are bytes after the last tensor");
}

} // namespace

Safetensors parse_safetensors(std::span<const std::byte> bytes) {
    if (bytes.size() < length_bytes)
        refuse("the file is too short to be a model");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), length_bytes);
    if (header_size > safetensors_header_limit)
        refuse("the header is longer than 1 MiB, so this is no model file");
    if (header_size > bytes.size() - length_bytes)
        refuse("the file ends inside its header (is it cut off?)");
    const auto header = bytes.subspan(length_bytes, header_size),
               data = bytes.subspan(length_bytes + header_size);
    if (header.empty() || header[0] != std::byte{'{'})
        refuse("the header is not a JSON object, so this is no model file");
    const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());

    Safetensors file;
    const json description = parse_strict_json(text, "the header", 3);
    for (const auto& [name, entry] : description.items()) {
        if (name != metadata_key) {
            file.tensors.emplace(name, read_tensor(name, entry, data));
            continue;
        }
        if (!entry.is_object())
            refuse("__metadata__ is not a JSON object");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string())
                refuse("__metadata__: " + in_quotes(key) + " is not a string");
            file.metadata.emplace(key, value.get<std::string>());
        }
    }
    expect_no_gaps(file.tensors, data);
    return file;
}

std::vector<std::byte> serialise_safetensors(const Safetensors& file) {
    json header = json::object();
    header[metadata_key] = file.metadata;
    std::size_t data_size = 0;
    for (const auto& [name, tensor] : file.tensors) {
        header[name] = {{"dtype", tensor.dtype},
                        {"shape", tensor.shape},
                        {"data_offsets", {data_size, data_size + tensor.bytes.size()}}};
        data_size += tensor.bytes.size();
    }
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > safetensors_header_limit)
        refuse("the description takes more than 1 MiB");

    const std::uint64_t header_size = text.size();
    std::vector<std::byte> bytes(length_bytes + text.size() + data_size);
    std::memcpy(bytes.data(), &header_size, length_bytes);
    std::memcpy(bytes.data() + length_bytes, text.data(), text.size());
    auto out = bytes.begin() + std::ptrdiff_t(length_bytes + text.size());
    for (const auto& [name, tensor] : file.tensors)
        out = std::ranges::copy(tensor.bytes, out).out;
    return bytes;
}

} // namespace continuo
