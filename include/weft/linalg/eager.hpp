// SPDX-License-Identifier: BSL-1.0
// Linear algebra on tensors: the functions of linalg as eager calls. Those of one result are
// expressions like any other, `x = linalg::solve(a, b + 1)`; those of several return tensors,
// `auto [q, r] = linalg::qr(a)`. Operands are read where they are, batches are leading axes.
#pragma once

#include <weft/linalg/linalg.hpp>
#include <weft/program/call.hpp>
#include <weft/tensor/value.hpp>

namespace weft {

namespace calls::linalg {

struct solve {
    constexpr symbol operator()(symbol a, symbol b) const { return weft::linalg::solve(a, b); }
};
struct inverse {
    constexpr symbol operator()(symbol a) const { return weft::linalg::inverse(a); }
};
struct determinant {
    constexpr symbol operator()(symbol a) const { return weft::linalg::determinant(a); }
};
struct log_determinant {
    constexpr symbol operator()(symbol a) const { return weft::linalg::log_determinant(a); }
};
struct determinant_sign {
    constexpr symbol operator()(symbol a) const { return weft::linalg::determinant_sign(a); }
};
struct cholesky {
    constexpr symbol operator()(symbol a) const { return weft::linalg::cholesky(a); }
};
struct cholesky_solve {
    constexpr symbol operator()(symbol l, symbol b) const {
        return weft::linalg::cholesky_solve(l, b);
    }
};
template <weft::linalg::triangle Of>
struct triangular_solve {
    constexpr symbol operator()(symbol t, symbol b) const {
        return weft::linalg::triangular_solve(t, b, Of);
    }
};
struct least_squares {
    constexpr symbol operator()(symbol a, symbol b) const {
        return weft::linalg::least_squares(a, b);
    }
};
struct pseudo_inverse {
    template <class... Tolerance>
    constexpr symbol operator()(symbol a, Tolerance const&... tolerance) const {
        return weft::linalg::pseudo_inverse(a, tolerance...);
    }
};
struct expm {
    constexpr symbol operator()(symbol a) const { return weft::linalg::expm(a); }
};
struct qr {
    constexpr auto operator()(symbol a) const {
        auto const [q, r] = weft::linalg::qr(a);
        return std::pair{q, r};
    }
};
struct eigh {
    constexpr auto operator()(symbol a) const {
        auto const [values, vectors] = weft::linalg::eigh(a);
        return std::pair{values, vectors};
    }
};
struct svd {
    constexpr auto operator()(symbol a) const {
        auto const [u, s, vt] = weft::linalg::svd(a);
        return std::tuple{u, s, vt};
    }
};

}  // namespace calls::linalg

namespace linalg {

namespace detail {

/// Calls a function of several results.
template <class F, class A>
auto several(A const& a) {
    auto const& x = weft::detail::value_of_operand(a);
    return weft::call(F{}, x);
}

}  // namespace detail

/// x of a x = b, for matrices b or vectors.
template <class A, class B>
    requires EagerCall<A, B>
constexpr auto solve(A&& a, B&& b) {
    return ir::eager<calls::linalg::solve>(static_cast<A&&>(a), static_cast<B&&>(b));
}
template <class A>
    requires EagerCall<A>
constexpr auto inverse(A&& a) {
    return ir::eager<calls::linalg::inverse>(static_cast<A&&>(a));
}
template <class A>
    requires EagerCall<A>
constexpr auto determinant(A&& a) {
    return ir::eager<calls::linalg::determinant>(static_cast<A&&>(a));
}
template <class A>
    requires EagerCall<A>
constexpr auto log_determinant(A&& a) {
    return ir::eager<calls::linalg::log_determinant>(static_cast<A&&>(a));
}
template <class A>
    requires EagerCall<A>
constexpr auto determinant_sign(A&& a) {
    return ir::eager<calls::linalg::determinant_sign>(static_cast<A&&>(a));
}
/// The lower triangular L of a = L L^T.
template <class A>
    requires EagerCall<A>
constexpr auto cholesky(A&& a) {
    return ir::eager<calls::linalg::cholesky>(static_cast<A&&>(a));
}
template <class A, class B>
    requires EagerCall<A, B>
constexpr auto cholesky_solve(A&& l, B&& b) {
    return ir::eager<calls::linalg::cholesky_solve>(static_cast<A&&>(l), static_cast<B&&>(b));
}
/// `triangular_solve<triangle{.lower = false}>(r, b)`.
template <triangle Of = triangle{}, class A, class B>
    requires EagerCall<A, B>
constexpr auto triangular_solve(A&& t, B&& b) {
    return ir::eager<calls::linalg::triangular_solve<Of>>(static_cast<A&&>(t),
                                                          static_cast<B&&>(b));
}
template <class A, class B>
    requires EagerCall<A, B>
constexpr auto least_squares(A&& a, B&& b) {
    return ir::eager<calls::linalg::least_squares>(static_cast<A&&>(a), static_cast<B&&>(b));
}
template <class A>
    requires EagerCall<A>
constexpr auto pseudo_inverse(A&& a) {
    return ir::eager<calls::linalg::pseudo_inverse>(static_cast<A&&>(a));
}
template <class A>
    requires EagerCall<A>
constexpr auto pseudo_inverse(A&& a, double tolerance) {
    return ir::eager<calls::linalg::pseudo_inverse>(static_cast<A&&>(a), tolerance);
}

template <class A>
    requires EagerCall<A>
constexpr auto expm(A&& a) {
    return ir::eager<calls::linalg::expm>(static_cast<A&&>(a));
}

/// `auto [q, r] = qr(a)`.
template <Concrete A>
auto qr(A const& a) {
    return detail::several<calls::linalg::qr>(a);
}
/// `auto [values, vectors] = eigh(a)`.
template <Concrete A>
auto eigh(A const& a) {
    return detail::several<calls::linalg::eigh>(a);
}
/// `auto [u, s, vt] = svd(a)`.
template <Concrete A>
auto svd(A const& a) {
    return detail::several<calls::linalg::svd>(a);
}

}  // namespace linalg
}  // namespace weft
