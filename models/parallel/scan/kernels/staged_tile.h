#pragma once

#include "models/parallel/scan/async_copy.h"
#include "models/parallel/scan/kernels/scan_tile.h"

namespace continuo::parallel {

/// A warp's part of a tile of one row of a signal in shared memory: while it is worked on the copy of the
/// next one is under way. Sixteen bytes are a unit; four neighbouring chunks have their units in four orders,
/// so that threads that read at a time find them in different banks.
///
/// \tparam Tile  ScanTile or GradientTile
template <class Tile>
class StagedTile {
  public:
    static constexpr int warps = Tile::warps, warp_chunks = Tile::warp_chunks;
    static constexpr int warp_samples = warp_chunks * ScanTile::chunk;
    static constexpr int rows = warp_chunks / 8;      ///< chunks of a thread
    static constexpr int units = ScanTile::chunk / 4; ///< of a chunk
    static constexpr int shared_floats = Tile::samples;

    /// \param row      the signal's first sample
    /// \param vectors  whether it lies at a multiple of 16 bytes
    CONTINUO_HOST_DEVICE StagedTile(int thread, const float* row, std::int64_t frames, bool vectors,
                                    float* shared)
        : lane_(thread % 32), warp_(thread / 32), row_(row), frames_(frames), vectors_(vectors),
          shared_(shared + warp_ * warp_samples) {}

    /// Begins to copy the tile that begins at sample `begin` of the row. Samples past the end are 0. The warp
    /// has done with the tile before.
    CONTINUO_HOST_DEVICE void begin(std::int64_t begin) {
        const std::int64_t first = begin + warp_ * warp_samples;
        if (vectors_ && first + warp_samples <= frames_) {
            const float* from = row_ + first + 4 * lane_;
            CONTINUO_UNROLL
            for (int i = 0; i < warp_samples / 128; ++i) // two chunks at a time
                begin_copy(shared_ + place(2 * i + lane_ / units, lane_ % units), from + 128 * i);
            return;
        }
        for (int i = 0; i < warp_samples / 32; ++i) {
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

    /// Samples 16 `sixteen` + 4 q and the three after it, of chunks g, g + 8 and so on.
    ///
    /// \tparam Backwards  samples are counted from the end of the chunk
    template <bool Backwards = false>
    CONTINUO_HOST_DEVICE void read(int sixteen, float (&four)[rows][4]) const {
        const int number = 4 * sixteen + lane_ % 4;
        CONTINUO_UNROLL
        for (int r = 0; r < rows; ++r) {
            const Float4 unit = *reinterpret_cast<const Float4*>(
                shared_ + place(8 * r + lane_ / 4, Backwards ? units - 1 - number : number));
            CONTINUO_UNROLL
            for (int i = 0; i < 4; ++i)
                four[r][i] = unit.value[Backwards ? 3 - i : i];
        }
    }

    /// Two samples of a chunk of the warp, from an even one on.
    CONTINUO_HOST_DEVICE Float2 pair(int chunk, int sample) const {
        return *reinterpret_cast<const Float2*>(shared_ + place(chunk, sample / 4) + sample % 4);
    }

  private:
    static CONTINUO_HOST_DEVICE int place(int chunk, int unit) {
        return chunk * ScanTile::chunk + 4 * (unit ^ ((chunk & 1) << 2 | (chunk & 2)));
    }

    int lane_, warp_;
    const float* row_;
    std::int64_t frames_;
    bool vectors_;
    float* shared_;
};

} // namespace continuo::parallel
