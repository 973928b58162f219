// SPDX-License-Identifier: BSL-1.0
// What belongs to a tape beside statements: external functions, preaccumulation, long loops, dumps,
// files.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/external.hpp>
#include <weft/autodiff/preaccumulate.hpp>
#include <weft/autodiff/tape_file.hpp>
#include <weft/autodiff/tape_loop.hpp>
#include <weft/autodiff/tape_text.hpp>

#include "raised.hpp"

namespace {

using var = weft::var<double>;

std::vector<char> bytes_of(char const* path) {
    std::vector<char> b;
    if (std::FILE* f = std::fopen(path, "rb")) {
        for (int c; (c = std::fgetc(f)) != EOF;) b.push_back(static_cast<char>(c));
        std::fclose(f);
    }
    return b;
}
void write_bytes(char const* path, std::vector<char> const& b) {
    std::FILE* f = std::fopen(path, "wb");
    REQUIRE(f);
    if (!b.empty()) std::fwrite(b.data(), 1, b.size(), f);
    std::fclose(f);
}

}  // namespace

TEST_CASE("an external function in two lines") {
    weft::external const norm{
        [](auto x, auto y) { y[0] = std::hypot(x[0], x[1]), y[1] = x[0] * x[1]; },
        [](auto x, auto y, auto y_bar, auto x_bar) {
            x_bar[0] = x[0] / y[0] * y_bar[0] + x[1] * y_bar[1];
            x_bar[1] = x[1] / y[0] * y_bar[0] + x[0] * y_bar[1];
        }};
    weft::tape<double> t;
    for (int round = 0; round < 3; ++round) {
        auto x = t.inputs(std::array{3.0, 4.0});
        std::array<var, 2> in{x[0] * 2, x[1] * 2}, out;
        norm(in, out);
        CHECK(out[0].value() == 10);
        var y = out[0] * out[0] + out[1];
        norm(in, out);  // again, into the same variables
        y += out[1];
        CHECK(t.statistics().calls == 2);
        auto const g = t.gradient(y);
        CHECK(g[0] == doctest::Approx(8 * 3 + 2 * 4 * 4));
        CHECK(g[1] == doctest::Approx(8 * 4 + 2 * 4 * 3));
    }
    // In several directions, with numbers, and where nothing is recorded.
    auto x = t.inputs(std::array{3.0, 4.0});
    std::array<var, 2> out;
    norm(x, out);
    auto const j = t.jacobian(out);
    CHECK(j == std::vector<double>{0.6, 0.8, 4, 3});
    std::array<double, 2> const a{3, 4};
    std::array<double, 2> b{};
    norm(a, b);
    CHECK(b[0] == 5);
    norm(x, out);
    CHECK(out[0].value() == 5);
    CHECK(!out[0].is_active());
}

TEST_CASE("preaccumulation collapses a block to its local derivatives") {
    auto const block = [](var const& a, var const& b) {
        var s = a;
        for (int i = 0; i < 50; ++i) s = sin(s * b) + a;
        return s;
    };
    weft::tape<double> t, plain;
    auto x = t.inputs(std::array{0.3, 0.7});
    var const scaled = x[0] * 2;
    var y = weft::preaccumulate([&] { return block(scaled, x[1]); });
    y *= x[0];
    auto const s = t.statistics();
    CHECK(s.statements == 3);
    CHECK(s.arguments == 5);
    auto z = plain.inputs(std::array{0.3, 0.7});
    var const two = z[0] * 2;
    var w = block(two, z[1]);
    w *= z[0];
    CHECK(y.value() == w.value());
    auto const g = t.gradient(y), h = plain.gradient(w);
    for (std::size_t i = 0; i < 2; ++i) CHECK(g[i] == doctest::Approx(h[i]).epsilon(1e-13));
}

TEST_CASE("preaccumulation of several results, and where it must not") {
    weft::tape<double> t;
    auto x = t.inputs(std::array{0.3, 0.7});
    auto const r = weft::preaccumulate([&] {
        std::array<var, 3> v;
        var a = x[0], b = x[1];
        for (int i = 0; i < 20; ++i) a = a * b, b = b + a * 0.1;
        v[0] = a, v[1] = b + a, v[2] = x[0];
        return v;
    });
    CHECK(t.statistics().statements == 2);
    auto const j = t.jacobian(r);
    weft::tape<weft::dual<double, 2>> unused;
    using dual = weft::dual<double, 2>;
    dual a(0.3, 0), b(0.7, 1);
    for (int i = 0; i < 20; ++i) a = a * b, b = b + a * 0.1;
    b = b + a;
    for (int i = 0; i < 2; ++i) {
        auto const k = static_cast<std::size_t>(i);
        CHECK(j[k] == doctest::Approx(a.derivative(i)).epsilon(1e-13));
        CHECK(j[2 + k] == doctest::Approx(b.derivative(i)).epsilon(1e-13));
    }
    CHECK(j[4] == 1);
    CHECK(j[5] == 0);
    // A block that changes a variable from outside stays as it is.
    auto u = t.inputs(2.0);
    var sum = u * 1;
    var y = weft::preaccumulate([&] {
        for (int i = 0; i < 9; ++i) sum += u * u;
        return sum * 2;
    });
    CHECK(sum.value() == 38);
    CHECK(t.gradient(y)[0] == 2 * (1 + 9 * 4));
    // Where nothing records it is the block.
    CHECK(weft::preaccumulate([] { return var(3); }).value() == 3);
}

TEST_CASE("a long loop in little memory") {
    auto const step = [](auto x, auto p, std::size_t k) {
        auto const v = x[0];
        x[0] += 0.01 * x[1];
        x[1] -= 0.01 * (p[0] * sin(v) + p[1] * x[1]);
        if (k % 7 == 0) x[1] *= 1.001;
    };
    std::array<double, 4> const start{1.0, 0.5, 1.3, 0.2};
    for (std::size_t const steps : {0u, 1u, 2u, 17u, 1000u}) {
        weft::tape<double> whole;
        auto a = whole.inputs(start);
        std::array<var, 2> s{a[0], a[1]}, p{a[2], a[3]};
        for (std::size_t k = 0; k < steps; ++k) step(std::span<var>(s), std::span<var const>(p), k);
        var const y = s[0] * s[1];
        auto const expected = whole.gradient(y);
        for (std::size_t const states : {1u, 3u, 10u, 2000u}) {
            weft::tape<double> t;
            auto b = t.inputs(start);
            std::array<var, 2> r{b[0], b[1]}, q{b[2], b[3]};
            weft::checkpointed_loop(r, q, steps, {.states = states}, step);
            var const z = r[0] * r[1];
            CHECK(z.value() == doctest::Approx(y.value()).epsilon(1e-14));
            auto const g = t.gradient(z);
            for (std::size_t i = 0; i < 4; ++i)
                CHECK(g[i] == doctest::Approx(expected[i]).epsilon(1e-12));
            CHECK(t.statistics().statements <= 1);
        }
    }
}

TEST_CASE("binomial checkpointing repeats no more steps than it must") {
    for (std::size_t states : {1u, 2u, 4u, 7u})
        for (std::size_t n : {1u, 5u, 30u, 210u}) {
            std::size_t advanced = 0, next = n;
            weft::detail::reverse_steps(
                n, states, std::vector<double>{0},
                [&](std::vector<double>& x, std::size_t k) {
                    REQUIRE(x[0] == static_cast<double>(k));
                    x[0] += 1, ++advanced;
                },
                [&](std::vector<double> const& x, std::size_t k) {
                    REQUIRE(x[0] == static_cast<double>(k));
                    REQUIRE(k == --next);
                });
            CHECK(next == 0);
            // Griewank: r n - (s + r)! / ((s + 1)! (r - 1)!) advances, with r repetitions
            // and s states, the first among them.
            std::uint64_t const s = states + 1;
            std::uint64_t r = 0;
            while (weft::detail::reach(s, r, n) < n) ++r;
            std::uint64_t const least =
                r == 0 ? 0 : r * n - weft::detail::reach(s + 1, r - 1, std::uint64_t{1} << 40);
            CHECK(advanced == least);
        }
}

TEST_CASE("a dump can be read") {
    weft::tape<double> t;
    auto x = t.inputs(std::array{2.0, 3.0});
    var y = x[0] * x[1];
    y += 0.5 * x[0];
    CHECK(weft::to_text(t) == "inputs: v1..v2\n0: v3 = 3 v1 + 2 v2\n1: v3 += 0.5 v1\n");
    CHECK(weft::to_text(t, 1) == "inputs: v1..v2\n0: v3 = 3 v1 + 2 v2\n... 1 more\n");
    weft::tape<weft::dual<double, 1>> d;
    auto z = d.inputs(weft::dual<double, 1>(2.0, 0));
    weft::var<weft::dual<double, 1>> const w = z * z;
    CHECK(w.value().value() == 4);
    CHECK(has(weft::to_text(d), "0: v2 = (2; 1) v1 + (2; 1) v1"));
}

TEST_CASE("tapes in files") {
    char const* const path = "weft_tape_test.bin";
    std::vector<double> expected;
    {
        weft::tape<double> t;
        auto x = t.inputs(std::array{2.0, 3.0});
        var s = x[0] * x[1];
        auto const e = s * s;
        s += x[0];
        std::array<var, 2> const y{e + s, sin(s)};
        weft::save(path, t, y);
        expected = t.jacobian(y);
    }
    weft::tape<double> t;
    auto const y = weft::load(path, t);
    REQUIRE(y.size() == 2);
    CHECK(t.jacobian(y) == expected);
    CHECK(has(sentence([&] {
                  weft::tape<float> narrow;
                  weft::load(path, narrow);
              }),
              "another type"));
    CHECK(has(sentence([&] { weft::load("no/such/file", t); }), "cannot be opened"));

    auto const good = bytes_of(path);
    // Every single byte that is wrong, and every length, is found.
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        write_bytes(path, bad);
        CHECK(sentence([&] { weft::load(path, t); }) != "");
    }
    for (std::size_t n = 0; n < good.size(); n += 7) {
        write_bytes(path, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)});
        CHECK(sentence([&] { weft::load(path, t); }) != "");
    }
    std::remove(path);

    weft::tape<double> calls;
    auto x = calls.inputs(std::array{2.0});
    std::array<var, 1> out;
    weft::external{[](auto a, auto b) { b[0] = a[0]; },
                   [](auto, auto, auto c, auto d) { d[0] = c[0]; }}(x, out);
    CHECK(has(sentence([&] { weft::save(path, calls, out); }), "external function"));
}

TEST_CASE("blocks of checked variables, and of dual numbers") {
    auto const both = [](auto& t, auto const& start) {
        using V = typename std::remove_cvref_t<decltype(t)>::variable;
        auto x = t.inputs(start);
        V const s = weft::preaccumulate([&] {
            V a = x[0];
            for (int i = 0; i < 8; ++i) a = a * x[1];
            return a;
        });
        std::array<V, 1> y{s}, q{x[1]};
        weft::external{[](auto in, auto out) { out[0] = in[0] * in[0]; },
                       [](auto in, auto, auto out_bar, auto in_bar) {
                           in_bar[0] = 2.0 * in[0] * out_bar[0];
                       }}(std::array{s}, y);
        weft::checkpointed_loop(y, q, 10, {.bytes = 64}, [](auto state, auto p, std::size_t) {
            state[0] = state[0] * p[0];
        });
        return t.gradient(y[0]);  // x0^2 x1^26
    };
    weft::tape<double, true> t;
    auto const g = both(t, std::array{0.5, 1.1});
    CHECK(g[0] == doctest::Approx(2 * 0.5 * std::pow(1.1, 26)));
    CHECK(g[1] == doctest::Approx(26 * 0.25 * std::pow(1.1, 25)));
    using dual = weft::dual<double, 1>;
    weft::tape<dual> d;
    auto const h = both(d, std::array{dual(0.5), dual(1.1, 0)});
    CHECK(h[1].value() == doctest::Approx(g[1]));
    CHECK(h[1].derivative() == doctest::Approx(26 * 25 * 0.25 * std::pow(1.1, 24)));
}
