// SPDX-License-Identifier: BSL-1.0
// Derivatives, graph to graph: `vjp` (reverse) and `jvp` (forward) append nodes to the graph they
// differentiate, so that derivatives fuse with everything else, and nest.
#pragma once

#include <weft/ops/sweep.hpp>

namespace weft::pass {

/// The cotangents of `inputs`, given those of `outputs` (reverse mode). A symbol that is not
/// valid is a zero. Time and nodes: a small multiple of those between inputs and outputs.
constexpr list<symbol> vjp(ir::builder& b, range<symbol> outputs, range<symbol> cotangents,
                           range<symbol> inputs) {
    return ir::reverse_sweep(b, outputs, cotangents, inputs);
}

/// The tangents of `outputs`, given those of `inputs` (forward mode). A symbol that is not valid
/// is a zero.
constexpr list<symbol> jvp(ir::builder& b, range<symbol> outputs, range<symbol> inputs,
                           range<symbol> input_tangents) {
    return ir::forward_sweep(b, outputs, inputs, input_tangents);
}

}  // namespace weft::pass
