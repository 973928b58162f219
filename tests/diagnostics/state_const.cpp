// expect: seen is assigned, but the model is const
#include <weft/program/call.hpp>

struct counter {
    weft::tensor<float, 3> weight;
    weft::state<float, 3> seen;
    constexpr auto operator()(auto const& x) {
        seen = seen + sum(x, weft::axis<0>);
        return x * weight;
    }
};

int main() {
    counter const net{};
    weft::tensor<float, 5, 3> x;
    auto y = weft::call(net, x);
}
