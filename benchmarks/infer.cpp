// SPDX-License-Identifier: BSL-1.0
// One sample through small models: the result goes into a tensor that the call returns.
#include <weft/weft.hpp>

#include "harness.hpp"

namespace nn = weft::nn;

namespace {

struct policy {
    nn::linear<48, 64> first;
    nn::linear<64, 64> second;
    nn::linear<64, 12> output;
    constexpr auto operator()(auto const& x) const {
        return output(tanh(second(tanh(first(x)))));
    }
};

template <int N>
weft::tensor<float, 1, N> noise() {
    weft::tensor<float, 1, N> x;
    std::uint32_t s = 1;
    for (float& v : x) {
        s = s * 1664525u + 1013904223u;
        v = static_cast<float>(s >> 8) / 8388608.f - 1;
    }
    return x;
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    auto const linear = nn::init<nn::linear<784, 10>>(weft::random::key{1});
    auto const acting = nn::init<policy>(weft::random::key{2});
    auto const image = noise<784>();
    auto const state = noise<48>();
    suite.add("infer_linear_784_10_b1", {2 * 7850., 4 * (7850. + 784), 40, 4 * 8634.},
              [&] { return weft::call(linear, image)(0, 0); });
    double const weights = 48 * 64 + 64 * 64 + 64 * 12 + 140;
    suite.add("infer_policy_48_64_64_12_b1", {2 * weights + 128 * 16, 4 * (weights + 48), 48, 0},
              [&] { return weft::call(acting, state)(0, 0); });
    return suite.run(argc, argv);
}
