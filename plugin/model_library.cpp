// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/model_library.h"

namespace continuo::plugin {

juce::Array<juce::File> models_in(const juce::File& folder) {
    juce::Array<juce::File> files = folder.findChildFiles(juce::File::findFiles, false, "*.ssm");
    files.sort();
    return files;
}

juce::File factory_models_folder() {
    // In a plug-in this is the plug-in's own file, not the host's. But of a program that was found on the
    // search path the loader knows the bare name alone; the system knows where it is.
    juce::File file = juce::File::getSpecialLocation(juce::File::currentExecutableFile);
    if (!file.existsAsFile())
        file = juce::File::getSpecialLocation(juce::File::hostApplicationPath);
    const juce::File here = file.getParentDirectory();
    for (const char* place : {"../Resources/models",         // a VST3 or AU bundle
                              "models",                      // an LV2 bundle, or beside the program
                              "../share/continuo/models"}) { // where an installed program has them
        const juce::File folder = here.getChildFile(place);
        if (folder.isDirectory())
            return folder;
    }
    return {};
}

void RecentModels::add(const juce::File& model) const {
    juce::StringArray paths;
    list_.readLines(paths);
    paths.removeString(model.getFullPathName());
    paths.insert(0, model.getFullPathName());
    paths.removeEmptyStrings();
    paths.removeRange(most, paths.size());
    if (list_.getParentDirectory().createDirectory())
        list_.replaceWithText(paths.joinIntoString("\n") + "\n");
}

juce::Array<juce::File> RecentModels::files() const {
    juce::StringArray paths;
    list_.readLines(paths);
    juce::Array<juce::File> found;
    for (const juce::String& path : paths)
        if (juce::File::isAbsolutePath(path) && juce::File(path).existsAsFile())
            found.add(juce::File(path));
    return found;
}

juce::File RecentModels::list_of_user() {
    return juce::File::getSpecialLocation(juce::File::userApplicationDataDirectory)
        .getChildFile("Continuo/recent-models.txt");
}

} // namespace continuo::plugin
