// SPDX-License-Identifier: BSL-1.0
// New tensors: zeros, ones, full, eye, arange, linspace, and random numbers of a key. What is said
// without a shape takes that of the tensor it is given to: `tensor<float, 3, 4> a = ones();`.
#pragma once

#include <weft/core/philox.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft {

namespace detail {

[[noreturn]] WEFT_COLD inline void raise_step() { raise("arange: the step is zero"); }

template <class T>
constexpr bool counts_up_to(T first, T last, T step) {
    return step > T{} ? first < last : first > last;
}

}  // namespace detail

/// Elements that wait for a shape. F has `make<Tensor>(shape)`.
template <class F>
class recipe {
public:
    constexpr explicit recipe(F f) : make_(f) {}

    /// A tensor of static extents.
    template <class T, std::int64_t... E>
    operator tensor<T, E...>() const {
        static_assert(((E != dyn) && ...),
                      "weft: such a tensor has no shape yet: use make<T>(extents...), or assign to "
                      "a tensor that has one");
        return make_.template make<tensor<T, E...>>(tensor<T, E...>::extents);
    }
    /// A tensor of T with these extents: `random::normal(key).make<float>(n, 3)`.
    template <class T, std::integral... N>
    auto make(N... extents) const {
        using made = detail::dynamic_tensor<T, sizeof...(N)>;
        return make_.template make<made>(
            dims<static_cast<int>(sizeof...(N))>{static_cast<std::int64_t>(extents)...});
    }
    /// Gives a tensor new elements, in the shape that it has.
    template <class T, std::int64_t... E>
    void fill(tensor<T, E...>& to) const {
        to = make_.template make<tensor<T, E...>>(to.shape());
    }
    template <class T, std::int64_t... E>
    void fill(view<T, E...> const& to) const {
        to.copy_from(make_.template make<tensor<T, E...>>(to.shape()).view());
    }

private:
    F make_;
};

namespace detail {

template <class V>
struct make_full {
    V value;
    template <class Tensor>
    Tensor make(dims<Tensor::rank> const& shape) const {
        Tensor t = Tensor::uninitialized(shape);
        t.fill(static_cast<typename Tensor::value_type>(value));
        return t;
    }
};
struct make_eye {
    std::int64_t k;
    template <class Tensor>
    Tensor make(dims<Tensor::rank> const& shape) const {
        static_assert(Tensor::rank == 2, "weft: eye makes a matrix");
        Tensor t(shape);
        t.diagonal(k).fill(static_cast<typename Tensor::value_type>(1));
        return t;
    }
};
struct make_linspace {
    double first, last;
    template <class Tensor>
    Tensor make(dims<Tensor::rank> const& shape) const {
        static_assert(Tensor::rank == 1, "weft: linspace makes a vector");
        Tensor t = Tensor::uninitialized(shape);
        std::int64_t const n = shape[0];
        double const step = n > 1 ? (last - first) / static_cast<double>(n - 1) : 0;
        for (std::int64_t i = 0; i < n; ++i)
            t[i] = static_cast<typename Tensor::value_type>(
                i > 0 && i + 1 == n ? last : first + static_cast<double>(i) * step);
        return t;
    }
};

}  // namespace detail

inline auto zeros() { return recipe(detail::make_full<int>{0}); }
inline auto ones() { return recipe(detail::make_full<int>{1}); }
template <class V>
    requires Element<V>
auto full(V value) {
    return recipe(detail::make_full<V>{value});
}
/// Ones on diagonal k of a matrix, and zeros.
inline auto eye(std::int64_t k = 0) { return recipe(detail::make_eye{k}); }
/// Numbers at equal distances from the first to the last, both among them.
inline auto linspace(double first, double last) {
    return recipe(detail::make_linspace{first, last});
}

/// The same of these extents: `zeros<float>(n, 3)`.
template <class T, std::integral... N>
    requires(sizeof...(N) > 0)
auto zeros(N... extents) {
    return zeros().template make<T>(extents...);
}
template <class T, std::integral... N>
    requires(sizeof...(N) > 0)
auto ones(N... extents) {
    return ones().template make<T>(extents...);
}
template <class T>
auto eye(std::int64_t rows, std::int64_t columns, std::int64_t k = 0) {
    return eye(k).template make<T>(rows, columns);
}
template <class T = float>
auto linspace(double first, double last, std::int64_t n) {
    return linspace(first, last).template make<T>(n);
}

/// first, first + step, ... before last, in the type of the arguments.
template <class T>
    requires std::is_arithmetic_v<T>
auto arange(T first, T last, T step = T{1}) {
    if (step == T{}) detail::raise_step();
    std::int64_t n = 0;
    if (detail::counts_up_to(first, last, step)) {
        if constexpr (std::is_integral_v<T>) {
            auto const apart = static_cast<std::int64_t>(step > T{} ? last - first : first - last);
            auto const by = static_cast<std::int64_t>(step > T{} ? step : -step);
            n = (apart + by - 1) / by;
        } else {
            n = static_cast<std::int64_t>(__builtin_ceil((last - first) / step));
        }
    }
    auto t = tensor<T, dyn>::uninitialized(n);
    for (std::int64_t i = 0; i < n; ++i)
        t[i] = static_cast<T>(first + static_cast<T>(i) * step);
    return t;
}
template <class T>
    requires std::is_arithmetic_v<T>
auto arange(T n) {
    return arange(T{}, n);
}

}  // namespace weft
