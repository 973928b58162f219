// SPDX-License-Identifier: BSL-1.0
// Numbers at every place of a shape, and tables of C++ values, in traces and in compiled programs.
#include <array>
#include <complex>

#include "compiled.hpp"
#include "tracing.hpp"

#include <weft/autodiff/autodiff.hpp>

namespace {

using namespace testing;
using weft::dyn;
using weft::tensor;

constexpr auto squares = [] {
    std::array<float, 1000> a{};
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * i);
    return a;
}();

}  // namespace

TEST_CASE("full, zeros and ones, like a value or of a shape") {
    auto const f = [](symbol x, symbol z) {
        return std::tuple{full_like(x, 2.5) * x,
                          zeros_like(z) + ones_like(z),
                          weft::full<double>(x, {2, 3}, -1.5),
                          weft::zeros(x, {x.size(0), 2}),
                          weft::ones<std::int8_t>(x, {3}),
                          full_like(weft::cast<bool>(x), true)};
    };
    for (std::int64_t n : {0, 1, 21}) {
        auto const x = numbers<tensor<float, dyn>>(1, n);
        auto const i = numbers<tensor<std::int64_t, 4>>(2);
        auto const r = check(f, 0, x, i);
        static_assert(std::is_same_v<std::tuple_element_t<2, std::remove_const_t<decltype(r)>>,
                                     tensor<double, 2, 3>>);
        static_assert(std::is_same_v<std::tuple_element_t<4, std::remove_const_t<decltype(r)>>,
                                     tensor<std::int8_t, 3>>);
    }
    auto const z = weft::call(
        [](symbol x) { return full_like(x, std::complex<double>(1, -2)); },
        tensor<weft::complex<float>, 2>{});
    CHECK(z(1) == weft::complex<float>{1, -2});
}

TEST_CASE("tables of each element type") {
    auto const x = numbers<tensor<float, 3>>(1);
    auto const r = check(
        [](symbol a) {
            return std::tuple{weft::constant(a, {1.f, -2.f, 0.5f}) * a,
                              weft::constant(a, {{1.0, 2.0, 3.0}, {4.0, 5.0, -6.0}}) + a,
                              weft::constant(a, {1, 2, -3, 4, 5}),
                              weft::constant(a, {true, false, true}),
                              weft::constant(a, std::array<std::int8_t, 3>{-1, 2, 100}),
                              weft::constant(a, std::array<std::uint16_t, 4>{1, 2, 65535, 4}, {2, 2}),
                              weft::constant(a, std::array<std::int64_t, 2>{1ll << 62, -5}),
                              weft::constant(a, std::array{weft::bf16(1.5f), weft::bf16(-2.f)}),
                              weft::constant(a, {7, 7, 7})};
        },
        0, x);
    CHECK(std::get<6>(r)(0) == 1ll << 62);
    CHECK(std::get<1>(r)(1, 2) == -6 + x(2));
    auto const z = weft::call(
        [](symbol a) {
            using c = std::complex<double>;
            return std::pair{weft::constant(a, {c(1, 2), c(3, -4)}) * 2,
                             weft::constant(a, std::array{std::complex<float>(0, 1)}) * a};
        },
        x);
    CHECK(z.first(1) == weft::complex<double>{6, -8});
    CHECK(z.second(2) == weft::complex<float>{0, x(2)});
}

TEST_CASE("a table of a thousand values, read by position, transposed and in products") {
    auto const x = numbers<tensor<float, 40, 3>>(1);
    tensor<std::int32_t, 4> const at{0, 999, 31, 7};
    auto const f = [](symbol a, symbol i) {
        symbol const t = weft::constant(a, squares, {25, 40});
        return std::tuple{matmul(t, a), transpose(t) - 1, take(reshape(t, {1000}), i)};
    };
    auto const r = check(f, 1e-6, x, at);
    CHECK(std::get<2>(r)(1) == 998001);
    // No derivative, and none is in the way.
    auto const g = weft::grad([](symbol a) {
        return sum(square(matmul(weft::constant(a, squares, {25, 40}), a)) * 1e-9);
    })(x);
    CHECK(g(3, 1) != 0);
}

TEST_CASE("what is no table is refused") {
    std::vector<argument> const one{{dtype::f32, {3}}};
    CHECK(mistake([](symbol const* x) { return weft::constant(x[0], {{1, 2}, {3}}); }, one) ==
          "constant: rows of 2 and of 1 values are no matrix");
    CHECK(mistake([](symbol const* x) { return weft::constant(x[0], std::array{1, 2, 3}, {2, 2}); },
                  one)
              .starts_with("reshape(constant_table(...)): (3) has another number of elements"));
    CHECK(mistake([](symbol const* x) { return full_like(x[0], std::complex<float>(1, 2)); }, one) ==
          "full: float32 holds no complex number");
    CHECK(mistake([](symbol const* x) { return weft::zeros(x[0], {-2}); }, one) ==
          "full: a shape has the negative size -2");
}
