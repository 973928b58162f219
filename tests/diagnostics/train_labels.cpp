// expect: softmax_cross_entropy(add(...), arg2): (8, 3) and (8), labels are integers (the number of the class), found float32
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

struct mlp {
    weft::nn::linear<4, 3> output;
    constexpr auto operator()(auto const& x) const { return output(x); }
};

int main() {
    mlp net;
    weft::tensor<float, 8, 4> x;
    weft::tensor<float, 8> y;
    weft::train::step step(net, weft::nn::softmax_cross_entropy, weft::optim::sgd{});
    step(net, x, y);
}
