// SPDX-License-Identifier: BSL-1.0
// Every elementwise operation in a compiled loop: found by its name, with a vector's lanes and the
// rest of a row, in float, in half precision and in integers.
#include <doctest/doctest.h>

#include <cmath>

#include <weft/autodiff/grad.hpp>
#include <weft/ops/ops.hpp>
#include <weft/program/call.hpp>

namespace {

template <class T, std::int64_t N>
weft::tensor<T, N> ramp(double from, double step) {
    auto x = weft::tensor<T, N>::uninitialized();
    for (std::int64_t i = 0; i < N; ++i)
        x[i] = static_cast<T>(from + step * static_cast<double>(i));
    return x;
}

}  // namespace

TEST_CASE("functions of one and two values in float") {
    auto const x = ramp<float, 37>(0.02, 0.025), y = ramp<float, 37>(1.5, -0.1);
    auto const a = weft::call(
        [](auto u) {
            return exp2(u) + expm1(u) + log2(u) + log10(u) + log1p(u) + sigmoid(u) + softplus(u) +
                   sin(u) + cos(u) + tan(u) + asin(u) + acos(u) + atan(u) + sinh(u) + cosh(u) +
                   tanh(u) + asinh(u) + acosh(1 + u) + atanh(u) + cbrt(u) + erf(u) + erfc(u) +
                   lgamma(u) + digamma(u) + polygamma(1, u);
        },
        x);
    auto const b = weft::call(
        [](auto u, auto v) {
            auto const whole = floor(v) + ceil(v) + round(v) + trunc(v) + sign(v);
            auto const two = logaddexp(u, v) + atan2(v, u) + power(u, v) + hypot(u, v) +
                             copysign(u, v) + remainder(v, u) + floor_divide(v, u) + fmod(v, u);
            return whole + two + clamp(v, 0, u) + lerp(u, v, 0.25);
        },
        x, y);
    for (int i = 0; i < 37; ++i) {
        double const u = static_cast<double>(x[i]), v = static_cast<double>(y[i]);
        CAPTURE(u);
        CAPTURE(v);
        double digamma = -1 / u - 1 / (u + 1), trigamma = 1 / (u * u) + 1 / ((u + 1) * (u + 1));
        double const w = u + 2;  // by the C library's lgamma
        digamma += (std::lgamma(w + 1e-4) - std::lgamma(w - 1e-4)) / 2e-4;
        trigamma += (std::lgamma(w + 1e-3) + std::lgamma(w - 1e-3) - 2 * std::lgamma(w)) / 1e-6;
        double const one = std::exp2(u) + std::expm1(u) + std::log2(u) + std::log10(u) +
                           std::log1p(u) + 1 / (1 + std::exp(-u)) + std::log1p(std::exp(u)) +
                           std::sin(u) + std::cos(u) + std::tan(u) + std::asin(u) + std::acos(u) +
                           std::atan(u) + std::sinh(u) + std::cosh(u) + std::tanh(u) +
                           std::asinh(u) + std::acosh(1 + u) + std::atanh(u) + std::cbrt(u) +
                           std::erf(u) + std::erfc(u) + std::lgamma(u) + digamma + trigamma;
        CHECK(static_cast<double>(a[i]) == doctest::Approx(one).epsilon(1e-5));
        double const whole =
            std::floor(v) + std::ceil(v) + std::nearbyint(v) + std::trunc(v) + (v > 0) - (v < 0);
        double const rest = v - std::floor(v / u) * u;
        double const two = std::log(std::exp(u) + std::exp(v)) + std::atan2(v, u) + std::pow(u, v) +
                           std::hypot(u, v) + std::copysign(u, v) + rest + std::floor(v / u) +
                           std::fmod(v, u);
        double const three = std::fmin(std::fmax(v, 0), u) + u + 0.25 * (v - u);
        CHECK(static_cast<double>(b[i]) == doctest::Approx(whole + two + three).epsilon(1e-5));
    }
}

TEST_CASE("gradients of activations are one loop, nested ones too") {
    auto const x = ramp<float, 37>(-3, 0.17);
    auto const g = weft::grad([](auto u) {
        return sum(gelu(u) + gelu_tanh(u) + silu(u) + elu(u) + mish(u) + softplus(u));
    })(x);
    auto const value = [](double u) {
        double const s = std::log1p(std::exp(u));
        return 0.5 * u * std::erfc(-u / std::sqrt(2.)) +
               0.5 * u * (1 + std::tanh(0.7978845608028654 * (u + 0.044715 * u * u * u))) +
               u / (1 + std::exp(-u)) + (u > 0 ? u : std::expm1(u)) + u * std::tanh(s) + s;
    };
    for (int i = 0; i < 37; ++i) {
        double const u = static_cast<double>(x[i]);
        CAPTURE(u);
        CHECK(static_cast<double>(g[i]) ==
              doctest::Approx((value(u + 1e-5) - value(u - 1e-5)) / 2e-5).epsilon(1e-4));
    }
    auto const h = weft::grad(
        [](auto u) { return sum(weft::grad([](auto v) { return sum(silu(v)); })(u)); })(x);
    auto const silu = [](double u) { return u / (1 + std::exp(-u)); };
    for (int i = 0; i < 37; ++i) {
        double const u = static_cast<double>(x[i]);
        double const second = (silu(u + 1e-3) + silu(u - 1e-3) - 2 * silu(u)) / 1e-6;
        CHECK(static_cast<double>(h[i]) == doctest::Approx(second).epsilon(1e-4));
    }
}

TEST_CASE("half precision is computed in float") {
    auto const x = ramp<weft::f16, 21>(0.25, 0.125);
    auto const y = weft::call([](auto u) { return sin(u) + power(u, 1.5); }, x);
    auto const z = weft::call([](auto u) { return erf(u); }, ramp<weft::bf16, 21>(-1, 0.125));
    static_assert(std::is_same_v<decltype(y), weft::tensor<weft::f16, 21> const>);
    for (int i = 0; i < 21; ++i) {
        float const u = x[i];
        CHECK(float(y[i]) == float(weft::f16(std::sin(u) + std::pow(u, 1.5f))));
        CHECK(float(z[i]) == float(weft::bf16(std::erf(float(weft::bf16(-1 + 0.125 * i))))));
    }
}

TEST_CASE("integers and booleans") {
    auto const x = ramp<std::int32_t, 21>(-10, 1), y = ramp<std::int32_t, 21>(3, -1);
    auto const r = weft::call(
        [](auto u, auto v) {
            return remainder(u, v) + 100 * floor_divide(u, v) + power(u, 3) + fmod(u, v) +
                   sign(u) * 7;
        },
        x, y);
    auto const b = weft::call(
        [](auto u, auto v) { return ((u & v) | (u ^ 5)) + (~u << 2) + (u >> 1) + (v << (u & 3)); },
        x, y);
    auto const t = weft::call(
        [](auto u, auto v) {
            auto const p = u > 0, q = v > 0;
            return cast<std::int32_t>(logical_or(p, q)) * 4 + cast<std::int32_t>(p ^ q) * 2 +
                   cast<std::int32_t>(logical_xor(p & q, isfinite(u)));
        },
        x, y);
    for (int i = 0; i < 21; ++i) {
        int const u = x[i], v = y[i];
        CAPTURE(u);
        CAPTURE(v);
        int const m = v == 0 ? 0 : u % v, q = v == 0 ? 0 : u / v;
        bool const off = m != 0 && (m < 0) != (v < 0);
        CHECK(r[i] ==
              m + (off ? v : 0) + 100 * (q - off) + u * u * u + m + ((u > 0) - (u < 0)) * 7);
        CHECK(b[i] == ((u & v) | (u ^ 5)) + ~u * 4 + (u >> 1) + v * (1 << (u & 3)));
        bool const p = u > 0, s = v > 0;
        CHECK(t[i] == (p || s) * 4 + (p != s) * 2 + ((p && s) != true));
    }
}
