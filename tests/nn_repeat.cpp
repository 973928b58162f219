// SPDX-License-Identifier: BSL-1.0
// Repeated layers as compiled programs: against the layers one by one, with random numbers, states
// and run-time extents inside, repeats of repeats, and how little depends on their number.
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>

namespace {

using namespace testing;
using weft::dyn;
using weft::state;
using weft::symbol;
using weft::tensor;
using weft::random::key;
namespace nn = weft::nn;

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

/// Layers of groups of layers.
struct group {
    nn::repeat<layer, 3> layers;
    tensor<double, 6> shift;
    constexpr auto operator()(auto const& x) const { return layers(x) - tanh(shift); }
};
struct groups {
    nn::repeat<group, 2> all;
    nn::repeat<nn::repeat<layer, 1>, 2> more;
    constexpr auto operator()(auto const& x) const { return more(all(x)); }
};
struct groups_unrolled {
    layer a, b, c;
    tensor<double, 6> first;
    layer d, e, f;
    tensor<double, 6> second;
    layer g, h;
    constexpr auto operator()(auto const& x) const {
        return h(g(f(e(d(c(b(a(x))) - tanh(first)))) - tanh(second)));
    }
};
groups_unrolled same_as(groups const& m) {
    auto const &p = m.all[0], &q = m.all[1];
    return {p.layers[0], p.layers[1], p.layers[2], p.shift,      q.layers[0],
            q.layers[1], q.layers[2], q.shift,     m.more[0][0], m.more[1][0]};
}

/// Groups of layers that draw, and count how often they were called.
struct counting {
    state<float, 6> calls;
    tensor<float, 6> scale = tensor<float, 6>::full(1);
    constexpr auto operator()(auto const& x) {
        calls = calls + 1;
        return x + weft::random::uniform(x, {6}) * scale;
    }
};
struct counting_groups {
    nn::repeat<nn::repeat<counting, 3>, 2> layers;
    constexpr auto operator()(auto const& x) { return layers(x); }
};

/// A layer that takes more than what the one before gave.
struct gated {
    tensor<double, 6> scale = tensor<double, 6>::full(0.5);
    constexpr auto operator()(auto const& x, auto const& gate, auto const& shared) const {
        return tanh(x * scale) * gate + shared(x);
    }
};
struct gated_stack {
    nn::repeat<gated, 3> layers;
    nn::linear<6, 6, double> shared;
    constexpr auto operator()(auto const& x, auto const& gate) const {
        return layers(x, gate, shared);
    }
};

constexpr auto gated_loss = [](gated_stack& n, symbol a, symbol b) { return sum(square(n(a, b))); };
constexpr auto gated_unrolled = [](gated_stack& n, symbol a, symbol b) {
    symbol const scales = n.layers[0].scale.traced();
    for (int i = 0; i < 3; ++i)
        a = tanh(a * reshape(slice(scales, 0, i, i + 1), {6})) * b + n.shared(a);
    return sum(square(a));
};

template <class M>
values all_numbers(M& m) {
    values v;
    weft::for_each_leaf(m, [&](auto& leaf) { v.insert(v.end(), leaf.begin(), leaf.end()); });
    return v;
}

constexpr auto call_it = [](auto& m, auto x) { return m(x); };
constexpr auto loss_of = [](auto& m, symbol x) { return sum(square(m(x))); };
/// A step of gradient descent in place; the loss, and the gradients.
constexpr auto descend = [](auto& n, auto a) {
    auto [value, d] = weft::value_and_grad(loss_of)(n, a);
    weft::list<symbol> gradients;
    weft::for_each_leaf(d, [&](auto& leaf) { gradients.push(leaf.traced()); });
    int i = 0;
    weft::for_each_leaf(n, [&](auto& leaf) { leaf = leaf.traced() - 0.01 * gradients[i++]; });
    return std::pair{value, d};
};

}  // namespace

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
    auto const step = [](auto& n, auto a) { return descend(n, a).first; };
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
    CHECK(array_equal(weft::call(f, m, k, x), y));
    CHECK_FALSE(array_equal(weft::call(f, m, other, x), y));
    // The sum of four draws that differ: the parts, with the other scales at zero.
    std::vector<tensor<float, 6>> parts;
    for (int i = 0; i < 4; ++i) {
        noisy_stack one;
        for (int j = 0; j < 4; ++j) one.layers[j].scale.fill(j == i ? 1.f : 0.f);
        parts.push_back(weft::call(f, one, k, x));
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < i; ++j)
            CHECK_FALSE(array_equal(parts[std::size_t(i)], parts[std::size_t(j)]));
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
    CHECK_FALSE(array_equal(m.layers[0].last, m.layers[1].last));
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

TEST_CASE("nn::repeat of nn::repeat: the numbers, gradients and updates of the layers one by one") {
    auto m = nn::init<groups>(key{1});
    auto u = same_as(m);
    auto const x = numbers<tensor<double, dyn, 6>>(1, 3);
    auto const y = check(call_it, 1e-12, m, x), z = weft::call(u, x);
    CHECK(near(values(y.begin(), y.end()), values(z.begin(), z.end()), 1e-13));
    auto [loss, g] = check(descend, 1e-11, m, x);
    auto [same, h] = weft::call(descend, u, x);
    CHECK(loss.item() == doctest::Approx(same.item()).epsilon(1e-12));
    auto hm = same_as(g);
    CHECK(near(all_numbers(hm), all_numbers(h), 1e-11));
    auto um = same_as(m);
    CHECK(near(all_numbers(um), all_numbers(u), 1e-12));
}

TEST_CASE("nn::repeat of nn::repeat: states and random numbers of each layer") {
    counting_groups m;
    key k{5};
    tensor<float, 6> const x;
    auto const f = [](auto& n, symbol, auto a) { return n(a); };
    check(f, 1e-6, m, k, x);
    check(f, 1e-6, m, k, x);
    std::vector<tensor<float, 6>> parts;
    for (int i = 0; i < 6; ++i) {
        CHECK(m.layers[i / 3][i % 3].calls[5] == 2);
        counting_groups one = m;
        for (int j = 0; j < 6; ++j) one.layers[j / 3][j % 3].scale.fill(j == i ? 1.f : 0.f);
        parts.push_back(weft::call(f, one, k, x));
        for (int j = 0; j < i; ++j)
            CHECK_FALSE(array_equal(parts[std::size_t(i)], parts[std::size_t(j)]));
    }
}

TEST_CASE("nn::repeat: further arguments are the same for all layers") {
    gated_stack m = nn::init<gated_stack>(key{3});
    for (int i = 0; i < 3; ++i) m.layers[i].scale = numbers<tensor<double, 6>>(std::uint64_t(i));
    auto x = numbers<tensor<double, 2, 6>>(8), gate = numbers<tensor<double, 2, 6>>(9);
    auto const [m0, x0, g0] = check([](gated_stack& n, symbol a, symbol b) {
        return weft::grad(gated_loss, weft::wrt<0, 1, 2>)(n, a, b);
    }, 1e-12, m, x, gate);
    auto const [m1, x1, g1] = weft::call([](gated_stack& n, symbol a, symbol b) {
        return weft::grad(gated_unrolled, weft::wrt<0, 1, 2>)(n, a, b);
    }, m, x, gate);
    CHECK(near(all_numbers(m0), all_numbers(m1), 1e-12));
    CHECK(near(values(x0.begin(), x0.end()), values(x1.begin(), x1.end()), 1e-12));
    CHECK(near(values(g0.begin(), g0.end()), values(g1.begin(), g1.end()), 1e-12));
}
