// SPDX-License-Identifier: BSL-1.0
// Both modes of every differentiable operation against each other and against central differences
// along random directions, as a table; second order; stop_gradient and custom_vjp.
#include "check.hpp"
#include "tracing.hpp"

#include "random_graph.hpp"

namespace {

using namespace testing;
using weft::axis;
using weft::keep;
using weft::list;

symbol one_vjp(weft::ir::builder& b, symbol y, symbol d, symbol x) {
    return weft::pass::vjp(b, {&y, 1}, {&d, 1}, {&x, 1})[0];
}

struct differentiable {
    char const* name;
    std::vector<argument> arguments;
    function f;
    std::vector<std::int64_t> symbols{};
};

argument floats(std::vector<std::int64_t> shape, double low = -1, double high = 1) {
    return {dtype::f64, std::move(shape), low, high};
}
argument integers(std::vector<std::int64_t> shape, double high) {
    return {dtype::int32, std::move(shape), 0, high};
}

std::vector<differentiable> const& table() {
    static std::vector<differentiable> const cases{
        {"add", {floats({2, 3}), floats({3})}, [](symbol const* x) { return x[0] + x[1]; }},
        {"add itself", {floats({3})}, [](symbol const* x) { return x[0] + x[0]; }},
        {"subtract", {floats({2, 1}), floats({3})}, [](symbol const* x) { return x[0] - x[1]; }},
        {"multiply", {floats({}), floats({2, 3})}, [](symbol const* x) { return x[0] * x[1]; }},
        {"divide", {floats({2, 3}), floats({3}, 0.5, 2)},
         [](symbol const* x) { return x[0] / x[1]; }},
        {"negate", {floats({4})}, [](symbol const* x) { return -x[0]; }},
        {"maximum", {floats({5}), floats({5})}, [](symbol const* x) { return maximum(x[0], x[1]); }},
        {"minimum", {floats({5}), floats({5})}, [](symbol const* x) { return minimum(x[0], x[1]); }},
        {"where", {floats({5}), floats({5})},
         [](symbol const* x) { return where(x[0] < x[1], x[0] * x[1], square(x[1])); }},
        {"where of one", {floats({5})}, [](symbol const* x) { return where(x[0] < 0, 2, x[0]); }},
        {"cast", {floats({5})}, [](symbol const* x) { return cast<double>(cast<float>(x[0])); }},
        {"exp", {floats({5})}, [](symbol const* x) { return exp(x[0]); }},
        {"log", {floats({5}, 0.5, 3)}, [](symbol const* x) { return log(x[0]); }},
        {"tanh", {floats({5})}, [](symbol const* x) { return tanh(x[0]); }},
        {"sqrt", {floats({5}, 0.5, 3)}, [](symbol const* x) { return sqrt(x[0]); }},
        {"rsqrt", {floats({5}, 0.5, 3)}, [](symbol const* x) { return rsqrt(x[0]); }},
        {"abs", {floats({5})}, [](symbol const* x) { return abs(x[0]); }},
        {"relu", {floats({9})}, [](symbol const* x) { return relu(x[0]); }},
        {"sigmoid", {floats({5})}, [](symbol const* x) { return sigmoid(x[0]); }},
        {"sum", {floats({2, 3, 2})}, [](symbol const* x) { return sum(x[0], axis<1>); }},
        {"sum of all", {floats({2, 3})}, [](symbol const* x) { return sum(x[0] * x[0]); }},
        {"max", {floats({4, 5})}, [](symbol const* x) { return max(x[0], axis<0>); }},
        {"max kept", {floats({4, 5})}, [](symbol const* x) { return max(x[0], axis<>, keep); }},
        {"mean", {floats({n0, n1})}, [](symbol const* x) { return mean(x[0], axis<1>); }, {2, 5}},
        {"variance", {floats({3, 4})}, [](symbol const* x) { return variance(x[0], axis<0>); }},
        {"softmax", {floats({3, 4})}, [](symbol const* x) { return softmax(x[0]); }},
        {"log_softmax", {floats({3, 4})},
         [](symbol const* x) { return log_softmax(x[0], axis<0>); }},
        {"logsumexp", {floats({3, 4})},
         [](symbol const* x) { return logsumexp(x[0], axis<1>, keep); }},
        {"broadcast_to", {floats({2, 1, 3})},
         [](symbol const* x) { return broadcast_to(x[0], {2, 2, 4, 3}); }},
        {"broadcasts in broadcasts", {floats({3, 1}), floats({4}), floats({2, 1, 1})},
         [](symbol const* x) { return (x[0] * x[1]) * (x[1] + x[2]) * x[0]; }},
        {"reshape", {floats({2, 6})}, [](symbol const* x) { return reshape(x[0], {3, -1}); }},
        {"transpose", {floats({2, 3, 4})},
         [](symbol const* x) { return transpose(x[0], {1, 2, 0}); }},
        {"slice", {floats({7, 2})}, [](symbol const* x) { return slice(x[0], 0, 1, 6, 2); }},
        {"slice of a run-time extent", {floats({n0})},
         [](symbol const* x) { return slice(x[0], 0, 1, -1, 2); }, {6, 0}},
        {"pad", {floats({2, 3})}, [](symbol const* x) { return pad(x[0], 1, 2, 1); }},
        {"concatenate", {floats({2, n0}), floats({2, n1})},
         [](symbol const* x) { return concatenate(1, x[0], x[1], x[0] * 2); }, {2, 3}},
        {"take", {floats({4, 2}), integers({5}, 4)},
         [](symbol const* x) { return take(x[0], x[1]); }},
        {"scatter_add", {floats({5, 2}), integers({5}, 3)},
         [](symbol const* x) { return weft::scatter_add(x[1], x[0], 3); }},
        {"one_hot in a product", {floats({3, 4}), integers({3}, 4)},
         [](symbol const* x) { return sum(x[0] * weft::one_hot<double>(x[1], 4)); }},
        {"matmul", {floats({3, 4}), floats({4, 2})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul with itself transposed", {floats({3, 4})},
         [](symbol const* x) { return matmul(x[0], transpose(x[0])); }},
        {"matmul of vectors", {floats({4}), floats({4})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul of batches", {floats({2, 1, 3, 4}), floats({5, 4, 2})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul of run-time extents", {floats({n0, n1}), floats({n1, 3})},
         [](symbol const* x) { return matmul(x[0], x[1]); }, {4, 2}},
        {"dot_general", {floats({2, 3, 4, 5}), floats({5, 3, 2, 6})},
         [](symbol const* x) { return dot_general(x[0], x[1], {{0, 3}, {2, 0}, {1}, {1}}); }},
        {"dot_general of two batches", {floats({2, 3, 4}), floats({4, 3, 2, 2})},
         [](symbol const* x) { return dot_general(x[0], x[1], {{1}, {1}, {0, 2}, {3, 0}}); }},
        {"outer product", {floats({2, 3}), floats({4})},
         [](symbol const* x) { return dot_general(x[0], x[1], {{}, {}, {}, {}}); }},
        {"extents assumed equal", {floats({n0}), floats({n1}), floats({3})},
         [](symbol const* x) { return x[0] * x[1] + x[2] * x[0]; }, {3, 3}},
        {"one element", {floats({1}), floats({1, 1})},
         [](symbol const* x) { return softmax(x[0]) * max(x[1], axis<0>) * x[0]; }},
        {"no element", {floats({0, 3}), floats({3})},
         [](symbol const* x) { return sum(x[0] * x[1], axis<0>) + x[1]; }},
        {"layer norm", {floats({3, 5}), floats({5})},
         [](symbol const* x) {
             symbol const m = mean(x[0], axis<-1>, keep), v = variance(x[0], axis<-1>, keep);
             return (x[0] - m) * rsqrt(v + 1e-3) * x[1];
         }},
        {"random draws", {floats({2, 3})},
         [](symbol const* x) {
             return where(weft::random::bernoulli(x[0], 0.5, {2, 3}), x[0] * x[0], 0);
         }},
    };
    return cases;
}

/// A case with random inputs, directions and cotangent.
struct experiment {
    trace t;
    std::vector<symbol> x;          // the floating inputs
    std::vector<std::size_t> of;    // their numbers
    std::vector<values> inputs;
    std::vector<std::int64_t> symbols;
    numbers random{77};

    explicit experiment(differentiable const& c) : t(c.arguments), symbols(c.symbols) {
        for (std::size_t i = 0; i < c.arguments.size(); ++i) {
            argument const& a = c.arguments[i];
            inputs.push_back(random.several(count_of(a.shape, symbols), a.low, a.high));
            if (a.type != dtype::f64)
                for (double& v : inputs.back()) v = std::floor(v);
            else
                x.push_back(t.in[i]), of.push_back(i);
        }
    }
    /// A new input with random values.
    symbol add_input(symbol like) {
        std::size_t n = 1;
        for (int a = 0; a < like.rank(); ++a)
            n *= static_cast<std::size_t>(t.b.view().extents.evaluate(
                like.size(a), {symbols.data(), static_cast<int>(symbols.size())}));
        feed_key();
        inputs.push_back(random.several(n, -1, 1));
        return t.input_like(like, "d" + std::to_string(inputs.size()));
    }
    /// The key of random draws is an input that the trace made.
    void feed_key() {
        if (static_cast<int>(inputs.size()) < t.b.view().inputs.size()) inputs.push_back({12, 34});
    }
    weft::range<symbol> targets() const { return {x.data(), static_cast<int>(x.size())}; }
    std::vector<values> run(std::vector<values> const& at) {
        REQUIRE(t.error() == "");
        return weft::pass::reference(t.b.view(), at, symbols).outputs;
    }
    /// The inputs moved along directions (inputs as well) by h.
    std::vector<values> moved(std::vector<std::size_t> const& directions, double h) const {
        std::vector<values> at = inputs;
        for (std::size_t i = 0; i < of.size(); ++i)
            for (std::size_t k = 0; k < at[of[i]].size(); ++k)
                at[of[i]][k] += h * inputs[directions[i]][k];
        return at;
    }
};

}  // namespace

TEST_CASE("first derivatives in both modes, against central differences") {
    for (differentiable const& c : table()) {
        CAPTURE(c.name);
        experiment e(c);
        symbol const y = e.t.call(c.f);
        REQUIRE(e.t.error() == "");
        symbol const d = e.add_input(y);
        std::vector<std::size_t> directions;
        std::vector<symbol> along;
        for (symbol s : e.x) {
            directions.push_back(e.inputs.size());
            along.push_back(e.add_input(s));
        }
        auto const gradients = weft::pass::vjp(e.t.b, {&y, 1}, {&d, 1}, e.targets());
        auto const tangent = weft::pass::jvp(e.t.b, {&y, 1}, e.targets(),
                                             {along.data(), static_cast<int>(along.size())});
        e.t.output(y), e.t.output(tangent[0]);
        for (int i = 0; i < gradients.size(); ++i) {
            REQUIRE(gradients[i].valid());
            CHECK(gradients[i].node().shape == e.x[static_cast<std::size_t>(i)].node().shape);
            CHECK(gradients[i].type() == dtype::f64);
            e.t.output(gradients[i]);
        }
        auto const out = e.run(e.inputs);
        values const& cotangent = e.inputs[directions[0] - 1];
        double const forward = dot(out[1], cotangent);
        double reverse = 0;
        for (std::size_t i = 0; i < e.x.size(); ++i)
            reverse += dot(out[i + 2], e.inputs[directions[i]]);
        CHECK(close(forward, reverse, 1e-12));
        double const h = 1e-5;
        double const difference = (dot(e.run(e.moved(directions, h))[0], cotangent) -
                                   dot(e.run(e.moved(directions, -h))[0], cotangent)) /
                                  (2 * h);
        CHECK(close(forward, difference, 1e-7));
    }
}

TEST_CASE("second derivatives: vjp of vjp, jvp of vjp, against central differences") {
    for (differentiable const& c : table()) {
        CAPTURE(c.name);
        experiment e(c);
        symbol const y = e.t.call(c.f);
        symbol const d = e.add_input(y);
        auto const gradients = weft::pass::vjp(e.t.b, {&y, 1}, {&d, 1}, e.targets());
        std::vector<std::size_t> along, against;
        std::vector<symbol> u, v;
        for (symbol s : e.x) {
            along.push_back(e.inputs.size()), u.push_back(e.add_input(s));
            against.push_back(e.inputs.size()), v.push_back(e.add_input(s));
        }
        auto const range = [](std::vector<symbol> const& s) {
            return weft::range<symbol>{s.data(), static_cast<int>(s.size())};
        };
        auto const rows = weft::pass::vjp(e.t.b, gradients, range(v), e.targets());
        auto const columns = weft::pass::jvp(e.t.b, gradients, e.targets(), range(u));
        for (symbol s : gradients) e.t.output(s);
        // Linear functions have zeros, which are not valid symbols.
        auto output = [&](symbol s, symbol like) {
            e.t.output(s.valid() ? s : e.t.b.constant(like.type(), like.node().shape, 0));
        };
        for (int i = 0; i < rows.size(); ++i) output(rows[i], e.x[static_cast<std::size_t>(i)]);
        for (int i = 0; i < rows.size(); ++i) output(columns[i], e.x[static_cast<std::size_t>(i)]);
        auto const out = e.run(e.inputs);
        std::size_t const n = e.x.size();
        double const h = 1e-5;
        auto const right = e.run(e.moved(along, h)), left = e.run(e.moved(along, -h));
        double by_rows = 0, by_columns = 0, difference = 0;
        for (std::size_t i = 0; i < n; ++i) {
            by_rows += dot(out[n + i], e.inputs[along[i]]);
            by_columns += dot(out[2 * n + i], e.inputs[against[i]]);
            difference += (dot(right[i], e.inputs[against[i]]) -
                           dot(left[i], e.inputs[against[i]])) / (2 * h);
        }
        CHECK(close(by_rows, by_columns, 1e-11));
        CHECK(close(by_columns, difference, 1e-6));
    }
}

TEST_CASE("random graphs: both modes agree, and simplify changes no derivative") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        weft::ir::builder b;
        random_graph(b, seed, {20, seed % 2 == 1, true, dtype::f64});
        REQUIRE(b.error().empty());
        std::vector<symbol> x, u;
        for (int i = 0; i < 4; ++i) {
            x.push_back({&b, b.view().inputs[i]});
            list<extent> const shape(b.view().shape(x.back().node().shape));
            u.push_back(b.input(dtype::f64, shape, "u"));
        }
        symbol const y{&b, b.view().outputs[0]};
        symbol const loss = sum(y * 0.125);
        symbol const one = b.constant(dtype::f64, b.scalar_shape(), 1);
        auto const reverse = weft::pass::vjp(b, {&loss, 1}, {&one, 1}, {x.data(), 4});
        auto const forward = weft::pass::jvp(b, {&loss, 1}, {x.data(), 4}, {u.data(), 4});
        symbol total = b.constant(dtype::f64, b.scalar_shape(), 0);
        for (int i = 0; i < 4; ++i)
            if (reverse[i].valid()) total = total + sum(reverse[i] * u[static_cast<std::size_t>(i)]);
        REQUIRE(b.error().empty());
        b.result().outputs.clear();
        b.result().outputs.push(total.id());
        b.result().outputs.push((forward[0].valid() ? forward[0] : 0.0 * total).id());
        std::vector<std::int64_t> const symbols{4, 6};
        std::vector<values> inputs;
        for (int i = 0; i < b.view().inputs.size(); ++i) {
            std::size_t n = 1;
            for (extent e : b.view().shape_of(b.view().inputs[i]))
                n *= static_cast<std::size_t>(b.view().extents.evaluate(e, {symbols.data(), 2}));
            inputs.emplace_back();
            for (std::size_t k = 0; k < n; ++k)
                inputs.back().push_back(random_input(b.view(), seed, i, k));
        }
        auto const out = weft::pass::reference(b.view(), inputs, symbols).outputs;
        CHECK(close(out[0], out[1], 1e-11));
        weft::ir::graph const g = weft::pass::simplify(b.view());
        auto const simplified = weft::pass::reference(g, inputs, symbols).outputs;
        CHECK(close(out[0], simplified[0], 1e-11));
        CHECK(close(out[1], simplified[1], 1e-11));
    }
}

TEST_CASE("at kinks: maximum gives a tie to its second operand, relu and abs have zero, max shares") {
    auto gradient = [](function f, values const& at) {
        trace t({{dtype::f64, {static_cast<std::int64_t>(at.size())}}});
        symbol const y = t.call(f), d = t.b.constant(dtype::f64, y.node().shape, 1);
        t.output(one_vjp(t.b, y, d, t.in[0]));
        return weft::pass::reference(t.b.view(), {at}).outputs[0];
    };
    CHECK(gradient([](symbol const* x) { return relu(x[0]); }, {-1, 0, -0.0, 2}) ==
          values{0, 0, 0, 1});
    CHECK(gradient([](symbol const* x) { return abs(x[0]); }, {-1, 0, 2}) == values{-1, 0, 1});
    CHECK(gradient([](symbol const* x) { return max(x[0]); }, {3, 1, 3}) == values{0.5, 0, 0.5});
    CHECK(gradient([](symbol const* x) { return maximum(2 * x[0], x[0] + 1); }, {1}) == values{1});
    CHECK(gradient([](symbol const* x) { return minimum(2 * x[0], x[0] + 1); }, {1}) == values{1});
    double const nan = std::nan("");
    CHECK(gradient([](symbol const* x) { return relu(x[0]); }, {nan}) == values{0});
    CHECK(std::isnan(gradient([](symbol const* x) { return x[0] * x[0]; }, {nan})[0]));
}

TEST_CASE("no derivative flows through integers, comparisons, stop_gradient") {
    trace t({floats({3}), floats({3})});
    symbol const x = t.in[0];
    symbol const y = cast<double>(cast<int>(x)) + cast<double>(x < 0.5) + stop_gradient(x) + t.in[1];
    CHECK_FALSE(one_vjp(t.b, y, y, x).valid());
    CHECK_FALSE(weft::pass::jvp(t.b, {&y, 1}, {&x, 1}, {&x, 1})[0].valid());
    CHECK(one_vjp(t.b, y, x, t.in[1]).id() == x.id());
}

TEST_CASE("an output may be an input, or not depend on it, or be given no cotangent") {
    trace t({floats({3}), floats({3})});
    symbol const x = t.in[0], z = t.in[1], y = exp(z);
    CHECK(one_vjp(t.b, x, z, x).id() == z.id());
    CHECK_FALSE(one_vjp(t.b, y, z, x).valid());
    CHECK_FALSE(one_vjp(t.b, x, z, y).valid());
    CHECK_FALSE(one_vjp(t.b, y, {}, z).valid());
    CHECK(weft::pass::jvp(t.b, {&x, 1}, {&x, 1}, {&z, 1})[0].id() == z.id());
    CHECK_FALSE(weft::pass::jvp(t.b, {&y, 1}, {&x, 1}, {&z, 1})[0].valid());
}

TEST_CASE("several outputs add up, also the same one twice") {
    trace t({floats({2})});
    symbol const x = t.in[0];
    symbol const outputs[] = {x * x, x * x, exp(x), x};
    symbol const one = t.b.constant(dtype::f64, x.node().shape, 1);
    symbol const cotangents[] = {one, one, symbol{}, one};
    t.output(weft::pass::vjp(t.b, {outputs, 4}, {cotangents, 4}, {&x, 1})[0]);
    CHECK(weft::pass::reference(t.b.view(), {{3, -1}}).outputs[0] == values{13, -3});
}

TEST_CASE("custom_vjp: reverse mode uses the given rule, forward mode the formula") {
    // A straight-through estimator, and a rule with two inputs that scales both cotangents.
    trace t({floats({3}), floats({3})});
    symbol const x = t.in[0], z = t.in[1];
    symbol const y = weft::custom_vjp(
        [](symbol a, symbol b) { return a * b; },
        [](symbol d, symbol, symbol a, symbol b) { return std::tuple(10 * d * b, 100 * d * a); }, x,
        z);
    symbol const one = t.b.constant(dtype::f64, y.node().shape, 1);
    symbol const inputs[] = {x, z};
    auto const d = weft::pass::vjp(t.b, {&y, 1}, {&one, 1}, {inputs, 2});
    t.output(d[0]), t.output(d[1]);
    t.output(weft::pass::jvp(t.b, {&y, 1}, {&x, 1}, {&one, 1})[0]);
    REQUIRE(t.error() == "");
    auto const out = weft::pass::reference(t.b.view(), {{1, 2, 3}, {4, 5, 6}}).outputs;
    CHECK(out[0] == values{40, 50, 60});
    CHECK(out[1] == values{100, 200, 300});
    CHECK(out[2] == values{4, 5, 6});
}

TEST_CASE("custom_vjp: a cotangent may be zero, of a wider type, and not of another shape") {
    trace t({floats({2}), {dtype::f32, {2}}});
    symbol const y = weft::custom_vjp(
        [](symbol a, symbol b) { return a + b; },
        [](symbol d, symbol, symbol, symbol) { return std::tuple(symbol{}, d); }, t.in[0], t.in[1]);
    CHECK_FALSE(one_vjp(t.b, y, y, t.in[0]).valid());
    CHECK(one_vjp(t.b, y, y, t.in[1]).type() == dtype::f32);
    symbol const bad = weft::custom_vjp([](symbol a) { return exp(a); },
                                        [](symbol d, symbol, symbol) { return sum(d); }, t.in[0]);
    one_vjp(t.b, bad, bad, t.in[0]);
    CHECK(t.error() == "custom_vjp(x0): (2) was given a cotangent of shape ()");
}

TEST_CASE("derivatives are taken in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        extent const shape[] = {{4}, {3}};
        symbol const x = b.input(dtype::f32, {shape, 2}, "x");
        symbol const w = b.input(dtype::f32, {shape + 1, 1}, "w");
        symbol const y = sum(tanh(matmul(x, w)));
        symbol const one = b.constant(dtype::f32, b.scalar_shape(), 1);
        symbol const d = weft::pass::vjp(b, {&y, 1}, {&one, 1}, {&w, 1})[0];
        symbol const t = weft::pass::jvp(b, {&d, 1}, {&w, 1}, {&w, 1})[0];
        return !b.failed() && d.rank() == 1 && d.size(0) == extent{3} && t.valid();
    }());
}
