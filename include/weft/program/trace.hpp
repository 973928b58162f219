// SPDX-License-Identifier: BSL-1.0
// Traces a function: calls it once with symbols in place of tensors, and models whose tensors hold
// symbols. What it returns becomes outputs; leaves that it assigned become updates of inputs.
#pragma once

#include <tuple>

#include <weft/core/philox.hpp>
#include <weft/ir/frozen.hpp>
#include <weft/ir/leaves.hpp>
#include <weft/ops/basic.hpp>
#include <weft/ops/strided.hpp>
#include <weft/tensor/state.hpp>
#include <weft/tensor/view.hpp>

namespace weft {

namespace detail {

/// What a traced function is given for an argument of type A.
template <class A>
struct traced_argument {
    using T = std::remove_cvref_t<A>;
    static constexpr bool is_key = std::is_same_v<T, random::key>;
    static constexpr bool is_number = std::is_arithmetic_v<T> || complex_like<T>;
    static constexpr bool is_tensor = !is_key && !is_number && Leaf<T>;
    static constexpr bool is_view = detail::is_view<T>;
    static constexpr bool is_whole_model = !is_tensor && Model<T>;
    static constexpr bool is_symbolic = is_key || is_number || is_tensor || is_view;
    using type = std::conditional_t<is_symbolic, symbol, T>;
};

/// A view with strides, as the argument of an eager expression; see program/eager.hpp.
template <class V, access_pattern P>
struct strided_argument {};
/// The view that an eager expression is assigned to.
template <class V, access_pattern P>
struct strided_target {};

/// Binds leaves of arguments to inputs, numbering run-time extents as they come.
struct binder {
    ir::builder& b;
    int symbols = 0;

    template <class L>
    constexpr symbol input(std::string_view name, range<extent> layers = {}) {
        list<extent> shape(layers);
        std::int64_t chunks = layers.count > 0;
        for (extent n : layers) chunks *= n.value();
        if constexpr (L::rank > 0)
            for (int i = 0; i < L::rank; ++i)
                shape.push(L::extents[i] < 0 ? b.extents().symbol(symbols++)
                                             : extent(L::extents[i]));
        return b.input(dtype_of<std::remove_const_t<typename L::value_type>>, shape, name,
                       static_cast<int>(chunks));
    }
    template <class V>
    constexpr list<extent> shape_of() {
        list<extent> shape;
        for (int i = 0; i < V::rank; ++i)
            shape.push(V::extents[i] < 0 ? b.extents().symbol(symbols++) : extent(V::extents[i]));
        return shape;
    }
    template <class V>
    constexpr list<std::int64_t> strides_of(access_pattern known) {
        list<std::int64_t> strides;
        for (int i = 0; i < V::rank; ++i)
            strides.push(known == access_pattern::rows && i == V::rank - 1
                             ? 1
                             : b.extents().signed_symbol(symbols++).code);
        return strides;
    }
};

template <class V, access_pattern P>
struct traced_argument<strided_argument<V, P>> {
    using T = V;
    static constexpr bool is_key = false, is_number = false, is_tensor = false, is_view = true,
                          is_whole_model = false, is_symbolic = true;
    using type = symbol;

    static constexpr symbol bind(binder& to, std::string_view name) {
        if constexpr (P == access_pattern::dense) {
            return to.input<V>(name);
        } else {
            symbol const memory = to.b.input(dtype_of<typename V::value_type>, {}, name);
            int const shape = to.b.shape(to.shape_of<V>()), id = memory.id();
            return to.b.add(ir::op<ops::strided>, memory.type(), shape, {&id, 1},
                            to.strides_of<V>(P));
        }
    }
};
template <class V, access_pattern P>
struct traced_argument<strided_target<V, P>> : traced_argument<strided_argument<V, P>> {
    static constexpr symbol bind(binder& to, std::string_view name) {
        symbol const x = to.input<V>(name);
        if constexpr (P != access_pattern::dense)
            to.b.set_strides(x, to.strides_of<V>(P));
        return x;
    }
};

struct bind_leaf {
    binder& to;
    list<extent> const& layers;  // how many, of each repeat around the leaf

    template <class L>
    constexpr void operator()(L& leaf, text const& path) const {
        leaf.bind(to.template input<L>(path, layers));
    }
    /// The leaves of equal layers: one value of `count` slices for each.
    template <class M>
    constexpr void stacked(M& layer, text& path, int count) const {
        list<extent> all(layers);
        all.push(extent{count});
        bind_leaf slices{to, all};
        visit_named(layer, path, slices);
    }
};

template <class A>
constexpr void bind_argument(binder& to, typename traced_argument<A>::type& x, int index,
                             bool only_model) {
    using info = traced_argument<A>;
    using T = typename info::T;
    text name("arg");
    name << index;
    if constexpr (requires { info::bind(to, name); }) {
        x = info::bind(to, name);
    } else if constexpr (info::is_key) {
        extent const two{2};
        x = to.b.input(dtype::uint32, {&two, 1}, "random key");
        to.b.key = x;
    } else if constexpr (info::is_number) {
        x = to.b.input(dtype_of<T>, {}, name);
    } else if constexpr (info::is_symbolic) {
        x = to.input<T>(name);
    } else if constexpr (info::is_whole_model) {
        list<extent> const none;
        for_each_leaf_named(x, bind_leaf{to, none}, only_model ? std::string_view{} : name.view());
    }
}

struct collect_output {
    ir::builder& b;
    list<int>& outputs;
    int chunks = 0;

    constexpr void operator()(symbol s) const {
        outputs.push(s.id());
        b.result().output_chunks.push(chunks);
    }
    template <class M>
    constexpr void stacked(M& repeated) const {
        int const layers = chunks > 0 ? chunks * M::layer_count : M::layer_count;
        for_each_leaf(repeated.layers()[0], collect_output{b, outputs, layers});
    }
    template <Leaf L>
    constexpr void operator()(L& leaf) const {
        if constexpr (!is_state<L> && !is_setting<L>) (*this)(leaf.traced());
    }
};

template <class R>
constexpr bool is_result_tuple = false;
template <class... R>
constexpr bool is_result_tuple<std::tuple<R...>> = true;
template <class A, class B>
constexpr bool is_result_tuple<std::pair<A, B>> = true;

/// Whether a tensor of a returned model holds a value that its type has room for; that of a batch,
/// which vmap makes, it has not. Equal layers are one value with an axis in front, `stacked` axes
/// where they are repeated layers themselves.
template <class L>
constexpr bool holds_result(ir::builder& b, L& leaf, int stacked) {
    if constexpr (is_state<L> || is_setting<L>) {
        return true;
    } else {
        symbol const s = leaf.traced();
        if (!s.valid() || s.type() != dtype_of<typename L::value_type> ||
            s.rank() != L::rank + stacked)
            return false;
        if constexpr (L::rank > 0)
            for (int i = 0; i < L::rank; ++i)
                if (L::extents[i] >= 0 &&
                    !b.extents().assume_equal(s.size(i + stacked), extent(L::extents[i])))
                    return false;
        return true;
    }
}
struct all_hold_results {
    ir::builder& b;
    bool& all;
    int axes = 0;

    template <Leaf L>
    constexpr void operator()(L& leaf) const {
        all = all && holds_result(b, leaf, axes);
    }
    template <class M>
    constexpr void stacked(M& repeated) const {
        for_each_leaf(repeated.layers()[0], all_hold_results{b, all, axes + 1});
    }
};
/// Records the first tensor for which that is not so.
struct find_misfit {
    ir::builder& b;
    int axes = 0;

    template <Leaf L>
    constexpr void operator()(L& leaf, text const& path) const {
        if (b.failed() || holds_result(b, leaf, axes)) return;
        symbol const s = leaf.traced();
        text t(path);
        if (!s.valid()) {
            b.fail(t << " is returned, but holds no value: each tensor of a result must be "
                        "assigned");
            return;
        }
        t << " is returned with a value of another shape or type: " << name(s.type());
        ir::write_shape(t, s);
        b.fail(t);
    }
    template <class M>
    constexpr void stacked(M& layer, text& path, int) const {
        find_misfit slices{b, axes + 1};
        visit_named(layer, path, slices);
    }
};

template <class R>
constexpr void collect_result(ir::builder& b, R& r, list<int>& outputs) {
    if constexpr (Traced<R>) {
        if (!r.traced().valid()) b.fail("the result holds no value: it must be assigned");
        collect_output{b, outputs}(r.traced());
    } else if constexpr (is_result_tuple<R>) {
        std::apply([&](auto&... part) { (collect_result(b, part, outputs), ...); }, r);
    } else if constexpr (Model<R>) {
        bool fits = true;
        for_each_leaf(r, all_hold_results{b, fits});
        if (!fits) for_each_leaf_named(r, find_misfit{b});
        for_each_leaf(r, collect_output{b, outputs});
    } else {
        static_assert(sizeof(R) == 0,
                      "weft: a traced function returns symbols, models, or tuples of them");
    }
}

/// Leaves that stand for another node than the input they were bound to.
struct collect_updates {
    ir::builder& b;
    int& input;

    constexpr void update(int i, symbol now) const {
        ir::node const &was = b.result().nodes[b.result().inputs[i]], &is = now.node();
        if (was.shape != is.shape || was.type != is.type) {
            text t;
            t << "assignment to " << b.view().name(i) << ": it is " << name(was.type);
            ir::write_shape(t, b.view(), was.shape);
            t << ", the new value " << name(is.type);
            ir::write_shape(t, b.view(), is.shape);
            b.fail(t);
            return;
        }
        b.result().updates.push(i);
        b.result().updates.push(now.id());
    }
    template <class L>
    constexpr void operator()(L& leaf) const {
        int const i = input++;
        if (leaf.bound().builder() != &b && leaf.bound().builder())
            b.fail(text(b.view().name(i))
                   << " is assigned in a body (of repeat or checkpoint) that captures its model: "
                      "return the value from the body, and assign it outside");
        symbol const now = leaf.traced();
        if (!now.valid() && !b.failed())
            b.fail(text(b.view().name(i)) << " was assigned a tensor that holds no value");
        if (!now.valid() || now.id() == b.result().inputs[i]) return;
        update(i, now);
    }
};

template <class A>
inline constexpr bool is_target = false;
template <class V, access_pattern P>
inline constexpr bool is_target<strided_target<V, P>> = true;

template <class A>
constexpr void collect_argument(ir::builder& b, typename traced_argument<A>::type& x, int& input) {
    if constexpr (is_target<A>) {
        if (x.valid()) collect_updates{b, input}.update(input, x);
        ++input;
    } else if constexpr (traced_argument<A>::is_symbolic) {
        ++input;
    } else if constexpr (traced_argument<A>::is_whole_model) {
        int const before = b.result().updates.size();
        for_each_leaf(x, collect_updates{b, input});
        if (std::is_const_v<std::remove_reference_t<A>> && b.result().updates.size() > before)
            b.fail(text(b.view().name(b.result().updates[before]))
                   << " is assigned, but the model is const");
    }
}

template <class F, class... A, std::size_t... I>
constexpr ir::frozen_graph trace(std::index_sequence<I...>) {
    ir::builder b;
    binder to{b};
    std::tuple<typename traced_argument<A>::type...> arguments{};
    constexpr int models = (0 + ... + traced_argument<A>::is_whole_model);
    (bind_argument<A>(to, std::get<I>(arguments), static_cast<int>(I), models == 1), ...);
    int const bound = b.result().inputs.size();
    using R = decltype(F{}(std::get<I>(arguments)...));
    list<int> outputs;
    if constexpr (std::is_void_v<R>) {
        F{}(std::get<I>(arguments)...);
    } else {
        auto result = F{}(std::get<I>(arguments)...);
        if (!b.failed()) collect_result(b, result, outputs);
    }
    if (!b.failed() && b.result().inputs.size() > bound)
        b.fail("random numbers are drawn without a key: pass a weft::random::key as an argument");
    int input = 0;
    if (!b.failed()) (collect_argument<A>(b, std::get<I>(arguments), input), ...);
    if (!b.failed() && outputs.empty() && b.result().updates.empty())
        b.fail("the function returns nothing and assigns no member of its arguments: there is "
               "nothing to compute");
    if (b.failed()) return ir::frozen_graph(ir::graph_view{}, b.error().view());
    b.result().outputs = static_cast<list<int>&&>(outputs);
    return ir::frozen_graph(b.view());
}

}  // namespace detail

/// The graph of F (an empty callable) on arguments of these types, or its first mistake.
template <class F, class... A>
constexpr ir::frozen_graph trace() {
    return detail::trace<F, A...>(std::index_sequence_for<A...>{});
}

}  // namespace weft
