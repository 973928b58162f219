// SPDX-License-Identifier: BSL-1.0
// What dlpack.py calls: tensors that Python takes over, and arrays of its own that are read and
// written where they are.
#include <utility>

#include <weft/ops/ops.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/create.hpp>
#include <weft/tensor/interop/dlpack.hpp>

namespace dlpack = weft::dlpack;
using weft::dyn;
using weft::tensor;

extern "C" {

/// 0, 1, ... in `rows` rows.
__attribute__((visibility("default"))) dlpack::managed* weft_counted(int rows, int columns) {
    tensor<double, dyn, dyn> t(rows, columns);
    t.flat() = weft::arange(0., static_cast<double>(t.size()));
    return dlpack::give(std::move(t));
}

/// a + 2 b, of float arrays at any strides; null where an array is of another kind.
__attribute__((visibility("default"))) dlpack::managed* weft_combined(dlpack::managed* a,
                                                                      dlpack::managed* b) {
    try {
        dlpack::borrowed<float, 2> const x(a), y(b);
        tensor<float, dyn, dyn> result = x.view() + 2 * y.view();
        return dlpack::give(std::move(result));
    } catch (weft::error const&) {
        return nullptr;
    }
}

/// Multiplies what is there.
__attribute__((visibility("default"))) void weft_scale(dlpack::managed* a, double factor) {
    dlpack::borrowed<double, 2> const x(a);
    x.view() *= factor;
}
}
