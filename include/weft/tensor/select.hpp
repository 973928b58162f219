// SPDX-License-Identifier: BSL-1.0
// Elements chosen by a mask or by integers, as in NumPy: `a(a < 0) = 0`, `b = a(mask)`,
// `a(rows) += x`. What is read is a copy; what is written goes to the chosen places.
#pragma once

#include <tuple>

#include <weft/tensor/value.hpp>

namespace weft {

namespace calls {

/// x where the mask of the leading axes is true, else the old value.
struct write_masked {
    template <class X>
    constexpr symbol operator()(symbol mask, X const& x, symbol old) const {
        ir::builder& b = *mask.builder();
        list<extent> shape(b.view().shape(mask.node().shape));
        while (shape.size() < old.rank()) shape.push(extent{1});
        return weft::where(ops::reshape::apply(mask, b.shape(shape)), x, old);
    }
};

}  // namespace calls

namespace detail {

template <class>
inline constexpr bool is_selection = false;
template <class V, class... I>
inline constexpr bool is_selection<weft::selection<V, I...>> = true;

/// The rank of what is assigned; a number has none.
template <class X>
constexpr int rank_of_value() {
    if constexpr (Concrete<X>)
        return value_tensor<X>::rank;
    else
        return 0;
}

[[noreturn]] WEFT_COLD inline void raise_chosen(std::int64_t i, int axis, std::int64_t n) {
    raise(text("index ") << i << " is outside of axis " << axis << " of extent " << n);
}
[[noreturn]] WEFT_COLD inline void raise_mask(char const* what, std::int64_t const* found,
                                              std::int64_t const* wanted, int rank) {
    text s(what);
    write_extents(s, found, rank);
    s << ", expected ";
    write_extents(s, wanted, rank);
    raise(s);
}

/// Dynamic extents of what is chosen, then the extents of V that are not named.
template <class V, int Chosen, int Named>
struct selected_extents {
    static_assert(V::rank >= Named, "weft: more indices than axes");
    static constexpr int rank = Chosen + V::rank - Named;
    static constexpr dims<rank> value = [] {
        dims<rank> d;
        if constexpr (rank > 0)
            for (int a = 0; a < rank; ++a)
                d.values[a] = a < Chosen ? dyn : V::extents[a - Chosen + Named];
        return d;
    }();
};
/// How many of them are true.
inline std::int64_t count_true(bool const* mask, std::int64_t n) {
    std::int64_t count = 0, i = 0;
    for (; i + 8 <= n; i += 8) {
        std::uint64_t eight;
        __builtin_memcpy(&eight, mask + i, 8);
        count += __builtin_popcountll(eight);
    }
    for (; i < n; ++i) count += mask[i];
    return count;
}
/// Calls f with the offset of each element that a mask chooses, in row-major order. Places are
/// collected first: a branch for each element would be guessed wrong.
template <class F>
void each_chosen(bool const*& mask, std::int64_t const* shape, std::int64_t const* strides,
                 int rank, std::int64_t offset, F const& f) {
    if (rank > 1) {
        for (std::int64_t i = 0; i < *shape; ++i, offset += *strides)
            each_chosen(mask, shape + 1, strides + 1, rank - 1, offset, f);
        return;
    }
    if (rank == 0) {
        if (*mask++) f(offset);
        return;
    }
    constexpr std::int64_t block = 256;
    std::int64_t places[block];
    for (std::int64_t i = 0; i < *shape; i += block) {
        std::int64_t const n = *shape - i < block ? *shape - i : block;
        int count = 0;
        for (std::int64_t j = 0; j < n; ++j, offset += *strides) {
            places[count] = offset;
            count += mask[j];
        }
        for (int j = 0; j < count; ++j) f(places[j]);
        mask += n;
    }
}

}  // namespace detail

/// The elements of a view that a mask of its leading axes chooses, one after another; or those at
/// integer indices along its first axes, in the shape of the indices. Integers may be negative, to
/// count from the end; outside of the axis they raise. An operand of expressions, and assignable:
/// of several values for one place the last one stays.
template <class V, class... I>
class selection {
    static constexpr bool masked =
        sizeof...(I) == 1 &&
        (std::is_same_v<typename detail::value_tensor<I>::value_type, bool> && ...);
    static_assert(masked ||
                      ((std::is_integral_v<typename detail::value_tensor<I>::value_type> &&
                        !std::is_same_v<typename detail::value_tensor<I>::value_type, bool>)&&...),
                  "weft: an index is one mask, or integers");
    static constexpr int index_rank = (detail::value_tensor<I>::rank, ...);
    static_assert(((detail::value_tensor<I>::rank == index_rank) && ...),
                  "weft: integers along several axes have one shape");
    static constexpr int named = masked ? index_rank : static_cast<int>(sizeof...(I));
    using extents = detail::selected_extents<V, masked ? 1 : index_rank, named>;
    static constexpr int row_rank = V::rank - named;
    using T = typename V::value_type;

public:
    using result = detail::tensor_with<T, extents::rank, extents>;

    explicit selection(V const& from, I... index)
        : from_(from), index_(static_cast<I&&>(index)...) {}
    selection(selection const&) = default;

    /// A copy of the chosen elements.
    result selected() const {
        result r;
        rows const its(*this);
        visit([&](dims<extents::rank> const& shape) { r = result::uninitialized(shape); },
              [&](std::int64_t from, std::int64_t i) {
                  if constexpr (row_rank == 0)
                      r.data()[i] = from_.data()[from];
                  else
                      detail::copy_strided(r.data() + i * its.size, its.dense,
                                           from_.data() + from, its.strides, its.shape, row_rank);
              });
        return r;
    }
    template <class U, std::int64_t... E>
    operator tensor<U, E...>() const {
        if constexpr (std::is_same_v<tensor<U, E...>, result>)
            return selected();
        else
            return tensor<U, E...>(ir::eager<calls::assigned>(selected()));
    }

    /// Assigns a number, or values that broadcast to the shape of the selection.
    template <class A>
        requires EagerCall<V const&, A const&>
    selection const& operator=(A const& a) const {
        if constexpr (masked && detail::rank_of_value<A>() == 0)
            from_.assign(ir::eager<calls::write_masked>(std::get<0>(index_), a, from_));
        else
            write(a);
        return *this;
    }
    selection const& operator=(selection const& other) const {
        write(other);
        return *this;
    }
    template <class A>
        requires EagerCall<V const&, A const&>
    selection const& operator+=(A const& a) const {
        return change(a, [](auto const& x, auto const& y) { return x + y; });
    }
    template <class A>
        requires EagerCall<V const&, A const&>
    selection const& operator-=(A const& a) const {
        return change(a, [](auto const& x, auto const& y) { return x - y; });
    }
    template <class A>
        requires EagerCall<V const&, A const&>
    selection const& operator*=(A const& a) const {
        return change(a, [](auto const& x, auto const& y) { return x * y; });
    }
    template <class A>
        requires EagerCall<V const&, A const&>
    selection const& operator/=(A const& a) const {
        return change(a, [](auto const& x, auto const& y) { return x / y; });
    }

private:
    V from_;
    std::tuple<I...> index_;

    /// What one choice is of: all axes behind the named ones.
    struct rows {
        std::int64_t shape[row_rank + 1], strides[row_rank + 1], dense[row_rank + 1], size = 1;

        explicit rows(selection const& s) {
            for (int a = row_rank; a-- > 0;) {
                shape[a] = s.from_.shape()[named + a];
                strides[a] = s.from_.strides()[named + a];
                dense[a] = size;
                size *= shape[a];
            }
        }
    };

    template <class Shaped, class F>
    void visit(Shaped const& shaped, F const& f) const {
        visit(shaped, f, std::index_sequence_for<I...>{});
    }
    template <class Shaped, class F, std::size_t... N>
    void visit(Shaped const& shaped, F const& f, std::index_sequence<N...>) const {
        std::tuple<detail::value_tensor<I>...> const chosen(std::get<N>(index_)...);
        auto const& first = std::get<0>(chosen);
        std::int64_t const *its_shape = from_.shape().data(), *strides = from_.strides().data();
        dims<extents::rank> shape;
        if constexpr (extents::rank > 0)
            for (int a = 0; a < row_rank; ++a)
                shape[extents::rank - row_rank + a] = its_shape[named + a];
        if constexpr (masked) {
            for (int a = 0; a < named; ++a)
                if (first.shape()[a] != its_shape[a])
                    detail::raise_mask("a mask has the extents ", first.shape().data(), its_shape,
                                       named);
            shape[0] = detail::count_true(first.data(), first.size());
            shaped(shape);
            std::int64_t count = 0;
            bool const* mask = first.data();
            detail::each_chosen(mask, its_shape, strides, named, 0,
                                [&](std::int64_t at) { f(at, count++); });
        } else {
            auto const agrees = [&](auto const& other) {
                if (!(dims<index_rank>(other.shape()) == dims<index_rank>(first.shape())))
                    detail::raise_mask("indices along several axes have the extents ",
                                       other.shape().data(), first.shape().data(), index_rank);
            };
            (agrees(std::get<N>(chosen)), ...);
            if constexpr (index_rank > 0)
                for (int a = 0; a < index_rank; ++a) shape[a] = first.shape()[a];
            auto const place = [&](std::int64_t i, int axis) {
                std::int64_t const n = its_shape[axis], at = i < 0 ? i + n : i;
                if (at < 0 || at >= n) detail::raise_chosen(i, axis, n);
                return at * strides[axis];
            };
            // All are checked before the first is written.
            for (std::int64_t i = 0; i < first.size(); ++i)
                (static_cast<void>(
                     place(static_cast<std::int64_t>(std::get<N>(chosen).data()[i]), int{N})),
                 ...);
            shaped(shape);
            for (std::int64_t i = 0; i < first.size(); ++i)
                f((place(static_cast<std::int64_t>(std::get<N>(chosen).data()[i]), int{N}) + ...),
                  i);
        }
    }
    template <class A>
    void write(A const& a) const {
        result values;
        rows const its(*this);
        visit(
            [&](dims<extents::rank> const& shape) {
                values = result::uninitialized(shape);
                values.view().assign(a);
            },
            [&](std::int64_t to, std::int64_t i) {
                if constexpr (row_rank == 0)
                    from_.data()[to] = values.data()[i];
                else
                    detail::copy_strided(from_.data() + to, its.strides,
                                         values.data() + i * its.size, its.dense, its.shape,
                                         row_rank);
            });
    }
    template <class A, class F>
    selection const& change(A const& a, F f) const {
        if constexpr (masked && detail::rank_of_value<A>() == 0)
            from_.assign(ir::eager<calls::write_masked>(std::get<0>(index_), f(from_, a), from_));
        else
            write(f(*this, a));
        return *this;
    }
};

template <class V, class... I>
inline constexpr bool is_concrete<selection<V, I...>> = true;

namespace detail {
template <class S, int Rank>
concept SelectsRank = S::result::rank == Rank;
template <class S>
using selected_element = typename S::result::value_type;
}  // namespace detail
template <class V, class... I>
    requires detail::SelectsRank<selection<V, I...>, 1>
tensor(selection<V, I...> const&) -> tensor<detail::selected_element<selection<V, I...>>,
                                            selection<V, I...>::result::extents[0]>;
template <class V, class... I>
    requires detail::SelectsRank<selection<V, I...>, 2>
tensor(selection<V, I...> const&) -> tensor<detail::selected_element<selection<V, I...>>,
                                            selection<V, I...>::result::extents[0],
                                            selection<V, I...>::result::extents[1]>;
template <class V, class... I>
    requires detail::SelectsRank<selection<V, I...>, 3>
tensor(selection<V, I...> const&) -> tensor<detail::selected_element<selection<V, I...>>,
                                            selection<V, I...>::result::extents[0],
                                            selection<V, I...>::result::extents[1],
                                            selection<V, I...>::result::extents[2]>;

/// The places of all elements that are not zero: a vector for each axis, in row-major order, so
/// that `auto [i, j] = nonzero(a)` are the indices of `a(i, j)`.
template <class X>
    requires Concrete<X>
auto nonzero(X const& x) {
    constexpr int rank = detail::value_tensor<X>::rank;
    static_assert(rank > 0, "weft: nonzero: a scalar has no places");
    using places = tensor<std::int64_t, dyn>;
    typename detail::value_tensor<X>::value_type const zero{};
    auto const& values = detail::value_of_operand(x);
    std::int64_t count = 0;
    for (auto const& v : values) count += !(v == zero);
    std::array<places, static_cast<std::size_t>(rank)> result;
    for (places& p : result) p = places::uninitialized(count);
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        if (values.data()[i] == zero) continue;
        std::int64_t rest = i;
        for (int a = rank; a-- > 0; rest /= values.extent(a))
            result[static_cast<std::size_t>(a)][next] = rest % values.extent(a);
        ++next;
    }
    return result;
}

}  // namespace weft
