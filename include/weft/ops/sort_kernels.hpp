// SPDX-License-Identifier: BSL-1.0
// Sorting rows: elements as unsigned keys of the same order, alone or above their place, which
// makes any order stable. Short rows go through a network side by side; long ones are merged, or
// sorted by the bytes of their keys. Below sort.hpp.
#pragma once

#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

namespace sorting {

__extension__ typedef unsigned __int128 wide;

template <class T>
using key_of = std::conditional_t<sizeof(number_of<T>) <= 4, std::uint32_t, std::uint64_t>;
/// A key above a place.
template <class Key>
using entry_of = std::conditional_t<sizeof(Key) == 4, std::uint64_t, wide>;

/// Unsigned numbers in the order of the elements. NaN is the largest; -0 and 0 are equal where
/// places break ties.
template <class T>
[[gnu::always_inline]] inline key_of<T> to_key(T element, bool down, bool zeros_equal) {
    using K = key_of<T>;
    auto const x = to_number(element);
    K k{};
    if constexpr (std::is_integral_v<T>) {
        if constexpr (std::is_signed_v<T>)
            k = static_cast<K>(x) ^ K(K{1} << (8 * sizeof(K) - 1));
        else
            k = static_cast<K>(x);
    } else {
        constexpr K sign = K{1} << (8 * sizeof(K) - 1);
        k = __builtin_bit_cast(K, zeros_equal && x == 0 ? static_cast<decltype(x)>(0) : x);
        k = x != x ? ~K{0} : (k & sign) ? ~k : (k | sign);
    }
    return down ? static_cast<K>(~k) : k;
}
template <class T>
[[gnu::always_inline]] inline T from_key(key_of<T> k, bool down) {
    using K = key_of<T>;
    if (down) k = static_cast<K>(~k);
    constexpr K sign = K{1} << (8 * sizeof(K) - 1);
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(std::is_signed_v<T> ? k ^ sign : k);
    } else {
        using A = number_of<T>;
        if (k == ~K{0}) return static_cast<T>(static_cast<A>(__builtin_nan("")));
        return static_cast<T>(__builtin_bit_cast(A, (k & sign) ? k ^ sign : static_cast<K>(~k)));
    }
}

template <class Caller, class E>
void insertion(E* a, std::int64_t n) {
    for (std::int64_t i = 1; i < n; ++i) {
        E const x = a[i];
        std::int64_t j = i;
        for (; j > 0 && x < a[j - 1]; --j) a[j] = a[j - 1];
        a[j] = x;
    }
}

/// Eight elements by a network of Batcher's: no branch depends on them.
template <class Caller, class E>
void sort_eight(E* a) {
    auto const exchange = [&](auto... at) __attribute__((always_inline)) {
        int const i[] = {at...};
        for (int k = 0; k < static_cast<int>(sizeof...(at)); k += 2) {
            E const x = a[i[k]], y = a[i[k + 1]];
            bool const swap = y < x;
            a[i[k]] = swap ? y : x, a[i[k + 1]] = swap ? x : y;
        }
    };
    exchange(0, 1, 2, 3, 4, 5, 6, 7), exchange(0, 2, 1, 3, 4, 6, 5, 7), exchange(1, 2, 5, 6);
    exchange(0, 4, 1, 5, 2, 6, 3, 7), exchange(2, 4, 3, 5), exchange(1, 2, 3, 4, 5, 6);
}

/// The smaller of the two that stand at a and b, and one step on from it. Written with masks,
/// because a branch would be guessed wrong every other time.
template <class E>
[[gnu::always_inline]] inline E next_of(E const*& a, E const*& b) {
    E const x = *a, y = *b;
    bool const second = y < x;
    E const mask = static_cast<E>(E{0} - static_cast<E>(second));
    a += !second, b += second;
    return static_cast<E>(x ^ ((x ^ y) & mask));
}
/// The same from their ends: the larger one, and a step back.
template <class E>
[[gnu::always_inline]] inline E last_of(E const*& a, E const*& b) {
    E const x = *a, y = *b;
    bool const first = y < x;
    E const mask = static_cast<E>(E{0} - static_cast<E>(first));
    a -= first, b -= !first;
    return static_cast<E>(y ^ ((x ^ y) & mask));
}

template <class Caller, class E>
void merge(E const* a, E const* a_end, E const* b, E const* b_end, E* to) {
    if (std::int64_t const n = a_end - a; b_end - b == n) {
        // From both ends at once; neither half can run out before they meet.
        E *left = to, *right = to + 2 * n;
        E const *last_a = a_end - 1, *last_b = b_end - 1;
        for (std::int64_t i = 0; i < n; ++i)
            *left++ = next_of(a, b), *--right = last_of(last_a, last_b);
        return;
    }
    while (a != a_end && b != b_end) *to++ = next_of(a, b);
    while (a != a_end) *to++ = *a++;
    while (b != b_end) *to++ = *b++;
}

/// Runs of 8 by a network, then merged, back and forth between `a` and `work`.
template <class Caller, class E>
void merge_sort(E* a, E* work, std::int64_t n) {
    constexpr std::int64_t run = 8;
    std::int64_t i = 0;
    for (; i + run <= n; i += run) sort_eight<Caller>(a + i);
    insertion<Caller>(a + i, n - i);
    E *from = a, *to = work;
    for (std::int64_t width = run; width < n; width *= 2) {
        for (std::int64_t at = 0; at < n; at += 2 * width) {
            std::int64_t const middle = at + width < n ? at + width : n,
                               end = at + 2 * width < n ? at + 2 * width : n;
            merge<Caller>(from + at, from + middle, from + middle, from + end, to + at);
        }
        E* const other = from;
        from = to, to = other;
    }
    if (from != a) __builtin_memcpy(a, from, static_cast<std::size_t>(n) * sizeof(E));
}

/// By digits of `Bits` bits, from byte `Low` on, the least significant one first; digits that all
/// have in common are skipped.
template <class Caller, int Low, int Bits, class E>
void radix_sort(E* a, E* work, std::int64_t n) {
    constexpr int digits = (8 * (static_cast<int>(sizeof(E)) - Low) + Bits - 1) / Bits;
    constexpr auto mask = static_cast<std::uint32_t>((1 << Bits) - 1);
    std::uint32_t counts[digits][mask + 1] = {};
    auto const digit = [](E e, int d) {
        return static_cast<std::uint32_t>(e >> (8 * Low + Bits * d)) & mask;
    };
    for (std::int64_t i = 0; i < n; ++i)
        for (int d = 0; d < digits; ++d) ++counts[d][digit(a[i], d)];
    E *from = a, *to = work;
    for (int d = 0; d < digits; ++d) {
        std::uint32_t* const place = counts[d];
        if (place[digit(from[0], d)] == n) continue;
        std::uint32_t sum = 0;
        for (std::uint32_t v = 0; v <= mask; ++v) {
            std::uint32_t const own = place[v];
            place[v] = sum, sum += own;
        }
        for (std::int64_t i = 0; i < n; ++i) {
            E const e = from[i];
            to[place[digit(e, d)]++] = e;
        }
        E* const other = from;
        from = to, to = other;
    }
    if (from != a) __builtin_memcpy(a, from, static_cast<std::size_t>(n) * sizeof(E));
}

/// Entries hold a place in their lower half where `Low` is not 0; there they come in order.
template <class Caller, int Low, class E>
void sort_entries(E* a, E* work, std::int64_t n) {
    constexpr std::int64_t wide_key = sizeof(E) - Low > 4;
    if constexpr (requires { sort_keys(static_cast<Caller const*>(nullptr), a, work, n); })
        if (n >= 32 && sort_keys(static_cast<Caller const*>(nullptr), a, work, n)) return;
    if (n <= 12)
        insertion<Caller>(a, n);
    else if (n <= (wide_key ? 256 : 80) || n >= std::int64_t{1} << 32)
        merge_sort<Caller>(a, work, n);
    else if (n <= (wide_key ? 2048 : 1024))
        radix_sort<Caller, Low, 8>(a, work, n);
    else
        radix_sort<Caller, Low, 11>(a, work, n);
}

/// `lanes` rows at once, which stand side by side: an exchange of Batcher's network for two places
/// is one minimum and one maximum of vectors.
inline constexpr int lanes = 16;
inline constexpr std::int64_t longest_in_lanes = 512;

template <class Caller, class E>
void sort_lanes(E* a, std::int64_t n) {
    for (std::int64_t p = 1, shift = 1; p < n; p *= 2, ++shift)
        for (std::int64_t k = p; k >= 1; k /= 2)
            for (std::int64_t j = k & (p - 1); j + k < n; j += 2 * k)
                for (std::int64_t i = j; i < j + k && i + k < n; ++i) {
                    if ((i >> shift) != ((i + k) >> shift)) continue;
                    E* const x = a + i * lanes;
                    E* const y = x + k * lanes;
                    E low[lanes], high[lanes];
                    for (int l = 0; l < lanes; ++l) {
                        E const u = x[l], v = y[l];
                        low[l] = u < v ? u : v, high[l] = u < v ? v : u;
                    }
                    for (int l = 0; l < lanes; ++l) x[l] = low[l];
                    for (int l = 0; l < lanes; ++l) y[l] = high[l];
                }
}

/// Whether rows are sorted side by side.
template <class E>
constexpr bool in_lanes(std::int64_t rows, std::int64_t n) {
    return sizeof(E) <= 8 && rows >= lanes / 4 && n >= 4 &&
           n <= longest_in_lanes * 4 / static_cast<std::int64_t>(sizeof(E));
}
/// Entries of memory to work in, for a run-time n as for a known one.
constexpr extent room(extent_table& e, extent n) {
    return e.maximum(e.multiply({2}, n), e.multiply({lanes}, e.minimum(n, {longest_in_lanes})));
}

/// Sorts rows of n entries. `make(r, i)` is entry i of row r, `take(r, i, entry)` gets the first k.
template <class Caller, int Low, class E, class Make, class Take>
void sort_rows(E* a, std::int64_t rows, std::int64_t n, std::int64_t k, Make make, Take take) {
    std::int64_t r = 0;
    if constexpr (sizeof(E) <= 8)
        while (in_lanes<E>(rows - r, n)) {
            std::int64_t const count = rows - r < lanes ? rows - r : lanes;
            for (std::int64_t l = 0; l < lanes; ++l)
                for (std::int64_t i = 0; i < n; ++i)
                    a[i * lanes + l] = l < count ? make(r + l, i) : E{0};
            sort_lanes<Caller>(a, n);
            for (std::int64_t l = 0; l < count; ++l)
                for (std::int64_t i = 0; i < k; ++i) take(r + l, i, a[i * lanes + l]);
            r += count;
        }
    for (; r < rows; ++r) {
        for (std::int64_t i = 0; i < n; ++i) a[i] = make(r, i);
        sort_entries<Caller, Low>(a, a + n, n);
        for (std::int64_t i = 0; i < k; ++i) take(r, i, a[i]);
    }
}

template <class Caller, class T>
void values(T const* x, T* y, std::int64_t rows, std::int64_t n, bool down, void* memory) {
    using K = key_of<T>;
    if constexpr (requires { sort_row(static_cast<Caller const*>(nullptr), x, y, n, down, memory); })
        while (rows > 0 &&
               sort_row(static_cast<Caller const*>(nullptr), x, y, n, down, memory))
            x += n, y += n, --rows;
    sort_rows<Caller, 0>(
        static_cast<K*>(memory), rows, n, n,
        [&](std::int64_t r, std::int64_t i) { return to_key(x[r * n + i], down, false); },
        [&](std::int64_t r, std::int64_t i, K e) { y[r * n + i] = from_key<T>(e, down); });
}

template <class T>
[[gnu::always_inline]] inline entry_of<key_of<T>> to_entry(T x, std::int64_t place, bool down) {
    using K = key_of<T>;
    using E = entry_of<K>;
    return static_cast<E>(static_cast<E>(to_key(x, down, true)) << (8 * sizeof(K)) |
                          static_cast<E>(place));
}
template <class I, class E>
[[gnu::always_inline]] inline I place_of(E e) {
    return static_cast<I>(static_cast<std::uint32_t>(e));
}

/// The first k places of the order.
template <class Caller, class T, class I>
void order(T const* x, I* y, std::int64_t rows, std::int64_t n, std::int64_t k, bool down,
           void* memory) {
    using E = entry_of<key_of<T>>;
    sort_rows<Caller, sizeof(key_of<T>)>(
        static_cast<E*>(memory), rows, n, k,
        [&](std::int64_t r, std::int64_t i) { return to_entry(x[r * n + i], i, down); },
        [&](std::int64_t r, std::int64_t i, E e) { y[r * k + i] = place_of<I>(e); });
}

/// The first k places from the largest on, of long rows: what is better than the k-th so far is
/// collected, and the collection cut back to k where it is full.
template <class Caller, class T, class I>
void first_places(T const* x, I* y, std::int64_t rows, std::int64_t n, std::int64_t k,
                  std::int64_t room, void* memory) {
    using E = entry_of<key_of<T>>;
    auto* const a = static_cast<E*>(memory);
    for (std::int64_t r = 0; r < rows; ++r, x += n, y += k) {
        std::int64_t count = 0;
        E limit = static_cast<E>(~E{0});
        for (std::int64_t i = 0; i < n; ++i) {
            E const e = to_entry(x[i], i, true);
            if (!(e < limit)) continue;
            if (count == room) {
                merge_sort<Caller>(a, a + room, count);
                count = k, limit = a[k - 1];
                if (!(e < limit)) continue;
            }
            a[count++] = e;
        }
        merge_sort<Caller>(a, a + room, count);
        for (std::int64_t i = 0; i < k; ++i) y[i] = place_of<I>(a[i]);
    }
}

}  // namespace sorting

}  // namespace ops
}  // namespace weft
