// SPDX-License-Identifier: BSL-1.0
// var and tape: values and gradients of every function, the statements that are written, and
// programs on which other tapes went wrong.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/tape.hpp>

#include "allocations.hpp"
#include "raised.hpp"

namespace {

using var = weft::var<double>;
using checked = weft::var<double, true>;

/// The gradient of f at x on a tape of its own.
template <class F, std::size_t N>
std::vector<double> gradient(F f, std::array<double, N> const& x) {
    weft::tape<double> t;
    var const y = f(t.inputs(x));
    return t.gradient(y);
}

/// The derivatives of a function of one and of two numbers are those of dual numbers, and the value
/// is that of double.
template <class F>
void same_as_dual(char const* name, F f, std::initializer_list<double> points) {
    CAPTURE(name);
    for (double const p : points) {
        CAPTURE(p);
        weft::tape<double> t;
        var const x = t.inputs(p);
        var const y = f(x);
        double const expected = f(p);
        CHECK(std::memcmp(&y.value(), &expected, sizeof expected) == 0);
        double const d = f(weft::dual<double, 1>(p, 0)).derivative();
        CHECK(t.gradient(y)[0] == doctest::Approx(d).epsilon(1e-14));
    }
}
template <class F>
void same_as_dual2(char const* name, F f, std::initializer_list<std::array<double, 2>> points) {
    CAPTURE(name);
    for (auto const& p : points) {
        CAPTURE(p[0]);
        CAPTURE(p[1]);
        weft::tape<double> t;
        auto const x = t.inputs(p);
        var const y = f(x[0], x[1]);
        double const expected = f(p[0], p[1]);
        CHECK(std::memcmp(&y.value(), &expected, sizeof expected) == 0);
        using dual = weft::dual<double, 2>;
        dual const d = f(dual(p[0], 0), dual(p[1], 1));
        auto const g = t.gradient(y);
        CHECK(g[0] == doctest::Approx(d.derivative(0)).epsilon(1e-14));
        CHECK(g[1] == doctest::Approx(d.derivative(1)).epsilon(1e-14));
        // With a number on either side.
        double const q = p[1];
        CHECK(gradient([&](auto const& v) { return f(v[0], q); }, std::array{p[0]})[0] ==
              doctest::Approx(d.derivative(0)).epsilon(1e-14));
    }
}

#define SAME(NAME, ...)               \
    same_as_dual(#NAME,               \
                 [](auto const& x) {  \
                     using std::NAME; \
                     return NAME(x);  \
                 },                   \
                 {__VA_ARGS__})
#define SAME2(NAME, ...)                             \
    same_as_dual2(#NAME,                             \
                  [](auto const& x, auto const& y) { \
                      using std::NAME;               \
                      return NAME(x, y);             \
                  },                                 \
                  {__VA_ARGS__})

}  // namespace

TEST_CASE("functions of one number") {
    SAME(exp, -1.0, 0.3);
    SAME(exp2, -1.0, 0.3);
    SAME(expm1, -1.0, 1e-9);
    SAME(log, 0.5, 3.0);
    SAME(log2, 0.5);
    SAME(log10, 0.5);
    SAME(log1p, -0.5, 1e-9);
    SAME(sqrt, 0.5, 4.0);
    SAME(cbrt, 0.5, -4.0);
    SAME(sin, 0.5, -4.0);
    SAME(cos, 0.5, -4.0);
    SAME(tan, 0.5, -4.0);
    SAME(asin, 0.5);
    SAME(acos, 0.5);
    SAME(atan, 0.5, -4.0);
    SAME(sinh, 0.5, -4.0);
    SAME(cosh, 0.5, -4.0);
    SAME(tanh, 0.5, -4.0);
    SAME(asinh, 0.5, -4.0);
    SAME(acosh, 1.5);
    SAME(atanh, 0.5);
    SAME(erf, 0.5, -1.0);
    SAME(erfc, 0.5, -1.0);
    SAME(lgamma, 0.5, 3.5);
    SAME(tgamma, 0.5, 3.5);
    SAME(fabs, 0.5, -3.5, 0.0);
    SAME(abs, 0.5, -3.5);
    SAME(floor, 0.5, -3.5);
    SAME(ceil, 0.5, -3.5);
    SAME(trunc, 0.5, -3.5);
    SAME(round, 0.4, -3.7);
    same_as_dual("negate", [](auto const& x) { return -x; }, {1.5});
}

TEST_CASE("functions of two numbers") {
    SAME2(pow, {2.0, 3.0}, {0.5, -1.5});
    SAME2(atan2, {2.0, 3.0}, {-0.5, -1.5});
    SAME2(hypot, {2.0, 3.0}, {-0.5, -1.5});
    SAME2(fmax, {2.0, 3.0}, {-0.5, -1.5});
    SAME2(fmin, {2.0, 3.0}, {-0.5, -1.5});
    SAME2(fmod, {7.5, 2.0}, {-7.5, 2.0});
    SAME2(copysign, {7.5, -2.0}, {-7.5, 2.0});
    SAME2(fdim, {7.5, -2.0}, {-7.5, 2.0});
    same_as_dual2("add", [](auto const& x, auto const& y) { return x + y; }, {{2.0, 3.0}});
    same_as_dual2("subtract", [](auto const& x, auto const& y) { return x - y; }, {{2.0, 3.0}});
    same_as_dual2("multiply", [](auto const& x, auto const& y) { return x * y; }, {{2.0, 3.0}});
    same_as_dual2("divide", [](auto const& x, auto const& y) { return x / y; }, {{2.0, 3.0}});
}

TEST_CASE("the documented use") {
    weft::tape<double> t;
    std::vector<double> const p{1, 2, 3};
    auto x = t.inputs(p);
    CHECK(t.is_recording());
    var y = x[0] * x[1] + sin(x[2]);
    auto const g = t.gradient(y);
    CHECK(!t.is_recording());
    CHECK(g == std::vector<double>{2, 1, std::cos(3.0)});
    // Again, from the start, and several containers at once.
    auto [a, b] = t.inputs(2.0, std::array{5.0, 7.0});
    var z = a * b[0] * b[1];
    CHECK(t.gradient(z) == std::vector<double>{35, 14, 10});
}

TEST_CASE("a statement is one entry") {
    weft::tape<double> t;
    auto x = t.inputs(std::array{1.0, 2.0, 3.0});
    var y = x[0] * x[1] + exp(x[2]) * 2 - 1;
    CHECK(t.statistics().statements == 1);
    CHECK(t.statistics().arguments == 3);
    y += x[0] * x[0];  // adds: y itself is no argument
    CHECK(t.statistics().statements == 2);
    CHECK(t.statistics().arguments == 5);
    y = y + x[1];  // so does this
    CHECK(t.statistics().arguments == 6);
    y += 3;  // and this is no statement at all
    y -= 1.5;
    CHECK(t.statistics().statements == 3);
    auto const s = t.statistics();
    CHECK(s.bytes == 5 * s.statements + 12 * s.arguments);
    CHECK(t.gradient(y) == std::vector<double>{2 + 2 * 1, 1 + 1, 2 * std::exp(3.0)});
}

TEST_CASE("assignments to one's own variable, copies and aliases") {
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0];
                  a = a - 2 * a;
                  return a;
              },
              std::array{3.0})[0] == -1);
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0];
                  a *= a;
                  a *= a;
                  return a;
              },
              std::array{2.0})[0] == 32);
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0];
                  a += a;
                  a -= 3 * a;
                  return a;
              },
              std::array{2.0})[0] == -4);
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0] * 2, b = a;
                  a = a * b;
                  b += a;
                  return a * b;
              },
              std::array{2.0})[0] == 24 * 4 + 64 * 8);
    // A copy keeps the old value's adjoint when the original changes, and the other way round.
    CHECK(gradient(
              [](auto const& x) {
                  var a = 2 * x[0], b = a;
                  a += x[1];
                  return a * b;
              },
              std::array{3.0, 5.0}) == std::vector<double>{2 * 6 + 2 * 11, 6});
    CHECK(gradient(
              [](auto const& x) {
                  var a = 2 * x[0], b = a;
                  b = b * x[1];
                  return a + b;
              },
              std::array{3.0, 5.0}) == std::vector<double>{12, 6});
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0];
                  a = a;
                  return a * a;
              },
              std::array{3.0})[0] == 6);
    CHECK(gradient(
              [](auto const& x) {
                  var a = x[0];
                  a++;
                  --a;
                  var b = a++;
                  return a * b;
              },
              std::array{3.0})[0] == 7);
    // Swaps, sorting and moves are copies.
    CHECK(gradient(
              [](auto const& x) {
                  var a = 2 * x[0], b = 3 * x[1];
                  std::swap(a, b);
                  a *= 5;
                  return a - b;
              },
              std::array{3.0, 4.0}) == std::vector<double>{-2, 15});
}

TEST_CASE("expressions outlive what they were made of") {
    auto const squared = [](auto x) { return x * x; };  // returns an expression of a dead copy
    CHECK(gradient(
              [&](auto const& x) {
                  auto e = squared(x[0]) + squared(squared(x[1]));
                  return e;
              },
              std::array{3.0, 2.0}) == std::vector<double>{6, 32});
    CHECK(gradient(
              [&](auto const& x) {
                  auto e = -(x[0] * (x[0] + 1));
                  return e * e;
              },
              std::array{2.0})[0] == 2 * 6 * 5);
    // One that outlives a change of its variable means the variable as it was.
    CHECK(gradient(
              [&](auto const& x) {
                  var s = x[0];
                  s *= 2;
                  auto const e = s * s;
                  s += x[1];
                  var y = e;
                  s = s * 3;
                  y += e * s;
                  return y;
              },
              std::array{2.0, 5.0}) ==
          std::vector<double>{2 * 4 * 2 + 2 * 4 * 2 * 27 + 16 * 3 * 2, 16 * 3});
    // Many of them, kept for long.
    CHECK(gradient(
              [&](auto const& x) {
                  var s = 2 * x[0], sum = 0;
                  auto const e = s * s;
                  for (int i = 0; i < 1000; ++i) s += 1, s *= 1.001, sum += e;
                  return sum;
              },
              std::array{2.0})[0] == doctest::Approx(1000 * 8 * 2));
    CHECK(gradient(
              [&](auto const& x) {
                  var s = x[0], sum = 0;
                  for (int i = 0; i < 100; ++i) {
                      auto const e = 3 * s;
                      s *= 1.5;
                      s *= 1 / 1.5;
                      sum += e;
                  }
                  return sum;
              },
              std::array{2.0})[0] == doctest::Approx(300));
}

TEST_CASE("values are those of double, bit by bit") {
    auto const f = [](auto const& a, auto const& b, auto const& c, auto const& d) {
        return a + b + c + d - (a * b - c) / d * (a - b - c - d) + 1 / a - 2 * b;
    };
    for (int i = 1; i < 200; ++i) {
        double const a = 0.1 * i, b = 1e8 / i, c = -1e-3 * i * i, d = std::sin(i);
        weft::tape<double> t;
        auto const x = t.inputs(std::array{a, b, c, d});
        var const y = f(x[0], x[1], x[2], x[3]);
        CHECK(y.value() == f(a, b, c, d));  // built with -ffp-contract=off
    }
}

TEST_CASE("branches, comparisons, limits, conversions") {
    weft::tape<double> t;
    auto x = t.inputs(std::array{1.0, 2.0});
    CHECK(x[0] < x[1]);
    CHECK(x[0] * 2 <= x[1]);
    CHECK(x[0] != x[1]);
    CHECK(3 > x[0] + x[1] - 1);
    CHECK(!(x[0] == 2));
    CHECK(static_cast<int>(x[1] + 0.5 > 2 ? x[1] : x[0]) == 2);
    CHECK(std::numeric_limits<var>::epsilon() == std::numeric_limits<double>::epsilon());
    CHECK(std::max(x[0], x[1]).value() == 2);
    var y = floor(x[1] * 1.7);
    CHECK(!y.is_active());
    y = 0 * x[0];  // a partial of zero is none
    CHECK(!y.is_active());
    CHECK(t.gradient(y) == std::vector<double>{0, 0});
}

TEST_CASE("variables that live longer than a recording start anew in the next") {
    weft::tape<double> t;
    std::vector<var> work(3);
    for (int round = 0; round < 4; ++round) {
        auto x = t.inputs(std::array{2.0, 3.0});
        var first = x[0] * x[1], second = first * x[0];
        work[static_cast<std::size_t>(round % 3)] =
            x[0] * 5;  // its old index is somebody else's now
        work[0] = second + first;
        work[0] *= x[1];
        CHECK(t.gradient(work[0]) == std::vector<double>{(2 * 2 * 3 + 3) * 3, (4 + 2) * 3 + 18});
    }
}

TEST_CASE("the second equal recording allocates nothing") {
    weft::tape<double> t;
    std::array<double, 8> x{1, 2, 3, 4, 5, 6, 7, 8}, g{};
    auto const once = [&] {
        auto v = t.inputs(x);
        var y = 0;
        for (int i = 0; i < 3000; ++i) y += sin(v[static_cast<std::size_t>(i) % 8]) * y + 1e-3;
        t.gradient(y, g);
    };
    once();
    long const before = testing::allocations;
    once();
    once();
    CHECK(testing::allocations == before);
    CHECK(t.statistics().reserved > 0);
}

TEST_CASE("a chain of ten million statements") {
    weft::tape<double> t;
    var y = t.inputs(1.0);
    for (int i = 0; i < 10'000'000; ++i) y = y * 1.0000001;
    CHECK(t.gradient(y)[0] == doctest::Approx(std::exp(1.0)).epsilon(1e-6));
}

TEST_CASE("several tapes on one thread, guards, and dual numbers on a tape") {
    weft::tape<double> outer, inner;
    auto const recording = outer.record();
    var x = 3.0;
    outer.input(x);
    var y = x * x;
    double d = 0;
    {
        auto const nested = inner.record();
        var z = 2.0;
        inner.input(z);
        d = inner.gradient(z * z * z)[0];
    }
    y *= d;
    CHECK(d == 12);
    CHECK(outer.gradient(y)[0] == 6 * 12);

    // Tapes that end in another order than they began.
    weft::tape<double> first, last;
    auto p = first.inputs(2.0);
    auto q = last.inputs(3.0);
    var r = q * q;
    CHECK(first.gradient(p)[0] == 1);
    r *= q;
    CHECK(last.gradient(r)[0] == 27);
    CHECK(outer.is_recording());
    var const again = x * x;
    CHECK(again.is_active());

    using dual = weft::dual<double, 2>;
    weft::tape<dual> second;
    auto v = second.inputs(std::array{dual(2.0, 0), dual(3.0, 1)});
    weft::var<dual> const f = v[0] * v[0] * v[1] + exp(v[1]) * 2.0;
    auto const g = second.gradient(f);
    CHECK(g[0].value() == 12);
    CHECK(g[0].derivative(0) == 6);
    CHECK(g[0].derivative(1) == 4);
    CHECK(g[1].derivative(0) == 4);
    CHECK(g[1].derivative(1) == doctest::Approx(2 * std::exp(3.0)));

    weft::tape<float> narrow;
    auto w = narrow.inputs(std::array{2.0f, 3.0f});
    weft::var<float> const n = w[0] * w[1] * 0.5;
    CHECK(narrow.gradient(n) == std::vector<float>{1.5f, 1.0f});
}

TEST_CASE("eight directions at once are eight single ones") {
    weft::tape<double> t;
    auto x = t.inputs(std::array{0.5, 1.5, 2.5});
    std::vector<var> y(11);
    for (std::size_t k = 0; k < y.size(); ++k) {
        y[k] = x[k % 3] * static_cast<double>(k + 1) + sin(x[0] * x[1]);
        if (k % 2) y[k] *= sqrt(x[2]);
    }
    auto const j = t.jacobian(y);
    for (std::size_t k = 0; k < y.size(); ++k) {
        auto const g = t.gradient(y[k]);
        for (std::size_t i = 0; i < 3; ++i) CHECK(j[k * 3 + i] == g[i]);
    }
    // A direction without a seed stays zero at a pole, as it does alone.
    weft::tape<double> pole;
    auto z = pole.inputs(std::array{0.0, 1.0});
    var const r = sqrt(z[0]), s = z[1] * 2;
    auto const both = pole.jacobian(std::array{r, s});
    CHECK(both[0] == std::numeric_limits<double>::infinity());
    CHECK(both[2] == 0);
    CHECK(both[3] == 2);
}

TEST_CASE("parts: positions, sweeps between them, and what is taken back") {
    weft::tape<double> t;
    auto const recording = t.record();
    var x = 2.0;
    t.input(x);
    var a = x * x;
    auto const middle = t.position();
    var y = a * a;
    weft::adjoints<double> d(t);
    d.seed(y);
    d.sweep(t.position(), middle);
    CHECK(d(a) == 8);
    d.sweep(middle, weft::tape_position{});
    CHECK(d(x) == 32);

    auto const before = t.statistics();
    t.reset(middle);
    CHECK(t.statistics().statements == 1);
    var z = a * 3;
    for (int i = 0; i < 3; ++i) y = z * x;  // an old variable, with an index of its own again
    z += y;
    CHECK(t.gradient(z)[0] == 3 * 4 + 3 * 12);
    CHECK(before.statements == 2);
}

TEST_CASE("after an exception a recording is forgotten by clear, or ended by its guard") {
    weft::tape<double> t;
    auto const fails = [](var x) -> var {
        var const y = x * x;
        throw y.value();
    };
    CHECK_THROWS(fails(t.inputs(3.0)));
    CHECK(t.is_recording());
    t.clear();
    CHECK(!t.is_recording());
    auto const x = t.inputs(3.0);
    CHECK(t.gradient(x * x) == std::vector<double>{6});
    CHECK_THROWS([&] {
        auto const recording = t.record();
        fails(t.inputs(3.0));
    }());
    CHECK(!t.is_recording());
}

TEST_CASE("statements with known derivatives, also long ones") {
    weft::tape<double> t;
    std::vector<double> start(300, 1.5), partials(300);
    auto x = t.inputs(start);
    for (std::size_t i = 0; i < 300; ++i) partials[i] = static_cast<double>(i);
    var y;
    t.statement(y, 42, x, partials);
    CHECK(y.value() == 42);
    CHECK(t.gradient(y) == partials);
}

TEST_CASE("bad input gets a sentence") {
    weft::tape<double> t, other;
    CHECK(has(sentence([&] {
                  var x;
                  t.input(x);
              }),
              "does not record"));
    {
        auto const recording = t.record();
        CHECK(has(sentence([&] { auto const again = t.record(); }), "records already"));
    }
    auto x = t.inputs(2.0);
    var y = x * x;
    weft::adjoints<double> d(t);
    d.seed(y);
    CHECK(has(sentence([&] { d(x); }), "before sweep()"));
    d.sweep();
    CHECK(d(x) == 4);
    CHECK(has(sentence([&] { d.seed(y, 1.0, 3); }), "direction 3 of 1"));
    std::array<double, 2> two{};
    CHECK(has(sentence([&] { t.gradient(y, two); }), "1 inputs, the result room for 2"));
    auto const late = t.position();
    auto z = other.inputs(std::array{1.0, 2.0, 3.0});
    var w = z[0] * z[1];
    CHECK(has(sentence([&] { d.seed(w); }), "not of this recording"));
    CHECK(has(sentence([&] { other.reset(late); }), "not of this recording"));
    CHECK(has(sentence([&] { t.statement(y, 1.0, z, two); }), "3 arguments and 2 partial"));
}

TEST_CASE("checked variables find their mistakes") {
    weft::tape<double, true> t, other;
    auto x = t.inputs(2.0);
    checked y = x * x;
    {
        auto z = other.inputs(3.0);
        CHECK(has(sentence([&] { return checked(z * y).value(); }), "is used in recording"));
        checked fine = z * 2;
        CHECK(has(sentence([&] { fine += y; }), "another tape"));
        CHECK(has(sentence([&] { other.gradient(y); }), "another tape"));
        CHECK(other.gradient(fine)[0] == 2);
    }
    CHECK(t.gradient(y)[0] == 4);
    CHECK(has(sentence([&] { return checked(y * 2).value(); }), "no tape of its type records"));
    auto u = t.inputs(2.0);
    CHECK(has(sentence([&] { return checked(u * y).value(); }), "an earlier recording"));
    checked a = u * 3;
    auto const p = t.position();
    checked b = a * u;
    t.reset(p);
    CHECK(has(sentence([&] { return checked(b * 2).value(); }), "taken back"));
    b = a * 2;
    a = a * b;  // older than the position: still good
    CHECK(t.gradient(a)[0] == 9 * 2 * 2 * 2);
}

TEST_CASE("two threads, a tape each") {
    auto const work = [](double start, double& result) {
        weft::tape<double> t;
        for (int round = 0; round < 20; ++round) {
            auto x = t.inputs(start);
            var y = x;
            for (int i = 0; i < 1000; ++i) y = sin(y) * x + y;
            result = t.gradient(y)[0];
        }
    };
    double a = 0, b = 0, alone = 0;
    std::thread one([&] { work(0.001, a); }), two([&] { work(0.001, b); });
    one.join(), two.join();
    work(0.001, alone);
    CHECK(a == alone);
    CHECK(b == alone);
}
