#pragma once

#include "dsp/instruction_set.h"
#include "models/parallel/scan/scan.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace continuo::parallel {

/// The scan on a CPU, in chunks: matrix products in float, the state carried from chunk to chunk in double.
///
/// Threads take rows of the signal, and segments of time where there are fewer rows than threads. Where the
/// signal is cut depends on its length alone: the bits depend on the instruction set, never on the number of
/// threads.
class CpuScan : public ScanBackend {
  public:
    using Job = std::function<void(std::size_t item, std::size_t worker)>;
    /// Calls job(item, worker) for every item in [0, items), as WorkerPool::run does: items begin in
    /// ascending order, each runs to its end without another one in between on the same thread, worker is
    /// less than `workers`. Jobs throw nothing.
    using ShareOut = std::function<void(std::size_t items, const Job& job)>;

    /// \param workers    how many items at most `share_out` runs at a time
    /// \param share_out  none: everything runs on the calling thread
    /// [main-thread] Allocates.
    explicit CpuScan(dsp::InstructionSet set = dsp::default_instruction_set(), std::size_t workers = 1,
                     ShareOut share_out = {});
    ~CpuScan() override;

    /// "cpu avx2", for instance.
    const char* name() const override;
    /// Any number of modes from 1 on.
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) override;
    void forward(const ScanShape& shape, const ScanForward& arguments) override;
    void backward(const ScanShape& shape, const ScanBackward& arguments) override;

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

} // namespace continuo::parallel
