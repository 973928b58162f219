// SPDX-License-Identifier: BSL-1.0
// Products by NumPy's names: dot, inner, tensordot, cross. matmul and dot_general stand in dot.hpp,
// einsum in einsum.hpp, outer and kron in arrange.hpp.
#pragma once

#include <weft/ops/arrange.hpp>
#include <weft/ops/dot.hpp>

namespace weft {

/// Sums of products over the named axes of a and of b, in pairs: `tensordot(a, b, axis<1, 2>,
/// axis<0, 1>)`. Result axes: the rest of a, the rest of b.
template <class A, class B, int... Left, int... Right>
    requires Symbols<A, B>
constexpr symbol tensordot(A const& left, B const& right, axes_t<Left...>, axes_t<Right...>) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    return dot_general(
        a, b,
        {{(Left < 0 ? Left + a.rank() : Left)...}, {(Right < 0 ? Right + b.rank() : Right)...}});
}

/// Of vectors the sum of products, of matrices their product; of more axes the sum over the last
/// axis of a and the last but one of b. With a scalar it is the product of elements.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol dot(A const& left, B const& right) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    if (a.rank() == 0 || b.rank() == 0) return a * b;
    return b.rank() == 1 ? tensordot(a, b, axes_t<-1>{}, axes_t<0>{})
                         : tensordot(a, b, axes_t<-1>{}, axes_t<-2>{});
}

/// The sum of products over the last axes of both.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol inner(A const& left, B const& right) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    if (a.rank() == 0 || b.rank() == 0) return a * b;
    return tensordot(a, b, axes_t<-1>{}, axes_t<-1>{});
}

/// The vector product of vectors of three elements along the last axis; others broadcast.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol cross(A const& left, B const& right) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    ir::builder& g = *a.builder();
    for (symbol x : {a, b})
        if (x.rank() == 0 || !g.extents().assume_equal(x.size(x.rank() - 1), {3}))
            return g.fail(ir::sentence("cross", a, b, "x") << ": vectors have three elements");
    auto const turned = [](symbol x, int by) { return roll(x, by, -1); };
    return turned(a, 2) * turned(b, 1) - turned(a, 1) * turned(b, 2);
}

WEFT_EAGER(tensordot)
WEFT_EAGER(dot)
WEFT_EAGER(inner)
WEFT_EAGER(cross)

}  // namespace weft
