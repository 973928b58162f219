// SPDX-License-Identifier: BSL-1.0
// Functions of packs of complex numbers, with the branch cuts and special values of C's annex G:
// made of those of their parts; lanes that are infinite, NaN or far out go through the C library.
// Found by ADL where operations are evaluated.
#pragma once

#include <weft/cpu/complex.hpp>
#include <weft/math/exponential.hpp>
#include <weft/math/hyperbolic.hpp>
#include <weft/math/inverse_trigonometric.hpp>
#include <weft/math/power.hpp>
#include <weft/math/trigonometric.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

__extension__ using c64 = float _Complex;
__extension__ using c128 = double _Complex;

/// A function of the C library on each lane.
template <auto Float, auto Double, class T, int N>
[[gnu::noinline, gnu::cold]] pack<complex<T>, N> each_lane(pack<complex<T>, N> const& x) {
    complex<T> lane[static_cast<std::size_t>(N)];
    x.store(lane);
    for (complex<T>& z : lane) {
        if constexpr (std::is_same_v<T, float>)
            z = std::bit_cast<complex<T>>(Float(std::bit_cast<c64>(z)));
        else
            z = std::bit_cast<complex<T>>(Double(std::bit_cast<c128>(z)));
    }
    return pack<complex<T>, N>::load(lane);
}

/// What the C library's function is at the lanes that are not ordinary.
#define WEFT_LIBRARY_WHERE_NOT(ordinary, name, z, y)                                         \
    if (all(ordinary)) [[likely]]                                                            \
        return y;                                                                            \
    return select(ordinary, y,                                                               \
                  simd::each_lane<[](simd::c64 lane) { return __builtin_c##name##f(lane); }, \
                                  [](simd::c128 lane) { return __builtin_c##name(lane); }>(z))

/// Sizes at which no intermediate result of a function overflows.
template <class T>
inline constexpr T exponent_limit = static_cast<T>(sizeof(T) == 4 ? 85 : 700);
template <class T>
inline constexpr T tanh_limit = static_cast<T>(sizeof(T) == 4 ? 20 : 150);
inline constexpr double square_limit = 0x1p500, square_least = 0x1p-500;

template <class T, int N>
WEFT_INLINE pack<T, N> larger_part(pack<complex<T>, N> z) {
    return maximum(abs(z.re), abs(z.im));
}
/// i z and -i z.
template <class T, int N>
WEFT_INLINE pack<complex<T>, N> times_i(pack<complex<T>, N> z) {
    return {-z.im, z.re};
}
template <class T, int N>
WEFT_INLINE pack<complex<T>, N> over_i(pack<complex<T>, N> z) {
    return {z.im, -z.re};
}

}  // namespace simd

template <class T, int N>
pack<complex<T>, N> exp(pack<complex<T>, N> z) {
    using V = pack<T, N>;
    auto const ordinary =
        (abs(z.re) < V(simd::exponent_limit<T>)) & (abs(z.im) < V(math::infinity<T>));
    V const size = math::exp(z.re);
    pack<complex<T>, N> const y{size * math::cos(z.im), size * math::sin(z.im)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, exp, z, y);
}

template <class T, int N>
pack<complex<T>, N> sinh(pack<complex<T>, N> z) {
    using V = pack<T, N>;
    auto const ordinary =
        (abs(z.re) < V(simd::exponent_limit<T>)) & (abs(z.im) < V(math::infinity<T>));
    pack<complex<T>, N> const y{math::sinh(z.re) * math::cos(z.im),
                                math::cosh(z.re) * math::sin(z.im)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, sinh, z, y);
}

template <class T, int N>
pack<complex<T>, N> cosh(pack<complex<T>, N> z) {
    using V = pack<T, N>;
    auto const ordinary =
        (abs(z.re) < V(simd::exponent_limit<T>)) & (abs(z.im) < V(math::infinity<T>));
    pack<complex<T>, N> const y{math::cosh(z.re) * math::cos(z.im),
                                math::sinh(z.re) * math::sin(z.im)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, cosh, z, y);
}

/// W. Kahan, "Branch cuts for complex elementary functions", 1987; as are the inverse functions.
template <class T, int N>
pack<complex<T>, N> tanh(pack<complex<T>, N> z) {
    using V = pack<T, N>;
    auto const ordinary = (abs(z.re) < V(simd::tanh_limit<T>)) & (abs(z.im) < V(math::infinity<T>));
    V const one(T(1)), t = math::tan(z.im), s = math::sinh(z.re), b = fma(t, t, one);
    V const bs = b * s, below = one / fma(bs, s, one);
    pack<complex<T>, N> const y{bs * sqrt(fma(s, s, one)) * below, t * below};
    WEFT_LIBRARY_WHERE_NOT(ordinary, tanh, z, y);
}

namespace simd {

/// The root of a number whose parts are finite, without special values.
template <int N>
WEFT_INLINE pack<complex<double>, N> root(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    V const zero(0.0), half(0.5), size = math::hypot(z.re, z.im);
    V const large = sqrt(half * (size + abs(z.re)));
    V const small = select(large == zero, zero, half * abs(z.im) / large);
    auto const right = z.re >= zero;
    return {select(right, large, small), math::copysign(select(right, small, large), z.im)};
}
template <int N>
pack<complex<double>, N> sqrt_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    V const size = larger_part(z);
    auto const ordinary = (size < V(square_limit)) & (size > V(square_least));
    auto const y = root(z);
    WEFT_LIBRARY_WHERE_NOT(ordinary, sqrt, z, y);
}

/// The logarithm of |z|^2, of which the distance from 1 is found without rounding.
template <int N>
WEFT_INLINE pack<double, N> log_of_square(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    V const one(1.0), zero(0.0), x = abs(z.re), y = abs(z.im);
    V const a = select(x > y, x, y), b = select(x > y, y, x);
    auto const p = math::exact_product(a, a), q = math::exact_product(b, b);
    auto const sum = math::exact_sum(p.high - one, q.high);
    V const more = sum.high + (sum.low + (p.low + q.low));
    auto const near = (more > V(-0.5)) & (more < one);
    auto const about_one = math::exact_sum(one, more), whole = math::exact_sum(p.high, q.high);
    return math::log_of(select(near, about_one.high, whole.high),
                        select(near, about_one.low, zero));
}
template <int N>
pack<complex<double>, N> log_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    V const size = larger_part(z);
    auto const ordinary = (size < V(square_limit)) & (size > V(square_least));
    pack<complex<double>, N> const y{V(0.5) * log_of_square(z), math::atan2(z.im, z.re)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, log, z, y);
}

/// 1 + z and 1 - z with their signs of zero.
template <int N>
WEFT_INLINE pack<complex<double>, N> one_plus(pack<complex<double>, N> z) {
    return {pack<double, N>(1.0) + z.re, z.im};
}

template <int N>
pack<complex<double>, N> asin_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    auto const ordinary = larger_part(z) < V(square_limit);
    auto const a = root(one_plus(z)), b = root(one_plus(-z));
    pack<complex<double>, N> const y{math::atan2(z.re, a.re * b.re - a.im * b.im),
                                     math::asinh(b.re * a.im - b.im * a.re)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, asin, z, y);
}
template <int N>
pack<complex<double>, N> acos_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    auto const ordinary = larger_part(z) < V(square_limit);
    auto const a = root(one_plus(z)), b = root(one_plus(-z));
    pack<complex<double>, N> const y{V(2.0) * math::atan2(b.re, a.re),
                                     math::asinh(a.re * b.im - a.im * b.re)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, acos, z, y);
}
template <int N>
pack<complex<double>, N> acosh_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    auto const ordinary = larger_part(z) < V(square_limit);
    auto const a = root(one_plus(z)), b = root(pack<complex<double>, N>(z.re - V(1.0), z.im));
    pack<complex<double>, N> const y{math::asinh(b.re * a.re + b.im * a.im),
                                     V(2.0) * math::atan2(b.im, a.re)};
    WEFT_LIBRARY_WHERE_NOT(ordinary, acosh, z, y);
}
template <int N>
pack<complex<double>, N> atanh_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    V const one(1.0), sign = math::copysign(one, z.re), x = abs(z.re), y = z.im * sign;
    V const apart = (one - x) * (one - x) + y * y;
    auto const ordinary = (larger_part(z) < V(square_limit)) & (apart > V(square_least));
    V const re = V(0.25) * math::log1p(V(4.0) * x / apart);
    V const im = V(0.5) * math::atan2(y + y, (one - x) * (one + x) - y * y);
    pack<complex<double>, N> const w{re * sign, im * sign};
    WEFT_LIBRARY_WHERE_NOT(ordinary, atanh, z, w);
}
#undef WEFT_LIBRARY_WHERE_NOT

/// f of doubles; floats are widened, so that nothing cancels nor overflows.
template <class F, class T, int N>
WEFT_INLINE pack<complex<T>, N> in_double(F f, pack<complex<T>, N> z) {
    if constexpr (sizeof(T) == 4)
        return cast<complex<T>>(f(cast<complex<double>>(z)));
    else
        return f(z);
}
template <class T, int N>
WEFT_INLINE pack<complex<T>, N> scaled_by(pack<complex<T>, N> z, double factor) {
    pack<T, N> const f(static_cast<T>(factor));
    return {z.re * f, z.im * f};
}

/// log(1 + z), also of small z.
template <int N>
pack<complex<double>, N> log1p_wide(pack<complex<double>, N> z) {
    using V = pack<double, N>;
    auto const small = larger_part(z) < V(0.5);
    auto const y = log_wide(one_plus(z));
    // |1 + z|^2 - 1 = 2 x + x^2 + y^2
    auto const p = math::exact_product(z.re, z.re), q = math::exact_product(z.im, z.im);
    auto const sum = math::exact_sum(z.re + z.re, p.high),
               all_of_it = math::exact_sum(sum.high, q.high);
    V const more = all_of_it.high + (all_of_it.low + sum.low + p.low + q.low);
    return {select(small, V(0.5) * math::log1p(more), y.re), y.im};
}

template <int N>
pack<complex<double>, N> power_wide(pack<complex<double>, N> x, pack<complex<double>, N> y) {
    using V = pack<double, N>;
    using Z = pack<complex<double>, N>;
    V const zero(0.0), one(1.0), half(0.5);
    Z const unit(one, zero);
    auto const real = y.im == zero, whole = real & (y.re == floor(y.re)) & (abs(y.re) <= V(64.0));
    auto const nothing = (x.re == zero) & (x.im == zero);
    Z result = unit;
    Z square = x;
    for (V left = select(whole, abs(y.re), zero); any(left > zero);) {
        V const rest = floor(left * half);
        result = select(left > rest + rest, result * square, result);
        square = square * square;
        left = rest;
    }
    result = select(whole & (y.re < zero), unit / result, result);
    if (!all(whole)) result = select(whole, result, exp(y * log_wide(x)));
    V const invalid(math::not_a_number<double>);
    Z const of_nothing = select(real & (y.re > zero), Z(zero, zero), Z(invalid, invalid));
    return select(nothing & !(real & (y.re == zero)), of_nothing, result);
}

}  // namespace simd

#define WEFT_COMPLEX_FUNCTION(name)                                             \
    template <class T, int N>                                                   \
    pack<complex<T>, N> name(pack<complex<T>, N> z) {                           \
        return simd::in_double([](auto x) { return simd::name##_wide(x); }, z); \
    }
WEFT_COMPLEX_FUNCTION(sqrt)
WEFT_COMPLEX_FUNCTION(log)
WEFT_COMPLEX_FUNCTION(log1p)
WEFT_COMPLEX_FUNCTION(asin)
WEFT_COMPLEX_FUNCTION(acos)
WEFT_COMPLEX_FUNCTION(acosh)
WEFT_COMPLEX_FUNCTION(atanh)
#undef WEFT_COMPLEX_FUNCTION

// sin(z) = -i sinh(i z), cos(z) = cosh(i z), and so on.
template <class T, int N>
pack<complex<T>, N> sin(pack<complex<T>, N> z) {
    return simd::over_i(sinh(simd::times_i(z)));
}
template <class T, int N>
pack<complex<T>, N> cos(pack<complex<T>, N> z) {
    return cosh(simd::times_i(z));
}
template <class T, int N>
pack<complex<T>, N> tan(pack<complex<T>, N> z) {
    return simd::over_i(tanh(simd::times_i(z)));
}
template <class T, int N>
pack<complex<T>, N> asinh(pack<complex<T>, N> z) {
    return simd::over_i(asin(simd::times_i(z)));
}
template <class T, int N>
pack<complex<T>, N> atan(pack<complex<T>, N> z) {
    return simd::over_i(atanh(simd::times_i(z)));
}
template <class T, int N>
pack<complex<T>, N> exp2(pack<complex<T>, N> z) {
    return simd::in_double([](auto x) { return exp(simd::scaled_by(x, 0.6931471805599453)); }, z);
}
template <class T, int N>
pack<complex<T>, N> log2(pack<complex<T>, N> z) {
    return simd::in_double([](auto x) { return simd::scaled_by(log(x), 1.4426950408889634); }, z);
}
template <class T, int N>
pack<complex<T>, N> log10(pack<complex<T>, N> z) {
    return simd::in_double([](auto x) { return simd::scaled_by(log(x), 0.4342944819032518); }, z);
}
/// exp(z) - 1, also of small z.
template <class T, int N>
pack<complex<T>, N> expm1(pack<complex<T>, N> z) {
    return simd::in_double(
        [](auto x) {
            using V = decltype(x.re);
            V const s = math::sin(x.im * V(0.5));
            auto const e = exp(x);
            V const re = fma(math::expm1(x.re), math::cos(x.im), V(-2.0) * s * s);
            return decltype(x)(select(abs(x.re) < V(1.0), re, e.re - V(1.0)), e.im);
        },
        z);
}
/// x^y: of whole y up to 64 by products; 0^y is 0 for y > 0 and 1 for y = 0, else NaN.
template <class T, int N>
pack<complex<T>, N> power(pack<complex<T>, N> x, pack<complex<T>, N> y) {
    if constexpr (sizeof(T) == 4)
        return cast<complex<T>>(
            simd::power_wide(cast<complex<double>>(x), cast<complex<double>>(y)));
    else
        return simd::power_wide(x, y);
}
template <class T, int N>
WEFT_INLINE pack<complex<T>, N> rsqrt(pack<complex<T>, N> z) {
    return reciprocal(sqrt(z));
}

}  // namespace WEFT_ISA
}  // namespace weft
