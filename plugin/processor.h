// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugin/parameters.h"
#include "plugin/session.h"
#include "plugin/signal_path.h"
#include "plugin/snapshot.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>

namespace continuo::plugin {

/// The plug-in as a host sees it: parameters, state, audio. Sends a change message where the model, the
/// impulse response, the error message or what can be undone is another.
class Processor final : public juce::AudioProcessor, public juce::ChangeBroadcaster, private juce::Timer {
  public:
    Processor();
    ~Processor() override;

    /// Reads a model file and plays it from now on; where that fails, what played goes on and error() says
    /// why. [main-thread] \return whether it was loaded
    bool load_model(const juce::File& file);

    /// The model file `step` places further in its folder, in the order of names, around the end.
    /// [main-thread] \return whether there was one to load
    bool load_neighbour(int step);

    /// The model file with this number in the folder of the one that plays, from 0, in the order of names.
    /// [main-thread] \return whether there was one to load
    bool load_number(int number);

    /// As load_model() for an impulse response. [main-thread]
    bool load_cabinet(const juce::File& file);
    void remove_cabinet();

    /// Writes what is heard as a file that load_preset() reads, on any machine; the bytes are those of a
    /// project. Replaces a file that exists. [main-thread] \return whether it was written; else error() says
    /// why
    bool save_preset(const juce::File& file);
    /// As load_model() for such a file. [main-thread]
    bool load_preset(const juce::File& file);

    /// Takes the last step back, or forward again: a file that was loaded, a parameter that the user moved.
    /// Nothing where there is none. [main-thread]
    void undo();
    void redo();
    bool can_undo() const;
    bool can_redo() const;

    /// Keeps what is heard and goes to the other one of two settings, which begins as a copy. [main-thread]
    void compare();
    /// Which of the two is heard: 0 or 1. [main-thread]
    int compared() const { return side_; }

    /// [main-thread]
    std::shared_ptr<const LoadedModel> model() const;
    std::shared_ptr<const LoadedCabinet> impulse_response() const;
    /// Why the last file could not be loaded, in one line; empty where it could. [main-thread]
    juce::String error() const;

    /// How large the user made the window; 0 × 0 where it was never open. Kept with the project.
    /// [main-thread]
    juce::Point<int> window_size() const;
    void set_window_size(juce::Point<int> size);

    const Parameters& parameters() const { return parameters_; }
    PeakHold& input_peak() { return path_.input_peak; }
    PeakHold& output_peak() { return path_.output_peak; }
    /// Share of the time that a block lasts which its processing takes, smoothed. [any-thread]
    double load() const { return load_.getLoadAsProportion(); }

    void prepareToPlay(double rate, int block) override;
    void releaseResources() override {}
    void processBlock(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi) override;
    void processBlockBypassed(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi) override;
    using juce::AudioProcessor::processBlock, juce::AudioProcessor::processBlockBypassed;
    bool isBusesLayoutSupported(const BusesLayout& layout) const override;
    juce::AudioProcessorParameter* getBypassParameter() const override { return parameters_.bypass; }

    juce::AudioProcessorEditor* createEditor() override;
    bool hasEditor() const override { return true; }
    const juce::String getName() const override { return "Continuo"; }
    /// A MIDI program change chooses a model of the folder by its number.
    bool acceptsMidi() const override { return true; }
    bool producesMidi() const override { return false; }
    double getTailLengthSeconds() const override;
    int getNumPrograms() override { return 1; }
    int getCurrentProgram() override { return 0; }
    void setCurrentProgram(int) override {}
    const juce::String getProgramName(int) override { return {}; }
    void changeProgramName(int, const juce::String&) override {}
    void getStateInformation(juce::MemoryBlock& state) override;
    void setStateInformation(const void* state, int size) override;

  private:
    // Tells that the user has let go of a parameter in the editor.
    struct GestureListener final : juce::AudioProcessorListener {
        explicit GestureListener(Processor& owner) : processor(owner) {}
        void audioProcessorParameterChanged(juce::AudioProcessor*, int, float) override {}
        void audioProcessorChanged(juce::AudioProcessor*, const ChangeDetails&) override {}
        void audioProcessorParameterChangeGestureEnd(juce::AudioProcessor*, int) override {
            processor.step_taken();
        }
        Processor& processor;
    };

    void timerCallback() override;
    void run(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi, bool bypass) noexcept;
    void note_requests(const juce::MidiBuffer& midi) noexcept;
    juce::Array<juce::File> models_of_folder() const;
    SignalPath::Settings settings(bool bypass) noexcept;
    void use_model(std::shared_ptr<const LoadedModel> model);
    // Prepares the model anew where it plays at another quality than the one that is chosen now.
    void follow_quality();
    // Tells the host how late the sound is. Without the lock: a host may call back.
    void announce_latency();
    void use_cabinet(std::shared_ptr<const LoadedCabinet> cabinet);
    // What the session holds, for the host's rate, which must be known; empty where it holds none.
    std::unique_ptr<PreparedModel> prepared_model();
    std::unique_ptr<Cabinet> prepared_cabinet();
    void name_knobs();
    void fail(const juce::String& message);
    bool is_sound(const juce::AudioProcessorParameter& parameter) const;
    Snapshot snapshot() const;
    void restore(const Snapshot& then);
    // Calls load(), which throws where the file cannot be used; a step to undo, or a message.
    template <class Load>
    bool open(const juce::File& file, Load load);
    // Plays what the bytes hold, and returns it. Throws as read_session() does, before anything has changed.
    Session open_session(const void* bytes, std::size_t size, const juce::String& name);
    // A step that can be undone was taken.
    void step_taken();

    Parameters parameters_;
    GestureListener gestures_{*this};
    juce::dsp::ConvolutionMessageQueue convolution_queue_;
    SignalPath path_;
    juce::AudioProcessLoadMeasurer load_;
    std::array<float, Parameters::knob_count> knob_values_{}; // the audio thread's
    bool previous_was_on_ = false, next_was_on_ = false;      // the audio thread's

    // What the audio thread has been asked for and the main thread does: a model's number, −1 for none, and
    // steps from model to model.
    std::atomic<int> wanted_number_{-1}, wanted_steps_{0};

    std::array<std::optional<Snapshot>, 2> sides_; // what compare() went away from
    int side_ = 0;

    // Hosts load sessions on threads of their own. The audio thread never takes this lock.
    mutable juce::CriticalSection lock_;
    Session session_;
    History history_;
    juce::String error_;
    double rate_ = 0.0; // Hz; 0 until the host has said it
    std::size_t block_ = 1;
    dsp::Quality quality_ = dsp::Quality::eco; // that the model was prepared for
    std::size_t latency_ = 0;                  // samples, of that model
};

} // namespace continuo::plugin
