// SPDX-License-Identifier: BSL-1.0
// What rules are composed with: which parameters they see, and what the plans look like.
#include <array>
#include <limits>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/optim.hpp>

namespace nn = weft::nn;
namespace optim = weft::optim;
using weft::tensor;

namespace {

struct net {
    nn::linear<6, 4> hidden;
    nn::linear<4, 2> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

constexpr auto step = [](auto& model, auto const& rule, auto& state, auto x) {
    auto const objective = [&](auto& m) { return mean(square(m(x) - 1)); };
    auto [loss, gradient] = weft::value_and_grad(objective)(model);
    optim::update(rule, model, gradient, state);
    return loss;
};

template <class Rule>
using program = weft::program<std::remove_const_t<decltype(step)>, net, Rule const,
                              optim::state_of<Rule, net>, tensor<float, 5, 6>>;
/// How many tensors the kernels of matrix products update.
template <class Rule>
constexpr int updated_by_products() {
    auto const v = program<Rule>::plan.view();
    int found = 0;
    for (int s = 0; s < v.steps.size(); ++s)
        if (v.kernels[v.steps[s].kernel].kind == weft::pass::kernel_kind::product)
            for (int i = 0; i < v.steps[s].slots.count; ++i)
                found += v.buffers[v.slots[v.steps[s].slots.first + i]].alias >= 0;
    return found;
}

template <class R>
using only_matrices = optim::partial<optim::matrices_t, R>;

struct named {
    tensor<float, 2, 2> weight = tensor<float, 2, 2>::full(1);
    tensor<float, 2> bias = tensor<float, 2>::full(1);
    tensor<int, 2> table{3, 4};  // no parameter
    weft::state<float> seen = tensor<float>(5);
};
struct stacked {
    nn::repeat<named, 3> layers;
    named last;
};
constexpr auto apply = [](auto& model, auto const& rule, auto& state, auto const& gradient) {
    optim::update(rule, model, gradient, state);
};

template <class M>
void fill(M& model, float x) {
    weft::for_each_leaf(model, [x]<class L>(L& leaf) {
        if constexpr (optim::is_parameter<L>) leaf.fill(x);
    });
}

}  // namespace

TEST_CASE("optim: updates end the products that make the gradients, but for norms") {
    // Two matrices, and what is kept of them.
    static_assert(updated_by_products<optim::descent>() == 2);
    static_assert(updated_by_products<optim::sgd>() == 4);
    static_assert(updated_by_products<optim::adam>() == 6);
    static_assert(updated_by_products<optim::adamw>() == 6);
    static_assert(updated_by_products<optim::rmsprop>() == 6);
    static_assert(updated_by_products<optim::lion>() == 4);
    static_assert(updated_by_products<optim::chained<optim::clip_value, optim::lion>>() == 4);
    static_assert(updated_by_products<optim::chained<optim::weight_decay, optim::sgd>>() == 4);
    static_assert(
        updated_by_products<optim::chained<only_matrices<optim::weight_decay>, optim::adagrad>>() ==
        4);
    static_assert(updated_by_products<optim::averaged<optim::adam>>() == 8);
    static_assert(updated_by_products<optim::grouped<optim::adamw, optim::vectors_t>>() == 6);
    static_assert(updated_by_products<optim::chained<optim::clip_global_norm, optim::adam>>() == 0);
}

TEST_CASE("optim: a condition chooses parameters by name, rank, and in repeated layers") {
    stacked model, gradient;
    fill(gradient, 1.f);
    auto const outer = [](optim::parameter p) { return p.path.substr(0, 5) == "last."; };
    auto const rule = optim::groups(optim::descent{.rate = 0.5},
                                    optim::group(outer, optim::descent{.rate = 0.25}),
                                    optim::group(optim::vectors, optim::descent{.rate = 0.125}));
    auto state = rule.start(model);
    weft::call(apply, model, rule, state, gradient);
    for (int i = 0; i < 3; ++i) {
        CHECK(model.layers[i].weight(1, 0) == 0.5f);
        CHECK(model.layers[i].bias[1] == 0.875f);
    }
    CHECK(model.last.weight(0, 1) == 0.75f);
    CHECK(model.last.bias[0] == 0.75f);  // the first group that fits
    CHECK(array_equal(model.last.table, tensor<int, 2>{3, 4}));
    CHECK(array_equal(model.last.seen, tensor<float>(5)));
}

TEST_CASE("optim: a change of some gradients leaves the others as they are") {
    named model, gradient;
    fill(gradient, 3.f);
    auto const rule = optim::chain(
        optim::only(optim::matrices, optim::clip_global_norm{2}),
        optim::only([](optim::parameter p) { return p.path == "bias"; }, optim::weight_decay{1}),
        optim::descent{.rate = 1});
    auto state = rule.start(model);
    weft::call(apply, model, rule, state, gradient);
    CHECK(model.weight(0, 0) == doctest::Approx(0));  // 1 - 3 * 2 / norm(3, 3, 3, 3)
    CHECK(model.bias[1] == doctest::Approx(-3));      // 1 - (3 + 1)
}

TEST_CASE("optim: a norm shortens and never lengthens; what is not a number stays so") {
    named model, gradient;
    auto const rule = optim::chain(optim::clip_norm{10}, optim::descent{.rate = 1});
    auto state = rule.start(model);
    fill(gradient, 0.f);
    weft::call(apply, model, rule, state, gradient);
    CHECK(model.weight(0, 0) == 1);
    fill(gradient, 0.5f);
    weft::call(apply, model, rule, state, gradient);
    CHECK(model.weight(1, 1) == 0.5f);
    gradient.weight(0, 1) = std::numeric_limits<float>::quiet_NaN();
    weft::call(apply, model, rule, state, gradient);
    CHECK(std::isnan(model.weight(0, 0)));
    CHECK(model.bias[0] == 0);
}

TEST_CASE("optim: the averaged model has the states of the model") {
    named model, gradient;
    fill(gradient, 1.f);
    auto rule =
        optim::chain(optim::clip_value{0.5}, optim::average(optim::descent{.rate = 1}, 0.75));
    auto state = rule.start(model);
    weft::call(apply, model, rule, state, gradient);
    model.seen = tensor<float>(7);
    named const mean = optim::averaged_model(model, state);
    CHECK(model.bias[0] == 0.5f);
    CHECK(mean.bias[0] == 0.875f);  // 0.75 * 1 + 0.25 * 0.5
    CHECK(mean.weight(1, 1) == 0.875f);
    CHECK(array_equal(mean.seen, tensor<float>(7)));
    CHECK(array_equal(mean.table, model.table));
}

TEST_CASE("optim: half precision is updated in single precision") {
    struct half {
        tensor<weft::bf16, 2> w;
    } model, gradient;
    model.w[0] = weft::bf16(1.f), gradient.w[0] = weft::bf16(0.25f);
    optim::adamw const rule{.rate = 0.5, .decay = 0.5};
    auto state = rule.start(model);
    weft::call(apply, model, rule, state, gradient);
    CHECK(static_cast<float>(model.w[0]) == 0.25f);  // 1 * (1 - 0.25) - 0.5
    CHECK(static_cast<float>(model.w[1]) == 0);
}
