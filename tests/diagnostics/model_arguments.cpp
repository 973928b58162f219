// expect: weft: dense cannot be called with (symbol, symbol): in a trace tensors and numbers are symbols
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x, 2.f);
}
