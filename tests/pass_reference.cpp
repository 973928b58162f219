// SPDX-License-Identifier: BSL-1.0
// What the reference evaluator adds to the operations: inputs, updates, extents as numbers, user
// operations, and what it says when values do not fit the graph.
#include "check.hpp"
#include "tracing.hpp"

namespace {

using namespace testing;

// An operation of a user: elementwise, with a derivative; and one that no reference knows.
struct cube : weft::ops::elementwise<1, weft::ir::typing::floating> {
    static constexpr std::string_view name = "test.cube";
    template <class V>
    static constexpr V eval(V x) {
        return x * x * x;
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        return 3 * x * x;
    }
};

struct fused_multiply_add : weft::ops::elementwise<3> {
    static constexpr std::string_view name = "test.fma";
    template <class V>
    static constexpr V eval(V a, V b, V c) {
        return a * b + c;
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V, V) {
        if constexpr (I == 2)
            return weft::ir::one{};
        else
            return I == 0 ? b : a;
    }
};

struct floor_of : weft::ops::elementwise<1> {
    static constexpr std::string_view name = "test.floor";
    template <class V>
    static V eval(V x) {
        return static_cast<V>(static_cast<long>(x));
    }
    template <int, class V>
    static constexpr weft::ir::zero partial(V, V) {
        return {};
    }
};

/// The product of all elements: a reduction with an identity of its own.
struct product : weft::ops::reduction {
    static constexpr std::string_view name = "test.product";
    template <class T>
    static constexpr T identity() {
        return T(1);
    }
    template <class V>
    static constexpr V eval(V a, V b) {
        return a * b;
    }
};

struct unknown : weft::ir::operation_base {
    static constexpr std::string_view name = "test.unknown";
    static constexpr auto kind = weft::ir::kind::placement;
};

}  // namespace

TEST_CASE("outputs, updates and inputs of a graph") {
    trace t({{dtype::f32, {2}}, {dtype::f32, {}}});
    t.output(t.in[0] * t.in[1]);
    t.output(t.in[1]);
    t.b.result().updates.push(0);
    t.b.result().updates.push((t.in[0] - t.in[1]).id());
    auto const r = weft::pass::reference(t.b.view(), {{1, 2}, {10}});
    CHECK(r.outputs[0] == values{10, 20});
    CHECK(r.outputs[1] == values{10});
    REQUIRE(r.updates.size() == 1);
    CHECK(r.updates[0] == values{-9, -8});
}

TEST_CASE("constants and extents as numbers") {
    trace t({{dtype::f32, {n0}}});
    auto& e = t.b.extents();
    extent const doubled = e.multiply(e.symbol(0), {2});
    t.output(t.b.number(doubled, dtype::f32, t.in[0].node().shape));
    t.output(t.b.number({7}, dtype::int32, t.b.scalar_shape()));
    t.output(t.b.constant(dtype::uint8, t.b.scalar_shape(), -1));
    t.output(t.b.constant(dtype::boolean, t.b.scalar_shape(), 1));
    auto const r = weft::pass::reference(t.b.view(), {{1, 2, 3}}, {3}).outputs;
    CHECK(r[0] == values{6, 6, 6});
    CHECK(r[1] == values{7});
    CHECK(r[2] == values{255});
    CHECK(r[3] == values{1});
}

TEST_CASE("operations of users need no word here") {
    auto const f = [](symbol const* x) {
        return weft::ir::elementwise<fused_multiply_add>(weft::ir::elementwise<cube>(x[0]), x[1], 2);
    };
    std::vector<argument> const args{{dtype::f64, {3}}, {dtype::f64, {}}};
    CHECK(evaluate(f, args, {{1, 2, -3}, {10}}) == values{12, 82, -268});
    trace t(args);
    symbol const y = t.call(f), one = t.b.constant(dtype::f64, y.node().shape, 1);
    auto const d = weft::pass::vjp(t.b, {&y, 1}, {&one, 1}, {t.in.data(), 2});
    auto const tangent = weft::pass::jvp(t.b, {&y, 1}, {&t.in[0], 1}, {&one, 1});
    t.output(d[0]), t.output(d[1]), t.output(tangent[0]);
    auto const r = weft::pass::reference(t.b.view(), {{1, 2, -3}, {10}}).outputs;
    CHECK(r[0] == values{30, 120, 270});
    CHECK(r[1] == values{1 + 8 - 27});
    CHECK(r[2] == values{30, 120, 270});
}

TEST_CASE("a partial that is zero moves nothing") {
    trace t({{dtype::f64, {2}}});
    symbol const x = t.in[0], y = weft::ir::elementwise<floor_of>(x) + x;
    CHECK(weft::pass::vjp(t.b, {&y, 1}, {&x, 1}, {&x, 1})[0].id() == x.id());
    CHECK(weft::pass::jvp(t.b, {&y, 1}, {&x, 1}, {&x, 1})[0].id() == x.id());
}

TEST_CASE("reductions of users start at their identity") {
    auto const f = [](symbol const* x) { return weft::ops::reduce<product>(x[0], 2); };
    CHECK(evaluate(f, {{dtype::f64, {2, 3}}}, {{1, 2, 3, 4, 5, 6}}) == values{6, 120});
    CHECK(evaluate(f, {{dtype::f64, {2, 0}}}, {{}}) == values{1, 1});
}

TEST_CASE("what does not fit the graph") {
    trace t({{dtype::f32, {2}}, {dtype::f32, {n0, n1}}});
    t.output(t.in[0]);
    auto run = [&](std::vector<values> const& inputs, std::vector<std::int64_t> const& symbols) {
        weft::pass::reference(t.b.view(), inputs, symbols);
    };
    CHECK_THROWS_WITH(run({{1, 2, 3}, {1}}, {1, 1}), "reference: input x0 has 2 elements, found 3");
    CHECK_THROWS_WITH(run({{1, 2}, {1}}, {2, 1}), "reference: input x1 has 2 elements, found 1");
    CHECK_THROWS_WITH(run({{1, 2}}, {1, 1}), "reference: input x1 has 1 elements, found none");
    CHECK_THROWS_WITH(run({{1, 2}, {1}}, {1}), "reference: no value of the extent n1");
    CHECK_THROWS_WITH(run({{1, 2}, {1}}, {1, -3}), "reference: no value of the extent n1");
    int const id = t.in[0].id();
    t.output(t.b.add(weft::ir::op<unknown>, dtype::f32, t.in[0].node().shape, {&id, 1}));
    CHECK_THROWS_WITH(run({{1, 2}, {1}}, {1, 1}), "reference: test.unknown has no reference");
}

TEST_CASE("numbers beyond the range of their integer type wrap, as in the machine") {
    using weft::pass::detail::truncated;
    using weft::pass::detail::wrapped;
    CHECK(wrapped(128, dtype::int8) == -128);
    CHECK(wrapped(-129, dtype::int8) == 127);
    CHECK(wrapped(70000, dtype::uint16) == 4464);
    CHECK(wrapped(-1, dtype::uint64) == 0x1p64);  // the nearest double to 2^64 - 1
    CHECK(wrapped(0x1p63, dtype::int64) == -0x1p63);
    CHECK(wrapped(-3, dtype::boolean) == 1);
    CHECK(wrapped(0.5, dtype::f32) == 0.5);
    CHECK(truncated(0x1p70, dtype::int64) == 0x1p63);
    CHECK(truncated(-2.9, dtype::int16) == -2);
    CHECK(truncated(-2.9, dtype::uint32) == 0);
    CHECK(truncated(1e10, dtype::uint32) == 4294967295.0);
}
