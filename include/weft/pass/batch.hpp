// SPDX-License-Identifier: BSL-1.0
// From one to many, graph to graph: `batch` appends what the nodes between inputs and outputs
// compute for each element of a batch. Each operation's rule stands in its struct.
#pragma once

#include <weft/ops/sweep.hpp>

namespace weft::pass {

/// `outputs`, computed from `inputs`, for each element of a batch: given the inputs with a batch
/// axis in front, the outputs with one. A symbol that is not valid does not depend on the inputs:
/// it is the same for every element, and `ir::spread` repeats it.
constexpr list<symbol> batch(ir::builder& b, range<symbol> outputs, range<symbol> inputs,
                             range<symbol> batched_inputs) {
    return ir::batch_sweep(b, outputs, inputs, batched_inputs);
}

}  // namespace weft::pass
