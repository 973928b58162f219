// expect: softmax_cross_entropy(add(...), arg3): (32, 10) and (9), class weights are one number for each class
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
    weft::tensor<int, 32> y;
    weft::tensor<float, 9> w;
    auto gradient = weft::grad([](auto& net, auto x, auto y, auto w) {
        return weft::nn::softmax_cross_entropy(net(x), y, {.weights = w});
    })(net, x, y, w);
}
