// SPDX-License-Identifier: BSL-1.0
// Sums of 256 terms: calls nest in a constant as deep as compilers allow by default.
#include <doctest/doctest.h>

#include <weft/ops/arithmetic.hpp>
#include <weft/program/eager.hpp>

namespace {

template <int Terms, class T>
auto sum_of(T const& x) {
    if constexpr (Terms == 2)
        return x + x;
    else
        return sum_of<Terms - 1>(x) + x;
}

}  // namespace

TEST_CASE("eager: a sum of 256 terms") {
    weft::tensor<float, 7> x, y;
    x.fill(1.5f);
    y = sum_of<256>(x);
    CHECK(y[6] == 1.5f * 256);
}
