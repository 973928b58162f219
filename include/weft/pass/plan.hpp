// SPDX-License-Identifier: BSL-1.0
// A plan: kernels (fused loop nests with numbered operand slots) and steps (a kernel with
// buffers), made by `fuse`, ordered by `schedule`, given memory by `allocate`. Backends run it.
#pragma once

#include <weft/ir/graph.hpp>

namespace weft::pass {

/// What one instruction of a loop kernel does.
enum class action : std::uint8_t {
    load,           ///< reads memory at its access
    index,          ///< the offset of its access: a position
    constant,       ///< a number, in `bits`
    extent,         ///< a run-time extent, in `bits`
    product,        ///< an element of the matrix product that this kernel finishes
    compute,        ///< an elementwise operation on earlier instructions
    reduce_row,     ///< folds its operand over the columns, a value of the row
    reduce_column,  ///< folds its operand over the rows into memory
    reduce_all,     ///< folds its operand over everything into memory
    store,          ///< writes its operand to memory
};

/// One instruction; its result has the number of the instruction in its kernel.
struct instruction {
    action what;
    dtype type;    ///< of the result; of memory for loads and stores
    bool per_row;  ///< once a row, after the sweep of its phase over the columns
    int phase;     ///< which sweep over the columns
    ir::operation const* op;
    int operand[4];
    int access;
    std::int64_t bits;

    /// Whether there is an operation: told by the action, because g++ 12 finds that a comparison
    /// of `op` with null, or with another one, is no constant under UBSan.
    constexpr bool has_op() const {
        return what == action::compute || what == action::reduce_row ||
               what == action::reduce_column || what == action::reduce_all;
    }
    constexpr std::uint32_t op_id() const { return has_op() ? op->id : 0; }

    friend constexpr bool operator==(instruction const& a, instruction const& b) {
        return a.what == b.what && a.type == b.type && a.per_row == b.per_row &&
               a.phase == b.phase && a.op_id() == b.op_id() && a.operand[0] == b.operand[0] &&
               a.operand[1] == b.operand[1] && a.operand[2] == b.operand[2] &&
               a.operand[3] == b.operand[3] && a.access == b.access && a.bits == b.bits;
    }
};

/// Where a loop stands in a buffer: element offset + sum of index times stride over the
/// kernel's dimensions (strides in the plan's extent pool, one a dimension).
struct access {
    int slot;
    extent offset;
    int strides;
};

enum class kernel_kind : std::uint8_t {
    loop,     ///< instructions over rows and columns
    product,  ///< a batched matrix product, whose result instructions finish
    gather,   ///< rows of a table at indices: slots table, indices, result
    scatter,  ///< rows added into a table of zeros: slots indices, updates, result
    whole,    ///< the `run` of an operation
};

/// A fused loop nest over `dims` (rank of them in the extent pool); the first `row_rank` are
/// rows, the others columns, the last one runs along SIMD lanes.
/// product: `product_dims` holds batch..., m, n, k, and the first two accesses are those of the
/// left (batch..., m, k) and right (batch..., k, n) operands. Of a convolution, whose left operand is
/// an image seen through a window, `window` is where its numbers stand in the extent pool (else 0), and
/// these accesses have strides for the batch axes only; see pass/window.hpp.
/// gather, scatter: dims are the number of indices, the width of a row, the rows of the table.
/// whole: dims are the shape of the result, then those of the operands; instructions are a load for
/// each operand, the operation (`bits`: flops, an extent), a constant for each attribute, the store
/// of the result, and one more for memory to work in. `bits` of loads and stores: the rank.
struct kernel {
    kernel_kind kind;
    dtype type;  ///< of the product; of the elements that move
    int rank, row_rank, dims, phases;
    int product_rank, product_dims;
    ir::span instructions, accesses;
    int slots;
    int window;
};

/// A kernel applied to buffers, one a slot.
struct step {
    int kernel;
    ir::span slots;
    int loop;  ///< consecutive steps of the same loop run several times; -1: none
};

/// How often steps run, and whether their slices are taken from the last to the first.
struct loop {
    extent count;
    bool reversed;
    int around;  ///< the loop that it is a part of, of which its steps are steps too; or -1
};

/// Memory that a plan uses: an input or result bound at the call, or a part of the workspace.
struct buffer {
    dtype type;
    extent size;  ///< in elements
    int alias;             ///< the input whose memory it takes over, or -1
    int first, last;       ///< steps between which it lives
    std::int64_t offset;   ///< in bytes, in the workspace, where extents are static
    int base;              ///< it is a slice of this buffer, another one in each iteration; or -1
    extent stride;         ///< from slice to slice, in elements
    int loop;              ///< whose iterations choose the slice
    int chunks;            ///< not 0: so many pointers, one to each slice
};

constexpr buffer new_buffer(dtype type, extent size) {
    return {type, size, -1, 0, 0, 0, -1, extent{0}, -1, 0};
}

/// What backends read of a plan. Buffers: first the inputs, then the outputs, then the workspace.
struct plan_view {
    range<kernel> kernels;
    range<instruction> instructions;
    range<access> accesses;
    range<extent> extent_pool;
    range<step> steps;
    range<int> slots;
    range<buffer> buffers;
    range<loop> loops;
    int inputs, outputs;
    int guard;  ///< the first step that changes an input
    std::int64_t workspace;
    extent_view extents;

    constexpr range<instruction> body(int k) const {
        return {instructions.first + kernels[k].instructions.first, kernels[k].instructions.count};
    }
    constexpr access const& access_of(int k, int i) const {
        return accesses[kernels[k].accesses.first + i];
    }
    constexpr extent stride(int k, int a, int dim) const {
        return extent_pool[access_of(k, a).strides + dim];
    }
    constexpr extent dim(int k, int i) const { return extent_pool[kernels[k].dims + i]; }
    constexpr extent product_dim(int k, int i) const {
        return extent_pool[kernels[k].product_dims + i];
    }
    constexpr int slot(int s, int i) const { return slots[steps[s].slots.first + i]; }
    /// The buffer that a slice, or a slice of a slice, is a part of.
    constexpr int whole(int b) const {
        while (buffers[b].base >= 0) b = buffers[b].base;
        return b;
    }
};

/// Whether the kernel writes to this slot.
constexpr bool writes(plan_view const& p, int kernel, int slot) {
    pass::kernel const& k = p.kernels[kernel];
    if (k.kind == kernel_kind::gather || k.kind == kernel_kind::scatter) return slot == 2;
    for (instruction const& i : p.body(kernel))
        if ((i.what == action::store || i.what == action::reduce_column ||
             i.what == action::reduce_all) &&
            p.access_of(kernel, i.access).slot == slot)
            return true;
    return false;
}

/// A plan that grows.
struct plan {
    list<kernel> kernels;
    list<instruction> instructions;
    list<access> accesses;
    list<extent> extent_pool;
    list<step> steps;
    list<int> slots;
    list<buffer> buffers;
    list<loop> loops;
    int inputs = 0, outputs = 0, guard = 0;
    std::int64_t workspace = 0;
    extent_table extents;
    list<int> updates;  ///< pairs (input, buffer): the new value of that input

    constexpr plan_view view() const {
        return {kernels, instructions, accesses, extent_pool, steps,     slots,
                buffers, loops,        inputs,   outputs,     guard,     workspace,
                extents.view()};
    }
};

/// A kernel that copies n contiguous elements from slot 0 to slot 1.
constexpr int add_copy_kernel(plan& p, dtype type, extent n) {
    for (int k = 0; k < p.kernels.size(); ++k) {
        kernel const& x = p.kernels[k];
        if (x.kind == kernel_kind::loop && x.rank == 1 && x.slots == 2 && p.view().dim(k, 0) == n &&
            x.instructions.count == 2 && p.view().body(k)[0].what == action::load &&
            p.view().body(k)[0].type == type && p.view().body(k)[1].what == action::store &&
            p.view().stride(k, 0, 0) == extent{1} && p.view().stride(k, 1, 0) == extent{1} &&
            p.view().access_of(k, 0).slot == 0 && p.view().access_of(k, 1).slot == 1 &&
            p.view().access_of(k, 0).offset == extent{0} &&
            p.view().access_of(k, 1).offset == extent{0})
            return k;
    }
    int const dims = p.extent_pool.push(n), stride = p.extent_pool.push(extent{1});
    int const first = p.accesses.push({0, extent{0}, stride});
    p.accesses.push({1, extent{0}, stride});
    int const body = p.instructions.push(
        {action::load, type, false, 0, nullptr, {-1, -1, -1, -1}, 0, 0});
    p.instructions.push({action::store, type, false, 0, nullptr, {0, -1, -1, -1}, 1, 0});
    return p.kernels.push(
        {kernel_kind::loop, dtype::f32, 1, 0, dims, 1, 0, dims, {body, 2}, {first, 2}, 2, 0});
}

/// The buffer that stands for the slices of another one in the iterations of a loop. A slice of a
/// buffer in chunks is one of these, or as many as there are for each iteration.
constexpr int slices_of(plan& p, int base, extent stride, int loop) {
    buffer b = new_buffer(p.buffers[base].type, stride);
    b.base = base, b.stride = stride, b.loop = loop;
    extent const count = p.loops[loop].count;
    int const chunks = p.buffers[base].chunks;
    if (chunks > 0 && count.is_static() && count != extent{chunks})
        b.chunks = chunks / static_cast<int>(count.value());
    return p.buffers.push(b);
}

/// Appends the copy of a buffer, slice by slice where either is bound in chunks.
constexpr void add_copy_step(plan& p, int from, int to, extent size, int loop = -1) {
    int const chunks =
        p.buffers[from].chunks > 0 ? p.buffers[from].chunks : p.buffers[to].chunks;
    if (chunks > 0) {
        size = p.extents.floor_divide(size, extent{chunks});
        loop = p.loops.push({extent{chunks}, false, loop});
        from = slices_of(p, from, size, loop), to = slices_of(p, to, size, loop);
    }
    int const k = add_copy_kernel(p, p.buffers[from].type, size);
    p.steps.push({k, {p.slots.size(), 2}, loop});
    p.slots.push(from);
    p.slots.push(to);
}

}  // namespace weft::pass
