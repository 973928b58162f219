// SPDX-License-Identifier: BSL-1.0
// What all layers share: their operands are symbols. A layer is an aggregate whose call operator
// is its forward expression; derivatives, plans and memory follow from that.
#pragma once

#include <weft/ops/basic.hpp>
#include <weft/tensor/state.hpp>

namespace weft::nn::detail {

/// The symbol that a layer was called with. A tensor is refused when it is compiled: an expression
/// over concrete tensors would refer to the locals of a call operator.
template <class X>
constexpr symbol operand(X const& x) {
    static_assert(std::is_same_v<X, symbol>,
                  "weft::nn: a layer's call operator sees only symbols; on tensors, call it "
                  "through weft::call(layer, x)");
    if constexpr (std::is_same_v<X, symbol>)
        return x.traced();
    else
        return {};
}

}  // namespace weft::nn::detail
