// SPDX-License-Identifier: BSL-1.0
// Running sums and extremes of rows of 32- and 64-bit numbers in registers. Found beside the type
// of the call by ops/scan_kernels.hpp and ops/argmax.hpp, which serve the rest.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/cpu/pack_math.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <class Result, class... Operands>
struct whole_call;

/// Elements that are folded in their own type, or as unsigned ones of their size, and of which
/// there are some in a register.
template <class T>
concept RowElement = std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && sizeof(T) >= 4 &&
                     std::cmp_less_equal(2 * sizeof(T), vector_bytes);
template <class T>
inline constexpr int row_lanes = vector_bytes / int{sizeof(T)};

#if defined(__GNUC__)
/// A register of sums, one running into the next.
template <class Fold, class A>
struct running {
    static constexpr int n = row_lanes<A>;
    typedef A vec __attribute__((vector_size(n * sizeof(A))));
    typedef A loose __attribute__((vector_size(n * sizeof(A)), aligned(alignof(A)), may_alias));

    template <int Distance, int... I>
    static WEFT_INLINE vec moved(vec v, std::integer_sequence<int, I...>) {
        vec const none = vec{} + Fold::template identity<A>;
        return __builtin_shufflevector(none, v, (I < Distance ? I : n + I - Distance)...);
    }
    /// Each lane folded with all before it.
    template <int Distance = 1>
    static WEFT_INLINE vec folded(vec v) {
        if constexpr (Distance == n)
            return v;
        else
            return folded<2 * Distance>(
                Fold::join(moved<Distance>(v, std::make_integer_sequence<int, n>{}), v));
    }
    template <int... I>
    static WEFT_INLINE vec last(vec v, std::integer_sequence<int, I...>) {
        return __builtin_shufflevector(v, v, (I * 0 + n - 1)...);
    }
    static WEFT_INLINE vec load(void const* p) { return *static_cast<loose const*>(p); }
    static WEFT_INLINE void store(void* p, vec v) { *static_cast<loose*>(p) = v; }
};

/// y[i] = x[0] + ... + x[i], of a row. Only one addition in a register waits for the one before.
template <class Result, class... Operands, class Fold, RowElement T>
    requires requires { Fold::template identity<typename Fold::template state<T>>; }
void scan_row(whole_call<Result, Operands...> const*, Fold, T const* x, T* y, std::int64_t n) {
    using A = typename Fold::template state<T>;
    using R = running<Fold, A>;
    typename R::vec carry = typename R::vec{} + Fold::template identity<A>;
    std::int64_t i = 0;
    for (; i + R::n <= n; i += R::n) {
        typename R::vec const own = R::folded(R::load(x + i));
        R::store(y + i, Fold::join(carry, own));
        carry = Fold::join(carry, R::last(own, std::make_integer_sequence<int, R::n>{}));
    }
    A last = carry[0];
    for (; i < n; ++i) {
        last = Fold::join(last, static_cast<A>(x[i]));
        y[i] = static_cast<T>(last);
    }
}

/// The same down the columns of n rows of `width` elements.
template <class Result, class... Operands, class Fold, RowElement T>
    requires requires { Fold::template identity<typename Fold::template state<T>>; }
void scan_columns(whole_call<Result, Operands...> const*, Fold, T const* x, T* y, std::int64_t n,
                  std::int64_t width) {
    using A = typename Fold::template state<T>;
    using R = running<Fold, A>;
    constexpr std::int64_t block = 1024;  // the row before is still in the nearest cache
    for (std::int64_t begin = 0; begin < width; begin += block) {
        std::int64_t const end = begin + block < width ? begin + block : width;
        for (std::int64_t i = 0; i < n; ++i) {
            T const* const from = x + i * width;
            T* const to = y + i * width;
            std::int64_t j = begin;
            if (i == 0) {
                for (; j < end; ++j) to[j] = from[j];
                continue;
            }
            for (; j + R::n <= end; j += R::n)
                R::store(to + j, Fold::join(R::load(to + j - width), R::load(from + j)));
            for (; j < end; ++j)
                to[j] = static_cast<T>(
                    Fold::join(static_cast<A>(to[j - width]), static_cast<A>(from[j])));
        }
    }
}
#endif

/// The place of the first extreme element of a row, or of its first NaN: block by block the
/// extreme, and its place where it is better than all before.
template <class Result, class... Operands, class Least, RowElement T>
std::int64_t extreme_in_row(whole_call<Result, Operands...> const*, Least, T const* x,
                            std::int64_t n) {
    constexpr int lanes = row_lanes<T>, many = 4;
    constexpr std::int64_t block = 1024;
    using V = pack<T, lanes>;
    auto const better = [](auto a, auto b)
                            WEFT_INLINE_LAMBDA { return Least::value ? a < b : a > b; };
    auto const extreme = [&](V a, V b) WEFT_INLINE_LAMBDA { return select(better(a, b), a, b); };
    T best = x[0];
    std::int64_t place = 0;
    if (best != best) return 0;
    for (std::int64_t begin = 0; begin < n; begin += block) {
        std::int64_t const end = begin + block < n ? begin + block : n,
                           whole = begin + (end - begin) / lanes * lanes;
        V found[many] = {V(best), V(best), V(best), V(best)};
        auto unordered = V(best) != V(best);
        std::int64_t i = begin;
        auto const see = [&](int u) WEFT_INLINE_LAMBDA {
            V const v = V::load(x + i + u * lanes);
            if constexpr (std::is_floating_point_v<T>) unordered = unordered | (v != v);
            found[u] = extreme(v, found[u]);
        };
        for (; i + many * lanes <= whole; i += many * lanes) see(0), see(1), see(2), see(3);
        for (; i < whole; i += lanes) see(0);
        if (any(unordered))
            for (std::int64_t j = begin;; ++j)
                if (x[j] != x[j]) return j;
        T const own = simd::reduce(
            [](auto a, auto b)
                WEFT_INLINE_LAMBDA { return select(Least::value ? a < b : a > b, a, b); },
            extreme(extreme(found[0], found[1]), extreme(found[2], found[3])));
        if (better(own, best)) {
            best = own;
            V const all(best);
            for (i = begin; !any(V::load(x + i) == all);) i += lanes;
            while (x[i] != best) ++i;
            place = i;
        }
        for (i = whole; i < end; ++i) {
            if (x[i] != x[i]) return i;
            if (better(x[i], best)) best = x[i], place = i;
        }
    }
    return place;
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
