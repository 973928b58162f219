// SPDX-License-Identifier: BSL-1.0
// sort, argsort, top_k, searchsorted; their kernels are in sort_kernels.hpp.
#pragma once

#include <utility>

#include <weft/ops/along_axis.hpp>
#include <weft/ops/sort_kernels.hpp>

namespace weft {

/// From the largest to the smallest: `sort(x, axis<0>, descending)`.
struct descending_t {};
inline constexpr descending_t descending{};

namespace ops {

/// Base of operations along the last axis, whose first attribute says whether from the largest on.
struct row_order : ir::operation_base {
    static constexpr auto kind = ir::kind::whole;
    static constexpr int cost = 10;
    static constexpr symbol batch(ir::batching& b) { return b.apply(b.attributes()); }
    /// Of entries of so many bytes.
    static constexpr extent memory(ir::sizing const& s, int bytes) {
        return s.extents.multiply(extent{bytes},
                                  sorting::room(s.extents, s.operand_shape(0).back()));
    }
    static constexpr int key_bytes(ir::sizing const& s) {
        return size_of(s.graph.nodes[s.graph.operand(s.node, 0)].type) == 8 ? 8 : 4;
    }
    template <class Shape>
    static std::int64_t rows(Shape const& shape) {
        std::int64_t n = 1;
        for (int i = 0; i + 1 < shape.size(); ++i) n *= shape[i];
        return n;
    }
};

/// The places of the elements in sorted order, int32. Stable.
struct argsort : row_order {
    static constexpr std::string_view name = "argsort";
    static constexpr symbol apply(symbol x, std::int64_t down) {
        return whole<argsort>(dtype::int32, x.node().shape, {x}, {down});
    }
    static constexpr extent workspace(ir::sizing const& s) { return memory(s, 2 * key_bytes(s)); }
    template <class Call>
    static void run(Call const& c) noexcept {
        std::int64_t const n = c.shape().back();
        sorting::order<Call>(c.template operand<0>(), c.result(), rows(c.shape()), n, n,
                             c.attributes[0] != 0, c.workspace());
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const n = c.result_shape().back();
        auto* const memory = new sorting::wide[static_cast<std::size_t>(2 * n + 1)];
        sorting::order<ir::reference_call>(c.operands[0], c.result, rows(c.result_shape()), n, n,
                                           c.attribute(0) != 0, memory);
        delete[] memory;
    }
};

/// The elements of each row in order.
struct sort : row_order {
    static constexpr std::string_view name = "sort";
    template <class Rule>
    static constexpr symbol places(Rule const& p) {
        return argsort::apply(p.operand(0), p.attributes()[0]);
    }
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0);
        p.add(0, scatter_along::apply(places(p), p.cotangent, x.node().shape, x.rank() - 1));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        return take_along::apply(p.tangent(0), places(p), p.operand(0).rank() - 1);
    }
    static constexpr extent workspace(ir::sizing const& s) { return memory(s, key_bytes(s)); }
    template <class Call>
    static void run(Call const& c) noexcept {
        sorting::values<Call>(c.template operand<0>(), c.result(), rows(c.shape()),
                              c.shape().back(), c.attributes[0] != 0, c.workspace());
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const n = c.result_shape().back();
        auto* const memory =
            new std::uint64_t[static_cast<std::size_t>((2 + sorting::lanes) * n + 1)];
        sorting::values<ir::reference_call>(c.operands[0], c.result, rows(c.result_shape()), n,
                                            c.attribute(0) != 0, memory);
        delete[] memory;
    }
};

/// The places of the k largest elements of each row, the largest first; k is the last extent of the
/// result.
struct top_places : ir::operation_base {
    static constexpr std::string_view name = "top_places";
    static constexpr auto kind = ir::kind::whole;
    static constexpr extent flops(ir::sizing const& s) {
        return s.extents.multiply(extent{2}, s.count(s.operand_shape(0)));
    }
    static constexpr std::int64_t least_room = 64;
    static constexpr std::int64_t room(std::int64_t k) {
        return 4 * k > least_room ? 4 * k : least_room;
    }
    static constexpr symbol batch(ir::batching& b) { return b.apply(b.attributes()); }
    static constexpr extent workspace(ir::sizing const& s) {
        auto& e = s.extents;
        extent const room = e.maximum(e.multiply(extent{4}, s.shape().back()), extent{least_room});
        int const bytes = 2 * row_order::key_bytes(s);
        return e.maximum(e.multiply(extent{2 * bytes}, room), row_order::memory(s, bytes));
    }
    template <class Caller, class T, class I>
    static void find(T const* x, I* y, std::int64_t rows, std::int64_t n, std::int64_t k,
                     void* memory) {
        using E = sorting::entry_of<sorting::key_of<T>>;
        if (k == 0) return;
        if (n <= least_room && sorting::in_lanes<E>(rows, n))
            sorting::order<Caller>(x, y, rows, n, k, true, memory);
        else
            sorting::first_places<Caller>(x, y, rows, n, k, room(k), memory);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        find<Call>(c.template operand<0>(), c.result(), row_order::rows(c.shape()),
                   c.operand_shape(0).back(), c.shape().back(), c.workspace());
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t const k = c.result_shape().back();
        auto* const memory = new sorting::wide[static_cast<std::size_t>(2 * room(k))];
        find<ir::reference_call>(c.operands[0], c.result, row_order::rows(c.result_shape()),
                                 c.operand_shape(0).back(), k, memory);
        delete[] memory;
    }
};

/// Where values belong in rows that are sorted. Operands: rows (..., n), values (..., m); the
/// attribute: whether behind equal elements.
struct searchsorted : ir::operation_base {
    static constexpr std::string_view name = "searchsorted";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 2, cost = 16;
    static constexpr symbol batch(ir::batching& b) {
        int const ids[] = {b.spread(0).id(), b.spread(1).id()};
        return b.apply({ids, 2}, b.attributes());
    }
    template <class Caller, class T, class I>
    static void find(T const* rows, T const* values, I* y, std::int64_t count, std::int64_t n,
                     std::int64_t m, bool behind) {
        for (std::int64_t r = 0; r < count; ++r, rows += n)
            for (std::int64_t j = 0; j < m; ++j) {
                auto const v = sorting::to_key(*values++, false, true);
                std::int64_t first = 0;
                for (std::int64_t left = n; left > 0;) {
                    std::int64_t const half = left / 2;
                    auto const k = sorting::to_key(rows[first + half], false, true);
                    bool const right = behind ? !(v < k) : k < v;
                    first = right ? first + half + 1 : first;
                    left = right ? left - half - 1 : half;
                }
                *y++ = static_cast<I>(first);
            }
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        find<Call>(c.template operand<0>(), c.template operand<1>(), c.result(),
                   row_order::rows(c.shape()), c.operand_shape(0).back(), c.shape().back(),
                   c.attributes[0] != 0);
    }
    static void reference_whole(ir::reference_call const& c) {
        find<ir::reference_call>(c.operands[0], c.operands[1], c.result,
                                 row_order::rows(c.result_shape()), c.operand_shape(0).back(),
                                 c.result_shape().back(), c.attribute(0) != 0);
    }
};

}  // namespace ops

namespace detail {

template <class Make>
constexpr symbol along_last(symbol x, int axis, Make make) {
    int const last = x.rank() - 1;
    symbol const y = make(move_axis(x, axis, last));
    return y.valid() ? move_axis(y, last, axis) : y;
}

/// Without an axis the last one.
template <class Op, int... A>
constexpr symbol sorted(symbol x, axes_t<A...>, bool down) {
    static_assert(sizeof...(A) <= 1, "weft: elements are sorted along one axis");
    int axis = -1;
    ((axis = A), ...);
    if (!x.valid() || (axis = checked_axis(x, axis, Op::name)) < 0) return {x.builder(), -1};
    if (!is_real(x, Op::name)) return {x.builder(), -1};
    return along_last(x, axis, [&](symbol rows) {
        dtype const type = std::is_same_v<Op, ops::sort> ? x.type() : dtype::int32;
        return ops::whole<Op>(type, rows.node().shape, {rows}, {down});
    });
}

}  // namespace detail

/// The elements in ascending order along an axis, the last by default. NaN comes last, -0 before 0.
template <Symbolic X, int... A>
constexpr symbol sort(X const& x, axes_t<A...> axes = {}) {
    return detail::sorted<ops::sort>(x.traced(), axes, false);
}
/// In descending order, NaN first.
template <Symbolic X, int... A>
constexpr symbol sort(X const& x, axes_t<A...> axes, descending_t) {
    return detail::sorted<ops::sort>(x.traced(), axes, true);
}
/// Which element comes where in sorted order, int32; equal elements keep their order.
template <Symbolic X, int... A>
constexpr symbol argsort(X const& x, axes_t<A...> axes = {}) {
    return detail::sorted<ops::argsort>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol argsort(X const& x, axes_t<A...> axes, descending_t) {
    return detail::sorted<ops::argsort>(x.traced(), axes, true);
}

/// The k largest elements along an axis, the last by default, and their places: `auto [values,
/// indices] = top_k(x, 5)`. The largest comes first, of equal ones the first; NaN is the largest.
template <Symbolic X, int Axis = -1>
constexpr std::pair<symbol, symbol> top_k(X const& a, axis_size k, axes_t<Axis> = {}) {
    symbol const x = a.traced(), none{x.builder(), -1};
    if (!x.valid()) return {x, x};
    ir::builder& b = *x.builder();
    int const axis = detail::checked_axis(x, Axis, "top_k");
    if (axis < 0 || !detail::is_real(x, "top_k")) return {none, none};
    extent const n = x.size(axis);
    auto& e = b.extents();
    bool const fits = !k.negative && (e.is_nonnegative(e.subtract(n, k.e)) ||
                                      e.assume_equal(e.maximum(k.e, n), n));
    if (!fits) {
        text t = ir::sentence("top_k", x) << " has no ";
        if (k.negative)
            t << k.negative;
        else
            e.write(t, k.e);
        b.fail(t << " elements along axis " << axis);
        return {none, none};
    }
    symbol const places = detail::along_last(x, axis, [&](symbol rows) {
        return ops::whole<ops::top_places>(
            dtype::int32, detail::shape_with(rows, rows.rank() - 1, k.e), {rows}, {});
    });
    return {ops::take_along::apply(x, places, axis), places};
}

namespace detail {

constexpr symbol search(symbol rows, symbol values, bool behind) {
    if (!rows.valid()) return rows;
    if (!values.valid()) return values;
    ir::builder& b = *rows.builder();
    if (values.builder() != &b) return b.fail("searchsorted: operands belong to different traces");
    bool const single = rows.rank() == 1;
    bool fits = single || (rows.rank() > 0 && values.rank() == rows.rank());
    for (int i = 0; fits && !single && i + 1 < rows.rank(); ++i)
        fits = b.extents().assume_equal(rows.size(i), values.size(i));
    if (!fits)
        return b.fail(ir::sentence("searchsorted", rows, values, "and")
                      << ": one sorted row, or a row for each row of values");
    if (!is_real(rows, "searchsorted") || !is_real(values, "searchsorted")) return {&b, -1};
    dtype const type = promote(rows.type(), values.type());
    int const shape = values.node().shape;
    if (single) {
        extent const n = element_count(b, shape);
        values = reshape_to(values, b.shape({&n, 1}));
    }
    symbol const y =
        ops::whole<ops::searchsorted>(dtype::int32, values.node().shape,
                                      {ir::cast(rows, type), ir::cast(values, type)}, {behind});
    return reshape_to(y, shape);
}

}  // namespace detail

/// Where each value belongs in a sorted row, before equal elements, int32: rows[i - 1] < value <=
/// rows[i]. `rows` has one axis, or the leading axes of `values`.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol searchsorted(A const& rows, B const& values) {
    return detail::search(rows.traced(), values.traced(), false);
}
/// Behind equal elements: rows[i - 1] <= value < rows[i].
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol searchsorted_right(A const& rows, B const& values) {
    return detail::search(rows.traced(), values.traced(), true);
}

namespace ir {
template <>
struct struct_of<hash("sort")> {
    using type = ops::sort;
};
template <>
struct struct_of<hash("argsort")> {
    using type = ops::argsort;
};
template <>
struct struct_of<hash("top_places")> {
    using type = ops::top_places;
};
template <>
struct struct_of<hash("searchsorted")> {
    using type = ops::searchsorted;
};
}  // namespace ir
WEFT_EAGER(sort)
WEFT_EAGER(argsort)
WEFT_EAGER(searchsorted)
WEFT_EAGER(searchsorted_right)

}  // namespace weft
