// SPDX-License-Identifier: BSL-1.0
// The two kinds of members of a model beside parameters: state, which a call operator assigns, and
// settings, numbers that are bound anew at each call.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/tensor/tensor.hpp>

namespace weft {

/// A tensor that a model's call operator assigns: running statistics, caches. The trace returns
/// the new value as one more output, which is written in place; it has no gradient.
///
///     weft::state<float, 64> mean;
///     constexpr auto operator()(auto const& x) { mean = 0.9 * mean + 0.1 * weft::mean(x); ... }
template <class T, std::int64_t... Extents>
class state : public tensor<T, Extents...> {
    using base = tensor<T, Extents...>;

public:
    using base::base;
    constexpr state() = default;
    /// Begins with these numbers: `state<float, 64> variance = tensor<float, 64>::full(1)`.
    constexpr state(base numbers) : base(std::move(numbers)) {}
    /// In a trace: the new value. Raises outside of one.
    template <std::same_as<symbol> S>
    constexpr state& operator=(S s) {
        base::operator=(s);
        return *this;
    }
};

namespace detail {

[[noreturn]] WEFT_COLD inline void raise_setting() {
    raise(
        "this setting holds a number: traced functions see symbols only; use value() for "
        "arithmetic with it, weft::call(f, x) for a trace");
}
constexpr void refuse_value(symbol x) {
    if (!__builtin_is_constant_evaluated())
        raise("a setting has no number while the graph is built");
    refuse_number(x,
                  "a setting has no number while the graph is built: compute with it, not with its "
                  "value()");
}

}  // namespace detail

/// A number of a model or an optimizer that is bound at each call: changing it needs no new
/// program. A plain number as a member would be frozen by the trace.
///
///     struct sgd { weft::setting<float> rate = 1e-2f; };      sgd{.rate = 1e-3f}
template <Element T>
class setting {
public:
    using value_type = T;
    static constexpr int rank = 0;

    constexpr setting() = default;
    constexpr setting(T value) : value_(value) {}

    /// The number; not to be had in a trace.
    constexpr T value() const {
        if (builder_) detail::refuse_value({builder_, id_});
        return value_;
    }
    constexpr operator T() const { return value(); }

    /// Where a call reads the number from.
    T const* data() const { return &value_; }

    /// Makes this setting stand for a node.
    constexpr void bind(symbol s) { builder_ = s.builder(), id_ = s.id(); }
    /// The node that this setting stands for; in constant evaluation the default symbol if there is
    /// none. Raises at run time where it holds a number only.
    constexpr symbol traced() const {
        if (!__builtin_is_constant_evaluated() && !builder_) detail::raise_setting();
        return bound().traced();
    }
    /// The node that it was made to stand for, wherever the trace stands now.
    constexpr symbol bound() const { return {builder_, id_}; }

private:
    T value_{};
    ir::builder* builder_ = nullptr;
    int id_ = -1;
};

namespace detail {
template <class>
inline constexpr bool is_state = false;
template <class T, std::int64_t... E>
inline constexpr bool is_state<weft::state<T, E...>> = true;
template <class>
inline constexpr bool is_setting = false;
template <class T>
inline constexpr bool is_setting<weft::setting<T>> = true;
}  // namespace detail

/// A state, const or not.
template <class T>
inline constexpr bool is_state = detail::is_state<std::remove_cv_t<T>>;
/// A setting, const or not.
template <class T>
inline constexpr bool is_setting = detail::is_setting<std::remove_cv_t<T>>;

}  // namespace weft
