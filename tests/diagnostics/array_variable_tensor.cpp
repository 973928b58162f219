// SPDX-License-Identifier: BSL-1.0
// expect: weft: an expression of variables is assigned to a tensor, which has no derivative: use weft::var_tensor, or value() of its variables
#include <weft/autodiff/var_tensor.hpp>
#include <weft/tensor/tensor.hpp>

weft::tensor<double, 3> f(weft::var_tensor<double, 3> x) {
    weft::tensor<double, 3> y = x * 2;
    return y;
}
