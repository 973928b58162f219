// SPDX-License-Identifier: BSL-1.0
// The leaves of an argument: the tensors, states and settings of a model, in the order of its
// members, with their paths. Traces bind them, calls take their addresses, optimizers walk them.
#pragma once

#include <tuple>
#include <utility>

#include <weft/core/mistake.hpp>
#include <weft/core/reflect.hpp>
#include <weft/ir/builder.hpp>

namespace weft {

/// Stands for one node in a trace and for a buffer at run time: tensor, state, setting.
template <class T>
concept Leaf = Traced<T> && requires(T& t, symbol s) { t.bind(s); };

/// A std::array, of layers or tensors.
template <class T>
concept Array = requires(T& t) {
    std::tuple_size<T>::value;
    t[0];
    typename T::value_type;
};

/// Parts that are known by their numbers, nn::sequential: a std::tuple of them.
template <class T>
concept Sequence = requires(T& t) {
    std::tuple_size<std::remove_cvref_t<decltype(t.parts())>>::value;
};

/// Equal layers applied one after the other, nn::repeat: in a trace their leaves are one stacked
/// value each, held by the first layer; at run time each layer has its own tensors.
template <class T>
concept Repeated = requires(T& t) {
    typename T::layer_type;
    T::layer_count;
    t.layers();
};

namespace detail {

template <class T>
constexpr std::string_view type_name() {
    std::string_view s = __PRETTY_FUNCTION__;
    s = s.substr(s.find("T = ") + 4);
    auto const more = s.find("; std::string_view = ");  // g++ explains the return type
    return s.substr(0, more < s.size() ? more : s.rfind(']'));
}

template <class T>
constexpr bool is_model();
template <class T>
constexpr bool holds_only_leaves();

/// Which of a few types hold for a question.
template <class>
struct sequence_parts;
template <class... P>
struct sequence_parts<std::tuple<P...>> {
    static constexpr bool any_model() { return (is_model<P>() || ...); }
    static constexpr bool only_leaves() { return (holds_only_leaves<P>() && ...); }
};
template <class T>
using parts_type = sequence_parts<std::remove_cvref_t<decltype(std::declval<T&>().parts())>>;

template <class M, int... I>
constexpr bool holds_leaves(std::integer_sequence<int, I...>) {
    return (is_model<member_type<M, I>>() || ...);
}

/// Leaves, and aggregates that hold some.
template <class T>
constexpr bool is_model() {
    if constexpr (Leaf<T>)
        return true;
    else if constexpr (Array<T>)
        return is_model<typename T::value_type>();
    else if constexpr (Repeated<T>)
        return is_model<typename T::layer_type>();
    else if constexpr (Sequence<T>)
        return parts_type<T>::any_model();
    else if constexpr (std::is_class_v<T> && !std::is_empty_v<T> && refusal_of<T>() == refusal::none)
        return holds_leaves<T>(std::make_integer_sequence<int, member_count<T>>{});
    else
        return false;
}

/// A type whose members are looked into: a model, or an aggregate that should have been one.
template <class T>
inline constexpr bool is_nested =
    std::is_class_v<T> && !Leaf<T> && !std::is_empty_v<T> &&
    (Array<T> || Repeated<T> || Sequence<T> ? is_model<T>() : std::is_aggregate_v<T>);

template <class M, int... I>
constexpr bool members_are_leaves(std::integer_sequence<int, I...>) {
    return (holds_only_leaves<member_type<M, I>>() && ...);
}

/// Whether for_each_leaf takes T.
template <class T>
constexpr bool holds_only_leaves() {
    if constexpr (Leaf<T> || std::is_empty_v<T>)
        return true;
    else if constexpr (!is_nested<T>)
        return false;
    else if constexpr (Array<T>)
        return holds_only_leaves<typename T::value_type>();
    else if constexpr (Repeated<T>)
        return holds_only_leaves<typename T::layer_type>();
    else if constexpr (Sequence<T>)
        return parts_type<T>::only_leaves();
    else if constexpr (refusal_of<T>() != refusal::none)
        return false;
    else
        return members_are_leaves<T>(std::make_integer_sequence<int, member_count<T>>{});
}

/// What is wrong with T, at this path.
template <class T>
constexpr void write_refusal(text& out, std::string_view path) {
    constexpr std::string_view held =
        "a model holds tensors, states, settings, models and std::array of them";
    out << path;
    if (std::is_arithmetic_v<T>)
        out << " is a plain number (" << type_name<T>()
            << "), which the trace would freeze: make it weft::setting<" << type_name<T>()
            << ">, or static constexpr";
    else if (std::is_pointer_v<T>)
        out << " is a pointer: " << held;
    else if constexpr (Array<T> || !std::is_aggregate_v<T>)
        out << " is a " << type_name<T>() << ": " << held;
    else {
        if (!refused_member<T>().empty()) out << '.' << refused_member<T>();
        out << ": a model is an aggregate of tensors, states, settings and models; "
            << type_name<T>() << ' ' << reason(refusal_of<T>());
    }
}

template <class T>
constexpr void find_refusal(text& out, text& path);

template <class M, int I>
constexpr void find_member(text& out, text& path) {
    if (!out.empty() || holds_only_leaves<member_type<M, I>>()) return;
    int const size = path.size();
    path << '.' << member_name<M, I>;
    find_refusal<member_type<M, I>>(out, path);
    path.shrink(size);
}

template <class P>
constexpr void find_part(text& out, text& path, int index) {
    if (!out.empty() || holds_only_leaves<P>()) return;
    int const size = path.size();
    path << '.' << index;
    find_refusal<P>(out, path);
    path.shrink(size);
}

/// The first member that a model cannot have.
template <class T>
constexpr void find_refusal(text& out, text& path) {
    if constexpr (!is_nested<T>) {
        write_refusal<T>(out, path);
    } else if constexpr (Array<T>) {
        path << "[0]";
        find_refusal<typename T::value_type>(out, path);
    } else if constexpr (Repeated<T>) {
        path << "[0]";
        find_refusal<typename T::layer_type>(out, path);
    } else if constexpr (Sequence<T>) {
        [&]<class... P>(std::type_identity<std::tuple<P...>>) {
            int index = 0;
            (find_part<P>(out, path, index++), ...);
        }(std::type_identity<std::remove_cvref_t<decltype(std::declval<T&>().parts())>>{});
    } else if constexpr (refusal_of<T>() != refusal::none) {
        write_refusal<T>(out, path);
    } else {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            (find_member<T, I>(out, path), ...);
        }(std::make_integer_sequence<int, member_count<T>>{});
    }
}

template <class M>
struct refused_model {
    static constexpr kept_text<512> sentence = [] {
        text out, path(type_name<M>());
        find_refusal<M>(out, path);
        return kept_text<512>(out.view());
    }();
};

template <class M, class F>
constexpr void visit_leaves(M& object, F& f);

template <class M, class F>
constexpr void visit_part(M& part, F& f) {
    if constexpr (!std::is_empty_v<M>) visit_leaves(part, f);
}

template <class M, class F>
struct leaf_visitor {
    F& f;
    template <int I, class X>
    constexpr void operator()(std::integral_constant<int, I>, X& member) const {
        visit_part(member, f);
    }
};

template <class M, class F>
constexpr void visit_leaves(M& object, F& f) {
    using T = std::remove_cv_t<M>;
    if constexpr (Leaf<T>) {
        f(object);
    } else if constexpr (Repeated<T>) {
        if constexpr (requires { f.stacked(object); })
            f.stacked(object);
        else if (__builtin_is_constant_evaluated())
            visit_leaves(object.layers()[0], f);
        else
            for (auto& layer : object.layers()) visit_leaves(layer, f);
    } else if constexpr (Array<T>) {
        for (auto& item : object) visit_leaves(item, f);
    } else if constexpr (Sequence<T>) {
        std::apply([&](auto&... part) { (visit_part(part, f), ...); }, object.parts());
    } else {
        for_each_member(object, leaf_visitor<M, F>{f});
    }
}

template <class M, class F>
constexpr void visit_named(M& object, text& path, F& f);

template <class M, class F>
constexpr void visit_numbered(M& part, int index, text& path, F& f) {
    if constexpr (is_model<std::remove_cv_t<M>>()) {
        int const size = path.size();
        if (size) path << '.';
        path << index;
        visit_named(part, path, f);
        path.shrink(size);
    }
}

template <class M, class F>
struct named_visitor {
    text& path;
    F& f;
    template <int I, class X>
    constexpr void operator()(std::integral_constant<int, I>, X& member) const {
        using T = std::remove_cv_t<X>;
        if constexpr (is_model<T>()) {
            int const size = path.size();
            if (size) path << '.';
            path << member_name<std::remove_cv_t<M>, I>;
            visit_named(member, path, f);
            path.shrink(size);
        }
    }
};

template <class M, class F>
constexpr void visit_named(M& object, text& path, F& f) {
    using T = std::remove_cv_t<M>;
    if constexpr (Leaf<T>) {
        f(object, static_cast<text const&>(path));
    } else if constexpr (Repeated<T>) {
        int index = 0;
        for (auto& layer : object.layers()) {
            int const size = path.size();
            if (__builtin_is_constant_evaluated())
                path << "[*]";
            else
                path << '[' << index++ << ']';
            if constexpr (requires { f.stacked(layer, path, 0); })
                f.stacked(layer, path, T::layer_count);
            else
                visit_named(layer, path, f);
            path.shrink(size);
            if (__builtin_is_constant_evaluated()) break;
        }
    } else if constexpr (Array<T>) {
        int index = 0;
        for (auto& item : object) {
            int const size = path.size();
            path << '[' << index++ << ']';
            visit_named(item, path, f);
            path.shrink(size);
        }
    } else if constexpr (Sequence<T>) {
        int index = 0;
        std::apply([&](auto&... part) { (visit_numbered(part, index++, path, f), ...); },
                   object.parts());
    } else {
        for_each_member(object, named_visitor<M, F>{path, f});
    }
}

}  // namespace detail

/// A leaf or an aggregate that holds some: what can be an argument that is a model.
template <class T>
concept Model = detail::is_model<std::remove_cvref_t<T>>();

/// Calls f(leaf) for each leaf, in the order of the members. A member that a model cannot have is
/// refused by name.
template <class M, class F>
constexpr void for_each_leaf(M& model, F f) {
    using T = std::remove_cv_t<M>;
    if constexpr (detail::holds_only_leaves<T>())
        detail::visit_leaves(model, f);
    else
        detail::stop<detail::refused_model<T>>();
}

/// Calls f(leaf, path), `hidden.weight`, for each leaf.
template <class M, class F>
constexpr void for_each_leaf_named(M& model, F f, std::string_view prefix = {}) {
    using T = std::remove_cv_t<M>;
    if constexpr (detail::holds_only_leaves<T>()) {
        text path(prefix);
        detail::visit_named(model, path, f);
    } else {
        detail::stop<detail::refused_model<T>>();
    }
}

}  // namespace weft
