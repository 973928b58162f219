// expect: repeat: the body turns (3) into (5, 3); each application takes what the last one gave
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> h;
    weft::tensor<float, 5, 3> x;
    auto y = weft::call(
        [](auto h, auto x) {
            return weft::repeat([&](auto c, auto) { return c * x; }, h, x);
        },
        h, x);
}
