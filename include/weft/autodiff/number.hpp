// SPDX-License-Identifier: BSL-1.0
// What the numbers that carry derivatives have in common besides their rules: their limits, and how
// they are printed.
#pragma once

#include <limits>

#include <weft/autodiff/partials.hpp>

namespace weft {

namespace detail {

/// numeric_limits of a number whose values are of type T.
template <class Number, class T>
struct limits_of : std::numeric_limits<T> {
    using limits = std::numeric_limits<T>;
    static constexpr Number min() noexcept { return limits::min(); }
    static constexpr Number max() noexcept { return limits::max(); }
    static constexpr Number lowest() noexcept { return limits::lowest(); }
    static constexpr Number epsilon() noexcept { return limits::epsilon(); }
    static constexpr Number round_error() noexcept { return limits::round_error(); }
    static constexpr Number infinity() noexcept { return limits::infinity(); }
    static constexpr Number quiet_NaN() noexcept { return limits::quiet_NaN(); }
    static constexpr Number signaling_NaN() noexcept { return limits::signaling_NaN(); }
    static constexpr Number denorm_min() noexcept { return limits::denorm_min(); }
};

}  // namespace detail

/// Prints the value, so that a program prints what it prints with double.
template <class Stream, ActiveNumber X>
    requires requires(Stream& s, X const& x) {
        typename Stream::char_type;
        s << x.value();
    }
Stream& operator<<(Stream& s, X const& x) {
    s << x.value();
    return s;
}

}  // namespace weft
