// expect: weft::grad: the function returns int: expected a scalar of the trace, or a tuple whose first element is one
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::grad([](auto x) { return x.rank(); })(x);
}
