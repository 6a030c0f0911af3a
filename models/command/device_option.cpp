#include "models/command/device_option.h"

#include <iostream>

namespace continuo::command {

void add_device_option(CLI::App& command, std::string& device) {
    command.add_option("--device", device, "Where to compute; auto: on a GPU if there is one")
        ->check(CLI::IsMember({"cpu", "cuda", "auto"}))
        ->capture_default_str();
}

parallel::OpenedCuda open_device(const std::string& device, bool fits) {
    if (device == "cpu")
        return {};
    parallel::OpenedCuda opened;
    if (fits)
        opened = parallel::open_cuda();
    else
        opened.reason = "the model has more than 16 channels or more than 16 modes";
    if (!opened.engine && device == "cuda")
        std::cerr << "continuo: --device cuda: " << opened.reason << "; going on with cpu\n";
    return opened;
}

std::string device_name(const parallel::OpenedCuda& device) {
    return device.engine ? device.engine->device_name() : "cpu";
}

} // namespace continuo::command
