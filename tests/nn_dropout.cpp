// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/dropout.hpp>

using testing::contains;
namespace nn = weft::nn;
using weft::tensor;
using weft::random::key;

namespace {

using ones = tensor<float, 64, 128>;

// In training, once and twice.
constexpr auto once = [](auto& layer, auto x, auto) {
    x.builder()->training = true;
    return layer(x);
};
constexpr auto twice = [](auto& layer, auto x, auto) {
    x.builder()->training = true;
    return std::pair{layer(x), layer(x)};
};
constexpr auto without_key = [](auto& layer, auto x) {
    x.builder()->training = true;
    return layer(x);
};
constexpr auto slope = [](auto& layer, auto x, auto) {
    x.builder()->training = true;
    return weft::grad([&](auto z) { return sum(layer(z)); })(x);
};

template <class T>
double part_of_zeros(T const& t) {
    std::int64_t zeros = 0;
    for (float x : t) zeros += x == 0;
    return static_cast<double>(zeros) / static_cast<double>(t.size());
}

}  // namespace

TEST_CASE("dropout: a part of the elements is zero, the others are scaled") {
    nn::dropout layer{.rate = 0.25f};
    auto const x = ones::full(3);
    auto const y = weft::call(once, layer, x, key{1});
    CHECK(part_of_zeros(y) == doctest::Approx(0.25).epsilon(0.06));
    bool scaled = true;
    for (float v : y) scaled = scaled && (v == 0 || v == doctest::Approx(4));
    CHECK(scaled);
    // The rate is a setting: no other program is needed.
    layer.rate = 0.9f;
    CHECK(part_of_zeros(weft::call(once, layer, x, key{1})) == doctest::Approx(0.9).epsilon(0.02));
    layer.rate = 0.f;
    CHECK(array_equal(weft::call(once, layer, x, key{1}), x));
    layer.rate = 1.f;
    CHECK(array_equal(weft::call(once, layer, x, key{1}), ones()));
}

TEST_CASE("dropout: the key decides, and two calls differ") {
    nn::dropout layer;
    auto const x = ones::full(1);
    auto const a = weft::call(once, layer, x, key{1}), b = weft::call(once, layer, x, key{1}),
               c = weft::call(once, layer, x, key{2});
    CHECK(array_equal(a, b));
    CHECK_FALSE(array_equal(a, c));
    auto const [first, second] = weft::call(twice, layer, x, key{1});
    CHECK(array_equal(first, a));
    CHECK_FALSE(array_equal(second, first));
    std::int64_t both = 0;
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 128; ++j) both += first(i, j) != 0 && second(i, j) != 0;
    CHECK(both == doctest::Approx(64 * 128 / 4).epsilon(0.06));
}

TEST_CASE("dropout: its gradient is the mask that it drew; at rate one it is zero") {
    nn::dropout layer{.rate = 0.25f};
    auto const x = ones::full(2);
    auto const y = weft::call(once, layer, x, key{3});
    auto const g = weft::call(slope, layer, x, key{3});
    bool same = true;
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 128; ++j) same = same && g(i, j) == doctest::Approx(y(i, j) / 2);
    CHECK(same);
    layer.rate = 1.f;
    CHECK(array_equal(weft::call(slope, layer, x, key{3}), ones()));
}

TEST_CASE("dropout: nothing in inference, and no key is needed there") {
    nn::dropout layer;
    auto const x = testing::uniform<ones>(4);
    CHECK(array_equal(weft::call(layer, x), x));
}

TEST_CASE("dropout: in training without a key") {
    CHECK(contains(testing::mistake_of(without_key, nn::dropout{}, ones{}),
                   "random numbers are drawn without a key"));
}
