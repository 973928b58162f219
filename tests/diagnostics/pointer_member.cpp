// expect: dense.next is a pointer: a model holds tensors, states, settings, models and std::array of them
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    dense* next = nullptr;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight); }
};

int main() {
    dense net{};
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
