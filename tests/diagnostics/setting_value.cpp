// expect: rate: a setting has no number while the graph is built: compute with it, not with its value()
#include <weft/program/call.hpp>

struct scaled {
    weft::tensor<float, 4> weight;
    weft::setting<float> rate = 0.5f;
    constexpr auto operator()(auto const& x) const {
        if (rate.value() == 0) return x * weight;
        return x * weight * rate;
    }
};

int main() {
    scaled net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
