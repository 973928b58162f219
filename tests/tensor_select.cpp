// SPDX-License-Identifier: BSL-1.0
// Elements chosen by masks and by integers, read and written; unique values; allclose.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>
#include <weft/core/error.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/select.hpp>
#include <weft/tensor/unique.hpp>

using weft::dyn;
using weft::tensor;

namespace {

using vector = tensor<float, dyn>;
using matrix = tensor<float, dyn, 3>;
using indices = tensor<std::int32_t, dyn>;

matrix counted() { return matrix{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}}; }

}  // namespace

TEST_CASE("select: by a mask") {
    matrix m = counted();
    tensor const big = m(m > 5);
    static_assert(std::is_same_v<decltype(big), vector const>);
    CHECK(array_equal(big, vector{6, 7, 8}));
    tensor<bool, dyn> const rows{true, false, true};
    tensor const two = m(rows);
    static_assert(std::is_same_v<decltype(two), matrix const>);
    CHECK(array_equal(two, matrix{{0, 1, 2}, {6, 7, 8}}));
    CHECK(vector(m(m > 9)).empty());
    CHECK(array_equal(vector(m.transposed()(m.transposed() > 5)), vector{6, 7, 8}));

    m(m > 5) = -1;
    CHECK(array_equal(m, matrix{{0, 1, 2}, {3, 4, 5}, {-1, -1, -1}}));
    m(m < 0) += m(0, 1) + 1;
    CHECK(array_equal(m.row(2), vector{1, 1, 1}));
    m(rows) *= 10;
    CHECK(array_equal(m, matrix{{0, 10, 20}, {3, 4, 5}, {10, 10, 10}}));
    m(rows) = m.row(1);
    CHECK(array_equal(m, matrix{{3, 4, 5}, {3, 4, 5}, {3, 4, 5}}));
    m(m == 4) = vector{7, 8, 9};
    CHECK(array_equal(m.col(1), vector{7, 8, 9}));
    m(m > 6) = m(m > 6) - 1;
    CHECK(array_equal(m.col(1), vector{6, 7, 8}));
    m(rows) = m(weft::tensor<bool, dyn>{false, true, true});
    CHECK(array_equal(m, matrix{{3, 7, 5}, {3, 7, 5}, {3, 8, 5}}));
    m.col(0)(rows) = 0;
    CHECK(array_equal(m.col(0), vector{0, 3, 0}));

    CHECK_THROWS_AS(m(tensor<bool, dyn>(2)) = 0, weft::error);
    CHECK_THROWS_WITH(static_cast<void>(matrix(m(tensor<bool, dyn>(2)))),
                      "a mask has the extents (2), expected (3)");
    vector const two_numbers{1, 2};
    CHECK_THROWS_AS(m(m > 6) = two_numbers, weft::error);
}

TEST_CASE("select: by integers") {
    matrix m = counted();
    indices const at{2, 0, -1}, columns{0, 1, -1};
    CHECK(array_equal(matrix(m(at)), matrix{{6, 7, 8}, {0, 1, 2}, {6, 7, 8}}));
    CHECK(array_equal(vector(m(at, columns)), vector{6, 1, 8}));
    tensor<std::int64_t, dyn, 2> const table{{0, 1}, {1, 0}};
    tensor const pages = m(table);
    static_assert(std::is_same_v<decltype(pages), tensor<float, dyn, dyn, 3> const>);
    CHECK(pages(1, 0, 2) == 5);
    CHECK(array_equal(vector(m.col(1)(at) + 1), vector{8, 2, 8}));

    m(at) += 100;  // as in NumPy, once for each place
    CHECK(array_equal(m, matrix{{100, 101, 102}, {3, 4, 5}, {106, 107, 108}}));
    m(at, columns) = vector{1, 2, 3};
    CHECK(array_equal(m, matrix{{100, 2, 102}, {3, 4, 5}, {1, 107, 3}}));
    m(indices{0, 0}) = matrix{{1, 1, 1}, {2, 2, 2}};
    CHECK(array_equal(m.row(0), vector{2, 2, 2}));
    indices const outside{0, 3}, few{0, 1};
    CHECK_THROWS_WITH(m(outside) = 0, "index 3 is outside of axis 0 of extent 3");
    CHECK(array_equal(m.row(0), vector{2, 2, 2}));  // nothing was written
    CHECK_THROWS_AS(static_cast<void>(vector(m(at, few))), weft::error);
    CHECK(matrix(m(indices(0))).empty());
}

TEST_CASE("select: nonzero") {
    matrix const m{{0, 1, 0}, {2, 0, 3}};
    auto const [i, j] = nonzero(m);
    CHECK(array_equal(i, tensor<std::int64_t, dyn>{0, 1, 1}));
    CHECK(array_equal(j, tensor<std::int64_t, dyn>{1, 0, 2}));
    CHECK(array_equal(vector(m(i, j)), vector{1, 2, 3}));
    CHECK(nonzero(m > 5)[0].empty());
}

TEST_CASE("select: unique values") {
    float const nan = std::numeric_limits<float>::quiet_NaN();
    auto const u = unique_all(matrix{{3, 1, nan}, {3, 2, nan}});
    CHECK(u.values.size() == 4);
    CHECK(array_equal(u.values.rows(0, 3), vector{1, 2, 3}));
    CHECK(std::isnan(u.values[3]));
    CHECK(array_equal(u.first, tensor<std::int64_t, dyn>{1, 4, 0, 2}));
    CHECK(array_equal(u.counts, tensor<std::int64_t, dyn>{1, 1, 2, 2}));
    CHECK(array_equal(u.inverse, tensor<std::int64_t, dyn>{2, 0, 3, 2, 1, 3}));
    CHECK(array_equal(unique(indices{2, 2, 1} * 2), indices{2, 4}));
    CHECK(unique(vector()).empty());
}

TEST_CASE("select: allclose") {
    float const inf = std::numeric_limits<float>::infinity();
    float const nan = std::numeric_limits<float>::quiet_NaN();
    vector const a{1, 2};
    CHECK(allclose(a, a * 1.000001f));
    CHECK_FALSE(allclose(a, a * 1.001f));
    CHECK(allclose(a, a * 1.001f, 0.01));
    CHECK_FALSE(allclose(a, 1));
    CHECK(allclose(a - a, 0));
    CHECK(allclose(vector{inf, 1}, vector{inf, 1}));
    CHECK_FALSE(allclose(vector{inf, 1}, vector{-inf, 1}));
    CHECK_FALSE(allclose(vector{1, 1}, vector{inf, 1}));
    CHECK_FALSE(allclose(vector{nan, 1}, vector{nan, 1}));
}
