// SPDX-License-Identifier: BSL-1.0
// expect: weft: dual numbers with different numbers of directions do not mix
#include <weft/autodiff/dual.hpp>

auto mixed(weft::dual<double, 3> const& a, weft::dual<double, 4> const& b) { return a * b; }
