// SPDX-License-Identifier: BSL-1.0
// The training step of a perceptron of LAYERS layers, with Adam, as a compiled function.
#include <weft/weft.hpp>

namespace nn = weft::nn;

struct perceptron {
    nn::linear<784, 128> first;
    std::array<nn::linear<128, 128>, LAYERS - 2> hidden;
    nn::linear<128, 10> last;
    constexpr auto operator()(auto const& x) const {
        auto h = relu(first(x));
        for (auto const& layer : hidden) h = relu(layer(h));
        return last(h);
    }
};

using batch = weft::tensor<float, 32, 784>;
using labels = weft::tensor<std::int32_t, 32>;

constexpr auto train = [](perceptron& net, weft::optim::adam const& adam,
                          weft::optim::adam_state<perceptron>& state, auto x, auto y) {
    auto [loss, gradient] = weft::value_and_grad(
        [&](auto& n) { return nn::softmax_cross_entropy(n(x), y); })(net);
    adam.update(net, gradient, state);
    return loss;
};

using signature = float(perceptron&, weft::optim::adam const&,
                        weft::optim::adam_state<perceptron>&, batch const&, labels const&);
extern weft::compiled<signature> const step;
weft::compiled<signature> const step = weft::compile<signature>(train);
