// SPDX-License-Identifier: BSL-1.0
// Complex numbers by size and angle; abs is the size.
#pragma once

#include <weft/ops/trigonometric.hpp>

namespace weft {

/// The angle of a complex number in -pi .. pi; of a real one 0, or pi below 0. Its derivative at 0
/// is NaN.
template <Symbolic A>
constexpr symbol angle(A const& a) {
    symbol const z = a.traced();
    if (!z.valid()) return z;
    if (is_complex(z.type())) return atan2(imag(z), real(z));
    symbol const x = is_floating(z.type()) ? z : ir::cast(z, dtype::f32);
    return where(x < 0, 3.141592653589793, where(x == x, 0, x));
}

/// The complex number of this size and angle, which are real.
template <class A, class B>
requires SymbolsOrNumbers<A, B>
constexpr symbol polar(A const& size, B const& angle) {
    if constexpr (Traced<B>)
        return make_complex(size * cos(angle), size * sin(angle));
    else
        return make_complex(size * __builtin_cos(angle), size * __builtin_sin(angle));
}

WEFT_EAGER(angle)
WEFT_EAGER(polar)

}  // namespace weft
