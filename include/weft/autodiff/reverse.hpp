// SPDX-License-Identifier: BSL-1.0
// Reverse mode for the drivers: gradient<mode::reverse>(f, x) and its kin, each with a tape of its
// own. Second derivatives are forward over reverse: a tape of dual numbers.
#pragma once

#include <weft/autodiff/drivers.hpp>
#include <weft/autodiff/tape.hpp>

namespace weft {
namespace detail {

template <>
struct driver<mode::reverse> {
    template <class F, class X>
    static auto gradient(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        tape<T> t;
        auto const recording = t.record();
        auto a = inputs(t, x, [](auto const& v, std::size_t) { return v; });
        var<T> const y = as_active<var<T>>(called(f, numbers<X>::argument(a)));
        auto g = numbers<X>::template like<T>(x);
        std::vector<T> const swept = t.gradient(y);
        for (std::size_t i = 0; i < swept.size(); ++i) element(g, i) = swept[i];
        return value_and_derivatives<T, decltype(g)>{y.value(), std::move(g)};
    }

    template <class F, class X>
    static auto jacobian(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        tape<T> t;
        auto const recording = t.record();
        auto a = inputs(t, x, [](auto const& v, std::size_t) { return v; });
        auto const y = called(f, numbers<X>::argument(a));
        using Y = std::remove_const_t<decltype(y)>;
        static_assert(Numbers<Y>,
                      "weft::jacobian: the function returns a number or a container of "
                      "numbers");
        std::vector<var<T>> rows(numbers<Y>::size(y));
        for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = numbers<Y>::at(y, r);
        std::vector<T> const swept = t.jacobian(rows);
        std::size_t const columns = numbers<X>::size(x);
        using table =
            typename numbers<X>::template matrix<T, numbers<Y>::extent, numbers<X>::extent>;
        table j(static_cast<index<X>>(rows.size()), static_cast<index<X>>(columns));
        for (std::size_t r = 0; r < rows.size(); ++r)
            for (std::size_t i = 0; i < columns; ++i)
                j(static_cast<index<X>>(r), static_cast<index<X>>(i)) = swept[r * columns + i];
        return j;
    }

    template <class F, class X>
    static auto hessian(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        using D = dual<T, lanes_for<X>()>;
        using table =
            typename numbers<X>::template matrix<T, numbers<X>::extent, numbers<X>::extent>;
        std::size_t const n = numbers<X>::size(x), group = static_cast<std::size_t>(D::directions);
        table h(static_cast<index<X>>(n), static_cast<index<X>>(n));
        tape<D> t;
        for (std::size_t first = 0; first < n; first += group) {
            auto const recording = t.record();
            auto a = inputs(t, x, [&](T const& v, std::size_t i) {
                return i >= first && i - first < group ? D(v, static_cast<int>(i - first)) : D(v);
            });
            std::vector<D> const g =
                t.gradient(as_active<var<D>>(called(f, numbers<X>::argument(a))));
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t k = first; k < n && k - first < group; ++k)
                    h(static_cast<index<X>>(i), static_cast<index<X>>(k)) =
                        g[i].derivative(static_cast<int>(k - first));
        }
        return h;
    }

    template <class F, class X, class V>
    static auto hvp(F&& f, X const& x, V const& v) {
        using T = typename numbers<X>::type;
        using D = dual<T, 1>;
        check_sizes(x, v, "hvp");
        tape<D> t;
        auto const recording = t.record();
        auto a = inputs(t, x, [&](T const& value, std::size_t i) {
            D r(value);
            r.derivative(0, numbers<V>::at(v, i));
            return r;
        });
        std::vector<D> const g = t.gradient(as_active<var<D>>(called(f, numbers<X>::argument(a))));
        auto product = numbers<X>::template like<T>(x);
        for (std::size_t i = 0; i < g.size(); ++i)
            element(product, i) = g[i].derivative();
        return product;
    }

private:
    template <class X>
    using index = typename numbers<X>::index;

    /// The numbers of x as inputs of the tape, each as `value(number, place)`.
    template <class T, class X, class Value>
    static auto inputs(tape<T>& t, X const& x, Value value) {
        auto a = numbers<X>::template like<var<T>>(x);
        for (std::size_t i = 0; i < numbers<X>::size(x); ++i) {
            auto& input = element(a, i);
            input = var<T>(value(numbers<X>::at(x, i), i));
            t.input(input);
        }
        return a;
    }
};

}  // namespace detail
}  // namespace weft
