// expect: weft: the function cannot be called with (symbol): in a trace tensors and numbers are symbols
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto a, auto b) { return a + b; }, x);
}
