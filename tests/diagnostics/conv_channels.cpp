// expect: conv(maximum(...), second.weight): (2, 24, 24, 6) x (5, 5, 5, 16), the weights read 5 channels, x has 6
#include <weft/nn/conv.hpp>
#include <weft/program/call.hpp>

namespace nn = weft::nn;
struct lenet {
    nn::conv2d<1, 6, 5> first;
    nn::conv2d<5, 16, 5> second;
    constexpr auto operator()(auto const& x) const { return second(relu(first(x))); }
};

int main() {
    lenet net;
    weft::tensor<float, 2, 28, 28, 1> x;
    auto y = weft::call(net, x);
}
