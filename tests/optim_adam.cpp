// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/adam.hpp>

namespace nn = weft::nn;
namespace optim = weft::optim;
using weft::tensor;

namespace {

struct net {
    nn::linear<3, 4> hidden;
    nn::linear<4, 2> output;
    constexpr auto operator()(auto const& x) const { return output(tanh(hidden(x))); }
};

constexpr auto objective = [](auto& m, auto x) { return mean(square(m(x) - 1)); };
constexpr auto step = [](auto& model, auto& adam, auto& state, auto x) {
    auto [loss, gradient] = weft::value_and_grad(objective)(model, x);
    adam.update(model, gradient, state);
    return loss;
};

// The same layers, in an array and repeated.
struct listed {
    std::array<nn::linear<4, 4>, 3> layers;
    constexpr auto operator()(auto const& x) const {
        return layers[2](layers[1](layers[0](x)));
    }
};
struct repeated {
    nn::repeat<nn::linear<4, 4>, 3> layers;
    constexpr auto operator()(auto const& x) const { return layers(x); }
};

template <class M>
std::vector<double> numbers(M& n) {
    std::vector<double> all;
    weft::for_each_leaf(n, [&](auto& leaf) {
        for (float x : leaf) all.push_back(static_cast<double>(x));
    });
    return all;
}

struct bare {
    tensor<float, 3> w = tensor<float, 3>{1, 2, 3};
};
constexpr auto scaled_step = [](auto& model, auto& adam, auto& state, auto slope) {
    auto g = weft::grad([&](auto& m) { return sum(m.w * slope); })(model);
    adam.update(model, g, state);
};

}  // namespace

TEST_CASE("adam: follows a plain loop over the same gradients") {
    auto n = nn::init<net>(weft::random::key{1});
    auto const x = testing::uniform<tensor<float, 5, 3>>(2);
    optim::adam adam{.rate = 0.01f, .beta1 = 0.8f, .beta2 = 0.95f, .epsilon = 1e-6f};
    auto state = adam.start(n);
    auto w = numbers(n);
    std::vector<double> m(w.size()), v(w.size());
    double before = 1e9;
    for (int t = 1; t <= 12; ++t) {
        auto gradient = weft::grad(objective)(n, x);
        auto const g = numbers(gradient);
        auto const loss = weft::call(step, n, adam, state, x);
        CHECK(static_cast<double>(loss.item()) < before);
        before = loss.item();
        auto const found = numbers(n);
        REQUIRE(found.size() == w.size());
        for (std::size_t i = 0; i < w.size(); ++i) {
            m[i] = 0.8 * m[i] + 0.2 * g[i];
            v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
            w[i] -= 0.01 * (m[i] / (1 - std::pow(0.8, t))) /
                    (std::sqrt(v[i] / (1 - std::pow(0.95, t))) + 1e-6);
            CHECK(std::abs(found[i] - w[i]) < 1e-5);
        }
    }
}

TEST_CASE("adam: repeated layers are updated as listed ones") {
    auto a = nn::init<listed>(weft::random::key{3});
    auto b = nn::init<repeated>(weft::random::key{3});
    auto const x = testing::uniform<tensor<float, 5, 4>>(4);
    optim::adam adam{.rate = 0.01f};
    auto sa = adam.start(a);
    auto sb = adam.start(b);
    for (int t = 0; t < 4; ++t) {
        auto const la = weft::call(step, a, adam, sa, x), lb = weft::call(step, b, adam, sb, x);
        CHECK(la.item() == doctest::Approx(lb.item()));
    }
    auto const first = numbers(a), second = numbers(b);
    REQUIRE(first.size() == second.size());
    for (std::size_t i = 0; i < first.size(); ++i)
        CHECK(std::abs(first[i] - second[i]) < 1e-5);
}

TEST_CASE("adam: the first step has the size of the rate, whatever the gradient's is") {
    for (float slope : {1e-4f, 1.f, 1e4f}) {
        bare b;
        optim::adam adam{.rate = 0.1f};
        auto state = adam.start(b);
        weft::call(scaled_step, b, adam, state, tensor<float, 3>{slope, -slope, 0});
        CHECK(b.w[0] == doctest::Approx(0.9).epsilon(1e-4));
        CHECK(b.w[1] == doctest::Approx(2.1).epsilon(1e-4));
        CHECK(b.w[2] == 3);
        CHECK(state.counters.power1.item() == doctest::Approx(0.9));
        CHECK(state.counters.power2.item() == doctest::Approx(0.999));
    }
}

TEST_CASE("adam: after many steps the corrections end") {
    bare b;
    optim::adam adam{.rate = 1e-3f, .beta1 = 0.5f, .beta2 = 0.5f};
    auto state = adam.start(b);
    for (int i = 0; i < 1200; ++i)
        weft::call(scaled_step, b, adam, state, tensor<float, 3>{1, 1, 1});
    CHECK(b.w[0] == doctest::Approx(1 - 1.2).epsilon(1e-3));
    CHECK(state.counters.power1.item() < 1e-300);
}
