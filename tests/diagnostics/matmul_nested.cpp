// expect: matmul(arg1, encoder.layers[1].weight): (32, 16) x (15, 8), the inner extents differ
#include <weft/program/call.hpp>

#include <array>

struct dense {
    weft::tensor<float, 15, 8> weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};
struct stack {
    std::array<dense, 2> layers;
};
struct net {
    stack encoder;
    constexpr auto operator()(auto const& x) const { return encoder.layers[1](x); }
};

int main() {
    net n;
    weft::tensor<float, 32, 16> x;
    auto y = weft::call(n, x);
}
