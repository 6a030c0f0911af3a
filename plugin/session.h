// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/format/model.h"
#include "plugin/cabinet.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <memory>

namespace continuo::plugin {

/// A model and where it came from.
struct LoadedModel {
    Model model;
    juce::File file; ///< need not exist any more
};

/// An impulse response and where it came from.
struct LoadedCabinet {
    ImpulseResponse response;
    juce::File file; ///< need not exist any more
};

/// What a host keeps with its project. The model and the impulse response are in it as a whole, so that the
/// project sounds the same on a machine that lacks their files.
struct Session {
    std::shared_ptr<const LoadedModel> model;     ///< may be empty
    std::shared_ptr<const LoadedCabinet> cabinet; ///< may be empty
    juce::Point<int> window_size;                 ///< pixels; 0 × 0: the window was never open
};

/// The bytes that a host keeps: "CTNO", a version, then a juce::ValueTree with the value of every parameter
/// (except foot switches) of the processor and the session. [main-thread] Allocates.
juce::MemoryBlock write_session(const Session& session, const juce::AudioProcessor& processor);

/// Reads them back, and sets the parameters of the processor. One that the bytes do not mention gets its
/// default, or, where it is younger than the first sessions, the value that sounds as they did. [main-thread]
/// Allocates. Throws BadInput, before anything has changed, where the bytes are no session of this plug-in,
/// are from a newer one, or hold a model or an impulse response that is broken. \param name  of the bytes,
/// for its message
Session read_session(const void* bytes, std::size_t size, juce::AudioProcessor& processor,
                     const juce::String& name);

} // namespace continuo::plugin
