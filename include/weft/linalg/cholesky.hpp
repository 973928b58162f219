// SPDX-License-Identifier: BSL-1.0
// Cholesky factors of positive definite matrices, and systems of triangular ones.
#pragma once

#include <weft/linalg/kernels.hpp>
#include <weft/linalg/matrix.hpp>

namespace weft::linalg {

/// Which triangle of a matrix is read, whether it is transposed first, and whether its diagonal is
/// taken as ones.
struct triangle {
    bool lower = true, transposed = false, unit = false;
};

namespace ops {

/// op(T) x = b. Attributes: those of `triangle`.
struct triangular_solve : detail::matrix_operation {
    static constexpr std::string_view name = "linalg.triangular_solve";
    static constexpr int arity = 2;

    static constexpr symbol apply(symbol t, symbol b, triangle of) {
        symbol const operands[] = {t, b};
        extent const tail[] = {b.size(b.rank() - 2), b.size(b.rank() - 1)};
        std::int64_t const attributes[] = {of.lower, of.transposed, of.unit};
        return detail::apply(ir::op<triangular_solve>, {operands, 2}, b.rank() - 2, {tail, 2},
                             {attributes, 3});
    }
    static constexpr triangle kind_of(range<std::int64_t> a) {
        return {a[0] != 0, a[1] != 0, a[2] != 0};
    }
    /// Of a matrix, what is read.
    static constexpr symbol part(symbol x, triangle of) {
        return of.lower ? tril(x, of.unit ? -1 : 0) : triu(x, of.unit ? 1 : 0);
    }
    static constexpr void vjp(ir::pullback& p) {
        triangle const of = kind_of(p.attributes());
        symbol const t = p.operand(0), x = p.result();
        symbol const d = apply(t, p.cotangent, {of.lower, !of.transposed, of.unit});
        p.add(1, d);
        if (p.wants(0))
            p.add(0, part(of.transposed ? -matmul(x, detail::turned(d))
                                        : -matmul(d, detail::turned(x)),
                          of));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        triangle const of = kind_of(p.attributes());
        symbol const dt = p.tangent(0);
        if (!dt.valid() && !p.tangent(1).valid()) return {};
        symbol right = p.tangent_or_zero(1);
        if (dt.valid()) {
            symbol const read = part(dt, of);
            right = right - matmul(of.transposed ? detail::turned(read) : read, p.result());
        }
        return apply(p.operand(0), right, of);
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.operand_shape(0).back(), 1, 1);
    }
    template <class T>
    static void each(T const* t, T const* b, T* x, range<std::int64_t> shape,
                     std::int64_t const* a) {
        std::int64_t const n = detail::back(shape, 2), m = detail::back(shape, 1),
                           count = detail::batch_count(shape, 2);
        for (std::int64_t i = 0; i < count; ++i)
            kernels::triangular_solve(t + i * n * n, b + i * n * m, x + i * n * m, n, m, a[0] != 0,
                                      a[1] != 0, a[2] != 0);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.template operand<1>(), c.result(), c.shape(), c.attributes);
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.operands[1], c.result, c.result_shape(),
             c.graph.attributes(c.node).first);
    }
};

/// A = L L^T. Derivatives: Murray, "Differentiation of the Cholesky decomposition" (2016).
struct cholesky : detail::of_one_matrix<cholesky> {
    static constexpr std::string_view name = "linalg.cholesky";

    /// The lower triangle with half of the diagonal.
    static constexpr symbol halved(symbol x) { return 0.5 * (tril(x) + tril(x, -1)); }
    static constexpr void vjp(ir::pullback& p) {
        symbol const l = p.result();
        symbol const inner = halved(matmul(detail::turned(l), tril(p.cotangent)));
        // L^-T inner L^-1, the second factor as (L^-T inner^T)^T.
        symbol const left = triangular_solve::apply(l, inner, {.transposed = true});
        symbol const both = detail::turned(
            triangular_solve::apply(l, detail::turned(left), {.transposed = true}));
        p.add(0, 0.5 * (both + detail::turned(both)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const l = p.result(), da = p.tangent(0);
        if (!da.valid()) return {};
        symbol const even = 0.5 * (da + detail::turned(da));
        symbol const left = triangular_solve::apply(l, even, {});
        symbol const both = triangular_solve::apply(l, detail::turned(left), {});
        return matmul(l, halved(both));
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.shape().back(), 1, 3);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t, std::int64_t n) {
        kernels::cholesky(a, to, n);
    }
};

constexpr symbol cholesky_of(symbol a) {
    extent const n = a.size(a.rank() - 1), tail[] = {n, n};
    return detail::apply(ir::op<cholesky>, {&a, 1}, a.rank() - 2, {tail, 2});
}

}  // namespace ops

/// The lower triangular l with l l^T = x for symmetric positive definite matrices, of which the
/// lower triangle is read; zeros above. NaN where x is not positive definite. The derivative is
/// that of a symmetric argument.
template <Symbolic A>
constexpr symbol cholesky(A const& x) {
    symbol const a = detail::matrices("linalg::cholesky", x.traced(), true);
    return a.valid() ? ops::cholesky_of(a) : a;
}

/// x of t x = b, where one triangle of t is read, as `of` says: `{.lower = false}`.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol triangular_solve(A const& t, B const& b, triangle of = {}) {
    auto const s = detail::fitting("linalg::triangular_solve", t.traced(), b.traced());
    if (!s.a.valid() || !s.b.valid()) return {t.traced().builder(), -1};
    return detail::as_given(ops::triangular_solve::apply(s.a, s.b, of), s.vector);
}

/// x of a x = b from l = cholesky(a).
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol cholesky_solve(A const& l, B const& b) {
    return triangular_solve(l, triangular_solve(l, b), {.transposed = true});
}

}  // namespace weft::linalg

namespace weft::ir {
template <> struct struct_of<hash("linalg.cholesky")> { using type = linalg::ops::cholesky; };
template <> struct struct_of<hash("linalg.triangular_solve")> {
    using type = linalg::ops::triangular_solve;
};
}  // namespace weft::ir
