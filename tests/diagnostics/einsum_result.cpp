// expect: einsum(ij->ik): the result names axis k, which no operand has
#include <weft/ops/einsum.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return weft::einsum("ij->ik", a); }, a);
}
