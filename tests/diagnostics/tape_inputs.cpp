// SPDX-License-Identifier: BSL-1.0
// expect: weft::tape::inputs: a number of the tape's type, or a container of such: std::array, std::vector, std::span, or a vector of Eigen with #include <weft/autodiff/eigen.hpp>
#include <weft/autodiff/tape.hpp>

void record(weft::tape<double>& t) { t.inputs(3); }
