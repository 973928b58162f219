// SPDX-License-Identifier: BSL-1.0
// Every real element type through compiled kernels: arithmetic, comparisons, conversions, sums and
// products; truth values; sums of 16-bit floats; what a type does not have is refused by name.
#include "compiled.hpp"
#include "tracing.hpp"

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::tensor;

template <class T>
void check_type(double tolerance) {
    constexpr bool is_unsigned = std::is_unsigned_v<T>;
    auto const f = [](symbol x, symbol y) {
        symbol const small = minimum(x, y);
        return std::tuple{x + y * x,      small,
                          maximum(x, 3),  x < y,
                          x <= y,         x != y,
                          abs(small) * 2, where(x == y, x, y + 1),
                          -x,             square(weft::cast<float>(x)) / (y + 20),
                          x.builder()->constant(x.type(), x.node().shape, 5) - y};
    };
    for (std::int64_t n : {1, 7, 16, 33, 70}) {
        auto const x = filled<tensor<T, dyn>>(1, is_unsigned ? 0 : -9, 10, n);
        auto const y = filled<tensor<T, dyn>>(2, is_unsigned ? 0 : -9, 10, n);
        check(f, tolerance, x, y);
    }
    auto const sums = [](symbol x, symbol y) {
        return std::tuple{sum(x), sum(x, axis<0>), max(x, axis<1>), max(x), mean(x, axis<1>),
                          matmul(x, y), sum(x * 2, axis<1>)};
    };
    auto const x = filled<tensor<T, 5, 19>>(3, is_unsigned ? 0 : -4, 5);
    auto const y = filled<tensor<T, 19, 3>>(4, is_unsigned ? 0 : -4, 5);
    check(sums, tolerance, x, y);
    auto const converted = [](symbol v) {
        symbol const whole = weft::cast<std::int64_t>(v);
        return std::tuple{weft::cast<bool>(v),
                          weft::cast<std::int8_t>(v),
                          weft::cast<std::uint16_t>(abs(v)),
                          whole,
                          weft::cast<weft::bf16>(whole),
                          weft::cast<weft::f16>(whole),
                          weft::cast<double>(v),
                          exp(v / 8)};
    };
    check(converted, tolerance, x);
}

}  // namespace

TEST_CASE("signed integers") {
    check_type<std::int8_t>(1e-6);
    check_type<std::int16_t>(1e-6);
    check_type<std::int32_t>(1e-6);
    check_type<std::int64_t>(1e-6);
}

TEST_CASE("unsigned integers") {
    check_type<std::uint8_t>(1e-6);
    check_type<std::uint16_t>(1e-6);
    check_type<std::uint32_t>(1e-6);
    check_type<std::uint64_t>(1e-6);
}

TEST_CASE("floating types; those of 16 bits round on the way to memory only") {
    check_type<double>(1e-6);
    check_type<float>(1e-5);
    check_type<weft::bf16>(1e-2);
    check_type<weft::f16>(2e-3);
}

TEST_CASE("truth values: + is or, * is and, false is less than true") {
    auto const f = [](symbol x, symbol y) {
        return std::tuple{x + y,         x * y,         maximum(x, y), minimum(x, y), x < y,
                          x <= y,        x == y,        x != y,        abs(x),        x + 1,
                          logical_not(x) + (y * true),  where(x, y, x), x * 0.5f};
    };
    for (std::int64_t n : {1, 7, 16, 33}) {
        auto const x = numbers<tensor<bool, dyn>>(1, n), y = numbers<tensor<bool, dyn>>(2, n);
        auto const r = check(f, 0, x, y);
        static_assert(std::is_same_v<std::tuple_element_t<0, std::remove_const_t<decltype(r)>>,
                                     tensor<bool, dyn>>);
        static_assert(std::is_same_v<std::tuple_element_t<9, std::remove_const_t<decltype(r)>>,
                                     tensor<std::int32_t, dyn>>);
        for (std::int64_t i = 0; i < n; ++i) {
            CHECK(std::get<0>(r).data()[i] == (x.data()[i] || y.data()[i]));
            CHECK(std::get<1>(r).data()[i] == (x.data()[i] && y.data()[i]));
            CHECK(std::get<4>(r).data()[i] == (!x.data()[i] && y.data()[i]));
        }
    }
    auto const m = numbers<tensor<bool, 6, 19>>(3);
    check([](symbol x) {
        return std::tuple{sum(x), sum(x, axis<0>), max(x, axis<1>), mean(x),
                          matmul(x, transpose(x))};
    }, 1e-6, m);
}

TEST_CASE("long sums of 16-bit floats are kept in floats") {
    tensor<weft::bf16, 600, 3> x;
    tensor<weft::f16, 600, 200> y;
    for (auto& v : x) v = weft::bf16(1.0f);
    for (auto& v : y) v = weft::f16(1.0f);
    auto const [all, down] = weft::call(
        [](symbol a) { return std::pair{sum(a), sum(a, axis<0>)}; }, x);
    static_assert(std::is_same_v<decltype(all), tensor<weft::bf16> const>);
    CHECK(static_cast<float>(all.item()) == 1800);
    for (int i = 0; i < 3; ++i) CHECK(static_cast<float>(down(i)) == 600);
    // 120 000 is infinite in f16, the mean is not.
    auto const average = weft::call([](symbol a) { return mean(a); }, y);
    static_assert(std::is_same_v<decltype(average), tensor<weft::f16> const>);
    CHECK(static_cast<float>(average.item()) == 1);
}

TEST_CASE("operations that a type does not have are refused by name") {
    std::vector<argument> const two{{dtype::boolean, {3}}, {dtype::c64, {3}}, {dtype::f32, {3}}};
    auto const says = [&](function f) { return mistake(f, two); };
    using in = symbol const*;
    CHECK(says([](in x) { return x[0] - x[0]; }) ==
          "subtract: bool has no such operation: use logical_and, logical_or, logical_not, !=, or "
          "cast to a number");
    CHECK(says([](in x) { return -x[0]; }).starts_with("negate: bool has no such operation"));
    CHECK(says([](in x) { return x[1] < x[2]; }) ==
          "less: complex64 has no such operation: complex numbers have no order; take real(z), "
          "imag(z) or abs(z)");
    CHECK(says([](in x) { return maximum(x[1], 0); }).starts_with("maximum: complex64 has no"));
    CHECK(says([](in x) { return max(x[1]); }).starts_with("max: complex64 has no"));
    CHECK(says([](in x) { return weft::cast<float>(x[1]); }) ==
          "cast(x1): (3): complex64 has no value as float32: take real(z), imag(z) or abs(z)");
    CHECK(says([](in x) { return make_complex(x[1], x[2]); })
              .starts_with("make_complex: complex64 has no such operation"));
    CHECK(says([](in x) { return x[0] - 1; }) == "no mistake");
    CHECK(says([](in x) { return x[1] - 1; }) == "no mistake");
}
