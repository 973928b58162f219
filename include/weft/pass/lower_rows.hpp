// SPDX-License-Identifier: BSL-1.0
// Kernels that are no loop over values: gathers and scatters of rows, operations with a kernel of
// their own, and copies of operands into parts of a result.
#pragma once

#include <weft/pass/lower_loop.hpp>

namespace weft::pass::detail {

class row_lowering : public loop_lowering {
protected:
    using loop_lowering::loop_lowering;

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
        emit({action::load,
              g.nodes[c.of[indices].root].type,
              false,
              0,
              nullptr,
              {-1, -1, -1, -1},
              0,
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
            emit({what,
                  out.buffers[buffer].type,
                  false,
                  0,
                  nullptr,
                  {-1, -1, -1, -1},
                  add_access(buffer, {}, 0),
                  rank});
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
    /// The value of a node, written where it is wanted.
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
        layout to{{0}, contiguous(out.extents, g.shape_of(n))};
        if (buffer == spread_) to.strides = list<extent>(static_cast<range<extent>>(spread_strides_));
        copy_to(n, buffer, to);
    }

private:
    constexpr void copy_to(int x, int buffer, layout const& to) {
        whole_buffer_of_input(c.of[x].root);
        sliced_ = 0;
        auto const shape = g.shape_of(x);
        begin(shape, 1);
        store(outside(x, 0, false), g.nodes[x].type, buffer, to, rank_, 0, false);
        finish(-1, g.nodes[x].type);
    }
};

}  // namespace weft::pass::detail
