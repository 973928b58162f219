// SPDX-License-Identifier: BSL-1.0
// Adam: Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
#pragma once

#include <weft/optim/parameters.hpp>

namespace weft::optim {

/// What adam keeps of a model M: averages of the gradient and of its square, and the powers of
/// beta1 and beta2 that correct the bias of these averages.
template <class M>
struct adam_state {
    M mean = zeros_like(M{});
    M square = zeros_like(M{});
    state<double> power1 = tensor<double>::full(1);
    state<double> power2 = tensor<double>::full(1);
};

/// mean += (1 - beta1) (g - mean), square += (1 - beta2) (g^2 - square), and with both corrected
/// by 1 / (1 - beta^step): parameter -= rate * mean / (sqrt(square) + epsilon).
struct adam {
    setting<float> rate = 1e-3f;
    setting<float> beta1 = 0.9f;
    setting<float> beta2 = 0.999f;
    setting<float> epsilon = 1e-8f;

    template <class M>
    using state_of = adam_state<M>;

    /// The state before the first step.
    template <class M>
    adam_state<M> start(M const& model) const {
        return {.mean = zeros_like(model), .square = zeros_like(model)};
    }

    /// In a trace: one step. The corrections are scalars, so that a parameter's update is one
    /// short expression that can end the product which makes its gradient.
    template <class M>
    constexpr void update(M& model, M const& gradient, adam_state<M>& s) const {
        s.power1 = s.power1 * cast<double>(beta1);
        s.power2 = s.power2 * cast<double>(beta2);
        symbol const root = sqrt(1 - s.power2);
        symbol const step = cast<float>(cast<double>(rate) * root / (1 - s.power1));
        symbol const small = cast<float>(cast<double>(epsilon) * root);
        symbol const part1 = 1 - beta1, part2 = 1 - beta2;
        list<symbol> w = parameters(model), m = parameters(s.mean), v = parameters(s.square);
        list<symbol> const g = parameters(gradient);
        for (int i = 0; i < w.size(); ++i) {
            m[i] = m[i] + (g[i] - m[i]) * part1;
            v[i] = v[i] + (g[i] * g[i] - v[i]) * part2;
            // sqrt(v) as v / sqrt(v), and a reciprocal: root and division proper would take most
            // of the time of a step. Where v is 0, so is the product.
            symbol const spread = v[i] * rsqrt(maximum(v[i], 1e-37f));
            w[i] = w[i] - step * m[i] * reciprocal(spread + small);
        }
        assign_parameters(s.mean, m);
        assign_parameters(s.square, v);
        assign_parameters(model, w);
    }
};

}  // namespace weft::optim
