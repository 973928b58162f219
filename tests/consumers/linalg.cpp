// SPDX-License-Identifier: BSL-1.0
// The log density of a normal distribution, and its derivative by the covariance.
#include <cstdio>

#include <weft/linalg/linalg.hpp>
#include <weft/weft.hpp>

int main() {
    weft::tensor<double, 2, 2> const covariance{{2, 0.5}, {0.5, 1}};
    weft::tensor<double, 2> const x{1, -1};
    auto const [value, slope] = weft::value_and_grad([](auto c, auto v) {
        auto const z = weft::linalg::triangular_solve(weft::linalg::cholesky(c), v);
        return -0.5 * (sum(z * z) + weft::linalg::log_determinant(c));
    })(covariance, x);
    std::printf("log density %.6f, slope %.6f %.6f\n", value.data()[0], slope(0, 0), slope(1, 1));
    return value.data()[0] < -1.42 && value.data()[0] > -1.43 ? 0 : 1;
}
