// SPDX-License-Identifier: BSL-1.0
// exp, log, tanh, sqrt, rsqrt, reciprocal, abs, clamp, lerp: elementwise functions with derivatives
// in terms of the result where that spares keeping the operand.
#pragma once

#include <weft/math/hyperbolic.hpp>
#include <weft/ops/arithmetic.hpp>

namespace weft {
namespace ops {

// Of the functions of one name, `scalar` has those of numbers, `math` those of packs, and those of
// complex packs are found by ADL.

struct exp : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "exp", cuda = "exp($0)", c99 = cuda, onnx = "Exp";
    static constexpr int cost = 12;
    template <class V>
    static V eval(V x) {
        using math::exp;
        using scalar::exp;
        return exp(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return y;
    }
};

struct log : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "log", cuda = "log($0)", c99 = cuda, onnx = "Log";
    static constexpr int cost = 12;
    template <class V>
    static V eval(V x) {
        using math::log;
        using scalar::log;
        return log(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1 / x;
    }
};

struct tanh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "tanh", cuda = "tanh($0)", c99 = cuda, onnx = "Tanh";
    static constexpr int cost = 16;
    template <class V>
    static V eval(V x) {
        using math::tanh;
        using scalar::tanh;
        return tanh(x);
    }
    template <int, class V>
    static constexpr V partial([[maybe_unused]] V x, V y) {
        if constexpr (ActiveNumber<V>)
            if (y * y > 0.25) {  // where the difference would cancel
                V const e = ir::elementwise<exp>(2 * weft::where(x < 0, x, -x)), d = 1 + e;
                return 4 * e / (d * d);
            }
        return 1 - y * y;
    }
};

struct sqrt : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "sqrt", cuda = "sqrt($0)", c99 = cuda, onnx = "Sqrt";
    static constexpr int cost = 4;
    template <class V>
    static V eval(V x) {
        using scalar::sqrt;
        return sqrt(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 0.5 / y;
    }
};

struct rsqrt : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "rsqrt", cuda = "rsqrt($0)", c99 = "1 / sqrt($0)";
    static constexpr int cost = 8;
    template <class V>
    static V eval(V x) {
        using scalar::rsqrt;
        return rsqrt(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V y) {
        return -0.5 * (y / x);
    }
};

/// 1 / x to 1.5 ulp, where a division would be exactly rounded and slow.
struct reciprocal : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "reciprocal", cuda = "1 / $0", c99 = cuda,
                                      onnx = "Reciprocal";
    static constexpr int cost = 4;
    template <class V>
    static V eval(V x) {
        using scalar::reciprocal;
        return reciprocal(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return -(y * y);
    }
};

struct abs : elementwise<1> {
    static constexpr std::string_view name = "abs", cuda = "abs($0)", c99 = "fabs($0)",
                                      onnx = "Abs";
    template <class V>
    static V eval(V x) {
        using scalar::abs;
        return abs(x);
    }
    /// Of numbers: arrays have no factor of ones and zeros to store.
    template <int, class V>
    static constexpr V partial(V x, V) {
        return weft::where(x > 0, 1, weft::where(x < 0, V(-1), V(0)));
    }
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0), d = p.cotangent;
        p.add(0, weft::where(x > 0, d, weft::where(x < 0, -d, 0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const x = p.operand(0), t = p.tangent(0);
        return weft::where(x > 0, t, weft::where(x < 0, -t, 0));
    }
};

struct clamp : elementwise<3> {
    static constexpr std::string_view name = "clamp", cuda = "min(max($0, $1), $2)",
                                      c99 = "fmin(fmax($0, $1), $2)", onnx = "Clip";
    static constexpr auto refuses = ir::refusal::both;
    static constexpr int cost = 2;
    template <class V>
    static V eval(V x, V low, V high) {
        using scalar::maximum;
        using scalar::minimum;
        return minimum(maximum(x, low), high);
    }
    template <int I, class V>
    static constexpr auto partial(V x, V low, V high, V) {
        if constexpr (I == 0)
            return ir::when{weft::logical_and(x >= low, x <= high)};
        else if constexpr (I == 1)
            return ir::when{weft::logical_and(x < low, low <= high)};
        else
            return ir::when{weft::maximum(x, low) > high};
    }
};

struct lerp : elementwise<3, ir::typing::floating> {
    static constexpr std::string_view name = "lerp", cuda = "$0 + $2 * ($1 - $0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 5;
    template <class V>
    static V eval(V a, V b, V t) {
        using scalar::select;
        V const d = b - a;
        return select(t < V(0.5), a + t * d, b - (V(1) - t) * d);
    }
    template <int I, class V>
    static constexpr V partial(V a, V b, V t, V) {
        if constexpr (I == 0)
            return 1 - t;
        else if constexpr (I == 1)
            return t;
        else
            return b - a;
    }
};

}  // namespace ops

template <Value A>
WEFT_INLINE constexpr auto exp(A const& x) {
    return ir::elementwise<ops::exp>(x);
}
/// Natural logarithm.
template <Value A>
WEFT_INLINE constexpr auto log(A const& x) {
    return ir::elementwise<ops::log>(x);
}
template <Value A>
WEFT_INLINE constexpr auto tanh(A const& x) {
    return ir::elementwise<ops::tanh>(x);
}
template <Value A>
WEFT_INLINE constexpr auto sqrt(A const& x) {
    return ir::elementwise<ops::sqrt>(x);
}
/// 1 / sqrt(x).
template <Value A>
WEFT_INLINE constexpr auto rsqrt(A const& x) {
    return ir::elementwise<ops::rsqrt>(x);
}
/// 1 / x, to 1.5 ulp: faster than the division, which is exactly rounded.
template <Value A>
WEFT_INLINE constexpr auto reciprocal(A const& x) {
    return ir::elementwise<ops::reciprocal>(x);
}
/// Absolute value, real for complex numbers; its derivative at zero is zero.
template <Value A>
constexpr auto abs(A const& a) {
    if constexpr (ActiveNumber<A>) {
        return ir::elementwise<ops::abs>(a);
    } else {
        symbol const x = a.traced();
        if (!x.valid() || x.type() == dtype::boolean) return x;
        return is_complex(x.type()) ? ir::elementwise<ops::magnitude>(x)
                                    : ir::elementwise<ops::abs>(x);
    }
}
template <Value A>
constexpr auto square(A const& x) {
    return x * x;
}
/// max(x, 0); its derivative at zero is zero.
template <Value A>
constexpr auto relu(A const& x) {
    return maximum(x, 0);
}
/// x between low and high; the derivative at both ends is that within.
template <class X, class L, class H>
    requires Operands<X, L, H>
WEFT_INLINE constexpr auto clamp(X const& x, L const& low, H const& high) {
    return ir::elementwise<ops::clamp>(x, low, high);
}
/// a + t (b - a): a for t = 0, b for t = 1, exactly.
template <class A, class B, class T>
    requires Operands<A, B, T>
WEFT_INLINE constexpr auto lerp(A const& a, B const& b, T const& t) {
    return ir::elementwise<ops::lerp>(a, b, t);
}

WEFT_EAGER(exp)
WEFT_EAGER(log)
WEFT_EAGER(tanh)
WEFT_EAGER(sqrt)
WEFT_EAGER(rsqrt)
WEFT_EAGER(reciprocal)
WEFT_EAGER(abs)
WEFT_EAGER(square)
WEFT_EAGER(relu)
WEFT_EAGER(clamp)
WEFT_EAGER(lerp)

namespace ir {
template <> struct struct_of<hash("exp")> { using type = ops::exp; };
template <> struct struct_of<hash("log")> { using type = ops::log; };
template <> struct struct_of<hash("tanh")> { using type = ops::tanh; };
template <> struct struct_of<hash("sqrt")> { using type = ops::sqrt; };
template <> struct struct_of<hash("rsqrt")> { using type = ops::rsqrt; };
template <> struct struct_of<hash("reciprocal")> { using type = ops::reciprocal; };
template <> struct struct_of<hash("abs")> { using type = ops::abs; };
template <> struct struct_of<hash("clamp")> { using type = ops::clamp; };
template <> struct struct_of<hash("lerp")> { using type = ops::lerp; };
}  // namespace ir
}  // namespace weft
