#include "models/command/device_option.h"

#include "models/parallel/on_device.h"

#include <iostream>

namespace continuo::command {

namespace {

class CheckedGradientEngine : public parallel::GradientEngine {
  public:
    explicit CheckedGradientEngine(parallel::GradientEngine* engine) : engine_(engine) {}
    void run(const parallel::GradientRequest& request) override {
        parallel::on_device([&] { engine_->run(request); });
    }

  private:
    std::unique_ptr<parallel::GradientEngine> engine_;
};

} // namespace

std::unique_ptr<parallel::GradientEngine> make_gradient_engine(parallel::CudaEngine& device,
                                                               const parallel::GradientSetup& setup) {
    return std::make_unique<CheckedGradientEngine>(
        parallel::on_device([&] { return device.make_gradient_engine(setup); }));
}

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
        opened.reason = "it plays and trains stacks of up to 16 channels of 16 modes alone";
    if (!opened.engine && device == "cuda")
        std::cerr << "continuo: --device cuda: " << opened.reason << "; going on with cpu\n";
    return opened;
}

std::string device_name(const parallel::OpenedCuda& device) {
    return device.engine ? device.engine->device_name() : "cpu";
}

} // namespace continuo::command
