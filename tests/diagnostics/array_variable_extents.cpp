// SPDX-License-Identifier: BSL-1.0
// expect: weft: the expression of variables is weft::tensor<double, 3>, it is assigned to weft::var_tensor<double, 4>: they differ
#include <weft/autodiff/var_tensor.hpp>

weft::var_tensor<double, 4> f(weft::var_tensor<double, 3> x) {
    weft::var_tensor<double, 4> y = x * 2;
    return y;
}
