// SPDX-License-Identifier: BSL-1.0
// Losses between rows: kl_divergence of distributions, cosine_embedding of pairs of vectors.
#pragma once

#include <weft/nn/loss/reduction.hpp>

namespace weft::nn {

struct kl_divergence_options {
    /// Targets are logarithms of probabilities, as the predictions are.
    bool log_target = false;
    reduction reduce = reduction::mean;
};

/// sum(target * (log(target) - prediction)) along the last axis, of predictions that are logarithms
/// of probabilities; targets have their shape. The mean is one over rows (PyTorch's "batchmean").
struct kl_divergence_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y, kl_divergence_options o = {}) const {
        symbol const logs = detail::operand(p), target = detail::operand(y);
        if (!detail::same_shape("kl_divergence", logs, target)) return detail::failed(logs);
        if (logs.rank() == 0)
            return logs.builder()->fail(ir::sentence("kl_divergence", logs, target, "and")
                                        << ", expected rows of probabilities");
        symbol const present = target > 0;
        symbol const each =
            o.log_target ? exp(target) * (target - logs)
                         : where(present, target * (log(where(present, target, 1)) - logs), 0);
        return detail::reduced(sum(each, axis<-1>), o.reduce);
    }
};

struct cosine_embedding_options {
    double margin = 0;
    reduction reduce = reduction::mean;
};

/// 1 - cos(a, b) for pairs of target 1, max(0, cos(a, b) - margin) for those of target -1: a and b
/// are (..., features), targets (...).
struct cosine_embedding_t {
    template <class A, class B, class Y>
    constexpr symbol operator()(A const& left, B const& right, Y const& y,
                                cosine_embedding_options o = {}) const {
        symbol const a = detail::operand(left), b = detail::operand(right),
                     target = detail::operand(y);
        if (!detail::same_shape("cosine_embedding", a, b) || !target.valid())
            return detail::failed(a);
        if (a.rank() != target.rank() + 1 || !detail::leading_axes_agree(a, target))
            return a.builder()->fail(ir::sentence("cosine_embedding", a, target, "and")
                                     << ", expected vectors (batch, features) and targets (batch)");
        // 1e-12 as in PyTorch.
        symbol const sizes = (sum(a * a, axis<-1>) + 1e-12) * (sum(b * b, axis<-1>) + 1e-12);
        symbol const cos = sum(a * b, axis<-1>) / sqrt(sizes);
        return detail::reduced(where(target > 0, 1 - cos, relu(cos - o.margin)), o.reduce);
    }
};

inline constexpr kl_divergence_t kl_divergence{};
inline constexpr cosine_embedding_t cosine_embedding{};

}  // namespace weft::nn
