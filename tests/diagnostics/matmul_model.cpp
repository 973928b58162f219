// expect: matmul(maximum(...), output.weight): (32, 128) x (127, 10), the inner extents differ
#include <weft/program/call.hpp>

template <std::int64_t In, std::int64_t Out>
struct dense {
    weft::tensor<float, In, Out> weight;
    weft::tensor<float, Out> bias;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};
struct classifier {
    dense<784, 128> hidden;
    dense<127, 10> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

int main() {
    classifier net;
    weft::tensor<float, 32, 784> x;
    auto y = weft::call(net, x);
}
