// SPDX-License-Identifier: BSL-1.0
// add, subtract, multiply, divide, negate, maximum, minimum, where, comparisons, logic, cast.
#pragma once

#include <weft/ops/derive.hpp>
#include <weft/ops/scalar.hpp>

namespace weft {

namespace ops {

/// Base of elementwise operations.
template <int Arity, ir::typing Type = ir::typing::same>
struct elementwise : ir::operation_base {
    static constexpr auto kind = ir::kind::elementwise;
    static constexpr int arity = Arity;
    static constexpr auto type = Type;
    static constexpr auto refuses = ir::refusal::none;
};

/// A value of truth, or a pack of them: a sum of two is `or`, a product `and`, false is less.
template <class V>
concept Mask = requires { requires std::same_as<typename V::value_type, bool>; };

/// A binary operation on two constants, where it is exactly rounded and the same everywhere: float
/// and double away from overflow and underflow, and integers of 32 bits. Constants are kept as
/// doubles, in which one operation on two floats rounds as in float.
template <class Op>
constexpr symbol fold(ir::rewrite const& r) {
    double x[2] = {};
    dtype const type = r.was().type;
    double const large = type == dtype::f32 ? 0x1p60 : 0x1p500;
    for (int i = 0; i < 2; ++i) {
        if (!r.constant_value(r.operands[i], x[i])) return {};
        double const size = x[i] < 0 ? -x[i] : x[i];
        if (!(size == 0 || (size < large && size > 1 / large))) return {};
        if (type == dtype::f32) x[i] = static_cast<double>(static_cast<float>(x[i]));
    }
    if (Op::type == ir::typing::floating && x[1] == 0) return {};
    double const y = Op::eval(x[0], x[1]);
    if (type == dtype::f32) return r.constant(static_cast<double>(static_cast<float>(y)));
    bool const exact = type == dtype::f64 ||
                       (type == dtype::int32 && y >= -0x1p31 && y < 0x1p31) ||
                       (type == dtype::uint32 && y >= 0 && y < 0x1p32);
    return exact ? r.constant(y) : symbol{};
}

struct add : elementwise<2> {
    static constexpr std::string_view name = "add", cuda = "$0 + $1", c99 = cuda, onnx = "Add";
    template <class V>
    static constexpr V eval(V a, V b) {
        if constexpr (Mask<V>)
            return a | b;
        else
            return static_cast<V>(a + b);
    }
    template <int, class V>
    static constexpr ir::one partial(V, V, V) {
        return {};
    }
    static constexpr symbol simplify(ir::rewrite& r) {
        // x + (-0) is x for every x; x + 0 is not, for x = -0: then the sum is +0.  The sign of
        // a zero is given up here, as every optimising framework does.
        if (r.is_constant(1, 0) || r.is_constant(1, -0.0)) return r.operand(0);
        if (r.is_constant(0, 0) || r.is_constant(0, -0.0)) return r.operand(1);
        return fold<add>(r);
    }
};

struct negate : elementwise<1> {
    static constexpr std::string_view name = "negate", cuda = "-$0", c99 = cuda, onnx = "Neg";
    static constexpr auto refuses = ir::refusal::truth;
    template <class V>
    static constexpr V eval(V a) {
        return static_cast<V>(-a);
    }
    template <int, class V>
    static constexpr ir::minus_one partial(V, V) {
        return {};
    }
    static constexpr symbol simplify(ir::rewrite& r);
};

struct subtract : elementwise<2> {
    static constexpr std::string_view name = "subtract", cuda = "$0 - $1", c99 = cuda,
                                      onnx = "Sub";
    static constexpr auto refuses = ir::refusal::truth;
    template <class V>
    static constexpr V eval(V a, V b) {
        return static_cast<V>(a - b);
    }
    template <int I, class V>
    static constexpr auto partial(V, V, V) {
        if constexpr (I == 0)
            return ir::one{};
        else
            return ir::minus_one{};
    }
    static constexpr symbol simplify(ir::rewrite& r);
};

struct multiply : elementwise<2> {
    static constexpr std::string_view name = "multiply", cuda = "$0 * $1", c99 = cuda,
                                      onnx = "Mul";
    template <class V>
    static constexpr V eval(V a, V b) {
        if constexpr (Mask<V>)
            return a & b;
        else
            return static_cast<V>(a * b);
    }
    template <int I, class V>
    static constexpr V partial(V a, V b, V) {
        return I == 0 ? b : a;
    }
    static constexpr symbol simplify(ir::rewrite& r);
};

struct divide : elementwise<2, ir::typing::floating> {
    static constexpr std::string_view name = "divide", cuda = "$0 / $1", c99 = cuda, onnx = "Div";
    static constexpr int cost = 4;
    template <class V>
    static constexpr V eval(V a, V b) {
        return a / b;
    }
    template <int I, class V>
    static constexpr V partial(V, V b, V y) {
        if constexpr (I == 0)
            return 1 / b;
        else
            return -(y / b);
    }
    static constexpr symbol simplify(ir::rewrite& r);
};

struct maximum : elementwise<2> {
    static constexpr std::string_view name = "maximum", cuda = "max($0, $1)", c99 = "fmax($0, $1)",
                                      onnx = "Max";
    static constexpr auto refuses = ir::refusal::complex;
    template <class V>
    static constexpr V eval(V a, V b) {
        using scalar::maximum;
        if constexpr (Mask<V>)
            return a | b;
        else
            return maximum(a, b);
    }
    /// In terms of the result, so that max(x, 0) need not keep x; a tie goes to the second.
    template <int I, class V>
    static constexpr auto partial(V a, V b, V y) {
        if constexpr (I == 0)
            return ir::when{y > b};
        else
            return ir::when{b >= a};
    }
};

struct minimum : elementwise<2> {
    static constexpr std::string_view name = "minimum", cuda = "min($0, $1)", c99 = "fmin($0, $1)",
                                      onnx = "Min";
    static constexpr auto refuses = ir::refusal::complex;
    template <class V>
    static constexpr V eval(V a, V b) {
        using scalar::minimum;
        if constexpr (Mask<V>)
            return a & b;
        else
            return minimum(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V y) {
        if constexpr (I == 0)
            return ir::when{y < b};
        else
            return ir::when{b <= a};
    }
};

struct equal : elementwise<2, ir::typing::boolean> {
    static constexpr std::string_view name = "equal", cuda = "$0 == $1", c99 = cuda,
                                      onnx = "Equal";
    template <class V>
    static constexpr auto eval(V a, V b) {
        return a == b;
    }
};

struct not_equal : elementwise<2, ir::typing::boolean> {
    static constexpr std::string_view name = "not_equal", cuda = "$0 != $1", c99 = cuda;
    template <class V>
    static constexpr auto eval(V a, V b) {
        return a != b;
    }
};

struct less : elementwise<2, ir::typing::boolean> {
    static constexpr std::string_view name = "less", cuda = "$0 < $1", c99 = cuda, onnx = "Less";
    static constexpr auto refuses = ir::refusal::complex;
    template <class V>
    static constexpr auto eval(V a, V b) {
        if constexpr (Mask<V>)
            return (!a) & b;
        else
            return a < b;
    }
};

struct less_equal : elementwise<2, ir::typing::boolean> {
    static constexpr std::string_view name = "less_equal", cuda = "$0 <= $1", c99 = cuda,
                                      onnx = "LessOrEqual";
    static constexpr auto refuses = ir::refusal::complex;
    template <class V>
    static constexpr auto eval(V a, V b) {
        if constexpr (Mask<V>)
            return (!a) | b;
        else
            return a <= b;
    }
};

struct logical_and : elementwise<2> {
    static constexpr std::string_view name = "logical_and", cuda = "$0 && $1", c99 = cuda,
                                      onnx = "And";
    template <class V>
    static constexpr V eval(V a, V b) {
        if constexpr (std::is_arithmetic_v<V>)
            return static_cast<V>(a != 0 && b != 0);
        else
            return a & b;
    }
};

struct logical_not : elementwise<1> {
    static constexpr std::string_view name = "logical_not", cuda = "!$0", c99 = cuda, onnx = "Not";
    template <class V>
    static constexpr V eval(V a) {
        if constexpr (std::is_arithmetic_v<V>)
            return static_cast<V>(a == 0);
        else
            return !a;
    }
};

/// where(condition, a, b): a where the condition holds, b elsewhere.
struct where : elementwise<3> {
    static constexpr std::string_view name = "where", cuda = "$0 ? $1 : $2", c99 = cuda,
                                      onnx = "Where";
    template <class C, class V>
    static constexpr V eval(C condition, V a, V b) {
        using scalar::select;
        return select(condition, a, b);
    }
    template <int I, class C, class V>
    static constexpr auto partial(C condition, V, V, V) {
        if constexpr (I == 0)
            return ir::zero{};
        else if constexpr (I == 1)
            return ir::when{condition};
        else
            return ir::when{ir::elementwise<logical_not>(condition)};
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p);
    static constexpr symbol simplify(ir::rewrite& r) {
        if (r.operands[1] == r.operands[2]) return r.operand(1);
        double v = 0;
        if (r.constant_value(r.operands[0], v)) return r.operand(v != 0 ? 1 : 2);
        return {};
    }
};

}  // namespace ops

template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator+(A const& a, B const& b) {
    return ir::elementwise<ops::add>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator-(A const& a, B const& b) {
    return ir::elementwise<ops::subtract>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator*(A const& a, B const& b) {
    return ir::elementwise<ops::multiply>(a, b);
}
/// True division: integers give floating point.
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator/(A const& a, B const& b) {
    return ir::elementwise<ops::divide>(a, b);
}
template <Value A>
WEFT_INLINE constexpr auto operator-(A const& a) {
    return ir::elementwise<ops::negate>(a);
}
template <Symbolic A>
constexpr symbol operator+(A const& a) {
    return a.traced();
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator==(A const& a, B const& b) {
    return ir::elementwise<ops::equal>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator!=(A const& a, B const& b) {
    return ir::elementwise<ops::not_equal>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator<(A const& a, B const& b) {
    return ir::elementwise<ops::less>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator>(A const& a, B const& b) {
    return ir::elementwise<ops::less>(b, a);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator<=(A const& a, B const& b) {
    return ir::elementwise<ops::less_equal>(a, b);
}
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto operator>=(A const& a, B const& b) {
    return ir::elementwise<ops::less_equal>(b, a);
}

/// The larger of both, element by element; NaN where either is NaN.
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto maximum(A const& a, B const& b) {
    return ir::elementwise<ops::maximum>(a, b);
}
/// The smaller of both, element by element; NaN where either is NaN.
template <class A, class B>
    requires Operands<A, B>
WEFT_INLINE constexpr auto minimum(A const& a, B const& b) {
    return ir::elementwise<ops::minimum>(a, b);
}

namespace detail {

template <class Op, class... A>
constexpr symbol logical(A const&... a) {
    symbol const y = ir::elementwise<Op>(a...);
    if (!y.valid() || y.type() == dtype::boolean) return y;
    text t(Op::name);
    if constexpr (sizeof...(A) == 1 && (Traced<A> && ...))
        t = ir::sentence(Op::name, a.traced()...);
    if constexpr (sizeof...(A) == 2 && (Traced<A> && ...))
        t = ir::sentence(Op::name, a.traced()..., "and");
    return y.builder()->fail(t << ": operands are boolean, found " << name(y.type()));
}

}  // namespace detail

/// Both conditions hold; operands are boolean.
template <class A, class B>
    requires SymbolsOrNumbers<A, B>
constexpr symbol logical_and(A const& a, B const& b) {
    return detail::logical<ops::logical_and>(a, b);
}
/// The condition does not hold; the operand is boolean.
template <Symbolic A>
constexpr symbol logical_not(A const& a) {
    return detail::logical<ops::logical_not>(a);
}

// C++ evaluates the right operand of && and || only where the left one asks for it: not to be had.
template <class A, class B>
    requires SymbolsOrNumbers<A, B>
constexpr symbol operator&&(A const& a, B const& b) {
    static_assert(!sizeof(A), "weft: a traced value cannot decide a branch, it has no number while "
                              "the graph is built: use logical_and(a, b) in place of &&");
    return logical_and(a, b);
}
template <class A, class B>
    requires SymbolsOrNumbers<A, B>
constexpr symbol operator||(A const& a, B const& b) {
    static_assert(!sizeof(A), "weft: a traced value cannot decide a branch, it has no number while "
                              "the graph is built: use logical_or(a, b) in place of ||");
    return logical_and(a, b);
}
template <Symbolic A>
constexpr symbol operator!(A const& a) {
    static_assert(!sizeof(A), "weft: a traced value cannot decide a branch, it has no number while "
                              "the graph is built: use logical_not(a) in place of !");
    return logical_not(a);
}

/// The value converted to element type T.
template <class T, Symbolic A>
constexpr symbol cast(A const& a) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    if (is_complex(x.type()) && !is_complex(dtype_of<T>) && !std::is_same_v<T, bool>)
        return x.builder()->fail(ir::sentence("cast", x)
                                 << ": " << name(x.type()) << " has no value as "
                                 << name(dtype_of<T>) << ": take real(z), imag(z) or abs(z)");
    return ir::cast(x, dtype_of<T>);
}

/// a where the condition holds, b elsewhere; all three broadcast.
template <class C, class A, class B>
    requires Traced<C> && SymbolsOrNumbers<C, A, B>
constexpr symbol where(C const& condition, A const& a, B const& b) {
    symbol c = condition.traced();
    if (!c.valid()) return c;
    ir::builder& g = *c.builder();
    if (c.type() != dtype::boolean)
        return g.fail(ir::sentence("where", c) << ": the condition is boolean, found "
                                               << name(c.type()));
    ir::operand x[] = {ir::to_operand(a), ir::to_operand(b)};
    int shape = c.node().shape;
    for (auto const& o : x)
        if (!o.is_number()) {
            if (!o.value.valid()) return o.value;
            if (o.value.builder() != &g) return g.fail("where: operands belong to different traces");
            int const joint = ir::broadcast_shape(g, shape, o.value.node().shape);
            if (joint < 0)
                return g.fail(ir::sentence("where", c, o.value, "and") << " do not broadcast");
            shape = joint;
        }
    dtype const type = ir::promoted(x, 2);
    int ids[3] = {ir::broadcast(c, shape).id()};
    for (int i = 0; i < 2; ++i)
        ids[i + 1] = (x[i].is_number() ? ir::constant(g, type, shape, x[i])
                                       : ir::broadcast(ir::cast(x[i].value, type), shape))
                         .id();
    return g.add(ir::op<ops::where>, type, shape, {ids, 3});
}

/// Conditions of numbers, and the choice between two, as the rules of operations have them.
template <class A, class B>
    requires(ActiveNumber<A> || ActiveNumber<B>)
WEFT_INLINE constexpr auto logical_and(A const& a, B const& b) {
    return ir::elementwise<ops::logical_and>(a, b);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto logical_not(A const& a) {
    return ir::elementwise<ops::logical_not>(a);
}
template <class C, class A, class B>
    requires(ActiveNumber<C> || ActiveNumber<A> || ActiveNumber<B>)
WEFT_INLINE constexpr auto where(C const& condition, A const& a, B const& b) {
    return ir::elementwise<ops::where>(condition, a, b);
}

namespace ops {

constexpr void where::vjp(ir::pullback& p) {
    symbol const c = p.operand(0), d = p.cotangent;
    if (p.wants(1)) p.add(1, weft::where(c, d, 0));
    if (p.wants(2)) p.add(2, weft::where(c, 0, d));
}

constexpr symbol where::jvp(ir::pushforward& p) {
    if (!p.tangent(1).valid() && !p.tangent(2).valid()) return {};
    return weft::where(p.operand(0), p.tangent_or_zero(1), p.tangent_or_zero(2));
}

constexpr symbol negate::simplify(ir::rewrite& r) {
    double v = 0;
    if (r.constant_value(r.operands[0], v)) return r.constant(-v);
    if (ir::is<negate>(r.op_of(0)))
        return {&r.builder, r.builder.view().operand(r.operands[0], 0)};
    return {};
}

constexpr symbol subtract::simplify(ir::rewrite& r) {
    if (r.is_constant(1, 0)) return r.operand(0);
    if (ir::is<negate>(r.op_of(1)))
        return r.operand(0) + symbol(&r.builder, r.builder.view().operand(r.operands[1], 0));
    return fold<subtract>(r);
}

constexpr symbol multiply::simplify(ir::rewrite& r) {
    for (int i = 0; i < 2; ++i) {
        if (r.is_constant(i, 1)) return r.operand(1 - i);
        if (r.is_constant(i, -1)) return -r.operand(1 - i);
    }
    return fold<multiply>(r);
}

constexpr symbol divide::simplify(ir::rewrite& r) {
    if (r.is_constant(1, 1)) return r.operand(0);
    double b = 0;
    // A power of two has an exact reciprocal.
    if (r.constant_value(r.operands[1], b) && b != 0) {
        std::uint64_t const bits = __builtin_bit_cast(std::uint64_t, b);
        std::uint64_t const exponent = (bits >> 52) & 0x7ff;
        if ((bits & 0xfffffffffffffu) == 0 && exponent > 1023 - 100 && exponent < 1023 + 100)
            return r.operand(0) * (1 / b);
    }
    return fold<divide>(r);
}

}  // namespace ops

constexpr symbol derivative_add(symbol a, symbol b) { return a + b; }
constexpr symbol derivative_multiply(symbol a, symbol b) { return a * b; }
constexpr symbol derivative_negate(symbol a) { return -a; }
constexpr symbol derivative_where(symbol condition, symbol a) { return where(condition, a, 0); }

namespace ir {

constexpr void cast_op::vjp(pullback& p) {
    dtype const to = p.operand(0).type();
    if (is_inexact(to))
        p.add(0, cast(is_complex(to) ? p.cotangent : derivative_real(p.cotangent), to));
}
constexpr symbol cast_op::jvp(pushforward& p) {
    return is_inexact(p.result().type()) ? p.linear() : symbol{};
}
constexpr symbol cast_op::simplify(rewrite& r) {
    if (r.operand(0).type() == r.was().type) return r.operand(0);
    return {};
}

template <> struct struct_of<hash("cast")> { using type = cast_op; };
template <> struct struct_of<hash("add")> { using type = ops::add; };
template <> struct struct_of<hash("subtract")> { using type = ops::subtract; };
template <> struct struct_of<hash("multiply")> { using type = ops::multiply; };
template <> struct struct_of<hash("divide")> { using type = ops::divide; };
template <> struct struct_of<hash("negate")> { using type = ops::negate; };
template <> struct struct_of<hash("maximum")> { using type = ops::maximum; };
template <> struct struct_of<hash("minimum")> { using type = ops::minimum; };
template <> struct struct_of<hash("equal")> { using type = ops::equal; };
template <> struct struct_of<hash("not_equal")> { using type = ops::not_equal; };
template <> struct struct_of<hash("less")> { using type = ops::less; };
template <> struct struct_of<hash("less_equal")> { using type = ops::less_equal; };
template <> struct struct_of<hash("logical_and")> { using type = ops::logical_and; };
template <> struct struct_of<hash("logical_not")> { using type = ops::logical_not; };
template <> struct struct_of<hash("where")> { using type = ops::where; };

}  // namespace ir
namespace calls {
struct negate {
    template <class A>
    constexpr symbol operator()(A const& a) const {
        return -a;
    }
};
template <class T>
struct cast {
    template <class A>
    constexpr symbol operator()(A const& a) const {
        return weft::cast<T>(a);
    }
};
}  // namespace calls
template <class A>
    requires EagerCall<A>
constexpr auto operator-(A&& a) {
    return ir::eager<calls::negate>(static_cast<A&&>(a));
}
template <class T, class A>
    requires EagerCall<A>
constexpr auto cast(A&& a) {
    return ir::eager<calls::cast<T>>(static_cast<A&&>(a));
}
WEFT_EAGER_OPERATOR(+, add)
WEFT_EAGER_OPERATOR(-, subtract)
WEFT_EAGER_OPERATOR(*, multiply)
WEFT_EAGER_OPERATOR(/, divide)
WEFT_EAGER_OPERATOR(==, equal)
WEFT_EAGER_OPERATOR(!=, not_equal)
WEFT_EAGER_OPERATOR(<, less)
WEFT_EAGER_OPERATOR(>, greater)
WEFT_EAGER_OPERATOR(<=, less_equal)
WEFT_EAGER_OPERATOR(>=, greater_equal)
WEFT_EAGER(maximum)
WEFT_EAGER(minimum)
WEFT_EAGER(logical_and)
WEFT_EAGER(logical_not)
WEFT_EAGER(where)

}  // namespace weft

// Made here for clang: its rules use operator/, whose result must not be asked for in them first.
static_assert(weft::ir::descriptor<weft::ops::divide>.arity == 2);

// Broadcasting, which every operation needs, is defined with its derivative, a sum.
#include <weft/ops/reduce.hpp>
#include <weft/ops/layout.hpp>
#include <weft/ops/complex.hpp>
