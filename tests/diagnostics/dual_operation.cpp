// SPDX-License-Identifier: BSL-1.0
// expect: weft: this operation has a derivative of arrays only: to use it on numbers, give its struct partial<I>
#include <weft/autodiff/dual.hpp>

struct twice : weft::ops::elementwise<1> {
    static constexpr std::string_view name = "my.twice";
    template <class V>
    static constexpr V eval(V x) {
        return x + x;
    }
    static constexpr void vjp(weft::ir::pullback& p) { p.add(0, 2 * p.cotangent); }
};

auto y = weft::ir::elementwise<twice>(weft::dual<double>(1, 0));
