// expect: dense.blocks: a model is an aggregate of tensors, states, settings and models; dense has a member that is a C array; use std::array
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    weft::tensor<float, 2> blocks[3];
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net{};
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
