#include "models/parallel/scan/cpu_scan.h"

#include "dsp/realtime.h"
#include "models/parallel/scan/cpu/scan_work.h"
#include "models/parallel/scan/cpu/tail.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace continuo::parallel {

namespace {

const cpu::ScanKernel& kernel_of(dsp::InstructionSet set) {
#if defined(__aarch64__) || defined(_M_ARM64)
    static_cast<void>(set);
    return cpu::scan_kernel_neon();
#else
    if (set == dsp::InstructionSet::avx512)
        return cpu::scan_kernel_avx512();
    if (set == dsp::InstructionSet::avx2)
        return cpu::scan_kernel_avx2();
    return cpu::scan_kernel_sse2();
#endif
}

const char* name_of(dsp::InstructionSet set) {
    switch (set) {
    case dsp::InstructionSet::sse2:
        return "cpu sse2";
    case dsp::InstructionSet::avx2:
        return "cpu avx2";
    case dsp::InstructionSet::avx512:
        return "cpu avx512";
    case dsp::InstructionSet::neon:
        return "cpu neon";
    }
    return "cpu";
}

} // namespace

CpuScan::Work::Work(dsp::InstructionSet set, std::size_t workers, ShareOut share_out)
    : name_(name_of(set)), kernel_(kernel_of(set)), workers_(std::max<std::size_t>(workers, 1)),
      share_out_(std::move(share_out)), scratch_(workers_) {}

void CpuScan::Work::prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) {
    if (modes == 0)
        throw std::invalid_argument("a scan without modes");
    tables_.clear();
    for (std::size_t first = 0; first < channels * modes; first += modes) {
        std::vector<Complex> delta, readout;
        for (std::size_t n = first; n < first + modes; ++n) {
            delta.push_back({double(model.delta_real[n]), double(model.delta_imag[n])});
            readout.push_back({double(model.readout_real[n]), double(model.readout_imag[n])});
        }
        tables_.emplace_back(delta, readout, kernel_.lanes);
    }
    modes_ = modes;
    columns_ = channels > 0 ? tables_[0].columns() : 0;
    for (Scratch& scratch : scratch_) {
        scratch.states = cpu::AlignedArray<float>(cpu::segment_chunks * columns_);
        scratch.adjoints = cpu::AlignedArray<float>(cpu::segment_chunks * columns_);
        scratch.output_states = cpu::AlignedArray<float>(cpu::chunk * columns_);
        scratch.input_adjoints = cpu::AlignedArray<float>(cpu::chunk * columns_);
        scratch.output_inputs = cpu::AlignedArray<float>(cpu::chunk * cpu::chunk);
        scratch.state_adjoints = cpu::AlignedArray<double>(columns_);
    }
}

void CpuScan::Work::for_segments(const ScanShape& shape, bool backwards, const SegmentJob& f) {
    const cpu::Segments segments(shape, workers_);
    turns_.begin(shape.rows());
    const Job job = [&](std::size_t item, std::size_t worker) {
        const dsp::ScopedFlushToZero flush_to_zero;
        f(segments.at(item, backwards), scratch_[worker]);
    };
    if (share_out_)
        share_out_(segments.count(), job);
    else
        for (std::size_t item = 0; item < segments.count(); ++item)
            job(item, 0);
}

void CpuScan::Work::begin(const ScanShape& shape, const Complex* initial) {
    segments_of_row_ = cpu::Segments(shape, workers_).of_row();
    states_ = cpu::AlignedArray<double>(shape.rows() * columns_);
    if (initial == nullptr)
        return;
    for (std::size_t row = 0; row < shape.rows(); ++row)
        for (std::size_t n = 0; n < modes_; ++n) {
            states_.data()[row * columns_ + n] = initial[row * modes_ + n].real;
            states_.data()[row * columns_ + columns_ / 2 + n] = initial[row * modes_ + n].imag;
        }
}

void CpuScan::Work::put_states(const ScanShape& shape, const double* from, bool conjugate,
                               Complex* to) const {
    if (to == nullptr)
        return;
    for (std::size_t row = 0; row < shape.rows(); ++row)
        for (std::size_t n = 0; n < modes_; ++n) {
            const double imag = from[row * columns_ + columns_ / 2 + n];
            to[row * modes_ + n] = {from[row * columns_ + n], conjugate ? -imag : imag};
        }
}

void CpuScan::Work::forward(const ScanShape& shape, const ScanForward& in) {
    begin(shape, in.initial);
    for_segments(shape, false, [&](const cpu::Segment& segment, Scratch& scratch) {
        forward_segment(shape, in, segment, scratch);
    });
    put_states(shape, states_.data(), false, in.final);
}

void CpuScan::Work::forward_segment(const ScanShape& shape, const ScanForward& in,
                                    const cpu::Segment& segment, Scratch& scratch) {
    const cpu::ChannelTables& table = tables(shape, segment);
    const cpu::ChannelTables::Direction& forward = table.forward();
    const float* u = in.u + segment.begin;
    float *y = in.y + segment.begin, *states = scratch.states.data();
    kernel_.into_states(forward.into_states.data(), u, segment.chunks, columns_, states);
    turns_.wait(segment.row, segment.number);
    kernel_.fold({table.over_chunk(), state(segment)}, segment.chunks, columns_, states);
    if (segment.tail > 0) {
        const std::size_t done = segment.chunks * cpu::chunk;
        cpu::forward_tail(table, u + done, segment.tail, state(segment), y + done);
    }
    turns_.end(segment.row);
    kernel_.output(forward.impulse.data(), forward.from_states.data(), u, states, segment.chunks, columns_,
                   y);
}

CpuScan::CpuScan(dsp::InstructionSet set, std::size_t workers, ShareOut share_out)
    : work_(std::make_unique<Work>(set, workers, std::move(share_out))) {}
CpuScan::~CpuScan() = default;

const char* CpuScan::name() const {
    return work_->name();
}

void CpuScan::prepare(std::size_t channels, std::size_t modes, const ScanCoefficients& model) {
    work_->prepare(channels, modes, model);
}

void CpuScan::forward(const ScanShape& shape, const ScanForward& arguments) {
    work_->forward(shape, arguments);
}

void CpuScan::backward(const ScanShape& shape, const ScanBackward& arguments) {
    work_->backward(shape, arguments);
}

} // namespace continuo::parallel
