// SPDX-License-Identifier: BSL-1.0
// Updates of parameters alone, with the gradient given: what optimizers cost beside a training
// step.
#include <memory>
#include <weft/weft.hpp>

#include "harness.hpp"

namespace optim = weft::optim;

namespace {

constexpr std::int64_t count = 1'000'000;

struct vector {
    weft::tensor<float, count> values;
};

constexpr auto update = [](auto& model, auto const& rule, auto& state, auto const& gradient) {
    optim::update(rule, model, gradient, state);
};

template <class Rule>
struct task {
    Rule rule;
    vector model, gradient;
    optim::state_of<Rule, vector> state = optim::start(rule, model);

    explicit task(Rule const& with) : rule(with) {
        weft::nn::uniform(model.values, weft::random::key{1}, 0, 1);
        weft::nn::normal(gradient.values, weft::random::key{2}, 1);
    }
};

/// `kept`: how many numbers are read and written for each parameter, beside the gradient.
template <class Rule>
void add(bench::suite& suite, char const* name, Rule rule, double kept, double flops) {
    auto t = std::make_shared<std::unique_ptr<task<Rule>>>(std::make_unique<task<Rule>>(rule));
    suite.add(
        name,
        {.flops = flops * count,
         .read = 4. * count * (kept + 1),
         .written = 4. * count * kept,
         .footprint = 4. * count * (kept + 1)},
        [t] { weft::call(update, (*t)->model, (*t)->rule, (*t)->state, (*t)->gradient); },
        [t, rule] { *t = std::make_unique<task<Rule>>(rule); });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    add(suite, "adam_1000000", optim::adam{}, 3, 12);
    add(suite, "sgd_momentum_1000000", optim::sgd{.rate = 1e-3, .momentum = 0.9}, 2, 6);
    return suite.run(argc, argv);
}
