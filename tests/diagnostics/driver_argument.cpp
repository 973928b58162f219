// SPDX-License-Identifier: BSL-1.0
// expect: weft: the function does not take numbers that differentiate: write its argument as `auto const& x`, or as a template
#include <array>

#include <weft/autodiff/drivers.hpp>

double energy(std::array<double, 2> const& x) { return x[0] * x[1]; }

auto g = weft::gradient(energy, std::array{1.0, 2.0});
