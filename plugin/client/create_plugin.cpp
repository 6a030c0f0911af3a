// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/processor.h"

/// What every plug-in format calls to make one.
juce::AudioProcessor* JUCE_CALLTYPE createPluginFilter() {
    return new continuo::plugin::Processor();
}
