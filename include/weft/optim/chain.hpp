// SPDX-License-Identifier: BSL-1.0
// What is done to gradients before a rule sees them: clipping and weight decay, chained in front of
// a rule; and groups of parameters that have settings of their own.
#pragma once

#include <array>

#include <weft/optim/rule.hpp>

namespace weft::optim {

// A change of gradients is an aggregate of settings with a call operator (g, w): lists of the
// gradients, which it changes, and of the parameters.

/// Each element to -limit .. limit.
struct clip_value {
    scheduled limit = 1;
    constexpr void operator()(list<symbol>& g, list<symbol> const&) const {
        symbol const low = -limit, high = limit.traced();
        for (symbol& d : g) d = maximum(minimum(d, like(high, d)), like(low, d));
    }
};

namespace detail {

constexpr symbol squared_norm(symbol g) { return sum(g * g); }
/// What shortens a gradient of this norm; never more than 1. 1e-6 as in PyTorch.
constexpr symbol shortening(symbol limit, symbol squares) {
    return minimum(like(limit, squares) / (sqrt(squares) + 1e-6), 1);
}

}  // namespace detail

/// Each tensor's gradient to a norm of at most limit.
struct clip_norm {
    scheduled limit = 1;
    constexpr void operator()(list<symbol>& g, list<symbol> const&) const {
        for (symbol& d : g) d = d * detail::shortening(limit.traced(), detail::squared_norm(d));
    }
};

/// The gradient as a whole to a norm of at most limit. Updates wait for the norm: they no longer
/// end the kernels that make the gradients.
struct clip_global_norm {
    scheduled limit = 1;
    constexpr void operator()(list<symbol>& g, list<symbol> const&) const {
        if (g.empty()) return;
        symbol all = detail::squared_norm(g[0]);
        for (int i = 1; i < g.size(); ++i) all = all + detail::squared_norm(g[i]);
        symbol const factor = detail::shortening(limit.traced(), all);
        for (symbol& d : g) d = d * factor;
    }
};

/// gradient += decay * parameter: the derivative of decay / 2 * the squared norm of the parameters.
struct weight_decay {
    scheduled decay = 1e-2;
    constexpr void operator()(list<symbol>& g, list<symbol> const& w) const {
        for (int i = 0; i < g.size(); ++i) g[i] = g[i] + like(decay.traced(), w[i]) * w[i];
    }
};

/// A change of the gradients of some parameters: see only().
template <class Match, class Change>
struct partial {
    Change change;

    template <class M>
    constexpr void apply(list<symbol>& g, list<symbol> const& w) const {
        auto const chosen = first_match<M, Match>();
        list<symbol> some, of;
        for (int i = 0; i < g.size(); ++i)
            if (chosen[i]) some.push(g[i]), of.push(w[i]);
        change(some, of);
        for (int i = 0, next = 0; i < g.size(); ++i)
            if (chosen[i]) g[i] = some[next++];
    }
};
/// A change for those parameters that meet a condition: `only(matrices, weight_decay{1e-4})`.
template <class Match, class Change>
constexpr partial<Match, Change> only(Match, Change change) {
    return {change};
}

/// A rule behind a change of the gradients: see chain().
template <class Change, class Rule>
struct chained {
    Change change;
    Rule rule;

    template <class M>
    using state_of = typename Rule::template state_of<M>;
    template <class M>
    constexpr void apply(list<symbol>& w, list<symbol> const& gradients, auto& s) const {
        list<symbol> g(static_cast<range<symbol>>(gradients));
        if constexpr (requires { change.template apply<M>(g, w); })
            change.template apply<M>(g, w);
        else
            change(g, w);
        detail::apply<M>(rule, w, g, s);
    }
    template <class M>
    auto start_with(M const& model) const {
        return optim::start(rule, model);
    }
    template <class M>
    auto start(M const& model) const {
        return optim::start(rule, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, state_of<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

/// Changes of the gradients, in order, and then a rule:
/// `chain(clip_global_norm{1}, weight_decay{1e-4}, sgd{.momentum = 0.9})`.
template <class Rule>
constexpr Rule chain(Rule rule) {
    return rule;
}
template <class Change, class Next, class... More>
constexpr auto chain(Change change, Next next, More... more) {
    auto rest = optim::chain(next, more...);
    return chained<Change, decltype(rest)>{change, rest};
}

/// The rule for parameters that meet a condition: see groups().
template <class Match, class Rule>
struct group_of {
    Rule rule;
};
template <class Match, class Rule>
constexpr group_of<Match, Rule> group(Match, Rule rule) {
    return {rule};
}

/// What a rule with groups keeps: the slots of the rule, and counters for each group.
template <class S, int Groups>
struct grouped_state {
    S rest;
    std::array<decltype(S::counters), static_cast<std::size_t>(Groups)> groups;
};
namespace detail {
template <class S>
inline constexpr bool counts = !std::is_empty_v<decltype(S::counters)>;
}

/// One kind of rule with settings for each group of parameters: see groups().
template <class Rule, class... Match>
struct grouped {
    static constexpr int count = sizeof...(Match);
    Rule rest;
    std::array<Rule, sizeof...(Match)> rules;

    template <class M>
    using rest_state = typename Rule::template state_of<M>;
    template <class M>
    using state_of = std::conditional_t<detail::counts<rest_state<M>>,
                                        grouped_state<rest_state<M>, count>, rest_state<M>>;
    template <class M>
    constexpr void apply(list<symbol>& w, list<symbol> const& g, state_of<M>& s) const {
        auto const chosen = first_match<M, Match...>();
        auto& slots = rest_of(s);
        auto const first = rest.begin(slots.counters);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            decltype(first) others[] = {rules[I].begin(counters<I>(s))...};
            detail::step_each(w, g, slots, [&](int i) -> auto const& {
                return chosen[i] ? others[chosen[i] - 1] : first;
            });
        }(std::index_sequence_for<Match...>{});
    }
    template <class M>
    state_of<M> start_with(M const& model) const {
        state_of<M> s{};
        rest_of(s) = optim::start(rest, model);
        return s;
    }
    template <class M>
    state_of<M> start(M const& model) const {
        return start_with(model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, state_of<M>& s) const {
        optim::update(*this, model, gradient, s);
    }

private:
    template <class S>
    static constexpr auto& rest_of(S& s) {
        if constexpr (requires { s.groups; })
            return s.rest;
        else
            return s;
    }
    template <std::size_t I, class S>
    static constexpr auto& counters(S& s) {
        if constexpr (requires { s.groups; })
            return s.groups[I];
        else
            return s.counters;
    }
};

/// A rule for all parameters but those of groups, which are given the same rule with other
/// settings. A parameter belongs to the first group whose condition it meets:
///
///     optim::groups(optim::adamw{.decay = 0.01},
///                   optim::group(optim::vectors, optim::adamw{.decay = 0}))
template <class Rule, class... Match>
constexpr grouped<Rule, Match...> groups(Rule rest, group_of<Match, Rule>... of) {
    return {rest, {of.rule...}};
}

}  // namespace weft::optim
