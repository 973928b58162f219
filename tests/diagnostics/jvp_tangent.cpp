// expect: jvp(arg1, arg0): (3) and (4): the tangent has the shape of the argument
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    weft::tensor<float, 4> t;
    auto y = weft::jvp([](auto x) { return x * x; })(t, x);
}
