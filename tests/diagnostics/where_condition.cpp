// expect: where(arg0): (3): the condition is boolean, found float32
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> a;
    weft::tensor<float, 3> b;
    auto y = weft::call([](auto a, auto b) { return where(a, b, 0); }, a, b);
}
