// SPDX-License-Identifier: BSL-1.0
// What tests of compiled programs share: a call is compared with the reference evaluator on the
// graph of its trace, and its plan with the plan that the same passes make at run time.
#pragma once

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <weft/pass/print.hpp>
#include <weft/pass/reference.hpp>
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
    static constexpr auto words = keep_used<Source::from.extents.words.count>(Source::from.view().extents.words);
    static constexpr auto starts = keep_used<Source::from.extents.starts.count>(Source::from.view().extents.starts);
    static constexpr auto constraints =
        keep_used<Source::from.extents.constraints.count>(Source::from.view().extents.constraints);
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

/// The passes, at run time.
inline weft::pass::plan plan_of(weft::ir::graph_view const& g) {
    weft::ir::graph const simple = weft::pass::simplify(g);
    return weft::pass::allocate(weft::pass::schedule(weft::pass::fuse(simple.view())));
}

/// Whether the plan that was made at compile time is the one that is made at run time.
template <class P>
bool same_plan() {
    std::string const now(weft::pass::print(plan_of(kept_graph<P>::view()).view()).view());
    std::string const then(weft::pass::print(kept_plan<P>::view()).view());
    if (now != then) MESSAGE("at compile time:\n" << then << "at run time:\n" << now);
    return now == then;
}

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
        for (std::int64_t i = 0; i < n; ++i) v.push_back(static_cast<double>(x[i]));
    }
};

/// Arguments as a graph takes them.
struct bound_arguments {
    std::vector<values> inputs;
    std::vector<std::int64_t> symbols;

    template <class A>
    void add(A& x) {
        using info = weft::detail::traced_argument<A>;
        if constexpr (info::is_key) {
            inputs.push_back({static_cast<double>(x.low()), static_cast<double>(x.high())});
        } else if constexpr (info::is_number) {
            inputs.push_back({static_cast<double>(x)});
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
    template <class L>
    void sizes(L const& x) {
        if constexpr (L::rank > 0)
            for (int i = 0; i < L::rank; ++i)
                if (L::extents[i] < 0) symbols.push_back(x.extent(i));
    }
};

template <class R>
void flatten_result(R& r, std::vector<values>& to) {
    if constexpr (weft::detail::is_result_tuple<R>)
        std::apply([&](auto&... part) { (flatten_result(part, to), ...); }, r);
    else
        weft::for_each_leaf(r, flattener{to, true});
}

inline bool near(double found, double expected, double tolerance) {
    return found == expected || (std::isnan(found) && std::isnan(expected)) ||
           std::abs(found - expected) <= tolerance * (1 + std::abs(expected));
}
inline bool near(values const& found, values const& expected, double tolerance) {
    if (found.size() != expected.size()) {
        MESSAGE("expected " << expected.size() << " elements, found " << found.size());
        return false;
    }
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!near(found[i], expected[i], tolerance)) {
            MESSAGE("element " << i << " of " << found.size() << ": expected " << expected[i]
                               << ", found " << found[i]);
            return false;
        }
    return true;
}

/// Calls F on these arguments. Results and updated arguments are what the reference says, other
/// arguments stay; the plan is the one of the passes at run time. Returns what the call returned.
template <class F, class... A>
auto check_call(double tolerance, A&... arguments) {
    using P = weft::program<F, A...>;
    bound_arguments before, after;
    (before.add(arguments), ...);
    auto const graph = kept_graph<P>::view();
    auto const expected = weft::pass::reference(graph, before.inputs, before.symbols);
    std::vector<values> found;
    auto const compare = [&] {
        REQUIRE(found.size() == expected.outputs.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            CAPTURE(i);
            CHECK(near(found[i], expected.outputs[i], tolerance));
        }
        (after.add(arguments), ...);
        for (std::size_t i = 0; i < before.inputs.size(); ++i) {
            values const* now = &before.inputs[i];
            for (int u = 0; u < graph.updates.size(); u += 2)
                if (graph.updates[u] == static_cast<int>(i))
                    now = &expected.updates[static_cast<std::size_t>(u / 2)];
            CAPTURE(i);
            CHECK(near(after.inputs[i], *now, now == &before.inputs[i] ? 0 : tolerance));
        }
        CHECK(same_plan<P>());
    };
    if constexpr (std::is_void_v<decltype(weft::cpu::call_function<F>(
                      weft::workspace::of_thread(), arguments...))>) {
        weft::cpu::call_function<F>(weft::workspace::of_thread(), arguments...);
        compare();
    } else {
        auto result = weft::cpu::call_function<F>(weft::workspace::of_thread(), arguments...);
        flatten_result(result, found);
        compare();
        return result;
    }
}

/// For a lambda without captures.
template <class F, class... A>
auto check(F, double tolerance, A&&... arguments) {
    return check_call<F, std::remove_reference_t<A>...>(tolerance, arguments...);
}

/// Numbers that repeat with the seed: multiples of 1/64 in [low, high), exact in every type.
template <class T>
T filled(std::uint64_t seed, double low, double high, auto... extents) {
    T t = [&] {
        if constexpr (sizeof...(extents) > 0)
            return T(extents...);
        else
            return T();
    }();
    using V = typename T::value_type;
    std::uint64_t i = 0;
    for (auto& x : t) {
        auto const word = weft::random::bits(weft::random::key(seed), i++).word[0];
        double const u = weft::random::bits_to_uniform(word);
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
