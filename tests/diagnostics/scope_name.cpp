// expect: in encoder.blocks[1]: matmul(arg1, encoder.blocks[1].weight): (32, 16) x (15, 8), the inner extents differ
#include <weft/ir/scope.hpp>
#include <weft/program/call.hpp>

#include <array>

struct dense {
    weft::tensor<float, 15, 8> weight;
    constexpr auto operator()(auto const& x) const {
        auto const scope = weft::scope(x, *this);
        return matmul(x, weight);
    }
};
struct stack {
    std::array<dense, 2> blocks;
};
struct net {
    stack encoder;
    constexpr auto operator()(auto const& x) const { return encoder.blocks[1](x); }
};

int main() {
    net n;
    weft::tensor<float, 32, 16> x;
    auto y = weft::call(n, x);
}
