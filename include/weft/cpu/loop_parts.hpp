// SPDX-License-Identifier: BSL-1.0
// Loops whose parts have nothing in common: by several threads, if a scope has asked for them. What
// is in common for all kernels stands here, once.
#pragma once

#include <cstdint>

#include <weft/cpu/executor.hpp>
#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// A loop that may run part by part: any of its rows, or of its columns if it has no rows.
struct loop_parts {
    void (*run)(void* const* buffers, std::int64_t const* extents, std::int64_t first,
                std::int64_t last) noexcept;
    int slots;
    int row_memories;              // memory of one row that all rows share: each part needs its own
    int const* row_memory_slots;
    std::int64_t element_cost;
    bool rows;
    std::int64_t grain;
};
/// Multiplications or so, below which threads cost more than they give.
inline constexpr std::int64_t worth_threads = 1 << 21;

/// Runs a loop by several threads if that is worth it. In common for all kernels.
[[gnu::noinline]] inline void run_in_parts(loop_parts const& its, void* const* buffers,
                                           std::int64_t const* extents, std::int64_t m,
                                           std::int64_t n) noexcept {
    std::int64_t const whole = its.rows ? m : n;
    auto const* const e = weft::detail::current_executor;
    if (e == nullptr || m * n * its.element_cost < worth_threads || e->threads < 2)
        return its.run(buffers, extents, 0, whole);
    std::int64_t const grains = (whole + its.grain - 1) / its.grain;
    if (grains < 2) return its.run(buffers, extents, 0, whole);
    std::int64_t const parts = grains < e->threads ? grains : e->threads;
    std::int64_t const row_bytes = (n * 16 + 127) / 64 * 64;
    char* const memory = its.row_memories > 0
                             ? weft::detail::piece_memory(parts * its.row_memories * row_bytes)
                             : nullptr;
    if (its.row_memories > 0 && memory == nullptr) return its.run(buffers, extents, 0, whole);
    constexpr int most_slots = 256;
    if (its.row_memories > 0 && its.slots > most_slots) return its.run(buffers, extents, 0, whole);
    weft::detail::in_pieces(*e, parts, [&](std::int64_t piece) {
        void* own[most_slots];
        void* const* mine = buffers;
        if (its.row_memories > 0) {
            for (int i = 0; i < its.slots; ++i) own[i] = buffers[i];
            for (int i = 0; i < its.row_memories; ++i)
                own[its.row_memory_slots[i]] = memory + (piece * its.row_memories + i) * row_bytes;
            mine = own;
        }
        its.run(mine, extents, weft::detail::part_begin(whole, its.grain, parts, piece),
                weft::detail::part_begin(whole, its.grain, parts, piece + 1));
    });
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
