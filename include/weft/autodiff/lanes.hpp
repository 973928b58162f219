// SPDX-License-Identifier: BSL-1.0
// The tangents of a dual number: N numbers side by side, in vector registers where they are plain.
// GNU vectors, which g++ and clang keep in registers at -O2, and which need no header.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <weft/core/dyn.hpp>
#include <weft/cpu/isa.hpp>
#include <weft/ir/rules.hpp>

namespace weft {

namespace detail {
inline namespace WEFT_ISA {

constexpr int power_of_two_above(int n) {
    int p = 1;
    while (p < n) p *= 2;
    return p;
}

/// Of numbers that are active themselves, and of a single one: an array.
template <class T, int N>
struct lanes {
    T lane[N]{};

    static WEFT_INLINE constexpr int size() { return N; }
    WEFT_INLINE constexpr T get(int i) const { return lane[i]; }
    WEFT_INLINE constexpr void set(int i, T const& x) { lane[i] = x; }
    WEFT_INLINE constexpr void store(T* out) const {
        for (int i = 0; i < N; ++i) out[i] = lane[i];
    }
    static WEFT_INLINE constexpr lanes unit(int direction) {
        lanes r;
        r.lane[direction] = T(1);
        return r;
    }
    /// f(lane of each) for every lane.
    template <class F, class... L>
    WEFT_INLINE constexpr void each(F f, L const&... l) {
        for (int i = 0; i < N; ++i) lane[i] = f(l.lane[i]...);
    }
};

/// So many registers of a size, and what depends on the size.
template <class T, int Bytes, int Count>
struct registers {
    typedef T vector __attribute__((vector_size(Bytes)));
    static constexpr int width = Bytes / static_cast<int>(sizeof(T));

    vector at[Count]{};

    WEFT_INLINE T get(int i) const { return at[i / width][i % width]; }
    WEFT_INLINE void set(int i, T x) { at[i / width][i % width] = x; }
    template <class F, class... R>
    WEFT_INLINE void each(F f, R const&... r) {
        auto const one = [&](int i) WEFT_INLINE_LAMBDA { at[i] = f(r.at[i]...); };
        [&]<int... I>(std::integer_sequence<int, I...>)
            WEFT_INLINE_LAMBDA { (one(I), ...); }(std::make_integer_sequence<int, Count>());
    }
    /// One in the given lane, if it is here. Whole registers: a lane written to memory would have
    /// to arrive there before the register can be read.
    WEFT_INLINE void unit(int lane) {
        auto const one = [&](int i) WEFT_INLINE_LAMBDA {
            at[i] = lane_numbers(std::make_integer_sequence<int, width>()) ==
                            static_cast<index_element>(lane - i * width)
                        ? vector{} + T(1)
                        : vector{};
        };
        [&]<int... I>(std::integer_sequence<int, I...>)
            WEFT_INLINE_LAMBDA { (one(I), ...); }(std::make_integer_sequence<int, Count>());
    }

private:
    using index_element = std::conditional_t<sizeof(T) == 8, long long, int>;
    typedef index_element index __attribute__((vector_size(Bytes)));
    template <int... I>
    static WEFT_INLINE index lane_numbers(std::integer_sequence<int, I...>) {
        return index{I...};
    }
};
template <class T, int Bytes>
struct registers<T, Bytes, 0> {
    WEFT_INLINE T get(int) const { return T(0); }
    WEFT_INLINE void set(int, T) {}
    template <class F, class... R>
    WEFT_INLINE void each(F, R const&...) {}
    WEFT_INLINE void unit(int) {}
};

/// Of plain numbers: wide registers, and one of the fitting size for the rest.
template <class T, int N>
    requires(std::is_arithmetic_v<T> && N > 1)
struct lanes<T, N> {
    static constexpr int bytes = N * static_cast<int>(sizeof(T)),
                         widest = vector_bytes < 16 ? 16 : vector_bytes, count = bytes / widest,
                         wide_lanes = count * widest / static_cast<int>(sizeof(T)),
                         rest = bytes - count * widest,
                         rest_bytes = power_of_two_above(rest < 16 ? 16 : rest);

    [[no_unique_address]] registers<T, widest, count> wide;
    [[no_unique_address]] registers<T, rest_bytes, (rest > 0 ? 1 : 0)> last;

    lanes() = default;
    // Copied register by register: as a block of memory it would pass through memory.
    WEFT_INLINE lanes(lanes const& o) {
        each([](auto const& x) WEFT_INLINE_LAMBDA { return x; }, o);
    }
    WEFT_INLINE lanes& operator=(lanes const& o) {
        each([](auto const& x) WEFT_INLINE_LAMBDA { return x; }, o);
        return *this;
    }

    static WEFT_INLINE constexpr int size() { return N; }
    WEFT_INLINE T get(int i) const {
        return i < wide_lanes ? wide.get(i) : last.get(i - wide_lanes);
    }
    WEFT_INLINE void set(int i, T x) {
        if (i < wide_lanes)
            wide.set(i, x);
        else
            last.set(i - wide_lanes, x);
    }
    WEFT_INLINE void store(T* out) const {
        if constexpr (count > 0) __builtin_memcpy(out, &wide, count * widest);
        if constexpr (rest > 0) __builtin_memcpy(out + wide_lanes, &last, rest);
    }
    static WEFT_INLINE lanes unit(int direction) {
        lanes r;
        r.wide.unit(direction);
        r.last.unit(direction - wide_lanes);
        return r;
    }
    template <class F, class... L>
    WEFT_INLINE void each(F f, L const&... l) {
        wide.each(f, l.wide...);
        last.each(f, l.last...);
    }
};

/// Their number known at run time: none at all stands for zeros.
template <class T>
class growing_lanes {
public:
    growing_lanes() = default;
    explicit growing_lanes(int n)
        : lane_(n > 0 ? new T[static_cast<std::size_t>(n)]{} : nullptr), size_(n) {}
    growing_lanes(growing_lanes const& o) : growing_lanes(o.size_) {
        for (int i = 0; i < size_; ++i) lane_[i] = o.lane_[i];
    }
    growing_lanes(growing_lanes&& o) noexcept
        : lane_(std::exchange(o.lane_, nullptr)), size_(std::exchange(o.size_, 0)) {}
    ~growing_lanes() { delete[] lane_; }
    growing_lanes& operator=(growing_lanes const& o) {
        if (size_ != o.size_) return *this = growing_lanes(o);
        for (int i = 0; i < size_; ++i) lane_[i] = o.lane_[i];
        return *this;
    }
    growing_lanes& operator=(growing_lanes&& o) noexcept {
        std::swap(lane_, o.lane_);
        std::swap(size_, o.size_);
        return *this;
    }

    int size() const { return size_; }
    T get(int i) const { return i < size_ ? lane_[i] : T{}; }
    void set(int i, T const& x) {
        if (i >= size_) {
            growing_lanes more(i + 1);
            for (int k = 0; k < size_; ++k) more.lane_[k] = lane_[k];
            *this = std::move(more);
        }
        lane_[i] = x;
    }
    void store(T* out) const {
        for (int i = 0; i < size_; ++i) out[i] = lane_[i];
    }
    template <class F, class... L>
    void each(F f, L const&... l) {
        int n = 0;
        ((n = l.size() > n ? l.size() : n), ...);
        if (size_ != n) *this = growing_lanes(n);
        if (((l.size() == n) && ...))
            for (int i = 0; i < n; ++i) lane_[i] = f(l.lane_[i]...);
        else
            for (int i = 0; i < n; ++i) lane_[i] = f(l.get(i)...);
    }

private:
    T* lane_ = nullptr;
    int size_ = 0;
};
template <class T>
struct lanes<T, static_cast<int>(dyn)> : growing_lanes<T> {
    using growing_lanes<T>::growing_lanes;
    static lanes unit(int direction) {
        lanes r(direction + 1);
        r.set(direction, T(1));
        return r;
    }
};

// ---- tangents times a partial derivative, and their sum ----

template <class L>
WEFT_INLINE L scaled_lanes(L const& t, ir::one) {
    return t;
}
template <class L>
WEFT_INLINE L scaled_lanes(L const& t, ir::minus_one) {
    L r;
    r.each([](auto const& x) WEFT_INLINE_LAMBDA { return -x; }, t);
    return r;
}
template <class L>
WEFT_INLINE L scaled_lanes(L const& t, ir::when<bool> w) {
    return w.condition ? t : L{};
}
/// Dual numbers, whose product has derivatives itself, bring their own.
template <class X, class P>
WEFT_INLINE auto tangent_product(X const& x, P const& p) {
    return x * p;
}
template <class L, class P>
WEFT_INLINE L scaled_lanes(L const& t, P const& p) {
    L r;
    r.each([&](auto const& x) WEFT_INLINE_LAMBDA { return tangent_product(x, p); }, t);
    return r;
}

template <class L>
WEFT_INLINE L added_lanes(L const& s, L const& t, ir::one) {
    L r;
    r.each([](auto const& x, auto const& y) WEFT_INLINE_LAMBDA { return x + y; }, s, t);
    return r;
}
template <class L>
WEFT_INLINE L added_lanes(L const& s, L const& t, ir::minus_one) {
    L r;
    r.each([](auto const& x, auto const& y) WEFT_INLINE_LAMBDA { return x - y; }, s, t);
    return r;
}
template <class L>
WEFT_INLINE L added_lanes(L const& s, L const& t, ir::when<bool> w) {
    return w.condition ? added_lanes(s, t, ir::one{}) : s;
}
template <class L, class P>
WEFT_INLINE L added_lanes(L const& s, L const& t, P const& p) {
    L r;
    r.each([&](auto const& x, auto const& y)
               WEFT_INLINE_LAMBDA { return x + tangent_product(y, p); },
           s, t);
    return r;
}

/// A direction that does not move the operand does not move the result, also where the partial
/// derivative is infinite: of sqrt at 0.
template <class L, class P>
[[gnu::noinline, gnu::cold]] L scaled_where_nonzero(L const& t, P const& p) {
    L r = t;
    for (int i = 0; i < t.size(); ++i)
        if (t.get(i) != 0) r.set(i, t.get(i) * p);
    return r;
}

}  // namespace WEFT_ISA
}  // namespace detail
}  // namespace weft
