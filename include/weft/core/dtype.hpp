// SPDX-License-Identifier: BSL-1.0
// Element types: their names and sizes, the C++ types that store them, and the type that an
// operation on two of them has. The rules are JAX's: one lattice, in which the width of a float is
// never widened by an integer, and plain C++ scalars are weak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <weft/core/half.hpp>

namespace weft {

enum class dtype : std::uint8_t {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    bf16,
    f16,
    f32,
    f64,
    c64,
    c128
};

inline constexpr int dtype_count = 15;

/// A complex element as it is stored: the layout of std::complex, without its header.
template <class T>
struct complex {
    using value_type = T;
    T re, im;

    constexpr T real() const { return re; }
    constexpr T imag() const { return im; }
    /// As std::complex, or another type of that layout.
    template <class Z>
        requires(sizeof(Z) == 2 * sizeof(T)) && requires(T x) { Z(x, x).real(); }
    constexpr operator Z() const {
        return Z(re, im);
    }
    friend constexpr bool operator==(complex a, complex b) { return a.re == b.re && a.im == b.im; }
    friend constexpr complex operator+(complex a, complex b) { return {a.re + b.re, a.im + b.im}; }
    friend constexpr complex operator*(complex a, complex b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
};

/// Bytes of one element.
constexpr int size_of(dtype t) {
    return "\1\1\2\4\10\1\2\4\10\2\2\4\10\10\20"[static_cast<int>(t)];
}

/// The name that JAX gives the type: "float32", "bfloat16", "bool".
constexpr std::string_view name(dtype t) {
    constexpr std::string_view names[] = {
        "bool",   "int8",     "int16",   "int32",   "int64",   "uint8",     "uint16",    "uint32",
        "uint64", "bfloat16", "float16", "float32", "float64", "complex64", "complex128"};
    return names[static_cast<int>(t)];
}

constexpr bool is_integer(dtype t) { return t >= dtype::int8 && t <= dtype::uint64; }
/// Real floating types; complex ones are not among them.
constexpr bool is_floating(dtype t) { return t >= dtype::bf16 && t <= dtype::f64; }
constexpr bool is_complex(dtype t) { return t >= dtype::c64; }
/// Real or complex floating types: those that have derivatives.
constexpr bool is_inexact(dtype t) { return t >= dtype::bf16; }
/// The type of a complex type's parts; of a real type, itself.
constexpr dtype real_type(dtype t) {
    return t == dtype::c128 ? dtype::f64 : t == dtype::c64 ? dtype::f32 : t;
}
/// Can hold a negative number.
constexpr bool is_signed(dtype t) {
    return t != dtype::boolean && (t <= dtype::int64 || t >= dtype::bf16);
}

/// The type of an operation on two arrays: their join in JAX's lattice.
/// uint64 with a signed integer joins in JAX's weak float, which stands alone as float32 here.
constexpr dtype promote(dtype a, dtype b) {
    dtype const low = a < b ? a : b, high = a < b ? b : a;
    return is_complex(high)        ? low == dtype::f64 ? dtype::c128 : high
           : high >= dtype::bf16   ? low == dtype::bf16 && high == dtype::f16 ? dtype::f32 : high
           : low == dtype::boolean ? high
           // both are integers; in the order of the enumeration unsigned follow signed ones
           : low >= dtype::uint8 || high <= dtype::int64 ? high
           : size_of(low) > size_of(high)                ? low
           : high == dtype::uint64                       ? dtype::f32
                                   : static_cast<dtype>(static_cast<int>(high) - 3);
}

/// Kinds of plain C++ scalars: they have a kind but no width, so that `x * 0.5` keeps x's type.
enum class weak : std::uint8_t { none, boolean, integer, floating, complex };

/// What a weak scalar becomes where nothing else decides.
constexpr dtype default_type(weak w) {
    return w == weak::complex    ? dtype::c64
           : w == weak::floating ? dtype::f32
           : w == weak::integer  ? dtype::int32
                                 : dtype::boolean;
}

/// The type of an operation on an array and a weak scalar: the array's own, unless the scalar is of
/// a higher kind (int32 with 0.5 is float32, float64 with a complex number is complex128).
constexpr dtype promote(dtype strong, weak scalar) {
    int const kind = is_complex(strong) ? 4 : is_floating(strong) ? 3 : is_integer(strong) ? 2 : 1;
    return kind >= static_cast<int>(scalar) ? strong : promote(strong, default_type(scalar));
}

namespace detail {

template <class T>
concept complex_like = sizeof(T) == 2 * sizeof(typename T::value_type) && requires(T const& z) {
    static_cast<typename T::value_type>(z.real());
    static_cast<typename T::value_type>(z.imag());
};

/// -1: not an element type.
template <class T>
constexpr int find_dtype() {
    constexpr auto code = [](dtype t) { return static_cast<int>(t); };
    if constexpr (std::is_same_v<T, bool>)
        return code(dtype::boolean);
    else if constexpr (std::is_same_v<T, float>)
        return code(dtype::f32);
    else if constexpr (std::is_same_v<T, double>)
        return code(dtype::f64);
    else if constexpr (std::is_same_v<T, bf16>)
        return code(dtype::bf16);
    else if constexpr (std::is_same_v<T, f16>)
        return code(dtype::f16);
    else if constexpr (std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                       std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>)
        return -1;
    else if constexpr (std::is_integral_v<T>)
        return sizeof(T) > 8 ? -1
                             : code(std::is_signed_v<T> ? dtype::int8 : dtype::uint8) +
                                   (sizeof(T) == 8 ? 3 : static_cast<int>(sizeof(T)) / 2);
    else if constexpr (complex_like<T>)
        return std::is_same_v<typename T::value_type, float>    ? code(dtype::c64)
               : std::is_same_v<typename T::value_type, double> ? code(dtype::c128)
                                                                : -1;
    else
        return -1;
}

// clang-format off
template <dtype> struct storage;
template <> struct storage<dtype::boolean> { using type = bool; };
template <> struct storage<dtype::int8> { using type = std::int8_t; };
template <> struct storage<dtype::int16> { using type = std::int16_t; };
template <> struct storage<dtype::int32> { using type = std::int32_t; };
template <> struct storage<dtype::int64> { using type = std::int64_t; };
template <> struct storage<dtype::uint8> { using type = std::uint8_t; };
template <> struct storage<dtype::uint16> { using type = std::uint16_t; };
template <> struct storage<dtype::uint32> { using type = std::uint32_t; };
template <> struct storage<dtype::uint64> { using type = std::uint64_t; };
template <> struct storage<dtype::bf16> { using type = bf16; };
template <> struct storage<dtype::f16> { using type = f16; };
template <> struct storage<dtype::f32> { using type = float; };
template <> struct storage<dtype::f64> { using type = double; };
template <> struct storage<dtype::c64> { using type = complex<float>; };
template <> struct storage<dtype::c128> { using type = complex<double>; };
// clang-format on

}  // namespace detail

/// A C++ type that can be an element: bool, integers up to 64 bits (plain char counts as one, the
/// wider character types do not), bf16, f16, float, double, and complex types laid out as
/// std::complex of float or double.
template <class T>
concept Element = (detail::find_dtype<T>() >= 0);

/// The element type that a C++ type stores; long and long long are both int64.
template <Element T>
inline constexpr dtype dtype_of = static_cast<dtype>(detail::find_dtype<T>());

/// The C++ type that stores an element type.
template <dtype T>
using type_of = typename detail::storage<T>::type;

/// The kind of a C++ scalar that stands in an expression; none for bf16 and f16, which are chosen
/// for their width.
template <Element T>
inline constexpr weak weak_of = std::is_same_v<T, bool>       ? weak::boolean
                                : std::is_integral_v<T>       ? weak::integer
                                : std::is_floating_point_v<T> ? weak::floating
                                : is_complex(dtype_of<T>)     ? weak::complex
                                                              : weak::none;

}  // namespace weft
