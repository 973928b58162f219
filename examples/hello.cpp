// SPDX-License-Identifier: BSL-1.0
// The gradient of a function.
#include <iostream>
#include <weft/tensor/print.hpp>
#include <weft/weft.hpp>
int main() {
    weft::tensor<float, 3> x{1, 2, 3};
    auto const f = [](auto v) { return sum(tanh(v) * v); };
    std::cout << "f(x) = " << weft::call(f, x) << "\ndf/dx = " << weft::grad(f)(x) << '\n';
}
