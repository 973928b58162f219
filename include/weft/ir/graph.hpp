// SPDX-License-Identifier: BSL-1.0
// The graph: a plain value of nodes in topological order. Passes read a `graph_view` and return
// a `graph`; `frozen` is a graph of fixed capacity that a constant can hold.
#pragma once

#include <cstdint>
#include <string_view>

#include <weft/core/extent.hpp>
#include <weft/core/list.hpp>
#include <weft/core/text.hpp>
#include <weft/ir/operation.hpp>

namespace weft::ir {

/// One operation applied to earlier nodes. Ranges refer to the pools of its graph.
struct node {
    operation const* op;
    dtype type;
    int shape;
    int operands, operand_count;
    int attributes, attribute_count;
    int scope;  ///< of the graph's scopes; -1: none
};

/// A stretch of a pool.
struct span {
    int first, count;
};

/// A named part of the trace, `encoder.attention`, and how many random draws were traced in it.
struct named_scope {
    span name;  ///< of name_pool
    int draws;
};

/// A sub-graph: its nodes count from 0 and share the pools of the graph around them, also where it
/// has sub-graphs itself: all are numbered together.
struct region {
    span nodes;            ///< of region_nodes
    span inputs, outputs;  ///< of region_ports
};

/// What a pass reads of a graph, wherever it is stored.
struct graph_view {
    range<node> nodes;
    range<int> operand_pool;
    range<std::int64_t> attribute_pool;
    range<span> shapes;           ///< of extent_pool, each shape once
    range<extent> extent_pool;
    range<int> inputs, outputs;   ///< node numbers
    range<int> updates;           ///< pairs (input number, node): the new value of that input
    range<int> output_chunks;     ///< of each output: bound as so many buffers; may be empty
    range<span> names;            ///< of name_pool, one an input
    range<char> name_pool;
    range<region> regions;
    range<node> region_nodes;
    range<int> region_ports;
    extent_view extents;
    range<named_scope> scopes{};

    /// A sub-graph as a graph.
    constexpr graph_view sub(int r) const {
        graph_view v = *this;
        region const& its = regions[r];
        v.nodes = {region_nodes.first + its.nodes.first, its.nodes.count};
        v.inputs = {region_ports.first + its.inputs.first, its.inputs.count};
        v.outputs = {region_ports.first + its.outputs.first, its.outputs.count};
        v.updates = {}, v.names = {}, v.output_chunks = {};
        return v;
    }
    constexpr range<int> operands(int n) const {
        return {operand_pool.first + nodes.first[n].operands, nodes.first[n].operand_count};
    }
    constexpr int operand(int n, int i) const { 
        return operand_pool.first[nodes.first[n].operands + i];
    }
    constexpr range<std::int64_t> attributes(int n) const {
        return {attribute_pool.first + nodes.first[n].attributes, nodes.first[n].attribute_count};
    }
    constexpr std::int64_t attribute(int n, int i) const {
        return attribute_pool.first[nodes.first[n].attributes + i];
    }
    constexpr range<extent> shape(int id) const {
        return {extent_pool.first + shapes.first[id].first, shapes.first[id].count};
    }
    constexpr range<extent> shape_of(int n) const { return shape(nodes.first[n].shape); }
    constexpr std::string_view name(int input) const {
        return {name_pool.first + names[input].first,
                static_cast<std::size_t>(names[input].count)};
    }
    /// The path of a scope; nothing for -1.
    constexpr std::string_view scope_name(int scope) const {
        if (scope < 0 || scope >= scopes.count) return {};
        return {name_pool.first + scopes[scope].name.first,
                static_cast<std::size_t>(scopes[scope].name.count)};
    }
    /// The sub-graph of a repeat.
    constexpr int region_of(int n) const { return static_cast<int>(attribute(n, 0)); }
    /// How many buffers an input or output is bound as; 0: one.
    constexpr int chunks_of_input(int n) const { return static_cast<int>(attribute(n, 1)); }
    constexpr int chunks_of_output(int i) const {
        return output_chunks.empty() ? 0 : output_chunks[i];
    }
    constexpr ir::kind kind(int n) const { return nodes.first[n].op->kind; }
};

/// A graph that grows.
struct graph {
    list<node> nodes;
    list<int> operand_pool;
    list<std::int64_t> attribute_pool;
    list<span> shapes;
    list<extent> extent_pool;
    list<int> inputs, outputs, updates, output_chunks;
    list<span> names;
    list<char> name_pool;
    list<region> regions;
    list<node> region_nodes;
    list<int> region_ports;
    extent_table extents;
    list<named_scope> scopes;

    constexpr graph_view view() const {
        return {nodes,   operand_pool, attribute_pool, shapes, extent_pool, inputs,
                outputs, updates,      output_chunks,  names,  name_pool,   regions,
                region_nodes, region_ports, extents.view(), scopes};
    }
    constexpr operator graph_view() const { return view(); }
};

/// `(32, 128)`.
constexpr void write_shape(text& out, graph_view const& g, int shape) {
    auto const extents = g.shape(shape);
    out << '(';
    for (int i = 0; i < extents.size(); ++i) {
        if (i) out << ", ";
        g.extents.write(out, extents[i]);
    }
    out << ')';
}

}  // namespace weft::ir
