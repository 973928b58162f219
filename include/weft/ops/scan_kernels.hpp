// SPDX-License-Identifier: BSL-1.0
// Running folds along an axis: how neighbouring stretches are joined, and the loops. Below
// scan.hpp.
#pragma once

#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

namespace scans {

// How two neighbouring stretches are joined. `state` is what numbers of type T are joined in.
struct sum {
    template <class T>
    using state = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                              std::type_identity<T>>::type;
    template <class A>
    static A join(A a, A b) {
        return static_cast<A>(a + b);
    }
};
struct product : sum {
    template <class A>
    static A join(A a, A b) {
        return static_cast<A>(a * b);
    }
};
struct maximum {
    template <class T>
    using state = T;
    template <class A>
    static A join(A a, A b) {
        return a != a || a > b ? a : b;
    }
};
struct minimum : maximum {
    template <class A>
    static A join(A a, A b) {
        return a != a || a < b ? a : b;
    }
};
struct log_sum {
    template <class T>
    using state = T;
    template <class A>
    static A join(A a, A b) {
        A const high = a > b ? a : b, low = a > b ? b : a;
        if (low == high || low == -__builtin_inf())
            return high + (low == high ? A(0.69314718055994530942) : A(0));
        if constexpr (sizeof(A) == 4)
            return high + __builtin_log1pf(__builtin_expf(low - high));
        else
            return high + __builtin_log1p(__builtin_exp(low - high));
    }
};

/// One row, eight elements a step: only the last join of each eight waits for the one before.
template <class Caller, class Fold, int Step, class T>
void row(T const* x, T* y, std::int64_t n) {
    using A = typename Fold::template state<number_of<T>>;
    if (n == 0) return;
    auto const join = [](A a, A b) { return Fold::join(a, b); };
    auto const at = [&](std::int64_t i) { return static_cast<A>(to_number(x[i * Step])); };
    A carry = at(0);
    y[0] = x[0];
    std::int64_t i = 1;
    if constexpr (!std::is_same_v<Fold, log_sum>)
        for (; i + 8 <= n; i += 8) {
            A p[8];
            for (int l = 0; l < 8; ++l) p[l] = at(i + l);
            for (int l = 0; l < 8; l += 4) {
                p[l + 3] = join(p[l + 2], p[l + 3]), p[l + 1] = join(p[l], p[l + 1]);
                p[l + 2] = join(p[l + 1], p[l + 2]), p[l + 3] = join(p[l + 1], p[l + 3]);
            }
            for (int l = 4; l < 8; ++l) p[l] = join(p[3], p[l]);
            for (int l = 0; l < 8; ++l)
                y[(i + l) * Step] = static_cast<T>(static_cast<number_of<T>>(join(carry, p[l])));
            carry = join(carry, p[7]);
        }
    for (; i < n; ++i) {
        carry = join(carry, at(i));
        y[i * Step] = static_cast<T>(static_cast<number_of<T>>(carry));
    }
}

/// `Lanes` neighbouring columns at once.
template <class Caller, class Fold, int Lanes, class T>
void columns(T const* x, T* y, std::int64_t n, std::int64_t step) {
    using A = typename Fold::template state<number_of<T>>;
    A carry[Lanes] = {};
    for (std::int64_t i = 0; i < n; ++i, x += step, y += step)
        for (int l = 0; l < Lanes; ++l) {
            A const own = static_cast<A>(to_number(x[l]));
            carry[l] = i == 0 ? own : Fold::join(carry[l], own);
            y[l] = static_cast<T>(static_cast<number_of<T>>(carry[l]));
        }
}

template <class Caller, class Fold, class T>
void run(T const* x, T* y, axis_split s, bool back) {
    std::int64_t const size = s.n * s.inner, step = back ? -s.inner : s.inner;
    if (size == 0) return;
    std::int64_t const first = back ? size - s.inner : 0;
    for (std::int64_t o = 0; o < s.outer; ++o, x += size, y += size) {
        if (s.inner == 1) {
            if (back)
                row<Caller, Fold, -1>(x + first, y + first, s.n);
            else
                row<Caller, Fold, 1>(x, y, s.n);
            continue;
        }
        std::int64_t j = first;
        std::int64_t const end = first + s.inner;
        for (; j + 16 <= end; j += 16) columns<Caller, Fold, 16>(x + j, y + j, s.n, step);
        for (; j + 4 <= end; j += 4) columns<Caller, Fold, 4>(x + j, y + j, s.n, step);
        for (; j < end; ++j) columns<Caller, Fold, 1>(x + j, y + j, s.n, step);
    }
}

/// y[t] = a[t] y[t - 1] + b[t] in `Lanes` recurrences at once, which stand `apart` from each other:
/// one waits for its own last element only.
template <class Caller, int Lanes, class T>
[[gnu::always_inline]] inline void recur_lanes(T const* a, T const* b, T* y, std::int64_t n,
                                               std::int64_t step, std::int64_t apart) {
    using A = number_of<T>;
    A last[Lanes] = {};
    for (std::int64_t i = 0; i < n; ++i, a += step, b += step, y += step)
        for (int l = 0; l < Lanes; ++l) {
            std::int64_t const at = l * apart;
            last[l] = i == 0 ? to_number(b[at])
                             : static_cast<A>(to_number(a[at]) * last[l] + to_number(b[at]));
            y[at] = static_cast<T>(last[l]);
        }
}
template <class Caller, class T>
void recur(T const* a, T const* b, T* y, axis_split s, bool back) {
    std::int64_t const size = s.n * s.inner, step = back ? -s.inner : s.inner;
    std::int64_t const first = back ? size - s.inner : 0;
    if (s.inner == 1) {
        std::int64_t o = 0;
        for (; o + 8 <= s.outer; o += 8) {
            std::int64_t const at = o * size + first;
            recur_lanes<Caller, 8>(a + at, b + at, y + at, s.n, step, size);
        }
        for (; o < s.outer; ++o) {
            std::int64_t const at = o * size + first;
            recur_lanes<Caller, 1>(a + at, b + at, y + at, s.n, step, 1);
        }
        return;
    }
    for (std::int64_t o = 0; o < s.outer; ++o) {
        std::int64_t at = o * size + first;
        std::int64_t const end = at + s.inner;
        for (; at + 16 <= end; at += 16)
            recur_lanes<Caller, 16>(a + at, b + at, y + at, s.n, step, 1);
        for (; at < end; ++at) recur_lanes<Caller, 1>(a + at, b + at, y + at, s.n, step, 1);
    }
}

}  // namespace scans

}  // namespace ops
}  // namespace weft
