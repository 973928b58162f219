// SPDX-License-Identifier: BSL-1.0
// What tests of layers, optimizers and training share: sentences of mistakes, derivatives by
// central differences.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <weft/autodiff/grad.hpp>
#include <weft/nn/init.hpp>
#include <weft/program/call.hpp>

namespace testing {

/// The sentence that F on arguments of these types records when it is traced; empty if there is
/// none.
template <class F, class... A>
std::string mistake_of(F, A const&...) {
    constexpr auto sentence = weft::program<F, A...>::traced.mistake;
    return std::string(sentence.view());
}

inline bool contains(std::string const& text, std::string const& part) {
    bool const found = text.find(part) != std::string::npos;
    if (!found) MESSAGE("\"" << text << "\" has no \"" << part << '"');
    return found;
}

/// Whether `gradient` is that of f() by central differences in every element of the parameters.
template <class M, class F>
bool is_gradient(M& model, M& gradient, F f, double tolerance = 1e-6) {
    double const step = 1e-5;
    std::vector<double> expected, found;
    auto const collect = [&]<class L>(L& leaf) {
        if constexpr (!weft::is_state<L> && !weft::is_setting<L>)
            for (auto& x : leaf) {
                auto const before = x;
                x = before + step;
                double const up = f();
                x = before - step;
                double const down = f();
                x = before;
                expected.push_back((up - down) / (2 * step));
            }
    };
    weft::for_each_leaf(model, collect);
    weft::for_each_leaf(gradient, [&]<class L>(L& leaf) {
        if constexpr (!weft::is_state<L> && !weft::is_setting<L>)
            for (auto x : leaf) found.push_back(static_cast<double>(x));
    });
    REQUIRE(expected.size() == found.size());
    bool same = true;
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (!(std::abs(expected[i] - found[i]) <= tolerance * (1 + std::abs(expected[i])))) {
            MESSAGE("element " << i << ": expected " << expected[i] << ", found " << found[i]);
            same = false;
        }
    return same;
}

template <class Tensor>
Tensor uniform(std::uint64_t seed, double low = -1, double high = 1) {
    Tensor t;
    weft::nn::uniform(t, weft::random::key{seed}, low, high);
    return t;
}

}  // namespace testing
