// SPDX-License-Identifier: BSL-1.0
// erf and erfc: an odd polynomial near 0, exponentials beyond.
#pragma once

#include <weft/math/exponential.hpp>
#include <weft/math/pieces.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

// erf(x) = x + x P(x^2) for |x| <= 1, `near`. erf(x) = 1 - exp(-Q(x)) above, `far`, up to `one`.
// erfc(x) = exp(-x^2) (r + t R(t)) / (1 + 2x) for t = (x - c) / (x + c), `rest`,
// which is 0 from `zero`.
template <class T>
struct erf_table;
template <>
struct erf_table<float> {
    static constexpr float near[] = {0.1283791661f,   -0.3761262596f,  0.1128358543f,
                                     -0.02685381472f, 0.005188329611f, -0.0008010176243f,
                                     7.853721036e-5f};
    static constexpr float far[] = {0.0003416532709f, 1.127088666f,    0.6381457448f,
                                    0.1031059399f,    -0.02183766663f, 0.002947557485f,
                                    -0.0001863687939f};
    static constexpr float rest_at_center = 1.276978374f;
    static constexpr float rest[] = {-0.0927638039f,  -0.1660301685f,   0.1640499532f,
                                     -0.05422562361f, -0.008010024205f, 0.008762349375f,
                                     0.001098545268f, -0.001504571643f};
    static constexpr float one = 4, zero = 10.1f, center = 2;
};
template <>
struct erf_table<double> {
    static constexpr double near[] = {
        0.12837916709551256,    -0.3761263890318352,     0.11283791670944202,
        -0.02686617064311319,   0.005223977606127266,    -0.000854832592953829,
        0.00012055293578935611, -1.4924712269630195e-05, 1.6447130460189735e-06,
        -1.620630081649736e-07, 1.3710908718168754e-08,  -7.779310563310592e-10};
    static constexpr double far[] = {
        5.028741508633112e-07,  1.1283740892419971,      0.6366436291330692,
        0.10270343663872741,    -0.018990173359497233,   -0.00041063563493419513,
        0.0019159516778219387,  -0.0007706502532471345,  0.0001350550703949776,
        2.0264180939314693e-05, -2.2821473749657265e-05, 8.666830561839106e-06,
        -2.135593743587739e-06, 3.732869241295664e-07,   -4.6420656687120716e-08,
        3.934045449883118e-09,  -2.0448367885890756e-10, 4.9282816865659635e-12};
    static constexpr double rest_at_center = 1.2530080582697296;
    static constexpr double rest[] = {
        -0.13562110612458142,    -0.04756229435345244,   0.12964515870280113,
        -0.11927366341518844,    0.06830802734208803,    -0.02377051492160058,
        0.0025293918569390863,   0.00188869038819649,    -0.0007798327579525348,
        -0.00010515985195046433, 0.00012510277586127866, 4.948284969030536e-06,
        -2.011516043216162e-05,  -7.209295549410228e-07, 3.508833580506978e-06,
        3.176097587598719e-07,   -6.633747791697308e-07, -6.955415167946153e-08,
        1.1877362277544553e-07,  -1.527985654723374e-08};
    static constexpr double one = 6, zero = 27.3, center = 3;
};

template <class V>
WEFT_INLINE V erf(V x) {
    using T = element<V>;
    using c = erf_table<T>;
    V const size = abs(x), one(T(1));
    V const near = fma(polynomial(size * size, c::near), size, size);
    auto const inside = size < one;
    if (all(inside)) return copysign(near, x);
    exp_parts<V> const p(-polynomial(at_most(size, c::one), c::far));
    V const power = power_of_two(p.n);
    V const far = one - fma(power, p.e, power);
    return copysign(select(inside, near, far), x);
}
template <LookedUp V>
WEFT_INLINE V erf(V x) {
    piece<V> const p = piece_of<erf_pieces>(x);
    return flipped(at_most(fma(p.rest, p.t, p.t + p.value), 1), sign_bit(x));
}

template <class V>
inline V erfc(V x) {
    using T = element<V>;
    using c = erf_table<T>;
    V const size = abs(x), one(T(1));
    auto const inside = size < V(T(0.8));
    two<V> const from_one = fast_sum(one, -x);
    V const near = from_one.high + fma(polynomial(x * x, c::near), -x, from_one.low);
    if (all(inside)) return near;
    V const a = at_most(at_least(size, T(0.8)), c::zero);
    // exp(-a^2) = 2^n (1 + e), with the part of the square that is rounded off.
    two<V> const square = exact_product(a, a);
    exp_parts<V> const p(-square.high, -square.low);
    // w + w_low = R(t) / (1 + 2a)
    two<V> const d = fast_sum(a + a, one);
    V const inverse = one / d.high;
    V const t = (a - V(c::center)) / (a + V(c::center));
    two<V> const r = fast_sum(V(c::rest_at_center), t * polynomial(t, c::rest));
    V const w = r.high * inverse;
    V const w_low = (minus_product(r.high, w, d.high) + fma(-w, d.low, r.low)) * inverse;
    V const far = w + fma(w, p.e, w_low);
    V const right = scaled(far, p.n), left = V(T(2)) - right;
    V const y = select(x < V(T(0)), left, right);
    return select(inside, near, y);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
