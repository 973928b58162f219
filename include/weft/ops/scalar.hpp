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

// The rest is no kernel's path, but what the reference evaluator compares kernels with: double.
// clang-format off
template <std::floating_point T> T exp2(T x) { return static_cast<T>(__builtin_exp2(x)); }
template <std::floating_point T> T expm1(T x) { return static_cast<T>(__builtin_expm1(x)); }
template <std::floating_point T> T log2(T x) { return static_cast<T>(__builtin_log2(x)); }
template <std::floating_point T> T log10(T x) { return static_cast<T>(__builtin_log10(x)); }
template <std::floating_point T> T log1p(T x) { return static_cast<T>(__builtin_log1p(x)); }
template <std::floating_point T> T sin(T x) { return static_cast<T>(__builtin_sin(x)); }
template <std::floating_point T> T cos(T x) { return static_cast<T>(__builtin_cos(x)); }
template <std::floating_point T> T tan(T x) { return static_cast<T>(__builtin_tan(x)); }
template <std::floating_point T> T asin(T x) { return static_cast<T>(__builtin_asin(x)); }
template <std::floating_point T> T acos(T x) { return static_cast<T>(__builtin_acos(x)); }
template <std::floating_point T> T atan(T x) { return static_cast<T>(__builtin_atan(x)); }
template <std::floating_point T> T atan2(T y, T x) { return static_cast<T>(__builtin_atan2(y, x)); }
template <std::floating_point T> T sinh(T x) { return static_cast<T>(__builtin_sinh(x)); }
template <std::floating_point T> T cosh(T x) { return static_cast<T>(__builtin_cosh(x)); }
template <std::floating_point T> T asinh(T x) { return static_cast<T>(__builtin_asinh(x)); }
template <std::floating_point T> T acosh(T x) { return static_cast<T>(__builtin_acosh(x)); }
template <std::floating_point T> T atanh(T x) { return static_cast<T>(__builtin_atanh(x)); }
template <std::floating_point T> T power(T x, T y) { return static_cast<T>(__builtin_pow(x, y)); }
template <std::floating_point T> T cbrt(T x) { return static_cast<T>(__builtin_cbrt(x)); }
template <std::floating_point T> T hypot(T x, T y) { return static_cast<T>(__builtin_hypot(x, y)); }
template <std::floating_point T> T erf(T x) { return static_cast<T>(__builtin_erf(x)); }
template <std::floating_point T> T erfc(T x) { return static_cast<T>(__builtin_erfc(x)); }
template <std::floating_point T> T tgamma(T x) { return static_cast<T>(__builtin_tgamma(x)); }
template <std::floating_point T> T lgamma(T x) { return static_cast<T>(__builtin_lgamma(x)); }
template <std::floating_point T> T floor(T x) { return static_cast<T>(__builtin_floor(x)); }
template <std::floating_point T> T ceil(T x) { return static_cast<T>(__builtin_ceil(x)); }
template <std::floating_point T> T trunc(T x) { return static_cast<T>(__builtin_trunc(x)); }
template <std::floating_point T> T round(T x) { return static_cast<T>(__builtin_nearbyint(x)); }
template <std::floating_point T> T fmod(T x, T y) { return static_cast<T>(__builtin_fmod(x, y)); }
template <std::floating_point T> T copysign(T x, T y) { return static_cast<T>(__builtin_copysign(x, y)); }
// clang-format on
template <std::floating_point T>
T sigmoid(T x) {
    return static_cast<T>(1 / (1 + __builtin_exp(-static_cast<double>(x))));
}
template <std::floating_point T>
T logaddexp(T a, T b) {
    double const x = a, y = b, large = x > y ? x : y;
    return static_cast<T>(x == y ? x + __builtin_log(2)
                                 : large + __builtin_log1p(__builtin_exp(-__builtin_fabs(x - y))));
}
template <std::floating_point T>
T softplus(T x) {
    return logaddexp(x, T(0));
}

}  // namespace weft::scalar
