// SPDX-License-Identifier: BSL-1.0
// Factorisations with orthogonal factors: qr, eigh, svd. Each is one array with its factors one
// behind the other, taken apart by slices, which move nothing. Where singular values or
// eigenvalues are equal, derivatives of the vectors do not exist: they come out as NaN or infinite.
#pragma once

#include <weft/linalg/cholesky.hpp>
#include <weft/linalg/matrix.hpp>
#include <weft/linalg/orthogonal_kernels.hpp>

namespace weft::linalg {

/// a = q r: orthonormal columns, and an upper triangle.
struct qr_result {
    symbol q, r;
};
/// a = vectors diag(values) vectors^T: ascending values; vectors are columns.
struct eigh_result {
    symbol values, vectors;
};
/// a = u diag(s) vt: descending s; u has orthonormal columns, vt orthonormal rows.
struct svd_result {
    symbol u, s, vt;
};

namespace detail {

/// Elements first, first + 1, ... of the last axis as matrices (or vectors, if columns is 0).
constexpr symbol piece(symbol flat, extent first, extent rows, extent columns) {
    ir::builder& b = *flat.builder();
    bool const matrix = columns != extent{0} || rows == extent{0};
    extent const count = matrix ? b.extents().multiply(rows, columns) : rows;
    symbol const part = slice(flat, -1, first, b.extents().add(first, count));
    if (!part.valid() || !matrix) return part;
    list<extent> shape(b.view().shape(part.node().shape));
    shape.back() = rows;
    shape.push(columns);
    return weft::detail::reshape_to(part, b.shape(shape));
}

/// 1 / (y_j - y_i) in row i, column j of x's matrices; 0 on the diagonal.
constexpr symbol inverse_gaps(symbol y, symbol x) {
    symbol const gap = as_row(y) - as_column(y), same = weft::detail::column_less_row(x) == 0;
    return where(same, 0, 1 / where(same, 1, gap));
}

/// Whether matrices are known to have more columns than rows.
constexpr bool is_wide(symbol a) {
    auto& e = a.builder()->extents();
    extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1);
    return !e.equal(m, n) && e.equal(e.minimum(m, n), m);
}

constexpr symbol scaled_columns(symbol x, symbol v) { return x * as_row(v); }
constexpr symbol scaled_rows(symbol x, symbol v) { return x * as_column(v); }

}  // namespace detail

namespace ops {

/// Q (m, k), then R (k, n) along one axis.
struct qr : detail::of_one_matrix<qr> {
    static constexpr std::string_view name = "linalg.qr";

    static constexpr qr_result parts(symbol a, symbol packed) {
        ir::builder& b = *a.builder();
        extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1),
                     k = b.extents().minimum(m, n);
        return {detail::piece(packed, {0}, m, k),
                detail::piece(packed, b.extents().multiply(m, k), k, n)};
    }
    static constexpr symbol apply(symbol a) {
        auto& e = a.builder()->extents();
        extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1), k = e.minimum(m, n);
        extent const tail = e.add(e.multiply(m, k), e.multiply(k, n));
        return detail::apply(ir::op<qr>, {&a, 1}, a.rank() - 2, {&tail, 1});
    }
    /// Whether derivatives exist: of matrices that are not wider than they are high.
    static constexpr bool is_tall(symbol a) {
        auto& e = a.builder()->extents();
        extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1);
        if (e.equal(e.minimum(m, n), n)) return true;
        a.builder()->fail(ir::sentence("linalg::qr", a)
                          << " has no derivative: it has more columns than rows");
        return false;
    }
    /// x r^-1, or x r^-T.
    static constexpr symbol over(symbol x, symbol r, bool transposed) {
        return detail::turned(
            triangular_solve::apply(r, detail::turned(x), {false, !transposed, false}));
    }
    /// Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2018).
    static constexpr void vjp(ir::pullback& p) {
        symbol const a = p.operand(0);
        if (!is_tall(a)) return;
        auto const [q, r] = parts(a, p.result());
        auto const [dq, dr] = parts(a, p.cotangent);
        symbol const m = matmul(r, detail::turned(triu(dr))) - matmul(detail::turned(dq), q);
        symbol const even = tril(m) + detail::turned(tril(m, -1));
        p.add(0, over(dq + matmul(q, even), r, true));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const a = p.operand(0), da = p.tangent(0);
        if (!da.valid() || !is_tall(a)) return {};
        auto const [q, r] = parts(a, p.result());
        symbol const x = over(da, r, false), inner = matmul(detail::turned(q), x);
        symbol const low = tril(inner, -1), turn = low - detail::turned(low);
        symbol const dq = matmul(q, turn - inner) + x, dr = matmul(inner - turn, r);
        return join(p.result(), dq, dr);
    }
    /// Values one behind the other, as `packed` has them.
    template <class... Part>
    static constexpr symbol join(symbol packed, Part... parts) {
        ir::builder& b = *packed.builder();
        auto const flat = [&](symbol x) {
            list<extent> shape;
            for (int i = 0; i < packed.rank() - 1; ++i) shape.push(packed.size(i));
            extent count{1};
            for (int i = packed.rank() - 1; i < x.rank(); ++i)
                count = b.extents().multiply(count, x.size(i));
            shape.push(count);
            return weft::detail::reshape_to(x, b.shape(shape));
        };
        return concatenate(packed.rank() - 1, flat(parts)...);
    }
    static constexpr extent flops(ir::sizing const& s) {
        auto const shape = s.operand_shape(0);
        extent const n = s.extents.minimum(shape[shape.size() - 2], shape.back());
        return detail::share(s, shape, n, 4, 1);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t m, std::int64_t n) {
        kernels::qr(a, to, m, n);
    }
};

/// A row of eigenvalues, then the vectors.
struct eigh : detail::of_one_matrix<eigh> {
    static constexpr std::string_view name = "linalg.eigh";

    static constexpr eigh_result parts(symbol packed) {
        symbol const row = slice(packed, -2, 0, 1);
        list<extent> shape(packed.builder()->view().shape(row.node().shape));
        shape[shape.size() - 2] = shape.back();
        shape.pop();
        return {weft::detail::reshape_to(row, packed.builder()->shape(shape)),
                slice(packed, -2, 1, packed.size(packed.rank() - 2))};
    }
    static constexpr symbol apply(symbol a) {
        extent const n = a.size(a.rank() - 1);
        extent const tail[] = {a.builder()->extents().add(n, extent{1}), n};
        return detail::apply(ir::op<eigh>, {&a, 1}, a.rank() - 2, {tail, 2});
    }
    static constexpr void vjp(ir::pullback& p) {
        auto const [w, v] = parts(p.result());
        auto const [dw, dv] = parts(p.cotangent);
        symbol const vt = detail::turned(v), turn = matmul(vt, dv);
        symbol const inner = detail::inverse_gaps(w, turn) * turn +
                             detail::identity_like(turn) * detail::as_row(dw);
        p.add(0, matmul(v, matmul(inner, vt)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const da = p.tangent(0);
        if (!da.valid()) return {};
        auto const [w, v] = parts(p.result());
        symbol const inner = matmul(detail::turned(v), matmul(da, v));
        symbol const dw = diagonal(inner);
        symbol const dv = matmul(v, detail::inverse_gaps(w, inner) * inner);
        return concatenate(p.result().rank() - 2, detail::as_row(dw), dv);
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.operand_shape(0), s.operand_shape(0).back(), 9, 1);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t, std::int64_t n) {
        kernels::eigh(a, to, n);
    }
};

/// U (m, k), s (k), V^T (k, n) along one axis.
struct svd : detail::of_one_matrix<svd> {
    static constexpr std::string_view name = "linalg.svd";

    static constexpr svd_result parts(symbol a, symbol packed) {
        auto& e = a.builder()->extents();
        extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1), k = e.minimum(m, n);
        extent const at_s = e.multiply(m, k), at_vt = e.add(at_s, k);
        return {detail::piece(packed, {0}, m, k), detail::piece(packed, at_s, k, {0}),
                detail::piece(packed, at_vt, k, n)};
    }
    static constexpr symbol apply(symbol a) {
        auto& e = a.builder()->extents();
        extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1), k = e.minimum(m, n);
        extent const tail = e.add(e.multiply(m, k), e.add(k, e.multiply(k, n)));
        return detail::apply(ir::op<svd>, {&a, 1}, a.rank() - 2, {&tail, 1});
    }
    /// x - u u^T x: what is not in the span of u's columns; none is there of a square u.
    static constexpr symbol outside(symbol u, symbol x) {
        return x - matmul(u, matmul(detail::turned(u), x));
    }
    static constexpr bool has_outside(symbol u) {
        auto& e = u.builder()->extents();
        return !e.equal(u.size(u.rank() - 1), u.size(u.rank() - 2));
    }
    /// Townsend, "Differentiating the singular value decomposition" (2016).
    static constexpr void vjp(ir::pullback& p) {
        symbol const a = p.operand(0);
        auto const [u, s, vt] = parts(a, p.result());
        auto const [du, ds, dvt] = parts(a, p.cotangent);
        symbol const ut = detail::turned(u), v = detail::turned(vt), dv = detail::turned(dvt);
        symbol const turn_u = matmul(ut, du), turn_v = matmul(vt, dv);
        symbol const gaps = detail::inverse_gaps(s * s, turn_u);
        symbol const inner =
            detail::scaled_columns(gaps * (turn_u - detail::turned(turn_u)), s) +
            detail::scaled_rows(gaps * (turn_v - detail::turned(turn_v)), s) +
            detail::identity_like(turn_u) * detail::as_row(ds);
        symbol d = matmul(u, matmul(inner, vt));
        if (has_outside(u))
            d = d + matmul(detail::scaled_columns(outside(u, du), 1 / s), vt);
        if (has_outside(v))
            d = d + matmul(u, detail::scaled_rows(detail::turned(outside(v, dv)), 1 / s));
        p.add(0, d);
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const a = p.operand(0), da = p.tangent(0);
        if (!da.valid()) return {};
        auto const [u, s, vt] = parts(a, p.result());
        symbol const ut = detail::turned(u), v = detail::turned(vt);
        symbol const inner = matmul(ut, matmul(da, v));
        symbol const ds = diagonal(inner), gaps = detail::inverse_gaps(s * s, inner);
        symbol const right = detail::scaled_columns(inner, s), left = detail::scaled_rows(inner, s);
        symbol du = matmul(u, gaps * (right + detail::turned(right)));
        symbol dv = matmul(v, gaps * (left + detail::turned(left)));
        if (has_outside(u))
            du = du + detail::scaled_columns(outside(u, matmul(da, v)), 1 / s);
        if (has_outside(v))
            dv = dv + detail::scaled_columns(outside(v, matmul(detail::turned(da), u)), 1 / s);
        return qr::join(p.result(), du, ds, detail::turned(dv));
    }
    static constexpr extent flops(ir::sizing const& s) {
        auto const shape = s.operand_shape(0);
        extent const n = s.extents.minimum(shape[shape.size() - 2], shape.back());
        return detail::share(s, shape, n, 20, 1);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t m, std::int64_t n) {
        kernels::svd(a, to, m, n);
    }
};

}  // namespace ops

/// The reduced factorisation: for x of shape (m, n) and k = min(m, n), q is (m, k) and r is (k, n).
/// Derivatives for matrices whose first k columns are independent; where the extents are bound at
/// the call only, m >= n must follow from them.
template <Symbolic A>
constexpr qr_result qr(A const& x) {
    symbol const a = detail::matrices("linalg::qr", x.traced(), false);
    if (!a.valid()) return {a, a};
    if (!detail::is_wide(a)) return ops::qr::parts(a, ops::qr::apply(a));
    // The columns behind those of a square matrix only follow.
    extent const m = a.size(a.rank() - 2), n = a.size(a.rank() - 1);
    symbol const left = slice(a, -1, 0, m), right = slice(a, -1, m, n);
    auto const [q, r] = ops::qr::parts(left, ops::qr::apply(left));
    return {q, concatenate(-1, r, matmul(detail::turned(q), right))};
}

/// Eigenvalues and eigenvectors of symmetric matrices; of another matrix, those of its symmetric
/// part.
template <Symbolic A>
constexpr eigh_result eigh(A const& x) {
    symbol const a = detail::matrices("linalg::eigh", x.traced(), true);
    if (!a.valid()) return {a, a};
    return ops::eigh::parts(ops::eigh::apply(0.5 * (a + detail::turned(a))));
}

/// The reduced singular value decomposition: u is (m, k), s is (k), vt is (k, n), k = min(m, n).
template <Symbolic A>
constexpr svd_result svd(A const& x) {
    symbol const a = detail::matrices("linalg::svd", x.traced(), false);
    if (!a.valid()) return {a, a, a};
    return ops::svd::parts(a, ops::svd::apply(a));
}

/// The x with the smallest |a x - b|, for `a` of full rank; where it has more columns than rows, the
/// smallest x with a x = b. Which of both is asked for must be known when it is compiled.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol least_squares(A const& a, B const& b) {
    symbol const x = detail::matrices("linalg::least_squares", a.traced(), false), y = b.traced();
    if (!x.valid() || !y.valid()) return {a.traced().builder(), -1};
    bool const wide = detail::is_wide(x);
    auto const [q, r] = qr(wide ? detail::turned(x) : x);
    if (wide) return matmul(q, triangular_solve(r, y, {.lower = false, .transposed = true}));
    return triangular_solve(r, matmul(detail::turned(q), y), {.lower = false});
}

/// The Moore-Penrose inverse; singular values below `tolerance` times the largest count as zero.
template <class A, class S = double>
    requires Symbolic<A> && SymbolsOrNumbers<A, S>
constexpr symbol pseudo_inverse(A const& x, S const& tolerance = 1e-6) {
    auto const [u, s, vt] = svd(x);
    if (!u.valid()) return u;
    symbol const least = tolerance * max(s, axis<-1>, keep);
    symbol const inverse = where(s > least, 1 / where(s > least, s, 1), 0);
    return matmul(detail::scaled_columns(detail::turned(vt), inverse), detail::turned(u));
}

}  // namespace weft::linalg

namespace weft::ir {
template <> struct struct_of<hash("linalg.qr")> { using type = linalg::ops::qr; };
template <> struct struct_of<hash("linalg.eigh")> { using type = linalg::ops::eigh; };
template <> struct struct_of<hash("linalg.svd")> { using type = linalg::ops::svd; };
}  // namespace weft::ir
