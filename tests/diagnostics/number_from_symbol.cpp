// expect: weft: a traced value is not a C++ number, it has none while the graph is built: keep it as auto, and use weft's functions in place of std's
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) {
        float const total = sum(x);
        return x / total;
    }, x);
}
