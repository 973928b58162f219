// SPDX-License-Identifier: BSL-1.0
// A view: somebody else's elements, with extents and strides. Batches are handed over, rows are
// looked at and foreign memory comes in by views; traced code never sees one.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/ir/expression.hpp>
#include <weft/tensor/reshape.hpp>
#include <weft/tensor/storage.hpp>

namespace weft {

namespace detail {

/// Something that has a view: a tensor.
template <class X>
concept Viewable = requires(X& x) { x.view().strides(); };

/// Elements in one piece that have no shape of their own: std::span, std::vector, std::array.
template <class X, class T>
concept Flat = !Viewable<X> && !is_view<std::remove_cvref_t<X>> && requires(X& x) {
    { x.data() } -> std::convertible_to<T*>;
    { x.size() } -> std::convertible_to<std::size_t>;
};

/// Every extent of From is known to be the one that To asks for.
template <std::int64_t... To>
struct extents_of {
    template <class U, std::int64_t... From>
    static constexpr bool accepts(weft::view<U, From...> const*) {
        if constexpr (sizeof...(To) == sizeof...(From))
            return ((To == dyn || To == From) && ...);
        else
            return false;
    }
    template <class U, std::int64_t... From>
    static constexpr bool may_accept(weft::view<U, From...> const*) {
        if constexpr (sizeof...(To) == sizeof...(From))
            return ((To == dyn || From == dyn || To == From) && ...);
        else
            return false;
    }
};

}  // namespace detail

/// Elements of type T (const for reading only) that somebody else owns, with a stride an axis,
/// counted in elements. Copying a view copies no element.
template <class T, std::int64_t... Extents>
    requires Element<std::remove_const_t<T>>
class view : public detail::looks<view<T, Extents...>> {
public:
    using detail::looks<view>::operator();
    using element_type = T;
    using value_type = std::remove_const_t<T>;
    static constexpr int rank = sizeof...(Extents);
    static constexpr dims<rank> extents{Extents...};

    view() = default;
    /// Row-major elements; needs every extent to be static.
    explicit view(T* data)
        requires((Extents != dyn) && ...)
        : view(data, extents) {}
    /// Row-major elements. Raises where a static extent is another.
    view(T* data, dims<rank> const& shape) : view(data, shape, detail::row_major(shape)) {}
    /// Elements at any strides, negative and zero ones among them.
    view(T* data, dims<rank> const& shape, dims<rank> const& strides)
        : data_(data), shape_(shape), strides_(strides) {
        detail::checked_count(described, shape_.data());
    }
    /// All elements of a std::span, std::vector or std::array.
    template <detail::Flat<T> X>
        requires(rank == 1)
    view(X&& x) : view(x.data(), {static_cast<std::int64_t>(x.size())}) {}
    /// All elements of a tensor.
    template <detail::Viewable X>
        requires requires(X& x) { view(x.view()); }
    explicit(!std::is_convertible_v<decltype(std::declval<X&>().view()), view>) view(X&& x)
        : view(x.view()) {}
    /// The same elements with other static extents, or for reading only. Explicit, and raising
    /// where they differ, if a static extent comes from one known only at run time.
    template <class U, std::int64_t... From>
        requires(std::is_convertible_v<U (*)[], T (*)[]> &&
                 detail::extents_of<Extents...>::may_accept(
                     static_cast<weft::view<U, From...>*>(nullptr)))
    explicit(!detail::extents_of<Extents...>::accepts(
        static_cast<weft::view<U, From...>*>(nullptr))) view(weft::view<U, From...> const& other)
        : view(other.data(), other.shape(), other.strides()) {}

    view(view const&) = default;
    /// A named view is pointed elsewhere, as a std::span is; the elements of an unnamed one are
    /// assigned: `a.row(0) = a.row(1)`.
    view& operator=(view const&) & = default;
    /// Assigns the elements: the value of an expression, a tensor, a view or a number, in this
    /// view's type and broadcast to its shape; include program/eager.hpp. Where what is read
    /// overlaps with what is written, the result is that of reading all of it first.
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& assign(A const& a) const {
        if constexpr (Concrete<A>) {
            detail::assign(*this, ir::eager<calls::assigned>(a));
        } else {
            static_assert(holds_number<A>,
                          "weft: the elements have no room for such a number: use weft::cast");
            fill(as_element(a));
        }
        return *this;
    }
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& operator=(A const& a) const {
        return assign(a);
    }
    /// New elements: `a.row(0) = ones()`.
    template <class Recipe>
        requires requires(Recipe const& r, view const& v) { r.fill(v); }
    view const& operator=(Recipe const& r) const {
        r.fill(*this);
        return *this;
    }
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& operator+=(A const& a) const {
        return assign(*this + a);
    }
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& operator-=(A const& a) const {
        return assign(*this - a);
    }
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& operator*=(A const& a) const {
        return assign(*this * a);
    }
    template <class A>
        requires(!std::is_const_v<T> && EagerCall<view const&, A const&>)
    view const& operator/=(A const& a) const {
        return assign(*this / a);
    }

    T* data() const { return data_; }
    std::int64_t size() const { return detail::product(shape_.data(), rank); }
    bool empty() const { return size() == 0; }
    std::int64_t extent(int axis) const {
        return extents[axis] == dyn ? shape_[axis] : extents[axis];
    }
    dims<rank> const& shape() const { return shape_; }
    std::int64_t stride(int axis) const { return strides_[axis]; }
    dims<rank> const& strides() const { return strides_; }

    /// The elements lie in one piece, in row-major order.
    bool contiguous() const {
        std::int64_t step = 1;
        for (int i = rank; i-- > 0; step *= shape_[i])
            if (shape_[i] > 1 && strides_[i] != step) return empty();
        return true;
    }

    template <std::integral... I>
        requires(sizeof...(I) == rank)
    T& operator()(I... index) const {
        std::int64_t offset = 0;
        [[maybe_unused]] int axis = 0;
        (static_cast<void>((assert(index >= 0 && std::int64_t(index) < extent(axis)),
                            offset += static_cast<std::int64_t>(index) * strides_[axis], ++axis)),
         ...);
        return data_[offset];
    }
    /// Raises where an index is outside.
    template <std::integral... I>
        requires(sizeof...(I) == rank)
    T& at(I... index) const {
        dims<rank> const position{static_cast<std::int64_t>(index)...};
        if (!detail::inside(position.data(), shape_.data(), rank))
            detail::raise_index(described, position.data(), shape_.data());
        return (*this)(index...);
    }
    T& operator[](std::int64_t i) const
        requires(rank == 1)
    {
        return (*this)(i);
    }
    /// The value of a scalar.
    value_type item() const
        requires(rank == 0)
    {
        return *data_;
    }

    void fill(value_type value) const
        requires(!std::is_const_v<T>)
    {
        detail::fill_strided(data_, strides_.data(), shape_.data(), rank, value);
    }
    /// Copies the elements of a view of equal extents (raises where they differ) that does not
    /// overlap with this one in another order.
    template <class U, std::int64_t... From>
        requires(!std::is_const_v<T> && sizeof...(From) == rank &&
                 std::same_as<std::remove_const_t<U>, value_type>)
    void copy_from(weft::view<U, From...> const& other) const {
        if (!(other.shape() == shape_))
            detail::raise_shapes(described, shape_.data(), other.shape().data());
        detail::copy_strided(data_, strides_.data(), other.data(), other.strides().data(),
                             shape_.data(), rank);
    }

    /// Visits the elements in row-major order.
    class iterator {
    public:
        using value_type = std::remove_const_t<T>;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        iterator(view const& v, std::int64_t position) : view_(v), position_(position) {}
        T& operator*() const { return view_.data_[offset_]; }
        iterator& operator++() {
            ++position_;
            if constexpr (rank > 0)
                for (int a = rank; a-- > 0;) {
                    offset_ += view_.strides_[a];
                    if (++index_[a] < view_.shape_[a]) break;
                    offset_ -= index_[a] * view_.strides_[a];
                    index_[a] = 0;
                }
            return *this;
        }
        iterator operator++(int) {
            iterator const before = *this;
            ++*this;
            return before;
        }
        bool operator==(iterator const& other) const { return position_ == other.position_; }

    private:
        view view_{};
        dims<rank> index_{};
        std::int64_t offset_ = 0, position_ = 0;
    };
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }

private:
    template <class A>
    static constexpr bool holds_number =
        std::is_same_v<value_type, bool> ? std::is_same_v<A, bool>
        : is_integer(dtype_of<value_type>) ? std::is_integral_v<A>
                                           : is_complex(dtype_of<value_type>) ||
                                                 std::is_arithmetic_v<A>;

    template <class A>
    static constexpr value_type as_element(A const& a) {
        if constexpr (is_complex(dtype_of<value_type>)) {
            using part = typename value_type::value_type;
            if constexpr (detail::complex_like<A>)
                return {static_cast<part>(a.real()), static_cast<part>(a.imag())};
            else
                return {static_cast<part>(a), part{}};
        } else {
            return static_cast<value_type>(a);
        }
    }

    static constexpr detail::tensor_type described{"view", dtype_of<value_type>, rank,
                                                   extents.data()};
    static constexpr dims<rank> initial() {
        dims<rank> shape = extents;
        if constexpr (rank > 0)
            for (auto& e : shape.values) e = e == dyn ? 0 : e;
        return shape;
    }

    T* data_ = nullptr;
    [[no_unique_address]] dims<rank> shape_ = initial();
    [[no_unique_address]] dims<rank> strides_{};
};

template <class T, std::int64_t... E>
inline constexpr bool is_concrete<view<T, E...>> = true;

}  // namespace weft
