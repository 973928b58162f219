// SPDX-License-Identifier: BSL-1.0
// Adam: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); AdamW: Loshchilov and
// Hutter, "Decoupled weight decay regularization" (2019).
#pragma once

#include <weft/optim/rule.hpp>

namespace weft::optim {

/// The powers of beta1 and beta2 that correct the bias of the averages.
struct adam_counters {
    state<double> power1 = tensor<double>::full(1);
    state<double> power2 = tensor<double>::full(1);
};

/// What adam keeps of a model M: averages of the gradient and of its square.
template <class M>
struct adam_state {
    M mean = zeros_like(M{});
    M square = zeros_like(M{});
    adam_counters counters;
    constexpr auto slots() { return std::tie(mean, square); }
};

namespace detail {

/// One parameter. The corrections are scalars, so that its update is one short expression that can
/// end the product which makes its gradient.
struct adam_step {
    symbol rate, small, part1, part2;

    constexpr void operator()(symbol& w, symbol g, symbol& m, symbol& v) const {
        m = m + (g - m) * like(part1, w);
        v = v + (g * g - v) * like(part2, w);
        // A division proper would take most of the time of a step.
        symbol const spread = root(v);
        w = w - like(rate, w) * m * reciprocal(spread + like(small, w));
    }
};

template <class Adam>
constexpr adam_step begin_adam(Adam const& a, adam_counters& c) {
    c.power1 = c.power1 * a.beta1;
    c.power2 = c.power2 * a.beta2;
    symbol const correction = sqrt(1 - c.power2);
    return {cast<double>(a.rate) * correction / (1 - c.power1), a.epsilon * correction, 1 - a.beta1,
            1 - a.beta2};
}

}  // namespace detail

/// mean += (1 - beta1) (g - mean), square += (1 - beta2) (g^2 - square), and with both corrected
/// by 1 / (1 - beta^step): parameter -= rate * mean / (sqrt(square) + epsilon).
struct adam {
    scheduled rate = 1e-3;
    setting<double> beta1 = 0.9;
    setting<double> beta2 = 0.999;
    setting<double> epsilon = 1e-8;

    template <class M>
    using state_of = adam_state<M>;
    constexpr auto begin(adam_counters& c) const { return detail::begin_adam(*this, c); }

    template <class M>
    adam_state<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, adam_state<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

/// adam, and parameter -= rate * decay * parameter.
struct adamw {
    scheduled rate = 1e-3;
    setting<double> beta1 = 0.9;
    setting<double> beta2 = 0.999;
    setting<double> epsilon = 1e-8;
    scheduled decay = 1e-2;

    template <class M>
    using state_of = adam_state<M>;
    constexpr auto begin(adam_counters& c) const {
        return [adam = detail::begin_adam(*this, c), rate = rate.traced(), decay = decay.traced()](
                   symbol& w, symbol g, symbol& m, symbol& v) {
            symbol const loss = decayed(rate, decay, w);
            adam(w, g, m, v);
            w = w - loss;
        };
    }

    template <class M>
    adam_state<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, adam_state<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

}  // namespace weft::optim
