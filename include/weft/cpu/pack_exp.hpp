// SPDX-License-Identifier: BSL-1.0
// exp, log and tanh of packs, in float and double: one algorithm for every instruction set and for
// single lanes, at most 2 ulp, right for infinities, NaN, signed zeros and subnormals.
#pragma once

#include <weft/cpu/pack_math.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

// ln 2 is split so that a small integer times `high` is exact. Polynomials are minimax for the
// relative error, found by Remez's exchange in 40 digits; `exp` is q in e^r = 1 + r + r^2 q(r) for
// |r| <= ln 2 / 2, `log` stands below.
template <class T>
struct exp_constants;
template <>
struct exp_constants<float> {
    static constexpr float log2_e = 1.44269504f;
    static constexpr float high = 0.693145752f, low = 1.42860682e-6f;
    static constexpr float round = 12582912.f;  // 1.5 * 2^23: adding it rounds to an integer
    static constexpr float exp_from = -104.f, exp_to = 89.f, exp_normal = 87.f, tanh_to = 10.f;
    static constexpr float exp[] = {4.999999404e-01f, 1.666651964e-01f, 4.166840017e-02f,
                                    8.368851617e-03f, 1.381432521e-03f};
};
template <>
struct exp_constants<double> {
    static constexpr double log2_e = 1.442695040888963407;
    static constexpr double high = 0.6931471803691238, low = 1.9082149292705878e-10;
    static constexpr double round = 6755399441055744.;
    static constexpr double exp_from = -746., exp_to = 710., exp_normal = 708., tanh_to = 20.;
    static constexpr double exp[] = {0.500000000000001083,     0.166666666666664077,
                                     0.0416666666665281084,    0.00833333333349692692,
                                     0.00138888889442479815,   0.000198412695027263548,
                                     0.0000248014923894874589, 2.75575884374380585e-6,
                                     2.76305230707640853e-7,   2.4999852868185494e-8};
};

/// Horner's rule; c[0] is the constant term.
template <class T, int N, std::size_t Terms>
WEFT_INLINE pack<T, N> polynomial(pack<T, N> x, T const (&c)[Terms]) {
    pack<T, N> y(c[Terms - 1]);
    repeat<static_cast<int>(Terms) - 1>(
        [&](auto i) WEFT_INLINE_LAMBDA { y = fma(y, x, c[static_cast<int>(Terms) - 2 - i]); });
    return y;
}

/// x = n ln 2 + r with an integer n, which `biased` holds in its low bits.
template <class T, int N>
struct exp_parts {
    pack<T, N> n, biased, r, q;

    WEFT_INLINE explicit exp_parts(pack<T, N> x) {
        using c = exp_constants<T>;
        biased = fma(x, c::log2_e, c::round);
        n = biased - pack<T, N>(c::round);
        r = fma(n, -c::low, fma(n, -c::high, x));
        q = polynomial(r, c::exp);
    }
    /// e^r and e^r - 1
    WEFT_INLINE pack<T, N> exp() const { return fma(fma(q, r, T(1)), r, T(1)); }
    WEFT_INLINE pack<T, N> expm1() const { return fma(q, r * r, r); }
};

template <class T>
inline constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
template <class T>
inline constexpr int exponent_bias = std::numeric_limits<T>::max_exponent - 1;

/// 2^k for the integer that sits in the low bits of `k`, within the normal range.
template <class T, class U, int N>
WEFT_INLINE pack<T, N> power_of_two(pack<U, N> k) {
    return bit_cast_to<T>((k + U(exponent_bias<T>)) << mantissa_bits<T>);
}

/// y * 2^n, rounded once also where it is subnormal.
template <class T, int N>
WEFT_INLINE pack<T, N> scale(pack<T, N> y, exp_parts<T, N> const& x) {
    using B = typename pack<T, N>::unit;
    if constexpr (can_scale<B>) {
        return lanewise([](auto a, auto b) WEFT_INLINE_LAMBDA { return scale_by(a, b); }, y, x.n);
    } else {
        // By 2^(n/2), exactly, then by the rest. The upper bits of `biased` are shifted out.
        using U = unsigned_of<T>;
        auto const k = bit_cast_to<U>(x.biased);
        auto const half = ((k >> 1) << mantissa_bits<T>)+(U(exponent_bias<T>) << mantissa_bits<T>);
        auto const rest = ((k + U(2 * exponent_bias<T>)) << mantissa_bits<T>)-half;
        return y * bit_cast_to<T>(half) * bit_cast_to<T>(rest);
    }
}

// Minimax in f = m - 1 for 0.75 <= m < 1.5. Float: P in log(1 + f) = f - f^2 / 2 + f^3 P(f).
// Double: R of FreeBSD's e_log.c, log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))), s = f / (2 + f).
template <class T>
inline constexpr T log_polynomial[] = {3.333345056e-01f,  -2.500009537e-01f, 1.999086142e-01f,
                                       -1.664731205e-01f, 1.447839290e-01f,  -1.316118985e-01f,
                                       1.046302542e-01f,  -4.507486895e-02f};
template <>
inline constexpr double log_polynomial<double>[] = {
    0.66666666666672754,   0.3999999999613807558, 0.2857142939953038509, 0.2222213815481049707,
    0.1818637028523442207, 0.1524990387410514673, 0.1537040730933791352};

// tanh(x) = x + x^3 P(x^2) for |x| < 0.5493, where tanh is 1/2.
inline constexpr float tanh_polynomial[] = {-3.333294988e-01f, 1.332081258e-01f, -5.267762765e-02f,
                                            1.644900627e-02f};

}  // namespace simd

/// e^x. Overflows to infinity, underflows through the subnormal numbers to 0.
template <class T, int N>
WEFT_INLINE pack<T, N> exp(pack<T, N> x) {
    using P = pack<T, N>;
    using U = simd::unsigned_of<T>;
    using c = simd::exp_constants<T>;
    [[maybe_unused]] bool ordinary = false;
    auto limited = x;
    if constexpr (!simd::can_scale<typename P::unit>) ordinary = all(abs(x) < P(c::exp_normal));
    if (!ordinary)  // the operand order lets NaN through
        limited = simd::lanewise(
            [](auto v, auto low, auto high)
                WEFT_INLINE_LAMBDA { return simd::smaller(high, simd::larger(low, v)); },
            x, P(c::exp_from), P(c::exp_to));
    simd::exp_parts<T, N> const parts(limited);
    auto const y = parts.exp();
    if (!ordinary) return simd::scale(y, parts);
    return bit_cast_to<T>(bit_cast_to<U>(y) +
                          (bit_cast_to<U>(parts.biased) << simd::mantissa_bits<T>));
}

/// Odd to the last bit.
template <class T, int N>
WEFT_INLINE pack<T, N> tanh(pack<T, N> x) {
    using P = pack<T, N>;
    using c = simd::exp_constants<T>;
    using U = simd::unsigned_of<T>;
    constexpr U round = __builtin_bit_cast(U, c::round);
    auto const sign = bit_cast_to<U>(x) & U(U{1} << (8 * sizeof(T) - 1));
    auto const size = abs(x);
    auto const limited =
        simd::lanewise([](auto v, auto high) WEFT_INLINE_LAMBDA { return simd::smaller(high, v); },
                       size, P(c::tanh_to));
    simd::exp_parts<T, N> const parts(limited + limited);
    P result;
    if constexpr (sizeof(T) == 4) {
        // 1 - 2 / (e^2|x| + 1) where that is above 1/2, else an odd polynomial.
        auto const n = bit_cast_to<U>(parts.biased) << simd::mantissa_bits<T>;
        auto const power = bit_cast_to<T>(bit_cast_to<U>(parts.exp()) + n);
        auto const square = size * size;
        auto const near = fma(simd::polynomial(square, simd::tanh_polynomial), size * square, size);
        auto const far = P(T(1)) - P(T(2)) / (power + P(T(1)));
        result = select(size >= P(0.5493f), far, near);  // NaN: near
    } else {
        // h / (1 + h) with h = (e^2|x| - 1) / 2, taken as a small correction of h or of 1, so that
        // there is no cancellation near 0 and no loss near 1.
        auto const power = simd::power_of_two<T>(bit_cast_to<U>(parts.biased) - U(round + 1));
        auto const h = fma(power, parts.expm1(), power - P(T(0.5)));
        auto const small = h < P(T(1));
        result = select(small, h, P(T(1))) - select(small, h * h, P(T(1))) / (h + P(T(1)));
    }
    return bit_cast_to<T>(bit_cast_to<U>(result) | sign);
}

/// The natural logarithm: -infinity at 0, NaN below.
template <class T, int N>
WEFT_INLINE pack<T, N> log(pack<T, N> x) {
    using P = pack<T, N>;
    using B = typename P::unit;
    using c = simd::exp_constants<T>;
    constexpr auto smallest = std::numeric_limits<T>::min();
    constexpr auto infinity = std::numeric_limits<T>::infinity();
    P e, m;
    [[maybe_unused]] bool ordinary = true;
    if constexpr (simd::can_scale<B>) {
        // getexp and getmant also treat subnormals, 0, infinity and negative numbers as log needs.
        m = simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::mantissa(v); }, x);
        e = simd::lanewise([](auto v, auto w) WEFT_INLINE_LAMBDA { return simd::exponent(v, w); },
                           x, m);
    } else {
        using U = simd::unsigned_of<T>;
        constexpr int bits = simd::mantissa_bits<T>;
        constexpr U bias = simd::exponent_bias<T>;
        constexpr U start = (bias << bits) - __builtin_bit_cast(U, T(0.75));
        constexpr U round = __builtin_bit_cast(U, c::round);
        ordinary = all((x >= P(smallest)) & (x < P(infinity)));
        P scaled = x, shift(T(0));
        if (!ordinary) [[unlikely]] {
            scaled = select(x < P(smallest), x * P(T(U{1} << bits)), x);
            shift = select(x < P(smallest), P(T(bits)), P(T(0)));
        }
        auto const k = (bit_cast_to<U>(scaled) + start) >> bits;  // exponent + bias
        m = bit_cast_to<T>(bit_cast_to<U>(scaled) - ((k - bias) << bits));
        e = bit_cast_to<T>(k + (round - bias)) - P(c::round) - shift;
    }
    P const f = m - P(T(1)), square = f * f;
    P y;
    if constexpr (sizeof(T) == 4) {
        auto const tail = fma(simd::polynomial(f, simd::log_polynomial<T>), f, T(-0.5)) * square;
        y = fma(e, c::high, f + fma(e, c::low, tail));
    } else {
        auto const s = f / (f + P(T(2))), z = s * s, half = square * P(T(0.5));
        auto const r = z * simd::polynomial(z, simd::log_polynomial<T>);
        y = fma(e, c::high, f - (half - fma(s, half + r, e * P(c::low))));
    }
    if (!ordinary) [[unlikely]] {
        y = select(x < P(infinity), y, x);
        y = select(x == P(T(0)), P(-infinity), y);
        y = select(x < P(T(0)), P(std::numeric_limits<T>::quiet_NaN()), y);
    }
    return y;
}

}  // namespace WEFT_ISA
}  // namespace weft
