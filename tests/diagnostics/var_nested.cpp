// SPDX-License-Identifier: BSL-1.0
// expect: weft::var<var<T>>: for second derivatives use var<dual<T, N>>
#include <weft/autodiff/tape.hpp>

weft::var<weft::var<double>> x;
