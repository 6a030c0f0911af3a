#include "models/training/worker_pool.h"

#include "dsp/realtime.h"

#include <algorithm>

namespace continuo {

namespace {

std::size_t resolve(std::size_t threads) {
    return std::clamp<std::size_t>(threads == 0 ? std::thread::hardware_concurrency() : threads, 1, 256);
}

} // namespace

WorkerPool::WorkerPool(std::size_t threads) : barrier_(std::ptrdiff_t(resolve(threads))) {
    for (std::size_t worker = 1; worker < resolve(threads); ++worker)
        threads_.emplace_back([this, worker] {
            for (;;) {
                barrier_.arrive_and_wait(); // a job is there
                if (stopping_)
                    return;
                work(worker);
                barrier_.arrive_and_wait(); // and done
            }
        });
}

WorkerPool::~WorkerPool() {
    stopping_ = true;
    barrier_.arrive_and_wait();
}

void WorkerPool::work(std::size_t worker) {
    const dsp::ScopedFlushToZero flush_to_zero;
    for (std::size_t item; !failed_ && (item = next_++) < items_;) {
        try {
            (*job_)(item, worker);
        } catch (...) {
            if (!failed_.exchange(true))
                failure_ = std::current_exception();
        }
    }
}

void WorkerPool::run(std::size_t items, const std::function<void(std::size_t, std::size_t)>& job) {
    job_ = &job;
    items_ = items;
    next_ = 0;
    failed_ = false;
    barrier_.arrive_and_wait();
    work(0);
    barrier_.arrive_and_wait();
    if (failed_)
        std::rethrow_exception(failure_);
}

} // namespace continuo
