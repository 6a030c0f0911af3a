#include "models/training/checkpoint.h"

#include "models/audio/atomic_file.h"
#include "models/common/errors.h"
#include "models/format/safetensors.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace continuo {

namespace {

constexpr const char* format = "continuo-training/3";

template <class Value>
constexpr const char* dtype = "F64";
template <>
constexpr const char* dtype<std::uint64_t> = "U64";

template <class Value>
void add(Safetensors& file, const char* name, const std::vector<Value>& values) {
    file.tensors[name] = {dtype<Value>, {values.size()}, std::as_bytes(std::span(values))};
}

template <class Value = double>
std::vector<Value> values_of(const Safetensors& file, const std::string& name) {
    const TensorView& tensor = file.tensors.at(name);
    if (tensor.dtype != dtype<Value>)
        throw std::invalid_argument("tensor " + name + " is not " + dtype<Value>);
    std::vector<Value> values(tensor.bytes.size() / sizeof(Value));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

constexpr std::size_t scalar_count = 4, counter_count = 5, curve_columns = 4;

} // namespace

void write_checkpoint(const TrainingState& state, const std::string& fingerprint,
                      const std::filesystem::path& path) {
    const std::vector<double> scalars{state.seconds, state.running_loss, state.best_score,
                                      state.weight_decay};
    const std::vector<std::uint64_t> counters{state.cycle, state.step, state.cycle_step, state.random,
                                              state.adam.steps};
    std::vector<double> curve;
    for (const CurvePoint& point : state.curve)
        curve.insert(curve.end(),
                     {double(point.step), point.seconds, point.training_loss, point.validation_esr});

    Safetensors file;
    file.metadata = {{"format", format}, {"fingerprint", fingerprint}};
    add(file, "scalars", scalars);
    add(file, "counters", counters);
    add(file, "learned", state.learned);
    add(file, "adam.first", state.adam.first());
    add(file, "adam.second", state.adam.second());
    add(file, "quasi_newton", state.quasi_newton);
    add(file, "best", state.best);
    add(file, "curve", curve);
    const std::vector<std::byte> bytes = serialise_safetensors(file);
    AtomicFile out(path, true);
    out.write(bytes);
    out.commit();
}

TrainingState read_checkpoint(const std::filesystem::path& path, const std::string& fingerprint) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw BadInput(path.string(), "there is no checkpoint to resume from", "leave --resume away");
    const std::vector<char> contents{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    try {
        const Safetensors file = parse_safetensors(std::as_bytes(std::span(contents)));
        if (file.metadata.at("format") != format)
            throw std::invalid_argument("its format is " + file.metadata.at("format"));
        if (file.metadata.at("fingerprint") != fingerprint)
            throw BadInput(path.string(), "the checkpoint belongs to other recordings or options",
                           "give the same ones, or remove it to begin anew");
        TrainingState state;
        const std::vector<double> scalars = values_of(file, "scalars");
        const std::vector<std::uint64_t> counters = values_of<std::uint64_t>(file, "counters");
        const std::vector<double> curve = values_of(file, "curve");
        state.learned = values_of(file, "learned");
        state.best = values_of(file, "best");
        state.quasi_newton = values_of(file, "quasi_newton");
        state.adam = Adam(state.learned.size());
        state.adam.first() = values_of(file, "adam.first");
        state.adam.second() = values_of(file, "adam.second");
        if (scalars.size() != scalar_count || counters.size() != counter_count ||
            curve.size() % curve_columns != 0 || state.adam.first().size() != state.learned.size() ||
            state.adam.second().size() != state.learned.size() || state.best.size() != state.learned.size())
            throw std::invalid_argument("its parts do not fit together");
        state.cycle = counters[0];
        state.step = counters[1];
        state.cycle_step = counters[2];
        state.random = counters[3];
        state.adam.steps = counters[4];
        state.seconds = scalars[0];
        state.running_loss = scalars[1];
        state.best_score = scalars[2];
        state.weight_decay = scalars[3];
        for (std::size_t i = 0; i < curve.size(); i += curve_columns)
            state.curve.push_back({std::size_t(curve[i]), curve[i + 1], curve[i + 2], curve[i + 3]});
        return state;
    } catch (const std::logic_error& reason) { // std::invalid_argument, std::out_of_range
        throw BadInput(path.string(), std::string("the checkpoint is broken: ") + reason.what(),
                       "remove it and begin anew");
    }
}

} // namespace continuo
