// SPDX-License-Identifier: BSL-1.0
// Expressions that outlive a change of one of their variables: `auto e = 2 * s; s += x; y = e;`.
// A variable keeps its adjoint when it changes, so the argument of y is another one, a stand-in,
// which the sweep hands to that of s as soon as it has passed the change.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <weft/autodiff/tape_code.hpp>

namespace weft::detail {

/// The adjoint `stand_in` belongs to the variable `id` before the statement `change`.
struct late_use {
    tape_index change, id, stand_in, captured;
};

class late_uses {
public:
    std::vector<late_use> const& list() const { return list_; }

    /// Back to a position, where the list had this length.
    void rewind(std::size_t length, tape_index statements) {
        list_.resize(length);
        if (statements < known_) last_change_.clear(), known_ = 0, known_ids_ = 0;
    }

    /// As a file has them: four numbers each.
    void restore(std::span<tape_index const> words) {
        rewind(0, 0);
        for (std::size_t i = 0; i + 3 < words.size(); i += 4)
            list_.push_back({words[i], words[i + 1], words[i + 2], words[i + 3]});
    }

    /// The index of what `id` was when there were `captured` statements. `ids` and `ops` are the
    /// streams, `count` the number of statements now.
    tape_index find(tape_index const* ids, tape_op const* ops, tape_index count, tape_index& next,
                    tape_index id, tape_index captured) {
        look_at(ids, ops, count, next);
        if (last_change_[id] <= captured) return id;
        std::size_t const recent = list_.size() > 16 ? list_.size() - 16 : 0;
        for (std::size_t k = list_.size(); k-- > recent;)
            if (list_[k].id == id && list_[k].captured == captured) return list_[k].stand_in;
        list_.push_back({first_change(ids, ops, id, captured), id, next++, captured});
        return list_.back().stand_in;
    }

private:
    /// Every statement is looked at once.
    void look_at(tape_index const* ids, tape_op const* ops, tape_index count, tape_index next) {
        last_change_.resize(next);
        for (; known_ < count; ++known_) {
            statement_code const s(ops[known_]);
            known_ids_ += s.arguments;
            if (!s.is_call) last_change_[ids[known_ids_]] = known_ + 1;
            ++known_ids_;
        }
    }
    tape_index first_change(tape_index const* ids, tape_op const* ops, tape_index id,
                            tape_index captured) const {
        tape_index change = known_;
        std::size_t at = known_ids_;
        for (tape_index s = known_; s-- > captured;) {
            statement_code const code(ops[s]);
            --at;
            if (!code.is_call && ids[at] == id) change = s;
            at -= code.arguments;
        }
        return change;
    }

    std::vector<late_use> list_;
    std::vector<tape_index> last_change_;  // per index: 1 + the last statement that set it
    tape_index known_ = 0;
    std::size_t known_ids_ = 0;
};

}  // namespace weft::detail
