// expect: a program of 21 nodes: more than WEFT_MAX_NODES (16) hold; define it larger
#define WEFT_MAX_NODES 16
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) {
        for (int i = 0; i < 20; ++i) x = tanh(x);
        return x;
    }, x);
}
