// SPDX-License-Identifier: BSL-1.0
// Operations that move no data: broadcast_to, reshape, transpose, slice; and the two that place
// operands into parts of a result, pad (the adjoint of slice) and concatenate.
// arithmetic.hpp includes this file where its turn comes: so the guard starts behind the include.
#include <weft/ops/arithmetic.hpp>
#ifndef WEFT_OPS_LAYOUT_HPP
#define WEFT_OPS_LAYOUT_HPP

#include <initializer_list>
#include <weft/ops/counts.hpp>
#include <weft/ops/reduce.hpp>

namespace weft {
namespace ops {

/// The same elements in row-major order under another shape (the node's).
struct reshape : ir::operation_base {
    static constexpr std::string_view name = "reshape", onnx = "Reshape";
    static constexpr auto kind = ir::kind::layout;
    static constexpr int cost = 0;
    static constexpr symbol apply(symbol x, int shape) {
        int const id = x.id();
        return x.node().shape == shape
                   ? x
                   : x.builder()->add(ir::op<reshape>, x.type(), shape, {&id, 1});
    }
    static constexpr void vjp(ir::pullback& p) {
        p.add(0, apply(p.cotangent, p.operand(0).node().shape));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) { return b.apply({}); }
    static constexpr symbol simplify(ir::rewrite& r) {
        if (symbol const c = r.spread_constant(); c.valid()) return c;
        if (ir::is<reshape>(r.op_of(0))) {
            symbol const inner{&r.builder, r.builder.view().operand(r.operands[0], 0)};
            return apply(inner, r.was().shape);
        }
        return r.operand(0).node().shape == r.was().shape ? r.operand(0) : symbol{};
    }
    static void reference_whole(ir::reference_call const& c) {
        for (std::int64_t i = 0, n = c.count(); i < n; ++i) c.result[i] = c.operands[0][i];
    }
};

/// Axis i of the result is axis attribute(i) of the operand.
struct transpose : ir::operation_base {
    static constexpr std::string_view name = "transpose", onnx = "Transpose";
    static constexpr auto kind = ir::kind::layout;
    static constexpr int cost = 0;
    static constexpr symbol apply(symbol x, range<std::int64_t> axes) {
        bool same = true;
        list<extent> shape;
        for (int i = 0; i < axes.size(); ++i) {
            shape.push(x.size(static_cast<int>(axes[i])));
            same = same && axes[i] == i;
        }
        int const id = x.id();
        return same ? x
                    : x.builder()->add(ir::op<transpose>, x.type(), x.builder()->shape(shape),
                                       {&id, 1}, axes);
    }
    static constexpr void vjp(ir::pullback& p) {
        auto const axes = p.attributes();
        list<std::int64_t> inverse(axes.size(), 0);
        for (int i = 0; i < axes.size(); ++i) inverse[static_cast<int>(axes[i])] = i;
        p.add(0, apply(p.cotangent, inverse));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) {
        list<std::int64_t> axes{0};
        for (std::int64_t a : b.attributes()) axes.push(a + 1);
        return apply(b.batch(0), axes);
    }
    /// One axis before all others, which keep their order.
    static constexpr symbol to_front(symbol x, int axis) {
        list<std::int64_t> axes{axis};
        for (int a = 0; a < x.rank(); ++a)
            if (a != axis) axes.push(a);
        return apply(x, axes);
    }
    static constexpr symbol simplify(ir::rewrite& r) {
        if (symbol const c = r.spread_constant(); c.valid()) return c;
        if (!ir::is<transpose>(r.op_of(0))) return {};
        auto const g = r.builder.view();
        list<std::int64_t> axes;
        for (std::int64_t a : r.attributes())
            axes.push(g.attribute(r.operands[0], static_cast<int>(a)));
        return apply({&r.builder, g.operand(r.operands[0], 0)}, axes);
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const from = ir::row_major(c.operand_shape(0));
        list<std::int64_t> strides;
        for (int i = 0; i < c.rank(); ++i) strides.push(from[static_cast<int>(c.attribute(i))]);
        ir::copy_strided(c.result_shape(), c.operands[0], strides, c.result,
                         ir::row_major(c.result_shape()));
    }
};

/// slice and pad leave the batch axis as it is: start 0, step 1.
constexpr symbol batch_slices(ir::batching& b) {
    list<std::int64_t> attributes{0, 1};
    attributes.append(b.attributes());
    return b.apply(attributes);
}

/// Elements start, start + step, ... along each axis. Attributes: start (an extent) and step of
/// each axis; the node's shape says how many.
struct slice : ir::operation_base {
    static constexpr std::string_view name = "slice", onnx = "Slice";
    static constexpr auto kind = ir::kind::layout;
    static constexpr int cost = 0;
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) { return batch_slices(b); }
    static constexpr symbol simplify(ir::rewrite& r) {
        if (symbol const c = r.spread_constant(); c.valid()) return c;
        return r.operand(0).node().shape == r.was().shape ? r.operand(0) : symbol{};
    }
    static void reference_whole(ir::reference_call const& c) {
        if (c.count() == 0) return;  // the first element may lie outside
        auto strides = ir::row_major(c.operand_shape(0));
        double const* from = c.operands[0];
        for (int i = 0; i < c.rank(); ++i) {
            from += c.value({c.attribute(2 * i)}) * strides[i];
            strides[i] *= c.attribute(2 * i + 1);
        }
        ir::copy_strided(c.result_shape(), from, strides, c.result,
                         ir::row_major(c.result_shape()));
    }
};

/// Zeros, with the operand at start, start + step, ... along each axis: the adjoint of slice,
/// with the same attributes.
struct pad : ir::operation_base {
    static constexpr std::string_view name = "pad", onnx = "Pad";
    static constexpr auto kind = ir::kind::placement;
    static constexpr int cost = 0;
    static constexpr void vjp(ir::pullback& p) {
        int const d = p.cotangent.id();
        symbol const x = p.operand(0);
        list<std::int64_t> const attributes(p.attributes());
        p.add(0, p.builder.add(ir::op<slice>, x.type(), x.node().shape, {&d, 1}, attributes));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) { return batch_slices(b); }
    static void reference_whole(ir::reference_call const& c) {
        for (std::int64_t i = 0, n = c.count(); i < n; ++i) c.result[i] = 0;
        auto strides = ir::row_major(c.result_shape());
        double* to = c.result;
        for (int i = 0; i < c.rank(); ++i) {
            to += c.value({c.attribute(2 * i)}) * strides[i];
            strides[i] *= c.attribute(2 * i + 1);
        }
        ir::copy_strided(c.operand_shape(0), c.operands[0], ir::row_major(c.operand_shape(0)), to,
                         strides);
    }
};

/// The operands one after another along the axis that the attribute names.
struct concatenate : ir::operation_base {
    static constexpr std::string_view name = "concatenate", onnx = "Concat";
    static constexpr auto kind = ir::kind::placement;
    static constexpr int arity = -1, cost = 0;
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) {
        std::int64_t const axis = b.attributes()[0] + 1;
        list<int> ids;
        for (int i = 0; i < b.operand_count(); ++i) ids.push(b.spread(i).id());
        return b.apply(ids, {&axis, 1});
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const strides = ir::row_major(c.result_shape());
        auto const axis = static_cast<int>(c.attribute(0));
        double* to = c.result;
        for (int i = 0; i < c.graph.nodes[c.node].operand_count; ++i) {
            auto const shape = c.operand_shape(i);
            ir::copy_strided(shape, c.operands[i], ir::row_major(shape), to, strides);
            to += shape[axis] * strides[axis];
        }
    }
};

constexpr void slice::vjp(ir::pullback& p) {
    int const d = p.cotangent.id();
    symbol const x = p.operand(0);
    list<std::int64_t> const attributes(p.attributes());
    p.add(0, p.builder.add(ir::op<pad>, x.type(), x.node().shape, {&d, 1}, attributes));
}

constexpr void concatenate::vjp(ir::pullback& p) {
    int const axis = static_cast<int>(p.attributes()[0]), d = p.cotangent.id();
    extent at{0};
    for (int i = 0; i < p.operand_count(); ++i) {
        symbol const x = p.operand(i);
        if (p.wants(i)) {
            list<std::int64_t> attributes;
            for (int a = 0; a < x.rank(); ++a) {
                attributes.push(a == axis ? at.code : 0);
                attributes.push(1);
            }
            p.add(i, p.builder.add(ir::op<slice>, x.type(), x.node().shape, {&d, 1}, attributes));
        }
        at = p.builder.extents().add(at, p.operand(i).size(axis));
    }
}

}  // namespace ops

namespace ir {

constexpr void broadcast_to_op::vjp(pullback& p) {
    symbol const x = p.operand(0), d = p.cotangent;
    int const offset = d.rank() - x.rank();
    std::int64_t axes = 0;
    // Extents that differ in form, and not by being one, are assumed equal: nothing is repeated.
    for (int i = 0; i < d.rank(); ++i)
        if (i < offset || (x.size(i - offset) == extent{1} && d.size(i) != extent{1}))
            axes |= std::int64_t{1} << i;
    p.add(0, ops::reshape::apply(ops::reduce<ops::sum>(d, axes), x.node().shape));
}
constexpr symbol broadcast_to_op::simplify(rewrite& r) {
    if (symbol const c = r.spread_constant(); c.valid()) return c;
    if (is<broadcast_to_op>(r.op_of(0)))
        return broadcast({&r.builder, r.builder.view().operand(r.operands[0], 0)}, r.was().shape);
    return r.operand(0).node().shape == r.was().shape ? r.operand(0) : symbol{};
}

/// Axes are aligned at the last one: new ones stand behind the batch axis.
constexpr symbol broadcast_to_op::batch(batching& b) {
    symbol const x = b.operand(0);
    list<extent> shape(b.result().rank() - x.rank(), extent{1});
    shape.append(b.builder.view().shape(x.node().shape));
    list<extent> const whole(b.builder.view().shape(b.result().node().shape));
    return broadcast(ops::reshape::apply(b.batch(0), b.shape(shape)), b.shape(whole));
}

inline void broadcast_to_op::reference_whole(reference_call const& c) {
    auto const shape = c.operand_shape(0);
    auto const from = row_major(shape);
    list<std::int64_t> strides(c.rank(), 0);
    for (int i = 0; i < shape.size(); ++i)
        if (shape[i] != 1) strides[c.rank() - shape.size() + i] = from[i];
    copy_strided(c.result_shape(), c.operands[0], strides, c.result, row_major(c.result_shape()));
}

template <> struct struct_of<hash("broadcast_to")> { using type = broadcast_to_op; };
template <> struct struct_of<hash("reshape")> { using type = ops::reshape; };
template <> struct struct_of<hash("transpose")> { using type = ops::transpose; };
template <> struct struct_of<hash("slice")> { using type = ops::slice; };
template <> struct struct_of<hash("pad")> { using type = ops::pad; };
template <> struct struct_of<hash("concatenate")> { using type = ops::concatenate; };

}  // namespace ir

/// A shape, and a number, that their types say: what eager expressions need to know of options,
/// `reshape(a, shape<2, -1>)`, `repeat_elements(a, number<3>, axis<0>)`.
template <std::int64_t... N>
struct shape_t {};
template <std::int64_t... N>
inline constexpr shape_t<N...> shape{};
template <auto N>
inline constexpr std::integral_constant<decltype(N), N> number{};

/// A shape written in a call: `{32, x.size(1)}`.
using shape_list = std::initializer_list<axis_size>;

namespace detail {

constexpr symbol reshape_to(symbol x, int shape) { return ops::reshape::apply(x, shape); }

/// The number of a shape; -1 and a recorded mistake where a size is negative.
constexpr int shape_number(ir::builder& b, shape_list shape, std::string_view call) {
    list<extent> extents;
    for (axis_size const& s : shape) {
        if (s.negative) {
            b.fail(text(call) << ": a shape has the negative size " << s.negative);
            return -1;
        }
        extents.push(s.e);
    }
    return b.shape(extents);
}

constexpr extent element_count(ir::builder& b, int shape) {
    extent n{1};
    for (int i = 0; i < b.result().shapes[shape].count; ++i)
        n = b.extents().multiply(n, b.view().shape(shape)[i]);
    return n;
}

/// An axis counted from the end where it is negative; -1 and a recorded mistake if there is none.
constexpr int checked_axis(symbol x, int axis, std::string_view call) {
    int const a = axis < 0 ? axis + x.rank() : axis;
    if (a >= 0 && a < x.rank()) return a;
    x.builder()->fail(ir::sentence(call, x) << " has no axis " << axis);
    return -1;
}

}  // namespace detail

/// x repeated to `shape`, axes aligned at the last one as in NumPy.
template <Symbolic A>
constexpr symbol broadcast_to(A const& a, shape_list shape) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const wanted = detail::shape_number(b, shape, "broadcast_to");
    if (wanted < 0) return {&b, -1};
    if (ir::broadcast_shape(b, x.node().shape, wanted) != wanted) {
        text t = ir::sentence("broadcast_to", x) << " does not broadcast to ";
        ir::write_shape(t, b.view(), wanted);
        return b.fail(t);
    }
    return ir::broadcast(x, wanted);
}

/// The same elements in row-major order under another shape. One size may be -1: what is left.
template <Symbolic A>
constexpr symbol reshape(A const& a, shape_list shape) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    list<extent> extents;
    extent known{1};
    int open = -1;
    for (axis_size const& s : shape) {
        if (s.negative && (s.negative != -1 || open >= 0))
            return b.fail(ir::sentence("reshape", x) << ": one size may be -1, found "
                                                     << (open >= 0 ? "two" : "another negative"));
        if (s.negative)
            open = extents.size();
        else
            known = b.extents().multiply(known, s.e);
        extents.push(s.negative ? extent{1} : s.e);
    }
    if (open >= 0 && known != extent{0})
        extents[open] =
            b.extents().floor_divide(detail::element_count(b, x.node().shape), known);
    int const wanted = b.shape(extents);
    if (!b.extents().assume_equal(detail::element_count(b, x.node().shape),
                                  detail::element_count(b, wanted))) {
        text t = ir::sentence("reshape", x) << " has another number of elements than ";
        ir::write_shape(t, b.view(), wanted);
        return b.fail(t);
    }
    return ops::reshape::apply(x, wanted);
}

template <Symbolic A, std::int64_t... N>
constexpr symbol broadcast_to(A const& x, shape_t<N...>) {
    return broadcast_to(x, {axis_size(N)...});
}
template <Symbolic A, std::int64_t... N>
constexpr symbol reshape(A const& x, shape_t<N...>) {
    return reshape(x, {axis_size(N)...});
}

/// Axis i of the result is axis axes[i] of x.
template <Traced A>
constexpr symbol transpose(A const& a, std::initializer_list<int> axes) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    list<std::int64_t> order;
    std::int64_t seen = 0;
    for (int axis : axes) {
        int const i = detail::checked_axis(x, axis, "transpose");
        if (i < 0) return {x.builder(), -1};
        order.push(i), seen |= std::int64_t{1} << i;
    }
    if (order.size() != x.rank() || seen != (std::int64_t{1} << x.rank()) - 1)
        return x.builder()->fail(ir::sentence("transpose", x)
                                 << ": the axes must name each axis once");
    return ops::transpose::apply(x, order);
}

template <Symbolic A, int... Axes>
constexpr symbol transpose(A const& x, axes_t<Axes...>) {
    return transpose(x, {Axes...});
}

/// The axes in reverse order; of a matrix, rows and columns exchanged.
template <Symbolic A>
constexpr symbol transpose(A const& a) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    list<std::int64_t> order;
    for (int i = x.rank() - 1; i >= 0; --i) order.push(i);
    return ops::transpose::apply(x, order);
}

/// Elements begin, begin + step, ... before end, along one axis. Negative positions count from
/// the end of the axis.
template <Symbolic A>
constexpr symbol slice(A const& a, int axis, axis_size first, axis_size last,
                       std::int64_t step = 1) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const at = detail::checked_axis(x, axis, "slice");
    if (at < 0) return {&b, -1};
    extent const size = x.size(at);
    auto position = [&](axis_size s) {
        return s.negative ? b.extents().subtract(size, extent{-s.negative}) : s.e;
    };
    extent const begin = position(first), end = position(last);
    // What run-time extents decide is checked when they are bound.
    auto const ordered = [&](extent low, extent high) {
        auto& known = b.extents();
        return low == high || known.is_nonnegative(known.subtract(high, low)) ||
               known.assume_equal(known.maximum(low, high), high);
    };
    bool const wrong = step < 1 || !ordered({0}, begin) || !ordered(begin, end) || !ordered(end, size);
    if (wrong) {
        text t = ir::sentence("slice", x) << " has no elements ";
        b.extents().write(t, begin);
        t << " to ";
        b.extents().write(t, end);
        return b.fail(t << " in steps of " << step << " along axis " << at);
    }
    list<extent> shape(b.view().shape(x.node().shape));
    auto& e = b.extents();
    shape[at] = e.floor_divide(e.add(e.subtract(end, begin), extent{step - 1}), extent{step});
    list<std::int64_t> attributes;
    for (int i = 0; i < x.rank(); ++i) {
        attributes.push(i == at ? begin.code : 0);
        attributes.push(i == at ? step : 1);
    }
    int const id = x.id();
    return b.add(ir::op<ops::slice>, x.type(), b.shape(shape), {&id, 1}, attributes);
}

/// Zeros before and after x along one axis.
template <Traced A>
constexpr symbol pad(A const& a, int axis, axis_size zeros_before, axis_size zeros_after) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const at = detail::checked_axis(x, axis, "pad");
    if (at < 0) return {&b, -1};
    if (zeros_before.negative || zeros_after.negative)
        return b.fail(ir::sentence("pad", x) << ": a negative number of zeros along axis " << at);
    extent const before = zeros_before.e, after = zeros_after.e;
    list<extent> shape(b.view().shape(x.node().shape));
    shape[at] = b.extents().add(b.extents().add(before, shape[at]), after);
    list<std::int64_t> attributes;
    for (int i = 0; i < x.rank(); ++i) {
        attributes.push(i == at ? before.code : 0);
        attributes.push(1);
    }
    int const id = x.id();
    return b.add(ir::op<ops::pad>, x.type(), b.shape(shape), {&id, 1}, attributes);
}

/// The values one after another along an axis; all other extents agree.
template <class... A>
    requires Symbols<A...>
constexpr symbol concatenate(int axis, A const&... values) {
    symbol const x[] = {values.traced()...};
    for (symbol s : x)
        if (!s.valid()) return s;
    ir::builder& b = *x[0].builder();
    for (symbol s : x)
        if (s.builder() != &b)
            return b.fail("concatenate: operands belong to different traces");
    int const at = detail::checked_axis(x[0], axis, "concatenate");
    if (at < 0) return {&b, -1};
    list<extent> shape(b.view().shape(x[0].node().shape));
    list<int> ids;
    dtype type = x[0].type();
    for (symbol s : x) type = promote(type, s.type());
    for (symbol s : x) {
        bool fits = s.rank() == x[0].rank();
        for (int i = 0; fits && i < s.rank(); ++i)
            fits = i == at || b.extents().assume_equal(s.size(i), x[0].size(i));
        if (!fits)
            return b.fail(ir::sentence("concatenate", x[0], s, "and")
                          << " differ beside axis " << at);
        if (!ids.empty()) shape[at] = b.extents().add(shape[at], s.size(at));
        ids.push(ir::cast(s, type).id());
    }
    std::int64_t const attribute = at;
    return b.add(ir::op<ops::concatenate>, type, b.shape(shape), ids, {&attribute, 1});
}

WEFT_EAGER(broadcast_to)
WEFT_EAGER(reshape)
WEFT_EAGER(transpose)
WEFT_EAGER(slice)
WEFT_EAGER(concatenate)
WEFT_EAGER_SIZED(broadcast_to)
WEFT_EAGER_SIZED(reshape)

}  // namespace weft

#endif
