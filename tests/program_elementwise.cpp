// SPDX-License-Identifier: BSL-1.0
// Compiled elementwise programs: chains, element types, broadcasting, transposed and sliced
// operands, special values, sizes that are no multiple of a vector.
#include <limits>

#include "compiled.hpp"

#include <weft/ops/exponential.hpp>

namespace {

using namespace testing;
using weft::dyn;
using weft::symbol;
using weft::tensor;

constexpr std::int64_t all_sizes[] = {0, 1, 2, 7, 15, 16, 17, 33, 100};

}  // namespace

TEST_CASE("chains of f32 and f64, of any size") {
    auto const chain = [](symbol x, symbol y) {
        symbol const a = exp(0.5 * x) - log(square(y) + 1.5);
        return tanh(a) * sqrt(abs(x) + 0.25) / (1 + sigmoid(y)) + maximum(x, minimum(a, y));
    };
    for (std::int64_t n : all_sizes) {
        auto const x = numbers<tensor<float, dyn>>(1, n), y = numbers<tensor<float, dyn>>(2, n);
        check(chain, 3e-6, x, y);
        auto const u = numbers<tensor<double, dyn>>(1, n), v = numbers<tensor<double, dyn>>(2, n);
        check(chain, 1e-14, u, v);
    }
    auto const x = numbers<tensor<float, 3, 11>>(3), y = numbers<tensor<float, 3, 11>>(4);
    check(chain, 3e-6, x, y);
}

TEST_CASE("element types side by side, promoted as in JAX") {
    auto const mixed = [](symbol f, symbol d, symbol i, symbol b) {
        symbol const less = logical_and(f < weft::cast<float>(i), b);
        return std::tuple{f + d,
                          i * i - 7,
                          where(less, f, i),
                          less,
                          weft::cast<std::int8_t>(i) + b,
                          weft::cast<bool>(i),
                          f * b,
                          weft::cast<std::int32_t>(8 * f),
                          weft::cast<std::int64_t>(d) + i};
    };
    for (std::int64_t n : all_sizes) {
        auto const f = numbers<tensor<float, dyn>>(1, n);
        auto const d = numbers<tensor<double, dyn>>(2, n);
        auto const i = numbers<tensor<std::int32_t, dyn>>(3, n);
        auto const b = numbers<tensor<bool, dyn>>(4, n);
        auto const [sum, square, chosen, less, byte, truth, masked, rounded, wide] =
            check(mixed, 1e-6, f, d, i, b);
        static_assert(std::is_same_v<decltype(sum), tensor<double, dyn> const>);
        static_assert(std::is_same_v<decltype(square), tensor<std::int32_t, dyn> const>);
        static_assert(std::is_same_v<decltype(chosen), tensor<float, dyn> const>);
        static_assert(std::is_same_v<decltype(less), tensor<bool, dyn> const>);
        static_assert(std::is_same_v<decltype(byte), tensor<std::int8_t, dyn> const>);
        static_assert(std::is_same_v<decltype(truth), tensor<bool, dyn> const>);
        static_assert(std::is_same_v<decltype(masked), tensor<float, dyn> const>);
        static_assert(std::is_same_v<decltype(wide), tensor<std::int64_t, dyn> const>);
    }
}

TEST_CASE("integers wrap and divide; comparisons of every kind") {
    auto const i = numbers<tensor<std::int32_t, 67>>(1);
    auto const j = filled<tensor<std::int32_t, 67>>(2, 1, 5);
    check([](symbol a, symbol b) {
        return std::tuple{a + b,     a * b * b, -a,     maximum(a, b), minimum(a, b), abs(a),
                          a == b,    a != b,    a < b,  a <= b,        a > b,         a >= b,
                          where(logical_not(a < b), a, b)};
    }, 0, i, j);
    tensor<std::int8_t, 5> const s{100, -128, 127, 5, -3};
    auto const twice = check([](symbol a) { return a + a; }, 0, s);
    CHECK(twice[0] == -56);
    CHECK(twice[1] == 0);
    tensor<std::uint8_t, 4> const u{0, 1, 200, 255};
    auto const wrapped = check([](symbol a) { return a * a - 1; }, 0, u);
    CHECK(wrapped[0] == 255);
}

TEST_CASE("every pattern of broadcasting") {
    // Scalars, rows, columns, outer axes, middle axes, both sides at once.
    auto const add = [](symbol a, symbol b) { return a * 2 + b; };
    auto const full = numbers<tensor<float, 4, 3, 19>>(1);
    check(add, 1e-6, full, numbers<tensor<float>>(2));
    check(add, 1e-6, full, numbers<tensor<float, 19>>(2));
    check(add, 1e-6, full, numbers<tensor<float, 3, 1>>(2));
    check(add, 1e-6, full, numbers<tensor<float, 4, 1, 1>>(2));
    check(add, 1e-6, full, numbers<tensor<float, 4, 1, 19>>(2));
    check(add, 1e-6, full, numbers<tensor<float, 1, 3, 19>>(2));
    check(add, 1e-6, numbers<tensor<float, 4, 1, 19>>(3), numbers<tensor<float, 3, 1>>(2));
    check(add, 1e-6, numbers<tensor<float, 19, 1>>(3), numbers<tensor<float, 1, 21>>(2));
    check(add, 1e-6, numbers<tensor<float, 1>>(3), numbers<tensor<float, 23>>(2));
}

TEST_CASE("broadcasting with extents known at run time") {
    auto const f = [](symbol a, symbol row, symbol column) {
        return std::pair{a * row + column, row - column};
    };
    for (std::int64_t n : {0, 1, 5})
        for (std::int64_t m : all_sizes) {
            auto const a = numbers<tensor<float, dyn, dyn>>(1, n, m);
            auto const row = numbers<tensor<float, dyn>>(2, m);
            auto const column = numbers<tensor<float, dyn, 1>>(3, n);
            check(f, 1e-6, a, row, column);
        }
}

TEST_CASE("transposed, sliced and reshaped operands are read in place") {
    auto const a = numbers<tensor<float, 5, 37>>(1);
    auto const b = numbers<tensor<float, 37, 5>>(2);
    auto const c = numbers<tensor<float, 3, 4, 17>>(3);
    check([](symbol x, symbol y) { return transpose(x) * y + exp(y); }, 1e-6, a, b);
    check([](symbol x, symbol y) { return x + transpose(tanh(y) - transpose(x)); }, 1e-6, a, b);
    check([](symbol x) { return transpose(x, {2, 0, 1}) + 1; }, 1e-6, c);
    check([](symbol x) { return transpose(x, {1, 0, 2}) * 2; }, 1e-6, c);
    check([](symbol x) { return slice(x, 1, 1, -1) - slice(x, 1, 0, -2); }, 1e-6, c);
    check([](symbol x) { return slice(x, 2, 3, 17) * slice(x, 2, 0, 14); }, 1e-6, c);
    check([](symbol x) { return slice(x, 2, 1, 17, 3) + slice(x, 2, 0, 16, 3); }, 1e-6, c);
    check([](symbol x) { return reshape(x, {12, 17}) + slice(reshape(x, {-1}), 0, 0, 17); }, 1e-6, c);
    check([](symbol x) { return reshape(transpose(x), {17, 12}) + 1; }, 1e-6, c);
}

TEST_CASE("results may be arguments, constants, and the same value twice") {
    auto const a = numbers<tensor<float, 9>>(1);
    auto const [same, again, twice, seven, flat] = check([](symbol x) {
        return std::tuple{x, x, x + x, x * 0 + 7, reshape(x, {3, 3})};
    }, 1e-6, a);
    CHECK(array_equal(same, again));
    CHECK(seven[8] == 7);
    CHECK(flat(2, 2) == a[8]);
}

TEST_CASE("numbers among the arguments") {
    auto const a = numbers<tensor<float, 20>>(1);
    check([](symbol x, symbol s, symbol n) { return x * s + n; }, 1e-6, a, 2.5f, 3);
    check([](symbol x, symbol s) { return x + s; }, 1e-12, a, 2.5);
    check([](symbol s, symbol b) { return where(b, s, -s); }, 0, 2.5f, true);
}

TEST_CASE("NaN, infinities, zeros of both signs and subnormal numbers") {
    using limits = std::numeric_limits<float>;
    float const special[] = {0.f,
                             -0.f,
                             limits::quiet_NaN(),
                             limits::infinity(),
                             -limits::infinity(),
                             limits::denorm_min(),
                             -limits::denorm_min(),
                             limits::min() / 4,
                             limits::min(),
                             limits::max(),
                             limits::lowest(),
                             1.f,
                             -1.f};
    constexpr std::int64_t n = 13;
    tensor<float, n, n> x, y;
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) x(i, j) = special[i], y(i, j) = special[j];
    // What is exact in float, or limits to the same value, in float as in double.
    auto const r = weft::call(
        [](symbol a, symbol b) {
            return std::tuple{maximum(a, b), minimum(a, b),       a < b,          a == b,
                              a != b,        where(a < b, a, b),  -a,             abs(a),
                              exp(a),        sqrt(a),             tanh(a),        a + b,
                              a * b,         sigmoid(a),          relu(a),        log(a)};
        },
        x, y);
    auto const same = [](float found, float expected) {
        return std::isnan(expected) ? std::isnan(found) : found == expected;
    };
    int wrong = 0;
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            float const a = special[i], b = special[j];
            bool const nan = std::isnan(a) || std::isnan(b);
            wrong += !same(std::get<0>(r)(i, j), nan ? limits::quiet_NaN() : std::max(a, b));
            wrong += !same(std::get<1>(r)(i, j), nan ? limits::quiet_NaN() : std::min(a, b));
            wrong += std::get<2>(r)(i, j) != (a < b);
            wrong += std::get<3>(r)(i, j) != (a == b);
            wrong += std::get<4>(r)(i, j) != (a != b);
            wrong += !same(std::get<5>(r)(i, j), a < b ? a : b);
            wrong += !same(std::get<6>(r)(i, j), -a);
            wrong += std::signbit(std::get<6>(r)(i, j)) == std::signbit(a) && !std::isnan(a);
            wrong += !same(std::get<7>(r)(i, j), std::abs(a));
            wrong += !same(std::get<9>(r)(i, j), std::sqrt(a));
            wrong += !same(std::get<11>(r)(i, j), a + b);
            wrong += !same(std::get<12>(r)(i, j), a * b);
            if (!std::isnan(a) && std::abs(a) != 1 ) {
                wrong += !same(std::get<8>(r)(i, j), std::exp(a));
                wrong += !same(std::get<10>(r)(i, j), std::tanh(a));
                wrong += !same(std::get<13>(r)(i, j), a > 0 ? (a > 1 ? 1.f : 0.5f)
                                                           : (a < -1 ? 0.f : 0.5f));
                if (a == 0 || std::isinf(a)) wrong += !same(std::get<15>(r)(i, j), std::log(a));
            }
            if (std::isnan(a))
                wrong += !std::isnan(std::get<8>(r)(i, j)) + !std::isnan(std::get<10>(r)(i, j)) +
                         !std::isnan(std::get<13>(r)(i, j)) + !std::isnan(std::get<15>(r)(i, j));
        }
    CHECK(wrong == 0);
}

TEST_CASE("the same numbers for extents known at compile time and at run time") {
    auto const f = [](symbol a, symbol b) { return exp(a) * b + tanh(a - b) / (1.5 + a * b); };
    auto const x = numbers<tensor<float, 7, 43>>(1);
    auto const y = numbers<tensor<float, 43>>(2);
    tensor<float, dyn, dyn> u(7, 43);
    tensor<float, dyn> v(43);
    for (std::int64_t i = 0; i < 7 * 43; ++i) u.data()[i] = x.data()[i];
    for (std::int64_t i = 0; i < 43; ++i) v.data()[i] = y.data()[i];
    auto const known = weft::call(f, x, y);
    auto const bound = weft::call(f, u, v);
    REQUIRE(bound.size() == 7 * 43);
    int wrong = 0;
    for (std::int64_t i = 0; i < 7 * 43; ++i) wrong += known.data()[i] != bound.data()[i];
    CHECK(wrong == 0);
}
