// expect: conv(arg1, weight): (2, 6, 6, 1) x (9, 9, 1, 4), a window of 9 over axis 0, which has 8 with its padding
#include <weft/nn/conv.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::nn::conv2d<1, 4, 9, weft::window{.padding = 1}> layer;
    weft::tensor<float, 2, 6, 6, 1> x;
    auto y = weft::call(layer, x);
}
