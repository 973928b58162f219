// SPDX-License-Identifier: BSL-1.0
// A plan that a constant can hold; see ir/frozen.hpp.
#pragma once

#include <weft/ir/frozen.hpp>
#include <weft/pass/cluster.hpp>
#include <weft/pass/plan.hpp>

namespace weft::pass {

struct frozen_clustering {
    ir::frozen_list<cluster, WEFT_MAX_NODES> clusters;
    ir::frozen_list<placement, 2 * WEFT_MAX_NODES> nodes;
    ir::frozen_list<clustered::part, 257> parts;
    ir::frozen_extents extents;

    constexpr explicit frozen_clustering(clustered const& c)
        : clusters(c.clusters), nodes(c.nodes), parts(c.parts), extents(c.extents) {}
    /// Of a simplified graph.
    static constexpr frozen_clustering of(ir::graph_view const& g) {
        return frozen_clustering(clusterings(g).view());
    }
    constexpr clustered view() const { return {clusters, nodes, parts, extents.view()}; }
};

struct frozen_plan {
    static constexpr int capacity = 2 * WEFT_MAX_NODES;

    ir::frozen_list<kernel, capacity> kernels;
    ir::frozen_list<instruction, capacity> instructions;
    ir::frozen_list<access, capacity> accesses;
    ir::frozen_list<extent, 4 * capacity> extent_pool;
    ir::frozen_list<step, capacity> steps;
    ir::frozen_list<int, 4 * capacity> slots;
    ir::frozen_list<buffer, capacity> buffers;
    ir::frozen_list<loop, 256> loops;
    ir::frozen_list<int, capacity> updates;
    int inputs = 0, outputs = 0, guard = 0;
    std::int64_t workspace = 0;
    ir::frozen_extents extents;

    constexpr frozen_plan() = default;
    constexpr explicit frozen_plan(plan const& p)
        : kernels(p.kernels),
          instructions(p.instructions),
          accesses(p.accesses),
          extent_pool(p.extent_pool),
          steps(p.steps),
          slots(p.slots),
          buffers(p.buffers),
          loops(p.loops),
          updates(p.updates),
          inputs(p.inputs),
          outputs(p.outputs),
          guard(p.guard),
          workspace(p.workspace),
          extents(p.extents.view()) {}

    constexpr plan_view view() const {
        return {kernels, instructions, accesses, extent_pool, steps,     slots,
                buffers, loops,        inputs,   outputs,     guard,     workspace,
                extents.view()};
    }
    /// The plan as a value that passes can change.
    constexpr plan thaw() const {
        plan p;
        p.kernels = list<kernel>(range<kernel>(kernels));
        p.instructions = list<instruction>(range<instruction>(instructions));
        p.accesses = list<access>(range<access>(accesses));
        p.extent_pool = list<extent>(range<extent>(extent_pool));
        p.steps = list<step>(range<step>(steps));
        p.slots = list<int>(range<int>(slots));
        p.buffers = list<buffer>(range<buffer>(buffers));
        p.loops = list<loop>(range<loop>(loops));
        p.updates = list<int>(range<int>(updates));
        p.inputs = inputs, p.outputs = outputs, p.guard = guard, p.workspace = workspace;
        p.extents = extent_table(extents.view());
        return p;
    }

    constexpr range<instruction> body(int k) const { return view().body(k); }
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
};

}  // namespace weft::pass
