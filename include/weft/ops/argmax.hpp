// SPDX-License-Identifier: BSL-1.0
// argmax and argmin: the place of the first extreme element along an axis, in one pass over memory.
#pragma once

#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

namespace places {

template <bool Least, class A>
[[gnu::always_inline]] inline bool better(A a, A b) {
    return Least ? a < b : a > b;
}

/// The first extreme element of a row, or its first NaN. Blocks of which no element is better than
/// the best so far, nor NaN, are passed over in lanes; there are many.
template <class Caller, bool Least, class T>
std::int64_t in_row(T const* x, std::int64_t n) {
    using A = number_of<T>;
    using flag = std::conditional_t<sizeof(A) == 8, std::int64_t,
                                    std::conditional_t<sizeof(A) == 4, std::int32_t, std::int8_t>>;
    constexpr std::int64_t block = 64;
    std::int64_t first = 0, i = 0;
    A best = to_number(x[0]);
    if (best != best) return 0;
    while (i < n) {
        if (i + block <= n) {
            flag hit = 0;
            for (std::int64_t j = 0; j < block; ++j) {
                A const v = to_number(x[i + j]);
                hit = static_cast<flag>(hit | flag(Least ? !(v >= best) : !(v <= best)));
            }
            if (hit == 0) {
                i += block;
                continue;
            }
        }
        std::int64_t const end = i + block < n ? i + block : n;
        for (; i < end; ++i) {
            A const v = to_number(x[i]);
            if (v != v) return i;
            if (better<Least>(v, best)) best = v, first = i;
        }
    }
    return first;
}

/// The same of `Lanes` neighbouring columns.
template <class Caller, bool Least, int Lanes, class T, class I>
void in_columns(T const* x, I* y, std::int64_t n, std::int64_t step) {
    using A = number_of<T>;
    A best[Lanes];
    std::int32_t at[Lanes];
    for (int l = 0; l < Lanes; ++l) best[l] = to_number(x[l]), at[l] = 0;
    for (std::int64_t i = 1; i < n; ++i) {
        x += step;
        for (int l = 0; l < Lanes; ++l) {
            A const v = to_number(x[l]);
            // A NaN is the extreme, and stays it.
            bool const take = (best[l] == best[l]) & (better<Least>(v, best[l]) | (v != v));
            best[l] = take ? v : best[l];
            at[l] = take ? static_cast<std::int32_t>(i) : at[l];
        }
    }
    for (int l = 0; l < Lanes; ++l) y[l] = static_cast<I>(at[l]);
}

template <class Caller, bool Least, class T, class I>
void run(T const* x, I* y, axis_split s) {
    for (std::int64_t o = 0; o < s.outer; ++o, x += s.n * s.inner, y += s.inner) {
        if (s.n == 0) {
            for (std::int64_t j = 0; j < s.inner; ++j) y[j] = I(0);
            continue;
        }
        if (s.inner == 1) {
            // A faster one may stand beside the type of the call.
            constexpr Caller const* caller = nullptr;
            if constexpr (requires { extreme_in_row(caller, std::bool_constant<Least>{}, x, s.n); })
                *y = static_cast<I>(extreme_in_row(caller, std::bool_constant<Least>{}, x, s.n));
            else
                *y = static_cast<I>(in_row<Caller, Least>(x, s.n));
            continue;
        }
        std::int64_t j = 0;
        for (; j + 16 <= s.inner; j += 16)
            in_columns<Caller, Least, 16>(x + j, y + j, s.n, s.inner);
        for (; j + 4 <= s.inner; j += 4) in_columns<Caller, Least, 4>(x + j, y + j, s.n, s.inner);
        for (; j < s.inner; ++j) in_columns<Caller, Least, 1>(x + j, y + j, s.n, s.inner);
    }
}

}  // namespace places

/// The axis, which the attribute names, stays with one element.
template <bool Least>
struct extreme_place : ir::operation_base {
    static constexpr auto kind = ir::kind::whole;
    template <class Call>
    static void run(Call const& c) noexcept {
        places::run<Call, Least>(c.template operand<0>(), c.result(),
                                 split_around(c.operand_shape(0), c.attributes[0]));
    }
    static void reference_whole(ir::reference_call const& c) {
        places::run<ir::reference_call, Least>(c.operands[0], c.result,
                                               split_around(c.operand_shape(0), c.attribute(0)));
    }
    static constexpr extent flops(ir::sizing const& s) { return s.count(s.operand_shape(0)); }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
};
struct argmax : extreme_place<false> {
    static constexpr std::string_view name = "argmax", onnx = "ArgMax";
};
struct argmin : extreme_place<true> {
    static constexpr std::string_view name = "argmin", onnx = "ArgMin";
};

}  // namespace ops

namespace detail {

template <class Op, int... A>
constexpr symbol extreme_place(symbol x, axes_t<A...> axes, bool keeps) {
    int const axis = one_axis(x, axes, Op::name);
    if (axis < 0 || !is_real(x, Op::name)) return {x.builder(), -1};
    if (x.size(axis) == extent{0})
        return x.builder()->fail(ir::sentence(Op::name, x)
                                 << ": axis " << axis << " has no elements");
    symbol const y = ops::whole<Op>(dtype::int32, shape_with(x, axis, extent{1}), {x}, {axis});
    return keeps ? y : drop_axis(y, axis);
}

}  // namespace detail

/// The place of the largest element along an axis, int32; without an axis, in the flattened value.
/// The first one of equal elements; a NaN is larger than all numbers. Of a run-time extent of 0: 0.
template <Symbolic X, int... A>
constexpr symbol argmax(X const& x, axes_t<A...> axes = {}) {
    return detail::extreme_place<ops::argmax>(x.traced(), axes, false);
}
template <Symbolic X, int A>
constexpr symbol argmax(X const& x, axes_t<A> axes, keep_t) {
    return detail::extreme_place<ops::argmax>(x.traced(), axes, true);
}
/// The place of the smallest element, otherwise as argmax: a NaN is smaller than all numbers.
template <Symbolic X, int... A>
constexpr symbol argmin(X const& x, axes_t<A...> axes = {}) {
    return detail::extreme_place<ops::argmin>(x.traced(), axes, false);
}
template <Symbolic X, int A>
constexpr symbol argmin(X const& x, axes_t<A> axes, keep_t) {
    return detail::extreme_place<ops::argmin>(x.traced(), axes, true);
}

namespace ir {
template <>
struct struct_of<hash("argmax")> {
    using type = ops::argmax;
};
template <>
struct struct_of<hash("argmin")> {
    using type = ops::argmin;
};
}  // namespace ir
WEFT_EAGER(argmax)
WEFT_EAGER(argmin)

}  // namespace weft
