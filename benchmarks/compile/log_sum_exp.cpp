// SPDX-License-Identifier: BSL-1.0
// One gradient of log-sum-exp over a vector, on a tape.
#include <vector>

#include <weft/autodiff/reverse.hpp>

std::vector<double> gradient(std::vector<double> const& x) {
    return weft::gradient(
        [](auto const& v) {
            typename std::remove_cvref_t<decltype(v)>::value_type sum = 0;
            for (auto const& e : v) sum += exp(e);
            return log(sum);
        },
        x);
}
