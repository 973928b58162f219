// SPDX-License-Identifier: BSL-1.0
// What is wrong with a derivative before anything is traced: the arguments that it names, captures,
// what the function returns.
#pragma once

#include <array>

#include <weft/program/misfit.hpp>

namespace weft {

/// Which arguments are differentiated: `grad(f, wrt<1>)`.
template <int... I>
struct wrt_t {};
template <int... I>
inline constexpr wrt_t<I...> wrt{};

namespace detail {

/// What a trace passes for an argument that is concrete, or traced already.
template <class A>
struct passed : traced_argument<A> {};
template <std::same_as<symbol> A>
struct passed<A> {
    using type = symbol;
};
template <class A>
using passed_t = typename passed<std::remove_cv_t<A>>::type;

/// The first of what a function returns is a value of a trace.
template <class R>
constexpr bool has_main_value = Traced<R>;
template <class R, class... More>
constexpr bool has_main_value<std::tuple<R, More...>> = Traced<R>;
template <class R, class S>
constexpr bool has_main_value<std::pair<R, S>> = Traced<R>;

/// Captures without a reference, pointer, symbol or tensor among them: only then bits can be made
/// an F in constant evaluation.
template <class F>
concept CapturesOnlyNumbers =
    !std::is_empty_v<F> && std::is_trivially_copyable_v<F> && requires {
        typename std::bool_constant<(
            static_cast<void>(__builtin_bit_cast(F, std::array<char, sizeof(F)>{})), true)>;
    };

template <class X>
constexpr bool can_be_passed() {
    if constexpr (std::is_same_v<X, symbol>)
        return true;
    else
        return can_be_traced<X>();
}
template <class R>
constexpr void judge_result(text& t) {
    if constexpr (!has_main_value<R>)
        t << "weft::grad: the function returns " << type_name<R>()
          << ": expected a scalar of the trace, or a tuple whose first element is one";
}

/// What is wrong with the derivative of F, with respect to the arguments I, at arguments A...;
/// `sentence` is empty where nothing is.
template <class F, class Wrt, class... A>
struct derivative_misfit;
template <class F, int... I, class... A>
struct derivative_misfit<F, wrt_t<I...>, A...> {
    static constexpr int count = static_cast<int>(sizeof...(A));
    static constexpr kept_text<512> sentence = [] {
        text t;
        if constexpr (!((I >= 0 && I < count) && ...)) {
            t << "weft::grad: wrt<";
            int n = 0;
            ((t << (n++ ? ", " : "") << I), ...);
            t << "> names an argument that is not there: the function is called with " << count
              << ", counted from 0";
        } else if constexpr (CapturesOnlyNumbers<F> && !(std::is_same_v<A, symbol> || ...)) {
            t << "weft::grad: " << callable_name<F>()
              << " captures run-time values, which a trace cannot see: pass them as arguments";
        } else if constexpr ((can_be_passed<A>() && ...)) {
            if constexpr (!Callable<F const&, passed_t<A>&...>)
                write_uncallable<F, passed_t<A>...>(t);
            else
                judge_result<decltype(std::declval<F const&>()(
                    std::declval<passed_t<A>&>()...))>(t);
        }
        return kept_text<512>(t.view());
    }();
};

/// Whether the derivative exists; stops compilation with a sentence where it does not.
template <class F, class Wrt, class... A>
constexpr bool derivative_fits() {
    using misfit = derivative_misfit<F, Wrt, std::remove_cv_t<A>...>;
    if constexpr (misfit::sentence.size > 0)
        return stop<misfit>();
    else
        return true;
}

}  // namespace detail
}  // namespace weft
