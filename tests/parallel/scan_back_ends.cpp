#include "models/parallel/scan/cpu_scan.h"
#include "models/parallel/scan/device_scan.h"
#include "models/parallel/thread_device.h"
#include "tests/parallel/scan_cases.h"

#include <atomic>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

namespace continuo::parallel {

namespace {

/// Threads that take items in turn, as CpuScan wants them shared out.
void share_out(std::size_t threads, std::size_t items, const CpuScan::Job& job) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (std::size_t worker = 0; worker < threads; ++worker)
        workers.emplace_back([&, worker] {
            for (std::size_t item; (item = next++) < items;)
                job(item, worker);
        });
}

/// The kernels for a GPU on threads of the host, whose memory is the device's.
///
/// \param segment_tiles  as of DeviceScan
template <int Modes>
class ThreadDeviceScan : public ScanBackend {
  public:
    explicit ThreadDeviceScan(int segment_tiles) : segment_tiles_(segment_tiles) {}
    const char* name() const override { return "kernels for a GPU on threads"; }
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) override {
        scan_.emplace(device_, channels, modes, segment_tiles_);
        scan_->prepare(model);
    }
    void forward(const ScanShape& shape, const ScanForward& arguments) override {
        scan_->forward(shape.batch, shape.frames, arguments);
    }
    void backward(const ScanShape& shape, const ScanBackward& arguments) override {
        scan_->backward(shape.batch, shape.frames, arguments);
    }

  private:
    int segment_tiles_;
    ThreadDevice device_;
    std::optional<DeviceScan<ThreadDevice, Modes>> scan_;
};

} // namespace

std::vector<ScanBackEnd> scan_back_ends() {
    constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
    std::vector<ScanBackEnd> list;
    for (const dsp::InstructionSet set : dsp::available_instruction_sets())
        for (const std::size_t threads : {1, 2, 4})
            list.push_back({std::string(dsp::name(set)) + " on " + std::to_string(threads) + " threads",
                            [set, threads](std::size_t) {
                                return std::make_unique<CpuScan>(
                                    set, threads, [threads](std::size_t items, const CpuScan::Job& job) {
                                        share_out(threads, items, job);
                                    });
                            },
                            any, any, int(set)});
    for (const int tiles : {1, 2})
        list.push_back({"kernels for a GPU on threads, segments of " + std::to_string(tiles) + " tiles",
                        [tiles](std::size_t modes) -> std::unique_ptr<ScanBackend> {
                            if (modes <= 8)
                                return std::make_unique<ThreadDeviceScan<8>>(tiles);
                            return std::make_unique<ThreadDeviceScan<16>>(tiles);
                        },
                        32000, 16, -tiles});
    return list;
}

} // namespace continuo::parallel
