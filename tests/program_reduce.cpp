// SPDX-License-Identifier: BSL-1.0
// Compiled reductions over leading, trailing, middle and all axes, and rows that several sweeps
// read: softmax, normalisation, two statistics of one row.
#include <limits>

#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::keep;
using weft::symbol;
using weft::tensor;

constexpr std::int64_t all_sizes[] = {0, 1, 2, 7, 16, 33, 100};

}  // namespace

TEST_CASE("sums and maxima over every choice of axes, ranks 1 to 4") {
    auto const v = numbers<tensor<float, 37>>(1);
    check([](symbol x) { return std::pair{sum(x), max(x)}; }, 1e-5, v);
    auto const m = numbers<tensor<float, 5, 37>>(2);
    check([](symbol x) {
        return std::tuple{sum(x), max(x),          sum(x, axis<0>), max(x, axis<0>),
                          sum(x, axis<-1>), max(x, axis<1>), sum(x, axis<1>, keep)};
    }, 1e-5, m);
    auto const t = numbers<tensor<float, 3, 5, 18>>(3);
    check([](symbol x) {
        return std::tuple{sum(x, axis<0>),    max(x, axis<1>),    sum(x, axis<2>),
                          max(x, axis<0, 1>), sum(x, axis<1, 2>), max(x, axis<0, 2>),
                          sum(x, axis<0, 2>, keep), sum(x, axis<0, 1, 2>)};
    }, 1e-5, t);
    auto const q = numbers<tensor<float, 2, 3, 4, 9>>(4);
    check([](symbol x) {
        return std::tuple{sum(x, axis<0, 2>),    max(x, axis<1, 3>), sum(x, axis<0, 3>),
                          max(x, axis<1, 2>),    sum(x, axis<2>),    max(x, axis<1>),
                          sum(x, axis<0, 1, 2>), max(x, axis<1, 2, 3>)};
    }, 1e-5, q);
}

TEST_CASE("reductions with extents known at run time, empty ones among them") {
    auto const f = [](symbol x) {
        return std::tuple{sum(x), sum(x, axis<0>), sum(x, axis<1>), max(x * 2), max(x, axis<0>),
                          max(exp(x), axis<1>)};
    };
    for (std::int64_t n : {0, 1, 5})
        for (std::int64_t k : all_sizes) {
            auto const x = numbers<tensor<float, dyn, dyn>>(1, n, k);
            check(f, 1e-5, x);
        }
    auto const none = weft::call(f, tensor<float, dyn, dyn>(0, 3));
    CHECK(std::get<0>(none).item() == 0);
    CHECK(std::get<3>(none).item() == -std::numeric_limits<float>::infinity());
}

TEST_CASE("reductions of integers and truth values") {
    auto const i = numbers<tensor<std::int32_t, 7, 29>>(1);
    check([](symbol x) {
        return std::tuple{sum(x), max(x), sum(x, axis<0>), max(x, axis<1>), sum(x > 0)};
    }, 0, i);
    tensor<std::int32_t, dyn> const none(0);
    CHECK(weft::call([](symbol x) { return max(x); }, none).item() ==
          std::numeric_limits<std::int32_t>::lowest());
    auto const d = numbers<tensor<double, 11, 13>>(2);
    check([](symbol x) { return std::pair{sum(x, axis<0>), mean(x, axis<1>)}; }, 1e-14, d);
}

TEST_CASE("values before, between and after reductions share their loops or not") {
    auto const x = numbers<tensor<float, 9, 21>>(1);
    auto const y = numbers<tensor<float, 9, 21>>(2);
    check([](symbol a, symbol b) {
        symbol const e = exp(a) * b, rows = sum(e, axis<1>), columns = sum(e, axis<0>);
        return std::tuple{e, rows, columns, sum(rows * rows), max(columns), sum(e) / sum(b * b)};
    }, 1e-5, x, y);
    check([](symbol a, symbol b) {
        symbol const total = sum(a * b);
        return (a + b) / (2 + total * total);
    }, 1e-5, x, y);
    check([](symbol a, symbol b) {
        symbol const centred = a - mean(a, axis<0>);
        return centred * rsqrt(mean(square(centred), axis<0>) + 0.01) + b;
    }, 1e-5, x, y);
}

TEST_CASE("a maximum of values with NaN is NaN") {
    tensor<float, 3, 20> x;
    x.fill(-1);
    x(1, 17) = std::numeric_limits<float>::quiet_NaN();
    x(2, 3) = std::numeric_limits<float>::infinity();
    auto const [rows, columns, all, soft] = weft::call(
        [](symbol a) {
            return std::tuple{max(a, axis<1>), max(a, axis<0>), max(a), softmax(a)};
        },
        x);
    CHECK(rows[0] == -1);
    CHECK(std::isnan(rows[1]));
    CHECK(std::isinf(rows[2]));
    CHECK(std::isnan(columns[17]));
    CHECK(columns[0] == -1);
    CHECK(std::isnan(all.item()));
    CHECK(soft(0, 5) == doctest::Approx(0.05));
    CHECK(std::isnan(soft(1, 0)));
    CHECK(std::isnan(soft(2, 3)));  // inf - inf
}

TEST_CASE("softmax and log_softmax along each axis") {
    auto const x = filled<tensor<float, 7, 33>>(1, -4, 4);
    check([](symbol a) { return std::pair{softmax(a), log_softmax(a)}; }, 1e-5, x);
    check([](symbol a) { return std::pair{softmax(a, axis<0>), log_softmax(a, axis<0>)}; }, 1e-5, x);
    auto const y = filled<tensor<float, 3, 5, 17>>(2, -4, 4);
    check([](symbol a) { return softmax(a, axis<1>); }, 1e-5, y);
    for (std::int64_t n : {0, 1, 4})
        for (std::int64_t k : all_sizes) {
            auto const z = filled<tensor<float, dyn, dyn>>(3, -4, 4, n, k);
            check([](symbol a) { return std::pair{softmax(a), logsumexp(a, axis<1>, keep)}; }, 1e-5, z);
        }
    // What would overflow without the maximum.
    tensor<float, 2, 3> const large{{1000, 1001, 1002}, {-1000, -1000, 3e38f}};
    auto const s = weft::call([](symbol a) { return log_softmax(a); }, large);
    CHECK(s(0, 2) == doctest::Approx(-0.40760596f));
    CHECK(s(1, 2) == 0);
}

TEST_CASE("normalisation of rows, with parameters, and its derivatives") {
    auto const norm = [](symbol x, symbol scale, symbol bias) {
        symbol const m = mean(x, axis<-1>, keep), v = variance(x, axis<-1>, keep);
        return (x - m) * rsqrt(v + 1e-5) * scale + bias;
    };
    auto const x = numbers<tensor<float, 6, 40>>(1);
    auto const scale = numbers<tensor<float, 40>>(2), bias = numbers<tensor<float, 40>>(3);
    check(norm, 2e-5, x, scale, bias);
    check([](symbol a, symbol s, symbol b) {
        return weft::value_and_grad([](symbol y, symbol by, symbol to) {
            symbol const m = mean(y, axis<-1>, keep), v = variance(y, axis<-1>, keep);
            return sum(tanh((y - m) * rsqrt(v + 1e-5) * by + to));
        }, weft::wrt<0, 1, 2>)(a, s, b);
    }, 1e-4, x, scale, bias);
    for (std::int64_t k : all_sizes) {
        auto const y = numbers<tensor<double, dyn, dyn>>(4, 3, k);
        check([](symbol a) {
            symbol const c = a - mean(a, axis<-1>, keep);
            return c * rsqrt(mean(square(c), axis<-1>, keep) + 1e-5);
        }, 1e-12, y);
    }
}

TEST_CASE("two different statistics of a row, and one of the other") {
    auto const x = filled<tensor<float, 5, 35>>(1, -3, 3);
    check([](symbol a) {
        symbol const m = max(a, axis<1>, keep), s = sum(square(a), axis<1>, keep);
        return std::tuple{(a - m) * rsqrt(s + 1), m, s, m / s};
    }, 1e-5, x);
    check([](symbol a) {
        symbol const p = softmax(a), entropy = -sum(p * log_softmax(a), axis<1>);
        return std::pair{entropy, mean(entropy)};
    }, 1e-5, x);
    check([](symbol a) {
        symbol const row = mean(a, axis<1>, keep), column = mean(a, axis<0>, keep);
        return a - row - column + mean(a);
    }, 1e-5, x);
}

TEST_CASE("cross-entropy of labels") {
    auto const x = filled<tensor<float, dyn, 10>>(1, -4, 4, 21);
    auto const y = filled<tensor<std::int32_t, dyn>>(2, 0, 10, 21);
    check([](symbol a, symbol labels) {
        return weft::value_and_grad([labels](symbol scores) {
            return -mean(sum(weft::one_hot(labels, 10) * log_softmax(scores), axis<1>));
        })(a);
    }, 1e-5, x, y);
}

TEST_CASE("a long sum has many accumulators") {
    auto const x = weft::tensor<float, 1 << 20>::full(0.1f);
    auto const s = weft::call([](symbol a) { return sum(a); }, x);
    CHECK(s.item() == doctest::Approx(104857.6).epsilon(2e-4));  // one would give 100958
}
