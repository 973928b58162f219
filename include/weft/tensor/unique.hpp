// SPDX-License-Identifier: BSL-1.0
// What the values of tensors decide: which of them differ, how often each stands, and whether two
// tensors are as good as equal.
#pragma once

#include <algorithm>

#include <weft/ops/logical.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/sort.hpp>
#include <weft/ops/statistics.hpp>
#include <weft/tensor/select.hpp>

namespace weft {

namespace detail {

/// The order of values, not-a-numbers behind all others; complex numbers by their real parts first.
template <class T>
bool comes_before(T const& a, T const& b) {
    if constexpr (is_complex(dtype_of<T>))
        return a.real() != b.real() ? comes_before(a.real(), b.real())
                                    : comes_before(a.imag(), b.imag());
    else if constexpr (is_floating(dtype_of<T>))
        return a < b || (a == a && b != b);
    else
        return a < b;
}

/// The values in order, equal ones beside each other.
template <class T>
tensor<T, dyn> in_order(view<T const, dyn> const& x) {
    if constexpr (is_complex(dtype_of<T>)) {
        tensor<T, dyn> sorted(x);
        std::sort(sorted.begin(), sorted.end(), comes_before<T>);
        return sorted;
    } else {
        return sort(x);
    }
}
/// Their places in that order, of equal ones the first one first.
template <class T>
tensor<std::int32_t, dyn> places_in_order(view<T const, dyn> const& x) {
    if constexpr (is_complex(dtype_of<T>)) {
        tensor<std::int32_t, dyn> order(x.size());
        for (std::int32_t i = 0; i < x.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(),
                         [&](auto i, auto j) { return comes_before(x[i], x[j]); });
        return order;
    } else {
        return argsort(x);
    }
}

}  // namespace detail

/// The values that differ, in order; and, for each of them, the first place where it stands and how
/// often; and for each element the place of its value among them.
template <class T>
struct unique_values {
    tensor<T, dyn> values;
    tensor<std::int64_t, dyn> first, inverse, counts;
};
template <Concrete X>
auto unique_all(X const& x) {
    auto const& all = detail::value_of_operand(x);
    using T = typename std::remove_cvref_t<decltype(all)>::value_type;
    using places = tensor<std::int64_t, dyn>;
    std::int64_t const n = all.size();
    T const* const data = all.data();
    auto const order = detail::places_in_order(view<T const, dyn>(data, {n}));
    auto const starts = [&](std::int64_t k) {
        return k == 0 || detail::comes_before(data[order[k - 1]], data[order[k]]);
    };
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < n; ++k) count += starts(k);
    unique_values<T> result{tensor<T, dyn>::uninitialized(count), places::uninitialized(count),
                            places::uninitialized(n), places(count)};
    for (std::int64_t k = 0, at = -1; k < n; ++k) {
        if (starts(k)) {
            ++at;
            result.values[at] = data[order[k]];
            result.first[at] = order[k];
        }
        ++result.counts[at];
        result.inverse[order[k]] = at;
    }
    return result;
}
/// The values that differ, in order.
template <Concrete X>
auto unique(X const& x) {
    auto const& all = detail::value_of_operand(x);
    using T = typename std::remove_cvref_t<decltype(all)>::value_type;
    tensor<T, dyn> sorted = detail::in_order(view<T const, dyn>(all.data(), {all.size()}));
    T* const values = sorted.data();
    std::int64_t const n = sorted.size();
    std::int64_t count = n > 0;
    T last = n > 0 ? values[0] : T();
    for (std::int64_t i = 1; i < n; ++i) {
        T const value = values[i];
        values[count] = value;  // in any case: a branch would be guessed wrong
        count += detail::comes_before(last, value);
        last = value;
    }
    return tensor<T, dyn>(view<T const, dyn>(values, {count}));
}

/// Whether |a - b| <= absolute + relative |b| for all elements, which broadcast; infinities of one
/// sign are equal, not-a-numbers are not.
template <class A, class B>
    requires EagerCall<A const&, B const&>
bool allclose(A const& a, B const& b, double relative = 1e-5, double absolute = 1e-8) {
    auto const size = [](auto const& x) {
        if constexpr (Concrete<decltype(x)>)
            return abs(x);
        else
            return x < 0 ? -x : x;
    };
    auto const close = abs(a - b) <= absolute + relative * size(b);
    return tensor<bool>(all(logical_or(logical_and(isfinite(a - b), close), a == b))).item();
}

}  // namespace weft
