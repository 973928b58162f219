// SPDX-License-Identifier: BSL-1.0
// Random numbers of other distributions than the uniform one, and random orders: functions of the
// words of ops/random.hpp. `like` is any value of the trace.
#pragma once

#include <weft/math/erf_inv.hpp>
#include <weft/ops/argmax.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/random.hpp>
#include <weft/ops/sort.hpp>

namespace weft {
namespace ops {

/// The inverse of the error function.
struct erf_inv : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view name = "erf_inv", cuda = "erfinv($0)";
    static constexpr int cost = 40;
    template <class V>
    static V eval(V x) {
        return math::erf_inv(x);
    }
    template <int, class V>
    static constexpr V partial(V, V y) {
        return 0.88622692545275801365 * weft::exp(y * y);
    }
};

/// An integer below `span` from a random word: the upper word of their product.
struct random_below : elementwise<2> {
    static constexpr std::string_view name = "random_below", cuda = "__umulhi($0, $1)";
    static constexpr int cost = 4;
    template <class V>
    static constexpr V eval(V word, V span) {
        using random::multiply_high;
        return multiply_high(word, span);
    }
    static double reference(double const* x) {
        return static_cast<double>(random::multiply_high(static_cast<std::uint32_t>(x[0]),
                                                         static_cast<std::uint32_t>(x[1])));
    }
};

}  // namespace ops

/// x of erf(x), for -1 < x < 1.
template <Value A>
constexpr auto erf_inv(A const& x) {
    return ir::elementwise<ops::erf_inv>(x);
}

namespace random {

namespace detail {

constexpr double exp_of(double x) {
    double const step = x / 256;
    double term = 1, sum = 1;
    for (int i = 1; i < 24; ++i) term *= step / i, sum += term;
    for (int i = 0; i < 8; ++i) sum *= sum;
    return sum;
}
/// The error function of a number that is known when the graph is built.
constexpr double erf_of(double x) {
    if (x < 0) return -erf_of(-x);
    if (!(x < 6)) return x != x ? x : 1;
    double term = x, sum = x;
    for (int n = 1; n < 200 && term > 1e-18 * sum; ++n)
        term *= 2 * x * x / (2 * n + 1), sum += term;
    return 1.12837916709551257390 * sum * exp_of(-x * x);
}

/// Uniform in [0, 1): float from 24 bits; double from 48, two words.
template <class T, class Draw>
constexpr symbol uniform_of(Draw draw) {
    symbol u = draw();
    if (!u.valid()) return u;
    if constexpr (std::is_same_v<T, double>)
        u = ir::cast(u, dtype::f64) + ir::cast(draw(), dtype::f64) * 0x1p-24;
    return ir::cast(u, dtype_of<T>);
}
template <class T>
inline constexpr double step = std::is_same_v<T, double> ? 0x1p-48 : 0x1p-24;

// Bits of shape for the words of a call, and the shape of a value for that of a `like`.
template <class T, Traced A>
constexpr symbol draw(A const& like, shape_list shape, std::uint32_t stream) {
    using number = std::conditional_t<std::is_same_v<T, double>, double, float>;
    return uniform_of<number>([&] { return uniform(like, shape, stream); });
}

template <class T>
constexpr symbol to_normal(symbol u) {
    if (!u.valid()) return u;
    return ir::cast(1.41421356237309504880 * erf_inv(2 * u - (1 - step<T>)), dtype_of<T>);
}
template <class T>
constexpr symbol to_exponential(symbol u) {
    return u.valid() ? ir::cast(-log(1 - u), dtype_of<T>) : u;
}
template <class T>
constexpr symbol to_gumbel(symbol u) {
    return u.valid() ? ir::cast(-log(-log(maximum(u, step<T> / 2))), dtype_of<T>) : u;
}

/// A draw in the shape of x.
constexpr symbol draw_like(symbol x) { return uniform(x); }

}  // namespace detail

/// Uniform numbers in [low, high), of type T.
template <class T = float, Traced A, Operand L, Operand H>
constexpr symbol uniform(A const& like, L const& low, H const& high, shape_list shape,
                         std::uint32_t stream = 0) {
    symbol const u = detail::draw<T>(like, shape, stream);
    return u.valid() ? ir::cast(u * (high - low) + low, dtype_of<T>) : u;
}

/// Normal numbers of mean 0 and deviation 1, of type T; floats lie within 5.42 of 0.
template <class T = float, Traced A>
constexpr symbol normal(A const& like, shape_list shape, std::uint32_t stream = 0) {
    return detail::to_normal<T>(detail::draw<T>(like, shape, stream));
}
/// Normal numbers in the shape of x, float.
template <Traced A>
constexpr symbol normal(A const& x) {
    return detail::to_normal<float>(detail::draw_like(x.traced()));
}

/// Normal numbers of mean 0 and deviation 1 that lie between low and high.
template <class T = float, Traced A>
constexpr symbol truncated_normal(A const& like, double low, double high, shape_list shape,
                                  std::uint32_t stream = 0) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    if (!(low < high))
        return x.builder()->fail(
            "random::truncated_normal: the lower bound is not below the upper one");
    constexpr double root = 0.70710678118654752440;
    double const from = detail::erf_of(low * root), to = detail::erf_of(high * root);
    symbol const u = detail::draw<T>(like, shape, stream);
    if (!u.valid()) return u;
    symbol const y = 1.41421356237309504880 *
                     erf_inv(u * (to - from) + (from + (to - from) * detail::step<T> / 2));
    return ir::cast(minimum(maximum(y, low), high), dtype_of<T>);
}

/// Exponential numbers of mean 1.
template <class T = float, Traced A>
constexpr symbol exponential(A const& like, shape_list shape, std::uint32_t stream = 0) {
    return detail::to_exponential<T>(detail::draw<T>(like, shape, stream));
}
/// Gumbel numbers: the largest of many, -log(-log(u)).
template <class T = float, Traced A>
constexpr symbol gumbel(A const& like, shape_list shape, std::uint32_t stream = 0) {
    return detail::to_gumbel<T>(detail::draw<T>(like, shape, stream));
}

/// Integers from low on, below high, of type T. There are at most 2^32 - 1 of them.
template <class T = std::int32_t, Traced A>
constexpr symbol randint(A const& like, std::int64_t low, std::int64_t high, shape_list shape,
                         std::uint32_t stream = 0) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (low >= high || high - low > 0xffffffff)
        return b.fail(text("random::randint: from ")
                      << low << " to " << high
                      << (low >= high ? " there are no integers" : " there are too many integers"));
    symbol const word = bits(x, shape, stream);
    if (!word.valid()) return word;
    symbol const span =
        b.constant(dtype::uint32, word.node().shape, static_cast<double>(high - low));
    int const ids[] = {word.id(), span.id()};
    symbol const y = b.add(ir::op<ops::random_below>, dtype::uint32, word.node().shape, {ids, 2});
    return low == 0 ? ir::cast(y, dtype_of<T>) : ir::cast(y, dtype_of<T>) + low;
}

/// For each row of logits along an axis, the last by default, a place drawn with the probabilities
/// softmax(logits); int32.
template <Symbolic A, int Axis = -1>
constexpr symbol categorical(A const& logits, axes_t<Axis> axes = {}) {
    symbol const x = logits.traced();
    if (!x.valid()) return x;
    return argmax(x + detail::to_gumbel<float>(detail::draw_like(x)), axes);
}

/// The numbers 0 to n - 1 in random order, int32.
template <Symbolic A>
constexpr symbol permutation(A const& like, axis_size n, std::uint32_t stream = 0) {
    // By random keys. Of many, 24 bits are often equal: then a second word is added.
    bool const few = n.e.is_static() && n.e.value() <= 64;
    return argsort(few ? detail::draw<float>(like, {n}, stream)
                       : detail::draw<double>(like, {n}, stream));
}
/// The slices of x along an axis in random order.
template <Symbolic A>
constexpr symbol shuffle(A const& a, int axis = 0, std::uint32_t stream = 0) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    int const at = weft::detail::checked_axis(x, axis, "random::shuffle");
    if (at < 0) return {x.builder(), -1};
    symbol const rows = weft::detail::move_axis(x, at, 0);
    return weft::detail::move_axis(take(rows, permutation(x, x.size(at), stream)), 0, at);
}

}  // namespace random

namespace ir {
template <>
struct struct_of<hash("erf_inv")> {
    using type = ops::erf_inv;
};
template <>
struct struct_of<hash("random_below")> {
    using type = ops::random_below;
};
}  // namespace ir
WEFT_EAGER(erf_inv)

}  // namespace weft
