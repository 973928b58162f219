// SPDX-License-Identifier: BSL-1.0
// What is wrong with a function and the types of its arguments before anything is traced: a
// sentence, or nothing.
#pragma once

#include <weft/program/trace.hpp>

namespace weft::detail {

template <class F, class... X>
concept Callable = requires(F&& f, X&&... x) { f(static_cast<X&&>(x)...); };

/// Calling a model is calling a function whose first argument is the model.
struct apply_model {
    template <class M, class... X>
        requires Callable<M&, X const&...>
    constexpr auto operator()(M& model, X const&... x) const {
        return model(x...);
    }
};

template <class A>
constexpr bool can_be_traced() {
    using info = traced_argument<A>;
    using T = typename info::T;
    if constexpr (info::is_number)
        return Element<T>;
    else if constexpr (info::is_whole_model)
        return holds_only_leaves<T>();
    else
        return info::is_symbolic || std::is_empty_v<T>;
}

template <class T>
constexpr void write_wrong_argument(text& t) {
    if constexpr (std::is_class_v<T> && std::is_aggregate_v<T> && !Array<T> &&
                  !holds_only_leaves<T>())
        t << refused_model<T>::sentence.view();
    else
        t << "weft: an argument of type " << type_name<T>()
          << " cannot be traced: arguments are tensors, contiguous views, numbers, random keys and "
             "models";
}

/// What F returns to its trace; void where it cannot be called.
template <bool Called, class F, class... A>
struct traced_call {
    using result = void;
};
template <class F, class... A>
struct traced_call<true, F, A...> {
    using result = decltype(F{}(std::declval<typename traced_argument<A>::type&>()...));
};

template <class R>
constexpr bool can_be_result() {
    if constexpr (is_result_tuple<R>)
        return []<template <class...> class Tuple, class... P>(std::type_identity<Tuple<P...>>) {
            return (can_be_result<P>() && ...);
        }(std::type_identity<R>{});
    else
        return std::is_void_v<R> || Traced<R> || (Model<R> && holds_only_leaves<R>());
}

/// X... are what a trace passes: symbols and models.
template <class F, class... X>
constexpr void write_uncallable(text& t) {
    constexpr bool of_model = std::is_same_v<F, apply_model>;
    std::string_view const names[] = {
        (std::is_same_v<X, symbol> ? std::string_view("symbol") : type_name<X>())..., ""};
    t << "weft: " << (of_model ? names[0] : "the function") << " cannot be called with (";
    for (std::size_t i = of_model; i < sizeof...(X); ++i)
        t << (i > of_model ? ", " : "") << names[i];
    t << "): in a trace tensors and numbers are symbols";
}

/// `sentence` is empty where F can be traced on arguments of these types.
template <class F, class... A>
struct misfit {
    static constexpr bool arguments_fit = (can_be_traced<A>() && ...);
    static constexpr bool callable = [] {
        if constexpr (arguments_fit)
            return Callable<F, typename traced_argument<A>::type&...>;
        else
            return false;
    }();
    using result = typename traced_call<callable, F, A...>::result;

    static constexpr kept_text<512> sentence = [] {
        text t;
        if constexpr (!arguments_fit) {
            auto judge = [&]<class X>(std::type_identity<X>) {
                if constexpr (!can_be_traced<X>())
                    if (t.empty()) write_wrong_argument<typename traced_argument<X>::T>(t);
            };
            (judge(std::type_identity<A>{}), ...);
        } else if constexpr (!callable) {
            write_uncallable<F, typename traced_argument<A>::type...>(t);
        } else if constexpr (!can_be_result<result>()) {
            t << "weft: the function returns " << type_name<result>()
              << ": a traced function returns symbols, models, or tuples of them";
        }
        return kept_text<512>(t.view());
    }();
};

/// How a sentence calls F; lambdas have no names that tell something.
template <class F>
constexpr std::string_view callable_name() {
    std::string_view const name = type_name<F>();
    return name.find("lambda") < name.size() ? "the lambda" : name;
}

/// Only a callable without captures, or a model, can be called on tensors.
template <class F>
struct not_callable {
    static constexpr kept_text<512> sentence = [] {
        text t("weft: ");
        std::string_view const name = callable_name<F>();
        if constexpr (Model<F> && holds_only_leaves<F>()) {
            t << name
              << " is a model: compile a function that takes it as an argument and calls it";
        } else if constexpr (std::is_class_v<F> && std::is_aggregate_v<F>) {
            t.clear();
            t << refused_model<F>::sentence.view();
        } else if (std::is_pointer_v<F>) {
            t << name << " is a pointer to a function, which a trace cannot see: pass a lambda";
        } else if (name == "the lambda") {
            t << name
              << " captures run-time values, which a trace cannot see: pass them as arguments";
        } else {
            t << name
              << " is no model, because it is not an aggregate (it has constructors, private "
                 "members or virtual functions), and no function without captures";
        }
        return kept_text<512>(t.view());
    }();
};

}  // namespace weft::detail
