// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include <weft/core/philox.hpp>

namespace pack_of_three {

/// The least that philox asks of a pack.
struct pack {
    std::uint32_t lane[3];

    constexpr explicit pack(std::uint32_t x) : lane{x, x, x} {}
    constexpr pack(std::uint32_t a, std::uint32_t b, std::uint32_t c) : lane{a, b, c} {}
    template <class F>
    static constexpr pack map(pack a, pack b, F f) {
        return {f(a.lane[0], b.lane[0]), f(a.lane[1], b.lane[1]), f(a.lane[2], b.lane[2])};
    }
    friend constexpr pack operator+(pack a, pack b) {
        return map(a, b, [](std::uint32_t x, std::uint32_t y) { return x + y; });
    }
    friend constexpr pack operator*(pack a, pack b) {
        return map(a, b, [](std::uint32_t x, std::uint32_t y) { return x * y; });
    }
    friend constexpr pack operator^(pack a, pack b) {
        return map(a, b, [](std::uint32_t x, std::uint32_t y) { return x ^ y; });
    }
    friend constexpr pack multiply_high(pack a, pack b) {
        return map(a, b, [](std::uint32_t x, std::uint32_t y) {
            return weft::random::multiply_high(x, y);
        });
    }
};

}  // namespace pack_of_three

namespace {

namespace random = weft::random;
using words = random::block<std::uint32_t>;

// The published vectors of the Random123 distribution: counter, key, result.
struct known {
    words counter;
    std::uint32_t key0, key1;
    words result;
};
constexpr known vectors[] = {
    {{{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     0xffffffff,
     0xffffffff,
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     0xa4093822,
     0x299f31d0,
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};

constexpr bool vectors_hold() {
    for (known const& v : vectors)
        if (!(random::philox(v.counter, v.key0, v.key1) == v.result)) return false;
    return true;
}
static_assert(vectors_hold());

constexpr bool lanes_are_scalars() {
    using pack_of_three::pack;
    pack const w[6] = {{0, 0xffffffff, 0x243f6a88}, {0, 0xffffffff, 0x85a308d3},
                       {0, 0xffffffff, 0x13198a2e}, {0, 0xffffffff, 0x03707344},
                       {0, 0xffffffff, 0xa4093822}, {0, 0xffffffff, 0x299f31d0}};
    auto const got = random::philox<pack>({{w[0], w[1], w[2], w[3]}}, w[4], w[5]);
    for (int lane = 0; lane < 3; ++lane)
        for (int i = 0; i < 4; ++i)
            if (got.word[i].lane[lane] != vectors[lane].result.word[i]) return false;
    return true;
}
static_assert(lanes_are_scalars());

}  // namespace

TEST_CASE("philox: known answers") {
    CHECK(vectors_hold());
    CHECK(lanes_are_scalars());
}

TEST_CASE("philox: keys") {
    constexpr random::key k{42};
    static_assert(k.value == 42 && random::key{} == random::key{0} &&
                  random::key{-1}.high() == ~0u);
    int seed = 42;
    CHECK(random::key{seed} == k);
    auto const [a, b] = random::split(k);
    CHECK(a == random::split<3>(k)[0]);
    CHECK(b == random::split<3>(k)[1]);
    static_assert(random::split(k)[0] == random::split<5>(k).get<0>());
    // fold_in, split and the numbers themselves never share a block
    int clashes = 0;
    constexpr int n = 64;
    random::key all[2 * n];
    auto const parts = random::split<n>(k);
    for (int i = 0; i < n; ++i)
        all[i] = parts[i], all[n + i] = fold_in(k, static_cast<std::uint64_t>(i));
    for (int i = 0; i < 2 * n; ++i)
        for (int j = 0; j < i; ++j) clashes += all[i] == all[j];
    CHECK(clashes == 0);
    CHECK(!(fold_in(k, 1) == fold_in(k, std::uint64_t{1} << 32)));
    CHECK(!(fold_in(k, 7) == fold_in(random::key{43}, 7)));
    words const first = random::bits(k, 0);
    CHECK(!(random::key{std::uint64_t{first.word[1]} << 32 | first.word[0]} == fold_in(k, 0)));
    // streams are part of what a model's bits depend on: they may not change unnoticed
    static_assert(random::bits(random::key{0}, 0) == vectors[0].result);
}

TEST_CASE("philox: uniform numbers") {
    static_assert(random::bits_to_uniform(0u) == 0.f && random::bits_to_uniform(255u) == 0.f);
    static_assert(random::bits_to_uniform(~0u) == 1.f - 0x1p-24f);
    static_assert(random::bits_to_uniform(0u, 0u) == 0. && random::bits_to_uniform(~0u, ~0u) < 1.);
    static_assert(random::bits_to_uniform(0u, 0x80000000u) == 0.5);
    static_assert(random::bits_to_uniform(0x800u, 0u) == 0x1p-53);
    double sum = 0, squares = 0, doubles = 0;
    constexpr int n = 40000;
    for (int i = 0; i < n / 4; ++i) {
        words const w = random::bits(random::key{7}, static_cast<std::uint64_t>(i));
        for (std::uint32_t x : w.word) {
            double const u = static_cast<double>(random::bits_to_uniform(x));
            sum += u, squares += u * u;
        }
        doubles += random::bits_to_uniform(w.word[0], w.word[1]);
    }
    // five standard deviations
    CHECK(std::fabs(sum / n - 0.5) < 5 * std::sqrt(1. / 12 / n));
    CHECK(std::fabs(squares / n - 1. / 3) < 5 * std::sqrt(4. / 45 / n));
    CHECK(std::fabs(doubles / (n / 4) - 0.5) < 5 * std::sqrt(1. / 12 / (n / 4)));
}
