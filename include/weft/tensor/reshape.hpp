// SPDX-License-Identifier: BSL-1.0
// Other views of the same elements, which tensors and views have as members: parts, axes in
// another order, another shape. Nothing is copied; the view must not outlive its elements.
#pragma once

#include <array>

#include <weft/ir/expression.hpp>
#include <weft/tensor/slice.hpp>

namespace weft {

template <int...>
struct axes_t;
template <std::int64_t...>
struct shape_t;
template <class V, class... I>
class selection;

namespace detail {

template <class>
inline constexpr bool is_view = false;
template <class T, std::int64_t... E>
inline constexpr bool is_view<weft::view<T, E...>> = true;

template <class X>
auto view_of(X& x) {
    if constexpr (is_view<std::remove_const_t<X>>)
        return x;
    else
        return x.view();
}

template <class V>
constexpr tensor_type described_view{"view", dtype_of<typename V::value_type>, V::rank,
                                     V::extents.data()};

[[noreturn]] WEFT_COLD inline void raise_axis(tensor_type const& t, std::int64_t axis) {
    raise_range(t, static_cast<int>(axis), 0, 0, 0);
}
/// An axis of `rank`, counted from the end where it is negative. Raises where there is none.
inline int axis_of(tensor_type const& t, std::int64_t axis, int rank) {
    if (axis < -rank || axis >= rank) raise_axis(t, axis);
    return static_cast<int>(axis < 0 ? axis + rank : axis);
}

/// Axis i of the result is axis order[i]. Raises where one is not named once.
template <class V>
auto permuted(V const& v, int const* order) {
    dims<V::rank> shape, strides;
    if constexpr (V::rank > 0) {
        unsigned seen = 0;
        for (int i = 0; i < V::rank; ++i) {
            int const a = axis_of(described_view<V>, order[i], V::rank);
            if (seen >> a & 1) raise("weft: transposed: the axes must name each axis once");
            seen |= 1u << a;
            shape[i] = v.shape()[a], strides[i] = v.strides()[a];
        }
    }
    return dynamic_view<typename V::element_type, V::rank>(v.data(), shape, strides);
}
template <class V, int... Axes>
struct permuted_extents {
    static constexpr dims<V::rank> value{V::extents[Axes < 0 ? Axes + V::rank : Axes]...};
};
template <class V, class Sequence>
struct reversed_axes;
template <class V, int... I>
struct reversed_axes<V, std::integer_sequence<int, I...>> {
    using type = axes_t<(V::rank - 1 - I)...>;
};
template <class V, int... Axes>
auto permuted(V const& v, axes_t<Axes...> const*) {
    static_assert(sizeof...(Axes) == V::rank, "weft: transposed names each axis once");
    int const order[] = {Axes..., 0};
    auto const p = permuted(v, order);
    return view_with<typename V::element_type, V::rank, permuted_extents<V, Axes...>>(
        p.data(), p.shape(), p.strides());
}

/// Strides of the same elements in row-major order under another shape; false if there are none.
inline bool find_strides(std::int64_t const* shape, std::int64_t const* strides, int rank,
                         std::int64_t const* to_shape, std::int64_t* to_strides, int to_rank) {
    int a = 0, b = 0;
    for (;;) {
        while (a < rank && shape[a] == 1) ++a;
        while (b < to_rank && to_shape[b] == 1) to_strides[b++] = 0;
        if (a == rank || b == to_rank) return a == rank && b == to_rank;
        // The shortest runs of axes that have equally many elements.
        int a_end = a + 1, b_end = b + 1;
        std::int64_t m = shape[a], n = to_shape[b];
        while (m != n)
            if (m < n) {
                if (a_end == rank) return false;
                m *= shape[a_end++];
            } else {
                if (b_end == to_rank) return false;
                n *= to_shape[b_end++];
            }
        int last = a_end - 1;
        while (last > a && shape[last] == 1) --last;
        std::int64_t inner = strides[last];
        for (int i = last, next = last; i-- > a;)
            if (shape[i] != 1) {
                if (strides[i] != strides[next] * shape[next]) return false;
                next = i;
            }
        for (int i = b_end; i-- > b; inner *= to_shape[i]) to_strides[i] = inner;
        a = a_end, b = b_end;
    }
}
[[noreturn]] WEFT_COLD inline void raise_reshape(std::int64_t const* shape, int rank,
                                                 std::int64_t const* wanted, int count,
                                                 char const* why) {
    text s("reshape: ");
    write_extents(s, shape, rank);
    s << " to ";
    write_extents(s, wanted, count);
    raise(s << why);
}
/// Fills in what is left for an extent of -1, and strides.
inline void reshape(std::int64_t const* shape, std::int64_t const* strides, int rank,
                    std::int64_t* wanted, std::int64_t* to_strides, int count) {
    std::int64_t const size = product(shape, rank);
    std::int64_t known = 1;
    int open = -1;
    bool bad = false;
    for (int i = 0; i < count; ++i)
        if (wanted[i] == -1 && open < 0)
            open = i;
        else if (wanted[i] < 0)
            bad = true;
        else
            known *= wanted[i];
    if (!bad && open >= 0 && known > 0 && size % known == 0) wanted[open] = size / known;
    if (bad || product(wanted, count) != size || (open >= 0 && wanted[open] < 0))
        raise_reshape(shape, rank, wanted, count, ": another number of elements");
    if (size == 0)
        for (int i = 0; i < count; ++i) to_strides[i] = 0;
    else if (!find_strides(shape, strides, rank, wanted, to_strides, count))
        raise_reshape(shape, rank, wanted, count,
                      ": the elements do not lie so that a view can be of this shape; copy them "
                      "first");
}
template <class To, class V>
To reshaped(V const& v, dims<To::rank> shape) {
    dims<To::rank> strides;
    if constexpr (To::rank > 0)
        reshape(v.shape().data(), v.strides().data(), V::rank, shape.values, strides.values,
                To::rank);
    else if (v.size() != 1)
        raise_reshape(v.shape().data(), V::rank, nullptr, 0, ": another number of elements");
    return To(v.data(), shape, strides);
}
template <std::int64_t... N>
struct fixed_extents {
    static constexpr dims<sizeof...(N)> value{(N < 0 ? dyn : N)...};
};

template <class V, int Rank>
auto spread(V const& v, dims<Rank> const& shape) {
    dims<Rank> strides;
    static_assert(Rank >= V::rank, "weft: broadcast_to needs at least as many axes");
    if constexpr (Rank > 0)
        for (int a = 0; a < Rank; ++a) {
            int const own = a - (Rank - V::rank);
            if (own < 0 || (v.shape()[own] == 1 && shape[a] != 1))
                strides[a] = 0;
            else if (v.shape()[own] != shape[a])
                raise_range(described_view<V>, own, 0, shape[a], v.shape()[own]);
            else
                strides[a] = v.strides()[own];
        }
    return dynamic_view<typename V::element_type const, Rank>(v.data(), shape, strides);
}

template <class V>
auto moved_axis(V const& v, int from, int to) {
    int const i = axis_of(described_view<V>, from, V::rank),
              j = axis_of(described_view<V>, to, V::rank);
    int order[V::rank + 1];
    for (int a = 0, next = 0; a < V::rank; ++a) {
        if (a == j) {
            order[a] = i;
        } else {
            next += next == i;
            order[a] = next++;
        }
    }
    return permuted(v, order);
}
template <class V>
auto swapped_axes(V const& v, int first, int second) {
    int const i = axis_of(described_view<V>, first, V::rank),
              j = axis_of(described_view<V>, second, V::rank);
    int order[V::rank + 1];
    for (int a = 0; a < V::rank; ++a) order[a] = a == i ? j : a == j ? i : a;
    return permuted(v, order);
}
template <class V>
auto with_axis(V const& v, int axis) {
    int const at = axis_of(described_view<V>, axis, V::rank + 1);
    dims<V::rank + 1> shape, strides;
    for (int a = 0; a <= V::rank; ++a)
        if (a == at)
            shape[a] = 1, strides[a] = 0;
        else
            shape[a] = v.shape()[a - (a > at)], strides[a] = v.strides()[a - (a > at)];
    return dynamic_view<typename V::element_type, V::rank + 1>(v.data(), shape, strides);
}
template <class V>
auto without_axis(V const& v, int axis, std::int64_t place) {
    int const at = axis_of(described_view<V>, axis, V::rank);
    dims<V::rank - 1> shape, strides;
    if constexpr (V::rank > 1)
        for (int a = 0; a + 1 < V::rank; ++a)
            shape[a] = v.shape()[a + (a >= at)], strides[a] = v.strides()[a + (a >= at)];
    return dynamic_view<typename V::element_type, V::rank - 1>(v.data() + place * v.strides()[at],
                                                               shape, strides);
}
template <class V>
auto squeezed(V const& v, int axis) {
    int const at = axis_of(described_view<V>, axis, V::rank);
    if (v.shape()[at] != 1) raise_range(described_view<V>, at, 0, 1, v.shape()[at]);
    return without_axis(v, at, 0);
}
template <class V>
V flipped(V const& v, int axis) {
    int const at = axis_of(described_view<V>, axis, V::rank);
    auto strides = v.strides();
    std::int64_t const n = v.shape()[at];
    auto* const data = n > 0 ? v.data() + (n - 1) * strides[at] : v.data();
    strides[at] = -strides[at];
    return V(data, v.shape(), strides);
}
template <class V>
auto diagonal_of(V const& v, std::int64_t k) {
    static_assert(V::rank == 2, "weft: diagonal is of a matrix");
    std::int64_t const row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
    std::int64_t const rows = v.shape()[0] - row, columns = v.shape()[1] - column;
    std::int64_t n = rows < columns ? rows : columns;
    n = n < 0 ? 0 : n;
    auto* const data =
        n > 0 ? v.data() + row * v.strides()[0] + column * v.strides()[1] : v.data();
    return dynamic_view<typename V::element_type, 1>(data, {n}, {v.strides()[0] + v.strides()[1]});
}
template <class V>
auto part_along(V const& v, int axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
    int const at = axis >= 0 && axis < V::rank ? axis : axis_of(described_view<V>, axis, V::rank);
    auto shape = v.shape();
    auto strides = v.strides();
    part_finder find{described_view<V>, shape.data(), strides.data(), nullptr, nullptr, 0};
    std::int64_t n = 0, stride = 0;
    find.axis = at, find.to_shape = &n, find.to_strides = &stride;
    find(seq(begin, end, step));
    shape[at] = n, strides[at] = stride;
    return dynamic_view<typename V::element_type, V::rank>(v.data() + find.offset, shape, strides);
}
template <int N, class V>
auto split_equally(V const& v, int axis) {
    int const at = axis_of(described_view<V>, axis, V::rank);
    std::int64_t const n = v.shape()[at], size = n / N;
    if (size * N != n)
        raise_numbers("split: an axis of ", n, " elements is not divisible into ", N,
                      " equal parts");
    std::array<dynamic_view<typename V::element_type, V::rank>, static_cast<std::size_t>(N)> parts;
    for (int i = 0; i < N; ++i)
        parts[static_cast<std::size_t>(i)] = part_along(v, at, i * size, (i + 1) * size, 1);
    return parts;
}
template <class V>
auto windows(V const& v, int axis, std::int64_t width) {
    int const at = axis_of(described_view<V>, axis, V::rank);
    std::int64_t const n = v.shape()[at];
    if (width < 1 || width > n) raise_range(described_view<V>, at, 0, width, n);
    dims<V::rank + 1> shape, strides;
    for (int a = 0; a < V::rank; ++a) shape[a] = v.shape()[a], strides[a] = v.strides()[a];
    shape[at] = n - width + 1;
    shape[V::rank] = width, strides[V::rank] = v.strides()[at];
    return dynamic_view<typename V::element_type const, V::rank + 1>(v.data(), shape, strides);
}

template <class I>
using chooser = decltype(ir::eager<calls::assigned>(std::declval<I>()));

/// The members of a tensor or view, Self, that give views. Those of a const tensor are read-only.
/// An axis may be negative: it counts from the last one.
template <class Self>
class looks {
    auto its() { return view_of(static_cast<Self&>(*this)); }
    auto its() const { return view_of(static_cast<Self const&>(*this)); }

public:
    /// Parts: an integer drops its axis, negative ones count from the end; a `seq` is a range,
    /// `every` an axis, `newaxis` a new one, `ellipsis` all that are left, as what is not named is.
    template <Part... I>
        requires(sizeof...(I) > 0 && !((std::integral<I> && ...) && sizeof...(I) == Self::rank))
    auto operator()(I... index) {
        return part(its(), index...);
    }
    template <Part... I>
        requires(sizeof...(I) > 0 && !((std::integral<I> && ...) && sizeof...(I) == Self::rank))
    auto operator()(I... index) const {
        return part(its(), index...);
    }
    /// Elements that a mask, or integers along the first axes choose; see tensor/select.hpp.
    template <Concrete... I>
        requires(sizeof...(I) > 0)
    auto operator()(I&&... index) {
        return selection<decltype(its()), chooser<I>...>(
            its(), ir::eager<calls::assigned>(static_cast<I&&>(index))...);
    }
    template <Concrete... I>
        requires(sizeof...(I) > 0)
    auto operator()(I&&... index) const {
        return selection<decltype(its()), chooser<I>...>(
            its(), ir::eager<calls::assigned>(static_cast<I&&>(index))...);
    }

    /// Row i, without the first axis. Raises where there is none.
    auto row(std::int64_t i) { return part(its(), i); }
    auto row(std::int64_t i) const { return part(its(), i); }
    /// Rows begin .. end - 1.
    auto rows(std::int64_t begin, std::int64_t end) { return part(its(), seq(begin, end)); }
    auto rows(std::int64_t begin, std::int64_t end) const { return part(its(), seq(begin, end)); }
    /// Column i of a matrix.
    auto col(std::int64_t i) { return part(its(), every, i); }
    auto col(std::int64_t i) const { return part(its(), every, i); }
    /// Elements begin .. end - 1 along an axis.
    auto slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) {
        return part_along(its(), axis, begin, end, step);
    }
    auto slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const {
        return part_along(its(), axis, begin, end, step);
    }
    /// N equal parts along an axis: `auto [q, k, v] = a.split<3>(1)`.
    template <int N>
    auto split(int axis = 0) {
        return split_equally<N>(its(), axis);
    }
    template <int N>
    auto split(int axis = 0) const {
        return split_equally<N>(its(), axis);
    }

    /// The axes in reverse order, or in this one: `transposed({2, 0, 1})`, `transposed(axis<2, 0,
    /// 1>)`, which keeps static extents.
    auto transposed() {
        using all = std::make_integer_sequence<int, Self::rank>;
        using axes = typename reversed_axes<decltype(its()), all>::type;
        return permuted(its(), static_cast<axes const*>(nullptr));
    }
    auto transposed() const {
        using all = std::make_integer_sequence<int, Self::rank>;
        using axes = typename reversed_axes<decltype(its()), all>::type;
        return permuted(its(), static_cast<axes const*>(nullptr));
    }
    template <std::size_t N>
        requires(N == Self::rank)
    auto transposed(int const (&order)[N]) {
        return permuted(its(), order);
    }
    template <std::size_t N>
        requires(N == Self::rank)
    auto transposed(int const (&order)[N]) const {
        return permuted(its(), order);
    }
    template <int... Axes>
    auto transposed(axes_t<Axes...> order) {
        return permuted(its(), &order);
    }
    template <int... Axes>
    auto transposed(axes_t<Axes...> order) const {
        return permuted(its(), &order);
    }
    auto moveaxis(int from, int to) { return moved_axis(its(), from, to); }
    auto moveaxis(int from, int to) const { return moved_axis(its(), from, to); }
    auto swapaxes(int first, int second) { return swapped_axes(its(), first, second); }
    auto swapaxes(int first, int second) const { return swapped_axes(its(), first, second); }
    /// A new axis of one element at this place; without an axis of one element.
    auto expand_dims(int axis) { return with_axis(its(), axis); }
    auto expand_dims(int axis) const { return with_axis(its(), axis); }
    auto squeeze(int axis) { return squeezed(its(), axis); }
    auto squeeze(int axis) const { return squeezed(its(), axis); }
    /// The elements along an axis in reverse order.
    auto flip(int axis) { return flipped(its(), axis); }
    auto flip(int axis) const { return flipped(its(), axis); }
    /// Diagonal k of a matrix.
    auto diagonal(std::int64_t k = 0) { return diagonal_of(its(), k); }
    auto diagonal(std::int64_t k = 0) const { return diagonal_of(its(), k); }

    /// The same elements in row-major order under another shape; one extent may be -1, for what is
    /// left. Raises where their number is another, and where strides cannot say it.
    template <std::integral... N>
    auto reshape(N... extents) {
        return reshaped<dynamic_view<typename decltype(its())::element_type, sizeof...(N)>>(
            its(), {static_cast<std::int64_t>(extents)...});
    }
    template <std::integral... N>
    auto reshape(N... extents) const {
        return reshaped<dynamic_view<typename decltype(its())::element_type, sizeof...(N)>>(
            its(), {static_cast<std::int64_t>(extents)...});
    }
    template <std::int64_t... N>
    auto reshape(shape_t<N...>) {
        return reshaped<view_with<typename decltype(its())::element_type, sizeof...(N),
                                  fixed_extents<N...>>>(its(), {N...});
    }
    template <std::int64_t... N>
    auto reshape(shape_t<N...>) const {
        return reshaped<view_with<typename decltype(its())::element_type, sizeof...(N),
                                  fixed_extents<N...>>>(its(), {N...});
    }
    /// All elements along one axis.
    auto flat() { return reshape(-1); }
    auto flat() const { return reshape(-1); }
    /// Repeated to these extents, axes aligned at the last one, for reading.
    template <std::integral... N>
    auto broadcast_to(N... extents) const {
        return spread<decltype(its()), sizeof...(N)>(its(),
                                                     {static_cast<std::int64_t>(extents)...});
    }
    /// The `width` elements from each place of an axis on, along a new last axis, for reading.
    auto sliding_windows(int axis, std::int64_t width) const { return windows(its(), axis, width); }
};

}  // namespace detail
}  // namespace weft
