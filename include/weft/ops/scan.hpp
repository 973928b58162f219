// SPDX-License-Identifier: BSL-1.0
// Running sums, products, extremes and log-sums along an axis, and the linear recurrence to which
// their derivatives lead.
#pragma once

#include <weft/ops/along_axis.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/scan_kernels.hpp>

namespace weft {
namespace ops {

/// Base of running folds. Attributes: the axis, and whether it is run through from its end.
template <class Fold>
struct running : ir::operation_base {
    static constexpr auto kind = ir::kind::whole;
    template <class Call>
    static void run(Call const& c) noexcept {
        scans::run<Call, Fold>(c.template operand<0>(), c.result(),
                               split_around(c.shape(), c.attributes[0]), c.attributes[1] != 0);
    }
    static void reference_whole(ir::reference_call const& c) {
        scans::run<ir::reference_call, Fold>(c.operands[0], c.result,
                                             split_around(c.result_shape(), c.attribute(0)),
                                             c.attribute(1) != 0);
    }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
};

/// y[t] = a[t] y[t - 1] + b[t]; the first element is b. Closed under differentiation.
struct linear_recurrence : ir::operation_base {
    static constexpr std::string_view name = "linear_recurrence";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 2, cost = 2;

    static constexpr symbol apply(symbol a, symbol b, int axis, bool back) {
        return whole<linear_recurrence>(b.type(), b.node().shape, {a, b}, {axis, back});
    }
    /// Each place gets what stands one place before it in the direction of the run, the first one
    /// gets `first`.
    static constexpr symbol shifted(symbol x, int axis, bool back, double first) {
        ir::builder& b = *x.builder();
        extent const n = x.size(axis), one{1};
        symbol const edge = b.constant(x.type(), weft::detail::shape_with(x, axis, one), first);
        int const ids[] = {back ? x.id() : edge.id(), back ? edge.id() : x.id()};
        std::int64_t const at = axis;
        int const longer = weft::detail::shape_with(x, axis, b.extents().add(n, one));
        symbol const all = b.add(ir::op<concatenate>, x.type(), longer, {ids, 2}, {&at, 1});
        return weft::detail::part_of(all, axis, extent{back ? 1 : 0}, n);
    }
    static constexpr void vjp(ir::pullback& p) {
        int const axis = static_cast<int>(p.attribute(0));
        bool const back = p.attribute(1) != 0;
        symbol const a = p.operand(0),
                     g = apply(shifted(a, axis, !back, 0), p.cotangent, axis, !back);
        if (p.wants(0)) p.add(0, g * shifted(p.result(), axis, back, 0));
        p.add(1, g);
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        int const axis = static_cast<int>(p.attributes()[0]);
        bool const back = p.attributes()[1] != 0;
        symbol t = p.tangent(1);
        if (p.tangent(0).valid()) {
            symbol const own = p.tangent(0) * shifted(p.result(), axis, back, 0);
            t = t.valid() ? t + own : own;
        }
        return apply(p.operand(0), t, axis, back);
    }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }

    template <class Call>
    static void run(Call const& c) noexcept {
        scans::recur<Call>(c.template operand<0>(), c.template operand<1>(), c.result(),
                           split_around(c.shape(), c.attributes[0]), c.attributes[1] != 0);
    }
    static void reference_whole(ir::reference_call const& c) {
        scans::recur<ir::reference_call>(c.operands[0], c.operands[1], c.result,
                                         split_around(c.result_shape(), c.attribute(0)),
                                         c.attribute(1) != 0);
    }
};

struct cumsum : running<scans::sum> {
    static constexpr std::string_view name = "cumsum", onnx = "CumSum";
    static constexpr void vjp(ir::pullback& p) {
        symbol const d = p.cotangent;
        p.add(0, whole<cumsum>(d.type(), d.node().shape, {d}, {p.attribute(0), !p.attribute(1)}));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
};

struct cumprod : running<scans::product> {
    static constexpr std::string_view name = "cumprod";
    // y' = x y[t - 1]' + y[t - 1] x', which divides by nothing.
    static constexpr void vjp(ir::pullback& p) {
        int const axis = static_cast<int>(p.attribute(0));
        bool const back = p.attribute(1) != 0;
        using rule = linear_recurrence;
        symbol const g =
            rule::apply(rule::shifted(p.operand(0), axis, !back, 0), p.cotangent, axis, !back);
        p.add(0, g * rule::shifted(p.result(), axis, back, 1));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        int const axis = static_cast<int>(p.attributes()[0]);
        bool const back = p.attributes()[1] != 0;
        using rule = linear_recurrence;
        return rule::apply(p.operand(0), p.tangent(0) * rule::shifted(p.result(), axis, back, 1),
                           axis, back);
    }
};

struct logcumsumexp : running<scans::log_sum> {
    static constexpr std::string_view name = "logcumsumexp";
    static constexpr int cost = 30;
    // y' = exp(y[t - 1] - y) y[t - 1]' + exp(x - y) x'; both factors lie between 0 and 1.
    static constexpr symbol share(symbol x, symbol y) {
        return weft::where(x == -__builtin_inf(), 0, weft::exp(x - y));
    }
    static constexpr symbol carried(symbol y, int axis, bool back) {
        return share(linear_recurrence::shifted(y, axis, back, -__builtin_inf()), y);
    }
    static constexpr void vjp(ir::pullback& p) {
        int const axis = static_cast<int>(p.attribute(0));
        bool const back = p.attribute(1) != 0;
        symbol const next =
            linear_recurrence::shifted(carried(p.result(), axis, back), axis, !back, 0);
        p.add(0, share(p.operand(0), p.result()) *
                     linear_recurrence::apply(next, p.cotangent, axis, !back));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        int const axis = static_cast<int>(p.attributes()[0]);
        bool const back = p.attributes()[1] != 0;
        return linear_recurrence::apply(carried(p.result(), axis, back),
                                        share(p.operand(0), p.result()) * p.tangent(0), axis, back);
    }
};

/// Where the running maximum (or minimum) was met first. Attributes: axis, whether from the end,
/// whether the minimum.
struct running_place : ir::operation_base {
    static constexpr std::string_view name = "running_place";
    static constexpr auto kind = ir::kind::whole;
    template <class Caller, class T, class I>
    static void find(T const* x, I* y, axis_split s, bool back, bool least) {
        std::int64_t const size = s.n * s.inner;
        for (std::int64_t o = 0; o < s.outer; ++o)
            for (std::int64_t j = 0; j < s.inner; ++j) {
                T const* const from = x + o * size + j;
                std::int64_t best = back ? s.n - 1 : 0;
                for (std::int64_t i = 0; i < s.n; ++i) {
                    std::int64_t const k = back ? s.n - 1 - i : i;
                    auto const a = to_number(from[best * s.inner]),
                               b = to_number(from[k * s.inner]);
                    if (a == a && (b != b || (least ? b < a : b > a))) best = k;
                    y[o * size + j + k * s.inner] = static_cast<I>(best);
                }
            }
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        find<Call>(c.template operand<0>(), c.result(), split_around(c.shape(), c.attributes[0]),
                   c.attributes[1] != 0, c.attributes[2] != 0);
    }
    static void reference_whole(ir::reference_call const& c) {
        find<ir::reference_call>(c.operands[0], c.result,
                                 split_around(c.result_shape(), c.attribute(0)),
                                 c.attribute(1) != 0, c.attribute(2) != 0);
    }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
};

/// The cotangent goes to the element that the running extreme was met at first.
template <class Fold, bool Least>
struct running_extreme : running<Fold> {
    template <class Rule>
    static constexpr symbol places(Rule const& p) {
        symbol const x = p.operand(0);
        return whole<running_place>(dtype::int32, x.node().shape, {x},
                                    {p.attributes()[0], p.attributes()[1], Least});
    }
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0);
        p.add(0, scatter_along::apply(places(p), p.cotangent, x.node().shape, p.attribute(0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        return take_along::apply(p.tangent(0), places(p), p.attributes()[0]);
    }
};
struct cummax : running_extreme<scans::maximum, false> {
    static constexpr std::string_view name = "cummax";
};
struct cummin : running_extreme<scans::minimum, true> {
    static constexpr std::string_view name = "cummin";
};

}  // namespace ops

namespace detail {

template <class Op, int... A>
constexpr symbol running(symbol x, axes_t<A...> axes, bool back, bool floating = false) {
    constexpr bool ordered = !std::is_base_of_v<ops::running<ops::scans::sum>, Op> &&
                             !std::is_base_of_v<ops::running<ops::scans::product>, Op>;
    int const axis = one_axis(x, axes, Op::name);
    if (axis < 0 || (ordered && !is_real(x, Op::name))) return {x.builder(), -1};
    if (floating && !is_floating(x.type())) x = ir::cast(x, dtype::f32);
    if (x.type() == dtype::boolean) x = ir::cast(x, dtype::int32);
    return ops::whole<Op>(x.type(), x.node().shape, {x}, {axis, back});
}

}  // namespace detail

/// The sums of all elements up to each, along an axis; without one, of the flattened value.
template <Symbolic X, int... A>
constexpr symbol cumsum(X const& x, axes_t<A...> axes = {}) {
    return detail::running<ops::cumsum>(x.traced(), axes, false);
}
/// From each element to the last.
template <Symbolic X, int... A>
constexpr symbol cumsum(X const& x, axes_t<A...> axes, reversed_t) {
    return detail::running<ops::cumsum>(x.traced(), axes, true);
}
/// The products of all elements up to each. Its derivative is right where elements are zero.
template <Symbolic X, int... A>
constexpr symbol cumprod(X const& x, axes_t<A...> axes = {}) {
    return detail::running<ops::cumprod>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol cumprod(X const& x, axes_t<A...> axes, reversed_t) {
    return detail::running<ops::cumprod>(x.traced(), axes, true);
}
/// The largest of all elements up to each; NaN from the first NaN on. The cotangent goes to the
/// first of equal elements.
template <Symbolic X, int... A>
constexpr symbol cummax(X const& x, axes_t<A...> axes = {}) {
    return detail::running<ops::cummax>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol cummax(X const& x, axes_t<A...> axes, reversed_t) {
    return detail::running<ops::cummax>(x.traced(), axes, true);
}
/// The smallest of all elements up to each, otherwise as cummax.
template <Symbolic X, int... A>
constexpr symbol cummin(X const& x, axes_t<A...> axes = {}) {
    return detail::running<ops::cummin>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol cummin(X const& x, axes_t<A...> axes, reversed_t) {
    return detail::running<ops::cummin>(x.traced(), axes, true);
}
/// log(cumsum(exp(x))) without overflow.
template <Symbolic X, int... A>
constexpr symbol logcumsumexp(X const& x, axes_t<A...> axes = {}) {
    return detail::running<ops::logcumsumexp>(x.traced(), axes, false, true);
}
template <Symbolic X, int... A>
constexpr symbol logcumsumexp(X const& x, axes_t<A...> axes, reversed_t) {
    return detail::running<ops::logcumsumexp>(x.traced(), axes, true, true);
}

namespace detail {

template <int A>
constexpr symbol recurrence(symbol a, symbol b, axes_t<A>, bool back) {
    ir::operand x[] = {ir::to_operand(a), ir::to_operand(b)};
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    ir::builder& g = *b.builder();
    if (a.builder() != &g) return g.fail("linear_recurrence: operands belong to different traces");
    dtype type = ir::promoted(x, 2);
    if (!is_inexact(type)) type = dtype::f32;
    int const shape = ir::broadcast_shape(g, a.node().shape, b.node().shape);
    if (shape < 0)
        return g.fail(ir::sentence("linear_recurrence", a, b, "and") << " do not broadcast");
    a = ir::broadcast(ir::cast(a, type), shape), b = ir::broadcast(ir::cast(b, type), shape);
    int const axis = checked_axis(b, A, "linear_recurrence");
    if (axis < 0) return {&g, -1};
    return ops::linear_recurrence::apply(a, b, axis, back);
}

}  // namespace detail

/// y[t] = a[t] y[t - 1] + b[t] along an axis, which starts at b: filters, discounted sums, state
/// spaces. The operands broadcast.
template <class X, class Y, int A>
    requires Symbols<X, Y>
constexpr symbol linear_recurrence(X const& a, Y const& b, axes_t<A> axes) {
    return detail::recurrence(a.traced(), b.traced(), axes, false);
}
/// The same from the end: y[t] = a[t] y[t + 1] + b[t].
template <class X, class Y, int A>
    requires Symbols<X, Y>
constexpr symbol linear_recurrence(X const& a, Y const& b, axes_t<A> axes, reversed_t) {
    return detail::recurrence(a.traced(), b.traced(), axes, true);
}

namespace ir {
template <>
struct struct_of<hash("linear_recurrence")> {
    using type = ops::linear_recurrence;
};
template <>
struct struct_of<hash("cumsum")> {
    using type = ops::cumsum;
};
template <>
struct struct_of<hash("cumprod")> {
    using type = ops::cumprod;
};
template <>
struct struct_of<hash("cummax")> {
    using type = ops::cummax;
};
template <>
struct struct_of<hash("cummin")> {
    using type = ops::cummin;
};
template <>
struct struct_of<hash("logcumsumexp")> {
    using type = ops::logcumsumexp;
};
template <>
struct struct_of<hash("running_place")> {
    using type = ops::running_place;
};
}  // namespace ir
WEFT_EAGER(cumsum)
WEFT_EAGER(cumprod)
WEFT_EAGER(cummax)
WEFT_EAGER(cummin)
WEFT_EAGER(logcumsumexp)
WEFT_EAGER(linear_recurrence)

}  // namespace weft
