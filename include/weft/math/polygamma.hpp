// SPDX-License-Identifier: BSL-1.0
// polygamma: the derivatives of digamma, for one order at a time. Floats are computed in double.
#pragma once

#include <weft/math/gamma.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

namespace detail {

/// The sum of (x + k)^-s over k >= 0 for s > 1 and x >= 11 + s, by Euler and Maclaurin.
class zeta_tail {
public:
    explicit zeta_tail(double s) : s_(s) {
        double rising = s;
        for (int k = 0; k < 8; rising *= (s + 2 * k + 1) * (s + 2 * k + 2), ++k)
            c_[k] = bernoulli[k] * rising;
    }
    template <class V>
    V operator()(V x) const {
        V const r = V(1.0) / x;
        V const series = fma(r, fma(r, polynomial(r * r, c_), V(0.5)), V(1 / (s_ - 1)));
        return power_of(x, s_ - 1) * series;
    }
    /// x^-p for positive x.
    template <class V>
    static V power_of(V x, double p) {
        if (!(p <= 16 && p == __builtin_floor(p))) return positive_power(x, V(-p));
        V result(1.0), square = V(1.0) / x;
        for (int left = static_cast<int>(p); left != 0; left >>= 1, square = square * square)
            if (left & 1) result = result * square;
        return result;
    }

private:
    // B_2k / (2k)!
    static constexpr double bernoulli[] = {1. / 12,          -1. / 720,
                                           1. / 30240,       -1. / 1209600,
                                           1. / 47900160,    -691. / 1307674368000,
                                           1. / 74724249600, -3617. / 10670622842880000};
    double s_, c_[8];
};

/// (-1)^(n + 1) n! times the sum of (x + k)^-(n + 1) over k >= 0.
template <class V>
V polygamma_of_order(double n, V x) {
    V const zero(0.0), one(1.0), endless(infinity<double>);
    if (!(n >= 1)) return V(not_a_number<double>);
    double const s = n + 1, far = 11 + s;
    bool const even = s == 2 * __builtin_floor(s / 2);
    zeta_tail const tail(s);
    auto const pole = (x <= zero) & (x == floor(x));
    V at = select(pole | (x == endless), one, x), sum = zero;
    // Far below zero the terms are those of two sums that leave to either side.
    auto const below = at < V(-far - 1);
    if (any(below)) {
        V const next = select(below, at + (floor(-at) - V(__builtin_ceil(far))), V(-far));
        V const left = tail(one - next) - tail(select(below, one - at, one - next));
        sum = even ? left : -left;
        at = select(below, next, at);
    }
    for (auto more = at < V(far); any(more); more = at < V(far)) {
        V const term = zeta_tail::power_of(abs(at), s);
        sum = sum + select(more, even ? term : select(at < zero, -term, term), zero);
        at = select(more, at + one, at);
    }
    V const y = (sum + tail(at)) * V(even ? math::tgamma(s) : -math::tgamma(s));
    V const special = select(pole, V(even ? infinity<double> : -infinity<double>), zero);
    return select(pole | (x == endless), select(x == -endless, V(not_a_number<double>), special),
                  y);
}

struct polygamma_of_numbers {
    double operator()(double n, double x) const { return polygamma_of_order(n, x); }
};

}  // namespace detail

/// The derivative of order n >= 1 of digamma. At 0 and at negative integers infinite, with the sign
/// that it has above them. Near its roots at negative x the error is relative to n!.
template <class V>
inline V polygamma(V n, V x) {
    using T = element<V>;
    if constexpr (sizeof(T) == 4) {
        return cast<T>(polygamma(cast<double>(n), cast<double>(x)));
    } else if constexpr (Number<V>) {
        return detail::polygamma_of_order(n, x);
    } else {
        double order[static_cast<std::size_t>(V::size)];
        n.store(order);
        if (all(n == V(order[0]))) [[likely]]
            return detail::polygamma_of_order(order[0], x);
        return patched(detail::polygamma_of_numbers(), n == n, n, n, x);
    }
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
