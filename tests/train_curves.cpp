// SPDX-License-Identifier: BSL-1.0
// A hundred steps of training follow those of PyTorch from the same weights.
#include <cmath>

#include <doctest/doctest.h>

#include <recorded/curves.hpp>
#include <weft/nn/attention.hpp>
#include <weft/nn/conv.hpp>
#include <weft/nn/loss.hpp>
#include <weft/nn/pool.hpp>
#include <weft/optim/adam.hpp>
#include <weft/train/step.hpp>

namespace nn = weft::nn;

namespace {

/// The sequence of recorded/curves.py.
class waves {
public:
    template <class X>
    void fill(X& x, double scale = 1) {
        for (auto& v : x) {
            double const i = ++count_;
            v = static_cast<float>(scale * std::sin(0.7 * i + 0.3 * std::sin(5 * i)));
        }
    }
    template <class Layer>
    void layer(Layer& l, double scale = 0.3) {
        fill(l.weight, scale), fill(l.bias, 0.1);
    }

private:
    int count_ = 0;
};

template <class Step, std::size_t N>
void follows(Step step, double const (&expected)[N]) {
    for (int i = 0; i < 100; ++i) {
        double const loss = step();
        CAPTURE(i);
        if (i % 10 == 0) CHECK(loss == doctest::Approx(expected[i / 10]).epsilon(1e-3));
        if (i == 99) CHECK(loss == doctest::Approx(expected[N - 1]).epsilon(1e-3));
    }
}

struct transformer {
    nn::transformer_block<16, 2, 32> block;
    constexpr auto operator()(auto const& x) const { return block(x, nn::causal); }
};

struct lenet {
    nn::conv2d<1, 6, 5, weft::window{.padding = 2}> first;
    nn::conv2d<6, 16, 5> second;
    nn::linear<400, 120> third;
    nn::linear<120, 84> fourth;
    nn::linear<84, 10> output;
    constexpr auto operator()(auto const& x) const {
        auto const a = max_pool(relu(first(x)), 2);
        auto const b = nn::flatten{}(max_pool(relu(second(a)), 2));
        return output(relu(fourth(relu(third(b)))));
    }
};

}  // namespace

TEST_CASE("a transformer block") {
    transformer net;
    auto& block = net.block;
    waves wave;
    wave.layer(block.attention.query), wave.layer(block.attention.key);
    wave.layer(block.attention.value), wave.layer(block.attention.output);
    wave.layer(block.hidden), wave.layer(block.output);
    weft::tensor<float, 4, 8, 16> x, y;
    wave.fill(x), wave.fill(y);
    weft::train::step<transformer, decltype(nn::mse), weft::optim::adam> step{
        net, nn::mse, weft::optim::adam{.rate = 1e-2}};
    follows([&] { return static_cast<double>(step(net, x, y).loss); }, recorded::curves::block);
}

TEST_CASE("LeNet-5") {
    lenet net;
    waves wave;
    wave.layer(net.first, 0.2), wave.layer(net.second, 0.1);
    wave.layer(net.third, 0.1), wave.layer(net.fourth, 0.2), wave.layer(net.output, 0.2);
    weft::tensor<float, 8, 28, 28, 1> x;
    weft::tensor<std::int32_t, 8> y;
    wave.fill(x);
    for (int i = 0; i < 8; ++i) y(i) = i % 10;
    weft::train::step<lenet, decltype(nn::softmax_cross_entropy), weft::optim::adam> step{
        net, nn::softmax_cross_entropy, weft::optim::adam{.epsilon = 1e-5}};
    follows([&] { return static_cast<double>(step(net, x, y).loss); }, recorded::curves::lenet);
}
