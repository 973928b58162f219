// SPDX-License-Identifier: BSL-1.0
// tgamma, lgamma and digamma, which at negative numbers are mirrored. Floats are computed in
// double.
#pragma once

#include <weft/math/exponential.hpp>
#include <weft/math/power.hpp>
#include <weft/math/trigonometric.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

struct gamma_table {
    // Euler's constant, and log(gamma(2 + u)) = (1 - euler) u + u^2 P(u) for -3/4 <= u <= 1/2.
    static constexpr double euler[] = {0.5772156649015329, -4.942915152430645e-18},
                            slope[] = {0.42278433509846713, 4.942915152430645e-18};
    static constexpr double lgamma[] = {
        0.3224670334241132,     -0.06735230105319788,    0.020580808427789702,
        -0.007385551028696427,  0.0028905103303922784,   -0.0011927539109835579,
        0.0005096695353828326,  -0.00022315476670161993, 9.94573381707234e-05,
        -4.492624939017247e-05, 2.0508876641789506e-05,  -9.438324375265562e-06,
        4.365552995566146e-06,  -2.0507373132309315e-06, 9.8389122356216e-07,
        -3.959184169398782e-07, 1.7547056177687587e-07,  -2.2259924638816774e-07,
        2.5397711738566544e-08, 8.71101791243393e-08,    8.92969722887123e-08};
    // log(gamma(low_at + v)) = low + v^2 P(v) about its minimum, for -1/4 <= v <= 0.29.
    static constexpr double low_at[] = {1.4616321449683622, 9.549995429965697e-17};
    static constexpr double low = -0.12148629053584961;
    static constexpr double minimum[] = {
        0.4838361227238108,     -0.147587722994538,      0.0646249402388029,
        -0.032788541086562706,  0.0179706751295013,      -0.010314223223516767,
        0.00610053517979677,    -0.0036845604934463445,  0.0022597901427822797,
        -0.0014024978609695068, 0.0008778417285779298,   -0.0005504485009777192,
        0.0003544790496817492,  -0.00025444436826554094, 0.0001451069044810911};
    // log(gamma(x)) = (x - 1/2) log(x) - x + log(2 pi) / 2 + P(1 / x^2) / x for x >= 8.
    static constexpr double stirling[] = {
        0.08333333333333333,   -0.0027777777777741,    0.000793650789835265, -0.0005952366070564647,
        0.0008414728622600654, -0.0018905407042929493, 0.005069265327079856};
    // digamma(x) = (x - low_at) P(x - 7/4) for 1 <= x <= 5/2.
    static constexpr double digamma[] = {
        0.8581832171262995,     -0.3262546278681058,     0.15712011335203535,
        -0.08228558635576323,   0.04479965445348819,     -0.024890048489933907,
        0.013985786156872362,   -0.007910468750114953,   0.004491814242533613,
        -0.002556686922284696,  0.0014573683870950829,   -0.000831493137397339,
        0.00047472842325242876, -0.000271116940290325,   0.00015458923635210855,
        -8.82730114885466e-05,  5.140834621947171e-05,   -2.94825400712111e-05,
        1.446903273577751e-05,  -8.07684167525889e-06,   8.52831376684831e-06,
        -5.086505810349224e-06, -1.2479803734786613e-06, 8.510038220997864e-07,
        2.081918608503205e-06,  -1.2288867642064669e-06};
    // log2(e), log2(2 pi) / 2, pi.
    static constexpr double log2_e[] = {1.4426950408889634, 2.0355273740931033e-17},
                            log2_root[] = {1.3257480647361595, -7.153413670427599e-17},
                            pi[] = {3.141592653589793, 1.2246467991473532e-16};
    // digamma(x) = log(x - 1/2) + w P(w), w = 1 / (x - 1/2)^2, for x >= 7/2.
    static constexpr double tail[] = {
        0.041666666666662966,  -0.007291666664536425, 0.0038442455860376694, -0.004134066386866617,
        0.0075578177853041755, -0.020947502495308704, 0.07927591537017663,   -0.35445340391803276,
        1.5547899186354286,    -5.542947789231818,    13.20280474744965,     -15.11535281524599};
};

namespace detail {

/// How far x is from the nearest integer, exactly; 0 from 2^52 on.
template <class V>
WEFT_INLINE V from_integer(V x) {
    return x - nearest(x);
}

/// sin(pi f) and cos(pi f) for 0 <= f <= 1/2.
template <class V>
WEFT_INLINE two<V> sine_and_cosine_of_turns(V f) {
    using c = gamma_table;
    auto const far = f > V(0.25);
    V const g = select(far, V(0.5) - f, f), zero(rounder<double>), one(rounder<double> + 1);
    two<V> r = exact_product(g, V(c::pi[0]));
    r.low = fma(g, V(c::pi[1]), r.low);
    return {sin_of(r, bits(select(far, one, zero))), sin_of(r, bits(select(far, zero, one)))};
}

/// log(x) as a sum of two.
template <class V>
WEFT_INLINE two<V> log_in_two(V x) {
    using c = exp_table<element<V>>;
    parts<V> const p = split(x);
    V const f = p.m - V(1.0);
    two<V> const sum = fast_sum(p.e * V(c::high), f);
    return {sum.high, sum.low + fma(p.e, V(c::low), log1p_rest(f))};
}

/// Of a number from -1/4 on that is neither 0 nor infinite.
template <class V>
V lgamma_above(V x) {
    using c = gamma_table;
    V const one(1.0);
    mask_of_value<V> const small = x < V(0.75), middle = x < V(2.5), large = x >= V(8.0);
    // One logarithm: of x, or of the product (x - 1) (x - 2) ... down to a factor below 2.5.
    V product = select(large | small, abs(x), one), factor = x - one, y = x;
    auto more = !(middle | large);
    while (any(more)) {
        product = select(more, product * factor, product);
        y = select(more, factor, y);
        factor = factor - one;
        more = more & (factor >= V(1.5));
    }
    two<V> const l = log_in_two(product);
    // From 3/4 to 5/4, after x was raised by one: log(gamma(2 + d)) - log(1 + d), in which the
    // first terms cancel exactly.
    V const u = select(small, x, y - one);  // the argument is 1 + u
    auto const about_one = u < V(0.2);
    V const d = select(about_one, u, u - one);  // from 1, or from 2
    V const high_terms = fma(d * d, polynomial(d, c::lgamma),
                             d * select(about_one, V(-c::euler[1]), V(c::slope[1])));
    V const rest = select(about_one, high_terms - log1p_rest(d), high_terms);
    V const ends = fma(d, select(about_one, V(-c::euler[0]), V(c::slope[0])), rest);
    V const v = (u - V(c::low_at[0] - 1)) - V(c::low_at[1]);
    V const bottom = fma(v * v, polynomial(v, c::minimum), V(c::low));
    V const near = select((u >= V(0.2)) & (u < V(0.75)), bottom, ends);
    two<V> const both = exact_sum(select(small, -l.high, l.high), near);
    V const below = both.high + (both.low + select(small, -l.low, l.low));
    if (!any(large)) return below;
    V const w = one / x;
    two<V> const main = exact_product(x - V(0.5), l.high);
    two<V> const sum = exact_sum(main.high, -x);
    V const tail = fma(w, polynomial(w * w, c::stirling), V(0.91893853320467274178));
    V const above = sum.high + (sum.low + (main.low + fma(x - V(0.5), l.low, tail)));
    V const endless = select(main.high == V(infinity<double>), main.high, above);
    return select(large, endless, below);
}

/// |gamma(x)| = pi / (|x sin(pi x)| gamma(|x|)) for negative x.
template <class V>
V lgamma(V x) {
    using c = gamma_table;
    V const zero(0.0), one(1.0), endless(infinity<double>), size = abs(x);
    auto const ordinary = (size > zero) & (size < endless);
    auto const mirrored = x < V(-0.25);
    V y = lgamma_above(select(ordinary, select(mirrored, size, x), one));
    if (any(mirrored)) {
        V const f = abs(from_integer(x)), s = sine_and_cosine_of_turns(f).high;
        two<V> const l = log_in_two(select(mirrored & (f > zero), s * size * V(1 / c::pi[0]), one));
        two<V> const sum = exact_sum(l.high, y);
        y = select(mirrored, select(f > zero, -(sum.high + (sum.low + l.low)), endless), y);
    }
    return select(ordinary, y, select(x == x, endless, x));
}

/// gamma(x) = m 2^n / product, where x was raised to 8 by the factors of the product.
template <class V>
V tgamma(V x) {
    using c = gamma_table;
    V const zero(0.0), one(1.0), size = abs(x), within = at_most(size, 200.);
    two<V> product{one, zero}, at{within, zero};
    auto more = within < V(8.0);
    for (int k = 1; any(more); ++k) {
        two<V> const p = exact_product(product.high, at.high);
        V const low = fma(product.high, at.low, fma(product.low, at.high, p.low));
        product = {select(more, p.high, product.high), select(more, low, product.low)};
        two<V> const next = exact_sum(V(static_cast<double>(k)), within);
        at = {select(more, next.high, at.high), select(more, next.low, at.low)};
        more = at.high < V(8.0);
    }
    // Stirling's series as a power of two.
    two<V> const l = log2_in_two(at.high);
    V const half_less = at.high - V(0.5), w = one / at.high;
    two<V> const up = exact_product(half_less, l.high),
                 down = exact_product(at.high, V(c::log2_e[0])),
                 sum = exact_sum(up.high, -down.high),
                 power = exact_sum(sum.high, V(c::log2_root[0]));
    V low = fma(half_less, l.low, up.low) - fma(at.high, V(c::log2_e[1]), down.low);
    low = fma(at.low, l.high, low) + (sum.low + power.low);
    low = low + fma(w * V(c::log2_e[0]), polynomial(w * w, c::stirling), V(c::log2_root[1]));
    V const n = nearest(power.high), r = (power.high - n) + low;
    V const m = fma(polynomial(r, power_table::exp2_double), r, one);
    V const by = one / product.high, q = m * by;
    V const over = minus_product(m, q, product.high) - q * product.low;
    V y = scaled(fma(over, by, q), n);
    auto const mirrored = x < zero;
    if (any(mirrored)) {
        // -pi / (x sin(pi x) gamma(-x)), of which the last has not overflowed as m and n.
        V const f = abs(from_integer(x)), s = sine_and_cosine_of_turns(f).high;
        two<V> const above = exact_product(product.high, V(c::pi[0])),
                     area = exact_product(size, s), below = exact_product(area.high, m);
        V const above_low =
            fma(product.high, V(c::pi[1]), fma(product.low, V(c::pi[0]), above.low));
        V const inverse = one / below.high, value = above.high * inverse;
        V const rest = minus_product(above.high, value, below.high) + above_low -
                       value * fma(area.low, m, below.low);
        V const result = scaled(fma(rest, inverse, value), -n), half = floor(x) * V(0.5);
        V const whole = select(f > zero, result, V(not_a_number<double>));
        y = select(mirrored, select(half == floor(half), whole, -whole), y);
    }
    y = select(size < V(0x1p-60), one / x, y);
    return select(x < V(infinity<double>), y, x);
}

template <class V>
V digamma(V x) {
    using c = gamma_table;
    V const one(1.0), zero(0.0);
    auto const mirrored = x < zero;
    V const at = select(mirrored, one - x, x);
    mask_of_value<V> const low = at < one, middle = (at >= V(2.5)) & (at < V(3.5)),
                           large = at >= V(3.5);
    V const y = select(low, at + one, select(middle, at - one, select(large, one, at)));
    V const p = ((y - V(c::low_at[0])) - V(c::low_at[1])) * polynomial(y - V(1.75), c::digamma);
    V const by = select(middle, y, at), step = one / by;
    two<V> const lower = exact_sum(p, -step);
    V const down = lower.high + fma(-step, minus_product(one, step, by), lower.low);
    V result = select(low, select(abs(step) < V(infinity<double>), down, -step),
                      select(middle, p + step, p));
    if (any(large)) {
        V const shifted = select(large, at - V(0.5), one), inverse = one / shifted;
        V const w = inverse * inverse;
        two<V> const l = log_in_two(shifted);
        V const above = l.high + fma(w, polynomial(w, c::tail), l.low);
        result = select(large, select(at < V(infinity<double>), above, at), result);
    }
    if (!any(mirrored)) return result;
    // digamma(x) = digamma(1 - x) - pi cot(pi x)
    V const f = from_integer(x);
    two<V> const turned = sine_and_cosine_of_turns(abs(f));
    V const cotangent = copysign(turned.low / turned.high * V(c::pi[0]), f);
    V const whole = select(f == zero, V(not_a_number<double>), result - cotangent);
    return select(mirrored, whole, result);
}

}  // namespace detail

/// log |gamma(x)|: infinite at 0 and at negative integers. Near its roots at negative x the error
/// of doubles is relative to 1.
template <class V>
inline V lgamma(V x) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4)
        return cast<T>(lgamma(cast<double>(x)));
    else
        return detail::lgamma(x);
}

/// gamma(x): infinite at 0, NaN at negative integers.
template <class V>
inline V tgamma(V x) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4)
        return cast<T>(tgamma(cast<double>(x)));
    else
        return detail::tgamma(x);
}

/// The derivative of lgamma. Near its roots at negative x the error is relative to 1.
template <class V>
inline V digamma(V x) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4)
        return cast<T>(digamma(cast<double>(x)));
    else
        return detail::digamma(x);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
