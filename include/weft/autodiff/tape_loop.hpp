// SPDX-License-Identifier: BSL-1.0
// Long loops in little memory: a time-stepping loop is one entry of a tape. On the way back its
// steps are recorded one at a time, from states that are computed again out of a few kept ones,
// which are placed so that the fewest steps are repeated (Griewank 1992, binomial checkpointing).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <weft/autodiff/external.hpp>

namespace weft {

/// How much a loop may keep on the way back: states, or bytes of them.
struct loop_memory {
    std::size_t states = 0;
    std::size_t bytes = 0;
};

namespace detail {

/// How many steps `states` kept ones reach with `repeats` repetitions: (s + r)! / (s! r!), or
/// `most` where it is larger.
constexpr std::uint64_t reach(std::uint64_t states, std::uint64_t repeats, std::uint64_t most) {
    std::uint64_t b = 1;
    for (std::uint64_t k = 1; k <= repeats; ++k) {
        b = b * (states + k) / k;
        if (b >= most) return most;
    }
    return b;
}
/// Of n steps, those before the next state that is kept, where `states` may be, with that which the
/// steps start from.
constexpr std::uint64_t steps_to_next_state(std::uint64_t n, std::uint64_t states) {
    std::uint64_t repeats = 1;
    while (reach(states, repeats, n) < n) ++repeats;
    std::uint64_t const least = repeats > 1 ? reach(states, repeats - 2, n) : 1;
    std::uint64_t const right = reach(states - 1, repeats, n);
    return std::clamp<std::uint64_t>(n > right ? n - right : 0, least ? least : 1, n - 1);
}

/// The way back through n steps, iteratively, where `f` advances plain numbers and `back` records
/// and sweeps one step.
template <class T, class Advance, class Back>
void reverse_steps(std::size_t n, std::size_t states, std::vector<T> const& start, Advance advance,
                   Back back) {
    struct part {
        std::size_t first, last;
    };
    std::vector<part> parts{{0, n}};
    std::vector<std::vector<T>> kept(states + 1, start);
    std::vector<T> x;
    while (!parts.empty()) {
        part& p = parts.back();
        std::vector<T> const& from = kept[parts.size() - 1];
        std::size_t const left = states + 1 - parts.size();
        if (p.last - p.first > 1 && left > 0) {
            std::size_t const mid =
                p.first + static_cast<std::size_t>(steps_to_next_state(p.last - p.first, left + 1));
            kept[parts.size()] = from;
            for (std::size_t k = p.first; k < mid; ++k) advance(kept[parts.size()], k);
            part const rest{mid, p.last};
            p.last = mid;
            parts.push_back(rest);
        } else if (p.last > p.first) {
            x = from;
            for (std::size_t k = p.first; k + 1 < p.last; ++k) advance(x, k);
            back(x, --p.last);
        }
        while (!parts.empty() && parts.back().first == parts.back().last) parts.pop_back();
    }
}

}  // namespace detail

/// state = step(...step(step(state, parameters, 0), parameters, 1)..., steps - 1), where
/// `step(state, parameters, k)` changes `state` and is called with spans of numbers and of
/// variables:
///
///     weft::checkpointed_loop(state, parameters, 100000, {.states = 20},
///                             [](auto x, auto p, std::size_t) { x[0] += p[0] * sin(x[0]); });
///
/// state and parameters are contiguous ranges of var. The step may depend on nothing else that is a
/// variable.
template <class State, class Parameters, class Step>
void checkpointed_loop(State&& state, Parameters const& parameters, std::size_t steps,
                       loop_memory memory, Step step) {
    std::span const x(state);
    using V = typename decltype(x)::value_type;
    using T = typename V::value_type;
    std::span<V const> const p(parameters);
    std::size_t const n = x.size(), m = p.size();
    std::size_t const asked = memory.states ? memory.states : memory.bytes / (sizeof(T) * n + 1);
    std::size_t const states = std::max<std::size_t>(1, std::min(asked, steps));

    auto const forward = [=](std::span<T const> in, std::span<T> out) {
        std::copy_n(in.begin(), n, out.begin());
        for (std::size_t k = 0; k < steps; ++k) step(out, in.subspan(n), k);
    };
    auto const backward = [=](std::span<T const> in, std::span<T const>, std::span<T const> out_bar,
                              std::span<T> in_bar) {
        tape<T> one;
        std::vector<T> bar(out_bar.begin(), out_bar.end()), g(n + m);
        std::span<T const> const values = in.subspan(n);
        std::vector<T> const start(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n)),
            fixed(values.begin(), values.end());
        detail::reverse_steps(
            steps, states, start,
            [&](std::vector<T>& s, std::size_t k) { step(std::span<T>(s), values, k); },
            [&](std::vector<T> const& s, std::size_t k) {
                auto [v, q] = one.inputs(s, fixed);
                step(std::span<var<T>>(v), std::span<var<T> const>(q), k);
                one.stop();
                auto& a = one.single_adjoints();
                for (std::size_t i = 0; i < n; ++i) a.seed(v[i], bar[i]);
                a.sweep();
                a.take_inputs(g.data());
                std::copy_n(g.begin(), n, bar.begin());
                for (std::size_t j = 0; j < m; ++j) in_bar[n + j] += g[n + j];
            });
        std::copy(bar.begin(), bar.end(), in_bar.begin());
    };
    std::vector<V> in(x.begin(), x.end());
    in.insert(in.end(), p.begin(), p.end());
    external{forward, backward}(in, x);
}

}  // namespace weft
