// SPDX-License-Identifier: BSL-1.0
// Orders the steps: data flow first, and every write to a donated input after all reads of its
// old value and after the guard (the step that makes output 0, a loss). So a step that ends in
// a loss that is not finite can be refused with the model as it was.
#pragma once

#include <weft/pass/plan.hpp>

namespace weft::pass {

namespace detail {

/// Never called, for fusion reads only from older clusters; a constant would not compile.
[[noreturn]] inline void steps_wait_for_each_other() { __builtin_trap(); }

/// Whether a kernel looks at indices (ops/checked.hpp), and may find one outside of its axis.
template <class Plan>
constexpr bool looks_at_indices(Plan const& p, int k) {
    if (p.kernels[k].kind != kernel_kind::whole) return false;
    ir::span const its = p.kernels[k].instructions;
    for (int i = its.first; i < its.first + its.count; ++i)
        if (p.instructions[i].what == action::compute)
            return p.instructions[i].op->id == ir::hash("checked_index");
    return false;
}

/// A list of lists of units by buffer.
struct buffer_users {
    list<int> first, items;

    constexpr range<int> of(int b) const {
        return {items.data() + first[b], first[b + 1] - first[b]};
    }
};

/// Orders units: single steps, and all steps of one loop.
class scheduler {
public:
    constexpr explicit scheduler(plan& to_order) : p(to_order) {
        for (int k = 0; k < p.kernels.size(); ++k) {
            written_.push(written_slots_.size());
            for (int i = 0; i < p.kernels[k].slots; ++i)
                written_slots_.push(writes(p.view(), k, i));
        }
        for (int s = 0; s < p.steps.size(); ++s) {
            int const loop = outermost(p.steps[s].loop);
            bool const goes_on = s > 0 && loop >= 0 && loop == outermost(p.steps[s - 1].loop);
            if (goes_on)
                ++units_.back().count;
            else
                units_.push({s, 1});
        }
        collect(writers_, true), collect(readers_, false);
        guard_unit_ = p.outputs > 0 && !writers_.of(p.inputs).empty()
                          ? writers_.of(p.inputs).back()
                          : -1;
        for (int u = 0; u < units_.size(); ++u)
            for (int s = units_[u].first; s < units_[u].first + units_[u].count; ++s)
                if (looks_at_indices(p, p.steps[s].kernel)) {
                    check_units_.push(u);
                    break;
                }
        aliases();
        while (!order()) {}
        apply();
    }

private:
    plan& p;
    list<int> written_;
    list<char> written_slots_;
    list<ir::span> units_;
    buffer_users writers_, readers_;
    list<int> order_, state_, stack_;
    int guard_unit_ = -1;
    list<int> check_units_;  // look at indices, and come before all changes, too

    constexpr int outermost(int loop) const {
        while (loop >= 0 && p.loops[loop].around >= 0) loop = p.loops[loop].around;
        return loop;
    }
    constexpr bool writes_slot(int s, int i) const {
        return written_slots_[written_[p.steps[s].kernel] + i] != 0;
    }
    /// The buffer of a slot; of a slice, the one that it is a slice of.
    constexpr int buffer_at(int s, int i) const {
        int b = p.slots[p.steps[s].slots.first + i];
        while (p.buffers[b].base >= 0) b = p.buffers[b].base;
        return b;
    }
    constexpr void collect(buffer_users& users, bool write) {
        users.first.resize(p.buffers.size() + 1, 0);
        for (int pass = 0; pass < 2; ++pass) {
            list<int> at(static_cast<range<int>>(users.first));
            for (int u = 0; u < units_.size(); ++u)
                for (int s = units_[u].first; s < units_[u].first + units_[u].count; ++s)
                    for (int i = 0; i < p.steps[s].slots.count; ++i) {
                        if (writes_slot(s, i) != write) continue;
                        int const b = buffer_at(s, i);
                        if (pass == 0)
                            ++users.first[b + 1];
                        else
                            users.items[at[b]++] = u;
                    }
            if (pass == 0) {
                for (int b = 0; b < p.buffers.size(); ++b) users.first[b + 1] += users.first[b];
                users.items.resize(users.first.back(), 0);
            }
        }
    }

    /// The new value of an input takes over its memory where one step writes it, and reads the
    /// old one at the same places only.
    constexpr void aliases() {
        for (int i = 0; i < p.updates.size(); i += 2) {
            int const input = p.updates[i], b = p.updates[i + 1];
            auto const makers = writers_.of(b);
            // What makes a loss cannot wait for it.
            bool const guards = !makers.empty() && makers[0] == guard_unit_ &&
                                p.buffers[p.inputs].size == extent{1};
            if (guards || makers.size() != 1 || !(p.buffers[b].size == p.buffers[input].size)) continue;
            ir::span const unit = units_[makers[0]];
            int maker = -1;
            bool elsewhere = false;
            for (int s = unit.first; s < unit.first + unit.count; ++s)
                for (int j = 0; j < p.steps[s].slots.count; ++j) {
                    if (buffer_at(s, j) == b && writes_slot(s, j)) maker = s;
                    elsewhere = elsewhere || (unit.count > 1 && buffer_at(s, j) == input);
                }
            if (maker >= 0 && !elsewhere && safe(maker, input, b)) p.buffers[b].alias = input;
        }
    }
    constexpr int slot_of(int s, int b) const {
        for (int i = 0; i < p.steps[s].slots.count; ++i)
            if (buffer_at(s, i) == b) return i;
        return -1;
    }
    constexpr bool safe(int s, int input, int b) const {
        int const from = slot_of(s, input), to = slot_of(s, b), k = p.steps[s].kernel;
        if (from < 0) return true;
        kernel const& its = p.kernels[k];
        auto const v = p.view();
        if (its.phases > 1 || its.kind == kernel_kind::gather ||
            its.kind == kernel_kind::scatter || its.kind == kernel_kind::whole)
            return false;
        int const first = its.kind == kernel_kind::product ? 2 : 0;
        for (int i = 0; i < first; ++i)
            if (v.access_of(k, i).slot == from) return false;
        int target = -1;
        for (instruction const& x : v.body(k)) {
            if (x.what == action::store && v.access_of(k, x.access).slot == to) target = x.access;
            // An old value that is read after the new one was written.
            if (x.what == action::load && target >= 0 && v.access_of(k, x.access).slot == from)
                return false;
            if ((x.what == action::reduce_column || x.what == action::reduce_all) &&
                v.access_of(k, x.access).slot == to)
                return false;
        }
        for (int a = first; target >= 0 && a < its.accesses.count; ++a) {
            if (v.access_of(k, a).slot != from) continue;
            if (v.access_of(k, a).offset != v.access_of(k, target).offset) return false;
            for (int d = 0; d < its.rank; ++d)
                if (v.stride(k, a, d) != v.stride(k, target, d)) return false;
        }
        return target >= 0;
    }

    template <class F>
    constexpr void for_each_predecessor(int u, F f) const {
        for (int s = units_[u].first; s < units_[u].first + units_[u].count; ++s)
            for (int i = 0; i < p.steps[s].slots.count; ++i) {
                int const b = buffer_at(s, i);
                if (!writes_slot(s, i)) {
                    // What a repeat carries is copied in first, and changed by nobody after it.
                    for (int w : writers_.of(b))
                        if (w != u && (w < u || writers_.of(b).size() == 1 || !writes_too(u, b)))
                            f(w);
                    continue;
                }
                // Several units may write parts of a buffer, or one after the other: in order.
                for (int w : writers_.of(b))
                    if (w < u) f(w);
                if (p.buffers[b].alias < 0) continue;
                for (int r : readers_.of(p.buffers[b].alias))
                    if (r != u) f(r);
                if (guard_unit_ >= 0 && guard_unit_ != u) f(guard_unit_);
                for (int check : check_units_)
                    if (check != u) f(check);
            }
    }
    constexpr bool writes_too(int u, int b) const {
        for (int w : writers_.of(b))
            if (w == u) return true;
        return false;
    }

    /// Depth-first from the units in their given order. On a cycle, one donated write on it goes
    /// to the workspace and is copied at the end; then false: order again.
    constexpr bool order() {
        order_.clear(), state_.clear(), stack_.clear();
        state_.resize(units_.size(), 0);
        for (int u = 0; u < units_.size(); ++u) {
            if (state_[u]) continue;
            stack_.push(u);
            while (!stack_.empty()) {
                int const t = stack_.back();
                if (state_[t] == 2) {
                    stack_.pop();
                    continue;
                }
                bool ready = true, cycle = false;
                bool const opened = state_[t] == 1;
                state_[t] = 1;
                for_each_predecessor(t, [&](int q) {
                    if (state_[q] == 2) return;
                    cycle = cycle || (opened && state_[q] == 1);
                    ready = false;
                    stack_.push(q);
                });
                if (cycle) return break_cycle();
                if (!ready) continue;
                state_[t] = 2;
                order_.push(t);
                stack_.pop();
            }
        }
        return true;
    }
    constexpr bool break_cycle() {
        for (int i = stack_.size() - 1; i >= 0; --i) {
            int const u = stack_[i];
            if (state_[u] != 1) continue;
            for (int s = units_[u].first; s < units_[u].first + units_[u].count; ++s)
                for (int j = 0; j < p.steps[s].slots.count; ++j) {
                    int const b = buffer_at(s, j);
                    if (writes_slot(s, j) && p.buffers[b].alias >= 0) {
                        p.buffers[b].alias = -1;
                        return false;
                    }
                }
        }
        steps_wait_for_each_other();
        return true;
    }

    /// In the workspace a buffer has no chunks, nor have its slices.
    constexpr void in_one_piece(int b) {
        if (p.buffers[b].chunks == 0) return;
        auto const v = p.view();
        for (int i = 0; i < p.buffers.size(); ++i)
            if (v.whole(i) == b) p.buffers[i].chunks = 0;
    }
    constexpr bool changes_input(int s) const {
        for (int i = 0; i < p.steps[s].slots.count; ++i)
            if (writes_slot(s, i) && p.buffers[buffer_at(s, i)].alias >= 0) return true;
        return false;
    }
    constexpr void apply() {
        list<step> steps;
        int guard = -1;
        for (int u : order_) {
            int const start = steps.size();
            for (int s = units_[u].first; s < units_[u].first + units_[u].count; ++s) {
                if (guard < 0 && changes_input(s)) guard = start;
                steps.push(p.steps[s]);
            }
        }
        p.guard = guard < 0 ? steps.size() : guard;
        p.steps = static_cast<list<step>&&>(steps);
        for (int i = 0; i < p.updates.size(); i += 2) {
            int const input = p.updates[i], b = p.updates[i + 1];
            if (p.buffers[b].alias >= 0) continue;
            in_one_piece(b);
            add_copy_step(p, b, input, p.buffers[b].size);
        }
    }
};

}  // namespace detail

constexpr plan schedule(plan p) {
    detail::scheduler s(p);
    return p;
}

}  // namespace weft::pass
