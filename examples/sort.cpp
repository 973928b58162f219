// SPDX-License-Identifier: BSL-1.0
// A small transformer learns to sort: eight digits in, the same digits in ascending order out.
#include <algorithm>
#include <cstdio>
#include <weft/weft.hpp>

namespace nn = weft::nn;
constexpr int length = 8;

struct sorter {
    nn::embedding<10, 32> digit;
    weft::tensor<float, length, 32> place;
    nn::repeat<nn::transformer_block<32, 4>, 2> blocks;
    nn::layer_norm<32> norm;
    nn::linear<32, 10> output;
    /// (batch, length) digits to (batch, length, 10) scores: which digit stands at each place.
    constexpr auto operator()(auto const& digits) const {
        return output(norm(blocks(digit(digits) + place)));
    }
};

using sequences = weft::tensor<std::int32_t, weft::dyn, length>;

auto questions(std::int64_t count, weft::random::key key) {
    sequences unsorted(count), sorted(count);
    for (std::int64_t i = 0; i < count; ++i) {
        auto const bits = weft::random::bits(key, static_cast<std::uint64_t>(i));
        for (int j = 0; j < length; ++j)
            unsorted(i, j) = sorted(i, j) =
                static_cast<std::int32_t>((bits.word[j / 2] >> (16 * (j % 2)) & 0xffff) % 10);
        std::sort(&sorted(i, 0), &sorted(i, 0) + length);
    }
    return weft::data::set(std::move(unsorted), std::move(sorted));
}

void print(auto const& digits) {
    for (int j = 0; j < length; ++j) std::printf("%d ", static_cast<int>(digits[j]));
}

int main() {
    auto const train = questions(8192, weft::random::key{1});
    auto const test = questions(1000, weft::random::key{2});

    sorter net = nn::init<sorter>(weft::random::key{3});
    constexpr int epochs = 10, batch = 64, steps = epochs * 8192 / batch;
    weft::optim::adam const adam{
        .rate = weft::optim::cosine{.peak = 3e-3, .warm_up = steps / 20, .steps = steps}};
    auto trainer = weft::train::trainer(net, nn::softmax_cross_entropy, adam);
    trainer.fit(train, {.epochs = epochs, .batch = batch, .validate = test});

    auto const result = trainer.evaluate(test);
    int right = 0;
    for (std::int64_t i = 0; i < test.size(); ++i) {
        weft::tensor<std::int32_t, length> answer;
        for (int j = 0; j < length; ++j) {
            float const* const scores = &result.scores(i, j, 0);
            answer[j] = static_cast<std::int32_t>(std::max_element(scores, scores + 10) - scores);
        }
        right += std::equal(answer.begin(), answer.end(), &test.labels()(i, 0));
        if (i >= 5) continue;
        print(test.features().row(i)), std::printf(" ->  "), print(answer), std::puts("");
    }
    std::printf("\nsorted without a mistake: %.1f %%\n",
                100. * right / static_cast<double>(test.size()));
}
