// SPDX-License-Identifier: BSL-1.0
// Random tensors from keys: the numbers that a traced function draws first from the same key.
//
//     tensor<float, 512, 512> a = random::normal(key);
//     auto b = random::uniform(key, -1, 1).make<double>(n, 3);
#pragma once

#include <weft/ops/distributions.hpp>
#include <weft/program/call.hpp>
#include <weft/tensor/create.hpp>
#include <weft/tensor/value.hpp>

namespace weft::random {

namespace detail {

/// Calls f with the sizes of x.
template <int Rank, class F>
constexpr symbol with_sizes(symbol x, F f) {
    return [&]<int... I>(std::integer_sequence<int, I...>) {
        return f(shape_list{axis_size(x.size(I))...});
    }(std::make_integer_sequence<int, Rank>{});
}

template <class T, int Rank>
struct eager_uniform {
    constexpr symbol operator()(symbol like, symbol, symbol low, symbol high) const {
        return with_sizes<Rank>(
            like, [&](shape_list s) { return random::uniform<T>(like, low, high, s); });
    }
};
template <class T, int Rank>
struct eager_normal {
    constexpr symbol operator()(symbol like, symbol) const {
        return with_sizes<Rank>(like, [&](shape_list s) { return random::normal<T>(like, s); });
    }
};
/// From the probabilities of the bounds, erf(bound / sqrt(2)).
template <class T, int Rank>
struct eager_truncated_normal {
    constexpr symbol operator()(symbol like, symbol, symbol low, symbol high, symbol p,
                                symbol q) const {
        symbol const u = with_sizes<Rank>(
            like, [&](shape_list s) { return detail::draw<T>(like, s, 0); });
        symbol const span = q - p, at = u * span + (p + span * (detail::step<T> / 2));
        return cast<T>(minimum(maximum(1.41421356237309504880 * erf_inv(at), low), high));
    }
};
template <class T, int Rank>
struct eager_exponential {
    constexpr symbol operator()(symbol like, symbol) const {
        return with_sizes<Rank>(like,
                                [&](shape_list s) { return random::exponential<T>(like, s); });
    }
};
template <class T, int Rank>
struct eager_gumbel {
    constexpr symbol operator()(symbol like, symbol) const {
        return with_sizes<Rank>(like, [&](shape_list s) { return random::gumbel<T>(like, s); });
    }
};
template <class T, int Rank>
struct eager_bernoulli {
    constexpr symbol operator()(symbol like, symbol, symbol p) const {
        return cast<T>(with_sizes<Rank>(
            like, [&](shape_list s) { return random::bernoulli(like, p, s); }));
    }
};
template <class T, int Rank>
struct eager_integers {
    constexpr symbol operator()(symbol like, symbol, symbol low, symbol span) const {
        symbol const word =
            with_sizes<Rank>(like, [&](shape_list s) { return random::bits(like, s); });
        int const ids[] = {word.id(), ir::broadcast(span, word.node().shape).id()};
        symbol const y = word.builder()->add(ir::op<ops::random_below>, dtype::uint32,
                                             word.node().shape, {ids, 2});
        return cast<T>(cast<T>(y) + cast<T>(low));
    }
};
struct eager_categorical {
    template <class Axes>
    struct along {
        constexpr symbol operator()(symbol logits, symbol) const {
            return random::categorical(logits, Axes{});
        }
    };
};
template <class Axis>
struct eager_shuffle {
    constexpr symbol operator()(symbol x, symbol) const { return random::shuffle(x, Axis{}); }
};
struct eager_permutation {
    constexpr symbol operator()(symbol like, symbol) const {
        return random::permutation(like, like.size(0));
    }
};

/// The recipe of a function of a tensor's type and shape.
template <class F>
struct make_random {
    F draw;
    template <class Tensor>
    Tensor make(dims<Tensor::rank> const& shape) const {
        // A shape: no element of it is read.
        weft::detail::view_with<typename Tensor::value_type const, Tensor::rank,
                                weft::detail::extents_of_tensor<Tensor>>
            like(nullptr, shape);
        return draw(static_cast<Tensor const*>(nullptr), like);
    }
};
/// Draw<T, rank> with a key and numbers.
template <template <class, int> class Draw, class... Number>
auto make(key k, Number... numbers) {
    auto const draw = [=]<class Tensor>(Tensor const*, auto const& like) {
        return Tensor(weft::call(Draw<typename Tensor::value_type, Tensor::rank>{}, like, k,
                                 numbers...));
    };
    return recipe(make_random<std::remove_const_t<decltype(draw)>>{draw});
}

}  // namespace detail

/// Uniform numbers in [low, high).
inline auto uniform(key k, double low = 0, double high = 1) {
    return detail::make<detail::eager_uniform>(k, low, high);
}
/// Normal numbers of mean 0 and deviation 1.
inline auto normal(key k) { return detail::make<detail::eager_normal>(k); }
/// Normal numbers that lie between low and high. Raises where these are not in order.
inline auto truncated_normal(key k, double low = -2, double high = 2) {
    constexpr double root = 0.70710678118654752440;
    if (!(low < high))
        raise("random::truncated_normal: the lower bound is not below the upper one");
    return detail::make<detail::eager_truncated_normal>(k, low, high, __builtin_erf(low * root),
                                                        __builtin_erf(high * root));
}
/// Exponential numbers of mean 1.
inline auto exponential(key k) { return detail::make<detail::eager_exponential>(k); }
/// Numbers of the Gumbel distribution: the largest of logits plus these is a categorical draw.
inline auto gumbel(key k) { return detail::make<detail::eager_gumbel>(k); }
/// True, or 1, with probability p.
inline auto bernoulli(key k, double p = 0.5) { return detail::make<detail::eager_bernoulli>(k, p); }
/// Integers from low on, below high. Raises where there are none, or more than 2^32 - 1.
inline auto randint(key k, std::int64_t low, std::int64_t high) {
    if (low >= high || high - low > 0xffffffff)
        raise("random::randint: from low to high there are no integers, or more than 2^32 - 1");
    return detail::make<detail::eager_integers>(k, low, static_cast<std::uint32_t>(high - low));
}

/// For each row of logits along an axis, the last by default, a place drawn with the probabilities
/// softmax(logits); int32.
template <Concrete X, int Axis = -1>
auto categorical(key k, X const& logits, axes_t<Axis> = {}) {
    using along = detail::eager_categorical::along<axes_t<Axis>>;
    auto const& x = weft::detail::value_of_operand(logits);
    return weft::call(along{}, x, k);
}
/// The slices of x along an axis in random order.
template <Concrete X, int Axis = 0>
auto shuffle(key k, X const& x, axes_t<Axis> = {}) {
    auto const& its = weft::detail::value_of_operand(x);
    return weft::call(detail::eager_shuffle<axes_t<Axis>>{}, its, k);
}
/// The numbers 0 to n - 1 in random order, int32.
template <std::integral N>
auto permutation(key k, N n) {  // a template, so that its program is compiled where it is called
    view<float const, dyn> const places(nullptr, {static_cast<std::int64_t>(n)});
    return weft::call(detail::eager_permutation{}, places, k);
}

}  // namespace weft::random
