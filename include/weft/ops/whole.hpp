// SPDX-License-Identifier: BSL-1.0
// What operations with kernels of their own share: a value seen around one axis, the numbers that
// kernels compute with, and nodes. Kernels are templates over their caller, whose type names the
// instruction set: files that are compiled with different flags must not share their code.
#pragma once

#include <initializer_list>
#include <type_traits>

#include <weft/ops/arithmetic.hpp>

namespace weft {

/// From the last element to the first: `cumsum(x, axis<0>, reversed)`.
struct reversed_t {};
inline constexpr reversed_t reversed{};

namespace ops {

/// A row-major value seen from one of its axes: outer x n x inner elements.
struct axis_split {
    std::int64_t outer = 1, n = 1, inner = 1;
};
[[gnu::always_inline]] inline axis_split split_around(range<std::int64_t> shape,
                                                      std::int64_t axis) {
    axis_split s;
    for (int i = 0; i < shape.size(); ++i)
        (i < axis ? s.outer : i > axis ? s.inner : s.n) *= shape[i];
    return s;
}

/// What elements of type T are computed in: bf16 and f16 are stored only.
template <class T>
using number_of = std::conditional_t<std::is_same_v<T, bf16> || std::is_same_v<T, f16>, float, T>;
template <class T>
constexpr number_of<T> to_number(T x) {
    return static_cast<number_of<T>>(x);
}

template <class Op>
constexpr symbol whole(dtype type, int shape, std::initializer_list<symbol> operands,
                       std::initializer_list<std::int64_t> attributes) {
    list<int> ids;
    for (symbol s : operands) {
        if (!s.valid()) return s;
        ids.push(s.id());
    }
    return operands.begin()->builder()->add(
        ir::op<Op>, type, shape, ids, {attributes.begin(), static_cast<int>(attributes.size())});
}

/// The batching rule of operations along the axis that their first attribute names.
constexpr symbol batch_along_axis(ir::batching& b) {
    list<std::int64_t> attributes(b.attributes());
    ++attributes[0];
    list<int> ids;
    for (int i = 0; i < b.operand_count(); ++i) ids.push(b.spread(i).id());
    return b.apply(ids, attributes);
}

}  // namespace ops

namespace detail {

/// The one axis that a call names, counted from the first; without one, x is flattened. Returns -1
/// and records the mistake if it is not there.
template <int... A>
constexpr int one_axis(symbol& x, axes_t<A...>, std::string_view call) {
    static_assert(sizeof...(A) <= 1, "weft: this function runs along one axis");
    if (!x.valid()) return -1;
    if constexpr (sizeof...(A) == 1) {
        return checked_axis(x, A..., call);
    } else {
        extent const n = element_count(*x.builder(), x.node().shape);
        x = reshape_to(x, x.builder()->shape({&n, 1}));
        return 0;
    }
}

/// False and a recorded mistake where elements are complex, for kernels that order or combine real
/// ones.
constexpr bool is_real(symbol x, std::string_view call) {
    if (!x.valid() || !is_complex(x.type())) return x.valid();
    x.builder()->fail(ir::sentence(call, x) << ": elements are real, found " << name(x.type()));
    return false;
}

/// The shape of x with another extent along one axis.
constexpr int shape_with(symbol x, int axis, extent e) {
    list<extent> shape(x.builder()->view().shape(x.node().shape));
    shape[axis] = e;
    return x.builder()->shape(shape);
}

/// x without the axis, whose extent is one.
constexpr symbol drop_axis(symbol x, int axis) {
    list<extent> shape;
    for (int i = 0; i < x.rank(); ++i)
        if (i != axis) shape.push(x.size(i));
    return reshape_to(x, x.builder()->shape(shape));
}

/// The slice [first, first + count) along one axis, where it is known to be there.
constexpr symbol part_of(symbol x, int axis, extent first, extent count) {
    list<std::int64_t> attributes;
    for (int i = 0; i < x.rank(); ++i) {
        attributes.push(i == axis ? first.code : 0);
        attributes.push(1);
    }
    int const id = x.id();
    return x.builder()->add(ir::op<ops::slice>, x.type(), shape_with(x, axis, count), {&id, 1},
                            attributes);
}

/// Axis `from` moved to place `to`; the others keep their order.
constexpr symbol move_axis(symbol x, int from, int to) {
    list<std::int64_t> axes;
    for (int i = 0; i < x.rank(); ++i) {
        if (axes.size() == to) axes.push(from);
        if (i != from) axes.push(i);
    }
    if (axes.size() == to) axes.push(from);
    return ops::transpose::apply(x, axes);
}

/// Zeros of the shape and type of x.
constexpr symbol constant_like(symbol x, double value) {
    return x.builder()->constant(x.type(), x.node().shape, value);
}

}  // namespace detail
}  // namespace weft
