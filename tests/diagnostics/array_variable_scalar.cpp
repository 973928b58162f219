// SPDX-License-Identifier: BSL-1.0
// expect: weft::var: an expression of arrays is assigned to a single variable: reduce it with sum or mean, or make it a weft::var_tensor
#include <weft/autodiff/var_tensor.hpp>

weft::var<double> f(weft::var_tensor<double, 3> x) { return x * 2; }
