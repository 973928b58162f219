// SPDX-License-Identifier: BSL-1.0
// Square systems through one LU factorisation: solve, inverse, determinant, log_determinant and
// their derivatives all read the same factors, because equal nodes are one node.
#pragma once

#include <weft/linalg/kernels.hpp>
#include <weft/linalg/matrix.hpp>

namespace weft::linalg {

namespace ops {

/// P A = L U: the factors' n rows, then one with the permutation. No derivative flows through the
/// factors: what uses them has A as an operand, too.
struct lu : detail::of_one_matrix<lu> {
    static constexpr std::string_view name = "linalg.lu";

    static constexpr extent flops(ir::sizing const& s) {
        auto const shape = s.operand_shape(0);
        return detail::share(s, shape, shape.back(), 2, 3);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t, std::int64_t n) {
        kernels::lu(a, to, n);
    }
};

constexpr symbol factors(symbol a) {
    extent const n = a.size(a.rank() - 1);
    extent const tail[] = {a.builder()->extents().add(n, extent{1}), n};
    return detail::apply(ir::op<lu>, {&a, 1}, a.rank() - 2, {tail, 2});
}

/// Base of operations on the factors of A and on A, which only derivatives look at: simplify takes
/// it away.
template <class Op>
struct of_factors : detail::matrix_operation {
    static constexpr symbol simplify(ir::rewrite& r) {
        if (r.operands[0] == r.operands[1]) return r.no_change();
        list<int> ids(r.operands);
        ids[1] = ids[0];
        return r.builder.add(ir::op<Op>, r.was().type, r.was().shape, ids, r.attributes());
    }
};

/// Operands: factors, A, b. A^-1 b, or with the attribute A^-T b.
struct lu_solve : of_factors<lu_solve> {
    static constexpr std::string_view name = "linalg.lu_solve";
    static constexpr int arity = 3;

    static constexpr symbol apply(symbol f, symbol a, symbol b, bool transposed) {
        symbol const operands[] = {f, a, b};
        extent const tail[] = {b.size(b.rank() - 2), b.size(b.rank() - 1)};
        std::int64_t const attribute = transposed;
        return detail::apply(ir::op<lu_solve>, {operands, 3}, b.rank() - 2, {tail, 2},
                             {&attribute, 1});
    }
    static constexpr void vjp(ir::pullback& p) {
        bool const transposed = p.attribute(0) != 0;
        symbol const f = p.operand(0), a = p.operand(1), x = p.result();
        symbol const d = apply(f, a, p.cotangent, !transposed);
        p.add(2, d);
        if (p.wants(1))
            p.add(1, transposed ? -matmul(x, detail::turned(d)) : -matmul(d, detail::turned(x)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        bool const transposed = p.attributes()[0] != 0;
        symbol const f = p.operand(0), a = p.operand(1), da = p.tangent(1);
        if (!da.valid() && !p.tangent(2).valid()) return {};
        symbol right = p.tangent_or_zero(2);
        if (da.valid()) right = right - matmul(transposed ? detail::turned(da) : da, p.result());
        return apply(f, a, right, transposed);
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.operand_shape(0).back(), 2, 1);
    }
    template <class T>
    static void each(T const* f, T const* b, T* x, range<std::int64_t> shape, bool transposed) {
        std::int64_t const n = detail::back(shape, 2), m = detail::back(shape, 1),
                           count = detail::batch_count(shape, 2);
        for (std::int64_t i = 0; i < count; ++i)
            kernels::lu_solve(f + i * n * (n + 1), b + i * n * m, x + i * n * m, n, m, transposed);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.template operand<2>(), c.result(), c.shape(),
             c.attributes[0] != 0);
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.operands[2], c.result, c.result_shape(), c.attribute(0) != 0);
    }
};

/// Operands: factors, A. The derivative of det A by each element, also where A is singular.
struct lu_cofactors : of_factors<lu_cofactors> {
    static constexpr std::string_view name = "linalg.lu_cofactors";
    static constexpr int arity = 2;

    static constexpr symbol apply(symbol f, symbol a) {
        symbol const operands[] = {f, a};
        extent const n = a.size(a.rank() - 1), tail[] = {n, n};
        return detail::apply(ir::op<lu_cofactors>, {operands, 2}, a.rank() - 2, {tail, 2});
    }
    /// dC = trace(A^-1 dA) C - A^-T dA^T C, which a singular matrix has not.
    static constexpr void vjp(ir::pullback& p) {
        symbol const f = p.operand(0), a = p.operand(1), d = p.cotangent, c = p.result();
        symbol const inverse = lu_solve::apply(f, a, detail::identity_like(a), true);
        symbol const along = detail::over_matrices(sum(d * c, axis<-2, -1>), a);
        p.add(1, along * inverse - matmul(c, matmul(detail::turned(d), inverse)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const f = p.operand(0), a = p.operand(1), da = p.tangent(1), c = p.result();
        if (!da.valid()) return {};
        symbol const trace = weft::trace(lu_solve::apply(f, a, da, false));
        return detail::over_matrices(trace, a) * c -
               lu_solve::apply(f, a, matmul(detail::turned(da), c), true);
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.shape().back(), 2, 1);
    }
    template <class T>
    static void each(T const* f, T* to, range<std::int64_t> shape) {
        std::int64_t const n = detail::back(shape, 1), count = detail::batch_count(shape, 2);
        for (std::int64_t i = 0; i < count; ++i)
            kernels::lu_cofactors(f + i * n * (n + 1), to + i * n * n, n);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.result(), c.shape());
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.result, c.result_shape());
    }
};

/// Operands: factors, A. Attribute: which number of the determinant.
struct lu_determinant : of_factors<lu_determinant> {
    static constexpr std::string_view name = "linalg.lu_determinant";
    static constexpr int arity = 2;
    enum which { value, log_size, sign };

    static constexpr symbol apply(symbol f, symbol a, which what) {
        symbol const operands[] = {f, a};
        std::int64_t const attribute = what;
        return detail::apply(ir::op<lu_determinant>, {operands, 2}, a.rank() - 2, {},
                             {&attribute, 1});
    }
    /// d log|det A| = trace(A^-1 dA).
    static constexpr void vjp(ir::pullback& p) {
        if (p.attribute(0) == sign) return;
        symbol const f = p.operand(0), a = p.operand(1);
        symbol const slope = p.attribute(0) == value
                                 ? lu_cofactors::apply(f, a)
                                 : lu_solve::apply(f, a, detail::identity_like(a), true);
        p.add(1, detail::over_matrices(p.cotangent, a) * slope);
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const f = p.operand(0), a = p.operand(1), da = p.tangent(1);
        if (!da.valid() || p.attributes()[0] == sign) return {};
        if (p.attributes()[0] == value) return sum(lu_cofactors::apply(f, a) * da, axis<-2, -1>);
        return weft::trace(lu_solve::apply(f, a, da, false));
    }
    template <class T>
    static void each(T const* f, T* to, range<std::int64_t> shape, std::int64_t what) {
        std::int64_t const n = detail::back(shape, 1), count = detail::batch_count(shape, 2);
        for (std::int64_t i = 0; i < count; ++i) {
            T numbers[3];
            kernels::lu_determinant(f + i * n * (n + 1), n, numbers[log_size], numbers[sign],
                                    numbers[value]);
            to[i] = numbers[what];
        }
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.result(), c.operand_shape(0), c.attributes[0]);
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.result, c.operand_shape(0), c.attribute(0));
    }
};

constexpr symbol determinant_of(std::string_view call, symbol x, lu_determinant::which what) {
    symbol const a = detail::matrices(call, x, true);
    return a.valid() ? lu_determinant::apply(factors(a), a, what) : a;
}

}  // namespace ops

/// x of a x = b for square matrices `a`; leading axes are batches and broadcast. A `b` of one axis
/// is a vector, else the last two axes are columns. Of a singular matrix: infinities and NaN.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol solve(A const& a, B const& b) {
    auto const s = detail::fitting("linalg::solve", a.traced(), b.traced());
    if (!s.a.valid() || !s.b.valid()) return {a.traced().builder(), -1};
    return detail::as_given(ops::lu_solve::apply(ops::factors(s.a), s.a, s.b, false), s.vector);
}

/// The inverse of square matrices. To solve a system, `solve` is more accurate and faster.
template <Symbolic A>
constexpr symbol inverse(A const& x) {
    symbol const a = detail::matrices("linalg::inverse", x.traced(), true);
    if (!a.valid()) return a;
    return ops::lu_solve::apply(ops::factors(a), a, detail::identity_like(a), false);
}

/// The determinant of square matrices. Its first derivative, the cofactors, is there for singular
/// matrices too; the second is NaN there.
template <Symbolic A>
constexpr symbol determinant(A const& x) {
    return ops::determinant_of("linalg::determinant", x.traced(), ops::lu_determinant::value);
}

/// log|det x|, which neither over- nor underflows; -infinity for a singular matrix.
template <Symbolic A>
constexpr symbol log_determinant(A const& x) {
    return ops::determinant_of("linalg::log_determinant", x.traced(),
                               ops::lu_determinant::log_size);
}

/// The sign of the determinant: 1, -1, or 0 for a singular matrix. Its derivative is zero.
template <Symbolic A>
constexpr symbol determinant_sign(A const& x) {
    return ops::determinant_of("linalg::determinant_sign", x.traced(), ops::lu_determinant::sign);
}

}  // namespace weft::linalg

namespace weft::ir {
template <> struct struct_of<hash("linalg.lu")> { using type = linalg::ops::lu; };
template <> struct struct_of<hash("linalg.lu_solve")> { using type = linalg::ops::lu_solve; };
template <> struct struct_of<hash("linalg.lu_cofactors")> {
    using type = linalg::ops::lu_cofactors;
};
template <> struct struct_of<hash("linalg.lu_determinant")> {
    using type = linalg::ops::lu_determinant;
};
}  // namespace weft::ir
