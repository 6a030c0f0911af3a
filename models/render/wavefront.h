#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace continuo {

/// One stage on one segment of one chain. In rendering: a layer, a piece of the audio, a channel.
struct WavefrontTask {
    std::size_t chain, stage, segment;

    friend bool operator==(const WavefrontTask&, const WavefrontTask&) = default;
};

/// Which tasks may run. A task (stage, segment) needs (stage, segment − 1) and (stage − 1, segment) of its
/// chain; chains do not know of each other. So up to chains × stages tasks run at the same time. At most
/// `window` segments of a chain have begun and not ended, so that their memory can be used again: segment s
/// may take the place of segment s − window.
///
/// [any-thread] One call at a time. Only the constructor allocates.
class Wavefront {
  public:
    /// \param stages, window  1 or more
    Wavefront(std::size_t chains, std::size_t stages, std::size_t segments, std::size_t window);

    /// Takes a task that may run now, or none where every one has to wait. The tasks nearest to the end of a
    /// chain come first: their data are the warmest, and the fewest segments are under way.
    /// \param after  the task that the caller has done last: the next stage of its chain is preferred
    std::optional<WavefrontTask> take(const std::optional<WavefrontTask>& after = {});

    /// Whether take() would find a task.
    bool has_task() const;

    /// The task has been done. \param task  from take()
    void finish(const WavefrontTask& task);

    /// Gives out no more tasks; those under way are still to finish.
    void cancel() { cancelled_ = true; }

    /// Every task has been done, or after cancel() every one that had been taken.
    bool finished() const { return running_ == 0 && (cancelled_ || left_ == 0); }

    /// Segments that have been through all stages, of all chains together.
    std::size_t segments_done() const;

  private:
    struct Stage {
        std::size_t done = 0; // segments
        bool running = false;
    };
    bool ready(std::size_t chain, std::size_t stage) const;
    const Stage& at(std::size_t chain, std::size_t stage) const { return stages_[chain * depth_ + stage]; }

    std::size_t depth_, segments_, window_, left_, running_ = 0;
    bool cancelled_ = false;
    std::vector<Stage> stages_; // [chain][stage]
};

} // namespace continuo
