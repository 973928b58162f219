// expect: take(arg0, arg1): (9, 4) at (5): indices are integers, found float32
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 9, 4> a;
    weft::tensor<float, 5> i;
    auto y = weft::call([](auto a, auto i) { return take(a, i); }, a, i);
}
