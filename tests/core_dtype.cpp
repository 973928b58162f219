// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <complex>
#include <cstddef>

#include <weft/core/dtype.hpp>

namespace {

using weft::dtype;
using weft::weak;
using enum weft::dtype;

// The order of JAX's documentation, and its table: rows and columns b1 u1 u2 u4 u8 i1 i2 i4 i8 bf
// f2 f4 f8 c8 c16, then the weak columns i* f* c*. "f*" alone is a weak float: float32 here.
constexpr dtype order[] = {boolean, uint8, uint16, uint32, uint64, int8, int16, int32,
                           int64,   bf16,  f16,    f32,    f64,    c64,  c128};
constexpr char const* names[] = {"b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4",
                                 "i8", "bf", "f2", "f4", "f8", "c8", "cx"};
constexpr std::string_view table[] = {"b1 u1 u2 u4 u8 i1 i2 i4 i8 bf f2 f4 f8 c8 cx i* f* c*",
                                      "u1 u1 u2 u4 u8 i2 i2 i4 i8 bf f2 f4 f8 c8 cx u1 f* c*",
                                      "u2 u2 u2 u4 u8 i4 i4 i4 i8 bf f2 f4 f8 c8 cx u2 f* c*",
                                      "u4 u4 u4 u4 u8 i8 i8 i8 i8 bf f2 f4 f8 c8 cx u4 f* c*",
                                      "u8 u8 u8 u8 u8 f* f* f* f* bf f2 f4 f8 c8 cx u8 f* c*",
                                      "i1 i2 i4 i8 f* i1 i2 i4 i8 bf f2 f4 f8 c8 cx i1 f* c*",
                                      "i2 i2 i4 i8 f* i2 i2 i4 i8 bf f2 f4 f8 c8 cx i2 f* c*",
                                      "i4 i4 i4 i8 f* i4 i4 i4 i8 bf f2 f4 f8 c8 cx i4 f* c*",
                                      "i8 i8 i8 i8 f* i8 i8 i8 i8 bf f2 f4 f8 c8 cx i8 f* c*",
                                      "bf bf bf bf bf bf bf bf bf bf f4 f4 f8 c8 cx bf bf c8",
                                      "f2 f2 f2 f2 f2 f2 f2 f2 f2 f4 f2 f4 f8 c8 cx f2 f2 c8",
                                      "f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f8 c8 cx f4 f4 c8",
                                      "f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 cx cx f8 f8 cx",
                                      "c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 cx c8 cx c8 c8 c8",
                                      "cx cx cx cx cx cx cx cx cx cx cx cx cx cx cx cx cx cx"};

constexpr dtype parse(std::string_view s) {
    for (int i = 0; i < 15; ++i)
        if (s == names[i]) return order[i];
    return s == "i*" ? int32 : s == "f*" ? f32 : c64;
}

/// The number of the first wrong cell, or -1.
constexpr int first_wrong() {
    constexpr weak weaks[] = {weak::integer, weak::floating, weak::complex};
    for (std::size_t i = 0; i < 15; ++i)
        for (std::size_t j = 0; j < 18; ++j) {
            dtype const got =
                j < 15 ? promote(order[i], order[j]) : promote(order[i], weaks[j - 15]);
            if (got != parse(table[i].substr(3 * j, 2))) return static_cast<int>(i * 100 + j);
        }
    return -1;
}
static_assert(first_wrong() == -1);

template <class T>
concept has_dtype = requires {
    weft::dtype_of<T>;
};

}  // namespace

TEST_CASE("dtype: promotion is JAX's table") {
    CHECK(first_wrong() == -1);
    for (dtype t : order) {
        CHECK(promote(t, t) == t);
        CHECK(promote(t, weak::boolean) == t);
        CHECK(promote(t, weak::none) == t);
        for (dtype u : order) CHECK(promote(t, u) == promote(u, t));
    }
    static_assert(promote(int32, weak::floating) == f32 && promote(f16, weak::floating) == f16);
    static_assert(promote(f32, weak::integer) == f32 && promote(boolean, weak::integer) == int32);
}

TEST_CASE("dtype: every type stores itself") {
    auto const check = []<int... I>(std::integer_sequence<int, I...>) {
        (static_cast<void>([] {
             constexpr auto t = static_cast<dtype>(I);
             static_assert(weft::dtype_of<weft::type_of<t>> == t);
             static_assert(sizeof(weft::type_of<t>) == static_cast<std::size_t>(size_of(t)));
             CHECK(size_of(t) == static_cast<int>(sizeof(weft::type_of<t>)));
         }()),
         ...);
    };
    check(std::make_integer_sequence<int, weft::dtype_count>{});
}

TEST_CASE("dtype: C++ types") {
    static_assert(weft::dtype_of<long> == int64 && weft::dtype_of<long long> == int64);
    static_assert(weft::dtype_of<unsigned long> == uint64 &&
                  weft::dtype_of<unsigned long long> == uint64);
    static_assert(weft::dtype_of<signed char> == int8 && weft::dtype_of<unsigned char> == uint8);
    static_assert(weft::dtype_of<char> == (std::is_signed_v<char> ? int8 : uint8));
    static_assert(weft::dtype_of<std::complex<float>> == c64);
    static_assert(weft::dtype_of<std::complex<double>> == c128);
    static_assert(!has_dtype<long double> && !has_dtype<std::complex<long double>>);
    static_assert(!has_dtype<wchar_t> && !has_dtype<char8_t> && !has_dtype<std::byte>);
    static_assert(!has_dtype<void> && !has_dtype<int*> && !has_dtype<int&> && !has_dtype<dtype>);
    static_assert(!has_dtype<std::string_view> && !has_dtype<int[2]> && !has_dtype<void()>);
    static_assert(weft::weak_of<int> == weak::integer && weft::weak_of<double> == weak::floating);
    static_assert(weft::weak_of<bool> == weak::boolean && weft::weak_of<weft::f16> == weak::none);
    static_assert(weft::weak_of<std::complex<double>> == weak::complex);
    CHECK(weft::dtype_of<float> == f32);
}

TEST_CASE("dtype: names and kinds") {
    static_assert(name(boolean) == "bool" && name(bf16) == "bfloat16" &&
                  name(c128) == "complex128");
    static_assert(name(f32) == "float32" && name(uint64) == "uint64" && name(int8) == "int8");
    int integers = 0, floats = 0, complexes = 0, with_sign = 0;
    for (dtype t : order) {
        integers += is_integer(t), floats += is_floating(t), complexes += is_complex(t);
        with_sign += is_signed(t);
        CHECK(is_integer(t) + is_floating(t) + is_complex(t) == (t != boolean));
    }
    CHECK(integers == 8);
    CHECK(floats == 4);
    CHECK(complexes == 2);
    CHECK(with_sign == 10);
    CHECK(!is_signed(uint64));
    CHECK(is_signed(int8));
}
