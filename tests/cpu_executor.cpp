// SPDX-License-Identifier: BSL-1.0
#include <weft/cpu/executor.hpp>
#include <weft/cpu/gemm.hpp>
#include <weft/cpu/openmp.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "threads.hpp"

namespace {

using testing::std_threads;
static_assert(weft::Executor<std_threads> && weft::Executor<weft::serial_executor>);
static_assert(weft::Executor<weft::openmp_threads> && !weft::Executor<int>);

template <class T>
std::vector<T> numbers(std::int64_t n, std::int64_t seed) {
    std::vector<T> x(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i)
        x[static_cast<std::size_t>(i)] = static_cast<T>((i * 7919 + seed) % 1009 - 504) / T(504);
    return x;
}

struct doubled {
    float* to;
    std::int64_t row;

    static void run(void const* context, weft::block<float> const& b) {
        auto const& its = *static_cast<doubled const*>(context);
        for (std::int64_t i = 0; i < b.rows; ++i)
            for (std::int64_t j = 0; j < b.columns; ++j)
                its.to[(b.row + i) * its.row + b.column + j] += 2 * b.data[i * b.stride + j];
    }
};

struct sizes {
    std::int64_t m, n, k;
};

}  // namespace

TEST_CASE("executor: a product has the same bits with any number of threads") {
    for (sizes s : {sizes{300, 700, 530}, {1000, 40, 600}, {15, 2000, 300}, {129, 129, 1300}})
        for (bool a_transposed : {false, true})
            for (bool b_transposed : {false, true}) {
                auto const a = numbers<float>(s.m * s.k, 1), b = numbers<float>(s.k * s.n, 2);
                std::vector<std::byte> work(
                    static_cast<std::size_t>(weft::gemm_workspace_bytes<float>(s.m, s.n, s.k)));
                weft::matrix<float> const x{a.data(), a_transposed ? 1 : s.k, a_transposed ? s.m : 1},
                    y{b.data(), b_transposed ? 1 : s.n, b_transposed ? s.k : 1};
                auto const product = [&](bool finish) {
                    std::vector<float> c(static_cast<std::size_t>(s.m * s.n));
                    doubled const its{c.data(), s.n};
                    weft::gemm<float>(s.m, s.n, s.k, x, y, finish ? nullptr : c.data(), s.n, false,
                                      finish ? weft::epilogue<float>{doubled::run, &its, true}
                                             : weft::epilogue<float>{},
                                      work.data());
                    return c;
                };
                for (bool finish : {false, true}) {
                    auto const alone = product(finish);
                    for (int threads : {1, 2, 3, 7}) {
                        std_threads pool{threads};
                        weft::use_executor const scope(pool);
                        CHECK(product(finish) == alone);
                        CHECK(pool.calls == (threads > 1 ? 1 : 0));
                    }
                }
            }
}

TEST_CASE("executor: scopes nest, and end") {
    CHECK(weft::detail::current_executor == nullptr);
    std_threads pool{2};
    {
        weft::use_executor const outer(pool);
        auto const* const its = weft::detail::current_executor;
        REQUIRE(its != nullptr);
        CHECK(its->threads == 2);
        {
            weft::serial_executor none;
            weft::use_executor const inner(none);
            CHECK(weft::detail::current_executor == nullptr);
        }
        CHECK(weft::detail::current_executor == its);
        std::atomic<int> inside{0};
        weft::detail::in_pieces(*its, 5, [&](std::int64_t) {
            inside += weft::detail::current_executor != nullptr;
        });
        CHECK(inside == 0);
        CHECK(weft::detail::current_executor == its);
    }
    CHECK(weft::detail::current_executor == nullptr);
}

TEST_CASE("executor: parts are even and leave nothing out") {
    for (std::int64_t whole : {1, 31, 32, 33, 1000})
        for (std::int64_t n : {1, 2, 3, 7}) {
            CHECK(weft::detail::part_begin(whole, 32, n, 0) == 0);
            CHECK(weft::detail::part_begin(whole, 32, n, n) == whole);
            for (std::int64_t i = 0; i < n; ++i)
                CHECK(weft::detail::part_begin(whole, 32, n, i) <=
                      weft::detail::part_begin(whole, 32, n, i + 1));
        }
}
