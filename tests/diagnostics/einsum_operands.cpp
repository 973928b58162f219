// expect: einsum(ij,jk): subscripts of 2 operands, given are 1
#include <weft/ops/einsum.hpp>
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return weft::einsum("ij,jk", a); }, a);
}
