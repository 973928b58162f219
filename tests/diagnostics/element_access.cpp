// expect: weight: a tensor has no elements while the graph is built: compute with it as a whole, or with slice and take
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    constexpr auto operator()(auto const& x) const { return x * weight(0, 1); }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
