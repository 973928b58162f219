// SPDX-License-Identifier: BSL-1.0
// New tensors: constants and ranges by their elements, random ones by their moments, by what a
// trace draws from the same key, and by what a key says twice.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>
#include <weft/core/error.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/create.hpp>
#include <weft/tensor/random.hpp>

using weft::dyn;
using weft::tensor;
namespace rng = weft::random;

namespace {

rng::key const key{42};

template <class X>
double mean_of(X const& x) {
    double s = 0;
    for (auto const v : x) s += static_cast<double>(v);
    return s / static_cast<double>(x.size());
}
template <class X>
double deviation_of(X const& x) {
    double s = 0, m = mean_of(x);
    for (auto const v : x) s += (static_cast<double>(v) - m) * (static_cast<double>(v) - m);
    return std::sqrt(s / static_cast<double>(x.size()));
}

}  // namespace

TEST_CASE("create: constants") {
    tensor<float, 2, 3> const a = weft::ones();
    CHECK(array_equal(a, tensor<float, 2, 3>::full(1)));
    tensor<int, 2> const b = weft::full(7);
    CHECK(array_equal(b, tensor<int, 2>{7, 7}));
    tensor<double, dyn, 2> c(3);
    c = weft::full(2.5);
    CHECK(c.shape() == weft::dims<2>{3, 2});
    CHECK(c(2, 1) == 2.5);
    c.row(1) = weft::zeros();
    CHECK(array_equal(c, tensor<double, dyn, 2>{{2.5, 2.5}, {0, 0}, {2.5, 2.5}}));
    auto const d = weft::zeros<float>(2, 3);
    static_assert(std::is_same_v<decltype(d), tensor<float, dyn, dyn> const>);
    CHECK(d.size() == 6);
    CHECK(weft::ones<bool>(2)[1]);
    CHECK(weft::full(weft::bf16(3)).make<weft::bf16>(2)[1] == weft::bf16(3));
    CHECK(weft::full(2).make<float>(4).size() == 4);

    tensor<int, 2, 3> const e = weft::eye();
    CHECK(array_equal(e, tensor<int, 2, 3>{{1, 0, 0}, {0, 1, 0}}));
    CHECK(array_equal(weft::eye<int>(2, 3, 1), tensor<int, 2, 3>{{0, 1, 0}, {0, 0, 1}}));
    CHECK(array_equal(weft::eye<int>(2, 2, -1), tensor<int, 2, 2>{{0, 0}, {1, 0}}));
}

TEST_CASE("create: ranges") {
    CHECK(array_equal(weft::arange(3), tensor<int, dyn>{0, 1, 2}));
    CHECK(array_equal(weft::arange(2, 9, 3), tensor<int, dyn>{2, 5, 8}));
    CHECK(array_equal(weft::arange(5, 0, -2), tensor<int, dyn>{5, 3, 1}));
    CHECK(weft::arange(0).empty());
    CHECK(weft::arange(3, 1).empty());
    CHECK(weft::arange(std::uint8_t{1}, std::uint8_t{255}).size() == 254);
    CHECK(array_equal(weft::arange(0., 1., 0.25), tensor<double, dyn>{0, 0.25, 0.5, 0.75}));
    CHECK_THROWS_AS(weft::arange(0, 1, 0), weft::error);
    CHECK(array_equal(weft::linspace(0, 1, 5), tensor<float, dyn>{0, 0.25f, 0.5f, 0.75f, 1}));
    CHECK(array_equal(weft::linspace<double>(1, 0, 2), tensor<double, dyn>{1, 0}));
    CHECK(weft::linspace<double>(0.1, 0.7, 1000)[999] == 0.7);
    CHECK(weft::linspace(3, 4, 1)[0] == 3);
    tensor<double, 3> const x = weft::linspace(-1, 1);
    CHECK(array_equal(x, tensor<double, 3>{-1, 0, 1}));
}

TEST_CASE("create: random numbers of a key") {
    tensor<float, 100, 100> const a = rng::normal(key);
    CHECK(std::abs(mean_of(a)) < 0.03);
    CHECK(std::abs(deviation_of(a) - 1) < 0.03);
    auto const b = rng::normal(key).make<float>(100, 100);
    CHECK(array_equal(a, b));
    CHECK_FALSE(array_equal(a, rng::normal(rng::fold_in(key, 1)).make<float>(100, 100)));
    auto const traced = weft::call(
        [](auto like, auto) { return rng::normal<float>(like, {like.size(0), like.size(1)}); },
        b, key);
    CHECK(array_equal(b, traced));

    auto const u = rng::uniform(key, -1, 3).make<double>(10000);
    CHECK(std::abs(mean_of(u) - 1) < 0.05);
    CHECK(std::abs(deviation_of(u) - 4 / std::sqrt(12.)) < 0.05);
    for (double const x : u) REQUIRE((x >= -1 && x < 3));

    auto const t = rng::truncated_normal(key, -1, 1).make<float>(10000);
    for (float const x : t) REQUIRE((x >= -1 && x <= 1));
    CHECK(std::abs(deviation_of(t) - 0.5396) < 0.02);
    CHECK_THROWS_AS(rng::truncated_normal(key, 1, 1), weft::error);

    auto const e = rng::exponential(key).make<float>(10000);
    CHECK(std::abs(mean_of(e) - 1) < 0.05);
    auto const g = rng::gumbel(key).make<float>(10000);
    CHECK(std::abs(mean_of(g) - 0.5772) < 0.05);
    auto const yes = rng::bernoulli(key, 0.3).make<bool>(10000);
    CHECK(std::abs(mean_of(yes) - 0.3) < 0.02);

    auto const i = rng::randint(key, -2, 3).make<std::int64_t>(10000);
    int counts[5] = {};
    for (std::int64_t const x : i) {
        REQUIRE((x >= -2 && x < 3));
        ++counts[x + 2];
    }
    for (int const n : counts) CHECK(std::abs(n - 2000) < 200);
    CHECK_THROWS_AS(rng::randint(key, 3, 3), weft::error);
}

TEST_CASE("create: random places") {
    auto const p = rng::permutation(key, 1000);
    std::vector<int> seen(1000);
    int fixed = 0;
    for (std::int64_t i = 0; i < 1000; ++i) ++seen[static_cast<std::size_t>(p[i])], fixed += p[i] == i;
    for (int const n : seen) REQUIRE(n == 1);
    CHECK(fixed < 10);
    CHECK(rng::permutation(key, 0).empty());
    CHECK(array_equal(rng::shuffle(key, weft::arange(1000)), p));
    tensor<float, 2, 3> const m{{1, 2, 3}, {4, 5, 6}};
    auto const columns = rng::shuffle(key, m, weft::axis<1>);
    CHECK(columns(1, 0) - columns(0, 0) == 3);
    CHECK(columns(0, 0) + columns(0, 1) + columns(0, 2) == 6);

    tensor<float, dyn, 3> logits(3000);
    for (std::int64_t r = 0; r < 3000; ++r) logits(r, 1) = std::log(2.f);
    auto const drawn = rng::categorical(key, logits);
    int counts[3] = {};
    for (std::int32_t const x : drawn) ++counts[x];
    CHECK(std::abs(counts[1] - 1500) < 120);
    CHECK(std::abs(counts[0] - 750) < 100);
    CHECK(rng::categorical(key, logits * 2, weft::axis<0>).size() == 3);
}
