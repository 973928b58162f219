// expect: slice(arg0): (3, 4) has no axis 2
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return slice(a, 2, 0, 1); }, a);
}
