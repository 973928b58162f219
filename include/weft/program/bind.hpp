// SPDX-License-Identifier: BSL-1.0
// From arguments to the buffers of a plan: addresses of leaves and results, values of run-time
// extents, offsets in the workspace.
#pragma once

#include <array>

#include <weft/core/error.hpp>
#include <weft/cpu/run.hpp>
#include <weft/ops/checked.hpp>
#include <weft/program/program.hpp>
#include <weft/program/workspace.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// Run-time facts of a program whose extents are all static: constants.
template <class P, bool Static = P::is_static>
struct binding {
    static constexpr int symbols = 0;
    static constexpr std::int64_t workspace_bytes = P::plan.workspace;
    static constexpr std::int64_t scratch = scratch_bytes<P>(nullptr);

    static constexpr int count = [] {
        int n = 0;
        for (int b = 0; b < P::plan.buffers.size(); ++b)
            n += pass::in_workspace(P::plan.view(), b) && P::plan.buffers[b].first >= 0;
        return n;
    }();
    struct place {
        int buffer;
        std::int64_t offset;
    };
    static constexpr auto places = [] {
        std::array<place, count> table{};
        int n = 0;
        for (int b = 0; b < P::plan.buffers.size(); ++b)
            if (pass::in_workspace(P::plan.view(), b) && P::plan.buffers[b].first >= 0)
                table[static_cast<std::size_t>(n++)] = {b, P::plan.buffers[b].offset};
        return table;
    }();

    static constexpr std::int64_t bytes() { return workspace_bytes + scratch; }
    static constexpr std::int64_t scratch_at() { return workspace_bytes; }
    static constexpr std::int64_t const* extents() { return nullptr; }
    static void set_places(void** buffers, std::byte* base) {
        for (auto const& p : places) buffers[p.buffer] = base + p.offset;
    }
};

/// The extents of a program as constants of their own size. Nothing at run time may refer to a
/// graph or a plan itself: they hold operations, and all derivatives would be compiled with them.
template <class Source>
struct kept_extents {
    static constexpr extent_view from = Source::view();
    template <class T>
    static constexpr auto copy(range<T> const& r) {
        return [&]<std::size_t N>(std::array<T, N> out) {
            for (std::size_t i = 0; i < N; ++i) out[i] = r[static_cast<int>(i)];
            return out;
        };
    }
    static constexpr auto words =
        copy(from.words)(std::array<std::int64_t, static_cast<std::size_t>(from.words.count)>{});
    static constexpr auto starts =
        copy(from.starts)(std::array<int, static_cast<std::size_t>(from.starts.count)>{});
    static constexpr auto constraints = copy(from.constraints)(
        std::array<extent_constraint, static_cast<std::size_t>(from.constraints.count)>{});
    static constexpr extent_view view() {
        return {{words.data(), static_cast<int>(words.size())},
                {starts.data(), static_cast<int>(starts.size())},
                {constraints.data(), static_cast<int>(constraints.size())}};
    }
};
template <class P>
struct plan_extents {
    static constexpr extent_view view() { return P::plan.extents.view(); }
};
template <class P>
struct traced_extents {
    static constexpr extent_view view() { return P::traced.extents.view(); }
};

/// A buffer in the workspace, of a size that is known at run time.
struct workspace_need {
    int buffer;
    std::int64_t element;
    extent size;
    int first, last;
};
/// What binds run-time extents, in common for all programs: their tables, and where results go.
struct extent_binding {
    extent_view all;
    std::int64_t const* codes;
    int code_count;
    workspace_need const* needs;
    int need_count;
    std::int64_t* extents;
    pass::lifetime* lifetimes;

    /// The equalities that the trace assumed do not hold.
    [[noreturn]] WEFT_COLD void refuse(range<std::int64_t> given, int broken) const {
        auto const& c = all.constraints[broken];
        text t;
        t << "weft::call: the extents ";
        all.write(t, c.left);
        t << " and ";
        all.write(t, c.right);
        t << " must agree, found " << all.evaluate(c.left, given) << " and "
          << all.evaluate(c.right, given) << " (n0, n1, ... are the run-time "
          << "extents of the arguments, in order)";
        raise(t.view());
    }
    /// Fills extents and lifetimes; returns the bytes of the workspace.
    WEFT_COLD std::int64_t bind(range<std::int64_t> given) const {
        if (int const broken = all.first_broken(given); broken >= 0) refuse(given, broken);
        for (int i = 0; i < code_count; ++i) extents[i] = all.evaluate(extent{codes[i]}, given);
        for (int i = 0; i < need_count; ++i)
            lifetimes[i] = {all.evaluate(needs[i].size, given) * needs[i].element, needs[i].first,
                            needs[i].last, 0};
        return pass::place(lifetimes, need_count);
    }
};

/// With run-time extents: computed once for each distinct binding of their symbols.
template <class P>
struct binding<P, false> {
    static constexpr int symbols = [] {
        int n = 0;
        for (int k = 0; k < P::traced.extents.view().expressions(); ++k)
            if (int const s = P::traced.extents.view().symbol_of(k); s >= n) n = s + 1;
        return n;
    }();
    using table = run_time_extents<P>;

    static constexpr int count = [] {
        int n = 0;
        for (int b = 0; b < P::plan.buffers.size(); ++b)
            n += pass::in_workspace(P::plan.view(), b) && P::plan.buffers[b].first >= 0;
        return n;
    }();
    /// In the order of their first steps.
    static constexpr auto needs = [] {
        std::array<workspace_need, count> result{};
        auto const v = P::plan.view();
        auto const is_needed = [&](int b) {
            return pass::in_workspace(v, b) && v.buffers[b].first >= 0;
        };
        // A counting sort.
        list<int> at(v.steps.size() + 1, 0);
        for (int b = 0; b < v.buffers.size(); ++b)
            if (is_needed(b)) ++at[v.buffers[b].first + 1];
        for (int s = 0; s < v.steps.size(); ++s) at[s + 1] += at[s];
        for (int b = 0; b < v.buffers.size(); ++b)
            if (is_needed(b))
                result[static_cast<std::size_t>(at[v.buffers[b].first]++)] = {
                    b, size_of(v.buffers[b].type), v.buffers[b].size, v.buffers[b].first,
                    v.buffers[b].last};
        return result;
    }();

    /// What follows from one binding.
    struct bound_values {
        std::int64_t values[symbols > 0 ? symbols : 1] = {-1};
        std::int64_t extents[table::count > 0 ? table::count : 1] = {};
        pass::lifetime lifetimes[count > 0 ? count : 1] = {};
        std::int64_t workspace_bytes = 0, scratch = 0;
    };
    // The last two: a loop over batches ends in one that is smaller.
    bound_values kept[2];
    int now = 0;

    void bind(std::int64_t const* sizes) {
        for (int tried = 0; tried < 2; ++tried, now = 1 - now) {
            bool same = true;
            for (int i = 0; i < symbols; ++i) same = same && kept[now].values[i] == sizes[i];
            if (same) return;
        }
        now = 1 - now;
        bound_values& its = kept[now];
        range<std::int64_t> const given{sizes, symbols};
        its.values[0] = -1;  // stays so if a check fails
        extent_binding const all{kept_extents<plan_extents<P>>::view(),
                                 table::codes.data(),
                                 table::count,
                                 needs.data(),
                                 static_cast<int>(count),
                                 its.extents,
                                 its.lifetimes};
        its.workspace_bytes = all.bind(given);
        its.scratch = scratch_bytes<P>(its.extents);
        for (int i = 0; i < symbols; ++i) its.values[i] = sizes[i];
    }

    std::int64_t bytes() const { return kept[now].workspace_bytes + kept[now].scratch; }
    std::int64_t scratch_at() const { return kept[now].workspace_bytes; }
    std::int64_t const* extents() const { return kept[now].extents; }
    void set_places(void** buffers, std::byte* base) const {
        for (std::size_t i = 0; i < count; ++i)
            buffers[needs[i].buffer] = base + kept[now].lifetimes[i].offset;
    }
};

/// Buffers that take over the memory of an input.
template <class P>
struct aliases {
    struct entry {
        int buffer, input;
    };
    static constexpr int count = [] {
        int n = 0;
        for (auto const& b : P::plan.buffers) n += b.alias >= 0;
        return n;
    }();
    static constexpr auto table = [] {
        std::array<entry, count> out{};
        int n = 0;
        for (int b = 0; b < P::plan.buffers.size(); ++b)
            if (P::plan.buffers[b].alias >= 0)
                out[static_cast<std::size_t>(n++)] = {b, P::plan.buffers[b].alias};
        return out;
    }();
};

/// For each leaf of equal layers: a table of its address in every layer. Results have no states and
/// no settings.
template <bool Result>
struct chunk_collector {
    void**& buffers;
    void**& chunks;      // of the leaf that is visited next
    int layer, count;    // which of how many layers this is, all repeats around it together

    template <class L>
    void operator()(L& leaf) const {
        if constexpr (!Result || (!is_state<L> && !is_setting<L>)) {
            if (layer == 0) *buffers++ = chunks;
            chunks[layer] = const_cast<void*>(static_cast<void const*>(leaf.data()));
            chunks += count;
        }
    }
    template <class M>
    void stacked(M& repeated) const {
        void** const first = chunks;
        int next = layer * M::layer_count;
        for (auto& one : repeated.layers()) {
            chunks = first;
            for_each_leaf(one, chunk_collector{buffers, chunks, next++, count * M::layer_count});
        }
    }
};
template <bool Result, class M>
void collect_chunks(M& repeated, void**& buffers, void**& chunks) {
    chunk_collector<Result>{buffers, chunks, 0, 1}.stacked(repeated);
}

/// How many pointers to slices the inputs and outputs of a plan need.
template <class P>
inline constexpr int chunk_count = [] {
    int n = 0;
    for (int i = 0; i < P::plan.inputs + P::plan.outputs; ++i) n += P::plan.buffers[i].chunks;
    return n;
}();

/// Collects addresses of leaves and values of run-time extents, in the order of the trace.
struct argument_collector {
    void** buffers;
    std::int64_t* symbols;
    void** chunks;  ///< room for the pointers to slices

    template <class T>
    void shape_of(T const& x) {
        if constexpr (T::rank > 0)
            for (int i = 0; i < T::rank; ++i)
                if (T::extents[i] < 0) *symbols++ = x.extent(i);
    }
    template <class L>
    void operator()(L& leaf) {
        if constexpr (!is_setting<L>) shape_of(leaf);
        *buffers++ = const_cast<void*>(static_cast<void const*>(leaf.data()));
    }
    template <class M>
    void stacked(M& repeated) {
        shapes_of_layers(repeated);
        collect_chunks<false>(repeated, buffers, chunks);
    }
    /// Those of the first layer, which all others share.
    template <class M>
    void shapes_of_layers(M& repeated) {
        std::int64_t* known = symbols;
        layer_shapes{symbols, known}.stacked(repeated);
    }
    struct layer_shapes {
        std::int64_t*& next;
        std::int64_t*& known;  // the end of those that a layer has given

        template <class L>
        void operator()(L& leaf) const {
            if constexpr (!is_setting<L> && L::rank > 0)
                for (int i = 0; i < L::rank; ++i)
                    if (L::extents[i] < 0) {
                        if (next < known && *next != leaf.extent(i))
                            raise("weft::call: a tensor of repeated layers has another extent than "
                                  "in the first layer");
                        *next++ = leaf.extent(i);
                        if (next > known) known = next;
                    }
        }
        template <class M>
        void stacked(M& repeated) const {
            std::int64_t* const first = next;
            for (auto& layer : repeated.layers()) {
                next = first;
                for_each_leaf(layer, layer_shapes{next, known});
            }
        }
    };
    struct collect_leaf {
        argument_collector& to;
        template <class L>
        void operator()(L& leaf) const {
            to(leaf);
        }
        template <class M>
        void stacked(M& repeated) const {
            to.stacked(repeated);
        }
    };
    template <class A>
    void argument(A& x) {
        using info = weft::detail::traced_argument<A>;
        if constexpr (info::is_key || info::is_number) {
            *buffers++ = const_cast<void*>(static_cast<void const*>(&x));
        } else if constexpr (info::is_view) {
            if (!x.contiguous())
                raise("weft::call: a view among the arguments is not contiguous; copy it into a "
                      "tensor");
            (*this)(x);
        } else if constexpr (info::is_tensor) {
            (*this)(x);
        } else if constexpr (info::is_whole_model) {
            for_each_leaf(x, collect_leaf{*this});
        }
    }
};

/// The concrete result for what the trace returned; Output counts outputs.
template <class P, class R, int Output>
struct result_of;

template <class P, int Output, class I>
struct output_tensor;
template <class P, int Output, int... I>
struct output_tensor<P, Output, std::integer_sequence<int, I...>> {
    static constexpr int node = P::traced.outputs[Output];
    static constexpr std::int64_t size(int i) {
        extent const e = P::traced.view().shape_of(node)[i];
        return e.is_static() ? e.value() : dyn;
    }
    using type = tensor<type_of<P::traced.nodes[node].type>, size(I)...>;
};
template <class P, int Output>
using output_tensor_t = typename output_tensor<
    P, Output,
    std::make_integer_sequence<int, P::traced.shapes[P::traced.nodes[P::traced.outputs[Output]].shape].count>>::type;

template <class M>
constexpr int output_leaves() {
    int n = 0;
    M m{};
    for_each_leaf(m, [&]<class L>(L&) { n += !is_state<L> && !is_setting<L>; });
    return n;
}

template <class P, int Output>
struct result_of<P, symbol, Output> {
    using type = output_tensor_t<P, Output>;
    static constexpr int outputs = 1;
    static dims<type::rank> shape([[maybe_unused]] std::int64_t const* symbols) {
        if constexpr (type::dynamic_rank == 0) {
            return type::extents;
        } else {
            dims<type::rank> shape = type::extents;
            static constexpr auto codes = [] {
                dims<type::rank> result;
                auto const g = P::traced.view();
                for (int i = 0; i < type::rank; ++i)
                    result[i] = g.shape_of(g.outputs[Output])[i].code;
                return result;
            }();
            extent_view const all = kept_extents<traced_extents<P>>::view();
            for (int i = 0; i < type::rank; ++i)
                shape[i] = all.evaluate(extent{codes[i]}, {symbols, binding<P>::symbols});
            return shape;
        }
    }
    static type make(std::int64_t const* symbols) {
        if constexpr (type::dynamic_rank == 0)
            return type::uninitialized();
        else
            return type::uninitialized(shape(symbols));
    }
    static void collect(type& x, void** buffers, void**&) { buffers[Output] = x.data(); }
};

template <class P, class R, int Output>
    requires(Leaf<R> && !std::is_same_v<R, symbol>)
struct result_of<P, R, Output> : result_of<P, symbol, Output> {};

/// The extents of outputs, one after another.
template <class P>
struct output_extents {
    static constexpr int start(int output) {
        int n = 0;
        for (int i = 0; i < output; ++i)
            n += P::traced.shapes[P::traced.nodes[P::traced.outputs[i]].shape].count;
        return n;
    }
    static constexpr int outputs = P::traced.outputs.size();
    static constexpr auto starts = [] {
        std::array<int, outputs + 1> result{};
        for (int i = 0; i <= outputs; ++i) result[static_cast<std::size_t>(i)] = start(i);
        return result;
    }();
    static constexpr auto codes = [] {
        std::array<std::int64_t, starts.back()> result{};
        std::size_t n = 0;
        for (int node : P::traced.outputs)
            for (extent e : P::traced.view().shape_of(node)) result[n++] = e.code;
        return result;
    }();
};

/// Gives the tensors of a new model their run-time extents.
template <class P>
struct shape_leaf {
    std::int64_t const* symbols;
    int& output;
    int axes = 0;  // of the output, that stack those of equal layers

    template <class L>
    void operator()(L& leaf) const {
        if constexpr (!is_state<L> && !is_setting<L>) {
            if constexpr (L::dynamic_rank > 0) {
                using all = output_extents<P>;
                extent_view const known = kept_extents<traced_extents<P>>::view();
                dims<L::rank> shape = L::extents;
                int const first = all::starts[static_cast<std::size_t>(output)] + axes;
                for (int i = 0; i < L::rank; ++i)
                    shape[i] =
                        known.evaluate(extent{all::codes[static_cast<std::size_t>(first + i)]},
                                       {symbols, binding<P>::symbols});
                leaf = L::uninitialized(shape);
            }
            ++output;
        }
    }
    template <class R>
    void stacked(R& repeated) const {
        int const first = output;
        for (auto& layer : repeated.layers()) {
            output = first;
            for_each_leaf(layer, shape_leaf{symbols, output, axes + 1});
        }
    }
};

template <class P, class M, int Output>
    requires(Model<M> && !Traced<M>)
struct result_of<P, M, Output> {
    using type = M;
    static constexpr int outputs = output_leaves<M>();
    static type make(std::int64_t const* symbols) {
        type made{};
        int output = Output;
        if constexpr (binding<P>::symbols > 0)
            for_each_leaf(made, shape_leaf<P>{symbols, output});
        return made;
    }
    struct collect_leaf {
        void**& to;
        void**& chunks;
        template <class L>
        void operator()(L& leaf) const {
            if constexpr (!is_state<L> && !is_setting<L>) *to++ = leaf.data();
        }
        template <class R>
        void stacked(R& repeated) const {
            collect_chunks<true>(repeated, to, chunks);
        }
    };
    static void collect(type& x, void** buffers, void**& chunks) {
        void** to = buffers + Output;
        for_each_leaf(x, collect_leaf{to, chunks});
    }
};

template <class P, int Output, class Made, class... R>
struct result_of_tuple;
template <class P, int Output, class... Made>
struct result_of_tuple<P, Output, std::tuple<Made...>> {
    using type = std::tuple<typename Made::type...>;
    static constexpr int outputs = Output;
    static type make(std::int64_t const* symbols) { return type(Made::make(symbols)...); }
    static void collect(type& x, void** buffers, void**& chunks) {
        std::apply([&](auto&... part) { (Made::collect(part, buffers, chunks), ...); }, x);
    }
};
template <class P, int Output, class... Made, class First, class... Rest>
struct result_of_tuple<P, Output, std::tuple<Made...>, First, Rest...>
    : result_of_tuple<P, Output + result_of<P, First, Output>::outputs,
                      std::tuple<Made..., result_of<P, First, Output>>, Rest...> {};

template <class P, class... R, int Output>
struct result_of<P, std::tuple<R...>, Output> : result_of_tuple<P, Output, std::tuple<>, R...> {
    static constexpr int outputs = result_of_tuple<P, Output, std::tuple<>, R...>::outputs - Output;
};
template <class P, class A, class B, int Output>
struct result_of<P, std::pair<A, B>, Output> {
    using first = result_of<P, A, Output>;
    using second = result_of<P, B, Output + first::outputs>;
    using type = std::pair<typename first::type, typename second::type>;
    static constexpr int outputs = first::outputs + second::outputs;
    static type make(std::int64_t const* symbols) {
        return {first::make(symbols), second::make(symbols)};
    }
    static void collect(type& x, void** buffers, void**& chunks) {
        first::collect(x.first, buffers, chunks);
        second::collect(x.second, buffers, chunks);
    }
};

/// Whether a plan looks at indices: see ops/checked.hpp.
template <class P>
inline constexpr bool is_checked = [] {
    for (int k = 0; k < P::plan.kernels.size(); ++k)
        if (pass::detail::looks_at_indices(P::plan, k)) return true;
    return false;
}();

/// Runs a program on the addresses of its inputs and outputs. Guarded: where output 0 is not finite
/// it stops before the first change of an argument, and returns false.
template <class P, bool Guarded>
bool run_program(workspace& memory, binding<P>& bound, std::int64_t const* symbols,
                 void* const* inputs, void* const* outputs) {
    // No reference to the plan itself: see kept_extents.
    constexpr int input_count = P::plan.inputs, output_count = P::plan.outputs,
                  guard = P::plan.guard, steps = P::plan.steps.size();
    constexpr dtype first = P::plan.buffers[output_count > 0 ? input_count : 0].type;
    void* buffers[P::plan.buffers.size() + 1];
    for (int i = 0; i < input_count; ++i) buffers[i] = inputs[i];
    for (int i = 0; i < output_count; ++i) buffers[input_count + i] = outputs[i];
    for (auto const& a : aliases<P>::table) buffers[a.buffer] = inputs[a.input];
    if constexpr (!P::is_static) bound.bind(symbols);
    std::byte* const base = memory.reserve(bound.bytes());
    bound.set_places(buffers, base);
    void* const scratch = base + bound.scratch_at();
    if constexpr (Guarded) {
        run_range<P, 0, guard>(buffers, bound.extents(), scratch);
        if constexpr (is_checked<P>) ops::raise_index_fault();
        auto const loss = *static_cast<type_of<first> const*>(outputs[0]);
        if (!(loss - loss == 0)) return false;
        run_range<P, guard, steps>(buffers, bound.extents(), scratch);
    } else if constexpr (is_checked<P>) {
        run_range<P, 0, guard>(buffers, bound.extents(), scratch);
        ops::raise_index_fault();
        if constexpr (guard < steps) run_range<P, guard, steps>(buffers, bound.extents(), scratch);
    } else {
        run<P>(buffers, bound.extents(), scratch);
    }
    if constexpr (is_checked<P>) ops::raise_index_fault();  // of loops that change arguments
    return true;
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
