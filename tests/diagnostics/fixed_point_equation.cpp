// SPDX-License-Identifier: BSL-1.0
// expect: weft: an equation for several unknowns is a function f(x, p, r) of any numbers: [](auto const& x, auto const& p, auto& r) { r[0] = ...; }
#include <array>

#include <weft/autodiff/fixed_point.hpp>

auto x = weft::fixed_point([](auto const& y, auto const& p) { return y[0] * p; },
                           std::array{1.0, 2.0}, 0.5);
