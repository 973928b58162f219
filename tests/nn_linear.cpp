// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/linear.hpp>

using testing::contains;
using testing::uniform;
namespace nn = weft::nn;
using weft::tensor;

namespace {

struct net {
    nn::linear<5, 4, double> hidden;
    nn::linear<4, 3, double> output;
    constexpr auto operator()(auto const& x) const { return output(tanh(hidden(x))); }
};

struct misfit {
    nn::linear<5, 4> hidden;
    nn::linear<3, 2> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

struct tied {
    nn::linear<4, 4, double> same;
    constexpr auto operator()(auto const& x) const { return same(tanh(same(x))); }
};

constexpr auto squares = [](auto& m, auto x) { return sum(square(m(x))); };

}  // namespace

TEST_CASE("linear: x @ weight + bias over the last axis") {
    nn::linear<5, 3> layer;
    layer.init(weft::random::key{1});
    auto const x = uniform<tensor<float, 2, 3, 5>>(2);
    tensor<float, 2, 3, 3> const y = weft::call(layer, x);
    for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 3; ++b)
            for (int j = 0; j < 3; ++j) {
                float sum = layer.bias[j];
                for (int i = 0; i < 5; ++i) sum += x(a, b, i) * layer.weight(i, j);
                CHECK(y(a, b, j) == doctest::Approx(sum));
            }
}

TEST_CASE("linear: a vector, and rows that are counted at run time") {
    nn::linear<5, 3> layer;
    layer.init(weft::random::key{1});
    tensor<float, weft::dyn, 5> rows(2);
    nn::uniform(rows, weft::random::key{3}, -1, 1);
    auto const y = weft::call(layer, rows);
    CHECK(y.extent(0) == 2);
    tensor<float, 5> const second(rows.row(1));
    tensor<float, 3> const one = weft::call(layer, second);
    for (int j = 0; j < 3; ++j) CHECK(y(1, j) == doctest::Approx(one[j]));
}

TEST_CASE("linear: gradients of nested and of tied layers are central differences") {
    auto n = nn::init<net>(weft::random::key{4});
    auto const x = uniform<tensor<double, 6, 5>>(5);
    auto g = weft::grad(squares)(n, x);
    CHECK(testing::is_gradient(n, g, [&] { return weft::call(squares, n, x).item(); }));

    auto t = nn::init<tied>(weft::random::key{6});
    auto const z = uniform<tensor<double, 3, 4>>(7);
    auto h = weft::grad(squares)(t, z);
    CHECK(testing::is_gradient(t, h, [&] { return weft::call(squares, t, z).item(); }));
}

TEST_CASE("linear: misfits name the layer") {
    weft::detail::apply_model const call;
    CHECK(contains(testing::mistake_of(call, misfit{}, tensor<float, 2, 5>{}),
                   "output.weight): (2, 4) x (3, 2), the inner extents differ"));
    CHECK(contains(testing::mistake_of(call, net{}, tensor<double, 2, 7>{}),
                   "hidden.weight): (2, 7) x (5, 4)"));
}
