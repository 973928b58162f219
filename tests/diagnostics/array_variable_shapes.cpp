// SPDX-License-Identifier: BSL-1.0
// expect: add(arg0, arg1): (3) and (4) do not broadcast
#include <weft/autodiff/var_tensor.hpp>

auto f(weft::var_tensor<double, 3> x, weft::var_tensor<double, 4> y) {
    return weft::var_tensor(x + y);
}
