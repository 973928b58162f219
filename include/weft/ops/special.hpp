// SPDX-License-Identifier: BSL-1.0
// erf, erfc, tgamma, lgamma, digamma, polygamma.
#pragma once

#include <weft/math/erf.hpp>
#include <weft/math/gamma.hpp>
#include <weft/math/polygamma.hpp>
#include <weft/ops/math.hpp>

namespace weft {
namespace ops {

struct erf : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "erf", cuda = "erf($0)", c99 = cuda, onnx = "Erf";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 36;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::erf(x);
        else
            return math::erf(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 1.1283791670955126 * weft::exp(-(x * x));
    }
};

struct erfc : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "erfc", cuda = "erfc($0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 60;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::erfc(x);
        else
            return math::erfc(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return -1.1283791670955126 * weft::exp(-(x * x));
    }
};

/// The derivative of order n >= 1 of digamma, where n is a number: the first operand.
struct polygamma : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "polygamma";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 200;
    template <class V>
    static V eval(V n, V x) {
        return math::polygamma(n, x);
    }
    template <int I, class V>
    static constexpr auto partial(V n, V x, V) {
        if constexpr (I == 0)
            return ir::zero{};
        else
            return ir::elementwise<polygamma>(n + 1, x);
    }
};

/// The derivative of lgamma.
struct digamma : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "digamma";
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 80;
    template <class V>
    static V eval(V x) {
        return math::digamma(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<polygamma>(1, x);
    }
};

/// The logarithm of the absolute value of the gamma function.
struct lgamma : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "lgamma", cuda = "lgamma($0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 80;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::lgamma(x);
        else
            return math::lgamma(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return ir::elementwise<digamma>(x);
    }
};

/// The gamma function.
struct tgamma : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "tgamma", cuda = "tgamma($0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 110;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::tgamma(x);
        else
            return math::tgamma(x);
    }
    template <int, class V>
    static constexpr V partial(V x, V y) {
        return y * ir::elementwise<digamma>(x);
    }
};

}  // namespace ops

/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
template <Value A>
WEFT_INLINE constexpr auto erf(A const& x) {
    return ir::elementwise<ops::erf>(x);
}
/// 1 - erf(x), accurate where that is small.
template <Value A>
WEFT_INLINE constexpr auto erfc(A const& x) {
    return ir::elementwise<ops::erfc>(x);
}
/// The gamma function, (n - 1)! at integers n; NaN at negative ones.
template <Value A>
WEFT_INLINE constexpr auto tgamma(A const& x) {
    return ir::elementwise<ops::tgamma>(x);
}
/// log |gamma(x)|; infinite at 0 and at negative integers.
template <Value A>
WEFT_INLINE constexpr auto lgamma(A const& x) {
    return ir::elementwise<ops::lgamma>(x);
}
/// The derivative of lgamma; NaN at negative integers.
template <Value A>
WEFT_INLINE constexpr auto digamma(A const& x) {
    return ir::elementwise<ops::digamma>(x);
}
/// The derivative of order n of digamma: n = 1 is the trigamma function; infinite at 0 and at
/// negative integers.
template <Symbolic A>
constexpr symbol polygamma(int n, A const& x) {
    if (n == 0) return digamma(x);
    symbol const s = x.traced();
    if (n < 0 && s.valid())
        return s.builder()->fail(ir::sentence("polygamma", s) << ": the order is not negative");
    return ir::elementwise<ops::polygamma>(n, s);
}

namespace ir {
template <>
struct struct_of<hash("erf")> {
    using type = ops::erf;
};
template <>
struct struct_of<hash("erfc")> {
    using type = ops::erfc;
};
template <>
struct struct_of<hash("lgamma")> {
    using type = ops::lgamma;
};
template <>
struct struct_of<hash("tgamma")> {
    using type = ops::tgamma;
};
template <>
struct struct_of<hash("digamma")> {
    using type = ops::digamma;
};
template <>
struct struct_of<hash("polygamma")> {
    using type = ops::polygamma;
};
}  // namespace ir
WEFT_EAGER(erf)
WEFT_EAGER(erfc)
WEFT_EAGER(lgamma)
WEFT_EAGER(tgamma)
WEFT_EAGER(polygamma)
WEFT_EAGER(digamma)

}  // namespace weft
