// SPDX-License-Identifier: BSL-1.0
// The smallest program of somebody who uses weft: the whole library is included, none of it is run.
#include <weft/version.hpp>
#if __has_include(<weft/weft.hpp>)
#include <weft/weft.hpp>
#endif

int main() {
    static_assert(WEFT_VERSION >= 100);
    return 0;
}
