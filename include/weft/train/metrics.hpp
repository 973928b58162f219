// SPDX-License-Identifier: BSL-1.0
// What scores say, counted at run time: answers, accuracy, confusion matrix.
#pragma once

#include <weft/tensor/tensor.hpp>

namespace weft::train {

/// The class of the largest score, for each row; the first of equal ones.
template <class Scores>
tensor<std::int32_t, dyn> answers(Scores const& scores) {
    static_assert(Scores::rank == 2, "weft::train::answers: scores are (rows, classes)");
    std::int64_t const rows = scores.extent(0), classes = scores.extent(1);
    if (rows > 0 && classes < 1) raise("weft::train::answers: the scores have no classes");
    auto chosen = tensor<std::int32_t, dyn>::uninitialized(rows);
    for (std::int64_t i = 0; i < rows; ++i) {
        std::int32_t best = 0;
        for (std::int32_t c = 1; c < classes; ++c)
            if (scores(i, c) > scores(i, best)) best = c;
        chosen[i] = best;
    }
    return chosen;
}

/// The part of the answers that are the labels; 0 of none.
template <class Answers, class Labels>
double accuracy(Answers const& answers, Labels const& labels) {
    static_assert(Answers::rank == 1 && Labels::rank == 1);
    std::int64_t const rows = labels.extent(0);
    if (answers.extent(0) != rows)
        weft::detail::raise_numbers("weft::train::accuracy: ", answers.extent(0), " answers, but ",
                                    rows, " labels");
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < rows; ++i) right += answers[i] == labels[i];
    return rows > 0 ? static_cast<double>(right) / static_cast<double>(rows) : 0;
}

/// How often label i (row) was answered with class j (column).
template <std::int64_t Classes, class Answers, class Labels>
tensor<std::int32_t, Classes, Classes> confusion(Answers const& answers, Labels const& labels) {
    static_assert(Answers::rank == 1 && Labels::rank == 1);
    tensor<std::int32_t, Classes, Classes> counts;
    if (answers.extent(0) != labels.extent(0))
        weft::detail::raise_numbers("weft::train::confusion: ", answers.extent(0), " answers, but ",
                                    labels.extent(0), " labels");
    for (std::int64_t i = 0; i < labels.extent(0); ++i) ++counts.at(labels[i], answers[i]);
    return counts;
}

}  // namespace weft::train
