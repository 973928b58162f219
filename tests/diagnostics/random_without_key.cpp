// expect: random numbers are drawn without a key: pass a weft::random::key as an argument
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> a;
    auto y = weft::call([](auto a) { return a * weft::random::uniform(a, {3}); }, a);
}
