#pragma once

#include "models/parallel/scan/async_copy.h"
#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// A warp's part of a tile of one row of a signal in shared memory: while it is worked on the copy of the
/// next one is under way. Sixteen bytes are a unit; the units of odd chunks are exchanged in fours, so that
/// the eight threads that read at a time find them in different banks.
class StagedTile {
  public:
    static constexpr int units = ScanTile::chunk / 4; ///< of a chunk
    static constexpr int shared_floats = ScanTile::samples;

    /// \param row      the signal's first sample
    /// \param vectors  whether it lies at a multiple of 16 bytes
    CONTINUO_HOST_DEVICE StagedTile(int thread, const float* row, std::int64_t frames, bool vectors,
                                    float* shared)
        : lane_(thread % 32), warp_(thread / 32), row_(row), frames_(frames), vectors_(vectors),
          shared_(shared + warp_ * ScanTile::warp_samples) {}

    /// Begins to copy the tile that begins at sample `begin` of the row. Samples past the end are 0. The warp
    /// has done with the tile before.
    CONTINUO_HOST_DEVICE void begin(std::int64_t begin) {
        const std::int64_t first = begin + warp_ * ScanTile::warp_samples;
        if (vectors_ && first + ScanTile::warp_samples <= frames_) {
            const float* from = row_ + first + 4 * lane_;
            float* to = shared_ + place(lane_ / units, lane_ % units);
            CONTINUO_UNROLL
            for (int i = 0; i < ScanTile::warp_samples / 128; ++i) // two chunks at a time
                begin_copy(to + 128 * i, from + 128 * i);
            return;
        }
        for (int i = 0; i < ScanTile::warp_samples / 32; ++i) {
            const int t = 32 * i + lane_, in_chunk = t % ScanTile::chunk;
            shared_[place(t / ScanTile::chunk, in_chunk / 4) + in_chunk % 4] =
                first + t < frames_ ? row_[first + t] : 0.0f;
        }
    }

    /// Waits until the whole warp's tile is there.
    template <class Group>
    CONTINUO_HOST_DEVICE void finish(Group& group) const {
        finish_copies();
        warp_barrier(group);
    }

    /// Samples 16 `sixteen` + 4 q and the three after it, of chunks g, g + 8, g + 16 and g + 24.
    CONTINUO_HOST_DEVICE void read(int sixteen, float (&four)[4][4]) const {
        CONTINUO_UNROLL
        for (int r = 0; r < 4; ++r) {
            const Float4 unit =
                *reinterpret_cast<const Float4*>(shared_ + place(8 * r + lane_ / 4, 4 * sixteen + lane_ % 4));
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                four[r][i] = unit.value[i];
        }
    }

  private:
    static CONTINUO_HOST_DEVICE int place(int chunk, int unit) {
        return chunk * ScanTile::chunk + 4 * (unit ^ ((chunk & 1) << 2));
    }

    int lane_, warp_;
    const float* row_;
    std::int64_t frames_;
    bool vectors_;
    float* shared_;
};

} // namespace continuo::parallel
