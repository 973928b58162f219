// SPDX-License-Identifier: BSL-1.0
// Memory: each intermediate value gets an offset in one workspace, shared by values that are not
// alive at the same step. With run-time extents the same function runs once per binding.
#pragma once

#include <weft/pass/plan.hpp>

namespace weft::pass {

/// Offsets are multiples of this many bytes: a cache line, and the widest vector.
inline constexpr std::int64_t alignment = 64;

/// A buffer of the workspace: its bytes, and the steps from the first write to the last use.
struct lifetime {
    std::int64_t bytes;
    int first, last;
    std::int64_t offset;
};

/// Gives every lifetime an offset, none overlapping one that is alive with it; returns the size
/// of the workspace. Greedy by first step, lowest fitting gap; time O(n * alive at once).
constexpr std::int64_t place(lifetime* items, int count) {
    list<int> alive;  // by offset
    std::int64_t end = 0;
    for (int i = 0; i < count; ++i) {
        lifetime& x = items[i];
        std::int64_t const bytes = (x.bytes + alignment - 1) / alignment * alignment;
        int kept = 0;
        for (int j : alive)
            if (items[j].last >= x.first) alive[kept++] = j;
        alive.shrink(kept);
        std::int64_t at = 0;
        int where = 0;
        for (; where < alive.size(); ++where) {
            lifetime const& y = items[alive[where]];
            if (y.offset - at >= bytes) break;
            std::int64_t const after =
                y.offset + (y.bytes + alignment - 1) / alignment * alignment;
            at = after > at ? after : at;
        }
        x.offset = at;
        alive.push(i);
        for (int j = alive.size() - 1; j > where; --j) alive[j] = alive[j - 1];
        alive[where] = i;
        end = at + bytes > end ? at + bytes : end;
    }
    return end;
}

constexpr std::int64_t bytes_of(buffer const& b) { return b.size.value() * size_of(b.type); }

/// Neither bound at the call, nor in the memory of an input, nor a slice of another buffer.
constexpr bool in_workspace(plan_view const& p, int b) {
    return b >= p.inputs + p.outputs && p.buffers[b].alias < 0 && p.buffers[b].base < 0;
}

/// The innermost loop around both of two; -1: none.
constexpr int common_loop(plan_view const& p, int a, int b) {
    auto const depth = [&](int l) {
        int n = 0;
        for (; l >= 0; l = p.loops[l].around) ++n;
        return n;
    };
    while (a != b) {
        int& inner = depth(a) > depth(b) ? a : b;
        inner = p.loops[inner].around;
    }
    return a;
}

/// The first and last step of each buffer's use. Inside a loop, what comes from outside or goes
/// there lives through all of it.
constexpr void find_lifetimes(plan& p) {
    auto const v = p.view();
    for (auto& b : p.buffers) b.first = -1, b.last = -1;
    list<ir::span> loops(p.loops.size(), {-1, 0});  // first step, last step
    for (int s = 0; s < p.steps.size(); ++s)
        for (int l = p.steps[s].loop; l >= 0; l = p.loops[l].around) {
            if (loops[l].first < 0) loops[l].first = s;
            loops[l].count = s;
        }
    // The loop in which a use takes place: that of a slice around all loops that choose it.
    auto const place = [&](int& b, int loop) {
        for (; p.buffers[b].base >= 0; b = p.buffers[b].base)
            loop = p.loops[p.buffers[b].loop].around;
        return loop;
    };
    list<int> home(p.loops.empty() ? 0 : p.buffers.size(), -2);  // the loop of all uses
    if (!p.loops.empty())
        for (int s = 0; s < p.steps.size(); ++s)
            for (int i = 0; i < p.steps[s].slots.count; ++i) {
                int b = v.slot(s, i);
                int const l = place(b, p.steps[s].loop);
                home[b] = home[b] == -2 ? l : common_loop(v, home[b], l);
            }
    for (int s = 0; s < p.steps.size(); ++s)
        for (int i = 0; i < p.steps[s].slots.count; ++i) {
            int b = v.slot(s, i);
            int first = s, last = s;
            if (int l = p.steps[s].loop; l >= 0) {
                place(b, l);
                if (l != home[b]) {
                    while (p.loops[l].around != home[b]) l = p.loops[l].around;
                    first = loops[l].first, last = loops[l].count;
                }
            }
            buffer& its = p.buffers[b];
            if (its.first < 0 || its.first > first) its.first = first;
            if (its.last < last) its.last = last;
        }
}

/// Fills in lifetimes, and offsets where all sizes are static.
constexpr plan allocate(plan p) {
    find_lifetimes(p);
    list<lifetime> items;
    list<int> numbers;
    bool is_static = true;
    // In the order of their first step: a counting sort.
    list<int> at(p.steps.size() + 1, 0);
    auto const v = p.view();
    for (int b = 0; b < p.buffers.size(); ++b)
        if (in_workspace(v, b) && p.buffers[b].first >= 0) {
            ++at[p.buffers[b].first + 1];
            is_static = is_static && p.buffers[b].size.is_static();
        }
    for (int s = 0; s < p.steps.size(); ++s) at[s + 1] += at[s];
    numbers.resize(at.back(), 0);
    for (int b = 0; b < p.buffers.size(); ++b)
        if (in_workspace(v, b) && p.buffers[b].first >= 0) numbers[at[p.buffers[b].first]++] = b;
    if (!is_static) {
        p.workspace = -1;
        return p;
    }
    for (int b : numbers)
        items.push({bytes_of(p.buffers[b]), p.buffers[b].first, p.buffers[b].last, 0});
    p.workspace = place(items.begin(), items.size());
    for (int i = 0; i < items.size(); ++i) p.buffers[numbers[i]].offset = items[i].offset;
    return p;
}

}  // namespace weft::pass
