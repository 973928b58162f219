// SPDX-License-Identifier: BSL-1.0
// Initial numbers of models: nn::init<M>(key, overrides...). A layer says how by a member
// `init(key)`; each part draws from a key of its own, named by its path, so that the order of
// members does not matter.
#pragma once

#include <weft/nn/init/draw.hpp>
#include <weft/nn/init/scaled.hpp>

namespace weft::nn {

namespace detail {

template <class M>
void init_part(M& part, random::key k);
template <class P>
void init_numbered(P& part, random::key k) {
    if constexpr (weft::detail::is_model<P>()) init_part(part, k);
}

template <class M>
void init_part(M& part, random::key k) {
    if constexpr (requires { part.init(k); }) {
        part.init(k);
    } else if constexpr (Leaf<M>) {
        if constexpr (!is_state<M> && !is_setting<M>)
            if constexpr (M::rank >= 2) fan_in_uniform(part, k);
    } else if constexpr (Repeated<M>) {
        init_part(part.layers(), k);
    } else if constexpr (Array<M>) {
        std::uint64_t index = 0;
        for (auto& item : part) init_part(item, random::fold_in(k, index++));
    } else if constexpr (Sequence<M>) {
        std::uint64_t index = 0;
        std::apply([&](auto&... p) { (init_numbered(p, random::fold_in(k, index++)), ...); },
                   part.parts());
    } else {
        for_each_member(part, [k]<int I, class P>(std::integral_constant<int, I>, P& member) {
            if constexpr (weft::detail::is_model<P>())
                init_part(member, random::fold_in(k, ir::hash(member_name<M, I>)));
        });
    }
}

/// Whether a path is as the pattern says, in which * stands for anything.
constexpr bool matches(std::string_view pattern, std::string_view path) {
    if (pattern.empty()) return path.empty();
    if (pattern[0] != '*')
        return !path.empty() && pattern[0] == path[0] &&
               matches(pattern.substr(1), path.substr(1));
    for (std::size_t skipped = 0; skipped <= path.size(); ++skipped)
        if (matches(pattern.substr(1), path.substr(skipped))) return true;
    return false;
}

}  // namespace detail

/// How parameters of these paths begin: see member().
template <class Initialiser>
struct member_initialiser {
    std::string_view pattern;
    Initialiser with;

    template <class M>
    void operator()(M& model, random::key k) const {
        bool found = false;
        for_each_leaf_named(model, [&]<class L>(L& leaf, text const& path) {
            if constexpr (!is_state<L> && !is_setting<L>) {
                if (!detail::matches(pattern, path)) return;
                found = true;
                if constexpr (requires { with(leaf, k); })
                    with(leaf, random::fold_in(k, ir::hash(path)));
                else
                    raise(text("weft::nn::init: ")
                          << path << " has a rank that this initialiser is not for");
            }
        });
        if (!found)
            raise(text("weft::nn::init: no parameter is called \"") << pattern << '"');
    }
};
/// For nn::init: parameters whose path is as the pattern says, in which * stands for anything,
/// begin otherwise: `member("output.weight", zeros)`, `member("*.bias", constant{0.1})`.
template <class Initialiser>
constexpr member_initialiser<Initialiser> member(std::string_view pattern, Initialiser with) {
    return {pattern, with};
}

/// How parts of a type begin: see parts().
template <class Part, class Initialiser>
struct part_initialiser {
    Initialiser with;

    template <class M>
    void operator()(M& model, random::key k) const {
        if constexpr (std::is_same_v<M, Part>) {
            with(model, k);
        } else if constexpr (Repeated<M>) {
            (*this)(model.layers(), k);
        } else if constexpr (Array<M>) {
            std::uint64_t index = 0;
            for (auto& item : model) (*this)(item, random::fold_in(k, index++));
        } else if constexpr (Sequence<M>) {
            std::uint64_t index = 0;
            std::apply([&](auto&... p) { ((*this)(p, random::fold_in(k, index++)), ...); },
                       model.parts());
        } else if constexpr (!Leaf<M> && weft::detail::is_model<M>()) {
            for_each_member(model, [&]<int I, class P>(std::integral_constant<int, I>, P& inner) {
                if constexpr (weft::detail::is_model<P>())
                    (*this)(inner, random::fold_in(k, ir::hash(member_name<M, I>)));
            });
        }
    }
};
/// For nn::init: all parts of a type begin otherwise, be they tensors or layers:
/// `parts<linear<8, 8>>([](auto& layer, auto key) { orthogonal(layer.weight, key); })`.
template <class Part, class Initialiser>
constexpr part_initialiser<Part, Initialiser> parts(Initialiser with) {
    return {with};
}

/// Gives every part of a model its first numbers. A struct with a member `init(random::key)`
/// does so for all that it holds. A tensor that stands outside of such a struct gets
/// fan_in_uniform if it has two axes or more, and keeps what it has otherwise. Overrides, member()
/// and parts(), follow in their order.
template <class M, class... Override>
    requires(Model<M> && !std::is_const_v<M>)
void init(M& model, random::key k, Override const&... overrides) {
    for_each_leaf(model, [](auto&) {});  // refuses by name what a model cannot have
    detail::init_part(model, k);
    std::uint64_t index = 0;
    (overrides(model, random::fold_in(random::fold_in(k, ir::hash("override")), index++)), ...);
}

/// A new model with its first numbers: the same for the same key, on every machine.
template <class M, class... Override>
M init(random::key k, Override const&... overrides) {
    M model{};
    nn::init(model, k, overrides...);
    return model;
}

}  // namespace weft::nn
