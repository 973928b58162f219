// SPDX-License-Identifier: BSL-1.0
// The functions that operations evaluate with, for plain numbers; packs bring their own, found
// by ADL. Compiler builtins, because <cmath> costs more than the rest of this folder.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace weft::scalar {

template <class T>
concept Number = std::is_arithmetic_v<T>;

template <Number T>
constexpr T maximum(T a, T b) {
    return a != a ? a : (a > b || b != b) ? (b != b ? b : a) : b;
}
template <Number T>
constexpr T minimum(T a, T b) {
    return a != a ? a : (a < b || b != b) ? (b != b ? b : a) : b;
}
template <Number C, Number T>
constexpr T select(C condition, T a, T b) {
    return condition != 0 ? a : b;
}

inline float exp(float x) { return __builtin_expf(x); }
inline double exp(double x) { return __builtin_exp(x); }
inline float log(float x) { return __builtin_logf(x); }
inline double log(double x) { return __builtin_log(x); }
inline float tanh(float x) { return __builtin_tanhf(x); }
inline double tanh(double x) { return __builtin_tanh(x); }
inline float sqrt(float x) { return __builtin_sqrtf(x); }
inline double sqrt(double x) { return __builtin_sqrt(x); }
inline float rsqrt(float x) { return 1 / __builtin_sqrtf(x); }
inline double rsqrt(double x) { return 1 / __builtin_sqrt(x); }
inline float reciprocal(float x) { return 1 / x; }
inline double reciprocal(double x) { return 1 / x; }
inline float abs(float x) { return __builtin_fabsf(x); }
inline double abs(double x) { return __builtin_fabs(x); }
template <std::integral T>
constexpr T abs(T x) {
    return x < 0 ? static_cast<T>(-x) : x;
}

}  // namespace weft::scalar
