// SPDX-License-Identifier: BSL-1.0
// Each rule of simplify as graph text before and after; dead code; random graphs keep their value.
#include "check.hpp"
#include "tracing.hpp"

#include "random_graph.hpp"

namespace {

using namespace testing;
using weft::axis;

struct rule {
    char const* name;
    std::vector<argument> arguments;
    function f;
    char const* after;
};

std::vector<argument> const vector{{dtype::f32, {2}}};
std::vector<argument> const pair{{dtype::f32, {2}}, {dtype::f32, {2}}};
std::vector<argument> const matrix{{dtype::f32, {2, 3}}};

char const* const unchanged = "%0 = input f32(2) x0\nreturn %0\n";
char const* const unchanged_matrix = "%0 = input f32(2, 3) x0\nreturn %0\n";

rule const rules[] = {
    {"x + 0", vector, [](symbol const* x) { return x[0] + 0; }, unchanged},
    {"0 + x", vector, [](symbol const* x) { return 0 + x[0]; }, unchanged},
    {"x + -0", vector, [](symbol const* x) { return x[0] + -0.0; }, unchanged},
    {"x - 0", vector, [](symbol const* x) { return x[0] - 0; }, unchanged},
    {"x * 1", vector, [](symbol const* x) { return x[0] * 1; }, unchanged},
    {"1 * x", vector, [](symbol const* x) { return 1 * x[0]; }, unchanged},
    {"x / 1", vector, [](symbol const* x) { return x[0] / 1; }, unchanged},
    {"-(-x)", vector, [](symbol const* x) { return -(-x[0]); }, unchanged},
    {"-1 * (-1 * x)", vector, [](symbol const* x) { return -1 * (-1 * x[0]); }, unchanged},
    {"x * -1", vector, [](symbol const* x) { return x[0] * -1; },
     "%0 = input f32(2) x0\n"
     "%1 = negate f32(2) %0\n"
     "return %1\n"},
    {"x - (-y)", pair, [](symbol const* x) { return x[0] - (-x[1]); },
     "%0 = input f32(2) x0\n"
     "%1 = input f32(2) x1\n"
     "%2 = add f32(2) %0, %1\n"
     "return %2\n"},
    {"x * 0 stays: x may be infinite", vector, [](symbol const* x) { return x[0] * 0; },
     "%0 = input f32(2) x0\n"
     "%1 = constant f32(2) 0\n"
     "%2 = multiply f32(2) %0, %1\n"
     "return %2\n"},
    {"division by a power of two", vector, [](symbol const* x) { return x[0] / 8; },
     "%0 = input f32(2) x0\n"
     "%1 = constant f32(2) 0.125\n"
     "%2 = multiply f32(2) %0, %1\n"
     "return %2\n"},
    {"division by another number", vector, [](symbol const* x) { return x[0] / 3; },
     "%0 = input f32(2) x0\n"
     "%1 = constant f32(2) 3\n"
     "%2 = divide f32(2) %0, %1\n"
     "return %2\n"},
    {"constants fold where rounding is the same everywhere", vector,
     [](symbol const* x) {
         auto number = [&](double v) {
             return x->builder()->constant(dtype::f32, x->node().shape, v);
         };
         return x[0] * (number(3) * number(5) - number(1) / number(3) + number(2));
     },
     "%0 = input f32(2) x0\n"
     "%1 = constant f32(2) 16.6666679\n"
     "%2 = multiply f32(2) %0, %1\n"
     "return %2\n"},
    {"where of equal values", pair, [](symbol const* x) { return where(x[0] < 0, x[1], x[1]); },
     "%0 = input f32(2) x0\n"
     "%1 = input f32(2) x1\n"
     "return %1\n"},
    {"where of a constant", pair,
     [](symbol const* x) {
         return where(x->builder()->constant(dtype::boolean, x->node().shape, 1), x[0], x[1]);
     },
     "%0 = input f32(2) x0\n"
     "%1 = input f32(2) x1\n"
     "return %0\n"},
    {"reshape of reshape", matrix,
     [](symbol const* x) { return reshape(reshape(x[0], {6}), {3, 2}); },
     "%0 = input f32(2, 3) x0\n"
     "%1 = reshape f32(3, 2) %0\n"
     "return %1\n"},
    {"reshape there and back", matrix,
     [](symbol const* x) { return reshape(reshape(x[0], {6}), {2, 3}); }, unchanged_matrix},
    {"transpose twice", matrix, [](symbol const* x) { return transpose(transpose(x[0])); },
     unchanged_matrix},
    {"transposes in a row", {{dtype::f32, {2, 3, 4}}},
     [](symbol const* x) { return transpose(transpose(x[0], {1, 2, 0}), {1, 0, 2}); },
     "%0 = input f32(2, 3, 4) x0\n"
     "%1 = transpose f32(4, 3, 2) %0 [2, 1, 0]\n"
     "return %1\n"},
    {"broadcasts in a row", vector,
     [](symbol const* x) { return broadcast_to(broadcast_to(x[0], {3, 2}), {4, 3, 2}); },
     "%0 = input f32(2) x0\n"
     "%1 = broadcast_to f32(4, 3, 2) %0\n"
     "return %1\n"},
    {"layout of a constant", matrix,
     [](symbol const* x) {
         symbol const c = x->builder()->constant(dtype::f32, x->node().shape, 7);
         return x[0] + slice(reshape(transpose(broadcast_to(c, {2, 2, 3})), {2, 6}), 1, 1, 2);
     },
     "%0 = input f32(2, 3) x0\n"
     "%1 = constant f32(2, 3) 7\n"
     "%2 = add f32(2, 3) %0, %1\n"
     "return %2\n"},
    {"whole slice", matrix, [](symbol const* x) { return slice(x[0], 1, 0, 3); }, unchanged_matrix},
    {"sum over axes of one element", matrix,
     [](symbol const* x) { return sum(reshape(x[0], {2, 1, 3}), axis<1>); }, unchanged_matrix},
    {"cast to its own type", {{dtype::f64, {2}}},
     [](symbol const* x) { return weft::cast<double>(x[0]); },
     "%0 = input f64(2) x0\n"
     "return %0\n"},
    {"stop_gradient", vector, [](symbol const* x) { return stop_gradient(exp(x[0])); },
     "%0 = input f32(2) x0\n"
     "%1 = exp f32(2) %0\n"
     "return %1\n"},
    {"transposed operands of a product", {{dtype::f32, {2, 3}}, {dtype::f32, {4, 3}}},
     [](symbol const* x) { return matmul(x[0], transpose(x[1])); },
     "%0 = input f32(2, 3) x0\n"
     "%1 = input f32(4, 3) x1\n"
     "%2 = dot_general f32(2, 4) %0, %1 [over 1 x 1]\n"
     "return %2\n"},
    {"a transpose that a product cannot absorb", {{dtype::f32, {2, 3, 4}}, {dtype::f32, {2}}},
     [](symbol const* x) { return matmul(transpose(x[0]), x[1]); },
     "%0 = input f32(2, 3, 4) x0\n"
     "%1 = input f32(2) x1\n"
     "%2 = transpose f32(4, 3, 2) %0 [2, 1, 0]\n"
     "%3 = dot_general f32(4, 3) %2, %1 [over 2 x 0]\n"
     "return %3\n"},
    {"contracted axes in order", {{dtype::f32, {2, 3, 4}}, {dtype::f32, {2, 3}}},
     [](symbol const* x) { return dot_general(x[0], x[1], {{1, 0}, {1, 0}, {}, {}}); },
     "%0 = input f32(2, 3, 4) x0\n"
     "%1 = input f32(2, 3) x1\n"
     "%2 = dot_general f32(4) %0, %1 [over 0, 1 x 0, 1]\n"
     "return %2\n"},
    {"axes that are no runs are moved", {{dtype::f32, {2, 3, 4}}, {dtype::f32, {3, 2}}},
     [](symbol const* x) { return dot_general(x[0], x[1], {{0, 1}, {1, 0}, {}, {}}); },
     "%0 = input f32(2, 3, 4) x0\n"
     "%1 = input f32(3, 2) x1\n"
     "%2 = transpose f32(2, 3) %1 [1, 0]\n"
     "%3 = dot_general f32(4) %0, %2 [over 0, 1 x 0, 1]\n"
     "return %3\n"},
    {"equal nodes merge after a rule", pair,
     [](symbol const* x) { return exp(x[0] * 1 + x[1]) * exp(x[0] + x[1]); },
     "%0 = input f32(2) x0\n"
     "%1 = input f32(2) x1\n"
     "%2 = add f32(2) %0, %1\n"
     "%3 = exp f32(2) %2\n"
     "%4 = multiply f32(2) %3, %3\n"
     "return %4\n"},
};

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

std::string text_of(weft::ir::graph_view const& g) {
    return std::string(weft::ir::print(g).view());
}

}  // namespace

TEST_CASE("each rule") {
    for (rule const& r : rules) {
        CAPTURE(r.name);
        CHECK(printed(r.f, r.arguments, true) == r.after);
    }
}

TEST_CASE("constants keep their bits") {
    std::int64_t const odd = (std::int64_t{1} << 60) + 1;
    trace t({});
    extent const shape[] = {{3}};
    int const three = t.b.shape({shape, 1});
    symbol const c = t.b.add(weft::ir::op<weft::ir::constant_op>, dtype::int64, t.b.scalar_shape(),
                             {}, {&odd, 1});
    t.output(weft::ir::broadcast(c, three));
    CHECK(text_of(weft::pass::simplify(t.b.view())) ==
          "%0 = constant i64(3) 1152921504606846977\nreturn %0\n");
}

TEST_CASE("folding leaves alone what may round, wrap or fault differently") {
    trace t({{dtype::f32, {}}});
    int const scalar = t.b.scalar_shape();
    auto number = [&](dtype type, double v) { return t.b.constant(type, scalar, v); };
    symbol const kept[] = {
        number(dtype::f32, 1e30) * number(dtype::f32, 1e30),
        number(dtype::f32, 1) / number(dtype::f32, 0),
        number(dtype::bf16, 3) * number(dtype::bf16, 5),
        number(dtype::int32, 65536) * number(dtype::int32, 65536),
        number(dtype::uint32, 1) - number(dtype::uint32, 2),
        number(dtype::f64, HUGE_VAL) - number(dtype::f64, HUGE_VAL),
    };
    for (symbol s : kept) {
        t.b.result().outputs.clear();
        t.output(s);
        weft::ir::graph const g = weft::pass::simplify(t.b.view());
        CHECK(g.nodes.back().op == s.node().op);
    }
    t.b.result().outputs.clear();
    t.output(number(dtype::int32, 7) * number(dtype::int32, -6));
    CHECK(text_of(weft::pass::simplify(t.b.view())) ==
          "%0 = input f32() x0\n%1 = constant i32() -42\nreturn %1\n");
}

TEST_CASE("what no output needs is dropped, inputs and their names stay, updates are kept") {
    trace t({{dtype::f32, {2}}, {dtype::f32, {n0}}, {dtype::f32, {2}}});
    symbol const unused = exp(t.in[0]), next = t.in[2] - 0.5 * tanh(t.in[2]);
    symbol const y = t.in[1] * 1;
    CHECK(unused.valid());
    t.output(y);
    t.b.result().updates.push(2);
    t.b.result().updates.push(next.id());
    CHECK(text_of(weft::pass::simplify(t.b.view())) ==
          "%0 = input f32(2) x0\n"
          "%1 = input f32(n0) x1\n"
          "%2 = input f32(2) x2\n"
          "%3 = tanh f32(2) %2\n"
          "%4 = constant f32(2) 0.5\n"
          "%5 = multiply f32(2) %4, %3\n"
          "%6 = subtract f32(2) %2, %5\n"
          "return %1\n"
          "update x2 = %6\n");
}

TEST_CASE("the nodes that rules pass by are dropped as well") {
    // The reshape in the middle and the first transpose are used by nothing afterwards.
    for (function f : {function([](symbol const* x) { return reshape(reshape(x[0], {6}), {3, 2}); }),
                       function([](symbol const* x) { return matmul(x[0], transpose(x[0])); })}) {
        trace t(matrix);
        t.output(t.call(f));
        weft::ir::graph const g = weft::pass::simplify(t.b.view());
        CHECK(g.nodes.size() == 2);
    }
}

TEST_CASE("assumptions about run-time extents are kept") {
    trace t({{dtype::f32, {n0}}, {dtype::f32, {n1}}});
    t.output(t.in[0] + t.in[1]);
    weft::ir::graph const g = weft::pass::simplify(t.b.view());
    CHECK(weft::pass::reference(g, {{1, 2}, {3, 4}}, {2, 2}).outputs[0] == values{4, 6});
    CHECK_THROWS_WITH(weft::pass::reference(g, {{1, 2}, {3}}, {2, 1}),
                      "reference: the extents n0 and n1 are not equal");
}

TEST_CASE("random graphs keep their values, and a second pass finds nothing") {
    int nodes = 0, kept = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        weft::ir::builder b;
        random_graph(b, seed, {24, seed % 2 == 1, true, dtype::f64});
        REQUIRE(b.error().empty());
        weft::ir::graph const once = weft::pass::simplify(b.view());
        weft::ir::graph const twice = weft::pass::simplify(once);
        nodes += b.view().nodes.size(), kept += once.nodes.size();
        CHECK(twice.nodes.size() <= once.nodes.size());
        std::vector<std::int64_t> const symbols{1 + static_cast<int>(seed % 4),
                                                2 + static_cast<int>(seed % 5)};
        auto const inputs = random_inputs(b.view(), seed, symbols);
        auto const before = weft::pass::reference(b.view(), inputs, symbols).outputs;
        auto const after = weft::pass::reference(once, inputs, symbols).outputs;
        auto const again = weft::pass::reference(twice, inputs, symbols).outputs;
        REQUIRE(before.size() == after.size());
        for (std::size_t i = 0; i < before.size(); ++i) {
            CHECK(close(before[i], after[i], 1e-12));
            CHECK(close(before[i], again[i], 1e-12));
        }
    }
    CHECK(kept < nodes * 3 / 4);
}

namespace {

constexpr int simplified_size(std::uint64_t seed) {
    weft::ir::builder b;
    random_graph(b, seed, {6});
    weft::ir::graph const g = weft::pass::simplify(b.view());
    return b.failed() ? -1 : g.nodes.size();
}

}  // namespace

TEST_CASE("the same in constant evaluation, random graphs included") {
    WEFT_CHECK_BOTH(simplified_size(3) > 6);
    constexpr int size = simplified_size(5);
    CHECK(simplified_size(5) == size);
}
