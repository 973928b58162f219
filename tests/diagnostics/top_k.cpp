// expect: top_k(arg0): (3, 4) has no 5 elements along axis 1
#include <weft/ops/sort.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return top_k(a, 5).second; }, a);
}
