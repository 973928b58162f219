// SPDX-License-Identifier: BSL-1.0
#include <cstdlib>
#include <limits>
#include <new>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/data/batches.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/optim.hpp>
#include <weft/train/step.hpp>

static std::int64_t allocations = 0;

// Not inlined, or g++ takes them for a mismatch.
#define WEFT_TEST_NOINLINE __attribute__((noinline))
WEFT_TEST_NOINLINE void* operator new(std::size_t n) {
    ++allocations;
    if (void* p = std::malloc(n ? n : 1)) return p;
    throw std::bad_alloc();
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::nothrow_t const&) noexcept {
    ++allocations;
    return std::malloc(n ? n : 1);
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::align_val_t a) {
    ++allocations;
    auto const align = static_cast<std::size_t>(a);
    if (void* p = std::aligned_alloc(align, (n + align) / align * align)) return p;
    throw std::bad_alloc();
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::align_val_t a,
                                      std::nothrow_t const&) noexcept {
    ++allocations;
    auto const align = static_cast<std::size_t>(a);
    return std::aligned_alloc(align, (n + align) / align * align);
}
WEFT_TEST_NOINLINE void operator delete(void* p) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::size_t) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}

namespace nn = weft::nn;
namespace optim = weft::optim;
namespace train = weft::train;
using weft::tensor;
using weft::random::key;

namespace {

// A layer of every kind: a key, a mode and states.
struct net {
    nn::linear<4, 8> hidden;
    nn::batch_norm<8> norm;
    nn::dropout drop{.rate = 0.2f};
    nn::linear<8, 3> output;
    constexpr auto operator()(auto const& x) { return output(drop(relu(norm(hidden(x))))); }
};

using rows = tensor<float, weft::dyn, 4>;
using labels = tensor<std::int32_t, weft::dyn>;

// Three classes by which of the first three features is the largest.
weft::data::set<rows, labels> toy(std::int64_t n) {
    rows x(n);
    labels y(n);
    nn::uniform(x, key{11}, -1, 1);
    for (std::int64_t i = 0; i < n; ++i) {
        y[i] = 0;
        for (int j = 1; j < 3; ++j)
            if (x(i, j) > x(i, y[i])) y[i] = j;
    }
    return {x, y};
}

template <class M>
std::vector<float> numbers(M& m) {
    std::vector<float> all;
    weft::for_each_leaf(m, [&]<class L>(L& leaf) {
        if constexpr (!weft::is_setting<L>)
            for (auto x : leaf) all.push_back(static_cast<float>(x));
    });
    return all;
}

}  // namespace

TEST_CASE("step: the plain loop learns, and repeats itself bit by bit") {
    auto const set = toy(256);
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
    auto const set = toy(64);
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
    auto const set = toy(32);
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
    auto const set = toy(32);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    step(n, set.features(), set.labels());
    auto const model = numbers(n), state = numbers(step.state);
    for (float bad : {std::numeric_limits<float>::quiet_NaN(),
                      std::numeric_limits<float>::infinity()}) {
        rows x = set.features();
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
    auto const set = toy(8);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    auto const model = numbers(n);
    labels y = set.labels();
    y[5] = 3;
    CHECK_THROWS_WITH_AS(step(n, set.features(), y),
                         doctest::Contains("label 3 of row 5 is outside of the classes 0 .. 2"),
                         weft::error);
    y[5] = -1;
    CHECK_THROWS_WITH_AS(step(n, set.features(), y), doctest::Contains("label -1 of row 5"),
                         weft::error);
    CHECK_THROWS_WITH_AS(step(n, set.features(), labels(7)),
                         doctest::Contains("8 rows of features, but 7 labels"), weft::error);
    CHECK_THROWS_WITH_AS(step(n, rows(0), labels(0)), doctest::Contains("no rows"), weft::error);
    CHECK(numbers(n) == model);
    CHECK(step.steps() == 0);
}

TEST_CASE("step: nothing is allocated in steady state, a smaller last batch included") {
    auto const set = toy(100);
    auto n = nn::init<net>(key{1});
    train::step step(n, nn::softmax_cross_entropy, optim::adam{});
    auto batches = weft::data::batches(set, 32, key{1});
    for (auto [x, y] : batches) step(n, x, y);
    std::int64_t const before = allocations;
    for (int epoch = 0; epoch < 3; ++epoch) {
        batches.shuffle(key{epoch});
        for (auto [x, y] : batches) step(n, x, y);
    }
    CHECK(allocations == before);
    CHECK(step.steps() == 16);
}

TEST_CASE("step: misuse in the trace") {
    using M = nn::linear<4, 3>;
    namespace d = train::detail;
    using classify = d::evaluation_step<nn::softmax_cross_entropy_t>;
    auto const mistake = [](auto f, auto const&... a) { return testing::mistake_of(f, a...); };
    CHECK(testing::contains(mistake(classify{}, M{}, tensor<float, 8, 5>{},
                                    tensor<std::int32_t, 8>{}, key{1}),
                            "matmul(arg1, weight): (8, 5) x (4, 3), the inner extents differ"));
    CHECK(testing::contains(mistake(classify{}, M{}, tensor<float, 8, 4>{}, tensor<float, 8>{},
                                    key{1}),
                            "labels are integers"));
    constexpr auto rowwise = [](auto p, auto y) { return square(p - y); };
    CHECK(testing::contains(
        mistake(d::evaluation_step<std::remove_const_t<decltype(rowwise)>>{}, M{},
                tensor<float, 8, 4>{}, tensor<float, 8, 3>{}, key{1}),
        "is not a scalar: reduce it with mean or sum"));
}
