// SPDX-License-Identifier: BSL-1.0
// Convolutional layers: conv1d, conv2d, conv3d, their transposed forms, and the depthwise separable
// one that is made of two.
#pragma once

#include <weft/nn/init.hpp>
#include <weft/nn/layer.hpp>
#include <weft/ops/conv.hpp>

namespace weft::nn {

/// Whether a layer adds a bias: `conv2d<3, 32, 3, window{.padding = 1}, bias::no>`.
enum class bias : bool { no, yes };

namespace detail {

/// What stands in a layer for a bias that it does not have.
struct no_bias {};

template <class T, std::int64_t Out, bias Bias>
using bias_of = std::conditional_t<Bias == bias::yes, tensor<T, Out>, no_bias>;

template <class T, int Axes, window_sizes K, std::int64_t In, std::int64_t Out>
struct conv_weight;
template <class T, window_sizes K, std::int64_t In, std::int64_t Out>
struct conv_weight<T, 1, K, In, Out> {
    using type = tensor<T, K.at[0], In, Out>;
};
template <class T, window_sizes K, std::int64_t In, std::int64_t Out>
struct conv_weight<T, 2, K, In, Out> {
    using type = tensor<T, K.at[0], K.at[1], In, Out>;
};
template <class T, window_sizes K, std::int64_t In, std::int64_t Out>
struct conv_weight<T, 3, K, In, Out> {
    using type = tensor<T, K.at[0], K.at[1], K.at[2], In, Out>;
};

template <int Axes, std::int64_t In, std::int64_t Out>
constexpr bool check_conv(window_sizes kernel, window how) {
    return In > 0 && Out > 0 && how.groups > 0 && kernel.count > 0 && kernel.fits(Axes) &&
           In % how.groups == 0 && Out % how.groups == 0;
}

/// The window of a layer's weights, which have their channels behind whatever the image has.
constexpr window channels_behind(window how) {
    how.layout = channels_last;
    return how;
}

/// f on an image with channels behind, plus the bias.
template <class B, class F>
constexpr symbol with_bias(symbol x, window how, B const& bias, F f) {
    if (!x.valid()) return x;
    bool const first = how.layout == channels_first && x.rank() > 2;
    symbol y = f(first ? weft::detail::channels_to_back(x) : x);
    if (!y.valid()) return y;
    if constexpr (!std::is_same_v<B, no_bias>) y = y + bias;
    return first ? weft::detail::channels_to_front(y) : y;
}

/// Uniform within 1 / sqrt(inputs of a result), as PyTorch's.
template <class W, class B>
void init_conv(W& weight, B& bias, random::key k, std::int64_t inputs) {
    auto const [first, second] = random::split(k);
    double const bound = 1 / __builtin_sqrt(static_cast<double>(inputs));
    uniform(weight, first, -bound, bound);
    if constexpr (!std::is_same_v<B, no_bias>) uniform(bias, second, -bound, bound);
}

constexpr std::int64_t taps(window_sizes kernel, int axes) {
    std::int64_t n = 1;
    for (int i = 0; i < axes; ++i) n *= kernel.at[i];
    return n;
}

}  // namespace detail

/// (N, spatial..., In) to (N, spatial..., Out): conv(x, weight) + bias. Kernel is one size, or one
/// for each axis: `conv2d<1, 6, 5>`, `conv2d<6, 16, window_sizes{3, 5}, window{.stride = 2}>`.
/// With `.layout = channels_first` images have their channels in front, the weights do not.
template <int Axes, std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
struct conv {
    static_assert(
        detail::check_conv<Axes, In, Out>(Kernel, How),
        "weft::nn::conv: sizes are at least 1, the kernel has one or one for each axis, and "
        "groups divide In and Out");

    typename detail::conv_weight<T, Axes, Kernel, In / How.groups, Out>::type weight;
    detail::bias_of<T, Out, Bias> bias;

    template <class X>
    constexpr symbol operator()(X const& x) const {
        return detail::with_bias(detail::operand(x), How, bias, [this](symbol image) {
            return weft::conv(image, weight, detail::channels_behind(How));
        });
    }

    void init(random::key k) {
        detail::init_conv(weight, bias, k, detail::taps(Kernel, Axes) * In / How.groups);
    }
};

/// conv_transpose(x, weight) + bias: (N, spatial..., In) to a larger image (N, spatial..., Out).
template <int Axes, std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
struct conv_transpose {
    static_assert(
        detail::check_conv<Axes, In, Out>(Kernel, How),
        "weft::nn::conv_transpose: sizes are at least 1, the kernel has one or one for each "
        "axis, and groups divide In and Out");

    typename detail::conv_weight<T, Axes, Kernel, In / How.groups, Out>::type weight;
    detail::bias_of<T, Out, Bias> bias;

    template <class X>
    constexpr symbol operator()(X const& x) const {
        return detail::with_bias(detail::operand(x), How, bias, [this](symbol image) {
            return weft::conv_transpose(image, weight, detail::channels_behind(How));
        });
    }

    void init(random::key k) {
        detail::init_conv(weight, bias, k, detail::taps(Kernel, Axes) * Out / How.groups);
    }
};

template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv1d = conv<1, In, Out, Kernel, How, Bias, T>;
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv2d = conv<2, In, Out, Kernel, How, Bias, T>;
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv3d = conv<3, In, Out, Kernel, How, Bias, T>;
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv_transpose1d = conv_transpose<1, In, Out, Kernel, How, Bias, T>;
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv_transpose2d = conv_transpose<2, In, Out, Kernel, How, Bias, T>;
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
using conv_transpose3d = conv_transpose<3, In, Out, Kernel, How, Bias, T>;

namespace detail {

constexpr window depthwise(window how, std::int64_t channels) {
    how.groups = channels;
    return how;
}
constexpr window pointwise(window how) {
    window one{};
    one.layout = how.layout;
    return one;
}

}  // namespace detail

/// A window over each channel by itself, then a mix of the channels: Howard et al., "MobileNets"
/// (2017).
template <std::int64_t In, std::int64_t Out, window_sizes Kernel, window How = window{},
          bias Bias = bias::yes, class T = float>
struct depthwise_separable {
    conv2d<In, In, Kernel, detail::depthwise(How, In), Bias, T> depthwise;
    conv2d<In, Out, 1, detail::pointwise(How), Bias, T> pointwise;

    template <class X>
    constexpr symbol operator()(X const& x) const {
        return pointwise(depthwise(x));
    }
};

}  // namespace weft::nn
