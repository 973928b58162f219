// SPDX-License-Identifier: BSL-1.0
// Initialisers, second half: those that look at the shape of a weight. He, Xavier and LeCun differ
// in a factor, in what they divide by, and in the distribution; orthogonal ones by themselves.
#pragma once

#include <weft/nn/init/draw.hpp>

namespace weft::nn {

/// How many numbers a weight reads for each result, or writes of each operand, or the mean of both.
enum class fan : std::uint8_t { in, out, average };
enum class distribution : std::uint8_t { uniform, normal, truncated };

namespace detail {

/// A weight (window..., in, out): the last axis are results, the one before operands, and what
/// stands in front is a window, as of a convolution.
template <class W>
double fan_of(W const& w, fan kind) {
    double window = 1, ends[] = {1, 1};
    for (int i = 0; i < W::rank; ++i)
        (i + 2 < W::rank ? window : ends[i + 2 - W::rank]) *= static_cast<double>(w.extent(i));
    double const in = window * ends[0], out = window * ends[1];
    double const n = kind == fan::in ? in : kind == fan::out ? out : (in + out) / 2;
    return n > 0 ? n : 1;
}

/// Makes the rows of a (rows, columns) matrix orthonormal, one after the other; rows <= columns.
[[gnu::noinline]] inline void orthonormalise(double* a, std::int64_t rows, std::int64_t columns) {
    for (std::int64_t i = 0; i < rows; ++i) {
        double* const own = a + i * columns;
        auto const dot = [columns](double const* x, double const* y) {
            double sum[4] = {};
            std::int64_t c = 0;
            for (; c + 4 <= columns; c += 4)
                for (int j = 0; j < 4; ++j) sum[j] += x[c + j] * y[c + j];
            for (; c < columns; ++c) sum[0] += x[c] * y[c];
            return (sum[0] + sum[1]) + (sum[2] + sum[3]);
        };
        for (int twice = 0; twice < 2; ++twice)  // once is not enough where little is left
            for (std::int64_t j = 0; j < i; ++j) {
                double const* const other = a + j * columns;
                double const part = dot(own, other);
                for (std::int64_t c = 0; c < columns; ++c) own[c] -= part * other[c];
            }
        double const size = 1 / __builtin_sqrt(dot(own, own));
        for (std::int64_t c = 0; c < columns; ++c) own[c] *= size;
    }
}

}  // namespace detail

/// Numbers of variance gain / fan: `scaled{.gain = 2, .by = fan::out}`.
struct scaled {
    double gain = 1;
    fan by = fan::in;
    distribution draw = distribution::uniform;

    template <class W>
    void operator()(W& w, random::key k) const {
        double const deviation = __builtin_sqrt(gain / detail::fan_of(w, by));
        if (draw == distribution::uniform)
            uniform(w, k, -1.7320508075688772 * deviation, 1.7320508075688772 * deviation);
        else if (draw == distribution::normal)
            normal(w, k, deviation);
        else  // cut at two deviations, which makes the variance smaller
            truncated_normal{.deviation = deviation / 0.8796256610342398}(w, k);
    }
    /// The same by another fan: `he_normal.with(fan::out)`.
    constexpr scaled with(fan other) const { return {gain, other, draw}; }
};

/// Uniform within 1 / sqrt(fan in), as of PyTorch's linear layers.
inline constexpr scaled fan_in_uniform{1. / 3, fan::in, distribution::uniform};
/// He et al., "Delving deep into rectifiers" (2015): for relu.
inline constexpr scaled he_uniform{2, fan::in, distribution::uniform};
inline constexpr scaled he_normal{2, fan::in, distribution::normal};
/// Glorot and Bengio (2010), of Xavier Glorot: for tanh.
inline constexpr scaled xavier_uniform{1, fan::average, distribution::uniform};
inline constexpr scaled xavier_normal{1, fan::average, distribution::normal};
inline constexpr scaled glorot_uniform = xavier_uniform, glorot_normal = xavier_normal;
/// LeCun et al., "Efficient backprop" (1998): for selu.
inline constexpr scaled lecun_uniform{1, fan::in, distribution::uniform};
inline constexpr scaled lecun_normal{1, fan::in, distribution::normal};

/// gain times a matrix whose columns (or rows, whichever are fewer) are orthonormal, drawn without
/// preference: Saxe, McClelland and Ganguli (2014). The last axis are columns, all others rows; two
/// axes or more.
struct orthogonal_t {
    double gain = 1;

    template <class W>
        requires(W::rank >= 2)
    void operator()(W& w, random::key k) const {
        std::int64_t const columns = w.extent(W::rank - 1), size = w.size();
        if (size == 0) return;
        std::int64_t const rows = size / columns;
        // The vectors that are made orthonormal stand one after the other.
        bool const tall = rows >= columns;
        std::int64_t const count = tall ? columns : rows, length = tall ? rows : columns;
        tensor<double, dyn> drawn(size);
        double* const vectors = drawn.data();
        detail::draw_normal(size, k, [&](std::int64_t i, double x) { vectors[i] = x; });
        detail::orthonormalise(vectors, count, length);
        auto* const out = w.data();
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t j = 0; j < length; ++j)
                out[tall ? j * columns + i : i * columns + j] =
                    detail::element<typename W::value_type>(
                        gain * vectors[i * length + j]);
    }
};
inline constexpr orthogonal_t orthogonal{};

}  // namespace weft::nn
