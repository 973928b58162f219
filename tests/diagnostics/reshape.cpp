// expect: reshape(arg0): (3, 4) has another number of elements than (5, 2)
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return reshape(a, {5, 2}); }, a);
}
