// expect: weft: a traced value cannot decide a branch, it has no number while the graph is built: use where(condition, a, b) in place of if, while and ?:
#include <weft/program/call.hpp>

struct leaky {
    weft::tensor<float> slope;
    constexpr auto operator()(auto const& x) const { return sum(x) > 0 ? x : x * slope; }
};

int main() {
    leaky net;
    weft::tensor<float, 3> x;
    auto y = weft::call(net, x);
}
