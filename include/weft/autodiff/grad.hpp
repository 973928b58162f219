// SPDX-License-Identifier: BSL-1.0
// Derivatives of functions, as functions: grad, value_and_grad, vjp, jvp. Inside a trace they act
// on symbols and models of symbols, and nest; called with tensors they trace, compile and run.
#pragma once

#include <weft/autodiff/misfit.hpp>
#include <weft/pass/differentiate.hpp>

namespace weft {

template <class F, class... A>
auto call(F&& f, A&&... arguments);

/// The gradient with respect to a model: a model of the same members.
template <class M>
using gradient_of = M;

namespace ir {

/// A fresh name for a value, so that a derivative with respect to it does not see what was
/// computed from it before. The attribute makes each one unique.
struct argument_op : ops::identity {
    static constexpr std::string_view name = "argument";
    static constexpr void vjp(pullback& p) { p.add(0, p.cotangent); }
    static constexpr symbol jvp(pushforward& p) { return p.linear(); }
};

}  // namespace ir

namespace detail {

constexpr symbol fresh(symbol x) {
    if (!x.valid()) return x;
    std::int64_t const number = x.builder()->result().nodes.size();
    int const id = x.id();
    return x.builder()->add(ir::op<ir::argument_op>, x.type(), x.node().shape, {&id, 1},
                            {&number, 1});
}

/// The differentiable leaves of a traced argument, in order.
template <class A>
constexpr void collect_inputs(A& x, list<symbol>& to) {
    if constexpr (std::is_same_v<std::remove_cv_t<A>, symbol>)
        to.push(x);
    else
        for_each_leaf(x, [&]<class L>(L& leaf) {
            if constexpr (!is_state<L> && !is_setting<L>) to.push(leaf.traced());
        });
}
template <class A>
constexpr void make_fresh(A& x) {
    if constexpr (std::is_same_v<A, symbol>) {
        if (x.valid() && !is_inexact(x.type()))
            x.builder()->fail(ir::sentence("grad", x)
                              << " is " << name(x.type())
                              << ", which has no derivative: name other arguments with wrt");
        x = fresh(x);
    } else
        for_each_leaf(x, [&]<class L>(L& leaf) {
            if constexpr (!is_state<L> && !is_setting<L>) leaf.bind(fresh(leaf.traced()));
        });
}
/// A value or model like x made from derivatives; zeros where there is none.
template <class A>
constexpr A derivative_like(A const& x, list<symbol> const& d, int& next) {
    auto made = [&](symbol of) {
        symbol const s = d[next++];
        return s.valid() ? s : of.builder()->constant(of.type(), of.node().shape, 0);
    };
    if constexpr (std::is_same_v<A, symbol>) {
        return made(x);
    } else {
        A out = x;
        for_each_leaf(out, [&]<class L>(L& leaf) {
            if constexpr (!is_state<L> && !is_setting<L>) leaf.bind(made(leaf.traced()));
        });
        return out;
    }
}
/// States that the function assigned go on to the caller's model.
template <class A, class B>
constexpr void hand_back(A& from, B& to) {
    if constexpr (!std::is_const_v<B> && !std::is_same_v<A, symbol>) {
        list<symbol> values;
        for_each_leaf(from, [&]<class L>(L& leaf) {
            if constexpr (is_state<L>) values.push(leaf.bound());
        });
        int next = 0;
        for_each_leaf(to, [&]<class L>(L& leaf) {
            if constexpr (is_state<L>) leaf.bind(values[next++]);
        });
    }
}

/// In a trace numbers and tensors are symbols; models stay what they are.
template <class A>
constexpr auto as_traced(A const& x) {
    if constexpr (Traced<A>)
        return x.traced();
    else
        return x;
}

constexpr ir::builder* builder_of(list<symbol> const& inputs) {
    return inputs.empty() ? nullptr : inputs[0].builder();
}

/// What a function returned: its value, and what it returned beside it.
template <class R>
constexpr symbol main_value(R const& r) {
    if constexpr (Traced<R>)
        return r.traced();
    else
        return std::get<0>(r).traced();
}

/// f on fresh copies of the differentiated arguments; `use(value, inputs, copies)` goes on.
template <class F, int... I, class Use, class... A, std::size_t... J>
constexpr auto with_fresh(F const& f, wrt_t<I...>, std::index_sequence<J...>, Use use,
                          A&... arguments) {
    std::tuple<decltype(as_traced(arguments))...> copies(as_traced(arguments)...);
    list<symbol> inputs;
    (make_fresh(std::get<static_cast<std::size_t>(I)>(copies)), ...);
    (collect_inputs(std::get<static_cast<std::size_t>(I)>(copies), inputs), ...);
    auto value = f(std::get<J>(copies)...);
    (hand_back(std::get<J>(copies), arguments), ...);
    return use(value, inputs, copies);
}

template <int... I, class Copies>
constexpr auto derivatives_like(wrt_t<I...>, Copies const& copies, list<symbol> const& d) {
    int next = 0;
    if constexpr (sizeof...(I) == 1)
        return (derivative_like(std::get<static_cast<std::size_t>(I)>(copies), d, next), ...);
    else
        return std::tuple{derivative_like(std::get<static_cast<std::size_t>(I)>(copies), d, next)...};
}

/// A derivative as a function that always traces.
template <class G>
struct always_traced {
    template <class... A>
    constexpr auto operator()(A&... arguments) const {
        return G{}.traced(arguments...);
    }
};

/// With a symbol among the arguments, or with captures (of symbols), a trace is going on; without,
/// the arguments are concrete.
template <bool Fits, class G, class... A>
constexpr auto enter(G const& g, A&... arguments) {
    if constexpr (!Fits)
        return stopped{};
    else if constexpr ((std::is_same_v<std::remove_cv_t<A>, symbol> || ...) || !std::is_empty_v<G>)
        return g.traced(arguments...);
    else
        return weft::call(always_traced<G>{}, arguments...);
}

template <class F, class Wrt>
struct value_and_grad_function {
    [[no_unique_address]] F f{};

    /// In a trace.
    template <class... A>
    constexpr auto traced(A&... arguments) const {
        return with_fresh(
            f, Wrt{}, std::index_sequence_for<A...>{},
            [](auto value, list<symbol> const& inputs, auto const& copies) {
                symbol const y = main_value(value);
                list<symbol> d(inputs.size(), symbol{});
                if (y.valid()) {
                    ir::builder& b = *y.builder();
                    if (y.rank() != 0)
                        b.fail(ir::sentence("grad", y)
                               << " is not a scalar: grad differentiates one number, such as a "
                                  "loss; reduce it with sum or mean, or use vjp");
                    else if (!is_floating(y.type()))
                        b.fail(text("grad: the function returns ")
                               << name(y.type())
                               << (is_complex(y.type())
                                       ? ": a loss is real; take real(z), imag(z) or abs(z)"
                                       : ", which has no derivative"));
                    else
                        d = differentiate(b, y, inputs);
                }
                return std::pair{value, derivatives_like(Wrt{}, copies, d)};
            },
            arguments...);
    }
    static constexpr list<symbol> differentiate(ir::builder& b, symbol y,
                                                list<symbol> const& inputs) {
        for (symbol x : inputs)
            if (!x.valid()) return list<symbol>(inputs.size(), symbol(&b, -1));
        symbol const one = b.constant(y.type(), y.node().shape, 1);
        return pass::vjp(b, {&y, 1}, {&one, 1}, inputs);
    }
    template <class... A>
    constexpr auto operator()(A&&... arguments) const {
        return enter<derivative_fits<F, Wrt, std::remove_reference_t<A>...>()>(*this, arguments...);
    }
};

template <class F, class Wrt>
struct grad_function {
    [[no_unique_address]] F f{};

    template <class... A>
    constexpr auto traced(A&... arguments) const {
        return value_and_grad_function<F, Wrt>{f}.traced(arguments...).second;
    }
    template <class... A>
    constexpr auto operator()(A&&... arguments) const {
        return enter<derivative_fits<F, Wrt, std::remove_reference_t<A>...>()>(*this, arguments...);
    }
};

template <class F, class Wrt>
struct vjp_function {
    [[no_unique_address]] F f{};

    template <class C, class... A>
    constexpr auto traced(C& cotangent, A&... arguments) const {
        return with_fresh(
            f, Wrt{}, std::index_sequence_for<A...>{},
            [&](symbol y, list<symbol> const& inputs, auto const& copies) {
                symbol const c = as_traced(cotangent);
                list<symbol> d(inputs.size(), symbol{});
                if (y.valid() && c.valid()) {
                    if (y.node().shape != c.node().shape)
                        y.builder()->fail(ir::sentence("vjp", y, c, "and")
                                          << ": the cotangent has the shape of the result");
                    else
                        d = pass::vjp(*y.builder(), {&y, 1}, {&c, 1}, inputs);
                }
                return std::pair{y, derivatives_like(Wrt{}, copies, d)};
            },
            arguments...);
    }
    template <class C, class... A>
    constexpr auto operator()(C&& cotangent, A&&... arguments) const {
        return enter<derivative_fits<F, Wrt, std::remove_reference_t<A>...>()>(*this, cotangent,
                                                                               arguments...);
    }
};

template <class F, class Wrt>
struct jvp_function {
    [[no_unique_address]] F f{};

    template <class C, class... A>
    constexpr auto traced(C& tangent, A&... arguments) const {
        return with_fresh(
            f, Wrt{}, std::index_sequence_for<A...>{},
            [&](symbol y, list<symbol> const& inputs, auto const&) {
                auto t = as_traced(tangent);
                list<symbol> tangents, d;
                collect_inputs(t, tangents);
                symbol dy;
                bool fits = y.valid() && tangents.size() == inputs.size();
                for (int i = 0; fits && i < inputs.size(); ++i)
                    if (inputs[i].node().shape != tangents[i].node().shape) {
                        y.builder()->fail(ir::sentence("jvp", inputs[i], tangents[i], "and")
                                          << ": the tangent has the shape of the argument");
                        fits = false;
                    }
                if (fits) dy = pass::jvp(*y.builder(), {&y, 1}, inputs, tangents)[0];
                if (!dy.valid() && y.valid())
                    dy = y.builder()->constant(y.type(), y.node().shape, 0);
                return std::pair{y, dy};
            },
            arguments...);
    }
    template <class C, class... A>
    constexpr auto operator()(C&& tangent, A&&... arguments) const {
        return enter<derivative_fits<F, Wrt, std::remove_reference_t<A>...>()>(*this, tangent,
                                                                               arguments...);
    }
};

}  // namespace detail

/// The gradient of f, a function of one scalar result, with respect to argument 0 or those that
/// `wrt` names: for a model, a model of gradients; for several, a tuple. Inside a trace f may
/// capture symbols; called with tensors it is compiled and must capture nothing.
template <class F, int... I>
constexpr auto grad(F const& f, wrt_t<I...> = {}) {
    return detail::grad_function<F, std::conditional_t<sizeof...(I) == 0, wrt_t<0>, wrt_t<I...>>>{f};
}
/// A pair: what f returns (a scalar, or a tuple whose first element is one), and its gradient.
template <class F, int... I>
constexpr auto value_and_grad(F const& f, wrt_t<I...> = {}) {
    return detail::value_and_grad_function<
        F, std::conditional_t<sizeof...(I) == 0, wrt_t<0>, wrt_t<I...>>>{f};
}
/// vjp(f)(cotangent, arguments...): a pair of f's result and the cotangents of the arguments that
/// `wrt` names (reverse mode).
template <class F, int... I>
constexpr auto vjp(F const& f, wrt_t<I...> = {}) {
    return detail::vjp_function<F, std::conditional_t<sizeof...(I) == 0, wrt_t<0>, wrt_t<I...>>>{f};
}
/// jvp(f)(tangent, arguments...): a pair of f's result and its derivative along the tangent of the
/// argument that `wrt` names (forward mode).
template <class F, int... I>
constexpr auto jvp(F const& f, wrt_t<I...> = {}) {
    static_assert(sizeof...(I) <= 1, "weft::jvp: one argument moves; stack several in a model");
    return detail::jvp_function<F, std::conditional_t<sizeof...(I) == 0, wrt_t<0>, wrt_t<I...>>>{f};
}

}  // namespace weft
