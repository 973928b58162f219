// expect-gcc: 'puts(((const char*)"forward"))' is not a constant expression
// expect-clang: must be initialized by a constant expression
#include <weft/program/call.hpp>

#include <cstdio>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) {
        std::puts("forward");
        return x * 2;
    }, x);
}
