// SPDX-License-Identifier: BSL-1.0
// Numbers without their derivatives, and containers of them: what solvers that iterate look at to
// choose their steps, and what they differentiate.
#pragma once

#include <cstddef>
#include <cstdio>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/containers.hpp>
#include <weft/core/text.hpp>

namespace weft::detail {

/// What stands below all derivatives of a number: float or double.
template <class X>
using plain_number = decltype(plain_value(std::declval<X const&>()));

/// The number type of what is computed from two.
template <class A, class B>
using common_number =
    typename std::conditional_t<std::is_floating_point_v<A> && std::is_floating_point_v<B>,
                                std::common_type<A, B>,
                                std::type_identity<deepest_active<A, B>>>::type;

/// A number as one of type T: without the derivatives that T has not.
template <class T, class X>
T as_number(X const& x) {
    if constexpr (active_depth < X >> active_depth<T>)
        return as_number<T>(x.value());
    else
        return T(x);
}

/// The numbers of a container.
template <class X>
auto number_vector(X const& x) {
    std::vector<typename numbers<X>::type> v;
    v.reserve(numbers<X>::size(x));
    for (std::size_t i = 0; i < numbers<X>::size(x); ++i) v.push_back(numbers<X>::at(x, i));
    return v;
}
template <class T, class X>
std::vector<T> converted(std::vector<X> const& x) {
    std::vector<T> v;
    v.reserve(x.size());
    for (X const& n : x) v.push_back(as_number<T>(n));
    return v;
}
/// A container like x with other numbers.
template <class X, class V>
auto container_like(X const& x, V const& values) {
    using T = std::remove_cvref_t<decltype(values[0])>;
    auto c = numbers<X>::template like<T>(x);
    for (std::size_t i = 0; i < numbers<X>::size(x); ++i) element(c, i) = values[i];
    return c;
}
/// What stands in a container of a kind, or the only number.
template <class X, class C>
auto unpacked(C const& c) {
    if constexpr (numbers<X>::single)
        return c[0];
    else
        return c;
}

/// Whether any of the numbers is a variable N that depends on an input.
template <class N, class X>
bool any_active(std::vector<X> const& x) {
    if constexpr (std::is_same_v<X, N>)
        for (N const& v : x)
            if (v.is_active()) return true;
    return false;
}

/// A number in a sentence.
inline text& write_number(text& to, double x) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", x);
    return to << digits;
}

}  // namespace weft::detail
