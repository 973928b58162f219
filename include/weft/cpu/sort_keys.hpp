// SPDX-License-Identifier: BSL-1.0
// Sorting rows of 32- and 64-bit numbers with 512-bit registers: quicksort, whose partitions are
// compressed registers, down to bitonic networks. Found beside the type of the call by
// ops/sort_kernels.hpp, which serves other machines.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/cpu/register.hpp>
#include <weft/cpu/turn.hpp>

#if defined(__AVX512F__) && defined(__GNUC__)

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <class Result, class... Operands>
struct whole_call;

/// A register of unsigned keys.
template <class K>
struct key_register {
    static constexpr int width = 64 / int{sizeof(K)};
    using signed_key = std::make_signed_t<K>;
    using mask = std::conditional_t<width == 16, unsigned short, unsigned char>;
    typedef K vec __attribute__((vector_size(64)));
    typedef K loose __attribute__((vector_size(64), aligned(1), may_alias));
    typedef signed_key signed_vec __attribute__((vector_size(64)));

    static WEFT_INLINE vec load(void const* p) { return *static_cast<loose const*>(p); }
    static WEFT_INLINE void store(void* p, vec v) { *static_cast<loose*>(p) = v; }
    static WEFT_INLINE vec filled(K x) { return vec{} + x; }
    static WEFT_INLINE mask less(vec a, vec b) {
        if constexpr (width == 16)
            return _mm512_cmplt_epu32_mask((__m512i)a, (__m512i)b);
        else
            return _mm512_cmplt_epu64_mask((__m512i)a, (__m512i)b);
    }
    static WEFT_INLINE mask equal(vec a, vec b) {
        if constexpr (width == 16)
            return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b);
        else
            return _mm512_cmpeq_epi64_mask((__m512i)a, (__m512i)b);
    }
    /// a where the mask holds, b elsewhere.
    static WEFT_INLINE vec chosen(mask m, vec a, vec b) {
        if constexpr (width == 16)
            return (vec)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
        else
            return (vec)_mm512_mask_blend_epi64(m, (__m512i)b, (__m512i)a);
    }
    /// The smaller of both to x, the larger to y.
    static WEFT_INLINE void order(vec& x, vec& y) {
        vec const a = x, b = y;
        if constexpr (width == 16) {
            x = (vec)_mm512_maskz_min_epu32(0xffff, (__m512i)a, (__m512i)b);
            y = (vec)_mm512_maskz_max_epu32(0xffff, (__m512i)a, (__m512i)b);
        } else {
            mask const m = less(a, b);
            x = chosen(m, a, b), y = chosen(m, b, a);
        }
    }
    /// The lanes of the mask, one behind the other.
    static WEFT_INLINE vec compressed(vec v, mask m) {
        if constexpr (width == 16)
            return (vec)_mm512_maskz_compress_epi32(m, (__m512i)v);
        else
            return (vec)_mm512_maskz_compress_epi64(m, (__m512i)v);
    }
    template <int... I>
    static WEFT_INLINE vec reversed(vec v, std::integer_sequence<int, I...>) {
        return __builtin_shufflevector(v, v, (width - 1 - I)...);
    }
    static WEFT_INLINE vec reversed(vec v) {
        return reversed(v, std::make_integer_sequence<int, width>{});
    }
    /// The larger of both in the lanes of `Upper`, the smaller in the others.
    template <mask Upper>
    static WEFT_INLINE vec either(vec v, vec other) {
        // 64-bit minima and maxima are slow instructions.
        if constexpr (width == 8)
            return chosen(static_cast<mask>(less(v, other) ^ Upper), v, other);
        else
            return (vec)_mm512_mask_max_epu32(
                _mm512_maskz_min_epu32(0xffff, (__m512i)v, (__m512i)other), Upper, (__m512i)v,
                (__m512i)other);
    }
    /// Each lane beside the one `Distance` from it: the smaller in the first of both, where the
    /// lanes of a run of `Run` are sorted upwards, and downwards in every other run.
    template <int Run, int Distance, int... I>
    static WEFT_INLINE vec exchanged(vec v, std::integer_sequence<int, I...>) {
        constexpr auto upper = static_cast<mask>(
            ((static_cast<unsigned>(((I & Distance) != 0) != ((I & Run) != 0)) << I) | ...));
        return either<upper>(v, __builtin_shufflevector(v, v, (I ^ Distance)...));
    }
    /// A bitonic sequence in order.
    template <int Run, int Distance = (Run < width ? Run : width) / 2>
    static WEFT_INLINE vec merged(vec v) {
        if constexpr (Distance == 0)
            return v;
        else
            return merged<Run, Distance / 2>(
                exchanged<Run, Distance>(v, std::make_integer_sequence<int, width>{}));
    }
    template <int Run = 2>
    static WEFT_INLINE vec sorted(vec v) {
        if constexpr (Run == width)
            return merged<Run>(v);
        else
            return sorted<2 * Run>(merged<Run>(v));
    }
};

/// Sixteen registers as rows of a matrix that a bitonic network sorts: key i stands in row i % 16
/// of lane i / 16. Most steps compare whole rows, and need no shuffle.
template <class K>
struct key_columns {
    using R = key_register<K>;
    using V = typename R::vec;
    static constexpr int rows = 16, width = R::width;
    static constexpr auto all_rows = std::make_integer_sequence<int, rows>{};
    static constexpr auto all_lanes = std::make_integer_sequence<int, width>{};
    V v[rows];

    /// Rows `Distance` apart, then those half as far.
    template <int Distance, int... I>
    WEFT_INLINE void merge_rows(std::integer_sequence<int, I...> all) {
        if constexpr (Distance > 0) {
            ((I & Distance ? void() : R::order(v[I], v[I | Distance])), ...);
            merge_rows<Distance / 2>(all);
        }
    }
    /// Each column in order.
    template <int Half, int... I>
    WEFT_INLINE void sort_rows(std::integer_sequence<int, I...> all) {
        if constexpr (Half < rows) {
            ((I & Half ? void() : R::order(v[I], v[I ^ (2 * Half - 1)])), ...);
            merge_rows<Half / 2>(all);
            sort_rows<2 * Half>(all);
        }
    }
    /// The second of two runs backwards makes a bitonic sequence of both.
    template <int Lanes, int... L>
    static WEFT_INLINE void mirror(V& a, V& b, std::integer_sequence<int, L...>) {
        constexpr auto upper = static_cast<typename R::mask>(
            ((static_cast<unsigned>((L & Lanes) != 0) << L) | ...));
        V const x = a, y = b;
        a = R::template either<upper>(x, __builtin_shufflevector(y, y, (L ^ (2 * Lanes - 1))...));
        b = R::template either<upper>(y, __builtin_shufflevector(x, x, (L ^ (2 * Lanes - 1))...));
    }
    template <int Distance, int... I>
    WEFT_INLINE void merge_lanes(std::integer_sequence<int, I...> all) {
        if constexpr (Distance > 0) {
            ((v[I] = R::template exchanged<width, Distance>(v[I], all_lanes)), ...);
            merge_lanes<Distance / 2>(all);
        }
    }
    /// Runs of so many lanes to runs of all.
    template <int Lanes, int... I>
    WEFT_INLINE void sort_lanes(std::integer_sequence<int, I...> all) {
        if constexpr (Lanes < width) {
            ((2 * I < rows ? mirror<Lanes>(v[I], v[rows - 1 - I], all_lanes) : void()), ...);
            merge_lanes<Lanes / 2>(all);
            merge_rows<rows / 2>(all);
            sort_lanes<2 * Lanes>(all);
        }
    }
    template <int... I, int... L>
    WEFT_INLINE void sort(K* a, std::integer_sequence<int, I...> all,
                          std::integer_sequence<int, L...> square_rows) {
        ((v[I] = R::load(a + I * width)), ...);
        sort_rows<1>(all);
        sort_lanes<1>(all);
        for (int first = 0; first < rows; first += width) {
            square<K, width> s;
            ((s.row[L] = v[first + L]), ...);
            s.template swap_all<width / 2>(square_rows);
            ((R::store(a + first + L * rows, s.row[L])), ...);
        }
    }
    /// Sorts all of `rows * width` keys.
    [[gnu::noinline]] static void sort(K* a) {
        key_columns c;
        c.sort(a, all_rows, all_lanes);
    }
};

/// Up to so many registers by a bitonic network, in memory that stays in the nearest cache.
inline constexpr int sort_network_registers = 16;

template <class Call, class K>
void sort_network(K* a, std::int64_t n) {
    using R = key_register<K>;
    using V = typename R::vec;
    constexpr int width = R::width;
    if (n > width * sort_network_registers / 2) {
        K all[sort_network_registers * width];
        __builtin_memcpy(all, a, static_cast<std::size_t>(n) * sizeof(K));
        for (std::int64_t i = n; i < sort_network_registers * width; ++i)
            all[i] = static_cast<K>(~K{0});
        key_columns<K>::sort(all);
        __builtin_memcpy(a, all, static_cast<std::size_t>(n) * sizeof(K));
        return;
    }
    V v[sort_network_registers];
    int const used = static_cast<int>((n + width - 1) / width);
    int count = 1;
    while (count < used) count *= 2;
    K last[width];
    for (int i = 0; i < width; ++i) {
        std::int64_t const at = std::int64_t{used - 1} * width + i;
        last[i] = at < n ? a[at] : static_cast<K>(~K{0});
    }
    for (int i = 0; i < used; ++i)
        v[i] = R::sorted(R::load(i + 1 < used ? static_cast<void const*>(a + i * width) : last));
    for (int i = used; i < count; ++i) v[i] = R::filled(static_cast<K>(~K{0}));
    for (int half = 1; half < count; half *= 2)
        for (int base = 0; base < count; base += 2 * half) {
            // The second run backwards makes a bitonic sequence of both.
            V* const p = v + base;
            for (int i = 0; i < half; ++i) {
                V y = R::reversed(p[2 * half - 1 - i]);
                R::order(p[i], y);
                p[2 * half - 1 - i] = R::reversed(y);
            }
            for (int d = half / 2; d >= 1; d /= 2)
                for (int i = 0; i < 2 * half; i += 2 * d)
                    for (int j = i; j < i + d; ++j) R::order(p[j], p[j + d]);
            for (int i = 0; i < 2 * half; ++i) p[i] = R::template merged<2 * width>(p[i]);
        }
    for (int i = 0; i + 1 < used; ++i) R::store(a + i * width, v[i]);
    R::store(last, v[used - 1]);
    for (std::int64_t i = std::int64_t{used - 1} * width; i < n; ++i)
        a[i] = last[i - std::int64_t{used - 1} * width];
}

/// Keys below the pivot to the front; how many there are. `work` holds n keys and a register.
template <class Call, class K>
std::int64_t partition(K* a, K* work, std::int64_t n, K pivot) {
    using R = key_register<K>;
    auto const p = R::filled(pivot);
    std::int64_t low = 0, high = 0, i = 0;
    for (; i + R::width <= n; i += R::width) {
        auto const v = R::load(a + i);
        auto const below = R::less(v, p);
        int const count = __builtin_popcount(below);
        R::store(a + low, R::compressed(v, below));
        R::store(work + high, R::compressed(v, static_cast<typename R::mask>(~below)));
        low += count, high += R::width - count;
    }
    for (; i < n; ++i) {
        K const k = a[i];
        if (k < pivot)
            a[low++] = k;
        else
            work[high++] = k;
    }
    __builtin_memcpy(a + low, work, static_cast<std::size_t>(high) * sizeof(K));
    return low;
}

/// False, with the keys in another order, where pivots were unlucky too often.
template <class Call, class K>
bool quicksort(K* a, K* work, std::int64_t n, int depth) {
    using R = key_register<K>;
    while (n > R::width * sort_network_registers) {
        if (depth-- == 0) return false;
        K sample[R::width];
        for (int i = 0; i < R::width; ++i) sample[i] = a[(n - 1) / (R::width - 1) * i];
        R::store(sample, R::sorted(R::load(sample)));
        K const pivot = sample[R::width / 2];
        std::int64_t const low = partition<Call>(a, work, n, pivot);
        if (low == 0) {
            // The pivot is the smallest: keys equal to it are in place.
            if (pivot == static_cast<K>(~K{0})) return true;
            std::int64_t const equal = partition<Call>(a, work, n, static_cast<K>(pivot + 1));
            a += equal, n -= equal;
            continue;
        }
        // The smaller part first, so that the calls stay few.
        if (low <= n - low) {
            if (!quicksort<Call>(a, work, low, depth)) return false;
            a += low, n -= low;
        } else {
            if (!quicksort<Call>(a + low, work, n - low, depth)) return false;
            n = low;
        }
    }
    if (n > 1) sort_network<Call>(a, n);
    return true;
}

/// Numbers as unsigned keys of the same order (see ops::sorting::to_key), or back; `flip` is all
/// ones for the reverse order.
template <class T, class K, bool Back>
WEFT_INLINE typename key_register<K>::vec to_keys(typename key_register<K>::vec v, K flip) {
    using R = key_register<K>;
    using S = typename R::signed_vec;
    constexpr int last = 8 * int{sizeof(K)} - 1;
    auto const sign = R::filled(K{1} << last), all = R::filled(static_cast<K>(~K{0}));
    if (Back) v = v ^ flip;
    if constexpr (std::is_integral_v<T>) {
        v = std::is_signed_v<T> ? v ^ sign : v;
    } else {
        auto const infinity =
            R::filled(sizeof(K) == 4 ? static_cast<K>(0x7f800000) : static_cast<K>(0x7ffll << 52));
        auto const nan = infinity | (sign >> (sizeof(K) == 4 ? 9 : 12));
        if constexpr (Back) {
            auto const x = v ^ ((typename R::vec)((S)~v >> last) | sign);
            v = R::chosen(R::equal(v, all), nan, x);
        } else {
            auto const x = v ^ ((typename R::vec)((S)v >> last) | sign);
            v = R::chosen(R::less(infinity, v & ~sign), all, x);
        }
    }
    return Back ? v : v ^ flip;
}

/// Sorts keys, or entries of a key above its place; false, with these in another order, where it
/// does not. `work` holds n of them, too.
template <class Result, class... Operands, class K>
requires(std::is_same_v<K, std::uint32_t> ||
         std::is_same_v<K, std::uint64_t>) bool sort_keys(whole_call<Result, Operands...> const*,
                                                          K* a, K* work, std::int64_t n) {
    int depth = 4;
    for (std::int64_t left = n; left > 0; left /= 2) depth += 2;
    return quicksort<whole_call<Result, Operands...>>(a, work, n, depth);
}

/// Sorts a row from x to y; false where it does not, and y is not
/// written. `memory` holds 2 n keys.
template <class Result, class... Operands, class T>
bool sort_row(whole_call<Result, Operands...> const* call, T const* x, T* y, std::int64_t n,
              bool down, void* memory) {
    if constexpr (sizeof(T) != 4 && sizeof(T) != 8) {
        return false;
    } else {
        using K = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        using R = key_register<K>;
        if (n < 2 * R::width) return false;
        K* const a = static_cast<K*>(memory);
        K const flip = down ? static_cast<K>(~K{0}) : K{0};
        auto const convert = [&]<bool Back>(auto const* from, auto* to) {
            std::int64_t i = 0;
            // The last register may overlap the one before it; x and y do not.
            for (; i + R::width <= n; i += R::width)
                R::store(to + i, to_keys<T, K, Back>(R::load(from + i), flip));
            if (i < n)
                R::store(to + n - R::width,
                         to_keys<T, K, Back>(R::load(from + n - R::width), flip));
        };
        convert.template operator()<false>(x, a);
        if (!sort_keys(call, a, a + n, n)) return false;
        convert.template operator()<true>(a, y);
        return true;
    }
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft

#endif
