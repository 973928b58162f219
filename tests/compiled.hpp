// SPDX-License-Identifier: BSL-1.0
// What tests of compiled programs share: a call is compared with the reference evaluator on the
// graph of its trace, and its plan with the plan that the same passes make at run time. Whatever
// does not depend on the call's types stands in compiled.cpp, compiled once for all programs.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <tuple>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <weft/program/call.hpp>

namespace testing {

using values = std::vector<double>;

/// As much of a list in a constant as is used.
template <class T, int N>
struct kept_list {
    T items[N ? N : 1];
    constexpr operator weft::range<T>() const { return {items, N}; }
};
template <int N, class T>
constexpr kept_list<T, N> keep_used(weft::range<T> from) {
    kept_list<T, N> to{};
    for (int i = 0; i < N; ++i) to.items[i] = from[i];
    return to;
}

#define WEFT_TEST_KEEP(from, list) \
    static constexpr auto list = keep_used<from.list.count>(from.view().list)

template <class Source>
struct kept_extents {
    static constexpr auto const& from = Source::from.extents;
    WEFT_TEST_KEEP(from, words);
    WEFT_TEST_KEEP(from, starts);
    WEFT_TEST_KEEP(from, constraints);
    static weft::extent_view view() { return {words, starts, constraints}; }
};

/// The graph of a program as it was traced, for use at run time.
template <class P>
struct kept_graph {
    static constexpr auto const& from = P::traced;
    WEFT_TEST_KEEP(from, nodes);
    WEFT_TEST_KEEP(from, operand_pool);
    WEFT_TEST_KEEP(from, attribute_pool);
    WEFT_TEST_KEEP(from, shapes);
    WEFT_TEST_KEEP(from, extent_pool);
    WEFT_TEST_KEEP(from, inputs);
    WEFT_TEST_KEEP(from, outputs);
    WEFT_TEST_KEEP(from, updates);
    WEFT_TEST_KEEP(from, output_chunks);
    WEFT_TEST_KEEP(from, names);
    WEFT_TEST_KEEP(from, name_pool);
    WEFT_TEST_KEEP(from, regions);
    WEFT_TEST_KEEP(from, region_nodes);
    WEFT_TEST_KEEP(from, region_ports);
    static weft::ir::graph_view view() {
        return {nodes,   operand_pool, attribute_pool, shapes, extent_pool, inputs,
                outputs, updates,      output_chunks,  names,  name_pool,   regions,
                region_nodes, region_ports, kept_extents<kept_graph>::view()};
    }
};

/// The plan of a program, for use at run time.
template <class P>
struct kept_plan {
    static constexpr auto const& from = P::plan;
    WEFT_TEST_KEEP(from, kernels);
    WEFT_TEST_KEEP(from, instructions);
    WEFT_TEST_KEEP(from, accesses);
    WEFT_TEST_KEEP(from, extent_pool);
    WEFT_TEST_KEEP(from, steps);
    WEFT_TEST_KEEP(from, slots);
    WEFT_TEST_KEEP(from, buffers);
    WEFT_TEST_KEEP(from, loops);
    static constexpr int inputs = from.inputs, outputs = from.outputs, guard = from.guard;
    static constexpr std::int64_t workspace = from.workspace;
    static weft::pass::plan_view view() {
        return {kernels, instructions, accesses, extent_pool, steps,     slots,
                buffers, loops,        inputs,   outputs,     guard,     workspace,
                kept_extents<kept_plan>::view()};
    }
};
#undef WEFT_TEST_KEEP

/// Whether the plan is the one that the passes make of the graph at run time.
bool is_plan_of(weft::ir::graph_view const& graph, weft::pass::plan_view const& plan);
template <class P>
bool same_plan() {
    return is_plan_of(kept_graph<P>::view(), kept_plan<P>::view());
}

values& push_numbers(std::vector<values>& to, std::initializer_list<double> numbers);
void append_numbers(values& to, void const* from, weft::dtype type, std::int64_t count);

/// The elements of a leaf, or of the tensors of equal layers one after another.
struct flattener {
    std::vector<values>& to;
    bool only_parameters = false;  // of results

    template <class L>
    void operator()(L& leaf) const {
        if constexpr (weft::is_setting<L>) {
            if (!only_parameters) to.push_back({static_cast<double>(leaf.value())});
        } else if (!only_parameters || !weft::is_state<L>) {
            to.emplace_back();
            append(leaf, to.back());
        }
    }
    template <class M>
    void stacked(M& repeated) const {
        std::vector<values> all;
        for (auto& layer : repeated.layers()) {
            std::vector<values> one;
            weft::for_each_leaf(layer, flattener{one, only_parameters});
            all.resize(one.size());
            for (std::size_t i = 0; i < one.size(); ++i)
                all[i].insert(all[i].end(), one[i].begin(), one[i].end());
        }
        to.insert(to.end(), all.begin(), all.end());
    }
    template <class L>
    static void append(L& leaf, values& v) {
        auto const* x = leaf.data();
        std::int64_t n = 1;
        if constexpr (L::rank > 0)
            for (int i = 0; i < L::rank; ++i) n *= leaf.extent(i);
        append_numbers(v, x, weft::dtype_of<std::remove_cvref_t<decltype(*x)>>, n);
    }
};

/// Numbers as a graph takes them, and the sizes of dynamic axes.
struct bound_arguments {
    std::vector<values> inputs;
    std::vector<std::int64_t> symbols;

    bound_arguments();
    ~bound_arguments();

    template <class A>
    [[gnu::noinline]] void add(A& x) {
        using info = weft::detail::traced_argument<A>;
        if constexpr (info::is_key) {
            push_numbers(inputs, {static_cast<double>(x.low()), static_cast<double>(x.high())});
        } else if constexpr (info::is_number) {
            push_numbers(inputs, {static_cast<double>(x)});
        } else if constexpr (info::is_tensor || info::is_view) {
            sizes(x);
            flattener{inputs}(x);
        } else if constexpr (info::is_whole_model) {
            weft::for_each_leaf(x, collect_sizes{*this});
            weft::for_each_leaf(x, flattener{inputs});
        }
    }

private:
    struct collect_sizes {
        bound_arguments& to;
        template <class L>
        void operator()(L& leaf) const {
            if constexpr (!weft::is_setting<L>) to.sizes(leaf);
        }
        template <class M>
        void stacked(M& repeated) const {
            weft::for_each_leaf(repeated.layers()[0], collect_sizes{to});
        }
    };
    void push_symbol(std::int64_t size);
    template <class L>
    void sizes(L const& x) {
        if constexpr (L::rank > 0)
            for (int i = 0; i < L::rank; ++i)
                if (L::extents[i] < 0) push_symbol(x.extent(i));
    }
};

template <class R>
[[gnu::noinline]] void flatten_result(R& r, std::vector<values>& to) {
    if constexpr (weft::detail::is_result_tuple<R>)
        std::apply([&](auto&... part) { (flatten_result(part, to), ...); }, r);
    else
        weft::for_each_leaf(r, flattener{to, true});
}

bool near(double found, double expected, double tolerance);
bool near(values const& found, values const& expected, double tolerance);

/// What the reference evaluator makes of a graph.
std::vector<values> expected_results(weft::ir::graph_view const& graph,
                                     std::vector<values> const& inputs,
                                     std::vector<std::int64_t> const& symbols);

/// Checks a call: results and updated arguments are what the reference says, other arguments stay,
/// and the plan is the one of the passes at run time.
void judge(weft::ir::graph_view const& graph, weft::pass::plan_view const& plan, double tolerance,
           bound_arguments const& before, bound_arguments const& after,
           std::vector<values> const& found);

/// Calls F on these arguments, and judges the call. Returns what it returned.
template <class F, class... A>
[[gnu::noinline]] auto check_call(double tolerance, A&... arguments) {
    using P = weft::program<F, A...>;
    bound_arguments before, after, found;
    (before.add(arguments), ...);
    auto const finish = [&] {
        (after.add(arguments), ...);
        judge(kept_graph<P>::view(), kept_plan<P>::view(), tolerance, before, after, found.inputs);
    };
    if constexpr (std::is_void_v<decltype(weft::cpu::call_function<F>(
                      weft::workspace::of_thread(), arguments...))>) {
        weft::cpu::call_function<F>(weft::workspace::of_thread(), arguments...);
        finish();
    } else {
        auto result = weft::cpu::call_function<F>(weft::workspace::of_thread(), arguments...);
        flatten_result(result, found.inputs);
        finish();
        return result;
    }
}

/// For a lambda without captures.
template <class F, class... A>
auto check(F, double tolerance, A&&... arguments) {
    return check_call<F, std::remove_reference_t<A>...>(tolerance, arguments...);
}

/// Uniform in [0, 1), the same for a seed and a place.
double drawn(std::uint64_t seed, std::uint64_t place);

/// Numbers that repeat with the seed: multiples of 1/64 in [low, high), exact in every type.
template <class T>
[[gnu::noinline]] T filled(std::uint64_t seed, double low, double high, auto... extents) {
    T t = [&] {
        if constexpr (sizeof...(extents) > 0)
            return T(extents...);
        else
            return T();
    }();
    using V = typename T::value_type;
    std::uint64_t i = 0;
    for (auto& x : t) {
        double const u = drawn(seed, i++);
        if constexpr (std::is_same_v<V, bool>)
            x = u < 0.5;
        else if constexpr (std::is_integral_v<V>)
            x = static_cast<V>(std::floor(low + (high - low) * u));
        else
            x = static_cast<V>(std::floor((low + (high - low) * u) * 64) / 64);
    }
    return t;
}
template <class T>
T numbers(std::uint64_t seed, auto... extents) {
    return filled<T>(seed, std::is_integral_v<typename T::value_type> ? -9 : -1,
                     std::is_integral_v<typename T::value_type> ? 10 : 1, extents...);
}

}  // namespace testing
