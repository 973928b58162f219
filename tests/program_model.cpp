// SPDX-License-Identifier: BSL-1.0
// Models as arguments: nested ones, arrays of layers, tied weights, settings that are bound at each
// call, states and parameters that a call changes in place.
#include <array>

#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/nn/linear.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::setting;
using weft::state;
using weft::symbol;
using weft::tensor;
using weft::random::key;
namespace nn = weft::nn;

struct block {
    nn::linear<8, 8> layer;
    tensor<float, 8> scale = tensor<float, 8>::full(1);
    constexpr auto operator()(auto const& x) const { return tanh(layer(x)) * scale + x; }
};

struct stack {
    nn::linear<5, 8> first;
    std::array<block, 3> blocks;
    nn::linear<8, 2> last;
    constexpr auto operator()(auto const& x) const {
        symbol h = first(x);
        for (auto const& b : blocks) h = b(h);
        return last(h);
    }
};

// One table for both ends.
struct tied {
    tensor<float, 6, 4> table;
    tensor<float, 4> bias;
    constexpr auto operator()(auto const& x) const {
        return matmul(tanh(matmul(x, table) + bias), transpose(table));
    }
};

struct scaled {
    tensor<float, 4> weight;
    setting<float> gain = 2;
    setting<std::int32_t> offset = 1;
    static constexpr float fixed = 0.5f;
    constexpr auto operator()(auto const& x) const { return x * weight * gain + offset + fixed; }
};

struct counter {
    state<float, 4> total;
    state<std::int32_t> calls;
    tensor<float, 4> weight;
    constexpr auto operator()(auto const& x) {
        total = 0.5 * total + x;
        calls = calls + 1;
        return total * weight;
    }
};

struct pair_of_counters {
    counter first, second;
    constexpr auto operator()(auto const& x) { return second(first(x) + 1); }
};

struct column {
    tensor<float, dyn> w;
    constexpr auto operator()(auto const& x) const { return matmul(x, reshape(w, {-1, 1})); }
};

constexpr auto call_it = [](auto& m, auto x) { return m(x); };

}  // namespace

TEST_CASE("nested models and arrays of layers") {
    auto net = nn::init<stack>(key{1});
    auto const x = numbers<tensor<float, dyn, 5>>(1, 7);
    auto const y = check(call_it, 1e-5, net, x);
    CHECK(array_equal(weft::call(net, x), y));
    // Any part alone.
    auto const h = check(call_it, 1e-5, net.first, x);
    auto const b = check(call_it, 1e-5, net.blocks[1], h);
    CHECK(b.extent(1) == 8);
    // Const models are read only.
    stack const& frozen = net;
    CHECK(array_equal(weft::call(frozen, x), y));
}

TEST_CASE("the gradient of a model is a model") {
    auto net = nn::init<stack>(key{2});
    auto const x = numbers<tensor<float, dyn, 5>>(1, 7);
    auto const t = numbers<tensor<float, dyn, 2>>(2, 7);
    auto const [loss, gradient] = check([](auto& m, auto a, auto b) {
        return weft::value_and_grad([](auto& n, symbol p, symbol q) {
            return mean(square(n(p) - q));
        })(m, a, b);
    }, 2e-5, net, x, t);
    static_assert(std::is_same_v<decltype(gradient), stack const>);
    // Against a step along it: the loss falls by rate times the squared norm.
    double squared = 0;
    stack moved = net;
    std::vector<float> d;
    weft::for_each_leaf(gradient, [&](auto& leaf) { d.insert(d.end(), leaf.begin(), leaf.end()); });
    std::size_t i = 0;
    weft::for_each_leaf(moved, [&](auto& leaf) {
        for (auto& w : leaf) w -= 1e-3f * d[i], squared += double(d[i]) * d[i], ++i;
    });
    auto const after = weft::value_and_grad([](auto& m, symbol p, symbol q) {
        return mean(square(m(p) - q));
    })(moved, x, t).first;
    CHECK(loss.item() - after.item() == doctest::Approx(1e-3 * squared).epsilon(0.02));
}

TEST_CASE("tied weights: both uses add to one gradient") {
    tied m;
    m.table = numbers<tensor<float, 6, 4>>(1);
    m.bias = numbers<tensor<float, 4>>(2);
    auto const x = numbers<tensor<float, 3, 6>>(3);
    check(call_it, 1e-5, m, x);
    auto const g = check([](auto& net, auto a) {
        return weft::grad([](auto& n, symbol b) { return sum(square(n(b))); })(net, a);
    }, 1e-5, m, x);
    // By central differences in one element.
    auto const loss = [&](float by) {
        tied other = m;
        other.table(2, 1) += by;
        double s = 0;
        for (float v : weft::call(other, x)) s += double(v) * v;
        return s;
    };
    CHECK(g.table(2, 1) == doctest::Approx((loss(1e-2f) - loss(-1e-2f)) / 2e-2).epsilon(1e-3));
    // The same model twice among the arguments.
    check([](auto& a, auto& b, auto p) { return a(p) + b(p); }, 1e-5, m, m, x);
}

TEST_CASE("settings are bound at each call") {
    scaled m{numbers<tensor<float, 4>>(1)};
    auto const x = numbers<tensor<float, 4>>(2);
    auto const first = check(call_it, 1e-6, m, x);
    m.gain = 5, m.offset = -3;
    auto const second = check(call_it, 1e-6, m, x);
    CHECK(first[0] == doctest::Approx(x[0] * m.weight[0] * 2 + 1.5));
    CHECK(second[0] == doctest::Approx(x[0] * m.weight[0] * 5 - 2.5));
    auto const g = weft::grad([](auto& n, symbol b) { return sum(n(b)); })(m, x);
    CHECK(g.weight[3] == doctest::Approx(5 * x[3]));
}

TEST_CASE("states change in place, once a call, without a derivative") {
    pair_of_counters m;
    m.first.weight = numbers<tensor<float, 4>>(1);
    m.second.weight = numbers<tensor<float, 4>>(2);
    auto const x = numbers<tensor<float, 4>>(3);
    for (int i = 0; i < 3; ++i) check(call_it, 1e-6, m, x);
    CHECK(m.first.calls.item() == 3);
    CHECK(m.second.calls.item() == 3);
    CHECK(m.first.total[1] == doctest::Approx(x[1] * 1.75));
    // In a derivative too, and only once.
    auto const g = check([](auto& n, auto a) {
        return weft::grad([](auto& net, symbol b) { return sum(net(b)); })(n, a);
    }, 1e-5, m, x);
    CHECK(m.second.calls.item() == 4);
    CHECK(g.second.weight[2] == doctest::Approx(m.second.total[2]));
}

TEST_CASE("a function assigns parameters, reads old ones and exchanges them") {
    tied m;
    m.table = numbers<tensor<float, 6, 4>>(1);
    m.bias = numbers<tensor<float, 4>>(2);
    auto const x = numbers<tensor<float, 3, 6>>(3);
    // A plain training step.
    for (int i = 0; i < 2; ++i)
        check([](auto& net, auto a) {
            auto [loss, d] = weft::value_and_grad([](auto& n, symbol b) {
                return mean(square(n(b) - b));
            })(net, a);
            net.table = net.table - 0.1 * d.table;
            net.bias = net.bias - 0.1 * d.bias;
            return loss;
        }, 1e-5, m, x);
    counter a, b;
    a.weight = numbers<tensor<float, 4>>(4), b.weight = numbers<tensor<float, 4>>(5);
    check([](auto& p, auto& q) {
        symbol const w = p.weight.traced();
        p.weight = q.weight;
        q.weight = w;
        return sum(w * p.weight);
    }, 1e-6, a, b);
    check([](auto& p, auto& q) {
        symbol const w = p.weight.traced();
        p.weight = exp(q.weight) + slice(pad(w, 0, 1, 0), 0, 0, 4);
        q.weight = w * p.weight;
        p.total = p.total + sum(q.weight);
    }, 1e-5, a, b);
}

TEST_CASE("dynamic extents of several arguments and members at once") {
    auto const f = [](auto& p, auto x, auto y) { return matmul(x, transpose(y)) + p(x); };
    for (int round = 0; round < 2; ++round)
        for (std::int64_t n : {0, 1, 5, 16})
            for (std::int64_t k : {1, 3, 20}) {
                column m{numbers<tensor<float, dyn>>(1, k)};
                auto const x = numbers<tensor<float, dyn, dyn>>(2, n, k);
                auto const y = numbers<tensor<float, dyn, dyn>>(3, 2 * n + 1, k);
                check(f, 1e-5, m, x, y);
                auto const g = check([](auto& p, auto a) {
                    return weft::grad([](auto& q, auto b) { return sum(square(q(b))); })(p, a);
                }, 1e-5, m, x);
                CHECK(g.w.size() == k);
            }
}
