// SPDX-License-Identifier: BSL-1.0
// The parameters of a model as a row of values: what optimizers, which treat all alike, walk over.
#pragma once

#include <weft/ir/leaves.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/state.hpp>

namespace weft::optim {

/// In a trace: the values of the parameters, the tensors that are neither states nor settings.
template <class M>
constexpr list<symbol> parameters(M const& model) {
    list<symbol> values;
    for_each_leaf(model, [&]<class L>(L& leaf) {
        if constexpr (!is_state<L> && !is_setting<L>) values.push(leaf.traced());
    });
    return values;
}

/// In a trace: new values for the parameters, in their types.
template <class M>
constexpr void assign_parameters(M& model, list<symbol> const& values) {
    int next = 0;
    for_each_leaf(model, [&]<class L>(L& leaf) {
        if constexpr (!is_state<L> && !is_setting<L>) {
            symbol const s = values[next++];
            leaf = s.valid() ? ir::cast(s, dtype_of<typename L::value_type>) : s;
        }
    });
}

/// A model like this one whose tensors hold zeros.
template <class M>
constexpr M zeros_like(M model) {
    if (!__builtin_is_constant_evaluated())
        for_each_leaf(model, []<class L>(L& leaf) {
            if constexpr (!is_setting<L>) leaf.fill(typename L::value_type{});
        });
    return model;
}

}  // namespace weft::optim
