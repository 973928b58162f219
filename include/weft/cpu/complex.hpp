// SPDX-License-Identifier: BSL-1.0
// Packs of complex numbers: one pack of real parts and one of imaginary parts, taken apart by loads
// and put together by stores. Beside pack.hpp; functions stand in complex_math.hpp.
#pragma once

#include <bit>

#include <weft/core/dtype.hpp>
#include <weft/cpu/simd.hpp>

namespace weft {
inline namespace WEFT_ISA {

template <class T, int N>
struct pack<complex<T>, N> {
    using value_type = complex<T>;
    using part = pack<T, N>;
    using mask = pack<bool, N>;
    static constexpr int size = N;
    part re, im;

    pack() = default;
    WEFT_INLINE pack(part r, part i) : re(r), im(i) {}
    WEFT_INLINE pack(complex<T> x) : re(x.re), im(x.im) {}

    static WEFT_INLINE pack load(complex<T> const* p) { return load(p, N); }
    /// The first n <= N elements; the other lanes are zero.
    static WEFT_INLINE pack load(complex<T> const* p, int n) {
        T const* const x = reinterpret_cast<T const*>(p);
        if constexpr (in_registers)
            return apart(n == N ? wide::load(x) : wide::load(x, 2 * n));
        else
            return load_strided(p, 1, n);
    }
    static WEFT_INLINE pack load_strided(complex<T> const* p, std::ptrdiff_t stride, int n) {
        T const* const x = reinterpret_cast<T const*>(p);
        return {part::load_strided(x, 2 * stride, n), part::load_strided(x + 1, 2 * stride, n)};
    }
    WEFT_INLINE void store(complex<T>* p) const { store(p, N); }
    WEFT_INLINE void store(complex<T>* p, int n) const {
        if constexpr (in_registers)
            together().store(reinterpret_cast<T*>(p), 2 * n);
        else
            store_strided(p, 1, n);
    }
    WEFT_INLINE void store_strided(complex<T>* p, std::ptrdiff_t stride, int n) const {
        T* const x = reinterpret_cast<T*>(p);
        re.store_strided(x, 2 * stride, n);
        im.store_strided(x + 1, 2 * stride, n);
    }
    WEFT_INLINE complex<T> first() const requires(N == 1) {
        return {re.lane.part[0], im.lane.part[0]};
    }

    friend WEFT_INLINE pack operator+(pack a, pack b) { return {a.re + b.re, a.im + b.im}; }
    friend WEFT_INLINE pack operator-(pack a, pack b) { return {a.re - b.re, a.im - b.im}; }
    friend WEFT_INLINE pack operator-(pack a) { return {-a.re, -a.im}; }
    friend WEFT_INLINE pack operator*(pack a, pack b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
    /// Smith's division, which neither overflows nor underflows where the quotient does not.
    friend WEFT_INLINE pack operator/(pack a, pack b) {
        mask const real = abs(b.re) >= abs(b.im);
        part const large = select(real, b.re, b.im), small = select(real, b.im, b.re);
        part const ratio = select(large == part(T(0)), part(T(0)), small / large);
        part const p = select(real, a.re, a.im), q = select(real, a.im, a.re);
        part const below = large + small * ratio, other = (q - p * ratio) / below;
        return {(p + q * ratio) / below, select(real, other, -other)};
    }
    friend WEFT_INLINE mask operator==(pack a, pack b) { return (a.re == b.re) & (a.im == b.im); }
    friend WEFT_INLINE mask operator!=(pack a, pack b) { return !(a == b); }

private:
    using wide = pack<T, 2 * N>;
    using group = typename part::group;
    using wide_group = typename wide::group;
#if defined(__GNUC__)
    static constexpr bool in_registers =
        simd::is_vector<typename group::unit> && simd::is_vector<typename wide_group::unit>;

    static WEFT_INLINE pack apart(wide const& x) { return {every_other<0>(x), every_other<1>(x)}; }
    template <int Odd>
    static WEFT_INLINE part every_other(wide const& x) {
        constexpr int width = group::width;
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            auto const a = simd::chunk<T, 2 * i * width, width>(x.lane),
                       b = simd::chunk<T, 2 * i * width + width, width>(x.lane);
            return [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
                return simd::from_vec<typename group::unit>(
                    __builtin_shufflevector(a, b, (2 * I + Odd)...));
            }
            (std::make_integer_sequence<int, width>{});
        });
    }
    WEFT_INLINE wide together() const {
        constexpr int width = wide_group::width, half = width / 2;
        return simd::build<wide_group, wide_group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            auto const a = simd::chunk<T, i * half, half>(re.lane),
                       b = simd::chunk<T, i * half, half>(im.lane);
            return [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
                return simd::from_vec<typename wide_group::unit>(
                    __builtin_shufflevector(a, b, (I / 2 + I % 2 * half)...));
            }
            (std::make_integer_sequence<int, width>{});
        });
    }
#else
    static constexpr bool in_registers = false;
#endif
};

template <class T, int N>
WEFT_INLINE pack<complex<T>, N> select(pack<bool, N> m, pack<complex<T>, N> a,
                                       pack<complex<T>, N> b) {
    return {select(m, a.re, b.re), select(m, a.im, b.im)};
}

namespace simd {
template <class T>
inline constexpr bool is_complex_number = false;
template <class T>
inline constexpr bool is_complex_number<complex<T>> = true;
}  // namespace simd

template <class To, class From, int N>
    requires simd::is_complex_number<To>
WEFT_INLINE pack<To, N> cast(pack<From, N> x) {
    using U = typename To::value_type;
    if constexpr (simd::is_complex_number<From>)
        return {cast<U>(x.re), cast<U>(x.im)};
    else
        return {cast<U>(x), pack<U, N>(U(0))};
}
/// Only truth is asked of a complex number: it is not zero.
template <std::same_as<bool> To, class T, int N>
WEFT_INLINE pack<To, N> cast(pack<complex<T>, N> x) {
    return x != pack<complex<T>, N>(complex<T>{});
}

namespace simd {

template <class F, class T, int N>
WEFT_INLINE complex<T> reduce(F f, pack<complex<T>, N> x) {
    complex<T> lane[static_cast<std::size_t>(N)];
    x.store(lane);
    pack<complex<T>, 1> sum(lane[0]);
    for (int i = 1; i < N; ++i) sum = f(sum, pack<complex<T>, 1>(lane[i]));
    return sum.first();
}

}  // namespace simd

template <class T, int N>
WEFT_INLINE pack<complex<T>, N> reciprocal(pack<complex<T>, N> x) {
    return pack<complex<T>, N>(complex<T>{1, 0}) / x;
}
template <class T, int N>
WEFT_INLINE pack<complex<T>, N> complex_of(pack<T, N> re, pack<T, N> im) {
    return {re, im};
}
/// The absolute value, without overflow on the way.
template <class T, int N>
WEFT_INLINE pack<T, N> modulus(pack<complex<T>, N> x) {
    using V = pack<T, N>;
    V const a = abs(x.re), b = abs(x.im), large = maximum(a, b), small = minimum(a, b);
    V const ratio = select(large == V(T(0)), V(T(0)), small / large);
    V const infinity(std::numeric_limits<T>::infinity());
    return select((a == infinity) | (b == infinity), infinity,
                  large * sqrt(V(T(1)) + ratio * ratio));
}

}  // namespace WEFT_ISA
}  // namespace weft
