// expect: weft::nn: a layer's call operator sees only symbols; on tensors, call it through weft::call(layer, x)
#include <weft/nn/nn.hpp>

int main() {
    weft::nn::linear<4, 2> layer;
    weft::tensor<float, 5, 4> x;
    auto y = layer(x);
}
