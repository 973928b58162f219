// expect: dense.with_bias is a plain number (bool), which the trace would freeze: make it weft::setting<bool>, or static constexpr
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    bool with_bias = true;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net{};
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
