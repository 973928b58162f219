// expect: add(arg0, arg1): (3, 4) and (3, 5) do not broadcast
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    weft::tensor<float, 3, 5> b;
    auto y = weft::call([](auto a, auto b) { return a + b; }, a, b);
}
