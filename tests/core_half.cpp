// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

#include <weft/core/half.hpp>

namespace {

using weft::bf16;
using weft::f16;

/// The value of a 16-bit pattern, from its definition.
double meaning(std::uint16_t bits, int fraction_bits) {
    int const exponent_bits = 15 - fraction_bits, bias = (1 << (exponent_bits - 1)) - 1;
    int const e = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    int const m = bits & ((1 << fraction_bits) - 1);
    double const sign = bits & 0x8000 ? -1.0 : 1.0;
    if (e == (1 << exponent_bits) - 1) return m ? std::nan("") : sign * HUGE_VAL;
    return sign * std::ldexp(e ? m + (1 << fraction_bits) : m, (e ? e : 1) - bias - fraction_bits);
}

/// Rounds to nearest even by search over the (ordered) non-negative patterns.
std::uint16_t nearest(double x, int fraction_bits, std::uint16_t infinity) {
    std::uint16_t const sign = std::signbit(x) ? 0x8000 : 0;
    x = std::fabs(x);
    int low = 0, high = infinity;  // the largest pattern whose value is <= x
    while (low < high) {
        int const middle = (low + high + 1) / 2;
        if (meaning(static_cast<std::uint16_t>(middle), fraction_bits) <= x)
            low = middle;
        else
            high = middle - 1;
    }
    if (low < infinity) {
        double const below = meaning(static_cast<std::uint16_t>(low), fraction_bits);
        // beyond the largest number the next step is as wide as the last one
        double const width =
            low + 1 < infinity
                ? meaning(static_cast<std::uint16_t>(low + 1), fraction_bits) - below
                : below - meaning(static_cast<std::uint16_t>(low - 1), fraction_bits);
        double const over = x - below;
        if (over > width / 2 || (over == width / 2 && low % 2)) ++low;
    }
    return static_cast<std::uint16_t>(sign | low);
}

template <class H>
int wrong_values(int fraction_bits) {
    int wrong = 0;
    for (int i = 0; i < 65536; ++i) {
        auto const bits = static_cast<std::uint16_t>(i);
        double const want = meaning(bits, fraction_bits);
        float const got = H::from_bits(bits);
        if (std::isnan(want)) {
            wrong += !std::isnan(got) || !std::isnan(static_cast<float>(H(got)));
            wrong += !std::isnan(static_cast<float>(H(static_cast<double>(got))));
            wrong += std::signbit(static_cast<float>(H(got))) != (bits >= 0x8000);
            continue;
        }
        wrong += static_cast<double>(got) != want || std::signbit(got) != std::signbit(want);
        wrong += H(got).bits != bits || H(want).bits != bits;
    }
    return wrong;
}

template <class H>
int wrong_roundings(int fraction_bits, std::uint16_t infinity) {
    int wrong = 0;
    auto const check = [&](float x) {
        if (std::isnan(x)) return;
        wrong += H(x).bits != nearest(static_cast<double>(x), fraction_bits, infinity);
        wrong += H(-x).bits != nearest(-static_cast<double>(x), fraction_bits, infinity);
    };
    // each midpoint of two neighbours, and the floats and doubles beside it
    for (int i = 0; i < infinity; ++i) {
        double const a = meaning(static_cast<std::uint16_t>(i), fraction_bits);
        double const b = i + 1 < infinity
                             ? meaning(static_cast<std::uint16_t>(i + 1), fraction_bits)
                             : 2 * a - meaning(static_cast<std::uint16_t>(i - 1), fraction_bits);
        double const middle = a + (b - a) / 2;
        if (middle <= static_cast<double>(std::numeric_limits<float>::max())) {
            auto const f = static_cast<float>(middle);
            check(f), check(std::nextafter(f, 0.f)), check(std::nextafter(f, HUGE_VALF));
        }
        for (double x : {middle, std::nextafter(middle, 0.0), std::nextafter(middle, HUGE_VAL)})
            wrong += H(x).bits != nearest(x, fraction_bits, infinity);
    }
    // patterns all over the floats
    for (std::uint64_t u = 0; u < 0x7f800000; u += 60013)
        check(std::bit_cast<float>(static_cast<std::uint32_t>(u)));
    return wrong;
}

}  // namespace

TEST_CASE("half: all 65536 values") {
    CHECK(wrong_values<bf16>(7) == 0);
    CHECK(wrong_values<f16>(10) == 0);
}

TEST_CASE("half: rounds to nearest even") {
    CHECK(wrong_roundings<bf16>(7, 0x7f80) == 0);
    CHECK(wrong_roundings<f16>(10, 0x7c00) == 0);
}

TEST_CASE("half: constants") {
    static_assert(f16(1.f).bits == 0x3c00 && bf16(1).bits == 0x3f80 && f16(-2.0).bits == 0xc000);
    static_assert(f16(65504.f).bits == 0x7bff && f16(65519.996f).bits == 0x7bff);
    static_assert(f16(65520.f).bits == 0x7c00 && f16(1e30f).bits == 0x7c00 &&
                  f16(-1e300).bits == 0xfc00);
    static_assert(f16(0x1p-24f).bits == 1 && f16(0x1p-25f).bits == 0 && f16(0x1.8p-24f).bits == 2);
    static_assert(f16(0x1.000002p-25f).bits == 1 && f16(-0.f).bits == 0x8000);
    static_assert(bf16(0x1.fffffep127f).bits == 0x7f80 && bf16(1e300).bits == 0x7f80);
    static_assert(bf16(0x1p-149f).bits == 0 && bf16(0x1p-133f).bits == 1);
    // rounding through float would lose the last bit and then round down to even
    static_assert(f16(1.0 + 0x1p-11 + 0x1p-40).bits == 0x3c01 && f16(1.0 + 0x1p-11).bits == 0x3c00);
    static_assert(static_cast<float>(f16::from_bits(0x3555)) == 0x1.554p-2f);
    static_assert(bf16(3) + f16(2) == 5.f && bf16(2) < bf16(3) && f16(4) == bf16(4));
    CHECK(f16(std::numeric_limits<float>::infinity()).bits == 0x7c00);
    CHECK(bf16(-std::numeric_limits<double>::infinity()).bits == 0xff80);
    CHECK(std::isnan(static_cast<float>(f16(std::numeric_limits<double>::quiet_NaN()))));
    // a NaN whose payload lies in the lower bits only
    CHECK(std::isnan(static_cast<float>(bf16(std::bit_cast<float>(0x7f800001u)))));
    CHECK(std::isnan(static_cast<float>(f16(std::bit_cast<float>(0x7f800001u)))));
}
