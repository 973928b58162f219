// SPDX-License-Identifier: BSL-1.0
// How a matrix product is cut into blocks on this instruction set, and so how much workspace it
// needs. Plain arithmetic without SIMD, so that a plan can ask for it in constant evaluation.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {

/// What is known of a product before it runs; less knowledge gives a larger workspace.
struct gemm_known {
    bool b_rows = false;   ///< the rows of B are contiguous (B is not transposed)
    bool c_given = false;  ///< C is a buffer of its own, not only handed to an epilogue
};

namespace gemm_detail {

// <algorithm> costs more to include than all of the products.
template <class T>
constexpr T smaller_of(T a, T b) {
    return b < a ? b : a;
}
template <class T>
constexpr T larger_of(T a, T b) {
    return a < b ? b : a;
}
template <class T>
constexpr T within(T x, T low, T high) {
    return x < low ? low : high < x ? high : x;
}

template <class T>
constexpr void clear(T* to, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = T(0);
}

/// Where a load of a part of a vector costs no more than a whole one.
#if defined(__AVX2__)
inline constexpr bool cheap_masks = true;
#else
inline constexpr bool cheap_masks = false;
#endif

/// Bytes in a register of elements of this size; none of double in 32-bit NEON.
#if defined(__ARM_NEON) && !defined(__aarch64__)
constexpr int register_bytes(int element) { return element > 4 ? 0 : vector_bytes; }
#else
constexpr int register_bytes(int) { return vector_bytes >= 16 ? vector_bytes : 0; }
#endif

/// The register tile: 14 x 2 vectors need 31 of 32 registers, 6 x 2 need 16 of 16.
template <class T>
struct gemm_tile {
    static constexpr int lanes =
        larger_of(1, register_bytes(sizeof(T)) / static_cast<int>(sizeof(T)));
    static constexpr int rows = vector_bytes == 64 ? 14 : 6;
    static constexpr int vectors = 2;
    static constexpr int columns = lanes * vectors;
};

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_div(a, b) * b; }

/// A block of B, k x n, stays in the second-level cache while all of A passes by.
struct gemm_blocks {
    std::int64_t n, k;
    std::int64_t shared;  // columns that go to the epilogue together
    std::int64_t tiles;   // and tiles of rows, if these columns are all
};

inline constexpr std::int64_t gemm_cache_bytes = vector_bytes == 64 ? 1 << 20 : 192 << 10;

constexpr std::int64_t even_parts(std::int64_t whole, std::int64_t most, std::int64_t grain) {
    return round_up(ceil_div(whole, ceil_div(whole, most)), grain);
}

template <class T>
constexpr gemm_blocks gemm_block_sizes(std::int64_t n, std::int64_t k) {
    using tile = gemm_tile<T>;
    constexpr std::int64_t size = static_cast<std::int64_t>(sizeof(T));
    std::int64_t const k_block = smaller_of(k, even_parts(k, 1152 / size, 4));
    std::int64_t const row = larger_of<std::int64_t>(1, k_block) * size;
    std::int64_t const strips = larger_of<std::int64_t>(4, gemm_cache_bytes / row / tile::columns);
    std::int64_t const n_block = even_parts(n, strips * tile::columns, tile::columns);
    std::int64_t const shared = smaller_of(smaller_of(n, n_block), std::int64_t{8 * tile::columns});
    return {n_block, k_block, shared, larger_of<std::int64_t>(1, 4096 / (shared * tile::rows))};
}

/// Whether B is copied into strips that the tiles read from end to end: if it is transposed, or if
/// it is read often and does not stay in cache by itself, or so often that the copy costs nothing.
template <class T>
constexpr bool gemm_packs_b(std::int64_t m, std::int64_t n, std::int64_t k, bool b_rows) {
    using tile = gemm_tile<T>;
    std::int64_t const bytes = k * n * static_cast<int>(sizeof(T));
    return !b_rows || (!cheap_masks && n % tile::columns != 0) ||
           (m > 3 * tile::rows && bytes > gemm_cache_bytes) ||
           (m >= 20 * tile::rows && bytes > gemm_cache_bytes / 8);
}

/// Tiles of A that are copied at once: what is copied stays in the first-level cache.
inline constexpr int gemm_a_tiles = 2;

/// Elements of a step along k of a packed tile of A: whole vectors.
template <class T>
inline constexpr int gemm_packed_rows = static_cast<int>(round_up(gemm_tile<T>::rows,
                                                                  gemm_tile<T>::lanes));

/// Elements of packed tiles of A, padded so that their rows do not share cache sets.
template <class T>
constexpr std::int64_t gemm_a_elements(gemm_blocks q) {
    return gemm_a_tiles * gemm_packed_rows<T> * (q.k + gemm_tile<T>::lanes);
}

/// About so many elements go to the epilogue at once.
inline constexpr std::int64_t gemm_block_elements = 4096;

/// Elements that hold finished blocks, or partial sums, where there is no C.
template <class T>
constexpr std::int64_t gemm_c_elements(std::int64_t m, std::int64_t k, gemm_blocks q) {
    return q.k < k ? m * q.n
                   : larger_of(gemm_block_elements, gemm_tile<T>::rows * q.tiles * q.shared);
}

}  // namespace gemm_detail

/// An upper bound of the bytes that gemm(m, n, k, ...) uses of its workspace.
template <class T>
constexpr std::int64_t gemm_workspace_bytes(std::int64_t m, std::int64_t n, std::int64_t k,
                                            gemm_known known = {}) {
    if (m <= 0 || n <= 0) return 0;
    if (k <= 0) k = 1;
    std::int64_t elements = 0;
    if (m == 1 || n == 1) {
        elements = m * n + k;
    } else {
        auto const q = gemm_detail::gemm_block_sizes<T>(n, k);
        elements = gemm_detail::gemm_a_elements<T>(q);
        if (gemm_detail::gemm_packs_b<T>(m, n, k, known.b_rows)) elements += q.k * q.n;
        if (!known.c_given) elements += gemm_detail::gemm_c_elements<T>(m, k, q);
    }
    return 64 + gemm_detail::round_up(elements * static_cast<std::int64_t>(sizeof(T)), 64);
}

/// Blocks of narrow matrices that are floats at a time.
struct gemm_convert_block {
    std::int64_t rows = 256, columns = 512;
};
/// An upper bound of the bytes that gemm_converted uses of its workspace.
constexpr std::int64_t gemm_converted_bytes(std::int64_t m, std::int64_t n, std::int64_t k) {
    if (m <= 0 || n <= 0) return 0;
    constexpr gemm_convert_block most;
    std::int64_t bytes = 0;  // of the largest part
    for (std::int64_t rows : {gemm_detail::smaller_of(m, most.rows), (m - 1) % most.rows + 1})
        for (std::int64_t columns :
             {gemm_detail::smaller_of(n, most.columns), (n - 1) % most.columns + 1})
            bytes = gemm_detail::larger_of(bytes, gemm_workspace_bytes<float>(rows, columns, k));
    std::int64_t const converted =
        (gemm_detail::smaller_of(m, most.rows) + gemm_detail::smaller_of(n, most.columns)) * k;
    return bytes + 4 * gemm_detail::larger_of<std::int64_t>(0, converted);
}

}  // namespace WEFT_ISA
}  // namespace weft
