// SPDX-License-Identifier: BSL-1.0
// Stochastic gradient descent: with momentum, and without any memory.
#pragma once

#include <weft/optim/rule.hpp>

namespace weft::optim {

/// What sgd keeps of a model M: a velocity for each parameter.
template <class M>
struct sgd_state {
    M velocity = zeros_like(M{});
    static constexpr no_counters counters{};
    constexpr auto slots() { return std::tie(velocity); }
};

/// velocity = momentum * velocity + gradient; parameter -= rate * velocity, with Nesterov's
/// momentum parameter -= rate * (gradient + momentum * velocity).
struct sgd {
    scheduled rate = 1e-2;
    scheduled momentum = 0;
    setting<bool> nesterov = false;

    template <class M>
    using state_of = sgd_state<M>;
    constexpr auto begin(no_counters) const {
        // Both kinds are of the gradient and the velocity, with other factors.
        return [m = momentum.traced(), of_g = where(nesterov, rate, 0),
                of_v = where(nesterov, rate * momentum, rate)](symbol& w, symbol g, symbol& v) {
            v = like(m, w) * v + g;
            w = w - (like(of_g, w) * g + like(of_v, w) * v);
        };
    }

    template <class M>
    sgd_state<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, sgd_state<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

/// Nothing is kept.
struct descent_state {
    static constexpr no_counters counters{};
    constexpr std::tuple<> slots() { return {}; }
};

/// parameter -= rate * gradient: sgd without a velocity, which costs memory even where momentum
/// is 0.
struct descent {
    scheduled rate = 1e-2;

    template <class>
    using state_of = descent_state;
    constexpr auto begin(no_counters) const {
        return [rate = rate.traced()](symbol& w, symbol g) { w = w - like(rate, w) * g; };
    }

    template <class M>
    descent_state start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, descent_state& s) const {
        optim::update(*this, model, gradient, s);
    }
};

}  // namespace weft::optim
