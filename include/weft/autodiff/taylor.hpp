// SPDX-License-Identifier: BSL-1.0
// taylor<T, K>: a number as a series in one direction, up to order K; higher derivatives at a cost
// that grows with a power of K, where nested dual numbers double with each order.
#pragma once

#include <utility>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/number.hpp>

namespace weft {

template <class T, int K>
class taylor;

template <class T, int K>
inline constexpr bool is_active_number<taylor<T, K>> = true;
template <class T, int K>
inline constexpr int active_depth<taylor<T, K>> = 1 + active_depth<T>;

namespace detail {

template <class T>
inline constexpr bool is_taylor = false;
template <class T, int K>
inline constexpr bool is_taylor<taylor<T, K>> = true;

}  // namespace detail

template <class T>
concept Taylor = detail::is_taylor<T>;

/// The coefficients c_0 + c_1 t + ... + c_K t^K of a number that moves with t. T is float, double
/// or again a number that differentiates. Numbers of C++ convert to it and do not move; comparisons
/// compare c_0.
template <class T, int K>
class taylor {
    static_assert(std::is_floating_point_v<T> || ActiveNumber<T>,
                  "weft::taylor<T, K>: T is float, double or a number that differentiates");
    static_assert(K >= 0, "weft::taylor<T, K>: K, the order, is not negative");

public:
    using value_type = T;
    static constexpr int order = K;

    constexpr taylor() = default;
    template <class U>
        requires std::is_arithmetic_v<U>
    constexpr taylor(U value) : c_{static_cast<T>(value)} {}
    constexpr taylor(T const& value)
        requires ActiveNumber<T>
        : c_{value} {}
    /// A variable, value + slope t.
    constexpr taylor(T const& value, T const& slope)
        requires(K > 0)
        : c_{value, slope} {}
    /// The first terms of a longer series.
    template <int More>
        requires(More > K)
    constexpr explicit taylor(taylor<T, More> const& longer) {
        for (int k = 0; k <= K; ++k) c_[k] = longer.coefficient(k);
    }

    constexpr T const& value() const { return c_[0]; }
    constexpr T const& coefficient(int k) const { return c_[k]; }
    constexpr void coefficient(int k, T const& c) { c_[k] = c; }
    /// The k-th derivative by t: k! c_k.
    constexpr T derivative(int k = 1) const {
        T d = c_[k];
        for (int i = 2; i <= k; ++i) d = d * T(i);
        return d;
    }

    template <class U>
    constexpr taylor& operator+=(U const& x) {
        return *this = *this + x;
    }
    template <class U>
    constexpr taylor& operator-=(U const& x) {
        return *this = *this - x;
    }
    template <class U>
    constexpr taylor& operator*=(U const& x) {
        return *this = *this * x;
    }
    template <class U>
    constexpr taylor& operator/=(U const& x) {
        return *this = *this / x;
    }
    constexpr taylor& operator++() { return *this += 1; }
    constexpr taylor& operator--() { return *this -= 1; }

private:
    T c_[K + 1]{};
};

namespace detail {

/// A series that is computed where a rule asks for it, once.
template <class S>
class later_series {
public:
    template <class F>
    explicit later_series(F const& f)
        : from_(&f), make_([](void const* from) { return (*static_cast<F const*>(from))(); }) {}
    S const& get() const {
        if (make_) series_ = std::exchange(make_, nullptr)(from_);
        return series_;
    }

private:
    void const* from_;
    mutable S (*make_)(void const*);
    mutable S series_;
};

}  // namespace detail

/// In rules of operations: the result is one that most partial derivatives do without.
template <class T, int K>
struct rule_number<taylor<T, K>> {
    using plain = taylor<T, K>;

    rule_number(plain const& v) : value_(v) {}
    rule_number(detail::later_series<plain> const& later) : later_(&later) {}
    template <class U>
        requires std::is_arithmetic_v<U>
    rule_number(U v) : value_(v) {}
    rule_number(rule_number<bool> v) : value_(v.value) {}
    plain const& get() const { return later_ ? later_->get() : value_; }

private:
    detail::later_series<plain> const* later_ = nullptr;
    plain value_;
};

namespace detail {

template <class S, class A>
constexpr S series_of(A const& a) {
    return S(a);
}
template <class A>
constexpr decltype(auto) series_value(A const& a) {
    if constexpr (Taylor<A>)
        return a.value();
    else
        return a;
}

/// y += the integral of p x', where p is the partial derivative by x, one order shorter.
template <class T, int K>
constexpr void add_integral(taylor<T, K>& y, taylor<T, K> const& x, taylor<T, K - 1> const& p) {
    for (int k = 1; k <= K; ++k) {
        T sum = x.coefficient(k) * p.value() * T(k);
        for (int j = 1; j < k; ++j) sum = sum + T(j) * x.coefficient(j) * p.coefficient(k - j);
        y.coefficient(k, y.coefficient(k) + sum / T(k));
    }
}
template <class T, int K>
constexpr void add_integral(taylor<T, K>& y, taylor<T, K> const& x, ir::one) {
    for (int k = 1; k <= K; ++k) y.coefficient(k, y.coefficient(k) + x.coefficient(k));
}
template <class T, int K>
constexpr void add_integral(taylor<T, K>& y, taylor<T, K> const& x, ir::minus_one) {
    for (int k = 1; k <= K; ++k) y.coefficient(k, y.coefficient(k) - x.coefficient(k));
}
template <class T, int K>
constexpr void add_integral(taylor<T, K>&, taylor<T, K> const&, ir::zero) {}
template <class T, int K>
constexpr void add_integral(taylor<T, K>& y, taylor<T, K> const& x, ir::when<bool> w) {
    if (w.condition) add_integral(y, x, ir::one{});
}

/// Whether a series stands still, as the exponent of most powers: its partial derivative, and what
/// that asks for, need not be known.
template <class T, int K>
constexpr bool stands_still(taylor<T, K> const& x) {
    if constexpr (!std::is_floating_point_v<T>) return false;
    for (int k = 1; k <= K; ++k)
        if (!(x.coefficient(k) == T(0))) return false;
    return true;
}

template <class Op, class S, int I, class A, class... X>
constexpr void add_operand(S& y, A const& a, X const&... x_and_y) {
    if constexpr (std::same_as<A, S> && HasPartial<Op, I, X...>)
        if (!stands_still(a)) add_integral(y, a, stripped(Op::template partial<I>(x_and_y...)));
}

/// y = f(x) from y' = the sum of partial derivatives times x': its value is known, each further
/// coefficient follows from partial derivatives of one order less.
template <class Op, class S, class T, class... A>
S propagated(T const& value, A const&... a) {
    S y(value);
    if constexpr (S::order > 0) {
        using L = taylor<T, S::order - 1>;
        auto const make = [&] {
            if constexpr ((std::same_as<A, S> || ...))
                return propagated<Op, L>(value, [&] {
                    if constexpr (std::same_as<A, S>)
                        return L(a);
                    else
                        return a;
                }()...);
            else
                return L(value);
        };
        later_series<L> const later(make);
        [&]<std::size_t... I>(std::index_sequence<I...>, auto const&... x) {
            (add_operand<Op, S, static_cast<int>(I)>(y, a, x..., rule_number<L>(later)), ...);
        }(std::index_sequence_for<A...>{}, rule_number<L>(series_of<L>(a))...);
    }
    return y;
}

template <class T, int K>
constexpr taylor<T, K> product(taylor<T, K> const& a, taylor<T, K> const& b) {
    taylor<T, K> y;
    for (int k = 0; k <= K; ++k) {
        T sum = a.coefficient(0) * b.coefficient(k);
        for (int j = 1; j <= k; ++j) sum = sum + a.coefficient(j) * b.coefficient(k - j);
        y.coefficient(k, sum);
    }
    return y;
}
template <class T, int K, class N>
constexpr taylor<T, K> product(taylor<T, K> const& a, N const& b) {
    taylor<T, K> y;
    for (int k = 0; k <= K; ++k) y.coefficient(k, a.coefficient(k) * T(b));
    return y;
}
template <class T, int K>
constexpr taylor<T, K> quotient(taylor<T, K> const& a, taylor<T, K> const& b) {
    taylor<T, K> y;
    for (int k = 0; k <= K; ++k) {
        T rest = a.coefficient(k);
        for (int j = 0; j < k; ++j) rest = rest - y.coefficient(j) * b.coefficient(k - j);
        y.coefficient(k, rest / b.coefficient(0));
    }
    return y;
}
template <class T, int K, class N>
constexpr taylor<T, K> quotient(taylor<T, K> const& a, N const& b) {
    taylor<T, K> y;
    for (int k = 0; k <= K; ++k) y.coefficient(k, a.coefficient(k) / T(b));
    return y;
}

}  // namespace detail

template <class Op, class... A>
    requires Taylor<deepest_active<A...>>
auto apply_operation(operation_tag<Op>, A const&... a) {
    using S = deepest_active<A...>;
    using T = typename S::value_type;
    constexpr bool alike = ((active_depth<A> < active_depth<S> || std::same_as<A, S>)&&...);
    static_assert(alike, "weft: series of different orders do not mix");
    if constexpr (!alike)
        return S();
    else if constexpr (Op::type == ir::typing::boolean)
        return number_value<Op>(T(detail::series_value(a))...);
    else
        return detail::propagated<Op, S>(T(number_value<Op>(T(detail::series_value(a))...)), a...);
}
template <class A, class B>
    requires Taylor<deepest_active<A, B>>
auto apply_operation(operation_tag<ops::multiply>, A const& a, B const& b) {
    if constexpr (std::same_as<A, deepest_active<A, B>>)
        return detail::product(a, b);
    else
        return detail::product(b, a);
}
template <class A, class B>
    requires Taylor<deepest_active<A, B>>
auto apply_operation(operation_tag<ops::divide>, A const& a, B const& b) {
    return detail::quotient(deepest_active<A, B>(a), b);
}
template <class C, class A, class B>
    requires Taylor<deepest_active<A, B>>
auto apply_operation(operation_tag<ops::where>, C const& condition, A const& a, B const& b) {
    using S = deepest_active<A, B>;
    return static_cast<bool>(condition) ? S(a) : S(b);
}

}  // namespace weft

template <class T, int K>
struct std::numeric_limits<weft::taylor<T, K>> : weft::detail::limits_of<weft::taylor<T, K>, T> {};
