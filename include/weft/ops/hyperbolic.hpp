// SPDX-License-Identifier: BSL-1.0
// sinh, cosh and the inverse hyperbolic functions; tanh stands in math.hpp.
#pragma once

#include <weft/math/hyperbolic.hpp>
#include <weft/ops/power.hpp>

namespace weft {
namespace ops {

struct cosh;

struct sinh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "sinh", cuda = "sinh($0)", c99 = cuda, onnx = "Sinh";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::sinh(x);
        else
            return math::sinh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<cosh>(x);
    }
};

struct cosh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "cosh", cuda = "cosh($0)", c99 = cuda, onnx = "Cosh";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 20;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::cosh(x);
        else
            return math::cosh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<sinh>(x);
    }
};

struct asinh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "asinh", cuda = "asinh($0)", c99 = cuda,
                                      onnx = "Asinh";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 32;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::asinh(x);
        else
            return math::asinh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1 / weft::hypot(x, 1);
    }
};

struct acosh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "acosh", cuda = "acosh($0)", c99 = cuda,
                                      onnx = "Acosh";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 32;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::acosh(x);
        else
            return math::acosh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return weft::rsqrt(x - 1) * weft::rsqrt(x + 1);
    }
};

struct atanh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "atanh", cuda = "atanh($0)", c99 = cuda,
                                      onnx = "Atanh";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 28;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::atanh(x);
        else
            return math::atanh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1 / ((1 - x) * (1 + x));
    }
};

}  // namespace ops

/// Hyperbolic sine.
template <Traced A>
constexpr symbol sinh(A const& x) {
    return ir::elementwise<ops::sinh>(x);
}
/// Hyperbolic cosine.
template <Traced A>
constexpr symbol cosh(A const& x) {
    return ir::elementwise<ops::cosh>(x);
}
/// Inverse hyperbolic sine.
template <Traced A>
constexpr symbol asinh(A const& x) {
    return ir::elementwise<ops::asinh>(x);
}
/// Inverse hyperbolic cosine; NaN below 1.
template <Traced A>
constexpr symbol acosh(A const& x) {
    return ir::elementwise<ops::acosh>(x);
}
/// Inverse hyperbolic tangent; NaN outside of -1 .. 1.
template <Traced A>
constexpr symbol atanh(A const& x) {
    return ir::elementwise<ops::atanh>(x);
}

namespace ir {
template <>
struct struct_of<hash("sinh")> {
    using type = ops::sinh;
};
template <>
struct struct_of<hash("cosh")> {
    using type = ops::cosh;
};
template <>
struct struct_of<hash("asinh")> {
    using type = ops::asinh;
};
template <>
struct struct_of<hash("acosh")> {
    using type = ops::acosh;
};
template <>
struct struct_of<hash("atanh")> {
    using type = ops::atanh;
};
}  // namespace ir
}  // namespace weft
