// SPDX-License-Identifier: BSL-1.0
// Initialisers, first half: numbers drawn independently of each other. An initialiser is a value
// with a call operator (tensor, key): the same key gives the same numbers, on every machine.
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

/// A number as an element: of double in full, of narrower types through float.
template <class T>
T element(double x) {
    if constexpr (std::is_same_v<T, double>)
        return x;
    else
        return static_cast<T>(static_cast<float>(x));
}

template <class T>
void fill_uniform(T* out, std::int64_t count, random::key k, double low, double high) {
    for (std::int64_t i = 0; i < count; i += 4) {
        auto const b = random::bits(k, static_cast<std::uint64_t>(i / 4));
        for (int j = 0; j < 4 && i + j < count; ++j)
            out[i + j] = element<T>(
                low + (high - low) * static_cast<double>(random::bits_to_uniform(b.word[j])));
    }
}

/// `put(i, x)` for `count` normal numbers of mean 0 and deviation 1.
template <class Put>
void draw_normal(std::int64_t count, random::key k, Put put) {
    for (std::int64_t i = 0; i < count; i += 2) {
        uniform_pair const u(k, static_cast<std::uint64_t>(i / 2));
        double const radius = __builtin_sqrt(-2 * __builtin_log(u.first));
        double const angle = 6.283185307179586 * u.second;
        put(i, radius * __builtin_cos(angle));
        if (i + 1 < count) put(i + 1, radius * __builtin_sin(angle));
    }
}

/// A normal number between low and high: drawn again until it is.
inline double draw_truncated(random::key k, std::uint64_t index, double low, double high) {
    // Where the bulk lies outside, uniform numbers are drawn and kept as often as they are likely.
    bool const bulk = low <= -1 && high >= 1;
    double const mode = low > 0 ? low : high < 0 ? high : 0;
    for (std::uint64_t attempt = 0;; ++attempt) {
        uniform_pair const u(random::fold_in(k, attempt), index);
        double x = 0;
        bool kept = false;
        if (bulk) {
            x = __builtin_sqrt(-2 * __builtin_log(u.first)) *
                __builtin_cos(6.283185307179586 * u.second);
            kept = x >= low && x <= high;
        } else {
            x = low + (high - low) * u.second;
            kept = u.first <= __builtin_exp((mode * mode - x * x) / 2);
        }
        if (kept) return x;
    }
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
    using T = typename W::value_type;
    auto* const out = w.data();
    detail::draw_normal(
        w.size(), k, [=](std::int64_t i, double x) { out[i] = detail::element<T>(deviation * x); });
}

/// All elements the same: `constant{0.1}`.
struct constant {
    double value = 0;
    template <class W>
    void operator()(W& w, random::key) const {
        w.fill(detail::element<typename W::value_type>(value));
    }
};
inline constexpr constant zeros{0}, ones{1};

/// As a value: `uniform_between{-0.1, 0.1}`.
struct uniform_between {
    double low = 0, high = 1;
    template <class W>
    void operator()(W& w, random::key k) const {
        uniform(w, k, low, high);
    }
};

/// As a value: `normal_of{.mean = 0, .deviation = 0.02}`.
struct normal_of {
    double mean = 0, deviation = 1;
    template <class W>
    void operator()(W& w, random::key k) const {
        using T = typename W::value_type;
        auto* const out = w.data();
        detail::draw_normal(w.size(), k, [this, out](std::int64_t i, double x) {
            out[i] = detail::element<T>(mean + deviation * x);
        });
    }
};

/// Normal numbers, those beyond low and high (in deviations from the mean) drawn again.
struct truncated_normal {
    double mean = 0, deviation = 1, low = -2, high = 2;
    template <class W>
    void operator()(W& w, random::key k) const {
        if (!(low < high)) raise("weft::nn::truncated_normal: low is not below high");
        auto* const out = w.data();
        for (std::int64_t i = 0, n = w.size(); i < n; ++i)
            out[i] = detail::element<typename W::value_type>(
                mean +
                deviation * detail::draw_truncated(k, static_cast<std::uint64_t>(i), low, high));
    }
};

}  // namespace weft::nn
