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
    static constexpr auto partial(V a, V b, [[maybe_unused]] V y) {
        if constexpr (I == 0)
            return ir::one{};
        else if constexpr (ActiveNumber<V>)  // the quotient may be rounded past an integer
            return -ir::elementwise<round>((a - y) / b);
        else
            return -ir::elementwise<trunc>(a / b);
    }
};

}  // namespace ops

namespace detail {

/// Integers and booleans are round already.
template <class Op, class A>
WEFT_INLINE constexpr auto rounded(A const& a) {
    if constexpr (ActiveNumber<A>) {
        return ir::elementwise<Op>(a);
    } else {
        symbol const x = a.traced();
        return !x.valid() || is_floating(x.type()) ? ir::elementwise<Op>(x) : x;
    }
}

}  // namespace detail

/// The largest integer not above x; the element type stays.
template <Value A>
WEFT_INLINE constexpr auto floor(A const& x) {
    return detail::rounded<ops::floor>(x);
}
/// The smallest integer not below x.
template <Value A>
WEFT_INLINE constexpr auto ceil(A const& x) {
    return detail::rounded<ops::ceil>(x);
}
/// The nearest integer, the even one of two.
template <Value A>
WEFT_INLINE constexpr auto round(A const& x) {
    return detail::rounded<ops::round>(x);
}
/// The integer part.
template <Value A>
WEFT_INLINE constexpr auto trunc(A const& x) {
    return detail::rounded<ops::trunc>(x);
}
/// -1, 0 or 1; NaN of NaN. Of a complex number z / |z|, 0 of 0.
template <Value A>
constexpr auto sign(A const& x) {
    if constexpr (Symbolic<A>) {
        symbol const z = x.traced();
        if (z.valid() && is_complex(z.type())) {
            symbol const size = abs(z);
            return z / where(size == 0, 1, size);
        }
        return ir::elementwise<ops::sign>(z);
    } else {
        return ir::elementwise<ops::sign>(x);
    }
}
/// The size of a with the sign of b.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto copysign(A const& a, B const& b) { return ir::elementwise<ops::copysign>(a, b); }
/// a - floor(a / b) b: the remainder with the sign of b, as in Python and NumPy; see `fmod`.
/// Integers divided by zero give zero.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto remainder(A const& a, B const& b) { return ir::elementwise<ops::remainder>(a, b); }
/// floor(a / b); integers stay integers, and divided by zero give zero.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto floor_divide(A const& a, B const& b) {
    return ir::elementwise<ops::floor_divide>(a, b);
}
/// The remainder with the sign of a, as std::fmod and % of integers.
template <class A, class B>
requires Operands<A, B>
WEFT_INLINE constexpr auto fmod(A const& a, B const& b) { return ir::elementwise<ops::fmod>(a, b); }

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
WEFT_EAGER(floor)
WEFT_EAGER(ceil)
WEFT_EAGER(round)
WEFT_EAGER(trunc)
WEFT_EAGER(sign)
WEFT_EAGER(copysign)
WEFT_EAGER(remainder)
WEFT_EAGER(floor_divide)
WEFT_EAGER(fmod)

}  // namespace weft
