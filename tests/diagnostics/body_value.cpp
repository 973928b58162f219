// expect: multiply(...) is a value of a body (of repeat or checkpoint) that is used outside of it: return it from the body
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> h;
    weft::tensor<float, 5, 3> x;
    auto y = weft::call(
        [](auto h, auto x) {
            weft::symbol product;
            auto last = weft::repeat(
                [&](auto c, auto s) {
                    product = c * s;
                    return tanh(product);
                },
                h, x);
            return last + product;
        },
        h, x);
}
