// SPDX-License-Identifier: BSL-1.0
// exp, log, tanh, sqrt, rsqrt, abs: elementwise functions with derivatives in terms of the
// result where that spares keeping the operand.
#pragma once

#include <weft/ops/arithmetic.hpp>

namespace weft {
namespace ops {

struct exp : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "exp", cuda = "exp($0)", c99 = cuda, onnx = "Exp";
    static constexpr int cost = 12;
    template <class V>
    static V eval(V x) {
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
        using scalar::tanh;
        return tanh(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
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
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0), d = p.cotangent;
        p.add(0, weft::where(x > 0, d, weft::where(x < 0, -d, 0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const x = p.operand(0), t = p.tangent(0);
        return weft::where(x > 0, t, weft::where(x < 0, -t, 0));
    }
};

}  // namespace ops

template <Traced A>
constexpr symbol exp(A const& x) {
    return ir::elementwise<ops::exp>(x);
}
/// Natural logarithm.
template <Traced A>
constexpr symbol log(A const& x) {
    return ir::elementwise<ops::log>(x);
}
template <Traced A>
constexpr symbol tanh(A const& x) {
    return ir::elementwise<ops::tanh>(x);
}
template <Traced A>
constexpr symbol sqrt(A const& x) {
    return ir::elementwise<ops::sqrt>(x);
}
/// 1 / sqrt(x).
template <Traced A>
constexpr symbol rsqrt(A const& x) {
    return ir::elementwise<ops::rsqrt>(x);
}
/// 1 / x, to 1.5 ulp: faster than the division, which is exactly rounded.
template <Traced A>
constexpr symbol reciprocal(A const& x) {
    return ir::elementwise<ops::reciprocal>(x);
}
/// Absolute value; its derivative at zero is zero.
template <Traced A>
constexpr symbol abs(A const& x) {
    return ir::elementwise<ops::abs>(x);
}
template <Traced A>
constexpr symbol square(A const& x) {
    return x * x;
}
/// max(x, 0); its derivative at zero is zero.
template <Traced A>
constexpr symbol relu(A const& x) {
    return maximum(x, 0);
}
/// 1 / (1 + exp(-x)), through tanh, which neither overflows nor cancels.
template <Traced A>
constexpr symbol sigmoid(A const& x) {
    return 0.5 * tanh(0.5 * x) + 0.5;
}

namespace ir {
template <> struct struct_of<hash("exp")> { using type = ops::exp; };
template <> struct struct_of<hash("log")> { using type = ops::log; };
template <> struct struct_of<hash("tanh")> { using type = ops::tanh; };
template <> struct struct_of<hash("sqrt")> { using type = ops::sqrt; };
template <> struct struct_of<hash("rsqrt")> { using type = ops::rsqrt; };
template <> struct struct_of<hash("reciprocal")> { using type = ops::reciprocal; };
template <> struct struct_of<hash("abs")> { using type = ops::abs; };
}  // namespace ir
}  // namespace weft
