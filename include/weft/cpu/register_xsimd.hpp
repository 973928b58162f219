// SPDX-License-Identifier: BSL-1.0
// Registers where the compiler has no vectors of its own, or the machine is no x86: those of xsimd,
// 8.1 to 14. The only header that names it; register.hpp includes it where it is needed.
#pragma once

#include <xsimd/xsimd.hpp>

#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

template <class T>
inline constexpr bool has_register = xsimd::has_simd_register<T>::value;

template <class T>
consteval int native_lanes() {
    if constexpr (has_register<T>)
        return static_cast<int>(xsimd::batch<T>::size);
    else
        return 1;
}

// The unit that N lanes of T are made of: native batches, one smaller batch, or scalars.
template <class T, int N>
consteval auto unit_of_pack() {
    constexpr int native = native_lanes<T>();
    constexpr std::size_t bytes = sizeof(T) * static_cast<std::size_t>(N);
    if constexpr (native > 1 && N % native == 0) {
        return std::type_identity<xsimd::batch<T>>{};
    } else if constexpr (has_register<T> && bytes >= 16 && bytes < vector_bytes) {
        using sized = xsimd::make_sized_batch_t<T, static_cast<std::size_t>(N)>;
        if constexpr (std::is_void_v<sized>)
            return std::type_identity<T>{};
        else
            return std::type_identity<sized>{};
    } else {
        return std::type_identity<T>{};
    }
}
template <class T, int N>
using unit = typename decltype(unit_of_pack<T, N>())::type;

template <class B>
struct register_traits {
    static constexpr bool vector = false;
};
template <class T, class A>
struct register_traits<xsimd::batch<T, A>> {
    using value = T;
    using mask = typename xsimd::batch<T, A>::batch_bool_type;
    static constexpr int width = static_cast<int>(xsimd::batch<T, A>::size);
    static constexpr bool vector = true;
};
template <class T, class A>
struct register_traits<xsimd::batch_bool<T, A>> {
    using value = T;
    using registers = typename xsimd::batch_bool<T, A>::register_type;
    static constexpr int width = static_cast<int>(xsimd::batch_bool<T, A>::size);
    static constexpr bool vector = true;
    static constexpr bool bits = std::is_integral_v<registers>;  // AVX-512: a bit a lane
};

template <class M, class B>
WEFT_INLINE B select_lanes(M m, B a, B b) {
    return xsimd::select(m, a, b);
}
template <class B>
WEFT_INLINE B fused_lanes(B a, B b, B c) {
    return xsimd::fma(a, b, c);
}
template <class B>
WEFT_INLINE B root_lanes(B x) {
    return xsimd::sqrt(x);
}
template <class B>
WEFT_INLINE B nearest_lanes(B x) {
    return xsimd::nearbyint(x);
}
template <class B>
WEFT_INLINE B floor_lanes(B x) {
    return xsimd::floor(x);
}

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft
