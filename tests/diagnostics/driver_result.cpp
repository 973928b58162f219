// SPDX-License-Identifier: BSL-1.0
// expect: weft: the function does not return a number
#include <array>

#include <weft/autodiff/drivers.hpp>

auto g = weft::gradient([](auto const& x) { return x; }, std::array{1.0, 2.0});
