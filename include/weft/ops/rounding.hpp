// SPDX-License-Identifier: BSL-1.0
// floor, ceil, round, trunc, sign, copysign, and division that rounds: remainder, floor_divide and
// fmod. Integers stay integers. What is constant between jumps has no derivative.
#pragma once

#include <weft/math/rounding.hpp>
#include <weft/ops/math.hpp>

namespace weft {
namespace ops {

struct floor : elementwise<1> {
    static constexpr std::string_view name = "floor", cuda = "floor($0)", c99 = cuda,
                                      onnx = "Floor";
    static constexpr auto refuses = ir::refusal::both;
    template <class V>
    static V eval(V x) {
        using scalar::floor;
        return floor(x);
    }
};

struct ceil : elementwise<1> {
    static constexpr std::string_view name = "ceil", cuda = "ceil($0)", c99 = cuda, onnx = "Ceil";
    static constexpr auto refuses = ir::refusal::both;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::ceil(x);
        else
            return math::ceil(x);
    }
};

/// To the nearest integer, the even one of two.
struct round : elementwise<1> {
    static constexpr std::string_view name = "round", cuda = "rint($0)", c99 = cuda, onnx = "Round";
    static constexpr auto refuses = ir::refusal::both;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::round(x);
        else
            return math::round(x);
    }
};

struct trunc : elementwise<1> {
    static constexpr std::string_view name = "trunc", cuda = "trunc($0)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::both;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>)
            return scalar::trunc(x);
        else
            return math::trunc(x);
    }
};

/// -1, 0 or 1; NaN of NaN.
struct sign : elementwise<1> {
    static constexpr std::string_view name = "sign", cuda = "($0 > 0) - ($0 < 0)", c99 = cuda,
                                      onnx = "Sign";
    static constexpr auto refuses = ir::refusal::both;
    static constexpr int cost = 2;
    template <class V>
    static V eval(V x) {
        return math::sign(x);
    }
};

/// The size of the first with the sign of the second.
struct copysign : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "copysign", cuda = "copysign($0, $1)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return scalar::copysign(a, b);
        else
            return math::copysign(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V) {
        if constexpr (I == 0)
            return ir::elementwise<sign>(a) * ir::elementwise<copysign>(1, b);
        else
            return ir::zero{};
    }
};

/// floor(a / b), of the exact quotient. Of integers: 0 where b is 0.
struct floor_divide : elementwise<2> {
    static constexpr std::string_view name = "floor_divide", cuda = "floor($0 / $1)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::both;
    static constexpr int cost = 16;
    template <class V>
    static V eval(V a, V b) {
        return math::floor_divide(a, b);
    }
};

/// a - floor(a / b) b, exactly: it has the sign of b. Of integers: 0 where b is 0.
struct remainder : elementwise<2> {
    static constexpr std::string_view name = "remainder", cuda = "$0 - floor($0 / $1) * $1",
                                      c99 = cuda, onnx = "Mod";
    static constexpr auto refuses = ir::refusal::both;
    static constexpr int cost = 12;
    template <class V>
    static V eval(V a, V b) {
        return math::remainder(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V) {
        if constexpr (I == 0)
            return ir::one{};
        else
            return -ir::elementwise<floor_divide>(a, b);
    }
};

/// a - trunc(a / b) b, exactly: it has the sign of a, as % of C++.
struct fmod : elementwise<2> {
    static constexpr std::string_view name = "fmod", cuda = "fmod($0, $1)", c99 = cuda;
    static constexpr auto refuses = ir::refusal::both;
    static constexpr int cost = 10;
    template <class V>
    static V eval(V a, V b) {
        return math::fmod(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V) {
        if constexpr (I == 0)
            return ir::one{};
        else
            return -ir::elementwise<trunc>(a / b);
    }
};

}  // namespace ops

namespace detail {

/// Integers and booleans are round already.
template <class Op>
constexpr symbol rounded(symbol x) {
    return !x.valid() || is_floating(x.type()) ? ir::elementwise<Op>(x) : x;
}

}  // namespace detail

/// The largest integer not above x; the element type stays.
template <Traced A>
constexpr symbol floor(A const& x) {
    return detail::rounded<ops::floor>(x.traced());
}
/// The smallest integer not below x.
template <Traced A>
constexpr symbol ceil(A const& x) {
    return detail::rounded<ops::ceil>(x.traced());
}
/// The nearest integer, the even one of two.
template <Traced A>
constexpr symbol round(A const& x) {
    return detail::rounded<ops::round>(x.traced());
}
/// The integer part.
template <Traced A>
constexpr symbol trunc(A const& x) {
    return detail::rounded<ops::trunc>(x.traced());
}
/// -1, 0 or 1; NaN of NaN.
template <Traced A>
constexpr symbol sign(A const& x) {
    return ir::elementwise<ops::sign>(x);
}
/// The size of a with the sign of b.
template <class A, class B>
requires Operands<A, B>
constexpr symbol copysign(A const& a, B const& b) { return ir::elementwise<ops::copysign>(a, b); }
/// a - floor(a / b) b: the remainder with the sign of b, as in Python and NumPy; see `fmod`.
/// Integers divided by zero give zero.
template <class A, class B>
requires Operands<A, B>
constexpr symbol remainder(A const& a, B const& b) { return ir::elementwise<ops::remainder>(a, b); }
/// floor(a / b); integers stay integers, and divided by zero give zero.
template <class A, class B>
requires Operands<A, B>
constexpr symbol floor_divide(A const& a, B const& b) {
    return ir::elementwise<ops::floor_divide>(a, b);
}
/// The remainder with the sign of a, as std::fmod and % of integers.
template <class A, class B>
requires Operands<A, B>
constexpr symbol fmod(A const& a, B const& b) { return ir::elementwise<ops::fmod>(a, b); }

namespace ir {
template <>
struct struct_of<hash("floor")> {
    using type = ops::floor;
};
template <>
struct struct_of<hash("ceil")> {
    using type = ops::ceil;
};
template <>
struct struct_of<hash("round")> {
    using type = ops::round;
};
template <>
struct struct_of<hash("trunc")> {
    using type = ops::trunc;
};
template <>
struct struct_of<hash("sign")> {
    using type = ops::sign;
};
template <>
struct struct_of<hash("copysign")> {
    using type = ops::copysign;
};
template <>
struct struct_of<hash("floor_divide")> {
    using type = ops::floor_divide;
};
template <>
struct struct_of<hash("remainder")> {
    using type = ops::remainder;
};
template <>
struct struct_of<hash("fmod")> {
    using type = ops::fmod;
};
}  // namespace ir
}  // namespace weft
