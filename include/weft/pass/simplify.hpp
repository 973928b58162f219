// SPDX-License-Identifier: BSL-1.0
// Rewrites a graph by the operations' own algebraic identities, merges equal nodes, and drops
// what no output needs. Inputs stay, in number and order.
#pragma once

#include <weft/ir/rules.hpp>
#include <weft/ops/repeat.hpp>

namespace weft::pass {

namespace detail {

/// Marks what the outputs and updates need.
constexpr list<char> live_nodes(ir::graph_view const& g) {
    list<char> live(g.nodes.size(), 0);
    for (int n : g.outputs) live[n] = 1;
    for (int i = 1; i < g.updates.size(); i += 2) live[g.updates[i]] = 1;
    for (int n = g.nodes.size() - 1; n >= 0; --n)
        if (live[n])
            for (int o : g.operands(n)) live[o] = 1;
    return live;
}

/// Removes, in place, what rules have left without a use.
constexpr void drop_dead(ir::graph& g) {
    list<char> live = live_nodes(g);
    for (int n : g.inputs) live[n] = 1;
    list<int> place(live.size(), -1);
    int kept = 0;
    for (int n = 0; n < live.size(); ++n) {
        if (!live[n]) continue;
        ir::node const x = g.nodes[n];
        for (int i = 0; i < x.operand_count; ++i) {
            int& operand = g.operand_pool[x.operands + i];
            operand = place[operand];
        }
        g.nodes[kept] = x;
        place[n] = kept++;
    }
    g.nodes.shrink(kept);
    for (int& n : g.inputs) n = place[n];
    for (int& n : g.outputs) n = place[n];
    for (int i = 1; i < g.updates.size(); i += 2) g.updates[i] = place[g.updates[i]];
}

}  // namespace detail

constexpr ir::graph simplify(ir::graph_view const& g, extent_table extents);

namespace detail {

/// A repeat with a simplified body, and without the stacked results that nothing uses;
/// `renumbered` gets the new number of each result.
constexpr symbol simplify_repeat(ir::builder& b, ir::graph_view const& g, int n,
                                 list<char> const& live, range<int> operands,
                                 list<int>& renumbered) {
    ops::repeat const r = ops::repeat::of(g.attributes(n));
    ir::graph_view body = g.sub(r.region);
    list<char> used(body.outputs.size(), 0);
    for (int i = 0; i < r.carried; ++i) used[i] = 1;
    for (int m = n + 1; m < g.nodes.size(); ++m)
        if (g.kind(m) == ir::kind::part && g.operand(m, 0) == n && live[m])
            used[static_cast<int>(g.attribute(m, 0))] = 1;
    list<int> outputs;
    renumbered.clear();
    for (int i = 0; i < used.size(); ++i) {
        renumbered.push(outputs.size());
        if (used[i]) outputs.push(body.outputs[i]);
    }
    body.outputs = outputs;
    ir::graph inner = simplify(body, static_cast<extent_table&&>(b.extents()));
    b.extents() = static_cast<extent_table&&>(inner.extents);
    list<std::int64_t> attributes(g.attributes(n));
    ir::graph_view moved = inner.view();
    moved.extents = b.view().extents;
    attributes[0] = b.add_region(moved);
    return b.add(ir::op<ops::repeat>, g.nodes[n].type, b.scalar_shape(), operands, attributes);
}

}  // namespace detail

constexpr ir::graph simplify(ir::graph_view const& g) {
    return simplify(g, extent_table(g.extents));
}

/// As above; `extents` knows the codes of g, and grows.
constexpr ir::graph simplify(ir::graph_view const& g, extent_table extents) {
    list<char> const live = detail::live_nodes(g);
    ir::builder b;
    b.extents() = static_cast<extent_table&&>(extents);
    b.copy_scopes(g);
    // Extents that are assumed to be equal become one, so that what has one shape is seen to.
    auto const canonical = [&](range<extent> shape) {
        list<extent> to;
        for (extent e : shape) to.push(b.extents().canonical(e));
        return to;
    };
    for (int i = 0; i < g.inputs.size(); ++i) {
        auto const its = g.attributes(g.inputs[i]);
        symbol const x = b.input(g.nodes[g.inputs[i]].type, canonical(g.shape_of(g.inputs[i])),
                                 g.names.empty() ? std::string_view("slice") : g.name(i),
                                 static_cast<int>(its[1]));
        if (its.size() > 2) b.set_strides(x, {its.first + 2, its.size() - 2});
    }
    list<int> renumbered;
    list<int> shapes, place(g.nodes.size(), -1), operands;
    for (int i = 0; i < g.inputs.size(); ++i) place[g.inputs[i]] = b.result().inputs[i];
    for (int s = 0; s < g.shapes.size(); ++s) shapes.push(-1);
    for (int n = 0; n < g.nodes.size(); ++n) {
        if (!live[n] || place[n] >= 0) continue;
        ir::node const& x = g.nodes[n];
        b.scope = x.scope;
        if (shapes[x.shape] < 0) shapes[x.shape] = b.shape(canonical(g.shape(x.shape)));
        operands.clear();
        for (int o : g.operands(n)) operands.push(place[o]);
        symbol y;
        if (x.op->kind == ir::kind::repeat) {
            place[n] = detail::simplify_repeat(b, g, n, live, operands, renumbered).id();
            continue;
        }
        if (x.op->kind == ir::kind::part) {
            // Parts stand behind their repeat, before the next one.
            std::int64_t const number = renumbered[static_cast<int>(g.attribute(n, 0))];
            place[n] = b.add(x.op, x.type, shapes[x.shape], operands, {&number, 1}).id();
            continue;
        }
        if (x.op->has_simplify) {
            // Rules see the node with the shape's number in the new graph.
            ir::node moved = x;
            moved.shape = shapes[x.shape];
            int const before = b.result().nodes.size();
            ir::rewrite r{b, g, n, moved, operands};
            y = x.op->simplify(r);
            // What a rule builds may simplify again.
            if (y.valid() && y.id() >= before && y.node().op->has_simplify) {
                list<int> const inner(b.view().operands(y.id()));
                ir::rewrite again{b, b.view(), y.id(), y.node(), inner};
                symbol const z = y.node().op->simplify(again);
                if (z.valid()) y = z;
            }
        }
        place[n] = y.valid() ? y.id()
                             : b.add(x.op, x.type, shapes[x.shape], operands, g.attributes(n)).id();
    }
    for (int n : g.outputs) b.result().outputs.push(place[n]);
    b.result().output_chunks = list<int>(g.output_chunks);
    for (int i = 0; i < g.updates.size(); i += 2) {
        b.result().updates.push(g.updates[i]);
        b.result().updates.push(place[g.updates[i + 1]]);
    }
    detail::drop_dead(b.result());
    return static_cast<ir::graph&&>(b.result());
}

}  // namespace weft::pass
