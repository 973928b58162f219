// SPDX-License-Identifier: BSL-1.0
// Convolution, pooling and moving windows with their options as template arguments, as tensors need
// them: `conv<window{.stride = 2}>(x, w)`, `max_pool<2>(x)`. Symbols take this form, too.
#pragma once

#include <weft/ops/conv.hpp>
#include <weft/ops/pool.hpp>
#include <weft/ops/reduce_window.hpp>

namespace weft {

namespace calls {

template <window How>
struct conv {
    constexpr symbol operator()(symbol x, symbol w) const { return weft::conv(x, w, How); }
};
template <window How>
struct conv_transpose {
    constexpr symbol operator()(symbol x, symbol w) const {
        return weft::conv_transpose(x, w, How);
    }
};
template <window_sizes Kernel, window How>
struct max_pool {
    constexpr symbol operator()(symbol x) const { return weft::max_pool(x, Kernel, How); }
};
template <window_sizes Kernel, window How>
struct avg_pool {
    constexpr symbol operator()(symbol x) const { return weft::avg_pool(x, Kernel, How); }
};
template <window_sizes Size, window How>
struct reduce_window {
    template <class F, class Identity, class Axes>
    constexpr symbol operator()(symbol x, F f, Identity identity, Axes axes) const {
        return weft::reduce_window(x, f, identity, axes, Size, How);
    }
};
template <window_sizes Size, window How>
struct window_sum {
    template <class Axes>
    constexpr symbol operator()(symbol x, Axes axes) const {
        return weft::window_sum(x, axes, Size, How);
    }
};
template <window_sizes Size, window How>
struct window_product {
    template <class Axes>
    constexpr symbol operator()(symbol x, Axes axes) const {
        return weft::window_product(x, axes, Size, How);
    }
};
template <window_sizes Size, window How>
struct window_max {
    template <class Axes>
    constexpr symbol operator()(symbol x, Axes axes) const {
        return weft::window_max(x, axes, Size, How);
    }
};
template <window_sizes Size, window How>
struct window_min {
    template <class Axes>
    constexpr symbol operator()(symbol x, Axes axes) const {
        return weft::window_min(x, axes, Size, How);
    }
};
template <window_sizes Size, window How>
struct window_mean {
    template <class Axes>
    constexpr symbol operator()(symbol x, Axes axes) const {
        return weft::window_mean(x, axes, Size, How);
    }
};

}  // namespace calls

namespace detail {

/// A call F on symbols, which is made at once, or on tensors, which makes an expression.
template <class F, class... A>
constexpr auto call_or_expression(A&&... a) {
    if constexpr (EagerCall<A...>)
        return ir::eager<F>(static_cast<A&&>(a)...);
    else
        return F{}(a...);
}
template <class... A>
concept SymbolsOrEager = Symbols<std::remove_cvref_t<A>...> || EagerCall<A...>;

}  // namespace detail

/// `conv<window{.stride = 2, .padding = padding::same}>(x, w)`: see ops/conv.hpp.
template <window How, class X, class W>
    requires detail::SymbolsOrEager<X, W>
constexpr auto conv(X&& x, W&& w) {
    return detail::call_or_expression<calls::conv<How>>(static_cast<X&&>(x), static_cast<W&&>(w));
}
template <class X, class W>
    requires EagerCall<X, W>
constexpr auto conv(X&& x, W&& w) {
    return ir::eager<calls::conv<window{}>>(static_cast<X&&>(x), static_cast<W&&>(w));
}
template <window How, class X, class W>
    requires detail::SymbolsOrEager<X, W>
constexpr auto conv_transpose(X&& x, W&& w) {
    return detail::call_or_expression<calls::conv_transpose<How>>(static_cast<X&&>(x),
                                                                  static_cast<W&&>(w));
}
template <class X, class W>
    requires EagerCall<X, W>
constexpr auto conv_transpose(X&& x, W&& w) {
    return ir::eager<calls::conv_transpose<window{}>>(static_cast<X&&>(x), static_cast<W&&>(w));
}
/// `max_pool<2>(x)`, `max_pool<window_sizes{3, 2}, window{.stride = 1}>(x)`: see ops/pool.hpp.
template <window_sizes Kernel, window How = window{}, class X>
    requires detail::SymbolsOrEager<X>
constexpr auto max_pool(X&& x) {
    return detail::call_or_expression<calls::max_pool<Kernel, How>>(static_cast<X&&>(x));
}
template <window_sizes Kernel, window How = window{}, class X>
    requires detail::SymbolsOrEager<X>
constexpr auto avg_pool(X&& x) {
    return detail::call_or_expression<calls::avg_pool<Kernel, How>>(static_cast<X&&>(x));
}

/// `window_sum<3>(x, axis<0>)` and its relatives: see ops/reduce_window.hpp.
template <window_sizes Size, window How = window{}, class X, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto window_sum(X&& x, axes_t<A...> axes) {
    return detail::call_or_expression<calls::window_sum<Size, How>>(static_cast<X&&>(x), axes);
}
template <window_sizes Size, window How = window{}, class X, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto window_product(X&& x, axes_t<A...> axes) {
    return detail::call_or_expression<calls::window_product<Size, How>>(static_cast<X&&>(x), axes);
}
template <window_sizes Size, window How = window{}, class X, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto window_max(X&& x, axes_t<A...> axes) {
    return detail::call_or_expression<calls::window_max<Size, How>>(static_cast<X&&>(x), axes);
}
template <window_sizes Size, window How = window{}, class X, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto window_min(X&& x, axes_t<A...> axes) {
    return detail::call_or_expression<calls::window_min<Size, How>>(static_cast<X&&>(x), axes);
}
template <window_sizes Size, window How = window{}, class X, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto window_mean(X&& x, axes_t<A...> axes) {
    return detail::call_or_expression<calls::window_mean<Size, How>>(static_cast<X&&>(x), axes);
}
/// `reduce_window<3>(x, [](auto a, auto b) { return maximum(a, b); }, number<0>, axis<0>)`.
template <window_sizes Size, window How = window{}, class X, class F, class Identity, int... A>
    requires detail::SymbolsOrEager<X>
constexpr auto reduce_window(X&& x, F f, Identity identity, axes_t<A...> axes) {
    return detail::call_or_expression<calls::reduce_window<Size, How>>(static_cast<X&&>(x), f,
                                                                       identity, axes);
}

}  // namespace weft
