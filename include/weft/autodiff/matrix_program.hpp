// SPDX-License-Identifier: BSL-1.0
// Functions of matrices as programs of the core that run on arrays of numbers: values, derivatives
// from what an earlier run has kept, such as a factorisation, and derivatives of these. What
// autodiff/matrix_entry.hpp makes entries of a tape of.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <vector>

#include <weft/autodiff/grad.hpp>
#include <weft/program/call.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft {

namespace detail {

/// The operation Op beside its result, which is known: simplify leaves the result. Derivatives are
/// those of Op, so that they read what has been computed before.
template <class Op>
struct known_result : Op {
    static constexpr std::string_view name = "known_result";
    static constexpr int arity = Op::arity + 1;
    static constexpr symbol simplify(ir::rewrite& r) { return r.operand(Op::arity); }

    template <class... S>
    static constexpr symbol of(symbol result, range<std::int64_t> attributes, S... operands) {
        int const ids[] = {operands.id()..., result.id()};
        return result.builder()->add(ir::op<known_result>, result.type(), result.node().shape,
                                     {ids, arity}, attributes);
    }
};

/// An entry computed again from what was kept: its result, and the arguments to differentiate by.
/// These may be stand-ins, of which only the shape is right, where no rule reads them.
struct entry_again {
    symbol result;
    list<symbol> arguments;
};

template <int N>
constexpr auto as_tuple(list<symbol> const& s) {
    return [&]<int... I>(std::integer_sequence<int, I...>) { return std::tuple{s[I]...}; }
    (std::make_integer_sequence<int, N>());
}
constexpr symbol or_zero(symbol derivative, symbol like) {
    return derivative.valid() ? derivative
                              : like.builder()->constant(like.type(), like.node().shape, 0);
}

// ---- an entry E as programs: E::value(arguments...), E::kept(arguments...), E::again(kept...,
// result), and the same with the arguments in front where E::reads_arguments ----

template <class E>
struct entry_value {
    static constexpr int inputs = E::arguments, outputs = 1;
    template <class... S>
    constexpr auto operator()(S... a) const {
        return std::tuple{E::value(a...)};
    }
};
/// The value, and what is kept.
template <class E>
struct entry_forward {
    static constexpr bool keeps = requires { &E::kept; };
    static constexpr int inputs = E::arguments, outputs = 1 + keeps;
    template <class... S>
    constexpr auto operator()(S... a) const {
        if constexpr (keeps)
            return std::tuple{E::value(a...), E::kept(a...)};
        else
            return std::tuple{E::value(a...)};
    }
};
/// What a derivative reads: arguments if they are needed, what was kept, the result.
template <class E>
inline constexpr int entry_reads = (E::reads_arguments ? E::arguments : 0) + entry_forward<E>::keeps
                                   + 1;

/// The result again, from what is read, and those of its arguments that are Chosen.
template <class E, bool... Chosen>
struct entry_graph : entry_again {
    list<symbol> chosen;

    constexpr explicit entry_graph(symbol const* read)
        : entry_again([&]<std::size_t... I>(std::index_sequence<I...>) {
              return E::again(read[I]...);
          }(std::make_index_sequence<entry_reads<E>>())) {
        int i = 0;
        ((Chosen ? static_cast<void>(chosen.push(this->arguments[i])) : void(), ++i), ...);
    }
};

/// Behind what is read: the cotangent. Those of the arguments that are Wanted.
template <class E, bool... Wanted>
struct entry_backward {
    static constexpr int inputs = entry_reads<E> + 1, outputs = (0 + ... + Wanted);
    template <class... S>
    constexpr auto operator()(S... s) const {
        symbol const all[] = {s...};
        entry_graph<E, Wanted...> const e(all);
        list<symbol> d =
            pass::vjp(*e.result.builder(), {&e.result, 1}, {all + inputs - 1, 1}, e.chosen);
        for (int k = 0; k < outputs; ++k) d[k] = or_zero(d[k], e.chosen[k]);
        return as_tuple<outputs>(d);
    }
};
/// Behind what is read: the tangents of the arguments that Move. That of the result.
template <class E, bool... Moves>
struct entry_tangent {
    static constexpr int inputs = entry_reads<E> + (0 + ... + Moves), outputs = 1;
    template <class... S>
    constexpr auto operator()(S... s) const {
        symbol const all[] = {s...};
        entry_graph<E, Moves...> const e(all);
        list<symbol> const d =
            pass::jvp(*e.result.builder(), {&e.result, 1}, e.chosen,
                      {all + entry_reads<E>, e.chosen.size()});
        return std::tuple{or_zero(d[0], e.result)};
    }
};

// ---- derivatives of programs as programs, for numbers that nest: nothing is kept ----

/// F's arguments, then their tangents: the tangents of the results.
template <class F>
struct tangent_program {
    static constexpr int inputs = 2 * F::inputs, outputs = F::outputs;
    template <class... S>
    constexpr auto operator()(S... s) const {
        symbol const all[] = {s...};
        list<symbol> by;
        for (int i = 0; i < F::inputs; ++i) by.push(fresh(all[i]));
        auto const y = [&]<int... I>(std::integer_sequence<int, I...>) { return F{}(by[I]...); }
        (std::make_integer_sequence<int, F::inputs>());
        list<symbol> results;
        std::apply([&](auto... r) { (results.push(r), ...); }, y);
        list<symbol> d = pass::jvp(*by[0].builder(), results, by, {all + F::inputs, F::inputs});
        for (int k = 0; k < outputs; ++k) d[k] = or_zero(d[k], results[k]);
        return as_tuple<outputs>(d);
    }
};
/// The arguments of F, which has one result, then a cotangent: those of the arguments.
template <class F, bool... Wanted>
struct cotangent_program {
    static constexpr int inputs = F::inputs + 1, outputs = (0 + ... + Wanted);
    template <class... S>
    constexpr auto operator()(S... s) const {
        symbol const all[] = {s...};
        list<symbol> arguments, by;
        for (int i = 0; i < F::inputs; ++i) arguments.push(fresh(all[i]));
        int n = 0;
        ((Wanted ? static_cast<void>(by.push(arguments[n])) : void(), ++n), ...);
        auto const y = [&]<int... I>(std::integer_sequence<int, I...>) {
            return F{}(arguments[I]...);
        }
        (std::make_integer_sequence<int, F::inputs>());
        list<symbol> d =
            pass::vjp(*by[0].builder(), {&std::get<0>(y), 1}, {all + F::inputs, 1}, by);
        for (int k = 0; k < outputs; ++k) d[k] = or_zero(d[k], by[k]);
        return as_tuple<outputs>(d);
    }
};

inline namespace WEFT_ISA {

/// Rows times columns of numbers that lie somewhere, row by row.
template <class T>
struct numbers_at {
    T* data = nullptr;
    std::int64_t rows = 0, columns = 0;
    std::size_t size() const { return static_cast<std::size_t>(rows * columns); }
    numbers_at<T const> at() const { return {data, rows, columns}; }
};
/// The same with memory of its own.
template <class T>
struct kept_numbers {
    std::int64_t rows = 0, columns = 0;
    std::vector<T> numbers;
    numbers_at<T const> at() const { return {numbers.data(), rows, columns}; }
};

/// A program on matrices whose extents are known at run time.
template <class F, class T>
class matrix_program {
    template <std::size_t>
    using argument = tensor<T, dyn, dyn> const;
    template <std::size_t... I>
    static auto of(std::index_sequence<I...>) -> program<F, argument<I>...>;
    using P = decltype(of(std::make_index_sequence<static_cast<std::size_t>(F::inputs)>()));
    template <int I>
    using result = cpu::result_of<P, symbol, I>;

public:
    using inputs = std::array<numbers_at<T const>, static_cast<std::size_t>(F::inputs)>;
    using outputs = std::array<numbers_at<T>, static_cast<std::size_t>(F::outputs)>;

    /// `memory(output, rows, columns)` gives the place of each result.
    template <class Memory>
    static outputs run(inputs const& in, Memory memory) {
        static_assert(P::fits());
        static thread_local cpu::binding<P> bound;
        std::int64_t extents[2 * F::inputs];
        void* from[F::inputs];
        for (std::size_t i = 0; i < in.size(); ++i) {
            extents[2 * i] = in[i].rows, extents[2 * i + 1] = in[i].columns;
            from[i] = const_cast<void*>(static_cast<void const*>(in[i].data));
        }
        bound.bind(extents);
        outputs out;
        void* to[F::outputs];
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (place<I>(out, to, extents, memory), ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(F::outputs)>());
        cpu::run_program<P, false>(workspace::of_thread(), bound, extents, from, to);
        return out;
    }

private:
    template <std::size_t I, class Memory>
    static void place(outputs& out, void** to, std::int64_t const* extents, Memory& memory) {
        auto const shape = result<static_cast<int>(I)>::shape(extents);
        out[I] = {memory(I, shape[0], shape[1]), shape[0], shape[1]};
        to[I] = out[I].data;
    }
};

/// Results of F on arrays of any numbers that carry derivatives along.
template <class F, class X>
std::array<kept_numbers<X>, static_cast<std::size_t>(F::outputs)> evaluate(
    std::array<numbers_at<X const>, static_cast<std::size_t>(F::inputs)> const& in) {
    std::array<kept_numbers<X>, static_cast<std::size_t>(F::outputs)> out;
    if constexpr (std::is_floating_point_v<X>) {
        matrix_program<F, X>::run(in, [&](std::size_t i, std::int64_t rows, std::int64_t columns) {
            out[i] = {rows, columns, std::vector<X>(static_cast<std::size_t>(rows * columns))};
            return out[i].numbers.data();
        });
    } else {
        using T = typename X::value_type;
        constexpr std::size_t n = static_cast<std::size_t>(F::inputs);
        std::array<std::vector<T>, 2 * n> parts;
        std::array<numbers_at<T const>, n> values;
        std::array<numbers_at<T const>, 2 * n> both;
        int directions = 0;
        for (std::size_t i = 0; i < n; ++i) {
            std::size_t const size = in[i].size();
            parts[i].resize(size), parts[n + i].resize(size);
            for (std::size_t k = 0; k < size; ++k) {
                parts[i][k] = in[i].data[k].value();
                directions = std::max(directions, in[i].data[k].size());
            }
            values[i] = both[i] = {parts[i].data(), in[i].rows, in[i].columns};
            both[n + i] = {parts[n + i].data(), in[i].rows, in[i].columns};
        }
        auto const y = evaluate<F, T>(values);
        for (std::size_t j = 0; j < out.size(); ++j) {
            out[j] = {y[j].rows, y[j].columns, std::vector<X>(y[j].numbers.size())};
            for (std::size_t k = 0; k < y[j].numbers.size(); ++k)
                out[j].numbers[k] = X(y[j].numbers[k]);
        }
        for (int d = 0; d < directions; ++d) {
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t k = 0; k < in[i].size(); ++k)
                    parts[n + i][k] = in[i].data[k].derivative(d);
            auto const tangents = evaluate<tangent_program<F>, T>(both);
            for (std::size_t j = 0; j < out.size(); ++j)
                for (std::size_t k = 0; k < out[j].numbers.size(); ++k)
                    out[j].numbers[k].derivative(d, tangents[j].numbers[k]);
        }
    }
    return out;
}

}  // namespace WEFT_ISA
}  // namespace detail
}  // namespace weft
