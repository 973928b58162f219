// SPDX-License-Identifier: BSL-1.0
// odeint: solves y' = f(t, y, p) for numbers, dual numbers and variables. Differentiated by y0 and
// p, on a tape by the steps that were taken or by the adjoint equation: autodiff/ode_adjoint.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/containers.hpp>
#include <weft/autodiff/ode_adjoint.hpp>

namespace weft {
namespace detail {

/// The states at all times, one behind the other.
template <class N, class Method, class F, class P>
std::vector<N> ode_states(F const& f, std::vector<N> y, std::vector<double> const& times,
                          std::vector<P> const& p, Method method) {
    right_side<F, P> const rhs{f, p};
    std::vector<N> rows(y);
    stepper<Method, N> s(method, times[0], std::move(y));
    for (std::size_t i = 1; i < times.size(); ++i) {
        s.advance(rhs, times[i], no_observer{});
        rows.insert(rows.end(), s.state().begin(), s.state().end());
    }
    return rows;
}

inline void check_times(std::vector<double> const& times) {
    if (times.size() < 2) raise("weft::odeint: expected a first time and one at least behind it");
    for (std::size_t i = 1; i < times.size(); ++i)
        if (!(times[i] > times[i - 1])) {
            text s("weft::odeint: times increase, found ");
            write_number(s, times[i]) << " behind ";
            raise(write_number(s, times[i - 1]).view());
        }
}

template <class F, class Y, class P, class Method, class Adjoint>
auto ode_rows(F const& f, Y const& y0, std::vector<double> const& times, P const& p, Method method,
              Adjoint adjoint) {
    using N = common_number<typename numbers<Y>::type, typename numbers<P>::type>;
    check_times(times);
    auto const y = number_vector(y0);
    auto const q = number_vector(p);
    if constexpr (is_var<N>) {
        using T = typename N::value_type;
        if (current<T, N::is_checked>->owner && (any_active<N>(y) || any_active<N>(q)))
            return recorded_states(f, converted<N>(y), times, q, method, adjoint);
        return converted<N>(ode_states(f, converted<T>(y), times, converted<T>(q), method));
    } else {
        return ode_states(f, converted<N>(y), times, q, method);
    }
}

template <class X>
concept Times = requires(X const& x) {
    static_cast<double>(x[0]);
    x.size();
};

}  // namespace detail

/// y(t1) of y' = f(t, y, p), y(t0) = y0: a container like y0. `f(t, y, p, dy)` is given a double
/// and spans, writes dy, and is called with plain numbers, dual numbers and variables:
///
///     auto y = weft::odeint([](double, auto y, auto p, auto dy) {
///                               dy[0] = y[1];
///                               dy[1] = -p[0] * y[0];
///                           }, y0, 0, 10, p, weft::dormand_prince{.relative = 1e-9});
///
/// y0 and p are containers of numbers; variables among them are differentiated by, as `adjoint`
/// says: discrete_adjoint or continuous_adjoint. Other numbers f may capture. Steps follow from
/// values alone. Raises where times do not increase, where a solution is not finite, and where the
/// steps are exhausted.
template <class F, class Y, class P, class Method = dormand_prince,
          class Adjoint = discrete_adjoint>
requires Numbers<Y> && Numbers<P>
auto odeint(F const& f, Y const& y0, double t0, double t1, P const& p, Method method = {},
            Adjoint adjoint = {}) {
    auto const rows = detail::ode_rows(f, y0, {t0, t1}, p, method, adjoint);
    using N = typename std::remove_cvref_t<decltype(rows)>::value_type;
    return detail::container_like(y0,
                                  std::span<N const>(rows).subspan(detail::numbers<Y>::size(y0)));
}

/// The same at several times, of which the first is that of y0: y(time, number). Steps end at these
/// times.
template <class F, class Y, detail::Times T, class P, class Method = dormand_prince,
          class Adjoint = discrete_adjoint>
requires Numbers<Y> && Numbers<P>
auto odeint(F const& f, Y const& y0, T const& times, P const& p, Method method = {},
            Adjoint adjoint = {}) {
    std::vector<double> t;
    using index = decltype(times.size());
    for (index i = 0; i < times.size(); ++i) t.push_back(static_cast<double>(times[i]));
    auto const rows = detail::ode_rows(f, y0, t, p, method, adjoint);
    using N = typename std::remove_cvref_t<decltype(rows)>::value_type;
    std::size_t const n = detail::numbers<Y>::size(y0);
    dense_matrix<N> y(t.size(), n);
    for (std::size_t i = 0; i < rows.size(); ++i) y(i / n, i % n) = rows[i];
    return y;
}

/// The solution at any time between t0 and t1, as an object to call: `s(t)` is a std::vector. Of
/// plain and dual numbers.
template <class F, class Y, class P, class Method = dormand_prince>
requires Numbers<Y> && Numbers<P>
auto odeint_dense(F const& f, Y const& y0, double t0, double t1, P const& p, Method method = {}) {
    using N =
        detail::common_number<typename detail::numbers<Y>::type, typename detail::numbers<P>::type>;
    static_assert(!detail::is_var<N>,
                  "weft::odeint_dense: of plain and dual numbers; of variables ask odeint for the "
                  "times that are wanted");
    std::vector<double> const times{t0, t1};
    detail::check_times(times);
    return detail::ode_dense(f, detail::converted<N>(detail::number_vector(y0)), times,
                             detail::number_vector(p), method);
}

}  // namespace weft
