// SPDX-License-Identifier: BSL-1.0
// Reading and writing places of a value that indices name: at(x, i, j).get(), .set(u), .add(u),
// .multiply(u), .max(u), .min(u). The updates are applied in row-major order of the indices; an
// index outside of its axis is clamped to the nearer end.
#pragma once

#include <weft/ops/checked.hpp>
#include <weft/ops/index.hpp>
#include <weft/ops/math.hpp>

namespace weft {
namespace ops {

enum class scatter_mode : std::int64_t { set, multiply, max, min };

/// A copy of a table in which rows are combined with updates. Operands: table, indices, updates;
/// the attribute is the mode. Sums have an operation of their own, scatter_add.
struct scatter : ir::operation_base {
    static constexpr std::string_view name = "scatter", onnx = "ScatterND";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 3;

    static constexpr symbol apply(symbol table, symbol at, symbol updates, scatter_mode mode) {
        return whole<scatter>(table.type(), table.node().shape, {table, at, updates},
                              {static_cast<std::int64_t>(mode)});
    }

    template <class Caller, class T, class I, class Join>
    static void each(T* y, I const* at, T const* u, std::int64_t rows, std::int64_t width,
                     std::int64_t count, Join join) {
        for (std::int64_t i = 0; i < count; ++i, u += width) {
            std::int64_t const row = at[i] < I(0) ? 0
                                     : static_cast<std::int64_t>(at[i]) < rows
                                         ? static_cast<std::int64_t>(at[i])
                                         : rows - 1;
            T* const to = y + row * width;
            for (std::int64_t j = 0; j < width; ++j) to[j] = join(to[j], u[j]);
        }
    }
    template <class Caller, class T, class I>
    static void combine(T const* x, I const* at, T const* u, T* y, std::int64_t rows,
                        std::int64_t width, std::int64_t count, scatter_mode mode) {
        __builtin_memcpy(y, x, static_cast<std::size_t>(rows * width) * sizeof(T));
        if (rows == 0) return;
        auto const with = [&](auto join) { each<Caller>(y, at, u, rows, width, count, join); };
        using A = number_of<T>;
        switch (mode) {
            case scatter_mode::set:
                return with([](T, T b) { return b; });
            case scatter_mode::multiply:
                return with([](T a, T b) {
                    return static_cast<T>(static_cast<A>(to_number(a) * to_number(b)));
                });
            case scatter_mode::max:
                return with([](T a, T b) { return a != a || to_number(a) > to_number(b) ? a : b; });
            case scatter_mode::min:
                return with([](T a, T b) { return a != a || to_number(a) < to_number(b) ? a : b; });
        }
    }
    static constexpr void sizes(range<std::int64_t> table, range<std::int64_t> at,
                                std::int64_t& width, std::int64_t& count) {
        for (int i = 1; i < table.size(); ++i) width *= table[i];
        for (std::int64_t e : at) count *= e;
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        std::int64_t width = 1, count = 1;
        sizes(c.shape(), c.operand_shape(1), width, count);
        combine<Call>(c.template operand<0>(), c.template operand<1>(), c.template operand<2>(),
                      c.result(), c.shape()[0], width, count,
                      static_cast<scatter_mode>(c.attributes[0]));
    }
    static void reference_whole(ir::reference_call const& c) {
        std::int64_t width = 1, count = 1;
        sizes(c.result_shape(), c.operand_shape(1), width, count);
        combine<ir::reference_call>(c.operands[0], c.operands[1], c.operands[2], c.result,
                                    c.shape[0], width, count,
                                    static_cast<scatter_mode>(c.attribute(0)));
    }
    static constexpr symbol batch(ir::batching& b) {
        symbol const table = b.operand(0), tables = b.spread(0);
        list<extent> const shape(b.builder.view().shape(table.node().shape));
        symbol const made = whole<scatter>(table.type(), batch_table(b, table),
                                           {reshape::apply(tables, batch_table(b, table)),
                                            batch_rows(b, 1, shape[0]), b.spread(2)},
                                           {b.attributes()[0]});
        return reshape::apply(made, b.shape(shape));
    }

    /// Of a node: what its derivatives are made of. `sum` adds updates to zeros in the table's
    /// shape, `rows` takes rows of a table.
    struct terms {
        symbol table, at, updates, result;
        scatter_mode mode;

        template <class Rule>
        constexpr explicit terms(Rule const& p)
            : table(p.operand(0)),
              at(p.operand(1)),
              updates(p.operand(2)),
              result(p.result()),
              mode(static_cast<scatter_mode>(p.attributes()[0])) {}

        constexpr ir::builder& g() const { return *table.builder(); }
        constexpr symbol sum(symbol u) const {
            int const ids[] = {at.id(), u.id()};
            return g().add(ir::op<scatter_add>, table.type(), table.node().shape, {ids, 2});
        }
        constexpr symbol rows(symbol t) const {
            int const ids[] = {t.id(), at.id()};
            return g().add(ir::op<take>, t.type(), updates.node().shape, {ids, 2});
        }
        constexpr symbol ones(symbol like) const {
            return g().constant(like.type(), like.node().shape, 1);
        }
        /// x in the shape of the table (or of the updates), one number for each row.
        constexpr symbol along_rows(symbol x, symbol like) const {
            list<extent> shape(g().view().shape(x.node().shape));
            while (shape.size() < like.rank()) shape.push(extent{1});
            return ir::broadcast(reshape::apply(x, g().shape(shape)), like.node().shape);
        }
        /// The number of the update that stands in each row at last, -1 where there is none.
        constexpr symbol last_update() const {
            extent const n = table.size(0);
            symbol const none = g().constant(dtype::int64, g().shape({&n, 1}), -1);
            return apply(none, at, numbers(), scatter_mode::set);
        }
        constexpr symbol numbers() const {
            extent const n = weft::detail::element_count(g(), at.node().shape);
            std::int64_t const axis = 0;
            return reshape::apply(
                g().add(ir::op<iota>, dtype::int64, g().shape({&n, 1}), {}, {&axis, 1}),
                at.node().shape);
        }
        constexpr symbol kept() const { return along_rows(last_update() < 0, table); }
        constexpr symbol is_last() const {
            int const ids[] = {last_update().id(), at.id()};
            symbol const winner = g().add(ir::op<take>, dtype::int64, at.node().shape, {ids, 2});
            return along_rows(winner == numbers(), updates);
        }
        /// Which of the table's elements and of the updates are the extreme, and how many.
        constexpr symbol table_hits() const { return ir::cast(table == result, table.type()); }
        constexpr symbol update_hits() const {
            return ir::cast(updates == rows(result), table.type());
        }
        constexpr symbol hits() const { return table_hits() + sum(update_hits()); }
        /// The product of all updates of each place, and of all but each: zeros are counted apart.
        constexpr symbol product() const {
            return apply(ones(table), at, updates, scatter_mode::multiply);
        }
        constexpr symbol others() const {
            symbol const is_zero = updates == 0, one = ones(updates);
            symbol const nonzero = weft::where(is_zero, one, updates),
                         all = rows(apply(ones(table), at, nonzero, scatter_mode::multiply)),
                         zeros = rows(sum(ir::cast(is_zero, table.type())));
            return weft::where(zeros == 0, all / nonzero,
                               weft::where(weft::logical_and(is_zero, zeros == 1), all, 0));
        }
    };

    static constexpr void vjp(ir::pullback& p) {
        terms const t(p);
        symbol const d = p.cotangent;
        switch (t.mode) {
            case scatter_mode::set:
                if (p.wants(0)) p.add(0, weft::where(t.kept(), d, 0));
                if (p.wants(2)) p.add(2, weft::where(t.is_last(), t.rows(d), 0));
                return;
            case scatter_mode::multiply:
                if (p.wants(0)) p.add(0, d * t.product());
                if (p.wants(2)) p.add(2, t.rows(d * t.table) * t.others());
                return;
            default: {
                symbol const share = d / t.hits();
                if (p.wants(0)) p.add(0, share * t.table_hits());
                if (p.wants(2)) p.add(2, t.rows(share) * t.update_hits());
            }
        }
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(0).valid() && !p.tangent(2).valid()) return {};
        terms const t(p);
        symbol const x = p.tangent_or_zero(0), u = p.tangent_or_zero(2);
        switch (t.mode) {
            case scatter_mode::set:
                return weft::where(t.kept(), x, 0) + t.sum(weft::where(t.is_last(), u, 0));
            case scatter_mode::multiply:
                return x * t.product() + t.table * t.sum(u * t.others());
            default:
                return (x * t.table_hits() + t.sum(u * t.update_hits())) / t.hits();
        }
    }
};

}  // namespace ops

/// Places of x that indices name; see `at`. Only sums are there for complex elements, too.
struct indexed {
    symbol x, table, rows;  ///< x, its first axes as one, and the places in that
    int shape;              ///< of x at the indices

    /// x at the indices.
    constexpr symbol get() const {
        if (!rows.valid()) return rows;
        int const ids[] = {table.id(), rows.id()};
        return x.builder()->add(ir::op<ops::take>, x.type(), shape, {ids, 2});
    }
    /// x with the updates there; of several updates of one place the last one stays.
    template <Operand U>
    constexpr symbol set(U const& updates) const {
        return combined(updates, ops::scatter_mode::set);
    }
    template <Operand U>
    constexpr symbol multiply(U const& updates) const {
        return combined(updates, ops::scatter_mode::multiply);
    }
    template <Operand U>
    constexpr symbol max(U const& updates) const {
        return combined(updates, ops::scatter_mode::max);
    }
    template <Operand U>
    constexpr symbol min(U const& updates) const {
        return combined(updates, ops::scatter_mode::min);
    }
    /// All updates of a place are added.
    template <Operand U>
    constexpr symbol add(U const& updates) const {
        symbol const u = fitting(ir::to_operand(updates));
        if (!u.valid()) return u;
        int const ids[] = {rows.id(), u.id()};
        return back(table + x.builder()->add(ir::op<ops::scatter_add>, x.type(), table.node().shape,
                                             {ids, 2}));
    }

private:
    template <class U>
    constexpr symbol combined(U const& updates, ops::scatter_mode mode) const {
        symbol const u = fitting(ir::to_operand(updates));
        if (!u.valid() || !detail::is_real(x, "at")) return {x.builder(), -1};
        return back(ops::scatter::apply(table, rows, u, mode));
    }
    constexpr symbol back(symbol y) const { return ops::reshape::apply(y, x.node().shape); }
    /// The updates in the type of x, broadcast to x at the indices.
    constexpr symbol fitting(ir::operand u) const {
        if (!rows.valid()) return rows;
        ir::builder& b = *x.builder();
        if (u.kind != weak::none) return b.constant(x.type(), shape, u.number);
        symbol const s = u.value;
        if (!s.valid()) return s;
        if (s.builder() != &b) return b.fail("at: operands belong to different traces");
        if (promote(x.type(), s.type()) != x.type())
            return b.fail(ir::sentence("at", x, s, "and")
                          << ": a value of " << name(x.type()) << " does not hold updates of "
                          << name(s.type()));
        if (ir::broadcast_shape(b, s.node().shape, shape) != shape) {
            text t = ir::sentence("at", x, s, "and") << ": the updates do not broadcast to ";
            ir::write_shape(t, b.view(), shape);
            return b.fail(t);
        }
        return ir::broadcast(ir::cast(s, x.type()), shape);
    }
};

namespace detail {

constexpr indexed at_places(symbol x, range<symbol> given) {
    indexed const none{x, x, {x.builder(), -1}, -1};
    if (!x.valid()) return none;
    ir::builder& b = *x.builder();
    list<symbol> indices(given);
    int joint = b.scalar_shape();
    for (symbol& i : indices) {
        if (!i.valid()) return none;
        if (i.builder() != &b) return b.fail("at: operands belong to different traces"), none;
        if (!is_integer(i.type()))
            return b.fail(ir::sentence("at", x, i, "at")
                          << ": indices are integers, found " << name(i.type())),
                   none;
        joint = ir::broadcast_shape(b, joint, i.node().shape);
        if (joint < 0)
            return b.fail(ir::sentence("at", indices[0], i, "and")
                          << ": the indices do not broadcast"),
                   none;
    }
    int const count = indices.size();
    if (count > x.rank())
        return b.fail(ir::sentence("at", x) << " has no " << count << " axes to index"), none;
    extent rows{1};
    for (int a = 0; a < count; ++a) rows = b.extents().multiply(rows, x.size(a));
    list<extent> table{rows}, shape(b.view().shape(joint));
    for (int a = count; a < x.rank(); ++a) table.push(x.size(a)), shape.push(x.size(a));
    symbol flat;
    // Several axes are one of so many elements: int32 counts them where they are known to be few.
    dtype const type =
        rows.is_static() && rows.value() < (std::int64_t{1} << 31) ? dtype::int32 : dtype::int64;
    for (int a = 0; a < count; ++a) {
        symbol i = ir::broadcast(checked_index(indices[a], x.size(a), "at"), joint);
        if (count == 1) {
            flat = i;
            break;
        }
        symbol const size = b.number(x.size(a), type, joint);
        if (i.type() == dtype::uint64)
            i = minimum(i, b.number(x.size(a), dtype::uint64, joint));
        else if (size_of(i.type()) > size_of(type))
            i = maximum(minimum(i, b.number(x.size(a), i.type(), joint)), -1);
        i = maximum(minimum(ir::cast(i, type), size - 1), 0);
        flat = a == 0 ? i : flat * size + i;
    }
    return {x, reshape_to(x, b.shape(table)), flat, b.shape(shape)};
}

}  // namespace detail

/// The places x[i, j, ...] of integer indices, which broadcast together and name the first axes:
/// at(x, i).add(u), at(x, i, j).set(0), at(x, i, j).get(). Updates broadcast to x at the indices.
template <class X, class... I>
    requires(Symbols<X, I...> && sizeof...(I) > 0)
constexpr indexed at(X const& x, I const&... indices) {
    symbol const all[] = {indices.traced()...};
    return detail::at_places(x.traced(), {all, static_cast<int>(sizeof...(I))});
}

namespace ir {
template <>
struct struct_of<hash("scatter")> {
    using type = ops::scatter;
};
}  // namespace ir
}  // namespace weft
