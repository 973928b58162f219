// SPDX-License-Identifier: BSL-1.0
// Losses of yes or no for each element: sigmoid_cross_entropy, hinge.
#pragma once

#include <weft/nn/loss/reduction.hpp>
#include <weft/ops/exponential.hpp>

namespace weft::nn {

struct sigmoid_cross_entropy_options {
    /// What an element of target 1 counts, where one of target 0 counts 1; broadcasts to the
    /// scores.
    optional_value positive_weight{};
    reduction reduce = reduction::mean;
};

namespace detail {

/// log(1 + exp(-|x|)): what is common to softplus(x) and softplus(-x).
constexpr symbol soft_part(symbol x) { return log1p(exp(-abs(x))); }

struct sigmoid_entropy {
    constexpr symbol operator()(symbol x, symbol y) const { return relu(x) - x * y + soft_part(x); }
    constexpr symbol operator()(symbol x, symbol y, symbol weight) const {
        symbol const yes = weight * y, no = 1 - y;
        return no * relu(x) + yes * relu(-x) + (no + yes) * soft_part(x);
    }
};
/// That of the formula would have no derivative at zero, and lose small ones far from it.
struct sigmoid_entropy_backward {
    constexpr auto operator()(symbol d, symbol, symbol x, symbol y) const {
        return std::tuple{d * (yes(x) * (1 - y) - no(x) * y), -(d * x)};
    }
    constexpr auto operator()(symbol d, symbol, symbol x, symbol y, symbol weight) const {
        symbol const plus = relu(x) + soft_part(x), minus = relu(-x) + soft_part(x);
        return std::tuple{d * (yes(x) * (1 - y) - no(x) * (weight * y)),
                          d * (weight * minus - plus), d * y * minus};
    }

private:
    /// sigmoid(x) and 1 - sigmoid(x), both to the last digit, from one exponential.
    static constexpr symbol yes(symbol x) {
        symbol const e = exp(-abs(x));
        return where(x >= 0, 1, e) / (1 + e);
    }
    static constexpr symbol no(symbol x) {
        symbol const e = exp(-abs(x));
        return where(x >= 0, e, 1) / (1 + e);
    }
};

}  // namespace detail

/// -log(sigmoid(score)) where the target is 1, -log(1 - sigmoid(score)) where it is 0, what lies
/// between for targets between: PyTorch's binary_cross_entropy_with_logits. Targets are numbers or
/// booleans of the scores' shape.
struct sigmoid_cross_entropy_t {
    template <class S, class Y>
    constexpr symbol operator()(S const& s, Y const& y,
                                sigmoid_cross_entropy_options const& o = {}) const {
        constexpr std::string_view call = "sigmoid_cross_entropy";
        symbol const scores = detail::operand(s), given = detail::operand(y);
        if (!detail::same_shape(call, scores, given)) return detail::failed(scores);
        if (!is_floating(scores.type()))
            return scores.builder()->fail(ir::sentence(call, scores, given, "and")
                                          << ", scores are floating, found "
                                          << name(scores.type()));
        symbol const target = detail::as_type_of(given, scores);
        if (!o.positive_weight.given())
            return detail::reduced(custom_vjp(detail::sigmoid_entropy{},
                                              detail::sigmoid_entropy_backward{}, scores, target),
                                   o.reduce);
        symbol const weight = o.positive_weight.value();
        if (!detail::option_fits(call, "positive weights", weight, scores, true))
            return detail::failed(scores);
        return detail::reduced(
            custom_vjp(detail::sigmoid_entropy{}, detail::sigmoid_entropy_backward{}, scores,
                       target,
                       ir::broadcast(detail::as_type_of(weight, scores), scores.node().shape)),
            o.reduce);
    }
};

struct hinge_options {
    double margin = 1;
    reduction reduce = reduction::mean;
};

/// max(0, margin - target * score) for targets -1 and 1, of the scores' shape.
struct hinge_t {
    template <class S, class Y>
    constexpr symbol operator()(S const& s, Y const& y, hinge_options o = {}) const {
        symbol const scores = detail::operand(s), target = detail::operand(y);
        if (!detail::same_shape("hinge", scores, target)) return detail::failed(scores);
        return detail::reduced(relu(o.margin - detail::as_type_of(target, scores) * scores),
                               o.reduce);
    }
};

inline constexpr sigmoid_cross_entropy_t sigmoid_cross_entropy{};
inline constexpr hinge_t hinge{};

}  // namespace weft::nn
