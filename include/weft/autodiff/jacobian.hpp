// SPDX-License-Identifier: BSL-1.0
// jacobian and hessian: the pullback of a function, batched over all unit cotangents.
#pragma once

#include <weft/autodiff/vmap.hpp>

namespace weft {

namespace detail {

/// Derivatives of each element of y: the shape of y, then that of the input.
constexpr list<symbol> jacobians(symbol y, list<symbol> const& inputs) {
    list<symbol> result(inputs.size(), symbol(y.builder(), -1));
    if (!y.valid()) return result;
    ir::builder& b = *y.builder();
    if (!is_floating(y.type()))
        b.fail(text("jacobian: the function returns ")
               << name(y.type()) << ", which has no derivative");
    if (b.failed()) return result;
    list<extent> const shape(b.view().shape(y.node().shape));
    extent const count = element_count(b, y.node().shape), square[] = {count, count};
    std::int64_t const axes[] = {0, 1};
    int const s = b.shape({square, 2});
    symbol const diagonal = b.add(ir::op<ops::iota>, dtype::int32, s, {}, {axes, 1}) ==
                            b.add(ir::op<ops::iota>, dtype::int32, s, {}, {axes + 1, 1});
    auto with_shape = [&](extent first, symbol like) {
        list<extent> e{first};
        e.append(b.view().shape(like.node().shape));
        return b.shape(e);
    };
    symbol const units = ops::reshape::apply(ir::cast(diagonal, y.type()), with_shape(count, y));
    symbol const unit = ir::element(units);
    auto const one = pass::vjp(b, {&y, 1}, {&unit, 1}, inputs);
    auto const all = pass::batch(b, one, {&unit, 1}, {&units, 1});
    for (int i = 0; i < inputs.size(); ++i) {
        symbol const x = inputs[i];
        symbol const rows = all[i].valid()   ? all[i]
                            : one[i].valid() ? ir::spread(one[i], count)
                                             : b.constant(x.type(), with_shape(count, x), 0);
        list<extent> e(shape);
        e.append(b.view().shape(x.node().shape));
        result[i] = ops::reshape::apply(rows, b.shape(e));
    }
    return result;
}

template <class F, class Wrt>
struct jacobian_function {
    [[no_unique_address]] F f{};

    /// In a trace.
    template <class... A>
    constexpr auto traced(A&... arguments) const {
        return with_fresh(
            f, Wrt{}, std::index_sequence_for<A...>{},
            [](auto value, list<symbol> const& inputs, auto const& copies) {
                return derivatives_like(Wrt{}, copies, jacobians(main_value(value), inputs));
            },
            arguments...);
    }
    template <class... A>
    constexpr auto operator()(A&&... arguments) const {
        return enter<derivative_fits<F, Wrt, std::remove_reference_t<A>...>()>(*this, arguments...);
    }
};

}  // namespace detail

/// All first derivatives of f's result with respect to argument 0 or those that `wrt` names (a
/// tuple for several): the shape of the result, then that of the argument. Reverse mode; f is
/// computed once, its pullback for all elements of the result together.
template <class F, int... I>
constexpr auto jacobian(F const& f, wrt_t<I...> = {}) {
    return detail::jacobian_function<F,
                                     std::conditional_t<sizeof...(I) == 0, wrt_t<0>, wrt_t<I...>>>{
        f};
}

/// All second derivatives of f, a function of one scalar result, with respect to argument 0 or the
/// one that `wrt` names: the shape of the argument, twice.
template <class F, int... I>
constexpr auto hessian(F const& f, wrt_t<I...> which = {}) {
    static_assert(sizeof...(I) <= 1, "weft::hessian: with respect to one argument");
    return jacobian(grad(f, which), which);
}

}  // namespace weft
