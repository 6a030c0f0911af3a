// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/session.h"

#include "models/common/errors.h"
#include "models/format/ssm_file.h"

#include <cmath>

namespace continuo::plugin {

namespace {

constexpr int magic = juce::ByteOrder::makeInt('C', 'T', 'N', 'O');
// What version 1 does not know it ignores; a change that it must not ignore raises the version.
constexpr int version = 1;
constexpr int header_bytes = 8;

const juce::Identifier session_type("session"), parameters_type("parameters"), model_type("model"),
    cabinet_type("cabinet"), path_key("path"), name_key("name"), bytes_key("bytes"), window_type("window"),
    width_key("width"), height_key("height");

// What has a name in the session; a foot switch has none, as it stands for an event and not for a state.
juce::AudioProcessorParameterWithID* identified(juce::AudioProcessorParameter* parameter) {
    return parameter->isMetaParameter() ? nullptr
                                        : dynamic_cast<juce::AudioProcessorParameterWithID*>(parameter);
}

juce::ValueTree parameter_values(const juce::AudioProcessor& processor) {
    juce::ValueTree tree(parameters_type);
    for (juce::AudioProcessorParameter* parameter : processor.getParameters())
        if (const auto* one = identified(parameter))
            tree.setProperty(one->paramID, one->getValue(), nullptr);
    return tree;
}

// What a session means that does not mention it. The first ones knew no oversampling: eco, as played, which
// are both the first choice. They have to sound as they did, though something else is better for a new one.
float unmentioned_value(const juce::AudioProcessorParameterWithID& parameter) {
    const bool is_younger = parameter.paramID == "quality" || parameter.paramID == "offline_quality";
    return is_younger ? 0.0f : parameter.getDefaultValue();
}

void set_parameters(const juce::ValueTree& tree, juce::AudioProcessor& processor) {
    for (juce::AudioProcessorParameter* parameter : processor.getParameters()) {
        const auto* one = identified(parameter);
        const float standard = parameter->getDefaultValue(),
                    value = one == nullptr ? standard // a foot switch is up
                                           : float(tree.getProperty(one->paramID, unmentioned_value(*one)));
        parameter->setValueNotifyingHost(std::isfinite(value) ? juce::jlimit(0.0f, 1.0f, value) : standard);
    }
}

const juce::MemoryBlock& bytes_of(const juce::ValueTree& tree, const juce::String& name) {
    if (const juce::MemoryBlock* block = tree.getProperty(bytes_key).getBinaryData())
        return *block;
    throw BadInput(name.toStdString(), "the project does not hold its bytes", "load the file again");
}

} // namespace

juce::MemoryBlock write_session(const Session& session, const juce::AudioProcessor& processor) {
    juce::ValueTree tree(session_type);
    tree.appendChild(parameter_values(processor), nullptr);
    if (session.model) {
        const std::vector<std::byte> bytes = serialise_model(session.model->model);
        tree.appendChild({model_type,
                          {{path_key, session.model->file.getFullPathName()},
                           {bytes_key, juce::MemoryBlock(bytes.data(), bytes.size())}}},
                         nullptr);
    }
    if (session.cabinet)
        tree.appendChild({cabinet_type,
                          {{path_key, session.cabinet->file.getFullPathName()},
                           {name_key, session.cabinet->response.name},
                           {bytes_key, session.cabinet->response.file}}},
                         nullptr);
    if (!session.window_size.isOrigin())
        tree.appendChild(
            {window_type, {{width_key, session.window_size.x}, {height_key, session.window_size.y}}},
            nullptr);
    juce::MemoryOutputStream out;
    out.writeInt(magic);
    out.writeInt(version);
    tree.writeToStream(out);
    return out.getMemoryBlock();
}

Session read_session(const void* bytes, std::size_t size, juce::AudioProcessor& processor,
                     const juce::String& name) {
    const std::string source = name.toStdString();
    juce::MemoryInputStream in(bytes, size, false);
    if (size < header_bytes || in.readInt() != magic)
        throw BadInput(source, "it is no Continuo session", "load the model again");
    if (in.readInt() > version)
        throw BadInput(source, "it was saved by a newer Continuo", "update this one");
    const juce::ValueTree tree = juce::ValueTree::readFromStream(in);
    if (!tree.hasType(session_type))
        throw BadInput(source, "it is broken", "load the model again");
    Session session;
    if (const juce::ValueTree child = tree.getChildWithName(model_type); child.isValid()) {
        const juce::File file(child.getProperty(path_key).toString());
        const juce::String file_name = file.getFileName();
        const juce::MemoryBlock& block = bytes_of(child, file_name);
        session.model = std::make_shared<LoadedModel>(
            LoadedModel{parse_model({static_cast<const std::byte*>(block.getData()), block.getSize()},
                                    file_name.toStdString()),
                        file});
    }
    if (const juce::ValueTree child = tree.getChildWithName(cabinet_type); child.isValid()) {
        const juce::String file_name = child.getProperty(name_key).toString();
        session.cabinet = std::make_shared<LoadedCabinet>(
            LoadedCabinet{parse_impulse_response(bytes_of(child, file_name), file_name),
                          juce::File(child.getProperty(path_key).toString())});
    }
    const juce::ValueTree window = tree.getChildWithName(window_type);
    session.window_size = {window.getProperty(width_key), window.getProperty(height_key)};
    set_parameters(tree.getChildWithName(parameters_type), processor);
    return session;
}

} // namespace continuo::plugin
