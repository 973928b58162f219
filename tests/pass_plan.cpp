// SPDX-License-Identifier: BSL-1.0
// fuse, schedule and allocate together: plans of random graphs, run element by element, give what
// the reference gives, and leave the inputs alone.
#include "check.hpp"
#include "tracing.hpp"

#include "plan_interpreter.hpp"
#include "random_graph.hpp"

#include <weft/pass/allocate.hpp>
#include <weft/pass/fuse.hpp>
#include <weft/pass/print.hpp>
#include <weft/pass/schedule.hpp>

namespace {

using namespace testing;

std::vector<values> random_inputs(weft::ir::graph_view const& g, std::uint64_t seed,
                                  std::vector<std::int64_t> const& symbols) {
    std::vector<values> inputs;
    for (int i = 0; i < g.inputs.size(); ++i) {
        std::size_t n = 1;
        for (extent e : g.shape_of(g.inputs[i]))
            n *= static_cast<std::size_t>(
                g.extents.evaluate(e, {symbols.data(), static_cast<int>(symbols.size())}));
        inputs.emplace_back();
        for (std::size_t k = 0; k < n; ++k) inputs.back().push_back(random_input(g, seed, i, k));
    }
    return inputs;
}

weft::pass::plan plan_of(weft::ir::graph_view const& g) {
    return weft::pass::allocate(weft::pass::schedule(weft::pass::fuse(g)));
}

/// Fusion puts every step behind those that make what it reads, so that no schedule can fail.
bool in_order(weft::pass::plan_view const& p) {
    std::vector<char> made(static_cast<std::size_t>(p.buffers.size()), 0);
    for (int b = 0; b < p.inputs; ++b) made[static_cast<std::size_t>(b)] = 1;
    for (int s = 0; s < p.steps.size(); ++s) {
        for (int i = 0; i < p.steps[s].slots.count; ++i)
            if (!weft::pass::writes(p, p.steps[s].kernel, i) &&
                !made[static_cast<std::size_t>(p.slot(s, i))])
                return false;
        for (int i = 0; i < p.steps[s].slots.count; ++i)
            if (weft::pass::writes(p, p.steps[s].kernel, i))
                made[static_cast<std::size_t>(p.slot(s, i))] = 1;
    }
    return true;
}

/// Steps of the plan whose outputs these are, which gives what the reference gives.
int steps_of(trace& t, std::vector<symbol> const& outputs) {
    for (symbol s : outputs) t.output(s);
    weft::ir::graph const g = weft::pass::simplify(t.b.view());
    auto const inputs = random_inputs(g, 1, {4, 6});
    auto const expected = weft::pass::reference(g, inputs, {4, 6}).outputs;
    CHECK(in_order(weft::pass::fuse(g).view()));
    weft::pass::plan const p = plan_of(g);
    auto const found = plan_interpreter().run(p.view(), inputs, {4, 6});
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(close(found[i], expected[i], 1e-12));
    return p.steps.size();
}

void check(std::uint64_t seed, int steps, bool run_time_extents,
           std::vector<std::int64_t> const& symbols) {
    CAPTURE(seed);
    CAPTURE(steps);
    CAPTURE(run_time_extents);
    weft::ir::builder b;
    random_graph(b, seed, {steps, run_time_extents, true, dtype::f64});
    weft::ir::graph const g = weft::pass::simplify(b.view());
    auto const inputs = random_inputs(g, seed, symbols);
    auto const expected = weft::pass::reference(g, inputs, symbols).outputs;
    CHECK(in_order(weft::pass::fuse(g).view()));
    weft::pass::plan const p = plan_of(g);
    try {
        auto const found = plan_interpreter().run(p.view(), inputs, symbols);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            CAPTURE(i);
            CHECK(close(found[i], expected[i], 1e-11));
        }
        for (std::size_t i = 0; i < inputs.size(); ++i)
            CHECK(same(found[expected.size() + i], inputs[i]));
    } catch (weft::error const& e) {
        FAIL_CHECK(e.what());
    }
}

}  // namespace

TEST_CASE("plans of small random graphs") {
    for (int steps = 1; steps < 6; ++steps)
        for (std::uint64_t seed = 0; seed < 150; ++seed) check(seed, steps, false, {});
}

TEST_CASE("plans of large random graphs") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) check(seed, 24, false, {});
}

TEST_CASE("plans of random graphs with run-time extents") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        check(seed, 3, true, {4, 6});
        check(seed, 24, true, {4, 6});
        check(seed, 24, true, {1, 2});
    }
}

TEST_CASE("updates are written to their inputs, after all reads") {
    trace t({{dtype::f64, {4, 3}}, {dtype::f64, {3}}, {dtype::f64, {4}}});
    symbol const w = t.in[0], x = t.in[1], m = t.in[2];
    symbol const y = tanh(matmul(w, x)), loss = sum(square(y - m));
    symbol const one = t.b.constant(dtype::f64, t.b.scalar_shape(), 1);
    symbol const dw = weft::pass::vjp(t.b, {&loss, 1}, {&one, 1}, {&w, 1})[0];
    t.output(loss);
    t.b.result().updates.push(0), t.b.result().updates.push((w - 0.1 * dw).id());
    t.b.result().updates.push(2), t.b.result().updates.push((0.9 * m + 0.1 * y).id());
    weft::ir::graph const g = weft::pass::simplify(t.b.view());
    auto const inputs = random_inputs(g, 1, {});
    auto const expected = weft::pass::reference(g, inputs);
    auto const found = plan_interpreter().run(plan_of(g).view(), inputs);
    CHECK(close(found[0], expected.outputs[0], 1e-12));
    CHECK(close(found[1], expected.updates[0], 1e-12));
    CHECK(same(found[2], inputs[1]));
    CHECK(close(found[3], expected.updates[1], 1e-12));
}

TEST_CASE("a result that is a reshape of a value is stored by the kernel that makes it") {
    using weft::axis;
    auto const steps = [](auto f) {
        trace t({{dtype::f64, {4, 6}}, {dtype::f64, {n0, n1}}, {dtype::f64, {4, 1, 6}}});
        return steps_of(t, f(t.in));
    };
    using in = std::vector<symbol> const&;
    using out = std::vector<symbol>;
    CHECK(steps([](in x) { return out{sum(x[0])}; }) == 1);
    CHECK(steps([](in x) { return out{sum(x[0], axis<0>)}; }) == 1);
    CHECK(steps([](in x) { return out{sum(x[0], axis<1>)}; }) == 1);
    CHECK(steps([](in x) { return out{max(exp(x[2]), axis<1>)}; }) == 1);
    CHECK(steps([](in x) { return out{sum(x[1]), sum(x[1], axis<0>)}; }) == 1);
    CHECK(steps([](in x) { return out{reshape(exp(x[0]), {3, 8})}; }) == 1);
    CHECK(steps([](in x) { return out{reshape(exp(x[1]), {-1})}; }) == 1);
    CHECK(steps([](in x) { return out{reshape(matmul(x[0], transpose(x[0])), {16})}; }) == 1);
    CHECK(steps([](in x) { return out{broadcast_to(tanh(x[0]), {1, 4, 6})}; }) == 1);
    CHECK(steps([](in x) { return out{transpose(tanh(x[2]), {1, 0, 2})}; }) == 1);  // one element
    // One reduction and one division.
    CHECK(steps([](in x) { return out{mean(x[0])}; }) == 2);
    CHECK(steps([](in x) { return out{mean(x[0], axis<1>)}; }) == 1);
    // The second result of the same elements, and what is no reshape, are copies.
    CHECK(steps([](in x) {
              symbol const y = exp(x[0]);
              return out{y, reshape(y, {24})};
          }) == 2);
    CHECK(steps([](in x) { return out{transpose(exp(x[0]))}; }) == 2);
    CHECK(steps([](in x) { return out{slice(exp(x[0]), 0, 0, 2)}; }) == 2);
    CHECK(steps([](in x) { return out{reshape(x[0], {24})}; }) == 1);
}

TEST_CASE("an update that is a reshape is written to its input; a loss does not wait for itself") {
    trace t({{dtype::f64, {4, 3}}, {dtype::f64, {3, 4}}, {dtype::f64, {}}});
    symbol const w = t.in[0], count = t.in[2];
    t.output(count + sum(square(w)));
    t.b.result().updates.push(1), t.b.result().updates.push(reshape(exp(w), {3, 4}).id());
    t.b.result().updates.push(2), t.b.result().updates.push((count + 1).id());
    weft::ir::graph const g = weft::pass::simplify(t.b.view());
    auto const inputs = random_inputs(g, 1, {});
    auto const expected = weft::pass::reference(g, inputs);
    weft::pass::plan const p = plan_of(g);
    int writer = -1;
    for (int s = 0; s < p.steps.size(); ++s)
        for (int i = 0; i < p.steps[s].slots.count; ++i)
            if (p.view().slot(s, i) == p.inputs &&
                weft::pass::writes(p.view(), p.steps[s].kernel, i))
                writer = s;
    CHECK(writer < p.guard);
    auto const found = plan_interpreter().run(p.view(), inputs);
    CHECK(close(found[0], expected.outputs[0], 1e-12));
    CHECK(close(found[2], expected.updates[0], 1e-12));
    CHECK(close(found[3], expected.updates[1], 1e-12));
}

TEST_CASE("a layout that one reader needs copied stays a layout for its other readers") {
    using weft::axis, weft::keep;
    auto const steps = [](auto f) {
        trace t({{dtype::f64, {4, 6}}, {dtype::f64, {24}}, {dtype::int32, {4}, 0, 4}});
        return steps_of(t, f(t.in));
    };
    using in = std::vector<symbol> const&;
    using out = std::vector<symbol>;
    // The row's statistic and what reads it are one kernel; the copy comes behind it.
    CHECK(steps([](in x) {
              symbol const row = broadcast_to(exp(sum(tanh(x[0]), axis<1>, keep)), {4, 6});
              return out{tanh(x[0]) - row, reshape(row, {24}) * x[1]};
          }) == 4);
    CHECK(steps([](in x) {
              symbol const y = exp(x[0]), z = transpose(y);
              return out{z * 2, reshape(z, {24}) + x[1], transpose(z) - 1, reshape(z, {8, 3})};
          }) == 5);
    // Products and moves of rows share the copy, before and behind readers of the layout.
    CHECK(steps([](in x) {
              symbol const y = transpose(exp(x[0])), z = y + 1;
              return out{z, take(y, x[2]), take(y, x[2] + 1), matmul(x[0], y), y - 1};
          }) > 0);
}

TEST_CASE("more values over inputs than one kernel takes, some of them read and stored") {
    for (int count : {40, 70, 140}) {
        trace t({{dtype::f64, {4}}});
        symbol const x = t.in[0];
        std::vector<symbol> outputs;
        symbol cheap = x + 1;
        for (int i = 0; i < count; ++i) {
            symbol const next = cheap * (i + 2.5);
            outputs.push_back(tanh(next));
            if (i % 3 == 0) cheap = cheap + x;
            if (i % 7 == 6) outputs.push_back(next);
        }
        outputs.push_back(cheap);
        outputs.push_back(x + 1);
        steps_of(t, outputs);
    }
}

TEST_CASE("chains over inputs cost their length, not their paths, and are split where they are long") {
    for (int count : {20, 100, 400}) {
        trace t({{dtype::f64, {4}}});
        symbol a = t.in[0], b = a + 1;
        for (int i = 0; i < count; ++i) {
            symbol const next = minimum(a, b) * 0.5 + b * 0.5;
            a = b, b = next;
        }
        int const steps = steps_of(t, {b});
        CHECK(steps <= 1 + 4 * count / 64);
    }
}
