// expect: add(dot_general(...), head.bias): (32, 10) and (11) do not broadcast
#include <weft/program/call.hpp>

struct dense {
    weft::tensor<float, 784, 10> weight;
    weft::tensor<float, 11> bias;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};
struct classifier {
    dense head;
    constexpr auto operator()(auto const& x) const { return head(x); }
};

int main() {
    classifier net;
    weft::tensor<float, 32, 784> x;
    auto y = weft::call(net, x);
}
