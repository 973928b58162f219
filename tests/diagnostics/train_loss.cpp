// expect: loss(multiply(...)): (8, 3) is not a scalar: reduce it with mean or sum
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

struct mlp {
    weft::nn::linear<4, 3> output;
    constexpr auto operator()(auto const& x) const { return output(x); }
};

int main() {
    mlp net;
    weft::tensor<float, 8, 4> x;
    weft::tensor<float, 8, 3> y;
    weft::train::step step(net, [](auto p, auto y) { return square(p - y); }, weft::optim::sgd{});
    step(net, x, y);
}
