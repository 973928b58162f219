// expect: weft::optim: a condition on parameters captures nothing: it is a function of optim::parameter
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

struct mlp {
    weft::nn::linear<4, 3> output;
    constexpr auto operator()(auto const& x) const { return output(x); }
};

int main() {
    namespace optim = weft::optim;
    mlp net;
    weft::tensor<float, 8, 4> x;
    weft::tensor<int, 8> y;
    int rank = 2;
    auto const some = [rank](optim::parameter p) { return p.rank < rank; };
    auto const rule = optim::chain(optim::only(some, optim::weight_decay{1e-4}), optim::sgd{});
    weft::train::step step(net, weft::nn::softmax_cross_entropy, rule);
    step(net, x, y);
}
