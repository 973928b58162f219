// SPDX-License-Identifier: BSL-1.0
// Initial numbers of models: nn::init<M>(key). A layer says how by a member `init(key)`; each part
// draws from a key of its own, named by its path, so that the order of members does not matter.
#pragma once

#include <weft/core/error.hpp>
#include <weft/core/philox.hpp>
#include <weft/ir/leaves.hpp>
#include <weft/tensor/state.hpp>

namespace weft::nn {

namespace detail {

/// Two uniform numbers, the first in (0, 1], the second in [0, 1).
struct uniform_pair {
    double first, second;

    uniform_pair(random::key k, std::uint64_t index) {
        auto const b = random::bits(k, index);
        first = 1 - random::bits_to_uniform(b.word[0], b.word[1]);
        second = random::bits_to_uniform(b.word[2], b.word[3]);
    }
};

template <class T>
void fill_uniform(T* out, std::int64_t count, random::key k, double low, double high) {
    for (std::int64_t i = 0; i < count; i += 4) {
        auto const b = random::bits(k, static_cast<std::uint64_t>(i / 4));
        for (int j = 0; j < 4 && i + j < count; ++j)
            out[i + j] = static_cast<T>(static_cast<float>(
                low + (high - low) * static_cast<double>(random::bits_to_uniform(b.word[j]))));
    }
}

template <class T>
void fill_normal(T* out, std::int64_t count, random::key k, double deviation) {
    for (std::int64_t i = 0; i < count; i += 2) {
        uniform_pair const u(k, static_cast<std::uint64_t>(i / 2));
        double const radius = deviation * __builtin_sqrt(-2 * __builtin_log(u.first));
        double const angle = 6.283185307179586 * u.second;
        out[i] = static_cast<T>(static_cast<float>(radius * __builtin_cos(angle)));
        if (i + 1 < count)
            out[i + 1] = static_cast<T>(static_cast<float>(radius * __builtin_sin(angle)));
    }
}

/// What a matrix (In..., Out) reads for one result: the product of all extents but the last.
template <class W>
std::int64_t fan_in(W const& w) {
    std::int64_t n = 1;
    for (int i = 0; i + 1 < W::rank; ++i) n *= w.extent(i);
    return n > 0 ? n : 1;
}
template <class W>
double fans(W const& w) {
    return static_cast<double>(fan_in(w) + (W::rank > 0 ? w.extent(W::rank - 1) : 1));
}

}  // namespace detail

/// Uniform numbers between low and high.
template <class W>
void uniform(W& w, random::key k, double low, double high) {
    detail::fill_uniform(w.data(), w.size(), k, low, high);
}
/// Normal numbers of mean 0.
template <class W>
void normal(W& w, random::key k, double deviation) {
    detail::fill_normal(w.data(), w.size(), k, deviation);
}
/// Uniform within 1 / sqrt(fan in): the default, as of PyTorch's linear layers.
template <class W>
void fan_in_uniform(W& w, random::key k) {
    double const bound = 1 / __builtin_sqrt(static_cast<double>(detail::fan_in(w)));
    uniform(w, k, -bound, bound);
}
/// Normal of variance 2 / fan in: He et al., "Delving deep into rectifiers" (2015), for relu.
template <class W>
void he_normal(W& w, random::key k) {
    normal(w, k, __builtin_sqrt(2. / static_cast<double>(detail::fan_in(w))));
}
/// Uniform of variance 2 / (fan in + fan out): Glorot and Bengio (2010), for tanh.
template <class W>
void glorot_uniform(W& w, random::key k) {
    double const bound = __builtin_sqrt(6. / detail::fans(w));
    uniform(w, k, -bound, bound);
}

namespace detail {

template <class M>
void init_part(M& part, random::key k) {
    if constexpr (requires { part.init(k); }) {
        part.init(k);
    } else if constexpr (Leaf<M>) {
        if constexpr (!is_state<M> && !is_setting<M>)
            if constexpr (M::rank >= 2) fan_in_uniform(part, k);
    } else if constexpr (Repeated<M>) {
        init_part(part.layers(), k);
    } else if constexpr (Array<M>) {
        std::uint64_t index = 0;
        for (auto& item : part) init_part(item, random::fold_in(k, index++));
    } else {
        for_each_member(part, [k]<int I, class P>(std::integral_constant<int, I>, P& member) {
            if constexpr (weft::detail::is_model<P>())
                init_part(member, random::fold_in(k, ir::hash(member_name<M, I>)));
        });
    }
}

}  // namespace detail

/// Gives every part of a model its first numbers. A struct with a member `init(random::key)`
/// does so for all that it holds. A tensor that stands outside of such a struct gets
/// fan_in_uniform if it has two axes or more, and keeps what it has otherwise.
template <class M>
    requires(Model<M> && !std::is_const_v<M>)
void init(M& model, random::key k) {
    for_each_leaf(model, [](auto&) {});  // refuses by name what a model cannot have
    detail::init_part(model, k);
}

/// A new model with its first numbers: the same for the same key, on every machine.
template <class M>
M init(random::key k) {
    M model{};
    nn::init(model, k);
    return model;
}

}  // namespace weft::nn
