#pragma once

#include "models/parallel/scan/cpu/scan_kernel.h"
#include "models/parallel/scan/scan.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>

namespace continuo::parallel::cpu {

/// A part of one row of the signal.
struct Segment {
    std::size_t row, number, chunks;
    std::size_t begin; ///< its first sample, of the whole signal
    std::size_t tail;  ///< samples beyond the chunks: only at the end of a row
};

/// How rows are cut into segments, and in which order threads take them: `at_once` rows side by side, each
/// segment after the one before it in time (or after it, backwards).
class Segments {
  public:
    /// \param at_once  at least 1
    Segments(const ScanShape& shape, std::size_t at_once)
        : rows_(shape.rows()), frames_(shape.frames), chunks_(shape.frames / chunk),
          each_(std::max<std::size_t>(1, (chunks_ + segment_chunks - 1) / segment_chunks)),
          at_once_(std::min(at_once, std::max<std::size_t>(rows_, 1))) {}

    std::size_t of_row() const { return each_; }
    std::size_t count() const { return rows_ * each_; }

    /// Segment number `item` to be taken; it needs what an earlier one of its row hands on.
    Segment at(std::size_t item, bool backwards) const {
        const std::size_t group = item / (at_once_ * each_), first_row = group * at_once_;
        const std::size_t rows = std::min(at_once_, rows_ - first_row), within = item % (at_once_ * each_);
        const std::size_t turn = within / rows, number = backwards ? each_ - 1 - turn : turn;
        const std::size_t first = number * segment_chunks;
        Segment segment;
        segment.row = first_row + within % rows;
        segment.number = number;
        segment.chunks = std::min(segment_chunks, chunks_ - first);
        segment.begin = segment.row * frames_ + first * chunk;
        segment.tail = number + 1 == each_ ? frames_ % chunk : 0;
        return segment;
    }

  private:
    std::size_t rows_, frames_, chunks_, each_, at_once_;
};

/// Whose turn it is to take a row's state on.
class Turns {
  public:
    void begin(std::size_t rows) {
        if (rows > rows_) {
            turns_ = std::make_unique<Turn[]>(rows);
            rows_ = rows;
        }
        for (std::size_t row = 0; row < rows; ++row)
            turns_[row].value.store(0, std::memory_order_relaxed);
    }
    void wait(std::size_t row, std::size_t turn) {
        std::size_t now;
        while ((now = turns_[row].value.load(std::memory_order_acquire)) != turn)
            turns_[row].value.wait(now, std::memory_order_acquire);
    }
    void end(std::size_t row) {
        turns_[row].value.fetch_add(1, std::memory_order_release);
        turns_[row].value.notify_all();
    }

  private:
    struct alignas(64) Turn {
        std::atomic<std::size_t> value{0};
    };
    std::unique_ptr<Turn[]> turns_;
    std::size_t rows_ = 0;
};

} // namespace continuo::parallel::cpu
