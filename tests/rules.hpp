// SPDX-License-Identifier: BSL-1.0
// What tests of operations share that bring rules of their own: both modes against central
// differences, twice, and batches against their elements one by one.
#pragma once

#include <doctest/doctest.h>

#include <weft/pass/batch.hpp>

#include "tracing.hpp"

namespace testing {

inline argument floats(std::vector<std::int64_t> shape, double low = -1, double high = 1) {
    return {dtype::f64, std::move(shape), low, high};
}
inline argument integers(std::vector<std::int64_t> shape, double low, double high,
                         dtype type = dtype::int32) {
    return {type, std::move(shape), low, high};
}

/// A function with its arguments, and the sizes that n0 and n1 stand for.
struct ruled {
    std::string name;
    std::vector<argument> arguments;
    function f;
    std::vector<std::int64_t> symbols{};
    bool twice = true;  ///< second derivatives are checked, too
};

inline std::vector<values> random_inputs(ruled const& c, numbers& random, unsigned mapped = 0,
                                         std::size_t rows = 1) {
    std::vector<values> inputs;
    for (std::size_t i = 0; i < c.arguments.size(); ++i) {
        argument const& a = c.arguments[i];
        inputs.push_back(random.several(count_of(a.shape, c.symbols) * (mapped >> i & 1 ? rows : 1),
                                        a.low, a.high));
        if (a.type != dtype::f64)
            for (double& v : inputs.back()) v = std::floor(v);
    }
    return inputs;
}

/// First derivatives: forward mode = reverse mode = central differences along random directions;
/// second derivatives: those of the gradient in both modes, and its differences.
inline void check_derivatives(ruled const& c) {
    CAPTURE(c.name);
    trace t(c.arguments);
    numbers random(77);
    std::vector<values> inputs = random_inputs(c, random);
    symbol const y = t.call(c.f);
    REQUIRE(t.error() == "");
    weft::list<symbol> x, u, v;
    std::vector<std::size_t> of, along;
    auto const add = [&](symbol like) {
        std::size_t n = 1;
        for (int a = 0; a < like.rank(); ++a)
            n *= static_cast<std::size_t>(t.b.view().extents.evaluate(
                like.size(a), {c.symbols.data(), static_cast<int>(c.symbols.size())}));
        inputs.push_back(random.several(n, -1, 1));
        return t.input_like(like, "d" + std::to_string(inputs.size()));
    };
    symbol const d = add(y);
    values const cotangent = inputs.back();
    for (std::size_t i = 0; i < c.arguments.size(); ++i)
        if (c.arguments[i].type == dtype::f64) x.push(t.in[i]), of.push_back(i);
    for (symbol s : x) along.push_back(inputs.size()), u.push(add(s));
    for (symbol s : x) v.push(add(s));
    std::size_t const n = of.size();
    weft::list<symbol> const g = weft::pass::vjp(t.b, {&y, 1}, {&d, 1}, x);
    auto const output = [&](symbol s, symbol like) {
        t.output(s.valid() ? s : t.b.constant(like.type(), like.node().shape, 0));
    };
    t.output(y);
    output(weft::pass::jvp(t.b, {&y, 1}, x, u)[0], y);
    for (int i = 0; i < x.size(); ++i) {
        REQUIRE(g[i].valid());
        CHECK(g[i].node().shape == x[i].node().shape);
        t.output(g[i]);
    }
    if (c.twice) {
        auto const rows = weft::pass::vjp(t.b, g, v, x), columns = weft::pass::jvp(t.b, g, x, u);
        for (int i = 0; i < x.size(); ++i) output(rows[i], x[i]);
        for (int i = 0; i < x.size(); ++i) output(columns[i], x[i]);
    }
    REQUIRE(t.error() == "");
    auto const run = [&](double h) {
        std::vector<values> at = inputs;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < at[of[i]].size(); ++k)
                at[of[i]][k] += h * inputs[along[i]][k];
        return weft::pass::reference(t.b.view(), at, c.symbols).outputs;
    };
    double const h = 1e-5;
    auto const out = run(0), right = run(h), left = run(-h);
    double const forward = dot(out[1], cotangent);
    double reverse = 0;
    for (std::size_t i = 0; i < n; ++i) reverse += dot(out[i + 2], inputs[along[i]]);
    CHECK(close(forward, reverse, 1e-12));
    CHECK(close(forward, (dot(right[0], cotangent) - dot(left[0], cotangent)) / (2 * h), 1e-7));
    if (!c.twice) return;
    double by_rows = 0, by_columns = 0, difference = 0;
    for (std::size_t i = 0; i < n; ++i) {
        values const& against = inputs[along[i] + n];
        by_rows += dot(out[2 + n + i], inputs[along[i]]);
        by_columns += dot(out[2 + 2 * n + i], against);
        difference += (dot(right[2 + i], against) - dot(left[2 + i], against)) / (2 * h);
    }
    CHECK(close(by_rows, by_columns, 1e-11));
    CHECK(close(by_columns, difference, 1e-6));
}

/// For every choice of mapped arguments: the batch is what its elements give one by one.
inline void check_batches(ruled const& c) {
    CAPTURE(c.name);
    constexpr std::size_t size = 3;
    trace one(c.arguments);
    symbol const y = one.call(c.f);
    REQUIRE(one.error() == "");
    one.output(y);
    weft::ir::graph const g = static_cast<weft::ir::graph&&>(one.b.result());
    for (unsigned mask = 1; mask < 1u << c.arguments.size(); ++mask) {
        CAPTURE(mask);
        weft::ir::builder b;
        b.extents() = weft::extent_table(g.extents.view());
        weft::list<symbol> given, elements, batches;
        for (int i = 0; i < g.inputs.size(); ++i) {
            weft::list<extent> shape;
            bool const mapped = mask >> i & 1;
            if (mapped) shape.push({size});
            shape.append(g.view().shape_of(g.inputs[i]));
            symbol const x = b.input(g.nodes[g.inputs[i]].type, shape, "x");
            given.push(mapped ? weft::ir::element(x) : x);
            if (mapped) elements.push(given.back()), batches.push(x);
        }
        weft::list<symbol> const single = b.inline_graph(g, given);
        weft::list<symbol> const all = weft::pass::batch(b, single, elements, batches);
        REQUIRE(std::string(b.error().view()) == "");
        b.result().outputs.push(all[0].id());
        numbers random(mask);
        auto const inputs = random_inputs(c, random, mask, size);
        values expected;
        for (std::size_t row = 0; row < size; ++row) {
            std::vector<values> own = inputs;
            for (std::size_t i = 0; i < inputs.size(); ++i)
                if (mask >> i & 1) {
                    auto const n = static_cast<std::ptrdiff_t>(inputs[i].size() / size);
                    auto const at = inputs[i].begin() + static_cast<std::ptrdiff_t>(row) * n;
                    own[i] = values(at, at + n);
                }
            values const out = weft::pass::reference(g, own, c.symbols).outputs[0];
            expected.insert(expected.end(), out.begin(), out.end());
        }
        CHECK(
            close(weft::pass::reference(b.view(), inputs, c.symbols).outputs[0], expected, 1e-13));
        weft::ir::graph const simple = weft::pass::simplify(b.view());
        CHECK(close(weft::pass::reference(simple, inputs, c.symbols).outputs[0], expected, 1e-13));
    }
}

/// A value that was recorded from another library.
struct recorded_case {
    std::string name;
    values expected;
    std::vector<argument> arguments;
    std::vector<values> inputs;
    function f;
    std::vector<std::int64_t> symbols{};
};

template <std::size_t N>
values to_values(double const (&from)[N]) {
    return values(from, from + N);
}

inline void check_recorded(std::vector<recorded_case> const& cases) {
    for (recorded_case const& c : cases) {
        CAPTURE(c.name);
        values const found = evaluate(c.f, c.arguments, c.inputs, c.symbols);
        bool const right = close(found, c.expected, 1e-12);
        CHECK(right);
        if (right) continue;
        std::string text;
        for (double v : found) text += std::to_string(v) + ' ';
        MESSAGE(c.name << ": found " << text);
    }
}

}  // namespace testing
