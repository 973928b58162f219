// SPDX-License-Identifier: BSL-1.0
// Derivatives of the solution of y' = f(t, y, p) on a tape, as one entry: of the steps that were
// taken, from all states or from checkpoints, or by the adjoint equation along the solution. Both
// record one call of f at a time, on a tape of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <weft/autodiff/external.hpp>
#include <weft/autodiff/ode_solution.hpp>
#include <weft/autodiff/tape_loop.hpp>

namespace weft {

/// The derivative of the steps that were taken: exact to rounding, the same as that of dual
/// numbers. It keeps the state of each step; with `memory` so many states at most, and takes steps
/// again from these on the way back.
struct discrete_adjoint {
    loop_memory memory;
};

/// The adjoint equation, solved back from the last time with a method of its own along the
/// solution, which it keeps as polynomials: as exact as the tolerances of both.
template <class Method = dormand_prince>
struct continuous_adjoint {
    Method method;
};
continuous_adjoint()->continuous_adjoint<>;
template <class Method>
continuous_adjoint(Method) -> continuous_adjoint<Method>;

namespace detail {

/// The transposed derivatives of f, at given parameters, times a vector.
template <class F, class T>
class transposed_right_side {
public:
    transposed_right_side(F const& f, std::span<T const> p, std::size_t n)
        : f_(f), p_(p.begin(), p.end()), y_(n), dy_(n), q_(p.size()) {}

    /// The n numbers of f_y^T bar, then those of f_p^T bar.
    void operator()(double t, std::span<T const> y, std::span<T const> bar, std::span<T> to) {
        {
            auto const recording = tape_.record();
            for (std::size_t i = 0; i < y.size(); ++i) tape_.input(y_[i] = var<T>(y[i]));
            for (std::size_t j = 0; j < p_.size(); ++j) tape_.input(q_[j] = var<T>(p_[j]));
            f_(t, std::span<var<T> const>(y_), std::span<var<T> const>(q_), std::span<var<T>>(dy_));
        }
        auto& a = tape_.single_adjoints();
        for (std::size_t i = 0; i < y.size(); ++i) a.seed(dy_[i], bar[i]);
        a.sweep();
        a.take_inputs(to.data());
    }

private:
    F const& f_;
    std::vector<T> p_;
    std::vector<var<T>> y_, dy_, q_;
    tape<T> tape_;
};

/// The way back through one step of a method: from adjoints of its end to those of its start, with
/// the share of the parameters added. The adjoint of a Runge-Kutta method is one, too: Hager,
/// "Runge-Kutta methods in optimal control and the transformed adjoint system" (2000).
template <class Tableau, class T>
class reverse_step {
public:
    reverse_step(std::size_t n, std::size_t m)
        : k_(Tableau::stages * n), bars_(Tableau::stages * n), at_(n), bar_(n), share_(n + m) {}

    template <class F, class Transposed>
    void operator()(F& f, Transposed& transposed, double t, double step, std::vector<T> const& y,
                    std::vector<T>& y_bar, std::span<T> p_bar) {
        using H = plain_number<T>;
        constexpr int last = Tableau::stages - 1;
        std::size_t const n = y.size();
        H const h = static_cast<H>(step);
        runge_kutta_step<Tableau>(f, t, step, y, k_, at_);
        for (int s = last; s >= 0; --s) {
            for (std::size_t i = 0; i < n; ++i) {
                at_[i] = y[i];
                for (int j = 0; j < s; ++j) at_[i] += h * weight(s, j) * k_[place(j, i, n)];
                bar_[i] = h * weight(last + 1, s) * y_bar[i];
                for (int r = s + 1; r <= last; ++r)
                    bar_[i] += h * weight(r, s) * bars_[place(r, i, n)];
            }
            transposed(t + Tableau::c[s] * step, at_, bar_, share_);
            std::copy_n(share_.begin(), n,
                        bars_.begin() + static_cast<std::ptrdiff_t>(place(s, 0, n)));
            for (std::size_t j = 0; j < p_bar.size(); ++j) p_bar[j] += share_[n + j];
        }
        for (int s = 0; s <= last; ++s)
            for (std::size_t i = 0; i < n; ++i) y_bar[i] += bars_[place(s, i, n)];
    }

private:
    static plain_number<T> weight(int row, int j) {
        return static_cast<plain_number<T>>(Tableau::a[row][j]);
    }
    static std::size_t place(int stage, std::size_t i, std::size_t n) {
        return static_cast<std::size_t>(stage) * n + i;
    }

    std::vector<T> k_, bars_, at_, bar_, share_;
};

/// The steps of a solution: their times, which of them were asked for, and the states where they
/// start, unless these were too many.
template <class T>
struct ode_trail {
    std::vector<double> times;
    std::vector<std::size_t> asked;
    std::vector<T> states;
};

template <class V, class P>
std::vector<V> state_and_parameters(std::vector<V> const& y, std::vector<P> const& p) {
    std::vector<V> all(y);
    for (P const& x : p) all.push_back(as_number<V>(x));
    return all;
}

template <class Method, class F, class T, bool C, class P>
std::vector<var<T, C>> recorded_states(F const& f, std::vector<var<T, C>> const& y,
                                       std::vector<double> const& times, std::vector<P> const& p,
                                       Method method, discrete_adjoint adjoint) {
    using tableau = typename stepper<Method, T>::tableau;
    std::size_t const n = y.size();
    loop_memory const memory = adjoint.memory;
    bool const all = memory.states == 0 && memory.bytes == 0;
    std::size_t const most = std::max<std::size_t>(
        1, memory.states ? memory.states : memory.bytes / (sizeof(T) * n + 1));

    auto const trail = std::make_shared<ode_trail<T>>();
    trail->times = {times[0]}, trail->asked = {0};
    auto const q = converted<T>(p);
    right_side<F, T> const rhs{f, q};
    stepper<Method, T> s(method, times[0], converted<T>(y));
    std::vector<T> values(s.state());
    for (std::size_t i = 1; i < times.size(); ++i) {
        s.advance(rhs, times[i],
                  [&](double, double end, std::vector<T> const& from, auto const&...) {
                      if (all || trail->times.size() <= most)
                          trail->states.insert(trail->states.end(), from.begin(), from.end());
                      trail->times.push_back(end);
                  });
        trail->asked.push_back(trail->times.size() - 1);
        values.insert(values.end(), s.state().begin(), s.state().end());
    }
    if (!all && trail->times.size() - 1 > most) trail->states = {};

    std::vector<var<T, C>> rows(values.size());
    external{[&](std::span<T const>, std::span<T> out) {
                 std::copy(values.begin(), values.end(), out.begin());
             },
             [f, trail, n, most](std::span<T const> x, std::span<T const>,
                                 std::span<T const> out_bar, std::span<T> in_bar) {
                 std::vector<T> const start(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n)),
                     parameters(x.begin() + static_cast<std::ptrdiff_t>(n), x.end());
                 right_side<F, T> const forward{f, parameters};
                 transposed_right_side<F, T> transposed(f, parameters, n);
                 reverse_step<tableau, T> reverse(n, parameters.size());
                 std::vector<T> bar(n), k(tableau::stages * n), to(n);
                 std::size_t const steps = trail->times.size() - 1;
                 std::size_t row = trail->asked.size();
                 auto const take_row = [&] {
                     --row;
                     for (std::size_t i = 0; i < n; ++i) bar[i] += out_bar[row * n + i];
                 };
                 auto const back = [&](std::vector<T> const& y0, std::size_t step) {
                     if (trail->asked[row - 1] == step + 1) take_row();
                     double const t = trail->times[step];
                     reverse(forward, transposed, t, trail->times[step + 1] - t, y0, bar,
                             in_bar.subspan(n));
                 };
                 if (!trail->states.empty() || n == 0) {
                     std::vector<T> at(n);
                     for (std::size_t step = steps; step-- > 0;) {
                         std::copy_n(trail->states.begin() + static_cast<std::ptrdiff_t>(step * n),
                                     n, at.begin());
                         back(at, step);
                     }
                 } else {
                     reverse_steps(
                         steps, most, start,
                         [&](std::vector<T>& at, std::size_t step) {
                             double const t = trail->times[step];
                             runge_kutta_step<tableau>(forward, t, trail->times[step + 1] - t, at,
                                                       k, to);
                             at.swap(to);
                         },
                         back);
                 }
                 take_row();
                 std::copy(bar.begin(), bar.end(), in_bar.begin());
             }}(state_and_parameters(y, p), rows);
    return rows;
}

template <class Method, class F, class T, bool C, class P, class Back>
std::vector<var<T, C>> recorded_states(F const& f, std::vector<var<T, C>> const& y,
                                       std::vector<double> const& times, std::vector<P> const& p,
                                       Method method, continuous_adjoint<Back> adjoint) {
    std::size_t const n = y.size(), m = p.size();
    auto const solution = std::make_shared<ode_solution<T> const>(
        ode_dense(f, converted<T>(y), times, converted<T>(p), method));
    std::vector<var<T, C>> rows(times.size() * n);
    external{
        [&](std::span<T const>, std::span<T> out) {
            for (std::size_t i = 0; i < times.size(); ++i) {
                auto const at = (*solution)(times[i]);
                std::copy(at.begin(), at.end(), out.begin() + static_cast<std::ptrdiff_t>(i * n));
            }
        },
        [=](std::span<T const> x, std::span<T const>, std::span<T const> out_bar,
            std::span<T> in_bar) {
            transposed_right_side<F, T> transposed(f, x.subspan(n), n);
            std::vector<T> at(n);
            // In -t, the adjoints of the state and those of the parameters.
            auto const equation = [&](double minus_t, std::span<T const> bar, std::span<T> slope) {
                double const t = std::clamp(-minus_t, solution->first(), solution->last());
                solution->evaluate(t, at);
                transposed(t, at, bar, slope);
            };
            stepper<Back, T> back(adjoint.method, -times.back(), std::vector<T>(n + m));
            for (std::size_t i = times.size(); i-- > 0;) {
                for (std::size_t j = 0; j < n; ++j) back.restart()[j] += out_bar[i * n + j];
                if (i > 0) back.advance(equation, -times[i - 1], no_observer{});
            }
            std::copy(back.state().begin(), back.state().end(), in_bar.begin());
        }}(state_and_parameters(y, p), rows);
    return rows;
}

}  // namespace detail
}  // namespace weft
