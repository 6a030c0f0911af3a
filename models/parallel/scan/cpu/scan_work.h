#pragma once

#include "dsp/instruction_set.h"
#include "models/parallel/scan/cpu/channel_tables.h"
#include "models/parallel/scan/cpu/scan_kernel.h"
#include "models/parallel/scan/cpu/segments.h"
#include "models/parallel/scan/cpu_scan.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace continuo::parallel {

/// What is behind CpuScan: tables, scratch memory, and what one thread does with one segment.
class CpuScan::Work {
  public:
    Work(dsp::InstructionSet set, std::size_t workers, ShareOut share_out);

    const char* name() const { return name_; }
    void prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model);
    void forward(const ScanShape& shape, const ScanForward& in);
    void backward(const ScanShape& shape, const ScanBackward& in);

  private:
    /// One thread's memory.
    struct Scratch {
        cpu::AlignedArray<float> states, adjoints;              ///< [chunk][column]
        cpu::AlignedArray<float> output_states, input_adjoints; ///< see cpu::ChunkSums
        cpu::AlignedArray<float> output_inputs;
        cpu::AlignedArray<double> state_adjoints;
    };

    const cpu::ChannelTables& tables(const ScanShape& shape, const cpu::Segment& segment) const {
        return tables_[segment.row % shape.channels];
    }
    double* state(const cpu::Segment& segment) { return states_.data() + segment.row * columns_; }
    double* adjoint(const cpu::Segment& segment) { return adjoints_.data() + segment.row * columns_; }
    double* start(const cpu::Segment& segment) {
        return starts_.data() + (segment.row * segments_of_row_ + segment.number) * columns_;
    }
    /// Sums over a segment of q_t z_{t−1}, then of dy_t z_t: [column] each.
    double* sums(const cpu::Segment& segment) {
        return sums_.data() + (segment.row * segments_of_row_ + segment.number) * 2 * columns_;
    }

    using SegmentJob = std::function<void(const cpu::Segment&, Scratch&)>;
    /// f of all segments, each after the one whose state it takes on has begun.
    void for_segments(const ScanShape& shape, bool backwards, const SegmentJob& f);
    void begin(const ScanShape& shape, const Complex* initial);
    void put_states(const ScanShape& shape, const double* from, bool conjugate, Complex* to) const;

    void forward_segment(const ScanShape& shape, const ScanForward& in, const cpu::Segment& segment,
                         Scratch& scratch);
    void start_segment(const ScanShape& shape, const ScanBackward& in, const cpu::Segment& segment,
                       Scratch& scratch);
    void backward_segment(const ScanShape& shape, const ScanBackward& in, const cpu::Segment& segment,
                          Scratch& scratch);
    void correlate(const ScanBackward& in, const cpu::ChannelTables& table, const cpu::Segment& segment,
                   Scratch& scratch);

    const char* name_;
    const cpu::ScanKernel& kernel_;
    std::size_t workers_;
    ShareOut share_out_;
    std::vector<cpu::ChannelTables> tables_; ///< [channel]
    std::size_t modes_ = 0, columns_ = 0, segments_of_row_ = 0;
    std::vector<Scratch> scratch_; ///< [worker]
    cpu::Turns turns_;
    cpu::AlignedArray<double> states_;   ///< where each row has got to [row][column]
    cpu::AlignedArray<double> adjoints_; ///< the same, backwards: r
    std::vector<double> starts_;         ///< the state before each segment
    std::vector<double> sums_;
};

} // namespace continuo::parallel
