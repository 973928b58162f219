// SPDX-License-Identifier: BSL-1.0
// What including all of weft costs.
#include <weft/weft.hpp>
