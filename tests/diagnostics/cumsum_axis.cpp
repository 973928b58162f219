// expect: cumsum(arg0): (3, 4) has no axis 2
#include <weft/ops/scan.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return cumsum(a, weft::axis<2>); }, a);
}
