// SPDX-License-Identifier: BSL-1.0
// arithmetic, math, where, cast: values against plain C++, types, and what wrong calls record.
#include "check.hpp"
#include "tracing.hpp"

#include <limits>

namespace {

using namespace testing;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double tiny = std::numeric_limits<double>::denorm_min();

struct unary {
    char const* name;
    function f;
    double (*expected)(double);
};

double const specials[] = {0.0, -0.0, 1, -1, 0.5, -2.25, 3, 30, -30, inf, -inf, not_a_number, tiny, -tiny};

unary const unaries[] = {
    {"exp", [](symbol const* x) { return exp(x[0]); }, [](double x) { return std::exp(x); }},
    {"log", [](symbol const* x) { return log(x[0]); }, [](double x) { return std::log(x); }},
    {"tanh", [](symbol const* x) { return tanh(x[0]); }, [](double x) { return std::tanh(x); }},
    {"sqrt", [](symbol const* x) { return sqrt(x[0]); }, [](double x) { return std::sqrt(x); }},
    {"rsqrt", [](symbol const* x) { return rsqrt(x[0]); },
     [](double x) { return 1 / std::sqrt(x); }},
    {"abs", [](symbol const* x) { return abs(x[0]); }, [](double x) { return std::fabs(x); }},
    {"negate", [](symbol const* x) { return -x[0]; }, [](double x) { return -x; }},
    {"plus", [](symbol const* x) { return +x[0]; }, [](double x) { return x; }},
    {"square", [](symbol const* x) { return square(x[0]); }, [](double x) { return x * x; }},
    {"relu", [](symbol const* x) { return relu(x[0]); },
     [](double x) { return std::isnan(x) ? x : x > 0 ? x : 0.0; }},
    {"sigmoid", [](symbol const* x) { return sigmoid(x[0]); },
     [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"weak scalar", [](symbol const* x) { return 3 - x[0] * 0.5f; },
     [](double x) { return 3 - x * 0.5; }},
    {"where", [](symbol const* x) { return where(x[0] < 1, x[0], -2.5); },
     [](double x) { return x < 1 ? x : -2.5; }},
    {"where of two numbers", [](symbol const* x) { return where(x[0] != 0, 1.5, 0); },
     [](double x) { return x != 0 ? 1.5 : 0; }},
    {"is nan", [](symbol const* x) { return cast<double>(logical_not(x[0] == x[0])); },
     [](double x) { return std::isnan(x) ? 1.0 : 0.0; }},
    {"between", [](symbol const* x) { return cast<double>(logical_and(x[0] > -1, x[0] <= 1)); },
     [](double x) { return x > -1 && x <= 1 ? 1.0 : 0.0; }},
};

struct binary {
    char const* name;
    function f;
    double (*expected)(double, double);
};

binary const binaries[] = {
    {"add", [](symbol const* x) { return x[0] + x[1]; }, [](double a, double b) { return a + b; }},
    {"subtract", [](symbol const* x) { return x[0] - x[1]; },
     [](double a, double b) { return a - b; }},
    {"multiply", [](symbol const* x) { return x[0] * x[1]; },
     [](double a, double b) { return a * b; }},
    {"divide", [](symbol const* x) { return x[0] / x[1]; },
     [](double a, double b) { return a / b; }},
    {"maximum", [](symbol const* x) { return maximum(x[0], x[1]); },
     [](double a, double b) { return std::isnan(a) || std::isnan(b) ? not_a_number : a > b ? a : b; }},
    {"minimum", [](symbol const* x) { return minimum(x[0], x[1]); },
     [](double a, double b) { return std::isnan(a) || std::isnan(b) ? not_a_number : a < b ? a : b; }},
    {"equal", [](symbol const* x) { return x[0] == x[1]; },
     [](double a, double b) { return double(a == b); }},
    {"not_equal", [](symbol const* x) { return x[0] != x[1]; },
     [](double a, double b) { return double(a != b); }},
    {"less", [](symbol const* x) { return x[0] < x[1]; },
     [](double a, double b) { return double(a < b); }},
    {"less_equal", [](symbol const* x) { return x[0] <= x[1]; },
     [](double a, double b) { return double(a <= b); }},
    {"greater", [](symbol const* x) { return x[0] > x[1]; },
     [](double a, double b) { return double(a > b); }},
    {"greater_equal", [](symbol const* x) { return x[0] >= x[1]; },
     [](double a, double b) { return double(a >= b); }},
    {"where", [](symbol const* x) { return where(x[0] < x[1], x[0], x[1]); },
     [](double a, double b) { return a < b ? a : b; }},
};

dtype type_of_result(function f, std::vector<argument> const& arguments) {
    trace t(arguments);
    return t.call(f).type();
}

values integers(function f, dtype type, std::vector<values> const& inputs) {
    std::vector<argument> arguments;
    for (values const& v : inputs)
        arguments.push_back({type, {static_cast<std::int64_t>(v.size())}});
    return evaluate(f, arguments, inputs);
}

}  // namespace

TEST_CASE("unary operations have the values of C++, special ones too") {
    values x(std::begin(specials), std::end(specials));
    values const ordinary = numbers(1).several(20, -3, 3);
    x.insert(x.end(), ordinary.begin(), ordinary.end());
    for (unary const& u : unaries) {
        CAPTURE(u.name);
        values expected;
        for (double v : x) expected.push_back(u.expected(v));
        CHECK(same(evaluate(u.f, {{dtype::f64, {static_cast<std::int64_t>(x.size())}}}, {x}),
                   expected));
    }
}

TEST_CASE("binary operations have the values of C++ for all pairs of special values") {
    values a, b;
    for (double x : specials)
        for (double y : specials) a.push_back(x), b.push_back(y);
    auto const n = static_cast<std::int64_t>(a.size());
    for (binary const& o : binaries) {
        CAPTURE(o.name);
        values expected;
        for (std::size_t i = 0; i < a.size(); ++i) expected.push_back(o.expected(a[i], b[i]));
        values const found = evaluate(o.f, {{dtype::f64, {n}}, {dtype::f64, {n}}}, {a, b});
        CHECK(close(found, expected, 0));  // of two zeros the larger may be either
    }
}

TEST_CASE("operands broadcast against each other") {
    values const a{1, 2, 3}, b{10, 20};
    auto const outer = [](symbol const* x) { return x[0] - x[1]; };
    CHECK(evaluate(outer, {{dtype::f64, {3}}, {dtype::f64, {2, 1}}}, {a, b}) ==
          values{-9, -8, -7, -19, -18, -17});
    CHECK(evaluate(outer, {{dtype::f64, {3, 1}}, {dtype::f64, {2}}}, {a, b}) ==
          values{-9, -19, -8, -18, -7, -17});
    CHECK(evaluate(outer, {{dtype::f64, {}}, {dtype::f64, {1, 2}}}, {{5}, b}) == values{-5, -15});
    CHECK(evaluate(outer, {{dtype::f64, {0}}, {dtype::f64, {2, 1}}}, {{}, b}) == values{});
    auto const choose = [](symbol const* x) { return where(x[0] < 2, x[1], x[0]); };
    CHECK(evaluate(choose, {{dtype::f64, {3}}, {dtype::f64, {2, 1}}}, {a, b}) ==
          values{10, 2, 3, 20, 2, 3});
}

TEST_CASE("run-time extents: two different ones, and one that meets a number") {
    auto const f = [](symbol const* x) { return x[0] * x[1] + x[2]; };
    std::vector<argument> const args{{dtype::f64, {n0, 1}}, {dtype::f64, {n1}}, {dtype::f64, {1}}};
    CHECK(evaluate(f, args, {{1, 2}, {1, 2, 3}, {10}}, {2, 3}) ==
          values{11, 12, 13, 12, 14, 16});
    CHECK(evaluate(f, args, {{1, 2, 3}, {5}, {0}}, {3, 1}) == values{5, 10, 15});
    CHECK(evaluate(f, args, {{}, {5}, {0}}, {0, 1}) == values{});
    auto const g = [](symbol const* x) { return x[0] + x[1]; };
    std::vector<argument> const meets{{dtype::f64, {n0}}, {dtype::f64, {3}}};
    CHECK(evaluate(g, meets, {{1, 2, 3}, {1, 1, 1}}, {3, 0}) == values{2, 3, 4});
    CHECK_THROWS_WITH(evaluate(g, meets, {{1, 2}, {1, 1, 1}}, {2, 0}),
                      "reference: the extents n0 and 3 are not equal");
}

TEST_CASE("types: promotion, weak scalars, true division") {
    auto const sum = [](symbol const* x) { return x[0] + x[1]; };
    CHECK(type_of_result(sum, {{dtype::int32, {}}, {dtype::f32, {}}}) == dtype::f32);
    CHECK(type_of_result(sum, {{dtype::bf16, {}}, {dtype::f16, {}}}) == dtype::f32);
    CHECK(type_of_result(sum, {{dtype::uint8, {}}, {dtype::int8, {}}}) == dtype::int16);
    auto const half = [](symbol const* x) { return x[0] * 0.5; };
    CHECK(type_of_result(half, {{dtype::f16, {}}}) == dtype::f16);
    CHECK(type_of_result(half, {{dtype::int64, {}}}) == dtype::f32);
    auto const twice = [](symbol const* x) { return 2 * x[0]; };
    CHECK(type_of_result(twice, {{dtype::boolean, {}}}) == dtype::int32);
    CHECK(type_of_result(twice, {{dtype::uint8, {}}}) == dtype::uint8);
    auto const third = [](symbol const* x) { return x[0] / 3; };
    CHECK(type_of_result(third, {{dtype::int32, {}}}) == dtype::f32);
    auto const root = [](symbol const* x) { return sqrt(x[0]); };
    CHECK(type_of_result(root, {{dtype::uint16, {}}}) == dtype::f32);
    CHECK(type_of_result(root, {{dtype::f64, {}}}) == dtype::f64);
    auto const before = [](symbol const* x) { return x[0] < 2.5; };
    CHECK(type_of_result(before, {{dtype::int32, {}}}) == dtype::boolean);
    CHECK(integers(before, dtype::int32, {{2, 3}}) == values{1, 0});
}

TEST_CASE("integers wrap, booleans are 0 and 1") {
    auto const sum = [](symbol const* x) { return x[0] + x[1]; };
    CHECK(integers(sum, dtype::int8, {{127, -128}, {1, -1}}) == values{-128, 127});
    CHECK(integers(sum, dtype::uint32, {{4294967295.0}, {2}}) == values{1});
    CHECK(integers(sum, dtype::boolean, {{1, 0}, {1, 0}}) == values{1, 0});
    auto const back = [](symbol const* x) { return -x[0]; };
    CHECK(integers(back, dtype::uint8, {{1, 0}}) == values{255, 0});
    auto const product = [](symbol const* x) { return x[0] * x[1]; };
    CHECK(integers(product, dtype::int32, {{65536, 3}, {65536, -5}}) == values{0, -15});
    auto const size = [](symbol const* x) { return abs(x[0]); };
    CHECK(integers(size, dtype::int32, {{-7, 0, 7}}) == values{7, 0, 7});
    auto const minus_one = [](symbol const* x) { return x[0] * 0 + -1; };
    CHECK(integers(minus_one, dtype::uint32, {{3}}) == values{4294967295.0});
}

TEST_CASE("cast: rounds towards zero, stays within the type, NaN becomes zero") {
    values const x{1.9, -1.9, 300, -300, not_a_number, inf, -0.5};
    std::vector<argument> const args{{dtype::f64, {7}}};
    CHECK(evaluate([](symbol const* v) { return cast<std::int8_t>(v[0]); }, args, {x}) ==
          values{1, -1, 127, -128, 0, 127, 0});
    CHECK(evaluate([](symbol const* v) { return cast<std::uint8_t>(v[0]); }, args, {x}) ==
          values{1, 0, 255, 0, 0, 255, 0});
    CHECK(evaluate([](symbol const* v) { return cast<bool>(v[0]); }, args, {x}) ==
          values{1, 1, 1, 1, 1, 1, 1});
    CHECK(integers([](symbol const* v) { return cast<std::int8_t>(v[0]); }, dtype::int32,
                   {{255, -129, 5}}) == values{-1, 127, 5});
    CHECK(printed([](symbol const* v) { return cast<double>(v[0]); }, args, false) ==
          "%0 = input f64(7) x0\nreturn %0\n");
}

TEST_CASE("operations work in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        extent const shape[] = {{4}, {3}};
        symbol const x = b.input(dtype::f32, {shape, 2}, "x");
        symbol const y = b.input(dtype::f32, {shape + 1, 1}, "y");
        symbol const z = where(x < 0.5, tanh(x) / y, maximum(x, 2));
        return !b.failed() && z.rank() == 2 && z.size(0) == extent{4} && z.type() == dtype::f32;
    }());
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const misfit{{dtype::f32, {4, 3}}, {dtype::f32, {4}}};
    CHECK(mistake([](symbol const* x) { return x[0] + x[1]; }, misfit) ==
          "add(x0, x1): (4, 3) and (4) do not broadcast");
    CHECK(mistake([](symbol const* x) { return x[1] < tanh(x[0]); }, misfit) ==
          "less(x1, tanh(...)): (4) and (4, 3) do not broadcast");
    CHECK(mistake([](symbol const* x) { return maximum(x[0], x[1]); }, {{dtype::f32, {n0, 2}},
                                                                       {dtype::f32, {n0, 3}}}) ==
          "maximum(x0, x1): (n0, 2) and (n0, 3) do not broadcast");
    CHECK(mistake([](symbol const* x) { return where(x[0], x[0], 1); }, misfit) ==
          "where(x0): (4, 3): the condition is boolean, found float32");
    CHECK(mistake([](symbol const* x) { return where(x[0] < 1, 0, x[1]); }, misfit) ==
          "where(less(...), x1): (4, 3) and (4) do not broadcast");
    CHECK(mistake([](symbol const* x) { return logical_and(x[0] < 1, x[0]); }, misfit) ==
          "logical_and(less(...), x0): (4, 3) and (4, 3): operands are boolean, found float32");
    CHECK(mistake([](symbol const* x) { return logical_not(x[1]); }, misfit) ==
          "logical_not(x1): (4): operands are boolean, found float32");
}

TEST_CASE("values of two traces do not meet") {
    trace a({{dtype::f32, {2}}}), b({{dtype::f32, {2}}});
    CHECK_FALSE((a.in[0] * b.in[0]).valid());
    CHECK(a.error() == "multiply: operands belong to different traces");
    trace c({{dtype::boolean, {2}}});
    CHECK_FALSE(where(c.in[0], b.in[0], 1).valid());
    CHECK(c.error() == "where: operands belong to different traces");
}

TEST_CASE("a poisoned value poisons what is made of it, and the first sentence stays") {
    trace t({{dtype::f32, {2}}, {dtype::f32, {3}}});
    symbol const bad = t.in[0] + t.in[1];
    CHECK_FALSE(bad.valid());
    CHECK_FALSE(exp(bad).valid());
    CHECK_FALSE((1 - bad).valid());
    CHECK_FALSE(where(bad, bad, t.in[0]).valid());
    CHECK_FALSE(where(t.in[0] < 0, bad, 1).valid());
    CHECK_FALSE(weft::cast<double>(bad).valid());
    CHECK_FALSE(softmax(bad).valid());
    CHECK_FALSE(reshape(matmul(bad, t.in[0]), {2}).valid());
    CHECK_FALSE(concatenate(0, t.in[0], bad).valid());
    CHECK_FALSE(take(bad, bad).valid());
    CHECK_FALSE(stop_gradient(bad).valid());
    CHECK(t.error() == "add(x0, x1): (2) and (3) do not broadcast");
}
