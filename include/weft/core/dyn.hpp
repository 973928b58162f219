// SPDX-License-Identifier: BSL-1.0
// The mark of a number that is known only at run time.
#pragma once

#include <cstdint>

namespace weft {

/// Stands for an extent, or a number of directions, that is known only at run time:
/// tensor<float, dyn, 784>, dual<double, dyn>.
inline constexpr std::int64_t dyn = -1;

}  // namespace weft
