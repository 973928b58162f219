// SPDX-License-Identifier: BSL-1.0
// vmap: a function of one example becomes a function of a batch, by the batching rule of each
// operation. It nests, and composes with derivatives: vmap(grad(f)) gives per-example gradients.
#pragma once

#include <climits>

#include <weft/autodiff/grad.hpp>
#include <weft/pass/batch.hpp>

namespace weft {

/// Of in_axes: the argument is the same for every element of the batch.
inline constexpr int unmapped = INT_MIN;

/// Along which axis each argument is mapped: `vmap(f, in_axes<0, unmapped, 1>)`. Negative axes
/// count from the last. Arguments that are not named have the default of vmap.
template <int... Axis>
struct in_axes_t {};
template <int... Axis>
inline constexpr in_axes_t<Axis...> in_axes{};

namespace detail {

/// The axis of argument i; without a name, models and what has no axis 0 are unmapped.
struct mapped_axis {
    int axis;
    bool named;
};
template <int... Axis>
constexpr mapped_axis axis_of(in_axes_t<Axis...>, std::size_t i) {
    int const axes[] = {Axis..., 0};
    return i < sizeof...(Axis) ? mapped_axis{axes[i], true} : mapped_axis{0, false};
}

/// The batch that a function is mapped over: values, and what stands for one element of them.
struct mapping {
    list<symbol> elements{}, batches{};

    constexpr symbol element(symbol x, int axis) {
        if (!x.valid()) return x;
        ir::builder& b = *x.builder();
        int const at = checked_axis(x, axis, "vmap");
        if (at < 0) return {&b, -1};
        x = ops::transpose::to_front(x, at);
        if (!batches.empty()) {
            extent const size = batches[0].size(0);
            if (!b.extents().assume_equal(size, x.size(0))) {
                text t = ir::sentence("vmap", batches[0], x, "and") << ", mapped axis first: ";
                b.extents().write(t, size);
                t << " elements and ";
                b.extents().write(t, x.size(0));
                return b.fail(t);
            }
            list<extent> shape(b.view().shape(x.node().shape));
            shape[0] = size;
            x = ops::reshape::apply(x, b.shape(shape));
        }
        batches.push(x);
        elements.push(ir::element(x));
        return elements.back();
    }
    template <class A>
    constexpr void map(A& x, mapped_axis how) {
        if (how.axis == unmapped) return;
        if constexpr (std::is_same_v<A, symbol>) {
            bool const is_whole = x.valid() && (x.rank() == 0 || x.id() == x.builder()->key.id());
            if (how.named || !is_whole) x = element(x, how.axis);
        } else if constexpr (!std::is_arithmetic_v<A>) {
            if (how.named)
                for_each_leaf(x, [&]<class L>(L& leaf) {
                    if constexpr (!is_state<L> && !is_setting<L>)
                        leaf.bind(element(leaf.traced(), how.axis));
                });
        }
    }
    /// Values and states that were computed from elements: those of the whole batch.
    constexpr void finish(list<symbol>& values, list<symbol> const& states) const {
        ir::builder* b = nullptr;
        for (symbol s : values) b = s.builder() ? s.builder() : b;
        if (!b || b->failed()) return;
        if (batches.empty()) {
            b->fail("vmap: no argument is mapped, so that the batch has no size");
            return;
        }
        auto const all = pass::batch(*b, values, elements, batches);
        for (int i = 0; i < values.size(); ++i)
            if (values[i].valid())
                values[i] = all[i].valid() ? all[i] : ir::spread(values[i], batches[0].size(0));
        auto const assigned = pass::batch(*b, states, elements, batches);
        for (symbol s : assigned)
            if (s.valid())
                b->fail(
                    "vmap: the function assigns a state of a model another value for each "
                    "element of the batch: return it instead");
    }
};

/// What a mapped function returned, leaf by leaf, or its states.
template <bool States, class R>
constexpr void collect_values(R& r, list<symbol>& to) {
    if constexpr (std::is_same_v<std::remove_cv_t<R>, symbol>) {
        if (!States) to.push(r.traced());
    } else if constexpr (is_result_tuple<std::remove_cv_t<R>>) {
        std::apply([&](auto&... part) { (collect_values<States>(part, to), ...); }, r);
    } else if constexpr (!std::is_arithmetic_v<std::remove_cv_t<R>>) {
        for_each_leaf(r, [&]<class L>(L& leaf) {
            if constexpr (States ? is_state<L> : !is_state<L> && !is_setting<L>)
                to.push(leaf.traced());
        });
    }
}
/// Other values in their place.
template <class R>
constexpr void replace_values(R& r, list<symbol> const& by, int& next) {
    if constexpr (std::is_same_v<R, symbol>)
        r = by[next++];
    else if constexpr (is_result_tuple<R>)
        std::apply([&](auto&... part) { (replace_values(part, by, next), ...); }, r);
    else
        for_each_leaf(r, [&]<class L>(L& leaf) {
            if constexpr (!is_state<L> && !is_setting<L>) leaf.bind(by[next++]);
        });
}

/// A result with symbols in place of tensors, whose types have no batch axis.
template <class R>
constexpr auto as_symbols(R const& r) {
    if constexpr (is_result_tuple<R>)
        return std::apply(
            [&](auto const&... part) {
                if constexpr (requires { r.first; })
                    return std::pair(as_symbols(part)...);
                else
                    return std::tuple<decltype(as_symbols(part))...>(as_symbols(part)...);
            },
            r);
    else
        return as_traced(r);
}

template <class R>
constexpr bool holds_model = !Traced<R> && !is_result_tuple<R>;
template <class... R>
constexpr bool holds_model<std::tuple<R...>> = (holds_model<R> || ...);
template <class A, class B>
constexpr bool holds_model<std::pair<A, B>> = holds_model<A> || holds_model<B>;

/// What is wrong with vmap(f, axes) at arguments A...; `sentence` is empty where nothing is.
template <class F, class Axes, class... A>
struct vmap_misfit;
template <class F, int... Axis, class... A>
struct vmap_misfit<F, in_axes_t<Axis...>, A...> {
    static constexpr bool concrete = std::is_empty_v<F> && !(std::is_same_v<A, symbol> || ...);

    template <class R>
    static constexpr void judge(text& t) {
        if constexpr (std::is_void_v<R> || !can_be_result<R>())
            t << "weft::vmap: the function returns " << type_name<R>()
              << ": expected a symbol, a model, or a tuple of them";
        else if constexpr (concrete && holds_model<R>)
            t << "weft::vmap: the function returns a model, whose type has no room for a batch "
                 "axis: return its members, or call vmap inside of a traced function";
    }
    static constexpr kept_text<512> sentence = [] {
        text t;
        if constexpr (sizeof...(Axis) > sizeof...(A))
            t << "weft::vmap: in_axes names " << static_cast<int>(sizeof...(Axis))
              << " arguments, the function is called with " << static_cast<int>(sizeof...(A));
        else if constexpr (CapturesOnlyNumbers<F> && !(std::is_same_v<A, symbol> || ...))
            t << "weft::vmap: " << callable_name<F>()
              << " captures run-time values, which a trace cannot see: pass them as arguments";
        else if constexpr ((can_be_passed<A>() && ...)) {
            if constexpr (!Callable<F const&, passed_t<A>&...>)
                write_uncallable<F, passed_t<A>...>(t);
            else
                judge<decltype(std::declval<F const&>()(std::declval<passed_t<A>&>()...))>(t);
        }
        return kept_text<512>(t.view());
    }();
};

template <class F, class Axes, class... A>
constexpr bool vmap_fits() {
    using misfit = vmap_misfit<F, Axes, std::remove_cv_t<A>...>;
    if constexpr (misfit::sentence.size > 0)
        return stop<misfit>();
    else
        return true;
}

template <class F, class Axes>
struct vmap_function {
    [[no_unique_address]] F f{};

    /// In a trace.
    template <class... A>
    constexpr auto traced(A&... arguments) const {
        return apply(std::index_sequence_for<A...>{}, arguments...);
    }
    template <class... A>
    constexpr auto operator()(A&&... arguments) const {
        return enter<vmap_fits<F, Axes, std::remove_reference_t<A>...>()>(*this, arguments...);
    }

private:
    template <std::size_t... J, class... A>
    constexpr auto apply(std::index_sequence<J...>, A&... arguments) const {
        std::tuple<decltype(as_traced(arguments))...> given(as_traced(arguments)...);
        mapping m;
        (m.map(std::get<J>(given), axis_of(Axes{}, J)), ...);
        auto result = as_symbols(f(std::get<J>(given)...));
        list<symbol> values, states;
        collect_values<false>(result, values);
        (collect_values<true>(std::get<J>(given), states), ...);
        (hand_back(std::get<J>(given), arguments), ...);
        m.finish(values, states);
        int next = 0;
        replace_values(result, values, next);
        return result;
    }
};

}  // namespace detail

/// f for each element of a batch: vmap(f)(x, ...) gives what f gives for each x[i], ..., stacked
/// along a new first axis. Values are mapped along axis 0, or as in_axes says; scalars, random keys
/// and models are the same for every element unless in_axes names them (all tensors of a model are
/// mapped then; its states and settings are not). f may return a value, a model, or a tuple.
/// Random numbers that f draws are the same for every element: draw them outside for the whole
/// batch, and pass them. Inside a trace f may capture symbols, the same for every element; called
/// with tensors it is compiled and must capture nothing.
template <class F, int... Axis>
constexpr auto vmap(F const& f, in_axes_t<Axis...> = {}) {
    return detail::vmap_function<F, in_axes_t<Axis...>>{f};
}

}  // namespace weft
