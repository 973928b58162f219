// expect: logical_and(arg0, arg1): (3) and (3): operands are boolean, found float32
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> a;
    weft::tensor<float, 3> b;
    auto y = weft::call([](auto a, auto b) { return logical_and(a, b); }, a, b);
}
