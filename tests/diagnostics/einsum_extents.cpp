// expect: einsum(ij,jk->ik): axis j has 4 elements, and 5 in operand 1
#include <weft/ops/einsum.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    weft::tensor<float, 5, 6> b;
    auto y = weft::call([](auto a, auto b) { return weft::einsum("ij,jk->ik", a, b); }, a, b);
}
