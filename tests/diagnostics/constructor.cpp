// expect: weft: dense is no model, because it is not an aggregate (it has constructors, private members or virtual functions), and no function without captures
#include <weft/program/call.hpp>

struct dense {
    dense() {}
    weft::tensor<float, 4, 2> weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
