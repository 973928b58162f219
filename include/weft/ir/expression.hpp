// SPDX-License-Identifier: BSL-1.0
// Eager expressions: a call of a function on tensors is kept as a type, with its operands, until it
// is assigned; then its type is traced like any function. While a function is traced, an expression
// of its tensors is the node that they make. What runs them stands in program/eager.hpp.
#pragma once

#include <type_traits>
#include <utility>

#include <weft/core/error.hpp>
#include <weft/ir/builder.hpp>

namespace weft {

namespace ir {

[[noreturn]] WEFT_COLD inline void raise_not_traced() {
    raise("this expression holds numbers: layers and traced functions see symbols only; use "
          "weft::call(f, x)");
}

// An operand of type X is known to its expression by these: `inputs`, how many inputs of the program
// it stands for; `rebuilt`, what it is on their symbols, while the expression's type is traced;
// `traced`, what it is in a trace around it; `visit`, its tensors, views and numbers.

/// An operand that is one input.
struct one_input {
    static constexpr int inputs = 1;
    static constexpr symbol rebuilt(symbol const* from) { return *from; }
};

/// A tensor that lives elsewhere: it must outlive the expression.
template <class T>
struct borrowed : one_input {
    using type = T;
    T const* from = nullptr;
    symbol node{};

    constexpr explicit borrowed(T const& x) {
        if (__builtin_is_constant_evaluated())
            node = x.traced();
        else
            from = &x;
    }
    constexpr symbol traced() const { return node; }
    T const& value() const { return *from; }
    template <class Visitor>
    void visit(Visitor& f) const {
        f(*from);
    }
};

/// A tensor that the expression has taken over, or a view.
template <class T>
struct owned : one_input {
    using type = T;
    T kept;

    constexpr explicit owned(T x) : kept(static_cast<T&&>(x)) {}
    constexpr symbol traced() const {
        if constexpr (Traced<T>)
            return kept.traced();
        else
            return {};
    }
    T const& value() const { return kept; }
    template <class Visitor>
    void visit(Visitor& f) const {
        f(kept);
    }
};

/// A number of a call while the expression's type is traced: a scalar input, still weak.
struct weak_symbol {
    symbol value;
    weak kind;
    constexpr symbol traced() const { return value; }
};

template <class T>
constexpr weak weakness() {
    return !std::is_arithmetic_v<T>      ? weak::complex
           : std::is_same_v<T, bool>     ? weak::boolean
           : std::is_floating_point_v<T> ? weak::floating
                                         : weak::integer;
}

/// A number of C++; weak, so that it takes the type of what it meets.
template <class T>
struct number {
    using type = T;
    static constexpr int inputs = 1;
    T kept;

    static constexpr weak_symbol rebuilt(symbol const* from) { return {*from, weakness<T>()}; }

    constexpr T traced() const { return kept; }
    T const& value() const { return kept; }
    template <class Visitor>
    void visit(Visitor& f) const {
        f(kept);
    }
};

/// An argument that its type says all of: axes, `keep`, std::integral_constant.
template <class T>
struct option {
    using type = T;
    static constexpr int inputs = 0;

    static constexpr T rebuilt(symbol const*) { return {}; }
    constexpr T traced() const { return {}; }
    template <class Visitor>
    void visit(Visitor&) const {}
};

// Few functions, because each is compiled for each call in each expression.
template <int I, class X>
struct slot {
    X value;
};
/// No member: g++ 12 loses such as are empty in constant evaluation.
template <int I, class T>
struct slot<I, option<T>> {
    static constexpr option<T> value{};
    constexpr explicit slot(option<T>) {}
};
template <class F, class I, class... X>
struct slots;
template <class F, int... I, class... X>
struct slots<F, std::integer_sequence<int, I...>, X...> : slot<I, X>... {
    static constexpr int inputs = (X::inputs + ... + 0);

    constexpr explicit slots(X&&... x) : slot<I, X>{static_cast<X&&>(x)}... {}

    // One call for each call in the expression: sums of hundreds nest as deep.
    static constexpr symbol rebuilt(symbol const* from) {
        return F{}(X::rebuilt(from + before(I))...);
    }
    /// Calls f with each tensor, view and number, from left to right.
    template <class Visitor>
    void visit(Visitor& f) const {
        (static_cast<slot<I, X> const&>(*this).value.visit(f), ...);
    }

protected:
    constexpr symbol call() const {
        return F{}(static_cast<slot<I, X> const&>(*this).value.traced()...);
    }

private:
    static constexpr int before(int operand) {
        int const counts[] = {X::inputs..., 0};
        int n = 0;
        for (int i = 0; i < operand; ++i) n += counts[i];
        return n;
    }
};

/// The call of F, an empty function of symbols, on operands.
template <class F, class... X>
class expression : slots<F, std::make_integer_sequence<int, sizeof...(X)>, X...> {
    using base = slots<F, std::make_integer_sequence<int, sizeof...(X)>, X...>;

public:
    using function = F;
    using type = expression;

    constexpr explicit expression(X&&... x) : base(static_cast<X&&>(x)...) {
        if (__builtin_is_constant_evaluated()) node_ = base::call();
    }

    /// The node that it is while a function is traced. Raises at run time.
    constexpr symbol traced() const {
        if (!__builtin_is_constant_evaluated()) raise_not_traced();
        return node_.traced();
    }
    constexpr operator symbol() const { return traced(); }

    using base::inputs;
    using base::rebuilt;
    using base::visit;

private:
    [[no_unique_address]] symbol node_{};
};

template <class T>
inline constexpr bool is_expression = false;
template <class F, class... X>
inline constexpr bool is_expression<expression<F, X...>> = true;

/// What numbers that are no tensors stand in expressions as, `from(x)`: specialised by variables of
/// tapes.
template <class T>
struct stand_in {};
template <class T>
concept StandsIn = requires(T const& x) { stand_in<T>::from(x); };

/// What an operand becomes within an expression. Tensors are referred to if they have a name, and
/// taken over otherwise; views and expressions are kept.
template <class A>
constexpr auto operand_of(A&& a) {
    using T = std::remove_cvref_t<A>;
    if constexpr (is_expression<T>)
        return T(static_cast<A&&>(a));
    else if constexpr (requires { a.selected(); })
        return owned<decltype(a.selected())>{a.selected()};
    else if constexpr (StandsIn<T>)
        return owned<decltype(stand_in<T>::from(a))>{stand_in<T>::from(a)};
    else if constexpr (!Concrete<T>) {
        if constexpr (std::is_empty_v<T>)
            return option<T>{};
        else
            return number<T>{a};
    } else if constexpr (Traced<T> && std::is_lvalue_reference_v<A>)
        return borrowed<T>(a);
    else
        return owned<T>{static_cast<A&&>(a)};
}

}  // namespace ir

template <class F, class... X>
inline constexpr bool is_concrete<ir::expression<F, X...>> = true;

namespace calls {

/// The operand itself, where an expression has to be made of it.
struct assigned {
    constexpr symbol operator()(symbol x) const { return x; }
    constexpr symbol operator()(ir::weak_symbol x) const { return x.value; }
};

}  // namespace calls

// Defined in program/eager.hpp.
namespace detail {

template <class E>
struct evaluated;
/// What an assignment finds: no elements, or such as may make room for others, or must not.
enum class target_state : std::uint8_t { empty, filled, shaped };
template <class E, class Tensor>
void evaluate(E const& e, Tensor& to, target_state state);
template <class E, class View>
void assign(View const& target, E const& e);

/// Not to be asked of what is only declared, such as the stream of `out << tensor`.
template <class T>
concept Complete = requires { sizeof(T); };
template <class T>
concept EagerOperand =
    Concrete<T> || std::is_arithmetic_v<T> ||
    (Complete<T> && (complex_like<T> || ir::StandsIn<T> ||
                     (std::is_empty_v<T> && std::is_trivially_default_constructible_v<T>)));

}  // namespace detail

/// A call that makes an eager expression: tensors, views, expressions and numbers, and options that
/// their types say all of.
template <class... A>
concept EagerCall =
    (Concrete<A> || ...) && (detail::EagerOperand<std::remove_cvref_t<A>> && ...);

namespace ir {

/// The mistake of a call that no function takes.
template <class... A>
constexpr symbol no_such_call(std::string_view name, A const&... a) {
    builder* b = nullptr;
    auto const look = [&](auto const& x) {
        if constexpr (Traced<std::remove_cvref_t<decltype(x)>>)
            if (!b) b = x.traced().builder();
    };
    (look(a), ...);
    return b->fail(text(name) << ": there is no such call. Options of an eager call are said by "
                                 "types: axis<1>, number<3>, shape<2, 3>");
}

template <class F, class... A>
constexpr auto eager(A&&... a) {
    return expression<F, decltype(operand_of(static_cast<A&&>(a)))...>(
        operand_of(static_cast<A&&>(a))...);
}

}  // namespace ir
}  // namespace weft

/// Lets a function of symbols be called on tensors: the call makes an expression. It stands behind
/// the function, in its namespace.
#define WEFT_EAGER(NAME) WEFT_EAGER_OF(weft, NAME)
#define WEFT_EAGER_OF(SCOPE, NAME)                              \
    namespace calls {                                           \
    struct NAME {                                               \
        template <class... A>                                   \
        constexpr symbol operator()(A const&... a) const {      \
            if constexpr (requires { SCOPE::NAME(a...); })      \
                return SCOPE::NAME(a...);                       \
            else                                                \
                return ir::no_such_call(#NAME, a...);           \
        }                                                       \
    };                                                          \
    }                                                           \
    template <class... A>                                       \
        requires EagerCall<A...>                                \
    constexpr auto NAME(A&&... a) {                             \
        return ir::eager<calls::NAME>(static_cast<A&&>(a)...);  \
    }
/// The same for an operator of two operands, which is called NAME.
#define WEFT_EAGER_OPERATOR(SYMBOL, NAME)                                                      \
    namespace calls {                                                                          \
    struct NAME {                                                                              \
        template <class A, class B>                                                            \
        constexpr symbol operator()(A const& a, B const& b) const {                            \
            return a SYMBOL b;                                                                 \
        }                                                                                      \
    };                                                                                         \
    }                                                                                          \
    template <class A, class B>                                                                \
        requires EagerCall<A, B>                                                               \
    constexpr auto operator SYMBOL(A&& a, B&& b) {                                             \
        return ir::eager<calls::NAME>(static_cast<A&&>(a), static_cast<B&&>(b));               \
    }
