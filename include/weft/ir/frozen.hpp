// SPDX-License-Identifier: BSL-1.0
// A graph that a constant can hold: arrays of a fixed capacity, of which compilers keep only the
// part that is used. So a program is traced once, not once for its size and again for its nodes.
#pragma once

#include <type_traits>

#include <weft/core/mistake.hpp>
#include <weft/ir/graph.hpp>

/// The largest number of nodes of one program.
#ifndef WEFT_MAX_NODES
#define WEFT_MAX_NODES 16384
#endif

namespace weft::ir {

/// A list in a constant. Elements beyond the count are zero and cost nothing.
template <class T, int Capacity>
struct frozen_list {
    // clang makes each element of the capacity for itself, in time and memory, where a member of T
    // has an initializer.
    static_assert(std::is_trivially_default_constructible_v<T>);

    T items[Capacity]{};
    int count = 0;

    constexpr frozen_list() = default;
    constexpr explicit frozen_list(range<T> from) : count(from.count) {
        for (int i = 0; i < from.count && i < Capacity; ++i) items[i] = from.first[i];
    }
    constexpr operator range<T>() const { return {items, count}; }
    constexpr T const& operator[](int i) const { return items[i]; }
    constexpr int size() const { return count; }
    constexpr T const* begin() const { return items; }
    constexpr T const* end() const { return items + count; }
    constexpr bool overflows() const { return count > Capacity; }
};

/// The expressions of run-time extents, frozen.
struct frozen_extents {
    frozen_list<std::int64_t, WEFT_MAX_NODES> words;
    frozen_list<int, WEFT_MAX_NODES> starts;
    frozen_list<extent_constraint, 1024> constraints;

    constexpr frozen_extents() = default;
    constexpr explicit frozen_extents(extent_view v)
        : words(v.words), starts(v.starts), constraints(v.constraints) {}
    constexpr extent_view view() const { return {words, starts, constraints}; }
    constexpr bool overflows() const {
        return words.overflows() || starts.overflows() || constraints.overflows();
    }
};

struct frozen_graph {
    frozen_list<node, WEFT_MAX_NODES> nodes;
    frozen_list<int, 4 * WEFT_MAX_NODES> operand_pool;
    frozen_list<std::int64_t, 4 * WEFT_MAX_NODES> attribute_pool;
    frozen_list<span, WEFT_MAX_NODES> shapes;
    frozen_list<extent, 4 * WEFT_MAX_NODES> extent_pool;
    frozen_list<int, WEFT_MAX_NODES> inputs, outputs, updates, output_chunks;
    frozen_list<span, WEFT_MAX_NODES> names;
    frozen_list<char, 16 * WEFT_MAX_NODES> name_pool;
    frozen_list<region, 256> regions;
    frozen_list<node, WEFT_MAX_NODES> region_nodes;
    frozen_list<int, WEFT_MAX_NODES> region_ports;
    frozen_extents extents;
    frozen_list<named_scope, WEFT_MAX_NODES> scopes;
    weft::detail::kept_text<1024> mistake;  ///< the first one of the trace, or nothing

    constexpr frozen_graph() = default;
    constexpr explicit frozen_graph(graph_view const& g, std::string_view sentence = {})
        : nodes(g.nodes),
          operand_pool(g.operand_pool),
          attribute_pool(g.attribute_pool),
          shapes(g.shapes),
          extent_pool(g.extent_pool),
          inputs(g.inputs),
          outputs(g.outputs),
          updates(g.updates),
          output_chunks(g.output_chunks),
          names(g.names),
          name_pool(g.name_pool),
          regions(g.regions),
          region_nodes(g.region_nodes),
          region_ports(g.region_ports),
          extents(g.extents),
          scopes(g.scopes),
          mistake(sentence) {
        if (nodes.overflows() || operand_pool.overflows() || attribute_pool.overflows() ||
            shapes.overflows() || extent_pool.overflows() || name_pool.overflows() ||
            updates.overflows() || extents.overflows() || regions.overflows() ||
            region_nodes.overflows() || region_ports.overflows() || scopes.overflows())
            mistake = (text("a program of ")
                       << g.nodes.count << " nodes: more than WEFT_MAX_NODES (" << WEFT_MAX_NODES
                       << ") hold; define it larger")
                          .view();
    }

    constexpr graph_view view() const {
        return {nodes,   operand_pool, attribute_pool, shapes, extent_pool, inputs,
                outputs, updates,      output_chunks,  names,  name_pool,   regions,
                region_nodes, region_ports, extents.view(), scopes};
    }
};

}  // namespace weft::ir
