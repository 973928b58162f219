// SPDX-License-Identifier: BSL-1.0
// Expressions of variables: what stands to the right of an assignment, as a type. It holds copies
// of its variables, so that `auto` and returned expressions never dangle; values are computed at
// once, partials when the statement is written.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <weft/autodiff/partials.hpp>
#include <weft/autodiff/tape_memory.hpp>

namespace weft {

template <class T, bool Checked = false>
class var;

/// Base of all expressions of var<T, Checked>.
template <class T, bool Checked>
struct statement_part {
    using variable = var<T, Checked>;
};

namespace detail {

template <class T>
inline constexpr bool is_var = false;
template <class T, bool C>
inline constexpr bool is_var<var<T, C>> = true;
template <class E>
struct variable_of_part {
    using type = typename E::variable;
};
template <class E>
    requires is_var<E>
struct variable_of_part<E> {
    using type = E;
};
template <class E>
using variable_of = typename variable_of_part<E>::type;

template <class E, class T, bool Checked>
concept PartOf = std::is_base_of_v<statement_part<T, Checked>, E>;
template <class E>
concept StatementPart = requires { typename E::variable; } &&
                        PartOf<E, typename E::variable::value_type, E::variable::is_checked>;

/// Whether the result of an operation changes with operand I; V are the operands' types and its
/// own.
template <class Op, int I, class... V>
inline constexpr bool depends =
    !std::is_same_v<decltype(stated_partial<Op, I>(std::declval<V const&>()...)), ir::zero>;

/// Where the partials of a statement go. Branches, not arithmetic: a cursor that is advanced by
/// (m != 0) would wait for m, and every later store with it.
template <class T>
struct sink {
    tape_index* ids;
    T* partials;
    bool keeps_zeros;

    WEFT_INLINE void operator()(T const& m, tape_index id) {
        if (id == 0) return;
        *ids = id;
        *partials = m;
        if (nonzero_bits(m, keeps_zeros) == 0) [[unlikely]]
            return;
        ++ids, ++partials;
    }
};

/// A number: X is T, or bool for a condition.
template <class T, bool Checked, class X>
struct passive_part : statement_part<T, Checked> {
    X v;
    static constexpr int leaves = 0;
    static constexpr bool sums = false;

    WEFT_INLINE explicit passive_part(X const& x) : v(x) {}
    WEFT_INLINE X const& value() const { return v; }
    WEFT_INLINE static tape_index indices() { return 0; }
    WEFT_INLINE static tape_index age(tape_index) { return 0; }
    template <class Sink>
    WEFT_INLINE void push(Sink&, T const&) const {}
    template <class F>
    WEFT_INLINE void each_leaf(F&&) const {}
};

/// What a variable was when the expression was made.
template <class T, bool Checked>
struct leaf_part : statement_part<T, Checked> {
    T v;
    tape_index id, captured;
    [[no_unique_address]] value_origin<Checked> origin;
    static constexpr int leaves = 1;
    static constexpr bool sums = false;

    WEFT_INLINE leaf_part(T const& x, tape_index i, value_origin<Checked> o)
        : v(x), id(i), captured(current<T, Checked>->statements), origin(o) {}
    WEFT_INLINE T const& value() const { return v; }
    WEFT_INLINE tape_index indices() const { return id; }
    WEFT_INLINE tape_index age(tape_index now) const { return captured ^ now; }
    template <class Sink>
    WEFT_INLINE void push(Sink& s, T const& m) const {
        s(m, id);
    }
    template <class F>
    WEFT_INLINE void each_leaf(F&& f) const {
        f(*this);
    }
};

template <class A>
inline constexpr bool is_leaf = false;
template <class T, bool C>
inline constexpr bool is_leaf<leaf_part<T, C>> = true;

template <std::size_t I, class A>
struct operand_slot {
    A part;
};
template <class Slots, class... A>
struct operand_slots;
template <std::size_t... I, class... A>
struct operand_slots<std::index_sequence<I...>, A...> : operand_slot<I, A>... {};

template <std::size_t I, class A>
WEFT_INLINE A const& part(operand_slot<I, A> const& s) {
    return s.part;
}

/// The value of an operation, with its operands.
template <class T, bool Checked, class Op, class... A>
struct operation_part : statement_part<T, Checked> {
    using slots = std::make_index_sequence<sizeof...(A)>;
    operand_slots<slots, A...> operands;
    T v;

    using first_operand = std::remove_cvref_t<decltype(part<0>(operands))>;
    /// `leaf + ...` or `leaf - ...`, however long: assigned to that variable, it adds to it.
    static constexpr bool sums =
        (std::is_same_v<Op, ops::add> ||
         std::is_same_v<Op, ops::subtract>)&&(is_leaf<first_operand> || first_operand::sums);

    template <std::size_t I>
    static constexpr bool has_variable =
        std::remove_cvref_t<decltype(part<I>(operands))>::leaves != 0 &&
        depends<Op, int{I}, std::remove_cvref_t<decltype(std::declval<A>().value())>..., T>;
    static constexpr int leaves = []<std::size_t... I>(std::index_sequence<I...>) {
        return ((has_variable<I> ? A::leaves : 0) + ...);
    }(slots{});

    WEFT_INLINE explicit operation_part(A const&... a)
        : operands{{a}...}, v(number_value<Op>(a.value()...)) {}

    WEFT_INLINE T const& value() const { return v; }
    /// The indices of all variables, or-ed: 0 where all are passive.
    WEFT_INLINE tape_index indices() const { return indices(slots{}); }
    /// 0 where every variable was read when the tape had so many statements.
    WEFT_INLINE tape_index age(tape_index now) const { return age(now, slots{}); }
    WEFT_INLINE tape_index summed() const {
        if constexpr (is_leaf<first_operand>)
            return part<0>(operands).id;
        else
            return part<0>(operands).summed();
    }

    /// s(partial, index) for each variable, where m is the derivative by this value.
    template <class Sink>
    WEFT_INLINE void push(Sink& s, T const& m) const {
        push_all(s, m, slots{});
    }
    /// The same without the first variable of a sum.
    template <class Sink>
    WEFT_INLINE void push_rest(Sink& s, T const& m) const {
        if constexpr (!is_leaf<first_operand>) part<0>(operands).push_rest(s, m);
        push_one<1>(s, m, slots{});
    }
    template <class F>
    WEFT_INLINE void each_leaf(F&& f) const {
        each_leaf(f, slots{});
    }

private:
    template <std::size_t... I>
    WEFT_INLINE tape_index indices(std::index_sequence<I...>) const {
        return (part<I>(operands).indices() | ...);
    }
    template <std::size_t... I>
    WEFT_INLINE tape_index age(tape_index now, std::index_sequence<I...>) const {
        return (part<I>(operands).age(now) | ...);
    }
    template <class Sink, std::size_t... I>
    WEFT_INLINE void push_all(Sink& s, T const& m, std::index_sequence<I...> all) const {
        (push_one<I>(s, m, all), ...);
    }
    template <std::size_t I, class Sink, std::size_t... J>
    WEFT_INLINE void push_one(Sink& s, T const& m, std::index_sequence<J...>) const {
        auto const& a = part<I>(operands);
        if constexpr (has_variable<I>) {
            auto const p = stated_partial<Op, int{I}>(part<J>(operands).value()..., v);
            using P = std::remove_const_t<decltype(p)>;
            if constexpr (std::is_same_v<P, ir::one>)
                a.push(s, m);
            else if constexpr (std::is_same_v<P, ir::minus_one>)
                a.push(s, -m);
            else if constexpr (std::is_same_v<P, ir::when<bool>>)
                a.push(s, p.condition ? m : T(0));
            else
                a.push(s, m * p);
        }
    }
    template <class F, std::size_t... I>
    WEFT_INLINE void each_leaf(F& f, std::index_sequence<I...>) const {
        (each_leaf_of<I>(f), ...);
    }
    template <std::size_t I, class F>
    WEFT_INLINE void each_leaf_of(F& f) const {
        if constexpr (has_variable<I>) part<I>(operands).each_leaf(f);
    }
};

template <class V, class E>
inline constexpr bool mixes =
    std::is_arithmetic_v<E> || std::is_same_v<E, typename V::value_type> || std::is_same_v<E, V> ||
    PartOf<E, typename V::value_type, V::is_checked> || active_depth<E> < active_depth<V>;

/// An operand of an expression of V; the condition of a choice stays a condition.
template <class V, class Op = void, class E>
WEFT_INLINE decltype(auto) as_part(E const& e) {
    using T = typename V::value_type;
    constexpr bool checked = V::is_checked;
    static_assert(mixes<V, E>,
                  "weft::var: variables of different types, float and double or checked "
                  "and not, do not mix: convert by value(), or record all in one type");
    if constexpr (std::is_same_v<E, V>)
        return e.part();
    else if constexpr (PartOf<E, T, checked>)
        return (e);
    else if constexpr (std::is_same_v<E, bool> && std::is_same_v<Op, ops::where>)
        return passive_part<T, checked, bool>(e);
    else
        return passive_part<T, checked, T>(static_cast<T>(e));
}

template <class V, class Op, class... E>
WEFT_INLINE auto applied(E const&... e) {
    using T = typename V::value_type;
    using operation = operation_part<T, V::is_checked, Op, E...>;
    if constexpr (Op::type == ir::typing::boolean)
        return static_cast<bool>(number_value<Op>(e.value()...));
    else if constexpr (operation::leaves == 0)
        return passive_part<T, V::is_checked, T>(number_value<Op>(e.value()...));
    else
        return operation(e...);
}

}  // namespace detail

/// A variable, or an expression of variables.
template <class E>
concept TapeValue = detail::is_var<E> || detail::StatementPart<E>;

template <class E>
    requires TapeValue<E>
inline constexpr bool is_active_number<E> = true;
template <class T, bool C>
inline constexpr int active_depth<var<T, C>> = 1 + active_depth<T>;
template <class E>
    requires detail::StatementPart<E>
inline constexpr int active_depth<E> = active_depth<typename E::variable>;

template <class Op, class... A>
    requires TapeValue<deepest_active<A...>>
WEFT_INLINE auto apply_operation(operation_tag<Op>, A const&... a) {
    using V = detail::variable_of<deepest_active<A...>>;
    return detail::applied<V, Op>(detail::as_part<V, Op>(a)...);
}

}  // namespace weft
