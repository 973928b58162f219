// expect: einsum(ij,jk->ik): axis j has 3 elements, and 4 in operand 1
#include <weft/weft.hpp>
weft::tensor<float, 2, 3> a;
weft::tensor<float, 4, 2> b;
weft::tensor product = weft::einsum<"ij,jk->ik">(a, b);
