// SPDX-License-Identifier: BSL-1.0
// sort and argsort of compiled programs beside the standard library's: of all sizes about those of
// registers and networks, random bits (NaN, infinities, subnormal numbers), few different numbers,
// rows in order and in the reverse of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>
#include <vector>

#include <weft/core/philox.hpp>
#include <weft/ops/sort.hpp>
#include <weft/program/call.hpp>

namespace {

using weft::axis;
using weft::descending;
using weft::dyn;
using weft::symbol;
using weft::tensor;

enum kind { bits, few, rising, falling, equal };

template <class T>
tensor<T, dyn, dyn> filled(std::int64_t rows, std::int64_t n, kind how) {
    tensor<T, dyn, dyn> x(rows, n);
    for (std::int64_t i = 0; i < x.size(); ++i) {
        auto const w = weft::random::bits(weft::random::key(9), static_cast<std::uint64_t>(i));
        T v = static_cast<T>(how == few       ? w.word[0] % 5
                             : how == rising  ? i
                             : how == falling ? -i
                                              : 7);
        if (how == bits) std::memcpy(&v, w.word, sizeof v);
        x.data()[i] = v;
    }
    return x;
}

/// NaN behind all numbers.
template <class T>
bool before(T a, T b) {
    return a == a && (b != b || a < b);
}

template <class T>
void check(std::int64_t rows, std::int64_t n, kind how) {
    CAPTURE(n);
    CAPTURE(static_cast<int>(how));
    CAPTURE(sizeof(T));
    auto const x = filled<T>(rows, n, how);
    auto const [up, down, places, places_down] = weft::call(
        [](symbol v) {
            return std::tuple{sort(v), sort(v, axis<1>, descending), argsort(v),
                              argsort(v, axis<1>, descending)};
        },
        x);
    std::vector<std::int32_t> order(static_cast<std::size_t>(n));
    bool same = true;
    for (std::int64_t r = 0; r < rows; ++r) {
        T const* const row = x.data() + r * n;
        auto const is = [&](auto const& values, auto const& at) {
            for (std::int64_t i = 0; i < n; ++i) {
                std::int32_t const place = order[static_cast<std::size_t>(i)];
                T const found = values(r, i), expected = row[place];
                same = same && at(r, i) == place &&
                       (found == expected || (found != found && expected != expected));
            }
        };
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](int a, int b) { return before(row[a], row[b]); });
        is(up, places);
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](int a, int b) { return before(row[b], row[a]); });
        is(down, places_down);
    }
    CHECK(same);
}

template <class T>
void check_all() {
    for (std::int64_t n : {1,   5,   15,  16,  17,  31,  32,  33,  63,   64,   65,
                           127, 128, 129, 255, 256, 257, 511, 513, 1000, 30001})
        for (kind how : {bits, few, rising, falling, equal}) check<T>(n > 600 ? 1 : 3, n, how);
    check<T>(40, 100, bits);
}

}  // namespace

TEST_CASE("floats") { check_all<float>(); }
TEST_CASE("doubles") { check_all<double>(); }
TEST_CASE("int32") { check_all<std::int32_t>(); }
TEST_CASE("uint64") { check_all<std::uint64_t>(); }

TEST_CASE("rows that are unlucky for a pivot") {
    // An organ pipe, and one large number among equal ones.
    std::int64_t const n = 20000;
    tensor<float, dyn, dyn> x(2, n);
    for (std::int64_t i = 0; i < n; ++i) {
        x(0, i) = static_cast<float>(i < n / 2 ? i : n - i);
        x(1, i) = i == 777 ? 9.f : 1.f;
    }
    auto const y = weft::call([](symbol v) { return sort(v); }, x);
    CHECK(std::is_sorted(y.data(), y.data() + n));
    CHECK(std::is_sorted(y.data() + n, y.data() + 2 * n));
    CHECK(y(1, n - 1) == 9);
    CHECK(y(1, n - 2) == 1);
}
