// SPDX-License-Identifier: BSL-1.0
// asin, acos, atan, atan2: odd polynomials on a short interval, and angles in two parts that carry
// them to all arguments.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

// asin(x) = x + x^3 P(x^2) for |x| <= 1/2; atan(x) = x + x^3 P(x^2) for |x| <= 1.
template <class T>
struct arc_table;
template <>
struct arc_table<float> {
    static constexpr float half_pi[] = {1.570796371f, -4.371138829e-8f};
    static constexpr float asin[] = {0.166667521f, 0.07495298237f, 0.04547032714f, 0.02417968959f,
                                     0.04216610268f};
    static constexpr float atan[] = {-0.3333329856f,  0.1999855191f,   -0.1426428258f,
                                     0.1095239595f,   -0.08404032886f, 0.05796686187f,
                                     -0.03118631057f, 0.01091872621f,  -0.001794449519f};
};
template <>
struct arc_table<double> {
    static constexpr double half_pi[] = {1.5707963267948966, 6.123233995736766e-17};
    static constexpr double asin[] = {
        0.16666666666665408,  0.07500000000336805,  0.04464285682851736,  0.030381959129458146,
        0.022371758214890333, 0.01735970255038485,  0.013885254714278891, 0.012169101660143563,
        0.006528383197326411, 0.019527326438449514, -0.01622304703032614, 0.03191161889456995};
    static constexpr double atan[] = {
        -0.3333333333333307,     0.19999999999951473,    -0.1428571428257581,
        0.11111111007048778,     -0.09090907003445152,   0.0769227984522976,
        -0.06666404111000046,    0.05880528159273771,    -0.05253520195661177,
        0.04722328124036207,     -0.04219195204298714,   0.03664225552951239,
        -0.029904423459718606,   0.021985567031982362,   -0.0139012478960015,
        0.007196999381090389,    -0.0028851777428782533, 0.0008314144964150065,
        -0.00015218111097127716, 1.3227115757577881e-05};
};

namespace detail {

/// n pi / 2 + x + rest, for |x| not above pi / 2.
template <class V>
WEFT_INLINE V angle(V n, V x, V rest) {
    using c = arc_table<element<V>>;
    two<V> const sum = fast_sum(n * V(c::half_pi[0]), x);
    return sum.high + (sum.low + fma(n, V(c::half_pi[1]), rest));
}

}  // namespace detail

template <class V>
WEFT_INLINE V asin(V x) {
    using T = element<V>;
    V const size = abs(x), zero(T(0));
    auto const far = size > V(T(0.5));
    // asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2))
    V const z = select(far, fma(size, V(T(-0.5)), V(T(0.5))), size * size);
    V const t = select(far, V(T(-2)) * sqrt(z), size);
    V const rest = t * z * polynomial(z, arc_table<T>::asin);
    return copysign(detail::angle(select(far, V(T(1)), zero), t, rest), x);
}

template <class V>
WEFT_INLINE V acos(V x) {
    using T = element<V>;
    V const size = abs(x), one(T(1)), zero(T(0));
    auto const far = size > V(T(0.5));
    auto const left = x < zero;
    V const z = select(far, fma(size, V(T(-0.5)), V(T(0.5))), size * size);
    V const root = sqrt(z), twice = root + root;
    V const t = select(far, select(left, -twice, twice), -x);
    V const rest = t * z * polynomial(z, arc_table<T>::asin);
    return detail::angle(select(far, select(left, V(T(2)), zero), one), t, rest);
}

template <class V>
WEFT_INLINE V atan(V x) {
    using T = element<V>;
    V const size = abs(x), one(T(1));
    auto const far = size > one;
    V const t = select(far, V(T(-1)), size) / select(far, size, one), z = t * t;
    V const rest = t * z * alternating(z, arc_table<T>::atan);
    return copysign(detail::angle(select(far, one, V(T(0))), t, rest), x);
}

template <class V>
WEFT_INLINE V atan2(V y, V x) {
    using T = element<V>;
    V const up = abs(y), across = abs(x), one(T(1)), zero(T(0));
    auto const steep = up > across;
    auto const left = copysign(one, x) < zero;
    V const small = select(steep, across, up), large = select(steep, up, across);
    V const quotient = select(small == large, select(small == zero, zero, one), small / large);
    V const t = select(left ^ steep, -quotient, quotient), z = t * t;
    V const rest = t * z * alternating(z, arc_table<T>::atan);
    V const n = select(steep, one, select(left, V(T(2)), zero));
    return copysign(detail::angle(n, t, rest), y);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
