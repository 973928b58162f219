// expect: grad(multiply(...)): (3) is not a scalar: grad differentiates one number, such as a loss; reduce it with sum or mean, or use vjp
#include <weft/program/call.hpp>
#include <weft/autodiff/grad.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::grad([](auto x) { return x * x; })(x);
}
