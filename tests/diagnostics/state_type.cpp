// expect: assignment to seen: it is float32(3), the new value int32(3)
#include <weft/program/call.hpp>

struct counter {
    weft::tensor<float, 3> weight;
    weft::state<float, 3> seen;
    constexpr auto operator()(auto const& x) {
        seen = weft::cast<int>(sum(x, weft::axis<0>));
        return x * weight;
    }
};

int main() {
    counter net;
    weft::tensor<float, 5, 3> x;
    auto y = weft::call(net, x);
}
