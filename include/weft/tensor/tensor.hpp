// SPDX-License-Identifier: BSL-1.0
// The owning tensor: numbers at run time, a symbol in constant evaluation. It stands in every
// model, so it is kept light: what does not depend on its type is in tensor/storage.hpp.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include <weft/ir/expression.hpp>
#include <weft/tensor/storage.hpp>
#include <weft/tensor/view.hpp>

// __builtin_is_constant_evaluated(), not std's function: compilers drop what stands behind it at
// once, which otherwise is compiled, with all that it calls, before it goes.

/// Behind a member function: what it returns is of no use without the object. clang warns.
#if defined(__clang__)
#define WEFT_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define WEFT_LIFETIME_BOUND
#endif

namespace weft {

namespace detail {

/// Braces as deep as the rank: a number, a list of numbers, a list of lists.
template <class T, int Rank>
struct nested {
    using type = std::initializer_list<typename nested<T, Rank - 1>::type>;
};
template <class T>
struct nested<T, 0> {
    using type = T;
};
// Literals convert to float in braces, but not to the 16-bit types.
template <class T>
using listed = std::conditional_t<std::is_same_v<T, bf16> || std::is_same_v<T, f16>, float, T>;

template <int Rank, class List>
constexpr void measure_lists(List const& list, std::int64_t* extents) {
    if constexpr (Rank > 0) {
        *extents = static_cast<std::int64_t>(list.size());
        if constexpr (Rank > 1)
            if (list.size() > 0) measure_lists<Rank - 1>(*list.begin(), extents + 1);
    }
}
template <int Rank, class List>
void check_lists(tensor_type const& t, List const& list, std::int64_t const* extents, int axis) {
    if constexpr (Rank > 0) {
        auto const found = static_cast<std::int64_t>(list.size());
        if (found != extents[axis]) raise_listed(t, axis, extents[axis], found);
        for (auto const& item : list) check_lists<Rank - 1>(t, item, extents, axis + 1);
    }
}
template <int Rank, class T, class List>
void copy_lists(T*& out, List const& list) {
    if constexpr (Rank == 0)
        *out++ = static_cast<T>(list);
    else
        for (auto const& item : list) copy_lists<Rank - 1>(out, item);
}

/// A number was asked for while the graph is built: a mistake of the model, with the member's path.
constexpr void refuse_number(symbol x, std::string_view why) {
    ir::builder& b = *x.builder();
    text t;
    if (x.valid() && x.node().op == ir::op<ir::input_op>)
        t << b.view().name(static_cast<int>(b.view().attribute(x.id(), 0))) << ": ";
    b.fail(t << why);
}

inline constexpr std::int64_t inline_bytes = 256;

template <class T, std::int64_t Size>
struct inline_elements {
    alignas(alignment) T values[Size > 0 ? Size : 1];

    constexpr inline_elements() {}  // leaves them without a value
};

// A static tensor that were initialised in constant evaluation would have no elements. Therefore a
// tensor made there holds the address of a thread_local variable, which no constant may hold: the
// compiler has to initialise the tensor at run time. (To leave a member without a value has the
// same effect by the standard, but not in g++ 12 where a function returns the tensor.)
inline constinit thread_local char not_constant = 0;
constexpr char const* address_in_constant_evaluation() {
    return __builtin_is_constant_evaluated() ? &not_constant : nullptr;
}

/// What a constructor is to put in place of the elements' values: nothing.
struct no_values {};

}  // namespace detail

/// An owning, row-major tensor. Extents are numbers or `dyn`; none at all make a scalar. Elements
/// start at a multiple of 64 bytes: inside of the object if all extents are static and they need at
/// most 256 bytes, on the heap otherwise.
///
///     tensor<float, 2, 2> a{{1, 2}, {3, 4}};      braces hold elements,
///     tensor<float, dyn, 784> batch(32);          parentheses hold extents: dynamic ones or all
///
/// In constant evaluation, where functions and models are traced, a tensor has no elements and
/// stands for the node that it was bound to. A static variable is never initialised that way.
/// A moved-from tensor on the heap is empty: size() is 0; it can be assigned to and destroyed.
template <Element T, std::int64_t... Extents>
class tensor : public detail::looks<tensor<T, Extents...>> {
    static_assert(((Extents >= dyn) && ...), "weft: a tensor's extent is negative");

public:
    using detail::looks<tensor>::operator();
    using element_type = T;
    using value_type = T;
    using iterator = T*;
    using const_iterator = T const*;
    static constexpr int rank = sizeof...(Extents);
    /// The static extents, dyn where one is known only at run time.
    static constexpr dims<rank> extents{Extents...};
    static constexpr int dynamic_rank = ((Extents == dyn) + ... + 0);
    /// The number of elements, or dyn.
    static constexpr std::int64_t static_size = dynamic_rank ? dyn : (Extents * ... * 1);
    static_assert(static_size <= PTRDIFF_MAX / static_cast<std::int64_t>(sizeof(T)) - 64,
                  "weft: a tensor is larger than memory");
    /// Elements lie inside of the object.
    static constexpr bool is_inline =
        dynamic_rank == 0 &&
        static_size <= detail::inline_bytes / static_cast<std::int64_t>(sizeof(T));

    /// Zeros; dynamic extents are 0.
    constexpr tensor() {
        if (!__builtin_is_constant_evaluated())
            create(initial, dynamic_rank ? 0 : static_size), clear();
    }
    /// Zeros. Takes the dynamic extents, or all of them; raises where a static one is another.
    template <std::integral... I>
        requires((sizeof...(I) == dynamic_rank || sizeof...(I) == rank) && sizeof...(I) > 0)
    constexpr explicit tensor(I... given) : tensor(complete(given...)) {}
    constexpr explicit tensor(dims<rank> const& shape)
        requires(rank > 0)
        : tensor(detail::no_values{}, shape) {
        if (!__builtin_is_constant_evaluated()) clear();
    }
    /// The elements in nested braces. Raises where these are ragged or do not fit the extents.
    constexpr explicit(rank == 0)
        tensor(typename detail::nested<detail::listed<T>, rank>::type const& list) {
        if (!__builtin_is_constant_evaluated()) create_listed(list);
    }
    /// A copy of a view's elements. Raises where an extent is another.
    template <class U, std::int64_t... From>
        requires(sizeof...(From) == rank && std::same_as<std::remove_const_t<U>, T>)
    explicit tensor(weft::view<U, From...> const& v) : tensor(detail::no_values{}, v.shape()) {
        view().copy_from(v);
    }

    /// The value of an expression; include program/eager.hpp. Raises where run-time extents do not
    /// fit, and where there is no memory; then no operand has changed.
    template <class F, class... X>
    constexpr tensor(ir::expression<F, X...> const& e) {
        if (__builtin_is_constant_evaluated()) {
            bind(e.traced());
        } else {
            start_empty();
            detail::evaluate(e, *this, target(is_inline));
        }
    }
    template <class F, class... X>
    constexpr tensor& operator=(ir::expression<F, X...> const& e) {
        if (__builtin_is_constant_evaluated())
            bind(e.traced());
        else
            detail::evaluate(e, *this, target(elements_exist()));
        return *this;
    }
    /// New elements in the shape that the tensor has: `a = ones()`.
    template <class Recipe>
        requires requires(Recipe const& r, tensor& t) { r.fill(t); }
    tensor& operator=(Recipe const& r) {
        r.fill(*this);
        return *this;
    }
    template <class A>
        requires requires(tensor const& t, A const& a) { t + a; }
    constexpr tensor& operator+=(A const& a) {
        return change(*this + a);
    }
    template <class A>
        requires requires(tensor const& t, A const& a) { t - a; }
    constexpr tensor& operator-=(A const& a) {
        return change(*this - a);
    }
    template <class A>
        requires requires(tensor const& t, A const& a) { t * a; }
    constexpr tensor& operator*=(A const& a) {
        return change(*this * a);
    }
    template <class A>
        requires requires(tensor const& t, A const& a) { t / a; }
    constexpr tensor& operator/=(A const& a) {
        return change(*this / a);
    }

    constexpr tensor(tensor const& other) : builder_(other.builder_), id_(other.id_) {
        if (__builtin_is_constant_evaluated()) return;
        create(other.shape(), other.size());
        copy(other);
    }
    constexpr tensor(tensor&& other) noexcept : builder_(other.builder_), id_(other.id_) {
        if (__builtin_is_constant_evaluated()) return;
        if constexpr (is_inline)
            copy(other);
        else
            take(other);
    }
    constexpr tensor& operator=(tensor const& other) {
        if (!__builtin_is_constant_evaluated() && this != &other) {
            if constexpr (!is_inline)
                if (size() != other.size()) {
                    dims<rank> const shape = other.shape();
                    void* const memory = detail::allocate(described, shape.data(), other.size());
                    detail::release(elements_);
                    elements_ = static_cast<T*>(memory);
                }
            shape_ = other.shape_;
            copy(other);
        }
        builder_ = other.builder_, id_ = other.id_;
        return *this;
    }
    constexpr tensor& operator=(tensor&& other) noexcept {
        if (!__builtin_is_constant_evaluated() && this != &other) {
            if constexpr (is_inline) {
                copy(other);
            } else {
                detail::release(elements_);
                take(other);
            }
        }
        builder_ = other.builder_, id_ = other.id_;
        return *this;
    }
    constexpr ~tensor() {
        if constexpr (!is_inline)
            if (!__builtin_is_constant_evaluated()) detail::release(elements_);
    }

    /// Every element is `value`. Takes the dynamic extents, or all of them.
    template <std::integral... I>
    static constexpr tensor full(T value, I... given) {
        tensor t = uninitialized(given...);
        if (!__builtin_is_constant_evaluated()) t.fill(value);
        return t;
    }
    template <std::integral... I>
    static constexpr tensor zeros(I... given) {
        return tensor(given...);
    }
    /// Elements have no value yet: for those who write them all.
    template <std::integral... I>
        requires(sizeof...(I) == dynamic_rank || sizeof...(I) == rank)
    static constexpr tensor uninitialized(I... given) {
        return tensor(detail::no_values{}, complete(given...));
    }
    static tensor uninitialized(dims<rank> const& shape) {
        return tensor(detail::no_values{}, shape);
    }

    T* data() {
        if constexpr (is_inline)
            return elements_.values;
        else
            return elements_;
    }
    T const* data() const { return const_cast<tensor*>(this)->data(); }
    T* begin() { return data(); }
    T* end() { return data() + size(); }
    T const* begin() const { return data(); }
    T const* end() const { return data() + size(); }

    std::int64_t size() const {
        if constexpr (dynamic_rank > 0)
            return detail::product(shape().data(), rank);
        else if constexpr (is_inline)
            return static_size;
        else
            return elements_ ? static_size : 0;
    }
    bool empty() const { return size() == 0; }
    std::int64_t extent(int axis) const {
        if constexpr (dynamic_rank > 0)
            if (extents[axis] == dyn) return shape_[axis];
        return extents[axis];
    }
    dims<rank> const& shape() const {
        if constexpr (dynamic_rank > 0)
            return shape_;
        else
            return extents;
    }

    template <std::integral... I>
        requires(sizeof...(I) == rank)
    constexpr T& operator()(I... index) {
        if (__builtin_is_constant_evaluated()) return const_cast<T&>(no_element());
        return data()[offset(index...)];
    }
    template <std::integral... I>
        requires(sizeof...(I) == rank)
    constexpr T const& operator()(I... index) const {
        if (__builtin_is_constant_evaluated()) return no_element();
        return data()[offset(index...)];
    }
    /// Raises where an index is outside.
    template <std::integral... I>
        requires(sizeof...(I) == rank)
    T& at(I... index) {
        check(dims<rank>{static_cast<std::int64_t>(index)...});
        return (*this)(index...);
    }
    template <std::integral... I>
        requires(sizeof...(I) == rank)
    T const& at(I... index) const {
        return const_cast<tensor*>(this)->at(index...);
    }
    constexpr T& operator[](std::int64_t i)
        requires(rank == 1)
    {
        return (*this)(i);
    }
    constexpr T const& operator[](std::int64_t i) const
        requires(rank == 1)
    {
        return (*this)(i);
    }

    /// The value of a scalar.
    constexpr T item() const
        requires(rank == 0)
    {
        if (__builtin_is_constant_evaluated()) return no_element();
        return elements_.values[0];
    }
    /// A scalar is its value where C++ wants one: `float loss = step(...)`. Operators still belong
    /// to traces, so that `2 * loss` is asked for as `2 * loss.item()`.
    constexpr operator T() const
        requires(rank == 0)
    {
        return item();
    }

    void fill(T value) {
        for (T& x : *this) x = value;
    }

    /// All elements. Raises where a static shape was moved away.
    weft::view<T, Extents...> view() WEFT_LIFETIME_BOUND { return {data(), viewed_shape()}; }
    weft::view<T const, Extents...> view() const WEFT_LIFETIME_BOUND {
        return {data(), viewed_shape()};
    }
    /// Makes this tensor stand for a node.
    constexpr void bind(symbol s) { builder_ = s.builder(), id_ = s.id(); }
    /// The node that this tensor stands for; in constant evaluation the default symbol if there is
    /// none. Raises at run time where it holds numbers only.
    constexpr symbol traced() const {
        if (!__builtin_is_constant_evaluated() && !builder_) detail::raise_concrete();
        return bound().traced();
    }
    /// The node that it was made to stand for, wherever the trace stands now.
    constexpr symbol bound() const { return {builder_, id_}; }
    /// In a trace: this tensor stands for another node from here on. Raises outside of one.
    template <std::same_as<symbol> S>
    constexpr tensor& operator=(S s) {
        if (!__builtin_is_constant_evaluated() && !builder_) detail::raise_assigned();
        bind(s);
        return *this;
    }

private:
    static constexpr detail::tensor_type described{"tensor", dtype_of<T>, rank, extents.data()};
    static constexpr dims<rank> initial{(Extents == dyn ? 0 : Extents)...};

    static constexpr detail::target_state target(bool has_elements) {
        return has_elements ? detail::target_state::filled : detail::target_state::empty;
    }
    /// Assigns a value of the shape that the tensor has.
    template <class E>
    constexpr tensor& change(E const& e) {
        if (__builtin_is_constant_evaluated())
            bind(e.traced());
        else
            detail::evaluate(e, *this,
                             elements_exist() ? detail::target_state::shaped
                                              : detail::target_state::empty);
        return *this;
    }

    constexpr tensor(detail::no_values, dims<rank> const& shape) {
        if (__builtin_is_constant_evaluated()) return;
        create(shape, detail::checked_count(described, shape.data()));
    }

    template <class... I>
    static constexpr dims<rank> complete(I... given) {
        if constexpr (sizeof...(I) == rank) {
            return {static_cast<std::int64_t>(given)...};
        } else {
            std::int64_t const numbers[] = {static_cast<std::int64_t>(given)..., 0};
            dims<rank> s = extents;
            for (int a = 0, i = 0; a < rank; ++a)
                if (s[a] == dyn) s[a] = numbers[i++];
            return s;
        }
    }

    void start_empty() {
        if constexpr (!is_inline) elements_ = nullptr;
        if constexpr (dynamic_rank > 0) shape_ = initial;
    }
    /// Takes memory for the elements of a shape that was checked, and leaves them without a value.
    void create([[maybe_unused]] dims<rank> const& shape, [[maybe_unused]] std::int64_t count) {
        if constexpr (!is_inline)
            elements_ = static_cast<T*>(detail::allocate(described, shape.data(), count));
        if constexpr (dynamic_rank > 0) shape_ = shape;
    }
    // Apart from the constructor, which would not be constexpr for g++ 12 with this in its body.
    template <class List>
    void create_listed(List const& list) {
        dims<rank> shape = initial;
        if constexpr (dynamic_rank > 0) {
            detail::measure_lists<rank>(list, shape.values);
            for (int a = 0; a < rank; ++a)
                if (extents[a] != dyn) shape[a] = extents[a];
        }
        detail::check_lists<rank>(described, list, shape.data(), 0);
        create(shape, detail::checked_count(described, shape.data()));
        T* out = data();
        detail::copy_lists<rank>(out, list);
    }
    std::size_t bytes() const { return static_cast<std::size_t>(size()) * sizeof(T); }
    // Every element type is made of bits that mean zero when they are zero.
    void clear() {
        if (elements_exist() && bytes() <= PTRDIFF_MAX)  // always; g++ 12 warns without
            __builtin_memset(static_cast<void*>(data()), 0, bytes());
    }
    void copy(tensor const& other) {
        if (elements_exist() && bytes() <= PTRDIFF_MAX)
            __builtin_memcpy(static_cast<void*>(data()), other.data(), bytes());
    }
    void take(tensor& other) {
        elements_ = other.elements_;
        other.elements_ = nullptr;
        shape_ = other.shape_;
        if constexpr (dynamic_rank > 0) other.shape_ = initial;
    }
    // In a trace to ask for an element is a mistake, which the builder records.
    static constexpr T nothing{};
    constexpr T const& no_element() const {
        if (builder_)
            detail::refuse_number({builder_, id_}, "a tensor has no elements while the graph is "
                                                   "built: compute with it as a whole, or with "
                                                   "slice and take");
        return nothing;
    }
    template <class... I>
    std::int64_t offset(I... index) const {
        std::int64_t place = 0;
        [[maybe_unused]] int axis = 0;
        (static_cast<void>((assert(index >= 0 && static_cast<std::int64_t>(index) < extent(axis)),
                            place = place * extent(axis) + static_cast<std::int64_t>(index),
                            ++axis)),
         ...);
        return place;
    }
    void check(dims<rank> const& index) const {
        if (!detail::inside(index.data(), viewed_shape().data(), rank))
            detail::raise_index(described, index.data(), shape().data());
    }
    dims<rank> const& viewed_shape() const {
        if constexpr (!is_inline && dynamic_rank == 0)
            if (!elements_) detail::raise_moved(described);
        return shape();
    }
    bool elements_exist() const {
        if constexpr (is_inline)
            return true;
        else
            return elements_;
    }

    [[no_unique_address]] std::conditional_t<is_inline, detail::inline_elements<T, static_size>, T*>
        elements_;
    [[no_unique_address]] dims<dynamic_rank ? rank : 0> shape_{};
    ir::builder* builder_ = nullptr;
    int id_ = -1;
    char const* evaluated_ = detail::address_in_constant_evaluation();
};

template <class T, std::int64_t... E>
inline constexpr bool is_concrete<tensor<T, E...>> = true;

namespace detail {

template <class Tensor>
struct extents_of_tensor {
    static constexpr auto value = Tensor::extents;
};
template <class T, class Extents, class Sequence>
struct tensor_of_extents;
template <class T, class Extents, std::size_t... I>
struct tensor_of_extents<T, Extents, std::index_sequence<I...>> {
    using type = weft::tensor<T, Extents::value[static_cast<int>(I)]...>;
};
/// The tensor of T with the extents of a constant `Extents::value`.
template <class T, int Rank, class Extents>
using tensor_with =
    typename tensor_of_extents<T, Extents, std::make_index_sequence<Rank>>::type;
template <class T, int Rank>
using dynamic_tensor = tensor_with<T, Rank, all_dynamic<Rank>>;

}  // namespace detail

// The tensor that holds the value of an expression. A guide has no way to repeat what another type
// says, so that there is one for each rank.
namespace detail {
template <class E, int Rank>
concept HasRank = evaluated<E>::type::rank == Rank;
template <class E>
using element_of = typename evaluated<E>::type::value_type;
template <class E, int Axis>
inline constexpr std::int64_t extent_of =
    Axis < evaluated<E>::type::rank ? evaluated<E>::type::extents[Axis] : 0;
}  // namespace detail
// Of a mistake, which has been told: so that no second one follows.
template <class F, class... X>
    requires(!detail::evaluated<ir::expression<F, X...>>::fits)
tensor(ir::expression<F, X...> const&) -> tensor<float>;
template <class F, class... X>
    requires detail::HasRank<ir::expression<F, X...>, 0>
tensor(ir::expression<F, X...> const&) -> tensor<detail::element_of<ir::expression<F, X...>>>;
template <class F, class... X>
    requires detail::HasRank<ir::expression<F, X...>, 1>
tensor(ir::expression<F, X...> const&) -> tensor<detail::element_of<ir::expression<F, X...>>,
                                                 detail::extent_of<ir::expression<F, X...>, 0>>;
template <class F, class... X>
    requires detail::HasRank<ir::expression<F, X...>, 2>
tensor(ir::expression<F, X...> const&) -> tensor<detail::element_of<ir::expression<F, X...>>,
                                                 detail::extent_of<ir::expression<F, X...>, 0>,
                                                 detail::extent_of<ir::expression<F, X...>, 1>>;
template <class F, class... X>
    requires detail::HasRank<ir::expression<F, X...>, 3>
tensor(ir::expression<F, X...> const&) -> tensor<detail::element_of<ir::expression<F, X...>>,
                                                 detail::extent_of<ir::expression<F, X...>, 0>,
                                                 detail::extent_of<ir::expression<F, X...>, 1>,
                                                 detail::extent_of<ir::expression<F, X...>, 2>>;
template <class F, class... X>
    requires detail::HasRank<ir::expression<F, X...>, 4>
tensor(ir::expression<F, X...> const&) -> tensor<detail::element_of<ir::expression<F, X...>>,
                                                 detail::extent_of<ir::expression<F, X...>, 0>,
                                                 detail::extent_of<ir::expression<F, X...>, 1>,
                                                 detail::extent_of<ir::expression<F, X...>, 2>,
                                                 detail::extent_of<ir::expression<F, X...>, 3>>;

namespace detail {
template <class>
inline constexpr bool is_tensor = false;
template <class T, std::int64_t... E>
inline constexpr bool is_tensor<weft::tensor<T, E...>> = true;
}  // namespace detail

/// A tensor, const or not; a weft::state is not one.
template <class T>
inline constexpr bool is_tensor = detail::is_tensor<std::remove_cv_t<T>>;

/// Equal extents and equal elements (NaN differs from itself), of tensors, states and views.
template <class A, class B>
bool array_equal(A const& a, B const& b) {
    auto const x = detail::view_of(a);
    auto const y = detail::view_of(b);
    if constexpr (decltype(x)::rank != decltype(y)::rank)
        return false;
    else
        return x.shape() == y.shape() &&
               detail::equal_strided(x.data(), x.strides().data(), y.data(), y.strides().data(),
                                     x.shape().data(), x.rank);
}

}  // namespace weft
