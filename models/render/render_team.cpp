#include "models/render/render_team.h"

#include <algorithm>
#include <exception>
#include <thread>

namespace continuo {

void RenderTeam::gather(std::size_t threads, const std::function<void(RenderTeam&, std::size_t)>& work) {
    RenderTeam team(threads);
    std::exception_ptr failure;
    const auto member = [&](std::size_t index) {
        try {
            work(team, index);
        } catch (...) {
            const Lock lock(team.mutex_);
            if (!failure)
                failure = std::current_exception();
        }
        team.help();
    };
    {
        std::vector<std::jthread> others;
        others.reserve(threads - 1);
        try {
            while (others.size() < threads - 1)
                others.emplace_back(member, others.size() + 1);
        } catch (const std::exception&) { // no more threads to be had
            team.leave(threads - 1 - others.size());
        }
        member(0);
    }
    if (failure)
        std::rethrow_exception(failure);
}

void RenderTeam::run(Wavefront& wavefront, const Task& task,
                     const std::function<void(std::size_t)>& progress) {
    Job job{wavefront, task};
    Recent recent;
    std::exception_ptr failure;
    std::size_t told = 0;
    Lock lock(mutex_);
    jobs_.push_back(&job);
    wake_another();
    while (!wavefront.finished()) {
        if (!work(lock, &job, recent)) {
            wait(lock);
            continue;
        }
        const std::size_t done = wavefront.segments_done();
        if (failure || done == told)
            continue;
        told = done;
        wake_another(); // this thread may be away for a while
        lock.unlock();
        try {
            progress(done);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        if (failure)
            wavefront.cancel();
    }
    jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
    wake_another(); // what woke this thread may have been meant for one that helps
    const std::size_t done = wavefront.segments_done();
    lock.unlock();
    if (failure)
        std::rethrow_exception(failure);
    if (done != told)
        progress(done);
}

/// Does one task, of `own` before others, or returns false where all have to wait.
bool RenderTeam::work(Lock& lock, Job* own, Recent& recent) {
    std::optional<WavefrontTask> task;
    Job* job = own;
    const auto take_from = [&](Job* candidate) {
        job = candidate;
        task = job->wavefront.take(job == recent.job ? recent.task : std::nullopt);
        return task.has_value();
    };
    if ((own == nullptr || !take_from(own)) && std::none_of(jobs_.begin(), jobs_.end(), take_from))
        return false;
    wake_another();
    lock.unlock();
    job->task(*task);
    lock.lock();
    job->wavefront.finish(*task);
    recent = {job, task};
    if (job->wavefront.finished())
        changed_.notify_all(); // its own thread may be waiting for that
    return true;
}

void RenderTeam::leave(std::size_t members) {
    const Lock lock(mutex_);
    busy_ -= members;
    if (busy_ == 0)
        changed_.notify_all();
}

void RenderTeam::help() {
    leave(1);
    Recent recent;
    Lock lock(mutex_);
    while (busy_ > 0)
        if (!work(lock, nullptr, recent))
            wait(lock);
}

void RenderTeam::wait(Lock& lock) {
    ++waiting_;
    changed_.wait(lock);
    --waiting_;
}

/// One waiting thread, where there is a task for it. It wakes the next one itself: no thread is woken in
/// vain.
void RenderTeam::wake_another() {
    if (waiting_ > 0 &&
        std::any_of(jobs_.begin(), jobs_.end(), [](const Job* job) { return job->wavefront.has_task(); }))
        changed_.notify_one();
}

} // namespace continuo
