// SPDX-License-Identifier: BSL-1.0
// Every optimizer, and what they are composed with, against PyTorch and optax.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <recorded/optim.hpp>
#include <weft/optim/optim.hpp>

namespace optim = weft::optim;
using weft::tensor;

namespace {

struct net {
    tensor<double, 3, 2> weight;
    tensor<double, 2> bias;
};
constexpr int size = 8, steps = 5;

net filled(double const* from) {
    net n;
    std::copy_n(from, 6, n.weight.data());
    std::copy_n(from + 6, 2, n.bias.data());
    return n;
}
net gradient_of_step(int step) { return filled(recorded::optim::gradients + size * step); }

constexpr auto step_with = [](auto& model, auto const& rule, auto& state, auto const& gradient) {
    optim::update(rule, model, gradient, state);
};

bool is_close(net const& found, double const* expected, int step) {
    std::vector<double> numbers(found.weight.begin(), found.weight.end());
    numbers.insert(numbers.end(), found.bias.begin(), found.bias.end());
    for (int i = 0; i < size; ++i) {
        double const x = numbers[static_cast<std::size_t>(i)];
        if (!(std::abs(x - expected[i]) <= 1e-6 * std::abs(expected[i]))) {
            MESSAGE("step " << step << ", element " << i << ": expected " << expected[i]
                            << ", found " << x);
            return false;
        }
    }
    return true;
}

template <class Rule>
bool follows(double const (&expected)[size * steps], Rule rule) {
    net model = filled(recorded::optim::start);
    auto state = rule.start(model);
    for (int t = 0; t < steps; ++t) {
        optim::at_step(rule, t);
        net const gradient = gradient_of_step(t);
        weft::call(step_with, model, rule, state, gradient);
        net const* found = &model;
        if constexpr (optim::has_average<decltype(state)>()) found = optim::average_in(state);
        if (!is_close(*found, expected + size * t, t)) return false;
    }
    return true;
}

constexpr auto batch = [](auto const& rule, auto& state, auto const& gradient) {
    rule.collect(gradient, state);
};
constexpr auto flush = [](auto& model, auto const& rule, auto& state) { rule.flush(model, state); };

}  // namespace

using namespace recorded::optim;

TEST_CASE("optim: sgd") {
    CHECK(follows(sgd, optim::sgd{.rate = 0.125}));
    CHECK(follows(sgd_momentum, optim::sgd{.rate = 0.125, .momentum = 0.875}));
    CHECK(follows(sgd_nesterov, optim::sgd{.rate = 0.125, .momentum = 0.875, .nesterov = true}));
    CHECK(follows(sgd, optim::descent{.rate = 0.125}));
    CHECK(follows(sgd_decay, optim::chain(optim::weight_decay{0.25},
                                          optim::sgd{.rate = 0.125, .momentum = 0.75})));
}

TEST_CASE("optim: adam and adamw") {
    CHECK(follows(adam, optim::adam{.rate = 0.0078125}));
    CHECK(follows(adam_options,
                  optim::adam{.rate = 0.125, .beta1 = 0.7, .beta2 = 0.95, .epsilon = 1e-2}));
    CHECK(follows(adam_decay,
                  optim::chain(optim::weight_decay{0.25}, optim::adam{.rate = 0.0078125})));
    CHECK(follows(adamw, optim::adamw{.rate = 0.0078125, .decay = 0.25}));
    CHECK(follows(adamw_optax, optim::adamw{.rate = 0.0078125, .decay = 0.25}));
}

TEST_CASE("optim: rmsprop, adagrad, lion") {
    CHECK(follows(rmsprop, optim::rmsprop{.rate = 0.0078125}));
    CHECK(follows(rmsprop_momentum,
                  optim::rmsprop{.rate = 0.0078125, .smoothing = 0.9, .momentum = 0.75}));
    CHECK(follows(rmsprop_centered, optim::centered_rmsprop{.rate = 0.0078125, .epsilon = 1e-3}));
    CHECK(follows(rmsprop_centered_momentum,
                  optim::centered_rmsprop{.rate = 0.0078125, .smoothing = 0.9, .momentum = 0.75}));
    CHECK(follows(adagrad, optim::adagrad{.rate = 0.125}));
    CHECK(follows(lion, optim::lion{.rate = 0.0078125}));
    CHECK(follows(lion_decay,
                  optim::lion{.rate = 0.0078125, .beta1 = 0.8, .beta2 = 0.9, .decay = 0.125}));
}

TEST_CASE("optim: clipping") {
    CHECK(follows(clip_value, optim::chain(optim::clip_value{0.5}, optim::sgd{.rate = 0.125})));
    CHECK(follows(clip_norm, optim::chain(optim::clip_norm{0.75}, optim::sgd{.rate = 0.125})));
    CHECK(follows(clip_global_norm,
                  optim::chain(optim::clip_global_norm{0.75}, optim::adam{.rate = 0.0078125})));
}

TEST_CASE("optim: schedules, groups, averages, several batches") {
    optim::cosine const down{.peak = 0.125, .end = 0.0078125, .steps = 5};
    CHECK(follows(scheduled, optim::adamw{.rate = down, .decay = 0.25}));
    CHECK(follows(
        adamw_groups,
        optim::groups(
            optim::adamw{.rate = 0.0078125, .decay = 0.25},
            optim::group(optim::vectors,
                         optim::adamw{.rate = 0.0625, .beta1 = 0.5, .beta2 = 0.6, .decay = 0}))));
    CHECK(follows(average, optim::average(optim::sgd{.rate = 0.125, .momentum = 0.875}, 0.75)));

    auto const rule = optim::accumulate(2, optim::adam{.rate = 0.0078125});
    net model = filled(start);
    auto state = rule.start(model);
    for (int t = 0; t < steps; ++t) {
        for (int i = 0; i < 2; ++i) weft::call(batch, rule, state, gradient_of_step(2 * t + i));
        weft::call(flush, model, rule, state);
        CHECK(is_close(model, accumulate + size * t, t));
        CHECK(array_equal(state.sum.weight, tensor<double, 3, 2>()));
    }
}
