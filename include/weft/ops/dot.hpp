// SPDX-License-Identifier: BSL-1.0
// dot_general: the sum of products over any axes of two values, batched over others; matmul and
// its relatives follow.
#pragma once

#include <weft/ops/layout.hpp>

namespace weft {

/// Which axes a contraction sums over and which it runs along in both operands.
struct dot_axes {
    list<std::int64_t> left, right;                ///< contracted
    list<std::int64_t> left_batch{}, right_batch{};  ///< batched
};

namespace ops {

/// Attributes: how many contracted and batch axes, then those of the left operand, of the right
/// one, the batch axes of the left and of the right. Result: batch, free left, free right axes.
struct dot_general : ir::operation_base {
    static constexpr std::string_view name = "dot_general", onnx = "MatMul";
    static constexpr auto kind = ir::kind::contraction;
    static constexpr int arity = 2, cost = 2;

    static constexpr dot_axes axes(range<std::int64_t> a) {
        int const n = static_cast<int>(a[0]), m = static_cast<int>(a[1]);
        auto part = [&](int first, int count) {
            return list<std::int64_t>(range<std::int64_t>{a.first + first, count});
        };
        return {part(2, n), part(2 + n, n), part(2 + 2 * n, m), part(2 + 2 * n + m, m)};
    }

    static constexpr extent flops(ir::sizing const& s) {
        extent n = s.extents.multiply(s.count(s.shape()), extent{2});
        for (std::int64_t a : axes(s.attributes()).left)
            n = s.extents.multiply(n, s.operand_shape(0)[static_cast<int>(a)]);
        return n;
    }

    /// The axes of an operand that are neither contracted nor batched, in order.
    static constexpr list<std::int64_t> free_axes(int rank, range<std::int64_t> contracted,
                                                  range<std::int64_t> batched) {
        std::int64_t used = 0;
        for (std::int64_t a : contracted) used |= std::int64_t{1} << a;
        for (std::int64_t a : batched) used |= std::int64_t{1} << a;
        list<std::int64_t> out;
        for (int i = 0; i < rank; ++i)
            if (!(used >> i & 1)) out.push(i);
        return out;
    }

    static constexpr symbol apply(symbol a, symbol b, dot_axes const& d) {
        if (a.type() == dtype::boolean)  // whether any product is true
            return ir::cast(apply(ir::cast(a, dtype::int32), ir::cast(b, dtype::int32), d),
                            dtype::boolean);
        list<extent> shape;
        for (std::int64_t i : d.left_batch) shape.push(a.size(static_cast<int>(i)));
        for (std::int64_t i : free_axes(a.rank(), d.left, d.left_batch))
            shape.push(a.size(static_cast<int>(i)));
        for (std::int64_t i : free_axes(b.rank(), d.right, d.right_batch))
            shape.push(b.size(static_cast<int>(i)));
        list<std::int64_t> attributes{d.left.size(), d.left_batch.size()};
        attributes.append(d.left);
        attributes.append(d.right);
        attributes.append(d.left_batch);
        attributes.append(d.right_batch);
        int const ids[] = {a.id(), b.id()};
        return a.builder()->add(ir::op<dot_general>, a.type(), a.builder()->shape(shape), {ids, 2},
                                attributes);
    }

    /// The cotangent of one operand: d and the other operand, contracted over the other's free
    /// axes. The other stands on the side where the axes come out in order for a matrix product.
    static constexpr symbol cotangent(symbol d, symbol other, int rank,
                                      list<std::int64_t> const& contracted,
                                      list<std::int64_t> const& batch,
                                      list<std::int64_t> const& other_contracted,
                                      list<std::int64_t> const& other_batch, bool left) {
        int const batches = batch.size();
        int const mine = rank - contracted.size() - batches;
        auto const others = free_axes(other.rank(), other_contracted, other_batch);
        list<std::int64_t> of_d, of_other(others), d_batch;
        for (int i = 0; i < others.size(); ++i) of_d.push(left ? batches + mine + i : batches + i);
        for (int i = 0; i < batches; ++i) d_batch.push(i);
        symbol const product = left ? apply(d, other, {of_d, of_other, d_batch, other_batch})
                                    : apply(other, d, {of_other, of_d, other_batch, d_batch});
        // Its axes: batch, then my free axes and the other's contracted ones, in either order.
        int const free_at = left ? batches : batches + contracted.size();
        int const contracted_at = left ? batches + mine : batches;
        list<std::int64_t> position(rank, 0);
        for (int i = 0; i < batches; ++i) position[static_cast<int>(batch[i])] = i;
        auto const free = free_axes(rank, contracted, batch);
        for (int i = 0; i < mine; ++i) position[static_cast<int>(free[i])] = free_at + i;
        for (int i = 0; i < contracted.size(); ++i) {
            int before = 0;
            for (int j = 0; j < contracted.size(); ++j)
                before += other_contracted[j] < other_contracted[i];
            position[static_cast<int>(contracted[i])] = contracted_at + before;
        }
        return transpose::apply(product, position);
    }

    static constexpr void vjp(ir::pullback& p) {
        dot_axes const x = axes(p.attributes());
        symbol const a = p.operand(0), b = p.operand(1);
        if (p.wants(0))
            p.add(0, cotangent(p.cotangent, b, a.rank(), x.left, x.left_batch, x.right,
                               x.right_batch, true));
        if (p.wants(1))
            p.add(1, cotangent(p.cotangent, a, b.rank(), x.right, x.right_batch, x.left,
                               x.left_batch, false));
    }
    static constexpr symbol jvp(ir::pushforward& p) { return p.bilinear(); }
    /// With both operands batched, one more batch axis; with one, a free axis, moved to the front.
    static constexpr symbol batch(ir::batching& b) {
        dot_axes x = axes(b.attributes());
        auto operand = [&](int i, list<std::int64_t>& contracted, list<std::int64_t>& batch) {
            symbol const s = b.batch(i);
            if (!s.valid()) return b.operand(i);
            for (std::int64_t& a : contracted) ++a;
            for (std::int64_t& a : batch) ++a;
            return s;
        };
        symbol const left = operand(0, x.left, x.left_batch);
        symbol const right = operand(1, x.right, x.right_batch);
        if (b.batch(0).valid() && b.batch(1).valid()) {
            for (list<std::int64_t>* axes : {&x.left_batch, &x.right_batch}) {
                list<std::int64_t> with{0};
                with.append(*axes);
                *axes = with;
            }
            return apply(left, right, x);
        }
        int at = x.left_batch.size();
        if (b.batch(1).valid()) {
            // A matrix and a batch of vectors: the other way round the axes come out in order.
            if (at == 0 && free_axes(right.rank(), x.right, {}).size() == 1)
                return apply(right, left, {x.right, x.left, {}, {}});
            at += free_axes(left.rank(), x.left, x.left_batch).size();
        }
        return transpose::to_front(apply(left, right, x), at);
    }
    /// Axes a, a + 1, ...: of a contiguous value they are one run through memory.
    static constexpr bool is_run(range<std::int64_t> axes) {
        for (int i = 1; i < axes.size(); ++i)
            if (axes[i] != axes[i - 1] + 1) return false;
        return true;
    }
    /// A transposed operand is another choice of axes. Contracted axes, and free ones, end up as
    /// runs, through a transpose where there is no other way: matrix products know only those.
    static constexpr symbol simplify(ir::rewrite& r) {
        dot_axes x = axes(r.attributes());
        symbol operand[] = {r.operand(0), r.operand(1)};
        bool changed = sort(x);
        for (int i = 0; i < 2; ++i) {
            list<std::int64_t>& contracted = i == 0 ? x.left : x.right;
            list<std::int64_t>& batch = i == 0 ? x.left_batch : x.right_batch;
            if (ir::is<transpose>(operand[i].node().op)) {
                auto const g = r.builder.view();
                list<std::int64_t> const order(g.attributes(operand[i].id()));
                auto moved = [&](range<std::int64_t> from) {
                    list<std::int64_t> to;
                    for (std::int64_t a : from) to.push(order[static_cast<int>(a)]);
                    return to;
                };
                // The free axes must keep their order, or the result's axes would change.
                if (is_run(moved(free_axes(operand[i].rank(), contracted, batch))) &&
                    is_run(moved(contracted))) {
                    contracted = moved(contracted), batch = moved(batch);
                    operand[i] = {&r.builder, g.operand(operand[i].id(), 0)};
                    changed = true;
                }
            }
            auto const free = free_axes(operand[i].rank(), contracted, batch);
            if (is_run(free) && is_run(contracted)) continue;
            list<std::int64_t> order(batch);
            order.append(free);
            order.append(contracted);
            operand[i] = transpose::apply(operand[i], order);
            for (int a = 0; a < batch.size(); ++a) batch[a] = a;
            for (int a = 0; a < contracted.size(); ++a)
                contracted[a] = batch.size() + free.size() + a;
            changed = true;
        }
        return changed ? apply(operand[0], operand[1], x) : symbol{};
    }
    /// Contracted axes in the order of the left operand; whether that changed them.
    static constexpr bool sort(dot_axes& x) {
        bool changed = false;
        for (int i = 1; i < x.left.size(); ++i)
            for (int j = i; j > 0 && x.left[j] < x.left[j - 1]; --j) {
                for (list<std::int64_t>* axes : {&x.left, &x.right}) {
                    std::int64_t const a = (*axes)[j];
                    (*axes)[j] = (*axes)[j - 1], (*axes)[j - 1] = a;
                }
                changed = true;
            }
        return changed;
    }
    static void reference_whole(ir::reference_call const& c) {
        dot_axes const x = axes(c.graph.attributes(c.node));
        auto const left = c.operand_shape(0), right = c.operand_shape(1);
        // A loop over the result's axes and one over the contracted ones, both with strides.
        list<std::int64_t> a, b, inner_a, inner_b, inner;
        auto const rows = ir::row_major(left), columns = ir::row_major(right);
        auto at = [](auto const& of, std::int64_t i) { return of[static_cast<int>(i)]; };
        for (int i = 0; i < x.left_batch.size(); ++i)
            a.push(at(rows, x.left_batch[i])), b.push(at(columns, x.right_batch[i]));
        for (std::int64_t i : free_axes(left.size(), x.left, x.left_batch))
            a.push(at(rows, i)), b.push(0);
        for (std::int64_t i : free_axes(right.size(), x.right, x.right_batch))
            a.push(0), b.push(at(columns, i));
        for (int i = 0; i < x.left.size(); ++i) {
            inner_a.push(at(rows, x.left[i])), inner_b.push(at(columns, x.right[i]));
            inner.push(at(left, x.left[i]));
        }
        auto dot = [&](auto const& self, int axis, double const* p, double const* q) -> double {
            if (axis == inner.size()) return *p * *q;
            double sum = 0;
            for (std::int64_t i = 0; i < inner[axis]; ++i)
                sum += self(self, axis + 1, p + i * inner_a[axis], q + i * inner_b[axis]);
            return sum;
        };
        double* y = c.result;
        auto fill = [&](auto const& self, int axis, double const* p, double const* q) -> void {
            if (axis == c.rank()) {
                *y++ = dot(dot, 0, p, q);
                return;
            }
            for (std::int64_t i = 0; i < c.shape[axis]; ++i)
                self(self, axis + 1, p + i * a[axis], q + i * b[axis]);
        };
        fill(fill, 0, c.operands[0], c.operands[1]);
    }
};

}  // namespace ops

/// Sums of products over the contracted axes of both, along their batch axes. Result axes:
/// batch, the rest of a, the rest of b.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol dot_general(A const& left, B const& right, dot_axes axes) {
    symbol a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    ir::builder& g = *a.builder();
    if (b.builder() != &g) return g.fail("dot_general: operands belong to different traces");
    auto refuse = [&](std::string_view why) {
        return g.fail(ir::sentence("dot_general", a, b, "x") << ", " << why);
    };
    if (axes.left.size() != axes.right.size() || axes.left_batch.size() != axes.right_batch.size())
        return refuse("axes are named in pairs, one of each operand");
    // Each axis may be named once.
    auto named = [](int rank, list<std::int64_t> const& x, list<std::int64_t> const& y) {
        std::int64_t seen = 0;
        for (list<std::int64_t> const* group : {&x, &y})
            for (std::int64_t i : *group) {
                if (i < 0 || i >= rank || (seen >> i & 1)) return false;
                seen |= std::int64_t{1} << i;
            }
        return true;
    };
    if (!named(a.rank(), axes.left, axes.left_batch) ||
        !named(b.rank(), axes.right, axes.right_batch))
        return refuse("an axis is named twice, or is not there");
    auto agree = [&](list<std::int64_t> const& x, list<std::int64_t> const& y) {
        for (int i = 0; i < x.size(); ++i)
            if (!g.extents().assume_equal(a.size(static_cast<int>(x[i])),
                                          b.size(static_cast<int>(y[i]))))
                return false;
        return true;
    };
    if (!agree(axes.left, axes.right)) return refuse("the contracted extents differ");
    if (!agree(axes.left_batch, axes.right_batch)) return refuse("the batch extents differ");
    dtype const type = promote(a.type(), b.type());
    return ops::dot_general::apply(ir::cast(a, type), ir::cast(b, type), axes);
}

/// The matrix product, as NumPy's: leading axes are batches and broadcast, a vector is a row on
/// the left and a column on the right.
template <class A, class B>
    requires Symbols<A, B>
constexpr symbol matmul(A const& left, B const& right) {
    symbol a = left.traced(), b = right.traced();
    if (!a.valid()) return a;
    if (!b.valid()) return b;
    ir::builder& g = *a.builder();
    if (a.builder() != b.builder()) return g.fail("matmul: operands belong to different traces");
    if (a.rank() == 0 || b.rank() == 0)
        return g.fail(ir::sentence("matmul", a, b, "x") << ", a scalar has no matrix product");
    int const inner = b.rank() == 1 ? 0 : b.rank() - 2;
    if (!g.extents().assume_equal(a.size(a.rank() - 1), b.size(inner)))
        return g.fail(ir::sentence("matmul", a, b, "x") << ", the inner extents differ");
    dtype const type = promote(a.type(), b.type());
    a = ir::cast(a, type), b = ir::cast(b, type);
    dot_axes axes{{a.rank() - 1}, {inner}, {}, {}};
    if (b.rank() <= 2) return ops::dot_general::apply(a, b, axes);
    // Batches on both sides: broadcast the leading axes against each other.
    auto leading = [&](symbol s) {
        list<extent> shape(g.view().shape(s.node().shape));
        shape.shrink(s.rank() > 2 ? s.rank() - 2 : 0);
        return g.shape(shape);
    };
    int const batch = ir::broadcast_shape(g, leading(a), leading(b));
    if (batch < 0)
        return g.fail(ir::sentence("matmul", a, b, "x") << ", the batches do not broadcast");
    auto spread = [&](symbol s, int tail) {
        list<extent> shape(g.view().shape(batch));
        for (int i = s.rank() - tail; i < s.rank(); ++i) shape.push(s.size(i));
        return ir::broadcast(s, g.shape(shape));
    };
    int const rows = a.rank() == 1 ? 1 : 2, batches = g.result().shapes[batch].count;
    if (a.rank() > 1) a = spread(a, rows);
    b = spread(b, 2);
    if (a.rank() == 1) return ops::dot_general::apply(a, b, {{0}, {batches}, {}, {}});
    axes = {{a.rank() - 1}, {batches}, {}, {}};
    for (int i = 0; i < batches; ++i) axes.left_batch.push(i), axes.right_batch.push(i);
    return ops::dot_general::apply(a, b, axes);
}

WEFT_EAGER(matmul)

namespace ir {
template <> struct struct_of<hash("dot_general")> { using type = ops::dot_general; };
}  // namespace ir
}  // namespace weft
