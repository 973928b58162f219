// SPDX-License-Identifier: BSL-1.0
// logical_or, logical_xor, isnan, isinf, isfinite, and the operators of bits: & | ^ ~ << >> on
// integers, of which the first four are those of logic on booleans.
#pragma once

#include <weft/math/bits.hpp>
#include <weft/ops/math.hpp>

namespace weft {
namespace ops {

struct logical_or : elementwise<2> {
    static constexpr std::string_view name = "logical_or", cuda = "$0 || $1", c99 = cuda,
                                      onnx = "Or";
    template <class V>
    static constexpr V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return static_cast<V>(a != 0 || b != 0);
        else
            return a | b;
    }
};

struct logical_xor : elementwise<2> {
    static constexpr std::string_view name = "logical_xor", cuda = "$0 != $1", c99 = cuda,
                                      onnx = "Xor";
    template <class V>
    static constexpr V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return static_cast<V>((a != 0) != (b != 0));
        else
            return a ^ b;
    }
};

struct isnan : elementwise<1, ir::typing::boolean> {
    static constexpr std::string_view name = "isnan", cuda = "isnan($0)", c99 = cuda,
                                      onnx = "IsNaN";
    template <class V>
    static auto eval(V x) {
        return x != x;
    }
};

struct isinf : elementwise<1, ir::typing::boolean> {
    static constexpr std::string_view name = "isinf", cuda = "isinf($0)", c99 = cuda,
                                      onnx = "IsInf";
    template <class V>
    static auto eval(V x) {
        if constexpr (requires { x.re; })
            return math::isinf(x.re) | math::isinf(x.im);
        else
            return math::isinf(x);
    }
};

struct isfinite : elementwise<1, ir::typing::boolean> {
    static constexpr std::string_view name = "isfinite", cuda = "isfinite($0)", c99 = cuda;
    template <class V>
    static auto eval(V x) {
        if constexpr (requires { x.re; })
            return math::isfinite(x.re) & math::isfinite(x.im);
        else
            return math::isfinite(x);
    }
};

struct bit_and : elementwise<2> {
    static constexpr std::string_view name = "bit_and", cuda = "$0 & $1", c99 = cuda,
                                      onnx = "BitwiseAnd";
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return math::of_bits<V>(math::bits_of(a) & math::bits_of(b));
        else
            return a & b;
    }
};

struct bit_or : elementwise<2> {
    static constexpr std::string_view name = "bit_or", cuda = "$0 | $1", c99 = cuda,
                                      onnx = "BitwiseOr";
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return math::of_bits<V>(math::bits_of(a) | math::bits_of(b));
        else
            return a | b;
    }
};

struct bit_xor : elementwise<2> {
    static constexpr std::string_view name = "bit_xor", cuda = "$0 ^ $1", c99 = cuda,
                                      onnx = "BitwiseXor";
    template <class V>
    static V eval(V a, V b) {
        if constexpr (scalar::Number<V>)
            return math::of_bits<V>(math::bits_of(a) ^ math::bits_of(b));
        else
            return a ^ b;
    }
};

struct bit_not : elementwise<1> {
    static constexpr std::string_view name = "bit_not", cuda = "~$0", c99 = cuda,
                                      onnx = "BitwiseNot";
    template <class V>
    static V eval(V a) {
        if constexpr (scalar::Number<V>)
            return math::of_bits<V>(~math::bits_of(a));
        else
            return ~a;
    }
};

/// a 2^b, wrapped; 0 where b is negative or not less than the number of bits.
struct shift_left : elementwise<2> {
    static constexpr std::string_view name = "shift_left", cuda = "$0 << $1", c99 = cuda;
    template <class V>
    static V eval(V a, V b) {
        return math::shifted_left(a, b);
    }
};

/// floor(a / 2^b); b that is negative or not less than the number of bits shifts everything out.
struct shift_right : elementwise<2> {
    static constexpr std::string_view name = "shift_right", cuda = "$0 >> $1", c99 = cuda;
    template <class V>
    static V eval(V a, V b) {
        return math::shifted_right(a, b);
    }
};

}  // namespace ops

/// Whether x is NaN. Integers never are.
template <Value A>
WEFT_INLINE constexpr auto isnan(A const& x) {
    return ir::elementwise<ops::isnan>(x);
}
/// Whether x is an infinity of either sign.
template <Value A>
WEFT_INLINE constexpr auto isinf(A const& x) {
    return ir::elementwise<ops::isinf>(x);
}
/// Whether x is neither infinite nor NaN.
template <Value A>
WEFT_INLINE constexpr auto isfinite(A const& x) {
    return ir::elementwise<ops::isfinite>(x);
}

/// One of the conditions holds, or both; operands are boolean.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol logical_or(A const& a, B const& b) {
    return detail::logical<ops::logical_or>(a, b);
}
/// Exactly one of the conditions holds; operands are boolean.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol logical_xor(A const& a, B const& b) {
    return detail::logical<ops::logical_xor>(a, b);
}

namespace detail {

template <class Op, bool Booleans, class... A>
constexpr symbol bitwise(A const&... a) {
    symbol const y = ir::elementwise<Op>(a...);
    if (!y.valid() || is_integer(y.type()) || (Booleans && y.type() == dtype::boolean)) return y;
    return y.builder()->fail(text(Op::name)
                             << ": operands are integers" << (Booleans ? " or boolean" : "")
                             << ", found " << name(y.type()));
}

}  // namespace detail

/// The bits that both have; of booleans, logical_and.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol operator&(A const& a, B const& b) {
    return detail::bitwise<ops::bit_and, true>(a, b);
}
/// The bits that either has; of booleans, logical_or.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol operator|(A const& a, B const& b) {
    return detail::bitwise<ops::bit_or, true>(a, b);
}
/// The bits in which both differ; of booleans, logical_xor.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol operator^(A const& a, B const& b) {
    return detail::bitwise<ops::bit_xor, true>(a, b);
}
/// The bits that it has not; of booleans, logical_not.
template <Symbolic A>
constexpr symbol operator~(A const& a) {
    symbol const x = a.traced();
    if (x.valid() && x.type() == dtype::boolean) return logical_not(x);
    return detail::bitwise<ops::bit_not, false>(x);
}
/// Shifted by b bits; what leaves the type is lost, also where b is its number of bits or more.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol operator<<(A const& a, B const& b) {
    return detail::bitwise<ops::shift_left, false>(a, b);
}
/// Shifted by b bits; signed integers keep their sign.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol operator>>(A const& a, B const& b) {
    return detail::bitwise<ops::shift_right, false>(a, b);
}

/// a & b.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol bit_and(A const& a, B const& b) { return a & b; }
/// a | b.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol bit_or(A const& a, B const& b) { return a | b; }
/// a ^ b.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol bit_xor(A const& a, B const& b) { return a ^ b; }
/// ~a.
template <Symbolic A>
constexpr symbol bit_not(A const& a) {
    return ~a;
}
/// a << b.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol shift_left(A const& a, B const& b) { return a << b; }
/// a >> b.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol shift_right(A const& a, B const& b) { return a >> b; }

namespace ir {
template <>
struct struct_of<hash("logical_or")> {
    using type = ops::logical_or;
};
template <>
struct struct_of<hash("logical_xor")> {
    using type = ops::logical_xor;
};
template <>
struct struct_of<hash("isnan")> {
    using type = ops::isnan;
};
template <>
struct struct_of<hash("isinf")> {
    using type = ops::isinf;
};
template <>
struct struct_of<hash("isfinite")> {
    using type = ops::isfinite;
};
template <>
struct struct_of<hash("bit_and")> {
    using type = ops::bit_and;
};
template <>
struct struct_of<hash("bit_or")> {
    using type = ops::bit_or;
};
template <>
struct struct_of<hash("bit_xor")> {
    using type = ops::bit_xor;
};
template <>
struct struct_of<hash("bit_not")> {
    using type = ops::bit_not;
};
template <>
struct struct_of<hash("shift_left")> {
    using type = ops::shift_left;
};
template <>
struct struct_of<hash("shift_right")> {
    using type = ops::shift_right;
};
}  // namespace ir
WEFT_EAGER_OPERATOR(&, bitwise_and)
WEFT_EAGER_OPERATOR(|, bitwise_or)
WEFT_EAGER_OPERATOR(^, bitwise_xor)
WEFT_EAGER(logical_or)
WEFT_EAGER(logical_xor)
WEFT_EAGER(isnan)
WEFT_EAGER(isinf)
WEFT_EAGER(isfinite)
WEFT_EAGER(bit_and)
WEFT_EAGER(bit_or)
WEFT_EAGER(bit_xor)
WEFT_EAGER(bit_not)
WEFT_EAGER(shift_left)
WEFT_EAGER(shift_right)
WEFT_EAGER_OPERATOR(<<, left_shift)
WEFT_EAGER_OPERATOR(>>, right_shift)
template <class A>
    requires EagerCall<A>
constexpr auto operator~(A&& a) {
    return ir::eager<calls::bit_not>(static_cast<A&&>(a));
}

}  // namespace weft
