// SPDX-License-Identifier: BSL-1.0
// expect: weft: reverse mode, which many inputs ask for, needs #include <weft/autodiff/reverse.hpp>; or say <weft::mode::forward>
#include <vector>

#include <weft/autodiff/drivers.hpp>

double first(std::vector<double> const& x) {
    auto const g = weft::gradient([](auto const& v) { return v[0] * v[1]; }, x);
    return g[0];
}
