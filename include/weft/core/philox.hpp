// SPDX-License-Identifier: BSL-1.0
// Counter-based random numbers: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011), over a scalar or a pack, and the keys that name streams.
// A number depends on its key and its index alone: not on threads, batches or devices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft::random {

/// The upper word of a product. A pack brings its own, which argument-dependent lookup finds.
constexpr std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}

/// Four words: a counter, or the random bits made from it.
template <class V>
struct block {
    V word[4];

    friend constexpr bool operator==(block const& a,
                                     block const& b) requires std::is_integral_v<V> {
        return a.word[0] == b.word[0] && a.word[1] == b.word[1] && a.word[2] == b.word[2] &&
               a.word[3] == b.word[3];
    }
};

namespace detail {

template <class V>
constexpr block<V> philox_round(block<V> const& c, V const& key0, V const& key1) {
    V const m0(std::uint32_t{0xD2511F53}), m1(std::uint32_t{0xCD9E8D57});
    return {{multiply_high(m1, c.word[2]) ^ c.word[1] ^ key0, m1 * c.word[2],
             multiply_high(m0, c.word[0]) ^ c.word[3] ^ key1, m0 * c.word[0]}};
}

template <class V, std::uint32_t... Round>
constexpr block<V> philox_rounds(block<V> c, V const& key0, V const& key1,
                                 std::integer_sequence<std::uint32_t, Round...>) {
    ((c = philox_round(c, key0 + V(Round * std::uint32_t{0x9E3779B9}),
                       key1 + V(Round * std::uint32_t{0xBB67AE85}))),
     ...);
    return c;
}

}  // namespace detail

/// Philox4x32-10. V is std::uint32_t or a pack of them with `+`, `*`, `^`, construction from one
/// word, and `multiply_high`.
template <class V>
constexpr block<V> philox(block<V> const& counter, V const& key0, V const& key1) {
    return detail::philox_rounds(counter, key0, key1,
                                 std::make_integer_sequence<std::uint32_t, 10>{});
}

/// Names a stream of random numbers. Never changes: new streams are folded or split from it.
struct key {
    std::uint64_t value = 0;

    constexpr key() = default;
    template <class Integer>
    requires std::is_integral_v<Integer>
    constexpr explicit key(Integer seed) : value(static_cast<std::uint64_t>(seed)) {}

    constexpr std::uint32_t low() const { return static_cast<std::uint32_t>(value); }
    constexpr std::uint32_t high() const { return static_cast<std::uint32_t>(value >> 32); }
    friend constexpr bool operator==(key, key) = default;
};

namespace detail {

// The last counter word tells uses of a key apart: 0 numbers, 1 fold_in, 2 split.
constexpr key derive(key k, std::uint64_t data, std::uint32_t use) {
    block<std::uint32_t> const b = philox<std::uint32_t>(
        {{static_cast<std::uint32_t>(data), static_cast<std::uint32_t>(data >> 32), 0, use}},
        k.low(), k.high());
    return key(static_cast<std::uint64_t>(b.word[1]) << 32 | b.word[0]);
}

}  // namespace detail

/// The key of a part of what `k` stands for: a layer, a step, the hash of a name.
constexpr key fold_in(key k, std::uint64_t data) { return detail::derive(k, data, 1); }

/// Several keys: `auto [a, b] = split(k)`, `split<5>(k)[4]`.
template <int N>
struct keys {
    key items[static_cast<std::size_t>(N)];

    constexpr key operator[](int i) const { return items[i]; }
    static constexpr int size() { return N; }
    constexpr key const* begin() const { return items; }
    constexpr key const* end() const { return items + N; }
    template <std::size_t I>
    constexpr key get() const {
        return items[I];
    }
};

/// N independent keys. They differ from every key that `fold_in` makes of the same key.
template <int N = 2>
constexpr keys<N> split(key k) {
    static_assert(N > 0, "weft::random::split<N>: N is at least 1");
    keys<N> out;
    for (int i = 0; i < N; ++i) out.items[i] = detail::derive(k, static_cast<std::uint64_t>(i), 2);
    return out;
}

/// The random words 4 * index .. 4 * index + 3 of a key's stream.
constexpr block<std::uint32_t> bits(key k, std::uint64_t index) {
    return philox<std::uint32_t>(
        {{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0}},
        k.low(), k.high());
}

/// Uniform in [0, 1): the upper 24 bits, every value a multiple of 2^-24.
constexpr float bits_to_uniform(std::uint32_t bits) {
    return static_cast<float>(bits >> 8) * 0x1p-24f;
}

/// Uniform in [0, 1) from two words: 53 bits, every value a multiple of 2^-53.
constexpr double bits_to_uniform(std::uint32_t low, std::uint32_t high) {
    return static_cast<double>((static_cast<std::uint64_t>(high) << 32 | low) >> 11) * 0x1p-53;
}

}  // namespace weft::random

template <int N>
struct std::tuple_size<weft::random::keys<N>>
    : std::integral_constant<std::size_t, static_cast<std::size_t>(N)> {};

template <std::size_t I, int N>
struct std::tuple_element<I, weft::random::keys<N>> {
    using type = weft::random::key;
};
