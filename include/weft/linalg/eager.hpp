// SPDX-License-Identifier: BSL-1.0
// Linear algebra on tensors: the functions of linalg as eager calls. Those of one result are
// expressions like any other, `x = linalg::solve(a, b + 1)`; those of several return tensors,
// `auto [q, r] = linalg::qr(a)`. Operands are read where they are, batches are leading axes.
#pragma once

#include <weft/linalg/linalg.hpp>
#include <weft/program/call.hpp>
#include <weft/tensor/value.hpp>

namespace weft::linalg {

// Of one result: expressions. `solve` and `least_squares` take matrices b, or vectors.
WEFT_EAGER_OF(linalg, solve)
WEFT_EAGER_OF(linalg, inverse)
WEFT_EAGER_OF(linalg, determinant)
WEFT_EAGER_OF(linalg, log_determinant)
WEFT_EAGER_OF(linalg, determinant_sign)
WEFT_EAGER_OF(linalg, cholesky)
WEFT_EAGER_OF(linalg, cholesky_solve)
WEFT_EAGER_OF(linalg, solve_positive)
WEFT_EAGER_OF(linalg, least_squares)
WEFT_EAGER_OF(linalg, pseudo_inverse)
WEFT_EAGER_OF(linalg, expm)

namespace calls {

template <triangle Of>
struct triangular_solve {
    constexpr symbol operator()(symbol t, symbol b) const {
        return linalg::triangular_solve(t, b, Of);
    }
};
struct qr {
    constexpr auto operator()(symbol a) const {
        auto const [q, r] = linalg::qr(a);
        return std::pair{q, r};
    }
};
struct eigh {
    constexpr auto operator()(symbol a) const {
        auto const [values, vectors] = linalg::eigh(a);
        return std::pair{values, vectors};
    }
};
struct svd {
    constexpr auto operator()(symbol a) const {
        auto const [u, s, vt] = linalg::svd(a);
        return std::tuple{u, s, vt};
    }
};

}  // namespace calls

namespace detail {

/// Calls a function of several results.
template <class F, class A>
auto several(A const& a) {
    auto const& x = weft::detail::value_of_operand(a);
    return weft::call(F{}, x);
}

}  // namespace detail

/// `triangular_solve<triangle{.lower = false}>(r, b)`.
template <triangle Of = triangle{}, class A, class B>
    requires EagerCall<A, B>
constexpr auto triangular_solve(A&& t, B&& b) {
    return ir::eager<calls::triangular_solve<Of>>(static_cast<A&&>(t), static_cast<B&&>(b));
}

/// `auto [q, r] = qr(a)`.
template <Concrete A>
auto qr(A const& a) {
    return detail::several<calls::qr>(a);
}
/// `auto [values, vectors] = eigh(a)`.
template <Concrete A>
auto eigh(A const& a) {
    return detail::several<calls::eigh>(a);
}
/// `auto [u, s, vt] = svd(a)`.
template <Concrete A>
auto svd(A const& a) {
    return detail::several<calls::svd>(a);
}

}  // namespace weft::linalg
