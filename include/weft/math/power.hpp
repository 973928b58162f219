// SPDX-License-Identifier: BSL-1.0
// power, cbrt, hypot. The power of floats is computed in double, that of doubles from a logarithm
// in two parts.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

struct power_table {
    // log2(1 + f) = f P(f) for -1/4 <= f < 1/2, and 2^r = 1 + r Q(r), as floats need them.
    static constexpr double log2[] = {
        1.4426950408879486,  -0.7213475205887501,  0.4808983478428072,  -0.3606737233261738,
        0.28853884513312505, -0.24045171635816234, 0.20611130401252556, -0.18027329448732934,
        0.1599086131287883,  -0.14462051340329066, 0.13652284627494116, -0.12746454360632986,
        0.0920482825930371,  -0.03321648756427851};
    static constexpr double exp2[] = {
        0.6931471805407627,   0.24022651075228288,   0.05550410965965821,   0.009618036980140009,
        0.001333342808235376, 0.0001546709359984575, 1.5315542753360594e-05};
    // atanh(s) = s (1 + s^2 / 3 + s^4 R(s^2)) for |s| <= 1/5, and 2^r = 1 + r Q(r).
    static constexpr double atanh[] = {
        0.19999999999999857, 0.14285714285791298, 0.11111111095153312, 0.09090910805433473,
        0.07692201196203104, 0.06670632535154575, 0.05795277610739548, 0.06291247901303085};
    static constexpr double exp2_double[] = {
        0.6931471805599453,     0.2402265069591013,     0.055504108664820084,
        0.009618129107594119,   0.0013333558146774848,  0.0001540353045711307,
        1.5252733492930757e-05, 1.3215435281777826e-06, 1.0178199647882684e-07,
        7.07378333895183e-09,   4.4347604643484653e-10};
    static constexpr double third[] = {0.3333333333333333, 1.850371707708594e-17},
                            two_log2_e[] = {2.8853900817779268, 4.0710547481862066e-17};
};

/// m^(-1/3) for 0.75 <= m < 1.5, to 2^-12.
template <class T>
inline constexpr T inverse_cube_root[] = {
    static_cast<T>(1.8381211248906102), static_cast<T>(-1.7213630815813674),
    static_cast<T>(1.3610065187098204), static_cast<T>(-0.5772720058935306),
    static_cast<T>(0.09946964013044711)};

namespace detail {

/// log2(x) = high + low, to 2^-64 of it; x > 0 and finite.
template <class V>
WEFT_INLINE two<V> log2_in_two(V x) {
    using T = element<V>;
    using c = power_table;
    parts<V> const p = split(x);
    V const f = p.m - V(T(1));
    // s = f / (2 + f)
    two<V> const d = fast_sum(V(T(2)), f);
    V const inverse = V(T(1)) / d.high, s = f * inverse;
    V const s_low = fma(-s, d.low, minus_product(f, s, d.high)) * inverse;
    // g = 1 + s^2 / 3 + s^4 R(s^2)
    two<V> const z = exact_product(s, s);
    V const z_low = fma(s + s, s_low, z.low);
    two<V> const w = exact_product(z.high, V(c::third[0]));
    V const w_low = fma(z.high, V(c::third[1]), fma(z_low, V(c::third[0]), w.low));
    two<V> const g = fast_sum(V(T(1)), w.high);
    V const g_low = fma(z.high * z.high, polynomial(z.high, c::atanh), g.low + w_low);
    // 2 log2(e) s g + e
    two<V> const t = exact_product(s, g.high);
    V const t_low = fma(s, g_low, fma(s_low, g.high, t.low));
    two<V> const l = exact_product(t.high, V(c::two_log2_e[0]));
    V const l_low = fma(t.high, V(c::two_log2_e[1]), fma(t_low, V(c::two_log2_e[0]), l.low));
    two<V> const sum = exact_sum(p.e, l.high);
    return fast_sum(sum.high, sum.low + l_low);
}

/// x^y for 0 < x < infinity and a finite y.
template <class V>
WEFT_INLINE V positive_power(V x, V y) {
    using T = element<V>;
    using c = power_table;
    if constexpr (sizeof(T) == 4) {
        auto const wide = cast<double>(x);
        using W = std::remove_const_t<decltype(wide)>;
        parts<W> const p = split(wide);
        W const f = p.m - W(1.0);
        W const z =
            at_most(at_least(cast<double>(y) * fma(f, polynomial(f, c::log2), p.e), -200.), 200.);
        W const n = nearest(z), r = z - n;
        return cast<T>(fma(polynomial(r, c::exp2), r, W(1.0)) * power_of_two(n));
    } else {
        two<V> const l = log2_in_two(x), product = exact_product(y, l.high);
        V const z = at_most(at_least(product.high, -1100.), 1100.), n = nearest(z);
        V const low = select(z == product.high, fma(y, l.low, product.low), V(0.0));
        V const r = (z - n) + low;
        return scaled(fma(polynomial(r, c::exp2_double), r, V(1.0)), n);
    }
}

}  // namespace detail

/// x^y. Of integers: wrapped around, rounded towards zero for negative y.
template <class V>
inline V power(V x, V y) {
    using T = element<V>;
    V const zero(T(0)), one(T(1));
    if constexpr (std::is_integral_v<T>) {
        V result = one, base = x, left = y;
        if constexpr (std::is_signed_v<T>) {
            V const odd = y & one, minus = zero - one;
            V const sign = select(odd == zero, one, minus);
            result = select(y < zero, select(x == one, one, select(x == minus, sign, zero)), one);
            left = select(y < zero, zero, y);
        }
        while (any(left != zero)) {
            result = select((left & one) != zero, V(result * base), result);
            base = base * base;
            left = left >> 1;
        }
        return result;
    } else {
        V const size = abs(x);
        V z = detail::positive_power(size, y);
        auto const ordinary = (x > zero) & (x < V(infinity<T>)) & (abs(y) < V(infinity<T>));
        if (all(ordinary)) [[likely]]
            return z;
        V const half = y * V(T(0.5)), endless(infinity<T>), invalid(not_a_number<T>);
        mask_of_value<V> const whole = y == floor(y), even = half == floor(half),
                               known = abs(y) < endless, odd = whole & !even & known;
        auto const negative = copysign(one, x) < zero;
        auto const rising = y > zero;
        // An infinite exponent asks on which side of 1 the base is, a base of 0 or infinity for
        // the sign of the exponent.
        z = select(abs(y) == endless, select((size > one) ^ rising, zero, endless), z);
        z = select(size == zero, select(rising, zero, endless), z);
        z = select(size == endless, select(rising, endless, zero), z);
        z = select(negative & odd, -z, z);
        z = select((x < zero) & (size < endless) & !whole, invalid, z);
        z = select((x == x) & (y == y), z, invalid);
        z = select((size == one) & (abs(y) == endless), one, z);
        return select((y == zero) | (x == one), one, z);
    }
}

/// The cube root, also of negative x.
template <class V>
WEFT_INLINE V cbrt(V x) {
    using T = element<V>;
    V const size = abs(x), one(T(1)), zero(T(0));
    auto const ordinary = (size > zero) & (size < V(infinity<T>));
    parts<V> const p = split(select(ordinary, size, one));
    V const n = nearest(p.e * V(static_cast<T>(1. / 3))), over = fma(n, V(T(-3)), p.e);
    V const m = p.m * select(over > zero, V(T(2)), select(over < zero, V(T(0.5)), one));
    V const factor = select(over > zero, V(static_cast<T>(0.7937005259840998)),
                            select(over < zero, V(static_cast<T>(1.2599210498948732)), one));
    V r = polynomial(p.m, inverse_cube_root<T>) * factor;
    // A step of third order for m^(-1/3), then one of Newton's for the root itself.
    V const e = fma(-m * r, r * r, one);
    r = fma(r * e, fma(e, V(static_cast<T>(2. / 9)), V(static_cast<T>(1. / 3))), r);
    V const square = r * r, root = m * square;
    V const better = fma(fma(-root * root, root, m), square * V(static_cast<T>(1. / 3)), root);
    return select(ordinary, copysign(scaled(better, n), x), x);
}

/// sqrt(a^2 + b^2), without overflow.
template <class V>
WEFT_INLINE V hypot(V a, V b) {
    using T = element<V>;
    constexpr T large = static_cast<T>(sizeof(T) == 4 ? 0x1p60 : 0x1p500);
    constexpr T factor = static_cast<T>(sizeof(T) == 4 ? 0x1p100 : 0x1p600);
    V const x = abs(a), y = abs(b);
    auto const more = x > y;
    V high = select(more, x, y), low = select(more, y, x);
    if (all((high < V(large)) & (high > V(1 / large)))) [[likely]]
        return sqrt(fma(high, high, low * low));
    V const one(T(1)), up(factor), down(1 / factor);
    mask_of_value<V> const huge = high >= V(large), tiny = high <= V(1 / large);
    V const by = select(huge, down, select(tiny, up, one));
    high = high * by, low = low * by;
    V const z = sqrt(fma(high, high, low * low)) * select(huge, up, select(tiny, down, one));
    // An infinity counts even beside a NaN.
    return select((x == V(infinity<T>)) | (y == V(infinity<T>)), V(infinity<T>), z);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
