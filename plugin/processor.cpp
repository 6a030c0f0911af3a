// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/processor.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"
#include "plugin/editor/editor.h"
#include "plugin/model_library.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace continuo::plugin {

namespace {

// How often the main thread frees what the audio thread put aside and does what it was asked for.
constexpr int timer_milliseconds = 50;

} // namespace

Processor::Processor()
    : juce::AudioProcessor(BusesProperties()
                               .withInput("Input", juce::AudioChannelSet::stereo())
                               .withOutput("Output", juce::AudioChannelSet::stereo())),
      parameters_(*this) {
    history_.start(snapshot());
    addListener(&gestures_);
    startTimer(timer_milliseconds);
}

Processor::~Processor() {
    stopTimer();
    removeListener(&gestures_);
}

template <class Load>
bool Processor::open(const juce::File& file, Load load) {
    try {
        load();
    } catch (const std::exception& problem) {
        // In a window the name of the file is enough, and there is no room for more.
        fail(juce::String::fromUTF8(problem.what()).replace(file.getFullPathName(), file.getFileName()));
        return false;
    }
    step_taken();
    return true;
}

bool Processor::load_model(const juce::File& file) {
    return open(file, [&] {
        use_model(std::make_shared<LoadedModel>(
            LoadedModel{read_model(file.getFullPathName().toStdString()), file}));
        const std::vector<KnobDescription>& knobs = model()->model.knobs;
        for (std::size_t i = 0; i < std::min(knobs.size(), parameters_.knobs.size()); ++i)
            parameters_.knobs[i]->setValueNotifyingHost(knobs[i].default_value);
    });
}

juce::Array<juce::File> Processor::models_of_folder() const {
    const std::shared_ptr<const LoadedModel> now = model();
    return now ? models_in(now->file.getParentDirectory()) : juce::Array<juce::File>();
}

bool Processor::load_number(int number) {
    const juce::Array<juce::File> files = models_of_folder();
    return juce::isPositiveAndBelow(number, files.size()) && load_model(files[number]);
}

bool Processor::load_neighbour(int step) {
    const std::shared_ptr<const LoadedModel> now = model();
    const juce::Array<juce::File> files = models_of_folder();
    if (files.isEmpty())
        return false;
    // One that was deleted is followed by the one that came after it.
    int place = 0;
    while (place < files.size() && files[place] < now->file)
        ++place;
    const bool is_there = place < files.size() && files[place] == now->file;
    if (!is_there && step > 0)
        --step;
    const int count = files.size();
    return load_model(files[((place + step) % count + count) % count]);
}

bool Processor::load_cabinet(const juce::File& file) {
    return open(file, [&] {
        use_cabinet(std::make_shared<LoadedCabinet>(LoadedCabinet{read_impulse_response(file), file}));
    });
}

void Processor::remove_cabinet() {
    use_cabinet(nullptr);
    step_taken();
}

bool Processor::save_preset(const juce::File& file) {
    juce::MemoryBlock bytes;
    getStateInformation(bytes);
    const bool written = file.replaceWithData(bytes.getData(), bytes.getSize());
    fail(written ? juce::String() : file.getFileName() + ": it cannot be written; choose another folder");
    return written;
}

bool Processor::load_preset(const juce::File& file) {
    return open(file, [&] {
        juce::MemoryBlock bytes;
        if (!file.loadFileAsData(bytes))
            throw BadInput(file.getFileName().toStdString(), "it cannot be read", "choose another file");
        open_session(bytes.getData(), bytes.getSize(), file.getFileName());
    });
}

std::shared_ptr<const LoadedModel> Processor::model() const {
    const juce::ScopedLock hold(lock_);
    return session_.model;
}

std::shared_ptr<const LoadedCabinet> Processor::impulse_response() const {
    const juce::ScopedLock hold(lock_);
    return session_.cabinet;
}

juce::Point<int> Processor::window_size() const {
    const juce::ScopedLock hold(lock_);
    return session_.window_size;
}

void Processor::set_window_size(juce::Point<int> size) {
    const juce::ScopedLock hold(lock_);
    session_.window_size = size;
}

juce::String Processor::error() const {
    const juce::ScopedLock hold(lock_);
    return error_;
}

void Processor::use_model(std::shared_ptr<const LoadedModel> model) {
    {
        const juce::ScopedLock hold(lock_);
        session_.model = std::move(model);
        error_.clear();
        name_knobs();
        if (rate_ > 0.0)
            path_.model.change(prepared_model());
    }
    announce_latency();
    updateHostDisplay(ChangeDetails().withParameterInfoChanged(true).withNonParameterStateChanged(true));
    sendChangeMessage();
}

void Processor::use_cabinet(std::shared_ptr<const LoadedCabinet> cabinet) {
    {
        const juce::ScopedLock hold(lock_);
        session_.cabinet = std::move(cabinet);
        error_.clear();
        if (rate_ > 0.0)
            path_.cabinet.change(prepared_cabinet());
    }
    updateHostDisplay(ChangeDetails().withNonParameterStateChanged(true));
    sendChangeMessage();
}

std::unique_ptr<PreparedModel> Processor::prepared_model() {
    quality_ = parameters_.chosen_quality(isNonRealtime());
    std::unique_ptr<PreparedModel> prepared;
    if (session_.model)
        prepared = std::make_unique<PreparedModel>(session_.model->model, rate_, SignalPath::most_channels,
                                                   quality_);
    latency_ = prepared ? prepared->latency() : 0;
    path_.set_latency(latency_);
    return prepared;
}

void Processor::follow_quality() {
    {
        const juce::ScopedLock hold(lock_);
        if (rate_ == 0.0 || !session_.model || quality_ == parameters_.chosen_quality(isNonRealtime()))
            return;
        try {
            path_.model.change(prepared_model());
        } catch (const std::exception& problem) { // what played goes on
            error_ = problem.what();
        }
    }
    announce_latency();
}

void Processor::announce_latency() {
    int samples = 0;
    {
        const juce::ScopedLock hold(lock_);
        samples = int(latency_);
    }
    setLatencySamples(samples);
}

std::unique_ptr<Cabinet> Processor::prepared_cabinet() {
    if (!session_.cabinet)
        return nullptr;
    return std::make_unique<Cabinet>(session_.cabinet->response, rate_, block_, convolution_queue_);
}

void Processor::name_knobs() {
    static const std::vector<KnobDescription> none;
    const std::vector<KnobDescription>& knobs = session_.model ? session_.model->model.knobs : none;
    for (std::size_t i = 0; i < parameters_.knobs.size(); ++i)
        parameters_.knobs[i]->set_name(i < knobs.size() ? juce::String(knobs[i].name) : juce::String());
}

void Processor::fail(const juce::String& message) {
    {
        const juce::ScopedLock hold(lock_);
        error_ = message;
    }
    sendChangeMessage();
}

// What is undone and compared is the sound: not whether it is heard, nor a foot switch.
bool Processor::is_sound(const juce::AudioProcessorParameter& parameter) const {
    return &parameter != parameters_.bypass && !parameter.isMetaParameter();
}

Snapshot Processor::snapshot() const {
    const juce::ScopedLock hold(lock_);
    Snapshot now{session_, {}};
    for (const juce::AudioProcessorParameter* parameter : getParameters())
        now.values.push_back(is_sound(*parameter) ? parameter->getValue() : 0.0f);
    return now;
}

void Processor::restore(const Snapshot& then) {
    const Snapshot now = snapshot();
    if (then.session.model != now.session.model)
        use_model(then.session.model);
    if (then.session.cabinet != now.session.cabinet)
        use_cabinet(then.session.cabinet);
    for (std::size_t i = 0; i < then.values.size(); ++i) {
        juce::AudioProcessorParameter* parameter = getParameters()[int(i)];
        if (is_sound(*parameter) && then.values[i] != now.values[i])
            parameter->setValueNotifyingHost(then.values[i]);
    }
    sendChangeMessage();
}

void Processor::step_taken() {
    const Snapshot now = snapshot();
    {
        const juce::ScopedLock hold(lock_);
        history_.record(now);
    }
    sendChangeMessage();
}

void Processor::undo() {
    if (can_undo())
        restore(history_.undo());
}

void Processor::redo() {
    if (can_redo())
        restore(history_.redo());
}

bool Processor::can_undo() const {
    const juce::ScopedLock hold(lock_);
    return history_.can_undo();
}

bool Processor::can_redo() const {
    const juce::ScopedLock hold(lock_);
    return history_.can_redo();
}

void Processor::compare() {
    Snapshot other = snapshot();
    {
        const juce::ScopedLock hold(lock_);
        sides_[std::size_t(side_)] = other;
        side_ = 1 - side_;
        if (sides_[std::size_t(side_)])
            other = *sides_[std::size_t(side_)];
    }
    restore(other);
    step_taken();
}

void Processor::prepareToPlay(double rate, int block) {
    {
        const juce::ScopedLock hold(lock_);
        rate_ = rate;
        block_ = std::size_t(std::max(1, block));
        load_.reset(rate, block);
        latency_ = 0;
        path_.set_latency(0);
        std::unique_ptr<PreparedModel> prepared;
        try {
            prepared = prepared_model();
        } catch (const std::exception& problem) { // a rate that no model can run at
            error_ = problem.what();
        }
        path_.model.start(std::move(prepared), rate);
        path_.cabinet.start(prepared_cabinet(), rate);
        path_.prepare(rate);
    }
    announce_latency();
}

bool Processor::isBusesLayoutSupported(const BusesLayout& layout) const {
    const auto input = layout.getMainInputChannelSet(), output = layout.getMainOutputChannelSet();
    const auto mono = juce::AudioChannelSet::mono(), stereo_set = juce::AudioChannelSet::stereo();
    return (input == mono && (output == mono || output == stereo_set)) ||
           (input == stereo_set && output == stereo_set);
}

SignalPath::Settings Processor::settings(bool bypass) noexcept {
    for (std::size_t i = 0; i < knob_values_.size(); ++i)
        knob_values_[i] = parameters_.knobs[i]->get();
    SignalPath::Settings now;
    now.bypass = bypass;
    now.tone = parameters_.tone->get();
    now.cabinet = parameters_.cabinet->get();
    now.levels = {Levels(parameters_.levels->getIndex()), parameters_.full_scale_dbu->get()};
    now.channels = Channels(parameters_.channels->getIndex());
    now.input_db = parameters_.input_db->get();
    now.output_db = parameters_.output_db->get();
    now.gate.on = parameters_.gate->get();
    now.gate.threshold_db = parameters_.gate_threshold_db->get();
    now.gate.hold_seconds = 1e-3f * parameters_.gate_hold_ms->get();
    now.gate.release_seconds = 1e-3f * parameters_.gate_release_ms->get();
    now.tone_db = {parameters_.bass_db->get(), parameters_.middle_db->get(), parameters_.treble_db->get()};
    now.knobs = knob_values_;
    return now;
}

void Processor::note_requests(const juce::MidiBuffer& midi) noexcept {
    for (const juce::MidiMessageMetadata message : midi)
        if (message.numBytes == 2 && (message.data[0] & 0xf0) == 0xc0) // program change, on any channel
            wanted_number_ = message.data[1];
    const bool previous_on = parameters_.previous_model->get(), next_on = parameters_.next_model->get();
    if (previous_on && !previous_was_on_)
        --wanted_steps_;
    if (next_on && !next_was_on_)
        ++wanted_steps_;
    previous_was_on_ = previous_on;
    next_was_on_ = next_on;
}

void Processor::processBlock(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi) {
    run(audio, midi, parameters_.bypass->get());
}

void Processor::processBlockBypassed(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi) {
    run(audio, midi, true);
}

void Processor::run(juce::AudioBuffer<float>& audio, juce::MidiBuffer& midi, bool bypass) noexcept {
    if (isNonRealtime()) // nobody waits, and the first samples have to be right as well
        follow_quality();
    note_requests(midi);
    midi.clear();
    const int frames = audio.getNumSamples();
    const juce::AudioProcessLoadMeasurer::ScopedTimer timer(load_, frames);
    const int inputs = std::min(getTotalNumInputChannels(), audio.getNumChannels());
    const int outputs = std::min(getTotalNumOutputChannels(), audio.getNumChannels());
    if (inputs < 1 || outputs < 1 || frames < 1)
        return;
    // A mono input has one device, whose sound goes to both sides.
    path_.process(settings(bypass), audio.getArrayOfWritePointers(), std::size_t(std::min(inputs, outputs)),
                  std::size_t(frames));
    for (int channel = inputs; channel < outputs; ++channel)
        audio.copyFrom(channel, 0, audio, 0, 0, frames);
}

double Processor::getTailLengthSeconds() const {
    return longest_impulse_response_seconds; // what a cabinet still sounds
}

void Processor::timerCallback() {
    path_.model.free_retired();
    path_.cabinet.free_retired();
    follow_quality();
    if (const int number = wanted_number_.exchange(-1); number >= 0)
        load_number(number);
    if (const int steps = wanted_steps_.exchange(0); steps != 0)
        load_neighbour(steps);
}

void Processor::getStateInformation(juce::MemoryBlock& state) {
    const juce::ScopedLock hold(lock_);
    state = write_session(session_, *this);
}

Session Processor::open_session(const void* bytes, std::size_t size, const juce::String& name) {
    Session session = read_session(bytes, size, *this, name);
    use_model(session.model);
    use_cabinet(session.cabinet);
    return session;
}

void Processor::setStateInformation(const void* state, int size) {
    try {
        const Session session = open_session(state, std::size_t(std::max(0, size)), "project");
        set_window_size(session.window_size);
        const Snapshot now = snapshot();
        const juce::ScopedLock hold(lock_);
        history_.start(now); // what was before belongs to another project
        sides_ = {};
    } catch (const std::exception& problem) {
        fail(juce::String::fromUTF8(problem.what()));
    }
}

juce::AudioProcessorEditor* Processor::createEditor() {
    return new Editor(*this);
}

} // namespace continuo::plugin
