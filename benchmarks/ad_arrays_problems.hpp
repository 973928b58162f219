// SPDX-License-Identifier: BSL-1.0
// The nine problems of the FastAD paper (arXiv 2102.03681): as loops over numbers of any type,
// which with double are the primal; with Eigen's arrays; and as functions of arrays, which a tape
// records and weft::grad compiles. GradBench's mixture of Gaussians and LSTM as functions of
// arrays.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <weft/autodiff/var_tensor.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/tensor.hpp>

#include "ad_reverse_problems.hpp"

#ifdef WEFT_HAS_EIGEN
#include <Eigen/Core>
#endif

namespace ad_arrays {

using weft::tensor;

template <class Tensor>
Tensor uniform(unsigned seed, double low = -1, double high = 1) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> draw(low, high);
    Tensor x;
    for (double& v : x) v = draw(engine);
    return x;
}

/// What is used twice is given a name: of an expression an array of variables, of a trace itself.
constexpr weft::symbol named(weft::symbol x) { return x; }
template <class F, class... X>
auto named(weft::ir::expression<F, X...> const& e) {
    if constexpr (weft::detail::has_variables<weft::ir::expression<F, X...>>)
        return weft::var_tensor(e);
    else
        return weft::tensor(e);
}

inline constexpr int count = 16384;
using numbers = tensor<double, count>;

struct total {
    static constexpr auto name = "sum";
    numbers x = uniform<numbers>(1);

    template <class T>
    static T loop(T const* x) {
        T s = 0.0;
        for (int i = 0; i < count; ++i) s += x[i];
        return s;
    }
    static constexpr auto arrays = [](auto const& x) { return sum(x); };
    template <class X>
    static double eigen(X const& x) {
        return x.sum();
    }
};

struct prod {
    static constexpr auto name = "prod";
    numbers x = [] {
        auto made = uniform<numbers>(2);
        for (double& v : made) v = std::exp(0.2 * v);
        return made;
    }();

    template <class T>
    static T loop(T const* x) {
        T s = 1.0;
        for (int i = 0; i < count; ++i) s *= x[i];
        return s;
    }
    static constexpr auto arrays = [](auto const& x) { return product(x); };
    template <class X>
    static double eigen(X const& x) {
        return x.prod();
    }
};

struct log_sum_exp {
    static constexpr auto name = "log_sum_exp";
    numbers x = uniform<numbers>(3);

    template <class T>
    static T loop(T const* x) {
        using std::exp, std::log;
        T s = 0.0;
        for (int i = 0; i < count; ++i) s += exp(x[i]);
        return log(s);
    }
    static constexpr auto arrays = [](auto const& x) { return log(sum(exp(x))); };
    template <class X>
    static double eigen(X const& x) {
        return std::log(x.exp().sum());
    }
};

struct normal_log_pdf {
    static constexpr auto name = "normal_log_pdf";
    static constexpr double mean = -0.56, sigma = 1.37, scale = -0.5 / (sigma * sigma),
                            constant = count * (0.314810739840034 + 0.918938533204673);
    numbers x = uniform<numbers>(4);

    template <class T>
    static T loop(T const* x) {
        T s = 0.0;
        for (int i = 0; i < count; ++i) s += (x[i] - mean) * (x[i] - mean);
        return s * scale - constant;
    }
    static constexpr auto arrays = [](auto const& x) {
        return sum(square(x - mean)) * scale - constant;
    };
    template <class X>
    static double eigen(X const& x) {
        return (x - mean).square().sum() * scale - constant;
    }
};

/// The sum of the elements of a product.
struct matrix_product {
    static constexpr int n = 64;
    using matrix = tensor<double, n, n>;
    matrix a = uniform<matrix>(5), b = uniform<matrix>(6);

    template <class T>
    static T loop(T const* x) {
        T const *a = x, *b = x + n * n;
        std::vector<T> c(n * n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k)
                for (std::size_t j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
        T s = 0.0;
        for (T const& v : c) s += v;
        return s;
    }
    static constexpr auto arrays = [](auto const& a, auto const& b) { return sum(matmul(a, b)); };
};

/// y ~ normal(X w + b, sigma) with priors; X lies by columns, as Eigen's matrices do.
struct regression {
    static constexpr int rows = 1000, columns = 150;
    using matrix = tensor<double, columns, rows>;
    using results = tensor<double, rows>;
    using weights = tensor<double, columns>;
    matrix x = uniform<matrix>(7);
    results y = uniform<results>(8);
    weights w = uniform<weights>(9);
    double bias = 0.3, deviation = 0.7;

    /// Of w, bias and deviation, one after another.
    template <class T>
    T loop(T const* p) const {
        using std::log;
        T const &b = p[columns], &sigma = p[columns + 1];
        T s = 0.0;
        for (std::size_t i = 0; i < rows; ++i) {
            T fit = b;
            for (std::size_t j = 0; j < columns; ++j) fit += x.data()[j * rows + i] * p[j];
            s += (y.data()[i] - fit) * (y.data()[i] - fit);
        }
        T prior = b * b;
        for (int j = 0; j < columns; ++j) prior += p[j] * p[j];
        return -0.5 * (s / (sigma * sigma) + prior) - rows * log(sigma);
    }
    static constexpr auto arrays = [](auto const& x, auto const& y, auto const& w, auto const& b,
                                      auto const& sigma) {
        return -0.5 *
                   (sum(square(y - matmul(w, x) - b)) / (sigma * sigma) + sum(square(w)) + b * b) -
               rows * log(sigma);
    };
};

/// y ~ normal(0, exp(h / 2)), where h is an autoregressive process about mu.
struct stochastic_volatility {
    static constexpr int n = 8192;
    using series = tensor<double, n>;
    series y = uniform<series>(10), steps = uniform<series>(11), is_first = [] {
        series made;
        made[0] = 1;
        return made;
    }();
    double persistence = 0.95, deviation = 0.25, mean = -1.02;

    /// Of the n steps, phi, sigma and mu.
    template <class T>
    T loop(T const* p) const {
        using std::exp, std::log, std::sqrt;
        T const &phi = p[n], &sigma = p[n + 1], &mu = p[n + 2];
        T s = 0.0, h = 0.0;
        for (int t = 0; t < n; ++t) {
            if (t == 0)
                h = p[0] * sigma / sqrt(1.0 - phi * phi) + mu;
            else
                h = p[t] * sigma + mu + phi * (h - mu);
            T const z = y.data()[t] * exp(-0.5 * h);
            s += z * z + h + p[t] * p[t];
        }
        return -0.5 * s - log(1.0 + mu * mu / 100.0) - log(1.0 + sigma * sigma / 25.0);
    }
    static constexpr auto arrays = [](auto const& y, auto const& is_first, auto const& steps,
                                      auto const& phi, auto const& sigma, auto const& mu) {
        auto const first = 1.0 / sqrt(1.0 - phi * phi);
        auto const h = named(
            linear_recurrence(phi, where(is_first > 0, first, 1.0) * steps * sigma, weft::axis<0>) +
            mu);
        return -0.5 * sum(square(y * exp(-0.5 * h)) + h + square(steps)) -
               log(1.0 + mu * mu / 100.0) - log(1.0 + sigma * sigma / 25.0);
    };
};

/// GradBench's mixture of k Gaussians in d dimensions (ad_reverse_problems.hpp has the loops), from
/// the same numbers.
template <int D, int K, int N>
struct mixture {
    static constexpr int triangle = D * (D - 1) / 2;
    ad_problems::gmm loops{D, K, N};
    std::vector<double> all = loops.start();
    tensor<double, N, D> points = part<tensor<double, N, D>>(loops.points, 0);
    tensor<double, K> alpha = part<tensor<double, K>>(all, 0);
    tensor<double, K, D> means = part<tensor<double, K, D>>(all, K),
                         logs = part<tensor<double, K, D>>(all, K + K * D);
    tensor<double, K, triangle> lower = part<tensor<double, K, triangle>>(all, K + 2 * K * D);

    // Where a triangle's numbers stand in a matrix, and the places above and on its diagonal.
    tensor<std::int32_t, D, D> place;
    tensor<double, D, 1, D> above, diagonal;

    mixture() {
        for (std::int64_t i = 0, at = 0; i < D; ++i) {
            diagonal(i, 0, i) = 1;
            for (std::int64_t j = i + 1; j < D; ++j)
                place(i, j) = static_cast<std::int32_t>(at++), above(i, 0, j) = 1;
        }
    }
    /// What the loops add to `arrays`.
    double constant() const {
        double sum = 0, halves = 0;
        double const d = D, freedom = d + 1;
        for (int j = 1; j <= D; ++j) halves += std::lgamma(0.5 * (freedom + 1 - j));
        sum -= N * d * 0.5 * std::log(2 * 3.14159265358979323846);
        sum += K * (-0.5 * freedom * d * std::log(2.0) -
                    0.25 * d * (d - 1) * std::log(3.14159265358979323846) - halves);
        return sum;
    }
    template <class Tensor>
    static Tensor part(std::vector<double> const& from, std::size_t at) {
        Tensor x;
        for (double& v : x) v = from[at++];
        return x;
    }

    /// Up to a constant. Scaled points are products of the points, shifted afterwards: their
    /// centred forms, one for each Gaussian, are nowhere.
    template <class A, class M, class L, class T>
    static auto arrays(mixture const& p, A const& alpha, M const& means, L const& logs,
                       T const& lower) {
        using namespace weft;
        auto const scale =
            named(p.above * transpose(take(transpose(lower), p.place), axis<0, 2, 1>) +
                  p.diagonal * exp(logs));
        auto const shift = sum(expand_dims(transpose(means), axis<2>) * scale, axis<0>);
        auto const scaled =
            reshape(matmul(p.points, reshape(scale, shape<D, K * D>)), shape<N, K, D>) - shift;
        return sum(logsumexp(alpha + sum(logs, axis<1>) - 0.5 * sum(square(scaled), axis<2>),
                             axis<1>)) -
               N * logsumexp(alpha) - 0.5 * (sum(exp(2 * logs)) + sum(square(lower)));
    }
};

/// GradBench's LSTM (ad_reverse_problems.hpp has the loops), from the same numbers: the numbers of
/// a layer are eight rows, and every line below is an entry.
template <int Layers, int Characters>
struct recurrent {
    static constexpr int bits = 14;
    using cell = tensor<double, bits>;
    ad_problems::lstm loops{Layers, Characters};
    std::vector<double> all = loops.start();
    tensor<double, Layers * 8, bits> weights = part<tensor<double, Layers * 8, bits>>(all, 0);
    tensor<double, 3, bits> ends = part<tensor<double, 3, bits>>(all, Layers * 8 * bits);
    tensor<double, Layers * 2, bits> states =
        part<tensor<double, Layers * 2, bits>>(loops.states, 0);
    tensor<double, Characters, bits> text = part<tensor<double, Characters, bits>>(loops.text, 0);

    template <class Tensor>
    static Tensor part(std::vector<double> const& from, std::size_t at) {
        Tensor x;
        for (double& v : x) v = from[at++];
        return x;
    }

    template <class W, class E>
    weft::var<double> arrays(W const& layers, E const& rest) const {
        using vector = weft::var_tensor<double, bits>;
        vector hidden[Layers], memory[Layers];
        for (int l = 0; l < Layers; ++l)
            hidden[l] = states.row(2 * l), memory[l] = states.row(2 * l + 1);
        auto const in = rest.row(0), out = rest.row(1), bias = rest.row(2);
        weft::var<double> total = 0;
        for (int t = 0; t + 1 < Characters; ++t) {
            vector from = text.row(t) * in;
            for (int l = 0; l < Layers; ++l) {
                auto const w = [&](int i) { return layers.row(8 * l + i); };
                memory[l] = memory[l] * sigmoid(from * w(0) + w(4)) +
                            sigmoid(hidden[l] * w(1) + w(5)) * tanh(hidden[l] * w(3) + w(7));
                hidden[l] = sigmoid(from * w(2) + w(6)) * tanh(memory[l]);
                from = hidden[l];
            }
            vector const predicted = from * out + bias;
            total += sum(text.row(t + 1) * (predicted - log(sum(exp(predicted)) + 2.0)));
        }
        return -total / (bits * (Characters - 1.0));
    }
};

}  // namespace ad_arrays
