// SPDX-License-Identifier: BSL-1.0
// Compiled programs that move data: concatenation, padding, slices and their adjoints, rows by
// index, positions, random numbers, derivatives that are not those of the formula.
#include <set>

#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::symbol;
using weft::tensor;
using weft::random::key;

}  // namespace

TEST_CASE("values one after another, along each axis, of mixed types") {
    auto const a = numbers<tensor<float, 3, 7>>(1);
    auto const b = numbers<tensor<float, 5, 7>>(2);
    auto const c = numbers<tensor<float, 3, 10>>(3);
    auto const i = numbers<tensor<std::int32_t, 2, 7>>(4);
    check([](symbol x, symbol y, symbol z) { return weft::concatenate(0, x, y * 2, z, x); }, 0, a, b, i);
    check([](symbol x, symbol y) {
        return std::pair{weft::concatenate(1, x, y), weft::concatenate(-1, y, exp(x), x)};
    }, 1e-6, a, c);
    check([](symbol x, symbol y) {
        return weft::value_and_grad([](symbol p, symbol q) {
            return sum(square(weft::concatenate(1, q, p * q, transpose(transpose(p)))));
        }, weft::wrt<0, 1>)(x, y);
    }, 1e-5, a, a);
    for (std::int64_t n : {0, 1, 6}) {
        auto const u = numbers<tensor<float, dyn, dyn>>(5, n, 7);
        auto const v = numbers<tensor<float, dyn, dyn>>(6, 2 * n + 1, 7);
        check([](symbol x, symbol y) {
            symbol const z = weft::concatenate(0, x, y);
            return std::tuple{z, sum(z, axis<0>), z.size(1) == x.size(1) ? z + 1 : z};
        }, 1e-5, u, v);
    }
}

TEST_CASE("padding and slices, and the adjoint of each") {
    auto const a = numbers<tensor<float, 4, 9>>(1);
    check([](symbol x) {
        return std::tuple{pad(x, 0, 1, 2), pad(x, 1, 0, 3), pad(exp(x), 1, 5, 0) + 1,
                          slice(x, 1, -4, 9), slice(x, 1, 1, 9, 4)};
    }, 1e-6, a);
    check([](symbol x) {
        return weft::grad([](symbol y) {
            return sum(square(slice(y, 1, 1, 8, 3))) + sum(pad(y, 0, 1, 1) * 3) +
                   sum(slice(y, 0, 1, 3) * slice(y, 0, 2, 4));
        })(x);
    }, 1e-5, a);
    check([](symbol x) {
        // The adjoint of the adjoint.
        return weft::grad([](symbol y) {
            return sum(square(weft::grad([](symbol z) {
                return sum(slice(z, 1, 0, 9, 2) * slice(z, 1, 0, 9, 2));
            })(y)));
        })(x);
    }, 1e-5, a);
    for (std::int64_t n : {1, 2, 17}) {
        auto const u = numbers<tensor<float, dyn>>(2, n);
        check([](symbol x) {
            return std::tuple{slice(x, 0, 1, x.size(0)), slice(x, 0, 0, x.size(0), 2),
                              slice(pad(x, 0, 2, 1), 0, 1, -1)};
        }, 0, u);
    }
}

TEST_CASE("rows by index, and rows added by index") {
    auto const table = numbers<tensor<float, 6, 5>>(1);
    tensor<std::int32_t, 9> const at{0, 5, 2, 2, -3, 77, 1, 2, 0};
    auto const updates = numbers<tensor<float, 9, 5>>(2);
    auto const rows = check([](symbol t, symbol i) { return take(t, i); }, 0, table, at);
    CHECK(rows(4, 1) == table(0, 1));
    CHECK(rows(5, 1) == table(5, 1));
    check([](symbol i, symbol u) { return scatter_add(i, u, 6) * 2; }, 1e-6, at, updates);
    check([](symbol t, symbol i) { return take(exp(transpose(t)), reshape(i, {3, 3})); }, 1e-6, table, at);
    check([](symbol t, symbol i, symbol u) {
        return weft::grad([i, u](symbol x) { return sum(square(take(x * x, i)) * u); })(t);
    }, 1e-5, table, at, updates);
    check([](symbol i, symbol u) {
        return weft::grad([i](symbol x) { return sum(square(scatter_add(i, x, 6))); })(u);
    }, 1e-5, at, updates);
    for (std::int64_t n : {0, 1, 12}) {
        auto const t = numbers<tensor<double, dyn, dyn>>(3, 4, n);
        auto const i = filled<tensor<std::int64_t, dyn>>(4, 0, 4, 2 * n);
        check([](symbol x, symbol j) {
            return std::pair{take(x, j), scatter_add(j, take(x, j), x.size(0))};
        }, 1e-14, t, i);
    }
}

TEST_CASE("positions and one-hot rows") {
    auto const x = numbers<tensor<float, 5, 18>>(1);
    tensor<std::int32_t, 5> const labels{0, 3, 17, -1, 18};
    check([](symbol a, symbol i) {
        return std::tuple{weft::one_hot(i, 18), sum(a * weft::one_hot(i, 18), axis<1>),
                          weft::iota(a, {4, 6}, 0), weft::iota<float>(a, {4, 6}, 1) * 0.5,
                          weft::one_hot<std::int32_t>(reshape(i, {5, 1}), 3)};
    }, 1e-6, x, labels);
    auto const y = numbers<tensor<float, dyn, dyn>>(2, 3, 7);
    check([](symbol a) {
        return a * weft::iota<float>(a, {a.size(0), a.size(1)}, 1) +
               weft::iota<float>(a, {a.size(0), a.size(1)}, 0);
    }, 1e-6, y);
}

TEST_CASE("random numbers: the same bits for a key, others for another") {
    auto const draw = [](key, symbol x) {
        return std::tuple{weft::random::uniform(x, {x.size(0), 37}),
                          weft::random::uniform(x, {x.size(0), 37}),
                          weft::random::bernoulli(x, 0.25, {1000})};
    };
    auto const traced = [](symbol, symbol x) {
        return std::tuple{weft::random::uniform(x, {x.size(0), 37}),
                          weft::random::uniform(x, {x.size(0), 37}),
                          weft::random::bernoulli(x, 0.25, {1000})};
    };
    static_cast<void>(draw);
    tensor<float, dyn> const x(5);
    tensor<float, 5> const y;
    key k{42}, other{43};
    auto const [a, b, c] = check(traced, 0, k, x);
    auto const [a2, b2, c2] = check(traced, 0, k, x);
    auto const [a3, b3, c3] = weft::call(traced, other, x);
    auto const [a4, b4, c4] = check(traced, 0, k, y);
    CHECK((array_equal(a, a2) && array_equal(b, b2) && array_equal(c, c2)));
    CHECK((array_equal(a, a4) && array_equal(b, b4) && array_equal(c, c4)));
    CHECK_FALSE(array_equal(a, b));
    CHECK_FALSE(array_equal(a, a3));
    double sum = 0, ones = 0;
    std::set<float> distinct;
    for (float u : a) {
        CHECK((u >= 0 && u < 1));
        sum += u, distinct.insert(u);
    }
    for (bool one : c) ones += one;
    CHECK(std::abs(sum / 185 - 0.5) < 0.1);
    CHECK(distinct.size() > 180);
    CHECK((ones > 190 && ones < 310));
}

TEST_CASE("random numbers have no derivative, and are drawn once for value and gradient") {
    auto x = numbers<tensor<float, 50>>(1);
    key k{7};
    auto const [value, gradient] = check([](symbol, symbol a) {
        return weft::value_and_grad([](symbol y) {
            symbol const mask = weft::random::bernoulli(y, 0.5, {50});
            return sum(where(mask, square(y), 0));
        })(a);
    }, 1e-5, k, x);
    double expected = 0;
    for (std::int64_t i = 0; i < 50; ++i) {
        CHECK((gradient[i] == 0 || gradient[i] == 2 * x[i]));
        expected += gradient[i] * gradient[i] / 4;
    }
    CHECK(value.item() == doctest::Approx(expected));
}

TEST_CASE("stop_gradient and custom_vjp") {
    auto const x = numbers<tensor<float, 23>>(1);
    auto const g = check([](symbol a) {
        return weft::grad([](symbol y) {
            return sum(weft::stop_gradient(exp(y)) * y);
        })(a);
    }, 1e-5, x);
    CHECK(g[3] == doctest::Approx(std::exp(x[3])));
    auto const clipped = check([](symbol a) {
        return weft::value_and_grad([](symbol y) {
            symbol const z = weft::custom_vjp(
                [](symbol p, symbol q) { return p * q; },
                [](symbol d, symbol, symbol p, symbol q) {
                    return std::tuple{minimum(d * q, 0.5), d * 0 + p * 100};
                },
                y, 2 * y);
            return sum(3 * z);
        })(a);
    }, 1e-5, x);
    for (std::int64_t i = 0; i < 23; ++i)
        CHECK(clipped.second[i] == doctest::Approx(std::min(6 * x[i], 0.5f) + 200 * x[i]));
}
