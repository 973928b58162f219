// expect: exp(...) is a value of a body (of repeat or checkpoint) that is used outside of it: return it from the body
#include <weft/autodiff/checkpoint.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call(
        [](auto x) {
            weft::symbol kept;
            auto first = weft::checkpoint([&](auto a) { return kept = exp(a); }, x);
            return weft::checkpoint([&](auto a) { return a * kept; }, first);
        },
        x);
}
