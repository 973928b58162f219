// SPDX-License-Identifier: BSL-1.0
// How a statement is written on a tape: indices of adjoints, and one byte that says how many
// arguments there are. Below everything else of reverse mode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <weft/cpu/isa.hpp>

namespace weft {

/// Names an adjoint on its tape; 0 is a passive value, which has none.
using tape_index = std::uint32_t;

namespace detail {

/// A statement in one byte: the number of its arguments, or `call`. With the upper bit it adds to
/// its variable (x += ...), whose adjoint stays, instead of setting it. Not a character type, which
/// might alias everything that is written beside it.
enum class tape_op : std::uint8_t {};
inline constexpr unsigned call_op = 127, adds_bit = 128, most_arguments = 126;

constexpr tape_op make_op(unsigned arguments, bool adds) {
    return static_cast<tape_op>(arguments | (adds ? adds_bit : 0));
}

template <class T>
WEFT_INLINE bool vanishes(T const& x) {
    if constexpr (std::is_arithmetic_v<T>) {
        return x == 0;
    } else {
        T const zero(0);  // of a dual number all parts
        return __builtin_memcmp(&x, &zero, sizeof x) == 0;
    }
}

/// 0 where x is zero and zeros are not kept: one branch on integers, where a comparison of floating
/// numbers takes two.
template <class T>
WEFT_INLINE std::uint64_t nonzero_bits(T const& x, bool keeps_zeros) {
    if constexpr (std::is_arithmetic_v<T> && sizeof(T) == 8)
        return __builtin_bit_cast(std::uint64_t, x) << 1 | keeps_zeros;
    else if constexpr (std::is_arithmetic_v<T> && sizeof(T) == 4)
        return __builtin_bit_cast(std::uint32_t, x) << 1 | keeps_zeros;
    else
        return !vanishes(x) || keeps_zeros;
}

/// A statement as it is met on the way back: `ids` stand before its own index.
struct statement_code {
    unsigned arguments;
    bool is_call, adds;

    explicit constexpr statement_code(tape_op op)
        : arguments(static_cast<unsigned>(op) & call_op),
          is_call(arguments == call_op),
          adds(static_cast<unsigned>(op) & adds_bit) {
        if (is_call) arguments = 0;
    }
};

}  // namespace detail
}  // namespace weft
