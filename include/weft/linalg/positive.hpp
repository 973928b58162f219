// SPDX-License-Identifier: BSL-1.0
// Systems of symmetric positive definite matrices through their Cholesky factor.
#pragma once

#include <weft/linalg/cholesky.hpp>

namespace weft::linalg {

namespace kernels {

/// x of L L^T x = b, m columns.
template <class T>
void cholesky_solve(T const* factor, T const* b, T* x, std::int64_t n, std::int64_t m) {
    mapped_const<T> const l(factor, n, n);
    mapped<T> to(x, n, m);
    to = mapped_const<T>(b, n, m);
    l.template triangularView<Eigen::Lower>().solveInPlace(to);
    l.transpose().template triangularView<Eigen::Upper>().solveInPlace(to);
}

}  // namespace kernels

namespace ops {

/// Operands: L of A = L L^T, A, which only derivatives look at, and b. A^-1 b.
struct positive_solve : detail::matrix_operation {
    static constexpr std::string_view name = "linalg.positive_solve";
    static constexpr int arity = 3;

    static constexpr symbol apply(symbol l, symbol a, symbol b) {
        symbol const operands[] = {l, a, b};
        extent const tail[] = {b.size(b.rank() - 2), b.size(b.rank() - 1)};
        return detail::apply(ir::op<positive_solve>, {operands, 3}, b.rank() - 2, {tail, 2});
    }
    static constexpr symbol simplify(ir::rewrite& r) {
        if (r.operands[0] == r.operands[1]) return r.no_change();
        int const ids[] = {r.operands[0], r.operands[0], r.operands[2]};
        return r.builder.add(ir::op<positive_solve>, r.was().type, r.was().shape, {ids, 3});
    }
    /// The cotangent of A is that of a symmetric argument.
    static constexpr void vjp(ir::pullback& p) {
        symbol const l = p.operand(0), a = p.operand(1), x = p.result();
        symbol const d = apply(l, a, p.cotangent);
        p.add(2, d);
        if (!p.wants(1)) return;
        symbol const both = matmul(d, detail::turned(x));
        p.add(1, -0.5 * (both + detail::turned(both)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const l = p.operand(0), a = p.operand(1), da = p.tangent(1);
        if (!da.valid() && !p.tangent(2).valid()) return {};
        symbol right = p.tangent_or_zero(2);
        if (da.valid()) right = right - matmul(0.5 * (da + detail::turned(da)), p.result());
        return apply(l, a, right);
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.operand_shape(0).back(), 2, 1);
    }
    template <class T>
    static void each(T const* l, T const* b, T* x, range<std::int64_t> shape) {
        std::int64_t const n = detail::back(shape, 2), m = detail::back(shape, 1),
                           count = detail::batch_count(shape, 2);
        for (std::int64_t i = 0; i < count; ++i)
            kernels::cholesky_solve(l + i * n * n, b + i * n * m, x + i * n * m, n, m);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.template operand<2>(), c.result(), c.shape());
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.operands[2], c.result, c.result_shape());
    }
};

}  // namespace ops

/// x of a x = b for symmetric positive definite matrices, of which the lower triangle is read: half
/// the work of `solve`. Shapes are those of `solve`. NaN where `a` is not positive definite. The
/// derivative is that of a symmetric argument.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol solve_positive(A const& a, B const& b) {
    auto const s = detail::fitting("linalg::solve_positive", a.traced(), b.traced());
    if (!s.a.valid() || !s.b.valid()) return {a.traced().builder(), -1};
    return detail::as_given(ops::positive_solve::apply(ops::cholesky_of(s.a), s.a, s.b), s.vector);
}

}  // namespace weft::linalg

namespace weft::ir {
template <> struct struct_of<hash("linalg.positive_solve")> {
    using type = linalg::ops::positive_solve;
};
}  // namespace weft::ir
