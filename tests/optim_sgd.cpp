// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/sgd.hpp>

namespace optim = weft::optim;
using weft::tensor;

namespace {

// Every kind of member: only tensors are parameters.
struct net {
    tensor<float, 3, 5> a = tensor<float, 3, 5>::full(2);
    tensor<double, 2> b = tensor<double, 2>{1, -3};
    weft::state<float, 5> count;
    weft::setting<float> scale = 2.f;
    weft::nn::batch_norm<5> norm;
    constexpr auto operator()(auto const&) {
        count = count + 1;
        return sum(square(a + norm.bias) * scale) + sum(b * b * b);
    }
};

constexpr auto step = [](auto& model, auto& sgd, auto& state, auto x) {
    auto [loss, gradient] =
        weft::value_and_grad([&](auto& m) { return weft::cast<float>(m(x)); })(model);
    sgd.update(model, gradient, state);
    return loss;
};

}  // namespace

TEST_CASE("sgd: follows a plain loop, with and without momentum") {
    for (float momentum : {0.f, 0.9f}) {
        net n;
        optim::sgd sgd{.rate = 0.01f, .momentum = momentum};
        auto state = sgd.start(n);
        double a = 2, va = 0, c = 0, vc = 0, b[] = {1, -3}, vb[] = {0, 0};
        for (int i = 0; i < 7; ++i) {
            if (i == 4) sgd.rate = 0.005f;  // a setting: bound at each call
            auto const loss = weft::call(step, n, sgd, state, tensor<float>(0));
            CHECK(loss.item() == doctest::Approx(15 * 2 * (a + c) * (a + c) + b[0] * b[0] * b[0] +
                                                 b[1] * b[1] * b[1]));
            double const m = momentum, rate = sgd.rate.value(), ga = 4 * (a + c), gc = 3 * ga;
            va = m * va + ga, vc = m * vc + gc;
            a -= rate * va, c -= rate * vc;
            for (int j = 0; j < 2; ++j) {
                vb[j] = m * vb[j] + 3 * b[j] * b[j];
                b[j] -= rate * vb[j];
            }
            for (float x : n.a) CHECK(x == doctest::Approx(a));
            CHECK(n.b[0] == doctest::Approx(b[0]));
            CHECK(n.b[1] == doctest::Approx(b[1]));
            CHECK(n.norm.bias[4] == doctest::Approx(c));
            CHECK(n.count[0] == static_cast<float>(i + 1));
            CHECK(n.norm.variance[0] == 1);
            CHECK(n.norm.scale[0] == 1);  // has no gradient
        }
    }
}

TEST_CASE("sgd: the state begins with zeros, whatever the model begins with") {
    net n;
    auto const state = optim::sgd{}.start(n);
    CHECK(array_equal(state.velocity.a, tensor<float, 3, 5>()));
    CHECK(array_equal(optim::sgd_state<net>{}.velocity.b, tensor<double, 2>()));
    CHECK(array_equal(optim::sgd_state<net>{}.velocity.norm.scale, tensor<float, 5>()));
}
