// SPDX-License-Identifier: BSL-1.0
// Positions and what is chosen by them: iota, one_hot, take and its adjoint scatter_add.
#pragma once

#include <weft/ops/checked.hpp>
#include <weft/ops/layout.hpp>

namespace weft {
namespace ops {

/// The position along the axis that the attribute names.
struct iota : ir::operation_base {
    static constexpr std::string_view name = "iota", onnx = "Range";
    static constexpr auto kind = ir::kind::index;
    static constexpr int arity = 0;
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t n = 1, inner = 1;
        for (int i = 0; i < c.rank(); ++i) n *= c.shape[i];
        auto const axis = static_cast<int>(c.attribute(0));
        for (int i = axis + 1; i < c.rank(); ++i) inner *= c.shape[i];
        for (std::int64_t i = 0; i < n; ++i)
            c.result[i] = static_cast<double>(i / inner % c.shape[axis]);
    }
};

/// Indices into the tables of a batch, one table behind the other. An index outside its own table
/// is clamped, or it would find another one.
constexpr symbol batch_rows(ir::batching const& b, int operand, extent rows) {
    ir::builder& g = b.builder;
    symbol i = b.spread(operand);
    if (size_of(i.type()) < 4) i = ir::cast(i, dtype::int32);
    int const shape = i.node().shape;
    symbol const count = g.number(rows, i.type(), shape);
    i = weft::maximum(weft::minimum(i, count - 1), 0);
    list<extent> column(i.rank(), extent{1});
    column[0] = b.size;
    std::int64_t const axis = 0;
    symbol const table = g.add(ir::op<iota>, i.type(), g.shape(column), {}, {&axis, 1});
    return i + ir::broadcast(table, shape) * count;
}
/// The shape of the tables of a batch, one behind the other.
constexpr int batch_table(ir::batching const& b, symbol table) {
    list<extent> shape(b.builder.view().shape(table.node().shape));
    shape[0] = b.builder.extents().multiply(b.size, shape[0]);
    return b.builder.shape(shape);
}

/// Rows of a table: result[i..., d...] = table[indices[i...], d...]. An index outside the table
/// is clamped to its first or last row.
struct take : ir::operation_base {
    static constexpr std::string_view name = "take", onnx = "Gather";
    static constexpr auto kind = ir::kind::gather;
    static constexpr int arity = 2, cost = 0;
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(0).valid()) return {};
        int const ids[] = {p.tangent(0).id(), p.operand_id(1)};
        return p.builder.copy(p.node, {ids, 2});
    }
    static constexpr symbol batch(ir::batching& b) {
        symbol table = b.operand(0), rows = b.batch(1);
        if (symbol const tables = b.batch(0); tables.valid()) {
            rows = batch_rows(b, 1, table.size(0));
            table = reshape::apply(tables, batch_table(b, table));
        }
        int const ids[] = {table.id(), rows.id()};
        return b.apply({ids, 2}, {});
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t rows = c.operand_shapes[0][0], width = 1, n = 1;
        for (int i = 1; i < c.operand_rank(0); ++i) width *= c.operand_shapes[0][i];
        for (int i = 0; i < c.operand_rank(1); ++i) n *= c.operand_shapes[1][i];
        for (std::int64_t i = 0; i < n && rows > 0; ++i) {
            auto row = static_cast<std::int64_t>(c.operands[1][i]);
            row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
            for (std::int64_t j = 0; j < width; ++j)
                c.result[i * width + j] = c.operands[0][row * width + j];
        }
    }
};

/// A table of zeros into whose rows the updates are added: the adjoint of take. Operands:
/// indices, updates.
struct scatter_add : ir::operation_base {
    static constexpr std::string_view name = "scatter_add", onnx = "ScatterND";
    static constexpr auto kind = ir::kind::scatter;
    static constexpr int arity = 2;
    static constexpr void vjp(ir::pullback& p) {
        int const ids[] = {p.cotangent.id(), p.operand_id(0)};
        symbol const u = p.operand(1);
        p.add(1, p.builder.add(ir::op<take>, u.type(), u.node().shape, {ids, 2}));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(1).valid()) return {};
        int const ids[] = {p.operand_id(0), p.tangent(1).id()};
        return p.builder.copy(p.node, {ids, 2});
    }
    static constexpr symbol batch(ir::batching& b) {
        symbol const table = b.result();
        list<extent> const shape(b.builder.view().shape(table.node().shape));
        int const ids[] = {batch_rows(b, 0, shape[0]).id(), b.spread(1).id()};
        symbol const tables = b.builder.add(ir::op<scatter_add>, table.type(),
                                            batch_table(b, table), {ids, 2});
        return reshape::apply(tables, b.shape(shape));
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t rows = c.shape[0], width = 1, n = 1;
        for (int i = 1; i < c.rank(); ++i) width *= c.shape[i];
        for (int i = 0; i < c.operand_rank(0); ++i) n *= c.operand_shapes[0][i];
        for (std::int64_t i = 0; i < rows * width; ++i) c.result[i] = 0;
        for (std::int64_t i = 0; i < n && rows > 0; ++i) {
            auto row = static_cast<std::int64_t>(c.operands[0][i]);
            row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
            for (std::int64_t j = 0; j < width; ++j)
                c.result[row * width + j] += c.operands[1][i * width + j];
        }
    }
};

constexpr void take::vjp(ir::pullback& p) {
    int const ids[] = {p.operand_id(1), p.cotangent.id()};
    symbol const table = p.operand(0);
    p.add(0, p.builder.add(ir::op<scatter_add>, table.type(), table.node().shape, {ids, 2}));
}

}  // namespace ops

/// The position along `axis`, as T, in a value of this shape; `like` is any value of the trace.
template <class T = std::int32_t, Traced A>
constexpr symbol iota(A const& like, shape_list shape, int axis = 0) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const rank = static_cast<int>(shape.size());
    std::int64_t const at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
        return b.fail(text("iota: a shape of ") << rank << " axes has no axis " << axis);
    int const s = detail::shape_number(b, shape, "iota");
    return s < 0 ? symbol{&b, -1} : b.add(ir::op<ops::iota>, dtype_of<T>, s, {}, {&at, 1});
}

/// Rows of `table` chosen by integer `indices`: the indices' shape, then the shape of a row.
/// Indices outside the table are clamped.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol take(A const& table, B const& indices) {
    symbol const t = table.traced(), i = indices.traced();
    if (!t.valid()) return t;
    if (!i.valid()) return i;
    ir::builder& b = *t.builder();
    if (i.builder() != &b) return b.fail("take: operands belong to different traces");
    if (!is_integer(i.type()))
        return b.fail(ir::sentence("take", t, i, "at") << ": indices are integers, found "
                                                       << name(i.type()));
    if (t.rank() == 0) return b.fail(ir::sentence("take", t, i, "at") << ": no rows to take");
    list<extent> shape(b.view().shape(i.node().shape));
    for (int a = 1; a < t.rank(); ++a) shape.push(t.size(a));
    int const ids[] = {t.id(), detail::checked_index(i, t.size(0), "take").id()};
    return b.add(ir::op<ops::take>, t.type(), b.shape(shape), {ids, 2});
}

/// Zeros of `rows` rows, with row i of `updates` added to row indices[i].
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol scatter_add(A const& indices, B const& updates, axis_size rows) {
    symbol const i = indices.traced(), u = updates.traced();
    if (!i.valid()) return i;
    if (!u.valid()) return u;
    ir::builder& b = *u.builder();
    if (i.builder() != &b) return b.fail("scatter_add: operands belong to different traces");
    if (rows.negative)
        return b.fail(text("scatter_add: a table of ") << rows.negative << " rows");
    bool fits = i.rank() <= u.rank();
    for (int a = 0; fits && a < i.rank(); ++a)
        fits = b.extents().assume_equal(i.size(a), u.size(a));
    if (!fits || !is_integer(i.type()))
        return b.fail(ir::sentence("scatter_add", i, u, "and")
                      << ": integer indices name the leading axes of the updates");
    list<extent> shape{rows.e};
    for (int a = i.rank(); a < u.rank(); ++a) shape.push(u.size(a));
    int const ids[] = {detail::checked_index(i, rows.e, "scatter_add").id(), u.id()};
    return b.add(ir::op<ops::scatter_add>, u.type(), b.shape(shape), {ids, 2});
}

/// A row of `classes` zeros with a one at the label, for each label.
template <class T = float, Symbolic A>
constexpr symbol one_hot(A const& labels, axis_size classes) {
    symbol const x = labels.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (classes.negative) return b.fail(text("one_hot: ") << classes.negative << " classes");
    if (!is_integer(x.type()))
        return b.fail(ir::sentence("one_hot", x) << ": labels are integers, found "
                                                 << name(x.type()));
    list<extent> shape(b.view().shape(x.node().shape));
    shape.push(extent{1});
    int const column = b.shape(shape);
    shape.back() = classes.e;
    std::int64_t const at = x.rank();
    symbol const positions = b.add(ir::op<ops::iota>, x.type(), b.shape(shape), {}, {&at, 1});
    return cast<T>(detail::reshape_to(x, column) == positions);
}

namespace calls {
template <class T>
struct one_hot {
    template <class A, class N>
    constexpr symbol operator()(A const& labels, N classes) const {
        return weft::one_hot<T>(labels, classes);
    }
};
}  // namespace calls
template <class T = float, class A, class N>
    requires EagerCall<A> && EagerCall<A, N> && (!std::is_integral_v<N>)
constexpr auto one_hot(A&& labels, N classes) {
    return ir::eager<calls::one_hot<T>>(static_cast<A&&>(labels), classes);
}
WEFT_EAGER(take)
WEFT_EAGER(scatter_add)

namespace calls {
template <class T>
struct one_hot_counted {
    template <class Sizes>
    constexpr symbol operator()(symbol labels, Sizes const& n) const {
        return weft::one_hot<T>(labels, detail::size_of_call(n, 0));
    }
};
struct scatter_add_counted {
    template <class Sizes>
    constexpr symbol operator()(symbol indices, symbol updates, Sizes const& n) const {
        return weft::scatter_add(indices, updates, detail::size_of_call(n, 0));
    }
};
}  // namespace calls

/// Run-time numbers of classes and rows.
template <class T = float, class A, std::integral N>
    requires EagerCall<A>
constexpr auto one_hot(A&& labels, N classes) {
    return ir::eager<calls::one_hot_counted<T>>(static_cast<A&&>(labels),
                                                detail::counts_of("one_hot", {classes}));
}
template <class I, class U, std::integral N>
    requires EagerCall<I, U>
constexpr auto scatter_add(I&& indices, U&& updates, N rows) {
    return ir::eager<calls::scatter_add_counted>(static_cast<I&&>(indices),
                                                 static_cast<U&&>(updates),
                                                 detail::counts_of("scatter_add", {rows}));
}

namespace ir {
template <> struct struct_of<hash("iota")> { using type = ops::iota; };
template <> struct struct_of<hash("take")> { using type = ops::take; };
template <> struct struct_of<hash("scatter_add")> { using type = ops::scatter_add; };
}  // namespace ir
}  // namespace weft
