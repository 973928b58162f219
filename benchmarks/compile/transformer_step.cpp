// SPDX-License-Identifier: BSL-1.0
// The training step of a transformer of LAYERS blocks as one repeat, with Adam.
#include <weft/nn/attention.hpp>
#include <weft/weft.hpp>

namespace nn = weft::nn;

struct transformer {
    nn::repeat<nn::transformer_block<64, 4, 256>, LAYERS> blocks;
    constexpr auto operator()(auto const& x) const { return blocks(x); }
};

using batch = weft::tensor<float, 8, 64, 64>;

constexpr auto train = [](transformer& net, weft::optim::adam const& adam,
                          weft::optim::adam_state<transformer>& state, auto x, auto y) {
    auto [loss, gradient] = weft::value_and_grad([&](auto& n) { return nn::mse(n(x), y); })(net);
    adam.update(net, gradient, state);
    return loss;
};

using signature = float(transformer&, weft::optim::adam const&,
                        weft::optim::adam_state<transformer>&, batch const&, batch const&);
extern weft::compiled<signature> const step;
weft::compiled<signature> const step = weft::compile<signature>(train);
