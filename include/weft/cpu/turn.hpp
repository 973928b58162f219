// SPDX-License-Identifier: BSL-1.0
// Turns a tile of memory around, in registers: what a loop would read along its columns is read
// line by line, once, and stands in rows beside each other. Below loop.hpp.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// N registers of N elements as a square.
template <class Element, int N>
struct square {
#if defined(__GNUC__)
    typedef Element vec __attribute__((vector_size(N * sizeof(Element))));
    typedef Element loose __attribute__((vector_size(N * sizeof(Element)), aligned(1), may_alias));
    vec row[N];

    /// Swaps the two squares of D elements that stand across the diagonal of one of 2 D.
    template <int D, int... I>
    static WEFT_INLINE void swap(vec& a, vec& b, std::integer_sequence<int, I...>) {
        vec const x = a, y = b;
        a = __builtin_shufflevector(x, y, ((I & D) ? N + (I ^ D) : I)...);
        b = __builtin_shufflevector(x, y, ((I & D) ? N + I : (I ^ D))...);
    }
    template <int D, int... I>
    WEFT_INLINE void swap_all(std::integer_sequence<int, I...> all) {
        ((I & D ? void() : swap<D>(row[I], row[I | D], all)), ...);
        if constexpr (D > 1) swap_all<D / 2>(all);
    }
    template <int Next, int... I>
    static WEFT_INLINE void turn(char const* from, std::int64_t stride, char* to,
                                 std::int64_t to_stride, std::integer_sequence<int, I...> all) {
        square s;
        ((s.row[I] = *reinterpret_cast<loose const*>(from + I * stride)), ...);
        (__builtin_prefetch(from + I * stride + Next), ...);
        s.template swap_all<N / 2>(all);
        ((*reinterpret_cast<loose*>(to + I * to_stride) = s.row[I]), ...);
    }
#endif
};

/// Row r and column c of `to` become row c and column r of `from`. Elements of so many bytes stand
/// next to each other along the rows of both; strides are in bytes. What is `Rows` behind in the
/// rows of `from` is fetched: hardware does not foresee the next tile.
template <int Bytes, int Rows>
WEFT_INLINE void turn_tile(char const* from, std::int64_t stride, char* to, std::int64_t to_stride,
                           std::int64_t rows, std::int64_t columns) {
    using element = std::conditional_t<Bytes == 8, std::uint64_t, std::uint32_t>;
    constexpr int n = vector_bytes / Bytes;
    auto const one_by_one = [&](std::int64_t r, std::int64_t r_end, std::int64_t c,
                                std::int64_t c_end) {
        for (std::int64_t j = c; j < c_end; ++j)
            for (std::int64_t i = r; i < r_end; ++i)
                std::memcpy(to + i * to_stride + j * Bytes, from + j * stride + i * Bytes, Bytes);
    };
#if defined(__GNUC__)
    if constexpr ((Bytes == 4 || Bytes == 8) && n >= 2) {
        std::int64_t const whole_rows = rows / n * n, whole_columns = columns / n * n;
        for (std::int64_t c = 0; c < whole_columns; c += n)
            for (std::int64_t r = 0; r < whole_rows; r += n)
                square<element, n>::template turn<Rows * Bytes>(
                    from + c * stride + r * Bytes, stride, to + r * to_stride + c * Bytes,
                    to_stride, std::make_integer_sequence<int, n>{});
        if (whole_rows < rows) one_by_one(whole_rows, rows, 0, whole_columns);
        if (whole_columns < columns) one_by_one(0, rows, whole_columns, columns);
        return;
    }
#endif
    one_by_one(0, rows, 0, columns);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
