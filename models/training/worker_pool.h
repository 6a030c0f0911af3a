#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace continuo {

/// A fixed set of threads that share out the items of one job at a time. Which thread takes which item is
/// left to chance, so a job writes each item's result to a place of its own and adds them up afterwards, in
/// order: the same bits for any number of threads.
class WorkerPool {
  public:
    /// \param threads  1 to 256, the calling thread counts as one; 0: one per core
    /// [main-thread] Allocates.
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    std::size_t threads() const { return threads_.size() + 1; }

    /// Calls job(item, worker) for every item in [0, items), worker in [0, threads()). Denormals are flushed
    /// to zero while a job runs. Rethrows the first exception of a job. [main-thread] Returns when all are
    /// done.
    void run(std::size_t items, const std::function<void(std::size_t item, std::size_t worker)>& job);

  private:
    void work(std::size_t worker);

    std::barrier<> barrier_;
    std::vector<std::jthread> threads_;
    const std::function<void(std::size_t, std::size_t)>* job_ = nullptr;
    std::atomic<std::size_t> next_{0};
    std::size_t items_ = 0;
    bool stopping_ = false;
    std::atomic<bool> failed_{false};
    std::exception_ptr failure_;
};

} // namespace continuo
