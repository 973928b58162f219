// SPDX-License-Identifier: BSL-1.0
// Steps of two Runge-Kutta methods for any type of number: the classical one of order 4 with equal
// steps, and Dormand and Prince's 5(4) with step control. Steps are chosen from values alone, so
// that a solution and its derivatives take the same ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <weft/autodiff/plain_number.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>
#include <weft/cpu/isa.hpp>

namespace weft {

/// The classical method of order 4.
struct runge_kutta_4 {
    std::size_t steps = 100;  ///< equal ones between two times that are asked for
};

/// The method of Dormand and Prince (1980), order 5 with an estimate of order 4, and a controller
/// of the step that looks at the last two estimates (PI): E. Hairer, S. P. Norsett, G. Wanner,
/// "Solving Ordinary Differential Equations I", II.4 and II.5. A step is taken if the root of the
/// mean of (estimate / (absolute + relative |y|))^2 is at most 1.
struct dormand_prince {
    double relative = 1e-6;
    double absolute = 1e-9;
    // Here, because g++ 12 -O2 with AVX-512 writes {x, x, 0, 0} as {x, x, x, x}.
    std::size_t most_steps = 100'000;  ///< tried ones, from the first to the last time
    double first_step = 0;             ///< 0: estimated
    double largest_step = 0;           ///< 0: none
};

namespace detail {

/// Nodes, rows of stages, and as a last row the weights of the result.
struct classical_tableau {
    static constexpr int stages = 4;
    static constexpr double c[] = {0, 1. / 2, 1. / 2, 1};
    static constexpr double a[5][4] = {
        {}, {1. / 2}, {0, 1. / 2}, {0, 0, 1}, {1. / 6, 1. / 3, 1. / 3, 1. / 6}};
};
struct dormand_prince_tableau {
    static constexpr int stages = 6;
    static constexpr double c[] = {0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1};
    static constexpr double a[7][6] = {
        {},
        {1. / 5},
        {3. / 40, 9. / 40},
        {44. / 45, -56. / 15, 32. / 9},
        {19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
        {9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
        {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84}};
    /// The result less that of order 4; a seventh stage stands at the end of the step.
    static constexpr double error[] = {71. / 57600,      0,         -71. / 16695, 71. / 1920,
                                       -17253. / 339200, 22. / 525, -1. / 40};
};

/// y + h (a_0 k_0 + a_1 k_1 + ...), for number i; of variables an expression.
template <class Tableau, int Row, int J, class N, class H>
WEFT_INLINE decltype(auto) row_sum(N const* y, N const* k, std::size_t n, std::size_t i,
                                   H const& h) {
    if constexpr (J < 0)
        return y[i];
    else if constexpr (Tableau::a[Row][J] == 0)
        return row_sum<Tableau, Row, J - 1>(y, k, n, i, h);
    else
        return row_sum<Tableau, Row, J - 1>(y, k, n, i, h) +
               h * static_cast<H>(Tableau::a[Row][J]) * k[static_cast<std::size_t>(J) * n + i];
}

/// One step from y: fills the stages k, of which the first is there already if `has_first`, and
/// leaves the result in `to`.
template <class Tableau, class F, class N>
void runge_kutta_step(F& f, double t, double h, std::vector<N> const& y, std::vector<N>& k,
                      std::vector<N>& to, bool has_first = false) {
    using H = plain_number<N>;
    std::size_t const n = y.size();
    auto const stage = [&]<int S>() {
        if constexpr (S > 0)
            for (std::size_t i = 0; i < n; ++i)
                to[i] = row_sum<Tableau, S, S - 1>(y.data(), k.data(), n, i, static_cast<H>(h));
        if constexpr (S < Tableau::stages)
            if (S > 0 || !has_first)
                f(t + Tableau::c[S] * h, std::span<N const>(S > 0 ? to : y),
                  std::span<N>(k.data() + static_cast<std::size_t>(S) * n, n));
    };
    [&]<int... S>(std::integer_sequence<int, S...>) { (stage.template operator()<S>(), ...); }
    (std::make_integer_sequence<int, Tableau::stages + 1>());
}

[[noreturn]] WEFT_COLD inline void raise_not_finite(double t) {
    text s("weft::odeint: the solution or its right side is not finite at t = ");
    raise(write_number(s, t).view());
}
template <class N>
bool all_finite(std::vector<N> const& x) {
    return std::all_of(x.begin(), x.end(),
                       [](N const& v) { return std::isfinite(plain_value(v)); });
}

/// Goes on from the time and state that it holds, `observe(t, end, y, k, to)` after each step: k
/// are the stages, with room for one at its end.
template <class Method, class N>
class stepper;

template <class N>
class stepper<runge_kutta_4, N> {
public:
    using tableau = classical_tableau;
    stepper(runge_kutta_4 m, double t, std::vector<N> y)
        : method_(m), t_(t), y_(std::move(y)), k_(5 * y_.size()), to_(y_.size()) {
        if (m.steps == 0) raise("weft::odeint: runge_kutta_4{.steps = 0}, expected at least one");
    }
    std::vector<N> const& state() const { return y_; }
    /// The state, to be changed between two times.
    std::vector<N>& restart() { return y_; }

    template <class F, class Observe>
    void advance(F& f, double end, Observe observe) {
        double const start = t_;
        for (std::size_t s = 0; s < method_.steps; ++s) {
            auto const at = [&](std::size_t i) {
                return i == method_.steps ? end
                                          : start + (end - start) * static_cast<double>(i) /
                                                        static_cast<double>(method_.steps);
            };
            double const next = at(s + 1);
            runge_kutta_step<tableau>(f, t_, next - t_, y_, k_, to_);
            if (!all_finite(to_)) raise_not_finite(next);
            observe(t_, next, y_, k_, to_);
            y_.swap(to_);
            t_ = next;
        }
    }

private:
    runge_kutta_4 method_;
    double t_;
    std::vector<N> y_, k_, to_;
};

template <class N>
class stepper<dormand_prince, N> {
public:
    using tableau = dormand_prince_tableau;
    stepper(dormand_prince m, double t, std::vector<N> y)
        : method_(m), t_(t), y_(std::move(y)), k_(7 * y_.size()), to_(y_.size()) {
        if (!(m.relative >= 0 && m.absolute >= 0 && m.relative + m.absolute > 0))
            raise("weft::odeint: dormand_prince: tolerances are not negative, and one is positive");
    }
    std::vector<N> const& state() const { return y_; }
    /// The state, to be changed between two times.
    std::vector<N>& restart() {
        has_first_ = false;
        return y_;
    }

    template <class F, class Observe>
    void advance(F& f, double end, Observe observe) {
        if (!has_first_) f(t_, std::span<N const>(y_), std::span<N>(k_.data(), y_.size()));
        if (step_ == 0) step_ = first_step(f, end);
        has_first_ = true;
        bool rejected = false;
        while (t_ < end) {
            if (tried_++ == method_.most_steps) raise_exhausted(end);
            double h = method_.largest_step > 0 ? std::min(step_, method_.largest_step) : step_;
            bool const last = t_ + 1.01 * h >= end;
            if (last) h = end - t_;
            if (!(t_ + h > t_)) raise_too_small();
            runge_kutta_step<tableau>(f, t_, h, y_, k_, to_, true);
            f(t_ + h, std::span<N const>(to_), std::span<N>(k_.data() + 6 * y_.size(), y_.size()));
            double const error = error_norm(h);
            if (!(error <= 1)) {
                // Not finite: far too large a step.
                step_ = error > 1 ? h / std::min(5., std::pow(error, exponent) / safety) : h / 10;
                if (!std::isfinite(error) && !(t_ + step_ > t_)) raise_not_finite(t_);
                rejected = true;
                continue;
            }
            double const now = last ? end : t_ + h;
            observe(t_, now, y_, k_, to_);
            double const shrink = std::clamp(
                std::pow(error, exponent) / std::pow(last_error_, beta) / safety, 1. / 10, 5.);
            double const next = rejected ? std::min(h, h / shrink) : h / shrink;
            // A step cut short by a time that is asked for says little about the next one.
            step_ = last && !rejected ? std::max(step_, next) : next;
            last_error_ = std::max(error, 1e-4);
            rejected = false;
            t_ = now;
            y_.swap(to_);
            std::copy_n(k_.begin() + 6 * static_cast<std::ptrdiff_t>(y_.size()), y_.size(),
                        k_.begin());
        }
    }

private:
    static constexpr double beta = 0.04, exponent = 0.2 - 0.75 * beta, safety = 0.9;

    template <class Value>
    double norm(Value value, bool with_result = false) const {
        double sum = 0;
        for (std::size_t i = 0; i < y_.size(); ++i) {
            double size = std::abs(static_cast<double>(plain_value(y_[i])));
            if (with_result)
                size = std::max(size, std::abs(static_cast<double>(plain_value(to_[i]))));
            double const x = value(i) / (method_.absolute + method_.relative * size);
            sum += x * x;
        }
        return y_.empty() ? 0 : std::sqrt(sum / static_cast<double>(y_.size()));
    }
    double slope(std::size_t stage, std::size_t i) const {
        return static_cast<double>(plain_value(k_[stage * y_.size() + i]));
    }
    double error_norm(double h) const {
        return norm(
            [&](std::size_t i) {
                double e = 0;
                for (std::size_t s = 0; s < 7; ++s) e += tableau::error[s] * slope(s, i);
                return h * e;
            },
            true);
    }
    /// Hairer, Norsett and Wanner, II.4: a step of Euler's method shows how the slope changes.
    template <class F>
    double first_step(F& f, double end) {
        if (method_.first_step > 0) return method_.first_step;
        std::size_t const n = y_.size();
        double const size =
            norm([&](std::size_t i) { return static_cast<double>(plain_value(y_[i])); });
        double const first = norm([&](std::size_t i) { return slope(0, i); });
        if (!std::isfinite(first)) raise_not_finite(t_);
        double h = size < 1e-5 || first < 1e-5 ? 1e-6 : 0.01 * size / first;
        h = std::min(h, end - t_);
        using H = plain_number<N>;
        for (std::size_t i = 0; i < n; ++i) to_[i] = y_[i] + static_cast<H>(h) * k_[i];
        f(t_ + h, std::span<N const>(to_), std::span<N>(k_.data() + n, n));
        double const second = norm([&](std::size_t i) { return slope(1, i) - slope(0, i); }) / h;
        double const larger = std::max(first, second);
        double const guess =
            larger <= 1e-15 ? std::max(1e-6, h * 1e-3) : std::pow(0.01 / larger, 1. / 5);
        return std::isfinite(guess) ? std::min(100 * h, guess) : h;
    }
    [[noreturn]] WEFT_COLD void raise_exhausted(double end) const {
        text s("weft::odeint: ");
        s << static_cast<std::int64_t>(method_.most_steps) << " steps did not reach t = ";
        write_number(s, end) << ": the last one, of ";
        write_number(s, step_) << ", stands at t = ";
        write_number(s, t_) << "; allow more with most_steps, or larger errors";
        raise(s.view());
    }
    [[noreturn]] WEFT_COLD void raise_too_small() const {
        text s("weft::odeint: no step is small enough at t = ");
        write_number(s, t_) << ": is the solution singular, or a tolerance below what the numbers "
                               "resolve?";
        raise(s.view());
    }

    dormand_prince method_;
    double t_;
    std::vector<N> y_, k_, to_;
    double step_ = 0, last_error_ = 1e-4;
    std::size_t tried_ = 0;
    bool has_first_ = false;
};

}  // namespace detail
}  // namespace weft
