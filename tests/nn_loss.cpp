// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/nn/loss.hpp>

using testing::contains;
using testing::mistake_of;
using testing::uniform;
namespace nn = weft::nn;
using weft::tensor;
using labels = tensor<std::int32_t, 4>;

namespace {

using scores = tensor<double, 4, 5>;
constexpr auto entropy = [](auto s, auto l) { return nn::softmax_cross_entropy(s, l); };
constexpr auto weighted = [](auto p, auto y) { return 3 * nn::mse(p, y); };

double expected_entropy(scores const& s, labels const& l) {
    double loss = 0;
    for (int i = 0; i < 4; ++i) {
        double largest = s(i, 0), sum = 0;
        for (int j = 0; j < 5; ++j) largest = std::max(largest, s(i, j));
        for (int j = 0; j < 5; ++j) sum += std::exp(s(i, j) - largest);
        loss -= (s(i, l[i]) - largest - std::log(sum)) / 4;
    }
    return loss;
}

}  // namespace

TEST_CASE("softmax_cross_entropy: value and gradient") {
    auto s = uniform<scores>(1, -3, 3);
    labels const l{0, 4, 2, 2};
    CHECK(weft::call(nn::softmax_cross_entropy, s, l).item() ==
          doctest::Approx(expected_entropy(s, l)));
    auto g = weft::grad(entropy)(s, l);
    CHECK(testing::is_gradient(s, g, [&] { return expected_entropy(s, l); }));
}

TEST_CASE("softmax_cross_entropy: large scores neither overflow nor cancel") {
    tensor<float, 2, 3> const s{{1e4f, 0, -1e4f}, {3e38f, 3e38f, -3e38f}};
    tensor<std::int32_t, 2> const right{0, 1}, wrong{1, 1};
    CHECK(weft::call(nn::softmax_cross_entropy, s, right).item() ==
          doctest::Approx(std::log(2.) / 2));
    CHECK(weft::call(nn::softmax_cross_entropy, s, wrong).item() ==
          doctest::Approx((1e4 + std::log(2.)) / 2));
    auto const g = weft::grad(entropy)(s, wrong);
    CHECK(g(0, 0) == doctest::Approx(0.5));
    CHECK(g(0, 1) == doctest::Approx(-0.5));
    CHECK(g(1, 0) == doctest::Approx(0.25));
}

TEST_CASE("softmax_cross_entropy: labels of any integer type, sequences, run-time extents") {
    auto const s = uniform<scores>(2);
    labels const l{1, 2, 3, 4};
    double const loss = expected_entropy(s, l);
    CHECK(weft::call(nn::softmax_cross_entropy, s, tensor<std::uint8_t, 4>{1, 2, 3, 4}).item() ==
          doctest::Approx(loss));
    CHECK(weft::call(nn::softmax_cross_entropy, s, tensor<std::int64_t, 4>{1, 2, 3, 4}).item() ==
          doctest::Approx(loss));
    tensor<double, 2, 2, 5> sequence;
    std::copy(s.begin(), s.end(), sequence.begin());
    CHECK(weft::call(nn::softmax_cross_entropy, sequence,
                     tensor<std::int32_t, 2, 2>{{1, 2}, {3, 4}})
              .item() == doctest::Approx(loss));
    tensor<double, weft::dyn, 5> const rows(s.view());
    tensor<std::int32_t, weft::dyn> const counted(l.view());
    CHECK(weft::call(nn::softmax_cross_entropy, rows, counted).item() == doctest::Approx(loss));
    CHECK_THROWS_WITH_AS(
        weft::call(nn::softmax_cross_entropy, rows, tensor<std::int32_t, weft::dyn>(3)),
        doctest::Contains("must agree, found 4 and 3"), weft::error);
}

TEST_CASE("mse: value and gradient") {
    auto p = uniform<tensor<double, 3, 2>>(3);
    auto const y = uniform<tensor<double, 3, 2>>(4);
    double sum = 0;
    for (int i = 0; i < 6; ++i)
        sum += (p.data()[i] - y.data()[i]) * (p.data()[i] - y.data()[i]) / 6;
    CHECK(weft::call(nn::mse, p, y).item() == doctest::Approx(sum));
    auto g = weft::grad(weighted)(p, y);
    for (int i = 0; i < 6; ++i)
        CHECK(g.data()[i] == doctest::Approx(p.data()[i] - y.data()[i]));
}

TEST_CASE("losses: misuse is told in one sentence") {
    using s = tensor<float, 4, 5>;
    auto const e = nn::softmax_cross_entropy;
    CHECK(contains(mistake_of(e, s{}, tensor<float, 4>{}),
                   "softmax_cross_entropy(arg0, arg1): (4, 5) and (4), labels are integers"));
    CHECK(contains(mistake_of(e, s{}, tensor<std::int32_t, 3>{}), "(3), the batches differ"));
    CHECK(contains(mistake_of(e, s{}, tensor<std::int32_t, 4, 5>{}),
                   "expected scores (batch, classes) and labels (batch)"));
    CHECK(contains(mistake_of(e, tensor<std::int32_t, 4, 5>{}, labels{}), "scores are floating"));
    // No silent broadcast to (4, 4).
    CHECK(contains(mistake_of(nn::mse, tensor<float, 4, 1>{}, tensor<float, 4>{}),
                   "mse(arg0, arg1): (4, 1) and (4), the shapes differ"));
    CHECK(contains(mistake_of(nn::mse, s{}, tensor<float, 4, 6>{}), "the shapes differ"));
}
