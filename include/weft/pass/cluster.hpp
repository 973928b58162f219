// SPDX-License-Identifier: BSL-1.0
// First half of fusion: which nodes share a loop nest. Values stay in registers inside a cluster;
// between clusters they are stored, or recomputed where that is cheaper than memory.
#pragma once

#include <weft/ops/convolution.hpp>
#include <weft/ops/dot.hpp>
#include <weft/ops/repeat.hpp>
#include <weft/pass/strides.hpp>

namespace weft::pass {

enum class cluster_kind : std::uint8_t {
    loop,
    product,
    placement,
    gather,
    scatter,
    whole,
    repeat
};

/// A set of nodes computed together over one iteration shape.
struct cluster {
    cluster_kind kind;
    int shape;
    int split;   ///< leading axes that are rows; -1 while nothing has decided
    int phases;
    int size;    ///< instructions, roughly
    bool open;   ///< further nodes may join
    bool early;  ///< depends on no other cluster but such: may stand before any
};

/// What fusion decides about a node.
struct placement {
    int cluster;      ///< -1 for leaves and for what is recomputed
    int phase;        ///< the sweep in which it is computed
    int root;         ///< the value under layout operations
    int reader;       ///< the last cluster that reads it from memory; while floating, the first
                      ///< early one that computes it again
    bool per_row;     ///< one value a row of its cluster
    bool stored;      ///< needed in memory
    bool recomputed;  ///< computed anew wherever it is used
    bool packed;      ///< a layout node with a copy, for readers that need it in one piece
    bool floating;    ///< cheap to have anywhere: leaves below, nothing assigned yet
    bool cross;       ///< used by another cluster
};

/// What clusterings decided, to be lowered: that of a graph, then those of its sub-graphs.
struct clustered {
    /// Which clusters and nodes are those of one graph.
    struct part {
        ir::span clusters, nodes;
    };

    range<cluster> clusters;
    range<placement> nodes;
    range<part> parts;
    extent_view extents;

    constexpr range<cluster> clusters_of(int p) const {
        return {clusters.first + parts[p].clusters.first, parts[p].clusters.count};
    }
    constexpr range<placement> nodes_of(int p) const {
        return {nodes.first + parts[p].nodes.first, parts[p].nodes.count};
    }
};

/// Decides for each node of a simplified graph.
/// Constant evaluation counts statements: node facts are reached through a plain pointer.
class clustering {
public:
    /// Above this many operations an element, a value is stored rather than computed again.
    static constexpr int cheap = 6;
    static constexpr int largest = 64;

    ir::graph_view g;
    extent_table& extents;
    list<cluster> clusters;
    placement* of = nullptr;  ///< of each node

    /// `known` has the graph's extents, and learns those of its strides.
    constexpr clustering(ir::graph_view const& graph, extent_table& known)
        : g(graph), extents(known) {
        int const n = g.nodes.size();
        placements_.resize(n, {-1, 0, 0, -1, false, false, false, false, false, false});
        of = placements_.begin();
        of_shape_.resize(g.shapes.size(), -1), early_of_shape_.resize(g.shapes.size(), -1);
        cost_.resize(n, 0), depth_.resize(n, 0);
        count_uses();
        for (int i = 0; i < n; ++i) {
            of[i].root = is_layout(i) ? of[g.operand(i, 0)].root : i;
            visit(i);
        }
        for (int i : g.outputs) use_stored(i);
        for (int i = 1; i < g.updates.size(); i += 2) use_stored(g.updates[i]);
        for (int i = 0; i < n; ++i) settle(i);
    }
    /// Goes on from decisions that were kept.
    constexpr clustering(ir::graph_view const& graph, clustered const& kept, int part,
                         extent_table& known)
        : g(graph), extents(known), clusters(kept.clusters_of(part)),
          placements_(kept.nodes_of(part)) {
        of = placements_.begin();
    }

    constexpr bool is_leaf(int n) const {
        ir::kind const k = g.kind(n);
        return k == ir::kind::input || k == ir::kind::constant || k == ir::kind::extent ||
               k == ir::kind::index;
    }
    constexpr bool is_layout(int n) const {
        return g.kind(n) == ir::kind::layout || g.kind(n) == ir::kind::identity;
    }
    /// The node in whose memory cluster k, which asks for whole values, reads n.
    constexpr int home_of(int n, int k) const {
        return of[n].packed && of[n].cluster < k ? n : of[n].root;
    }
    /// Where the elements of n stand in its root, or in its home for cluster k; false where no
    /// strides express it.
    constexpr bool layout_of(int n, layout& at, int k = -1) {
        list<int> path;
        int const home = home_of(n, k);
        for (; n != home; n = g.operand(n, 0))
            if (g.kind(n) == ir::kind::layout) path.push(n);
        if (g.kind(n) == ir::kind::index) {
            at.strides = list<extent>(g.shape_of(n).size(), extent{0});
            at.strides[static_cast<int>(g.attribute(n, 0))] = extent{1};
        } else {
            at.strides = contiguous(extents, g.shape_of(n));
        }
        for (int i = path.size() - 1; i >= 0; --i)
            if (!apply_layout(extents, g, path[i], at)) return false;
        return true;
    }
    /// All elements of the root, in order: who computes it may write this value.
    constexpr bool is_dense(int n) {
        layout at;
        if (!layout_of(n, at) || at.offset != extent{0}) return false;
        auto const shape = g.shape_of(n);
        extent running{1};
        for (int i = shape.size() - 1; i >= 0; --i) {
            if (shape[i] == extent{1}) continue;
            if (!extents.equal(at.strides[i], running)) return false;
            running = extents.multiply(running, shape[i]);
        }
        return extents.equal(running, element_count(extents, g.shape_of(of[n].root)));
    }
    /// Axes (all of one operand, in this order) run through memory in equal steps.
    constexpr bool one_run(layout const& at, int n, range<std::int64_t> axes) {
        auto const shape = g.shape_of(n);
        for (int i = 0; i + 1 < axes.size(); ++i) {
            int const a = static_cast<int>(axes[i]), b = static_cast<int>(axes[i + 1]);
            if (shape[a] != extent{1} &&
                !extents.equal(at.strides[a], extents.multiply(at.strides[b], shape[b])))
                return false;
        }
        return true;
    }
    /// The first `count` axes of shape s are those of the cluster, the others have one element.
    constexpr bool is_row_shape(int s, cluster const& c) const {
        auto const mine = g.shape(s), its = g.shape(c.shape);
        if (mine.size() < c.split) return false;
        for (int i = 0; i < mine.size(); ++i)
            if (mine[i] != (i < c.split ? its[i] : extent{1})) return false;
        return true;
    }

private:
    list<placement> placements_;
    list<int> of_shape_;  // the last loop cluster over each shape
    list<int> early_of_shape_;
    list<int> uses_, taken_, pending_;
    list<int> cost_, depth_;  // of what floats
    list<int> seen_;          // by which search through what floats
    int now_ = 0;

    constexpr int open_cluster(cluster_kind kind, int shape, int split, bool open) {
        if (kind == cluster_kind::loop && open) of_shape_[shape] = clusters.size();
        return clusters.push({kind, shape, split, 1, 0, open, false});
    }
    constexpr void assign(int n, int c, int at_phase, bool row) {
        of[n].cluster = c, of[n].phase = at_phase, of[n].per_row = row, of[n].floating = false;
        if (at_phase >= clusters[c].phases) clusters[c].phases = at_phase + 1;
        ++clusters[c].size;
    }
    /// The value must be in memory, contiguous.
    constexpr void use_stored(int n) {
        int const r = of[n].root;
        if (is_leaf(r)) return;
        if (of[r].floating) assign_early(r);
        of[r].stored = true;
    }
    /// Values over leaves that are stored share a cluster for each shape. It reads nothing but
    /// leaves and older clusters of this kind, so any other cluster may read it.
    constexpr void assign_early(int n) {
        if (int const first = of[n].reader; first >= 0) {
            of[n].reader = -1;
            return take_early(n, first);
        }
        int c = early_of_shape_[g.nodes[n].shape];
        if (c < 0 || clusters[c].size >= largest) {
            c = open_cluster(cluster_kind::loop, g.nodes[n].shape, -1, false);
            clusters[c].early = true;
            early_of_shape_[g.nodes[n].shape] = c;
        }
        take_early(n, c);
    }
    constexpr void take_early(int n, int c) {
        assign(n, c, 0, false);
        for (int o : g.operands(n))
            if (!is_leaf(of[o].root)) read_floating(o, c, true);
    }
    /// What a node of cluster c needs of operand o, which was floating when the node found its
    /// place, and has the node's shape.
    constexpr void read_floating(int o, int c, bool early) {
        if (!of[o].floating) {
            if (of[o].cluster != c) of[o].stored = true;
        } else if (cost_[o] <= cheap) {
            if (early && (of[o].reader < 0 || c < of[o].reader)) of[o].reader = c;
            for (int q : g.operands(o))  // computed again: its own operands must be there
                if (!is_leaf(of[q].root))
                    read_floating(q, c, early);
                else if (!early)
                    of[of[q].root].reader = c;
        } else if (early) {
            take_early(o, c);
        } else {
            ++taken_[o];
            pending_.push(o);
        }
    }
    /// A costly value over leaves joins its users where all are in one cluster; else it is early.
    constexpr void settle_pending(int c) {
        for (int i = 0; i < pending_.size(); ++i) {
            int const o = pending_[i];
            if (!of[o].floating || taken_[o] < uses_[o] || g.nodes[o].shape != clusters[c].shape)
                continue;
            assign(o, c, 0, false);
            for (int q : g.operands(o))
                if (!is_leaf(of[q].root)) read_floating(q, c, false);
        }
        for (int i = 0; i < pending_.size(); ++i) {
            int const o = pending_[i];
            if (of[o].floating) assign_early(o);
            if (of[o].cluster != c) of[o].stored = true;
        }
        pending_.clear();
    }
    /// How often the value of each node is used, layouts looked through.
    constexpr void count_uses() {
        uses_.resize(g.nodes.size(), 0), taken_.resize(g.nodes.size(), 0);
        for (int n = 0; n < g.nodes.size(); ++n)
            for (int o : g.operands(n)) ++uses_[o];
        for (int n : g.outputs) ++uses_[n];
        for (int i = 1; i < g.updates.size(); i += 2) ++uses_[g.updates[i]];
    }

    constexpr void visit(int n) {
        switch (g.kind(n)) {
            case ir::kind::layout: {
                layout at;
                int const x = g.operand(n, 0);
                if (ir::is<ops::reshape>(g.nodes[n].op) && is_layout(x) && !layout_of(n, at)) {
                    make_packed(x);
                    of[n].root = x;
                }
                break;
            }
            case ir::kind::elementwise: place(n); break;
            case ir::kind::reduction: place_reduction(n); break;
            case ir::kind::contraction: place_product(n); break;
            case ir::kind::placement: place_alone(n, cluster_kind::placement); break;
            case ir::kind::gather: place_alone(n, cluster_kind::gather); break;
            case ir::kind::scatter: place_alone(n, cluster_kind::scatter); break;
            case ir::kind::whole: place_alone(n, cluster_kind::whole); break;
            case ir::kind::repeat: place_alone(n, cluster_kind::repeat); break;
            case ir::kind::part:
                assign(n, of[g.operand(n, 0)].cluster, 0, false);
                of[n].stored = true;
                break;
            default: break;
        }
    }

    /// Copies a layout node for the product, the move or the reshape that is visited. Others read on
    /// through it: those that are placed already would read from a later cluster.
    constexpr void make_packed(int n) {
        if (of[n].packed) return;
        if (!is_leaf(of[n].root)) use_stored(n);
        of[n].packed = of[n].stored = true;
        assign(n, open_cluster(cluster_kind::loop, g.nodes[n].shape, -1, false), 0, false);
    }

    /// A node whose operands are all leaves, or such nodes, needs no place of its own yet.
    constexpr bool can_float(int n) const {
        for (int o : g.operands(n)) {
            int const r = of[o].root;
            if (!is_leaf(r) && !(of[r].floating && r == o)) return false;
        }
        return true;
    }

    /// Lets n float, with what it costs (no more than matters) and how deep it is. What is too deep
    /// for one cluster stands on stored operands instead.
    constexpr bool floats(int n) {
        int cost = g.nodes[n].op->cost, depth = 1;
        for (int o : g.operands(n)) {
            if (!of[o].floating) continue;
            cost += cost_[o];
            if (depth_[o] >= depth) depth = depth_[o] + 1;
        }
        if (depth > largest) {
            for (int o : g.operands(n)) use_stored(o);
            return false;
        }
        of[n].floating = true;
        cost_[n] = cost <= cheap ? cost : cheap + 1;
        depth_[n] = depth;
        return true;
    }

    /// The latest cluster among the operands' ones.
    constexpr int latest(int n) const {
        int c = -1;
        for (int o : g.operands(n)) {
            int const r = of[o].root;
            if (of[r].cluster > c && clusters[of[r].cluster].open) c = of[r].cluster;
        }
        return c;
    }

    /// Whether operand o can be read by a node of cluster c, computed per row or per element;
    /// raises `at` to the first sweep in which it is there.
    constexpr bool reads(int c, int o, bool row, int& at) {
        int const r = of[o].root;
        if (is_leaf(r) || of[r].floating) return true;
        if (of[r].cluster != c) return of[r].cluster < c || clusters[of[r].cluster].early;
        if (row) {
            if (!of[r].per_row) return false;
            if (o != r && !is_row_shape(g.nodes[o].shape, clusters[c])) return false;
            at = of[r].phase > at ? of[r].phase : at;
            return true;
        }
        if (!of[r].per_row) {
            at = of[r].phase > at ? of[r].phase : at;
            return o == r && g.kind(r) != ir::kind::reduction;
        }
        // A value of the row, broadcast along the columns.
        int const split = clusters[c].split;
        auto const shape = g.shape(clusters[c].shape);
        if (g.nodes[o].shape != clusters[c].shape) return false;
        layout l;
        if (!layout_of(o, l)) return false;
        extent running{1};
        for (int i = split - 1; i >= 0; --i) {
            if (shape[i] != extent{1} && !extents.equal(l.strides[i], running)) return false;
            running = extents.multiply(running, shape[i]);
        }
        for (int i = split; i < shape.size(); ++i)
            if (shape[i] != extent{1} && l.strides[i] != extent{0}) return false;
        at = of[r].phase + 1 > at ? of[r].phase + 1 : at;
        return true;
    }

    /// Notes what a node that has found its place needs of its operands.
    constexpr void connect(int n, int c) {
        for (int o : g.operands(n)) {
            int const r = of[o].root;
            if (is_leaf(r)) {
                of[r].reader = c;
                continue;
            }
            if (of[r].floating) {
                if (o != r)
                    use_stored(o);
                else
                    read_floating(r, c, false);
                continue;
            }
            if (of[r].cluster == c) continue;
            of[r].reader = c;
            if (o == r && !of[n].per_row)
                of[r].cross = true;
            else
                of[r].stored = true;
        }
        settle_pending(c);
    }
    /// Adds an elementwise node to a cluster, per element or per row, if it may.
    constexpr bool joins(int n, int c) {
        if (c < 0 || clusters[c].size >= largest) return false;
        for (bool row : {false, true}) {
            if (row ? clusters[c].split < 0 || clusters[c].kind != cluster_kind::loop ||
                          !is_row_shape(g.nodes[n].shape, clusters[c])
                    : g.nodes[n].shape != clusters[c].shape)
                continue;
            int at = 0;
            bool fits = true, in_row = false;
            for (int o : g.operands(n)) {
                fits = fits && reads(c, o, row, at);
                in_row = in_row || (of[of[o].root].cluster == c && of[of[o].root].per_row);
            }
            if (!fits || (row && !in_row)) continue;
            assign(n, c, at, row);
            connect(n, c);
            return true;
        }
        return false;
    }

    constexpr void place(int n) {
        if (can_float(n) && floats(n)) return;
        if (joins(n, latest(n))) return;
        // Not with what computes an operand: perhaps with what reads the same one.
        for (int o : g.operands(n)) {
            placement const& its = of[of[o].root];
            if (!its.floating && joins(n, its.reader)) return;
        }
        if (seen_.empty()) seen_.resize(g.nodes.size(), 0);
        ++now_;
        if (joins_input_reader(n, n)) return;
        int const own = open_cluster(cluster_kind::loop, g.nodes[n].shape, -1, true);
        assign(n, own, 0, false);
        connect(n, own);
    }
    /// Adds n to what last read one of its inputs, perhaps through what floats below n.
    constexpr bool joins_input_reader(int n, int below) {
        for (int o : g.operands(below)) {
            if (seen_[o] == now_) continue;
            seen_[o] = now_;
            if (g.kind(o) == ir::kind::input ? joins(n, of[o].reader)
                                             : of[o].floating && joins_input_reader(n, o))
                return true;
        }
        return false;
    }

    /// A reduction over trailing axes gives a value of the row; one over leading axes, or over
    /// all, ends in memory.
    constexpr void place_reduction(int n) {
        int const o = g.operand(n, 0), r = of[o].root;
        auto const shape = g.shape_of(o);
        std::int64_t mask = g.attribute(n, 0);
        int const rank = shape.size();
        // Axes of one element belong to either side.
        int first = rank, last = -1, first_kept = rank, last_kept = -1;
        for (int i = 0; i < rank; ++i) {
            if (shape[i] == extent{1}) continue;
            if (mask >> i & 1)
                first = i < first ? i : first, last = i;
            else
                first_kept = i < first_kept ? i : first_kept, last_kept = i;
        }
        bool const all = last_kept < 0, trailing = !all && last_kept < first;
        bool const anywhere = is_leaf(r) || (of[r].floating && r == o);
        int const c = anywhere ? of_shape_[g.nodes[o].shape] : of[r].cluster;
        if (c >= 0 && clusters[c].open && clusters[c].size < largest &&
            (anywhere || r == o || (of[r].per_row && all && same_order(o)))) {
            cluster& its = clusters[c];
            if (of[r].per_row && all) {
                assign(n, c, of[r].phase, false);
                of[n].stored = true;
                return;
            }
            if (!of[r].per_row && g.kind(r) != ir::kind::reduction) {
                if (all) {
                    assign(n, c, of[r].phase, false);
                    of[n].stored = true;
                    connect(n, c);
                    return;
                }
                if (trailing && its.kind == cluster_kind::loop &&
                    (its.split < 0 ? true : its.split > last_kept && its.split <= first)) {
                    if (its.split < 0) its.split = last_kept + 1;
                    assign(n, c, of[r].phase, true);
                    connect(n, c);
                    return;
                }
                if (!trailing && (its.split < 0 || (its.split > last && its.split <= first_kept))) {
                    if (its.split < 0) its.split = last + 1;
                    assign(n, c, of[r].phase, false);
                    of[n].stored = true;
                    connect(n, c);
                    return;
                }
            }
        }
        int const split = all ? -1 : trailing ? last_kept + 1 : last + 1;
        int const own = open_cluster(cluster_kind::loop, g.nodes[o].shape, split, true);
        assign(n, own, 0, trailing);
        if (!trailing) of[n].stored = true;
        connect(n, own);
    }

    constexpr void place_product(int n) {
        if (ir::is<ops::convolution>(g.nodes[n].op)) return place_convolution(n);
        auto const axes = ops::dot_general::axes(g.attributes(n));
        for (int i = 0; i < 2; ++i) {
            int const x = g.operand(n, i);
            layout at;
            int const rank = g.shape_of(x).size();
            auto const& contracted = i ? axes.right : axes.left;
            auto const& batch = i ? axes.right_batch : axes.left_batch;
            bool const fits =
                layout_of(x, at, clusters.size()) && one_run(at, x, contracted) &&
                one_run(at, x, ops::dot_general::free_axes(rank, contracted, batch));
            if (!fits) make_packed(x);
            if (of[x].packed) continue;
            use_stored(x);
            if (g.kind(of[x].root) != ir::kind::input && is_leaf(of[x].root)) make_solid_leaf(x);
        }
        int const left_free = g.shape_of(g.operand(n, 0)).size() - axes.left.size();
        int const columns = g.shape_of(n).size() - left_free;
        int const own =
            open_cluster(cluster_kind::product, g.nodes[n].shape, left_free, columns <= 1);
        assign(n, own, 0, false);
    }

    /// Its kernel reads operands of any strides.
    constexpr void place_convolution(int n) {
        ops::convolution::form const form(g.attributes(n));
        for (int x : g.operands(n)) {
            layout at;
            // Groups of one channel go along lanes.
            if (!layout_of(x, at, clusters.size()) ||
                (form.g && at.strides.back() != extent{1} && g.shape_of(x).back() != extent{1}))
                make_packed(x);
            if (of[x].packed) continue;
            use_stored(x);
            if (g.kind(of[x].root) != ir::kind::input && is_leaf(of[x].root)) make_solid_leaf(x);
        }
        int const columns = form.f + form.g;
        assign(n, open_cluster(cluster_kind::product, g.nodes[n].shape, form.rows(), columns <= 1), 0,
               false);
    }

    /// A constant or a position as an operand that must stand in memory.
    constexpr void make_solid_leaf(int n) {
        int const r = of[n].root;
        if (of[r].cluster >= 0) return;
        assign_early(r);
        of[r].stored = true;
    }

    constexpr void place_alone(int n, cluster_kind kind) {
        for (int o : g.operands(n)) {
            if (kind == cluster_kind::placement) {
                use_stored(o);
                continue;
            }
            // Indices and tables are read row by row: they must stand contiguously.
            if (is_layout(o) && !same_order(o)) make_packed(o);
            if (of[o].packed) continue;
            use_stored(o);
            if (g.kind(of[o].root) != ir::kind::input && is_leaf(of[o].root)) make_solid_leaf(o);
        }
        assign(n, open_cluster(kind, g.nodes[n].shape, -1, false), 0, false);
        of[n].stored = true;
    }
    /// The layout only reshapes: all elements, in order.
    constexpr bool same_order(int n) const {
        for (; is_layout(n); n = g.operand(n, 0))
            if (g.kind(n) == ir::kind::layout && !ir::is<ops::reshape>(g.nodes[n].op))
                return false;
        return true;
    }

    /// A value that another cluster uses is stored, unless it is cheap to compute from what is in
    /// memory anyway.
    constexpr void settle(int n) {
        if (of[n].floating) {
            of[n].recomputed = true;
            return;
        }
        if (!of[n].cross || of[n].stored) return;
        bool again = g.kind(n) == ir::kind::elementwise && !of[n].per_row &&
                     g.nodes[n].op->cost <= 2;
        for (int o : g.operands(n)) {
            int const r = of[o].root;
            again = again && (is_leaf(r) || of[r].stored || (of[r].recomputed && r == o && of[r].floating));
        }
        if (again)
            of[n].recomputed = true;
        else
            of[n].stored = true;
    }
};

/// Decides for a simplified graph and for all its sub-graphs; `extents` knows their codes, and
/// learns those of their strides.
struct clusterings {
    list<cluster> clusters;
    list<placement> nodes;
    list<clustered::part> parts;
    extent_table extents;

    constexpr explicit clusterings(ir::graph_view const& g) : extents(g.extents) {
        add(g);
        for (int r = 0; r < g.regions.size(); ++r) add(g.sub(r));
    }
    constexpr clustered view() const { return {clusters, nodes, parts, extents.view()}; }

private:
    constexpr void add(ir::graph_view const& g) {
        clustering const c(g, extents);
        parts.push({{clusters.size(), c.clusters.size()}, {nodes.size(), g.nodes.size()}});
        clusters.append(c.clusters);
        nodes.append({c.of, g.nodes.size()});
    }
};

}  // namespace weft::pass
