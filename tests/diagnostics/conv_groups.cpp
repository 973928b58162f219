// expect: weft::nn::conv: sizes are at least 1, the kernel has one or one for each axis, and groups divide In and Out
#include <weft/nn/conv.hpp>

int main() {
    weft::nn::conv2d<4, 6, 3, weft::window{.groups = 4}> layer;
}
