#include "models/parallel/scan/cpu/scan_work.h"
#include "models/parallel/scan/cpu/tail.h"

#include <algorithm>

namespace continuo::parallel {

// Two passes. The first finds the state that every segment begins with; the second walks back over the
// segments, finds their states again, and with them all derivatives. States of all chunks of the whole signal
// would take as much memory as the signal.

void CpuScan::Work::backward(const ScanShape& shape, const ScanBackward& in) {
    begin(shape, in.initial);
    starts_.resize(shape.rows() * segments_of_row_ * columns_);
    sums_.assign(shape.rows() * segments_of_row_ * 2 * columns_, 0.0);
    adjoints_ = cpu::AlignedArray<double>(shape.rows() * columns_);
    if (in.final_gradient != nullptr)
        for (std::size_t row = 0; row < shape.rows(); ++row)
            for (std::size_t n = 0; n < modes_; ++n) {
                const Complex& gradient = in.final_gradient[row * modes_ + n];
                adjoints_.data()[row * columns_ + n] = gradient.real;
                adjoints_.data()[row * columns_ + columns_ / 2 + n] = -gradient.imag;
            }
    for_segments(shape, false, [&](const cpu::Segment& segment, Scratch& scratch) {
        start_segment(shape, in, segment, scratch);
    });
    for_segments(shape, true, [&](const cpu::Segment& segment, Scratch& scratch) {
        backward_segment(shape, in, segment, scratch);
    });
    put_states(shape, adjoints_.data(), true, in.initial_gradient);

    double* const to[] = {in.delta_real, in.delta_imag, in.readout_real, in.readout_imag};
    for (double* gradient : to)
        std::fill_n(gradient, shape.channels * modes_, 0.0);
    for (std::size_t row = 0; row < shape.rows(); ++row)
        for (std::size_t number = 0; number < segments_of_row_; ++number) {
            const double* from = sums_.data() + (row * segments_of_row_ + number) * 2 * columns_;
            for (std::size_t which = 0; which < 4; ++which, from += columns_ / 2)
                for (std::size_t n = 0; n < modes_; ++n)
                    to[which][row % shape.channels * modes_ + n] += which % 2 == 0 ? from[n] : -from[n];
        }
}

void CpuScan::Work::start_segment(const ScanShape& shape, const ScanBackward& in, const cpu::Segment& segment,
                                  Scratch& scratch) {
    const cpu::ChannelTables& table = tables(shape, segment);
    float* states = scratch.states.data();
    if (segment.number + 1 < segments_of_row_) // nobody needs the state after the last one
        kernel_.into_states(table.forward().into_states.data(), in.u + segment.begin, segment.chunks,
                            columns_, states);
    turns_.wait(segment.row, segment.number);
    std::copy_n(state(segment), columns_, start(segment));
    if (segment.number + 1 < segments_of_row_)
        kernel_.fold({table.over_chunk(), state(segment)}, segment.chunks, columns_, states);
    turns_.end(segment.row);
}

void CpuScan::Work::backward_segment(const ScanShape& shape, const ScanBackward& in,
                                     const cpu::Segment& segment, Scratch& scratch) {
    const cpu::ChannelTables& table = tables(shape, segment);
    const cpu::ChannelTables::Direction& back = table.backward();
    const std::size_t chunks = segment.chunks, done = chunks * cpu::chunk;
    const float *u = in.u + segment.begin, *dy = in.output_gradient + segment.begin;
    float *du = in.input_gradient + segment.begin, *states = scratch.states.data(),
          *adjoints = scratch.adjoints.data();
    kernel_.into_states(table.forward().into_states.data(), u, chunks, columns_, states);
    kernel_.fold({table.over_chunk(), start(segment)}, chunks, columns_, states);
    kernel_.into_states(back.into_states.data(), dy, chunks, columns_, adjoints);
    turns_.wait(segment.row, segments_of_row_ - 1 - segment.number);
    if (segment.tail > 0)
        cpu::backward_tail(table, u + done, dy + done, segment.tail, start(segment), adjoint(segment),
                           du + done, sums(segment), sums(segment) + columns_);
    kernel_.fold_back({table.over_chunk(), adjoint(segment)}, chunks, columns_, adjoints);
    turns_.end(segment.row);
    kernel_.output_back(back.impulse.data(), back.from_states.data(), dy, adjoints, chunks, columns_, du);
    if (chunks > 0)
        correlate(in, table, segment, scratch);
}

void CpuScan::Work::correlate(const ScanBackward& in, const cpu::ChannelTables& table,
                              const cpu::Segment& segment, Scratch& scratch) {
    std::fill_n(scratch.output_states.data(), cpu::chunk * columns_, 0.0f);
    std::fill_n(scratch.input_adjoints.data(), cpu::chunk * columns_, 0.0f);
    std::fill_n(scratch.output_inputs.data(), cpu::chunk * cpu::chunk, 0.0f);
    std::fill_n(scratch.state_adjoints.data(), columns_, 0.0);
    for (std::size_t first = 0; first < segment.chunks; first += cpu::block_chunks) {
        const std::size_t chunks = std::min(cpu::block_chunks, segment.chunks - first);
        const float *u = in.u + segment.begin + first * cpu::chunk,
                    *dy = in.output_gradient + segment.begin + first * cpu::chunk,
                    *states = scratch.states.data() + first * columns_,
                    *adjoints = scratch.adjoints.data() + first * columns_;
        kernel_.correlate(dy, states, chunks, columns_, scratch.output_states.data());
        kernel_.correlate(u, adjoints, chunks, columns_, scratch.input_adjoints.data());
        kernel_.correlate_causal(dy, u, chunks, scratch.output_inputs.data());
        kernel_.correlate_states(states, adjoints, chunks, columns_, scratch.state_adjoints.data());
    }
    kernel_.add_chunk_sums({table.powers(), table.readout(), scratch.output_states.data(),
                            scratch.input_adjoints.data(), scratch.output_inputs.data(),
                            scratch.state_adjoints.data(), sums(segment), sums(segment) + columns_},
                           columns_);
}

} // namespace continuo::parallel
