// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/act.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/sequential.hpp>

namespace nn = weft::nn;
namespace act = weft::nn::act;
using weft::tensor;

namespace {

using net = nn::sequential<nn::linear<3, 5, double>, act::tanh,
                           nn::residual<nn::sequential<nn::linear<5, 5, double>, act::gelu>>,
                           nn::linear<5, 2, double>>;

struct written_out {
    nn::linear<3, 5, double> first;
    nn::linear<5, 5, double> second;
    nn::linear<5, 2, double> third;
    constexpr auto operator()(auto const& x) const {
        auto const h = tanh(first(x));
        return third(h + gelu(second(h)));
    }
};

}  // namespace

TEST_CASE("sequential: what the layers do one after the other") {
    auto const layers = nn::init<net>(weft::random::key{1});
    written_out same{layers.layer<0>(), layers.layer<2>().inner.layer<0>(), layers.layer<3>()};
    auto const x = testing::uniform<tensor<double, 4, 3>>(2);
    CHECK(array_equal(weft::call(layers, x), weft::call(same, x)));
    auto const loss = [](auto& m, auto v) { return sum(square(m(v))); };
    auto const g = weft::grad(loss)(layers, x);
    auto const expected = weft::grad(loss)(same, x);
    CHECK(array_equal(g.layer<0>().weight, expected.first.weight));
    CHECK(array_equal(g.layer<2>().inner.layer<0>().bias, expected.second.bias));
    CHECK(array_equal(g.layer<3>().weight, expected.third.weight));
}

TEST_CASE("sequential: parameters are named by numbers, and drawn from keys of their own") {
    auto layers = nn::init<net>(weft::random::key{1});
    std::vector<std::string> names;
    weft::for_each_leaf_named(layers, [&](auto&, weft::text const& path) {
        names.emplace_back(path.view());
    });
    CHECK(names == std::vector<std::string>{"0.weight", "0.bias", "2.inner.0.weight",
                                            "2.inner.0.bias", "3.weight", "3.bias"});
    using twins = nn::sequential<nn::linear<2, 2>, nn::linear<2, 2>>;
    auto const two = nn::init<twins>(weft::random::key{1});
    CHECK_FALSE(array_equal(two.layer<0>().weight, two.layer<1>().weight));
    auto const zeroed =
        nn::init<twins>(weft::random::key{1}, nn::member("1.weight", nn::zeros));
    CHECK(array_equal(zeroed.layer<1>().weight, tensor<float, 2, 2>{}));
    CHECK(array_equal(zeroed.layer<0>().weight, two.layer<0>().weight));
}

TEST_CASE("sequential: a layer with a state is assigned") {
    nn::sequential<nn::linear<3, 4, double>, nn::batch_norm<4, double>> layers;
    nn::init(layers, weft::random::key{4});
    auto const x = testing::uniform<tensor<double, 6, 3>>(5);
    weft::call(
        [](auto& m, auto v) {
            v.builder()->training = true;
            return m(v);
        },
        layers, x);
    CHECK(layers.layer<1>().mean[0] != 0);
}

TEST_CASE("sequential: layers that do not fit are told by their number") {
    nn::sequential<nn::linear<3, 4>, nn::linear<5, 2>> const wrong;
    CHECK(testing::contains(
        testing::mistake_of([](auto m, auto v) { return m(v); }, wrong, tensor<float, 1, 3>{}),
        "1.weight"));
}
