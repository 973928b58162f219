// SPDX-License-Identifier: BSL-1.0
// sin, cos and tan. Arguments are reduced by a multiple of pi / 2 in three parts, of which the
// first difference is exact; what is beyond that goes to wider numbers and to the C library.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

// pi / 2 in three parts that add up to three times the digits of T. For |r| <= pi / 4: sin(r) = r +
// r^3 S(r^2), cos(r) = 1 - r^2 / 2 + r^4 C(r^2), tan(r) = r + r^3 T(r^2). `limit`: beyond, the
// reduction is not exact.
template <class T>
struct trigonometric_table;
template <>
struct trigonometric_table<float> {
    static constexpr float half_pi[] = {1.570796371f, -4.371138829e-8f, -1.71512451e-15f};
    static constexpr float inverse_pi = 0.318309886f, limit = 0x1p17f;
    static constexpr float sin[] = {-0.1666665375f, 0.008332112804f, -0.0001950874866f};
    static constexpr float cos[] = {0.04166664556f, -0.001388725243f, 2.442570985e-5f};
    static constexpr float tan[] = {0.3333335221f,  0.1333256066f,  0.05407188088f,
                                    0.02121883072f, 0.01100382674f, -0.0001279113785f,
                                    0.004485574551f};
};
template <>
struct trigonometric_table<double> {
    static constexpr double half_pi[] = {1.5707963267948966, 6.123233995736766e-17,
                                         -1.4973849048591815e-33};
    static constexpr double inverse_pi = 0.31830988618379067154, limit = 0x1p30;
    static constexpr double sin[] = {-0.16666666666666627,   0.00833333333332094,
                                     -0.0001984126982861894, 2.7557313276027893e-06,
                                     -2.505069247113852e-08, 1.589296124269218e-10};
    static constexpr double cos[] = {0.04166666666666658,    -0.0013888888888871375,
                                     2.4801587287782592e-05, -2.7557313865404774e-07,
                                     2.087565754955523e-09,  -1.1356265311202831e-11};
    static constexpr double tan[] = {
        0.33333333333332565,    0.13333333333443223,    0.05396825391313557,
        0.021869489930251233,   0.00886321468155246,    0.003592329146246689,
        0.0014545167555463036,  0.0005960708529564344,  0.0002194371586896278,
        0.0001425419703705387,  -3.480686315135179e-05, 9.71388771916186e-05,
        -4.899853254926126e-05, 2.184810373002105e-05};
};

namespace detail {

/// x - n pi / 2 as a sum of two.
template <class V>
WEFT_INLINE two<V> reduced(V x, V n) {
    using c = trigonometric_table<element<V>>;
    V const a = minus_product(x, n, V(c::half_pi[0]));  // exact, if x is not small
    two<V> const next = exact_product(n, V(c::half_pi[1]));
    two<V> const r = fast_sum(a, -next.high);
    return {r.high, fma(-n, V(c::half_pi[2]), r.low - next.low)};
}

/// sin(r + quarters pi / 2), where the low bits of `quarters` count.
template <class V, class U>
WEFT_INLINE V sin_of(two<V> r, U quarters) {
    using T = element<V>;
    using c = trigonometric_table<T>;
    constexpr int last = 8 * int{sizeof(T)} - 1;
    V const one(T(1)), z = r.high * r.high, half = z * V(T(0.5)), w = one - half;
    V const sine = r.high + fma(r.high * z, polynomial(z, c::sin), r.low);
    V const rest = fma(z * z, polynomial(z, c::cos), (one - w) - half);
    V const cosine = w + fma(-r.high, r.low, rest);
    auto const odd = value_of<T>((quarters << last) | bits(one)) < V(T(0));
    return flipped(select(odd, cosine, sine), (quarters >> 1) << last);
}

struct sin_of_number {
    double operator()(double x) const { return __builtin_sin(x); }
};
struct cos_of_number {
    double operator()(double x) const { return __builtin_cos(x); }
};
struct tan_of_number {
    double operator()(double x) const { return __builtin_tan(x); }
};

}  // namespace detail

template <class V>
WEFT_INLINE V sin(V x);
template <class V>
WEFT_INLINE V cos(V x);
template <class V>
WEFT_INLINE V tan(V x);

namespace detail {

/// y, but the function of x where it is beyond the limit: in double, there number by number.
template <class F, class V>
[[gnu::noinline, gnu::cold]] V far_out(F f, V const& x, V const& y) {
    using T = element<V>;
    auto const far = !(abs(x) <= V(trigonometric_table<T>::limit));
    if constexpr (sizeof(T) == 8) {
        return patched(f, far, y, x);
    } else {
        auto const wide = cast<double>(x);
        decltype(cast<double>(x)) z;
        if constexpr (std::is_same_v<F, sin_of_number>)
            z = sin(wide);
        else if constexpr (std::is_same_v<F, cos_of_number>)
            z = cos(wide);
        else
            z = tan(wide);
        return select(far, cast<T>(z), y);
    }
}

}  // namespace detail

template <class V>
WEFT_INLINE V sin(V x) {
    using T = element<V>;
    using c = trigonometric_table<T>;
    V const size = abs(x), k = fma(size, V(2 * c::inverse_pi), V(rounder<T>));
    V const y = detail::sin_of(detail::reduced(size, k - V(rounder<T>)), bits(k));
    V const result = flipped(y, sign_bit(x));
    if (all(size <= V(c::limit))) [[likely]]
        return result;
    return detail::far_out(detail::sin_of_number(), x, result);
}

template <class V>
WEFT_INLINE V cos(V x) {
    using T = element<V>;
    using U = bits_element<V>;
    using c = trigonometric_table<T>;
    V const size = abs(x), k = fma(size, V(2 * c::inverse_pi), V(rounder<T>));
    V const y =
        detail::sin_of(detail::reduced(size, k - V(rounder<T>)), bits(k) + bits_of_value<V>(U{1}));
    if (all(size <= V(c::limit))) [[likely]]
        return y;
    return detail::far_out(detail::cos_of_number(), x, y);
}

template <class V>
WEFT_INLINE V tan(V x) {
    using T = element<V>;
    using c = trigonometric_table<T>;
    V const size = abs(x), k = fma(size, V(2 * c::inverse_pi), V(rounder<T>));
    two<V> const r = detail::reduced(size, k - V(rounder<T>));
    V const z = r.high * r.high;
    V const rest = fma(r.high * z, polynomial(z, c::tan), fma(r.low, z, r.low));
    two<V> const t = fast_sum(r.high, rest);
    // -1 / tan in odd quadrants, with what the division and t leave over.
    V const w = V(T(-1)) / t.high;
    V const cotangent = fma(w, fma(w, t.low, -minus_product(V(T(-1)), w, t.high)), w);
    auto const odd = bits(k) << (8 * int{sizeof(T)} - 1);
    V const y = select(value_of<T>(odd | bits(V(T(1)))) < V(T(0)), cotangent, t.high);
    V const result = flipped(y, sign_bit(x));
    if (all(size <= V(c::limit))) [[likely]]
        return result;
    return detail::far_out(detail::tan_of_number(), x, result);
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
