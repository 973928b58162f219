// expect: the function returns nothing and assigns no member of its arguments: there is nothing to compute
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> a;
    auto y = weft::call([](auto a) { auto b = a * 2; }, a);
}
