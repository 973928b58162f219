// SPDX-License-Identifier: BSL-1.0
// OpenMP as an executor: weft::openmp_threads threads; weft::use_executor scope(threads). Compile
// with -fopenmp; without it there is one thread.
#pragma once

#include <weft/cpu/executor.hpp>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace weft {

/// Teams of `count` threads, or of as many as OpenMP would take.
class openmp_threads {
public:
    explicit openmp_threads(int count = 0) : count_(count > 0 ? count : most()) {}

    int threads() const { return count_; }

    template <class F>
    void parallel_for(std::int64_t n, F const& f) {
#if defined(_OPENMP)
#pragma omp parallel for num_threads(count_) schedule(dynamic, 1)
#endif
        for (std::int64_t i = 0; i < n; ++i) f(i);
    }

private:
#if defined(_OPENMP)
    static int most() { return omp_get_max_threads(); }
#else
    static int most() { return 1; }
#endif

    int count_;
};

}  // namespace weft
