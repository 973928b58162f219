// SPDX-License-Identifier: BSL-1.0
// Programs called inside the scope of an executor: the same bits as without one.
#include "compiled.hpp"
#include "threads.hpp"

#include <cstring>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::symbol;
using weft::tensor;

template <class F, class... Args>
void check_threads(bool splits, F f, Args const&... args) {
    auto const alone = weft::call(f, args...);
    for (int threads : {1, 2, 3, 7}) {
        std_threads pool{threads};
        weft::use_executor const scope(pool);
        auto const together = weft::call(f, args...);
        CAPTURE(threads);
        REQUIRE(together.size() == alone.size());
        CHECK(std::memcmp(together.data(), alone.data(),
                          static_cast<std::size_t>(alone.size()) * sizeof(*alone.data())) == 0);
        CHECK((pool.calls > 0) == (splits && threads > 1));
    }
}

}  // namespace

TEST_CASE("executor: elementwise kernels, in one row and in many, of constant and other extents") {
    auto const x = numbers<tensor<float, 300003>>(1);
    check_threads(true, [](symbol a) { return exp(a) * 2 + tanh(a); }, x);
    auto const y = numbers<tensor<float, dyn, 257>>(2, 900);
    auto const r = numbers<tensor<float, 257>>(3);
    check_threads(true, [](symbol a, symbol b) { return a * b + 1; }, y, r);
    check_threads(true, [](symbol a) { return softmax(a); }, y);
    check_threads(false, [](symbol a) { return a + 1; }, numbers<tensor<float, dyn>>(4, 100));
}

TEST_CASE("executor: sums over all rows stay with one thread") {
    auto const y = numbers<tensor<float, 900, 257>>(2);
    check_threads(false, [](symbol a) { return sum(a * a, axis<0>); }, y);
}

TEST_CASE("executor: products, their epilogues, and batches of small ones") {
    auto const a = numbers<tensor<float, 200, 150>>(1);
    auto const b = numbers<tensor<float, 150, 300>>(2);
    auto const c = numbers<tensor<float, 300>>(3);
    check_threads(true, [](symbol x, symbol y) { return matmul(x, y); }, a, b);
    check_threads(true, [](symbol x, symbol y, symbol z) { return relu(matmul(x, y) + z); }, a, b, c);
    check_threads(true, [](symbol x, symbol y) { return matmul(x, transpose(y, {0, 2, 1})) * 0.25; },
                  numbers<tensor<float, 50, 64, 16>>(4), numbers<tensor<float, 50, 64, 16>>(5));
    check_threads(true, [](symbol x, symbol y) { return matmul(x, y); },
                  numbers<tensor<float, 5, 130, 70>>(6), numbers<tensor<float, 5, 70, 90>>(7));
}
