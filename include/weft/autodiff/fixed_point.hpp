// SPDX-License-Identifier: BSL-1.0
// Fixed points x = g(x, p) as functions of p. The iteration is not differentiated, the equation
// is: what a small change of x does dies away at the same rate, on the way there and back.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <weft/autodiff/external.hpp>
#include <weft/autodiff/implicit_equation.hpp>

namespace weft {

/// Ends an iteration: a step that changes no number by more than `tolerance` times one and the
/// largest of them; behind `most_steps` an exception.
struct iteration {
    double tolerance = 1e-12;
    std::size_t most_steps = 1000;
};

namespace detail {

/// x = step(x) until it stays.
template <class T, class Step>
std::vector<T> iterated(std::vector<T> x, iteration const& until, char const* what, Step step) {
    double change = 0;
    for (std::size_t k = 0; k < until.most_steps; ++k) {
        std::vector<T> next = step(x);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = next[i] - x[i];
        change = largest_part(x);
        x.swap(next);
        if (change <= until.tolerance * (1 + largest_part(x))) return x;
    }
    text s("weft::fixed_point: ");
    s << what << ' ' << static_cast<std::int64_t>(until.most_steps)
      << " steps do not reach the tolerance: the last one changes a number by ";
    raise(write_number(s, change).view());
}

/// The fixed point in numbers N at parameters of any type.
template <class N, class Equation, class P>
std::vector<N> fixed_point_of(Equation const& g, std::vector<N> const& start,
                              std::vector<P> const& p, iteration const& until) {
    if constexpr (std::is_floating_point_v<N>) {
        return iterated(start, until, "the first", [&](auto const& x) { return g(x, p); });
    } else if constexpr (!is_var<N>) {
        using T = plain_number<N>;
        // Derivatives start where values stand already.
        auto const x = fixed_point_of(g, converted<T>(start), converted<T>(p), until);
        return iterated(converted<N>(x), until, "of the derivatives",
                        [&](auto const& y) { return g(y, p); });
    } else {
        using T = typename N::value_type;
        auto const x = fixed_point_of(g, converted<T>(start), converted<T>(p), until);
        if (!current<T, N::is_checked>->owner || !any_active<N>(p)) return converted<N>(x);
        std::vector<N> const in = converted<N>(p);
        std::vector<N> out(x.size());
        external{
            [&](std::span<T const>, std::span<T> y) { std::copy(x.begin(), x.end(), y.begin()); },
            [g, until](std::span<T const> q, std::span<T const> y, std::span<T const> y_bar,
                       std::span<T> q_bar) {
                std::size_t const n = y.size();
                tape<T> one;
                auto const [v, w] = one.inputs(std::vector<T>(y.begin(), y.end()),
                                               std::vector<T>(q.begin(), q.end()));
                auto const r = g(v, w);
                one.stop();
                auto& a = one.single_adjoints();
                std::vector<T> bar(n + q.size());
                std::vector<T> const first(y_bar.begin(), y_bar.end());
                iterated(first, until, "on the way back", [&](std::vector<T> const& x_bar) {
                    for (std::size_t i = 0; i < n; ++i) a.seed(r[i], x_bar[i]);
                    a.sweep();
                    a.take_inputs(bar.data());
                    std::vector<T> next(first);
                    for (std::size_t i = 0; i < n; ++i) next[i] += bar[i];
                    return next;
                });
                for (std::size_t j = 0; j < q.size(); ++j) q_bar[j] = bar[n + j];
            }}(in, out);
        return out;
    }
}

}  // namespace detail

/// The x with x = g(x, p), by iteration from `start`: a number or a container like it. Of several
/// numbers g(x, p, next) fills next, a container like x. The derivative by p is that of the
/// equation (implicit function theorem): on a tape one entry, whose way back is an iteration too,
/// with the transposed derivative of g (Christianson, "Reverse accumulation and attractive fixed
/// points", 1994); of dual numbers the iteration goes on until their derivatives stay.
///
///     auto x = weft::fixed_point([](auto const& x, auto const& p) { return cos(p * x); }, 1.0, p);
///
/// Raises where the tolerance is not reached.
template <class G, class X, class P>
requires Numbers<X> && Numbers<P>
auto fixed_point(G const& g, X const& start, P const& p, iteration const& until = {}) {
    using N =
        detail::common_number<typename detail::numbers<X>::type, typename detail::numbers<P>::type>;
    auto const x = detail::fixed_point_of(detail::equation_of(g, start, p),
                                          detail::converted<N>(detail::number_vector(start)),
                                          detail::number_vector(p), until);
    return detail::unpacked<X>(detail::container_like(start, x));
}

}  // namespace weft
