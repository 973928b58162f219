// SPDX-License-Identifier: BSL-1.0
// Runs a plan that is a compile-time constant, P::plan: no graph, no allocation, no decision is
// left. Top of the CPU backend; callers bind buffers, run-time extents and scratch memory.
#pragma once

#include <weft/cpu/kernel.hpp>
#include <weft/cpu/pool.hpp>
#include <weft/cpu/whole.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

using kernel_function = void (*)(void* const* slots, std::int64_t const* extents,
                                 void* scratch) noexcept;

/// The function that runs kernel K. It is not forced into its callers: that would cost the compiler
/// more than the call costs the machine.
template <class P, int K>
constexpr kernel_function function_of() {
    constexpr auto kind = P::plan.kernels[K].kind;
    if constexpr (kind == pass::kernel_kind::loop)
        return &loop<P, K>::run;
    else if constexpr (kind == pass::kernel_kind::product)
        return &product<P, K>::run;
    else if constexpr (kind == pass::kernel_kind::gather)
        return &row_mover<P, K>::gather;
    else if constexpr (kind == pass::kernel_kind::whole)
        return &whole<P, K>::run;
    else
        return &row_mover<P, K>::scatter;
}

/// The steps of a plan as small tables: a kernel and the buffers of its slots for each.
template <class P>
struct step_table {
    static constexpr int steps = count_of(P::plan.steps), kernels = count_of(P::plan.kernels);
    static constexpr int slot_count = [] {
        int n = 0;
        for (int s = 0; s < steps; ++s) n += P::plan.steps[s].slots.count;
        return n;
    }();
    static constexpr int most_slots = [] {
        int n = 1;
        for (int s = 0; s < steps; ++s)
            if (P::plan.steps[s].slots.count > n) n = P::plan.steps[s].slots.count;
        return n;
    }();
    struct entry {
        int kernel, first, loop;
    };
    static constexpr auto entries = [] {
        fixed<entry, steps + 1> result{};
        int first = 0;
        for (int s = 0; s < steps; ++s) {
            result[s] = {P::plan.steps[s].kernel, first, P::plan.steps[s].loop};
            first += P::plan.steps[s].slots.count;
        }
        result[steps] = {0, first, -1};
        return result;
    }();
    static constexpr auto buffers = [] {
        fixed<int, slot_count> result{};
        int at = 0;
        for (int s = 0; s < steps; ++s)
            for (int i = 0; i < P::plan.steps[s].slots.count; ++i)
                result[at++] = P::plan.slot(s, i);
        return result;
    }();
};

/// Plans of so few steps run without a table of functions, so that the compiler sees all of them.
inline constexpr int few_steps = 8;

template <class P, int S, int... I>
WEFT_INLINE void run_step(std::integer_sequence<int, I...>, void* const* buffers,
                          std::int64_t const* extents, void* scratch) {
    using table = step_table<P>;
    constexpr int kernel = table::entries[S].kernel;
    void* const slots[] = {buffers[table::buffers[table::entries[S].first + I]]..., nullptr};
    constexpr kernel_function function = function_of<P, kernel>();
    function(slots, extents, scratch);
}
template <class P, int First, int... S>
WEFT_INLINE void run_each(std::integer_sequence<int, S...>, void* const* buffers,
                          std::int64_t const* extents, void* scratch) {
    using table = step_table<P>;
    (run_step<P, First + S>(
         indices<table::entries[First + S + 1].first - table::entries[First + S].first>{}, buffers,
         extents, scratch),
     ...);
}
template <class P, int... K>
constexpr auto functions_of(std::integer_sequence<int, K...>) {
    return fixed<kernel_function, sizeof...(K)>{{function_of<P, K>()...}};
}

/// The buffers that are another slice in each iteration of their loop.
template <class P>
struct slice_table {
    struct slice {
        int loop, buffer, base;
        std::int64_t stride;  // in elements, or the place of a run-time extent
        int element_size;
        bool chunked;         // the base is bound as pointers to its slices
        int chunks;           // so is each slice, as so many
    };
    static constexpr int count = [] {
        int n = 0;
        for (auto const& b : P::plan.buffers) n += b.base >= 0;
        return n;
    }();
    static constexpr auto slices = [] {
        fixed<slice, count> result{};
        int n = 0;
        for (int i = 0; i < count_of(P::plan.buffers); ++i) {
            auto const& b = P::plan.buffers[i];
            if (b.base >= 0)
                result[n++] = {b.loop,
                               i,
                               b.base,
                               run_time_extents<P>::place(b.stride),
                               size_of(b.type),
                               P::plan.buffers[b.base].chunks > 0,
                               b.chunks};
        }
        return result;
    }();
    static void take(int loop, std::int64_t at, void** buffers, std::int64_t const* extents) {
        for (int i = 0; i < count; ++i) {
            auto const& s = slices[i];
            if (s.loop != loop) continue;
            if (s.chunks > 0)
                buffers[s.buffer] = static_cast<void**>(buffers[s.base]) + at * s.chunks;
            else if (s.chunked)
                buffers[s.buffer] = static_cast<void**>(buffers[s.base])[at];
            else
                buffers[s.buffer] = static_cast<char*>(buffers[s.base]) +
                                    at * bound(s.stride, extents) * s.element_size;
        }
    }
    static std::int64_t iterations(int loop, std::int64_t const* extents) {
        return bound(counts[loop], extents);
    }
    static constexpr int loops = count_of(P::plan.loops);
    static constexpr auto counts = [] {
        fixed<std::int64_t, loops> result{};
        for (int l = 0; l < loops; ++l)
            result[l] = run_time_extents<P>::place(P::plan.loops[l].count);
        return result;
    }();
    static constexpr auto around = [] {
        fixed<int, loops> result{};
        for (int l = 0; l < loops; ++l) result[l] = P::plan.loops[l].around;
        return result;
    }();
    /// The loop right inside of `outer` (-1: of none) that has `loop` as itself or as a part; -1
    /// where that is `outer`.
    static int inside(int loop, int outer) {
        if (loop == outer) return -1;
        while (around[loop] != outer) loop = around[loop];
        return loop;
    }
    static constexpr auto reversed = [] {
        fixed<bool, loops> result{};
        for (int l = 0; l < loops; ++l) result[l] = P::plan.loops[l].reversed;
        return result;
    }();
};

/// Steps through a table of functions; consecutive steps of a loop run as often as it says. `outer`
/// is the loop whose iteration this is, or -1.
template <class P>
void run_steps(int first, int last, int outer, void** buffers, std::int64_t const* extents,
               void* scratch) noexcept {
    using table = step_table<P>;
    static constexpr auto functions = functions_of<P>(indices<table::kernels>{});
    auto const one = [&](int s) {
        auto const &now = table::entries[s], &next = table::entries[s + 1];
        void* slots[static_cast<std::size_t>(table::most_slots)];
        for (int i = now.first; i < next.first; ++i)
            slots[i - now.first] = buffers[table::buffers[i]];
        functions[now.kernel](slots, extents, scratch);
    };
    for (int s = first; s < last; ++s) {
        if constexpr (slice_table<P>::loops > 0) {
            using slices = slice_table<P>;
            if (int const loop = slices::inside(table::entries[s].loop, outer); loop >= 0) {
                int end = s;
                while (end < last && slices::inside(table::entries[end].loop, outer) == loop) ++end;
                std::int64_t const n = slices::iterations(loop, extents);
                for (std::int64_t i = 0; i < n; ++i) {
                    slices::take(loop, slices::reversed[loop] ? n - 1 - i : i, buffers, extents);
                    run_steps<P>(s, end, loop, buffers, extents, scratch);
                }
                s = end - 1;
                continue;
            }
        }
        one(s);
    }
}

/// Runs steps [First, Last) in order. `buffers` has the address of each buffer of the plan (those
/// of slices are filled in), `extents` the values of run_time_extents<P>, `scratch`
/// scratch_bytes<P> bytes, 64-byte aligned.
template <class P, int First, int Last>
void run_range(void** buffers, std::int64_t const* extents, void* scratch) noexcept {
    using table = step_table<P>;
    if constexpr (table::steps <= few_steps && slice_table<P>::loops == 0)
        run_each<P, First>(indices<Last - First>{}, buffers, extents, scratch);
    else
        run_steps<P>(First, Last, -1, buffers, extents, scratch);
}

/// Runs all steps.
template <class P>
void run(void** buffers, std::int64_t const* extents, void* scratch) noexcept {
    run_range<P, 0, count_of(P::plan.steps)>(buffers, extents, scratch);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
