// SPDX-License-Identifier: BSL-1.0
// The functions of linear algebra as entries of a tape: what each computes, what it keeps, and its
// operation again with a known result, from which the core makes the way back.
#pragma once

#include <weft/autodiff/matrix_program.hpp>
#include <weft/linalg/linalg.hpp>

namespace weft::linalg {

/// The entries as functions of symbols: what they compute, what they keep for their derivatives,
/// and how these read it (weft::detail::known_result).
namespace entries {

using weft::detail::entry_again;
using weft::detail::fresh;
using weft::detail::known_result;

struct of_values {
    static constexpr bool reads_arguments = false;
    /// A square matrix that no rule reads, as large as the one that has these factors.
    static constexpr symbol square_of(symbol factors) {
        return fresh(slice(factors, 0, 0, factors.size(1)));
    }
    static constexpr symbol one_number(symbol x) { return detail::as_column(detail::as_column(x)); }
};

struct solve : of_values {
    static constexpr int arguments = 2;
    static constexpr symbol value(symbol a, symbol b) { return linalg::solve(a, b); }
    static constexpr symbol kept(symbol a, symbol) { return ops::factors(a); }
    static constexpr entry_again again(symbol f, symbol x) {
        std::int64_t const transposed = 0;
        symbol const a = square_of(f), b = fresh(x);
        return {known_result<ops::lu_solve>::of(x, {&transposed, 1}, f, a, b), {a, b}};
    }
};
struct solve_positive : of_values {
    static constexpr int arguments = 2;
    static constexpr symbol value(symbol a, symbol b) { return linalg::solve_positive(a, b); }
    static constexpr symbol kept(symbol a, symbol) { return ops::cholesky_of(a); }
    static constexpr entry_again again(symbol l, symbol x) {
        symbol const a = fresh(l), b = fresh(x);
        return {known_result<ops::positive_solve>::of(x, {}, l, a, b), {a, b}};
    }
};
struct inverse : of_values {
    static constexpr int arguments = 1;
    static constexpr symbol value(symbol a) { return linalg::inverse(a); }
    static constexpr symbol kept(symbol a) { return ops::factors(a); }
    static constexpr entry_again again(symbol f, symbol x) {
        std::int64_t const transposed = 0;
        symbol const a = fresh(x);
        return {
            known_result<ops::lu_solve>::of(x, {&transposed, 1}, f, a, detail::identity_like(x)),
            {a}};
    }
};
template <ops::lu_determinant::which What>
struct determinant_of : of_values {
    static constexpr int arguments = 1;
    static constexpr symbol value(symbol a) {
        return one_number(ops::determinant_of("linalg::determinant", a, What));
    }
    static constexpr symbol kept(symbol a) { return ops::factors(a); }
    static constexpr entry_again again(symbol f, symbol) {
        symbol const a = square_of(f);
        return {one_number(ops::lu_determinant::apply(f, a, What)), {a}};
    }
};
struct cholesky : of_values {
    static constexpr int arguments = 1;
    static constexpr symbol value(symbol a) { return linalg::cholesky(a); }
    static constexpr entry_again again(symbol l) {
        symbol const a = fresh(l);
        return {known_result<ops::cholesky>::of(l, {}, a), {a}};
    }
};
struct cholesky_solve : of_values {
    static constexpr int arguments = 2;
    static constexpr bool reads_arguments = true;
    static constexpr symbol value(symbol l, symbol b) { return linalg::cholesky_solve(l, b); }
    static constexpr entry_again again(symbol factor, symbol, symbol x) {
        std::int64_t const first[] = {1, 0, 0}, second[] = {1, 1, 0};
        symbol const l = fresh(factor), b = fresh(x), half = matmul(detail::turned(factor), x);
        return {
            known_result<ops::triangular_solve>::of(
                x, {second, 3}, l, known_result<ops::triangular_solve>::of(half, {first, 3}, l, b)),
            {l, b}};
    }
};
/// The eigenvalues as a row above the vectors.
struct eigh : of_values {
    static constexpr int arguments = 1;
    static constexpr symbol value(symbol a) { return ops::eigh::apply(even(a)); }
    static constexpr entry_again again(symbol packed) {
        symbol const a = square_of(packed);
        return {known_result<ops::eigh>::of(packed, {}, even(a)), {a}};
    }
    static constexpr symbol even(symbol a) { return 0.5 * (a + detail::turned(a)); }
};
struct eigvalsh : of_values {
    static constexpr int arguments = 1;
    static constexpr symbol value(symbol a) { return values_of(eigh::value(a)); }
    static constexpr symbol kept(symbol a) { return eigh::value(a); }
    /// diag(V^T A V) moves as the values do, also where some of them are equal.
    static constexpr entry_again again(symbol packed, symbol) {
        symbol const a = square_of(packed), v = ops::eigh::parts(packed).vectors;
        symbol const turned = matmul(detail::turned(v), matmul(eigh::even(a), v));
        return {detail::as_column(diagonal(turned)), {a}};
    }
    static constexpr symbol values_of(symbol packed) {
        return detail::as_column(ops::eigh::parts(packed).values);
    }
};

}  // namespace entries

}  // namespace weft::linalg
