// SPDX-License-Identifier: BSL-1.0
// A solution of an ordinary differential equation between its steps, as polynomials of the order
// of the method.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <weft/autodiff/runge_kutta.hpp>

namespace weft {

/// y(t) for any t between the first and the last time: of Dormand and Prince's method by its
/// polynomials of degree 4 (Hairer, Norsett and Wanner, II.6), of the classical one by cubic
/// polynomials with the slopes at both ends of a step.
template <class N>
class ode_solution {
public:
    double first() const { return times_.front(); }
    double last() const { return times_.back(); }
    std::size_t steps() const { return times_.size() - 1; }
    /// Where the steps stand: one more than there are steps.
    std::vector<double> const& times() const { return times_; }

    std::vector<N> operator()(double t) const {
        std::vector<N> y(size_);
        evaluate(t, y);
        return y;
    }
    /// Raises where t is not between first() and last().
    void evaluate(double t, std::vector<N>& to) const {
        if (!(t >= first() && t <= last())) {
            text s("weft::ode_solution: t = ");
            detail::write_number(s, t) << " is not between ";
            detail::write_number(s, first()) << " and ";
            raise(detail::write_number(s, last()).view());
        }
        auto const above = std::upper_bound(times_.begin() + 1, times_.end() - 1, t);
        auto const step = static_cast<std::size_t>(above - times_.begin()) - 1;
        using H = detail::plain_number<N>;
        H const x = static_cast<H>((t - times_[step]) / (times_[step + 1] - times_[step])),
                z = 1 - x;
        N const* const c = polynomials_.data() + step * 5 * size_;
        for (std::size_t i = 0; i < size_; ++i)
            to[i] = c[i] + x * (c[size_ + i] + z * (c[2 * size_ + i] +
                                                    x * (c[3 * size_ + i] + z * c[4 * size_ + i])));
    }

    /// Made from the steps of a method, as they come; k has the slope at the end of the step
    /// behind its stages.
    ode_solution(double start, std::size_t size) : size_(size), times_{start} {}
    void push(double t, double end, std::vector<N> const& y, std::vector<N> const& k,
              std::vector<N> const& to, std::size_t stages) {
        using H = detail::plain_number<N>;
        double const step = end - t;
        H const h = static_cast<H>(step);
        std::size_t const at = polynomials_.size(), n = size_, last = stages * n;
        polynomials_.resize(at + 5 * n);
        N* const c = polynomials_.data() + at;
        for (std::size_t i = 0; i < n; ++i) {
            c[i] = y[i];
            c[n + i] = to[i] - y[i];
            c[2 * n + i] = h * k[i] - c[n + i];
            c[3 * n + i] = c[n + i] - h * k[last + i] - c[2 * n + i];
            c[4 * n + i] = N(0);
            if (stages == detail::dormand_prince_tableau::stages)
                c[4 * n + i] = static_cast<H>(step * d[0]) * k[i] +
                               static_cast<H>(step * d[1]) * k[2 * n + i] +
                               static_cast<H>(step * d[2]) * k[3 * n + i] +
                               static_cast<H>(step * d[3]) * k[4 * n + i] +
                               static_cast<H>(step * d[4]) * k[5 * n + i] +
                               static_cast<H>(step * d[5]) * k[6 * n + i];
        }
        times_.push_back(end);
    }

private:
    static constexpr double d[] = {-12715105075. / 11282082432, 87487479700. / 32700410799,
                                   -10690763975. / 1880347072,  701980252875. / 199316789632,
                                   -1453857185. / 822651844,    69997945. / 29380423};

    std::size_t size_;
    std::vector<double> times_;
    std::vector<N> polynomials_;
};

namespace detail {

/// f at given parameters.
template <class F, class P>
struct right_side {
    F const& f;
    std::vector<P> const& p;
    template <class N>
    void operator()(double t, std::span<N const> y, std::span<N> dy) const {
        constexpr bool fits = std::is_invocable_v<F const&, double, std::span<N const>,
                                                  std::span<P const>, std::span<N>>;
        static_assert(
            fits,
            "weft::odeint: the right side is called as f(t, y, p, dy), with a double and "
            "spans of any numbers: [](double t, auto y, auto p, auto dy) { dy[0] = ...; }");
        if constexpr (fits) f(t, y, std::span<P const>(p), dy);
    }
};

struct no_observer {
    template <class... A>
    void operator()(A const&...) const {}
};

template <class N, class Method, class F, class P>
ode_solution<N> ode_dense(F const& f, std::vector<N> y, std::vector<double> const& times,
                          std::vector<P> const& p, Method method) {
    right_side<F, P> const rhs{f, p};
    constexpr std::size_t stages = stepper<Method, N>::tableau::stages;
    ode_solution<N> solution(times[0], y.size());
    stepper<Method, N> s(method, times[0], std::move(y));
    for (std::size_t i = 1; i < times.size(); ++i)
        s.advance(rhs, times[i],
                  [&](double t, double end, auto const& from, auto& k, auto const& to) {
                      if constexpr (std::is_same_v<Method, runge_kutta_4>)
                          rhs(end, std::span<N const>(to),
                              std::span<N>(k.data() + stages * to.size(), to.size()));
                      solution.push(t, end, from, k, to, stages);
                  });
    return solution;
}

}  // namespace detail
}  // namespace weft
