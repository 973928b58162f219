// expect: softmax_cross_entropy(add(...), arg2): (32, 10) and (32, 9), the shapes differ
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>
#include <weft/nn/nn.hpp>

struct mlp {
    weft::nn::linear<784, 10> output;
    constexpr auto operator()(auto const& x) const { return output(x); }
};

int main() {
    mlp net;
    weft::tensor<float, 32, 784> x;
    weft::tensor<float, 32, 9> y;
    auto gradient = weft::grad([](auto& net, auto x, auto y) {
        return weft::nn::softmax_cross_entropy(net(x), y, {.smoothing = 0.1});
    })(net, x, y);
}
