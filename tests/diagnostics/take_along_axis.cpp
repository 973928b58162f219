// expect: take_along_axis(arg0, arg1): (3, 4) at (2, 4): the extents beside axis 1 differ
#include <weft/ops/along_axis.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    weft::tensor<int, 2, 4> i;
    auto y = weft::call([](auto a, auto i) { return take_along_axis(a, i); }, a, i);
}
