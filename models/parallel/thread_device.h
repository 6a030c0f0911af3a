#pragma once

#include <barrier>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace continuo::parallel {

/// A GPU played by threads of the host: one std::jthread for each thread of a block, std::barrier between
/// them, block after block. Slow, and made for tests: every kernel body runs as it does on a GPU, under
/// ThreadSanitizer too, on machines that have none. Memory is filled with NaN before anybody writes it.
///
/// The same interface as CudaDevice. Queues are served at once, in the order of the calls. [main-thread]
class ThreadDevice {
  public:
    enum class Queue { compute, other_compute, upload, download };
    struct Event {};

    /// An array of plain values. T is trivially copyable.
    template <class T>
    class Array {
      public:
        Array() = default;
        explicit Array(std::size_t count) : values_(new T[count]), count_(count) {
            std::memset(static_cast<void*>(values_.get()), 0xff, count * sizeof(T)); // NaN in any float
        }
        T* data() const { return values_.get(); }
        std::size_t size() const { return count_; }

      private:
        std::unique_ptr<T[]> values_;
        std::size_t count_ = 0;
    };
    template <class T>
    using Staging = Array<T>;

    template <class T>
    void copy(Queue, T* to, const T* from, std::size_t count) {
        if (count > 0)
            std::memcpy(static_cast<void*>(to), from, count * sizeof(T));
    }
    Event record(Queue) { return {}; }
    void wait(Queue, const Event&) {}
    void finish(const Event&) {}

    /// Operations that are done again and again: `record` is called once for each run.
    class Graph {
      public:
        Graph() = default;
        explicit operator bool() const { return bool(run_); }

      private:
        friend class ThreadDevice;
        std::function<void()> run_;
    };
    template <class Function>
    Graph capture(Function run) {
        Graph graph;
        graph.run_ = run;
        return graph;
    }
    void replay(const Graph& graph) { graph.run_(); }

    template <class Body>
    void launch(std::size_t blocks, const typename Body::Arguments& arguments, Queue = Queue::compute) {
        std::barrier<> barrier(Body::threads);
        std::vector<Aligned> shared((Body::shared_floats + 3) / 4 + 1);
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < Body::threads; ++thread)
            threads.emplace_back([&, thread] {
                for (std::size_t block = 0; block < blocks; ++block) {
                    barrier.arrive_and_wait();
                    if (thread == 0)
                        std::memset(static_cast<void*>(shared.data()), 0xff, shared.size() * 16);
                    barrier.arrive_and_wait();
                    Group group{thread, int(block), barrier, reinterpret_cast<float*>(shared.data())};
                    Body::run(arguments, group);
                }
            });
    }

  private:
    struct alignas(16) Aligned {
        float values[4];
    };
    class Group {
      public:
        Group(int thread, int block, std::barrier<>& barrier, float* shared)
            : thread_(thread), block_(block), barrier_(barrier), shared_(shared) {}
        int thread() const { return thread_; }
        int block() const { return block_; }
        float* shared() const { return shared_; }
        void barrier() { barrier_.arrive_and_wait(); }

      private:
        int thread_, block_;
        std::barrier<>& barrier_;
        float* shared_;
    };
};

} // namespace continuo::parallel
