// SPDX-License-Identifier: BSL-1.0
// Convolution: a product of matrices whose left operand is an image, read through a window that
// moves. One operation holds all forms that its own derivatives take; conv.hpp has what users call.
#pragma once

#include <weft/ops/layout.hpp>

namespace weft {
namespace ops {

/// y[n, o, f] = sum over k and c of x[n, (o * stride + k * dilation - padding) / spread, c] w[k, c,
/// f] where that position is whole and inside. Its derivatives are convolutions again: with the
/// roles of stride, dilation and spread exchanged, and those of n, c and f. Operands:
///     x (batch..., N, S..., C, G)   w (batch..., K..., C, F, G)
///     y (batch..., N, O..., F, G), or (batch..., O..., N, F, G) as the weights have it: `inner`
/// Batch axes are groups that do not see each other. So is G, which stands behind where each
/// channel is a group of its own and channels lie side by side. G, N, C and F may be absent.
struct convolution : ir::operation_base {
    static constexpr std::string_view name = "convolution", onnx = "Conv";
    static constexpr auto kind = ir::kind::contraction;
    static constexpr int arity = 2, cost = 2;
    static constexpr int most_axes = 3;

    struct axis {
        std::int64_t stride, dilation, spread, padding;
    };
    /// What the attributes say: batch axes, a bit for each flag, then four numbers an axis.
    struct form {
        int batches = 0;
        bool g = false, inner = false, n = true, c = true, f = true;
        int axes = 0;
        axis at[most_axes] = {};

        constexpr form() = default;
        constexpr explicit form(range<std::int64_t> a)
            : batches(static_cast<int>(a[0])),
              g(a[1] & 1),
              inner(a[1] & 2),
              n(a[1] & 4),
              c(a[1] & 8),
              f(a[1] & 16),
              axes((a.size() - 2) / 4) {
            for (int i = 0; i < axes; ++i)
                at[i] = {a[4 * i + 2], a[4 * i + 3], a[4 * i + 4], a[4 * i + 5]};
        }
        constexpr list<std::int64_t> attributes() const {
            list<std::int64_t> a{batches, g | inner << 1 | n << 2 | c << 3 | f << 4};
            for (int i = 0; i < axes; ++i)
                for (std::int64_t x : {at[i].stride, at[i].dilation, at[i].spread, at[i].padding})
                    a.push(x);
            return a;
        }
        // Places of axes in the operands and in the result.
        constexpr int x_n() const { return batches; }
        constexpr int x_s() const { return batches + n; }
        constexpr int x_c() const { return x_s() + axes; }
        constexpr int x_rank() const { return x_c() + c + g; }
        constexpr int w_k() const { return batches; }
        constexpr int w_c() const { return batches + axes; }
        constexpr int w_f() const { return w_c() + c; }
        constexpr int w_rank() const { return w_f() + f + g; }
        constexpr int y_n() const { return inner ? batches + axes : batches; }
        constexpr int y_o() const { return inner ? batches : batches + n; }
        constexpr int y_f() const { return batches + n + axes; }
        constexpr int rows() const { return y_f(); }  ///< axes of the result that are rows
    };

    static constexpr extent flops(ir::sizing const& s) {
        form const how(s.attributes());
        extent n = s.extents.multiply(s.count(s.shape()), extent{2});
        for (int i = how.w_k(); i < how.w_f(); ++i) n = s.extents.multiply(n, s.operand_shape(1)[i]);
        return n;
    }

    /// Adds the node; the sizes of the result along the spatial axes are given.
    static constexpr symbol apply(symbol x, symbol w, form const& how, range<extent> sizes) {
        list<extent> shape;
        for (int i = 0; i < how.batches; ++i) shape.push(x.size(i));
        if (how.n && !how.inner) shape.push(x.size(how.x_n()));
        shape.append(sizes);
        if (how.n && how.inner) shape.push(x.size(how.x_n()));
        if (how.f) shape.push(w.size(how.w_f()));
        if (how.g) shape.push(x.size(x.rank() - 1));
        int const ids[] = {x.id(), w.id()};
        return x.builder()->add(ir::op<convolution>, x.type(), x.builder()->shape(shape), {ids, 2},
                                how.attributes());
    }
    /// Axes in the order of the parts: each a first axis and a number of them.
    static constexpr symbol ordered(symbol s, std::initializer_list<ir::span> parts) {
        list<std::int64_t> order;
        for (ir::span const& p : parts)
            for (int i = 0; i < p.count; ++i) order.push(p.first + i);
        return transpose::apply(s, order);
    }
    static constexpr list<extent> sizes_of(symbol s, int first, int count) {
        list<extent> sizes;
        for (int i = 0; i < count; ++i) sizes.push(s.size(first + i));
        return sizes;
    }

    /// The derivative along x: w[k] of y[o] reaches x where i * spread = o * stride + k * dilation
    /// - padding, which is solved for o.
    static constexpr symbol pull_x(form const& a, symbol d, symbol w, range<extent> sizes) {
        form to = a;
        to.inner = false;
        to.c = a.f, to.f = a.c;
        for (int i = 0; i < a.axes; ++i) {
            axis const& old = a.at[i];
            std::int64_t const sign = old.stride < 0 ? -1 : 1;
            to.at[i] = {sign * old.spread, -sign * old.dilation, sign * old.stride,
                        -sign * old.padding};
        }
        symbol const dy =
            ordered(d, {{0, a.batches}, {a.y_n(), a.n}, {a.y_o(), a.axes}, {a.y_f(), a.f + a.g}});
        symbol const turned =
            ordered(w, {{0, a.w_c()}, {a.w_f(), a.f}, {a.w_c(), a.c}, {a.w_f() + a.f, a.g}});
        return apply(dy, turned, to, sizes);
    }
    /// The derivative along w: the image's channels are images, its images channels, and the window
    /// is as large as the result was.
    static constexpr symbol pull_w(form const& a, symbol d, symbol x, range<extent> sizes) {
        form to = a;
        to.inner = true;
        to.n = a.c, to.c = a.n;
        for (int i = 0; i < a.axes; ++i) {
            axis const& old = a.at[i];
            to.at[i] = {old.dilation, old.stride, old.spread, old.padding};
        }
        symbol const dy =
            ordered(d, {{0, a.batches}, {a.y_o(), a.axes}, {a.y_n(), a.n}, {a.y_f(), a.f + a.g}});
        symbol const turned = ordered(x, {{0, a.batches},
                                          {a.x_c(), a.c},
                                          {a.x_s(), a.axes},
                                          {a.x_n(), a.n},
                                          {a.x_c() + a.c, a.g}});
        return apply(turned, dy, to, sizes);
    }
    static constexpr void vjp(ir::pullback& p) {
        form const a(p.attributes());
        symbol const x = p.operand(0), w = p.operand(1);
        if (p.wants(0)) p.add(0, pull_x(a, p.cotangent, w, sizes_of(x, a.x_s(), a.axes)));
        if (p.wants(1)) p.add(1, pull_w(a, p.cotangent, x, sizes_of(w, a.w_k(), a.axes)));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.bilinear(); }

    /// A batch of images alone is more images; else the batch is one more axis of groups.
    static constexpr symbol batch(ir::batching& b) {
        form a(b.attributes());
        list<extent> const sizes = sizes_of(b.result(), a.y_o(), a.axes);
        if (b.batch(1).valid() || a.batches > 0 || !a.n) {
            ++a.batches;
            return apply(b.spread(0), b.spread(1), a, sizes);
        }
        auto& g = b.builder;
        symbol const x = b.batch(0);
        list<extent> shape{g.extents().multiply(b.size, x.size(1))};
        for (int i = 2; i < x.rank(); ++i) shape.push(x.size(i));
        symbol const y = apply(reshape::apply(x, g.shape(shape)), b.operand(1), a, sizes);
        shape.clear();
        for (int i = 0; i < y.rank(); ++i) {
            if (i == a.y_n()) shape.push(b.size);
            shape.push(i == a.y_n() ? b.result().size(i) : y.size(i));
        }
        return transpose::to_front(reshape::apply(y, g.shape(shape)), a.y_n());
    }

    static void reference_whole(ir::reference_call const& call) {
        form const a(call.graph.attributes(call.node));
        auto const x = call.operand_shape(0), w = call.operand_shape(1), y = call.result_shape();
        auto const xs = ir::row_major(x), ws = ir::row_major(w), ys = ir::row_major(y);
        // Loops over names: batch axes, g, n, f, o..., then c, k....
        struct loop {
            std::int64_t count, x, w, y;
            int axis;
            std::int64_t step;  // along the positions of a spatial axis
        };
        list<loop> outer, inner;
        for (int i = 0; i < a.batches; ++i) outer.push({x[i], xs[i], ws[i], ys[i], -1, 0});
        if (a.g) outer.push({x.back(), 1, 1, 1, -1, 0});
        if (a.n) outer.push({x[a.x_n()], xs[a.x_n()], 0, ys[a.y_n()], -1, 0});
        if (a.f) outer.push({w[a.w_f()], 0, ws[a.w_f()], ys[a.y_f()], -1, 0});
        for (int i = 0; i < a.axes; ++i) {
            outer.push({y[a.y_o() + i], 0, 0, ys[a.y_o() + i], i, a.at[i].stride});
            inner.push({w[a.w_k() + i], 0, ws[a.w_k() + i], 0, i, a.at[i].dilation});
        }
        if (a.c) inner.push({x[a.x_c()], xs[a.x_c()], ws[a.w_c()], 0, -1, 0});
        struct place {
            std::int64_t x = 0, w = 0, y = 0, s[most_axes] = {};
        };
        auto const walk = [](auto const& self, list<loop> const& loops, int at, place p,
                             auto const& body) -> void {
            if (at == loops.size()) return body(p);
            loop const l = loops[at];
            for (std::int64_t i = 0; i < l.count; ++i) {
                self(self, loops, at + 1, p, body);
                p.x += l.x, p.w += l.w, p.y += l.y;
                if (l.axis >= 0) p.s[l.axis] += l.step;
            }
        };
        place origin;
        for (int i = 0; i < a.axes; ++i) origin.s[i] = -a.at[i].padding;
        walk(walk, outer, 0, origin, [&](place const& result) {
            double sum = 0;
            walk(walk, inner, 0, result, [&](place const& p) {
                std::int64_t from = p.x;
                for (int i = 0; i < a.axes; ++i) {
                    std::int64_t const s = p.s[i] / a.at[i].spread;
                    if (p.s[i] < 0 || s * a.at[i].spread != p.s[i] || s >= x[a.x_s() + i]) return;
                    from += s * xs[a.x_s() + i];
                }
                sum += call.operands[0][from] * call.operands[1][p.w];
            });
            call.result[result.y] = sum;
        });
    }
};

}  // namespace ops

namespace ir {
template <>
struct struct_of<hash("convolution")> {
    using type = ops::convolution;
};
}  // namespace ir
}  // namespace weft
