// SPDX-License-Identifier: BSL-1.0
// checkpoint: a function as a sub-graph of its own, whose intermediate values are not kept for its
// derivative but computed again. It is a repeat that runs once, without a loop.
#pragma once

#include <weft/autodiff/vmap.hpp>
#include <weft/ops/repeat.hpp>

namespace weft {

namespace detail {

/// The builder where the trace of an argument stands; null for numbers.
template <class A>
constexpr ir::builder* builder_of_argument(A const& x) {
    ir::builder* b = nullptr;
    if constexpr (Traced<A>)
        b = x.traced().builder();
    else if constexpr (Model<A>)
        for_each_leaf(x, [&](auto const& leaf) {
            if (!b && leaf.bound().builder()) b = &leaf.bound().builder()->innermost();
        });
    return b;
}

/// An argument as the body sees it.
template <class A>
constexpr decltype(auto) in_body(A& x) {
    if constexpr (Traced<A>)
        return x.traced();
    else
        return (x);
}

/// The leaves of an argument that a body has assigned: f(leaf) for each.
template <class A, class F>
constexpr void for_each_assigned(ir::builder& body, A& x, F f) {
    if constexpr (!std::is_const_v<A> && !Traced<A> && Model<A>)
        for_each_leaf(x, [&](auto& leaf) {
            if (leaf.bound().builder() == &body) f(leaf);
        });
}

}  // namespace detail

/// f(arguments...), as jax.checkpoint: for a derivative its intermediate values are computed again
/// instead of being kept. f may capture values and models of the trace. Arguments are values and
/// models, whose states f may assign; f returns a value, a model, or a tuple of them.
template <class F, class... A>
constexpr auto checkpoint(F&& f, A&&... arguments) {
    using R = decltype(f(detail::in_body(arguments)...));
    static_assert(!std::is_void_v<R>, "weft::checkpoint: the function returns nothing");
    decltype(detail::as_symbols(std::declval<R>())) result{};
    ir::builder* b = nullptr;
    auto const look = [&](auto const& x) { b = b ? b : detail::builder_of_argument(x); };
    look(f), (look(arguments), ...);
    if (!b) return result;
    list<symbol> values, slices;
    ir::builder* body = nullptr;
    auto const made = ir::emit_repeat(
        *b, extent{1}, {}, {}, {}, false, [&](ir::builder& inner, ir::iteration& it) {
            inner.repeats = false;
            body = &inner;
            result = detail::as_symbols(f(detail::in_body(arguments)...));
            detail::collect_values<false>(result, values);
            for (symbol s : values)
                if (s.valid()) it.results.push(s);
            auto const assigned = [&](auto& leaf) { it.results.push(leaf.bound()); };
            detail::for_each_assigned(inner, f, assigned);
            (detail::for_each_assigned(inner, arguments, assigned), ...);
        });
    int next = 0, place = 0;
    auto const taken = [&] { return ir::only_slice(made[next++]); };
    for (symbol& s : values) s = s.valid() || b->failed() ? taken() : symbol{};
    auto const hand_on = [&](auto& leaf) { leaf.bind(taken()); };
    detail::for_each_assigned(*body, f, hand_on);
    (detail::for_each_assigned(*body, arguments, hand_on), ...);
    detail::replace_values(result, values, place);
    return result;
}

}  // namespace weft
