// expect: at(arg0, arg2): (3, 4) and (5, 3): the updates do not broadcast to (5, 4)
#include <weft/ops/scatter.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    weft::tensor<int, 5> i;
    weft::tensor<float, 5, 3> u;
    auto y = weft::call([](auto a, auto i, auto u) { return at(a, i).add(u); }, a, i, u);
}
