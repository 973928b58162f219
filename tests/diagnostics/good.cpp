// Everything here is right: the control, which both compilers take without a word.
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

struct dense {
    weft::tensor<float, 4, 2> weight;
    weft::state<float, 4> seen;
    weft::setting<float> scale = 2.f;
    constexpr auto operator()(auto const& x) {
        seen = seen + sum(x, weft::axis<0>);
        return matmul(x, weight) * scale;
    }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    weft::tensor<float, 5, 2> y = weft::call(net, x);
    auto [loss, gradient] =
        weft::value_and_grad([](auto& net, auto x) { return mean(square(net(x))); })(net, x);
    return y(0, 0) > loss.item() && gradient.weight(0, 0) > 0;
}
