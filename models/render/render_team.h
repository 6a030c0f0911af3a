#pragma once

#include "models/render/wavefront.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace continuo {

/// Threads that render files side by side and, once there are fewer files than threads, help each other with
/// the tasks of the files that are left. Who does what is left to chance, and changes no bit of the result.
class RenderTeam {
  public:
    using Task = std::function<void(const WavefrontTask&)>;

    /// Calls work(team, member) with member 0 to threads − 1, number 0 on the calling thread and each other
    /// one on a thread of its own, and returns when all have done. A member whose work is done helps those
    /// that are in run(). Where the system refuses a thread, the members that do have one do it all, but only
    /// member 0 is sure to be called: members share out what there is to do.
    ///
    /// [any-thread] Allocates, starts threads. Rethrows the first exception of a member, once no thread is
    /// left. \param threads  1 or more
    static void gather(std::size_t threads, const std::function<void(RenderTeam&, std::size_t)>& work);

    RenderTeam(const RenderTeam&) = delete;
    RenderTeam& operator=(const RenderTeam&) = delete;

    /// How many members there are.
    std::size_t size() const { return size_; }

    /// Runs every task of the wavefront, on the calling thread and on those that have nothing else to do;
    /// meanwhile the calling thread may do tasks of others.
    ///
    /// [any-thread] Of a member. Where `progress` throws, rethrows it when no task is under way any more.
    /// \param task      does one task; throws nothing; called on any member's thread
    /// \param progress  told now and then, on the calling thread, how many segments have gone through all
    ///                  stages; at last of all of them
    void run(Wavefront& wavefront, const Task& task, const std::function<void(std::size_t)>& progress);

  private:
    struct Job {
        Wavefront& wavefront;
        const Task& task;
    };
    /// What a thread has done last.
    struct Recent {
        const Job* job = nullptr;
        std::optional<WavefrontTask> task = {};
    };
    using Lock = std::unique_lock<std::mutex>;

    explicit RenderTeam(std::size_t threads) : size_(threads), busy_(threads) {}
    bool work(Lock& lock, Job* own, Recent& recent);
    void leave(std::size_t members);
    void help();
    void wait(Lock& lock);
    void wake_another();

    const std::size_t size_;
    std::mutex mutex_; // guards everything below, and the wavefronts
    std::condition_variable changed_;
    std::vector<Job*> jobs_;
    std::size_t busy_, waiting_ = 0; // members whose work is not done; threads that wait
};

} // namespace continuo
