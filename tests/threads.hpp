// SPDX-License-Identifier: BSL-1.0
// An executor of threads that live for one call: the pieces are taken one after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace testing {

struct std_threads {
    int count;
    std::atomic<int> calls{0};

    int threads() const { return count; }
    template <class F>
    void parallel_for(std::int64_t n, F const& f) {
        ++calls;
        std::atomic<std::int64_t> next{0};
        auto const work = [&] {
            for (std::int64_t i = next++; i < n; i = next++) f(i);
        };
        std::vector<std::thread> others;
        for (int t = 1; t < count; ++t) others.emplace_back(work);
        work();
        for (auto& t : others) t.join();
    }
};

}  // namespace testing
