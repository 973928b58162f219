// SPDX-License-Identifier: BSL-1.0
// Fusion's second half, its base: the clusters of one graph, and the buffers in which their values
// are, whole or in chunks. What lowers clusters of one kind each stands above, up to fuse.hpp.
#pragma once

#include <weft/pass/cluster.hpp>
#include <weft/pass/kernel_maker.hpp>

namespace weft::pass::detail {

class value_lowering : public kernel_maker {
protected:
    clustered kept_;
    clustering c;
    ir::graph_view g;
    list<int> buffer_of_;        // of each node, or -1
    list<int> first_, members_;  // nodes by cluster
    int cluster_ = 0;            // whose kernel is under construction
    list<int> flat_;             // contiguous copies of inputs that are bound in chunks
    int spread_ = -1;            // the buffer whose elements stand at other strides, or -1
    list<extent> spread_strides_;

    constexpr value_lowering(ir::graph_view const& graph, clustered const& kept)
        : kernel_maker(kept.extents), kept_(kept), c(graph, kept, 0, out.extents), g(c.g) {
        prepare();
    }
    /// Of a region of the graph that `around` lowers, whose plan it goes on with.
    constexpr value_lowering(value_lowering& around, int region)
        : kernel_maker(static_cast<kernel_maker&&>(around)),
          kept_(around.kept_),
          c(around.g.sub(region), kept_, 1 + region, out.extents),
          g(c.g) {
        prepare();
    }

    constexpr bool is_chunked(int r) const {
        return g.kind(r) == ir::kind::input && buffer_of_[r] >= 0 &&
               out.buffers[buffer_of_[r]].chunks > 0;
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

    /// Where the elements of a value of this shape stand in the memory of node n.
    constexpr layout stored(int n, range<extent> shape) {
        layout at{{0}, contiguous(out.extents, shape)};
        if (spread_ >= 0 && buffer_of_[n] == spread_)
            at.strides = list<extent>(static_cast<range<extent>>(spread_strides_));
        return at;
    }
    constexpr extent count(int n) { return element_count(out.extents, g.shape_of(n)); }
    /// A node whose kernel can write its value where it is wanted.
    constexpr bool owns(int n) const {
        return c.of[n].cluster >= 0 && !c.is_leaf(n) && buffer_of_[n] < 0;
    }
    constexpr int buffer_of(int n) {
        if (buffer_of_[n] < 0) buffer_of_[n] = add_buffer(g.nodes[n].type, count(n));
        return buffer_of_[n];
    }

private:
    constexpr void prepare() {
        buffer_of_.resize(g.nodes.size(), -1), flat_.resize(g.nodes.size(), -1);
        collect_members();
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
};

}  // namespace weft::pass::detail
