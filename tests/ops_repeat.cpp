// SPDX-License-Identifier: BSL-1.0
// Repeats as compiled programs: values, derivatives of both modes and of second order, random
// numbers and states inside, layers of a model, and how little depends on the number of iterations.
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>
#include <weft/ops/repeat.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::state;
using weft::symbol;
using weft::tensor;
using weft::wrt;
using weft::random::key;
namespace nn = weft::nn;

constexpr auto recurrence = [](symbol h, symbol x, symbol w) {
    return weft::repeat([](symbol c, symbol a, symbol b) { return tanh(c * b + a); }, h, x, w);
};

/// The recurrence by hand.
values by_hand(tensor<double, 5> const& h, tensor<double, 7, 5> const& x,
               tensor<double, 7, 5> const& w) {
    values y(h.begin(), h.end());
    for (std::int64_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 5; ++j) {
            auto const k = static_cast<std::int64_t>(j);
            y[j] = std::tanh(y[j] * w(i, k) + x(i, k));
        }
    return y;
}

struct layer {
    nn::linear<6, 6, double> linear;
    tensor<double, 6> scale = tensor<double, 6>::full(0.5);
    constexpr auto operator()(auto const& x) const { return x + tanh(linear(x)) * scale; }
};

template <int N>
struct deep {
    nn::linear<4, 6, double> first;
    nn::repeat<layer, N> layers;
    constexpr auto operator()(auto const& x) const { return layers(first(x)); }
};

/// The same without repeat.
template <int N>
struct unrolled {
    nn::linear<4, 6, double> first;
    std::array<layer, N> layers;
    constexpr auto operator()(auto const& x) const {
        symbol h = first(x);
        for (auto const& l : layers) h = l(h);
        return h;
    }
};

template <int N>
unrolled<N> same_as(deep<N> const& m) {
    return {m.first, m.layers.layers()};
}

struct noisy {
    tensor<float, 6> scale = tensor<float, 6>::full(1);
    constexpr auto operator()(auto const& x) const {
        return x + weft::random::uniform(x, {6}) * scale;
    }
};
struct noisy_stack {
    nn::repeat<noisy, 4> layers;
    constexpr auto operator()(auto const& x) const { return layers(x); }
};

struct running {
    state<float, 6> last;
    tensor<float, 6> weight = tensor<float, 6>::full(0.5f);
    constexpr auto operator()(auto const& x) {
        symbol const y = tanh(x * weight + last);
        last = y;
        return y;
    }
};
struct running_stack {
    nn::repeat<running, 3> layers;
    constexpr auto operator()(auto const& x) { return layers(x); }
};

struct scale_by {
    tensor<float, dyn> factor;
    constexpr auto operator()(auto const& x) const { return tanh(x * factor); }
};
struct scales {
    nn::repeat<scale_by, 3> layers;
    constexpr auto operator()(auto const& x) const { return layers(x); }
};

constexpr auto call_it = [](auto& m, auto x) { return m(x); };
constexpr auto loss_of = [](auto& m, symbol x) { return sum(square(m(x))); };

}  // namespace

TEST_CASE("repeat: a recurrence over slices, in order") {
    auto const h = numbers<tensor<double, 5>>(1);
    auto const x = numbers<tensor<double, 7, 5>>(2), w = numbers<tensor<double, 7, 5>>(3);
    auto const y = check(recurrence, 1e-14, h, x, w);
    CHECK(near(values(y.begin(), y.end()), by_hand(h, x, w), 1e-14));
    // One, and no iteration.
    auto const one = numbers<tensor<double, 1, 5>>(2), other = numbers<tensor<double, 1, 5>>(3);
    check(recurrence, 1e-14, h, one, other);
}

TEST_CASE("repeat: as often as a run-time extent says") {
    auto const h = numbers<tensor<float, dyn>>(1, 9);
    for (int round = 0; round < 2; ++round)
        for (std::int64_t n : {0, 1, 2, 11}) {
            auto const x = numbers<tensor<float, dyn, dyn>>(2, n, 9);
            auto const w = numbers<tensor<float, dyn, dyn>>(3, n, 9);
            auto const y = check(recurrence, 1e-5, h, x, w);
            if (n == 0) CHECK(y == h);
            check([](symbol a, symbol b, symbol c) {
                return weft::grad([](symbol p, symbol q, symbol r) {
                    return sum(square(recurrence(p, q, r)));
                }, wrt<0, 1, 2>)(a, b, c);
            }, 1e-5, h, x, w);
        }
}

TEST_CASE("repeat: derivatives in both modes, by central differences") {
    auto h = numbers<tensor<double, 5>>(1);
    auto x = numbers<tensor<double, 7, 5>>(2), w = numbers<tensor<double, 7, 5>>(3);
    constexpr auto loss = [](symbol p, symbol q, symbol r) {
        return sum(square(recurrence(p, q, r)));
    };
    auto const [dh, dx, dw] = check([](symbol a, symbol b, symbol c) {
        return weft::grad([](symbol p, symbol q, symbol r) {
            return sum(square(recurrence(p, q, r)));
        }, wrt<0, 1, 2>)(a, b, c);
    }, 1e-13, h, x, w);
    auto const differs = [&](auto& of, auto const& found) {
        int wrong = 0;
        for (std::int64_t i = 0; i < of.size(); ++i) {
            double const before = of.data()[i];
            of.data()[i] = before + 1e-5;
            double const up = weft::call(loss, h, x, w).item();
            of.data()[i] = before - 1e-5;
            double const down = weft::call(loss, h, x, w).item();
            of.data()[i] = before;
            wrong += !near(found.data()[i], (up - down) / 2e-5, 1e-7);
        }
        return wrong;
    };
    CHECK(differs(h, dh) == 0);
    CHECK(differs(x, dx) == 0);
    CHECK(differs(w, dw) == 0);
    auto const v = numbers<tensor<double, 7, 5>>(4);
    auto const tangent = check([](symbol a, symbol b, symbol c, symbol d) {
        return weft::jvp([a, b](symbol r) {
            return sum(square(recurrence(a, b, r)));
        })(d, c).second;
    }, 1e-13, h, x, w, v);
    double expected = 0;
    for (int i = 0; i < 35; ++i) expected += v.data()[i] * dw.data()[i];
    CHECK(tangent.item() == doctest::Approx(expected).epsilon(1e-11));
}

TEST_CASE("repeat: second derivatives") {
    auto const h = numbers<tensor<double, 5>>(1);
    auto const x = numbers<tensor<double, 4, 5>>(2), v = numbers<tensor<double, 4, 5>>(3);
    auto const reverse = check([](symbol a, symbol b, symbol d) {
        return weft::grad([a, d](symbol p) {
            return sum(d * weft::grad([a](symbol q) {
                return sum(square(weft::repeat([](symbol c, symbol s) { return tanh(c * s); }, a, q)));
            })(p));
        })(b);
    }, 1e-12, h, x, v);
    auto const forward = check([](symbol a, symbol b, symbol d) {
        return weft::jvp([a](symbol p) {
            return weft::grad([a](symbol q) {
                return sum(square(weft::repeat([](symbol c, symbol s) { return tanh(c * s); }, a, q)));
            })(p);
        })(d, b).second;
    }, 1e-12, h, x, v);
    CHECK(near(values(reverse.begin(), reverse.end()), values(forward.begin(), forward.end()), 1e-11));
    double size = 0;
    for (double s : reverse) size += std::abs(s);
    CHECK(size > 1e-3);
}

TEST_CASE("repeat: matrix products inside, and one repeat after another") {
    auto const x = numbers<tensor<float, 9, 6>>(1);
    auto const w = numbers<tensor<float, 4, 6, 6>>(2);
    auto const b = numbers<tensor<float, 4, 6>>(3);
    check([](symbol a, symbol m, symbol c) {
        auto const body = [](symbol h, symbol s, symbol t) { return relu(matmul(h, s) * 0.5 + t); };
        return weft::value_and_grad([](symbol p, symbol q, symbol r) {
            auto const step = [](symbol h, symbol s, symbol t) {
                return tanh(matmul(h, s) * 0.5 + t);
            };
            symbol const first = weft::repeat(step, p, q, r);
            return sum(square(weft::repeat(step, first + p, q, r)));
        }, wrt<0, 1, 2>)(weft::repeat(body, a, m, c), m, c);
    }, 2e-5, x, w, b);
}

TEST_CASE("nn::repeat: the same numbers and gradients as the layers one by one") {
    auto m = nn::init<deep<5>>(key{1});
    auto u = same_as(m);
    auto const x = numbers<tensor<double, dyn, 4>>(1, 3);
    auto const y = check(call_it, 1e-12, m, x);
    auto const z = check(call_it, 1e-12, u, x);
    CHECK(near(values(y.begin(), y.end()), values(z.begin(), z.end()), 1e-13));
    auto const [loss, g] = check([](auto& n, auto a) {
        return weft::value_and_grad(loss_of)(n, a);
    }, 1e-11, m, x);
    auto const [other, h] = weft::value_and_grad(loss_of)(u, x);
    CHECK(loss.item() == doctest::Approx(other.item()).epsilon(1e-13));
    for (std::size_t i = 0; i < 5; ++i) {
        auto const& a = g.layers.layers()[i];
        auto const& b = h.layers[i];
        for (int e = 0; e < 36; ++e)
            CHECK(near(a.linear.weight.data()[e], b.linear.weight.data()[e], 1e-11));
        for (int e = 0; e < 6; ++e) CHECK(near(a.scale[e], b.scale[e], 1e-11));
    }
    // A training step in place.
    auto const step = [](auto& n, auto a) {
        auto [value, d] = weft::value_and_grad(loss_of)(n, a);
        weft::list<symbol> gradients;
        weft::for_each_leaf(d, [&](auto& leaf) { gradients.push(leaf.traced()); });
        int i = 0;
        weft::for_each_leaf(n, [&](auto& leaf) { leaf = leaf.traced() - 0.01 * gradients[i++]; });
        return value;
    };
    auto const first = check(step, 1e-11, m, x), same = check(step, 1e-11, u, x);
    CHECK(first.item() == doctest::Approx(same.item()).epsilon(1e-12));
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(near(m.layers.layers()[i].scale[2], u.layers[i].scale[2], 1e-11));
    CHECK(weft::call(loss_of, m, x).item() < first.item());
}

TEST_CASE("nn::repeat: graph and plan do not grow with the number of layers") {
    using few = weft::program<decltype([](auto& n, auto a) {
        return weft::value_and_grad(loss_of)(n, a);
    }), deep<2>, tensor<double, 3, 4>>;
    using many = weft::program<decltype([](auto& n, auto a) {
        return weft::value_and_grad(loss_of)(n, a);
    }), deep<50>, tensor<double, 3, 4>>;
    static_assert(few::simplified.nodes.size() == many::simplified.nodes.size());
    static_assert(few::plan.kernels.size() == many::plan.kernels.size());
    static_assert(few::plan.steps.size() == many::plan.steps.size());
    auto m = nn::init<deep<50>>(key{2});
    tensor<double, 3, 4> const x = numbers<tensor<double, 3, 4>>(1);
    check([](auto& n, auto a) { return weft::value_and_grad(loss_of)(n, a); }, 1e-9, m, x);
}

TEST_CASE("nn::repeat: random numbers differ from layer to layer, and repeat with the key") {
    noisy_stack m;
    tensor<float, 6> const x;
    key k{5}, other{6};
    auto const f = [](auto& n, symbol, auto a) { return n(a); };
    auto const y = check(f, 1e-6, m, k, x);
    CHECK(weft::call(f, m, k, x) == y);
    CHECK(weft::call(f, m, other, x) != y);
    // The sum of four draws that differ: the parts, with the other scales at zero.
    std::vector<tensor<float, 6>> parts;
    for (int i = 0; i < 4; ++i) {
        noisy_stack one;
        for (int j = 0; j < 4; ++j) one.layers[j].scale.fill(j == i ? 1.f : 0.f);
        parts.push_back(weft::call(f, one, k, x));
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < i; ++j) CHECK(parts[std::size_t(i)] != parts[std::size_t(j)]);
    for (std::int64_t e = 0; e < 6; ++e)
        CHECK(y[e] == doctest::Approx(parts[0][e] + parts[1][e] + parts[2][e] + parts[3][e]));
    // Backwards, layers are computed again with the same numbers.
    check([](auto& n, symbol, auto a) {
        return weft::grad([](auto& net, symbol b) { return sum(square(net(b))); })(n, a);
    }, 1e-5, m, k, x);
}

TEST_CASE("nn::repeat: each layer has states of its own, which change once a call") {
    running_stack m;
    for (int i = 0; i < 3; ++i) m.layers[i].weight = numbers<tensor<float, 6>>(1 + std::uint64_t(i));
    auto const x = numbers<tensor<float, 6>>(9);
    for (int i = 0; i < 3; ++i) check(call_it, 1e-5, m, x);
    auto const y = check(call_it, 1e-5, m, x);
    CHECK(m.layers[2].last[4] == y[4]);
    CHECK(m.layers[0].last != m.layers[1].last);
    check([](auto& n, auto a) {
        return weft::value_and_grad([](auto& net, symbol b) { return sum(square(net(b))); })(n, a);
    }, 1e-5, m, x);
}

TEST_CASE("nn::repeat: layers with run-time extents, which all share") {
    for (std::int64_t n : {1, 6, 40}) {
        scales m;
        for (int i = 0; i < 3; ++i)
            m.layers[i].factor = numbers<tensor<float, dyn>>(std::uint64_t(i), n);
        auto const x = numbers<tensor<float, dyn>>(9, n);
        check(call_it, 1e-5, m, x);
        auto const g = check([](auto& net, auto a) {
            return weft::grad([](auto& p, auto b) { return sum(square(p(b))); })(net, a);
        }, 1e-5, m, x);
        CHECK(g.layers[2].factor.size() == n);
    }
    scales m;
    for (int i = 0; i < 3; ++i) m.layers[i].factor = tensor<float, dyn>(4 + i / 2);
    CHECK_THROWS_WITH_AS(weft::call(m, tensor<float, dyn>(4)),
                         "weft::call: a tensor of repeated layers has another extent than in the "
                         "first layer",
                         weft::error);
}
