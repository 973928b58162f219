// expect: dense.scale is a plain number (float), which the trace would freeze: make it weft::setting<float>, or static constexpr
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    float scale = 1;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net{};
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
