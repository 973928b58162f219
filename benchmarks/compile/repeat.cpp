// SPDX-License-Identifier: BSL-1.0
// The training step of LAYERS equal layers as one repeat, with Adam.
#include <weft/weft.hpp>

namespace nn = weft::nn;

struct layer {
    nn::linear<64, 64> linear;
    constexpr auto operator()(auto const& x) const { return x + tanh(linear(x)); }
};
struct deep {
    nn::linear<64, 64> first;
    nn::repeat<layer, LAYERS> layers;
    nn::linear<64, 10> last;
    constexpr auto operator()(auto const& x) const { return last(layers(first(x))); }
};

using batch = weft::tensor<float, 32, 64>;
using labels = weft::tensor<std::int32_t, 32>;

constexpr auto train = [](deep& net, weft::optim::adam const& adam,
                          weft::optim::adam_state<deep>& state, auto x, auto y) {
    auto [loss, gradient] = weft::value_and_grad(
        [&](auto& n) { return nn::softmax_cross_entropy(n(x), y); })(net);
    adam.update(net, gradient, state);
    return loss;
};

using signature = float(deep&, weft::optim::adam const&, weft::optim::adam_state<deep>&,
                        batch const&, labels const&);
extern weft::compiled<signature> const step;
weft::compiled<signature> const step = weft::compile<signature>(train);
