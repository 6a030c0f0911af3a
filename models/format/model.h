#pragma once

#include "dsp/gain/gain_parameters.h"
#include "dsp/selective/selective_parameters.h"
#include "dsp/stack_parameters.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace continuo {

/// One control of the modelled device. Its value runs from 0 to 1.
struct KnobDescription {
    std::string name;           ///< 1 to 64 bytes, unlike every other knob of the model
    float default_value = 0.5f; ///< 0 to 1

    friend bool operator==(const KnobDescription&, const KnobDescription&) = default;
};

/// A recording that a model was trained on.
struct RecordingRecord {
    std::string name;     ///< file names without folders
    std::string hash;     ///< XXH3 of the samples, hexadecimal
    double seconds = 0.0; ///< length used

    friend bool operator==(const RecordingRecord&, const RecordingRecord&) = default;
};

/// How a model came about, so that it can be made again.
struct TrainingRecord {
    std::vector<RecordingRecord> recordings;
    double seconds = 0.0; ///< wall clock time that training took, s
    std::optional<double>
        validation_esr; ///< on held-out audio, recurrent form; empty where none was held out
    std::uint64_t seed = 0;
    std::size_t steps = 0;
    std::string program_version;

    friend bool operator==(const TrainingRecord&, const TrainingRecord&) = default;
};

/// Everything a model file holds.
struct Model {
    std::variant<dsp::StackParameters, dsp::GainParameters, dsp::SelectiveParameters> network;
    std::string tier = "custom"; ///< nano, standard, high, ultra, or custom
    std::string name, device, author, licence;
    std::vector<KnobDescription> knobs; ///< as many as knob_count()
    TrainingRecord training;
    std::optional<double> loudness_lufs; ///< of the output at a reference input; empty: not measured
    /// What a sine that just reaches digital full scale was at the device's input and output when it was
    /// recorded, dBu (rms against 0.775 V); empty: not known.
    std::optional<double> input_dbu, output_dbu;

    // [any-thread] What all kinds of network have, and each of them. Allocate nothing; stack(), gain() and
    // selective() throw std::bad_variant_access where the network is of another kind.
    const char* family() const { return is_stack() ? "stack" : is_gain() ? "gain" : "selective"; }
    bool is_stack() const { return std::holds_alternative<dsp::StackParameters>(network); }
    bool is_gain() const { return std::holds_alternative<dsp::GainParameters>(network); }
    bool is_selective() const { return std::holds_alternative<dsp::SelectiveParameters>(network); }
    double sample_rate() const { ///< Hz, that it was trained at
        return std::visit([](const auto& of) { return of.sample_rate; }, network);
    }
    std::size_t knob_count() const {
        return std::visit([](const auto& of) { return of.shape.knobs; }, network);
    }
    std::size_t parameter_count() const { ///< learned values
        return std::visit([](const auto& of) { return dsp::parameter_count(of.shape); }, network);
    }
    dsp::StackParameters& stack() { return std::get<dsp::StackParameters>(network); }
    const dsp::StackParameters& stack() const { return std::get<dsp::StackParameters>(network); }
    dsp::GainParameters& gain() { return std::get<dsp::GainParameters>(network); }
    const dsp::GainParameters& gain() const { return std::get<dsp::GainParameters>(network); }
    dsp::SelectiveParameters& selective() { return std::get<dsp::SelectiveParameters>(network); }
    const dsp::SelectiveParameters& selective() const { return std::get<dsp::SelectiveParameters>(network); }

    friend bool operator==(const Model&, const Model&) = default;
};

} // namespace continuo
