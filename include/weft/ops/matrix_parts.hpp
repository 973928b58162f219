// SPDX-License-Identifier: BSL-1.0
// Triangles and diagonals of matrices, which are the last two axes of a value: triu, tril,
// diagonal, diag, trace, eye.
#pragma once

#include <weft/ops/arrange.hpp>
#include <weft/ops/index.hpp>

namespace weft {
namespace detail {

/// Column less row at each place of a matrix, int32.
constexpr symbol column_less_row(ir::builder& b, extent rows, extent columns) {
    extent const shape[] = {rows, columns};
    int const s = b.shape({shape, 2});
    auto const along = [&](std::int64_t axis) {
        extent const one[] = {axis == 0 ? rows : extent{1}, axis == 1 ? columns : extent{1}};
        return ir::broadcast(
            b.add(ir::op<ops::iota>, dtype::int32, b.shape({one, 2}), {}, {&axis, 1}), s);
    };
    return along(1) - along(0);
}
constexpr symbol column_less_row(symbol x) {
    return column_less_row(*x.builder(), x.size(x.rank() - 2), x.size(x.rank() - 1));
}

constexpr bool is_matrix(symbol x, std::string_view call) {
    if (!x.valid()) return false;
    if (x.rank() >= 2) return true;
    x.builder()->fail(ir::sentence(call, x) << " is no matrix");
    return false;
}

/// The number of a diagonal: of C++, of its type, or of an eager call.
template <class K>
constexpr auto whole_number(K const& k) {
    if constexpr (Traced<K>)
        return k;
    else
        return static_cast<int>(k);
}

}  // namespace detail

/// The matrices of x with zeros below diagonal k, which is above the main one where k > 0.
template <Symbolic X, class K = int>
    requires SymbolsOrNumbers<X, K> || std::is_convertible_v<K, int>
constexpr symbol triu(X const& a, K const& k = 0) {
    symbol const x = a.traced();
    if (!detail::is_matrix(x, "triu")) return {x.builder(), -1};
    return where(detail::column_less_row(x) >= detail::whole_number(k), x, 0);
}
/// The matrices of x with zeros above diagonal k.
template <Symbolic X, class K = int>
    requires SymbolsOrNumbers<X, K> || std::is_convertible_v<K, int>
constexpr symbol tril(X const& a, K const& k = 0) {
    symbol const x = a.traced();
    if (!detail::is_matrix(x, "tril")) return {x.builder(), -1};
    return where(detail::column_less_row(x) <= detail::whole_number(k), x, 0);
}

/// Ones on diagonal k of a matrix of zeros; `like` is any value of the trace.
template <class T = float, Symbolic A>
constexpr symbol eye(A const& like, axis_size rows, axis_size columns, int k = 0) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (rows.negative || columns.negative)
        return b.fail(text("eye: a matrix of ")
                      << (rows.negative ? rows.negative : columns.negative)
                      << (rows.negative ? " rows" : " columns"));
    return cast<T>(detail::column_less_row(b, rows.e, columns.e) == k);
}
template <class T = float, Symbolic A>
constexpr symbol eye(A const& like, axis_size n) {
    return eye<T>(like, n, n);
}

/// Diagonal k of the matrices of x, as a new last axis.
template <Symbolic X>
constexpr symbol diagonal(X const& a, int k = 0) {
    symbol const x = a.traced();
    if (!detail::is_matrix(x, "diagonal")) return {x.builder(), -1};
    ir::builder& b = *x.builder();
    auto& e = b.extents();
    int const rank = x.rank();
    extent const rows = x.size(rank - 2), columns = x.size(rank - 1);
    extent const below{k < 0 ? -k : 0}, above{k > 0 ? k : 0};
    auto const less = [&](extent n, extent by) {
        return e.subtract(e.maximum(n, by), by);  // not below zero
    };
    extent const length = e.minimum(less(rows, below), less(columns, above));
    // Every (columns + 1)-th element of the matrix as one row.
    list<extent> shape(b.view().shape(x.node().shape));
    shape.pop();
    shape.back() = e.multiply(rows, columns);
    symbol const flat = detail::reshape_to(x, b.shape(shape));
    shape.back() = length;
    if (columns.is_static() && length.is_static()) {
        list<std::int64_t> attributes;
        for (int i = 0; i + 1 < flat.rank(); ++i) attributes.push(0), attributes.push(1);
        attributes.push(length.value() == 0 ? 0 : below.value() * columns.value() + above.value());
        attributes.push(columns.value() + 1);
        int const id = flat.id();
        return b.add(ir::op<ops::slice>, x.type(), b.shape(shape), {&id, 1}, attributes);
    }
    // The step of a slice is a number: the rows of a run-time width are summed up instead.
    symbol const found = sum(where(detail::column_less_row(x) == k, x, 0), axis<-1>);
    return detail::part_of(found, rank - 2, below, length);
}

/// The sum of diagonal k of the matrices of x.
template <Symbolic X>
constexpr symbol trace(X const& a, int k = 0) {
    return sum(diagonal(a, k), axis<-1>);
}

/// Of a vector the matrix with it on diagonal k and zeros elsewhere, of matrices their diagonal k.
template <Symbolic X>
constexpr symbol diag(X const& a, int k = 0) {
    symbol const x = a.traced();
    if (!x.valid() || x.rank() != 1)
        return x.valid() && x.rank() == 0
                   ? x.builder()->fail(ir::sentence("diag", x) << " is no vector and no matrix")
                   : diagonal(x, k);
    ir::builder& b = *x.builder();
    auto& e = b.extents();
    int const left = k > 0 ? k : 0, above = k < 0 ? -k : 0;
    extent const n = e.add(x.size(0), {left + above});
    extent const wide[] = {{1}, n};
    // Element j of the vector stands in column left + j.
    symbol row = x;
    if (k != 0) {
        std::int64_t const attributes[] = {left, 1};
        int const id = x.id();
        row = b.add(ir::op<ops::pad>, x.type(), b.shape({&n, 1}), {&id, 1}, {attributes, 2});
    }
    row = detail::reshape_to(row, b.shape({wide, 2}));
    return where(detail::column_less_row(b, n, n) == k, row, 0);
}

WEFT_EAGER(triu)
WEFT_EAGER(tril)
WEFT_EAGER(diagonal)
WEFT_EAGER(trace)
WEFT_EAGER(diag)

}  // namespace weft
