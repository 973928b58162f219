// SPDX-License-Identifier: BSL-1.0
// Convolutional layers: shapes, first numbers, gradients of a small net of them, batch norm on
// images, layouts, sentences of mistakes.
#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/conv.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/pool.hpp>

using testing::contains;
using testing::uniform;
namespace nn = weft::nn;
using weft::tensor;
using weft::window;
using weft::window_sizes;

namespace {

struct net {
    nn::conv2d<2, 3, 3, window{.padding = 1}, nn::bias::yes, double> first;
    nn::depthwise_separable<3, 4, 2, window{}, nn::bias::no, double> second;
    nn::linear<4, 2, double> output;
    constexpr auto operator()(auto const& x) const {
        return output(nn::global_avg_pool<>{}(tanh(second(nn::max_pool<2>{}(first(x))))));
    }
};

struct generator {
    nn::conv_transpose2d<3, 2, window_sizes{3, 2}, window{.stride = 2, .padding = {1, 0}},
                         nn::bias::yes, double>
        grow;
    nn::conv1d<2, 2, 3, window{}, nn::bias::yes, double> mix;
    constexpr auto operator()(auto const& x) const {
        auto const y = grow(x);
        return mix(reshape(y, {y.size(0), -1, 2}));
    }
};

template <class T>
struct normalised {
    nn::conv2d<2, 3, 3, window{.padding = 1}, nn::bias::no, T> filter;
    nn::batch_norm<3, T> normal;
    constexpr auto operator()(auto const& x) { return relu(normal(filter(x))); }
};

struct misfit {
    nn::conv2d<1, 4, 3> first;
    nn::conv2d<3, 2, 3> second;
    constexpr auto operator()(auto const& x) const { return second(first(x)); }
};

constexpr auto squares = [](auto& m, auto x) { return sum(square(m(x))); };

}  // namespace

TEST_CASE("sizes stand once, and weights are (window, in / groups, out)") {
    static_assert(std::is_same_v<decltype(nn::conv2d<1, 6, 5>::weight), tensor<float, 5, 5, 1, 6>>);
    using grouped = nn::conv1d<4, 6, 3, window{.groups = 2}>;
    static_assert(std::is_same_v<decltype(grouped::weight), tensor<float, 3, 2, 6>>);
    using cube = nn::conv3d<2, 3, window_sizes{1, 2, 3}>;
    static_assert(std::is_same_v<decltype(cube::weight), tensor<float, 1, 2, 3, 2, 3>>);
    auto const x = uniform<tensor<float, 2, 9, 8, 1>>(1);
    nn::conv2d<1, 6, 5, window{.stride = 2, .padding = weft::padding::same}> layer;
    static_assert(std::is_same_v<decltype(weft::call(layer, x)), tensor<float, 2, 5, 4, 6>>);
    static_assert(std::is_same_v<decltype(weft::call(nn::flatten{}, x)), tensor<float, 2, 72>>);
    static_assert(std::is_same_v<decltype(weft::call(nn::avg_pool<window_sizes{3, 2}>{}, x)),
                                 tensor<float, 2, 3, 4, 1>>);
}

TEST_CASE("a layer is the convolution plus its bias") {
    nn::conv2d<2, 3, 3> layer;
    nn::init(layer, weft::random::key{1});
    auto const x = uniform<tensor<float, 2, 5, 6, 2>>(2);
    auto const y = weft::call(layer, x);
    double sum = layer.bias[1];
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            for (int c = 0; c < 2; ++c) sum += x(1, 2 + i, 3 + j, c) * layer.weight(i, j, c, 1);
    CHECK(y(1, 2, 3, 1) == doctest::Approx(sum));
    // Channels in front: the same numbers elsewhere.
    nn::conv2d<2, 3, 3, window{.layout = weft::channels_first}> other;
    other.weight = layer.weight, other.bias = layer.bias;
    auto const turned = weft::call([](auto v) { return transpose(v, {0, 3, 1, 2}); }, x);
    auto const z = weft::call(other, turned);
    CHECK(z(1, 1, 2, 3) == doctest::Approx(y(1, 2, 3, 1)));
}

TEST_CASE("first numbers are PyTorch's: uniform within one over the root of the inputs") {
    nn::conv2d<4, 64, 3, window{.groups = 2}> layer;
    nn::init(layer, weft::random::key{3});
    float const bound = 1 / std::sqrt(18.f);
    float largest = 0, squares_of = 0;
    for (float v : layer.weight) {
        largest = std::max(largest, std::abs(v));
        squares_of += v * v;
    }
    CHECK(largest <= bound);
    CHECK(largest > 0.95f * bound);
    CHECK(squares_of / 1152 == doctest::Approx(bound * bound / 3).epsilon(0.1));
    for (float v : layer.bias) CHECK(std::abs(v) <= bound);
}

TEST_CASE("gradients of a net of all kinds agree with central differences") {
    auto check = [](auto model, auto const& x) {
        auto g = weft::grad(squares)(model, x);
        CHECK(testing::is_gradient(model, g,
                                   [&] { return weft::call(squares, model, x).data()[0]; }));
    };
    check(nn::init<net>(weft::random::key{4}), uniform<tensor<double, 2, 7, 6, 2>>(5));
    check(nn::init<generator>(weft::random::key{6}), uniform<tensor<double, 2, 3, 2, 3>>(7));
}

TEST_CASE("batch norm takes all axes but the channels") {
    auto model = nn::init<normalised<double>>(weft::random::key{8});
    auto const x = uniform<tensor<double, 2, 4, 3, 2>>(9);
    auto const train = [](auto& m, auto v) {
        v.builder()->training = true;
        return m.normal(m.filter(v));
    };
    auto const y = weft::call(train, model, x);
    for (int c = 0; c < 3; ++c) {
        double mean = 0, square = 0;
        for (int n = 0; n < 2; ++n)
            for (int i = 0; i < 4; ++i)
                for (int j = 0; j < 3; ++j)
                    mean += y(n, i, j, c) / 24, square += y(n, i, j, c) * y(n, i, j, c) / 24;
        CHECK(mean == doctest::Approx(0));
        CHECK(square == doctest::Approx(1).epsilon(1e-3));
    }
}

TEST_CASE("mistakes name the call, the weights and the numbers") {
    misfit const model{};
    tensor<float, 2, 8, 8, 1> const x;
    auto const call = [](auto& m, auto v) { return m(v); };
    CHECK(contains(
        testing::mistake_of(call, model, x),
        "second.weight): (2, 6, 6, 4) x (3, 3, 3, 2), the weights read 3 channels, x has 4"));
    nn::conv2d<1, 4, 5> const wide{};
    tensor<float, 2, 4, 8, 1> const small;
    CHECK(
        contains(testing::mistake_of(call, wide, small), "a window of 5 over axis 0, which has 4"));
    CHECK(contains(testing::mistake_of(call, nn::max_pool<5>{}, small),
                   "a window of 5 over axis 0, which has 4"));
}
