// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/linear.hpp>

using testing::contains;
using testing::uniform;
namespace nn = weft::nn;
using weft::tensor;

namespace {

using batch = tensor<double, 5, 3>;
using norm = nn::batch_norm<3, double>;

constexpr auto train = [](auto& layer, auto x) {
    x.builder()->training = true;
    return layer(x);
};
// A loss in which the elements weigh differently: the sum of squares would not depend on x.
constexpr auto loss = [](auto& layer, auto x, auto w) {
    x.builder()->training = true;
    return sum(layer(x) * w);
};

struct net {
    nn::linear<3, 3, double> hidden;
    norm normal;
    constexpr auto operator()(auto const& x) { return normal(hidden(x)); }
};

struct column {
    double mean = 0, variance = 0;
    column(batch const& x, int j) {
        for (int i = 0; i < 5; ++i) mean += x(i, j) / 5;
        for (int i = 0; i < 5; ++i) variance += (x(i, j) - mean) * (x(i, j) - mean) / 5;
    }
};

}  // namespace

TEST_CASE("batch_norm: training normalises with the batch and moves the running averages") {
    norm layer;
    layer.scale = tensor<double, 3>{1, 2, 3};
    layer.bias = tensor<double, 3>{0.5, 0, -1};
    layer.mean = tensor<double, 3>{1, 1, 1};
    auto const x = uniform<batch>(1);
    auto const y = weft::call(train, layer, x);
    for (int j = 0; j < 3; ++j) {
        column const c(x, j);
        for (int i = 0; i < 5; ++i)
            CHECK(y(i, j) == doctest::Approx((x(i, j) - c.mean) / std::sqrt(c.variance + 1e-5) *
                                                 layer.scale[j] +
                                             layer.bias[j]));
        CHECK(layer.mean[j] == doctest::Approx(0.9 + 0.1 * c.mean));
        CHECK(layer.variance[j] == doctest::Approx(0.9 + 0.1 * c.variance));
    }
    layer.momentum = 1.f;
    weft::call(train, layer, x);
    CHECK(layer.mean[2] == doctest::Approx(column(x, 2).mean));
}

TEST_CASE("batch_norm: inference uses the running averages and changes nothing") {
    norm layer;
    layer.mean = tensor<double, 3>{0.5, 0, -0.5};
    layer.variance = tensor<double, 3>{4, 1, 0.25};
    norm const before = layer;
    auto const x = uniform<batch>(2);
    auto const y = weft::call(before, x);
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 3; ++j)
            CHECK(y(i, j) == doctest::Approx((x(i, j) - layer.mean[j]) /
                                             std::sqrt(layer.variance[j] + 1e-5)));
    weft::call(layer, x);
    CHECK(array_equal(layer.mean, before.mean));
    CHECK(array_equal(layer.variance, before.variance));
}

TEST_CASE("batch_norm: the gradient goes through the statistics of the batch") {
    net n{};
    n.hidden.init(weft::random::key{3});
    n.normal.scale = tensor<double, 3>{1, 2, 3};
    auto const x = uniform<batch>(4), w = uniform<batch>(5);
    auto const [value, gradient] = weft::value_and_grad(loss)(n, x, w);
    CHECK(n.normal.mean[0] != 0);  // states move beside the gradient
    auto g = gradient;
    CHECK(testing::is_gradient(n, g, [&] { return weft::call(loss, n, x, w).item(); }, 1e-5));
    CHECK(std::isfinite(value.item()));
}

TEST_CASE("batch_norm: more axes are all but the last, and rows may be counted at run time") {
    norm layer;
    auto const x = uniform<tensor<double, 2, 4, 3>>(6);
    auto const y = weft::call(train, layer, x);
    for (int j = 0; j < 3; ++j) {
        double mean = 0, square = 0;
        for (int a = 0; a < 2; ++a)
            for (int b = 0; b < 4; ++b)
                mean += y(a, b, j) / 8, square += y(a, b, j) * y(a, b, j) / 8;
        CHECK(std::abs(mean) < 1e-12);
        CHECK(square == doctest::Approx(1).epsilon(0.001));
    }
    norm counted;
    tensor<double, weft::dyn, 3> rows(8);
    std::copy(x.begin(), x.end(), rows.begin());
    auto const z = weft::call(train, counted, rows);
    for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 3; ++j) CHECK(z(i, j) == doctest::Approx(y(i / 4, i % 4, j)));
    CHECK(counted.mean[1] == doctest::Approx(layer.mean[1]));
}

TEST_CASE("batch_norm: misuse") {
    CHECK(contains(testing::mistake_of(train, norm{}, tensor<double, 5, 4>{}),
                   "(5, 4): expected (batch, ..., 3)"));
    CHECK(contains(testing::mistake_of(train, norm{}, tensor<double, 3>{}),
                   "(3): expected (batch, ..., 3)"));
}
