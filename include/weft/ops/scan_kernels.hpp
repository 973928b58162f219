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
    template <class A>
    static constexpr A identity = A(0);
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
    static constexpr A identity = A(1);
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
    [[maybe_unused]] constexpr Caller const* caller = nullptr;  // says where faster ones are found
    for (std::int64_t o = 0; o < s.outer; ++o, x += size, y += size) {
        if (s.inner == 1) {
            if (back)
                row<Caller, Fold, -1>(x + first, y + first, s.n);
            else if constexpr (requires { scan_row(caller, Fold{}, x, y, s.n); })
                scan_row(caller, Fold{}, x, y, s.n);
            else
                row<Caller, Fold, 1>(x, y, s.n);
            continue;
        }
        if constexpr (requires { scan_columns(caller, Fold{}, x, y, s.n, s.inner); })
            if (!back) {
                scan_columns(caller, Fold{}, x, y, s.n, s.inner);
                continue;
            }
        std::int64_t j = first;
        std::int64_t const end = first + s.inner;
        for (; j + 16 <= end; j += 16) columns<Caller, Fold, 16>(x + j, y + j, s.n, step);
        for (; j + 4 <= end; j += 4) columns<Caller, Fold, 4>(x + j, y + j, s.n, step);
        for (; j < end; ++j) columns<Caller, Fold, 1>(x + j, y + j, s.n, step);
    }
}

/// Numbers that are multiplied side by side: in registers, if they are plain.
template <class T>
struct factors {
    static constexpr int count = 32;
    number_of<T> of[count];

    static factors read(T const* x) {
        factors f;
        for (int l = 0; l < count; ++l) f.of[l] = to_number(x[l]);
        return f;
    }
    void write(T* x) const {
        for (int l = 0; l < count; ++l) x[l] = static_cast<T>(of[l]);
    }
    number_of<T> get(int l) const { return of[l]; }
    void set(int l, number_of<T> x) { of[l] = x; }
    factors operator*(factors const& other) const {
        factors f;
        for (int l = 0; l < count; ++l)
            f.of[l] = static_cast<number_of<T>>(of[l] * other.of[l]);
        return f;
    }
};
template <class T>
    requires std::is_floating_point_v<T>
struct factors<T> {
    typedef T vector __attribute__((vector_size(64)));
    typedef T elements __attribute__((vector_size(64), aligned(alignof(T)), may_alias));
    static constexpr int width = 64 / sizeof(T), count = 4 * width;
    vector a, b, c, d;

    static factors read(T const* x) {
        auto const* const v = reinterpret_cast<elements const*>(x);
        return {v[0], v[1], v[2], v[3]};
    }
    void write(T* x) const {
        auto* const v = reinterpret_cast<elements*>(x);
        v[0] = a, v[1] = b, v[2] = c, v[3] = d;
    }
    T get(int l) const {
        vector const& v = l < 2 * width ? l < width ? a : b : l < 3 * width ? c : d;
        return v[l % width];
    }
    void set(int l, T x) {
        vector& v = l < 2 * width ? l < width ? a : b : l < 3 * width ? c : d;
        v[l % width] = x;
    }
    factors operator*(factors const& o) const { return {a * o.a, b * o.b, c * o.c, d * o.d}; }
};

/// y[i] = the product of all others of a row: of those before it, which stand in y meanwhile, and
/// of those behind it. Each of several lanes has its own products, so that one need not wait for
/// the next; what all other lanes come to is joined in between.
template <class Caller, class T>
void others(T const* __restrict__ x, T* __restrict__ y, std::int64_t n) {
    using A = number_of<T>;
    constexpr int lanes = factors<T>::count;
    auto const times = [](A a, A b) { return static_cast<A>(a * b); };
    A all = scans::product::identity<A>, rest = all;
    std::int64_t const end = n - n % lanes;
    factors<T> before, behind;
    for (int l = 0; l < lanes; ++l) before.set(l, rest);
    for (std::int64_t i = 0; i < end; i += lanes) {
        auto const own = factors<T>::read(x + i);
        before.write(y + i);
        before = before * own;
    }
    for (int l = 0; l < lanes; ++l) behind.set(l, all), all = times(all, before.get(l));
    for (std::int64_t i = end; i < n; ++i) {
        y[i] = static_cast<T>(all);
        all = times(all, to_number(x[i]));
    }
    for (std::int64_t i = n; i-- > end;) {
        y[i] = static_cast<T>(times(to_number(y[i]), rest));
        rest = times(rest, to_number(x[i]));
    }
    for (int l = lanes; l-- > 0;) {
        behind.set(l, times(behind.get(l), rest));
        rest = times(rest, before.get(l));
    }
    for (std::int64_t i = end - lanes; i >= 0; i -= lanes) {
        auto const own = factors<T>::read(x + i);
        (factors<T>::read(y + i) * behind).write(y + i);
        behind = behind * own;
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
