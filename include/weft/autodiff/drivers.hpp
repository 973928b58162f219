// SPDX-License-Identifier: BSL-1.0
// gradient, jacobian, hessian, hvp, directional: derivatives of any callable at given numbers, in
// forward mode here; autodiff/reverse.hpp adds reverse mode. (Of functions that are traced, grad,
// jacobian and hessian make new functions: these take the function alone.)
#pragma once

#include <weft/autodiff/containers.hpp>
#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/taylor.hpp>
#include <weft/core/mistake.hpp>

namespace weft {

/// How a driver computes. `best` is forward where the number of inputs is known at compile time and
/// at most 16, for a Hessian at most 4, and for every Jacobian; else reverse. The limits are those
/// that were measured: docs/derivatives.md.
enum class mode { best, forward, reverse };

/// A value and its derivatives.
template <class T, class G>
struct value_and_derivatives {
    T value;
    G gradient;
};

namespace detail {

/// Drivers of one mode; reverse mode's is specialised in autodiff/reverse.hpp.
template <mode M>
struct driver;

template <mode M, class X, std::int64_t MostForward>
constexpr mode chosen_mode() {
    if (M != mode::best) return M;
    return numbers<X>::extent != dyn && numbers<X>::extent <= MostForward ? mode::forward
                                                                          : mode::reverse;
}

/// Directions at once where there are more than fit: two registers of them.
template <class T>
constexpr int lanes_at_once() {
    if constexpr (std::is_arithmetic_v<T>)
        return 2 * (vector_bytes < 16 ? 16 : vector_bytes) / static_cast<int>(sizeof(T));
    else
        return 8;
}
/// As many directions as there are inputs, if these are few.
template <class X>
constexpr int lanes_for() {
    constexpr std::int64_t n = numbers<X>::extent;
    constexpr int most = lanes_at_once<typename numbers<X>::type>();
    return n != dyn && n <= 2 * most ? (n < 1 ? 1 : static_cast<int>(n)) : most;
}

/// A result of a function of active numbers, which may also be a plain number: a constant.
template <class D, class Y>
WEFT_INLINE D as_active(Y const& y) {
    if constexpr (std::is_convertible_v<Y const&, D>) {
        return D(y);
    } else {
        static_assert(std::is_same_v<Y, stopped>, "weft: the function does not return a number");
        return D();
    }
}

/// f(a), where a has dual numbers or variables in place of numbers.
template <class F, class A>
decltype(auto) called(F& f, A const& a) {
    if constexpr (std::is_invocable_v<F&, A const&>) {
        return f(a);
    } else {
        static_assert(!sizeof(A),
                      "weft: the function does not take numbers that differentiate: "
                      "write its argument as `auto const& x`, or as a template");
        return stopped{};
    }
}
template <class F, class C>
using result_at =
    std::remove_cvref_t<decltype(called(std::declval<F&>(), std::declval<C const&>()))>;

template <class A, class B>
void check_sizes(A const& x, B const& v, char const* call) {
    std::size_t const n = numbers<A>::size(x), m = numbers<B>::size(v);
    if (n != m)
        raise(text("weft::") << call << ": the point has " << static_cast<int>(n)
                             << " numbers, the direction " << static_cast<int>(m));
}

/// The argument as dual numbers, with directions first ... first + D::directions - 1 of the inputs.
template <class D, class X>
class seeded {
public:
    explicit seeded(X const& x)
        : x_(x), size_(numbers<X>::size(x)), dual_(numbers<X>::template like<D>(x)) {
        for (std::size_t i = 0; i < size_; ++i) element(dual_, i) = D(numbers<X>::at(x, i));
    }
    void directions(std::size_t first) {
        for (std::size_t i = at_; i < end(at_); ++i) element(dual_, i) = D(numbers<X>::at(x_, i));
        at_ = first;
        for (std::size_t i = at_; i < end(at_); ++i)
            element(dual_, i) = D(numbers<X>::at(x_, i), static_cast<int>(i - at_));
    }
    decltype(auto) argument() const { return numbers<X>::argument(dual_); }
    std::size_t size() const { return size_; }
    /// One behind the last input of a group.
    std::size_t end(std::size_t first) const {
        std::size_t const e = first + static_cast<std::size_t>(D::directions);
        return e < size_ ? e : size_;
    }

private:
    X const& x_;
    std::size_t size_, at_ = 0;
    decltype(numbers<X>::template like<D>(std::declval<X const&>())) dual_;
};

template <>
struct driver<mode::forward> {
    template <class F, class X>
    static auto gradient(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        using D = dual<T, lanes_for<X>()>;
        auto g = numbers<X>::template like<T>(x);
        T value{};
        seeded<D, X> s(x);
        for (std::size_t first = 0; first < s.size(); first = s.end(first)) {
            s.directions(first);
            D const y = as_active<D>(called(f, s.argument()));
            value = y.value();
            for (std::size_t i = first; i < s.end(first); ++i)
                element(g, i) = y.derivative(static_cast<int>(i - first));
        }
        if (s.size() == 0) value = as_active<D>(called(f, s.argument())).value();
        return value_and_derivatives<T, decltype(g)>{value, std::move(g)};
    }

    template <class F, class X>
    static auto jacobian(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        using D = dual<T, lanes_for<X>()>;
        using S = seeded<D, X>;
        using Y = result_at<F, decltype(std::declval<S const&>().argument())>;
        static_assert(Numbers<Y>,
                      "weft::jacobian: the function returns a number or a container of "
                      "numbers");
        using table =
            typename numbers<X>::template matrix<T, numbers<Y>::extent, numbers<X>::extent>;
        S s(x);
        s.directions(0);
        Y y = called(f, s.argument());
        std::size_t const rows = numbers<Y>::size(y);
        table j(static_cast<typename numbers<X>::index>(rows),
                static_cast<typename numbers<X>::index>(s.size()));
        for (std::size_t first = 0;;) {
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t i = first; i < s.end(first); ++i)
                    j(static_cast<typename numbers<X>::index>(r),
                      static_cast<typename numbers<X>::index>(i)) =
                        as_active<D>(numbers<Y>::at(y, r)).derivative(static_cast<int>(i - first));
            first = s.end(first);
            if (first >= s.size()) return j;
            s.directions(first);
            y = called(f, s.argument());
        }
    }

    template <class F, class X>
    static auto hessian(F&& f, X const& x) {
        using T = typename numbers<X>::type;
        using inner = dual<T, lanes_for<X>()>;
        using D = dual<inner, 1>;
        using I = typename numbers<X>::index;
        using table =
            typename numbers<X>::template matrix<T, numbers<X>::extent, numbers<X>::extent>;
        std::size_t const n = numbers<X>::size(x);
        table h(static_cast<I>(n), static_cast<I>(n));
        auto a = numbers<X>::template like<D>(x);
        for (std::size_t i = 0; i < n; ++i) element(a, i) = D(numbers<X>::at(x, i));
        for (std::size_t first = 0, end; first < n; first = end) {
            end = first + static_cast<std::size_t>(inner::directions);
            if (end > n) end = n;
            for (std::size_t i = first; i < end; ++i)
                element(a, i) = D(inner(numbers<X>::at(x, i), static_cast<int>(i - first)));
            // The lower triangle by groups of columns; the upper one is its mirror.
            for (std::size_t i = first; i < n; ++i) {
                D const plain = element(a, i);
                element(a, i) = D(plain.value(), 0);
                D const y = as_active<D>(called(f, numbers<X>::argument(a)));
                element(a, i) = plain;
                for (std::size_t k = first; k < end && k <= i; ++k) {
                    T const d = y.derivative().derivative(static_cast<int>(k - first));
                    h(static_cast<I>(i), static_cast<I>(k)) = d;
                    h(static_cast<I>(k), static_cast<I>(i)) = d;
                }
            }
            for (std::size_t i = first; i < end; ++i) element(a, i) = D(numbers<X>::at(x, i));
        }
        return h;
    }

    template <class F, class X, class V>
    static auto hvp(F&& f, X const& x, V const& v) {
        using T = typename numbers<X>::type;
        using inner = dual<T, 1>;
        using D = dual<inner, lanes_for<X>()>;
        check_sizes(x, v, "hvp");
        auto product = numbers<X>::template like<T>(x);
        std::size_t const n = numbers<X>::size(x);
        auto a = numbers<X>::template like<D>(x);
        auto const plain = [&](std::size_t i) {
            inner r(numbers<X>::at(x, i));
            r.derivative(0, numbers<V>::at(v, i));
            return r;
        };
        for (std::size_t i = 0; i < n; ++i) element(a, i) = D(plain(i));
        for (std::size_t first = 0, end; first < n; first = end) {
            end = first + static_cast<std::size_t>(D::directions);
            if (end > n) end = n;
            for (std::size_t i = first; i < end; ++i)
                element(a, i) = D(plain(i), static_cast<int>(i - first));
            D const y = as_active<D>(called(f, numbers<X>::argument(a)));
            for (std::size_t i = first; i < end; ++i) {
                element(product, i) = y.derivative(static_cast<int>(i - first)).derivative();
                element(a, i) = D(plain(i));
            }
        }
        return product;
    }
};

template <mode M>
inline constexpr bool has_driver = requires { sizeof(driver<M>); };
template <mode M>
stopped no_driver() {
    static_assert(has_driver<M>,
                  "weft: reverse mode, which many inputs ask for, needs #include "
                  "<weft/autodiff/reverse.hpp>; or say <weft::mode::forward>");
    return {};
}

}  // namespace detail

/// The derivatives of f(x), a number, by each number of x: a container like x. Forward mode needs a
/// call of f for each group of up to 8 or 16 inputs, reverse mode one call and a tape.
template <mode M = mode::best, class F, class X>
    requires Numbers<X>
auto gradient(F&& f, X const& x) {
    constexpr mode chosen = detail::chosen_mode<M, X, 16>();
    if constexpr (!detail::has_driver<chosen>) {
        return detail::no_driver<chosen>();
    } else {
        auto r = detail::driver<chosen>::gradient(f, x);
        if constexpr (detail::numbers<X>::single)
            return r.gradient[0];
        else
            return r.gradient;
    }
}

/// The same beside the value: `auto [y, g] = value_and_gradient(f, x)`.
template <mode M = mode::best, class F, class X>
    requires Numbers<X>
auto value_and_gradient(F&& f, X const& x) {
    constexpr mode chosen = detail::chosen_mode<M, X, 16>();
    if constexpr (!detail::has_driver<chosen>) {
        return detail::no_driver<chosen>();
    } else {
        auto r = detail::driver<chosen>::gradient(f, x);
        using T = decltype(r.value);
        if constexpr (detail::numbers<X>::single)
            return value_and_derivatives<T, T>{r.value, r.gradient[0]};
        else
            return r;
    }
}

/// The derivatives of each number of f(x), a row each, by each number of x: a dense_matrix, or an
/// Eigen matrix where x is a vector of Eigen. Forward mode unless reverse is said.
template <mode M = mode::best, class F, class X>
    requires Numbers<X>
auto jacobian(F&& f, X const& x) {
    constexpr mode chosen = M == mode::best ? mode::forward : M;
    if constexpr (!detail::has_driver<chosen>)
        return detail::no_driver<chosen>();
    else
        return detail::driver<chosen>::jacobian(f, x);
}

/// The second derivatives of f(x), a number. Reverse mode is forward over reverse: a sweep for each
/// group of 8 or 16 inputs; forward mode is forward over forward.
template <mode M = mode::best, class F, class X>
    requires Numbers<X>
auto hessian(F&& f, X const& x) {
    constexpr mode chosen = detail::chosen_mode<M, X, 4>();
    if constexpr (!detail::has_driver<chosen>)
        return detail::no_driver<chosen>();
    else
        return detail::driver<chosen>::hessian(f, x);
}

/// The Hessian of f at x times v, without the Hessian. `best` as of a gradient: forward over
/// reverse takes one sweep for any number of inputs.
template <mode M = mode::best, class F, class X, class V>
    requires Numbers<X> && Numbers<V>
auto hvp(F&& f, X const& x, V const& v) {
    constexpr mode chosen = detail::chosen_mode<M, X, 16>();
    if constexpr (!detail::has_driver<chosen>) {
        return detail::no_driver<chosen>();
    } else {
        auto r = detail::driver<chosen>::hvp(f, x, v);
        if constexpr (detail::numbers<X>::single)
            return r[0];
        else
            return r;
    }
}

/// The derivative of f at x in direction v, of the kind that f returns: forward mode, one call.
template <class F, class X, class V>
    requires Numbers<X> && Numbers<V>
auto directional(F&& f, X const& x, V const& v) {
    using T = typename detail::numbers<X>::type;
    using D = dual<T, 1>;
    detail::check_sizes(x, v, "directional");
    auto a = detail::numbers<X>::template like<D>(x);
    for (std::size_t i = 0; i < detail::numbers<X>::size(x); ++i) {
        detail::element(a, i) = D(detail::numbers<X>::at(x, i));
        detail::element(a, i).derivative(0, detail::numbers<V>::at(v, i));
    }
    auto const y = detail::called(f, detail::numbers<X>::argument(a));
    using Y = std::remove_const_t<decltype(y)>;
    if constexpr (std::is_convertible_v<Y const&, D>) {
        return D(y).derivative();
    } else {
        auto d = detail::numbers<Y>::template like<T>(y);
        for (std::size_t i = 0; i < detail::numbers<Y>::size(y); ++i)
            detail::element(d, i) = detail::numbers<Y>::at(y, i).derivative();
        return d;
    }
}

/// f at x + t v as series in t up to order K: `.derivative(k)` is the k-th derivative along v. Of
/// the kind that f returns: one series or a container of them; one call.
template <int K, class F, class X, class V>
    requires Numbers<X> && Numbers<V>
auto taylor_series(F&& f, X const& x, V const& v) {
    using S = taylor<typename detail::numbers<X>::type, K>;
    detail::check_sizes(x, v, "taylor_series");
    auto a = detail::numbers<X>::template like<S>(x);
    for (std::size_t i = 0; i < detail::numbers<X>::size(x); ++i)
        detail::element(a, i) = S(detail::numbers<X>::at(x, i), detail::numbers<V>::at(v, i));
    auto y = detail::called(f, detail::numbers<X>::argument(a));
    if constexpr (std::is_convertible_v<decltype(y) const&, S>)
        return S(y);
    else
        return y;
}

/// The numbers of x as dual numbers with N directions, of which direction k is input first + k; all
/// other inputs are constants.
template <int N, class X>
    requires Numbers<X>
auto seed(X const& x, std::size_t first = 0) {
    using D = dual<typename detail::numbers<X>::type, N>;
    auto a = detail::numbers<X>::template like<D>(x);
    for (std::size_t i = 0; i < detail::numbers<X>::size(x); ++i) {
        auto const& v = detail::numbers<X>::at(x, i);
        detail::element(a, i) = i >= first && i - first < static_cast<std::size_t>(N)
                   ? D(v, static_cast<int>(i - first))
                   : D(v);
    }
    return a;
}

}  // namespace weft
