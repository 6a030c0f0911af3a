#include "models/training/worker_pool.h"

#include "tests/catch.h"

#include <atomic>
#include <limits>
#include <stdexcept>

using namespace continuo;

TEST_CASE("Every item of a job runs once, on any number of threads, job after job", "[training]") {
    for (const std::size_t threads : {1u, 2u, 5u}) {
        WorkerPool pool(threads);
        CHECK(pool.threads() == threads);
        for (int job = 0; job < 50; ++job) {
            std::vector<int> runs(37, 0);
            pool.run(runs.size(), [&](std::size_t item, std::size_t worker) {
                runs[item] += 1;
                if (worker >= threads)
                    throw std::logic_error("no such worker");
            });
            CHECK(runs == std::vector<int>(37, 1));
        }
    }
}

TEST_CASE("A job's exception reaches the caller, and the pool goes on", "[training]") {
    WorkerPool pool(3);
    CHECK_THROWS_AS(pool.run(100,
                             [](std::size_t item, std::size_t) {
                                 if (item == 40)
                                     throw std::runtime_error("forty");
                             }),
                    std::runtime_error);
    std::atomic<int> count{0};
    pool.run(10, [&](std::size_t, std::size_t) { ++count; });
    CHECK(count == 10);
}

TEST_CASE("Denormals are flushed to zero in a job", "[training]") {
    WorkerPool pool(2);
    std::vector<float> results(2, 1.0f);
    pool.run(2, [&](std::size_t item, std::size_t) {
        volatile float tiny = std::numeric_limits<float>::min();
        results[item] = tiny * 0.25f;
    });
    CHECK(results == std::vector<float>{0.0f, 0.0f});
}
