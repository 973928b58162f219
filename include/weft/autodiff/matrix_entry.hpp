// SPDX-License-Identifier: BSL-1.0
// A function of matrices as one entry of a tape, and on dual numbers: reads matrices of numbers,
// runs the programs of autodiff/matrix_program.hpp, writes the result.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/matrix_numbers.hpp>
#include <weft/autodiff/matrix_program.hpp>
#include <weft/autodiff/plain_number.hpp>
#include <weft/autodiff/tape.hpp>

namespace weft {

namespace detail {

/// The adjoints of a matrix on a tape: side by side, or named one by one.
struct matrix_indices {
    tape_index first = 0;
    tape_index const* each = nullptr;

    template <class M>
    static matrix_indices of(M const& m, bump_memory& memory) {
        matrix_indices r;
        if (count_of(m) == 0) return r;
        r.first = matrix_numbers<M>::at(m, 0, 0).index();
        bool consecutive = r.first != 0;
        tape_index next = r.first;
        for_each_number(m, [&](auto const& x) { consecutive &= x.index() == next++; });
        if (consecutive) return r;
        tape_index* to = memory.template array<tape_index>(count_of(m));
        r.each = to;
        for_each_number(m, [&](auto const& x) { *to++ = x.index(); });
        return r;
    }
    template <class T>
    void add(T const* d, std::size_t n, T* adjoints, std::size_t lanes, std::size_t lane) const {
        if (!each) {
            T* const to = adjoints + first * lanes + lane;
            for (std::size_t i = 0; i < n; ++i) to[i * lanes] += d[i];
        } else {
            for (std::size_t i = 0; i < n; ++i)
                if (each[i]) adjoints[each[i] * lanes + lane] += d[i];
        }
    }
};

/// Takes the adjoints of a result in one direction; false where all are zero.
template <class T>
bool take_adjoints(T* adjoints, tape_index first, std::size_t n, std::size_t lanes,
                   std::size_t lane, T* to) {
    bool any = false;
    for (std::size_t j = 0; j < n; ++j) {
        T& a = adjoints[(first + j) * lanes + lane];
        to[j] = a;
        any = any || !vanishes(a);
        a = T(0);
    }
    return any;
}

/// Arrays for the results of a program that is run again and again.
template <class T, std::size_t N>
struct result_memory {
    std::array<std::vector<T>, N> numbers;

    T* operator()(std::size_t i, std::int64_t rows, std::int64_t columns) {
        auto const size = static_cast<std::size_t>(rows * columns);
        if (numbers[i].size() < size) numbers[i].resize(size);
        return numbers[i].data();
    }
};

/// An entry of a tape: `backward(cotangent)` gives the cotangents of the Active arguments.
template <class T, class Backward, bool... Active>
struct matrix_call final : tape_call<T> {
    using indices = std::array<matrix_indices, sizeof...(Active)>;

    Backward backward;
    indices arguments;
    tape_index first;  // of the result
    std::size_t size;

    matrix_call(Backward b, indices const& from, tape_index id, std::size_t n)
        : backward(std::move(b)), arguments(from), first(id), size(n) {}

    void sweep(T* adjoints, std::size_t lanes) const override {
        static thread_local std::vector<T> cotangent;
        if (cotangent.size() < size) cotangent.resize(size);
        for (std::size_t k = 0; k < lanes; ++k) {
            if (!take_adjoints(adjoints, first, size, lanes, k, cotangent.data())) continue;
            auto const& d = backward(static_cast<T const*>(cotangent.data()));
            std::size_t next = 0, argument = 0;
            auto const hand_on = [&](bool active) {
                if (active) {
                    auto const x = d[next++].at();
                    arguments[argument].add(x.data, x.size(), adjoints, lanes, k);
                }
                ++argument;
            };
            (hand_on(Active), ...);
        }
    }
};

inline namespace WEFT_ISA {

/// The numbers of a matrix as numbers of type X, row by row.
template <class X, class M>
kept_numbers<X> numbers_of(M const& m) {
    kept_numbers<X> r{matrix_numbers<M>::rows(m), matrix_numbers<M>::columns(m), {}};
    r.numbers.reserve(count_of(m));
    for_each_number(m, [&](auto const& x) { r.numbers.push_back(as_number<X>(x)); });
    return r;
}
template <class X, std::size_t N>
std::array<numbers_at<X const>, N> places(std::array<kept_numbers<X>, N> const& kept) {
    std::array<numbers_at<X const>, N> r;
    for (std::size_t i = 0; i < N; ++i) r[i] = kept[i].at();
    return r;
}
/// What a derivative of E reads: its arguments where it needs them, what was kept, the result.
/// Returns what stands behind.
template <class E, class In, class Out, class To>
auto* fill_reads(In const& in, Out const& out, To& reads) {
    auto* next = reads.data();
    if constexpr (E::reads_arguments) next = std::copy(in.begin(), in.end(), next);
    for (std::size_t i = out.size(); i-- > 0;) *next++ = out[i].at();
    return next;
}

/// Entry E on matrices of numbers, plain ones or those that nest; `to.shape(rows, columns)` comes
/// before `to(i)`, a reference to number i of the result.
template <class E, class N>
struct matrix_entry {
    template <class To, class... M>
    static void run(To&& to, M const&... m) {
        std::array const values{numbers_of<N>(m)...};
        auto const y = evaluate<entry_value<E>, N>(places(values));
        to.shape(y[0].rows, y[0].columns);
        for (std::size_t i = 0; i < y[0].numbers.size(); ++i) to(i) = y[0].numbers[i];
    }
};

/// Dual numbers of plain ones: a run for the values, and one for each direction, which reads what
/// the first one has kept.
template <class E, class T, int D>
requires std::is_floating_point_v<T>
struct matrix_entry<E, dual<T, D>> {
    using N = dual<T, D>;

    template <class To, class... M>
    static void run(To&& to, M const&... m) {
        using forward = matrix_program<entry_forward<E>, T>;
        using tangent = matrix_program<entry_tangent<E, std::is_same_v<number_in<M>, N>...>, T>;
        constexpr bool moves[] = {std::is_same_v<number_in<M>, N>...};
        std::array const arguments{numbers_of<N>(m)...};
        std::array const values{numbers_of<T>(m)...};
        auto const in = places(values);
        result_memory<T, entry_forward<E>::outputs> memory;
        auto const y = forward::run(in, std::ref(memory));
        to.shape(y[0].rows, y[0].columns);
        for (std::size_t i = 0; i < y[0].size(); ++i) to(i) = N(y[0].data[i]);

        typename tangent::inputs reads;
        auto* const behind = fill_reads<E>(in, y, reads);
        std::array<std::vector<T>, sizeof...(M)> tangents;
        int directions = 0;
        for (auto const& a : arguments)
            for (N const& x : a.numbers) directions = std::max(directions, x.size());
        result_memory<T, 1> along;
        for (int d = 0; d < directions; ++d) {
            auto* next = behind;
            for (std::size_t i = 0; i < arguments.size(); ++i) {
                if (!moves[i]) continue;
                tangents[i].clear();
                for (N const& x : arguments[i].numbers) tangents[i].push_back(x.derivative(d));
                *next++ = {tangents[i].data(), arguments[i].rows, arguments[i].columns};
            }
            auto const dy = tangent::run(reads, std::ref(along));
            for (std::size_t i = 0; i < y[0].size(); ++i) to(i).derivative(d, dy[0].data[i]);
        }
    }
};

/// Variables: one entry of the tape that records.
template <class E, class T, bool C>
struct matrix_entry<E, var<T, C>> {
    using N = var<T, C>;

    template <class To, class... M>
    static void run(To&& to, M const&... m) {
        auto* const r = current<T, C>->owner;
        if (!r || !(is_active(m) || ...))
            return record(to, static_cast<tape<T, C>*>(nullptr), m...);
        if constexpr (C) (require(*r->home, m), ...);
        record(to, r->home, m...);
    }

private:
    template <class M>
    static constexpr bool varies = std::is_same_v<number_in<M>, N>;

    template <class M>
    static bool is_active(M const& m) {
        bool any = false;
        if constexpr (varies<M>) for_each_number(m, [&](N const& x) { any |= x.is_active(); });
        return any;
    }
    template <class M>
    static void require(tape<T, C> const& t, M const& m) {
        if constexpr (varies<M>) for_each_number(m, [&](N const& x) { t.require(x); });
    }
    template <class M>
    static matrix_indices indices_in(M const& m, bump_memory& memory) {
        if constexpr (varies<M>)
            return matrix_indices::of(m, memory);
        else
            return {};
    }
    /// The result, as variables of the tape where there is one.
    template <class... M, class To, class Y, class Backward>
    static void append(To& to, tape<T, C>* t, Y const& y, Backward backward, M const&... m) {
        to.shape(y.rows, y.columns);
        for (std::size_t i = 0; i < y.size(); ++i) to(i) = N(y.data[i]);
        if (!t) return;
        tape_index const first = t->claim(y.size());
        using call = matrix_call<T, Backward, varies<M>...>;
        t->template call<call>(std::move(backward),
                               typename call::indices{indices_in(m, t->memory())...}, first,
                               y.size());
        for (std::size_t i = 0; i < y.size(); ++i)
            t->bind(to(i), first + static_cast<tape_index>(i));
    }
    /// Plain numbers: what is kept lies in the memory of the tape.
    template <class... M, class To>
    requires std::is_floating_point_v<T>
    static void record(To& to, tape<T, C>* t, M const&... m) {
        using forward = matrix_program<entry_forward<E>, T>;
        using cotangents = entry_backward<E, varies<M>...>;
        using backward = matrix_program<cotangents, T>;
        static thread_local bump_memory passing;
        passing.rewind({});
        auto& lasting = t ? t->memory() : passing;
        auto const copied = [&](auto const& x) {
            using known = matrix_numbers<std::remove_cvref_t<decltype(x)>>;
            T* const first =
                (E::reads_arguments ? lasting : passing).template array<T>(count_of(x));
            T* next = first;
            for_each_number(x, [&](auto const& v) { *next++ = as_number<T>(v); });
            return numbers_at<T const>{first, known::rows(x), known::columns(x)};
        };
        typename forward::inputs const in{copied(m)...};
        auto const y = forward::run(in, [&](std::size_t, std::int64_t rows, std::int64_t columns) {
            return lasting.template array<T>(static_cast<std::size_t>(rows * columns));
        });
        typename backward::inputs reads;
        *fill_reads<E>(in, y, reads) = y[0].at();
        append(
            to, t, y[0],
            [reads](T const* cotangent) {
                static thread_local result_memory<T, cotangents::outputs> memory;
                auto now = reads;
                now.back().data = cotangent;
                return backward::run(now, std::ref(memory));
            },
            m...);
    }
    /// Numbers that nest: arguments are kept.
    template <class... M, class To>
    static void record(To& to, tape<T, C>* t, M const&... m) {
        using backward = cotangent_program<entry_value<E>, varies<M>...>;
        std::array values{numbers_of<T>(m)...};
        auto const y = evaluate<entry_value<E>, T>(places(values));
        numbers_at<T const> const result = y[0].at();
        append(
            to, t, result,
            [values = std::move(values), result](T const* cotangent) {
                std::array<numbers_at<T const>, backward::inputs> in;
                *std::copy_n(places(values).begin(), values.size(), in.begin()) = {
                    cotangent, result.rows, result.columns};
                return evaluate<backward, T>(in);
            },
            m...);
    }
};

}  // namespace WEFT_ISA
}  // namespace detail
}  // namespace weft
