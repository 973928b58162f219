// SPDX-License-Identifier: BSL-1.0
// builder and print: equal nodes become one, shapes are shared, graphs as text and as DOT.
#include "check.hpp"
#include "tracing.hpp"

#include <limits>

namespace {

using namespace testing;

std::string number(double x) {
    weft::text out;
    weft::ir::write_number(out, x);
    return std::string(out.view());
}

/// A builder with an input `x` of 2 rows and 3 columns.
struct small {
    weft::ir::builder b;
    symbol x;
    constexpr small() {
        extent const shape[] = {{2}, {3}};
        x = b.input(dtype::f32, {shape, 2}, "x");
    }
};

}  // namespace

TEST_CASE("builder: equal nodes are one") {
    WEFT_CHECK_BOTH([] {
        small s;
        return (s.x + 1).id() == (s.x + 1).id() && exp(s.x).id() == exp(s.x).id();
    }());
    WEFT_CHECK_BOTH([] {
        small s;
        return (s.x + 1).id() != (s.x + 2).id() && (s.x + 1).id() != (1 + s.x).id() &&
               exp(s.x).id() != tanh(s.x).id();
    }());
    // Constants are compared by bits and type.
    WEFT_CHECK_BOTH([] {
        small s;
        int const shape = s.b.scalar_shape();
        auto id = [&](dtype t, double v) { return s.b.constant(t, shape, v).id(); };
        double const nan = std::numeric_limits<double>::quiet_NaN();
        return id(dtype::f32, 0) != id(dtype::f32, -0.0) &&
               id(dtype::f32, 1) != id(dtype::f64, 1) && id(dtype::f32, nan) == id(dtype::f32, nan);
    }());
}

TEST_CASE("builder: equal inputs are two") {
    WEFT_CHECK_BOTH([] {
        small s;
        extent const shape[] = {{2}, {3}};
        symbol const y = s.b.input(dtype::f32, {shape, 2}, "x");
        return y.id() != s.x.id() && y.node().shape == s.x.node().shape &&
               s.b.view().name(1) == "x";
    }());
}

TEST_CASE("builder: equality holds when the tables have grown") {
    WEFT_CHECK_BOTH([] {
        small s;
        int first[200] = {};
        for (int i = 0; i < 200; ++i) first[i] = (s.x * (i + 2)).id();
        int const nodes = s.b.result().nodes.size();
        for (int i = 0; i < 200; ++i)
            if ((s.x * (i + 2)).id() != first[i]) return false;
        return s.b.result().nodes.size() == nodes;
    }());
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        int first[100] = {};
        for (int i = 0; i < 100; ++i) {
            extent const shape[] = {{i}, {2 * i}};
            first[i] = b.shape({shape, 2});
        }
        for (int i = 0; i < 100; ++i) {
            extent const shape[] = {{i}, {2 * i}};
            if (b.shape({shape, 2}) != first[i]) return false;
        }
        return b.result().shapes.size() == 100 && b.scalar_shape() == 100;
    }());
}

TEST_CASE("builder: a copy keeps type, shape and attributes") {
    WEFT_CHECK_BOTH([] {
        small s;
        symbol const y = transpose(s.x), z = exp(s.x);
        int const id = z.id();
        symbol const copy = s.b.copy(y.id(), {&id, 1});
        return copy.id() == transpose(z).id();
    }());
}

TEST_CASE("builder: the first mistake stays, and poisons") {
    WEFT_CHECK_BOTH([] {
        small s;
        symbol const bad = s.b.fail("first");
        s.b.fail("second");
        return !bad.valid() && s.b.failed() && s.b.error().view() == "first" &&
               !(bad + s.x).valid();
    }());
}

TEST_CASE("symbols know their type and shape") {
    WEFT_CHECK_BOTH([] {
        small s;
        return s.x.type() == dtype::f32 && s.x.rank() == 2 && s.x.size(1) == extent{3} &&
               !symbol{}.valid() && s.x.traced().id() == s.x.id();
    }());
    static_assert(weft::Traced<symbol>);
    static_assert(!weft::Traced<int>);
}

TEST_CASE("write_number") {
    CHECK(number(0) == "0");
    CHECK(number(-0.0) == "-0");
    CHECK(number(1) == "1");
    CHECK(number(-3) == "-3");
    CHECK(number(10) == "10");
    CHECK(number(123456789) == "123456789");
    CHECK(number(0.5) == "0.5");
    CHECK(number(0.1) == "0.1");
    CHECK(number(-12.25) == "-12.25");
    CHECK(number(0.00015) == "0.00015");
    CHECK(number(1e-5) == "1e-05");
    CHECK(number(9.9999999999) == "10");
    CHECK(number(1.0 / 3) == "0.333333333");
    CHECK(number(2.5e9) == "2.5e+09");
    CHECK(number(1e300) == "1e+300");
    CHECK(number(std::numeric_limits<double>::denorm_min()) == "4.94065646e-324");
    CHECK(number(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(number(-std::numeric_limits<double>::infinity()) == "-inf");
    CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("print: one line a node, with what each kind keeps") {
    trace t({{dtype::f32, {n0, 3}}, {dtype::int32, {4}}, {dtype::f64, {}}});
    symbol const x = t.in[0], i = t.in[1];
    symbol const m = weft::max(x, weft::axis<1>, weft::keep);
    symbol const y = x - m;
    symbol const s = slice(y, 0, 1, -1, 2);
    symbol const p = pad(y, 1, 0, 2);
    symbol const c = concatenate(0, y, x);
    symbol const d = dot_general(x, y, {{1}, {1}, {0}, {0}});
    symbol const o = dot_general(t.in[2], t.in[2], {{}, {}, {}, {}});
    symbol const h = weft::one_hot(i, 3);
    symbol const r = transpose(take(x, i), {1, 0});
    symbol const n = mean(t.in[2] + x) + 0.25;
    t.output(s), t.output(p), t.output(c), t.output(d), t.output(o);
    t.b.result().updates.push(2);
    t.b.result().updates.push(n.id());
    CHECK((h.valid() && r.valid()));
    CHECK(t.print() ==
          "%0 = input f32(n0, 3) x0\n"
          "%1 = input i32(4) x1\n"
          "%2 = input f64() x2\n"
          "%3 = max f32(n0, 1) %0 [axis 1]\n"
          "%4 = broadcast_to f32(n0, 3) %3\n"
          "%5 = subtract f32(n0, 3) %0, %4\n"
          "%6 = slice f32(((n0 + 1)//2) - 1, 3) %5 [1::2, 0]\n"
          "%7 = pad f32(n0, 5) %5 [0, 0]\n"
          "%8 = concatenate f32(2*n0, 3) %5, %0 [axis 0]\n"
          "%9 = dot_general f32(n0) %0, %5 [over 1 x 1, along 0 x 0]\n"
          "%10 = dot_general f64() %2, %2 [outer]\n"
          "%11 = iota i32(4, 3) [axis 1]\n"
          "%12 = reshape i32(4, 1) %1\n"
          "%13 = broadcast_to i32(4, 3) %12\n"
          "%14 = equal bool(4, 3) %13, %11\n"
          "%15 = cast f32(4, 3) %14\n"
          "%16 = take f32(4, 3) %0, %1\n"
          "%17 = transpose f32(3, 4) %16 [1, 0]\n"
          "%18 = broadcast_to f64(n0, 3) %2\n"
          "%19 = cast f64(n0, 3) %0\n"
          "%20 = add f64(n0, 3) %18, %19\n"
          "%21 = sum f64(1, 1) %20 [axes 0, 1]\n"
          "%22 = reshape f64() %21\n"
          "%23 = extent f64() [3*n0]\n"
          "%24 = divide f64() %22, %23\n"
          "%25 = constant f64() 0.25\n"
          "%26 = add f64() %24, %25\n"
          "return %6, %7, %8, %9, %10\n"
          "update x2 = %26\n");
}

TEST_CASE("print_dot") {
    trace t({{dtype::f32, {2}}});
    symbol const y = exp(t.in[0]);
    t.output(y);
    t.b.result().updates.push(0);
    t.b.result().updates.push(y.id());
    CHECK(std::string(weft::ir::print_dot(t.b.view()).view()) ==
          "digraph {\n"
          "  node [shape=box, style=rounded];\n"
          "  n0 [label=\"x0\\ninput f32(2)\", style=filled];\n"
          "  n1 [label=\"exp f32(2)\"];\n"
          "  n0 -> n1;\n"
          "  out0 [label=\"output 0\", shape=plain];\n"
          "  n1 -> out0;\n"
          "  n1 -> n0 [style=dashed, label=\"update\"];\n"
          "}\n");
}

TEST_CASE("print works in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        small s;
        symbol const y = sum(s.x * 0.5, weft::axis<1>);
        s.b.result().outputs.push(y.id());
        return weft::ir::print(s.b.view()).view() ==
               "%0 = input f32(2, 3) x\n"
               "%1 = constant f32(2, 3) 0.5\n"
               "%2 = multiply f32(2, 3) %0, %1\n"
               "%3 = sum f32(2, 1) %2 [axis 1]\n"
               "%4 = reshape f32(2) %3\n"
               "return %4\n";
    }());
}
