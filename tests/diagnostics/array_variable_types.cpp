// SPDX-License-Identifier: BSL-1.0
// expect: an expression of variables of float32 is float64: variables of one type make one expression; use weft::cast, and value() for what has no derivative
#include <weft/autodiff/var_tensor.hpp>

auto f(weft::var_tensor<float, 3> x, weft::var_tensor<double, 3> y) {
    return weft::var_tensor(x * y);
}
