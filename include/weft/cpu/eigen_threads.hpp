// SPDX-License-Identifier: BSL-1.0
// Eigen's ThreadPool as an executor: weft::eigen_threads threads(pool); weft::use_executor
// scope(threads).
#pragma once

#include <unsupported/Eigen/CXX11/ThreadPool>

#include <weft/cpu/executor.hpp>

namespace weft {

/// As many pieces at a time as the pool has threads; the calling thread runs one of them.
class eigen_threads {
public:
    explicit eigen_threads(Eigen::ThreadPoolInterface& pool) : pool_(&pool) {}

    int threads() const { return pool_->NumThreads(); }

    template <class F>
    void parallel_for(std::int64_t n, F const& f) {
        if (n <= 0) return;
        if (n == 1 || pool_->CurrentThreadId() >= 0) {  // a thread of the pool must not wait for it
            for (std::int64_t i = 0; i < n; ++i) f(i);
            return;
        }
        Eigen::Barrier done(static_cast<unsigned>(n - 1));
        for (std::int64_t i = 1; i < n; ++i)
            pool_->Schedule([&f, &done, i] {
                f(i);
                done.Notify();
            });
        f(std::int64_t{0});
        done.Wait();
    }

private:
    Eigen::ThreadPoolInterface* pool_;
};

}  // namespace weft
