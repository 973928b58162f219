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
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        using math::sinh;
        using scalar::sinh;
        return sinh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<cosh>(x);
    }
};

struct cosh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "cosh", cuda = "cosh($0)", c99 = cuda, onnx = "Cosh";
    static constexpr int cost = 20;
    template <class V>
    static V eval(V x) {
        using math::cosh;
        using scalar::cosh;
        return cosh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<sinh>(x);
    }
};

struct asinh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "asinh", cuda = "asinh($0)", c99 = cuda,
                                      onnx = "Asinh";
    static constexpr int cost = 32;
    template <class V>
    static V eval(V x) {
        using math::asinh;
        using scalar::asinh;
        return asinh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        if constexpr (Symbolic<V>)
            if (is_complex(x.type())) return weft::rsqrt(x * x + 1);
        return 1 / weft::hypot(x, 1);
    }
};

struct acosh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "acosh", cuda = "acosh($0)", c99 = cuda,
                                      onnx = "Acosh";
    static constexpr int cost = 32;
    template <class V>
    static V eval(V x) {
        using math::acosh;
        using scalar::acosh;
        return acosh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return weft::rsqrt(x - 1) * weft::rsqrt(x + 1);
    }
};

struct atanh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "atanh", cuda = "atanh($0)", c99 = cuda,
                                      onnx = "Atanh";
    static constexpr int cost = 28;
    template <class V>
    static V eval(V x) {
        using math::atanh;
        using scalar::atanh;
        return atanh(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        if constexpr (ActiveNumber<V>)  // the product loses the slope of a small x
            if (weft::abs(x) < 0.5) return 1 / (1 - x * x);
        return 1 / ((1 - x) * (1 + x));
    }
};

}  // namespace ops

/// Hyperbolic sine.
template <Value A>
WEFT_INLINE constexpr auto sinh(A const& x) {
    return ir::elementwise<ops::sinh>(x);
}
/// Hyperbolic cosine.
template <Value A>
WEFT_INLINE constexpr auto cosh(A const& x) {
    return ir::elementwise<ops::cosh>(x);
}
/// Inverse hyperbolic sine.
template <Value A>
WEFT_INLINE constexpr auto asinh(A const& x) {
    return ir::elementwise<ops::asinh>(x);
}
/// Inverse hyperbolic cosine; NaN below 1.
template <Value A>
WEFT_INLINE constexpr auto acosh(A const& x) {
    return ir::elementwise<ops::acosh>(x);
}
/// Inverse hyperbolic tangent; NaN outside of -1 .. 1.
template <Value A>
WEFT_INLINE constexpr auto atanh(A const& x) {
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
WEFT_EAGER(sinh)
WEFT_EAGER(cosh)
WEFT_EAGER(asinh)
WEFT_EAGER(acosh)
WEFT_EAGER(atanh)

}  // namespace weft
