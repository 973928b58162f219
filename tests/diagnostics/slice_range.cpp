// expect: slice(arg0): (3, 4) has no elements 2 to 9 in steps of 1 along axis 1
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return slice(a, 1, 2, 9); }, a);
}
