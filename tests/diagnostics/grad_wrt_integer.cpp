// expect: grad(arg0): (3) is int32, which has no derivative: name other arguments with wrt
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<int, 3> i;
    weft::tensor<float, 3> x;
    auto y = weft::grad([](auto i, auto x) { return sum(x * i); })(i, x);
}
