// SPDX-License-Identifier: BSL-1.0
// Checked mode, `var<T, true>` on `tape<T, true>`: every variable knows which recording it is from
// and how far that had come, so that one of another tape, or from behind a reset, is found where it
// is used.
#pragma once

#include <atomic>
#include <vector>

#include <weft/autodiff/tape_code.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

namespace weft::detail {

/// How far the recording of a variable had come when it was made: its statements. Nothing, unless
/// it is checked.
template <bool Checked>
struct value_age {};
template <>
struct value_age<true> {
    tape_index statements = 0;
};
/// The same with the stamp of the recording.
template <bool Checked>
struct value_origin {
    value_origin(std::uint32_t, value_age<Checked>) {}
};
template <>
struct value_origin<true> {
    std::uint32_t stamp;
    tape_index statements;
    value_origin(std::uint32_t s, value_age<true> age)
        : stamp(s & ~1u), statements(age.statements) {}
};

/// The parts of a recording, each with a stamp of its own: a new one after each reset to a
/// position, up to which the values of the former stay valid.
template <bool Checked>
struct recording_parts {
    void begin() {}
    void cut(std::uint32_t, tape_index) {}
};
template <>
struct recording_parts<true> {
    void begin() { cuts_.clear(); }
    void cut(std::uint32_t stamp, tape_index statements) { cuts_.push_back({stamp, {statements}}); }

    bool accepts(value_origin<true> o, std::uint32_t stamp) const {
        if (o.stamp == stamp) return true;
        bool known = false;
        for (value_origin<true> const& c : cuts_) {
            known = known || c.stamp == o.stamp;
            if (known && o.statements > c.statements) return false;
        }
        return known;
    }
    void require(value_origin<true> o, std::uint32_t stamp) const {
        if (!accepts(o, stamp)) [[unlikely]]
            raise(
                text("weft::var: a value of recording ")
                << static_cast<int>(o.stamp >> 1) << " is used in recording "
                << static_cast<int>(stamp >> 1)
                << ": it is from another tape, from an earlier recording, or from a part that was "
                   "taken back");
    }

private:
    std::vector<value_origin<true>> cuts_;  // with the statements that stayed
};

[[noreturn]] inline void raise_idle(value_origin<true> o) {
    raise(text("weft::var: a value of recording ")
          << static_cast<int>(o.stamp >> 1)
          << " is computed with while no tape of its type records on this thread: the derivative "
             "of the result would be lost");
}

/// Stamps are even; a variable keeps one with its index, and sets the last bit where it shares it.
inline std::uint32_t fresh_stamp() {
    static constinit std::atomic<std::uint32_t> last{0};
    return last.fetch_add(2, std::memory_order_relaxed) + 2;
}

}  // namespace weft::detail
