// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_gui_basics/juce_gui_basics.h>

#include <functional>
#include <memory>

namespace continuo::plugin {

/// Opens a file dialogue and returns at once; `chosen` is called later, unless the user cancels.
/// [main-thread] Allocates.
/// \param chooser   the dialogue, which lives until it is replaced or its owner is gone
/// \param start     where it begins; the home directory where that is no file
/// \param patterns  as "*.wav;*.flac"
void choose_file(std::unique_ptr<juce::FileChooser>& chooser, const juce::String& title, juce::File start,
                 const juce::String& patterns, std::function<void(const juce::File&)> chosen);

/// The same for a file to write; asks before one that exists is replaced. \param start  the name it proposes
void choose_file_to_write(std::unique_ptr<juce::FileChooser>& chooser, const juce::String& title,
                          const juce::File& start, std::function<void(const juce::File&)> chosen);

} // namespace continuo::plugin
