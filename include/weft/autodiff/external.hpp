// SPDX-License-Identifier: BSL-1.0
// External functions: a block of plain numbers, a solver or a library call, with a derivative that
// its author brings, as one entry of a tape.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <weft/autodiff/tape.hpp>

namespace weft {

namespace detail {

template <class T, class Backward>
struct external_call final : tape_call<T> {
    Backward backward;
    std::size_t inputs, outputs;
    tape_index const* arguments;  // one for each input, 0 if passive
    tape_index first;             // of the outputs
    T const* x;
    T const* y;
    T* work;  // for x_bar and y_bar

    external_call(Backward const& b, std::size_t n, std::size_t m, tape_index const* ids,
                  tape_index id, T const* in, T const* out, T* memory)
        : backward(b),
          inputs(n),
          outputs(m),
          arguments(ids),
          first(id),
          x(in),
          y(out),
          work(memory) {}

    void sweep(T* adjoints, std::size_t lanes) const override {
        std::span<T> const x_bar(work, inputs), y_bar(work + inputs, outputs);
        for (std::size_t k = 0; k < lanes; ++k) {
            bool any = false;
            for (std::size_t j = 0; j < outputs; ++j) {
                T& a = adjoints[(first + j) * lanes + k];
                y_bar[j] = a;
                any = any || !vanishes(a);
                a = T(0);
            }
            if (!any) continue;
            for (T& v : x_bar) v = T(0);
            backward(std::span<T const>(x, inputs), std::span<T const>(y, outputs),
                     std::span<T const>(y_bar), x_bar);
            for (std::size_t i = 0; i < inputs; ++i)
                if (arguments[i]) adjoints[arguments[i] * lanes + k] += x_bar[i];
        }
    }
};

}  // namespace detail

/// A function of plain numbers with a derivative of its own:
///
///     weft::external cube{[](auto x, auto y) { y[0] = x[0] * x[0] * x[0]; },
///                         [](auto x, auto y, auto y_bar, auto x_bar) {
///                             x_bar[0] = 3 * x[0] * x[0] * y_bar[0]; }};
///     cube(inputs, outputs);
///
/// The first one computes y from x; the second one, on the way back, what each x contributes, where
/// x_bar is zero before. Both see spans of numbers, and may be called with variables too: then one
/// entry of the tape holds x, y and a copy of the second function.
template <class Forward, class Backward>
struct external {
    Forward forward;
    Backward backward;

    /// x and y are contiguous ranges of variables of one tape, or of numbers: then y = forward(x).
    template <class X, class Y>
    void operator()(X const& x, Y&& y) const {
        call(std::span(x), std::span(y));
    }

private:
    template <class T, bool C, std::size_t N, std::size_t M>
    void call(std::span<var<T, C> const, N> x, std::span<var<T, C>, M> y) const {
        auto* const r = detail::current<T, C>->owner;
        bool active = false;
        for (auto const& v : x) active = active || v.is_active();
        if (!r || !active) {
            std::vector<T> values(x.size() + y.size());
            evaluate(x, values.data(), values.data() + x.size(), y.size());
            for (std::size_t j = 0; j < y.size(); ++j) y[j] = values[x.size() + j];
            return;
        }
        tape<T, C>& t = *r->home;
        auto& memory = t.memory();
        T* const in = memory.template array<T>(x.size());
        T* const out = memory.template array<T>(y.size());
        T* const work = memory.template array<T>(x.size() + y.size());
        tape_index* const ids = memory.template array<tape_index>(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            if constexpr (C) t.require(x[i]);
            ids[i] = x[i].index();
        }
        evaluate(x, in, out, y.size());
        tape_index const first = t.claim(y.size());
        t.template call<detail::external_call<T, Backward>>(backward, x.size(), y.size(), ids,
                                                            first, in, out, work);
        for (std::size_t j = 0; j < y.size(); ++j) {
            y[j] = out[j];
            t.bind(y[j], first + static_cast<tape_index>(j));
        }
    }
    template <class T, std::size_t N, std::size_t M>
        requires(!TapeValue<T>)
    void call(std::span<T const, N> x, std::span<T, M> y) const {
        forward(std::span<T const>(x), std::span<T>(y));
    }
    template <class X, class T>
    void evaluate(X x, T* in, T* out, std::size_t outputs) const {
        for (std::size_t i = 0; i < x.size(); ++i) in[i] = x[i].value();
        for (std::size_t j = 0; j < outputs; ++j) out[j] = T(0);
        forward(std::span<T const>(in, x.size()), std::span<T>(out, outputs));
    }
};
template <class Forward, class Backward>
external(Forward, Backward) -> external<Forward, Backward>;

}  // namespace weft
