// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

#include <weft/weft.hpp>

using weft::axis, weft::dyn, weft::tensor;

namespace {

/// Numbers that come again, in no order.
template <class T>
tensor<T, dyn, dyn> mixed(int rows, int columns) {
    tensor<T, dyn, dyn> a(rows, columns);
    for (std::int64_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<T>(i * 7919 % 523 - 100);
    return a;
}

template <class T>
void check(int rows, int columns) {
    auto const a = mixed<T>(rows, columns);
    tensor<T, dyn, dyn> const along = cumsum(a, axis<1>), down = cumsum(a, axis<0>),
                              sorted = sort(a);
    tensor<std::int32_t, dyn> const most = argmax(a, axis<1>), least = argmin(a, axis<1>);
    bool right = true;
    std::vector<T> columns_so_far(static_cast<std::size_t>(columns));
    for (int i = 0; i < rows; ++i) {
        T sum{};
        auto const row = a.data() + i * columns;
        for (int j = 0; j < columns; ++j) {
            T& so_far = columns_so_far[static_cast<std::size_t>(j)];
            sum = static_cast<T>(sum + row[j]);
            so_far = static_cast<T>(so_far + row[j]);
            right = right && along(i, j) == sum && down(i, j) == so_far;
        }
        right = right && most[i] == std::max_element(row, row + columns) - row &&
                least[i] == std::min_element(row, row + columns) - row;
        std::vector<T> in_order(row, row + columns);
        std::sort(in_order.begin(), in_order.end());
        right = right && std::equal(in_order.begin(), in_order.end(), sorted.data() + i * columns);
    }
    CAPTURE(columns);
    CHECK(right);
}

}  // namespace

TEST_CASE("running sums, extremes and order of rows of all lengths") {
    for (int columns : {1, 7, 16, 31, 64, 129, 200, 256, 257, 1023, 1024, 1100, 2500}) {
        check<float>(3, columns);
        check<std::int64_t>(2, columns);
        check<std::uint32_t>(2, columns);
    }
}

TEST_CASE("the first NaN is the extreme, and the first of equal elements") {
    float const nan = std::numeric_limits<float>::quiet_NaN();
    for (int at : {0, 15, 16, 1023, 1030, 1999}) {
        tensor<float, dyn> x(2000);
        x[at] = -1;
        if (at + 9 < 2000) x[at + 9] = -1;
        CHECK(tensor<std::int32_t>(argmin(x)).item() == at);
        x[at] = nan;
        if (at + 9 < 2000) x[at + 9] = nan;
        CHECK(tensor<std::int32_t>(argmin(x)).item() == at);
        CHECK(tensor<std::int32_t>(argmax(x)).item() == at);
    }
}
