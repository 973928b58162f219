// expect: vjp(multiply(...), arg0): (3) and (4): the cotangent has the shape of the result
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    weft::tensor<float, 4> c;
    auto y = weft::vjp([](auto x) { return x * x; })(c, x);
}
