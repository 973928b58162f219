// SPDX-License-Identifier: BSL-1.0
// Finds equal entries of a list by hash, in constant evaluation too: what makes hash-consing of
// expressions linear.
#pragma once

#include <cstdint>

#include <weft/core/list.hpp>

namespace weft::detail {

/// Finds entries, numbered 0, 1, ..., by hash.
struct hash_index {
    list<int> slots;
    list<std::uint64_t> hashes;

    template <class Same>
    constexpr int find(std::uint64_t hash, Same same) const {
        if (slots.empty()) {
            int entry = 0;
            for (std::uint64_t h : hashes) {
                if (h == hash && same(entry)) return entry;
                ++entry;
            }
            return -1;
        }
        auto const mask = static_cast<std::uint64_t>(slots.size() - 1);
        for (std::uint64_t i = hash & mask;; i = (i + 1) & mask) {
            int const entry = slots[static_cast<int>(i)];
            if (entry < 0 || (hashes[entry] == hash && same(entry))) return entry;
        }
    }
    constexpr void insert(std::uint64_t hash) {
        hashes.push(hash);
        if (hashes.size() <= few) return;
        if (2 * hashes.size() <= slots.size()) return place(hashes.size() - 1);
        slots = list<int>(slots.empty() ? 8 * few : 4 * slots.size(), -1);
        for (int entry = 0; entry < hashes.size(); ++entry) place(entry);
    }

private:
    static constexpr int few = 8;  // are looked through: most tables stay small

    constexpr void place(int entry) {
        auto const mask = static_cast<std::uint64_t>(slots.size() - 1);
        std::uint64_t i = hashes[entry] & mask;
        while (slots[static_cast<int>(i)] >= 0) i = (i + 1) & mask;
        slots[static_cast<int>(i)] = entry;
    }
};

constexpr std::uint64_t hash_step(std::uint64_t h, std::int64_t word) {
    // One expression: a statement is a step of clang's constant evaluation.
    return ((h ^ static_cast<std::uint64_t>(word)) * 0x9E3779B97F4A7C15) ^
           (((h ^ static_cast<std::uint64_t>(word)) * 0x9E3779B97F4A7C15) >> 29);
}

}  // namespace weft::detail
