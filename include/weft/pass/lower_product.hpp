// SPDX-License-Identifier: BSL-1.0
// The kernel of a matrix product or a convolution: its dimensions, and how both operands are read.
// Base of loop lowering, which makes the values that join it.
#pragma once

#include <weft/pass/lower_values.hpp>
#include <weft/pass/window.hpp>

namespace weft::pass::detail {

class product_lowering : public value_lowering {
protected:
    using value_lowering::value_lowering;

    /// The accesses of both operands; dimensions batch..., m, n, k.
    constexpr void lower_product(int n) {
        if (ir::is<ops::convolution>(g.nodes[n].op)) return lower_convolution(n);
        auto const axes = ops::dot_general::axes(g.attributes(n));
        int const a = g.operand(n, 0), b = g.operand(n, 1), batches = axes.left_batch.size();
        auto const left = g.shape_of(a), right = g.shape_of(b);
        for (std::int64_t i : axes.left_batch) product_dims_.push(left[static_cast<int>(i)]);
        auto const free_a = ops::dot_general::free_axes(left.size(), axes.left, axes.left_batch);
        auto const free_b = ops::dot_general::free_axes(right.size(), axes.right, axes.right_batch);
        auto size = [&](range<extent> shape, range<std::int64_t> which) {
            extent e{1};
            for (std::int64_t i : which) e = out.extents.multiply(e, shape[static_cast<int>(i)]);
            return e;
        };
        product_dims_.push(size(left, free_a));
        product_dims_.push(size(right, free_b));
        product_dims_.push(size(left, axes.left));
        // These accesses have their own strides: batch..., then two.
        auto operand = [&](int x, range<std::int64_t> batch, range<std::int64_t> first,
                           range<std::int64_t> second) {
            layout at;
            c.layout_of(x, at, cluster_);
            auto const shape = g.shape_of(x);
            int const start = strides_.size();
            for (std::int64_t i : batch) strides_.push(at.strides[static_cast<int>(i)]);
            for (range<std::int64_t> const& group : {first, second}) {
                extent stride{0};
                for (std::int64_t i : group)
                    if (shape[static_cast<int>(i)] != extent{1})
                        stride = at.strides[static_cast<int>(i)];
                strides_.push(stride);
            }
            for (int i = batches + 2; i < rank_; ++i) strides_.push(extent{0});
            accesses_.push({slot(whole_buffer(c.home_of(x, cluster_))), at.offset, start});
        };
        operand(a, axes.left_batch, free_a, axes.left);
        operand(b, axes.right_batch, axes.right, free_b);
    }

private:
    /// The numbers of its window; see pass/window.hpp.
    constexpr void lower_convolution(int n) {
        ops::convolution::form const f(g.attributes(n));
        int const a = g.operand(n, 0), b = g.operand(n, 1);
        auto const x = g.shape_of(a), w = g.shape_of(b), y = g.shape_of(n);
        layout at[2];
        for (int i = 0; i < 2; ++i) {
            c.layout_of(g.operand(n, i), at[i], cluster_);
            int const start = strides_.size();
            for (int d = 0; d < f.batches; ++d) strides_.push(at[i].strides[d]);
            for (int d = f.batches; d < rank_ || d < f.batches + 2; ++d) strides_.push(extent{0});
            accesses_.push(
                {slot(whole_buffer(c.home_of(g.operand(n, i), cluster_))), at[i].offset, start});
        }
        auto& e = out.extents;
        auto const side = [&](bool there, range<extent> shape, int axis,
                              list<extent> const& strides) {
            window_.push(there ? shape[axis] : extent{1});
            window_.push(there ? strides[axis] : extent{0});
        };
        auto const stride_of = [&](bool there, int axis) {
            window_.push(there ? at[1].strides[axis] : extent{0});
        };
        window_.push(extent{f.axes});
        window_.push(extent{f.inner});
        side(f.n, x, f.x_n(), at[0].strides);
        side(f.c, x, f.x_c(), at[0].strides), stride_of(f.c, f.w_c());
        side(f.f, w, f.w_f(), at[1].strides);
        side(f.g, x, x.size() - 1, at[0].strides), stride_of(f.g, w.size() - 1);
        extent m = window_[2], k = window_[4];
        for (int i = 0; i < f.axes; ++i) {
            m = e.multiply(m, y[f.y_o() + i]), k = e.multiply(k, w[f.w_k() + i]);
            window_.push(y[f.y_o() + i]);
            side(true, x, f.x_s() + i, at[0].strides);
            side(true, w, f.w_k() + i, at[1].strides);
            auto const& its = f.at[i];
            for (std::int64_t v : {its.stride, its.dilation, its.spread, its.padding})
                window_.push(extent{to_natural(v)});
        }
        for (int d = 0; d < f.batches; ++d) product_dims_.push(x[d]);
        product_dims_.push(m), product_dims_.push(e.multiply(window_[7], window_[9]));
        product_dims_.push(k);
    }
};

}  // namespace weft::pass::detail
