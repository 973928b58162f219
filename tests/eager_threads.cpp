// SPDX-License-Identifier: BSL-1.0
// Eager expressions and threads: the same bits for any number of threads that share an expression's
// work, and for expressions that threads evaluate at the same time.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <thread>

#include "threads.hpp"

#include <weft/ops/functions.hpp>
#include <weft/program/eager.hpp>

using weft::axis;
using weft::dyn;
using weft::tensor;

namespace {

using matrix = tensor<float, dyn, dyn>;
using vector = tensor<float, dyn>;

struct numbers {
    matrix x = matrix(300, 257);
    vector row = vector(257);

    numbers() {
        unsigned n = 7;
        for (float& e : x) e = static_cast<float>((n = n * 1664525 + 1013904223) >> 20) / 2048;
        for (float& e : row) e = static_cast<float>((n = n * 1664525 + 1013904223) >> 20) / 1024;
    }
    vector compute() const {
        tensor const y = exp(x * -0.1f) * row + 1;
        tensor const s = softmax(y, axis<1>), p = matmul(s, transpose(y));
        vector all(p.size() + y.extent(0));
        all.rows(0, p.size()) = p.flat();
        all.rows(p.size(), all.size()) = sum(y, axis<1>);
        return all;
    }
};

bool same_bits(vector const& a, vector const& b) {
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("eager threads: the same bits for any number of them") {
    numbers const its;
    vector const alone = its.compute();
    for (int threads : {1, 2, 4}) {
        testing::std_threads pool{threads};
        weft::use_executor const scope(pool);
        CHECK(same_bits(its.compute(), alone));
        CHECK((pool.calls > 0) == (threads > 1));
    }
}

TEST_CASE("eager threads: expressions at the same time") {
    numbers const its;
    vector const alone = its.compute();
    std::array<vector, 3> found;
    std::array<std::thread, 3> threads;
    for (std::size_t i = 0; i < 3; ++i)
        threads[i] = std::thread([&its, &to = found[i]] {
            for (int round = 0; round < 3; ++round) to = its.compute();
        });
    for (auto& t : threads) t.join();
    for (vector const& f : found) CHECK(same_bits(f, alone));
}
