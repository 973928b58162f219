// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <weft/train/metrics.hpp>

namespace train = weft::train;
using weft::tensor;
using numbers = tensor<std::int32_t, weft::dyn>;

TEST_CASE("answers: the largest score of each row, the first of equal ones") {
    tensor<float, 4, 3> const scores{{1, 3, 2}, {5, 5, 1}, {-3, -2, -1}, {0, 0, 0}};
    CHECK(array_equal(train::answers(scores), numbers{1, 0, 2, 0}));
    CHECK(array_equal(train::answers(scores.rows(1, 3)), numbers{0, 2}));
    CHECK(train::answers(tensor<float, weft::dyn, 3>()).size() == 0);
}

TEST_CASE("accuracy and confusion") {
    numbers const answers{0, 1, 2, 2, 1}, labels{0, 1, 1, 2, 0};
    CHECK(train::accuracy(answers, labels) == doctest::Approx(0.6));
    CHECK(train::accuracy(numbers(), numbers()) == 0);
    auto const counts = train::confusion<3>(answers, labels);
    CHECK(array_equal(counts, tensor<std::int32_t, 3, 3>{{1, 1, 0}, {0, 1, 1}, {0, 0, 1}}));
    CHECK_THROWS_WITH_AS(train::accuracy(answers, numbers{1}),
                         doctest::Contains("5 answers, but 1 labels"), weft::error);
    CHECK_THROWS_WITH_AS(train::confusion<3>(answers, numbers{1}),
                         doctest::Contains("5 answers, but 1 labels"), weft::error);
    CHECK_THROWS_WITH_AS(train::confusion<2>(answers, labels), doctest::Contains("(1, 2)"),
                         weft::error);
}
