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
