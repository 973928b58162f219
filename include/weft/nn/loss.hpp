// SPDX-License-Identifier: BSL-1.0
// Losses, as objects that can be handed on as values: train::trainer(net, nn::mse, ...).
#pragma once

#include <weft/nn/layer.hpp>

namespace weft::nn {

namespace detail {

/// The axes of b are the first of a.
constexpr bool leading_axes_agree(symbol a, symbol b) {
    if (a.rank() < b.rank()) return false;
    for (int i = 0; i < b.rank(); ++i)
        if (!a.builder()->extents().assume_equal(a.size(i), b.size(i))) return false;
    return true;
}

/// Where class c is the label: labels of shape (...) over the shape (..., classes) of the scores.
constexpr symbol label_mask(symbol scores, symbol labels) {
    ir::builder& b = *scores.builder();
    std::int64_t const last = scores.rank() - 1;
    list<extent> column(b.view().shape(labels.node().shape));
    column.push(extent{1});
    symbol const classes =
        b.add(ir::op<ops::iota>, labels.type(), scores.node().shape, {}, {&last, 1});
    symbol const label = weft::detail::reshape_to(labels, b.shape(column));
    // The shape of the scores, not that of the labels, whose run-time extents have other names.
    int const ids[] = {classes.id(), ir::broadcast(label, scores.node().shape).id()};
    return b.add(ir::op<ops::equal>, dtype::boolean, scores.node().shape, {ids, 2});
}

/// The label's score minus the largest one of its row: zero where the answer is right.
constexpr symbol label_margin(symbol scores, symbol labels) {
    symbol const z = scores - stop_gradient(max(scores, axis<-1>, keep));
    return sum(where(label_mask(scores, labels), z, 0), axis<-1>);
}

struct entropy {
    constexpr symbol operator()(symbol scores, symbol labels) const {
        symbol const z = scores - stop_gradient(max(scores, axis<-1>, keep));
        return mean(log(sum(exp(z), axis<-1>)) - label_margin(scores, labels));
    }
};

/// (softmax(scores) - one_hot(labels)) / rows: the derivative of the formula has no constant to
/// fold where the number of rows is known at run time only.
struct entropy_backward {
    constexpr auto operator()(symbol cotangent, symbol, symbol scores, symbol labels) const {
        ir::builder& b = *scores.builder();
        int const shape = scores.node().shape;
        extent const rows = weft::detail::element_count(b, labels.node().shape);
        symbol const d = softmax(scores) - ir::cast(label_mask(scores, labels), scores.type());
        symbol const weight = ir::broadcast(ir::cast(cotangent, scores.type()), shape);
        return std::tuple{d * weight / b.number(rows, scores.type(), shape), symbol{}};
    }
};

}  // namespace detail

/// The mean of -log(softmax(scores)[label]) over scores (..., classes) and integer labels (...).
/// A label outside of the classes counts as -log(1 / 0): the trainer refuses it beforehand.
struct softmax_cross_entropy_t {
    template <class S, class L>
    constexpr symbol operator()(S const& s, L const& l) const {
        symbol const scores = detail::operand(s), labels = detail::operand(l);
        if (!scores.valid()) return scores;
        if (!labels.valid()) return labels;
        ir::builder& b = *scores.builder();
        auto const call = ir::sentence("softmax_cross_entropy", scores, labels, "and");
        if (!is_integer(labels.type()))
            return b.fail(text(call) << ", labels are integers (the number of the class), found "
                                     << name(labels.type()));
        if (!is_floating(scores.type()))
            return b.fail(text(call) << ", scores are floating, found " << name(scores.type()));
        if (scores.rank() != labels.rank() + 1)
            return b.fail(text(call) << ", expected scores (batch, classes) and labels (batch)");
        if (!detail::leading_axes_agree(scores, labels))
            return b.fail(text(call) << ", the batches differ");
        return custom_vjp(detail::entropy{}, detail::entropy_backward{}, scores, labels);
    }
};

/// The mean of (prediction - target)^2 over all elements; both have one shape.
struct mse_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y) const {
        symbol const prediction = detail::operand(p), target = detail::operand(y);
        if (!prediction.valid()) return prediction;
        if (!target.valid()) return target;
        if (prediction.rank() != target.rank() || !detail::leading_axes_agree(prediction, target))
            return prediction.builder()->fail(ir::sentence("mse", prediction, target, "and")
                                              << ", the shapes differ");
        return mean(square(prediction - target));
    }
};

inline constexpr softmax_cross_entropy_t softmax_cross_entropy{};
inline constexpr mse_t mse{};

}  // namespace weft::nn
