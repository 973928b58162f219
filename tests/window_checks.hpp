// SPDX-License-Identifier: BSL-1.0
// What tests of convolution and pooling share: both modes of the derivative against each other and
// against central differences, second order, and batches against their elements.
#pragma once

#include <doctest/doctest.h>

#include "tracing.hpp"

#include <weft/pass/batch.hpp>

namespace testing {

struct windowed {
    char const* name;
    std::vector<argument> arguments;
    function f;
    std::vector<std::int64_t> symbols{};
};

inline argument floats(std::vector<std::int64_t> shape) {
    return {dtype::f64, std::move(shape), -1, 1};
}

inline symbol one_vjp(weft::ir::builder& b, symbol y, symbol d, symbol x) {
    return weft::pass::vjp(b, {&y, 1}, {&d, 1}, {&x, 1})[0];
}

/// All inputs are f64. Checks <d, J t> three ways, and the derivative of it once more.
inline void check_derivatives(windowed const& c) {
    CAPTURE(std::string(c.name));
    numbers random(5);
    std::vector<values> inputs;
    for (argument const& a : c.arguments)
        inputs.push_back(random.several(count_of(a.shape, c.symbols), a.low, a.high));
    std::size_t const n = inputs.size();
    std::vector<values> directions;
    for (values const& v : inputs) directions.push_back(random.several(v.size(), -1, 1));
    auto const at = [&](double step) {
        auto moved = inputs;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < moved[i].size(); ++j)
                moved[i][j] += step * directions[i][j];
        return evaluate(c.f, c.arguments, moved, c.symbols);
    };
    values const up = at(1e-6), down = at(-1e-6);
    values const d = random.several(up.size(), -1, 1);
    double slope = 0;
    for (std::size_t i = 0; i < up.size(); ++i) slope += d[i] * (up[i] - down[i]) / 2e-6;

    trace t(c.arguments);
    symbol const y = t.call(c.f);
    std::vector<symbol> tangents;
    for (symbol x : t.in) tangents.push_back(t.input_like(x, "t"));
    symbol const cotangent = t.input_like(y, "d");
    weft::range<symbol> const all{t.in.data(), static_cast<int>(n)},
        moving{tangents.data(), static_cast<int>(n)};
    symbol const forward = weft::pass::jvp(t.b, {&y, 1}, all, moving)[0];
    symbol const weighted = sum(forward * cotangent);
    t.output(weighted);
    // Along each input in reverse, and along that again: <d, J t> has J as its gradient.
    for (std::size_t i = 0; i < n; ++i) {
        symbol const back = one_vjp(t.b, y, cotangent, t.in[i]);
        t.output(back.valid() ? sum(back * tangents[i]) : weighted * 0);
    }
    auto const derivative = weft::pass::jvp(t.b, {&weighted, 1}, all, moving)[0];
    t.output(derivative.valid() ? derivative : weighted * 0);
    symbol second = weighted * 0;
    for (std::size_t i = 0; i < n; ++i) {
        symbol const g =
            one_vjp(t.b, weighted, t.b.constant(dtype::f64, weighted.node().shape, 1), t.in[i]);
        if (g.valid()) second = second + sum(g * tangents[i]);
    }
    t.output(second);
    REQUIRE(t.error() == "");
    auto given = inputs;
    given.insert(given.end(), directions.begin(), directions.end());
    given.push_back(d);
    auto const found = weft::pass::reference(t.b.view(), given, c.symbols).outputs;
    CHECK(close(found[0][0], slope, 1e-6));
    double sum_of_parts = 0;
    for (std::size_t i = 0; i < n; ++i) sum_of_parts += found[1 + i][0];
    CHECK(close(sum_of_parts, found[0][0], 1e-11));
    CHECK(close(found[n + 1][0], found[n + 2][0], 1e-11));
}

/// A batch of 3 of each choice of inputs gives what its elements give one by one.
inline void check_batches(windowed const& c) {
    CAPTURE(std::string(c.name));
    std::size_t const n = c.arguments.size();
    for (unsigned which = 1; which < 1u << n; ++which) {
        CAPTURE(which);
        numbers random(9);
        trace t(c.arguments);
        symbol const y = t.call(c.f);
        std::vector<symbol> mapped, batched;
        std::vector<values> inputs, each[3];
        for (std::size_t i = 0; i < n; ++i) {
            argument const& a = c.arguments[i];
            values const one = random.several(count_of(a.shape, c.symbols), a.low, a.high);
            inputs.push_back(one);
            for (auto& e : each) e.push_back(one);
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (!(which >> i & 1)) continue;
            auto shape = c.arguments[i].shape;
            shape.insert(shape.begin(), 3);
            mapped.push_back(t.in[i]);
            batched.push_back(t.input(dtype::f64, shape, "b"));
            values all;
            for (auto& e : each) {
                e[i] = random.several(e[i].size(), -1, 1);
                all.insert(all.end(), e[i].begin(), e[i].end());
            }
            inputs.push_back(all);
        }
        int const count = static_cast<int>(mapped.size());
        t.output(
            weft::pass::batch(t.b, {&y, 1}, {mapped.data(), count}, {batched.data(), count})[0]);
        REQUIRE(t.error() == "");
        values expected;
        for (auto const& e : each) {
            values const part = evaluate(c.f, c.arguments, e, c.symbols);
            expected.insert(expected.end(), part.begin(), part.end());
        }
        CHECK(close(weft::pass::reference(t.b.view(), inputs, c.symbols).outputs[0], expected,
                    1e-12));
    }
}

}  // namespace testing
