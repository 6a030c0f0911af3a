#include "models/format/ssm_file.h"

#include "dsp/discretise.h"
#include "dsp/gain/families.h"
#include "models/audio/atomic_file.h"
#include "models/common/errors.h"
#include "models/format/activation_name.h"
#include "models/format/safetensors.h"
#include "models/format/strict_json.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace continuo {

namespace {

using nlohmann::json;
namespace filesystem = std::filesystem;

constexpr std::size_t text_limit = 4096, knob_name_limit = 64;
constexpr double furthest_dbu = 100.0;
constexpr const char* remedy = "use a model file written by continuo train";

[[noreturn]] void refuse(const std::string& reason) {
    throw std::invalid_argument(reason);
}

// Calls visit(name, shape, values) for every tensor of a stack: the one table that reading and writing share.
template <typename Stack, typename Visitor>
void for_each_tensor(Stack& stack, Visitor visit) {
    const std::uint64_t h = stack.shape.channels, n = stack.shape.modes, k = stack.shape.knobs;
    visit("encoder", {h}, stack.encoder);
    visit("decoder", {h}, stack.decoder);
    for (std::size_t index = 0; index < stack.layers.size(); ++index) {
        auto& layer = stack.layers[index];
        const std::string prefix = "layers." + std::to_string(index) + ".";
        visit(prefix + "mixing", {h, h}, layer.mixing);
        visit(prefix + "mixing_bias", {h}, layer.mixing_bias);
        visit(prefix + "pole_decay", {n, h}, layer.pole_decay);
        visit(prefix + "pole_frequency", {n, h}, layer.pole_frequency);
        visit(prefix + "readout_real", {n, h}, layer.readout_real);
        visit(prefix + "readout_imag", {n, h}, layer.readout_imag);
        visit(prefix + "skip", {h}, layer.skip);
        visit(prefix + "gate", {h, h}, layer.gate);
        visit(prefix + "gate_bias", {h}, layer.gate_bias);
        if (k == 0)
            continue; // an empty tensor says nothing
        visit(prefix + "knob_scale", {h, k}, layer.knob_scale);
        visit(prefix + "knob_bias", {h, k}, layer.knob_bias);
        visit(prefix + "knob_gate", {h, k}, layer.knob_gate);
    }
}

template <typename Stack, typename Visitor>
void for_each_scalar(Stack& stack, Visitor visit) {
    visit("input_scale", stack.input_scale);
    visit("output_scale", stack.output_scale);
    visit("decoder_bias", stack.decoder_bias);
}

// Calls visit(name, shape, values) for everything of a network that a file stores.
template <typename Visitor>
void for_each_stored(const dsp::StackParameters& stack, Visitor visit) {
    for_each_tensor(stack, visit);
    for_each_scalar(stack, [&](const char* name, const float& value) { visit(name, {1}, {&value, 1}); });
}

template <typename Parameters, typename Visitor>
void for_each_stored(const Parameters& model, Visitor visit) {
    visit("input_scale", {1}, {&model.input_scale, 1});
    for_each_gain_tensor(model.shape, model.tensors,
                         [&](const char* name, const std::vector<std::uint64_t>& extents,
                             const std::vector<float>& values,
                             dsp::GainTensorKind) { visit(name, extents, values); });
}

// |λ| < 1 has to hold for the rounded coefficients that run, not only for the poles in 1/s.
void expect_stable(const dsp::StackParameters& stack) {
    for (const dsp::LayerParameters& layer : stack.layers) {
        const dsp::DiscreteModes modes = dsp::discretise(layer, stack.sample_rate);
        for (std::size_t i = 0; i < modes.delta_real.size(); ++i) {
            const double real = modes.delta_real[i], imag = modes.delta_imag[i];
            if (!(real * (2.0 + real) + imag * imag < 0.0))
                refuse("a pole is not stable at the model's sample rate");
        }
    }
}

void expect_text(const char* field, const std::string& text) {
    if (text.size() > text_limit)
        refuse(std::string(field) + " is longer than 4096 bytes");
}

void expect_valid(const Model& model) {
    std::visit([](const auto& network) { dsp::validate(network); }, model.network);
    if (model.is_stack())
        expect_stable(model.stack());
    expect_text("tier", model.tier);
    expect_text("name", model.name);
    expect_text("device", model.device);
    expect_text("author", model.author);
    expect_text("licence", model.licence);
    if (model.loudness_lufs && !std::isfinite(*model.loudness_lufs))
        refuse("the loudness is not finite");
    for (const std::optional<double>& level : {model.input_dbu, model.output_dbu})
        if (level && !(std::abs(*level) <= furthest_dbu))
            refuse("its level in dBu is out of range");

    if (model.knobs.size() != model.knob_count())
        refuse("there are " + std::to_string(model.knobs.size()) + " knob names for " +
               std::to_string(model.knob_count()) + " knobs");
    std::set<std::string> names;
    for (const KnobDescription& knob : model.knobs) {
        if (knob.name.empty() || knob.name.size() > knob_name_limit)
            refuse("the knob name " + in_quotes(knob.name) + " is empty or longer than 64 bytes");
        if (!names.insert(knob.name).second)
            refuse("two knobs are named " + in_quotes(knob.name));
        if (!(knob.default_value >= 0.0f && knob.default_value <= 1.0f))
            refuse("the default of knob " + in_quotes(knob.name) + " is outside 0 to 1");
    }

    const TrainingRecord& training = model.training;
    expect_text("program_version", training.program_version);
    if (!(training.seconds >= 0.0) || !std::isfinite(training.seconds))
        refuse("the training time is not a length of time");
    if (training.validation_esr &&
        !(*training.validation_esr >= 0.0 && std::isfinite(*training.validation_esr)))
        refuse("the validation ESR is not a positive number");
    for (const RecordingRecord& recording : training.recordings) {
        expect_text("a recording's name", recording.name);
        expect_text("a recording's hash", recording.hash);
        if (!(recording.seconds >= 0.0) || !std::isfinite(recording.seconds))
            refuse("the length of recording " + in_quotes(recording.name) + " is not a length of time");
    }
}

// --- reading ---

template <typename Number>
Number parse_number(std::string_view text, const std::string& field) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        refuse("__metadata__: " + field + " is not a number: " + in_quotes(text));
    return value;
}

const std::string& required(const Safetensors& file, const std::string& field) {
    const auto found = file.metadata.find(field);
    if (found == file.metadata.end())
        refuse("__metadata__ has no " + field);
    return found->second;
}

std::string optional_text(const Safetensors& file, const std::string& field) {
    const auto found = file.metadata.find(field);
    return found == file.metadata.end() ? std::string() : found->second;
}

// The minor version. Refuses what is no model at all, and every major version but our own.
unsigned expect_format(const Safetensors& file) {
    constexpr std::string_view prefix = "continuo/";
    const auto found = file.metadata.find("format");
    if (found == file.metadata.end() || !found->second.starts_with(prefix))
        refuse("this is a safetensors file but not a Continuo model");
    const std::string_view version = std::string_view(found->second).substr(prefix.size());
    const std::size_t dot = version.find('.');
    const auto major = parse_number<unsigned>(version.substr(0, dot), "format");
    if (major > model_format_major)
        throw BadInput(
            "", "written in format " + found->second + ", newer than the continuo/1 that this program reads",
            "update Continuo");
    if (major != model_format_major)
        refuse("the format " + in_quotes(found->second) + " is unknown");
    return dot == std::string_view::npos ? 0 : parse_number<unsigned>(version.substr(dot + 1), "format");
}

template <typename Value>
Value field(const json& object, const char* name, const std::string& where) {
    const auto found = object.find(name);
    bool fits = found != object.end();
    if constexpr (std::is_same_v<Value, std::string>)
        fits = fits && found->is_string();
    else if constexpr (std::is_floating_point_v<Value>)
        fits = fits && found->is_number();
    else
        fits = fits && found->is_number_unsigned();
    if (!fits)
        refuse(where + " has no valid " + name);
    return found->template get<Value>();
}

json parse_object(const Safetensors& file, const std::string& name) {
    json value = parse_strict_json(required(file, name), name, 4);
    if (!value.is_object())
        refuse(name + " is not a JSON object");
    return value;
}

// Bounded here already, because the tensors are allocated from it.
std::size_t read_count(const json& shape, const char* name, std::uint64_t low, std::uint64_t high) {
    const auto count = field<std::uint64_t>(shape, name, "shape");
    if (count < low || count > high)
        refuse(std::string("shape: the number of ") + name + " is outside " + std::to_string(low) + " to " +
               std::to_string(high));
    return std::size_t(count);
}

std::vector<KnobDescription> read_knobs(const Safetensors& file) {
    const json list = parse_strict_json(required(file, "knobs"), "knobs", 4);
    if (!list.is_array())
        refuse("knobs is not a JSON list");
    std::vector<KnobDescription> knobs;
    for (const json& entry : list) {
        const auto value = field<double>(entry, "default", "knobs");
        if (!(value >= 0.0 && value <= 1.0))
            refuse("the default of a knob is outside 0 to 1");
        knobs.push_back({field<std::string>(entry, "name", "knobs"), float(value)});
    }
    return knobs;
}

TrainingRecord read_training(const Safetensors& file) {
    const json object = parse_object(file, "training");
    TrainingRecord record;
    record.seconds = field<double>(object, "seconds", "training");
    if (object.contains("validation_esr"))
        record.validation_esr = field<double>(object, "validation_esr", "training");
    record.seed = field<std::uint64_t>(object, "seed", "training");
    record.steps = field<std::size_t>(object, "steps", "training");
    record.program_version = field<std::string>(object, "program_version", "training");
    const auto recordings = object.find("recordings");
    if (recordings == object.end() || !recordings->is_array())
        refuse("training has no list of recordings");
    for (const json& entry : *recordings)
        record.recordings.push_back({field<std::string>(entry, "name", "a recording"),
                                     field<std::string>(entry, "hash", "a recording"),
                                     field<double>(entry, "seconds", "a recording")});
    return record;
}

void copy_tensor(const Safetensors& file, const std::string& name, const std::vector<std::uint64_t>& shape,
                 std::span<float> values) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end())
        refuse("the tensor " + name + " is missing");
    if (found->second.dtype != "F32")
        refuse("the tensor " + name + " holds " + found->second.dtype + " where a model holds F32");
    if (found->second.shape != shape)
        refuse("the tensor " + name + " has another shape than the model");
    std::memcpy(values.data(), found->second.bytes.data(), found->second.bytes.size());
}

dsp::StackParameters read_stack(const Safetensors& file, unsigned minor) {
    const json object = parse_object(file, "shape");
    const dsp::StackShape shape{read_count(object, "layers", 1, 64), read_count(object, "channels", 1, 64),
                                read_count(object, "modes", 1, 64), read_count(object, "knobs", 0, 16)};
    dsp::StackParameters stack =
        dsp::make_stack(shape, parse_number<double>(required(file, "sample_rate"), "sample_rate"));
    const std::string& activation = required(file, "activation");
    if (const auto known_one = activation_from_name(activation))
        stack.activation = *known_one;
    else
        refuse("the activation " + in_quotes(activation) + " is unknown to this version of Continuo");
    std::size_t known = 0;
    for_each_tensor(stack, [&](const std::string& name, const std::vector<std::uint64_t>& extents,
                               std::vector<float>& values) {
        copy_tensor(file, name, extents, values);
        ++known;
    });
    for_each_scalar(stack, [&](const std::string& name, float& value) {
        copy_tensor(file, name, {1}, {&value, 1});
        ++known;
    });
    // What a newer minor version adds may be left out; in our own version it is a mistake.
    if (minor == 0 && file.tensors.size() != known)
        refuse("there are tensors that do not belong to the model");
    return stack;
}

template <typename Shape>
Shape read_gain_shape(const Safetensors& file) {
    const json object = parse_object(file, "shape");
    Shape shape;
    shape.levels = read_count(object, "levels", 1, 16);
    shape.channels = read_count(object, "channels", 1, 16);
    if constexpr (std::is_same_v<Shape, dsp::SelectiveShape>)
        shape.states = read_count(object, "states", 1, 16);
    shape.hidden = read_count(object, "hidden", 1, 32);
    shape.modes = read_count(object, "modes", 1, 16);
    shape.knobs = read_count(object, "knobs", 0, 16);
    return shape;
}

/// Of the families gain and selective.
template <typename Shape>
dsp::ParametersOf<Shape> read_gain(const Safetensors& file, unsigned minor) {
    const auto shape = read_gain_shape<Shape>(file);
    dsp::ParametersOf<Shape> model =
        dsp::make_parameters(shape, parse_number<double>(required(file, "sample_rate"), "sample_rate"));
    std::size_t known = 1;
    copy_tensor(file, "input_scale", {1}, {&model.input_scale, 1});
    for_each_gain_tensor(shape, model.tensors,
                         [&](const char* name, const std::vector<std::uint64_t>& extents,
                             std::vector<float>& values, dsp::GainTensorKind) {
                             copy_tensor(file, name, extents, values);
                             ++known;
                         });
    if (minor == 0 && file.tensors.size() != known)
        refuse("there are tensors that do not belong to the model");
    return model;
}

Model to_model(const Safetensors& file) {
    const unsigned minor = expect_format(file);
    Model model;
    if (const std::string& family = required(file, "family"); family == "stack")
        model.network = read_stack(file, minor);
    else if (family == "gain")
        model.network = read_gain<dsp::GainShape>(file, minor);
    else if (family == "selective")
        model.network = read_gain<dsp::SelectiveShape>(file, minor);
    else
        refuse("the family " + in_quotes(family) + " is unknown to this version of Continuo");
    model.tier = required(file, "tier");
    model.name = optional_text(file, "name");
    model.device = optional_text(file, "device");
    model.author = optional_text(file, "author");
    model.licence = optional_text(file, "licence");
    model.knobs = read_knobs(file);
    model.training = read_training(file);
    if (file.metadata.contains("loudness_lufs"))
        model.loudness_lufs = parse_number<double>(required(file, "loudness_lufs"), "loudness_lufs");
    if (file.metadata.contains("input_dbu"))
        model.input_dbu = parse_number<double>(required(file, "input_dbu"), "input_dbu");
    if (file.metadata.contains("output_dbu"))
        model.output_dbu = parse_number<double>(required(file, "output_dbu"), "output_dbu");
    expect_valid(model);
    return model;
}

// --- writing ---

std::string to_text(double value) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string to_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json to_json(const dsp::StackShape& shape) {
    return {{"layers", shape.layers},
            {"channels", shape.channels},
            {"modes", shape.modes},
            {"knobs", shape.knobs}};
}

json to_json(const dsp::GainShape& shape) {
    return {{"levels", shape.levels},
            {"channels", shape.channels},
            {"hidden", shape.hidden},
            {"modes", shape.modes},
            {"knobs", shape.knobs}};
}

json to_json(const dsp::SelectiveShape& shape) {
    return {{"levels", shape.levels}, {"channels", shape.channels}, {"states", shape.states},
            {"hidden", shape.hidden}, {"modes", shape.modes},       {"knobs", shape.knobs}};
}

std::map<std::string, std::string> describe(const Model& model) {
    json knobs = json::array(), recordings = json::array();
    for (const KnobDescription& knob : model.knobs)
        knobs.push_back({{"name", knob.name}, {"default", knob.default_value}});
    for (const RecordingRecord& recording : model.training.recordings)
        recordings.push_back(
            {{"name", recording.name}, {"hash", recording.hash}, {"seconds", recording.seconds}});
    json training = {{"recordings", recordings},
                     {"seconds", model.training.seconds},
                     {"seed", model.training.seed},
                     {"steps", model.training.steps},
                     {"program_version", model.training.program_version}};
    if (model.training.validation_esr)
        training["validation_esr"] = *model.training.validation_esr;

    std::map<std::string, std::string> metadata = {
        {"format", "continuo/" + std::to_string(model_format_major)},
        {"family", model.family()},
        {"tier", model.tier},
        {"sample_rate", to_text(model.sample_rate())},
        {"shape", to_text(std::visit([](const auto& of) { return to_json(of.shape); }, model.network))},
        {"knobs", to_text(knobs)},
        {"training", to_text(training)}};
    if (model.is_stack())
        metadata["activation"] = activation_name(model.stack().activation);
    const auto add = [&](const char* name, const std::string& text) {
        if (!text.empty())
            metadata[name] = text;
    };
    add("name", model.name);
    add("device", model.device);
    add("author", model.author);
    add("licence", model.licence);
    if (model.loudness_lufs)
        metadata["loudness_lufs"] = to_text(*model.loudness_lufs);
    if (model.input_dbu)
        metadata["input_dbu"] = to_text(*model.input_dbu);
    if (model.output_dbu)
        metadata["output_dbu"] = to_text(*model.output_dbu);
    return metadata;
}

} // namespace

Model parse_model(std::span<const std::byte> bytes, const std::string& name) {
    try {
        if (bytes.size() > model_file_limit)
            refuse("the file is larger than 64 MiB, so this is no model file");
        return to_model(parse_safetensors(bytes));
    } catch (const BadInput& newer) {
        throw BadInput(name + newer.what());
    } catch (const std::invalid_argument& reason) {
        throw BadInput(name, reason.what(), remedy);
    }
}

std::vector<std::byte> serialise_model(const Model& model) {
    try {
        expect_valid(model);
        Safetensors file;
        file.metadata = describe(model);
        const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& shape,
                             std::span<const float> values) {
            file.tensors[name] = {"F32", shape, std::as_bytes(values)};
        };
        std::visit([&](const auto& network) { for_each_stored(network, add); }, model.network);
        return serialise_safetensors(file);
    } catch (const std::invalid_argument& reason) {
        throw BadInput("model", reason.what(), "train it again");
    }
}

Model read_model(const filesystem::path& path) {
    std::error_code error;
    const auto status = filesystem::status(path, error);
    if (!filesystem::exists(status))
        throw BadInput(path.string(), "there is no such file", "name a model file (.ssm)");
    if (!filesystem::is_regular_file(status))
        throw BadInput(path.string(), "this is not a file", "name a model file (.ssm)");
    const auto size = filesystem::file_size(path, error);
    if (!error && size > model_file_limit)
        throw BadInput(path.string(), "the file is larger than 64 MiB, so this is no model file", remedy);
    std::ifstream stream(path, std::ios::binary);
    std::vector<std::byte> bytes(error ? 0 : std::size_t(size));
    if (error || !stream.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(bytes.size())))
        throw BadInput(path.string(), "the file cannot be read", "check its permissions");
    return parse_model(bytes, path.string());
}

void write_model(const Model& model, const filesystem::path& path) {
    const std::vector<std::byte> bytes = serialise_model(model);
    AtomicFile file(path, true);
    file.write(bytes);
    file.commit();
}

} // namespace continuo
