// SPDX-License-Identifier: BSL-1.0
#include <utility>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <train_checks.hpp>
#include <weft/optim/optim.hpp>
#include <weft/train/train.hpp>

namespace nn = weft::nn;
namespace optim = weft::optim;
namespace train = weft::train;
using weft::tensor;
using weft::random::key;

using net = testing::classifier<2, 16, 2>;
using features = testing::features<2>;
using testing::circle;
using pairs = weft::data::set<features, testing::labels>;

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
    CHECK(array_equal(nets[0].hidden.weight, nets[1].hidden.weight));
    CHECK(array_equal(nets[0].norm.variance, nets[1].norm.variance));
    CHECK_FALSE(array_equal(nets[0].hidden.weight, nets[2].hidden.weight));
}

TEST_CASE("trainer: a regression has a loss and no accuracy") {
    features x(64);
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
    CHECK_THROWS_WITH_AS(
        trainer.fit(wrong),
        doctest::Contains("the label of row 33 is 2, expected an integer in 0 .. 1"), weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.validate = wrong}), doctest::Contains("of row 33 is 2"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(empty), doctest::Contains("no rows"), weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.validate = empty}), doctest::Contains("no rows"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.evaluate(empty), doctest::Contains("no rows"), weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.batch = 0}), doctest::Contains("a batch of 0"),
                         weft::error);
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.epochs = -1}), doctest::Contains("-1 epochs"),
                         weft::error);
    CHECK(array_equal(n.hidden.weight, before));
    CHECK(trainer.step.steps() == 0);
}

TEST_CASE("trainer: all that optimizers are composed of, together") {
    auto const set = circle(600, 1), test = circle(300, 2);
    auto n = nn::init<net>(key{3});
    auto const rule = optim::accumulate(
        2,
        optim::chain(
            optim::clip_global_norm{5},
            optim::average(
                optim::groups(
                    optim::adamw{.rate = optim::cosine{.peak = 0.03, .warm_up = 10, .steps = 250},
                                 .decay = 1e-3},
                    optim::group(optim::vectors, optim::adamw{.rate = 0.02, .decay = 0})),
                0.95)));
    train::trainer trainer(n, nn::softmax_cross_entropy, rule);
    auto const result =
        trainer.fit(set, {.epochs = 25, .batch = 32, .validate = test, .average = true});
    CHECK(trainer.step.steps() == 25 * 19);
    CHECK(trainer.step.updates() == 25 * 19 / 2);
    auto const averaged = trainer.evaluate_average(test), plain = trainer.evaluate(test);
    CHECK(result.validation.loss == averaged.loss);
    CHECK(averaged.loss != plain.loss);
    CHECK(averaged.accuracy > 0.9);
    CHECK(plain.accuracy > 0.9);
    CHECK(trainer.step.optimizer.rule.rule.rule.rest.rate.value() < 0.001f);
}

TEST_CASE("trainer: an average that nobody keeps is refused") {
    auto const set = circle(40, 1);
    auto n = nn::init<net>(key{3});
    train::trainer trainer(n, nn::softmax_cross_entropy, optim::adam{});
    CHECK_THROWS_WITH_AS(trainer.fit(set, {.validate = set, .average = true}),
                         doctest::Contains("the optimizer keeps no average"), weft::error);
}

TEST_CASE("trainer: accuracy is that of the labels that count") {
    auto set = circle(80, 1);
    auto y = set.labels();
    for (int i = 0; i < 40; ++i) y[2 * i] = 7;
    pairs const half(set.features(), y);
    auto n = nn::init<net>(key{3});
    train::trainer trainer(n, nn::softmax_cross_entropy_ignoring<7>, optim::adam{.rate = 0.05});
    auto const result = trainer.fit(half, {.epochs = 60, .batch = 20});
    CHECK(result.training.accuracy > 0.8);
    CHECK(result.training.accuracy <= 1);
    auto const scores = trainer.evaluate(half);
    double right = 0, loss = 0;
    for (int i = 1; i < 80; i += 2) {
        auto const row = scores.scores.row(i);
        right += (row[1] > row[0]) == (y[i] == 1);
        loss += std::log(std::exp(double(row[0])) + std::exp(double(row[1]))) - double(row[y[i]]);
    }
    CHECK(scores.accuracy == doctest::Approx(right / 40));
    CHECK(scores.loss == doctest::Approx(loss / 40));
}
