// SPDX-License-Identifier: BSL-1.0
// sinh, cosh, tanh, asinh, acosh, atanh, from exp and log of a sum of two numbers.
#pragma once

#include <weft/math/exponential.hpp>
#include <weft/math/pieces.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

// sinh(x) = x + x^3 P(x^2) for |x| < 1. `large`: from there on x^2 + 1 is x^2. `tiny`: up to there
// the inverse functions are x.
template <class T>
struct hyperbolic_table;
template <>
struct hyperbolic_table<float> {
    static constexpr float sinh[] = {0.1666666716f, 0.0083333496f, 0.0001983615948f,
                                     2.816956567e-6f};
    static constexpr float tanh[] = {-3.333294988e-01f, 1.332081258e-01f, -5.267762765e-02f,
                                     1.644900627e-02f};
    static constexpr float overflow = 90, large = 0x1p13f, tiny = 0x1p-13f,
                           twice_log2_e = 2.88539008f;
};
template <>
struct hyperbolic_table<double> {
    static constexpr double sinh[] = {0.16666666666666669,    0.008333333333333148,
                                      0.00019841269841431875, 2.755731915707048e-06,
                                      2.5052123136955743e-08, 1.6057259750365387e-10,
                                      7.758749357688966e-13};
    static constexpr double overflow = 711, large = 0x1p28, tiny = 0x1p-28;
};

/// e^x / 2 for x >= 0.
template <class V>
WEFT_INLINE V half_exp(V x) {
    using T = element<V>;
    exp_parts<V> const p(at_most(x, hyperbolic_table<T>::overflow));
    return scaled(p.e + V(T(1)), p.n - V(T(1)));
}

template <class V>
WEFT_INLINE V sinh(V x) {
    using T = element<V>;
    V const size = abs(x), h = half_exp(size), z = x * x;
    V const near = fma(x * z, polynomial(z, hyperbolic_table<T>::sinh), x);
    V const far = h - V(T(0.25)) / h;
    return copysign(select(size < V(T(1)), near, far), x);
}

template <class V>
WEFT_INLINE V cosh(V x) {
    V const h = half_exp(abs(x));
    return h + V(element<V>(0.25)) / h;
}

/// Float: 1 - 2 / (e^2|x| + 1), and where that is below 1/2 x + x^3 P(x^2). Double: (e^2|x| - 1) /
/// (e^2|x| + 1), both with what their rounding lost.
template <class V>
WEFT_INLINE V tanh(V x) {
    using T = element<V>;
    using c = hyperbolic_table<T>;
    V const size = at_most(abs(x), T(sizeof(T) == 4 ? 10 : 20)), one(T(1)), twice(T(2));
    V y;
    if constexpr (sizeof(T) == 4) {
        // e^2|x| = 2^n 2^r to one place less than exp: at most 3/4 of its error is in the result.
        V const biased = fma(size, V(c::twice_log2_e), V(rounder<T>)), n = biased - V(rounder<T>);
        V const r = fma(size, V(c::twice_log2_e), -n), z = size * size;
        V const power = value_of<T>(bits(one) + (bits(biased) << fraction_bits<T>));
        V const e = fma(polynomial(r, exp_table<T>::exp2), r, one);
        V const far = one - twice / fma(power, e, one);
        y = select(size < V(0.5493f), fma(polynomial(z, c::tanh), size * z, size), far);
    } else {
        exp_parts<V> const p(size + size);
        V const power = power_of_two(p.n);
        two<V> const above = exact_sum(power - one, power * p.e);
        two<V> const below = fast_sum(twice, above.high);
        V const inverse = one / below.high, q = above.high * inverse;
        V const rest =
            minus_product(above.high, q, below.high) + fma(-q, below.low + above.low, above.low);
        y = select(size < V(c::tiny), size, fma(rest, inverse, q));
    }
    return flipped(y, sign_bit(x));
}
template <LookedUp V>
WEFT_INLINE V tanh(V x) {
    piece<V> const p = piece_of<tanh_pieces>(x);
    return flipped(fma(p.rest, p.t, p.value), sign_bit(x));
}

namespace detail {

/// log(1 + a + b + more), or log(2 x) where that is large.
template <class V>
WEFT_INLINE V log_of_three(V a, V b, V x, V more = V(element<V>(0))) {
    using T = element<V>;
    auto const large = x > V(hyperbolic_table<T>::large);
    two<V> const rest = exact_sum(a, b), sum = exact_sum(V(T(1)), rest.high);
    V const zero(T(0));
    return log_of(select(large, x, sum.high), select(large, zero, sum.low + (rest.low + more)),
                  select(large, V(T(1)), zero));
}

}  // namespace detail

template <class V>
WEFT_INLINE V asinh(V x) {
    using T = element<V>;
    V const size = abs(x), square = size * size, one(T(1));
    V const y = detail::log_of_three(size, square / (one + sqrt(square + one)), size);
    return select(size < V(hyperbolic_table<T>::tiny), x, copysign(y, x));
}

template <class V>
WEFT_INLINE V acosh(V x) {
    using T = element<V>;
    V const t = x - V(T(1)), twice = t + t, square = fma(t, t, twice), root = sqrt(square);
    // What the root lost; 0 where x is 1.
    V const lost = minus_product(square, root, root) + fma(t, t, twice - square);
    V const rest = lost / select(root > V(T(0)), root + root, V(T(1)));
    V const y = detail::log_of_three(t, root, x, select(abs(rest) < root, rest, V(T(0))));
    return select(x < V(T(1)), V(not_a_number<T>), y);
}

template <class V>
WEFT_INLINE V atanh(V x) {
    using T = element<V>;
    V const size = abs(x), twice = size + size;
    V const y = detail::log_of_three(twice, twice * size / (V(T(1)) - size), V(T(0)));
    V const end = select(size < V(T(1)), y * V(T(0.5)),
                         select(size == V(T(1)), V(infinity<T>), V(not_a_number<T>)));
    return select(size < V(hyperbolic_table<T>::tiny), x, copysign(end, x));
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
