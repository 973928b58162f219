// SPDX-License-Identifier: BSL-1.0
// var_tensor: an array of variables with one adjoint. Each expression of it is one entry of the
// tape, whatever its size, with a fused loop forth and another one back; var and var_tensor mix.
#pragma once

#include <concepts>
#include <span>
#include <tuple>

#include <weft/autodiff/tape_array_entry.hpp>
#include <weft/tensor/value.hpp>

namespace weft {

namespace detail {

/// A variable for an element of an array.
template <class T>
var<T> element_variable(array_name array, T const& element) {
    var<T> x(element);
    if (array.is_active()) {
        tape<T>& t = recording_tape<T>();
        t.bind(x, t.element_index(array, &element));
    }
    return x;
}

/// A view of the elements of an array is the same view of its adjoint.
template <class T, std::int64_t... E>
var_view<T, E...> part_of_array(view<T const, E...> const& v, array_name array) {
    return {v, array};
}

/// What arrays of variables have in common: elements, parts, changes.
template <class Self, class T, int Rank>
class array_variable {
    Self const& its() const { return static_cast<Self const&>(*this); }
    auto wrap(auto const& v) const { return part_of_array(v, its().name()); }

public:
    using value_type = T;
    static constexpr int rank = Rank;

    std::int64_t size() const { return product(its().shape().data(), Rank); }
    bool empty() const { return size() == 0; }
    std::int64_t extent(int axis) const { return its().shape()[axis]; }
    /// It depends on an input.
    bool is_active() const { return its().name().is_active(); }

    /// An element as a variable. The elements of an array get indices when the first is asked for.
    template <std::integral... I>
        requires(sizeof...(I) == Rank)
    var<T> const operator()(I... index) const {
        return element_variable(its().name(), its().value()(index...));
    }
    var<T> const operator[](std::int64_t i) const
        requires(Rank == 1)
    {
        return (*this)(i);
    }
    /// Parts, as of tensors: their adjoints are those of the array.
    template <Part... I>
        requires(sizeof...(I) > 0 && !((std::integral<I> && ...) && sizeof...(I) == Rank))
    auto operator()(I... index) const {
        return wrap(part(its().value(), index...));
    }
    auto row(std::int64_t i) const
        requires(Rank > 1)
    {
        return wrap(its().value().row(i));
    }
    auto rows(std::int64_t begin, std::int64_t end) const {
        return wrap(its().value().rows(begin, end));
    }
    auto col(std::int64_t i) const { return wrap(its().value().col(i)); }
    auto slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const {
        return wrap(its().value().slice(axis, begin, end, step));
    }
    auto transposed() const { return wrap(its().value().transposed()); }

    /// Adds values of this shape, or a number, to what lies as the elements do.
    template <class Values>
    void add_to(T* memory, Values const& values) const {
        auto const at = its().moved(memory);
        if constexpr (std::is_arithmetic_v<Values>) {
            dims<Rank> const no_strides{};
            T const value = static_cast<T>(values);
            add_strided(memory, at.strides().data(), &value, no_strides.data(), at.shape().data(),
                        Rank);
        } else {
            auto const from = view_of(values);
            if (!(from.shape() == at.shape()))
                raise_shapes({"adjoint", dtype_of<T>, Rank, Self::extents.data()},
                             at.shape().data(), from.shape().data());
            add_strided(memory, at.strides().data(), from.data(), from.strides().data(),
                        at.shape().data(), Rank);
        }
    }
};

}  // namespace detail

/// A part of an array of variables: a view of its elements, which stands for the same part of its
/// adjoint. Made by `x.row(i)`, `x(every, seq(0, 4))` and their kin.
template <class T, std::int64_t... Extents>
class var_view : public detail::array_variable<var_view<T, Extents...>, T, sizeof...(Extents)> {
public:
    static constexpr dims<sizeof...(Extents)> extents{Extents...};

    var_view(view<T const, Extents...> const& values, detail::array_name array)
        : values_(values), name_(array) {}
    var_view(var_view const&) = default;
    /// A named view is pointed elsewhere.
    var_view& operator=(var_view const&) & = default;
    template <class A>
    void operator=(A const&) const {
        static_assert(sizeof(A) == 0,
                      "weft::var_view: a part of an array is not assigned to, because what was "
                      "computed before keeps the old elements: make a new array with where or "
                      "concatenate");
    }

    /// The numbers.
    view<T const, Extents...> const& value() const { return values_; }
    T const* data() const { return values_.data(); }
    dims<sizeof...(Extents)> const& shape() const { return values_.shape(); }
    dims<sizeof...(Extents)> const& strides() const { return values_.strides(); }
    detail::array_name name() const { return name_; }
    /// What lies as these elements do, from here on.
    view<T const, Extents...> moved(T const* data) const { return {data, shape(), strides()}; }

private:
    view<T const, Extents...> values_;
    detail::array_name name_;
};

/// An array of variables: what is assigned to it is one entry of the tape that records on this
/// thread. Its elements are in the memory of the tape, and good as long as the recording is; an
/// assignment makes new ones, so that what was computed before keeps the old. A copy is another
/// name of the same elements.
///
///     weft::tape<double> t;
///     auto x = t.inputs(data);                               // a tensor: a var_tensor
///     weft::var_tensor y = exp(x) * w + s;                   // w a tensor or view, s a var
///     weft::var<double> loss = sum(square(y));
///     auto g = t.gradient(loss, x);                          // a view
///
/// Tensors, views and spans in an expression are referred to, if they have a name: they must stay
/// as they are until the last sweep.
template <class T, std::int64_t... Extents>
class var_tensor : public detail::array_variable<var_tensor<T, Extents...>, T, sizeof...(Extents)> {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                  "weft::var_tensor: elements are float or double");
    static_assert(sizeof...(Extents) > 0, "weft::var_tensor: a single number is a weft::var");

public:
    static constexpr dims<sizeof...(Extents)> extents{Extents...};

    /// Holds no elements yet.
    var_tensor() = default;
    /// The value of an expression of variables: one entry.
    template <class F, class... X>
        requires detail::has_variables<ir::expression<F, X...>>
    var_tensor(ir::expression<F, X...> const& e) {
        assign(e);
    }
    template <std::int64_t... E>
    var_tensor(var_view<T, E...> const& v) : var_tensor(ir::eager<calls::assigned>(v)) {}
    /// Numbers: a tensor, a view, or an expression of these. They are copied, and passive.
    template <Concrete A>
        requires(!ArrayVariable<A> && !detail::has_variables<A>)
    var_tensor(A const& numbers) {
        auto const& values = detail::value_of_operand(numbers);
        check(values.shape());
        auto const n = static_cast<std::size_t>(values.size());
        elements_ = detail::kept_copy(detail::recording_tape<T>().memory(), values.data(), n);
    }
    /// Variables, in row-major order.
    explicit var_tensor(std::span<var<T> const> variables)
        requires(((Extents != dyn) && ...) || sizeof...(Extents) == 1)
        : var_tensor(variables, shape_of(variables.size())) {}
    var_tensor(std::span<var<T> const> variables, dims<sizeof...(Extents)> const& shape);

    template <class F, class... X>
        requires detail::has_variables<ir::expression<F, X...>>
    var_tensor& operator=(ir::expression<F, X...> const& e) {
        assign(e);
        return *this;
    }
    template <class A>
        requires EagerCall<var_tensor const&, A const&>
    var_tensor& operator+=(A const& a) {
        return change(*this + a);
    }
    template <class A>
        requires EagerCall<var_tensor const&, A const&>
    var_tensor& operator-=(A const& a) {
        return change(*this - a);
    }
    template <class A>
        requires EagerCall<var_tensor const&, A const&>
    var_tensor& operator*=(A const& a) {
        return change(*this * a);
    }
    template <class A>
        requires EagerCall<var_tensor const&, A const&>
    var_tensor& operator/=(A const& a) {
        return change(*this / a);
    }

    /// The numbers.
    view<T const, Extents...> value() const { return {elements_, shape_}; }
    T const* data() const { return elements_; }
    dims<sizeof...(Extents)> const& shape() const { return shape_; }
    detail::array_name name() const { return name_; }
    view<T const, Extents...> moved(T const* data) const { return {data, shape_}; }

private:
    friend detail::array_input<tape<T>>;

    var_tensor(T const* elements, dims<sizeof...(Extents)> const& shape, detail::array_name name)
        : elements_(elements), shape_(shape), name_(name) {}

    static dims<sizeof...(Extents)> initial() {
        dims<sizeof...(Extents)> shape = extents;
        for (auto& e : shape.values) e = e == dyn ? 0 : e;
        return shape;
    }
    static dims<sizeof...(Extents)> shape_of(std::size_t n) {
        if constexpr (((Extents != dyn) && ...))
            return extents;
        else
            return {static_cast<std::int64_t>(n)};
    }
    static constexpr detail::tensor_type described{"var_tensor", dtype_of<T>, sizeof...(Extents),
                                                   extents.data()};
    void check(dims<sizeof...(Extents)> const& shape) {
        detail::checked_count(described, shape.data());
        shape_ = shape;
    }

    template <class E>
    struct misfit {
        using found = detail::recorded_t<E>;
        static constexpr bool fits = [] {
            if constexpr (found::rank != sizeof...(Extents)) {
                return false;
            } else {
                for (int a = 0; a < found::rank; ++a)
                    if (found::extents[a] != extents[a] && found::extents[a] != dyn &&
                        extents[a] != dyn)
                        return false;
                return std::is_same_v<typename found::value_type, T>;
            }
        }();
        static constexpr detail::kept_text<512> sentence{
            (text("weft: the expression of variables is ")
             << detail::type_name<found>() << ", it is assigned to "
             << detail::type_name<var_tensor>()
             << (found::rank == 0 ? ": a single number is a weft::var" : ": they differ"))
                .view()};
    };
    template <class E>
    void assign(E const& e) {
        if constexpr (!detail::recorded<E>::fits) {
            return;
        } else if constexpr (!misfit<E>::fits) {
            detail::stop<misfit<E>>();
        } else {
            dims<sizeof...(Extents)> shape;
            auto const made = detail::record_expression<T>(e, shape.values);
            check(shape);
            elements_ = made.data, name_ = made.name;
        }
    }
    template <class E>
    var_tensor& change(E const& e) {
        dims<sizeof...(Extents)> const before = shape_;
        var_tensor const after(e);
        if (!(after.shape() == before))
            detail::raise_shapes(described, before.data(), after.shape().data());
        return *this = after;
    }

    T const* elements_ = nullptr;
    dims<sizeof...(Extents)> shape_ = initial();
    detail::array_name name_;
};

template <class T, std::int64_t... E>
inline constexpr bool is_concrete<var_tensor<T, E...>> = true;
template <class T, std::int64_t... E>
inline constexpr bool is_concrete<var_view<T, E...>> = true;
template <class T>
inline constexpr bool is_concrete<detail::var_scalar<T>> = true;

// The array that holds the value of an expression: a guide for each rank, as for tensors.
namespace detail {
template <class E, int Rank>
concept RecordsRank = has_variables<E> && recorded<E>::fits && recorded_t<E>::rank == Rank;
template <class E>
using recorded_element = typename recorded_t<E>::value_type;
template <class E, int Axis>
inline constexpr std::int64_t recorded_extent =
    Axis < recorded_t<E>::rank ? recorded_t<E>::extents[Axis] : 0;
}  // namespace detail
template <class F, class... X>
    requires detail::RecordsRank<ir::expression<F, X...>, 1>
var_tensor(ir::expression<F, X...> const&)
    -> var_tensor<detail::recorded_element<ir::expression<F, X...>>,
                  detail::recorded_extent<ir::expression<F, X...>, 0>>;
// Of a mistake, which has been told.
template <class F, class... X>
    requires(detail::has_variables<ir::expression<F, X...>> &&
             !detail::recorded<ir::expression<F, X...>>::fits)
var_tensor(ir::expression<F, X...> const&) -> var_tensor<double, 1>;
template <class F, class... X>
    requires detail::RecordsRank<ir::expression<F, X...>, 2>
var_tensor(ir::expression<F, X...> const&)
    -> var_tensor<detail::recorded_element<ir::expression<F, X...>>,
                  detail::recorded_extent<ir::expression<F, X...>, 0>,
                  detail::recorded_extent<ir::expression<F, X...>, 1>>;
template <class F, class... X>
    requires detail::RecordsRank<ir::expression<F, X...>, 3>
var_tensor(ir::expression<F, X...> const&)
    -> var_tensor<detail::recorded_element<ir::expression<F, X...>>,
                  detail::recorded_extent<ir::expression<F, X...>, 0>,
                  detail::recorded_extent<ir::expression<F, X...>, 1>,
                  detail::recorded_extent<ir::expression<F, X...>, 2>>;
template <class F, class... X>
    requires detail::RecordsRank<ir::expression<F, X...>, 4>
var_tensor(ir::expression<F, X...> const&)
    -> var_tensor<detail::recorded_element<ir::expression<F, X...>>,
                  detail::recorded_extent<ir::expression<F, X...>, 0>,
                  detail::recorded_extent<ir::expression<F, X...>, 1>,
                  detail::recorded_extent<ir::expression<F, X...>, 2>,
                  detail::recorded_extent<ir::expression<F, X...>, 3>>;

namespace ir {

/// Variables, and what is computed from them, in expressions of arrays.
template <class E>
    requires TapeValue<E>
struct stand_in<E> {
    static auto from(E const& e) {
        using V = weft::detail::variable_of<E>;
        static_assert(!V::is_checked,
                      "weft::var_tensor: arrays are on tape<T>, not on tape<T, true>: they are "
                      "always checked");
        return weft::detail::var_scalar<typename V::value_type>{V(e)};
    }
};
template <class T, std::size_t N>
struct stand_in<std::span<T, N>> {
    static constexpr std::int64_t extent =
        N == std::dynamic_extent ? dyn : static_cast<std::int64_t>(N);
    static view<T const, extent> from(std::span<T, N> x) {
        return {x.data(), {static_cast<std::int64_t>(x.size())}};
    }
};

}  // namespace ir

namespace detail {

/// An array that is made of variables.
template <class T>
struct gathered_call final : tape_call<T> {
    std::uint32_t array;
    tape_index const* elements;
    std::size_t size;

    gathered_call(std::uint32_t a, tape_index const* ids, std::size_t n)
        : array(a), elements(ids), size(n) {}

    void sweep(T*, std::size_t) const override {}
    void sweep_arrays(T* adjoints, std::size_t lanes, array_adjoints<T>& arrays) const override {
        for (std::size_t k = 0; k < lanes; ++k) {
            if (arrays.is_zero(array, k)) continue;
            T const* const bar = arrays.memory(array, k);
            for (std::size_t i = 0; i < size; ++i)
                if (elements[i] != 0) adjoints[elements[i] * lanes + k] += bar[i];
            arrays.set_zero(array, k);
        }
    }
    void describe(text& t) const override {
        t << 'a' << static_cast<std::int64_t>(array) << " of variables";
    }
};

template <class T>
struct array_input<tape<T>> {
    template <class X>
    static auto make(tape<T>& t, X&& x) {
        using V = std::remove_cvref_t<X>;
        static_assert(std::is_same_v<typename V::value_type, T>,
                      "weft::tape::inputs: the elements are of another type than the tape's");
        if constexpr (V::rank == 0) {
            var<T> v(x.item());
            t.input(v);
            return v;
        } else {
            return make(t, x.data(), is_dense(x) && std::is_lvalue_reference_v<X>, view_of(x));
        }
    }

private:
    template <class V>
    static bool is_dense(V const& x) {
        if constexpr (requires { x.contiguous(); })
            return x.contiguous();
        else
            return true;
    }
    template <class U, std::int64_t... E>
    static var_tensor<T, E...> make(tape<T>& t, T const* data, bool refers,
                                    view<U, E...> const& v) {
        auto const n = static_cast<std::size_t>(v.size());
        if (!refers) {
            T* const copy = t.memory().template array<T>(n);
            view<T, E...>(copy, v.shape()).copy_from(v);
            data = copy;
        }
        return {data, v.shape(), t.add_array_input(data, n)};
    }
};

}  // namespace detail

template <class T, std::int64_t... Extents>
var_tensor<T, Extents...>::var_tensor(std::span<var<T> const> variables,
                                      dims<sizeof...(Extents)> const& shape) {
    check(shape);
    std::size_t const n = variables.size();
    if (static_cast<std::int64_t>(n) != this->size())
        detail::raise_numbers("weft::var_tensor: ", static_cast<std::int64_t>(n), " variables for ",
                              this->size(), " elements");
    tape<T>& t = detail::recording_tape<T>();
    T* const values = t.memory().template array<T>(n);
    tape_index* const ids = t.memory().template array<tape_index>(n);
    tape_index any = 0;
    for (std::size_t i = 0; i < n; ++i) {
        values[i] = variables[i].value(), ids[i] = variables[i].index();
        any |= ids[i];
    }
    elements_ = values;
    if (any == 0) return;
    name_ = t.add_array(values, n);
    t.template call<detail::gathered_call<T>>(name_.number, ids, n);
}

template <class F, class... X>
    requires detail::has_variables<ir::expression<F, X...>>
var(ir::expression<F, X...> const&)
    -> var<typename detail::variables_of<ir::expression<F, X...>>::type>;

namespace detail {

/// An expression of variables is no tensor.
template <class E>
    requires has_variables<E>
struct evaluated<E> {
    struct told {
        static constexpr kept_text<200> sentence{
            "weft: an expression of variables is assigned to a tensor, which has no derivative: "
            "use "
            "weft::var_tensor, or value() of its variables"};
    };
    static constexpr bool fits = stop<told>();
    using type = stopped;
};

/// A scalar expression of arrays as a variable.
template <class T, class E>
var<T> recorded_scalar(E const& e) {
    if constexpr (!has_variables<E>) {
        tensor<T> const number(e);
        return number.item();
    } else if constexpr (!recorded<E>::fits) {
        return {};
    } else {
        static_assert(recorded_t<E>::rank == 0,
                      "weft::var: an expression of arrays is assigned to a single variable: reduce "
                      "it with sum or mean, or make it a weft::var_tensor");
        std::int64_t none[1];
        auto const made = record_expression<T>(e, none);
        var<T> x(*made.data);
        if (made.scalar != 0) recording_tape<T>().bind(x, made.scalar);
        return x;
    }
}

}  // namespace detail
}  // namespace weft
