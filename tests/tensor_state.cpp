// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

#include <weft/core/reflect.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/state.hpp>

using weft::setting;
using weft::state;
using weft::tensor;

namespace {

struct normalised {
    tensor<float, 4> scale;
    state<float, 4> mean;
    state<float, 4> variance = tensor<float, 4>::full(1);
    state<float, 100> cache = tensor<float, 100>{};
    setting<float> rate = 0.1f;

    constexpr weft::symbol operator()(auto const& x) {
        mean = mean * (1 - rate) + rate * x;
        variance = mean;
        return x * scale;
    }
};

constexpr bool traces() {
    weft::ir::builder b;
    weft::extent const shape[] = {{4}};
    normalised m{};
    auto const input = [&](std::string_view name) {
        return b.input(weft::dtype::f32, {shape, 1}, name);
    };
    m.scale.bind(input("scale"));
    m.mean.bind(input("mean"));
    m.variance.bind(input("variance"));
    m.rate.bind(b.input(weft::dtype::f32, {}, "rate"));
    int const before = m.mean.traced().id();
    normalised copy = m;
    weft::symbol const y = copy(input("x"));
    return y.valid() && !b.failed() && m.mean.traced().id() == before &&
           copy.mean.traced().id() != before &&
           copy.variance.traced().id() == copy.mean.traced().id();
}
static_assert(traces());

struct descent {
    setting<float> rate = 1e-2f;
    setting<double> momentum = 0;
    setting<bool> nesterov = false;
};

static_assert(weft::Traced<state<float, 4>> && weft::Traced<setting<float>>);
static_assert(weft::is_state<state<float, 4>> && weft::is_state<state<float> const>);
static_assert(!weft::is_state<tensor<float, 4>> && !weft::is_tensor<state<float, 4>>);
static_assert(weft::is_setting<setting<int>> && weft::is_setting<setting<int> const>);
static_assert(!weft::is_setting<int>);
static_assert(std::is_base_of_v<tensor<float, 4>, state<float, 4>>);
static_assert(state<float, 4>::extents[0] == 4 && state<float, 4>::is_inline);
static_assert(std::is_convertible_v<setting<float>, float>);
static_assert(std::is_convertible_v<float, setting<float>>);
static_assert(std::is_nothrow_move_constructible_v<state<float, 400>>);
static_assert(weft::member_count<normalised> == 5 && weft::member_count<descent> == 3);

// A plain number all the way: an optimizer can be a constant.
constexpr descent constant{.rate = 0.5f, .momentum = 0.25};
static_assert(constant.rate.value() == 0.5f && constant.momentum.value() == 0.25);

normalised global;

}  // namespace

TEST_CASE("state: a tensor with numbers of its own") {
    state<float, 4> a, b{1, 2, 3, 4};
    CHECK(a(0) == 0);
    a = b;
    CHECK(array_equal(a, b));
    CHECK(a(3) == 4);
    tensor<float, 4> t = a;
    CHECK(array_equal(t, a));
    t[0] = 5;
    CHECK_FALSE(array_equal(t, a));
    a = t;
    CHECK(array_equal(a, t));
    CHECK_FALSE(array_equal(a, b));
    a = {4, 3, 2, 1};
    CHECK(a[0] == 4);
    a = {};
    CHECK(array_equal(a, tensor<float, 4>()));
    state<float, weft::dyn> const c(5);
    CHECK(c.size() == 5);
    state<float, 100> big = tensor<float, 100>::full(2);
    state<float, 100> const moved = std::move(big);
    CHECK(moved(99) == 2);
    CHECK(big.empty());
    CHECK_THROWS_AS((state<float, 2>{1, 2, 3}), weft::error);
}

TEST_CASE("state: initial numbers of members") {
    normalised const local;
    for (normalised const* m : {&local, static_cast<normalised const*>(&global)}) {
        CHECK(array_equal(m->mean, tensor<float, 4>()));
        CHECK(array_equal(m->variance, tensor<float, 4>::full(1)));
        CHECK(m->rate.value() == 0.1f);
    }
    REQUIRE(global.cache.data() != nullptr);
    CHECK(global.cache(99) == 0);
}

TEST_CASE("state: assigned outside of a trace") {
    state<float, 4> a;
    CHECK_THROWS_WITH(a = weft::symbol(),
                      "a symbol was assigned outside of a trace: this tensor holds numbers; use "
                      "weft::call(f, x)");
    CHECK_THROWS_AS(a.traced(), weft::error);
}

TEST_CASE("setting: a number") {
    descent o{.rate = 1e-3f};
    CHECK(o.rate.value() == 1e-3f);
    CHECK(o.momentum.value() == 0);
    float const rate = o.rate;
    CHECK(rate == 1e-3f);
    o.rate = 0.5f;
    o.rate = o.rate.value() * 0.5f;
    CHECK(*o.rate.data() == 0.25f);
    o.nesterov = true;
    CHECK((o.nesterov ? 1 : 0) == 1);
    CHECK_THROWS_WITH(o.rate * 2,
                      "this setting holds a number: traced functions see symbols only; use value() "
                      "for arithmetic with it, weft::call(f, x) for a trace");
}

TEST_CASE("setting: a symbol in a trace") {
    weft::ir::builder b;
    setting<float> rate = 1.f;
    rate.bind(b.input(weft::dtype::f32, {}, "rate"));
    CHECK((rate * 2).valid());
    CHECK_THROWS_WITH(rate.value(), "a setting has no number while the graph is built");
    float number = 0;
    CHECK_THROWS_AS(number = rate, weft::error);
    CHECK(number == 0);
}
