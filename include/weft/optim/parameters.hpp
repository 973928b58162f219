// SPDX-License-Identifier: BSL-1.0
// The parameters of a model as a row of values: what optimizers, which treat all alike, walk over.
#pragma once

#include <weft/ir/leaves.hpp>
#include <weft/ops/basic.hpp>
#include <weft/tensor/state.hpp>

namespace weft::optim {

/// A tensor of floating type that is neither a state nor a setting: what is trained.
template <class L>
inline constexpr bool is_parameter = false;
template <class L>
    requires(!is_state<L> && !is_setting<L>)
inline constexpr bool is_parameter<L> =
    is_floating(dtype_of<std::remove_const_t<typename L::value_type>>);

/// In a trace: the values of the parameters.
template <class M>
constexpr list<symbol> parameters(M const& model) {
    list<symbol> values;
    for_each_leaf(model, [&]<class L>(L& leaf) {
        if constexpr (is_parameter<L>) values.push(leaf.traced());
    });
    return values;
}

/// In a trace: new values for the parameters, in their types.
template <class M>
constexpr void assign_parameters(M& model, list<symbol> const& values) {
    int next = 0;
    for_each_leaf(model, [&]<class L>(L& leaf) {
        if constexpr (is_parameter<L>) {
            symbol const s = values[next++];
            leaf = s.valid() ? ir::cast(s, dtype_of<typename L::value_type>) : s;
        }
    });
}

/// Whether the shapes of all tensors of a model are part of its type.
template <class M>
constexpr bool has_static_leaves() {
    bool all = true;
    M model{};
    for_each_leaf(model, [&]<class L>(L&) {
        if constexpr (!is_setting<L>)
            for (int i = 0; i < L::rank; ++i) all = all && L::extents[i] >= 0;
    });
    return all;
}

/// Zeros in all tensors of a model.
template <class M>
void clear(M& model) {
    for_each_leaf(model, []<class L>(L& leaf) {
        if constexpr (!is_setting<L>) leaf.fill(typename L::value_type{});
    });
}

/// A model like this one whose tensors hold zeros.
template <class M>
constexpr M zeros_like(M model) {
    if (!__builtin_is_constant_evaluated()) clear(model);
    return model;
}

/// What a parameter is known by: `hidden.weight` and its number of axes. Layers of nn::repeat share
/// a name, `blocks[*].inner.weight`.
struct parameter {
    std::string_view path;
    int rank;
};

/// Those with fewer than two axes: biases, scales and shifts of norms, which are seldom decayed.
struct vectors_t {
    constexpr bool operator()(parameter p) const { return p.rank < 2; }
};
/// Those with two axes or more: matrices and kernels.
struct matrices_t {
    constexpr bool operator()(parameter p) const { return p.rank >= 2; }
};
inline constexpr vectors_t vectors{};
inline constexpr matrices_t matrices{};

/// For each parameter of M the first of the conditions that it meets, counted from 1; 0 for none.
template <class M, class... Match>
constexpr list<int> first_match() {
    static_assert((std::is_empty_v<Match> && ...),
                  "weft::optim: a condition on parameters captures nothing: it is a function of "
                  "optim::parameter, such as [](optim::parameter p) { return p.rank < 2; }");
    list<int> found;
    M model{};
    for_each_leaf_named(model, [&]<class L>(L&, text const& path) {
        if constexpr (is_parameter<L>) {
            int number = 0;
            if constexpr ((std::is_empty_v<Match> && ...)) {
                int index = 0;
                ((++index,
                  number = number == 0 && Match{}(parameter{path, L::rank}) ? index : number),
                 ...);
            }
            found.push(number);
        }
    });
    return found;
}

}  // namespace weft::optim
