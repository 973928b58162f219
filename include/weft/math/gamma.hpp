// SPDX-License-Identifier: BSL-1.0
// lgamma, digamma and polygamma. Floats are computed in double; polygamma, number by number.
#pragma once

#include <weft/math/exponential.hpp>
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
    // digamma(x) = log(x - 1/2) + w P(w), w = 1 / (x - 1/2)^2, for x >= 7/2.
    static constexpr double tail[] = {
        0.041666666666662966,  -0.007291666664536425, 0.0038442455860376694, -0.004134066386866617,
        0.0075578177853041755, -0.020947502495308704, 0.07927591537017663,   -0.35445340391803276,
        1.5547899186354286,    -5.542947789231818,    13.20280474744965,     -15.11535281524599};
};

namespace detail {

struct lgamma_of_number {
    double operator()(double x) const { return __builtin_lgamma(x); }
};

/// log(x) as a sum of two.
template <class V>
WEFT_INLINE two<V> log_in_two(V x) {
    using c = exp_table<element<V>>;
    parts<V> const p = split(x);
    V const f = p.m - V(1.0);
    two<V> const sum = fast_sum(p.e * V(c::high), f);
    return {sum.high, sum.low + fma(p.e, V(c::low), log1p_rest(f))};
}

template <class V>
V lgamma(V x) {
    using c = gamma_table;
    V const one(1.0);
    mask_of_value<V> const small = x < V(0.75), middle = x < V(2.5), large = x >= V(8.0);
    // One logarithm: of x, or of the product (x - 1) (x - 2) ... down to a factor below 2.5.
    V product = select(large | small, x, one), factor = x - one, y = x;
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
    V const f = x - nearest(x);
    V const cotangent = one / tan(f * V(3.14159265358979324)) * V(3.14159265358979324);
    V const whole = select(f == zero, V(not_a_number<double>), result - cotangent);
    return select(mirrored, whole, result);
}

}  // namespace detail

/// log |gamma(x)|. Near its roots at negative x the error is relative to 1.
template <class V>
inline V lgamma(V x) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4) {
        return cast<T>(lgamma(cast<double>(x)));
    } else {
        auto const ordinary = (x > V(T(0))) & (x < V(infinity<T>));
        V const y = detail::lgamma(select(ordinary, x, V(T(1))));
        if (all(ordinary)) [[likely]]
            return y;
        return patched(detail::lgamma_of_number(), !ordinary, y, x);
    }
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

namespace detail {

/// The sum of (x + k)^-s over k >= 0, for x >= 12, by Euler and Maclaurin.
inline double zeta_above(double s, double x) {
    // B_2k / (2k)!
    constexpr double c[] = {1. / 12,          -1. / 720,
                            1. / 30240,       -1. / 1209600,
                            1. / 47900160,    -691. / 1307674368000,
                            1. / 74724249600, -3617. / 10670622842880000};
    double const power = __builtin_pow(x, -s);
    double sum = power * (x / (s - 1) + 0.5), term = power * s / x;
    for (int k = 0; k < 8; ++k) {
        sum += c[k] * term;
        term *= (s + 2 * k + 1) * (s + 2 * k + 2) / (x * x);
    }
    return sum;
}

struct polygamma_of_numbers {
    double operator()(double n, double x) const {
        if (!(n >= 1) || x != x) return not_a_number<double>;
        bool const whole = x <= 0 && x == __builtin_floor(x);
        if (whole) return not_a_number<double>;
        double const s = n + 1;
        bool const even = s == 2 * __builtin_floor(s / 2);
        // Far below zero the terms are those of two sums that leave to either side.
        double sum = 0, at = x;
        if (at < -13) {
            double const last = __builtin_floor(-at) - 12, next = at + last;
            double const left = zeta_above(s, -next + 1) - zeta_above(s, -at + 1);
            sum = even ? left : -left;
            at = next;
        }
        double const far = 12 + n;  // the expansion needs more room for higher orders
        for (; at < far; at += 1) {
            double const power = __builtin_pow(__builtin_fabs(at), -s);
            sum += at < 0 && !even ? -power : power;
        }
        sum += zeta_above(s, at);
        double const y = __builtin_tgamma(s) * sum;
        return even ? y : -y;
    }
    float operator()(float n, float x) const {
        return static_cast<float>((*this)(static_cast<double>(n), static_cast<double>(x)));
    }
};

}  // namespace detail

/// The derivative of order n >= 1 of digamma.
template <class V>
inline V polygamma(V n, V x) {
    return patched(detail::polygamma_of_numbers(), n == n, n, n, x);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
