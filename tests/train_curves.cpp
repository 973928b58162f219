// SPDX-License-Identifier: BSL-1.0
// A hundred steps of training follow those of PyTorch from the same weights.
#include <cmath>

#include <doctest/doctest.h>

#include <recorded/curves.hpp>
#include <weft/nn/attention.hpp>
#include <weft/nn/loss.hpp>
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
    void layer(Layer& l) {
        fill(l.weight, 0.3), fill(l.bias, 0.1);
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
