#include "models/parallel/scan/cpu_scan.h"
#include "models/parallel/scan/device_scan.h"
#include "models/parallel/thread_device.h"
#include "models/training/worker_pool.h"
#include "tests/parallel/scan_cases.h"

#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace continuo::parallel {

namespace {

/// The CPU's back end with threads of its own.
class ThreadedScan : public ScanBackend {
  public:
    ThreadedScan(dsp::InstructionSet set, std::size_t threads)
        : pool_(threads), scan_(set, pool_.threads(), [this](std::size_t items, const CpuScan::Job& job) {
              pool_.run(items, job);
          }) {}
    const char* name() const override { return scan_.name(); }
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) override {
        scan_.prepare(channels, modes, model);
    }
    void forward(const ScanShape& shape, const ScanForward& arguments) override {
        scan_.forward(shape, arguments);
    }
    void backward(const ScanShape& shape, const ScanBackward& arguments) override {
        scan_.backward(shape, arguments);
    }

  private:
    WorkerPool pool_;
    CpuScan scan_;
};

/// The kernels for a GPU on threads of the host, whose memory is the device's.
template <int Modes>
class ThreadDeviceScan : public ScanBackend {
  public:
    const char* name() const override { return "kernels for a GPU on threads"; }
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) override {
        scan_.emplace(device_, channels, modes, 1);
        scan_->prepare(model);
    }
    void forward(const ScanShape& shape, const ScanForward& arguments) override {
        scan_->forward(shape.batch, shape.frames, arguments);
    }
    void backward(const ScanShape&, const ScanBackward&) override {
        throw std::logic_error("there is no kernel for it");
    }

  private:
    ThreadDevice device_;
    std::optional<DeviceScan<ThreadDevice, Modes>> scan_;
};

} // namespace

std::vector<ScanBackEnd> scan_back_ends() {
    std::vector<ScanBackEnd> list;
    for (const dsp::InstructionSet set : dsp::available_instruction_sets())
        for (const std::size_t threads : {1, 2, 4})
            list.push_back(
                {std::string(dsp::name(set)) + " on " + std::to_string(threads) + " threads",
                 [set, threads](std::size_t) { return std::make_unique<ThreadedScan>(set, threads); },
                 std::numeric_limits<std::size_t>::max(), true, int(set)});
    list.push_back({"kernels for a GPU on threads",
                    [](std::size_t modes) -> std::unique_ptr<ScanBackend> {
                        if (modes <= 8)
                            return std::make_unique<ThreadDeviceScan<8>>();
                        return std::make_unique<ThreadDeviceScan<16>>();
                    },
                    10000, false, -1});
    return list;
}

} // namespace continuo::parallel
