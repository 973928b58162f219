// SPDX-License-Identifier: BSL-1.0
// What tests of training share: a model with a layer of every kind, examples, and all numbers of a
// model.
#pragma once

#include <vector>

#include <weft/data/set.hpp>
#include <weft/nn/nn.hpp>

namespace testing {

/// A key, a mode and states.
template <std::int64_t In, std::int64_t Hidden, std::int64_t Classes>
struct classifier {
    weft::nn::linear<In, Hidden> hidden;
    weft::nn::batch_norm<Hidden> norm;
    weft::nn::dropout drop{.rate = 0.1f};
    weft::nn::linear<Hidden, Classes> output;
    constexpr auto operator()(auto const& x) { return output(drop(tanh(norm(hidden(x))))); }
};

template <std::int64_t In>
using features = weft::tensor<float, weft::dyn, In>;
using labels = weft::tensor<std::int32_t, weft::dyn>;

/// n rows of uniform numbers in -1 .. 1, each with the label that `label_of(row)` says.
template <std::int64_t In, class F>
weft::data::set<features<In>, labels> examples(std::int64_t n, std::uint64_t seed, F label_of) {
    features<In> x(n);
    labels y(n);
    weft::nn::uniform(x, weft::random::key{seed}, -1, 1);
    for (std::int64_t i = 0; i < n; ++i) y[i] = label_of(x.data() + i * In);
    return {x, y};
}

/// Inside or outside of a circle: no line tells them apart.
inline auto circle(std::int64_t n, std::uint64_t seed) {
    return examples<2>(n, seed, [](float const* x) { return x[0] * x[0] + x[1] * x[1] < 0.6f; });
}

/// Which of the first three numbers of a row is the largest.
inline auto largest_of_three(std::int64_t n) {
    return examples<4>(n, 11, [](float const* x) {
        return x[0] >= x[1] && x[0] >= x[2] ? 0 : x[1] >= x[2] ? 1 : 2;
    });
}

/// All numbers of a model but its settings.
template <class M>
std::vector<float> numbers(M& m) {
    std::vector<float> all;
    weft::for_each_leaf(m, [&]<class L>(L& leaf) {
        if constexpr (!weft::is_setting<L>)
            for (auto x : leaf) all.push_back(static_cast<float>(x));
    });
    return all;
}

}  // namespace testing
