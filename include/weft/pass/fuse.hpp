// SPDX-License-Identifier: BSL-1.0
// Fusion: one kernel for each cluster of nodes. Second half: each cluster becomes instructions over
// rows and columns, steps of equal structure share a kernel, and values get buffers.
#pragma once

#include <weft/pass/lower_rows.hpp>

namespace weft::pass {

namespace detail {

class lowering : public row_lowering {
public:
    constexpr lowering(ir::graph_view const& graph, clustered const& kept)
        : row_lowering(graph, kept) {
        out.inputs = g.inputs.size(), out.outputs = g.outputs.size();
        for (int i : g.inputs) {
            buffer_of_[i] = add_buffer(g.nodes[i].type, count(i));
            out.buffers[buffer_of_[i]].chunks = g.chunks_of_input(i);
        }
        list<int> targets;  // pairs (node, buffer)
        for (int i = 0; i < g.outputs.size(); ++i) {
            int const n = g.outputs[i], b = add_buffer(g.nodes[n].type, count(n));
            out.buffers[b].chunks = g.chunks_of_output(i);
            targets.push(n);
            targets.push(b);
        }
        for (int i = 0; i < g.updates.size(); i += 2) {
            int const n = g.updates[i + 1], input = g.inputs[g.updates[i]];
            if (spread(input)) {
                targets.push(n), targets.push(buffer_of_[input]);
                continue;
            }
            int const b = add_buffer(g.nodes[n].type, count(n));
            out.buffers[b].chunks = out.buffers[g.updates[i]].chunks;
            out.updates.push(g.updates[i]);
            out.updates.push(b);
            targets.push(n);
            targets.push(b);
        }
        lower_all(targets);
    }

    /// The body of a repeat, as steps of a loop of the plan that is being made.
    constexpr lowering(lowering& around, int region, range<int> inputs, range<int> outputs,
                       int loop)
        : row_lowering(around, region) {
        int const outer = loop_;
        loop_ = loop;
        list<int> targets;
        for (int i = 0; i < inputs.size(); ++i) buffer_of_[g.inputs[i]] = inputs[i];
        for (int i = 0; i < outputs.size(); ++i)
            targets.push(g.outputs[i]), targets.push(outputs[i]);
        lower_all(targets);
        loop_ = outer;
        static_cast<kernel_maker&>(around) = static_cast<kernel_maker&&>(*this);
    }

private:
    /// Whether the elements of an input stand at strides of its own; such a one is assigned only.
    constexpr bool spread(int input) {
        auto const known = g.attributes(input);
        if (known.size() == 2) return false;
        spread_ = buffer_of_[input];
        for (int i = 2; i < known.size(); ++i) spread_strides_.push(extent{known[i]});
        return true;
    }
    /// A loop can store the elements of n anywhere.
    constexpr bool can_spread(int n) const {
        int const k = c.of[n].cluster;
        return owns(n) && c.clusters[k].kind == cluster_kind::loop && contraction_of(k) < 0 &&
               runs_over_slices(k) == 0 &&
               (g.nodes[n].shape == c.clusters[k].shape || c.of[n].per_row ||
                g.kind(n) == ir::kind::reduction);
    }
    /// All clusters, with results where they are wanted: `targets` are pairs of node and buffer.
    constexpr void lower_all(range<int> targets) {
        list<int> copies;
        for (int i = 0; i < targets.size(); i += 2) {
            int const n = targets[i], b = targets[i + 1];
            bool const whole = out.buffers[b].chunks == 0;
            int const maker = whole && !owns(n) && c.is_dense(n) ? c.of[n].root : n;
            if (b == spread_ ? can_spread(n) : owns(maker) && (whole || writes_slices(n)))
                buffer_of_[b == spread_ ? n : maker] = b;
            else
                copies.push(n), copies.push(b);
        }
        // Steps of a loop stay in this order: what any cluster may read comes first.
        for (bool early : {true, false})
            for (int k = 0; k < c.clusters.size(); ++k)
                if (c.clusters[k].early == early) lower(k);
        for (int i = 0; i < copies.size(); i += 2) copy(copies[i], copies[i + 1]);
    }
    /// The value is made slice by slice: by a repeat, or by a loop over one slice at a time.
    constexpr bool writes_slices(int n) const {
        return g.kind(n) == ir::kind::part || runs_over_slices(c.of[n].cluster) > 0;
    }
    constexpr void lower(int k) {
        cluster_kind const kind = c.clusters[k].kind;
        cluster_ = k;
        switch (kind) {
            case cluster_kind::gather:
            case cluster_kind::scatter:
                return lower_rows(members_[first_[k]], kind);
            case cluster_kind::placement:
                return lower_placement(members_[first_[k]]);
            case cluster_kind::whole:
                return lower_whole(members_[first_[k]]);
            case cluster_kind::repeat:
                return lower_repeat(k);
            default:
                return lower_loop(k);
        }
    }

    /// The steps of the body, as a loop; carried values go through buffers of their own.
    constexpr void lower_repeat(int k) {
        int const n = members_[first_[k]];
        ops::repeat const r = ops::repeat::of(g.attributes(n));
        ir::graph_view body = g.sub(r.region);
        list<int> parts(body.outputs.size(), -1), inputs, outputs;
        for (int i = first_[k] + 1; i < first_[k + 1]; ++i)
            parts[static_cast<int>(g.attribute(members_[i], 0))] = members_[i];
        if (runs_once(r, k, parts)) {
            for (int o : g.operands(n)) inputs.push(buffer_of(c.home_of(o, k)));
            for (int i = 0; i < body.outputs.size(); ++i)
                outputs.push(parts[i] >= 0 ? buffer_of(parts[i])
                                           : add_buffer(body.nodes[body.outputs[i]].type,
                                                        count_in(body, body.outputs[i])));
            lowering inner(*this, r.region, inputs, outputs, loop_);
            return;
        }
        for (int o : g.operands(n))
            if (!is_stacked(r, n, o)) whole_buffer_of_input(c.home_of(o, k));
        int const loop = out.loops.push({r.count, r.reversed, loop_});
        for (int i = 0; i < g.nodes[n].operand_count; ++i) {
            int const o = g.operand(n, i), root = c.home_of(o, k);
            if (i < r.carried) {
                int const b =
                    parts[i] >= 0 ? buffer_of(parts[i]) : add_buffer(g.nodes[o].type, count(o));
                copy(o, b);
                inputs.push(b);
            } else if (i < r.carried + r.stacked) {
                auto const shape = g.shape_of(o);
                inputs.push(slices_of(
                    out, stack_buffer(root, r.count),
                    element_count(out.extents, {shape.first + 1, shape.count - 1}), loop));
            } else {
                inputs.push(whole_buffer(root));
            }
        }
        for (int i = 0; i < body.outputs.size(); ++i) {
            int const y = body.outputs[i];
            extent const size = count_in(body, y);
            if (i >= r.carried && parts[i] >= 0)
                outputs.push(slices_of(out, buffer_of(parts[i]), size, loop));
            else
                outputs.push(add_buffer(body.nodes[y].type, size));
        }
        lowering inner(*this, r.region, inputs, outputs, loop);
        for (int i = 0; i < r.carried; ++i)
            add_copy_step(out, outputs[i], inputs[i], out.buffers[outputs[i]].size, loop);
    }
    constexpr bool is_stacked(ops::repeat const& r, int n, int operand) const {
        for (int i = r.carried; i < r.carried + r.stacked; ++i)
            if (g.operand(n, i) == operand) return true;
        return false;
    }
    /// Steps without a loop: nothing is carried over, and slices are the values themselves.
    constexpr bool runs_once(ops::repeat const& r, int k, range<int> parts) {
        if (r.count != extent{1}) return false;
        for (int i = 0; i < r.stacked; ++i)
            if (is_chunked(c.home_of(g.operand(members_[first_[k]], r.carried + i), k)))
                return false;
        for (int p : parts)
            if (p >= 0 && buffer_of_[p] >= 0 && out.buffers[buffer_of_[p]].chunks > 0) return false;
        return true;
    }
    /// Where the slices of a stacked operand are: in chunks, if these are slices or parts of them.
    constexpr int stack_buffer(int r, extent count) {
        bool const as_it_is = !is_chunked(r) || !count.is_static() || count.value() == 0 ||
                              out.buffers[buffer_of_[r]].chunks % count.value() == 0;
        return as_it_is ? buffer_of(r) : whole_buffer(r);
    }
    constexpr extent count_in(ir::graph_view const& body, int n) {
        return element_count(out.extents, body.shape_of(n));
    }
};

}  // namespace detail

/// The kernels and steps of a simplified graph; steps in the order of the data flow.
constexpr plan lower(ir::graph_view const& g, clustered const& kept) {
    detail::lowering l(g, kept);
    return static_cast<plan&&>(l.out);
}

/// Both halves at once.
constexpr plan fuse(ir::graph_view const& g) {
    clusterings const c(g);
    return lower(g, c.view());
}

}  // namespace weft::pass
