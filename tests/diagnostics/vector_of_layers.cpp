// expect: net.layers is a std::vector<dense>: a model holds tensors, states, settings, models and std::array of them
#include <weft/program/call.hpp>

#include <vector>

struct dense {
    weft::tensor<float, 4, 4> weight;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};
struct net {
    weft::tensor<float, 4> bias;
    std::vector<dense> layers;
    constexpr auto operator()(auto const& x) const { return x + bias; }
};

int main() {
    net n;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(n, x);
}
