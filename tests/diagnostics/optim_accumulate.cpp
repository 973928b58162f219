// expect: weft::optim::accumulate stands outside of all others, accumulate(4, chain(...))
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
    auto const rule = optim::chain(optim::clip_value{1}, optim::accumulate(4, optim::sgd{}));
    weft::train::step step(net, weft::nn::softmax_cross_entropy, rule);
    step(net, x, y);
}
