// SPDX-License-Identifier: BSL-1.0
// sin, cos, tan, their inverses, atan2.
#pragma once

#include <weft/math/inverse_trigonometric.hpp>
#include <weft/math/trigonometric.hpp>
#include <weft/ops/power.hpp>

namespace weft {
namespace ops {

struct cos;

struct sin : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "sin", cuda = "sin($0)", c99 = cuda, onnx = "Sin";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 18;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::sin(x);
        else
            return math::sin(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<cos>(x);
    }
};

struct cos : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "cos", cuda = "cos($0)", c99 = cuda, onnx = "Cos";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 18;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::cos(x);
        else
            return math::cos(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return -ir::elementwise<sin>(x);
    }
};

struct tan : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "tan", cuda = "tan($0)", c99 = cuda, onnx = "Tan";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 28;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::tan(x);
        else
            return math::tan(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 1 + y * y;
    }
};

struct asin : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "asin", cuda = "asin($0)", c99 = cuda, onnx = "Asin";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::asin(x);
        else
            return math::asin(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return weft::rsqrt((1 - x) * (1 + x));
    }
};

struct acos : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "acos", cuda = "acos($0)", c99 = cuda, onnx = "Acos";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::acos(x);
        else
            return math::acos(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return -weft::rsqrt((1 - x) * (1 + x));
    }
};

struct atan : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "atan", cuda = "atan($0)", c99 = cuda, onnx = "Atan";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 26;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::atan(x);
        else
            return math::atan(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1 / (1 + x * x);
    }
};

/// The angle of the point (x, y), in -pi .. pi.
struct atan2 : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "atan2", cuda = "atan2($0, $1)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 34;
    template <class V>
    static V eval(V y, V x) {
        if constexpr (scalar::Number<V>)
            return scalar::atan2(y, x);
        else
            return math::atan2(y, x);
    }
    template <int I, class V>
    static constexpr V partial(V y, V x, V) {
        V const r = weft::hypot(y, x);  // a sum of squares would overflow
        return (I == 0 ? x : -y) / r / r;
    }
};

}  // namespace ops

/// Sine of x in radians.
template <Traced A>
constexpr symbol sin(A const& x) {
    return ir::elementwise<ops::sin>(x);
}
/// Cosine of x in radians.
template <Traced A>
constexpr symbol cos(A const& x) {
    return ir::elementwise<ops::cos>(x);
}
/// Tangent of x in radians.
template <Traced A>
constexpr symbol tan(A const& x) {
    return ir::elementwise<ops::tan>(x);
}
/// Inverse sine, in -pi/2 .. pi/2; NaN outside of -1 .. 1.
template <Traced A>
constexpr symbol asin(A const& x) {
    return ir::elementwise<ops::asin>(x);
}
/// Inverse cosine, in 0 .. pi; NaN outside of -1 .. 1.
template <Traced A>
constexpr symbol acos(A const& x) {
    return ir::elementwise<ops::acos>(x);
}
/// Inverse tangent, in -pi/2 .. pi/2.
template <Traced A>
constexpr symbol atan(A const& x) {
    return ir::elementwise<ops::atan>(x);
}
/// The angle of the point (x, y), in -pi .. pi.
template <class Y, class X>
requires Operands<Y, X>
constexpr symbol atan2(Y const& y, X const& x) { return ir::elementwise<ops::atan2>(y, x); }

namespace ir {
template <>
struct struct_of<hash("sin")> {
    using type = ops::sin;
};
template <>
struct struct_of<hash("cos")> {
    using type = ops::cos;
};
template <>
struct struct_of<hash("tan")> {
    using type = ops::tan;
};
template <>
struct struct_of<hash("asin")> {
    using type = ops::asin;
};
template <>
struct struct_of<hash("acos")> {
    using type = ops::acos;
};
template <>
struct struct_of<hash("atan")> {
    using type = ops::atan;
};
template <>
struct struct_of<hash("atan2")> {
    using type = ops::atan2;
};
}  // namespace ir
}  // namespace weft
