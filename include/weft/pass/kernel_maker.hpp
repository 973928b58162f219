// SPDX-License-Identifier: BSL-1.0
// Makes one kernel after the other, in canonical form: axes of one element are dropped, axes are
// merged where all strides allow it, and equal kernels become one. Base of fusion's second half.
#pragma once

#include <weft/core/hash_index.hpp>
#include <weft/pass/plan.hpp>
#include <weft/pass/strides.hpp>

namespace weft::pass::detail {

class kernel_maker {
public:
    plan out;

    constexpr kernel_maker() = default;
    constexpr explicit kernel_maker(extent_view extents) { out.extents = extent_table(extents); }
    constexpr kernel_maker(kernel_maker&&) = default;
    constexpr kernel_maker& operator=(kernel_maker&&) = default;

protected:
    // Of the kernel under construction:
    list<instruction> body_;
    list<access> accesses_;
    list<extent> dims_, strides_;  // strides: rank_ an access
    list<extent> product_dims_;    // batch..., m, n, k, if it finishes a matrix product
    list<extent> window_;          // of a convolution
    list<int> slots_;              // buffers
    int rank_ = 0, phases_ = 1;
    int sliced_ = 0;               // it runs over one slice along so many of the first axes
    int loop_ = -1;                // of which the steps are part
    list<std::uint64_t> hashes_;   // of all kernels

    constexpr void begin(range<extent> shape, int phases) {
        body_.clear(), accesses_.clear(), strides_.clear(), slots_.clear(), product_dims_.clear();
        window_.clear();
        dims_ = list<extent>(shape);
        rank_ = shape.size(), phases_ = phases;
    }
    constexpr int add_buffer(dtype type, extent size) {
        return out.buffers.push(new_buffer(type, size));
    }
    constexpr int slot(int buffer) {
        for (int i = 0; i < slots_.size(); ++i)
            if (slots_[i] == buffer) return i;
        return slots_.push(buffer);
    }
    /// An access of the current kernel; `at` has a stride for each of its first axes.
    constexpr int add_access(int buffer, layout const& at, int axes) {
        int const s = buffer < 0 ? -1 : slot(buffer);
        int const first = strides_.size();
        for (int i = 0; i < rank_; ++i)
            strides_.push(i < axes && i < at.strides.size() ? at.strides[i] : extent{0});
        return accesses_.push({s, at.offset, first});
    }
    constexpr int emit(instruction const& i) { return body_.push(i); }
    constexpr bool same_access(int a, int b) const {
        if (accesses_[a].slot != accesses_[b].slot || accesses_[a].offset != accesses_[b].offset)
            return false;
        for (int i = 0; i < rank_; ++i)
            if (strides_[accesses_[a].strides + i] != strides_[accesses_[b].strides + i])
                return false;
        return true;
    }
    /// Emits a read, or finds the equal one of the same sweep.
    constexpr int read(action what, dtype type, int buffer, layout const& at, int axes, int phase,
                       bool row) {
        int const a = add_access(buffer, at, axes);
        for (int i = 0; i < body_.size(); ++i) {
            instruction const& x = body_[i];
            if (x.what == what && x.phase == phase && x.per_row == row && x.type == type &&
                same_access(x.access, a)) {
                accesses_.pop();
                strides_.shrink(strides_.size() - rank_);
                return i;
            }
        }
        return emit({what, type, row, phase, nullptr, {-1, -1, -1, -1}, a, 0});
    }
    constexpr int number(action what, dtype type, std::int64_t bits, int phase, bool row) {
        for (int i = 0; i < body_.size(); ++i)
            if (body_[i].what == what && body_[i].type == type && body_[i].bits == bits &&
                body_[i].phase == phase && body_[i].per_row == row)
                return i;
        return emit({what, type, row, phase, nullptr, {-1, -1, -1, -1}, -1, bits});
    }

    constexpr void store(int from, dtype type, int buffer, layout const& at, int axes, int sweep,
                         bool row) {
        int const a = add_access(buffer, at, axes);
        emit({action::store, type, row, sweep, nullptr, {from, -1, -1, -1}, a, 0});
    }

    /// Leaves the first axis to the iterations of a loop: buffers become slices of themselves.
    constexpr void take_slices() {
        int const loop = out.loops.push({dims_[0], false, loop_});
        list<int> const buffers(slots_);
        slots_.clear();
        list<extent> strides;
        for (access& a : accesses_) {
            extent const step = strides_[a.strides];
            int const whole = buffers[a.slot];
            int b = step == extent{0} ? whole : -1;
            for (int i = 0; b < 0 && i < slots_.size(); ++i)
                if (out.buffers[slots_[i]].base == whole && out.buffers[slots_[i]].stride == step)
                    b = slots_[i];
            if (b < 0) b = slices_of(out, whole, step, loop);
            a.slot = slot(b);
            int const first = strides.size();
            for (int i = 1; i < rank_; ++i) strides.push(strides_[a.strides + i]);
            a.strides = first;
        }
        strides_ = static_cast<list<extent>&&>(strides);
        list<extent> dims;
        for (int i = 1; i < rank_; ++i) dims.push(dims_[i]);
        dims_ = static_cast<list<extent>&&>(dims);
        --rank_;
        loop_ = loop;
    }

    /// Drops axes of one element and merges neighbours where all strides allow it.
    /// The first `split` axes are rows; where it is negative, all but the last one are. `product`
    /// is the type of the matrix product that the kernel finishes.
    constexpr void finish(int split, dtype product) {
        int const around = loop_;
        for (int i = 0; i < sliced_; ++i) take_slices();
        // The operands of a product keep their own strides.
        bool const is_product = !product_dims_.empty(), given = split >= 0;
        int const first = is_product ? 2 : 0;
        if (!given) split = 0;
        list<int> kept;
        for (int i = 0, s = split; i < rank_; ++i) {
            if (dims_[i] != extent{1})
                kept.push(i);
            else if (i < s)
                --split;
        }
        // Groups of kept axes: each starts at `start`, its size and its innermost axis.
        list<int> inner;
        list<extent> size;
        int rows = 0;
        for (int j = 0; j < kept.size(); ++j) {
            int const a = kept[j];
            bool merges = j > 0 && j != split;
            for (int x = first; merges && x < accesses_.size(); ++x) {
                int const s = accesses_[x].strides;
                merges = out.extents.equal(strides_[s + inner.back()],
                                         out.extents.multiply(strides_[s + a], dims_[a]));
            }
            if (merges) {
                inner.back() = a;
                size.back() = out.extents.multiply(size.back(), dims_[a]);
            } else {
                inner.push(a), size.push(dims_[a]);
                if (j < split) ++rows;
            }
        }
        bool const no_columns = inner.size() == rows;
        list<extent> strides;
        for (int x = 0; x < accesses_.size(); ++x) {
            int const s = accesses_[x].strides;
            accesses_[x].strides = strides.size();
            if (x < first) {
                for (int i = 0; i < product_dims_.size() - 1; ++i) strides.push(strides_[s + i]);
                continue;
            }
            for (int a : inner) strides.push(strides_[s + a]);
            if (no_columns) strides.push(extent{1});
        }
        if (no_columns) size.push(extent{1});
        strides_ = static_cast<list<extent>&&>(strides);
        dims_ = static_cast<list<extent>&&>(size);
        rank_ = dims_.size();
        if (!given) rows = rank_ - 1;
        finish_step(is_product ? kernel_kind::product : kernel_kind::loop, product, rows);
        loop_ = around, sliced_ = 0;
    }

    constexpr std::uint64_t hash(kernel_kind kind, int rows) const {
        std::uint64_t h = static_cast<std::uint64_t>(kind) + 16u * static_cast<unsigned>(rows);
        for (extent e : dims_) h = weft::detail::hash_step(h, e.code);
        for (extent e : strides_) h = weft::detail::hash_step(h, e.code);
        for (extent e : window_) h = weft::detail::hash_step(h, e.code);
        for (access const& a : accesses_) h = weft::detail::hash_step(h, a.slot + (a.offset.code << 8));
        for (instruction const& i : body_)
            h = weft::detail::hash_step(h, static_cast<int>(i.what) + 16 * static_cast<int>(i.type) +
                           1024 * i.operand[0] + (i.bits ^ i.op_id()));
        return h;
    }
    constexpr bool same_kernel(int k, kernel_kind kind, dtype type, int rows) const {
        kernel const& x = out.kernels[k];
        auto const v = out.view();
        bool same = x.kind == kind && x.type == type && x.rank == rank_ && x.row_rank == rows &&
                    x.phases == phases_ && x.instructions.count == body_.size() &&
                    x.accesses.count == accesses_.size() && x.slots == slots_.size();
        if (!same) return false;
        if (kind == kernel_kind::product) {
            if (x.product_rank != product_dims_.size()) return false;
            for (int i = 0; i < product_dims_.size(); ++i)
                if (v.product_dim(k, i) != product_dims_[i]) return false;
            if ((x.window != 0) != !window_.empty()) return false;
            for (int i = 0; i < window_.size(); ++i)
                if (out.extent_pool[x.window + i] != window_[i]) return false;
        }
        for (int i = 0; i < rank_; ++i)
            if (v.dim(k, i) != dims_[i]) return false;
        for (int i = 0; i < body_.size(); ++i)
            if (!(v.body(k)[i] == body_[i])) return false;
        for (int i = 0; i < accesses_.size(); ++i) {
            access const& a = v.access_of(k, i);
            if (a.slot != accesses_[i].slot || a.offset != accesses_[i].offset) return false;
            int const n = i < 2 && kind == kernel_kind::product ? product_dims_.size() - 1 : rank_;
            for (int d = 0; d < n; ++d)
                if (out.extent_pool[a.strides + d] != strides_[accesses_[i].strides + d])
                    return false;
        }
        return true;
    }

    /// Finds or appends the kernel, and appends the step.
    constexpr void finish_step(kernel_kind kind, dtype type, int rows) {
        std::uint64_t const h = hash(kind, rows);
        hashes_.resize(out.kernels.size(), 0);  // copies come without one
        int found = -1;
        for (int k = 0; found < 0 && k < out.kernels.size(); ++k)
            if (hashes_[k] == h && same_kernel(k, kind, type, rows)) found = k;
        if (found < 0) {
            found = out.kernels.size();
            hashes_.push(h);
            int const dims = out.extent_pool.size();
            out.extent_pool.append(dims_);
            int const product = out.extent_pool.size();
            bool const is_product = kind == kernel_kind::product;
            if (is_product) out.extent_pool.append(product_dims_);
            int const window = window_.empty() ? 0 : out.extent_pool.size();
            out.extent_pool.append(window_);
            int const base = out.extent_pool.size();
            out.extent_pool.append(strides_);
            int const first = out.accesses.size();
            for (access a : accesses_) {
                a.strides += base;
                out.accesses.push(a);
            }
            out.kernels.push({kind, type, rank_, rows, dims, phases_,
                              is_product ? product_dims_.size() : 0, product,
                              {out.instructions.size(), body_.size()},
                              {first, accesses_.size()}, slots_.size(), window});
            out.instructions.append(body_);
        }
        out.steps.push({found, {out.slots.size(), slots_.size()}, loop_});
        out.slots.append(slots_);
    }
};

}  // namespace weft::pass::detail
