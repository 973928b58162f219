// SPDX-License-Identifier: BSL-1.0
// expect: weft::odeint: the right side is called as f(t, y, p, dy), with a double and spans of any numbers: [](double t, auto y, auto p, auto dy) { dy[0] = ...; }
#include <array>

#include <weft/autodiff/odeint.hpp>

auto y = weft::odeint([](double, auto s, auto ds) { ds[0] = -s[0]; }, std::array{1.0}, 0, 1,
                      std::array{2.0});
