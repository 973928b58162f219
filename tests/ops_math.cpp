// SPDX-License-Identifier: BSL-1.0
// Elementwise operations beyond arithmetic: values, first derivatives in both modes, second
// derivatives and special values, by table through the reference evaluator.
#include "check.hpp"
#include "tracing.hpp"

#include <limits>

namespace {

using namespace testing;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A function of one or two values, at points where it is smooth.
struct smooth {
    char const* name;
    function f;
    double (*expected)(double, double);
    std::vector<double> a, b = {};
};

values const anywhere{-2.3, -0.7, -1e-3, 0, 0.4, 1.6, 3.2};
values const positive{0.2, 0.3, 0.9, 1, 2.5, 7};
values const inside{-0.8, -0.3, 0, 1e-3, 0.6, 0.75};

smooth const table[] = {
    {"exp2", [](symbol const* x) { return exp2(x[0]); },
     [](double a, double) { return std::exp2(a); }, anywhere},
    {"expm1", [](symbol const* x) { return expm1(x[0]); },
     [](double a, double) { return std::expm1(a); }, anywhere},
    {"log2", [](symbol const* x) { return log2(x[0]); },
     [](double a, double) { return std::log2(a); }, positive},
    {"log10", [](symbol const* x) { return log10(x[0]); },
     [](double a, double) { return std::log10(a); }, positive},
    {"log1p", [](symbol const* x) { return log1p(x[0]); },
     [](double a, double) { return std::log1p(a); }, inside},
    {"sigmoid", [](symbol const* x) { return sigmoid(x[0]); },
     [](double a, double) { return 1 / (1 + std::exp(-a)); }, anywhere},
    {"softplus", [](symbol const* x) { return softplus(x[0]); },
     [](double a, double) { return std::log1p(std::exp(a)); }, anywhere},
    {"logaddexp",
     [](symbol const* x) { return logaddexp(x[0], x[1]); },
     [](double a, double b) { return std::log(std::exp(a) + std::exp(b)); },
     {-1, 0.5, 2, 3},
     {2, 0.5, -4, 1}},
    {"sin", [](symbol const* x) { return sin(x[0]); }, [](double a, double) { return std::sin(a); },
     anywhere},
    {"cos", [](symbol const* x) { return cos(x[0]); }, [](double a, double) { return std::cos(a); },
     anywhere},
    {"tan", [](symbol const* x) { return tan(x[0]); }, [](double a, double) { return std::tan(a); },
     inside},
    {"asin", [](symbol const* x) { return asin(x[0]); },
     [](double a, double) { return std::asin(a); }, inside},
    {"acos", [](symbol const* x) { return acos(x[0]); },
     [](double a, double) { return std::acos(a); }, inside},
    {"atan", [](symbol const* x) { return atan(x[0]); },
     [](double a, double) { return std::atan(a); }, anywhere},
    {"atan2",
     [](symbol const* x) { return atan2(x[0], x[1]); },
     [](double a, double b) { return std::atan2(a, b); },
     {1, -2, 0.5, -0.3},
     {2, 1, -0.7, -3}},
    {"sinh", [](symbol const* x) { return sinh(x[0]); },
     [](double a, double) { return std::sinh(a); }, anywhere},
    {"cosh", [](symbol const* x) { return cosh(x[0]); },
     [](double a, double) { return std::cosh(a); }, anywhere},
    {"asinh", [](symbol const* x) { return asinh(x[0]); },
     [](double a, double) { return std::asinh(a); }, anywhere},
    {"acosh",
     [](symbol const* x) { return acosh(x[0]); },
     [](double a, double) { return std::acosh(a); },
     {1.1, 1.7, 4}},
    {"atanh", [](symbol const* x) { return atanh(x[0]); },
     [](double a, double) { return std::atanh(a); }, inside},
    {"power",
     [](symbol const* x) { return power(x[0], x[1]); },
     [](double a, double b) { return std::pow(a, b); },
     {0.5, 2, 3, 1.5},
     {1.5, -2, 0, 3}},
    {"power 2", [](symbol const* x) { return power(x[0], 2); },
     [](double a, double) { return a * a; }, anywhere},
    {"power 3", [](symbol const* x) { return power(x[0], 3); },
     [](double a, double) { return a * a * a; }, anywhere},
    {"power 7", [](symbol const* x) { return power(x[0], 7); },
     [](double a, double) { return std::pow(a, 7); }, anywhere},
    {"power -1",
     [](symbol const* x) { return power(x[0], -1); },
     [](double a, double) { return 1 / a; },
     {-2, 0.5, 3}},
    {"power 0.5", [](symbol const* x) { return power(x[0], 0.5); },
     [](double a, double) { return std::sqrt(a); }, positive},
    {"power 0", [](symbol const* x) { return power(x[0], 0); }, [](double, double) { return 1.0; },
     anywhere},
    {"power of 2", [](symbol const* x) { return power(2, x[0]); },
     [](double a, double) { return std::exp2(a); }, anywhere},
    {"cbrt",
     [](symbol const* x) { return cbrt(x[0]); },
     [](double a, double) { return std::cbrt(a); },
     {-2, -0.1, 0.3, 5}},
    {"hypot",
     [](symbol const* x) { return hypot(x[0], x[1]); },
     [](double a, double b) { return std::hypot(a, b); },
     {1, -2, 0, 3},
     {0.5, 3, -1, 0}},
    {"erf", [](symbol const* x) { return erf(x[0]); }, [](double a, double) { return std::erf(a); },
     anywhere},
    {"erfc", [](symbol const* x) { return erfc(x[0]); },
     [](double a, double) { return std::erfc(a); }, anywhere},
    {"lgamma",
     [](symbol const* x) { return lgamma(x[0]); },
     [](double a, double) { return std::lgamma(a); },
     {-2.4, -0.6, 0.1, 0.9, 1, 2, 3.5, 12}},
    {"tgamma",
     [](symbol const* x) { return tgamma(x[0]); },
     [](double a, double) { return std::tgamma(a); },
     {-2.4, -0.6, 0.3, 0.9, 1, 2, 3.5}},
    {"digamma",
     [](symbol const* x) { return digamma(x[0]); },
     [](double a, double) { return (std::lgamma(a + 1e-5) - std::lgamma(a - 1e-5)) / 2e-5; },
     {-2.4, -0.6, 0.2, 0.9, 1.5, 2, 3.7, 12}},
    {"remainder",
     [](symbol const* x) { return remainder(x[0], x[1]); },
     [](double a, double b) { return a - std::floor(a / b) * b; },
     {7, -7, 5.5, -0.5},
     {3, 3, -2, 2}},
    {"fmod",
     [](symbol const* x) { return fmod(x[0], x[1]); },
     [](double a, double b) { return std::fmod(a, b); },
     {7, -7, 5.5, -0.5},
     {3, 3, -2, 2}},
    {"copysign",
     [](symbol const* x) { return copysign(x[0], x[1]); },
     [](double a, double b) { return std::copysign(a, b); },
     {2, -3, 2, -3},
     {1, 1, -2, -2}},
    {"clamp",
     [](symbol const* x) { return clamp(x[0], -1, x[1]); },
     [](double a, double b) { return std::min(std::max(a, -1.0), b); },
     {-2, 0.5, 3},
     {2, 2, 2.5}},
    {"lerp",
     [](symbol const* x) { return lerp(x[0], 3, x[1]); },
     [](double a, double b) { return a + b * (3 - a); },
     {1, -2, 4},
     {0.2, 0.8, 1.5}},
    {"gelu", [](symbol const* x) { return gelu(x[0]); },
     [](double a, double) { return 0.5 * a * std::erfc(-a / std::sqrt(2.0)); }, anywhere},
    {"gelu_tanh", [](symbol const* x) { return gelu_tanh(x[0]); },
     [](double a, double) {
         return 0.5 * a * (1 + std::tanh(0.7978845608028654 * (a + 0.044715 * a * a * a)));
     },
     anywhere},
    {"silu", [](symbol const* x) { return silu(x[0]); },
     [](double a, double) { return a / (1 + std::exp(-a)); }, anywhere},
    {"softplus 2", [](symbol const* x) { return softplus(x[0], 2); },
     [](double a, double) { return std::log1p(std::exp(2 * a)) / 2; }, anywhere},
    {"log_sigmoid", [](symbol const* x) { return log_sigmoid(x[0]); },
     [](double a, double) { return -std::log1p(std::exp(-a)); }, anywhere},
    {"elu",
     [](symbol const* x) { return elu(x[0], 1.5); },
     [](double a, double) { return a > 0 ? a : 1.5 * std::expm1(a); },
     {-3, -0.2, 0.3, 2}},
    {"selu",
     [](symbol const* x) { return selu(x[0]); },
     [](double a, double) {
         return 1.0507009873554805 * (a > 0 ? a : 1.6732632423543772 * std::expm1(a));
     },
     {-3, -0.2, 0.3, 2}},
    {"celu",
     [](symbol const* x) { return celu(x[0], 0.5); },
     [](double a, double) { return a > 0 ? a : 0.5 * std::expm1(a / 0.5); },
     {-3, -0.2, 0.3, 2}},
    {"leaky_relu",
     [](symbol const* x) { return leaky_relu(x[0], 0.1); },
     [](double a, double) { return a > 0 ? a : 0.1 * a; },
     {-3, -0.2, 0.3, 2}},
    {"prelu",
     [](symbol const* x) { return leaky_relu(x[0], x[1]); },
     [](double a, double b) { return a > 0 ? a : b * a; },
     {-3, -0.2, 0.3, 2},
     {0.1, 0.2, 0.3, 0.4}},
    {"relu6",
     [](symbol const* x) { return relu6(x[0]); },
     [](double a, double) { return std::min(std::max(a, 0.0), 6.0); },
     {-3, 0.3, 5, 7}},
    {"hard_tanh",
     [](symbol const* x) { return hard_tanh(x[0]); },
     [](double a, double) { return std::min(std::max(a, -1.0), 1.0); },
     {-3, 0.3, -0.4, 7}},
    {"hard_sigmoid",
     [](symbol const* x) { return hard_sigmoid(x[0]); },
     [](double a, double) { return std::min(std::max(a + 3, 0.0), 6.0) / 6; },
     {-4, -1, 2, 5}},
    {"hard_swish",
     [](symbol const* x) { return hard_swish(x[0]); },
     [](double a, double) { return a * std::min(std::max(a + 3, 0.0), 6.0) / 6; },
     {-4, -1, 2, 5}},
    {"mish", [](symbol const* x) { return mish(x[0]); },
     [](double a, double) { return a * std::tanh(std::log1p(std::exp(a))); }, anywhere},
    {"softsign",
     [](symbol const* x) { return softsign(x[0]); },
     [](double a, double) { return a / (1 + std::fabs(a)); },
     {-3, -0.2, 0.3, 2}},
};

struct run {
    values y, tangents, cotangents[2], second;
};

/// f, its derivative along (1, 0.5) forwards, by operand backwards, and the derivative of the
/// former's sum backwards.
run all_of(smooth const& s) {
    int const count = s.b.empty() ? 1 : 2;
    auto const n = static_cast<std::int64_t>(s.a.size());
    std::vector<argument> arguments(static_cast<std::size_t>(count), argument{dtype::f64, {n}});
    std::vector<values> inputs{s.a};
    if (count == 2) inputs.push_back(s.b);
    trace t(arguments);
    symbol const y = t.call(s.f);
    REQUIRE_FALSE(t.b.failed());
    auto const like = [&](double v) { return t.b.constant(y.type(), y.node().shape, v); };
    auto const read = [&](weft::list<symbol> const& from) {
        for (symbol x : from) t.output(x.valid() ? x : like(0));
    };
    symbol const one = like(1);
    symbol const directions[] = {one, like(0.5)};
    weft::range<symbol> const in{t.in.data(), count};
    auto const forwards = weft::ir::forward_sweep(t.b, {&y, 1}, in, {directions, count});
    auto const backwards = weft::ir::reverse_sweep(t.b, {&y, 1}, {&one, 1}, in);
    t.output(y);
    read(forwards);
    read(backwards);
    symbol const slope = forwards[0].valid() ? forwards[0] : like(0);
    read(weft::ir::reverse_sweep(t.b, {&slope, 1}, {&one, 1}, in));
    weft::ir::graph const simple = weft::pass::simplify(t.b.view());
    auto const out = weft::pass::reference(simple.view(), inputs, {}).outputs;
    run r{out[0], out[1], {out[2], {}}, out[static_cast<std::size_t>(2 + count)]};
    if (count == 2) r.cotangents[1] = out[3];
    return r;
}

}  // namespace

TEST_CASE("values, and derivatives in both modes, agree with C++ and central differences") {
    for (smooth const& s : table) {
        CAPTURE(std::string(s.name));
        run const r = all_of(s);
        double const h = 1e-5;
        for (std::size_t i = 0; i < s.a.size(); ++i) {
            double const a = s.a[i], b = s.b.empty() ? 0 : s.b[i];
            CAPTURE(a);
            CAPTURE(b);
            bool const rough = std::string(s.name) == "digamma";
            CHECK(close(r.y[i], s.expected(a, b), rough ? 1e-6 : 1e-12));
            if (rough) continue;
            double const da = (s.expected(a + h, b) - s.expected(a - h, b)) / (2 * h);
            double const db = (s.expected(a, b + h) - s.expected(a, b - h)) / (2 * h);
            CHECK(close(r.cotangents[0][i], da, 1e-7));
            if (!s.b.empty()) CHECK(close(r.cotangents[1][i], db, 1e-7));
            CHECK(close(r.tangents[i], s.b.empty() ? da : da + 0.5 * db, 1e-7));
            double const k = 2e-4;  // the second derivative along the same direction
            auto const at = [&](double u, double v) {
                double const m = s.expected(a + u, b + v);
                return m;
            };
            double const c = s.b.empty() ? 0 : 0.5;
            double const second = (at(k, k * 0) - 2 * at(0, 0) + at(-k, 0)) / (k * k) +
                                  c * (at(k, k) - at(k, -k) - at(-k, k) + at(-k, -k)) / (4 * k * k);
            CHECK(close(r.second[i], second, 2e-6));
        }
    }
}

TEST_CASE("digamma and polygamma have recorded values, and are each other's derivatives") {
    // 20 digits by mpmath.
    values const x{-3.7, -0.5, 0.25, 1, 1.5, 4, 30};
    values const digamma_of_x{-0.84507685887041671807, 0.036489973978576520559,
                              -4.2274535333762654081,  -0.57721566490153286061,
                              0.036489973978576520559, 1.2561176684318004727,
                              3.3844381326855248766};
    values const trigamma_of_x{14.842421864124267711,  8.9348022005446793094,
                               17.197329154507110739,  1.6449340668482264365,
                               0.93480220054467930942, 0.28382295573711532536,
                               0.033895060357739944214};
    values const third_of_x{768.99464944086428232,     193.40909103400243724,
                            1538.782144009188396,      6.4939394022668291491,
                            1.4090910340024372364,     0.044865328192755075022,
                            0.000077860036647361290602};
    std::vector<argument> const args{{dtype::f64, {7}}};
    CHECK(close(evaluate([](symbol const* v) { return digamma(v[0]); }, args, {x}), digamma_of_x,
                1e-14));
    CHECK(close(evaluate([](symbol const* v) { return polygamma(1, v[0]); }, args, {x}),
                trigamma_of_x, 1e-13));
    CHECK(close(evaluate([](symbol const* v) { return polygamma(3, v[0]); }, args, {x}), third_of_x,
                1e-13));
    smooth const s{"digamma", [](symbol const* v) { return digamma(v[0]); }, nullptr, x};
    run const r = all_of(s);
    CHECK(close(r.tangents, trigamma_of_x, 1e-13));
    smooth const s2{"trigamma", [](symbol const* v) { return polygamma(1, v[0]); }, nullptr, x};
    CHECK(close(all_of(s2).second, third_of_x, 1e-13));
    CHECK(mistake([](symbol const* v) { return polygamma(-1, v[0]); }, args) ==
          "polygamma(x0): (7): the order is not negative");
}

TEST_CASE("rounding, as NumPy has it") {
    values const x{-2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, 2.4, inf, -inf, not_a_number, 1e300};
    std::vector<argument> const args{{dtype::f64, {12}}};
    auto const of = [&](function f) { return evaluate(f, args, {x}); };
    CHECK(same(of([](symbol const* v) { return floor(v[0]); }),
               {-3, -2, -1, -0.0, 0, 1, 2, 2, inf, -inf, not_a_number, 1e300}));
    CHECK(same(of([](symbol const* v) { return ceil(v[0]); }),
               {-2, -1, -0.0, -0.0, 1, 2, 3, 3, inf, -inf, not_a_number, 1e300}));
    CHECK(same(of([](symbol const* v) { return round(v[0]); }),
               {-2, -2, -0.0, -0.0, 0, 2, 2, 2, inf, -inf, not_a_number, 1e300}));
    CHECK(same(of([](symbol const* v) { return trunc(v[0]); }),
               {-2, -1, -0.0, -0.0, 0, 1, 2, 2, inf, -inf, not_a_number, 1e300}));
    CHECK(same(of([](symbol const* v) { return sign(v[0]); }),
               {-1, -1, -1, 0, 1, 1, 1, 1, 1, -1, not_a_number, 1}));
    trace t({{dtype::int32, {2}}});
    CHECK(floor(t.in[0]).id() == t.in[0].id());  // integers are round
}

TEST_CASE("remainder and floor_divide have the sign of the divisor, as in Python") {
    values const a{7, -7, 7, -7, 0, -0.0, 5, -1, 1e17, 0.3},
        b{3, 3, -3, -3, -2, 2, inf, inf, 3, 0.1};
    std::vector<argument> const args{{dtype::f64, {10}}, {dtype::f64, {10}}};
    CHECK(same(evaluate([](symbol const* v) { return remainder(v[0], v[1]); }, args, {a, b}),
               {1, 2, -2, -1, -0.0, 0, 5, inf, 1, std::fmod(0.3, 0.1)}));
    CHECK(same(evaluate([](symbol const* v) { return floor_divide(v[0], v[1]); }, args, {a, b}),
               {2, -3, -3, 2, -0.0, -0.0, 0, -1, 33333333333333332, 2}));
    std::vector<argument> const integers{{dtype::int32, {4}}, {dtype::int32, {4}}};
    std::vector<values> const ab{{7, -7, 7, -7}, {3, 3, -3, -3}};
    CHECK(evaluate([](symbol const* v) { return remainder(v[0], v[1]); }, integers, ab) ==
          values{1, 2, -2, -1});
    CHECK(evaluate([](symbol const* v) { return floor_divide(v[0], v[1]); }, integers, ab) ==
          values{2, -3, -3, 2});
    CHECK(evaluate([](symbol const* v) { return fmod(v[0], v[1]); }, integers, ab) ==
          values{1, -1, 1, -1});
}

TEST_CASE("logic and bits") {
    std::vector<argument> const truths{{dtype::boolean, {4}}, {dtype::boolean, {4}}};
    std::vector<values> const tt{{0, 0, 1, 1}, {0, 1, 0, 1}};
    auto const truth = [&](function f) { return evaluate(f, truths, tt); };
    CHECK(truth([](symbol const* v) { return logical_or(v[0], v[1]); }) == values{0, 1, 1, 1});
    CHECK(truth([](symbol const* v) { return logical_xor(v[0], v[1]); }) == values{0, 1, 1, 0});
    CHECK(truth([](symbol const* v) { return v[0] & v[1]; }) == values{0, 0, 0, 1});
    CHECK(truth([](symbol const* v) { return v[0] | v[1]; }) == values{0, 1, 1, 1});
    CHECK(truth([](symbol const* v) { return v[0] ^ true; }) == values{1, 1, 0, 0});
    CHECK(truth([](symbol const* v) { return ~v[0]; }) == values{1, 1, 0, 0});
    std::vector<argument> const bytes{{dtype::uint8, {3}}, {dtype::uint8, {3}}};
    std::vector<values> const ab{{12, 255, 1}, {10, 1, 9}};
    auto const byte = [&](function f) { return evaluate(f, bytes, ab); };
    CHECK(byte([](symbol const* v) { return v[0] & v[1]; }) == values{8, 1, 1});
    CHECK(byte([](symbol const* v) { return bit_or(v[0], v[1]); }) == values{14, 255, 9});
    CHECK(byte([](symbol const* v) { return v[0] ^ 255; }) == values{243, 0, 254});
    CHECK(byte([](symbol const* v) { return ~v[0]; }) == values{243, 0, 254});
    CHECK(byte([](symbol const* v) { return v[0] << 1; }) == values{24, 254, 2});
    CHECK(byte([](symbol const* v) { return v[0] << v[1]; }) == values{0, 254, 0});
    CHECK(byte([](symbol const* v) { return v[0] >> 2; }) == values{3, 63, 0});
    std::vector<argument> const signed_one{{dtype::int32, {3}}};
    CHECK(evaluate([](symbol const* v) { return v[0] >> 40; }, signed_one, {{-5, 5, 0}}) ==
          values{-1, 0, 0});
    std::vector<argument> const floats{{dtype::f32, {4}}};
    values const x{1, inf, -inf, not_a_number};
    CHECK(evaluate([](symbol const* v) { return isfinite(v[0]); }, floats, {x}) ==
          values{1, 0, 0, 0});
    CHECK(evaluate([](symbol const* v) { return isinf(v[0]); }, floats, {x}) == values{0, 1, 1, 0});
    CHECK(evaluate([](symbol const* v) { return isnan(v[0]); }, floats, {x}) == values{0, 0, 0, 1});
    CHECK(mistake([](symbol const* v) { return v[0] & v[0]; }, floats) ==
          "bit_and: operands are integers or boolean, found float32");
    CHECK(mistake([](symbol const* v) { return logical_xor(v[0], v[0]); }, floats) ==
          "logical_xor(x0, x0): (4) and (4): operands are boolean, found float32");
}

TEST_CASE("powers of known exponents become products and roots") {
    std::vector<argument> const args{{dtype::f32, {5}}};
    CHECK(printed([](symbol const* x) { return power(x[0], 2); }, args, true) ==
          printed([](symbol const* x) { return x[0] * x[0]; }, args, true));
    CHECK(printed([](symbol const* x) { return power(x[0], 0.5); }, args, true) ==
          printed([](symbol const* x) { return sqrt(x[0]); }, args, true));
    CHECK(printed([](symbol const* x) { return power(x[0], -1.0); }, args, true) ==
          printed([](symbol const* x) { return 1 / x[0]; }, args, true));
    CHECK(printed([](symbol const* x) { return power(x[0], 1); }, args, true) ==
          "%0 = input f32(5) x0\nreturn %0\n");
    std::vector<argument> const whole{{dtype::int32, {4}}};
    CHECK(evaluate([](symbol const* x) { return power(x[0], 3); }, whole, {{2, -3, 0, 10}}) ==
          values{8, -27, 0, 1000});
    CHECK(mistake([](symbol const* x) { return power(x[0], -2); }, whole) ==
          "power(x0): (4): an integer has no negative power; use cast<float>(x)");
}

TEST_CASE("derivatives stay right at infinite, large and joining points") {
    struct point {
        char const* name;
        function f;
        double x, slope;
    };
    point const points[] = {
        {"softplus at 0", [](symbol const* x) { return softplus(x[0]); }, 0, 0.5},
        {"softplus far left", [](symbol const* x) { return softplus(x[0]); }, -1e300, 0},
        {"softplus far right", [](symbol const* x) { return softplus(x[0]); }, 1e300, 1},
        {"sigmoid far left", [](symbol const* x) { return sigmoid(x[0]); }, -1e5, 0},
        {"silu far left", [](symbol const* x) { return silu(x[0]); }, -1e5, 0},
        {"silu far right", [](symbol const* x) { return silu(x[0]); }, 1e5, 1},
        {"elu at 0", [](symbol const* x) { return elu(x[0]); }, 0, 1},
        {"elu far right", [](symbol const* x) { return elu(x[0]); }, 1e5, 1},
        {"celu far right", [](symbol const* x) { return celu(x[0]); }, 1e5, 1},
        {"selu far left", [](symbol const* x) { return selu(x[0]); }, -1e5, 0},
        {"gelu far left", [](symbol const* x) { return gelu(x[0]); }, -1e200, 0},
        {"gelu far right", [](symbol const* x) { return gelu(x[0]); }, 1e200, 1},
        {"gelu_tanh far right", [](symbol const* x) { return gelu_tanh(x[0]); }, 1e200, 1},
        {"mish far left", [](symbol const* x) { return mish(x[0]); }, -1e5, 0},
        {"mish far right", [](symbol const* x) { return mish(x[0]); }, 1e5, 1},
        {"log_sigmoid far left", [](symbol const* x) { return log_sigmoid(x[0]); }, -1e300, 1},
        {"softsign at 0", [](symbol const* x) { return softsign(x[0]); }, 0, 1},
        {"relu6 at 0", [](symbol const* x) { return relu6(x[0]); }, 0, 0},
        {"relu6 at 6", [](symbol const* x) { return relu6(x[0]); }, 6, 0},
        {"clamp at its end", [](symbol const* x) { return clamp(x[0], 0, 1); }, 1, 1},
        {"hypot at 0", [](symbol const* x) { return hypot(x[0], 0); }, 0, 0},
        {"x^2 at 0", [](symbol const* x) { return power(x[0], 2); }, 0, 0},
        {"x^1 at 0", [](symbol const* x) { return power(x[0], 1); }, 0, 1},
        {"x^0 at 0", [](symbol const* x) { return power(x[0], 0); }, 0, 0},
        {"0^x at 2", [](symbol const* x) { return power(x[0] * 0, x[0]); }, 2, 0},
        {"logaddexp of two -inf", [](symbol const* x) { return logaddexp(x[0], x[0] * 2); }, -inf,
         1.5},
        {"logaddexp of inf", [](symbol const* x) { return logaddexp(x[0], 1); }, inf, 1},
    };
    for (point const& p : points) {
        CAPTURE(std::string(p.name));
        smooth const s{p.name, p.f, nullptr, {p.x}};
        run const r = all_of(s);
        CHECK(close(r.tangents[0], p.slope, 1e-12));
        CHECK(close(r.cotangents[0][0], p.slope, 1e-12));
    }
    // The second derivative of softplus at 0, where a maximum would have none.
    smooth const s{"softplus", [](symbol const* x) { return softplus(x[0]); }, nullptr, {0}};
    CHECK(close(all_of(s).second[0], 0.25, 1e-14));
    smooth const l{"logaddexp", [](symbol const* x) { return logaddexp(x[0], 0); }, nullptr, {0}};
    CHECK(close(all_of(l).second[0], 0.25, 1e-14));
}

TEST_CASE("glu halves an axis") {
    std::vector<argument> const args{{dtype::f64, {2, 4}}};
    values const x{1, 2, 0, 30, 5, 6, -40, 0};
    values const y = evaluate([](symbol const* v) { return glu(v[0]); }, args, {x});
    CHECK(close(y, {0.5, 2, 0, 3}, 1e-12));
    CHECK(evaluate([](symbol const* v) { return glu(v[0], 0); }, args, {x}).size() == 4);
    CHECK(mistake([](symbol const* v) { return glu(v[0]); }, {{dtype::f32, {3}}}) ==
          "glu(x0): (3): axis -1 has no halves");
}

TEST_CASE("types: floating functions of integers give float, complex numbers are refused") {
    auto const type = [](function f, dtype t) {
        return trace({{t, {2}}}).b.failed() ? t : [&] {
            trace made({{t, {2}}});
            return made.call(f).type();
        }();
    };
    CHECK(type([](symbol const* x) { return sin(x[0]); }, dtype::int32) == dtype::f32);
    CHECK(type([](symbol const* x) { return erf(x[0]); }, dtype::f16) == dtype::f16);
    CHECK(type([](symbol const* x) { return power(x[0], 2); }, dtype::uint8) == dtype::uint8);
    CHECK(type([](symbol const* x) { return power(x[0], 0.5); }, dtype::int64) == dtype::f32);
    CHECK(type([](symbol const* x) { return sign(x[0]); }, dtype::int16) == dtype::int16);
    CHECK(type([](symbol const* x) { return isnan(x[0]); }, dtype::bf16) == dtype::boolean);
    CHECK(mistake([](symbol const* x) { return erf(x[0]); }, {{dtype::c64, {2}}})
              .starts_with("erf: complex64 has no such operation"));
    CHECK(mistake([](symbol const* x) { return remainder(x[0], x[0]); }, {{dtype::boolean, {2}}})
              .starts_with("remainder: bool has no such operation"));
}
