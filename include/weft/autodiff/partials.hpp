// SPDX-License-Identifier: BSL-1.0
// An operation's value and partial derivatives on numbers, read from its struct in the registry:
// what the types that differentiate as they compute, `dual`, `taylor` and `var`, stand on.
#pragma once

#include <concepts>
#include <type_traits>

#include <weft/cpu/isa.hpp>
#include <weft/ops/math.hpp>

namespace weft {

/// How often active numbers are nested in a type: each kind says one more than its value type has.
template <class T>
inline constexpr int active_depth = 0;

/// Whether a number may be copied as its bytes, though it copies itself by registers.
template <class T>
inline constexpr bool is_bytes = std::is_trivially_copyable_v<T>;

namespace detail {

template <class A, class... More>
struct deepest {
    using type = A;
};
template <class A, class B, class... More>
struct deepest<A, B, More...>
    : deepest<std::conditional_t<(active_depth<A> >= active_depth<B>), A, B>, More...> {};

}  // namespace detail

/// Of the operands of a call, the type with most levels of derivatives, which the result has.
template <class... A>
using deepest_active = typename detail::deepest<A...>::type;

/// What a rule of an operation computes with when it is asked about numbers: T is a number of C++,
/// or an active one, where derivatives nest. Gone after inlining.
template <class T>
struct rule_number {
    using plain = T;
    T value;

    WEFT_INLINE constexpr rule_number(T const& v) : value(v) {}
    template <class U>
        requires(std::is_arithmetic_v<U> && !std::same_as<U, T>)
    WEFT_INLINE constexpr rule_number(U v) : value(static_cast<T>(v)) {}
    template <class U>
        requires(std::same_as<U, bool> && !std::same_as<U, T>)
    WEFT_INLINE constexpr rule_number(rule_number<U> v) : value(static_cast<T>(v.value)) {}
    WEFT_INLINE constexpr T const& get() const { return value; }
    WEFT_INLINE constexpr explicit operator bool() const
        requires std::same_as<T, bool>
    {
        return value;
    }
};

namespace detail {

template <class T>
inline constexpr bool is_number = false;
template <class T>
inline constexpr bool is_number<rule_number<T>> = true;

/// The number type of a call: that of the first operand that is neither a literal nor a condition.
template <class... A>
struct number_of {
    using type = bool;
};
template <class A, class... More>
struct number_of<A, More...> : number_of<More...> {};
template <class T, class... More>
    requires(!std::same_as<T, bool>)
struct number_of<rule_number<T>, More...> {
    using type = T;
};

template <class T, class A>
WEFT_INLINE constexpr decltype(auto) unwrapped(A const& a) {
    if constexpr (is_number<A>)
        return a.get();
    else if constexpr (std::is_arithmetic_v<T>)
        return static_cast<T>(a);
    else
        return a;
}

}  // namespace detail

template <class T>
inline constexpr bool is_active_number<rule_number<T>> = true;

template <ActiveNumber A>
WEFT_INLINE constexpr A operator+(A const& x) {
    return x;
}

/// The operation on numbers of C++, or on active ones.
template <class Op, class... T>
WEFT_INLINE constexpr auto number_value(T const&... x) {
    if constexpr ((ActiveNumber<T> || ...))
        return apply_operation(operation_tag<Op>{}, x...);
    else
        return Op::eval(x...);
}

template <class Op, class... A>
    requires(detail::is_number<A> || ...)
WEFT_INLINE constexpr auto apply_operation(operation_tag<Op>, A const&... a) {
    using T = typename detail::number_of<A...>::type;
    auto const y = number_value<Op>(detail::unwrapped<T>(a)...);
    return rule_number<std::remove_const_t<decltype(y)>>(y);
}

namespace detail {

template <class Op, int I, class... A>
concept HasPartial = requires(A const&... a) { Op::template partial<I>(a...); };

template <class C>
WEFT_INLINE constexpr ir::when<bool> stripped(ir::when<rule_number<C>> w) {
    return {static_cast<bool>(w.condition.get())};
}
template <class T>
WEFT_INLINE constexpr T stripped(rule_number<T> n) {
    return n.get();
}
template <class Tag>
WEFT_INLINE constexpr Tag stripped(Tag t) {
    return t;
}

}  // namespace detail

/// The partial derivative of an operation with respect to operand I, as its struct states it: a
/// number, or one of ir::one, ir::minus_one, ir::zero, ir::when<bool>. The arguments are the
/// operands, and behind them the result.
template <class Op, int I, class... T>
WEFT_INLINE constexpr auto stated_partial(T const&... x_and_y) {
    if constexpr (detail::HasPartial<Op, I, rule_number<T>...>) {
        return detail::stripped(Op::template partial<I>(rule_number<T>(x_and_y)...));
    } else {
        static_assert(
            !requires { &Op::vjp; },
            "weft: this operation has a derivative of arrays only: to use it on numbers, "
            "give its struct partial<I>");
        return ir::zero{};
    }
}

/// The same as a number of the result's type.
template <class Op, int I, class... T>
WEFT_INLINE constexpr auto number_partial(T const&... x_and_y) {
    auto const p = stated_partial<Op, I>(x_and_y...);
    using P = std::remove_const_t<decltype(p)>;
    using Y = std::remove_cvref_t<decltype((x_and_y, ...))>;
    if constexpr (std::same_as<P, ir::one>)
        return Y(1);
    else if constexpr (std::same_as<P, ir::minus_one>)
        return Y(-1);
    else if constexpr (std::same_as<P, ir::zero>)
        return Y(0);
    else if constexpr (std::same_as<P, ir::when<bool>>)
        return Y(p.condition ? 1 : 0);
    else
        return static_cast<Y>(p);
}

}  // namespace weft
