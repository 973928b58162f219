// expect: matmul(arg1, output.weight): (8, 4) x (5, 3), the inner extents differ
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

struct mlp {
    weft::nn::linear<5, 3> output;
    constexpr auto operator()(auto const& x) const { return output(x); }
};

int main() {
    mlp net;
    weft::tensor<float, 8, 4> x;
    weft::tensor<int, 8> y;
    weft::train::step step(net, weft::nn::softmax_cross_entropy, weft::optim::sgd{});
    step(net, x, y);
}
