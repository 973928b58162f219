// SPDX-License-Identifier: BSL-1.0
// expect: weft::var: variables of different types, float and double or checked and not, do not mix: convert by value(), or record all in one type
#include <weft/autodiff/tape.hpp>

weft::var<double> product(weft::var<double> const& x, weft::var<float> const& y) { return x * y; }
