// SPDX-License-Identifier: BSL-1.0
// The batching rule of every operation, as a table, for every choice of mapped arguments: a batch
// gives what its elements give one by one. Random graphs, batches of batches, and derivatives.
#include "check.hpp"
#include "tracing.hpp"

#include <weft/ops/repeat.hpp>
#include <weft/pass/batch.hpp>

#include "random_graph.hpp"

namespace {

using namespace testing;
using weft::axis;
using weft::keep;
using weft::list;

struct mappable {
    char const* name;
    std::vector<argument> arguments;
    function f;
    std::vector<std::int64_t> symbols{};
};

argument floats(std::vector<std::int64_t> shape, double low = -1, double high = 1) {
    return {dtype::f64, std::move(shape), low, high};
}
argument integers(std::vector<std::int64_t> shape, double low, double high,
                  dtype type = dtype::int32) {
    return {type, std::move(shape), low, high};
}

std::vector<mappable> const& table() {
    static std::vector<mappable> const cases{
        {"add", {floats({2, 3}), floats({3})}, [](symbol const* x) { return x[0] + x[1]; }},
        {"of equal rank", {floats({3}), floats({3})}, [](symbol const* x) { return x[0] / x[1]; }},
        {"scalars", {floats({}), floats({})}, [](symbol const* x) { return x[0] * x[1] - 2; }},
        {"unary", {floats({4})}, [](symbol const* x) { return exp(tanh(x[0])) - abs(-x[0]); }},
        {"where",
         {floats({2, 3}), floats({3}), floats({2, 1})},
         [](symbol const* x) { return where(x[0] < x[1], x[1] * x[2], maximum(x[0], x[2])); }},
        {"logic and cast",
         {floats({5}), floats({5})},
         [](symbol const* x) {
             return weft::cast<std::int32_t>(logical_and(x[0] < x[1], logical_not(x[0] == 0)));
         }},
        {"broadcast_to",
         {floats({2, 1, 3})},
         [](symbol const* x) {
             return broadcast_to(x[0], {2, 2, 4, 3});
         }},
        {"broadcast_to of run-time extents",
         {floats({n0, 1}), floats({n1})},
         [](symbol const* x) { return x[0] * x[1]; },
         {2, 3}},
        {"reshape",
         {floats({2, 6})},
         [](symbol const* x) {
             return reshape(x[0], {3, -1});
         }},
        {"reshape of run-time extents",
         {floats({n0, n1})},
         [](symbol const* x) { return reshape(x[0], {-1}); },
         {2, 3}},
        {"transpose",
         {floats({2, 3, 4})},
         [](symbol const* x) {
             return transpose(x[0], {1, 2, 0});
         }},
        {"slice", {floats({7, 2})}, [](symbol const* x) { return slice(x[0], 0, 1, 6, 2); }},
        {"slice of a run-time extent",
         {floats({n0})},
         [](symbol const* x) { return slice(x[0], 0, 1, -1, 2); },
         {6, 0}},
        {"pad", {floats({2, 3})}, [](symbol const* x) { return pad(x[0], 1, 2, 1); }},
        {"sum", {floats({2, 3, 2})}, [](symbol const* x) { return sum(x[0], axis<1>); }},
        {"sum of all", {floats({2, 3})}, [](symbol const* x) { return sum(x[0]); }},
        {"max kept", {floats({4, 5})}, [](symbol const* x) { return max(x[0], axis<0>, keep); }},
        {"mean of a run-time extent",
         {floats({n0, n1})},
         [](symbol const* x) { return mean(x[0], axis<0>); },
         {2, 5}},
        {"softmax", {floats({3, 4})}, [](symbol const* x) { return softmax(x[0]); }},
        {"concatenate",
         {floats({2, n0}), floats({2, n1})},
         [](symbol const* x) { return concatenate(1, x[0], x[1], x[0]); },
         {2, 3}},
        {"take",
         {floats({4, 2}), integers({5}, -2, 7)},
         [](symbol const* x) { return take(x[0], x[1]); }},
        {"take of scalars at one place",
         {floats({4}), integers({}, 0, 4)},
         [](symbol const* x) { return take(x[0], x[1]); }},
        {"take by narrow indices",
         {floats({90, 2}), integers({2, 3}, 0, 120, dtype::int8)},
         [](symbol const* x) { return take(x[0], x[1]); }},
        {"take by unsigned indices",
         {floats({3, 2}), integers({6}, 0, 5, dtype::uint32)},
         [](symbol const* x) { return take(x[0], x[1]); }},
        {"take of run-time extents",
         {floats({n0, 2}), integers({n1}, -1, 6)},
         [](symbol const* x) { return take(x[0], x[1]); },
         {4, 3}},
        {"scatter_add",
         {floats({5, 2}), integers({5}, -1, 5)},
         [](symbol const* x) { return weft::scatter_add(x[1], x[0], 3); }},
        {"scatter_add of scalars",
         {floats({2, 3}), integers({2, 3}, 0, 4, dtype::uint8)},
         [](symbol const* x) { return weft::scatter_add(x[1], x[0], 4); }},
        {"one_hot",
         {integers({3}, 0, 4)},
         [](symbol const* x) { return weft::one_hot<double>(x[0], 4); }},
        {"iota",
         {floats({3})},
         [](symbol const* x) {
             return x[0] * weft::iota<double>(x[0], {2, 3}, 1);
         }},
        {"matmul",
         {floats({3, 4}), floats({4, 2})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul with itself transposed",
         {floats({3, 4})},
         [](symbol const* x) { return matmul(x[0], transpose(x[0])); }},
        {"matrix and vector",
         {floats({3, 4}), floats({4})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"vector and matrix",
         {floats({4}), floats({4, 3})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul of vectors",
         {floats({4}), floats({4})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul of batches",
         {floats({2, 1, 3, 4}), floats({5, 4, 2})},
         [](symbol const* x) { return matmul(x[0], x[1]); }},
        {"matmul of run-time extents",
         {floats({n0, n1}), floats({n1, 3})},
         [](symbol const* x) { return matmul(x[0], x[1]); },
         {4, 2}},
        {"dot_general",
         {floats({2, 3, 4, 5}), floats({5, 3, 2, 6})},
         [](symbol const* x) {
             return dot_general(x[0], x[1], {{0, 3}, {2, 0}, {1}, {1}});
         }},
        {"dot_general of two batches",
         {floats({2, 3, 4}), floats({4, 3, 2, 2})},
         [](symbol const* x) {
             return dot_general(x[0], x[1], {{1}, {1}, {0, 2}, {3, 0}});
         }},
        {"outer product",
         {floats({2, 3}), floats({4})},
         [](symbol const* x) {
             return dot_general(x[0], x[1], {{}, {}, {}, {}});
         }},
        {"stop_gradient",
         {floats({3})},
         [](symbol const* x) { return weft::stop_gradient(x[0]) * x[0]; }},
        {"custom_vjp",
         {floats({3}), floats({3})},
         [](symbol const* x) {
             return weft::custom_vjp(
                 [](symbol a, symbol b) { return a * sum(b); },
                 [](symbol d, symbol, symbol a, symbol) { return std::tuple(d, d * a); }, x[0],
                 x[1]);
         }},
        {"extents assumed equal",
         {floats({n0}), floats({n1}), floats({3})},
         [](symbol const* x) { return x[0] * x[1] + x[2] * x[0]; },
         {3, 3}},
        {"one element",
         {floats({1}), floats({1, 1})},
         [](symbol const* x) { return softmax(x[0]) * max(x[1], axis<0>) * x[0]; }},
        {"no element",
         {floats({0, 3}), floats({3})},
         [](symbol const* x) { return sum(x[0] * x[1], axis<0>) + x[1]; }},
        {"layer norm",
         {floats({3, 5}), floats({5})},
         [](symbol const* x) {
             symbol const m = mean(x[0], axis<-1>, keep), v = variance(x[0], axis<-1>, keep);
             return (x[0] - m) * rsqrt(v + 1e-3) * x[1];
         }},
    };
    return cases;
}

/// A graph of one element as a graph of a batch: the inputs of the mask have a batch axis first.
weft::ir::graph batched(weft::ir::graph_view const& g, unsigned mask, extent size,
                        weft::extent_table extents) {
    weft::ir::builder b;
    b.extents() = static_cast<weft::extent_table&&>(extents);
    list<symbol> given, elements, batches;
    for (int i = 0; i < g.inputs.size(); ++i) {
        list<extent> shape;
        bool const mapped = mask >> i & 1;
        if (mapped) shape.push(size);
        shape.append(g.shape_of(g.inputs[i]));
        symbol const x = b.input(g.nodes[g.inputs[i]].type, shape, "x");
        given.push(mapped ? weft::ir::element(x) : x);
        if (mapped) elements.push(given.back()), batches.push(x);
    }
    list<symbol> const one = b.inline_graph(g, given);
    list<symbol> const all = weft::pass::batch(b, one, elements, batches);
    REQUIRE(std::string(b.error().view()) == "");
    for (int i = 0; i < one.size(); ++i) {
        symbol const y = all[i].valid() ? all[i] : weft::ir::spread(one[i], size);
        REQUIRE(y.rank() == one[i].rank() + 1);
        REQUIRE(y.size(0) == size);
        b.result().outputs.push(y.id());
    }
    return static_cast<weft::ir::graph&&>(b.result());
}

std::size_t elements_of(weft::ir::graph_view const& g, int node,
                        std::vector<std::int64_t> const& symbols) {
    std::int64_t n = 1;
    for (extent e : g.shape_of(node))
        n *= g.extents.evaluate(e, {symbols.data(), static_cast<int>(symbols.size())});
    return static_cast<std::size_t>(n);
}

constexpr std::size_t batch_size = 3;

/// g on each element of the inputs that the mask names, the outputs one after another.
std::vector<values> row_by_row(weft::ir::graph_view const& g, unsigned mask,
                               std::vector<values> const& inputs,
                               std::vector<std::int64_t> const& symbols) {
    std::vector<values> result(static_cast<std::size_t>(g.outputs.size()));
    for (std::size_t row = 0; row < batch_size; ++row) {
        std::vector<values> one = inputs;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (mask >> i & 1) {
                auto const n = static_cast<std::ptrdiff_t>(inputs[i].size() / batch_size);
                auto const at = inputs[i].begin() + static_cast<std::ptrdiff_t>(row) * n;
                one[i] = values(at, at + n);
            }
        auto const out = weft::pass::reference(g, one, symbols).outputs;
        for (std::size_t i = 0; i < out.size(); ++i)
            result[i].insert(result[i].end(), out[i].begin(), out[i].end());
    }
    return result;
}

/// The extent of a batch: a number, or a symbol of its own.
extent batch_extent(weft::extent_table& extents, bool at_run_time) {
    return at_run_time ? extents.symbol(2) : extent{static_cast<std::int64_t>(batch_size)};
}

weft::ir::graph traced(mappable const& c) {
    trace t(c.arguments);
    symbol const y = t.call(c.f);
    REQUIRE(t.error() == "");
    t.output(y);
    return static_cast<weft::ir::graph&&>(t.b.result());
}

}  // namespace

TEST_CASE("every rule, for every choice of mapped arguments, static and run-time batches") {
    for (mappable const& c : table()) {
        CAPTURE(c.name);
        weft::ir::graph const g = traced(c);
        std::vector<std::int64_t> symbols = c.symbols;
        symbols.resize(2);
        symbols.push_back(batch_size);
        for (unsigned mask = 1; mask < 1u << c.arguments.size(); ++mask)
            for (bool at_run_time : {false, true}) {
                CAPTURE(mask);
                CAPTURE(at_run_time);
                weft::extent_table extents(g.extents.view());
                extent const size = batch_extent(extents, at_run_time);
                weft::ir::graph const many = batched(g, mask, size, extents);
                numbers random(mask);
                std::vector<values> inputs;
                for (std::size_t i = 0; i < c.arguments.size(); ++i) {
                    argument const& a = c.arguments[i];
                    inputs.push_back(random.several(
                        count_of(a.shape, symbols) * (mask >> i & 1 ? batch_size : 1), a.low,
                        a.high));
                    if (a.type != dtype::f64)
                        for (double& v : inputs.back()) v = std::floor(v);
                }
                auto const expected = row_by_row(g, mask, inputs, symbols);
                auto const found = weft::pass::reference(many, inputs, symbols).outputs;
                CHECK(close(found[0], expected[0], 1e-13));
                weft::ir::graph const simple = weft::pass::simplify(many);
                CHECK(close(weft::pass::reference(simple, inputs, symbols).outputs[0], expected[0],
                            1e-13));
            }
    }
}

TEST_CASE("random graphs with their gradients, and batches of batches of them") {
    for (std::uint64_t seed = 0; seed < 80; ++seed) {
        CAPTURE(seed);
        weft::ir::builder b;
        random_graph(b, seed, {16, seed % 2 == 1, seed % 4 < 2, dtype::f64});
        REQUIRE(b.error().empty());
        if (seed % 2 == 0) b.extents().symbol(0), b.extents().symbol(1);
        unsigned const mask = 1 + static_cast<unsigned>(seed * 7 % 63);
        unsigned const outer = 1 + static_cast<unsigned>(seed * 5 % 63);
        weft::extent_table extents(b.view().extents);
        extent const size = batch_extent(extents, seed % 3 == 0);
        weft::ir::graph const many = batched(b.view(), mask, size, extents);
        weft::ir::graph const twice =
            batched(many, outer, extent{static_cast<std::int64_t>(batch_size)}, many.extents);
        std::vector<std::int64_t> const symbols{4, 6, batch_size};
        std::vector<values> inputs;
        for (int i = 0; i < b.view().inputs.size(); ++i) {
            inputs.emplace_back(elements_of(twice, twice.inputs[i], symbols));
            for (std::size_t k = 0; k < inputs.back().size(); ++k)
                inputs.back()[k] = random_input(b.view(), seed, i, k);
        }
        // The batch of batches is the outer batch, row by row; and its first row, too.
        auto const expected = row_by_row(many, outer, inputs, symbols);
        auto const found = weft::pass::reference(twice, inputs, symbols).outputs;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (outer >> i & 1) inputs[i].resize(inputs[i].size() / batch_size);
        auto const inner = row_by_row(b.view(), mask, inputs, symbols);
        auto const of_inner = weft::pass::reference(many, inputs, symbols).outputs;
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(close(found[i], expected[i], 1e-11));
            CHECK(close(of_inner[i], inner[i], 1e-11));
        }
    }
}

TEST_CASE("random graphs: the derivative of a batch is the batch of derivatives, in both modes") {
    for (std::uint64_t seed = 100; seed < 130; ++seed) {
        CAPTURE(seed);
        weft::ir::builder g;
        random_graph(g, seed, {14, false, false, dtype::f64});
        REQUIRE(g.error().empty());
        weft::ir::builder b;
        b.extents() = weft::extent_table(g.view().extents);
        list<symbol> batches, elements, along, along_one;
        for (int i = 0; i < g.view().inputs.size(); ++i) {
            list<extent> shape{extent{static_cast<std::int64_t>(batch_size)}};
            shape.append(g.view().shape_of(g.view().inputs[i]));
            batches.push(b.input(g.view().nodes[g.view().inputs[i]].type, shape, "x"));
            elements.push(weft::ir::element(batches.back()));
        }
        for (int i = 0; i < 4; ++i) {
            along.push(tanh(batches[i] + 1));
            along_one.push(tanh(elements[i] + 1));
        }
        symbol const y = b.inline_graph(g.view(), elements)[0];
        symbol const many = weft::pass::batch(b, {&y, 1}, elements, batches)[0];
        if (!many.valid()) continue;  // a graph whose result depends on no input
        symbol const c = 0.5 * tanh(many), c_one = 0.5 * tanh(y);
        auto const reverse = weft::pass::vjp(b, {&many, 1}, {&c, 1}, batches.sub(0, 4));
        auto const reverse_one = weft::pass::vjp(b, {&y, 1}, {&c_one, 1}, elements.sub(0, 4));
        auto const reverse_many = weft::pass::batch(b, reverse_one, elements, batches);
        auto const forward = weft::pass::jvp(b, {&many, 1}, batches.sub(0, 4), along);
        auto const forward_one = weft::pass::jvp(b, {&y, 1}, elements.sub(0, 4), along_one);
        auto const forward_many = weft::pass::batch(b, forward_one, elements, batches);
        REQUIRE(b.error().empty());
        auto output = [&](symbol s, symbol like) {
            b.result().outputs.push(
                (s.valid() ? s : b.constant(like.type(), like.node().shape, 0)).id());
        };
        for (int i = 0; i < 4; ++i) {
            output(reverse[i], batches[i]);
            REQUIRE((reverse_many[i].valid() || !reverse_one[i].valid()));
            output(reverse_many[i], batches[i]);
        }
        output(forward[0], many), output(forward_many[0], many);
        std::vector<values> inputs;
        for (int i = 0; i < b.view().inputs.size(); ++i) {
            inputs.emplace_back(elements_of(b.view(), b.view().inputs[i], {}));
            for (std::size_t k = 0; k < inputs.back().size(); ++k)
                inputs.back()[k] = random_input(b.view(), seed, i, k);
        }
        auto const out = weft::pass::reference(b.view(), inputs).outputs;
        for (std::size_t i = 0; i < out.size(); i += 2) CHECK(close(out[i], out[i + 1], 1e-11));
    }
}

TEST_CASE("what depends on no element is not computed for each: it has no batch axis") {
    trace t({floats({2, 3}), floats({3})});
    symbol const x = weft::ir::element(t.in[0]), y[] = {x * 2, exp(t.in[1]), x};
    auto const all = weft::pass::batch(t.b, {y, 3}, {&x, 1}, {&t.in[0], 1});
    CHECK(all[0].rank() == 2);
    CHECK_FALSE(all[1].valid());
    CHECK(all[2].id() == t.in[0].id());
}

TEST_CASE("a product with a weight stays one matrix product, without a transposed batch") {
    auto text_of = [](std::vector<argument> const& arguments, int mapped, function f) {
        trace t(arguments);
        auto const m = static_cast<std::size_t>(mapped);
        symbol const batch = t.in[m];
        symbol const x = t.in[m] = weft::ir::element(batch);
        symbol const y = f(t.in.data());
        t.output(weft::pass::batch(t.b, {&y, 1}, {&x, 1}, {&batch, 1})[0]);
        weft::ir::graph const g = weft::pass::simplify(t.b.view());
        return std::string(weft::ir::print(g).view());
    };
    // The vector from the left, and from the right.
    CHECK(text_of({floats({32, 4}), floats({4, 5})}, 0, [](symbol const* x) {
              return matmul(x[0], x[1]);
          }) == text_of({floats({32, 4}), floats({4, 5})}, 0, [](symbol const* x) {
              return matmul(transpose(x[1]), x[0]);
          }));
    CHECK(text_of({floats({32, 4}), floats({4, 5})}, 0, [](symbol const* x) {
              return matmul(x[0], x[1]);
          }).find("transpose") == std::string::npos);
}

TEST_CASE("custom_vjp keeps its own derivative in a batch, and in a batch of batches") {
    // Scaled by 10 and 100, so that it differs from the formula's.
    auto const rule = [](symbol a, symbol b) {
        return weft::custom_vjp([](symbol p, symbol q) { return p * sum(q); },
                                [](symbol d, symbol, symbol p, symbol q) {
                                    return std::tuple(10 * d * sum(q),
                                                      broadcast_to(100 * sum(d * p), {2}));
                                },
                                a, b);
    };
    trace t({floats({2, 3, 2}), floats({2, 2})});
    symbol const x = t.in[0], w = t.in[1];
    // x is mapped along two axes, w only along the first.
    symbol const x1 = weft::ir::element(x), w1 = weft::ir::element(w), x2 = weft::ir::element(x1);
    symbol const y2 = rule(x2, w1);
    symbol const y1 = weft::pass::batch(t.b, {&y2, 1}, {&x2, 1}, {&x1, 1})[0];
    symbol const from[] = {x1, w1}, to[] = {x, w};
    symbol const y = weft::pass::batch(t.b, {&y1, 1}, {from, 2}, {to, 2})[0];
    symbol const one = t.b.constant(dtype::f64, y.node().shape, 1);
    for (symbol d : weft::pass::vjp(t.b, {&y, 1}, {&one, 1}, {to, 2})) t.output(d);
    REQUIRE(t.error() == "");
    values const at_x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, at_w{1, 2, 3, 4};
    auto const out = weft::pass::reference(t.b.view(), {at_x, at_w}).outputs;
    CHECK(out[0] == values{30, 30, 30, 30, 30, 30, 70, 70, 70, 70, 70, 70});
    CHECK(out[1] == values{2100, 2100, 5700, 5700});
}

TEST_CASE("random words are the same for every element, unless their shape has the batch") {
    trace t({floats({3, 4})});
    symbol const x = weft::ir::element(t.in[0]);
    symbol const inside = weft::random::uniform(x), outside = weft::random::uniform(t.in[0]);
    symbol const drawn = weft::ir::element(outside), y[] = {x * 0 + inside, x * 0 + drawn};
    symbol const from[] = {x, drawn}, to[] = {t.in[0], outside};
    for (symbol s : weft::pass::batch(t.b, {y, 2}, {from, 2}, {to, 2})) t.output(s);
    auto const out = weft::pass::reference(t.b.view(), {values(12, 1), {5, 6}}).outputs;
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(out[0][i] == out[0][i + 4]);
        CHECK(out[1][i] != out[1][i + 4]);
    }
}

namespace {

struct unruled : weft::ir::operation_base {
    static constexpr std::string_view name = "user.unruled";
    static constexpr auto kind = weft::ir::kind::layout;
};

}  // namespace

TEST_CASE("an operation without a rule is named") {
    trace t({floats({3, 4})});
    symbol const x = weft::ir::element(t.in[0]);
    int const id = x.id();
    symbol const y = t.b.add(weft::ir::op<unruled>, x.type(), x.node().shape, {&id, 1});
    CHECK_FALSE(weft::pass::batch(t.b, {&y, 1}, {&x, 1}, {&t.in[0], 1})[0].valid());
    CHECK(t.error() ==
          "vmap: the operation user.unruled has no batching rule: give its struct a "
          "function batch");
}

TEST_CASE("an operation without a rule is named in the body of a repeat") {
    trace t({floats({3, 4}), floats({5, 4})});
    symbol const x = weft::ir::element(t.in[0]);
    symbol const y = weft::repeat(
        [](symbol carry, symbol) {
            int const id = carry.id();
            return carry.builder()->add(weft::ir::op<unruled>, carry.type(), carry.node().shape,
                                        {&id, 1});
        },
        x, t.in[1]);
    CHECK_FALSE(weft::pass::batch(t.b, {&y, 1}, {&x, 1}, {&t.in[0], 1})[0].valid());
    CHECK(t.error() ==
          "vmap: the operation user.unruled has no batching rule: give its struct a "
          "function batch");
}

TEST_CASE("batches are made in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        extent const shape[] = {{8}, {4}, {3}};
        symbol const x = b.input(dtype::f32, {shape, 2}, "x");
        symbol const w = b.input(dtype::f32, {shape + 1, 2}, "w");
        symbol const one = weft::ir::element(x), y = softmax(tanh(matmul(one, w)));
        symbol const all = weft::pass::batch(b, {&y, 1}, {&one, 1}, {&x, 1})[0];
        return !b.failed() && all.rank() == 2 && all.size(0) == extent{8} &&
               all.size(1) == extent{3};
    }());
}
