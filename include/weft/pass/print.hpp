// SPDX-License-Identifier: BSL-1.0
// A plan as text: its kernels with their instructions and where these read and write, its steps
// with their buffers. For people, and for the tests of fuse, schedule and allocate.
#pragma once

#include <weft/ir/print.hpp>
#include <weft/pass/plan.hpp>

namespace weft::pass {
namespace detail {

constexpr std::string_view name_of(action a) {
    constexpr std::string_view names[] = {"load",    "index",      "constant",      "extent",
                                          "product", "compute",    "reduce_row",    "reduce_column",
                                          "reduce_all", "store"};
    return names[static_cast<int>(a)];
}

constexpr std::string_view name_of(kernel_kind k) {
    constexpr std::string_view names[] = {"loop", "product", "gather", "scatter",
                                          "whole"};
    return names[static_cast<int>(k)];
}

class plan_printer {
public:
    text out;

    constexpr explicit plan_printer(plan_view const& plan) : p_(plan) {
        for (int k = 0; k < p_.kernels.size(); ++k) kernel(k);
        for (int s = 0; s < p_.steps.size(); ++s) step(s);
        for (int b = 0; b < p_.buffers.size(); ++b) buffer(b);
        if (p_.workspace >= 0)
            out << "workspace " << p_.workspace << " bytes\n";
        else
            out << "workspace of a size known at run time\n";
    }

private:
    plan_view const& p_;

    constexpr void extents(std::string_view before, int first, int count, std::string_view after) {
        out << before;
        for (int i = 0; i < count; ++i) {
            if (i) out << ", ";
            p_.extents.write(out, p_.extent_pool[first + i]);
        }
        out << after;
    }

    /// ` slot 0 + 128 (128, 1)`: where it stands, with the strides of the kernel's dimensions.
    constexpr void access(int k, int a, int rank) {
        pass::access const& at = p_.access_of(k, a);
        if (at.slot >= 0) out << " slot " << at.slot;
        if (at.offset != extent{0}) {
            out << (at.slot >= 0 ? " + " : " ");
            p_.extents.write(out, at.offset);
        }
        extents(" (", at.strides, rank, ")");
    }

    constexpr void kernel(int k) {
        pass::kernel const& x = p_.kernels[k];
        out << "kernel " << k << ": " << name_of(x.kind);
        if (x.kind == kernel_kind::product) {
            extents(" (", x.product_dims, x.product_rank, ")");
            out << ' ' << ir::short_name(x.type) << ", left";
            access(k, 0, x.product_rank - 1);
            out << ", right";
            access(k, 1, x.product_rank - 1);
            extents(", result (", x.dims, x.rank, ")");
        } else {
            extents(" (", x.dims, x.rank, ")");
        }
        if (x.row_rank > 0 && x.kind == kernel_kind::loop) out << ", rows " << x.row_rank;
        if (x.phases > 1) out << ", phases " << x.phases;
        out << '\n';
        for (int i = 0; i < x.instructions.count; ++i) instruction(k, i);
    }

    constexpr void instruction(int k, int i) {
        pass::instruction const& x = p_.body(k)[i];
        out << "  ";
        if (x.phase > 0) out << x.phase << ": ";
        if (x.per_row) out << "row ";
        out << '%' << i << " = ";
        if (x.what != action::compute) out << name_of(x.what) << ' ';
        if (x.has_op()) out << x.op->name << ' ';
        out << ir::short_name(x.type);
        for (int o = 0; o < 4 && x.operand[o] >= 0; ++o) out << (o ? ", %" : " %") << x.operand[o];
        if (x.access >= 0) access(k, x.access, p_.kernels[k].rank);
        if (x.what == action::extent) {
            out << ' ';
            p_.extents.write(out, extent{x.bits});
        } else if (x.what == action::constant) {
            out << ' ';
            if (is_inexact(x.type))
                ir::write_number(out, __builtin_bit_cast(double, x.bits));
            else
                out << x.bits;
        }
        out << '\n';
    }

    constexpr int around(int loop) const {
        return loop < p_.loops.size() ? p_.loops[loop].around : -1;
    }
    constexpr void step(int s) {
        if (s == p_.guard && p_.guard > 0) out << "guard\n";
        out << "step " << s << ": kernel " << p_.steps[s].kernel << " on";
        for (int i = 0; i < p_.steps[s].slots.count; ++i) out << (i ? ", b" : " b") << p_.slot(s, i);
        for (int l = p_.steps[s].loop; l >= 0; l = around(l))
            out << (l == p_.steps[s].loop ? ", loop " : " in ") << l;
        out << '\n';
    }

    constexpr void buffer(int b) {
        pass::buffer const& x = p_.buffers[b];
        int const output = b - p_.inputs;
        out << 'b' << b << ": ";
        if (output < 0)
            out << "input " << b << ", ";
        else if (output < p_.outputs)
            out << "output " << output << ", ";
        else if (x.base >= 0)
            slice(x);
        else if (x.alias < 0)
            out << "at " << x.offset << ", steps " << x.first << " to " << x.last << ", ";
        out << ir::short_name(x.type) << ' ';
        p_.extents.write(out, x.size);
        if (x.alias >= 0) out << ", in place of b" << x.alias;
        out << '\n';
    }
    constexpr void slice(pass::buffer const& x) {
        out << "slice of b" << x.base << " every ";
        p_.extents.write(out, x.stride);
        out << " in loop " << x.loop << ", ";
    }
};

}  // namespace detail

/// Kernels with their instructions, steps with their buffers, buffers with their places.
constexpr text print(plan_view const& p) { return detail::plan_printer(p).out; }

}  // namespace weft::pass
