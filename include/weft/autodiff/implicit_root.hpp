// SPDX-License-Identifier: BSL-1.0
// Roots f(x, p) = 0 as functions of p: found by Newton's method or by a solver of the user's, and
// differentiated by the implicit function theorem, with one factorisation. Needs Eigen.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <weft/autodiff/drivers.hpp>
#include <weft/autodiff/external.hpp>
#include <weft/autodiff/implicit_equation.hpp>
#include <weft/linalg/kernels.hpp>

namespace weft {

/// Newton's method with halved steps where the residual does not become smaller. It ends with a
/// step that changes no number by more than `tolerance` times one and the largest of them; behind
/// `most_steps` there is an exception.
struct newton {
    double tolerance = 1e-10;
    std::size_t most_steps = 50;
};

namespace detail {

/// A factorised derivative by the unknowns.
template <class T>
class root_derivative {
public:
    template <class Equation>
    root_derivative(Equation const& f, std::vector<T> const& x, std::vector<T> const& p)
        : size_(static_cast<std::int64_t>(x.size())), factors_(x.size() * (x.size() + 1)) {
        auto const q = container_like(f.parameters, p);
        auto const j =
            jacobian<mode::forward>(f.template at_parameters<T>(q),
                                    unpacked<decltype(f.unknowns)>(container_like(f.unknowns, x)));
        std::vector<T> rows(x.size() * x.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            using index = typename numbers<decltype(f.unknowns)>::index;
            rows[i] = j(static_cast<index>(i / x.size()), static_cast<index>(i % x.size()));
        }
        linalg::kernels::lu(rows.data(), factors_.data(), size_);
    }
    /// J^-1 b, or J^-T b; of numbers that carry derivatives each part by itself.
    template <class N>
    std::vector<N> solve(std::vector<N> const& b, bool transposed = false) const {
        std::vector<N> x(b.size());
        if constexpr (std::is_same_v<N, T>) {
            linalg::kernels::lu_solve(factors_.data(), b.data(), x.data(), size_, 1, transposed);
        } else {
            using inner = typename N::value_type;
            std::vector<inner> part(b.size());
            int directions = 0;
            for (std::size_t i = 0; i < b.size(); ++i) {
                part[i] = b[i].value();
                directions = std::max(directions, b[i].size());
            }
            part = solve(part, transposed);
            for (std::size_t i = 0; i < b.size(); ++i) x[i] = N(part[i]);
            for (int d = 0; d < directions; ++d) {
                for (std::size_t i = 0; i < b.size(); ++i) part[i] = b[i].derivative(d);
                part = solve(part, transposed);
                for (std::size_t i = 0; i < b.size(); ++i) x[i].derivative(d, part[i]);
            }
        }
        return x;
    }

private:
    std::int64_t size_;
    std::vector<T> factors_;
};

template <class T, class Equation>
std::vector<T> newton_root(Equation const& f, std::vector<T> x, std::vector<T> const& p,
                           newton const& until) {
    auto const refuse = [&](char const* why, std::size_t steps, double residual) {
        text s("weft::implicit_root: Newton's method ");
        s << why << " after " << static_cast<std::int64_t>(steps) << " steps, with a residual of ";
        raise(write_number(s, residual).view());
    };
    double const least = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
    double const tolerance = std::max(until.tolerance, least);
    std::vector<T> r = f(x, p);
    for (std::size_t k = 0;; ++k) {
        double const residual = largest_part(r);
        if (k == until.most_steps) refuse("does not reach the tolerance", k, residual);
        std::vector<T> const step = root_derivative<T>(f, x, p).solve(r);
        double const size = largest_part(step);
        if (!std::isfinite(size)) refuse("meets a singular derivative", k, residual);
        bool const last = size <= tolerance * (1 + largest_part(x));
        std::vector<T> next(x.size());
        for (T t = 1;; t /= 2) {
            for (std::size_t i = 0; i < x.size(); ++i) next[i] = x[i] - t * step[i];
            r = f(next, p);
            if (last || largest_part(r) <= (1 - 1e-4 * static_cast<double>(t)) * residual) break;
            if (t < static_cast<T>(1e-6)) refuse("finds no smaller residual", k, residual);
        }
        x.swap(next);
        if (last) return x;
    }
}

/// The root in numbers N, where it stands at x.
template <class N, class Equation, class P, class T>
std::vector<N> root_at(Equation const& f, std::vector<P> const& p, std::vector<T> const& x) {
    if constexpr (std::is_floating_point_v<N>) {
        return x;
    } else if constexpr (!is_var<N>) {
        // Each step of Newton's method with the derivative at x makes one more order right.
        root_derivative<T> const by(f, x, converted<T>(p));
        std::vector<N> y = converted<N>(x);
        for (int order = 0; order < active_depth<N>; ++order) {
            std::vector<N> r = f(y, p);
            for (N& v : r) v -= plain_value(v);
            r = by.solve(r);
            for (std::size_t i = 0; i < y.size(); ++i) y[i] -= r[i];
        }
        return y;
    } else {
        using V = typename N::value_type;
        auto const value = root_at<V>(f, converted<V>(p), x);
        if (!current<V, N::is_checked>->owner || !any_active<N>(p)) return converted<N>(value);
        auto const by = std::make_shared<root_derivative<T> const>(f, x, converted<T>(p));
        std::vector<N> const in = converted<N>(p);
        std::vector<N> out(x.size());
        external{[&](std::span<V const>, std::span<V> y) {
                     std::copy(value.begin(), value.end(), y.begin());
                 },
                 [f, by](std::span<V const> q, std::span<V const> y, std::span<V const> y_bar,
                         std::span<V> q_bar) {
                     std::size_t const n = y.size();
                     tape<V> one;
                     auto const [v, w] = one.inputs(std::vector<V>(y.begin(), y.end()),
                                                    std::vector<V>(q.begin(), q.end()));
                     auto const r = f(v, w);
                     one.stop();
                     auto& a = one.single_adjoints();
                     std::vector<V> rest(y_bar.begin(), y_bar.end()), bar(n + q.size()), r_bar(n);
                     // J^T r_bar = y_bar, in all orders; then p's share of r_bar.
                     for (int order = 0; order <= active_depth<V>; ++order) {
                         auto const more = by->solve(rest, true);
                         for (std::size_t i = 0; i < n; ++i) a.seed(r[i], r_bar[i] += more[i]);
                         a.sweep();
                         a.take_inputs(bar.data());
                         for (std::size_t i = 0; i < n; ++i) rest[i] = y_bar[i] - bar[i];
                     }
                     for (std::size_t j = 0; j < q.size(); ++j) q_bar[j] = -bar[n + j];
                 }}(in, out);
        return out;
    }
}

}  // namespace detail

/// The x with f(x, p) = 0 near `start`, by Newton's method: a number or a container like it.
///
///     auto x = weft::implicit_root([](auto const& x, auto const& p) { return x * x * x + x - p; },
///                                  1.0, p);
///
/// Of several unknowns f(x, p, r) fills r, a container like x. The derivative by p is that of the
/// equation (implicit function theorem), for dual numbers and, on a tape, as one entry, which keeps
/// the factorised derivative of f by x.
///
/// Raises where Newton's method does not find a root, and says the residual that it reached.
template <class F, class X, class P>
requires Numbers<X> && Numbers<P>
auto implicit_root(F const& f, X const& start, P const& p, newton const& until = {}) {
    using N =
        detail::common_number<typename detail::numbers<X>::type, typename detail::numbers<P>::type>;
    using T = detail::plain_number<N>;
    auto const equation = detail::equation_of(f, start, p);
    auto const q = detail::number_vector(p);
    auto const x = detail::newton_root(equation, detail::converted<T>(detail::number_vector(start)),
                                       detail::converted<T>(q), until);
    return detail::unpacked<X>(detail::container_like(start, detail::root_at<N>(equation, q, x)));
}

/// The same where `solve(p)`, called with plain numbers, finds x: the derivative is that of the
/// equation at what it returns, which is taken as it is.
template <class F, class Solver, class P>
requires(!Numbers<Solver> && Numbers<P>) auto implicit_root(F const& f, Solver const& solve,
                                                            P const& p) {
    auto const plain = detail::plain_container(p);
    using known = detail::numbers<decltype(plain)>;
    auto const q = detail::number_vector(p);
    auto const found = solve([&]() -> decltype(auto) {
        if constexpr (known::single)
            return (plain);
        else
            return known::argument(plain);
    }());
    using X = std::remove_const_t<decltype(found)>;
    static_assert(Numbers<X>,
                  "weft::implicit_root: the solver returns a number or a container of numbers");
    using N =
        detail::common_number<typename detail::numbers<X>::type, typename detail::numbers<P>::type>;
    using T = detail::plain_number<N>;
    auto const x = detail::root_at<N>(detail::equation_of(f, found, p), q,
                                      detail::converted<T>(detail::number_vector(found)));
    return detail::unpacked<X>(detail::container_like(found, x));
}

}  // namespace weft
