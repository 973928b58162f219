// expect: matmul(arg0, arg1): (32, 128) x (127, 10), the inner extents differ
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 32, 128> x;
    weft::tensor<float, 127, 10> w;
    auto y = weft::call([](auto x, auto w) { return matmul(x, w); }, x, w);
}
