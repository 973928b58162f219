// SPDX-License-Identifier: BSL-1.0
// What a rule is, and how it walks over a model. A rule is an aggregate of settings:
//   state_of<M>     what it keeps of a model: `slots()`, models like M, and `counters`, scalars
//   begin(counters) in a trace: the scalars of a step; returns the function of one parameter,
//                   f(w, g, slot...), which is elementwise, so that it can end the kernel that
//                   makes the gradient
// A rule that is made of others has `apply<M>(w, g, state)` in place of begin: see chain.hpp.
#pragma once

#include <tuple>

#include <weft/optim/parameters.hpp>
#include <weft/optim/schedule.hpp>

namespace weft::optim {

/// Of a rule whose steps are all alike.
struct no_counters {};

/// A scalar in the type that updates of a parameter are computed in.
constexpr symbol like(symbol scalar, symbol w) {
    if (!scalar.valid() || !w.valid()) return scalar;
    return ir::cast(scalar, w.type() == dtype::f64 ? dtype::f64 : dtype::f32);
}

/// sqrt(v) as v / sqrt(v): the root proper would take much of the time of a step. Where v is 0, so
/// is the product.
constexpr symbol root(symbol v) { return v * rsqrt(maximum(v, 1e-37f)); }

/// What decoupled weight decay takes off a parameter. Of inputs only, each factor by itself, so
/// that any kernel can compute it.
constexpr symbol decayed(symbol rate, symbol decay, symbol w) {
    return like(rate, w) * (like(decay, w) * w);
}

/// What an optimizer keeps of a model.
template <class R, class M>
using state_of = typename R::template state_of<M>;

/// The state before the first step.
template <class R, class M>
state_of<R, M> start(R const& rule, M const& model) {
    if constexpr (requires { rule.start_with(model); }) {
        return rule.start_with(model);
    } else {
        state_of<R, M> s{};
        auto const begin = [&](auto& slot) {
            if constexpr (has_static_leaves<M>())
                clear(slot);
            else
                slot = zeros_like(model);
        };
        std::apply([&](auto&... slot) { (begin(slot), ...); }, s.slots());
        return s;
    }
}

namespace detail {

/// Applies of(i), the function of parameter i, to all parameters.
template <class Of, class S>
constexpr void step_each(list<symbol>& w, list<symbol> const& g, S& s, Of const& of) {
    std::apply(
        [&]<class... Slot>(Slot&... slot) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                list<symbol> kept[] = {parameters(slot)..., list<symbol>()};
                for (int i = 0; i < w.size(); ++i) of(i)(w[i], g[i], kept[I][i]...);
                (assign_parameters(slot, kept[I]), ...);
            }(std::index_sequence_for<Slot...>{});
        },
        s.slots());
}

/// In a trace: one step of a rule on the values of a model of type M.
template <class M, class R>
constexpr void apply(R const& rule, list<symbol>& w, list<symbol> const& g, state_of<R, M>& s) {
    if constexpr (requires { rule.template apply<M>(w, g, s); }) {
        rule.template apply<M>(w, g, s);
    } else {
        auto const one = rule.begin(s.counters);
        step_each(w, g, s, [&](int) -> auto const& { return one; });
    }
}

}  // namespace detail

/// In a trace: one step.
template <class R, class M>
constexpr void update(R const& rule, M& model, M const& gradient, state_of<R, M>& s) {
    list<symbol> w = parameters(model);
    detail::apply<M>(rule, w, parameters(gradient), s);
    assign_parameters(model, w);
}

}  // namespace weft::optim
