// SPDX-License-Identifier: BSL-1.0
// Fusion: one kernel for each cluster of nodes. Second half: a cluster becomes instructions over
// rows and columns, steps of equal structure share a kernel, and values get buffers.
#pragma once

#include <weft/pass/cluster.hpp>
#include <weft/pass/kernel_maker.hpp>
#include <weft/pass/window.hpp>

namespace weft::pass {

namespace detail {

class lowering : public kernel_maker {
public:
    constexpr lowering(ir::graph_view const& graph, clustered const& kept)
        : kernel_maker(kept.extents), kept_(kept), c(graph, kept, 0, out.extents), g(c.g) {
        prepare();
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
            int const n = g.updates[i + 1], b = add_buffer(g.nodes[n].type, count(n));
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
        : kernel_maker(static_cast<kernel_maker&&>(around)),
          kept_(around.kept_),
          c(around.g.sub(region), kept_, 1 + region, out.extents),
          g(c.g) {
        int const outer = loop_;
        loop_ = loop;
        prepare();
        list<int> targets;
        for (int i = 0; i < inputs.size(); ++i) buffer_of_[g.inputs[i]] = inputs[i];
        for (int i = 0; i < outputs.size(); ++i)
            targets.push(g.outputs[i]), targets.push(outputs[i]);
        lower_all(targets);
        loop_ = outer;
        static_cast<kernel_maker&>(around) = static_cast<kernel_maker&&>(*this);
    }

private:
    clustered kept_;
    clustering c;
    ir::graph_view g;
    list<int> buffer_of_;            // of each node, or -1
    list<int> first_, members_;      // nodes by cluster
    // Of the kernel under construction:
    list<int> order_, local_;        // its nodes, and their place in it
    list<int> need_;                 // sweeps in which each is needed, a bit each
    list<int> carried_;              // sweeps in which it comes from memory
    list<int> value_;                // instruction of (node, sweep)
    list<int> scratch_;              // buffer that carries a value between sweeps, or -1
    int cluster_ = 0;
    list<int> flat_;                 // contiguous copies of inputs that are bound in chunks

    constexpr void prepare() {
        int const n = g.nodes.size();
        buffer_of_.resize(n, -1), local_.resize(n, -1), flat_.resize(n, -1);
        collect_members();
    }
    /// All clusters, with results where they are wanted: `targets` are pairs of node and buffer.
    constexpr void lower_all(range<int> targets) {
        list<int> copies;
        for (int i = 0; i < targets.size(); i += 2) {
            int const n = targets[i], b = targets[i + 1];
            bool const whole = out.buffers[b].chunks == 0;
            int const maker = whole && !owns(n) && c.is_dense(n) ? c.of[n].root : n;
            if (owns(maker) && (whole || writes_slices(n)))
                buffer_of_[maker] = b;
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
    constexpr bool is_chunked(int r) const {
        return g.kind(r) == ir::kind::input && buffer_of_[r] >= 0 &&
               out.buffers[buffer_of_[r]].chunks > 0;
    }
    /// Elementwise over values whose first axes are those that some are bound in chunks of; how
    /// many axes these are.
    constexpr int runs_over_slices(int k) const {
        cluster const& its = c.clusters[k];
        if (its.kind != cluster_kind::loop || its.split >= 0 || its.phases > 1) return 0;
        int chunks = 0;
        for (int i = first_[k]; i < first_[k + 1]; ++i)
            if (!plain_operands(members_[i], its, chunks)) return 0;
        return chunks > 0 ? chunk_axes(its, chunks) : 0;
    }
    /// How many of the first axes have one place for each chunk; 0 where none have.
    constexpr int chunk_axes(cluster const& its, int chunks) const {
        auto const shape = g.shape(its.shape);
        std::int64_t places = 1;
        for (int i = 0; i < shape.size() && shape[i].is_static(); ++i)
            if ((places *= shape[i].value()) == chunks) return i + 1;
        return 0;
    }
    constexpr bool plain_operands(int n, cluster const& its, int& chunks) const {
        if (g.kind(n) == ir::kind::reduction || c.of[n].packed || c.is_leaf(n)) return false;
        for (int o : g.operands(n)) {
            int const r = c.of[o].root;
            if (c.of[o].recomputed && !plain_operands(o, its, chunks)) return false;
            if (g.kind(r) == ir::kind::index) return false;
            if (!is_chunked(r)) continue;
            int const own = out.buffers[buffer_of_[r]].chunks;
            if (o != r || (chunks > 0 && own != chunks) || chunk_axes(its, own) == 0) return false;
            chunks = own;
        }
        return true;
    }
    /// Where kernels that need all of a value in one piece read it.
    constexpr void whole_buffer_of_input(int r) {
        if (is_chunked(r)) whole_buffer(r);
    }
    constexpr int whole_buffer(int r) {
        if (!is_chunked(r)) return buffer_of(r);
        if (flat_[r] < 0) {
            flat_[r] = add_buffer(g.nodes[r].type, count(r));
            add_copy_step(out, buffer_of_[r], flat_[r], out.buffers[flat_[r]].size, loop_);
        }
        return flat_[r];
    }

    constexpr extent count(int n) { return element_count(out.extents, g.shape_of(n)); }
    /// A node whose kernel can write its value where it is wanted.
    constexpr bool owns(int n) const { return c.of[n].cluster >= 0 && !g_leaf(n) && buffer_of_[n] < 0; }
    constexpr bool g_leaf(int n) const { return c.is_leaf(n); }
    constexpr int buffer_of(int n) {
        if (buffer_of_[n] < 0) buffer_of_[n] = add_buffer(g.nodes[n].type, count(n));
        return buffer_of_[n];
    }

    constexpr void collect_members() {
        first_.resize(c.clusters.size() + 1, 0);
        for (int n = 0; n < g.nodes.size(); ++n)
            if (c.of[n].cluster >= 0) ++first_[c.of[n].cluster + 1];
        for (int k = 0; k < c.clusters.size(); ++k) first_[k + 1] += first_[k];
        list<int> at(static_cast<range<int>>(first_));
        members_.resize(first_.back(), 0);
        for (int n = 0; n < g.nodes.size(); ++n)
            if (c.of[n].cluster >= 0) members_[at[c.of[n].cluster]++] = n;
    }

    // --- one cluster -------------------------------------------------------------------------------

    constexpr void lower(int k) {
        cluster const& its = c.clusters[k];
        cluster_ = k;
        switch (its.kind) {
            case cluster_kind::gather:
            case cluster_kind::scatter: return lower_rows(members_[first_[k]], its.kind);
            case cluster_kind::placement: return lower_placement(members_[first_[k]]);
            case cluster_kind::whole: return lower_whole(members_[first_[k]]);
            case cluster_kind::repeat: return lower_repeat(k);
            default: break;
        }
        sliced_ = runs_over_slices(k);
        order_.clear();
        for (int i = first_[k]; i < first_[k + 1]; ++i) include(members_[i]);
        if (!sliced_)
            for (int n : order_)
                for (int o : g.operands(n)) whole_buffer_of_input(c.home_of(o, k));
        auto const shape = g.shape(its.shape);
        begin(shape, its.phases);
        int const product = contraction_of(k);
        if (product >= 0) lower_product(product);
        find_needs();
        emit_values();
        for (int n : order_) local_[n] = -1;
        // All of it may be computed again elsewhere.
        if (!body_.empty())
            finish(its.split, product >= 0 ? g.nodes[product].type : dtype::f32);
    }
    /// The matrix product among the nodes of a cluster; older values may have joined it.
    constexpr int contraction_of(int k) const {
        for (int i = first_[k]; i < first_[k + 1]; ++i)
            if (g.kind(members_[i]) == ir::kind::contraction) return members_[i];
        return -1;
    }

    /// Puts a node, after the recomputed ones that it reads, into the order of the kernel.
    constexpr void include(int n) {
        if (local_[n] >= 0) return;
        if (!(c.is_layout(n) || c.is_leaf(n)))
            for (int o : g.operands(n))
                if (c.of[o].recomputed) include(o);
        local_[n] = order_.push(n);
    }
    constexpr bool is_element(int n) const { return !c.of[n].per_row; }
    constexpr int phase_of(int n) const { return c.of[n].recomputed ? 0 : c.of[n].phase; }
    constexpr bool writes_memory(int n) const {
        return c.of[n].stored && !(g.kind(n) == ir::kind::reduction && !c.of[n].per_row);
    }
    constexpr bool costly(int n) const { return g.nodes[n].op->cost > clustering::cheap; }

    constexpr void need(int o, int sweep) {
        int const r = c.of[o].root;
        int const i = local_[r];
        if (i < 0 || c.of[r].per_row || r != o) return;
        int const own = phase_of(r);
        if (sweep > own && (costly(r) || c.of[r].stored)) {
            if (!c.of[r].stored && scratch_[i] < 0)
                scratch_[i] = add_buffer(g.nodes[r].type, column_count());
            need_[i] |= 1 << own;
            carried_[i] |= 1 << sweep;
        } else {
            need_[i] |= 1 << sweep;
        }
    }

    constexpr extent column_count() {
        extent n{1};
        for (int i = c.clusters[cluster_].split; i < rank_; ++i)
            n = out.extents.multiply(n, dims_[i]);
        return n;
    }

    constexpr void find_needs() {
        int const count = order_.size();
        need_.clear(), scratch_.clear(), value_.clear(), carried_.clear();
        need_.resize(count, 0), scratch_.resize(count, -1), carried_.resize(count, 0);
        value_.resize(count * phases_, -1);
        for (int i = count - 1; i >= 0; --i) {
            int const n = order_[i];
            bool const reduction = g.kind(n) == ir::kind::reduction;
            if (c.of[n].per_row || reduction) {
                if (reduction) need(g.operand(n, 0), phase_of(n));
                continue;
            }
            if (writes_memory(n) && !c.of[n].recomputed) need_[i] |= 1 << phase_of(n);
            if (c.is_leaf(n) || c.of[n].packed || g.kind(n) == ir::kind::contraction) continue;
            for (int sweep = 0; sweep < phases_; ++sweep)
                if (need_[i] >> sweep & 1)
                    for (int o : g.operands(n)) need(o, sweep);
        }
    }

    /// The instruction that holds operand o in this sweep (or in this row).
    constexpr int value(int o, int sweep, bool row) {
        int const r = c.of[o].root, i = local_[r];
        if (i >= 0 && (c.of[r].per_row || (r == o && g.kind(r) != ir::kind::reduction))) {
            if (c.of[r].per_row) return value_[i * phases_ + phase_of(r)];
            if (row && c.of[r].recomputed) return row_again(r, sweep);
            int& known = value_[i * phases_ + sweep];
            if (known < 0 && (carried_[i] >> sweep & 1)) {
                layout at{{0}, contiguous(out.extents, range<extent>(dims_))};
                int b = scratch_[i];
                if (b < 0)
                    b = buffer_of(r);
                else
                    for (int a = 0; a < c.clusters[cluster_].split; ++a) at.strides[a] = extent{0};
                known = read(action::load, g.nodes[r].type, b, at, rank_, sweep, false);
            }
            return known;
        }
        return outside(o, sweep, row);
    }
    /// An operand from memory, or a number.
    constexpr int outside(int o, int sweep, bool row) {
        int const r = c.of[o].root;
        dtype const type = g.nodes[r].type;
        if (g.kind(r) == ir::kind::constant || g.kind(r) == ir::kind::extent)
            return number(g.kind(r) == ir::kind::constant ? action::constant : action::extent,
                          type, g.attribute(r, 0), sweep, row);
        layout at;
        c.layout_of(o, at);
        int const axes = row ? c.clusters[cluster_].split : rank_;
        if (g.kind(r) == ir::kind::index) return read(action::index, type, -1, at, axes, sweep, row);
        return read(action::load, type, sliced_ ? buffer_of(r) : whole_buffer(r), at, axes, sweep,
                    row);
    }

    constexpr void emit_values() {
        for (int sweep = 0; sweep < phases_; ++sweep) {
            for (int i = 0; i < order_.size(); ++i) {
                int const n = order_[i];
                if (is_element(n) && g.kind(n) != ir::kind::reduction && (need_[i] >> sweep & 1))
                    emit_element(i, n, sweep);
                else if (g.kind(n) == ir::kind::reduction && phase_of(n) == sweep && !folds_rows(n))
                    emit_reduction(i, n, sweep);
            }
            for (int i = 0; i < order_.size(); ++i) {
                int const n = order_[i];
                if (phase_of(n) != sweep) continue;
                if (c.of[n].per_row)
                    emit_row(i, n, sweep);
                else if (g.kind(n) == ir::kind::reduction && folds_rows(n))
                    emit_reduction(i, n, sweep);
            }
        }
    }

    /// A reduction over values of the row: it comes after these.
    constexpr bool folds_rows(int n) const {
        int const r = c.of[g.operand(n, 0)].root;
        return c.of[r].per_row && local_[r] >= 0;
    }

    constexpr int compute(int n, int sweep, bool row) {
        instruction x{action::compute, g.nodes[n].type, row, sweep, g.nodes[n].op, {-1, -1, -1, -1},
                      -1, 0};
        for (int o = 0; o < g.nodes[n].operand_count; ++o)
            x.operand[o] = value(g.operand(n, o), sweep, row);
        return emit(x);
    }
    /// A recomputed value of the shape of rows; once a row for all that read it there.
    constexpr int row_again(int n, int sweep) {
        int const made = compute(n, sweep, true);
        for (int i = 0; i < made; ++i)
            if (body_[i] == body_[made]) {
                body_.pop();
                return i;
            }
        return made;
    }
    constexpr void emit_element(int i, int n, int sweep) {
        int v = value_[i * phases_ + sweep];
        if (v < 0) {
            if (g.kind(n) == ir::kind::contraction)
                v = emit({action::product, g.nodes[n].type, false, sweep, nullptr, {-1, -1, -1, -1},
                          -1, 0});
            else if (c.of[n].packed || c.is_leaf(n))
                v = outside(n, sweep, false);
            else
                v = compute(n, sweep, false);
            value_[i * phases_ + sweep] = v;
        }
        if (sweep != phase_of(n) || c.of[n].recomputed) return;
        layout at{{0}, contiguous(out.extents, range<extent>(dims_))};
        dtype const type = g.nodes[n].type;
        if (writes_memory(n)) store(v, type, buffer_of(n), at, rank_, sweep, false);
        if (scratch_[i] >= 0) {
            for (int a = 0; a < c.clusters[cluster_].split; ++a) at.strides[a] = extent{0};
            store(v, type, scratch_[i], at, rank_, sweep, false);
        }
    }

    constexpr void emit_reduction(int i, int n, int sweep) {
        int const o = g.operand(n, 0);
        bool const row = c.of[c.of[o].root].per_row && local_[c.of[o].root] >= 0;
        int const from = value(o, sweep, row);
        instruction x{action::reduce_row, g.nodes[n].type, row, sweep, g.nodes[n].op,
                      {from, -1, -1, -1}, -1, 0};
        if (c.of[n].per_row) {
            value_[i * phases_ + sweep] = emit(x);
            return;
        }
        // Strides of the result along the axes that stay.
        layout at{{0}, contiguous(out.extents, g.shape_of(n))};
        std::int64_t const mask = g.attribute(n, 0);
        bool all = true;
        for (int a = 0; a < at.strides.size(); ++a) {
            if (mask >> a & 1)
                at.strides[a] = extent{0};
            else if (g.shape_of(n)[a] != extent{1})
                all = false;
        }
        x.what = all ? action::reduce_all : action::reduce_column;
        x.access = add_access(buffer_of(n), at, all ? 0 : rank_);
        emit(x);
    }

    constexpr void emit_row(int i, int n, int sweep) {
        if (g.kind(n) != ir::kind::reduction)
            value_[i * phases_ + sweep] = compute(n, sweep, true);
        if (!c.of[n].stored) return;
        layout const at{{0}, contiguous(out.extents, g.shape_of(n))};
        store(value_[i * phases_ + sweep], g.nodes[n].type, buffer_of(n), at,
              c.clusters[cluster_].split, sweep, true);
    }

    // --- kernels of other kinds ----------------------------------------------------------------------

    /// The accesses of both operands; dimensions batch..., m, n, k.
    constexpr void lower_product(int n) {
        if (ir::is<ops::convolution>(g.nodes[n].op)) return lower_convolution(n);
        auto const axes = ops::dot_general::axes(g.attributes(n));
        int const a = g.operand(n, 0), b = g.operand(n, 1), batches = axes.left_batch.size();
        auto const left = g.shape_of(a), right = g.shape_of(b);
        for (std::int64_t i : axes.left_batch) product_dims_.push(left[static_cast<int>(i)]);
        auto const free_a = ops::dot_general::free_axes(left.size(), axes.left, axes.left_batch);
        auto const free_b = ops::dot_general::free_axes(right.size(), axes.right, axes.right_batch);
        auto size = [&](range<extent> shape, range<std::int64_t> which) {
            extent e{1};
            for (std::int64_t i : which) e = out.extents.multiply(e, shape[static_cast<int>(i)]);
            return e;
        };
        product_dims_.push(size(left, free_a));
        product_dims_.push(size(right, free_b));
        product_dims_.push(size(left, axes.left));
        // These accesses have their own strides: batch..., then two.
        auto operand = [&](int x, range<std::int64_t> batch, range<std::int64_t> first,
                           range<std::int64_t> second) {
            layout at;
            c.layout_of(x, at, cluster_);
            auto const shape = g.shape_of(x);
            int const start = strides_.size();
            for (std::int64_t i : batch) strides_.push(at.strides[static_cast<int>(i)]);
            for (range<std::int64_t> const& group : {first, second}) {
                extent stride{0};
                for (std::int64_t i : group)
                    if (shape[static_cast<int>(i)] != extent{1})
                        stride = at.strides[static_cast<int>(i)];
                strides_.push(stride);
            }
            for (int i = batches + 2; i < rank_; ++i) strides_.push(extent{0});
            accesses_.push({slot(whole_buffer(c.home_of(x, cluster_))), at.offset, start});
        };
        operand(a, axes.left_batch, free_a, axes.left);
        operand(b, axes.right_batch, axes.right, free_b);
    }

    /// The numbers of its window; see pass/window.hpp.
    constexpr void lower_convolution(int n) {
        ops::convolution::form const f(g.attributes(n));
        int const a = g.operand(n, 0), b = g.operand(n, 1);
        auto const x = g.shape_of(a), w = g.shape_of(b), y = g.shape_of(n);
        layout at[2];
        for (int i = 0; i < 2; ++i) {
            c.layout_of(g.operand(n, i), at[i], cluster_);
            int const start = strides_.size();
            for (int d = 0; d < f.batches; ++d) strides_.push(at[i].strides[d]);
            for (int d = f.batches; d < rank_ || d < f.batches + 2; ++d) strides_.push(extent{0});
            accesses_.push({slot(whole_buffer(c.home_of(g.operand(n, i), cluster_))),
                            at[i].offset, start});
        }
        auto& e = out.extents;
        auto const side = [&](bool there, range<extent> shape, int axis, list<extent> const& strides) {
            window_.push(there ? shape[axis] : extent{1});
            window_.push(there ? strides[axis] : extent{0});
        };
        auto const stride_of = [&](bool there, int axis) {
            window_.push(there ? at[1].strides[axis] : extent{0});
        };
        window_.push(extent{f.axes});
        window_.push(extent{f.inner});
        side(f.n, x, f.x_n(), at[0].strides);
        side(f.c, x, f.x_c(), at[0].strides), stride_of(f.c, f.w_c());
        side(f.f, w, f.w_f(), at[1].strides);
        side(f.g, x, x.size() - 1, at[0].strides), stride_of(f.g, w.size() - 1);
        extent m = window_[2], k = window_[4];
        for (int i = 0; i < f.axes; ++i) {
            m = e.multiply(m, y[f.y_o() + i]), k = e.multiply(k, w[f.w_k() + i]);
            window_.push(y[f.y_o() + i]);
            side(true, x, f.x_s() + i, at[0].strides);
            side(true, w, f.w_k() + i, at[1].strides);
            auto const& its = f.at[i];
            for (std::int64_t v : {its.stride, its.dilation, its.spread, its.padding})
                window_.push(extent{to_natural(v)});
        }
        for (int d = 0; d < f.batches; ++d) product_dims_.push(x[d]);
        product_dims_.push(m), product_dims_.push(e.multiply(window_[7], window_[9]));
        product_dims_.push(k);
    }

    constexpr void lower_rows(int n, cluster_kind kind) {
        int const own = c.of[n].cluster;
        for (int o : g.operands(n)) whole_buffer_of_input(c.home_of(o, own));
        int const table = kind == cluster_kind::gather ? 0 : -1;
        int const indices = g.operand(n, kind == cluster_kind::gather ? 1 : 0);
        int const other = g.operand(n, kind == cluster_kind::gather ? 0 : 1);
        auto const shape = g.shape_of(table == 0 ? other : n);
        extent width{1};
        for (int i = 1; i < shape.size(); ++i) width = out.extents.multiply(width, shape[i]);
        extent const dims[] = {element_count(out.extents, g.shape_of(indices)), width, shape[0]};
        begin({dims, 3}, 1);
        int const from[] = {g.operand(n, 0), g.operand(n, 1)};
        for (int o : from) slots_.push(whole_buffer(c.home_of(o, own)));
        slots_.push(buffer_of(n));
        strides_.resize(3, extent{0});
        accesses_.push({kind == cluster_kind::gather ? 1 : 0, extent{0}, 0});
        emit({action::load, g.nodes[c.of[indices].root].type, false, 0, nullptr, {-1, -1, -1, -1}, 0,
              0});
        finish_step(kind == cluster_kind::gather ? kernel_kind::gather : kernel_kind::scatter,
                    g.nodes[n].type, 0);
    }

    /// The shapes and attributes as the operation's own kernel gets them.
    constexpr void lower_whole(int n) {
        ir::node const& x = g.nodes[n];
        list<extent> dims(g.shape_of(n));
        for (int o : g.operands(n)) {
            whole_buffer_of_input(c.home_of(o, c.of[n].cluster));
            dims.append(g.shape_of(o));
        }
        begin(dims, 1);
        ir::sizing const sizes{g, n, out.extents};
        auto const touch = [&](action what, int buffer, int rank) {
            emit({what, out.buffers[buffer].type, false, 0, nullptr, {-1, -1, -1, -1},
                  add_access(buffer, {}, 0), rank});
        };
        for (int o : g.operands(n))
            touch(action::load, whole_buffer(c.home_of(o, c.of[n].cluster)), g.shape_of(o).size());
        extent const flops = x.op->has_flops ? x.op->flops(sizes)
                                             : out.extents.multiply(extent{x.op->cost}, count(n));
        emit({action::compute, x.type, false, 0, x.op, {-1, -1, -1, -1}, -1, flops.code});
        for (std::int64_t a : g.attributes(n))
            emit({action::constant, dtype::int64, false, 0, nullptr, {-1, -1, -1, -1}, -1, a});
        touch(action::store, buffer_of(n), g.shape_of(n).size());
        if (x.op->has_workspace)
            touch(action::store, add_buffer(dtype::uint8, x.op->workspace(sizes)), 0);
        finish_step(kernel_kind::whole, x.type, 0);
    }

    /// Copies of the operands into parts of the result, one kernel each.
    constexpr void lower_placement(int n) {
        bool const pads = ir::is<ops::pad>(g.nodes[n].op);
        auto const shape = g.shape_of(n);
        list<extent> const whole = contiguous(out.extents, shape);
        dtype const type = g.nodes[n].type;
        if (pads) {
            begin(shape, 1);
            int const zero = number(action::constant, type, 0, 0, false);
            store(zero, type, buffer_of(n), {{0}, whole}, rank_, 0, false);
            finish(-1, type);
        }
        extent at{0};
        for (int i = 0; i < g.nodes[n].operand_count; ++i) {
            int const x = g.operand(n, i);
            auto const part = g.shape_of(x);
            layout to{{0}, list<extent>(static_cast<range<extent>>(whole))};
            if (pads) {
                for (int a = 0; a < shape.size(); ++a) {
                    extent const start{g.attribute(n, 2 * a)}, step{g.attribute(n, 2 * a + 1)};
                    to.offset = out.extents.add(to.offset, out.extents.multiply(start, whole[a]));
                    to.strides[a] = out.extents.multiply(whole[a], step);
                }
            } else {
                int const axis = static_cast<int>(g.attribute(n, 0));
                to.offset = out.extents.multiply(at, whole[axis]);
                at = out.extents.add(at, part[axis]);
            }
            copy_to(x, buffer_of(n), to);
        }
    }
    constexpr void copy_to(int x, int buffer, layout const& to) {
        whole_buffer_of_input(c.of[x].root);
        sliced_ = 0;
        auto const shape = g.shape_of(x);
        begin(shape, 1);
        cluster_ = -1;
        int const v = outside_copy(x);
        store(v, g.nodes[x].type, buffer, to, rank_, 0, false);
        finish(-1, g.nodes[x].type);
    }
    constexpr int outside_copy(int x) {
        int const r = c.of[x].root;
        dtype const type = g.nodes[r].type;
        if (g.kind(r) == ir::kind::constant || g.kind(r) == ir::kind::extent)
            return number(g.kind(r) == ir::kind::constant ? action::constant : action::extent,
                          type, g.attribute(r, 0), 0, false);
        layout at;
        c.layout_of(x, at);
        return g.kind(r) == ir::kind::index
                   ? read(action::index, type, -1, at, rank_, 0, false)
                   : read(action::load, type, whole_buffer(r), at, rank_, 0, false);
    }
    constexpr void copy(int n, int buffer) {
        int const r = c.of[n].root;
        if (out.buffers[buffer].chunks > 0) {
            // Slice by slice, from one piece.
            int from = r == n && !c.is_leaf(n) ? buffer_of(n) : -1;
            if (from < 0) {
                from = add_buffer(g.nodes[n].type, count(n));
                copy_to(n, from, {{0}, contiguous(out.extents, g.shape_of(n))});
            }
            add_copy_step(out, from, buffer, out.buffers[from].size, loop_);
            return;
        }
        copy_to(n, buffer, {{0}, contiguous(out.extents, g.shape_of(n))});
    }

    /// The steps of the body, as a loop; carried values go through buffers of their own.
    constexpr void lower_repeat(int k) {
        int const n = members_[first_[k]];
        ops::repeat const r = ops::repeat::of(g.attributes(n));
        ir::graph_view body = g.sub(r.region);
        list<int> parts(body.outputs.size(), -1), inputs, outputs, next;
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
                int const b = parts[i] >= 0 ? buffer_of(parts[i])
                                            : add_buffer(g.nodes[o].type, count(o));
                copy(o, b);
                inputs.push(b);
            } else if (i < r.carried + r.stacked) {
                auto const shape = g.shape_of(o);
                inputs.push(slices_of(out, stack_buffer(root, r.count),
                                      element_count(out.extents, {shape.first + 1, shape.count - 1}),
                                      loop));
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
            if (is_chunked(c.home_of(g.operand(members_[first_[k]], r.carried + i), k))) return false;
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
