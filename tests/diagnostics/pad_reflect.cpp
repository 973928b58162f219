// expect: pad(arg0): (3, 4): axis 0 is too short to give 3 elements
#include <weft/ops/padding.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return pad(a, {{3, 0}, {0, 0}}, weft::pad_mode::reflect); }, a);
}
