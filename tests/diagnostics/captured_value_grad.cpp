// expect: weft::grad: the lambda captures run-time values, which a trace cannot see: pass them as arguments
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    double scale = 2;
    auto y = weft::grad([scale](auto x) { return sum(x * scale); })(x);
}
