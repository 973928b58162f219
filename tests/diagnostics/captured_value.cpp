// expect: weft: the lambda captures run-time values, which a trace cannot see: pass them as arguments
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> x;
    float scale = 2;
    auto y = weft::call([scale](auto x) { return x * scale; }, x);
}
