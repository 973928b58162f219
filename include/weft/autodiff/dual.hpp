// SPDX-License-Identifier: BSL-1.0
// dual<T, N>: a value and its derivatives in N directions, computed along with it; forward mode for
// any templated code. Every function's derivative comes from the operation registry.
#pragma once


#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/lanes.hpp>
#include <weft/autodiff/number.hpp>

namespace weft {
inline namespace WEFT_ISA {

template <class T = double, int N = 1>
class dual;

}  // namespace WEFT_ISA

template <class T, int N>
inline constexpr int active_depth<dual<T, N>> = 1 + active_depth<T>;
template <class T, int N>
inline constexpr bool is_bytes<dual<T, N>> = N != dyn && is_bytes<T>;

namespace detail {

template <class T>
inline constexpr bool is_dual = false;
template <class T, int N>
inline constexpr bool is_dual<dual<T, N>> = true;

}  // namespace detail

template <class T>
concept Dual = detail::is_dual<T>;
template <class T, int N>
inline constexpr bool is_active_number<dual<T, N>> = true;

inline namespace WEFT_ISA {

/// A number of type T and its derivatives in N directions; N may be `dyn`, then the directions are
/// as many as a value needs, on the heap. T is float, double, or again a dual number: then the
/// derivatives have derivatives. Numbers of C++ convert to it, with derivatives of zero;
/// comparisons compare values. What is known of the directions is exact: a direction with
/// derivative zero stays so through functions whose derivative is infinite.
template <class T, int N>
class dual {
    static_assert(std::is_floating_point_v<T> || ActiveNumber<T>,
                  "weft::dual<T, N>: T is float, double or a number that differentiates");
    static_assert(N > 0 || N == dyn, "weft::dual<T, N>: N is the number of directions, or dyn");

public:
    using value_type = T;
    using lanes = detail::lanes<T, N>;
    static constexpr int directions = N;

    constexpr dual() = default;
    template <class U>
        requires std::is_arithmetic_v<U>
    WEFT_INLINE constexpr dual(U value) : value_(static_cast<T>(value)) {}
    WEFT_INLINE constexpr dual(T const& value)
        requires ActiveNumber<T>
        : value_(value) {}
    /// A variable: its derivative in the given direction is one.
    WEFT_INLINE constexpr dual(T const& value, int direction)
        : tangents_(lanes::unit(direction)), value_(value) {}
    WEFT_INLINE constexpr dual(T const& value, lanes const& tangents)
        : tangents_(tangents), value_(value) {}

    WEFT_INLINE constexpr T const& value() const { return value_; }
    /// Another value, the derivatives stay: of a variable that is set again and again.
    WEFT_INLINE constexpr void value(T const& v) { value_ = v; }
    /// The derivative in direction i; zero beyond those that a dyn number has.
    WEFT_INLINE constexpr T derivative(int i = 0) const { return tangents_.get(i); }
    WEFT_INLINE constexpr void derivative(int i, T const& t) { tangents_.set(i, t); }
    /// Writes size() derivatives.
    WEFT_INLINE constexpr void derivatives(T* out) const { tangents_.store(out); }
    /// How many directions are stored: N, or as many as a dyn number has.
    WEFT_INLINE constexpr int size() const { return tangents_.size(); }
    WEFT_INLINE constexpr lanes const& tangents() const { return tangents_; }

    template <class U>
    WEFT_INLINE constexpr dual& operator+=(U const& x) {
        return *this = *this + x;
    }
    template <class U>
    WEFT_INLINE constexpr dual& operator-=(U const& x) {
        return *this = *this - x;
    }
    template <class U>
    WEFT_INLINE constexpr dual& operator*=(U const& x) {
        return *this = *this * x;
    }
    template <class U>
    WEFT_INLINE constexpr dual& operator/=(U const& x) {
        return *this = *this / x;
    }
    WEFT_INLINE constexpr dual& operator++() { return *this += 1; }
    WEFT_INLINE constexpr dual& operator--() { return *this -= 1; }

private:
    // In this order, and so, the value fills what the last register leaves of its line of memory.
    [[no_unique_address]] lanes tangents_{};
    T value_{};
};

}  // namespace WEFT_ISA

namespace detail {
inline namespace WEFT_ISA {

/// An operand as the dual number D has it inside: its value.
template <class D, class A>
WEFT_INLINE constexpr decltype(auto) value_within(A const& a) {
    if constexpr (std::same_as<A, D>)
        return a.value();
    else if constexpr (std::is_arithmetic_v<A> && std::is_arithmetic_v<typename D::value_type>)
        return static_cast<typename D::value_type>(a);
    else
        return a;
}

/// The same as a number of D's value type, which a rule asks for.
template <class D, class A>
WEFT_INLINE constexpr decltype(auto) converted_value(A const& a) {
    if constexpr (std::same_as<A, D>)
        return a.value();
    else
        return typename D::value_type(value_within<D>(a));
}

/// What one operand contributes to the tangents of a result: its own, times a partial derivative.
template <bool MayBeInfinite, class L, class P>
struct tangent_term {
    L const& tangents;
    P partial;
};
struct no_term {};

template <class S>
WEFT_INLINE constexpr S operator+(S const& sum, no_term) {
    return sum;
}
template <class S, bool MayBeInfinite, class L, class P>
WEFT_INLINE constexpr L operator+(S const& sum, tangent_term<MayBeInfinite, L, P> const& t) {
    auto const joined = [&](L const& tangents, auto const& p) WEFT_INLINE_LAMBDA {
        if constexpr (std::same_as<S, no_term>)
            return scaled_lanes(tangents, p);
        else
            return added_lanes(sum, tangents, p);
    };
    if constexpr (MayBeInfinite && std::is_arithmetic_v<P>)
        if (!(t.partial - t.partial == 0)) [[unlikely]]
            return joined(scaled_where_nonzero(t.tangents, t.partial), ir::one{});
    return joined(t.tangents, t.partial);
}

template <class Op, int I, class D, bool MayBeInfinite, class A, class... X>
WEFT_INLINE constexpr auto term_of(A const& a, X const&... x_and_y) {
    if constexpr (!std::same_as<A, D>) {
        return no_term{};
    } else {
        auto const p = stated_partial<Op, I>(x_and_y...);
        using P = std::remove_const_t<decltype(p)>;
        if constexpr (std::same_as<P, ir::zero>)
            return no_term{};
        else
            return tangent_term<MayBeInfinite, typename D::lanes, P>{a.tangents(), p};
    }
}

template <class Op, class D, bool MayBeInfinite, std::size_t... I, class... A>
WEFT_INLINE constexpr D differentiated(std::index_sequence<I...>, A const&... a) {
    using T = typename D::value_type;
    T const y = number_value<Op>(value_within<D>(a)...);
    auto const tangents = [&](auto const&... x) WEFT_INLINE_LAMBDA {
        return (no_term{} + ... + term_of<Op, static_cast<int>(I), D, MayBeInfinite>(a, x..., y));
    }(converted_value<D>(a)...);
    if constexpr (std::same_as<std::remove_const_t<decltype(tangents)>, no_term>)
        return D(y);
    else
        return D(y, tangents);
}

}  // namespace WEFT_ISA
}  // namespace detail

inline namespace WEFT_ISA {

template <class Op, class... A>
    requires Dual<deepest_active<A...>>
WEFT_INLINE constexpr auto apply_operation(operation_tag<Op>, A const&... a) {
    using D = deepest_active<A...>;
    constexpr bool alike = ((active_depth<A> < active_depth<D> || std::same_as<A, D>)&&...);
    static_assert(alike, "weft: dual numbers with different numbers of directions do not mix");
    if constexpr (!alike)
        return D();
    else if constexpr (Op::type == ir::typing::boolean)
        return number_value<Op>(detail::value_within<D>(a)...);
    else
        return detail::differentiated<Op, D, (Op::cost > 1)>(std::index_sequence_for<A...>{}, a...);
}
/// A tangent times a partial derivative, where derivatives nest: this one may be infinite.
template <class T, int N>
WEFT_INLINE constexpr dual<T, N> tangent_product(dual<T, N> const& t, dual<T, N> const& partial) {
    return detail::differentiated<ops::multiply, dual<T, N>, true>(std::index_sequence<0, 1>(), t,
                                                                   partial);
}
/// A choice is one of the two, whole.
template <class C, class A, class B>
    requires Dual<deepest_active<A, B>>
WEFT_INLINE constexpr auto apply_operation(operation_tag<ops::where>, C const& condition,
                                           A const& a, B const& b) {
    using D = deepest_active<A, B>;
    return static_cast<bool>(condition) ? D(a) : D(b);
}

}  // namespace WEFT_ISA
}  // namespace weft

template <class T, int N>
struct std::numeric_limits<weft::dual<T, N>> : weft::detail::limits_of<weft::dual<T, N>, T> {};
