// expect: seen is assigned in a body (of repeat or checkpoint) that captures its model: return the value from the body, and assign it outside
#include <weft/program/call.hpp>

struct counter {
    weft::state<float, 3> seen;
    constexpr auto operator()(auto const& x) {
        seen = seen + x;
        return tanh(x);
    }
};

int main() {
    counter net;
    weft::tensor<float, 3> h;
    weft::tensor<float, 5, 3> x;
    auto y = weft::call(
        [](counter& net, auto h, auto x) {
            return weft::repeat([&](auto c, auto s) { return net(c * s); }, h, x);
        },
        net, h, x);
}
