// SPDX-License-Identifier: BSL-1.0
// Reductions: sum and max over any axes, and what follows from them. The node keeps a reduced
// axis with one element; the functions drop it, `keep` keeps it.
// arithmetic.hpp includes this file where its turn comes: so the guard starts behind the include.
#include <weft/ops/arithmetic.hpp>
#ifndef WEFT_OPS_REDUCE_HPP
#define WEFT_OPS_REDUCE_HPP

#include <limits>

namespace weft {

/// Axes of a reduction, `sum(x, axis<1>)`; negative ones count from the last.
/// One axis stands for its number where a function takes one: `concatenate(axis<0>, a, b)`.
template <int... A>
struct axes_t {
    constexpr operator int() const
        requires(sizeof...(A) == 1)
    {
        return (A + ...);
    }
};
template <int... A>
inline constexpr axes_t<A...> axis{};

/// Keeps reduced axes with one element: `sum(x, axis<1>, keep)`.
struct keep_t {};
inline constexpr keep_t keep{};

namespace ops {

/// Base of reductions; the attribute is a bit mask of the axes.
struct reduction : ir::operation_base {
    static constexpr auto kind = ir::kind::reduction;
    static constexpr int arity = 1;
    static constexpr auto refuses = ir::refusal::none;
    static constexpr symbol batch(ir::batching& b) {
        std::int64_t const axes = b.attributes()[0] << 1;
        return b.apply({&axes, 1});
    }
};

struct sum : reduction {
    static constexpr std::string_view name = "sum", cuda = "$0 + $1", c99 = cuda,
                                      onnx = "ReduceSum";
    template <class T>
    static constexpr T identity() {
        return T{};
    }
    template <class V>
    static constexpr V eval(V a, V b) {
        return static_cast<V>(a + b);
    }
    template <class V>
    static auto across(V v) {
        return reduce_add(v);
    }
    static constexpr void vjp(ir::pullback& p) {
        p.add(0, ir::broadcast(p.cotangent, p.operand(0).node().shape));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol simplify(ir::rewrite& r);
};

struct max : reduction {
    static constexpr std::string_view name = "max", cuda = "max($0, $1)", c99 = "fmax($0, $1)",
                                      onnx = "ReduceMax";
    static constexpr auto refuses = ir::refusal::complex;
    /// Of no elements: the lowest value.
    template <class T>
    static constexpr T identity() {
        if constexpr (std::numeric_limits<T>::has_infinity)
            return -std::numeric_limits<T>::infinity();
        else
            return std::numeric_limits<T>::lowest();
    }
    template <class V>
    static constexpr V eval(V a, V b) {
        using scalar::maximum;
        return maximum(a, b);
    }
    template <class V>
    static auto across(V v) {
        return reduce_max(v);
    }
    /// Elements that share the maximum share its cotangent.
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p);
};

/// Folds the axes of the mask; they stay with one element. Sums of 16-bit floats are kept in floats.
template <class Op>
constexpr symbol reduce(symbol x, std::int64_t axes) {
    if (axes == 0) return x;
    if constexpr (std::is_same_v<Op, sum>)
        if (is_floating(x.type()) && size_of(x.type()) == 2)
            return ir::cast(reduce<Op>(ir::cast(x, dtype::f32), axes), x.type());
    list<extent> shape;
    for (int i = 0; i < x.rank(); ++i)
        shape.push(axes >> i & 1 ? extent{1} : x.size(i));
    int const id = x.id();
    return x.builder()->add(ir::op<Op>, x.type(), x.builder()->shape(shape), {&id, 1},
                            {&axes, 1});
}

}  // namespace ops

namespace detail {

constexpr std::int64_t axis_mask(symbol x, range<int> axes, std::string_view call) {
    std::int64_t mask = axes.empty() ? (std::int64_t{1} << x.rank()) - 1 : 0;
    for (int axis : axes) {
        int const a = axis < 0 ? axis + x.rank() : axis;
        if (a < 0 || a >= x.rank()) {
            x.builder()->fail(ir::sentence(call, x) << " has no axis " << axis);
            return -1;
        }
        mask |= std::int64_t{1} << a;
    }
    return mask;
}

/// `reshape` without the checks; defined with the operation.
constexpr symbol reshape_to(symbol x, int shape);

template <class Op>
constexpr symbol reduce(symbol x, range<int> axes, bool keeps) {
    if (!x.valid()) return x;
    std::int64_t const mask = axis_mask(x, axes, Op::name);
    if (mask < 0) return {x.builder(), -1};
    if (ir::refuses(Op::refuses, x.type())) return ir::refuse(*x.builder(), ir::op<Op>, x.type());
    if (x.type() == dtype::boolean) x = ir::cast(x, dtype::int32);
    symbol const y = ops::reduce<Op>(x, mask);
    if (keeps) return y;
    list<extent> shape;
    for (int i = 0; i < x.rank(); ++i)
        if (!(mask >> i & 1)) shape.push(x.size(i));
    return reshape_to(y, x.builder()->shape(shape));
}

template <class Op, int... A>
constexpr symbol reduce(symbol x, axes_t<A...>, bool keeps) {
    int const axes[] = {A..., 0};
    return reduce<Op>(x, range<int>{axes, sizeof...(A)}, keeps);
}

}  // namespace detail

/// The sum over the named axes, over all if none is named.
template <Symbolic X, int... A>
constexpr symbol sum(X const& x, axes_t<A...> axes = {}) {
    return detail::reduce<ops::sum>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol sum(X const& x, axes_t<A...> axes, keep_t) {
    return detail::reduce<ops::sum>(x.traced(), axes, true);
}
/// The largest element over the named axes, over all if none is named; NaN if one is NaN.
template <Symbolic X, int... A>
constexpr symbol max(X const& x, axes_t<A...> axes = {}) {
    return detail::reduce<ops::max>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol max(X const& x, axes_t<A...> axes, keep_t) {
    return detail::reduce<ops::max>(x.traced(), axes, true);
}

namespace ops {

constexpr symbol max_share(symbol x, symbol y, std::int64_t axes) {
    symbol const hit = ir::cast(x == ir::broadcast(y, x.node().shape), x.type());
    return hit / ir::broadcast(reduce<sum>(hit, axes), x.node().shape);
}

constexpr void max::vjp(ir::pullback& p) {
    symbol const x = p.operand(0);
    std::int64_t const axes = p.attribute(0);
    p.add(0, ir::broadcast(p.cotangent, x.node().shape) * max_share(x, p.result(), axes));
}

constexpr symbol max::jvp(ir::pushforward& p) {
    std::int64_t const axes = p.attributes()[0];
    return reduce<sum>(p.tangent(0) * max_share(p.operand(0), p.result(), axes), axes);
}

/// A sum over axes of one element is its operand.
constexpr symbol sum::simplify(ir::rewrite& r) {
    return r.operand(0).node().shape == r.was().shape ? r.operand(0) : symbol{};
}

}  // namespace ops

WEFT_EAGER(sum)
WEFT_EAGER(max)

namespace ir {
template <> struct struct_of<hash("sum")> { using type = ops::sum; };
template <> struct struct_of<hash("max")> { using type = ops::max; };
}  // namespace ir
}  // namespace weft

#endif
