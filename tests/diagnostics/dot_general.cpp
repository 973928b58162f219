// expect: dot_general(arg0, arg1): (3, 4) x (5, 3), the contracted extents differ
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    weft::tensor<float, 5, 3> b;
    auto y = weft::call([](auto a, auto b) { return dot_general(a, b, {{1}, {0}, {}, {}}); }, a, b);
}
