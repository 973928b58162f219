// SPDX-License-Identifier: BSL-1.0
// The kernel of a loop: elementwise values, reductions, and the matrix product that it finishes, as
// instructions over rows and columns, in as many sweeps as its reductions ask for.
#pragma once

#include <weft/pass/lower_product.hpp>

namespace weft::pass::detail {

class loop_lowering : public product_lowering {
protected:
    using product_lowering::product_lowering;

    constexpr void lower_loop(int k) {
        cluster const& its = c.clusters[k];
        local_.resize(g.nodes.size(), -1);
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
        if (!body_.empty()) finish(its.split, product >= 0 ? g.nodes[product].type : dtype::f32);
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
    /// The matrix product among the nodes of a cluster; older values may have joined it.
    constexpr int contraction_of(int k) const {
        for (int i = first_[k]; i < first_[k + 1]; ++i)
            if (g.kind(members_[i]) == ir::kind::contraction) return members_[i];
        return -1;
    }
    /// An operand from memory, or a number.
    constexpr int outside(int o, int sweep, bool row) {
        int const r = c.of[o].root;
        dtype const type = g.nodes[r].type;
        if (g.kind(r) == ir::kind::constant || g.kind(r) == ir::kind::extent)
            return number(g.kind(r) == ir::kind::constant ? action::constant : action::extent, type,
                          g.attribute(r, 0), sweep, row);
        layout at;
        c.layout_of(o, at);
        int const axes = row ? c.clusters[cluster_].split : rank_;
        if (g.kind(r) == ir::kind::index)
            return read(action::index, type, -1, at, axes, sweep, row);
        return read(action::load, type, sliced_ ? buffer_of(r) : whole_buffer(r), at, axes, sweep,
                    row);
    }

private:
    // Of the kernel under construction:
    list<int> order_, local_;  // its nodes, and their place in it
    list<int> need_;           // sweeps in which each is needed, a bit each
    list<int> carried_;        // sweeps in which it comes from memory
    list<int> value_;          // instruction of (node, sweep)
    list<int> scratch_;        // buffer that carries a value between sweeps, or -1

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
                int b = scratch_[i];
                layout at{{0}, contiguous(out.extents, range<extent>(dims_))};
                if (b < 0)
                    b = buffer_of(r), at = stored(r, dims_);
                else
                    for (int a = 0; a < c.clusters[cluster_].split; ++a) at.strides[a] = extent{0};
                known = read(action::load, g.nodes[r].type, b, at, rank_, sweep, false);
            }
            return known;
        }
        return outside(o, sweep, row);
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
        instruction x{action::compute, g.nodes[n].type,  row, sweep,
                      g.nodes[n].op,   {-1, -1, -1, -1}, -1,  0};
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
                v = emit({action::product,
                          g.nodes[n].type,
                          false,
                          sweep,
                          nullptr,
                          {-1, -1, -1, -1},
                          -1,
                          0});
            else if (c.of[n].packed || c.is_leaf(n))
                v = outside(n, sweep, false);
            else
                v = compute(n, sweep, false);
            value_[i * phases_ + sweep] = v;
        }
        if (sweep != phase_of(n) || c.of[n].recomputed) return;
        dtype const type = g.nodes[n].type;
        if (writes_memory(n)) store(v, type, buffer_of(n), stored(n, dims_), rank_, sweep, false);
        if (scratch_[i] >= 0) {
            layout at{{0}, contiguous(out.extents, range<extent>(dims_))};
            for (int a = 0; a < c.clusters[cluster_].split; ++a) at.strides[a] = extent{0};
            store(v, type, scratch_[i], at, rank_, sweep, false);
        }
    }

    constexpr void emit_reduction(int i, int n, int sweep) {
        int const o = g.operand(n, 0);
        bool const row = c.of[c.of[o].root].per_row && local_[c.of[o].root] >= 0;
        int const from = value(o, sweep, row);
        instruction x{action::reduce_row, g.nodes[n].type,    row, sweep,
                      g.nodes[n].op,      {from, -1, -1, -1}, -1,  0};
        if (c.of[n].per_row) {
            value_[i * phases_ + sweep] = emit(x);
            return;
        }
        // Strides of the result along the axes that stay.
        layout at = stored(n, g.shape_of(n));
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
        if (g.kind(n) != ir::kind::reduction) value_[i * phases_ + sweep] = compute(n, sweep, true);
        if (!c.of[n].stored) return;
        layout const at = stored(n, g.shape_of(n));
        store(value_[i * phases_ + sweep], g.nodes[n].type, buffer_of(n), at,
              c.clusters[cluster_].split, sweep, true);
    }
};

}  // namespace weft::pass::detail
