// SPDX-License-Identifier: BSL-1.0
// Elements in memory and in registers: loads and stores of packs by element type, where bf16 and
// f16 are floats in registers. Stands between packs and the loops of a plan.
#pragma once

#include <bit>
#include <cstdint>

#include <weft/core/dtype.hpp>
#include <weft/cpu/bind.hpp>
#include <weft/cpu/complex.hpp>
#include <weft/cpu/simd.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <dtype T>
using computed_type = type_of<computed(T)>;

/// How the elements of consecutive lanes stand in memory.
enum class spacing : std::uint8_t { same, next, strided };

/// A number from a plan: the bits of a double for floating types, else the integer.
template <class T>
constexpr T number(std::int64_t bits) {
    if constexpr (std::is_floating_point_v<T>)
        return static_cast<T>(std::bit_cast<double>(bits));
    else if constexpr (simd::is_complex_number<T>)
        return {number<typename T::value_type>(bits), 0};
    else if constexpr (std::is_same_v<T, bool>)
        return bits != 0;
    else
        return static_cast<T>(bits);
}

template <class T>
WEFT_INLINE T first_of(pack<T, 1> x) {
    if constexpr (simd::is_complex_number<T>)
        return x.first();
    else
        return x.lane.part[0];
}

/// The first n of L lanes.
template <int L>
WEFT_INLINE pack<bool, L> alive(int n) {
    return pack<std::int32_t, L>::iota(0) < pack<std::int32_t, L>(n);
}

template <class T, int L, spacing S, bool Full>
WEFT_INLINE pack<T, L> load_raw(T const* p, std::int64_t stride, int n) {
    if constexpr (S == spacing::same || L == 1)
        return pack<T, L>(*p);
    else if constexpr (S == spacing::strided)
        return pack<T, L>::load_strided(p, stride, Full ? L : n);
    else if constexpr (Full)
        return pack<T, L>::load(p);
    else
        return pack<T, L>::load(p, n);
}

template <class T, int L, spacing S, bool Full>
WEFT_INLINE void store_raw(T* p, pack<T, L> x, std::int64_t stride, int n) {
    if constexpr (S == spacing::same)
        x.store(p, 1);
    else if constexpr (S == spacing::strided)
        x.store_strided(p, stride, Full ? L : n);
    else if constexpr (Full)
        x.store(p);
    else
        x.store(p, n);
}

/// L lanes of elements of type M at p, of which the first n are there.
template <dtype M, int L, spacing S, bool Full>
WEFT_INLINE pack<computed_type<M>, L> load(char const* p, std::int64_t stride, int n) {
    if constexpr (M != dtype::bf16 && M != dtype::f16) {
        return load_raw<type_of<M>, L, S, Full>(reinterpret_cast<type_of<M> const*>(p), stride, n);
    } else {
        auto const raw = load_raw<std::uint16_t, L, S, Full>(
            reinterpret_cast<std::uint16_t const*>(p), stride, n);
        if constexpr (M == dtype::bf16) {
            return bit_cast_to<float>(cast<std::uint32_t>(raw) << 16);
        } else {
            std::uint16_t from[static_cast<std::size_t>(L)];
            float to[static_cast<std::size_t>(L)];
            raw.store(from);
            for (int i = 0; i < L; ++i) to[i] = f16::from_bits(from[i]);
            return pack<float, L>::load(to);
        }
    }
}

template <dtype M, int L, spacing S, bool Full>
WEFT_INLINE void store(char* p, pack<computed_type<M>, L> x, std::int64_t stride, int n) {
    if constexpr (M != dtype::bf16 && M != dtype::f16) {
        store_raw<type_of<M>, L, S, Full>(reinterpret_cast<type_of<M>*>(p), x, stride, n);
    } else {
        auto* const to = reinterpret_cast<std::uint16_t*>(p);
        if constexpr (M == dtype::bf16) {
            using U = pack<std::uint32_t, L>;
            U const u = bit_cast_to<std::uint32_t>(x);
            U const even = (u >> 16) & U(1u);
            U const bits = select(x == x, (u + U(0x7fffu) + even) >> 16, (u >> 16) | U(0x40u));
            store_raw<std::uint16_t, L, S, Full>(to, cast<std::uint16_t>(bits), stride, n);
        } else {
            std::uint16_t bits[static_cast<std::size_t>(L)];
            float from[static_cast<std::size_t>(L)];
            x.store(from);
            for (int i = 0; i < L; ++i) bits[i] = f16(from[i]).bits;
            store_raw<std::uint16_t, L, S, Full>(to, pack<std::uint16_t, L>::load(bits), stride, n);
        }
    }
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
