// expect: weft: float (*)(float) is a pointer to a function, which a trace cannot see: pass a lambda
#include <weft/program/call.hpp>

float twice(float x) { return 2 * x; }

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call(&twice, x);
}
