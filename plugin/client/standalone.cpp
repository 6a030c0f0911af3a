// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/processor.h"

#include <juce_audio_devices/juce_audio_devices.h>
#include <juce_audio_plugin_client/juce_audio_plugin_client.h>
#include <juce_audio_utils/juce_audio_utils.h>
#include <juce_gui_extra/juce_gui_extra.h>

#include <juce_audio_plugin_client/Standalone/juce_StandaloneFilterWindow.h>

#include <memory>

namespace continuo::plugin {

/// The program without a host: JUCE's window and its page of audio and MIDI settings. A model file named on
/// the command line is opened. Unlike JUCE's own program it does not begin with its input muted: a player who
/// hears nothing looks for a fault, and the page of settings still has the switch.
class StandaloneApplication final : public juce::JUCEApplication {
  public:
    StandaloneApplication() {
        juce::PropertiesFile::Options options;
        options.applicationName = getApplicationName();
        options.filenameSuffix = ".settings";
#if JUCE_LINUX || JUCE_BSD
        options.folderName = ".config/Continuo"; // in the home folder
#else
        options.folderName = "Continuo";
#endif
        options.osxLibrarySubFolder = "Application Support";
        settings_.setStorageParameters(options);
    }

    const juce::String getApplicationName() override {
        return "Continuo";
    }
    const juce::String getApplicationVersion() override {
        return JucePlugin_VersionString;
    }
    bool moreThanOneInstanceAllowed() override {
        return true;
    }

    void initialise(const juce::String&) override {
        juce::PropertiesFile* settings = settings_.getUserSettings();
        if (!settings->containsKey("shouldMuteInput"))
            settings->setValue("shouldMuteInput", false);
        window_ = std::make_unique<juce::StandaloneFilterWindow>(
            getApplicationName(), juce::Colours::black, settings, false, juce::String(), nullptr,
            juce::Array<juce::StandalonePluginHolder::PluginInOuts>(), true);
        window_->setVisible(true);
        for (const juce::String& argument : getCommandLineParameterArray())
            if (auto* processor = dynamic_cast<Processor*>(window_->getAudioProcessor()))
                processor->load_model(juce::File::getCurrentWorkingDirectory().getChildFile(argument));
    }

    void shutdown() override {
        window_->pluginHolder->savePluginState(); // also where a signal ended it
        window_ = nullptr;
        settings_.saveIfNeeded();
    }

    void systemRequestedQuit() override {
        juce::ModalComponentManager::getInstance()->cancelAllModalComponents();
        quit();
    }

  private:
    juce::ApplicationProperties settings_;
    std::unique_ptr<juce::StandaloneFilterWindow> window_;
};

} // namespace continuo::plugin

using continuo::plugin::StandaloneApplication;
START_JUCE_APPLICATION(StandaloneApplication)
