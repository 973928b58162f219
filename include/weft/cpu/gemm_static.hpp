// SPDX-License-Identifier: BSL-1.0
// Matrix products whose sizes and strides are all constants: every step of the inner extent is
// written out, every address is a constant distance from three pointers. Beside gemm.hpp, for small
// sizes; where there is no assembly for the machine it is the product for sizes known at run time.
#pragma once

#include <cstdint>

#include <weft/cpu/gemm.hpp>

namespace weft {
inline namespace WEFT_ISA {

/// Sizes and strides, in elements, of a product with C = A B or C += A B. B has contiguous rows.
struct static_product {
    int m, n, k;
    int a_row, a_column, b_row, c_row;
    bool accumulate = false;
};

namespace gemm_detail {

/// Few enough steps to write all of them out.
constexpr bool is_small(static_product const& p) {
    return p.m > 1 && p.n > 0 && p.k > 0 && p.m <= 64 && p.n <= 64 && p.k <= 64;
}

#if defined(WEFT_TILE_X86)

// clang-format off
#define WEFT_STATIC_A(row) #row "*%c[a_row]+.Lweft_p*%c[a_step](%%rsi)"
#define WEFT_STATIC_MULTIPLY_S(x, y, a) WEFT_TILE_MULTIPLY("s", x, y, WEFT_STATIC_A(x))
#define WEFT_STATIC_MULTIPLY_D(x, y, a) WEFT_TILE_MULTIPLY("d", x, y, WEFT_STATIC_A(x))
#define WEFT_STATIC_PUT(s, whole, last, x, y)                                                  \
    WEFT_TILE_ROW(x, WEFT_TILE_ONLY(1, ".if %c[whole]\n\t" whole(s, #x "*%c[c_row](%%rdi)", x) \
                                           ".else\n\t" last(s, #x "*%c[c_row](%%rdi)", x)      \
                                               ".endif\n\t")                                   \
        WEFT_TILE_FROM(2, whole(s, #x "*%c[c_row](%%rdi)", x)                                  \
            ".if %c[whole]\n\t" whole(s, #x "*%c[c_row]+%c[bytes](%%rdi)", y) ".else\n\t" last( \
                s, #x "*%c[c_row]+%c[bytes](%%rdi)", y) ".endif\n\t"))
#define WEFT_STATIC_ADD_S(x, y, a) \
    WEFT_STATIC_PUT("s", WEFT_TILE_ADD_WHOLE, WEFT_TILE_ADD_LAST, x, y)
#define WEFT_STATIC_ADD_D(x, y, a) \
    WEFT_STATIC_PUT("d", WEFT_TILE_ADD_WHOLE, WEFT_TILE_ADD_LAST, x, y)
#define WEFT_STATIC_STORE_S(x, y, a) \
    WEFT_STATIC_PUT("s", WEFT_TILE_STORE_WHOLE, WEFT_TILE_STORE_LAST, x, y)
#define WEFT_STATIC_STORE_D(x, y, a) \
    WEFT_STATIC_PUT("d", WEFT_TILE_STORE_WHOLE, WEFT_TILE_STORE_LAST, x, y)
#if defined(__AVX512F__)
#define WEFT_STATIC_MASK "kmovw %[mask], %%k1\n\t"
#define WEFT_STATIC_MASK_IN "r"(static_cast<unsigned>(mask))
#else
#define WEFT_STATIC_MASK "vmovups (%[mask]), %%ymm15\n\t"
#define WEFT_STATIC_MASK_IN "r"(mask)
#endif
#define WEFT_STATIC_TEXT(s, multiply, sum, store)                                            \
    WEFT_STATIC_MASK WEFT_TILE_EACH(WEFT_TILE_START)                                         \
    ".set .Lweft_p, 0\n\t.rept %c[k]\n\t"                                                    \
    ".if .Lweft_p < %c[careful]\n\t"                                                         \
    WEFT_TILE_LOAD(s, WEFT_TILE_LOAD_WHOLE, ".Lweft_p*%c[b_row](%%rdx)",                     \
                   "%c[bytes]+.Lweft_p*%c[b_row](%%rdx)") ".else\n\t"                        \
    WEFT_TILE_LOAD(s, WEFT_TILE_LOAD_LAST, ".Lweft_p*%c[b_row](%%rdx)",                      \
                   "%c[bytes]+.Lweft_p*%c[b_row](%%rdx)") ".endif\n\t"                       \
    WEFT_TILE_EACH(multiply) ".set .Lweft_p, .Lweft_p+1\n\t.endr\n\t"                        \
    ".if %c[add]\n\t" WEFT_TILE_EACH(sum) ".endif\n\t" WEFT_TILE_EACH(store)

// clang-format on

/// R rows and up to two vectors of a product, at pointers into A, B and C.
template <class T, static_product P, int R, int Columns>
WEFT_INLINE void static_tile(T const* a, T const* b, T* c, std::int64_t mask) {
    constexpr int size = sizeof(T), lanes = gemm_tile<T>::lanes;
    constexpr int past = (lanes - Columns % lanes) % lanes;
    constexpr int careful =  // steps whose loads of B may read past the end of the row
        past == 0     ? P.k
        : P.b_row < 1 ? 0
                      : larger_of(0, P.k - (past + P.b_row - 1) / P.b_row);
#define WEFT_STATIC_ASM(text)                                                                      \
    asm volatile(                                                                                  \
        text ::"S"(a), "d"(b), "D"(c), [mask] WEFT_STATIC_MASK_IN, [rows] "i"(R),                  \
        [vectors] "i"((Columns + lanes - 1) / lanes), [bytes] "i"(WEFT_TILE_BYTES),                \
        [lanes] "i"(lanes), [k] "i"(P.k), [a_row] "i"(P.a_row * size),                             \
        [a_step] "i"(P.a_column * size), [b_row] "i"(P.b_row * size), [c_row] "i"(P.c_row * size), \
        [careful] "i"(careful), [whole] "i"(past == 0 ? 1 : 0), [add] "i"(P.accumulate ? 1 : 0)    \
        : "memory", WEFT_TILE_CLOBBERS)
    if constexpr (size == 4)
        WEFT_STATIC_ASM(
            WEFT_STATIC_TEXT("s", WEFT_STATIC_MULTIPLY_S, WEFT_STATIC_ADD_S, WEFT_STATIC_STORE_S));
    else
        WEFT_STATIC_ASM(
            WEFT_STATIC_TEXT("d", WEFT_STATIC_MULTIPLY_D, WEFT_STATIC_ADD_D, WEFT_STATIC_STORE_D));
#undef WEFT_STATIC_ASM
}

/// The rows of a tile: as many as fit, but tiles of one height where the code for two of them would
/// not stay in the instruction cache.
template <class T>
constexpr int static_height(static_product const& p) {
    int const most = gemm_tile<T>::rows, tiles = (p.m + most - 1) / most;
    int const widths = (p.n >= gemm_tile<T>::columns) + (p.n % gemm_tile<T>::columns != 0);
    if (p.m % tiles == 0 || widths * p.k <= 80) return most;
    for (int rows = most; rows > most / 2; --rows)
        if (p.m % rows == 0) return rows;
    return most;
}

template <class T, static_product P, int Columns>
WEFT_INLINE void static_strip(T const* a, T const* b, T* c) {
    constexpr int height = static_height<T>(P);
    constexpr int tiles = (P.m + height - 1) / height;
    constexpr int low = P.m / tiles, high = P.m % tiles;
    std::int64_t const mask = mask_of_columns<T>(Columns);
    if constexpr (high > 0)
        for (int i = 0; i < high; ++i) {
            static_tile<T, P, low + 1, Columns>(a, b, c, mask);
            a += (low + 1) * P.a_row;
            c += (low + 1) * P.c_row;
        }
    for (int i = high; i < tiles; ++i) {
        static_tile<T, P, low, Columns>(a, b, c, mask);
        a += low * P.a_row;
        c += low * P.c_row;
    }
}

#endif

/// A row times a matrix, read from end to end: all of the columns that fit the registers at once.
template <class T, static_product P>
[[gnu::noinline]] void static_row(T const* x, T const* w, T* y) noexcept {
    constexpr int lanes = gemm_tile<T>::lanes, vectors = (P.n + lanes - 1) / lanes;
    constexpr int strips = (vectors + 7) / 8, V = (vectors + strips - 1) / strips;
    constexpr int columns = V * lanes, rest = P.n % columns, last = (rest - 1) % lanes + 1;
    for (int j = 0; j + columns <= P.n; j += columns)
        sum_rows<T, V, false>(P.k, lanes, x, P.a_column, w + j, P.b_row, y + j, P.accumulate);
    if constexpr (rest > 0)
        sum_rows<T, (rest + lanes - 1) / lanes, last != lanes>(
            P.k, last, x, P.a_column, w + (P.n - rest), P.b_row, y + (P.n - rest), P.accumulate);
}

/// Short rows without gaps, if there are many, are better read as a stream; see gemv.hpp.
template <class T>
constexpr bool is_static_row(static_product const& p) {
    constexpr int lanes = gemm_tile<T>::lanes;
    return p.m == 1 && p.n > 1 && p.k > 0 && (cheap_masks || p.n % lanes == 0) &&
           (p.n >= lanes || p.b_row != p.n || p.k < 96) &&
           p.n * p.k <= gemm_cache_bytes / 2 / static_cast<int>(sizeof(T));
}

}  // namespace gemm_detail

/// Whether there is code for just this product: sizes of at most 64, or a row times a matrix that
/// stays in cache.
template <class T>
constexpr bool has_constant_gemm(static_product const& p) {
    return gemm_detail::is_small(p) || gemm_detail::is_static_row<T>(p);
}

/// C = A B, or C += A B, where all sizes and strides are constants.
template <class T, static_product P>
void gemm(T const* a, T const* b, T* c) noexcept {
    static_assert(has_constant_gemm<T>(P), "weft: this product is not for constant sizes");
    if constexpr (P.m == 1) {
        gemm_detail::static_row<T, P>(a, b, c);
    } else {
#if defined(WEFT_TILE_X86)
        constexpr int strip = gemm_detail::gemm_tile<T>::columns, rest = P.n % strip;
        if constexpr (P.n >= strip)
            for (int j = 0; j + strip <= P.n; j += strip)
                gemm_detail::static_strip<T, P, strip>(a, b + j, c + j);
        if constexpr (rest > 0)
            gemm_detail::static_strip<T, P, rest>(a, b + (P.n - rest), c + (P.n - rest));
        asm volatile("vzeroupper" ::: WEFT_TILE_CLOBBERS);  // or a value would lose its upper half
#else
        constexpr std::int64_t bytes = gemm_workspace_bytes<T>(P.m, P.n, P.k, {true, true});
        alignas(64) char work[static_cast<std::size_t>(bytes)];
        gemm<T>(P.m, P.n, P.k, {a, P.a_row, P.a_column}, {b, P.b_row, 1}, c, P.c_row, P.accumulate,
                {}, work);
#endif
    }
}

}  // namespace WEFT_ISA
}  // namespace weft
