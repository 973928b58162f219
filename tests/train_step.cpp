// SPDX-License-Identifier: BSL-1.0
#include <limits>

#include <doctest/doctest.h>

#include <allocations.hpp>
#include <nn_checks.hpp>
#include <train_checks.hpp>
#include <weft/data/batches.hpp>
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

namespace nn = weft::nn;
namespace optim = weft::optim;
namespace train = weft::train;
using weft::tensor;
using weft::random::key;

using net = testing::classifier<4, 8, 3>;
using features = testing::features<4>;
using testing::labels;
using testing::numbers;

TEST_CASE("step: the plain loop learns, and repeats itself bit by bit") {
    auto const set = testing::largest_of_three(256);
    std::vector<float> last;
    for (int run = 0; run < 2; ++run) {
        auto n = nn::init<net>(key{1});
        train::step step(n, nn::softmax_cross_entropy, optim::adam{.rate = 0.01f});
        float first = 0, loss = 0;
        for (std::uint64_t epoch = 0; epoch < 20; ++epoch)
            for (auto [x, y] : weft::data::batches(set, 32, weft::random::fold_in(key{2}, epoch))) {
                loss = step(n, x, y).loss;
                if (step.steps() == 1) first = loss;
            }
        CHECK(step.steps() == 160);
        CHECK(first > 0.9f);
        CHECK(loss < 0.5f * first);
        CHECK(n.norm.mean[0] != 0);
        if (run == 1) CHECK(last == numbers(n));
        last = numbers(n);
    }
}

TEST_CASE("step: right answers are counted; regression has none") {
    auto const set = testing::largest_of_three(64);
    auto plain = nn::init<nn::linear<4, 3>>(key{1});
    auto const scores = weft::call(plain, set.features());
    float right = 0;
    for (std::int64_t i = 0; i < 64; ++i) {
        int best = 0;
        for (int j = 1; j < 3; ++j)
            if (scores(i, j) > scores(i, best)) best = j;
        right += best == set.labels()[i];
    }
    train::step step(plain, nn::softmax_cross_entropy, optim::sgd{});
    CHECK(step(plain, set.features(), set.labels()).right == right);

    auto line = nn::init<nn::linear<4, 1>>(key{1});
    tensor<float, weft::dyn, 1> target(64);
    train::step fit(line, nn::mse, optim::sgd{.rate = 0.1f});
    auto const before = fit(line, set.features(), target);
    auto const after = fit(line, set.features(), target);
    CHECK(before.right < 0);
    CHECK(after.loss < before.loss);
}

TEST_CASE("step: another key drops other elements") {
    auto const set = testing::largest_of_three(32);
    std::vector<float> after[3];
    key const keys[] = {key{1}, key{1}, key{2}};
    for (int i = 0; i < 3; ++i) {
        auto n = nn::init<net>(key{1});
        train::step step(n, nn::softmax_cross_entropy, optim::sgd{}, keys[i]);
        step(n, set.features(), set.labels());
        after[i] = numbers(n);
    }
    CHECK(after[0] == after[1]);
    CHECK(after[0] != after[2]);
}

TEST_CASE("step: a loss that is not finite leaves model and optimizer as they were") {
    auto const set = testing::largest_of_three(32);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    step(n, set.features(), set.labels());
    auto const model = numbers(n), state = numbers(step.state);
    for (float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        features x = set.features();
        x(7, 2) = bad;
        CHECK_THROWS_WITH_AS(step(n, x, set.labels()),
                             doctest::Contains("in step 2; model and optimizer are as they were"),
                             weft::error);
        CHECK(numbers(n) == model);
        CHECK(numbers(step.state) == state);
        CHECK(step.steps() == 1);
    }
    CHECK(std::isfinite(step(n, set.features(), set.labels()).loss));
    CHECK(numbers(n) != model);
}

TEST_CASE("step: what does not fit is refused before anything changes") {
    auto const set = testing::largest_of_three(8);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    auto const model = numbers(n);
    labels y = set.labels();
    y[5] = 3;
    CHECK_THROWS_WITH_AS(
        step(n, set.features(), y),
        doctest::Contains("the label of row 5 is 3, expected an integer in 0 .. 2"), weft::error);
    y[5] = -1;
    CHECK_THROWS_WITH_AS(step(n, set.features(), y), doctest::Contains("the label of row 5 is -1"),
                         weft::error);
    CHECK_THROWS_WITH_AS(step(n, set.features(), labels(7)),
                         doctest::Contains("8 rows of features, but 7 labels"), weft::error);
    CHECK_THROWS_WITH_AS(step(n, features(0), labels(0)), doctest::Contains("no rows"), weft::error);
    CHECK(numbers(n) == model);
    CHECK(step.steps() == 0);
}

TEST_CASE("step: nothing is allocated in steady state, a smaller last batch included") {
    auto const set = testing::largest_of_three(100);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    auto batches = weft::data::batches(set, 32, key{1});
    for (auto [x, y] : batches) step(n, x, y);
    std::int64_t const before = testing::allocations;
    for (int epoch = 0; epoch < 3; ++epoch) {
        batches.shuffle(key{epoch});
        for (auto [x, y] : batches) step(n, x, y);
    }
    CHECK(testing::allocations == before);
    CHECK(step.steps() == 16);
}

TEST_CASE("step: misuse in the trace") {
    using M = nn::linear<4, 3>;
    namespace d = train::detail;
    using classify = d::evaluation_step<nn::softmax_cross_entropy_t>;
    auto const mistake = [](auto f, auto const&... a) { return testing::mistake_of(f, a...); };
    CHECK(testing::contains(
        mistake(classify{}, M{}, tensor<float, 8, 5>{}, tensor<std::int32_t, 8>{}, key{1}),
        "matmul(arg1, weight): (8, 5) x (4, 3), the inner extents differ"));
    CHECK(testing::contains(
        mistake(classify{}, M{}, tensor<float, 8, 4>{}, tensor<float, 8>{}, key{1}),
        "labels are integers"));
    constexpr auto rowwise = [](auto p, auto y) { return square(p - y); };
    CHECK(testing::contains(mistake(d::evaluation_step<std::remove_const_t<decltype(rowwise)>>{},
                                    M{}, tensor<float, 8, 4>{}, tensor<float, 8, 3>{}, key{1}),
                            "is not a scalar: reduce it with mean or sum"));
}

TEST_CASE("step: what is scheduled follows the updates, and a refused step is none") {
    auto const set = testing::largest_of_three(32);
    auto n = nn::init<nn::linear<4, 3>>(key{1});
    optim::descent const rule{.rate = optim::linear{.start = 1, .end = 0, .steps = 4}};
    train::step step(n, nn::softmax_cross_entropy, rule);
    auto const moved = [&](auto const& x) {
        auto const before = n.weight;
        step(n, x, set.labels());
        double sum = 0;
        for (int i = 0; i < 12; ++i)
            sum += std::abs(double(n.weight.data()[i]) - double(before.data()[i]));
        return sum;
    };
    CHECK(moved(set.features()) > 0.01);
    CHECK(step.optimizer.rate.value() == 1);
    features bad = set.features();
    bad(1, 1) = std::numeric_limits<float>::infinity();
    CHECK_THROWS_AS(moved(bad), weft::error);
    CHECK(moved(set.features()) > 0.01);
    CHECK(step.optimizer.rate.value() == 0.75f);
    CHECK(step.updates() == 2);
    step.resume(4);
    CHECK(moved(set.features()) == 0);
    CHECK(step.updates() == 5);
}

TEST_CASE("step: gradients of several batches are as those of one large batch") {
    auto const set = testing::largest_of_three(96);
    auto whole = nn::init<nn::linear<4, 3>>(key{1}), parts = whole;
    optim::adam const rule{.rate = optim::stairs{.start = 0.1, .factor = 0.5, .every = 1}};
    auto const clipped = optim::chain(optim::clip_global_norm{0.1}, rule);
    train::step large(whole, nn::softmax_cross_entropy, clipped);
    train::step small(parts, nn::softmax_cross_entropy, optim::accumulate(3, clipped));
    for (int t = 0; t < 3; ++t) {
        large(whole, set.features(), set.labels());
        for (int i = 0; i < 3; ++i) {
            auto const before = parts.weight;
            small(parts, set.features().rows(32 * i, 32 * i + 32),
                  set.labels().rows(32 * i, 32 * i + 32));
            CHECK(array_equal(parts.weight, before) == (i < 2));
        }
        CHECK(small.updates() == t + 1);
        CHECK(small.steps() == 3 * t + 3);
        CHECK(small.optimizer.rule.rule.rate.value() == large.optimizer.rule.rate.value());
        for (int i = 0; i < 12; ++i)
            CHECK(parts.weight.data()[i] == doctest::Approx(whole.weight.data()[i]).epsilon(1e-5));
    }
    // A loss that is not finite leaves what was collected so far.
    small(parts, set.features(), set.labels());
    auto const sum = small.state.sum.weight;
    features bad = set.features();
    bad(1, 1) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(small(parts, bad, set.labels()), weft::error);
    CHECK(array_equal(small.state.sum.weight, sum));
}

TEST_CASE("step: an ignored label is no class, and no answer") {
    auto const set = testing::largest_of_three(64);
    auto n = nn::init<nn::linear<4, 3>>(key{1}), m = n;
    labels y = set.labels();
    for (int i = 32; i < 64; ++i) y[i] = -1;
    train::step all(n, nn::softmax_cross_entropy_ignoring<-1>, optim::sgd{});
    train::step half(m, nn::softmax_cross_entropy, optim::sgd{});
    auto const found = all(n, set.features(), y);
    auto const expected = half(m, set.features().rows(0, 32), set.labels().rows(0, 32));
    CHECK(found.right == expected.right);
    CHECK(found.loss == doctest::Approx(expected.loss));
    CHECK(n.weight(2, 1) == doctest::Approx(m.weight(2, 1)));
    y[3] = -2;
    CHECK_THROWS_WITH_AS(all(n, set.features(), y), doctest::Contains("the label of row 3 is -2"),
                         weft::error);
}
