// SPDX-License-Identifier: BSL-1.0
// The value of what is computed eagerly, for functions that need elements: the tensor itself where
// it is one, else what the expression, view or selection evaluates to.
#pragma once

#include <weft/program/eager.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft::detail {

/// The tensor that holds the value of an operand.
template <class X>
using value_tensor = evaluated_t<
    ir::expression<calls::assigned, decltype(ir::operand_of(std::declval<X const&>()))>>;

template <class X>
decltype(auto) value_of_operand(X const& x) {
    if constexpr (weft::is_tensor<X>)
        return (x);
    else
        return value_tensor<X>(ir::eager<calls::assigned>(x));
}

}  // namespace weft::detail
