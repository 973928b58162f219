// SPDX-License-Identifier: BSL-1.0
// Elements chosen along one axis by an array of indices, one for each result: take_along_axis, and
// its adjoint, which adds them back. Indices outside the axis are clamped to its ends.
#pragma once

#include <weft/ops/checked.hpp>
#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

namespace along {

template <class I>
[[gnu::always_inline]] inline std::int64_t clamped(I i, std::int64_t n) {
    if constexpr (std::is_unsigned_v<I>)
        return i < static_cast<std::uint64_t>(n) ? static_cast<std::int64_t>(i) : n - 1;
    else
        return i < 0 ? 0
               : i < static_cast<I>(n) || static_cast<std::int64_t>(i) < n
                   ? static_cast<std::int64_t>(i)
                   : n - 1;
}

/// y[o][k][j] = x[o][at[o][k][j]][j]; `s` is of x, `picks` the extent of the axis in y.
template <class Caller, class T, class I>
void take(T const* x, I const* at, T* y, axis_split s, std::int64_t picks) {
    for (std::int64_t o = 0; o < s.outer; ++o, x += s.n * s.inner)
        for (std::int64_t k = 0; k < picks; ++k, at += s.inner, y += s.inner)
            for (std::int64_t j = 0; j < s.inner; ++j)
                y[j] = s.n > 0 ? x[clamped(at[j], s.n) * s.inner + j] : T(0);
}

/// y[o][at[o][k][j]][j] += u[o][k][j], in the order of k.
template <class Caller, class T, class I>
void add(I const* at, T const* u, T* y, axis_split s, std::int64_t picks) {
    std::int64_t const size = s.n * s.inner;
    for (std::int64_t i = 0; i < s.outer * size; ++i) y[i] = T(0);
    if (size == 0) return;
    for (std::int64_t o = 0; o < s.outer; ++o, y += size)
        for (std::int64_t k = 0; k < picks; ++k, at += s.inner, u += s.inner)
            for (std::int64_t j = 0; j < s.inner; ++j) {
                T& to = y[clamped(at[j], s.n) * s.inner + j];
                to = static_cast<T>(to_number(to) + to_number(u[j]));
            }
}

}  // namespace along

/// Operands: values, indices; the attribute is the axis.
struct take_along : ir::operation_base {
    static constexpr std::string_view name = "take_along_axis", onnx = "GatherElements";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 2, cost = 0;
    static constexpr symbol apply(symbol x, symbol at, std::int64_t axis) {
        return whole<take_along>(x.type(), at.node().shape, {x, at}, {axis});
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) {
        return p.tangent(0).valid() ? apply(p.tangent(0), p.operand(1), p.attributes()[0])
                                    : symbol{};
    }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
    template <class Call>
    static void run(Call const& c) noexcept {
        std::int64_t const axis = c.attributes[0];
        along::take<Call>(c.template operand<0>(), c.template operand<1>(), c.result(),
                          split_around(c.operand_shape(0), axis),
                          c.shape()[static_cast<int>(axis)]);
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t const axis = c.attribute(0);
        along::take<ir::reference_call>(c.operands[0], c.operands[1], c.result,
                                        split_around(c.operand_shape(0), axis), c.shape[axis]);
    }
};

/// Zeros to which the updates are added. Operands: indices, updates; the attribute is the axis.
struct scatter_along : ir::operation_base {
    static constexpr std::string_view name = "scatter_along_axis", onnx = "ScatterElements";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 2;
    static constexpr symbol apply(symbol at, symbol updates, int shape, std::int64_t axis) {
        return whole<scatter_along>(updates.type(), shape, {at, updates}, {axis});
    }
    static constexpr void vjp(ir::pullback& p) {
        p.add(1, take_along::apply(p.cotangent, p.operand(0), p.attribute(0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        return p.tangent(1).valid()
                   ? apply(p.operand(0), p.tangent(1), p.result().node().shape, p.attributes()[0])
                   : symbol{};
    }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
    template <class Call>
    static void run(Call const& c) noexcept {
        std::int64_t const axis = c.attributes[0];
        along::add<Call>(c.template operand<0>(), c.template operand<1>(), c.result(),
                         split_around(c.shape(), axis), c.operand_shape(0)[static_cast<int>(axis)]);
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t const axis = c.attribute(0);
        along::add<ir::reference_call>(c.operands[0], c.operands[1], c.result,
                                       split_around(c.result_shape(), axis),
                                       c.operand_shapes[0][axis]);
    }
};

constexpr void take_along::vjp(ir::pullback& p) {
    p.add(0, scatter_along::apply(p.operand(1), p.cotangent, p.operand(0).node().shape,
                                  p.attribute(0)));
}

}  // namespace ops

namespace detail {

constexpr symbol take_along(symbol x, symbol at, int axis) {
    if (!x.valid()) return x;
    if (!at.valid()) return at;
    ir::builder& b = *x.builder();
    auto const sentence = [&] { return ir::sentence("take_along_axis", x, at, "at"); };
    if (at.builder() != &b) return b.fail("take_along_axis: operands belong to different traces");
    if (!is_integer(at.type()))
        return b.fail(sentence() << ": indices are integers, found " << name(at.type()));
    int const a = checked_axis(x, axis, "take_along_axis");
    if (a < 0 || !is_real(x, "take_along_axis")) return {&b, -1};
    if (at.rank() != x.rank()) return b.fail(sentence() << ": as many axes in both");
    // Beside the axis both broadcast.
    list<extent> from, to;
    for (int i = 0; i < x.rank(); ++i) {
        extent const e = x.size(i), f = at.size(i);
        bool const fits =
            i == a || e == extent{1} || f == extent{1} || b.extents().assume_equal(e, f);
        if (!fits) return b.fail(sentence() << ": the extents beside axis " << a << " differ");
        extent const joint = e == extent{1} ? f : e;
        from.push(i == a ? e : joint), to.push(i == a ? f : joint);
    }
    at = checked_index(at, x.size(a), "take_along_axis");
    return ops::take_along::apply(ir::broadcast(x, b.shape(from)), ir::broadcast(at, b.shape(to)),
                                  a);
}

}  // namespace detail

/// result[..., k, ...] = x[..., indices[..., k, ...], ...] along an axis, the last by default: as
/// np.take_along_axis. Beside the axis both broadcast; indices outside of it are clamped.
template <class A, class B, int Axis = -1>
    requires Symbols<A, B>
constexpr symbol take_along_axis(A const& x, B const& indices, axes_t<Axis> = {}) {
    return detail::take_along(x.traced(), indices.traced(), Axis);
}

WEFT_EAGER(take_along_axis)

namespace ir {
template <>
struct struct_of<hash("take_along_axis")> {
    using type = ops::take_along;
};
template <>
struct struct_of<hash("scatter_along_axis")> {
    using type = ops::scatter_along;
};
}  // namespace ir
}  // namespace weft
