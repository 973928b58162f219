// expect: split(arg0): (3, 4): axis 0 is not divisible into 2 equal parts
#include <weft/ops/arrange.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return weft::split<2>(a)[1]; }, a);
}
