// expect: matmul(arg1, hidden.weight): (32, 100) x (784, 10), the inner extents differ
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

template <std::int64_t In, std::int64_t Out>
struct dense {
    weft::tensor<float, In, Out> weight;
    weft::tensor<float, Out> bias;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};
struct classifier {
    dense<784, 10> hidden;
    constexpr auto operator()(auto const& x) const { return hidden(x); }
};

int main() {
    classifier net;
    weft::tensor<float, 32, 100> x;
    auto [loss, gradient] =
        weft::value_and_grad([](auto& net, auto x) { return mean(square(net(x))); })(net, x);
}
