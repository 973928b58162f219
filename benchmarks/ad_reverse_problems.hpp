// SPDX-License-Identifier: BSL-1.0
// The scalar problems of GradBench (gmm, lstm, llsq, lse, det, ode) as templates over the number
// type, written loop by loop as a user would: what the reverse tools differentiate, and with double
// the primal that they are measured against.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace ad_problems {

using numbers = std::vector<double>;

inline numbers uniform(std::size_t n, double low, double high, unsigned seed) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> draw(low, high);
    numbers x(n);
    for (double& v : x) v = draw(engine);
    return x;
}

template <class T>
T log_sum_exp(std::size_t n, T const* x) {
    using std::exp, std::log;
    T top = x[0];
    for (std::size_t i = 1; i < n; ++i)
        if (top < x[i]) top = x[i];
    T sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += exp(x[i] - top);
    return log(sum) + top;
}

/// log(sum(exp(x))), shifted by the largest element.
struct lse {
    std::size_t n;
    numbers start() const { return uniform(n, -1, 1, 1); }
    template <class T>
    T operator()(T const* x) const {
        return ad_problems::log_sum_exp(n, x);
    }
};

/// Least squares of a step by a polynomial with m coefficients at n points.
struct llsq {
    std::size_t n, m;
    numbers start() const { return uniform(m, -1, 1, 2); }
    template <class T>
    T operator()(T const* x) const {
        T sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            T const t = -1 + 2 * static_cast<double>(i) / static_cast<double>(n - 1);
            T inner = static_cast<double>((T(0) < t) - (t < T(0)));
            T power = 1.0;
            for (std::size_t j = 0; j < m; ++j) {
                inner -= x[j] * power;
                power *= t;
            }
            sum += inner * inner;
        }
        return sum / T(2);
    }
};

/// The determinant of an l x l matrix by expansion in minors.
struct det {
    std::size_t l;
    numbers start() const { return uniform(l * l, 0, 1, 3); }
    template <class T>
    T operator()(T const* a) const {
        std::vector<std::size_t> columns(l + 1);
        for (std::size_t i = 0; i <= l; ++i) columns[i] = i + 1;
        return minor(a, 0, columns);
    }

private:
    /// Rows from `row` on, and the columns that are still linked: next[j] follows j - 1.
    template <class T>
    T minor(T const* a, std::size_t row, std::vector<std::size_t>& next) const {
        if (row + 1 == l) return a[row * l + next[0] - 1];
        T sum = 0.0;
        int sign = 1;
        for (std::size_t before = 0, j = next[0]; j <= l; before = j, j = next[j]) {
            T const factor = a[row * l + j - 1];
            next[before] = next[j];
            T const rest = minor(a, row + 1, next);
            next[before] = j;
            if (sign > 0)
                sum = sum + factor * rest;
            else
                sum = sum - factor * rest;
            sign = -sign;
        }
        return sum;
    }
};

/// y' = (x0, x1 y0, x2 y1, ...) from 0 to 2 by steps of the classical Runge-Kutta method; the last
/// component at the end.
struct ode {
    std::size_t n, steps;
    numbers start() const { return uniform(n, 0, 1, 4); }
    template <class T>
    T operator()(T const* x) const {
        T const h = T(2) / T(static_cast<double>(steps));
        std::vector<T> k1(n), k2(n), k3(n), k4(n), at(n), y(n);
        for (T& v : y) v = 0.0;
        for (std::size_t step = 0; step < steps; ++step) {
            rate(x, y.data(), k1.data());
            for (std::size_t i = 0; i < n; ++i) at[i] = y[i] + h * k1[i] / T(2);
            rate(x, at.data(), k2.data());
            for (std::size_t i = 0; i < n; ++i) at[i] = y[i] + h * k2[i] / T(2);
            rate(x, at.data(), k3.data());
            for (std::size_t i = 0; i < n; ++i) at[i] = y[i] + h * k3[i];
            rate(x, at.data(), k4.data());
            for (std::size_t i = 0; i < n; ++i)
                y[i] += h * (k1[i] + T(2) * k2[i] + T(2) * k3[i] + k4[i]) / T(6);
        }
        return y[n - 1];
    }

private:
    template <class T>
    void rate(T const* __restrict__ x, T const* __restrict__ y, T* __restrict__ z) const {
        z[0] = x[0];
        for (std::size_t i = 1; i < n; ++i) z[i] = x[i] * y[i - 1];
    }
};

/// The log-likelihood of a mixture of k Gaussians in d dimensions with a Wishart prior; parameters
/// are k logits, k means, k logarithms of diagonals and k strictly lower triangles, by columns.
struct gmm {
    std::size_t d, k, n;
    numbers points = uniform(n * d, -1, 1, 5);
    double gamma = 1;
    double m = 0;

    std::size_t triangle() const { return d * (d - 1) / 2; }
    numbers start() const { return uniform(k * (1 + 2 * d + triangle()), -1, 1, 6); }

    template <class T>
    T operator()(T const* alpha) const {
        using std::exp, std::log;
        T const *means = alpha + k, *logs = means + k * d, *lower = logs + k * d;
        std::vector<T> diagonal(d * k), sums(k), centred(d), scaled(d), terms(k);
        for (std::size_t i = 0; i < d * k; ++i) diagonal[i] = exp(logs[i]);
        for (std::size_t i = 0; i < k; ++i) {
            sums[i] = 0.0;
            for (std::size_t j = 0; j < d; ++j) sums[i] += logs[i * d + j];
        }
        T likelihood = 0.0;
        for (std::size_t p = 0; p < n; ++p) {
            for (std::size_t c = 0; c < k; ++c) {
                for (std::size_t i = 0; i < d; ++i)
                    centred[i] = points[p * d + i] - means[c * d + i];
                multiply(&diagonal[c * d], &lower[c * triangle()], centred.data(), scaled.data());
                terms[c] = alpha[c] + sums[c] - 0.5 * squares(d, scaled.data());
            }
            T const one = ad_problems::log_sum_exp(k, terms.data());
            likelihood += one;
        }
        double const constant =
            -static_cast<double>(n * d) * 0.5 * std::log(2 * 3.14159265358979323846);
        T const all = ad_problems::log_sum_exp(k, alpha);
        T result = constant + likelihood - static_cast<double>(n) * all;
        result = result + prior(sums.data(), diagonal.data(), lower);
        return result;
    }

private:
    template <class T>
    static T squares(std::size_t n, T const* x) {
        if (n == 0) return 0.0;
        T sum = x[0] * x[0];
        for (std::size_t i = 1; i < n; ++i) sum = sum + x[i] * x[i];
        return sum;
    }
    template <class T>
    void multiply(T const* diagonal, T const* lower, T const* x, T* y) const {
        for (std::size_t i = 0; i < d; ++i) y[i] = diagonal[i] * x[i];
        for (std::size_t i = 0, at = 0; i < d; ++i)
            for (std::size_t j = i + 1; j < d; ++j, ++at) y[j] = y[j] + lower[at] * x[i];
    }
    template <class T>
    T prior(T const* sums, T const* diagonal, T const* lower) const {
        double const freedom = static_cast<double>(d) + m + 1, dims = static_cast<double>(d);
        double constant = freedom * dims * (std::log(gamma) - 0.5 * std::log(2.0)) -
                          0.25 * dims * (dims - 1) * std::log(3.14159265358979323846);
        for (std::size_t j = 1; j <= d; ++j)
            constant -= std::lgamma(0.5 * freedom + 0.5 * (1 - static_cast<double>(j)));
        T sum = 0.0;
        for (std::size_t c = 0; c < k; ++c) {
            T const norm =
                squares(d, &diagonal[c * d]) + squares(triangle(), &lower[c * triangle()]);
            sum += 0.5 * gamma * gamma * norm - m * sums[c];
        }
        return -sum + static_cast<double>(k) * constant;
    }
};

/// The loss of a diagonal LSTM of `layers` layers over a sequence of characters of 14 bits.
struct lstm {
    static constexpr std::size_t bits = 14;
    std::size_t layers, characters;
    numbers states = uniform(layers * 2 * bits, -1, 1, 7),
            text = uniform(characters * bits, 0, 1, 8);

    numbers start() const { return uniform(layers * 8 * bits + 3 * bits, -1, 1, 9); }

    template <class T>
    T operator()(T const* x) const {
        using std::exp, std::log;
        T const *in = x + layers * 8 * bits, *out = in + bits, *bias = out + bits;
        std::vector<T> state(states.begin(), states.end()), sequence(text.begin(), text.end());
        std::vector<T> predicted(bits), normed(bits);
        T total = 0.0;
        for (std::size_t t = 0; t + 1 < characters; ++t) {
            T const* input = &sequence[t * bits];
            for (std::size_t i = 0; i < bits; ++i) predicted[i] = input[i] * in[i];
            T const* from = predicted.data();
            for (std::size_t layer = 0; layer < layers; ++layer) {
                T* const hidden = &state[2 * bits * layer];
                cells(x + 8 * bits * layer, from, hidden, hidden + bits);
                from = hidden;
            }
            for (std::size_t i = 0; i < bits; ++i) predicted[i] = from[i] * out[i] + bias[i];
            T sum = 0.0;
            for (std::size_t i = 0; i < bits; ++i) sum += exp(predicted[i]);
            sum += 2;
            T const norm = log(sum);
            for (std::size_t i = 0; i < bits; ++i) normed[i] = predicted[i] - norm;
            T const* gold = &sequence[(t + 1) * bits];
            for (std::size_t i = 0; i < bits; ++i) total += gold[i] * normed[i];
        }
        return -total / static_cast<double>(bits * (characters - 1));
    }

private:
    template <class T>
    static T sigmoid(T x) {
        using std::exp;
        return 1 / (1 + exp(-x));
    }
    template <class T>
    static void cells(T const* weight, T const* input, T* hidden, T* cell) {
        using std::tanh;
        T const* bias = weight + 4 * bits;
        for (std::size_t i = 0; i < bits; ++i) {
            T const forget = sigmoid<T>(input[i] * weight[i] + bias[i]);
            T const ingate = sigmoid<T>(hidden[i] * weight[bits + i] + bias[bits + i]);
            T const outgate = sigmoid<T>(input[i] * weight[2 * bits + i] + bias[2 * bits + i]);
            T const change = tanh(hidden[i] * weight[3 * bits + i] + bias[3 * bits + i]);
            cell[i] = cell[i] * forget + ingate * change;
            hidden[i] = outgate * tanh(cell[i]);
        }
    }
};

}  // namespace ad_problems
