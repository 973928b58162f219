// SPDX-License-Identifier: BSL-1.0
// reduce, layout, index, dot, random, custom, functions: values against plain loops, shapes, and
// what wrong calls record. Their derivatives are in pass_differentiate.
#include "check.hpp"
#include "tracing.hpp"

#include <limits>

namespace {

using namespace testing;
using weft::axis;
using weft::keep;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

values counted(int n, double first = 0) {
    values v;
    for (int i = 0; i < n; ++i) v.push_back(first + i);
    return v;
}

/// A value with the sizes of its axes, for plain loops.
struct array {
    std::vector<std::int64_t> shape;
    values v;

    double at(std::vector<std::int64_t> const& i) const {
        std::int64_t flat = 0;
        for (std::size_t a = 0; a < shape.size(); ++a) flat = flat * shape[a] + i[a];
        return v[static_cast<std::size_t>(flat)];
    }
};

array random_array(std::vector<std::int64_t> const& shape, std::uint32_t seed) {
    return {shape, numbers(seed).several(count_of(shape), -1, 1)};
}

/// Runs through all index vectors of a shape in row-major order.
template <class F>
void each(std::vector<std::int64_t> const& shape, F f) {
    for (std::int64_t e : shape)
        if (e == 0) return;
    std::vector<std::int64_t> i(shape.size(), 0);
    for (;;) {
        f(i);
        std::size_t a = shape.size();
        while (a > 0 && ++i[a - 1] == shape[a - 1]) i[--a] = 0;
        if (a == 0) return;
    }
}

std::string shape_of(function f, std::vector<argument> const& arguments) {
    trace t(arguments);
    symbol const y = t.call(f);
    if (!y.valid()) return t.error();
    weft::text out;
    weft::ir::write_shape(out, y);
    return std::string(out.view());
}

std::vector<argument> const f32_4_3{{dtype::f32, {4, 3}}};
std::vector<argument> const matrix{{dtype::f64, {2, 3}}};
values const six{1, 5, 3, -2, 0, 4};

}  // namespace

TEST_CASE("reductions over any axes") {
    CHECK(evaluate([](symbol const* x) { return sum(x[0]); }, matrix, {six}) == values{11});
    CHECK(evaluate([](symbol const* x) { return sum(x[0], axis<0>); }, matrix, {six}) ==
          values{-1, 5, 7});
    CHECK(evaluate([](symbol const* x) { return sum(x[0], axis<-1>); }, matrix, {six}) ==
          values{9, 2});
    CHECK(evaluate([](symbol const* x) { return max(x[0]); }, matrix, {six}) == values{5});
    CHECK(evaluate([](symbol const* x) { return max(x[0], axis<1>); }, matrix, {six}) ==
          values{5, 4});
    auto const middle = [](symbol const* x) { return sum(x[0], axis<1>); };
    CHECK(evaluate(middle, {{dtype::f64, {2, 2, 2}}}, {counted(8)}) == values{2, 4, 10, 12});
    auto const outer = [](symbol const* x) { return sum(x[0], axis<0, 2>); };
    CHECK(evaluate(outer, {{dtype::f64, {2, 2, 2}}}, {counted(8)}) == values{10, 18});
    CHECK(evaluate(outer, {{dtype::f64, {n0, 2, n1}}}, {counted(12)}, {3, 2}) == values{27, 39});
    CHECK(shape_of([](symbol const* x) { return sum(x[0], axis<0>, keep); }, matrix) == "(1, 3)");
    CHECK(shape_of([](symbol const* x) { return max(x[0], axis<0, 1>, keep); }, matrix) ==
          "(1, 1)");
    CHECK(shape_of([](symbol const* x) { return sum(x[0]); }, {{dtype::f64, {}}}) == "()");
}

TEST_CASE("reductions of nothing, of one, of NaN, of integers and booleans") {
    auto const total = [](symbol const* x) { return sum(x[0], axis<1>); };
    auto const top = [](symbol const* x) { return max(x[0], axis<1>); };
    CHECK(evaluate(total, {{dtype::f64, {2, 0}}}, {{}}) == values{0, 0});
    CHECK(evaluate(top, {{dtype::f64, {2, 0}}}, {{}}) == values{-inf, -inf});
    CHECK(evaluate(top, {{dtype::int8, {1, 0}}}, {{}}) == values{-128});
    CHECK(evaluate(top, {{dtype::f64, {2, 1}}}, {{-3, 4}}) == values{-3, 4});
    CHECK(evaluate(top, {{dtype::f64, {0, 2}}}, {{}}) == values{});
    CHECK(same(evaluate(top, {{dtype::f64, {3, 2}}}, {{not_a_number, 1, 2, not_a_number, -inf, 0}}),
               {not_a_number, not_a_number, 0}));
    CHECK(evaluate(total, {{dtype::boolean, {1, 4}}}, {{1, 0, 1, 1}}) == values{3});
    CHECK(evaluate(total, {{dtype::int8, {1, 2}}}, {{127, 1}}) == values{-128});
}

TEST_CASE("mean and variance") {
    CHECK(evaluate([](symbol const* x) { return mean(x[0], axis<1>); }, matrix, {six}) ==
          values{3, 2.0 / 3});
    CHECK(close(evaluate([](symbol const* x) { return variance(x[0]); }, matrix, {six}),
                {55.0 / 6 - 121.0 / 36}, 1e-14));
    CHECK(evaluate([](symbol const* x) { return mean(x[0], axis<0>, keep); },
                   {{dtype::f64, {n0, n1}}}, {six}, {3, 2}) == values{4.0 / 3, 7.0 / 3});
    CHECK(evaluate([](symbol const* x) { return mean(x[0]); }, {{dtype::boolean, {4}}},
                   {{1, 0, 0, 0}}) == values{0.25});
    CHECK(std::isnan(evaluate([](symbol const* x) { return mean(x[0]); }, {{dtype::f64, {0}}},
                              {{}})[0]));
}

TEST_CASE("softmax, log_softmax, logsumexp") {
    values const x{0.1, -1, 2, 1000, 1000, 999};
    std::vector<argument> const args{{dtype::f64, {2, 3}}};
    values expected, logs, sums;
    for (std::size_t r = 0; r < 2; ++r) {
        double const m = r ? 1000 : 2;
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i) sum += std::exp(x[3 * r + i] - m);
        for (std::size_t i = 0; i < 3; ++i) {
            expected.push_back(std::exp(x[3 * r + i] - m) / sum);
            logs.push_back(x[3 * r + i] - m - std::log(sum));
        }
        sums.push_back(std::log(sum) + m);
    }
    CHECK(close(evaluate([](symbol const* v) { return softmax(v[0]); }, args, {x}), expected,
                1e-15));
    CHECK(close(evaluate([](symbol const* v) { return log_softmax(v[0]); }, args, {x}), logs,
                1e-15));
    CHECK(close(evaluate([](symbol const* v) { return logsumexp(v[0], axis<1>, keep); }, args, {x}),
                sums, 1e-15));
    auto const columns = [](symbol const* v) {
        return transpose(softmax(transpose(v[0]), axis<0>));
    };
    CHECK(close(evaluate(columns, args, {x}), expected, 1e-15));
}

TEST_CASE("broadcast_to and reshape") {
    auto const spread = [](symbol const* x) { return broadcast_to(x[0], {2, 2, 3}); };
    CHECK(evaluate(spread, {{dtype::f64, {2, 1}}}, {{1, 2}}) ==
          values{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2});
    CHECK(evaluate(spread, {{dtype::f64, {}}}, {{7}}) == values(12, 7));
    CHECK(evaluate([](symbol const* x) { return broadcast_to(x[0], {0, 3}); }, {{dtype::f64, {3}}},
                   {{1, 2, 3}}) == values{});
    auto const flat = [](symbol const* x) { return reshape(x[0], {-1}); };
    CHECK(evaluate(flat, matrix, {six}) == six);
    CHECK(shape_of(flat, {{dtype::f32, {n0, 3, n1}}}) == "(3*n0*n1)");
    CHECK(shape_of([](symbol const* x) { return reshape(x[0], {-1, 2, 3}); },
                   {{dtype::f32, {n0, 6}}}) == "(n0, 2, 3)");
    CHECK(shape_of([](symbol const* x) { return reshape(x[0], {1}); }, {{dtype::f32, {}}}) == "(1)");
    CHECK(shape_of([](symbol const* x) { return reshape(x[0], {0, 5}); }, {{dtype::f32, {7, 0}}}) ==
          "(0, 5)");
}

TEST_CASE("transpose") {
    CHECK(evaluate([](symbol const* x) { return transpose(x[0]); }, matrix, {six}) ==
          values{1, -2, 5, 0, 3, 4});
    array const a = random_array({2, 3, 4}, 3);
    values expected;
    each({4, 2, 3}, [&](auto const& i) { expected.push_back(a.at({i[1], i[2], i[0]})); });
    CHECK(evaluate([](symbol const* x) { return transpose(x[0], {2, 0, 1}); },
                   {{dtype::f64, {2, 3, 4}}}, {a.v}) == expected);
    CHECK(evaluate([](symbol const* x) { return transpose(x[0], {-1, 0, 1}); },
                   {{dtype::f64, {n0, n1, 4}}}, {a.v}, {2, 3}) == expected);
    CHECK(printed([](symbol const* x) { return transpose(x[0], {0, 1}); }, matrix, false) ==
          "%0 = input f64(2, 3) x0\nreturn %0\n");
}

TEST_CASE("slice and pad") {
    std::vector<argument> const row{{dtype::f64, {7}}};
    values const x = counted(7);
    CHECK(evaluate([](symbol const* v) { return slice(v[0], 0, 1, 6, 2); }, row, {x}) ==
          values{1, 3, 5});
    CHECK(evaluate([](symbol const* v) { return slice(v[0], -1, 0, 7, 3); }, row, {x}) ==
          values{0, 3, 6});
    CHECK(evaluate([](symbol const* v) { return slice(v[0], 0, -3, -1); }, row, {x}) ==
          values{4, 5});
    CHECK(evaluate([](symbol const* v) { return slice(v[0], 0, 7, 7); }, row, {x}) == values{});
    CHECK(evaluate([](symbol const* v) { return slice(v[0], 0, 1, v[0].size(0), 2); },
                   {{dtype::f64, {n0}}}, {x}, {7, 0}) == values{1, 3, 5});
    CHECK(evaluate([](symbol const* v) { return slice(v[0], 1, 1, -1); }, {{dtype::f64, {2, n1}}},
                   {counted(8)}, {0, 4}) == values{1, 2, 5, 6});
    CHECK(evaluate([](symbol const* v) { return pad(v[0], 0, 1, 2); }, {{dtype::f64, {2, 2}}},
                   {counted(4, 1)}) == values{0, 0, 1, 2, 3, 4, 0, 0, 0, 0});
    CHECK(evaluate([](symbol const* v) { return pad(v[0], 1, 0, 1); }, {{dtype::f64, {n0, n1}}},
                   {counted(4, 1)}, {2, 2}) == values{1, 2, 0, 3, 4, 0});
    CHECK(evaluate([](symbol const* v) { return pad(v[0], 0, 1, 1); }, {{dtype::f64, {0}}}, {{}}) ==
          values{0, 0});
}

TEST_CASE("concatenate") {
    auto const f = [](symbol const* x) { return concatenate(-1, x[0], x[1], x[0]); };
    CHECK(evaluate(f, {{dtype::f64, {2, 1}}, {dtype::f64, {2, 2}}}, {{1, 2}, counted(4, 3)}) ==
          values{1, 3, 4, 1, 2, 5, 6, 2});
    CHECK(evaluate(f, {{dtype::f64, {n0}}, {dtype::f64, {n1}}}, {{1}, {}}, {1, 0}) == values{1, 1});
    CHECK(shape_of(f, {{dtype::int32, {2, n0}}, {dtype::f32, {2, n1}}}) == "(2, 2*n0 + n1)");
    CHECK(evaluate([](symbol const* x) { return concatenate(0, x[0]); }, matrix, {six}) == six);
}

TEST_CASE("iota, one_hot") {
    auto const rows = [](symbol const* x) { return weft::iota(x[0], {2, 3}); };
    CHECK(evaluate(rows, {{dtype::f64, {}}}, {{0}}) == values{0, 0, 0, 1, 1, 1});
    CHECK(evaluate([](symbol const* x) { return weft::iota<float>(x[0], {2, x[0].size(0)}, -1); },
                   {{dtype::f64, {n0}}}, {counted(3)}, {3, 0}) == values{0, 1, 2, 0, 1, 2});
    auto const hot = [](symbol const* x) { return weft::one_hot(x[0], 3); };
    CHECK(evaluate(hot, {{dtype::int32, {4}}}, {{2, 0, -1, 3}}) ==
          values{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
    CHECK(shape_of(hot, {{dtype::uint8, {n0, 2}}}) == "(n0, 2, 3)");
    CHECK(evaluate([](symbol const* x) { return cast<float>(weft::one_hot<double>(x[0], 2)); },
                   {{dtype::int64, {}}}, {{1}}) == values{0, 1});
}

TEST_CASE("take and scatter_add: indices outside are clamped") {
    values const table = counted(6);
    auto const f = [](symbol const* x) { return take(x[0], x[1]); };
    std::vector<argument> const args{{dtype::f64, {3, 2}}, {dtype::int32, {2, 2}}};
    CHECK(evaluate(f, args, {table, {2, 0, -7, 9}}) == values{4, 5, 0, 1, 0, 1, 4, 5});
    CHECK(evaluate(f, {{dtype::f64, {3, 2}}, {dtype::int32, {}}}, {table, {1}}) == values{2, 3});
    CHECK(evaluate(f, {{dtype::f64, {n0}}, {dtype::uint8, {n1}}}, {table, {5, 1}}, {6, 2}) ==
          values{5, 1});
    auto const g = [](symbol const* x) { return weft::scatter_add(x[1], x[0], 4); };
    CHECK(evaluate(g, {{dtype::f64, {3, 2}}, {dtype::int32, {3}}}, {table, {1, 9, 1}}) ==
          values{0, 0, 4, 6, 0, 0, 2, 3});
    CHECK(evaluate(g, {{dtype::f64, {0, 2}}, {dtype::int32, {0}}}, {{}, {}}) == values(8, 0));
    CHECK(shape_of([](symbol const* x) { return weft::scatter_add(x[1], x[0], x[0].size(1)); },
                   {{dtype::f64, {3, n1}}, {dtype::int32, {3}}}) == "(n1, n1)");
}

TEST_CASE("dot_general: any axes, several contracted, several batches") {
    numbers random(11);
    for (int round = 0; round < 60; ++round) {
        auto pick = [&](int n) { return static_cast<int>(random.next(0, n)); };
        // Axes: contracted and batch ones have a partner, all stand in any order.
        std::int64_t const sizes[] = {2, 3, 1, 4};
        int const contracted = pick(3), batches = pick(3);
        struct place {
            int role;  // 0: contracted, 1: batch, 2: free
            int number;
            std::int64_t size;
        };
        std::vector<place> side[2];
        for (int i = 0; i < contracted + batches; ++i)
            for (auto& s : side)
                s.push_back({i < contracted ? 0 : 1, i < contracted ? i : i - contracted,
                             sizes[(i + round) % 4]});
        for (auto& s : side) {
            for (int n = pick(3), i = 0; i < n; ++i)
                s.push_back({2, i, sizes[static_cast<std::size_t>(pick(4))]});
            for (std::size_t i = s.size(); i > 1; --i)
                std::swap(s[i - 1], s[static_cast<std::size_t>(pick(static_cast<int>(i)))]);
        }
        weft::dot_axes axes;
        auto name = [](weft::list<std::int64_t>& out, std::vector<place> const& s, int role, int n) {
            for (int i = 0; i < n; ++i)
                for (std::size_t a = 0; a < s.size(); ++a)
                    if (s[a].role == role && s[a].number == i)
                        out.push(static_cast<std::int64_t>(a));
        };
        name(axes.left, side[0], 0, contracted), name(axes.right, side[1], 0, contracted);
        name(axes.left_batch, side[0], 1, batches), name(axes.right_batch, side[1], 1, batches);
        array in[2];
        for (int k = 0; k < 2; ++k) {
            std::vector<std::int64_t> shape;
            for (place const& p : side[k]) shape.push_back(p.size);
            in[k] = random_array(shape, static_cast<std::uint32_t>(100 * round + k));
        }
        trace t({{dtype::f64, in[0].shape}, {dtype::f64, in[1].shape}});
        t.output(weft::dot_general(t.in[0], t.in[1], axes));
        REQUIRE(t.error() == "");
        // The loops: over the result's axes, then over the contracted ones.
        std::vector<std::int64_t> outer, inner;
        for (int i = 0; i < batches; ++i)
            outer.push_back(in[0].shape[static_cast<std::size_t>(axes.left_batch[i])]);
        for (int k = 0; k < 2; ++k)
            for (place const& p : side[k])
                if (p.role == 2) outer.push_back(p.size);
        for (int i = 0; i < contracted; ++i)
            inner.push_back(in[0].shape[static_cast<std::size_t>(axes.left[i])]);
        values expected;
        each(outer, [&](auto const& o) {
            double sum = 0;
            each(inner, [&](auto const& c) {
                double product = 1;
                std::size_t next = static_cast<std::size_t>(batches);
                for (int k = 0; k < 2; ++k) {
                    std::vector<std::int64_t> at;
                    for (place const& p : side[k])
                        at.push_back(p.role == 0   ? c[static_cast<std::size_t>(p.number)]
                                     : p.role == 1 ? o[static_cast<std::size_t>(p.number)]
                                                   : o[next++]);
                    product *= in[k].at(at);
                }
                sum += product;
            });
            expected.push_back(sum);
        });
        CHECK(close(weft::pass::reference(t.b.view(), {in[0].v, in[1].v}).outputs[0], expected,
                    1e-14));
    }
}

TEST_CASE("matmul: matrices, vectors, batches") {
    auto const f = [](symbol const* x) { return matmul(x[0], x[1]); };
    auto both = [&](std::vector<std::int64_t> const& a, std::vector<std::int64_t> const& b) {
        return std::vector<argument>{{dtype::f32, a}, {dtype::f32, b}};
    };
    CHECK(evaluate(f, both({2, 3}, {3, 2}), {six, counted(6)}) == values{22, 31, 16, 18});
    CHECK(evaluate(f, both({3}, {3, 2}), {{1, 5, 3}, counted(6)}) == values{22, 31});
    CHECK(evaluate(f, both({2, 3}, {3}), {six, counted(3)}) == values{11, 8});
    CHECK(evaluate(f, both({3}, {3}), {{1, 2, 3}, {4, 5, 6}}) == values{32});
    CHECK(evaluate(f, both({2, 0}, {0, 2}), {{}, {}}) == values(4, 0));
    CHECK(evaluate(f, both({2, 1, 2}, {2, 2, 1}), {{1, 2, 3, 4}, {5, 6, 7, 8}}) ==
          values{17, 53});
    CHECK(evaluate(f, both({2}, {2, 2, 1}), {{1, 2}, {5, 6, 7, 8}}) == values{17, 23});
    CHECK(shape_of(f, both({5, 1, 2, 3}, {4, 3, 6})) == "(5, 4, 2, 6)");
    CHECK(shape_of(f, both({2, 3}, {7, 3, 6})) == "(7, 2, 6)");
    CHECK(shape_of(f, both({7, 2, 3}, {3, 6})) == "(7, 2, 6)");
    CHECK(shape_of(f, both({7, 2, 3}, {3})) == "(7, 2)");
    CHECK(shape_of(f, both({n0, n1}, {n1, 4})) == "(n0, 4)");
    CHECK(evaluate(f, both({n0, n1}, {3, 2}), {six, counted(6)}, {2, 3}) == values{22, 31, 16, 18});
    CHECK_THROWS_WITH(evaluate(f, both({n0, n1}, {3, 2}), {six, counted(6)}, {3, 2}),
                      "reference: the extents n1 and 3 are not equal");
}

TEST_CASE("random numbers: those of Philox at the element's place, others for each call") {
    trace t({{dtype::f32, {3}}});
    symbol const a = weft::random::uniform(t.in[0], {2, 3});
    symbol const b = weft::random::uniform(t.in[0], {2, 3});
    t.output(a), t.output(b), t.output(weft::random::bernoulli(t.in[0], 0.5, {6}));
    REQUIRE(t.error() == "");
    REQUIRE(t.b.view().inputs.size() == 2);
    CHECK(t.b.view().name(1) == "random key");
    auto const y = weft::pass::reference(t.b.view(), {{0, 0, 0}, {5, 7}}).outputs;
    for (std::uint32_t i = 0; i < 6; ++i) {
        auto const word = [&](std::uint32_t call) {
            return weft::random::philox<std::uint32_t>({{i, call, 0, 0}}, 5, 7).word[0];
        };
        CHECK(y[0][i] == weft::random::bits_to_uniform(word(0)));
        CHECK(y[1][i] == weft::random::bits_to_uniform(word(0x9E3779B9u)));
        CHECK(y[2][i] == (weft::random::bits_to_uniform(word(2 * 0x9E3779B9u)) < 0.5f));
    }
    auto const again = weft::pass::reference(t.b.view(), {{0, 0, 0}, {5, 8}}).outputs;
    CHECK(again[0] != y[0]);
}

TEST_CASE("random numbers are uniform") {
    trace t({{dtype::f32, {}}});
    t.output(weft::random::uniform(t.in[0], {20000}));
    auto const y = weft::pass::reference(t.b.view(), {{0}, {1, 2}}).outputs[0];
    double sum = 0, squares = 0;
    for (double u : y) {
        REQUIRE((u >= 0 && u < 1));
        sum += u, squares += u * u;
    }
    CHECK(std::abs(sum / 20000 - 0.5) < 0.01);
    CHECK(std::abs(squares / 20000 - 1.0 / 3) < 0.01);
}

TEST_CASE("stop_gradient and custom_vjp have the value of their operand") {
    auto const stop = [](symbol const* x) { return stop_gradient(x[0]) * 2; };
    CHECK(evaluate(stop, matrix, {six}) == values{2, 10, 6, -4, 0, 8});
    auto const custom = [](symbol const* x) {
        return weft::custom_vjp([](symbol a) { return a * a; },
                                [](symbol d, symbol, symbol a) { return d * a; }, x[0]);
    };
    CHECK(evaluate(custom, matrix, {six}) == values{1, 25, 9, 4, 0, 16});
    CHECK(printed(custom, {{dtype::f32, {2}}}, true) ==
          "%0 = input f32(2) x0\n"
          "%1 = multiply f32(2) %0, %0\n"
          "return %1\n");
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const two{{dtype::f32, {4, 3}}, {dtype::f32, {4, 5}}};
    CHECK(mistake([](symbol const* x) { return sum(x[0], axis<2>); }, f32_4_3) ==
          "sum(x0): (4, 3) has no axis 2");
    CHECK(mistake([](symbol const* x) { return max(x[0], axis<-3>, keep); }, f32_4_3) ==
          "max(x0): (4, 3) has no axis -3");
    CHECK(mistake([](symbol const* x) { return softmax(sum(x[0])); }, f32_4_3) ==
          "softmax(sum(...)): () has no axis -1");
    CHECK(mistake([](symbol const* x) { return mean(x[0], axis<5>); }, f32_4_3) ==
          "mean(x0): (4, 3) has no axis 5");
    CHECK(mistake([](symbol const* x) { return broadcast_to(x[0], {4, 5}); }, f32_4_3) ==
          "broadcast_to(x0): (4, 3) does not broadcast to (4, 5)");
    CHECK(mistake([](symbol const* x) { return broadcast_to(x[0], {3}); }, f32_4_3) ==
          "broadcast_to(x0): (4, 3) does not broadcast to (3)");
    CHECK(mistake([](symbol const* x) { return broadcast_to(x[0], {4, -1}); }, f32_4_3) ==
          "broadcast_to: a shape has the negative size -1");
    CHECK(mistake([](symbol const* x) { return reshape(x[0], {5, 2}); }, f32_4_3) ==
          "reshape(x0): (4, 3) has another number of elements than (5, 2)");
    CHECK(mistake([](symbol const* x) { return reshape(x[0], {-1, 5}); }, f32_4_3) ==
          "reshape(x0): (4, 3) has another number of elements than (2, 5)");
    CHECK(mistake([](symbol const* x) { return reshape(x[0], {-1, -1}); }, f32_4_3) ==
          "reshape(x0): (4, 3): one size may be -1, found two");
    CHECK(mistake([](symbol const* x) { return reshape(x[0], {-2, 6}); }, f32_4_3) ==
          "reshape(x0): (4, 3): one size may be -1, found another negative");
    CHECK(mistake([](symbol const* x) { return transpose(x[0], {0, 2}); }, f32_4_3) ==
          "transpose(x0): (4, 3) has no axis 2");
    CHECK(mistake([](symbol const* x) { return transpose(x[0], {0, 0}); }, f32_4_3) ==
          "transpose(x0): (4, 3): the axes must name each axis once");
    CHECK(mistake([](symbol const* x) { return slice(x[0], 2, 0, 1); }, f32_4_3) ==
          "slice(x0): (4, 3) has no axis 2");
    CHECK(mistake([](symbol const* x) { return slice(x[0], 1, 1, 4); }, f32_4_3) ==
          "slice(x0): (4, 3) has no elements 1 to 4 in steps of 1 along axis 1");
    CHECK(mistake([](symbol const* x) { return slice(x[0], 0, 3, 2, 2); }, f32_4_3) ==
          "slice(x0): (4, 3) has no elements 3 to 2 in steps of 2 along axis 0");
    CHECK(mistake([](symbol const* x) { return slice(x[0], 0, 0, 2, 0); }, f32_4_3) ==
          "slice(x0): (4, 3) has no elements 0 to 2 in steps of 0 along axis 0");
    CHECK(mistake([](symbol const* x) { return slice(x[0], 1, -4, 3); }, f32_4_3) ==
          "slice(x0): (4, 3) has no elements -1 to 3 in steps of 1 along axis 1");
    CHECK(mistake([](symbol const* x) { return pad(x[0], -3, 0, 1); }, f32_4_3) ==
          "pad(x0): (4, 3) has no axis -3");
    CHECK(mistake([](symbol const* x) { return pad(x[0], 0, 0, -1); }, f32_4_3) ==
          "pad(x0): (4, 3): a negative number of zeros along axis 0");
    CHECK(mistake([](symbol const* x) { return concatenate(0, x[0], x[1]); }, two) ==
          "concatenate(x0, x1): (4, 3) and (4, 5) differ beside axis 0");
    CHECK(mistake([](symbol const* x) { return concatenate(1, x[0], sum(x[1])); }, two) ==
          "concatenate(x0, sum(...)): (4, 3) and () differ beside axis 1");
    CHECK(mistake([](symbol const* x) { return concatenate(2, x[0]); }, two) ==
          "concatenate(x0): (4, 3) has no axis 2");
    CHECK(mistake([](symbol const* x) { return weft::iota(x[0], {2}, 1); }, two) ==
          "iota: a shape of 1 axes has no axis 1");
    CHECK(mistake([](symbol const* x) { return weft::iota(x[0], {-2}); }, two) ==
          "iota: a shape has the negative size -2");
    CHECK(mistake([](symbol const* x) { return weft::random::uniform(x[0], {-2}); }, two) ==
          "random::bits: a shape has the negative size -2");
    CHECK(mistake([](symbol const* x) { return take(x[0], x[1]); }, two) ==
          "take(x0, x1): (4, 3) at (4, 5): indices are integers, found float32");
    CHECK(mistake([](symbol const* x) { return take(sum(x[0]), cast<int>(x[1])); }, two) ==
          "take(sum(...), cast(...)): () at (4, 5): no rows to take");
    CHECK(mistake([](symbol const* x) { return weft::scatter_add(x[0], x[1], 4); }, two) ==
          "scatter_add(x0, x1): (4, 3) and (4, 5): integer indices name the leading axes of the "
          "updates");
    CHECK(mistake([](symbol const* x) { return weft::scatter_add(cast<int>(x[0]), x[0], -1); },
                  two) == "scatter_add: a table of -1 rows");
    CHECK(mistake([](symbol const* x) { return weft::one_hot(x[0], 3); }, two) ==
          "one_hot(x0): (4, 3): labels are integers, found float32");
    CHECK(mistake([](symbol const* x) { return weft::one_hot(cast<int>(x[0]), -3); }, two) ==
          "one_hot: -3 classes");
    CHECK(mistake([](symbol const* x) { return matmul(x[0], x[1]); }, two) ==
          "matmul(x0, x1): (4, 3) x (4, 5), the inner extents differ");
    CHECK(mistake([](symbol const* x) { return matmul(x[0], sum(x[1])); }, two) ==
          "matmul(x0, sum(...)): (4, 3) x (), a scalar has no matrix product");
    CHECK(mistake([](symbol const* x) { return matmul(x[0], x[1]); },
                  {{dtype::f32, {2, 4, 3}}, {dtype::f32, {5, 3, 1}}}) ==
          "matmul(x0, x1): (2, 4, 3) x (5, 3, 1), the batches do not broadcast");
    CHECK(mistake([](symbol const* x) { return dot_general(x[0], x[1], {{1}, {1}, {}, {}}); }, two) ==
          "dot_general(x0, x1): (4, 3) x (4, 5), the contracted extents differ");
    CHECK(mistake([](symbol const* x) { return dot_general(x[0], x[1], {{0}, {0}, {1}, {1}}); },
                  two) == "dot_general(x0, x1): (4, 3) x (4, 5), the batch extents differ");
    CHECK(mistake([](symbol const* x) { return dot_general(x[0], x[1], {{0}, {}, {}, {}}); }, two) ==
          "dot_general(x0, x1): (4, 3) x (4, 5), axes are named in pairs, one of each operand");
    CHECK(mistake([](symbol const* x) { return dot_general(x[0], x[1], {{0, 0}, {0, 1}, {}, {}}); },
                  two) ==
          "dot_general(x0, x1): (4, 3) x (4, 5), an axis is named twice, or is not there");
}

TEST_CASE("values of two traces do not meet") {
    auto check = [](auto call, char const* sentence) {
        trace a({{dtype::f32, {2, 2}}}), b({{dtype::int32, {2, 2}}});
        CHECK_FALSE(call(a.in[0], b.in[0]).valid());
        CHECK(a.error() + b.error() == sentence);
    };
    check([](symbol a, symbol b) { return matmul(a, b); },
          "matmul: operands belong to different traces");
    check([](symbol a, symbol b) { return dot_general(a, b, {{0}, {0}, {}, {}}); },
          "dot_general: operands belong to different traces");
    check([](symbol a, symbol b) { return concatenate(0, a, b); },
          "concatenate: operands belong to different traces");
    check([](symbol a, symbol b) { return take(a, b); },
          "take: operands belong to different traces");
    check([](symbol a, symbol b) { return weft::scatter_add(b, a, 2); },
          "scatter_add: operands belong to different traces");
}

TEST_CASE("operations work in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        extent const shape[] = {{4}, {3}};
        symbol const x = b.input(dtype::f32, {shape, 2}, "x");
        symbol const i = b.input(dtype::int32, {shape, 1}, "i");
        symbol y = matmul(x, transpose(x));
        y = concatenate(1, softmax(y), take(x, i), weft::one_hot(i, 2));
        y = reshape(slice(pad(y, 0, 1, 1), 0, 1, -1), {-1, 3});
        y = y + weft::random::uniform(x, {1, 3}) + mean(x, axis<0>);
        return !b.failed() && y.size(0) == extent{12} && b.result().inputs.size() == 3;
    }());
}
