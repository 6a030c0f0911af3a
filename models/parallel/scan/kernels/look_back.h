#pragma once

#include "models/parallel/scan/kernels/scan_tile.h"
#include "models/parallel/scan/published.h"

namespace continuo::parallel {

/// How the state comes from tile to tile while the tiles of a row are worked on at the same time, in double.
/// Every tile publishes where its modes end if they begin at zero. Tiles form groups of `group` at most; the
/// last of each publishes with what state the next group begins. A tile's own start is a sum over that of its
/// group and the ends within it, in an order that depends on its place alone: nobody takes what happens to be
/// there already, and the bits are the same in every run.
///
/// Nobody waits for a tile that is not under way, as long as blocks of threads take their tiles in ascending
/// order and all of them run at the same time.
template <int Modes>
class LookBack {
  public:
    static constexpr int threads = ScanTile::threads;
    static constexpr int runs = threads / Modes; ///< that share a sum
    static constexpr int complex_floats = int(sizeof(Complex) / sizeof(float));
    static constexpr int shared_floats = 2 * (threads * complex_floats + ScanTile::warps * Modes * 2);

    /// \param turn    0 and 1 by turns: slower threads may still be at the tile before
    /// \param tables  ScanTables in shared memory
    CONTINUO_HOST_DEVICE LookBack(int thread, int turn, const float* tables, float* shared)
        : thread_(thread), mode_(thread % Modes), run_(thread / Modes),
          powers_(reinterpret_cast<const Complex*>(tables + ScanTables<Modes>::tile_powers)),
          sums_(reinterpret_cast<Complex*>(shared)),
          ends_(reinterpret_cast<ComplexFloat*>(shared + 2 * threads * complex_floats)) {
        sums_ += turn * threads;
        ends_ += turn * ScanTile::warps * Modes;
    }

    /// Where each warp leaves the state after its chunks, from zero: [warp][mode]. A barrier comes next.
    CONTINUO_HOST_DEVICE ComplexFloat* ends() const { return ends_; }

    /// Publishes where the tile ends from zero.
    ///
    /// \param end  [mode]
    CONTINUO_HOST_DEVICE void publish_end(Complex* end) const {
        if (thread_ < Modes)
            publish(end + mode_, fold({0.0, 0.0}, ScanTile::warps));
    }

    /// Gathers this thread's part of the tile's start. A barrier comes next.
    ///
    /// \param in_group     the tile's number in its group
    /// \param group_start  [mode], published by the group before
    /// \param group_ends   [tile of the group][mode], published
    CONTINUO_HOST_DEVICE void gather(int in_group, const Complex* group_start,
                                     const Complex* group_ends) const {
        constexpr int most = ScanTile::group / runs;
        Complex value[most];
        bool here[most];
        CONTINUO_UNROLL
        for (int k = 0; k < most; ++k)
            here[k] = look(place(k, in_group, group_start, group_ends), value[k]);
        Complex sum{0.0, 0.0};
        CONTINUO_UNROLL
        for (int k = 0; k < most; ++k) {
            const int number = run_ + k * runs;
            const bool taken = number < in_group || number == ScanTile::group - 1;
            if (taken && !here[k])
                await(place(k, in_group, group_start, group_ends), value[k]);
            const int tiles = number < in_group ? in_group - 1 - number : in_group;
            if (taken)
                sum = multiply_add(powers_[tiles * Modes + mode_], value[k], sum);
        }
        sums_[thread_] = sum;
    }

    /// The state before this warp's chunks, of mode number thread % Modes, after the barrier.
    CONTINUO_HOST_DEVICE Complex start() const {
        const Complex* sums = sums_ + mode_;
        Complex start{0.0, 0.0};
        CONTINUO_UNROLL
        for (int run = 0; run < runs; ++run) {
            start.real += sums[run * Modes].real;
            start.imag += sums[run * Modes].imag;
        }
        return fold(start, thread_ / 32);
    }

    /// Publishes with what state the next group begins. For the last tile of a group.
    ///
    /// \param start  what start() gave
    CONTINUO_HOST_DEVICE void publish_group_start(const Complex& start, Complex* next) const {
        if (thread_ >= threads - Modes)
            publish(next + mode_, add(start, ScanTile::warps - 1));
    }

  private:
    /// Number `k` of what this thread takes: the end of a tile before, or the group's start, or the latter
    /// for nothing.
    CONTINUO_HOST_DEVICE const Complex* place(int k, int in_group, const Complex* group_start,
                                              const Complex* group_ends) const {
        const int number = run_ + k * runs;
        return (number < in_group ? group_ends + number * Modes : group_start) + mode_;
    }
    CONTINUO_HOST_DEVICE Complex add(const Complex& state, int warp) const {
        const ComplexFloat end = ends_[warp * Modes + mode_];
        return multiply_add(powers_[ScanTile::group * Modes + mode_], state,
                            {double(end.real), double(end.imag)});
    }
    CONTINUO_HOST_DEVICE Complex fold(Complex state, int warps) const {
        CONTINUO_UNROLL
        for (int warp = 0; warp < ScanTile::warps; ++warp)
            if (warp < warps)
                state = add(state, warp);
        return state;
    }

    int thread_, mode_, run_;
    const Complex* powers_; ///< over tiles, then over a warp
    Complex* sums_;
    ComplexFloat* ends_;
};

} // namespace continuo::parallel
