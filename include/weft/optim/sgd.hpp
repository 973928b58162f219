// SPDX-License-Identifier: BSL-1.0
// Stochastic gradient descent, with or without momentum.
#pragma once

#include <weft/optim/parameters.hpp>

namespace weft::optim {

/// What sgd keeps of a model M: a velocity for each parameter.
template <class M>
struct sgd_state {
    M velocity = zeros_like(M{});
};

/// velocity = momentum * velocity + gradient; parameter -= rate * velocity.
struct sgd {
    setting<float> rate = 1e-2f;
    setting<float> momentum = 0.f;

    template <class M>
    using state_of = sgd_state<M>;

    /// The state before the first step.
    template <class M>
    sgd_state<M> start(M const& model) const {
        return {zeros_like(model)};
    }

    /// In a trace: one step.
    template <class M>
    constexpr void update(M& model, M const& gradient, sgd_state<M>& s) const {
        list<symbol> w = parameters(model), v = parameters(s.velocity);
        list<symbol> const g = parameters(gradient);
        for (int i = 0; i < w.size(); ++i) {
            v[i] = momentum * v[i] + g[i];
            w[i] = w[i] - rate * v[i];
        }
        assign_parameters(s.velocity, v);
        assign_parameters(model, w);
    }
};

}  // namespace weft::optim
