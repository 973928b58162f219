// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

#include <weft/weft.hpp>

using weft::dyn, weft::every, weft::tensor;

namespace {

template <class T>
tensor<T, dyn, dyn> numbered(int rows, int columns) {
    tensor<T, dyn, dyn> a(rows, columns);
    for (std::int64_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<T>(i * 7 % 101);
    return a;
}

template <class T>
void check(int rows, int columns) {
    auto const a = numbered<T>(rows, columns), b = numbered<T>(columns, rows);
    tensor<T, dyn, dyn> const turned = transpose(a), sum = transpose(a) + b;
    bool right = true;
    for (int i = 0; i < columns; ++i)
        for (int j = 0; j < rows; ++j)
            right =
                right && turned(i, j) == a(j, i) && sum(i, j) == static_cast<T>(a(j, i) + b(i, j));
    CAPTURE(rows);
    CAPTURE(columns);
    CHECK(right);
}

}  // namespace

TEST_CASE("transposes: whole tiles and what is left of them") {
    for (int rows : {1, 15, 16, 33, 50})
        for (int columns : {1, 17, 32, 65, 130}) {
            check<float>(rows, columns);
            check<double>(rows, columns);
            check<std::int8_t>(rows, columns);
        }
}

TEST_CASE("transposes of views that run backwards") {
    auto a = numbered<float>(40, 70);
    tensor<float, dyn, dyn> const turned = transpose(a(every.by(-1), every.by(-1)));
    bool right = true;
    for (int i = 0; i < 70; ++i)
        for (int j = 0; j < 40; ++j) right = right && turned(i, j) == a(39 - j, 69 - i);
    CHECK(right);
}

TEST_CASE("three axes: tiles end where an axis ends") {
    tensor<float, dyn, dyn, dyn> a(3, 20, 35);
    for (std::int64_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<float>(i);
    tensor<float, dyn, dyn, dyn> const last = transpose(a, weft::axis<0, 2, 1>), all = transpose(a);
    bool right = true;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 20; ++j)
            for (int k = 0; k < 35; ++k)
                right = right && last(i, k, j) == a(i, j, k) && all(k, j, i) == a(i, j, k);
    CHECK(right);
}
