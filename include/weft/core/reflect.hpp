// SPDX-License-Identifier: BSL-1.0
// Visits and names the members of aggregates: how a model's struct becomes its list of parameters
// and their paths. Needs no macro, no registration and, for types and names, no object.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <weft/core/reflect_detail.hpp>

namespace weft {

/// Why the members of a type cannot be visited.
enum class refusal {
    none,
    not_aggregate,
    base_class,
    too_many_members,
    no_default,
    array_member,
    reference_member,
    const_member
};

/// The reason in words, to follow the name of the type: "has a base class; make it a member".
constexpr std::string_view reason(refusal r) {
    constexpr std::string_view sentences[] = {
        "can be reflected",
        "is not an aggregate: it has constructors, private members or virtual functions",
        "has a base class; make it a member",
        "has more than 64 members",
        "has a member without a default constructor",
        "has a member that is a C array; use std::array",
        "has a member that is a reference",
        "has a const member; make it static constexpr"};
    return sentences[static_cast<int>(r)];
}

namespace detail {

// Initialisers that convert to something: to anything, to anything but references to non-const,
// to references to const only, to base classes of T only, to nothing.
struct to_anything {
    template <class U>
    constexpr operator U&() const;
    template <class U>
    constexpr operator U&&() const;
};
struct to_value {
    template <class U>
    constexpr operator U() const;
};
struct to_const_lvalue {
    template <class U>
    requires std::is_const_v<U>
    constexpr operator U&() const;
};
template <class T>
struct to_base {
    template <class B>
    requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>) constexpr operator B() const&;
    template <class B>
    requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>) constexpr operator B() &&;
};
struct to_nothing {};

template <class P>
P const& as_const_lvalue();

// A first element that is constructible from anything accepts `to_nothing` too; then a conversion
// to a base class shows because it makes the call ambiguous.
template <class T>
constexpr bool has_base() {
    bool const probe = requires { T{to_base<T>{}}; };
    bool const never = requires { T{to_nothing{}}; };
    bool const probe_lvalue = requires { T{as_const_lvalue<to_base<T>>()}; };
    bool const never_lvalue = requires { T{as_const_lvalue<to_nothing>()}; };
    return probe != never || probe_lvalue != never_lvalue;
}

/// The number of members that `{}` initialises, in First .. Last.
template <class T, int First = 0, int Last = largest_member_count>
constexpr int count_members() {
    if constexpr (First == Last)
        return First;
    else {
        constexpr int middle = (First + Last + 1) / 2;
        if constexpr (takes<T, middle>())
            return count_members<T, middle, Last>();
        else
            return count_members<T, First, middle - 1>();
    }
}

template <class T, class... P>
constexpr bool made_from = requires { T{P{}...}; };

template <class, int>
using anything_at = to_anything;

template <class T, class Probe, int... Before, int... After>
constexpr bool made_from_at(std::integer_sequence<int, Before...>,
                            std::integer_sequence<int, After...>) {
    return made_from<T, anything_at<T, Before>..., Probe, anything_at<T, After>...>;
}

// Only for types that are refused anyway: which is why it may be slow.
template <class T, int Members = largest_member_count, int At = 0>
constexpr bool has_reference() {
    if constexpr (Members == At)
        return Members > 0 && has_reference<T, Members - 1, 0>();
    else {
        constexpr auto accepts = []<class Probe>(Probe) {
            return made_from_at<T, Probe>(std::make_integer_sequence<int, At>{},
                                          std::make_integer_sequence<int, Members - At - 1>{});
        };
        if constexpr (!accepts(to_anything{}))
            return has_reference<T, Members - 1, 0>();
        else if constexpr (!accepts(to_value{}))
            return true;
        else if constexpr (accepts(to_const_lvalue{}) && !accepts(to_nothing{}))
            return true;
        else if constexpr (At + 1 < Members)
            return has_reference<T, Members, At + 1>();
        else
            return false;
    }
}

struct fault {
    refusal why = refusal::none;
    int member = -1;  ///< the first member at fault, where one can be told
};

struct judge_types {
    template <class... M>
    constexpr auto operator()(M&...) const {
        return [] {
            fault found;
            int i = 0;
            ((found.member < 0 && (std::is_array_v<M> || std::is_const_v<M>)
                  ? void(
                        found = {std::is_array_v<M> ? refusal::array_member : refusal::const_member,
                                 i})
                  : void(),
              ++i),
             ...);
            return found;
        };
    }
};

struct judge_const_types {
    template <class... M>
    constexpr auto operator()(M&...) const {
        return [] {
            fault found;
            int i = 0;
            ((found.member < 0 && !std::is_const_v<M> ? void(found = {refusal::reference_member, i})
                                                      : void(),
              ++i),
             ...);
            return found;
        };
    }
};

template <class T>
constexpr fault find_fault() {
    if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>)
        return {refusal::not_aggregate};
    else if constexpr (has_base<T>())
        return {refusal::base_class};
    else if constexpr (takes<T, largest_member_count + 1>())
        return {refusal::too_many_members};
    else if constexpr (!takes<T, 0>())
        return {has_reference<T>() ? refusal::reference_member : refusal::no_default};
    else {
        constexpr int n = count_members<T>();
        if constexpr (takes<T, n, to_anything>())
            return {takes<T, n, to_value>() ? refusal::no_default : refusal::reference_member, n};
        else {
            constexpr fault plain =
                decltype(with_members<n>(std::declval<T&>(), judge_types{})){}();
            if constexpr (plain.why == refusal::const_member)
                return takes<T, plain.member, to_const_lvalue>() &&
                               !takes<T, plain.member, to_nothing>()
                           ? fault{refusal::reference_member, plain.member}
                           : plain;
            else if constexpr (plain.why != refusal::none)
                return plain;
            else
                return decltype(with_members<n>(std::declval<T const&>(), judge_const_types{})){}();
        }
    }
}

template <class T>
inline constexpr fault fault_of = find_fault<T>();

template <refusal Why, class T>
constexpr bool reflectable() {
    static_assert(Why != refusal::not_aggregate,
                  "weft: this type is not an aggregate: it has "
                  "constructors, private members or virtual functions");
    static_assert(Why != refusal::base_class, "weft: this type has a base class; make it a member");
    static_assert(Why != refusal::too_many_members, "weft: this type has more than 64 members");
    static_assert(Why != refusal::no_default,
                  "weft: this type has a member without a default constructor");
    static_assert(Why != refusal::array_member,
                  "weft: this type has a member that is a C array; use std::array");
    static_assert(Why != refusal::reference_member,
                  "weft: this type has a member that is a reference");
    static_assert(Why != refusal::const_member,
                  "weft: this type has a const member; make "
                  "it static constexpr");
    return Why == refusal::none;
}

// An object that is never made: only the addresses of its members are used, for their names.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
template <class T>
struct stand_in {
    T object;
};
template <class T>
extern stand_in<T> const undefined;
#else
// g++ -O0 emits what refers to it: here it must be there, without a T being constructed.
template <class T>
union stand_in {
    char nothing;
    T object;
    constexpr stand_in() : nothing{} {}
    constexpr ~stand_in() {}
};
template <class T>
inline constexpr stand_in<T> undefined{};
#endif

template <int I, class M>
struct leaf {
    M const* address;
};
template <class Index, class... M>
struct leaves;
template <int... I, class... M>
struct leaves<std::integer_sequence<int, I...>, M...> : leaf<I, M>... {};

struct make_leaves {
    template <class... M>
    constexpr auto operator()(M const&... m) const {
        return leaves<std::make_integer_sequence<int, static_cast<int>(sizeof...(M))>, M...>{
            {&m}...};
    }
};

template <class T>
inline constexpr auto members_of = with_members<count_members<T>()>(undefined<T>.object,
                                                                    make_leaves{});
#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <int I, class M>
constexpr leaf<I, M> const& pick(leaf<I, M> const& x) {
    return x;
}
template <int I, class M>
std::type_identity<M> type_at(leaf<I, M> const&);

// The compiler's own spelling: "... leaf<..>{(& undefined<T>.stand_in<T>::object.T::name)} ..."
// with g++, "... leaf<..>{&undefined<T>.object.name} ..." with clang.
template <auto Leaf>
constexpr std::string_view spelled_name() {
    std::string_view s = __PRETTY_FUNCTION__;
#ifdef __clang__
    s = s.substr(0, s.rfind('}'));
#else
    s = s.substr(0, s.rfind(")}"));
#endif
    return s.substr(s.find_last_of(".:") + 1);
}

template <class F, int... I>
struct number_members {
    F& f;
    template <class... M>
    constexpr void operator()(M&... m) const {
        (static_cast<void>(f(std::integral_constant<int, I>{}, m)), ...);
    }
};

template <class T, class F, int... I>
constexpr void visit_members(T& object, F& f, std::integer_sequence<int, I...>) {
    with_members<static_cast<int>(sizeof...(I))>(object, number_members<F, I...>{f});
}

}  // namespace detail

/// Why the members of T cannot be visited; `refusal::none` where they can. Bit-fields and anonymous
/// unions are refused by the compiler itself.
template <class T>
constexpr refusal refusal_of() {
    return detail::fault_of<std::remove_cv_t<T>>.why;
}

/// An aggregate whose members can be visited and named.
template <class T>
concept Reflectable = (refusal_of<T>() == refusal::none);

/// The number of members, up to 64: empty ones count, arrays and nested aggregates count once.
template <class T>
inline constexpr int member_count = [] {
    using U = std::remove_cv_t<T>;
    if constexpr (detail::reflectable<refusal_of<U>(), U>())
        return detail::count_members<U>();
    else
        return 0;
}();

/// The type of member I.
template <class T, int I>
using member_type =
    typename decltype(detail::type_at<I>(detail::members_of<std::remove_cv_t<T>>))::type;

/// The name of member I, as the struct spells it.
template <class T, int I>
inline constexpr std::string_view member_name =
    detail::spelled_name<detail::pick<I>(detail::members_of<std::remove_cv_t<T>>)>();

/// The name of the array or const member for which T is refused; empty for other reasons (the name
/// of a reference cannot be told).
template <class T>
constexpr std::string_view refused_member() {
    using U = std::remove_cv_t<T>;
    constexpr detail::fault f = detail::fault_of<U>;
    if constexpr (f.why == refusal::array_member || f.why == refusal::const_member)
        return member_name<U, f.member>;
    else
        return {};
}

/// Calls `f(std::integral_constant<int, I>{}, member)` for every member, in order.
template <class T, class F>
constexpr void for_each_member(T& object, F&& f) {
    detail::visit_members(object, f, std::make_integer_sequence<int, member_count<T>>{});
}

}  // namespace weft
