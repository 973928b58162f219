// expect: weft::grad: wrt<2> names an argument that is not there: the function is called with 2, counted from 0
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x, w;
    auto y = weft::grad([](auto x, auto w) { return sum(x * w); }, weft::wrt<2>)(x, w);
}
