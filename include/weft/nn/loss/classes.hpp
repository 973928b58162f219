// SPDX-License-Identifier: BSL-1.0
// Losses of one label among several classes: softmax_cross_entropy, nll, multi_class_hinge.
#pragma once

#include <cstdint>

#include <weft/nn/loss/reduction.hpp>

namespace weft::nn {

/// No label is ignored.
inline constexpr std::int64_t no_label = INT64_MIN;

struct softmax_cross_entropy_options {
    /// The part of a label that is spread over all classes.
    double smoothing = 0;
    /// What each class counts: one number for each.
    optional_value weights{};
    /// Rows of this label count nothing.
    std::int64_t ignore = no_label;
    reduction reduce = reduction::mean;
};
struct nll_options {
    optional_value weights{};
    std::int64_t ignore = no_label;
    reduction reduce = reduction::mean;
};

namespace detail {

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

/// Floating scores (..., classes) and integer labels (...).
constexpr bool labels_fit(std::string_view call, symbol scores, symbol labels) {
    if (!scores.valid() || !labels.valid()) return false;
    text t = ir::sentence(call, scores, labels, "and");
    int const length = t.size();
    if (!is_integer(labels.type()))
        t << ", labels are integers (the number of the class), found " << name(labels.type());
    else if (!is_floating(scores.type()))
        t << ", scores are floating, found " << name(scores.type());
    else if (scores.rank() != labels.rank() + 1)
        t << ", expected scores (batch, classes) and labels (batch)";
    else if (!leading_axes_agree(scores, labels))
        t << ", the batches differ";
    if (t.size() == length) return true;
    scores.builder()->fail(t);
    return false;
}

/// The sum along the classes of what stands at the labels.
constexpr symbol at_label(symbol mask, symbol values) {
    return sum(where(mask, values, 0), axis<-1>);
}

/// What each row counts: the weight of its class, nothing where its label is ignored.
constexpr symbol row_weights(symbol scores, symbol labels, symbol mask, symbol weights,
                             std::int64_t ignore) {
    ir::builder& b = *scores.builder();
    symbol counts = weights.valid()
                        ? at_label(mask, ir::broadcast(weights, scores.node().shape))
                        : b.constant(scores.type(), sum(scores, axis<-1>).node().shape, 1);
    if (ignore == no_label) return counts;
    // Labels of an unsigned type, too, can be told from a negative one.
    return where(ir::cast(labels, dtype::int64) != ignore, counts, 0);
}

/// Of the negative logarithm of probabilities at the labels.
constexpr symbol labelled_loss(std::string_view call, symbol scores, symbol labels, bool log_done,
                               softmax_cross_entropy_options const& o) {
    ir::builder& b = *scores.builder();
    symbol weights;
    if (o.weights.given()) {
        if (!option_fits(call, "class weights", o.weights.value(), scores, false))
            return failed(scores);
        weights = as_type_of(o.weights.value(), scores);
    }
    symbol const logs = log_done ? scores : log_softmax(scores);
    symbol const mask = label_mask(scores, labels);
    symbol const counts = row_weights(scores, labels, mask, weights, o.ignore);
    symbol rows = -(at_label(mask, logs) * counts);
    if (o.smoothing != 0) {
        symbol spread = -sum(weights.valid() ? logs * weights : logs, axis<-1>);
        if (o.ignore != no_label)
            spread = where(ir::cast(labels, dtype::int64) != o.ignore, spread, 0);
        symbol const classes =
            b.number(scores.size(scores.rank() - 1), scores.type(), spread.node().shape);
        rows = (1 - o.smoothing) * rows + o.smoothing * spread / classes;
    }
    bool const plain = !weights.valid() && o.ignore == no_label;
    if (o.reduce != reduction::mean || plain) return reduced(rows, o.reduce);
    return sum(rows) / sum(counts);
}

constexpr symbol soft_loss(std::string_view call, symbol scores, symbol given,
                           softmax_cross_entropy_options const& o) {
    if (!same_shape(call, scores, given)) return failed(scores);
    symbol target = as_type_of(given, scores), logs = log_softmax(scores);
    if (o.smoothing != 0) {
        symbol const classes = scores.builder()->number(scores.size(scores.rank() - 1),
                                                        scores.type(), scores.node().shape);
        target = target * (1 - o.smoothing) + o.smoothing / classes;
    }
    if (o.weights.given()) {
        if (!option_fits(call, "class weights", o.weights.value(), scores, false))
            return failed(scores);
        logs = logs * as_type_of(o.weights.value(), scores);
    }
    return reduced(-sum(target * logs, axis<-1>), o.reduce);
}

}  // namespace detail

/// -log(softmax(scores)[label]) over scores (..., classes) and integer labels (...), or
/// -sum(target * log(softmax(scores))) over targets (..., classes), parts of each class. The mean
/// is one over rows; with class weights or an ignored label the sum of losses over the sum of
/// weights. A label outside of the classes counts as -log(1 / 0): the trainer refuses it
/// beforehand.
struct softmax_cross_entropy_t {
    template <class S, class L>
    constexpr symbol operator()(S const& s, L const& l,
                                softmax_cross_entropy_options const& o = {}) const {
        constexpr std::string_view call = "softmax_cross_entropy";
        symbol const scores = detail::operand(s), labels = detail::operand(l);
        if (!scores.valid()) return scores;
        if (!labels.valid()) return labels;
        if (is_floating(labels.type()) && is_floating(scores.type()) &&
            labels.rank() == scores.rank())
            return detail::soft_loss(call, scores, labels, o);
        if (!detail::labels_fit(call, scores, labels)) return detail::failed(scores);
        if (o.smoothing == 0 && !o.weights.given() && o.ignore == no_label &&
            o.reduce == reduction::mean)
            return custom_vjp(detail::entropy{}, detail::entropy_backward{}, scores, labels);
        return detail::labelled_loss(call, scores, labels, false, o);
    }
};

/// softmax_cross_entropy for labels among which one, such as that of padding, counts nothing. The
/// trainer does not refuse that label, and leaves it out of the accuracy.
template <std::int64_t Label>
struct softmax_cross_entropy_ignoring_t {
    static constexpr std::int64_t ignored = Label;

    template <class S, class L>
    constexpr symbol operator()(S const& s, L const& l,
                                softmax_cross_entropy_options o = {}) const {
        o.ignore = Label;
        return softmax_cross_entropy_t{}(s, l, o);
    }
};

/// -values[label] over logarithms of probabilities (..., classes) and integer labels (...); with
/// softmax_cross_entropy's weights and mean.
struct nll_t {
    template <class S, class L>
    constexpr symbol operator()(S const& s, L const& l, nll_options const& o = {}) const {
        symbol const logs = detail::operand(s), labels = detail::operand(l);
        if (!detail::labels_fit("nll", logs, labels)) return detail::failed(logs);
        return detail::labelled_loss(
            "nll", logs, labels, true,
            {.weights = o.weights, .ignore = o.ignore, .reduce = o.reduce});
    }
};

struct multi_class_hinge_options {
    double margin = 1;
    reduction reduce = reduction::mean;
};

/// The sum over all other classes of max(0, margin + score - score of the label), over the number
/// of classes, as PyTorch's multi_margin_loss.
struct multi_class_hinge_t {
    template <class S, class L>
    constexpr symbol operator()(S const& s, L const& l, multi_class_hinge_options o = {}) const {
        symbol const scores = detail::operand(s), labels = detail::operand(l);
        if (!detail::labels_fit("multi_class_hinge", scores, labels)) return detail::failed(scores);
        symbol const mask = detail::label_mask(scores, labels);
        symbol const own = sum(where(mask, scores, 0), axis<-1>, keep);
        return detail::reduced(mean(where(mask, 0, relu(scores - own + o.margin)), axis<-1>),
                               o.reduce);
    }
};

inline constexpr softmax_cross_entropy_t softmax_cross_entropy{};
template <std::int64_t Label>
inline constexpr softmax_cross_entropy_ignoring_t<Label> softmax_cross_entropy_ignoring{};
inline constexpr nll_t nll{};
inline constexpr multi_class_hinge_t multi_class_hinge{};

}  // namespace weft::nn
