// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <juce_core/juce_core.h>

namespace continuo::plugin {

/// Model files of a folder, in the order of their names. [main-thread]
juce::Array<juce::File> models_in(const juce::File& folder);

/// Where the models that come with Continuo are: beside this plug-in, or where the program was installed.
/// Does not exist where they were left out. [main-thread]
juce::File factory_models_folder();

/// The models that the user opened last, in a small text file that all instances share. [main-thread]
class RecentModels {
  public:
    static constexpr int most = 12;

    /// \param list  the text file, a path on each line; need not exist
    explicit RecentModels(const juce::File& list = list_of_user()) : list_(list) {}

    /// Puts it first. Where the list cannot be written, nothing happens: it is a convenience.
    void add(const juce::File& model) const;

    /// The newest first; only those that exist.
    juce::Array<juce::File> files() const;

  private:
    static juce::File list_of_user();

    juce::File list_;
};

} // namespace continuo::plugin
