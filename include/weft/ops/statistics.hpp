// SPDX-License-Identifier: BSL-1.0
// Reductions beside sum and max: min, product, any, all, and what follows from reductions: standard
// deviation, norms, ranges. argmax and argmin come along.
#pragma once

#include <weft/ops/argmax.hpp>
#include <weft/ops/functions.hpp>
#include <weft/ops/power.hpp>
#include <weft/ops/scan.hpp>
#include <weft/ops/sweep.hpp>

namespace weft {
namespace ops {

struct min : reduction {
    static constexpr std::string_view name = "min", cuda = "min($0, $1)", c99 = "fmin($0, $1)",
                                      onnx = "ReduceMin";
    static constexpr auto refuses = ir::refusal::complex;
    /// Of no elements: the largest value.
    template <class T>
    static constexpr T identity() {
        if constexpr (std::numeric_limits<T>::has_infinity)
            return std::numeric_limits<T>::infinity();
        else
            return std::numeric_limits<T>::max();
    }
    template <class V>
    static constexpr V eval(V a, V b) {
        using scalar::minimum;
        return minimum(a, b);
    }
    /// Elements that share the minimum share its cotangent.
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0);
        p.add(0, ir::broadcast(p.cotangent, x.node().shape) *
                     max_share(x, p.result(), p.attribute(0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        std::int64_t const axes = p.attributes()[0];
        return reduce<sum>(p.tangent(0) * max_share(p.operand(0), p.result(), axes), axes);
    }
};

/// For each element of the last axis the product of all others along it, so that nothing is divided
/// by, and zeros are right.
struct product_of_others : ir::operation_base {
    static constexpr std::string_view name = "product_of_others";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int cost = 4;

    /// The same by running products, whose derivatives are known.
    static constexpr symbol by_scans(symbol x) {
        int const axis = x.rank() - 1;
        symbol y;
        for (bool back : {false, true}) {
            symbol const one_side = linear_recurrence::shifted(
                whole<cumprod>(x.type(), x.node().shape, {x}, {axis, back}), axis, back, 1);
            y = y.valid() ? y * one_side : one_side;
        }
        return y;
    }
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0), y = by_scans(x);
        p.add(0, ir::reverse_sweep(*x.builder(), {&y, 1}, {&p.cotangent, 1}, {&x, 1})[0]);
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const x = p.operand(0), y = by_scans(x), d = p.tangent(0);
        return ir::forward_sweep(*x.builder(), {&y, 1}, {&x, 1}, {&d, 1})[0];
    }
    static constexpr symbol batch(ir::batching& b) {
        int const id = b.spread(0).id();
        return b.apply({&id, 1}, b.attributes());
    }
    template <class Caller, class T>
    static void all_rows(T const* x, T* y, axis_split s) {
        for (std::int64_t o = 0; o < s.outer; ++o, x += s.n, y += s.n)
            scans::others<Caller>(x, y, s.n);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        all_rows<Call>(c.template operand<0>(), c.result(),
                       split_around(c.shape(), c.shape().size() - 1));
    }
    static void reference_whole(ir::reference_call const& c) {
        all_rows<ir::reference_call>(c.operands[0], c.result,
                                     split_around(c.result_shape(), c.result_shape().size() - 1));
    }
};

struct product : reduction {
    static constexpr std::string_view name = "product", cuda = "$0 * $1", c99 = cuda,
                                      onnx = "ReduceProd";
    template <class T>
    static constexpr T identity() {
        if constexpr (requires(T z) { z.re; })
            return {1, 0};
        else
            return T(1);
    }
    template <class V>
    static constexpr V eval(V a, V b) {
        return static_cast<V>(a * b);
    }
    /// The product of all others along the axes, for each element.
    static constexpr symbol others(symbol x, std::int64_t mask) {
        ir::builder& b = *x.builder();
        list<std::int64_t> order, inverse(x.rank(), 0);
        list<extent> shape;
        extent folded{1};
        for (bool reduced : {false, true})
            for (int i = 0; i < x.rank(); ++i)
                if ((mask >> i & 1) == reduced) {
                    inverse[i] = order.push(i);
                    if (reduced)
                        folded = b.extents().multiply(folded, x.size(i));
                    else
                        shape.push(x.size(i));
                }
        shape.push(folded);
        symbol const moved = transpose::apply(x, order),
                     rows = reshape::apply(moved, b.shape(shape));
        symbol const y = whole<product_of_others>(x.type(), rows.node().shape, {rows}, {});
        return transpose::apply(reshape::apply(y, moved.node().shape), inverse);
    }
    static constexpr void vjp(ir::pullback& p) {
        symbol const x = p.operand(0);
        p.add(0, ir::broadcast(p.cotangent, x.node().shape) * others(x, p.attribute(0)));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        std::int64_t const axes = p.attributes()[0];
        return reduce<sum>(p.tangent(0) * others(p.operand(0), axes), axes);
    }
};

}  // namespace ops

/// The smallest element over the named axes, over all if none is named; NaN if one is NaN.
template <Symbolic X, int... A>
constexpr symbol min(X const& x, axes_t<A...> axes = {}) {
    return detail::reduce<ops::min>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol min(X const& x, axes_t<A...> axes, keep_t) {
    return detail::reduce<ops::min>(x.traced(), axes, true);
}

/// The product over the named axes, over all if none is named; of nothing, 1. Its derivative is
/// right where elements are zero.
template <Symbolic X, int... A>
constexpr symbol product(X const& x, axes_t<A...> axes = {}) {
    return detail::reduce<ops::product>(x.traced(), axes, false);
}
template <Symbolic X, int... A>
constexpr symbol product(X const& x, axes_t<A...> axes, keep_t) {
    return detail::reduce<ops::product>(x.traced(), axes, true);
}

/// How many elements are not zero, int32; NaN is not.
template <Symbolic X, int... A, class... Keep>
constexpr symbol count_nonzero(X const& x, axes_t<A...> axes = {}, Keep... kept) {
    symbol const s = x.traced();
    if (!detail::has_axes(s, axes, "count_nonzero")) return {s.builder(), -1};
    return sum(ir::cast(s != 0, dtype::int32), axes, kept...);
}
/// Whether an element over the named axes is not zero; of nothing, false.
template <Symbolic X, int... A, class... Keep>
constexpr symbol any(X const& x, axes_t<A...> axes = {}, Keep... kept) {
    symbol const s = x.traced();
    if (!detail::has_axes(s, axes, "any")) return {s.builder(), -1};
    return max(ir::cast(s != 0, dtype::int32), axes, kept...) > 0;
}
/// Whether all elements over the named axes are not zero; of nothing, true.
template <Symbolic X, int... A, class... Keep>
constexpr symbol all(X const& x, axes_t<A...> axes = {}, Keep... kept) {
    symbol const s = x.traced();
    if (!detail::has_axes(s, axes, "all")) return {s.builder(), -1};
    return max(ir::cast(s == 0, dtype::int32), axes, kept...) <= 0;
}

/// The square root of the variance; `keep` and `ddof{1}` may follow. Where all elements are equal
/// its derivative is NaN, as that of the root at 0 is infinite.
template <Symbolic X, int... A, class... Options>
constexpr symbol standard_deviation(X const& x, axes_t<A...> axes = {}, Options... options) {
    return sqrt(variance(x, axes, options...));
}

/// The largest element less the smallest, over the named axes.
template <Symbolic X, int... A, class... Keep>
constexpr symbol peak_to_peak(X const& x, axes_t<A...> axes = {}, Keep... kept) {
    return max(x, axes, kept...) - min(x, axes, kept...);
}

namespace detail {

/// x^(1 / p) for x >= 0, whose derivative at 0 is 0.
constexpr symbol root(symbol x, double p) {
    symbol const none = x == 0, inside = where(none, 1, x);
    return where(none, 0, p == 2 ? sqrt(inside) : power(inside, 1 / p));
}

}  // namespace detail

/// The norm of the elements over the named axes, over all if none is named, as of one vector: of
/// order 2, 1, infinity, -infinity, 0 (how many are not zero) or any p. Its derivative at zero is
/// 0.
template <Symbolic X, int... A, class... Keep>
constexpr symbol norm(X const& a, axes_t<A...> axes = {}, double order = 2, Keep... kept) {
    symbol x = a.traced();
    if (!detail::has_axes(x, axes, "norm")) return {x.builder(), -1};
    if (is_complex(x.type())) x = abs(x);
    if (!is_floating(x.type())) x = ir::cast(x, dtype::f32);
    constexpr double inf = __builtin_inf();
    if (order == inf) return max(abs(x), axes, kept...);
    if (order == -inf) return min(abs(x), axes, kept...);
    if (order == 1) return sum(abs(x), axes, kept...);
    if (order == 0) return sum(ir::cast(x != 0, x.type()), axes, kept...);
    if (order == 2) return detail::root(sum(square(x), axes, kept...), 2);
    symbol const size = abs(x), none = size == 0;
    symbol const powers = where(none, order > 0 ? 0.0 : inf, power(where(none, 1, size), order));
    return detail::root(sum(powers, axes, kept...), order);
}

namespace ir {
template <>
struct struct_of<hash("min")> {
    using type = ops::min;
};
template <>
struct struct_of<hash("product_of_others")> {
    using type = ops::product_of_others;
};
template <>
struct struct_of<hash("product")> {
    using type = ops::product;
};
}  // namespace ir
WEFT_EAGER(min)
WEFT_EAGER(product)
WEFT_EAGER(any)
WEFT_EAGER(all)
WEFT_EAGER(count_nonzero)
WEFT_EAGER(standard_deviation)
WEFT_EAGER(peak_to_peak)
WEFT_EAGER(norm)

}  // namespace weft
