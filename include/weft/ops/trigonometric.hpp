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
    static constexpr int cost = 18;
    template <class V>
    static V eval(V x) {
        using math::sin;
        using scalar::sin;
        return sin(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<cos>(x);
    }
};

struct cos : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "cos", cuda = "cos($0)", c99 = cuda, onnx = "Cos";
    static constexpr int cost = 18;
    template <class V>
    static V eval(V x) {
        using math::cos;
        using scalar::cos;
        return cos(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return -ir::elementwise<sin>(x);
    }
};

struct tan : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "tan", cuda = "tan($0)", c99 = cuda, onnx = "Tan";
    static constexpr int cost = 28;
    template <class V>
    static V eval(V x) {
        using math::tan;
        using scalar::tan;
        return tan(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 1 + y * y;
    }
};

struct asin : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "asin", cuda = "asin($0)", c99 = cuda, onnx = "Asin";
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        using math::asin;
        using scalar::asin;
        return asin(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        if constexpr (ActiveNumber<V>)  // the product loses the slope of a small x
            if (weft::abs(x) < 0.5) return weft::rsqrt(1 - x * x);
        return weft::rsqrt((1 - x) * (1 + x));
    }
};

struct acos : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "acos", cuda = "acos($0)", c99 = cuda, onnx = "Acos";
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        using math::acos;
        using scalar::acos;
        return acos(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        if constexpr (ActiveNumber<V>)
            if (weft::abs(x) < 0.5) return -weft::rsqrt(1 - x * x);
        return -weft::rsqrt((1 - x) * (1 + x));
    }
};

struct atan : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "atan", cuda = "atan($0)", c99 = cuda, onnx = "Atan";
    static constexpr int cost = 26;
    template <class V>
    static V eval(V x) {
        using math::atan;
        using scalar::atan;
        return atan(x);
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
template <Value A>
WEFT_INLINE constexpr auto sin(A const& x) {
    return ir::elementwise<ops::sin>(x);
}
/// Cosine of x in radians.
template <Value A>
WEFT_INLINE constexpr auto cos(A const& x) {
    return ir::elementwise<ops::cos>(x);
}
/// Tangent of x in radians.
template <Value A>
WEFT_INLINE constexpr auto tan(A const& x) {
    return ir::elementwise<ops::tan>(x);
}
/// Inverse sine, in -pi/2 .. pi/2; NaN outside of -1 .. 1.
template <Value A>
WEFT_INLINE constexpr auto asin(A const& x) {
    return ir::elementwise<ops::asin>(x);
}
/// Inverse cosine, in 0 .. pi; NaN outside of -1 .. 1.
template <Value A>
WEFT_INLINE constexpr auto acos(A const& x) {
    return ir::elementwise<ops::acos>(x);
}
/// Inverse tangent, in -pi/2 .. pi/2.
template <Value A>
WEFT_INLINE constexpr auto atan(A const& x) {
    return ir::elementwise<ops::atan>(x);
}
/// The angle of the point (x, y), in -pi .. pi.
template <class Y, class X>
requires Operands<Y, X>
WEFT_INLINE constexpr auto atan2(Y const& y, X const& x) { return ir::elementwise<ops::atan2>(y, x); }

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
WEFT_EAGER(sin)
WEFT_EAGER(cos)
WEFT_EAGER(tan)
WEFT_EAGER(asin)
WEFT_EAGER(acos)
WEFT_EAGER(atan)
WEFT_EAGER(atan2)

}  // namespace weft
