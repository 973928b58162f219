// expect: net.encoder.layers[0].rate is a plain number (double), which the trace would freeze: make it weft::setting<double>, or static constexpr
#include <weft/program/call.hpp>

#include <array>

struct dense {
    weft::tensor<float, 4, 4> weight;
    double rate = 0.5;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) * rate; }
};
struct stack {
    std::array<dense, 2> layers;
};
struct net {
    stack encoder;
    constexpr auto operator()(auto const& x) const { return encoder.layers[0](x); }
};

int main() {
    net n;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(n, x);
}
