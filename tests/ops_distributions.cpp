// SPDX-License-Identifier: BSL-1.0
// distributions: moments and bounds of what is drawn, by the reference evaluator; erf_inv against
// erf; orders that are permutations.
#include "rules.hpp"

#include <algorithm>
#include <limits>

namespace {

using namespace testing;
namespace random = weft::random;

constexpr int many = 20000;

struct moments {
    double mean = 0, variance = 0, low = 1e300, high = -1e300;
};
moments drawn(function f, argument const& like = floats({})) {
    trace t({like});
    t.output(t.call(f));
    REQUIRE(t.error() == "");
    values const y =
        weft::pass::reference(t.b.view(), {values(count_of(like.shape), 0.5), {3, 4}}).outputs[0];
    moments m;
    auto const n = static_cast<double>(y.size());
    for (double v : y) {
        m.mean += v / n, m.variance += v * v / n;
        m.low = std::min(m.low, v), m.high = std::max(m.high, v);
    }
    m.variance -= m.mean * m.mean;
    return m;
}

}  // namespace

TEST_CASE("means, variances and bounds") {
    auto const expect = [](moments m, double mean, double variance, double low, double high) {
        CHECK(std::abs(m.mean - mean) < 5 * std::sqrt(variance / many));
        CHECK(std::abs(m.variance / variance - 1) < 0.08);
        CHECK(m.low >= low);
        CHECK(m.high <= high);
    };
    double const inf = std::numeric_limits<double>::infinity(), pi = 3.14159265358979;
    expect(drawn([](symbol const* x) { return random::normal(x[0], {many}); }), 0, 1, -5.43, 5.43);
    expect(drawn([](symbol const* x) { return random::normal<double>(x[0], {many}); }), 0, 1, -8,
           8);
    expect(drawn([](symbol const* x) { return random::normal(x[0]); }, floats({many})), 0, 1, -5.43,
           5.43);
    expect(drawn([](symbol const* x) { return random::uniform(x[0], -2, 4, {many}); }), 1, 3, -2,
           4);
    expect(drawn([](symbol const* x) { return random::exponential(x[0], {many}); }), 1, 1, 0, inf);
    expect(drawn([](symbol const* x) { return random::gumbel(x[0], {many}); }), 0.5772156649,
           pi * pi / 6, -3, inf);
    expect(drawn([](symbol const* x) { return random::randint(x[0], -3, 4, {many}); }), 0, 4, -3,
           3);
    // Of the normal distribution between -1 and 2: mean and variance by its formulas.
    double const inside = 0.5 * (std::erf(2 / std::sqrt(2)) + std::erf(1 / std::sqrt(2)));
    double const at1 = std::exp(-0.5) / std::sqrt(2 * pi), at2 = std::exp(-2) / std::sqrt(2 * pi);
    double const mean = (at1 - at2) / inside,
                 variance = 1 + (-at1 - 2 * at2) / inside - mean * mean;
    expect(drawn([](symbol const* x) { return random::truncated_normal(x[0], -1, 2, {many}); }),
           mean, variance, -1, 2);
}

TEST_CASE("integers in equal shares, places by their logits") {
    trace t({floats({4}), floats({30000, 4})});
    symbol const row = t.in[1] * 0 + t.in[0];
    t.output(random::categorical(row));
    t.output(random::randint<std::int64_t>(t.in[0], 5000000000, 5000000004, {30000}));
    REQUIRE(t.error() == "");
    values const logits{0, 1, -1, -std::numeric_limits<double>::infinity()};
    auto const y = weft::pass::reference(t.b.view(), {logits, values(120000, 0), {1, 2}}).outputs;
    double const sum = 1 + std::exp(1) + std::exp(-1);
    for (int k = 0; k < 4; ++k) {
        double const expected = std::exp(logits[static_cast<std::size_t>(k)]) / sum;
        auto const share = [&](values const& v, double what) {
            return static_cast<double>(std::count(v.begin(), v.end(), what)) / 30000;
        };
        CHECK(std::abs(share(y[0], k) - expected) < 0.012);
        CHECK(std::abs(share(y[1], 5000000000.0 + k) - 0.25) < 0.012);
    }
}

TEST_CASE("permutations hold each number once; shuffle moves slices") {
    for (std::int64_t n : {0, 1, 5, 64, 65, 1000}) {
        trace t({floats({n0})});
        t.output(random::permutation(t.in[0], t.in[0].size(0)));
        values y = weft::pass::reference(t.b.view(),
                                         {values(static_cast<std::size_t>(n), 0), {1, 2}}, {n, 0})
                       .outputs[0];
        if (n >= 64) CHECK(!std::is_sorted(y.begin(), y.end()));
        std::sort(y.begin(), y.end());
        for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == static_cast<double>(i));
    }
    trace t({floats({2, 50})});
    t.output(random::shuffle(t.in[0], 1));
    values x;
    for (int i = 0; i < 100; ++i) x.push_back(i);
    values const y = weft::pass::reference(t.b.view(), {x, {1, 2}}).outputs[0];
    for (std::size_t i = 0; i < 50; ++i) CHECK(y[i + 50] == y[i] + 50);
    CHECK(values(y.begin(), y.begin() + 50) != values(x.begin(), x.begin() + 50));
}

TEST_CASE("erf_inv is the inverse of erf; its derivatives") {
    auto const f = [](symbol const* x) { return weft::erf_inv(x[0]); };
    for (double y : {1e-30, 1e-5, 0.1, 0.7, 1.3, 2.0, 2.6, 3.4}) {
        double const x = std::erf(y);
        CHECK(evaluate(f, {floats({2})}, {{x, -x}})[0] ==
              doctest::Approx(y).epsilon(y < 3 ? 1e-13 : 1e-10));
        auto const narrow = static_cast<float>(x);
        if (narrow < 1)
            CHECK(weft::math::erf_inv(narrow) ==
                  doctest::Approx(weft::math::erf_inv(static_cast<double>(narrow))).epsilon(4e-7));
    }
    CHECK(std::isinf(weft::math::erf_inv(-1.0f)));
    CHECK(std::isnan(weft::math::erf_inv(1.5)));
    check_derivatives({"erf_inv", {floats({5}, -0.9, 0.9)}, f});
}

TEST_CASE("wrong calls record one sentence") {
    auto const says = [](function f, std::string const& sentence) {
        CHECK(mistake(f, {floats({3})}) == sentence);
    };
    says([](symbol const* x) { return random::randint(x[0], 3, 3, {2}); },
         "random::randint: from 3 to 3 there are no integers");
    says([](symbol const* x) { return random::randint(x[0], 0, 5000000000, {2}); },
         "random::randint: from 0 to 5000000000 there are too many integers");
    says([](symbol const* x) { return random::truncated_normal(x[0], 1, 1, {2}); },
         "random::truncated_normal: the lower bound is not below the upper one");
    says([](symbol const* x) { return random::normal(x[0], {-1}); },
         "random::bits: a shape has the negative size -1");
    says([](symbol const* x) { return random::shuffle(x[0], 1); },
         "random::shuffle(x0): (3) has no axis 1");
}
