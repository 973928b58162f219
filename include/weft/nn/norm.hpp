// SPDX-License-Identifier: BSL-1.0
// Normalisations of each sample by itself: layer, RMS and group norm. They have no state, and are
// the same in training and inference.
#pragma once

#include <weft/nn/layer.hpp>

namespace weft::nn {

namespace detail {

/// Whether the last axis of x has the size that a layer expects; records the mistake if not.
constexpr bool has_features(std::string_view call, symbol x, std::int64_t features) {
    ir::builder& b = *x.builder();
    if (x.rank() > 0 && b.extents().assume_equal(x.size(x.rank() - 1), extent(features)))
        return true;
    b.fail(ir::sentence(call, x) << ": expected (..., " << features << ')');
    return false;
}

/// (x - mean) / sqrt(variance + epsilon) over the named axes; bf16 and f16 in float.
template <int... A>
constexpr symbol standardized(symbol x, axes_t<A...> over, symbol epsilon) {
    dtype const type = x.type();
    if (size_of(type) < 4) x = ir::cast(x, dtype::f32);
    symbol const centred = x - mean(x, over, keep);
    symbol const variance = mean(centred * centred, over, keep);
    return ir::cast(centred * rsqrt(variance + ir::cast(epsilon, x.type())), type);
}

}  // namespace detail

/// Each sample's features, the last axis, to mean 0 and variance 1, then scaled and moved: Ba, Kiros
/// and Hinton (2016).
template <std::int64_t Features, class T = float>
struct layer_norm {
    tensor<T, Features> scale = tensor<T, Features>::full(T(1));
    tensor<T, Features> bias;
    setting<float> epsilon = 1e-5f;

    template <class X>
    constexpr symbol operator()(X const& input) const {
        symbol const x = detail::operand(input);
        if (!x.valid() || !detail::has_features("layer_norm", x, Features))
            return {x.builder(), -1};
        return detail::standardized(x, axis<-1>, epsilon.traced()) * scale + bias;
    }
    void init(random::key) { scale.fill(T(1)), bias.fill(T(0)); }
};

/// Each sample's features divided by their root mean square, then scaled: Zhang and Sennrich (2019).
template <std::int64_t Features, class T = float>
struct rms_norm {
    tensor<T, Features> scale = tensor<T, Features>::full(T(1));
    setting<float> epsilon = 1e-5f;

    template <class X>
    constexpr symbol operator()(X const& input) const {
        symbol x = detail::operand(input);
        if (!x.valid() || !detail::has_features("rms_norm", x, Features))
            return {x.builder(), -1};
        dtype const type = x.type();
        if (size_of(type) < 4) x = ir::cast(x, dtype::f32);
        symbol const mean_square = mean(x * x, axis<-1>, keep);
        return ir::cast(x * rsqrt(mean_square + ir::cast(epsilon.traced(), x.type())), type) * scale;
    }
    void init(random::key) { scale.fill(T(1)); }
};

/// Groups of channels, the last axis, of each sample to mean 0 and variance 1 over the group and all
/// positions between the first axis and the last one: Wu and He (2018). With one group it is a layer
/// norm over all of a sample, with as many as channels an instance norm.
template <std::int64_t Channels, std::int64_t Groups, class T = float>
struct group_norm {
    static_assert(Groups > 0 && Channels % Groups == 0,
                  "weft::nn::group_norm<Channels, Groups>: the channels divide into the groups");

    tensor<T, Channels> scale = tensor<T, Channels>::full(T(1));
    tensor<T, Channels> bias;
    setting<float> epsilon = 1e-5f;

    template <class X>
    constexpr symbol operator()(X const& input) const {
        symbol const x = detail::operand(input);
        if (!x.valid()) return x;
        if (x.rank() < 2)
            return x.builder()->fail(ir::sentence("group_norm", x) << ": expected (batch, ..., "
                                                                   << Channels << ')');
        if (!detail::has_features("group_norm", x, Channels)) return {x.builder(), -1};
        ir::builder& b = *x.builder();
        extent positions{1};
        for (int i = 1; i + 1 < x.rank(); ++i)
            positions = b.extents().multiply(positions, x.size(i));
        symbol const grouped =
            reshape(x, {x.size(0), positions, Groups, Channels / Groups});
        symbol const y = detail::standardized(grouped, axis<1, 3>, epsilon.traced());
        return weft::detail::reshape_to(y, x.node().shape) * scale + bias;
    }
    void init(random::key) { scale.fill(T(1)), bias.fill(T(0)); }
};

}  // namespace weft::nn
