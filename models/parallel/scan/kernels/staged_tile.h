#pragma once

#include "models/parallel/scan/async_copy.h"
#include "models/parallel/scan/kernels/scan_tile.h"
#include "models/parallel/scan/warp_lanes.h"

namespace continuo::parallel {

/// A warp's part of a tile of one row of a signal, on its way through shared memory. Sixteen bytes are a
/// unit; in every second group of four chunks units are exchanged in fours, so that the eight threads that
/// read at a time find them in different banks.
class StagedTile {
  public:
    static constexpr int units = ScanTile::chunk / 4; ///< of a chunk
    static constexpr int shared_floats = ScanTile::samples;

    CONTINUO_HOST_DEVICE StagedTile(int thread, float* shared)
        : lane_(thread % 32), first_(thread / 32 * ScanTile::warp_samples), shared_(shared + first_) {}

    /// Begins to copy the tile that begins at sample `begin` of a row. Samples past the end are 0. The warp
    /// has done with the tile before.
    ///
    /// \param row      the signal's first sample
    /// \param vectors  whether it lies at a multiple of 16 bytes
    CONTINUO_HOST_DEVICE void begin(const float* row, std::int64_t begin, std::int64_t frames, bool vectors) {
        const std::int64_t first = begin + first_;
        if (vectors && first + ScanTile::warp_samples <= frames) {
            const float* from = row + first + 4 * lane_;
            float* even = shared_ + place(lane_ / units, lane_ % units);
            float* odd = shared_ + place(lane_ / units + 4, lane_ % units) - 4 * ScanTile::chunk;
            CONTINUO_UNROLL
            for (int i = 0; i < ScanTile::warp_samples / 128; ++i) // two chunks at a time
                begin_copy((i / 2 % 2 == 0 ? even : odd) + 128 * i, from + 128 * i);
            return;
        }
        CONTINUO_ROLLED
        for (int i = 0; i < ScanTile::warp_samples / 32; ++i) {
            const int t = 32 * i + lane_, in_chunk = t % ScanTile::chunk;
            begin_copy(shared_ + place(t / ScanTile::chunk, in_chunk / 4) + in_chunk % 4, row + first + t,
                       first + t < frames);
        }
    }

    /// Waits until the whole warp's tile is there.
    template <class Group>
    CONTINUO_HOST_DEVICE void finish(Group& group) const {
        finish_copies();
        warp_barrier(group);
    }

    /// Samples 16 j + 4 q and the three after it, of chunks 4 g + i.
    CONTINUO_HOST_DEVICE void read(Float4 (&four)[ScanTile::sixteens][4]) const {
        const float* from[2]; // of even and odd pairs of j
        CONTINUO_UNROLL
        for (int odd = 0; odd < 2; ++odd)
            from[odd] = shared_ + place(lane_ / 4 * 4, 4 * odd + lane_ % 4) - 16 * odd;
        CONTINUO_UNROLL
        for (int j = 0; j < ScanTile::sixteens; ++j) {
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                four[j][i] = *reinterpret_cast<const Float4*>(from[j % 2] + i * ScanTile::chunk + 16 * j);
        }
    }

  private:
    static CONTINUO_HOST_DEVICE int place(int chunk, int unit) {
        return chunk * ScanTile::chunk + 4 * (unit ^ (chunk & 4));
    }

    int lane_, first_;
    float* shared_;
};

} // namespace continuo::parallel
