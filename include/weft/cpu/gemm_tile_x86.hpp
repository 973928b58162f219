// SPDX-License-Identifier: BSL-1.0
// The tile of the matrix product in x86-64 assembly, for AVX-512 and for AVX2 with FMA: any number
// of rows that fits the registers costs the compiler nothing, so that no row is computed in vain.
// Below gemm_tile.hpp, which has the same in C++ for all other machines.
#pragma once

#include <cstddef>
#include <cstdint>

#include <weft/cpu/isa.hpp>

#if defined(__GNUC__) && defined(__x86_64__) && !defined(__ILP32__) && defined(__FMA__) && \
    (defined(__AVX512F__) || defined(__AVX2__))
#define WEFT_TILE_X86 1

namespace weft {
inline namespace WEFT_ISA {
namespace gemm_detail {

template <class T>
struct tile_call;

// C is at rbx, which is moved from row to row; a row of C has a register for each of its vectors.
// Of A, in row form (rows contiguous), row i is at the first of two pointers (rsi, or r15 = rsi + 8
// rows) plus 0 to 7 times the stride rcx; r12 = 3 rcx, r13 = 5 rcx, r14 = 7 rcx. In column form,
// step u of four is at rsi + u r12; r13 = 3 r12. B is at r8 + u r9; r11 = 3 r9.
// clang-format off
#define WEFT_TILE_ROW(row, then) ".if %c[rows] > " #row "\n\t" then ".endif\n\t"
#define WEFT_TILE_FROM(count, then) ".if %c[vectors] >= " #count "\n\t" then ".endif\n\t"
#define WEFT_TILE_ONLY(count, then) ".if %c[vectors] == " #count "\n\t" then ".endif\n\t"

#if defined(__AVX512F__)
#define WEFT_TILE_BYTES 64
#define WEFT_TILE_EACH(f)                                                                     \
    f(0, 14, "(%%rsi)") f(1, 15, "(%%rsi,%%rcx)") f(2, 16, "(%%rsi,%%rcx,2)")      \
    f(3, 17, "(%%rsi,%%r12)") f(4, 18, "(%%rsi,%%rcx,4)") f(5, 19, "(%%rsi,%%r13)") \
    f(6, 20, "(%%rsi,%%r12,2)") f(7, 21, "(%%rsi,%%r14)") f(8, 22, "(%%r15)")     \
    f(9, 23, "(%%r15,%%rcx)") f(10, 24, "(%%r15,%%rcx,2)") f(11, 25, "(%%r15,%%r12)") \
    f(12, 26, "(%%r15,%%rcx,4)") f(13, 27, "(%%r15,%%r13)")
#define WEFT_TILE_REG(n) "%%zmm" #n
#define WEFT_TILE_B0 "%%zmm28"
#define WEFT_TILE_B1 "%%zmm29"
#define WEFT_TILE_A "%%zmm30"
#define WEFT_TILE_CLEAR(r) \
    "vpxord " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_MULTIPLY_ONE(s, a, r) \
    "vfmadd231p" s " " a "%{1to%c[lanes]%}, " WEFT_TILE_B0 ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_MASK "kmovw %c[mask](%[t]), %%k1\n\t"
#define WEFT_TILE_LOAD_LAST(s, from, to) "vmovup" s " " from ", " to "%{%%k1%}%{z%}\n\t"
#define WEFT_TILE_ADD_LAST(s, c, r) \
    "vaddp" s " " c ", " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) "%{%%k1%}\n\t"
#define WEFT_TILE_STORE_LAST(s, c, r) "vmovup" s " " WEFT_TILE_REG(r) ", " c "%{%%k1%}\n\t"
#define WEFT_TILE_CLOBBERS                                                                      \
    "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9", "zmm10",    \
        "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18", "zmm19",        \
        "zmm20", "zmm21", "zmm22", "zmm23", "zmm24", "zmm25", "zmm26", "zmm27", "zmm28",        \
        "zmm29", "zmm30", "k1"
#else
#define WEFT_TILE_BYTES 32
#define WEFT_TILE_EACH(f)                                                              \
    f(0, 6, "(%%rsi)") f(1, 7, "(%%rsi,%%rcx)") f(2, 8, "(%%rsi,%%rcx,2)")    \
    f(3, 9, "(%%rsi,%%r12)") f(4, 10, "(%%rsi,%%rcx,4)") f(5, 11, "(%%rsi,%%r13)")
#define WEFT_TILE_REG(n) "%%ymm" #n
#define WEFT_TILE_B0 "%%ymm12"
#define WEFT_TILE_B1 "%%ymm13"
#define WEFT_TILE_A "%%ymm14"
#define WEFT_TILE_CLEAR(r) \
    "vxorps " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_MULTIPLY_ONE(s, a, r) \
    "vbroadcasts" s " " a ", " WEFT_TILE_A "\n\t" WEFT_TILE_FMA(s, WEFT_TILE_B0, r)
#define WEFT_TILE_MASK "mov %c[mask](%[t]), %%rbx\n\tvmovups (%%rbx), %%ymm15\n\t"
#define WEFT_TILE_LOAD_LAST(s, from, to) "vmaskmovp" s " " from ", %%ymm15, " to "\n\t"
#define WEFT_TILE_ADD_LAST(s, c, r)                      \
    "vmaskmovp" s " " c ", %%ymm15, %%ymm14\n\tvaddp" s \
    " %%ymm14, " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_STORE_LAST(s, c, r) "vmaskmovp" s " " WEFT_TILE_REG(r) ", %%ymm15, " c "\n\t"
#define WEFT_TILE_CLOBBERS                                                                   \
    "ymm0", "ymm1", "ymm2", "ymm3", "ymm4", "ymm5", "ymm6", "ymm7", "ymm8", "ymm9", "ymm10", \
        "ymm11", "ymm12", "ymm13", "ymm14", "ymm15"
#endif

#define WEFT_TILE_C0 "(%%rbx)"
#define WEFT_TILE_C1 "%c[bytes](%%rbx)"
#define WEFT_TILE_NEXT "add %%r11, %%rbx\n\t"
#define WEFT_TILE_START(x, y, a) \
    WEFT_TILE_ROW(x, WEFT_TILE_CLEAR(x) WEFT_TILE_FROM(2, WEFT_TILE_CLEAR(y)))
#define WEFT_TILE_FMA(s, b, r) \
    "vfmadd231p" s " " b ", " WEFT_TILE_A ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_MULTIPLY(s, x, y, a)                                                    \
    WEFT_TILE_ROW(x, WEFT_TILE_ONLY(1, WEFT_TILE_MULTIPLY_ONE(s, a, x))                    \
        WEFT_TILE_FROM(2, "vbroadcasts" s " " a ", " WEFT_TILE_A "\n\t"                    \
            WEFT_TILE_FMA(s, WEFT_TILE_B0, x) WEFT_TILE_FMA(s, WEFT_TILE_B1, y)))
#define WEFT_TILE_MULTIPLY_ROWS(s, x, y, a) WEFT_TILE_MULTIPLY(s, x, y, "\\u*%c[size]" a)
#define WEFT_TILE_AT(u, then) ".if \\u == " #u "\n\t" then ".endif\n\t"
#define WEFT_TILE_MULTIPLY_COLUMNS(s, x, y, a)                                          \
    WEFT_TILE_AT(0, WEFT_TILE_MULTIPLY(s, x, y, #x "*%c[size](%%rsi)"))                 \
    WEFT_TILE_AT(1, WEFT_TILE_MULTIPLY(s, x, y, #x "*%c[size](%%rsi,%%r12)"))           \
    WEFT_TILE_AT(2, WEFT_TILE_MULTIPLY(s, x, y, #x "*%c[size](%%rsi,%%r12,2)"))         \
    WEFT_TILE_AT(3, WEFT_TILE_MULTIPLY(s, x, y, #x "*%c[size](%%rsi,%%r13)"))
#define WEFT_TILE_LOAD_WHOLE(s, from, to) "vmovup" s " " from ", " to "\n\t"
#define WEFT_TILE_LOAD(s, last, first, second)                                             \
    WEFT_TILE_ONLY(1, last(s, first, WEFT_TILE_B0))                                        \
    WEFT_TILE_FROM(2, "vmovups " first ", " WEFT_TILE_B0 "\n\t" last(s, second, WEFT_TILE_B1))
#define WEFT_TILE_FETCH(at)                                                                \
    WEFT_TILE_FROM(2, "prefetcht0 " at "\n\tprefetcht0 %c[bytes]" at "\n\t")              
#define WEFT_TILE_STEP(s, last, u, at, ahead) \
    WEFT_TILE_AT(u, WEFT_TILE_LOAD(s, last, at, "%c[bytes]" at) WEFT_TILE_FETCH(ahead))
#define WEFT_TILE_FOUR(s, multiply)                                                        \
    ".irp u,0,1,2,3\n\t"                                                                   \
    WEFT_TILE_STEP(s, WEFT_TILE_LOAD_WHOLE, 0, "(%%r8)", "(%%rdx)")                        \
    WEFT_TILE_STEP(s, WEFT_TILE_LOAD_WHOLE, 1, "(%%r8,%%r9)", "(%%rdx,%%r9)")              \
    WEFT_TILE_STEP(s, WEFT_TILE_LOAD_WHOLE, 2, "(%%r8,%%r9,2)", "(%%rdx,%%r9,2)")          \
    WEFT_TILE_STEP(s, WEFT_TILE_LOAD_WHOLE, 3, "(%%r8,%%r11)", "(%%rdx,%%r11)")            \
    WEFT_TILE_EACH(multiply) ".endr\n\t"
#define WEFT_TILE_ONE(s, multiply) \
    ".irp u,0\n\t" WEFT_TILE_LOAD(s, WEFT_TILE_LOAD_LAST, "(%%r8)", "%c[bytes](%%r8)") \
    WEFT_TILE_EACH(multiply) ".endr\n\t"
#define WEFT_TILE_ADD_WHOLE(s, c, r) \
    "vaddp" s " " c ", " WEFT_TILE_REG(r) ", " WEFT_TILE_REG(r) "\n\t"
#define WEFT_TILE_STORE_WHOLE(s, c, r) "vmovup" s " " WEFT_TILE_REG(r) ", " c "\n\t"
#define WEFT_TILE_PUT(s, whole, last, x, y)                                             \
    WEFT_TILE_ROW(x, WEFT_TILE_ONLY(1, last(s, WEFT_TILE_C0, x))                           \
        WEFT_TILE_FROM(2, whole(s, WEFT_TILE_C0, x)) WEFT_TILE_ONLY(2, last(s, WEFT_TILE_C1, y)) \
        WEFT_TILE_NEXT)

#define WEFT_TILE_ROWS_S(x, y, a) WEFT_TILE_MULTIPLY_ROWS("s", x, y, a)
#define WEFT_TILE_ROWS_D(x, y, a) WEFT_TILE_MULTIPLY_ROWS("d", x, y, a)
#define WEFT_TILE_COLUMNS_S(x, y, a) WEFT_TILE_MULTIPLY_COLUMNS("s", x, y, a)
#define WEFT_TILE_COLUMNS_D(x, y, a) WEFT_TILE_MULTIPLY_COLUMNS("d", x, y, a)
#define WEFT_TILE_ADD_S(x, y, a) WEFT_TILE_PUT("s", WEFT_TILE_ADD_WHOLE, WEFT_TILE_ADD_LAST, x, y)
#define WEFT_TILE_ADD_D(x, y, a) WEFT_TILE_PUT("d", WEFT_TILE_ADD_WHOLE, WEFT_TILE_ADD_LAST, x, y)
#define WEFT_TILE_STORE_S(x, y, a) \
    WEFT_TILE_PUT("s", WEFT_TILE_STORE_WHOLE, WEFT_TILE_STORE_LAST, x, y)
#define WEFT_TILE_STORE_D(x, y, a) \
    WEFT_TILE_PUT("d", WEFT_TILE_STORE_WHOLE, WEFT_TILE_STORE_LAST, x, y)
#define WEFT_TILE_STORE_ALL(x, y, a) \
    WEFT_TILE_PUT("s", WEFT_TILE_STORE_WHOLE, WEFT_TILE_STORE_WHOLE, x, y)

// The loop over k: first four steps at a time, whose loads of B may read into the next row, then
// the other ones; `four` and `one` move the pointers to A by so many steps. The last rounds
// prefetch a row of C each, since all rows at once would hold up the loads of B; the ones before
// prefetch ten lines of what the caller wants.
#define WEFT_TILE_AHEAD(at) "prefetcht1 " at "\n\tprefetcht1 64" at "\n\t"
#define WEFT_TILE_LOOP(s, multiply, four, one)                                                \
    "mov %c[fours](%[t]), %%rax\n\ttest %%rax, %%rax\n\tjz 3f\n\t"                            \
    "cmp $%c[rows], %%rax\n\tja 2f\n\tmov %c[c](%[t]), %%rbx\n\t.p2align 5\n2:\n\t"           \
    WEFT_TILE_FOUR(s, multiply)                                                               \
    "lea (%%r8,%%r9,4), %%r8\n\tlea (%%rdx,%%r9,4), %%rdx\n\t" four                           \
    "cmp $%c[rows], %%rax\n\tjbe 1f\n\t"                                                      \
    WEFT_TILE_AHEAD("(%%rbx)") WEFT_TILE_AHEAD("(%%rbx,%%r10)")                               \
    WEFT_TILE_AHEAD("(%%rbx,%%r10,2)") "lea (%%rbx,%%r10,2), %%rbx\n\t"                       \
    WEFT_TILE_AHEAD("(%%rbx,%%r10)") WEFT_TILE_AHEAD("(%%rbx,%%r10,2)")                       \
    "lea (%%rbx,%%r10,2), %%rbx\n\tadd %%r10, %%rbx\n\t"                                      \
    "dec %%rax\n\tcmp $%c[rows], %%rax\n\tjne 2b\n\tmov %c[c](%[t]), %%rbx\n\tjmp 2b\n1:\n\t" \
    "prefetchw (%%rbx)\n\t" WEFT_TILE_FROM(2, "prefetchw %c[bytes](%%rbx)\n\t")               \
    "add %c[c_row](%[t]), %%rbx\n\tdec %%rax\n\tjnz 2b\n3:\n\t"                               \
    "mov %c[ones](%[t]), %%rax\n\ttest %%rax, %%rax\n\tjz 5f\n4:\n\t"                         \
    WEFT_TILE_ONE(s, multiply)                                                                \
    "add %%r9, %%r8\n\t" one "dec %%rax\n\tjnz 4b\n5:\n\t"
#define WEFT_TILE_TEXT(s, rows_form, columns_form, sum, store)                                \
    WEFT_TILE_EACH(WEFT_TILE_START)                                                           \
    WEFT_TILE_MASK                                                                            \
    "mov %c[ahead](%[t]), %%rbx\n\tmov %c[ahead_step](%[t]), %%r10\n\t"                       \
    "mov %c[a](%[t]), %%rsi\n\tmov %c[b](%[t]), %%r8\n\tmov %c[b_step](%[t]), %%r9\n\t"       \
    "lea (%%r9,%%r9,2), %%r11\n\tlea (%%r8,%%r9,8), %%rdx\n\t"                                \
    "cmpl $0, %c[by_columns](%[t])\n\tjne 6f\n\t"                                             \
    "mov %c[a_stride](%[t]), %%rcx\n\t"                                                       \
    "lea (%%rcx,%%rcx,2), %%r12\n\tlea (%%rcx,%%rcx,4), %%r13\n\t"                            \
    "lea (%%r12,%%rcx,4), %%r14\n\tlea (%%rsi,%%rcx,8), %%r15\n\t"                            \
    WEFT_TILE_LOOP(s, rows_form,                                                              \
        "add $4*%c[size], %%rsi\n\t.if %c[rows] > 8\n\tadd $4*%c[size], %%r15\n\t.endif\n\t", \
        "add $%c[size], %%rsi\n\t.if %c[rows] > 8\n\tadd $%c[size], %%r15\n\t.endif\n\t")     \
    "jmp 7f\n6:\n\tmov %c[a_stride](%[t]), %%r12\n\tlea (%%r12,%%r12,2), %%r13\n\t"          \
    WEFT_TILE_LOOP(s, columns_form, "lea (%%rsi,%%r12,4), %%rsi\n\t", "add %%r12, %%rsi\n\t") \
    "7:\n\tmov %c[c](%[t]), %%r10\n\tmov %c[c_row](%[t]), %%r11\n\t"                          \
    "cmpl $0, %c[add](%[t])\n\tje 8f\n\tmov %%r10, %%rbx\n\t"                                 \
    WEFT_TILE_EACH(sum)                                                                       \
    "8:\n\tmov %%r10, %%rbx\n\tcmpl $0, %c[whole](%[t])\n\tje 9f\n\t"                         \
    WEFT_TILE_EACH(WEFT_TILE_STORE_ALL)                                                       \
    "jmp 10f\n9:\n\t"                                                                         \
    WEFT_TILE_EACH(store)                                                                     \
    "10:\n\tvzeroupper\n\t"
#define WEFT_TILE_ASM(text)                                                                      \
    asm volatile(text ::[t] "D"(&t), [rows] "i"(R), [vectors] "i"(V),                            \
                 [bytes] "i"(WEFT_TILE_BYTES), [size] "i"(sizeof(T)),                            \
                 [lanes] "i"(WEFT_TILE_BYTES / sizeof(T)),                                       \
                 [fours] "i"(offsetof(tile_call<T>, fours)),                                     \
                 [ones] "i"(offsetof(tile_call<T>, ones)),                                       \
                 [a] "i"(offsetof(tile_call<T>, a)),                                             \
                 [a_stride] "i"(offsetof(tile_call<T>, a_stride)),                               \
                 [by_columns] "i"(offsetof(tile_call<T>, by_columns)),                           \
                 [b] "i"(offsetof(tile_call<T>, b)),                                             \
                 [b_step] "i"(offsetof(tile_call<T>, b_step)),                                   \
                 [c] "i"(offsetof(tile_call<T>, c)), [c_row] "i"(offsetof(tile_call<T>, c_row)), \
                 [ahead] "i"(offsetof(tile_call<T>, ahead)),                                     \
                 [ahead_step] "i"(offsetof(tile_call<T>, ahead_step)),                           \
                 [mask] "i"(offsetof(tile_call<T>, mask)),                                       \
                 [whole] "i"(offsetof(tile_call<T>, whole)),                                     \
                 [add] "i"(offsetof(tile_call<T>, add))                                          \
                 : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",    \
                   "r14", "r15", "cc", "memory", WEFT_TILE_CLOBBERS)

// clang-format on

/// R rows times V vectors, of which the last may be partial.
template <class T, int R, int V>
[[gnu::noinline]] void tile(tile_call<T> const& t) noexcept {
    if constexpr (sizeof(T) == 4)
        WEFT_TILE_ASM(WEFT_TILE_TEXT("s", WEFT_TILE_ROWS_S, WEFT_TILE_COLUMNS_S, WEFT_TILE_ADD_S,
                                     WEFT_TILE_STORE_S));
    else
        WEFT_TILE_ASM(WEFT_TILE_TEXT("d", WEFT_TILE_ROWS_D, WEFT_TILE_COLUMNS_D, WEFT_TILE_ADD_D,
                                     WEFT_TILE_STORE_D));
}

}  // namespace gemm_detail
}  // namespace WEFT_ISA
}  // namespace weft
#endif
