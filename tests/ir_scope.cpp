// SPDX-License-Identifier: BSL-1.0
// Scopes: in printed graphs, in the graphs that passes make, in sentences of mistakes, in the
// numbering of random draws; named by hand and by the member path of a layer.
#include "check.hpp"
#include "tracing.hpp"

#include <array>

#include <weft/ir/scope.hpp>
#include <weft/nn/dropout.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>
#include <weft/program/trace.hpp>

namespace {

using namespace testing;
namespace nn = weft::nn;

/// The words that f draws, with a key of the words 7 and 8.
template <class F>
values drawn(F f) {
    trace t({{dtype::f64, {4}}});
    t.b.key = t.input(dtype::uint32, {2}, "key");
    t.output(f(t.in[0]));
    CHECK(t.error() == "");
    return weft::pass::reference(t.b.view(), {{1, 2, 3, 4}, {7, 8}}).outputs[0];
}
symbol draw(symbol x) { return weft::random::bits(x, {4}); }

/// The lines of a printed graph that end in a scope, their nodes left out.
std::string scoped_lines(weft::ir::graph_view const& g) {
    std::string const all(weft::ir::print(g).view());
    std::string out;
    for (std::size_t at = 0, end; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
        std::string const line = all.substr(at, end - at);
        std::size_t const mark = line.find("  # "), name = line.find("= ") + 2;
        if (mark != std::string::npos)
            out += line.substr(name, line.find(' ', name) - name) + line.substr(mark) + '\n';
    }
    return out;
}

struct block {
    nn::linear<4, 4> linear;
    nn::dropout drop;
    constexpr auto operator()(auto const& x) const {
        auto const scope = weft::scope(x, *this);
        return drop(relu(linear(x)));
    }
};
struct encoder {
    std::array<block, 2> blocks;
    nn::dropout drop;
    constexpr auto operator()(auto const& x) const { return drop(blocks[1](blocks[0](x))); }
};
struct net {
    encoder first;
    nn::repeat<block, 3> more;
    constexpr auto operator()(auto const& x) const { return more(first(x)); }
};

}  // namespace

TEST_CASE("scope: names nodes while it lives; scopes inside of it have its path in front") {
    trace t({{dtype::f64, {3}}});
    symbol const x = t.in[0];
    symbol y = x;
    {
        auto const outer = weft::scope(x, "encoder");
        y = exp(y);
        {
            auto const inner = weft::scope(x, "attention");
            y = tanh(y);
            auto const same = weft::scope(x, "encoder.attention.head");  // a path
            y = y * 2;
        }
        y = y + 1;
        auto const none = weft::scope(x, "");
        y = y + x;
        auto const other = weft::scope(x, "encoders");  // no path of this one
        y = -y;
    }
    t.output(y * 3);
    CHECK(t.print() == "%0 = input f64(3) x0\n"
                       "%1 = exp f64(3) %0  # encoder\n"
                       "%2 = tanh f64(3) %1  # encoder.attention\n"
                       "%3 = constant f64(3) 2  # encoder.attention.head\n"
                       "%4 = multiply f64(3) %2, %3  # encoder.attention.head\n"
                       "%5 = constant f64(3) 1  # encoder\n"
                       "%6 = add f64(3) %4, %5  # encoder\n"
                       "%7 = add f64(3) %6, %0  # encoder\n"
                       "%8 = negate f64(3) %7  # encoder.encoders\n"
                       "%9 = constant f64(3) 3\n"
                       "%10 = multiply f64(3) %8, %9\n"
                       "return %10\n");
    CHECK(weft::ir::print(weft::pass::simplify(t.b.view()).view()).view() == t.print());
}

TEST_CASE("scope: what a derivative makes of a node stands in the node's scope") {
    trace t({{dtype::f64, {3}}});
    symbol const x = t.in[0];
    symbol y, seed = t.b.constant(dtype::f64, x.node().shape, 1);
    {
        auto const scope = weft::scope(x, "layer");
        y = exp(x) * x;
    }
    symbol const d = weft::pass::vjp(t.b, {&y, 1}, {&seed, 1}, {&x, 1})[0];
    t.output(d);
    CHECK(t.b.scope == -1);
    CHECK(scoped_lines(t.b.view()) == "exp  # layer\nmultiply  # layer\nmultiply  # layer\n"
                                      "multiply  # layer\nmultiply  # layer\nadd  # layer\n");
}

TEST_CASE("scope: random draws in it are numbered apart from all others") {
    auto const in_scope = [](std::string_view name, int before) {
        return drawn([=](symbol x) {
            for (int i = 0; i < before; ++i) static_cast<void>(draw(x));
            auto const scope = weft::scope(x, name);
            return draw(x);
        });
    };
    values const first = in_scope("dropout", 0);
    CHECK(in_scope("dropout", 3) == first);
    CHECK(in_scope("dropout2", 0) != first);
    CHECK(in_scope("", 0) != first);
    CHECK(in_scope("", 1) != in_scope("", 0));
    // The same scope again goes on with the next number.
    auto const second = [](bool twice) {
        return drawn([=](symbol x) {
            {
                auto const scope = weft::scope(x, "dropout");
                static_cast<void>(draw(x));
                if (!twice) return draw(x);
            }
            static_cast<void>(draw(x));
            auto const scope = weft::scope(x, "dropout");
            return draw(x);
        });
    };
    CHECK(second(true) == second(false));
    CHECK(second(true) != first);
    // Two equal names in two scopes are two.
    auto const inner = [](std::string_view name) {
        return drawn([=](symbol x) {
            auto const outer = weft::scope(x, name), scope = weft::scope(x, "dropout");
            return draw(x);
        });
    };
    CHECK(inner("a") != inner("b"));
    CHECK(inner("a") != first);
}

TEST_CASE("scope: sentences of mistakes name it") {
    trace t({{dtype::f32, {3, 4}}, {dtype::f32, {5}}});
    {
        auto const scope = weft::scope(t.in[0], "encoder");
        static_cast<void>(matmul(t.in[0], t.in[1]));
    }
    CHECK(t.error() == "in encoder: matmul(x0, x1): (3, 4) x (5), the inner extents differ");
    // In the body of a repeat too, once.
    trace u({{dtype::f32, {4}}, {dtype::f32, {2, 5}}});
    {
        auto const scope = weft::scope(u.in[0], "encoder");
        static_cast<void>(weft::repeat([](symbol h, symbol s) {
            auto const inner = weft::scope(h, "step");
            return h + s;
        }, u.in[0], u.in[1]));
    }
    CHECK(u.error() == "in encoder.step: add(x0, x1): (4) and (5) do not broadcast");
}

TEST_CASE("scope: a layer is a scope by its member path") {
    constexpr auto training = [](auto& m, auto x, auto) {
        x.builder()->training = true;
        return m(x);
    };
    static constexpr auto g = weft::trace<std::remove_const_t<decltype(training)>, net,
                                          weft::tensor<float, 2, 4>, weft::random::key>();
    REQUIRE(std::string(g.mistake.view()) == "");
    std::string const lines = scoped_lines(g.view());
    for (char const* line :
         {"dot_general  # first.blocks[0]\n", "random_bits  # first.blocks[0].drop\n",
          "random_bits  # first.blocks[1].drop\n", "random_bits  # first.drop\n",
          "dot_general  # more[*]\n", "random_bits  # more[*].drop\n"}) {
        CAPTURE(line);
        CHECK(lines.find(line) != std::string::npos);
    }
    // Without a path of members there is no scope.
    static constexpr auto one = weft::trace<std::remove_const_t<decltype(training)>, nn::dropout,
                                            weft::tensor<float, 2, 4>, weft::random::key>();
    REQUIRE(std::string(one.mistake.view()) == "");
    CHECK(scoped_lines(one.view()) == "");
}
