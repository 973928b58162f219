// SPDX-License-Identifier: BSL-1.0
#include <utility>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/data/set.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/optim.hpp>
#include <weft/train/train.hpp>

namespace nn = weft::nn;
namespace optim = weft::optim;
namespace train = weft::train;
using weft::tensor;
using weft::random::key;

namespace {

struct net {
    nn::linear<2, 16> hidden;
    nn::batch_norm<16> norm;
    nn::dropout drop{.rate = 0.1f};
    nn::linear<16, 2> output;
    constexpr auto operator()(auto const& x) { return output(drop(tanh(norm(hidden(x))))); }
};

using rows = tensor<float, weft::dyn, 2>;
using labels = tensor<std::int32_t, weft::dyn>;
using pairs = weft::data::set<rows, labels>;

// Inside or outside of a circle: no line tells them apart.
pairs circle(std::int64_t n, std::uint64_t seed) {
    rows x(n);
    labels y(n);
    nn::uniform(x, key{seed}, -1, 1);
    for (std::int64_t i = 0; i < n; ++i) y[i] = x(i, 0) * x(i, 0) + x(i, 1) * x(i, 1) < 0.6f;
    return {x, y};
}

}  // namespace

TEST_CASE("trainer: learns what no linear model can, and says so") {
    auto const set = circle(600, 1), test = circle(300, 2);
    auto n = nn::init<net>(key{3});
    train::trainer trainer(n, nn::softmax_cross_entropy, optim::adam{.rate = 0.02f});
    auto const before = trainer.evaluate(test);
    auto const result = trainer.fit(set, {.epochs = 25, .batch = 32, .validate = test});
    auto const after = trainer.evaluate(test);
    CHECK(after.accuracy > 0.93);
    CHECK(after.loss < 0.5 * before.loss);
    CHECK(result.validation.loss == after.loss);
    CHECK(result.validation.accuracy == after.accuracy);
    CHECK(result.training.accuracy > 0.75);  // batches and dropout are noise
    // 600 rows are 18 batches of 32 and one of 24.
    CHECK(trainer.step.steps() == 25 * 19);

    // Evaluation is in inference mode: it repeats itself and agrees with a plain call.
    auto const scores = weft::call(std::as_const(n), test.features());
    CHECK(scores.extent(0) == 300);
    bool same = true;
    for (int i = 0; i < 300; ++i)
        for (int j = 0; j < 2; ++j)
            same = same && after.scores(i, j) == doctest::Approx(scores(i, j));
    CHECK(same);
    CHECK(after.accuracy == train::accuracy(train::answers(after.scores), test.labels()));
}

TEST_CASE("trainer: the same seed gives the same bits, another one others; fits go on") {
    auto const set = circle(100, 1);
    net nets[3];
    for (int i = 0; i < 3; ++i) {
        nets[i] = nn::init<net>(key{3});
        train::trainer trainer(nets[i], nn::softmax_cross_entropy, optim::adam{});
        std::uint64_t const seed = i == 2 ? 1 : 0;
        if (i == 0) {
            trainer.fit(set, {.epochs = 2, .batch = 16, .seed = seed});
        } else {
            trainer.fit(set, {.epochs = 1, .batch = 16, .seed = seed});
            trainer.fit(set, {.epochs = 1, .batch = 16, .seed = seed});
        }
    }
    CHECK(nets[0].hidden.weight == nets[1].hidden.weight);
    CHECK(nets[0].norm.variance == nets[1].norm.variance);
    CHECK(nets[0].hidden.weight != nets[2].hidden.weight);
}

TEST_CASE("trainer: a regression has a loss and no accuracy") {
    rows x(64);
    tensor<float, weft::dyn, 1> y(64);
    nn::uniform(x, key{4}, -1, 1);
    for (int i = 0; i < 64; ++i) y(i, 0) = 3 * x(i, 0) - x(i, 1) + 0.5f;
    weft::data::set const set(x, y);
    auto line = nn::init<nn::linear<2, 1>>(key{5});
    train::trainer trainer(line, nn::mse, optim::sgd{.rate = 0.1f, .momentum = 0.9f});
    auto const result = trainer.fit(set, {.epochs = 60, .batch = 16});
    CHECK(result.training.loss < 1e-6);
    CHECK(result.training.accuracy < 0);
    CHECK(trainer.evaluate(set).loss < 1e-6);
    CHECK(line.weight(0, 0) == doctest::Approx(3).epsilon(1e-3));
    CHECK(line.weight(1, 0) == doctest::Approx(-1).epsilon(1e-3));
    CHECK(line.bias[0] == doctest::Approx(0.5).epsilon(1e-3));
}

TEST_CASE("trainer: bad sets and options are refused before anything changes") {
    auto const set = circle(40, 1);
    auto n = nn::init<net>(key{3});
    auto const before = n.hidden.weight;
    train::trainer trainer(n, nn::softmax_cross_entropy, optim::adam{});
    auto bad = set.labels();
    bad[33] = 2;
    pairs const wrong(set.features(), bad), empty;
    CHECK_THROWS_WITH_AS(trainer.fit(wrong),
                         doctest::Contains("label 2 of row 33 is outside of the classes 0 .. 1"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.validate = wrong}), doctest::Contains("of row 33"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(empty), doctest::Contains("no rows"), weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.validate = empty}), doctest::Contains("no rows"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.evaluate(empty), doctest::Contains("no rows"), weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.batch = 0}), doctest::Contains("a batch of 0"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.epochs = -1}), doctest::Contains("-1 epochs"),
                         weft::error);
    CHECK(n.hidden.weight == before);
    CHECK(trainer.step.steps() == 0);
}
