// SPDX-License-Identifier: BSL-1.0
// pack<T, N>: N lanes of T, whatever the registers of the machine. The value type of every loop
// and kernel in cpu/; pack<bool, N> is a mask whose form depends on N only.
#pragma once

#include <weft/cpu/batch_memory.hpp>
#include <weft/cpu/convert.hpp>

namespace weft {
inline namespace WEFT_ISA {

/// How many lanes of T one register holds; 1 where there is no such register.
template <class T>
inline constexpr int lanes = simd::native_lanes<T>();
template <>
inline constexpr int lanes<bool> = simd::native_lanes<float>();

namespace simd {

template <int N>
consteval auto unit_of_mask() {
    using f = unit<float, N>;
    using d = unit<double, N>;
    if constexpr (is_vector<f> && N % native_lanes<float>() == 0)
        return std::type_identity<mask_of<f>>{};
    else if constexpr (is_vector<d> && N == native_lanes<double>())
        return std::type_identity<mask_of<d>>{};
    else if constexpr (is_vector<f>)
        return std::type_identity<mask_of<f>>{};
    else if constexpr (is_vector<d>)
        return std::type_identity<mask_of<d>>{};
    else
        return std::type_identity<bool>{};
}

template <class B, int N>
using group_of = group<B, N / width_of<B>>;

}  // namespace simd

template <class T, int N>
struct pack;

namespace simd {
template <class T, int N>
pack<T, N> divide_integers(pack<T, N> a, pack<T, N> b);
}

/// A mask of N lanes. In memory its lanes are bytes 0 and 1.
template <int N>
struct pack<bool, N> {
    static_assert(N > 0 && (N & (N - 1)) == 0, "weft::pack: the number of lanes is a power of two");
    using value_type = bool;
    static constexpr int size = N;
    using group = simd::group_of<typename decltype(simd::unit_of_mask<N>())::type, N>;
    using unit = typename group::unit;
    group lane;

    pack() = default;
    WEFT_INLINE pack(group g) : lane(g) {}
    WEFT_INLINE pack(std::same_as<bool> auto x)
        : lane(simd::build<group, group::parts>([&](auto) WEFT_INLINE_LAMBDA { return unit(x); })) {
    }

    static WEFT_INLINE pack load(bool const* p);
    static WEFT_INLINE pack load(bool const* p, int n);
    static WEFT_INLINE pack load_strided(bool const* p, std::ptrdiff_t stride, int n);
    WEFT_INLINE void store(bool* p) const;
    WEFT_INLINE void store(bool* p, int n) const;
    WEFT_INLINE void store_strided(bool* p, std::ptrdiff_t stride, int n) const;
    WEFT_INLINE void stream(bool* p) const { store(p); }

    template <class F>
    static WEFT_INLINE pack logic(F f, pack const& a, pack const& b) {
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            return simd::mask_logic(f, a.lane.part[i], b.lane.part[i]);
        });
    }
    friend WEFT_INLINE pack operator&(pack a, pack b) {
        return logic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x & y; }, a, b);
    }
    friend WEFT_INLINE pack operator|(pack a, pack b) {
        return logic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x | y; }, a, b);
    }
    friend WEFT_INLINE pack operator^(pack a, pack b) {
        return logic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x ^ y; }, a, b);
    }
    friend WEFT_INLINE pack operator!(pack a) {
        return simd::build<group, group::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return simd::mask_not(a.lane.part[i]); });
    }
    friend WEFT_INLINE pack operator~(pack a) { return !a; }
    friend WEFT_INLINE pack operator!=(pack a, pack b) { return a ^ b; }
    friend WEFT_INLINE pack operator==(pack a, pack b) { return !(a ^ b); }
};

/// N lanes of T: float, double or an integer. Arithmetic on integers wraps around.
template <class T, int N>
struct pack {
    static_assert(std::is_arithmetic_v<T>);
    static_assert(N > 0 && (N & (N - 1)) == 0, "weft::pack: the number of lanes is a power of two");
    using value_type = T;
    static constexpr int size = N;
    using group = simd::group_of<simd::unit<T, N>, N>;
    using unit = typename group::unit;
    using mask = pack<bool, N>;
    group lane;

    pack() = default;
    WEFT_INLINE pack(group g) : lane(g) {}
    WEFT_INLINE pack(T x)
        : lane(simd::build<group, group::parts>(
              [&](auto) WEFT_INLINE_LAMBDA { return simd::broadcast<unit>(x); })) {}

    /// N consecutive elements, at any alignment.
    static WEFT_INLINE pack load(T const* p) {
        return simd::build<group, group::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return simd::load_all<unit>(p + i * group::width); });
    }
    /// The first n <= N elements; the other lanes are zero and no memory past n is touched.
    static WEFT_INLINE pack load(T const* p, int n) {
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            return simd::load_first<unit>(p + i * group::width, simd::count_in_part<group>(n, i));
        });
    }
    /// Elements p[0], p[stride] ... of the first n lanes; the others are zero.
    static WEFT_INLINE pack load_strided(T const* p, std::ptrdiff_t stride, int n) {
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            return simd::gather_first<unit>(p + i * group::width * stride, stride,
                                            simd::count_in_part<group>(n, i));
        });
    }
    /// start, start + 1, start + 2 ...
    static WEFT_INLINE pack iota(T start) {
        alignas(sizeof(group)) static constexpr auto step = [] {
            struct {
                T value[static_cast<std::size_t>(N)];
            } s{};
            for (int i = 0; i < N; ++i) s.value[i] = static_cast<T>(i);
            return s;
        }();
        return load(step.value) + pack(start);
    }
    WEFT_INLINE void store(T* p) const {
        simd::repeat<group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            simd::store_all(p + i * group::width, lane.part[i]);
        });
    }
    /// Writes the first n <= N lanes only.
    WEFT_INLINE void store(T* p, int n) const {
        simd::repeat<group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            simd::store_first(p + i * group::width, lane.part[i], simd::count_in_part<group>(n, i));
        });
    }
    WEFT_INLINE void store_strided(T* p, std::ptrdiff_t stride, int n) const {
        alignas(sizeof(group)) T buffer[static_cast<std::size_t>(N)];
        store(buffer);
        for (int i = 0; i < n; ++i) p[i * stride] = buffer[i];
    }
    /// A store that passes by the caches where p is aligned to a register; see `stream_fence`.
    WEFT_INLINE void stream(T* p) const {
        simd::repeat<group::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { simd::stream(p + i * group::width, lane.part[i]); });
    }

    template <class F>
    static WEFT_INLINE pack arithmetic(F f, pack const& a, pack const& b) {
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            return simd::arithmetic(f, a.lane.part[i], b.lane.part[i]);
        });
    }
    template <class F>
    static WEFT_INLINE mask compare(F f, pack const& a, pack const& b) {
        using raw = simd::group<simd::mask_of<unit>, group::parts>;
        return simd::regroup<typename mask::group>(
            simd::build<raw, group::parts>([&](auto i) WEFT_INLINE_LAMBDA -> simd::mask_of<unit> {
                return f(a.lane.part[i], b.lane.part[i]);
            }));
    }

    friend WEFT_INLINE pack operator+(pack a, pack b) {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x + y; }, a, b);
    }
    friend WEFT_INLINE pack operator-(pack a, pack b) {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x - y; }, a, b);
    }
    friend WEFT_INLINE pack operator*(pack a, pack b) {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x * y; }, a, b);
    }
    /// Division. Of integers it never traps: x / 0 is 0, and the smallest integer / -1 wraps.
    friend WEFT_INLINE pack operator/(pack a, pack b) {
        if constexpr (std::is_floating_point_v<T>)
            return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x / y; }, a, b);
        else
            return simd::divide_integers(a, b);
    }
    friend WEFT_INLINE pack operator-(pack a) {
        if constexpr (std::is_floating_point_v<T>)
            return pack(T(-0.0)) - a;
        else
            return pack(T(0)) - a;
    }
    friend WEFT_INLINE pack operator&(pack a, pack b) requires std::is_integral_v<T> {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x & y; }, a, b);
    }
    friend WEFT_INLINE pack operator|(pack a, pack b) requires std::is_integral_v<T> {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x | y; }, a, b);
    }
    friend WEFT_INLINE pack operator^(pack a, pack b) requires std::is_integral_v<T> {
        return arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x ^ y; }, a, b);
    }
    friend WEFT_INLINE pack operator~(pack a) requires std::is_integral_v<T> {
        return a ^ pack(static_cast<T>(-1));
    }
    /// Shifts by 0 <= n < bits of T; >> keeps the sign of signed integers.
    friend WEFT_INLINE pack operator<<(pack a, int n) requires std::is_integral_v<T> {
        return simd::build<group, group::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return simd::shift_left(a.lane.part[i], n); });
    }
    friend WEFT_INLINE pack operator>>(pack a, int n) requires std::is_integral_v<T> {
        return simd::build<group, group::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return simd::shift_right(a.lane.part[i], n); });
    }

    friend WEFT_INLINE mask operator==(pack a, pack b) {
        return compare([](auto x, auto y) WEFT_INLINE_LAMBDA { return x == y; }, a, b);
    }
    friend WEFT_INLINE mask operator<(pack a, pack b) {
        return compare([](auto x, auto y) WEFT_INLINE_LAMBDA { return x < y; }, a, b);
    }
    friend WEFT_INLINE mask operator<=(pack a, pack b) {
        return compare([](auto x, auto y) WEFT_INLINE_LAMBDA { return x <= y; }, a, b);
    }
    friend WEFT_INLINE mask operator!=(pack a, pack b) { return !(a == b); }
    friend WEFT_INLINE mask operator>(pack a, pack b) { return b < a; }
    friend WEFT_INLINE mask operator>=(pack a, pack b) { return b <= a; }
};

/// Lane by lane: a where m, else b.
template <class T, int N>
WEFT_INLINE pack<T, N> select(pack<bool, N> m, pack<T, N> a, pack<T, N> b) {
    if constexpr (std::is_same_v<T, bool>) {
        return (m & a) | ((!m) & b);
    } else {
        using group = typename pack<T, N>::group;
        using unit = typename group::unit;
        auto const own = simd::regroup<simd::group<simd::mask_of<unit>, group::parts>>(m.lane);
        return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
            return simd::choose<unit>(own.part[i], a.lane.part[i], b.lane.part[i]);
        });
    }
}
template <class T, int N>
WEFT_INLINE pack<T, N> select(pack<bool, N> m, pack<T, N> a, std::type_identity_t<T> b) {
    return select(m, a, pack<T, N>(b));
}
template <class T, int N>
WEFT_INLINE pack<T, N> select(pack<bool, N> m, std::type_identity_t<T> a, pack<T, N> b) {
    return select(m, pack<T, N>(a), b);
}

/// Bit i is lane i; at most 64 lanes.
template <int N>
WEFT_INLINE std::uint64_t bits(pack<bool, N> m) {
    return simd::all_bits(m.lane);
}
template <int N>
WEFT_INLINE bool any(pack<bool, N> m) {
    return bits(m) != 0;
}
template <int N>
WEFT_INLINE bool all(pack<bool, N> m) {
    return bits(m) == ~std::uint64_t{0} >> (64 - N);
}

/// Converts every lane; floating-point to integer truncates (out of range: as the machine does),
/// to bool is `!= 0`, from bool is 0 or 1.
template <class To, class From, int N>
WEFT_INLINE pack<To, N> cast(pack<From, N> x) {
    if constexpr (std::is_same_v<To, From>)
        return x;
    else if constexpr (std::is_same_v<To, bool>)
        return x != pack<From, N>(From(0));
    else if constexpr (std::is_same_v<From, bool>)
        return select(x, pack<To, N>(To(1)), pack<To, N>(To(0)));
    else
        return simd::convert<typename pack<To, N>::group, To, From>(x.lane);
}

/// The same bits as another element type of the same size.
template <class To, class From, int N>
WEFT_INLINE pack<To, N> bit_cast_to(pack<From, N> x) {
    static_assert(sizeof(To) == sizeof(From));
    using group = typename pack<To, N>::group;
    static_assert(group::parts == pack<From, N>::group::parts);
    return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
        return simd::recast<typename group::unit>(x.lane.part[i]);
    });
}

template <int N>
WEFT_INLINE pack<bool, N> pack<bool, N>::load(bool const* p) {
    return cast<bool>(pack<std::uint8_t, N>::load(reinterpret_cast<std::uint8_t const*>(p)));
}
template <int N>
WEFT_INLINE pack<bool, N> pack<bool, N>::load(bool const* p, int n) {
    return cast<bool>(pack<std::uint8_t, N>::load(reinterpret_cast<std::uint8_t const*>(p), n));
}
template <int N>
WEFT_INLINE pack<bool, N> pack<bool, N>::load_strided(bool const* p, std::ptrdiff_t stride, int n) {
    return cast<bool>(
        pack<std::uint8_t, N>::load_strided(reinterpret_cast<std::uint8_t const*>(p), stride, n));
}
template <int N>
WEFT_INLINE void pack<bool, N>::store(bool* p) const {
    cast<std::uint8_t>(*this).store(reinterpret_cast<std::uint8_t*>(p));
}
template <int N>
WEFT_INLINE void pack<bool, N>::store(bool* p, int n) const {
    cast<std::uint8_t>(*this).store(reinterpret_cast<std::uint8_t*>(p), n);
}
template <int N>
WEFT_INLINE void pack<bool, N>::store_strided(bool* p, std::ptrdiff_t stride, int n) const {
    cast<std::uint8_t>(*this).store_strided(reinterpret_cast<std::uint8_t*>(p), stride, n);
}

namespace simd {

template <class T, int N>
WEFT_INLINE pack<T, N> divide_integers(pack<T, N> a, pack<T, N> b) {
    if constexpr (sizeof(T) <= 4 && is_vector<typename pack<T, N>::unit>) {
        using wide = std::conditional_t<sizeof(T) == 4, double, float>;
        auto const zero = b == pack<T, N>(T(0));
        auto const q = cast<wide>(a) / cast<wide>(select(zero, pack<T, N>(T(1)), b));
        if constexpr (sizeof(T) < 4)
            return select(zero, pack<T, N>(T(0)), cast<T>(cast<std::int32_t>(q)));
        else
            return select(zero, pack<T, N>(T(0)), cast<T>(cast<std::int64_t>(q)));
    } else {
        T x[static_cast<std::size_t>(N)], y[static_cast<std::size_t>(N)];
        a.store(x);
        b.store(y);
        for (int i = 0; i < N; ++i) {
            if (y[i] == 0)
                x[i] = 0;
            else if (std::is_signed_v<T> && y[i] == static_cast<T>(-1))
                x[i] = static_cast<T>(wrapping<T>{0} - static_cast<wrapping<T>>(x[i]));
            else
                x[i] = static_cast<T>(x[i] / y[i]);
        }
        return pack<T, N>::load(x);
    }
}

}  // namespace simd

}  // namespace WEFT_ISA
}  // namespace weft
