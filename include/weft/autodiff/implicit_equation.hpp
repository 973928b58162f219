// SPDX-License-Identifier: BSL-1.0
// Equations between unknowns x and parameters p as their author writes them, for any numbers: what
// implicit functions evaluate and differentiate.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/plain_number.hpp>

namespace weft::detail {

/// A container of plain numbers like x that owns them, or a plain number: what calls are given a
/// container of other numbers like.
template <class X>
auto plain_container(X const& x) {
    using T = plain_number<typename numbers<X>::type>;
    if constexpr (numbers<X>::single)
        return T(plain_value(x));
    else
        return container_like(x, converted<T>(number_vector(x)));
}

/// Of one unknown f(x, p), a number; of several f(x, p, r), which fills r, a container like x.
template <class F, class X, class P>
struct implicit_equation {
    F f;
    X unknowns;  // of these kinds
    P parameters;

    template <class A, class B>
    auto operator()(std::vector<A> const& x, std::vector<B> const& p) const {
        auto const now = container_like(parameters, p);
        auto const at = container_like(unknowns, x);
        using N = common_number<A, B>;
        auto const r = at_parameters<B>(now)(numbers<X>::argument(at));
        if constexpr (numbers<X>::single)
            return std::vector<N>{r};
        else
            return number_vector(r);
    }
    /// f as a function of x that returns r, where p holds numbers of type B.
    template <class B, class C>
    auto at_parameters(C const& p) const {
        return [this, &p]<class A>(A const& x) {
            decltype(auto) q = numbers<P>::argument(p);
            using N = common_number<typename numbers<A>::type, B>;
            if constexpr (numbers<X>::single) {
                constexpr bool fits = std::is_invocable_v<F const&, A const&, decltype(q)>;
                static_assert(fits,
                              "weft: an equation for one unknown is a function f(x, p) of any "
                              "numbers: [](auto const& x, auto const& p) { return ...; }");
                if constexpr (fits)
                    return N(f(x, q));
                else
                    return N();
            } else {
                auto r = numbers<X>::template like<N>(unknowns);
                constexpr bool fits =
                    std::is_invocable_v<F const&, A const&, decltype(q), decltype(r)&>;
                static_assert(fits,
                              "weft: an equation for several unknowns is a function f(x, p, r) of "
                              "any numbers: [](auto const& x, auto const& p, auto& r) "
                              "{ r[0] = ...; }");
                if constexpr (fits) f(x, q, r);
                return r;
            }
        };
    }
};
template <class F, class X, class P>
auto equation_of(F const& f, X const& x, P const& p) {
    auto unknowns = plain_container(x);
    auto parameters = plain_container(p);
    return implicit_equation<F, decltype(unknowns), decltype(parameters)>{f, std::move(unknowns),
                                                                          std::move(parameters)};
}

/// The largest of all numbers and of their derivatives; NaN where there is one.
template <class T>
double largest_part(T const& x) {
    if constexpr (std::is_floating_point_v<T>) {
        return std::abs(static_cast<double>(x));
    } else {
        double m = largest_part(x.value());
        for (int k = 0; k < x.size(); ++k) {
            double const d = largest_part(x.derivative(k));
            if (!(d <= m)) m = d;
        }
        return m;
    }
}
template <class T>
double largest_part(std::vector<T> const& x) {
    double m = 0;
    for (T const& v : x) {
        double const d = largest_part(v);
        if (!(d <= m)) m = d;
    }
    return m;
}

}  // namespace weft::detail
