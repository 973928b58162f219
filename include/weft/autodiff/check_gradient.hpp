// SPDX-License-Identifier: BSL-1.0
// check_gradient: whether derivatives agree with differences of the function, along random
// directions; a tool for tests of functions and of derivatives that were written by hand.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <weft/autodiff/drivers.hpp>

namespace weft {

struct check_gradient_options {
    int directions = 8;        ///< random ones, of length 1
    double tolerance = 0;      ///< relative; 0: 1e-6 for double, 2e-3 for float
    double first_step = 0.01;  ///< along a direction, relative to the largest number of x, or to 1
    std::uint64_t seed = 1;
};

/// One direction: the derivative along it, and what differences of the function give.
struct checked_direction {
    double derivative = 0;
    double difference = 0;
    double uncertainty = 0;  ///< of the difference, as its extrapolation to step 0 estimates it
    double step = 0;         ///< the smallest of those that the difference was made from
    double error = 0;        ///< their difference relative to the larger
};

/// What check_gradient found.
struct gradient_report {
    std::vector<checked_direction> directions;
    double tolerance = 0;

    checked_direction worst() const {
        checked_direction w;
        for (auto const& d : directions)
            if (!(d.error <= w.error)) w = d;
        return w;
    }
    bool passed() const { return worst().error <= tolerance; }
    explicit operator bool() const { return passed(); }

    /// A line for each direction, and the verdict.
    std::string text() const {
        char line[160];
        std::string s = "     derivative      difference  uncertainty      step     error\n";
        for (auto const& d : directions) {
            std::snprintf(line, sizeof line, "%15.8g %15.8g %12.1e %9.1e %9.1e%s\n", d.derivative,
                          d.difference, d.uncertainty, d.step, d.error,
                          d.error <= tolerance ? "" : "  <- differs");
            s += line;
        }
        std::snprintf(line, sizeof line, "%s: largest error %.1e, tolerance %.1e\n",
                      passed() ? "passed" : "FAILED", worst().error, tolerance);
        return s + line;
    }
};

namespace detail {

/// The derivative of f(t) at 0 by central differences, extrapolated to step 0 (Ridders).
template <class F>
checked_direction differentiate_by_differences(F const& f, double step) {
    constexpr int rows = 10;
    double table[rows][rows];
    checked_direction best;
    best.uncertainty = HUGE_VAL;
    for (int i = 0; i < rows; ++i, step /= 2) {
        table[i][0] = (f(step) - f(-step)) / (2 * step);
        double factor = 4;
        for (int k = 1; k <= i; ++k, factor *= 4) {
            table[i][k] = (factor * table[i][k - 1] - table[i - 1][k - 1]) / (factor - 1);
            double const a = std::fabs(table[i][k] - table[i][k - 1]),
                         b = std::fabs(table[i][k] - table[i - 1][k - 1]), off = a > b ? a : b;
            if (off < best.uncertainty) {
                best.uncertainty = off;
                best.difference = table[i][k];
                best.step = step;
            }
        }
    }
    return best;
}

/// Numbers of a normal distribution, nearly: sums of twelve uniform ones.
class direction_source {
public:
    explicit direction_source(std::uint64_t seed) : state_(seed) {}
    std::vector<double> next(std::size_t n) {
        std::vector<double> v(n);
        double square = 0;
        for (double& x : v) {
            x = -6;
            for (int i = 0; i < 12; ++i) x += uniform();
            square += x * x;
        }
        for (double& x : v) x /= square > 0 ? std::sqrt(square) : 1;
        return v;
    }

private:
    double uniform() {  // splitmix64
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return static_cast<double>((z ^ z >> 31) >> 11) * 0x1p-53;
    }
    std::uint64_t state_;
};

template <class F, class X, class Along>
gradient_report check_along(F& f, X const& x, check_gradient_options const& o, Along along) {
    using T = typename numbers<X>::type;
    gradient_report report;
    report.tolerance = o.tolerance > 0 ? o.tolerance : sizeof(T) == 4 ? 2e-3 : 1e-6;
    std::size_t const n = numbers<X>::size(x);
    double size = 1;
    for (std::size_t i = 0; i < n; ++i)
        size = std::fmax(size, std::fabs(static_cast<double>(numbers<X>::at(x, i))));
    direction_source source(o.seed);
    auto const point = [&](std::vector<double> const& v, double t) {
        auto a = numbers<X>::template like<T>(x);
        for (std::size_t i = 0; i < n; ++i)
            a[static_cast<typename numbers<X>::index>(i)] =
                static_cast<T>(static_cast<double>(numbers<X>::at(x, i)) + t * v[i]);
        return static_cast<double>(f(numbers<X>::argument(a)));
    };
    for (int k = 0; k < o.directions; ++k) {
        std::vector<double> const v = source.next(n);
        checked_direction d = differentiate_by_differences([&](double t) { return point(v, t); },
                                                           o.first_step * size);
        d.derivative = along(v);
        double const off = std::fabs(d.derivative - d.difference),
                     scale = std::fmax(std::fabs(d.derivative), std::fabs(d.difference));
        d.error = off > 0 ? off / scale : off;
        report.directions.push_back(d);
    }
    return report;
}

}  // namespace detail

/// Compares derivatives of f at x, computed with dual numbers, with differences of f.
///
///     CHECK_MESSAGE(r.passed(), r.text())   // r = weft::check_gradient(f, x)
template <class F, class X>
    requires Numbers<X>
gradient_report check_gradient(F&& f, X const& x, check_gradient_options const& options = {}) {
    return detail::check_along(f, x, options, [&](std::vector<double> const& v) {
        using T = typename detail::numbers<X>::type;
        std::vector<T> const direction(v.begin(), v.end());
        return static_cast<double>(directional(f, x, direction));
    });
}
/// Compares a gradient that was computed in another way, by hand or on a tape.
template <class F, class X, class G>
    requires Numbers<X> && Numbers<G>
gradient_report check_gradient(F&& f, X const& x, G const& gradient,
                               check_gradient_options const& options = {}) {
    detail::check_sizes(x, gradient, "check_gradient");
    return detail::check_along(f, x, options, [&](std::vector<double> const& v) {
        double sum = 0;
        for (std::size_t i = 0; i < v.size(); ++i)
            sum += v[i] * static_cast<double>(detail::numbers<G>::at(gradient, i));
        return sum;
    });
}

}  // namespace weft
