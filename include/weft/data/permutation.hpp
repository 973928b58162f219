// SPDX-License-Identifier: BSL-1.0
// Random orders of examples: a Fisher-Yates shuffle with Philox numbers, the same for a key on
// every machine.
#pragma once

#include <cstdint>

#include <weft/core/philox.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft::data {

/// Positions of examples in the order in which they are visited.
using order = tensor<std::uint32_t, dyn>;

namespace detail {

inline std::uint32_t checked_examples(std::int64_t count) {
    if (count < 0 || count > UINT32_MAX)
        weft::detail::raise_number("weft::data: ", count, " examples, expected at most 4294967295");
    return static_cast<std::uint32_t>(count);
}

/// floor(word / 2^64 * bound).
constexpr std::uint32_t below(std::uint32_t bound, std::uint32_t low, std::uint32_t high) {
    std::uint64_t const carry = std::uint64_t{low} * bound >> 32;
    return static_cast<std::uint32_t>((std::uint64_t{high} * bound + carry) >> 32);
}

inline void identity(order& out) {
    std::uint32_t i = 0;
    for (std::uint32_t& position : out) position = i++;
}

}  // namespace detail

/// Puts 0 .. size - 1 into `out` in a random order. Each of 64-bit numbers decides one exchange, so
/// that every order is equally likely up to a part in 2^32. Allocates nothing.
inline void permute(order& out, random::key key) {
    detail::identity(out);
    random::block<std::uint32_t> words{};
    std::uint64_t drawn = 0;
    for (std::uint32_t left = detail::checked_examples(out.size()); left > 1; --left, ++drawn) {
        if (drawn % 2 == 0) words = random::bits(key, drawn / 2);
        std::uint32_t const* const w = words.word + drawn % 2 * 2;
        std::uint32_t* const p = out.data();
        std::uint32_t const chosen = detail::below(left, w[0], w[1]), last = p[left - 1];
        p[left - 1] = p[chosen];
        p[chosen] = last;
    }
}

/// A random order of `count` examples.
inline order permutation(std::int64_t count, random::key key) {
    order out = order::uninitialized(detail::checked_examples(count));
    permute(out, key);
    return out;
}

}  // namespace weft::data
