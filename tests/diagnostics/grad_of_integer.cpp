// expect: grad: the function returns int32, which has no derivative
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::grad([](auto x) { return sum(weft::cast<int>(x)); })(x);
}
