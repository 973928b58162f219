// SPDX-License-Identifier: BSL-1.0
// Operations that bring kernels of their own, compiled: scans, orders (networks side by side,
// merges, radix), places of extremes, indexed updates, flips; and checked mode.
#include "compiled.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <weft/autodiff/autodiff.hpp>
#include <weft/ops/ops.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::descending;
using weft::reversed;

/// All orders of rows of n elements with many ties, against std::stable_sort.
template <class T>
void check_orders(std::int64_t rows, std::int64_t n, double width) {
    CAPTURE(n);
    auto x = filled<weft::tensor<T, weft::dyn, weft::dyn>>(static_cast<std::uint64_t>(n), -width,
                                                           width, rows, n);
    if constexpr (!std::is_integral_v<T>)
        if (n > 3) x(0, 1) = std::numeric_limits<T>::quiet_NaN(), x(0, 3) = -x(0, 0);
    std::int64_t const k = n < 5 ? n : 5;
    auto const f = [](auto v, auto few) {
        return std::tuple(sort(v), sort(v, axis<1>, descending), argsort(v),
                          argsort(v, axis<1>, descending), top_k(v, few.size(0)).second);
    };
    weft::tensor<float, weft::dyn> const few(k);
    auto const [up, down, order, back, top] = weft::call(f, x, few);
    auto const before = [](T a, T b) { return a < b || (b != b && a == a); };
    bool right = true;
    std::vector<std::int32_t> expected(static_cast<std::size_t>(n));
    for (std::int64_t row = 0; row < rows; ++row) {
        auto const at = [&](std::int32_t i) { return x(row, i); };
        auto const same = [](T a, T b) { return a == b || (a != a && b != b); };
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(expected.begin(), expected.end(),
                         [&](auto i, auto j) { return before(at(i), at(j)); });
        for (std::int64_t i = 0; i < n; ++i) {
            auto const e = expected[static_cast<std::size_t>(i)];
            right = right && order(row, i) == e && same(up(row, i), at(e));
        }
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(expected.begin(), expected.end(),
                         [&](auto i, auto j) { return before(at(j), at(i)); });
        for (std::int64_t i = 0; i < n; ++i) {
            auto const e = expected[static_cast<std::size_t>(i)];
            right = right && back(row, i) == e && same(down(row, i), at(e)) &&
                    (i >= k || top(row, i) == e);
        }
    }
    CHECK(right);
}

}  // namespace

TEST_CASE("scans: every kernel, in both directions, narrow types too") {
    auto const all = [](auto x, auto i) {
        return std::tuple(cumsum(x, axis<0>), cumsum(x * 2, axis<1>, reversed), cumprod(x, axis<1>),
                          cummax(x, axis<0>), cummin(i, axis<1>), logcumsumexp(x, axis<1>),
                          weft::linear_recurrence(x, x, axis<0>), cumsum(i, axis<1>));
    };
    check(all, 1e-4, numbers<weft::tensor<float, 9, 37>>(1),
          numbers<weft::tensor<std::int8_t, 9, 37>>(2));
    auto const loss = [](auto x) {
        return weft::grad([](auto v) {
            return sum(cumprod(v, axis<1>)) + sum(cummax(v, axis<0>) * v) +
                   sum(logcumsumexp(v, axis<1>));
        })(x);
    };
    check(loss, 1e-4, numbers<weft::tensor<float, weft::dyn, 5>>(3, 6));
}

TEST_CASE("orders: rows of every length, one and many, wide and narrow types") {
    for (std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 64, 65, 200, 511, 513, 700})
        for (std::int64_t rows : {1, 5, 21}) check_orders<float>(rows, n, n % 2 ? 3 : 1000);
    check_orders<float>(1, 70000, 1e6);
    for (std::int64_t n : {1, 9, 100, 3000}) {
        check_orders<double>(6, n, 40);
        check_orders<std::int8_t>(17, n, 100);
    }
    check_orders<std::int64_t>(5, 3000, 1e15);
}

TEST_CASE("orders: gradients, and other axes") {
    auto const f = [](auto x, auto i) {
        auto const g = weft::grad([&](auto v) {
            return sum(sort(v, axis<0>) * v) + sum(top_k(v, 2).first) + sum(take_along_axis(v, i));
        })(x);
        return std::tuple(g,
                          weft::searchsorted(sort(slice(x, 0, 0, 1), axis<1>), slice(x, 0, 0, 1)));
    };
    auto places = filled<weft::tensor<std::int32_t, 5, 3>>(4, 0, 7);
    check(f, 1e-5, numbers<weft::tensor<float, 5, 7>>(9), places);
}

TEST_CASE("places of extremes, updates at indices, flips, pads, contractions") {
    auto const f = [](auto x, auto i, auto j) {
        return std::tuple(
            argmax(x, axis<1>), argmin(x, axis<0>), argmax(x), at(x, i).set(slice(x, 0, 0, 4)),
            at(x, i).max(2 * slice(x, 0, 0, 4)), at(x, i, j).add(0.5), at(x, i, j).get(), flip(x),
            pad(x, {{1, 0}, {2, 3}}, weft::pad_mode::reflect), weft::einsum("ij,kj->ik", x, x));
    };
    check(f, 1e-5, numbers<weft::tensor<float, 7, 130>>(1),
          filled<weft::tensor<std::int32_t, 4>>(2, -1, 8),
          filled<weft::tensor<std::uint8_t, 4>>(3, 0, 200));
    auto const g = [](auto x, auto i, auto n) {
        return std::tuple(product(x, axis<1>), min(n, axis<0>), weft::any(x > 0.9),
                          weft::all(x < 1, axis<0>), norm(x), logsumexp(x, axis<1>),
                          standard_deviation(x, axis<0>, weft::ddof{1}), diagonal(x),
                          argmax(n, axis<1>), at(n, i).multiply(2), roll(x, -3, 1),
                          product(n, axis<0>));
    };
    check(g, 1e-5, numbers<weft::tensor<float, weft::dyn, 33>>(4, 6),
          filled<weft::tensor<std::int64_t, 3>>(5, 0, 7),
          numbers<weft::tensor<std::int16_t, 6, 33>>(6));
    auto const h = [](auto x, auto i) {
        return weft::grad([&](auto v) {
            return sum(product(v, axis<1>)) + sum(at(v, i).set(v * v) * v) +
                   sum(at(v, i).max(2 * v)) + norm(flip(v, axis<0>)) + sum(square(diagonal(v)));
        })(x);
    };
    check(h, 1e-4, numbers<weft::tensor<double, 4, 6>>(7),
          filled<weft::tensor<std::int32_t, 4>>(8, 0, 4));
}

TEST_CASE("distributions draw what the reference draws") {
    auto const f = [](auto x, auto) {
        namespace random = weft::random;
        return std::tuple(
            random::normal(x, {1000}), random::truncated_normal<double>(x, -1, 2, {1000}),
            random::randint(x, -5, 9, {1000}), random::categorical(x), random::permutation(x, 100),
            random::shuffle(x, 1), random::gumbel(x, {50}), random::exponential(x, {50}),
            random::uniform(x, -2, 3, {50}));
    };
    check(f, 1e-5, numbers<weft::tensor<float, 8, 20>>(1), weft::random::key(3));
}

TEST_CASE("checked functions name the index, and change nothing") {
    struct table {
        weft::tensor<float, 5, 2> rows;
    };
    auto const step = [](auto& model, auto i) {
        model.rows = at(model.rows, i).add(1.0);
        return sum(take(model.rows, i));
    };
    auto const careful = weft::checked(step);
    table t{numbers<weft::tensor<float, 5, 2>>(1)};
    auto const before = t.rows;
    weft::tensor<std::int64_t, 3> const good{0, 4, 4}, high{1, 5, 2}, low{1, 0, -7};
    CHECK_THROWS_WITH(weft::call(careful, t, high),
                      "at: index 5 at place 1 is outside of an axis of 5");
    CHECK(array_equal(t.rows, before));
    CHECK_THROWS_WITH(weft::call(careful, t, low),
                      "at: index -7 at place 2 is outside of an axis of 5");
    CHECK(array_equal(t.rows, before));
    weft::call(careful, t, good);
    CHECK(t.rows(4, 1) == before(4, 1) + 2);
    weft::call(step, t, high);  // unchecked: clamped
    CHECK(t.rows(4, 0) == before(4, 0) + 3);
    auto const loose = weft::checked([](auto x, auto i) {
        return sum(take_along_axis(x, i)) + sum(weft::scatter_add(reshape(i, {-1}), x, x.size(0)));
    });
    weft::tensor<float, weft::dyn, 2> const x(3, 2);
    weft::tensor<std::int32_t, 3, 1> const wrong{{0}, {2}, {1}};
    CHECK_THROWS_WITH(weft::call(loose, x, wrong),
                      "take_along_axis: index 2 at place 1 is outside of an axis of 2");
    weft::tensor<std::int32_t, 3, 1> const fits{{0}, {1}, {1}};
    CHECK(weft::call(loose, x, fits).item() == 0.0f);
    // It is f otherwise: in derivatives, and for each of a batch.
    auto const total = [](auto rows, auto i) {
        return weft::grad(weft::checked([i](auto v) { return sum(square(take(v, i))); }))(rows);
    };
    weft::tensor<std::int32_t, 2> const ends{0, 4};
    CHECK(weft::call(total, t.rows, ends)(4, 1) == 2 * t.rows(4, 1));
    weft::tensor<std::int32_t, 2> const beyond{0, 6};
    CHECK_THROWS_WITH(weft::call(total, t.rows, beyond),
                      "take: index 6 at place 1 is outside of an axis of 5");
}
