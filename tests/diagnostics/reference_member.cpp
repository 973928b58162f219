// expect: dense: a model is an aggregate of tensors, states, settings and models; dense has a member that is a reference
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2>& weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    weft::tensor<float, 4, 2> weight;
    weft::tensor<float, 5, 4> x;
    dense net{weight};
    auto y = weft::call(net, x);
}
