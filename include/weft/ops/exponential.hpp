// SPDX-License-Identifier: BSL-1.0
// exp2, expm1, log2, log10, log1p, logaddexp, and the sigmoid and softplus made of them, each as
// one operation, because a composition would lose small results or overflow.
#pragma once

#include <weft/math/exponential.hpp>
#include <weft/ops/math.hpp>

namespace weft {
namespace ops {

struct exp2 : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "exp2", cuda = "exp2($0)", c99 = cuda;
    static constexpr int cost = 12;
    template <class V>
    static V eval(V x) {
        using math::exp2;
        using scalar::exp2;
        return exp2(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 0.6931471805599453 * y;
    }
};

struct expm1 : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "expm1", cuda = "expm1($0)", c99 = cuda;
    static constexpr int cost = 16;
    template <class V>
    static V eval(V x) {
        using math::expm1;
        using scalar::expm1;
        return expm1(x);
    }
    template <int, class V>
    static constexpr V partial([[maybe_unused]] V x, V y) {
        if constexpr (ActiveNumber<V>)
            if (x < -0.5) return weft::exp(x);  // where the sum would cancel
        return y + 1;
    }
};

struct log2 : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "log2", cuda = "log2($0)", c99 = cuda;
    static constexpr int cost = 14;
    template <class V>
    static V eval(V x) {
        using math::log2;
        using scalar::log2;
        return log2(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1.4426950408889634 / x;
    }
};

struct log10 : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "log10", cuda = "log10($0)", c99 = cuda;
    static constexpr int cost = 14;
    template <class V>
    static V eval(V x) {
        using math::log10;
        using scalar::log10;
        return log10(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 0.4342944819032518 / x;
    }
};

struct log1p : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "log1p", cuda = "log1p($0)", c99 = cuda;
    static constexpr int cost = 16;
    template <class V>
    static V eval(V x) {
        using math::log1p;
        using scalar::log1p;
        return log1p(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1 / (1 + x);
    }
};

struct sigmoid : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "sigmoid", cuda = "1 / (1 + exp(-$0))", c99 = cuda,
                                      onnx = "Sigmoid";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 16;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::sigmoid(x);
        else
            return math::sigmoid(x);
    }
    template <int, class V>
    static constexpr V partial([[maybe_unused]] V x, V y) {
        if constexpr (ActiveNumber<V>)
            if (x > 1) return weft::exp(-x) * y * y;  // where the difference would cancel
        return y * (1 - y);
    }
};

struct softplus : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "softplus", cuda = "max($0, 0) + log1p(exp(-abs($0)))",
                                      c99 = "fmax($0, 0) + log1p(exp(-fabs($0)))",
                                      onnx = "Softplus";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 30;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::softplus(x);
        else
            return math::softplus(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<sigmoid>(x);
    }
};

/// log(exp(a) + exp(b)), without overflow.
struct logaddexp : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "logaddexp",
                                      cuda = "max($0, $1) + log1p(exp(-abs($0 - $1)))",
                                      c99 = "fmax($0, $1) + log1p(exp(-fabs($0 - $1)))";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 32;
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return scalar::logaddexp(a, b);
        else
            return math::logaddexp(a, b);
    }
    template <int I, class V>
    static constexpr V partial(V a, V b, V) {
        // Of two equal infinities the difference is NaN, the derivative one half of each.
        auto const same = weft::logical_and(a == b, weft::abs(a) == __builtin_inf());
        V const d = I == 0 ? a - b : b - a;
        return ir::elementwise<sigmoid>(weft::where(same, 0, d));
    }
};

}  // namespace ops

/// 2^x.
template <Value A>
WEFT_INLINE constexpr auto exp2(A const& x) {
    return ir::elementwise<ops::exp2>(x);
}
/// exp(x) - 1, also where x is small.
template <Value A>
WEFT_INLINE constexpr auto expm1(A const& x) {
    return ir::elementwise<ops::expm1>(x);
}
/// Logarithm to base 2.
template <Value A>
WEFT_INLINE constexpr auto log2(A const& x) {
    return ir::elementwise<ops::log2>(x);
}
/// Logarithm to base 10.
template <Value A>
WEFT_INLINE constexpr auto log10(A const& x) {
    return ir::elementwise<ops::log10>(x);
}
/// log(1 + x), also where x is small.
template <Value A>
WEFT_INLINE constexpr auto log1p(A const& x) {
    return ir::elementwise<ops::log1p>(x);
}
/// 1 / (1 + exp(-x)), accurate in both tails.
template <Value A>
WEFT_INLINE constexpr auto sigmoid(A const& x) {
    return ir::elementwise<ops::sigmoid>(x);
}
/// log(1 + exp(x)): a smooth relu.
template <Value A>
WEFT_INLINE constexpr auto softplus(A const& x) {
    return ir::elementwise<ops::softplus>(x);
}
/// log(exp(a) + exp(b)), without overflow.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto logaddexp(A const& a, B const& b) { return ir::elementwise<ops::logaddexp>(a, b); }

namespace ir {
template <>
struct struct_of<hash("exp2")> {
    using type = ops::exp2;
};
template <>
struct struct_of<hash("expm1")> {
    using type = ops::expm1;
};
template <>
struct struct_of<hash("log2")> {
    using type = ops::log2;
};
template <>
struct struct_of<hash("log10")> {
    using type = ops::log10;
};
template <>
struct struct_of<hash("log1p")> {
    using type = ops::log1p;
};
template <>
struct struct_of<hash("sigmoid")> {
    using type = ops::sigmoid;
};
template <>
struct struct_of<hash("softplus")> {
    using type = ops::softplus;
};
template <>
struct struct_of<hash("logaddexp")> {
    using type = ops::logaddexp;
};
}  // namespace ir
WEFT_EAGER(exp2)
WEFT_EAGER(expm1)
WEFT_EAGER(log2)
WEFT_EAGER(log10)
WEFT_EAGER(log1p)
WEFT_EAGER(logaddexp)
WEFT_EAGER(sigmoid)

}  // namespace weft
