// SPDX-License-Identifier: BSL-1.0
// How parts are named in calls, `a(seq(0, 10, 2), every, 3, newaxis)`, and the view that such a
// call is of.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/tensor/storage.hpp>

namespace weft {

template <class T, std::int64_t... Extents>
    requires Element<std::remove_const_t<T>>
class view;

/// Positions first, first + step, ... before last along an axis; negative ones count from its end,
/// as in NumPy's first:last:step. What lies outside of the axis raises.
struct seq {
    std::int64_t first = 0, last = 0, step = 1;
    bool from_edge = false, to_edge = false;

    constexpr seq(std::int64_t begin, std::int64_t end, std::int64_t by = 1)
        : first(begin), last(end), step(by) {}

    /// The same range in other steps.
    constexpr seq by(std::int64_t other) const {
        seq s = *this;
        s.step = other;
        return s;
    }
};
/// From a position to the end of the axis, `first:`; `from(-2)` are the last two.
constexpr seq from(std::int64_t first) {
    seq s(first, 0);
    s.to_edge = true;
    return s;
}
/// All of an axis, `:`.
struct every_t {
    /// In steps, `::step`: every.by(-1) is the axis in reverse order.
    constexpr seq by(std::int64_t step) const {
        seq s(0, 0, step);
        s.from_edge = s.to_edge = true;
        return s;
    }
};
inline constexpr every_t every{};
/// A new axis of one element.
struct newaxis_t {};
inline constexpr newaxis_t newaxis{};
/// All axes that are not named otherwise, `...`.
struct ellipsis_t {};
inline constexpr ellipsis_t ellipsis{};

namespace detail {

template <class I>
concept Part = std::integral<I> || std::same_as<I, seq> || std::same_as<I, every_t> ||
               std::same_as<I, newaxis_t> || std::same_as<I, ellipsis_t>;

/// How many axes of a view an index takes, and gives; an ellipsis takes what is left.
template <class I>
inline constexpr int axes_taken = !std::same_as<I, newaxis_t> && !std::same_as<I, ellipsis_t>;
template <class I>
inline constexpr int axes_given = !std::integral<I> && !std::same_as<I, ellipsis_t>;

template <class T, class Extents, class Sequence>
struct view_type_of;
template <class T, class Extents, std::size_t... I>
struct view_type_of<T, Extents, std::index_sequence<I...>> {
    using type = weft::view<T, Extents::value[static_cast<int>(I)]...>;
};
/// The view of T with the extents of a constant `Extents::value`.
template <class T, int Rank, class Extents>
using view_with = typename view_type_of<T, Extents, std::make_index_sequence<Rank>>::type;

template <int Rank>
struct all_dynamic {
    static constexpr dims<Rank> value = [] {
        dims<Rank> d;
        if constexpr (Rank > 0)
            for (auto& e : d.values) e = dyn;
        return d;
    }();
};
template <class T, int Rank>
using dynamic_view = view_with<T, Rank, all_dynamic<Rank>>;

/// The static extents that indices leave of those of V.
template <class V, class... I>
struct indexed_extents {
    static constexpr int taken = (axes_taken<I> + ... + 0);
    static constexpr int dots = (std::same_as<I, ellipsis_t> + ... + 0);
    static constexpr int open = V::rank - taken;  // axes of the ellipsis, or behind the last index
    static_assert(open >= 0, "weft: more indices than axes");
    static_assert(dots <= 1, "weft: more than one ellipsis");
    static constexpr int rank = (axes_given<I> + ... + 0) + open;
    static constexpr dims<rank> value = [] {
        dims<rank> d;
        if constexpr (rank > 0) {
            int axis = 0, next = 0;
            auto const copy = [&](int count) {
                while (count-- > 0) d.values[next++] = V::extents[axis++];
            };
            auto const one = [&]<class J>(J const*) {
                if constexpr (std::same_as<J, ellipsis_t>)
                    copy(open);
                else if constexpr (std::same_as<J, every_t>)
                    copy(1);
                else if constexpr (std::same_as<J, newaxis_t>)
                    d.values[next++] = 1;
                else if constexpr (std::same_as<J, seq>)
                    d.values[next++] = dyn, ++axis;
                else
                    ++axis;
            };
            (one(static_cast<I const*>(nullptr)), ...);
            copy(rank - next);
        }
        return d;
    }();
};

/// Walks along the axes of a view, index by index. The tables are of its caller.
struct part_finder {
    tensor_type type;
    std::int64_t const *shape, *strides;
    std::int64_t *to_shape, *to_strides;
    int open;
    std::int64_t offset = 0;
    int axis = 0;

    void push(std::int64_t extent, std::int64_t stride) {
        *to_shape++ = extent, *to_strides++ = stride;
    }
    void operator()(every_t) { push(shape[axis], strides[axis]), ++axis; }
    void operator()(newaxis_t) { push(1, 0); }
    void operator()(ellipsis_t) {
        while (open > 0) (*this)(every_t{}), --open;
    }
    void operator()(std::int64_t i) {
        std::int64_t const n = shape[axis], at = i < 0 ? i + n : i;
        if (at < 0 || at >= n) raise_range(type, axis, i, i + 1, n);
        offset += at * strides[axis++];
    }
    void operator()(seq const& s) {
        std::int64_t const n = shape[axis];
        auto const place = [&](std::int64_t i) { return i < 0 ? i + n : i; };
        bool const back = s.step < 0;
        std::int64_t const first = s.from_edge ? back ? n - 1 : 0 : place(s.first);
        std::int64_t const last = s.to_edge ? back ? -1 : n : place(s.last);
        std::int64_t const low = back ? last : first, high = back ? first : last;
        if (s.step == 0 || low < (back ? -1 : 0) || low > high || high > n - back)
            raise_range(type, axis, s.from_edge ? first : s.first, s.to_edge ? last : s.last, n);
        std::int64_t const step = back ? -s.step : s.step, count = (high - low + step - 1) / step;
        if (count > 0) offset += first * strides[axis];
        push(count, s.step * strides[axis++]);
    }
};

template <class V, class... I>
auto part(V const& v, I... index) {
    using left = indexed_extents<V, I...>;
    using T = typename V::element_type;
    std::int64_t shape[left::rank + 1], strides[left::rank + 1];
    part_finder find{{"view", dtype_of<std::remove_const_t<T>>, V::rank, V::extents.data()},
                     v.shape().data(),
                     v.strides().data(),
                     shape,
                     strides,
                     left::open};
    (find(index), ...);
    if constexpr (left::dots == 0) find(ellipsis);
    dims<left::rank> its_shape, its_strides;
    if constexpr (left::rank > 0)
        for (int a = 0; a < left::rank; ++a)
            its_shape[a] = shape[a], its_strides[a] = strides[a];
    return view_with<T, left::rank, left>(v.data() + find.offset, its_shape, its_strides);
}

}  // namespace detail
}  // namespace weft
