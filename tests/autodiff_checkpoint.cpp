// SPDX-License-Identifier: BSL-1.0
// checkpoint against the plain call: values, derivatives of both modes and orders, batches, random
// numbers, states, and the memory that it saves.
#include "compiled.hpp"

#include <weft/autodiff/checkpoint.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>

namespace {

using namespace testing;
using weft::state;
using weft::symbol;
using weft::tensor;
using weft::wrt;
using weft::random::key;
namespace nn = weft::nn;

/// A part of a deep function, each of whose values its derivative needs.
constexpr auto part = [](symbol x, symbol w) {
    for (int i = 0; i < 3; ++i) x = tanh(matmul(x, w)) * exp(x * 0.1);
    return x;
};
constexpr auto plain = [](symbol x, symbol w) {
    for (int i = 0; i < 3; ++i) x = part(x, w);
    return sum(square(x));
};
constexpr auto saving = [](symbol x, symbol w) {
    for (int i = 0; i < 3; ++i)
        x = i % 2 ? weft::checkpoint([&](symbol h) { return part(h, w); }, x)
                  : weft::checkpoint(part, x, w);
    return sum(square(x));
};

using input = tensor<double, 8, 6>;
using weight = tensor<double, 6, 6>;

template <class F>
struct gradient {
    constexpr auto operator()(symbol x, symbol w) const {
        return weft::value_and_grad(F{}, wrt<0, 1>)(x, w);
    }
};
template <class F>
struct tangent {
    constexpr auto operator()(symbol x, symbol w, symbol v) const {
        return weft::jvp([x](symbol p) { return F{}(x, p); })(v, w).second;
    }
};
template <class F>
struct second {
    constexpr auto operator()(symbol x, symbol w, symbol v) const {
        return weft::grad([x, v](symbol p) {
            return sum(v * weft::grad([x](symbol q) { return F{}(x, q); })(p));
        })(w);
    }
};
template <class F>
struct batch {
    constexpr auto operator()(symbol x, symbol w) const {
        return weft::vmap(gradient<F>{}, weft::in_axes<0, weft::unmapped>)(x, w);
    }
};
using plain_t = std::remove_const_t<decltype(plain)>;
using saving_t = std::remove_const_t<decltype(saving)>;

/// Calls f, whose results are those of g by the reference.
template <class F, class G, class... A>
auto same(double tolerance, F, G, A&&... arguments) {
    using P = weft::program<G, std::remove_reference_t<A>...>;
    bound_arguments given;
    (given.add(arguments), ...);
    auto const expected = expected_results(kept_graph<P>::view(), given.inputs, given.symbols);
    auto result = check(F{}, tolerance, arguments...);
    std::vector<values> found;
    flatten_result(result, found);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(near(found[i], expected[i], tolerance));
    return result;
}

struct layer {
    nn::linear<6, 6, double> linear;
    constexpr auto operator()(auto const& x) const { return x + tanh(linear(x)); }
};
struct deep {
    nn::repeat<layer, 3> layers;
    layer last;
    constexpr auto operator()(auto const& x) const { return last(layers(x)); }
};

/// Draws, and keeps what it was given.
struct noisy {
    state<double, 6> given;
    tensor<double, 6> scale = tensor<double, 6>::full(0.5);
    constexpr auto operator()(auto const& x) {
        given = x;
        return x * scale + weft::random::uniform(x, {6});
    }
};

}  // namespace

TEST_CASE("checkpoint: values and derivatives are those of the plain call") {
    auto const x = numbers<input>(1);
    auto const w = numbers<weight>(2), v = numbers<weight>(3);
    same(1e-11, gradient<saving_t>{}, gradient<plain_t>{}, x, w);
    same(1e-10, tangent<saving_t>{}, tangent<plain_t>{}, x, w, v);
    same(1e-8, second<saving_t>{}, second<plain_t>{}, x, w, v);
    same(1e-11, batch<saving_t>{}, batch<plain_t>{}, numbers<tensor<double, 3, 8, 6>>(4), w);
}

TEST_CASE("checkpoint: intermediate values are not kept, and no loop runs") {
    using kept = weft::program<gradient<plain_t>, input, weight>;
    using saved = weft::program<gradient<saving_t>, input, weight>;
    static_assert(saved::workspace_bytes < kept::workspace_bytes / 2);
    static_assert(saved::plan.loops.size() == 0);
    // Without a derivative nothing is computed twice; with one, the forward pass.
    using once = weft::program<saving_t, input, weight>;
    using called = weft::program<plain_t, input, weight>;
    static_assert(once::flops == called::flops);
    static_assert(saved::flops > kept::flops && saved::flops <= kept::flops + called::flops);
}

TEST_CASE("checkpoint: tuples, numbers, models, and results that do not depend on anything") {
    auto const x = numbers<tensor<double, 2, 6>>(1);
    auto m = nn::init<layer>(key{4});
    auto const f = [](layer& n, symbol a) {
        auto const [y, twice, same_model, given] = weft::checkpoint(
            [](auto const& net, symbol p, double factor) {
                symbol const q = net(p);
                return std::tuple{q, q * factor, net, p};
            },
            n, a, 2.0);
        return sum(y * twice + same_model(given));
    };
    auto const g = [](layer& n, symbol a) {
        symbol const y = n(a);
        return sum(y * (y * 2.0) + n(a));
    };
    same(1e-12, f, g, m, x);
    auto const df = [](layer& n, symbol a) {
        return weft::grad([](layer& net, symbol b) {
            return sum(square(weft::checkpoint(net, b)) +
                       weft::checkpoint([](symbol p) { return stop_gradient(p); }, b));
        })(n, a);
    };
    auto const dg = [](layer& n, symbol a) {
        return weft::grad([](layer& net, symbol b) { return sum(square(net(b))); })(n, a);
    };
    same(1e-12, df, dg, m, x);
}

TEST_CASE("checkpoint: around a repeat, and in the body of one") {
    auto m = nn::init<deep>(key{1});
    auto const x = numbers<tensor<double, 4, 6>>(2);
    auto const outer = [](deep& n, symbol a) {
        return weft::value_and_grad([](deep& net, symbol b) {
            return sum(square(weft::checkpoint(net, b)));
        })(n, a);
    };
    auto const repeated = [](deep& n, symbol a) {
        return weft::value_and_grad([](deep& net, symbol b) { return sum(square(net(b))); })(n, a);
    };
    same(1e-11, outer, repeated, m, x);
    auto const w = numbers<tensor<double, 5, 6, 6>>(3);
    auto const inner = [](symbol a, symbol b) {
        return weft::grad([](symbol p, symbol q) {
            symbol const shift = mean(p);
            return sum(square(weft::repeat([&](symbol h, symbol s) {
                auto const step = [&](symbol t) { return tanh(matmul(t, s)) - shift; };
                return weft::checkpoint(step, h) * p;
            }, p, q)));
        }, wrt<0, 1>)(a, b);
    };
    auto const without = [](symbol a, symbol b) {
        return weft::grad([](symbol p, symbol q) {
            symbol const shift = mean(p);
            return sum(square(weft::repeat([&](symbol h, symbol s) {
                return (tanh(matmul(h, s)) - shift) * p;
            }, p, q)));
        }, wrt<0, 1>)(a, b);
    };
    same(1e-11, inner, without, x, w);
}

TEST_CASE("checkpoint: random numbers are drawn once, states are assigned once") {
    noisy m;
    key k{9};
    auto const x = numbers<tensor<double, 6>>(1);
    auto const f = [](noisy& n, symbol, symbol a) {
        return weft::value_and_grad([](noisy& net, symbol b) {
            return sum(square(weft::checkpoint(net, b)) * weft::checkpoint(net, b));
        }, wrt<0, 1>)(n, a);
    };
    auto const g = [](noisy& n, symbol, symbol a) {
        return weft::value_and_grad([](noisy& net, symbol b) {
            return sum(square(net(b)) * net(b));
        }, wrt<0, 1>)(n, a);
    };
    same(1e-6, f, g, m, k, x);
    CHECK(m.given[3] == x[3]);
}
