// SPDX-License-Identifier: BSL-1.0
// Rearranging: axes (moveaxis, swapaxes, expand_dims, squeeze), order (flip, roll), joining and
// taking apart (stack, split), repetition (tile, repeat_elements, meshgrid), products of shapes
// (outer, kron). What surrounds a value is in padding.hpp, diagonals in matrix_parts.hpp.
#pragma once

#include <array>

#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

/// The elements along an axis in reverse order; its own adjoint. The attribute is the axis.
struct flip : ir::operation_base {
    static constexpr std::string_view name = "flip";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int cost = 0;
    static constexpr symbol apply(symbol x, int axis) {
        return x.size(axis) == extent{1} ? x : whole<flip>(x.type(), x.node().shape, {x}, {axis});
    }
    static constexpr void vjp(ir::pullback& p) {
        p.add(0, apply(p.cotangent, static_cast<int>(p.attribute(0))));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol batch(ir::batching& b) { return batch_along_axis(b); }
    static constexpr symbol simplify(ir::rewrite& r) {
        if (symbol const c = r.spread_constant(); c.valid()) return c;
        auto const g = r.builder.view();
        if (ir::is<flip>(r.op_of(0)) && g.attribute(r.operands[0], 0) == r.attributes()[0])
            return {&r.builder, g.operand(r.operands[0], 0)};
        return r.no_change();
    }
    template <class Caller, class T>
    static void copy(T const* x, T* y, axis_split s) {
        for (std::int64_t o = 0; o < s.outer; ++o, x += s.n * s.inner)
            for (std::int64_t i = s.n; i-- > 0; y += s.inner)
                if (s.inner == 1)
                    *y = x[i];
                else
                    __builtin_memcpy(y, x + i * s.inner,
                                     static_cast<std::size_t>(s.inner) * sizeof(T));
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        copy<Call>(c.template operand<0>(), c.result(), split_around(c.shape(), c.attributes[0]));
    }
    static void reference_whole(ir::reference_call const& c) {
        copy<ir::reference_call>(c.operands[0], c.result,
                                 split_around(c.result_shape(), c.attribute(0)));
    }
};

}  // namespace ops

/// The elements in reverse order along the named axes, along all if none is named.
template <Symbolic X, int... A>
constexpr symbol flip(X const& a, axes_t<A...> = {}) {
    symbol x = a.traced();
    if (!x.valid()) return x;
    int const named[] = {A..., 0};
    std::int64_t const mask =
        detail::axis_mask(x, range<int>{named, static_cast<int>(sizeof...(A))}, "flip");
    if (mask < 0) return {x.builder(), -1};
    for (int i = 0; i < x.rank(); ++i)
        if (mask >> i & 1) x = ops::flip::apply(x, i);
    return x;
}

/// Axis `from` moved to place `to`; the others keep their order.
template <Symbolic X>
constexpr symbol moveaxis(X const& a, int from, int to) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    int const i = detail::checked_axis(x, from, "moveaxis"),
              j = i < 0 ? -1 : detail::checked_axis(x, to, "moveaxis");
    return j < 0 ? symbol{x.builder(), -1} : detail::move_axis(x, i, j);
}
/// Two axes exchanged.
template <Symbolic X>
constexpr symbol swapaxes(X const& a, int first, int second) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    int const i = detail::checked_axis(x, first, "swapaxes"),
              j = i < 0 ? -1 : detail::checked_axis(x, second, "swapaxes");
    if (j < 0) return {x.builder(), -1};
    list<std::int64_t> order;
    for (int k = 0; k < x.rank(); ++k) order.push(k == i ? j : k == j ? i : k);
    return ops::transpose::apply(x, order);
}

namespace detail {

/// With new axes of one element at the places of the mask.
constexpr symbol with_axes(symbol x, std::int64_t mask, int rank) {
    list<extent> shape;
    for (int i = 0, next = 0; i < rank; ++i) shape.push(mask >> i & 1 ? extent{1} : x.size(next++));
    return reshape_to(x, x.builder()->shape(shape));
}

constexpr symbol expand(symbol x, range<int> axes) {
    if (!x.valid()) return x;
    int const rank = x.rank() + axes.size();
    std::int64_t mask = 0;
    for (int axis : axes) {
        int const a = axis < 0 ? axis + rank : axis;
        if (a < 0 || a >= rank || (mask >> a & 1))
            return x.builder()->fail(ir::sentence("expand_dims", x)
                                     << " gets no new axis " << axis << " of " << rank);
        mask |= std::int64_t{1} << a;
    }
    return with_axes(x, mask, rank);
}

}  // namespace detail

/// New axes of one element, at these places of the result.
template <Symbolic X>
constexpr symbol expand_dims(X const& x, int axis) {
    return detail::expand(x.traced(), {&axis, 1});
}
template <Symbolic X, int... A>
constexpr symbol expand_dims(X const& x, axes_t<A...>) {
    int const axes[] = {A..., 0};
    return detail::expand(x.traced(), {axes, static_cast<int>(sizeof...(A))});
}
/// Without the named axes, which have one element; without all such axes if none is named.
template <Symbolic X, int... A>
constexpr symbol squeeze(X const& a, axes_t<A...> = {}) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const named[] = {A..., 0};
    std::int64_t const mask =
        detail::axis_mask(x, range<int>{named, static_cast<int>(sizeof...(A))}, "squeeze");
    if (mask < 0) return {&b, -1};
    list<extent> shape;
    for (int i = 0; i < x.rank(); ++i) {
        bool const one = sizeof...(A) == 0
                             ? x.size(i) == extent{1}
                             : (mask >> i & 1) && b.extents().assume_equal(x.size(i), {1});
        if (sizeof...(A) > 0 && (mask >> i & 1) && !one)
            return b.fail(ir::sentence("squeeze", x)
                          << " has more than one element along axis " << i);
        if (!one) shape.push(x.size(i));
    }
    return detail::reshape_to(x, b.shape(shape));
}

namespace detail {

/// Elements moved back along an axis by a number of places, or by an extent that may be negative:
/// those before the cut, that number modulo n, come last.
constexpr extent place_of_cut(ir::builder& b, extent n, extent back) {
    auto& e = b.extents();
    extent const size = e.maximum(n, {1}),
                 rest = e.subtract(back, e.multiply(size, e.floor_divide(back, size)));
    return e.minimum(rest, n);
}
constexpr extent place_of_cut(ir::builder& b, extent n, std::int64_t back) {
    if (!n.is_static()) return place_of_cut(b, n, b.extents().constant(back));
    return n == extent{0} ? n : extent{(back % n.value() + n.value()) % n.value()};
}
template <class Back>
constexpr symbol rolled(symbol x, Back back, int axis) {
    ir::builder& b = *x.builder();
    int const at = checked_axis(x, axis, "roll");
    if (at < 0) return {&b, -1};
    extent const n = x.size(at);
    if (n == extent{1}) return x;
    extent const cut = place_of_cut(b, n, back);
    if (cut == extent{0}) return x;
    int const ids[] = {part_of(x, at, cut, b.extents().subtract(n, cut)).id(),
                       part_of(x, at, {0}, cut).id()};
    std::int64_t const along = at;
    return b.add(ir::op<ops::concatenate>, x.type(), x.node().shape, {ids, 2}, {&along, 1});
}
/// Of the flattened value.
template <class Back>
constexpr symbol rolled(symbol x, Back back) {
    int const shape = x.node().shape;
    one_axis(x, axes_t<>{}, "roll");
    return reshape_to(rolled(x, back, 0), shape);
}

}  // namespace detail

/// Elements moved on by `shift` places along an axis; those that leave at its end come in at its
/// beginning. Negative shifts move back.
template <Symbolic X>
constexpr symbol roll(X const& a, std::int64_t shift, int axis) {
    symbol const x = a.traced();
    return x.valid() ? detail::rolled(x, -shift, axis) : x;
}
/// Of the flattened value.
template <Symbolic X>
constexpr symbol roll(X const& a, std::int64_t shift) {
    symbol const x = a.traced();
    return x.valid() ? detail::rolled(x, -shift) : x;
}

/// Values of one shape along a new axis.
template <class... X>
    requires Symbols<X...>
constexpr symbol stack(int axis, X const&... values) {
    symbol const x[] = {values.traced()...};
    for (symbol s : x)
        if (!s.valid()) return s;
    ir::builder& b = *x[0].builder();
    for (symbol s : x) {
        if (s.builder() != &b) return b.fail("stack: operands belong to different traces");
        bool fits = s.rank() == x[0].rank();
        for (int i = 0; fits && i < s.rank(); ++i)
            fits = b.extents().assume_equal(s.size(i), x[0].size(i));
        if (!fits) return b.fail(ir::sentence("stack", x[0], s, "and") << " differ");
    }
    int const rank = x[0].rank() + 1, at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
        return b.fail(ir::sentence("stack", x[0])
                      << " gets no new axis " << axis << " of " << rank);
    return concatenate(at, detail::with_axes(values.traced(), std::int64_t{1} << at, rank)...);
}

/// N equal parts along an axis: `auto [q, k, v] = split<3>(x, -1)`.
template <int N, Symbolic X>
    requires(N > 0)
constexpr std::array<symbol, static_cast<std::size_t>(N)> split(X const& a, int axis = 0) {
    symbol const x = a.traced();
    std::array<symbol, static_cast<std::size_t>(N)> parts;
    parts.fill({x.builder(), -1});
    if (!x.valid()) return parts;
    ir::builder& b = *x.builder();
    int const at = detail::checked_axis(x, axis, "split");
    if (at < 0) return parts;
    auto& e = b.extents();
    extent const n = x.size(at), size = e.floor_divide(n, {N});
    if (!e.assume_equal(e.multiply(size, {N}), n)) {
        b.fail(ir::sentence("split", x)
               << ": axis " << at << " is not divisible into " << N << " equal parts");
        return parts;
    }
    for (int i = 0; i < N; ++i)
        parts[static_cast<std::size_t>(i)] = detail::part_of(x, at, e.multiply(size, {i}), size);
    return parts;
}
/// Parts along an axis that begin at these places, the first at 0: `auto [a, b, c] = split(x, {2,
/// 5}, 1)` are 0 to 2, 2 to 5 and 5 to the end. Negative places count from the end.
template <Symbolic X, std::size_t N>
constexpr std::array<symbol, N + 1> split(X const& a, axis_size const (&places)[N], int axis = 0) {
    symbol const x = a.traced();
    std::array<symbol, N + 1> parts;
    parts.fill({x.builder(), -1});
    if (!x.valid()) return parts;
    int const at = detail::checked_axis(x, axis, "split");
    if (at < 0) return parts;
    axis_size first = 0;
    for (std::size_t i = 0; i <= N; ++i) {
        axis_size const last = i < N ? places[i] : axis_size(x.size(at));
        parts[i] = slice(x, at, first, last);
        first = last;
        if (!parts[i].valid()) {
            parts.fill({x.builder(), -1});
            break;
        }
    }
    return parts;
}

/// x repeated so many times along each axis; fewer numbers than axes count from the last axis, more
/// give new ones.
template <Symbolic X>
constexpr symbol tile(X const& a, shape_list times) {
    symbol x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    auto& e = b.extents();
    list<extent> counts;
    for (axis_size const& t : times) {
        if (t.negative)
            return b.fail(ir::sentence("tile", x) << ": repeated " << t.negative << " times");
        counts.push(t.e);
    }
    int const rank = counts.size() > x.rank() ? counts.size() : x.rank();
    list<extent> split, spread, shape;
    for (int i = 0; i < rank; ++i) {
        int const j = i - (rank - x.rank()), k = i - (rank - counts.size());
        extent const n = j < 0 ? extent{1} : x.size(j), t = k < 0 ? extent{1} : counts[k];
        shape.push(e.multiply(t, n));
        if (t != extent{1}) split.push({1}), spread.push(t);
        split.push(n), spread.push(n);
    }
    return detail::reshape_to(ir::broadcast(detail::reshape_to(x, b.shape(split)), b.shape(spread)),
                              b.shape(shape));
}
template <Symbolic X, std::int64_t... Times>
constexpr symbol tile(X const& x, shape_t<Times...>) {
    return tile(x, {axis_size(Times)...});
}
/// Each element so many times in a row along an axis (np.repeat).
template <Symbolic X>
constexpr symbol repeat_elements(X const& a, axis_size times, int axis) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    int const at = detail::checked_axis(x, axis, "repeat_elements");
    if (at < 0) return {&b, -1};
    if (times.negative)
        return b.fail(ir::sentence("repeat_elements", x)
                      << ": repeated " << times.negative << " times");
    list<extent> split, spread;
    for (int i = 0; i < x.rank(); ++i) {
        split.push(x.size(i)), spread.push(x.size(i));
        if (i == at) split.push({1}), spread.push(times.e);
    }
    return detail::reshape_to(ir::broadcast(detail::reshape_to(x, b.shape(split)), b.shape(spread)),
                              detail::shape_with(x, at, b.extents().multiply(x.size(at), times.e)));
}

/// a[i...] b[j...] for all pairs: the axes of a, then those of b.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol outer(A const& left, B const& right) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    std::int64_t const behind = ((std::int64_t{1} << b.rank()) - 1) << a.rank();
    return detail::with_axes(a, behind, a.rank() + b.rank()) * b;
}
/// The Kronecker product: a block of b times each element of a. The one of fewer axes gets new ones
/// in front.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol kron(A const& left, B const& right) {
    symbol const a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    ir::builder& g = *a.builder();
    int const rank = a.rank() > b.rank() ? a.rank() : b.rank();
    list<extent> of_a, of_b, shape;
    for (int i = 0; i < rank; ++i) {
        int const j = i - (rank - a.rank()), k = i - (rank - b.rank());
        extent const m = j < 0 ? extent{1} : a.size(j), n = k < 0 ? extent{1} : b.size(k);
        of_a.push(m), of_a.push({1}), of_b.push({1}), of_b.push(n);
        shape.push(g.extents().multiply(m, n));
    }
    if (b.builder() != &g) return g.fail("kron: operands belong to different traces");
    return detail::reshape_to(
        detail::reshape_to(a, g.shape(of_a)) * detail::reshape_to(b, g.shape(of_b)),
        g.shape(shape));
}

/// Vectors, each repeated along axes of all others: value k of the result changes along axis k
/// (indexing "ij").
template <class... X>
    requires Symbols<X...>
constexpr std::array<symbol, sizeof...(X)> meshgrid(X const&... vectors) {
    std::array<symbol, sizeof...(X)> x{vectors.traced()...};
    ir::builder* const b = x[0].builder();
    list<extent> shape;
    for (symbol s : x) {
        bool const fits = s.valid() && s.builder() == b && s.rank() == 1;
        if (s.valid() && !fits)
            b->fail(s.builder() != b ? text("meshgrid: operands belong to different traces")
                                     : ir::sentence("meshgrid", s) << " is no vector");
        if (!fits) {
            x.fill({b, -1});
            return x;
        }
        shape.push(s.size(0));
    }
    int const all = b->shape(shape);
    for (std::size_t i = 0; i < x.size(); ++i) {
        list<extent> own(shape.size(), extent{1});
        own[static_cast<int>(i)] = shape[static_cast<int>(i)];
        x[i] = ir::broadcast(detail::reshape_to(x[i], b->shape(own)), all);
    }
    return x;
}

namespace ir {
template <>
struct struct_of<hash("flip")> {
    using type = ops::flip;
};
}  // namespace ir
WEFT_EAGER(flip)
WEFT_EAGER(roll)
WEFT_EAGER(moveaxis)
WEFT_EAGER(swapaxes)
WEFT_EAGER(expand_dims)
WEFT_EAGER(squeeze)
WEFT_EAGER(stack)
WEFT_EAGER(tile)
WEFT_EAGER(outer)
WEFT_EAGER(kron)
WEFT_EAGER(repeat_elements)
WEFT_EAGER_SIZED(tile)

namespace calls {

template <class Axis>
struct repeat_counted {
    template <class Sizes>
    constexpr symbol operator()(symbol x, Sizes const& n) const {
        return weft::repeat_elements(x, detail::size_of_call(n, 0), Axis{});
    }
};
/// Forward by the first size, backward by the second.
template <int... Axis>
struct roll_counted {
    template <class Sizes>
    constexpr symbol operator()(symbol x, Sizes const& n) const {
        if (!x.valid()) return x;
        extent const forth = detail::size_of_call(n, 0).e, back = detail::size_of_call(n, 1).e;
        if (forth.is_static() && back.is_static())
            return detail::rolled(x, back.value() - forth.value(), Axis...);
        return detail::rolled(x, x.builder()->extents().subtract(back, forth), Axis...);
    }
};

}  // namespace calls

/// Run-time numbers: each element n times in a row.
template <class A, std::integral N, int Axis>
    requires EagerCall<A>
constexpr auto repeat_elements(A&& a, N n, axes_t<Axis>) {
    return ir::eager<calls::repeat_counted<axes_t<Axis>>>(
        static_cast<A&&>(a), detail::counts_of("repeat_elements", {n}));
}
/// Moved on by n places along an axis, or in the flattened value.
template <class A, std::integral N, int... Axis>
    requires(EagerCall<A> && sizeof...(Axis) <= 1)
constexpr auto roll(A&& a, N n, axes_t<Axis...> = {}) {
    auto const by = static_cast<std::int64_t>(n);
    return ir::eager<calls::roll_counted<Axis...>>(
        static_cast<A&&>(a), detail::counts_of("roll", {by > 0 ? by : 0, by < 0 ? -by : 0}));
}

}  // namespace weft
