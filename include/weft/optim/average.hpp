// SPDX-License-Identifier: BSL-1.0
// Around a rule: a moving average of the parameters, and gradients summed over several batches.
#pragma once

#include <weft/optim/rule.hpp>

namespace weft::optim {

template <class S, class M>
struct averaged_state {
    S inner;
    M average;
};

/// A rule that keeps a moving average of the parameters: see average().
template <class Rule>
struct averaged {
    Rule rule;
    scheduled kept = 0.999;

    template <class M>
    using state_of = averaged_state<typename Rule::template state_of<M>, M>;
    template <class M>
    constexpr void apply(list<symbol>& w, list<symbol> const& g, state_of<M>& s) const {
        detail::apply<M>(rule, w, g, s.inner);
        list<symbol> mean = parameters(s.average);
        symbol const part = 1 - kept;
        for (int i = 0; i < w.size(); ++i) mean[i] = mean[i] + (w[i] - mean[i]) * like(part, w[i]);
        assign_parameters(s.average, mean);
    }
    template <class M>
    state_of<M> start_with(M const& model) const {
        return {optim::start(rule, model), model};
    }
    template <class M>
    state_of<M> start(M const& model) const {
        return start_with(model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, state_of<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

/// A rule, and beside it average = kept * average + (1 - kept) * parameter after each step. The
/// average begins with the parameters. `train::fit` validates it with `.average = true`.
template <class Rule>
constexpr averaged<Rule> average(Rule rule, scheduled kept = 0.999) {
    return {rule, kept};
}

template <class S, class M>
struct accumulated_state {
    S inner;
    M sum = zeros_like(M{});
};

/// A rule for the mean gradient of several batches: see accumulate().
template <class Rule>
struct accumulated {
    Rule rule;
    setting<std::int32_t> batches = 1;

    template <class M>
    using state_of = accumulated_state<typename Rule::template state_of<M>, M>;

    /// In a trace: adds the gradient of one batch.
    template <class M>
    constexpr void collect(M const& gradient, state_of<M>& s) const {
        list<symbol> sum = parameters(s.sum);
        list<symbol> const g = parameters(gradient);
        for (int i = 0; i < sum.size(); ++i) sum[i] = sum[i] + g[i];
        assign_parameters(s.sum, sum);
    }
    /// In a trace: one step with the mean of what was collected, which begins anew.
    template <class M>
    constexpr void flush(M& model, state_of<M>& s) const {
        list<symbol> w = parameters(model), sum = parameters(s.sum), g;
        symbol const part = 1 / cast<double>(batches);
        for (symbol d : sum) g.push(d * like(part, d));
        detail::apply<M>(rule, w, g, s.inner);
        assign_parameters(model, w);
        for (symbol& d : sum)
            d = d.valid() ? d.builder()->constant(d.type(), d.node().shape, 0) : d;
        assign_parameters(s.sum, sum);
    }
    template <class M>
    constexpr void apply(list<symbol>&, list<symbol> const&, state_of<M>&) const {
        static_assert(sizeof(M) == 0,
                      "weft::optim::accumulate stands outside of all others, accumulate(4, "
                      "chain(...)), and is run by train::step, or by collect and flush");
    }
    template <class M>
    state_of<M> start_with(M const& model) const {
        return {optim::start(rule, model), zeros_like(model)};
    }
    template <class M>
    state_of<M> start(M const& model) const {
        return start_with(model);
    }
};

/// One step of the rule for the mean gradient of so many batches: train::step does so. A traced
/// step of your own calls `collect(gradient, state)` for each batch and `flush(model, state)` after
/// the last.
template <class Rule>
constexpr accumulated<Rule> accumulate(std::int32_t batches, Rule rule) {
    return {rule, batches};
}

template <class>
inline constexpr bool is_accumulated = false;
template <class Rule>
inline constexpr bool is_accumulated<accumulated<Rule>> = true;

/// The averaged parameters in a state of an optimizer, or a null pointer where it keeps none.
template <class S>
auto const* average_in(S const& s) {
    if constexpr (requires { s.average; })
        return &s.average;
    else if constexpr (requires { s.inner; })
        return average_in(s.inner);
    else
        return static_cast<S const*>(nullptr);
}
/// Whether a state of this type holds averaged parameters.
template <class S>
constexpr bool has_average() {
    if constexpr (requires(S const& s) { s.average; })
        return true;
    else if constexpr (requires(S const& s) { s.inner; })
        return has_average<decltype(S::inner)>();
    else
        return false;
}

/// The averaged parameters with the states and settings of the model: what can be used in its
/// place.
template <class M, class S>
M averaged_model(M const& model, S const& s) {
    static_assert(has_average<S>(),
                  "weft::optim: this optimizer keeps no average of the "
                  "parameters: optim::average(rule)");
    list<void const*> from;
    for_each_leaf(*average_in(s), [&](auto& leaf) { from.push(&leaf); });
    M result = model;
    int next = 0;
    for_each_leaf(result, [&]<class L>(L& leaf) {
        if constexpr (is_parameter<L>) leaf = *static_cast<L const*>(from[next]);
        ++next;
    });
    return result;
}

}  // namespace weft::optim
