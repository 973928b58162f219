// SPDX-License-Identifier: BSL-1.0
// exp and log, whole and in parts, and what is made of the parts: exp2, expm1, log1p, log2, log10,
// sigmoid, softplus and logaddexp. Below hyperbolic.hpp and power.hpp.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

// ln 2 is split so that a small integer times `high` is exact. Polynomials, here and in the other
// headers, are minimax for the relative error of the function, found by Remez's exchange in 45
// digits. `exp` is q in e^r = 1 + r + r^2 q(r), `exp2` is q in 2^r = 1 + r q(r).
template <class T>
struct exp_table;
template <>
struct exp_table<float> {
    static constexpr float log2_e = 1.44269504f, high = 0.693145752f, low = 1.42860682e-6f;
    static constexpr float overflow = 88.75f, underflow = -104, normal = 87, minus_one = -20,
                           tiny = 0x1p-25f;
    static constexpr float exp[] = {4.999999404e-01f, 1.666651964e-01f, 4.166840017e-02f,
                                    8.368851617e-03f, 1.381432521e-03f};
    static constexpr float exp2[] = {0.6931471825f,   0.2402264774f,   0.05550332367f,
                                     0.009618441574f, 0.001339886338f, 0.000153523928f};
};
template <>
struct exp_table<double> {
    static constexpr double log2_e = 1.442695040888963407, high = 0.6931471803691238,
                            low = 1.9082149292705878e-10;
    static constexpr double overflow = 709.8, underflow = -746, normal = 708, minus_one = -40,
                            tiny = 0x1p-54;
    static constexpr double exp[] = {0.500000000000001083,     0.166666666666664077,
                                     0.0416666666665281084,    0.00833333333349692692,
                                     0.00138888889442479815,   0.000198412695027263548,
                                     0.0000248014923894874589, 2.75575884374380585e-6,
                                     2.76305230707640853e-7,   2.4999852868185494e-8};
    static constexpr double exp2[] = {
        0.6931471805599453,     0.2402265069591013,     0.055504108664820084,
        0.009618129107594119,   0.0013333558146774848,  0.0001540353045711307,
        1.5252733492930757e-05, 1.3215435281777826e-06, 1.0178199647882684e-07,
        7.07378333895183e-09,   4.4347604643484653e-10};
};

/// Overflows to infinity, underflows through the subnormal numbers to 0.
template <class V>
WEFT_INLINE V exp(V x) {
    using T = element<V>;
    using c = exp_table<T>;
    // Where 2^n is no subnormal number for any lane, n goes straight into the exponents.
    bool normal = false;
    if constexpr (!requires { scale_exponent(x, x); }) normal = all(abs(x) < V(c::normal));
    V within = x;
    if (!normal) within = at_most(at_least(x, c::underflow), c::overflow);
    V const biased = fma(within, V(c::log2_e), V(rounder<T>)), n = biased - V(rounder<T>);
    V const r = fma(n, V(-c::low), fma(n, V(-c::high), within));
    V const y = fma(fma(polynomial(r, c::exp), r, V(T(1))), r, V(T(1)));
    if (!normal) return scaled(y, n);
    return value_of<T>(bits(y) + (bits(biased) << fraction_bits<T>));
}

/// x = n ln 2 + r with an integer n; e^x = 2^n (1 + e), to more places than `exp`.
template <class V>
struct exp_parts {
    V n, e;

    WEFT_INLINE explicit exp_parts(V x, V correction = V(element<V>(0))) {
        using T = element<V>;
        using c = exp_table<T>;
        n = fma(x, V(c::log2_e), V(rounder<T>)) - V(rounder<T>);
        V const r = fma(n, V(-c::high), x);
        // The sum of r and its rest, which would be lost beside it.
        V const rest = fma(n, V(-c::low), correction), sum = r + rest;
        V const lost = (r - sum) + rest;
        e = sum + fma(sum * sum, polynomial(sum, c::exp), lost);
    }
};

/// e^-x to 0.7 ulp, for x >= 0 or NaN.
template <class V>
WEFT_INLINE V exp_of_minus(V x) {
    using T = element<V>;
    using c = exp_table<T>;
    V const within = at_most(x, -c::underflow);
    V const n = fma(within, V(-c::log2_e), V(rounder<T>)) - V(rounder<T>);
    V const r = fma(n, V(-c::low), fma(n, V(-c::high), -within));
    return scaled(fma(polynomial(r, c::exp), r * r, r) + V(T(1)), n);
}

template <class V>
WEFT_INLINE V exp2(V x) {
    using T = element<V>;
    V n, r;
    if constexpr (requires { fraction(x); }) {
        r = fraction(x), n = x - r;
    } else {
        constexpr T limit = sizeof(T) == 4 ? 151 : 1076;
        V const within = at_most(at_least(x, -limit), limit);
        n = nearest(within), r = within - n;
    }
    return scaled(fma(polynomial(r, exp_table<T>::exp2), r, V(T(1))), n);
}

template <class V>
WEFT_INLINE V expm1(V x) {
    using T = element<V>;
    using c = exp_table<T>;
    exp_parts<V> const p(at_most(at_least(x, c::minus_one), c::overflow));
    // Half of 2^n, which may be as large as 2^1024.
    V const power = power_of_two(p.n - V(T(1)));
    V const y = fma(power, p.e, power - V(T(0.5)));
    return select(abs(x) < V(c::tiny), x, y + y);
}

// log(1 + f) for m = 1 + f, 0.75 <= m < 1.5. Float: P in f - f^2 / 2 + f^3 P(f). Double: R of
// FreeBSD's e_log.c, f - (f^2/2 - s (f^2/2 + R(s^2))), s = f / (2 + f).
template <class T>
struct log_table;
template <>
struct log_table<float> {
    static constexpr float log[] = {3.333345056e-01f,  -2.500009537e-01f, 1.999086142e-01f,
                                    -1.664731205e-01f, 1.447839290e-01f,  -1.316118985e-01f,
                                    1.046302542e-01f,  -4.507486895e-02f};
    // log(1 + e) = e + e^2 P(e - 1/2) for 0 <= e <= 1.
    static constexpr float log1p[] = {
        -0.378139555f, 0.179224923f,    -0.0932297111f, 0.0510830395f,   -0.0289640073f,
        0.0168016516f, -0.00968185905f, 0.00578768365f, -0.00457687816f, 0.00280164205f};
    static constexpr float log2_e[] = {1.442695022f, 1.925963034e-8f},
                           log10_e[] = {0.434294492f, -1.010304995e-8f},
                           log10_2[] = {0.301025390625f, 4.605039067e-6f};
};
template <>
struct log_table<double> {
    static constexpr double log[] = {
        0.66666666666672754,   0.3999999999613807558, 0.2857142939953038509, 0.2222213815481049707,
        0.1818637028523442207, 0.1524990387410514673, 0.1537040730933791352};
    static constexpr double log2_e[] = {1.4426950408889634, 2.0355273740931033e-17},
                            log10_e[] = {0.4342944819032518, 1.098319650216765e-17},
                            log10_2[] = {0.30102999566383914, 1.42050232272661e-13};
};

/// log(1 + f) - f for -0.25 <= f < 0.5, and a number that is added before the last rounding.
template <class V>
WEFT_INLINE V log1p_rest(V f, V more = V(element<V>(0))) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4) {
        return fma(fma(alternating(f, log_table<T>::log), f, V(T(-0.5))), f * f, more);
    } else {
        V const s = f / (f + V(T(2))), z = s * s, half = f * f * V(T(0.5));
        return fma(s, fma(z, polynomial(z, log_table<T>::log), half), more) - half;
    }
}

/// e ln 2 + log(1 + f).
template <class V>
WEFT_INLINE V log_of_parts(V e, V f) {
    using c = exp_table<element<V>>;
    return fma(e, V(c::high), f + log1p_rest(f, e * V(c::low)));
}

/// The natural logarithm: -infinity at 0, NaN below.
template <class V>
WEFT_INLINE V log(V x) {
    parts<V> const p = split(x);
    return log_of_parts(p.e, p.m - V(element<V>(1)));
}

/// log(x + low) for a small `low`; x > 0 and finite, or with the results of `split`.
template <class V>
WEFT_INLINE V log_of(V x, V low, V more_powers_of_two = V(element<V>(0))) {
    parts<V> const p = split(x);
    return log_of_parts(p.e + more_powers_of_two,
                        (p.m - V(element<V>(1))) + scaled(low, -p.e));
}

/// log(x) to the base whose logarithm's reciprocal is given, high and low, with that of 2.
template <class V, class T>
WEFT_INLINE V log_to_base(V x, T const (&reciprocal)[2], T two_high, T two_low) {
    parts<V> const p = split(x);
    V const f = p.m - V(T(1));
    two<V> const main = exact_product(f, V(reciprocal[0]));
    V const rest = fma(f, V(reciprocal[1]), log1p_rest(f) * V(reciprocal[0])) + main.low;
    V const tail = two_low == T(0) ? rest : fma(p.e, V(two_low), rest);
    two<V> const sum = fast_sum(p.e * V(two_high), main.high);
    return select(abs(p.e) < V(infinity<T>), sum.high + (sum.low + tail), p.e + f);
}
template <class V>
WEFT_INLINE V log2(V x) {
    using T = element<V>;
    return log_to_base(x, log_table<T>::log2_e, T(1), T(0));
}
template <class V>
WEFT_INLINE V log10(V x) {
    using c = log_table<element<V>>;
    return log_to_base(x, c::log10_e, c::log10_2[0], c::log10_2[1]);
}

template <class V>
WEFT_INLINE V log1p(V x) {
    using T = element<V>;
    two<V> const sum = exact_sum(V(T(1)), x);
    V y = log_of(sum.high, sum.low);
    auto const ordinary = (x > V(T(-1))) & (x < V(infinity<T>));
    if (!all(ordinary)) [[unlikely]] {
        y = select(x == V(T(-1)), V(-infinity<T>), y);
        y = select(x < V(T(-1)), V(not_a_number<T>), y);
        y = select(x < V(infinity<T>), y, x);
    }
    return select(abs(x) < V(exp_table<T>::tiny), x, y);
}

/// 1 / (1 + e^-x), without overflow and accurate in both tails.
template <class V>
WEFT_INLINE V sigmoid(V x) {
    using T = element<V>;
    V const one(T(1));
    V const e = exp_of_minus(abs(x));
    two<V> const below = fast_sum(one, e);
    V const q = select(x < V(T(0)), e, one) / below.high;
    // With what the sum's rounding lost, but for at most half of that: the sum counts as 1.
    return fma(-q, below.low, q);
}

/// log(e^a + e^b), where `difference` is a - b, and `larger` is the larger of both.
template <class V>
WEFT_INLINE V log_of_sum(V larger, V difference) {
    using T = element<V>;
    V const e = exp_of_minus(abs(difference));
    if constexpr (sizeof(T) == 4)
        return larger + fma(polynomial(e - V(T(0.5)), log_table<T>::log1p), e * e, e);
    two<V> const sum = fast_sum(V(T(1)), e);
    V const y = log_of(sum.high, sum.low);
    return larger + select(e < V(exp_table<T>::tiny), e, y);
}
/// log(1 + e^x).
template <class V>
WEFT_INLINE V softplus(V x) {
    using T = element<V>;
    return log_of_sum(select(x < V(T(0)), V(T(0)), x), x);
}
template <class V>
WEFT_INLINE V logaddexp(V a, V b) {
    using T = element<V>;
    V const larger = select(a > b, a, b);
    return log_of_sum(select(a == a, larger, a), select(a == b, V(T(0)), a - b));
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
