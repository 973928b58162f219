// SPDX-License-Identifier: BSL-1.0
// power, cbrt, hypot. A power whose exponent is a small known number becomes products or a root.
#pragma once

#include <weft/math/power.hpp>
#include <weft/ops/math.hpp>

namespace weft {

namespace detail {

/// Whether s is one number, the same at every place.
constexpr bool known(symbol s, double& number) {
    if (s.node().op->kind != ir::kind::constant) return false;
    std::int64_t const bits = s.builder()->view().attribute(s.id(), 0);
    number = is_inexact(s.type()) ? __builtin_bit_cast(double, bits) : static_cast<double>(bits);
    return true;
}

constexpr symbol zeros_like(symbol x) { return x.builder()->constant(x.type(), x.node().shape, 0); }

}  // namespace detail

namespace ops {

/// x^y. Of integers the result wraps around, and to a negative power it is rounded towards zero.
struct power : elementwise<2> {
    static constexpr std::string_view name = "power", cuda = "pow($0, $1)", c99 = cuda,
                                      onnx = "Pow";
    static constexpr auto refuses = ir::refusal::truth;
    static constexpr int cost = 60;
    template <class V>
    static V eval(V x, V y) {
        using math::power;
        using scalar::power;
        return power(x, y);
    }
    template <int I, class V>
    static constexpr V partial(V x, V y, V z) {
        if constexpr (I == 0 && ActiveNumber<V>) {
            if (y == 0) return V(0);
            // One division for a second power, where nothing is to be differentiated again.
            if constexpr (std::is_arithmetic_v<typename V::plain>)
                if (z != 0 && z - z == 0 && weft::abs(z) > 0x1p-100) return y * (z / x);
            return y * ir::elementwise<power>(x, y - 1);
        } else if constexpr (I == 0) {
            // 0 for y = 0, where x^(y - 1) may be infinite.
            if (double n = 0; weft::detail::known(y, n))
                return n == 0 ? weft::detail::zeros_like(x) : n * ir::elementwise<power>(x, n - 1);
            return weft::where(y == 0, 0, y * ir::elementwise<power>(x, y - 1));
        } else {
            if constexpr (Symbolic<V>)
                if (is_complex(x.type())) return weft::where(x == 0, 0, z * weft::log(x));
            return weft::where(weft::logical_and(x == 0, y >= 0), 0, z * weft::log(x));
        }
    }
    static constexpr symbol simplify(ir::rewrite& r) {
        symbol const x = r.operand(0);
        if (r.is_constant(1, 0)) return r.constant(1);
        if (r.is_constant(1, 1)) return x;
        if (r.is_constant(1, 2)) return x * x;
        if (r.is_constant(1, 3)) return x * x * x;
        if (r.is_constant(1, 4)) return ir::elementwise<multiply>(x * x, x * x);
        if (!is_inexact(r.was().type)) return r.no_change();
        if (r.is_constant(1, -1)) return 1 / x;
        if (r.is_constant(1, 0.5)) return weft::sqrt(x);
        if (r.is_constant(1, -0.5)) return weft::rsqrt(x);
        return r.no_change();
    }
};

/// Also of negative x.
struct cbrt : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "cbrt", cuda = "cbrt($0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::cbrt(x);
        else
            return math::cbrt(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 1 / (3 * y * y);
    }
};

/// sqrt(a^2 + b^2), without overflow.
struct hypot : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "hypot", cuda = "hypot($0, $1)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 14;
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return scalar::hypot(a, b);
        else
            return math::hypot(a, b);
    }
    template <int I, class V>
    static constexpr V partial(V a, V b, V y) {
        if constexpr (ActiveNumber<V>)
            if constexpr (!std::is_arithmetic_v<typename V::plain>) {
                // The slope of a / y cancels where a is nearly all of y.
                V const x = I == 0 ? a : b, rest = I == 0 ? b : a;
                if (weft::abs(x) > weft::abs(rest))
                    return weft::where(x < 0, V(-1), V(1)) / ir::elementwise<hypot>(V(1), rest / x);
            }
        return (I == 0 ? a : b) / weft::where(y == 0, 1, y);  // 0 at the origin
    }
};

}  // namespace ops

/// x^y. x^2, x^3, x^4, 1 / x and roots are found where y is such a number; the result is at most
/// 2 ulp off otherwise. Integers stay integers and wrap around; they have no negative powers.
template <class X, class Y>
requires Operands<X, Y>
constexpr auto power(X const& x, Y const& y) {
    auto const z = ir::elementwise<ops::power>(x, y);
    if constexpr (std::is_arithmetic_v<Y> && Symbolic<X>)
        if (z.valid() && !is_inexact(z.type()) && y < 0)
            return z.builder()->fail(ir::sentence("power", x.traced())
                                     << ": an integer has no negative power; use cast<float>(x)");
    return z;
}
/// Cube root, also of negative x.
template <Value A>
WEFT_INLINE constexpr auto cbrt(A const& x) {
    return ir::elementwise<ops::cbrt>(x);
}
/// sqrt(a^2 + b^2), without overflow; its derivative at the origin is zero.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto hypot(A const& a, B const& b) { return ir::elementwise<ops::hypot>(a, b); }

namespace ir {
template <>
struct struct_of<hash("power")> {
    using type = ops::power;
};
template <>
struct struct_of<hash("cbrt")> {
    using type = ops::cbrt;
};
template <>
struct struct_of<hash("hypot")> {
    using type = ops::hypot;
};
}  // namespace ir
WEFT_EAGER(power)
WEFT_EAGER(cbrt)
WEFT_EAGER(hypot)

}  // namespace weft
