// SPDX-License-Identifier: BSL-1.0
// The kernels of max pooling, with channels along the lanes of registers. The operations of
// ops/pool.hpp find them beside the type of their call.
#pragma once

#include <cstring>
#include <limits>

#include <weft/cpu/element.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// Windows over an image of three axes, of which the first ones may have one element.
struct pool_shape {
    struct axis {
        std::int64_t size, result, taps, stride, dilation, padding;
    };
    std::int64_t images, channels;
    axis at[3];

    pool_shape(range<std::int64_t> image, range<std::int64_t> result,
               std::int64_t const* attributes)
        : images(image[0]), channels(image.back()) {
        int const axes = image.size() - 2;
        for (int d = 0; d < 3; ++d) {
            int const i = d - (3 - axes);
            std::int64_t const* const a = attributes + 4 * i;
            at[d] = i < 0 ? axis{1, 1, 1, 1, 1, 0}
                          : axis{image[i + 1], result[i + 1], a[0], a[1], a[2], a[3]};
        }
    }
    /// Windows that touch each other and leave nothing over.
    bool is_tiling() const {
        for (axis const& a : at)
            if (a.stride != a.taps || a.dilation != 1 || a.padding != 0 ||
                a.size != a.result * a.taps)
                return false;
        return true;
    }
    std::int64_t elements() const {
        return images * at[0].size * at[1].size * at[2].size * channels;
    }
};

/// The taps of one window that are inside along an axis.
struct pool_taps {
    std::int64_t first, last, position;  // of the first

    pool_taps(pool_shape::axis const& a, std::int64_t result) {
        std::int64_t const p = result * a.stride - a.padding;
        first = p < 0 ? (-p + a.dilation - 1) / a.dilation : 0;
        last = a.size > p ? gemm_detail::smaller_of(a.taps, (a.size - 1 - p) / a.dilation + 1) : 0;
        position = p + first * a.dilation;
    }
};

/// f(first element of the window in the image, its taps along each axis, element of the result).
template <class F>
WEFT_INLINE void each_window(pool_shape const& s, F f) {
    std::int64_t to = 0;
    std::int64_t const line = s.at[2].size * s.channels, plane = s.at[1].size * line;
    for (std::int64_t n = 0; n < s.images; ++n)
        for (std::int64_t i = 0; i < s.at[0].result; ++i) {
            pool_taps const a(s.at[0], i);
            for (std::int64_t j = 0; j < s.at[1].result; ++j) {
                pool_taps const b(s.at[1], j);
                for (std::int64_t k = 0; k < s.at[2].result; ++k, to += s.channels) {
                    pool_taps const c(s.at[2], k);
                    std::int64_t const counts[3] = {a.last - a.first, b.last - b.first,
                                                    c.last - c.first};
                    f((n * s.at[0].size + a.position) * plane + b.position * line +
                          c.position * s.channels,
                      counts, to);
                }
            }
        }
}

/// f(offset) for each tap.
template <class F>
WEFT_INLINE void each_pool_tap(pool_shape const& s, std::int64_t const* counts, F f) {
    std::int64_t const step = s.at[2].dilation * s.channels,
                       line = s.at[1].dilation * s.at[2].size * s.channels,
                       plane = s.at[0].dilation * s.at[1].size * s.at[2].size * s.channels;
    for (std::int64_t i = 0; i < counts[0]; ++i)
        for (std::int64_t j = 0; j < counts[1]; ++j) {
            std::int64_t at = i * plane + j * line;
            for (std::int64_t k = 0; k < counts[2]; ++k, at += step) f(at);
        }
}

template <dtype M>
struct pool_kernel {
    using T = computed_type<M>;
    static constexpr int lanes =
        sizeof(T) < vector_bytes ? vector_bytes / static_cast<int>(sizeof(T)) : 1;
    static constexpr int bytes = size_of(M);
    using V = pack<T, lanes>;
    using mask = pack<bool, lanes>;

    static constexpr T lowest() {
        if constexpr (std::is_floating_point_v<T>)
            return -std::numeric_limits<T>::infinity();
        else
            return std::numeric_limits<T>::lowest();
    }
    static WEFT_INLINE V get(char const* p, std::int64_t at, int n) {
        return load<M, lanes, spacing::next, false>(p + at * bytes, 1, n);
    }
    static WEFT_INLINE void put(char* p, std::int64_t at, V x, int n) {
        store<M, lanes, spacing::next, false>(p + at * bytes, x, 1, n);
    }
    static WEFT_INLINE V largest(pool_shape const& s, char const* x, std::int64_t from,
                                 std::int64_t const* counts, int n) {
        V best(lowest());
        each_pool_tap(s, counts, [&](std::int64_t at) WEFT_INLINE_LAMBDA {
            V const v = get(x, from + at, n);
            best = select((v > best) | (v != v), v, best);
        });
        return best;
    }
    /// Where x is what was chosen, and none was before.
    static WEFT_INLINE mask hits(V x, V best, mask& taken) {
        mask const hit = ((x == best) | ((x != x) & (best != best))) & !taken;
        taken = taken | hit;
        return hit;
    }
    template <class F>
    static WEFT_INLINE void each_vector(pool_shape const& s, F f) {
        each_window(s, [&](std::int64_t from, std::int64_t const* counts,
                           std::int64_t to) WEFT_INLINE_LAMBDA {
            for (std::int64_t c = 0; c < s.channels; c += lanes)
                f(from + c, counts, to + c,
                  static_cast<int>(gemm_detail::smaller_of<std::int64_t>(lanes, s.channels - c)));
        });
    }

    /// Windows of two by two, the most common ones: f(their four elements, the result's element).
    static bool is_square(pool_shape const& s) {
        return s.is_tiling() && s.at[0].taps == 1 && s.at[1].taps == 2 && s.at[2].taps == 2;
    }
    template <class F>
    static WEFT_INLINE void each_square(pool_shape const& s, F f) {
        std::int64_t const line = s.at[2].size * s.channels,
                           lines = s.images * s.at[0].result * s.at[1].result;
        std::int64_t from = 0, to = 0;
        for (std::int64_t l = 0; l < lines; ++l, from += line)
            for (std::int64_t k = 0; k < s.at[2].result;
                 ++k, from += 2 * s.channels, to += s.channels)
                for (std::int64_t c = 0; c < s.channels; c += lanes)
                    f(from + c, s.channels, line, to + c,
                      static_cast<int>(
                          gemm_detail::smaller_of<std::int64_t>(lanes, s.channels - c)));
    }
    static WEFT_INLINE V better(V best, V v) { return select((v > best) | (v != v), v, best); }

    [[gnu::noinline]] static void best(pool_shape const& s, char const* x, char* y) noexcept {
        if (is_square(s))
            return each_square(s, [&](std::int64_t from, std::int64_t right, std::int64_t below,
                                      std::int64_t to, int n) WEFT_INLINE_LAMBDA {
                put(y, to,
                    better(better(get(x, from, n), get(x, from + right, n)),
                           better(get(x, from + below, n), get(x, from + below + right, n))),
                    n);
            });
        each_vector(s, [&](std::int64_t from, std::int64_t const* counts, std::int64_t to, int n)
                           WEFT_INLINE_LAMBDA { put(y, to, largest(s, x, from, counts, n), n); });
    }
    [[gnu::noinline]] static void pick(pool_shape const& s, char const* x, char const* t,
                                       char* y) noexcept {
        each_vector(s, [&](std::int64_t from, std::int64_t const* counts, std::int64_t to, int n)
                           WEFT_INLINE_LAMBDA {
                               V const top = largest(s, x, from, counts, n);
                               V sum(T(0));
                               mask taken(false);
                               each_pool_tap(s, counts, [&](std::int64_t at) WEFT_INLINE_LAMBDA {
                                   mask const hit = hits(get(x, from + at, n), top, taken);
                                   sum = select(hit, get(t, from + at, n), sum);
                               });
                               put(y, to, sum, n);
                           });
    }
    [[gnu::noinline]] static void pull(pool_shape const& s, char const* x, char const* d,
                                       char* dx) noexcept {
        if (is_square(s))
            return each_square(s, [&](std::int64_t from, std::int64_t right, std::int64_t below,
                                      std::int64_t to, int n) WEFT_INLINE_LAMBDA {
                V const a = get(x, from, n), b = get(x, from + right, n),
                        e = get(x, from + below, n), f = get(x, from + below + right, n);
                V const top = better(better(a, b), better(e, f)), its = get(d, to, n), zero(T(0));
                mask taken(false);
                put(dx, from, select(hits(a, top, taken), its, zero), n);
                put(dx, from + right, select(hits(b, top, taken), its, zero), n);
                put(dx, from + below, select(hits(e, top, taken), its, zero), n);
                put(dx, from + below + right, select(hits(f, top, taken), its, zero), n);
            });
        std::memset(dx, 0, static_cast<std::size_t>(s.elements() * bytes));
        each_vector(s, [&](std::int64_t from, std::int64_t const* counts, std::int64_t to,
                           int n) WEFT_INLINE_LAMBDA {
            V const top = largest(s, x, from, counts, n), its = get(d, to, n);
            mask taken(false);
            each_pool_tap(s, counts, [&](std::int64_t at) WEFT_INLINE_LAMBDA {
                mask const hit = hits(get(x, from + at, n), top, taken);
                put(dx, from + at, get(dx, from + at, n) + select(hit, its, V(T(0))), n);
            });
        });
    }
};

template <class Call>
using pool_kernel_of = pool_kernel<dtype_of<typename Call::result_type>>;

template <class Call>
void pool_best(Call const& c) noexcept {
    pool_kernel_of<Call>::best({c.operand_shape(0), c.shape(), c.attributes},
                               static_cast<char const*>(c.buffers[0]),
                               static_cast<char*>(c.buffers[1]));
}
template <class Call>
void pool_pick(Call const& c) noexcept {
    pool_kernel_of<Call>::pick(
        {c.operand_shape(0), c.shape(), c.attributes}, static_cast<char const*>(c.buffers[0]),
        static_cast<char const*>(c.buffers[1]), static_cast<char*>(c.buffers[2]));
}
template <class Call>
void pool_pull(Call const& c) noexcept {
    pool_kernel_of<Call>::pull({c.operand_shape(0), c.operand_shape(1), c.attributes},
                               static_cast<char const*>(c.buffers[0]),
                               static_cast<char const*>(c.buffers[1]),
                               static_cast<char*>(c.buffers[2]));
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
