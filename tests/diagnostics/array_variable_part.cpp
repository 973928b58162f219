// SPDX-License-Identifier: BSL-1.0
// expect: weft::var_view: a part of an array is not assigned to, because what was computed before keeps the old elements: make a new array with where or concatenate
#include <weft/autodiff/var_tensor.hpp>

void f(weft::var_tensor<double, 3, 3> x) { x.row(0) = x.row(1) * 2; }
