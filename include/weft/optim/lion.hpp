// SPDX-License-Identifier: BSL-1.0
// Lion: Chen et al., "Symbolic discovery of optimization algorithms" (2023).
#pragma once

#include <weft/optim/rule.hpp>

namespace weft::optim {

/// What lion keeps of a model M: an average of the gradient.
template <class M>
struct lion_state {
    M mean = zeros_like(M{});
    static constexpr no_counters counters{};
    constexpr auto slots() { return std::tie(mean); }
};

/// parameter -= rate * (sign(beta1 * mean + (1 - beta1) g) + decay * parameter), and then
/// mean += (1 - beta2) (g - mean).
struct lion {
    scheduled rate = 1e-4;
    setting<double> beta1 = 0.9;
    setting<double> beta2 = 0.99;
    scheduled decay = 0;

    template <class M>
    using state_of = lion_state<M>;
    constexpr auto begin(no_counters) const {
        return [rate = rate.traced(), part1 = 1 - beta1, part2 = 1 - beta2, decay = decay.traced()](
                   symbol& w, symbol g, symbol& mean) {
            symbol const way = mean + (g - mean) * like(part1, w), size = like(rate, w);
            w = w - where(way > 0, size, where(way < 0, -size, 0)) - decayed(rate, decay, w);
            mean = mean + (g - mean) * like(part2, w);
        };
    }

    template <class M>
    lion_state<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, lion_state<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

}  // namespace weft::optim
