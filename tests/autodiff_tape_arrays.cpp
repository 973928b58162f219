// SPDX-License-Identifier: BSL-1.0
// Arrays of variables: values and gradients of expressions against differences and against the
// scalar tape, how they mix with variables, and what mistakes get.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/preaccumulate.hpp>
#include <weft/autodiff/tape_file.hpp>
#include <weft/autodiff/tape_text.hpp>
#include <weft/autodiff/var_tensor.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/tensor.hpp>

#include "allocations.hpp"
#include "raised.hpp"

namespace {

using weft::dyn;
using weft::tensor;
using weft::var_tensor;
using var = weft::var<double>;
using vector = tensor<double, dyn>;
using matrix = tensor<double, dyn, dyn>;

template <class X>
X filled(X x, double scale = 1, double shift = 0) {
    for (std::int64_t i = 0; i < x.size(); ++i)
        x.data()[i] = shift + scale * (std::sin(1.7 * static_cast<double>(i) + 0.4) + 1.2);
    return x;
}

/// The gradient of f, a function of one array that returns a variable, against differences.
template <class F, class X>
void agrees(F f, X x, double tolerance = 1e-6) {
    weft::tape<double> t;
    auto const value = [&] { return f(t.inputs(x)).value(); };
    auto const v = t.inputs(x);
    var const y = f(v);
    auto const g = t.gradient(y, v);
    REQUIRE(g.size() == x.size());
    std::vector<double> found(g.begin(), g.end());
    for (std::int64_t i = 0; i < x.size(); ++i) {
        CAPTURE(i);
        double const at = x.data()[i], h = 1e-5;
        x.data()[i] = at + h;
        double const above = value();
        x.data()[i] = at - h;
        double const below = value();
        x.data()[i] = at;
        double const d = (above - below) / (2 * h);
        CHECK(found[static_cast<std::size_t>(i)] == doctest::Approx(d).epsilon(tolerance));
    }
}

TEST_CASE("one entry for an expression of arrays, tensors, spans and numbers") {
    vector const x = filled(vector(37)), w = filled(vector(37), 2);
    std::vector<double> const c(37, 0.5);
    weft::tape<double> t;
    auto const [v, s] = t.inputs(x, 1.5);
    static_assert(std::is_same_v<decltype(v), var_tensor<double, dyn> const>);
    var const y = sum(log(v) * w + s * v - 0.5 * (v * std::span(c)));
    CHECK(t.statistics().calls == 1);
    double expected = 0, by_s = 0;
    for (int i = 0; i < 37; ++i) {
        expected += std::log(x[i]) * w[i] + 1.25 * x[i];
        by_s += x[i];
    }
    CHECK(y.value() == doctest::Approx(expected));
    auto const [g, gs] = t.gradient(y, v, s);
    for (int i = 0; i < 37; ++i) CHECK(g[i] == doctest::Approx(w[i] / x[i] + 1.25));
    CHECK(gs == doctest::Approx(by_s));
}

TEST_CASE("chains of entries, and what is kept") {
    agrees(
        [](auto const& x) {
            var_tensor y = exp(x) / (1 + exp(x));
            var_tensor z = tanh(y) * x;
            z += y;
            z = z * z;  // overlaps with itself
            return var(sum(sqrt(z + y)));
        },
        filled(vector(21)));
}

TEST_CASE("matrices: products, broadcasting, reductions over axes, softmax") {
    tensor<double, 4, 3> const w = filled(tensor<double, 4, 3>{}, 0.3);
    agrees(
        [&](auto const& x) {
            var_tensor hidden = matmul(x, w) - mean(x, weft::axis<1>, weft::keep);
            static_assert(decltype(hidden)::rank == 2);
            var_tensor p = softmax(hidden, weft::axis<1>);
            var const a = sum(p * logsumexp(hidden, weft::axis<1>, weft::keep));
            return var(a + sum(matmul(transpose(x), p)));
        },
        filled(tensor<double, dyn, 4>(5)));
}

TEST_CASE("conditions, static extents, concatenation") {
    agrees(
        [](auto const& x) {
            var_tensor<double, 6> const y =
                concatenate(weft::axis<0>, where(x > 1.3, x * x, -x), maximum(x, 1.5));
            var s = weft::product(y);
            s *= sum(y);
            return s;
        },
        tensor<double, 3>{0.7, 1.9, 1.45});
}

TEST_CASE("elements are variables, variables make arrays") {
    vector const x = filled(vector(5));
    // The same on the scalar tape.
    auto const recurrence = [](auto const& h, auto const& at) {
        var s = at(0) * at(1);
        for (int i = 1; i < 5; ++i) s = sin(s) * at(i) + h;
        return s;
    };
    weft::tape<double> t;
    auto const v = t.inputs(x);
    var_tensor const y = v * v;
    std::array<var, 3> const some{y(1), v(2), 3 * v(0)};
    var_tensor<double, 3> const gathered(some);
    var const r = recurrence(sum(gathered * gathered), [&](int i) { return var(y(i)); }) + sum(y);
    auto const g = t.gradient(r, v);
    std::vector<double> const found(g.begin(), g.end());

    auto const u = t.inputs(std::vector<double>(x.begin(), x.end()));
    std::vector<var> z;
    var total = 0;
    for (auto const& e : u) z.push_back(e * e), total += z.back();
    var const h = z[1] * z[1] + u[2] * u[2] + 9 * u[0] * u[0];
    var const q = recurrence(h, [&](int i) { return z[static_cast<std::size_t>(i)]; }) + total;
    CHECK(r.value() == doctest::Approx(q.value()).epsilon(1e-14));
    std::vector<double> const expected = t.gradient(q);
    for (std::size_t i = 0; i < 5; ++i) CHECK(found[i] == doctest::Approx(expected[i]));
}

TEST_CASE("parts of an array are parts of its adjoint") {
    agrees(
        [](auto const& x) {
            var_tensor const steps = x.rows(1, 4) - 0.9 * x.rows(0, 3);  // overlap
            var_tensor const column = x.col(1) * x(weft::every, 0);
            return var(sum(steps * steps) + sum(column) * sum(x.transposed().row(0)));
        },
        filled(matrix(4, 3)));
}

TEST_CASE("sizes zero and one") {
    for (int n : {0, 1}) {
        vector const x = filled(vector(n));
        weft::tape<double> t;
        auto const v = t.inputs(x);
        var_tensor const y = exp(v) * v;
        var const s = sum(y) + 1;
        auto const g = t.gradient(s, v);
        REQUIRE(g.size() == n);
        if (n == 1) CHECK(g[0] == doctest::Approx(std::exp(x[0]) * (1 + x[0])));
        if (n == 0) CHECK(s.value() == 1);
    }
}

TEST_CASE("an assignment leaves what was computed before as it was") {
    tensor<double, 3> const x{1, 2, 3};
    weft::tape<double> t;
    auto v = t.inputs(x);
    auto const input = v;
    auto const late = 2 * v;
    var_tensor<double, 3> y = v * v;
    auto const before = y;
    y *= v;
    v += 1;
    var_tensor<double, 3> const z = late;  // of the old v
    var const s = sum(y) + 10 * sum(before) + 100 * sum(v) + 1000 * sum(z);
    CHECK(before.value()(2) == 9);
    CHECK(y.value()(2) == 27);
    CHECK(z.value()(2) == 6);
    auto const g = t.gradient(s, input);
    for (int i = 0; i < 3; ++i) CHECK(g[i] == doctest::Approx(3 * x[i] * x[i] + 20 * x[i] + 2100));
}

TEST_CASE("floats, temporaries, and a strided view of passive numbers") {
    weft::tape<float> t;
    auto const x = t.inputs(tensor<float, 3>{1, 2, 3});  // taken over
    tensor<float, 3, 2> const m{{1, 4}, {2, 5}, {3, 6}};
    weft::var<float> y;
    {
        var_tensor const z = x * m.col(1) * tensor<float, 3>{1, 0, 2};  // kept by the tape
        y = sum(z * z);
    }
    auto const g = t.gradient(y, x);
    CHECK(g[0] == 32);
    CHECK(g[1] == 0);
    CHECK(g[2] == 864);
}

TEST_CASE("passive arrays") {
    tensor<double, 3> const x{1, 2, 3};
    weft::tape<double> t;
    auto const v = t.inputs(x);
    var_tensor<double, 3> h = weft::tensor<double, 3>{1, 1, 1};
    CHECK(!h.is_active());
    for (int i = 0; i < 3; ++i) h = h * v + 0.5;
    CHECK(h.is_active());
    auto const g = t.gradient(sum(h), v);
    for (int i = 0; i < 3; ++i) CHECK(g[i] == doctest::Approx(3 * x[i] * x[i] + x[i] + 0.5));
}

TEST_CASE("the second equal recording allocates nothing") {
    vector const x = filled(vector(1000)), w = filled(vector(1000));
    weft::tape<double> t;
    double first = 0;
    for (int round = 0; round < 3; ++round) {
        long const before = testing::allocations;
        auto const v = t.inputs(x);
        var_tensor<double, dyn> y = v;
        for (int i = 0; i < 20; ++i) y = y * w + 0.1;
        var const s = sum(y * v(3));
        auto const g = t.gradient(s, v);
        if (round == 0) first = g[5];
        if (round > 0) {
            CHECK(testing::allocations == before);
            CHECK(g[5] == first);
        }
    }
}

TEST_CASE("directions at once, parts, positions") {
    tensor<double, 4> const x{1, 2, 3, 4};
    weft::tape<double> t;
    auto const recording = t.record();
    auto const v = t.inputs(x);
    var_tensor<double, 4> const y = v * v;
    auto const p = t.position();
    var_tensor<double, 4> const z = y * v;
    var const s = sum(z);
    weft::adjoints<double, 3> d(t);
    d.seed(z, tensor<double, 4>{1, 0, 0, 0}, 0);
    d.seed(z, 2.0, 1);
    d.sweep();
    for (int i = 0; i < 4; ++i) {
        CHECK(d(v, 0)[i] == doctest::Approx(i == 0 ? 3 : 0));
        CHECK(d(v, 1)[i] == doctest::Approx(6 * x[i] * x[i]));
        CHECK(d(v, 2)[i] == 0);
    }
    // Half of the way, then the rest.
    weft::adjoints<double> one(t);
    one.seed(s);
    one.sweep(t.position(), p);
    CHECK(one(y)[2] == doctest::Approx(3));
    one.sweep(p, {});
    CHECK(one(v)[2] == doctest::Approx(27));

    t.reset(p);
    CHECK(t.statistics().arrays == 2);
    CHECK(sentence([&] { [[maybe_unused]] var const late = sum(z); }).find("taken back") !=
          std::string::npos);
    var const again = sum(y);
    one.clear();
    one.seed(again);
    one.sweep();
    CHECK(one(v)[2] == doctest::Approx(6));
}

TEST_CASE("adjoints of eight results, and blocks that are collapsed") {
    tensor<double, 3> const x{1, 2, 3};
    weft::tape<double> t;
    auto const [v, a] = t.inputs(x, 0.5);
    var const y = weft::preaccumulate([&] { return var(sum(v * a)) * a; });
    auto const [gv, ga] = t.gradient(y, v, a);
    CHECK(ga == doctest::Approx(6));
    CHECK(gv[1] == doctest::Approx(0.25));

    tensor<double, 4, 3> const m = filled(tensor<double, 4, 3>{});
    auto const u = t.inputs(std::array{1.0, 2.0, 3.0});
    var_tensor<double, 3> const vector_of_them(u);
    var_tensor const z = matmul(m, vector_of_them);
    std::vector<double> const j = t.jacobian(std::array<var, 3>{z(2), u[1], 2 * z(0)});
    for (int i = 0; i < 3; ++i) {
        CHECK(j[static_cast<std::size_t>(i)] == doctest::Approx(m(2, i)));
        CHECK(j[static_cast<std::size_t>(3 + i)] == (i == 1));
        CHECK(j[static_cast<std::size_t>(6 + i)] == doctest::Approx(2 * m(0, i)));
    }
}

TEST_CASE("a dump, statistics, and no file") {
    tensor<double, 3> const x{1, 2, 3};
    weft::tape<double> t;
    auto const [v, a] = t.inputs(x, 0.5);
    var_tensor<double, 3> const y = v * a;
    var const all = sum(y);
    var const s = all * y(0);
    CHECK(to_text(t) ==
          "inputs: v1\n"
          "0: a1 = multiply of a0, v1\n"
          "1: v2 = sum of a1\n"
          "2: elements of a1 are v3..\n"
          "3: v6 = 0.5 v2 + 3 v3\n");
    CHECK(t.statistics().arrays == 2);
    CHECK(t.statistics().calls == 3);
    t.stop();
    CHECK(sentence([&] { weft::save("none", t, std::array{s}); }).find("no file") !=
          std::string::npos);
}

TEST_CASE("mistakes get one sentence") {
    vector const x = filled(vector(3)), longer = filled(vector(4));
    weft::tape<double> t, other;
    auto const v = t.inputs(x);
    CHECK(sentence([&] { [[maybe_unused]] var_tensor<double, dyn> const y = v * longer; }) ==
          "weft::var_tensor: multiply of arrays whose extents do not fit together: (3) (4)");
    CHECK(sentence([&] {
              [[maybe_unused]] var_tensor<double, 4> const y = v * x;
          }).find("extent 0 is 4") != std::string::npos);
    var const s = sum(v);
    CHECK(sentence([&] { t.gradient(s); }).find("name what to differentiate by") !=
          std::string::npos);
    {
        auto const u = other.inputs(x);
        CHECK(sentence([&] {
                  [[maybe_unused]] var const y = sum(u * v);
              }).find("from another tape") != std::string::npos);
        other.stop();
    }
    weft::adjoints<double> d(t);
    CHECK(sentence([&] { d(v); }).find("before sweep") != std::string::npos);
    t.stop();
    CHECK(sentence([&] { [[maybe_unused]] var const y = sum(v); }).find("records") !=
          std::string::npos);
    auto const again = t.inputs(x);
    CHECK(sentence([&] {
              [[maybe_unused]] var const y = sum(again * v);
          }).find("earlier recording") != std::string::npos);
    std::vector<var> const few(2);
    CHECK(sentence([&] {
              [[maybe_unused]] var_tensor<double, 3> const y{std::span<var const>(few)};
          }).find("2 variables for 3") != std::string::npos);
}

}  // namespace
