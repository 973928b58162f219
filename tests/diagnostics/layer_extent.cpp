// expect: matmul(maximum(...), output.weight): (32, 128) x (127, 10), the inner extents differ
#include <weft/program/call.hpp>
#include <weft/nn/nn.hpp>

namespace nn = weft::nn;
struct mlp {
    nn::linear<784, 128> hidden;
    nn::linear<127, 10> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

int main() {
    mlp net;
    weft::tensor<float, 32, 784> x;
    auto y = weft::call(net, x);
}
