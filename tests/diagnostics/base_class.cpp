// expect: dense: a model is an aggregate of tensors, states, settings and models; dense has a base class; make it a member
#include <weft/program/call.hpp>

struct named {
    weft::tensor<float, 2> bias;
};
struct dense : named {
    weft::tensor<float, 4, 2> weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
