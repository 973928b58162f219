// SPDX-License-Identifier: BSL-1.0
// Batch normalisation: Ioffe and Szegedy (2015).
#pragma once

#include <weft/nn/layer.hpp>

namespace weft::nn {

/// Normalises each feature, the last axis of x, over all others. In training with the mean and
/// variance of the batch, of which `mean` and `variance` keep running averages (of the biased
/// variance); in inference with those. Assigns states: a model that holds one has a call operator
/// that is not const.
template <std::int64_t Features, class T = float>
struct batch_norm {
    tensor<T, Features> scale = tensor<T, Features>::full(T(1));
    tensor<T, Features> bias;
    state<T, Features> mean;
    state<T, Features> variance = tensor<T, Features>::full(T(1));
    /// The part of the batch in the new running averages.
    setting<float> momentum = 0.1f;
    setting<float> epsilon = 1e-5f;

    template <class X>
    constexpr symbol operator()(X const& input) {
        symbol const x = detail::operand(input);
        if (!x.valid()) return x;
        ir::builder& b = *x.builder();
        if (x.rank() < 2 || !b.extents().assume_equal(x.size(x.rank() - 1), extent(Features)))
            return b.fail(ir::sentence("batch_norm", x)
                          << ": expected (batch, ..., " << Features << ')');
        if (!b.training) return normalised(x, mean.traced(), variance.traced());
        symbol const m = over_batch(x), centred = x - m, v = over_batch(centred * centred);
        mean = moved(mean.traced(), m);
        variance = moved(variance.traced(), v);
        return centred * (rsqrt(v + cast_like(epsilon, v)) * scale) + bias;
    }

    /// Scale and variances one, bias and means zero.
    void init(random::key) {
        scale.fill(T(1)), variance.fill(T(1));
        bias.fill(T(0)), mean.fill(T(0));
    }

private:
    static constexpr symbol cast_like(setting<float> const& s, symbol x) {
        return ir::cast(s.traced(), x.type());
    }
    constexpr symbol normalised(symbol x, symbol m, symbol v) const {
        return (x - m) * (rsqrt(v + cast_like(epsilon, v)) * scale) + bias;
    }
    constexpr symbol moved(symbol from, symbol to) const {
        return from + (stop_gradient(to) - from) * cast_like(momentum, from);
    }
    /// The mean over all axes but the last.
    static constexpr symbol over_batch(symbol x) {
        ir::builder& b = *x.builder();
        list<int> axes;
        extent count{1};
        for (int i = 0; i + 1 < x.rank(); ++i) {
            axes.push(i);
            count = b.extents().multiply(count, x.size(i));
        }
        symbol const s = weft::detail::reduce<ops::sum>(x, axes, false);
        return s / b.number(count, s.type(), s.node().shape);
    }
};

}  // namespace weft::nn
