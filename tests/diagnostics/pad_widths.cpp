// expect: pad(arg0): (3, 4): 1 pairs of widths, one for each axis are needed
#include <weft/ops/padding.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return pad(a, {{1, 1}}); }, a);
}
