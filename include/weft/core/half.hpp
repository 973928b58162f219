// SPDX-License-Identifier: BSL-1.0
// The two 16-bit floating types. Both are storage: they convert to float for free or nearly so,
// arithmetic happens in float, and the way back rounds to nearest even.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace weft {
namespace detail {

constexpr float bf16_to_float(std::uint16_t h) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16);
}

constexpr std::uint16_t float_to_bf16(float x) {
    std::uint32_t const u = std::bit_cast<std::uint32_t>(x);
    return static_cast<std::uint16_t>((u & 0x7fffffff) > 0x7f800000
                                          ? (u >> 16) | 0x40  // a NaN may not round to infinity
                                          : (u + 0x7fff + ((u >> 16) & 1)) >> 16);
}

constexpr float f16_to_float(std::uint16_t h) {
    std::uint32_t const sign = (h & 0x8000u) << 16, rest = h & 0x7fffu;
    if (rest < 0x400) {  // subnormal: a multiple of 2^-24
        float const x = static_cast<float>(rest) * 0x1p-24f;
        return sign ? -x : x;
    }
    return std::bit_cast<float>(sign | ((rest << 13) + (rest < 0x7c00 ? 112u << 23 : 224u << 23)));
}

constexpr std::uint16_t float_to_f16(float x) {
    std::uint32_t const u = std::bit_cast<std::uint32_t>(x), rest = u & 0x7fffffff;
    std::uint32_t const h =
        rest > 0x7f800000    ? 0x7e00 | ((rest >> 13) & 0x3ff)
        : rest >= 0x47800000 ? 0x7c00
        : rest >= 0x38800000 ? (rest - 0x38000000 + 0xfff + ((rest >> 13) & 1)) >> 13
                             // the last place of 0.5 is 2^-24, so this addition does the rounding
                             : std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest) + 0.5f) -
                                   std::bit_cast<std::uint32_t>(0.5f);
    return static_cast<std::uint16_t>(((u >> 16) & 0x8000) | h);
}

/// Rounds to odd: rounding the result once more, to fewer bits, gives what rounding once would.
constexpr float double_to_odd_float(double x) {
    constexpr float largest = 0x1.fffffep127f;
    if (!(x <= static_cast<double>(largest) && x >= -static_cast<double>(largest)))
        return x > 0 ? largest : x < 0 ? -largest : std::bit_cast<float>(0x7fc00000u);
    float const nearest = static_cast<float>(x);
    double const back = static_cast<double>(nearest);
    std::uint32_t const u = std::bit_cast<std::uint32_t>(nearest);
    bool const away = x < 0 ? back < x : back > x;
    return back == x ? nearest : std::bit_cast<float>((away ? u - 1 : u) | 1);
}

constexpr float narrow(float x) { return x; }
constexpr float narrow(auto x) { return double_to_odd_float(static_cast<double>(x)); }

}  // namespace detail

/// bfloat16: 8 bits of exponent and 7 of fraction, the upper half of a float.
struct bf16 {
    std::uint16_t bits;

    bf16() = default;
    /// Rounds to nearest even. Integers go through double: those beyond 2^53 round twice.
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr explicit bf16(T x) : bits(detail::float_to_bf16(detail::narrow(x))) {}
    static constexpr bf16 from_bits(std::uint16_t bits) { return std::bit_cast<bf16>(bits); }
    constexpr operator float() const { return detail::bf16_to_float(bits); }
};

/// IEEE binary16: 5 bits of exponent and 10 of fraction, at most 65504.
struct f16 {
    std::uint16_t bits;

    f16() = default;
    /// Rounds to nearest even. Integers go through double: those beyond 2^53 round twice.
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr explicit f16(T x) : bits(detail::float_to_f16(detail::narrow(x))) {}
    static constexpr f16 from_bits(std::uint16_t bits) { return std::bit_cast<f16>(bits); }
    constexpr operator float() const { return detail::f16_to_float(bits); }
};

static_assert(std::is_trivial_v<bf16> && sizeof(bf16) == 2);
static_assert(std::is_trivial_v<f16> && sizeof(f16) == 2);

}  // namespace weft
