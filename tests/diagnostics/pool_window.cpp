// expect: max_pool(maximum(...)): (2, 3, 3, 4), a window of 4 over axis 0, which has 3
#include <weft/nn/conv.hpp>
#include <weft/ops/pool.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 2, 3, 3, 4> x;
    auto y = weft::call([](auto v) { return max_pool(relu(v), 4); }, x);
}
