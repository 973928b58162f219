// SPDX-License-Identifier: BSL-1.0
// tape<T>: records what is computed with variables, and differentiates it in reverse. An object
// like any other; a thread writes on the tape that was made current last.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/containers.hpp>
#include <weft/autodiff/sweep.hpp>
#include <weft/autodiff/var.hpp>

namespace weft {

/// What a recording holds, and what it takes.
struct tape_statistics {
    std::size_t statements = 0;  ///< assignments
    std::size_t arguments = 0;   ///< active operands of all of them
    std::size_t calls = 0;       ///< blocks with a derivative of their own
    std::size_t arrays = 0;      ///< with an adjoint
    std::size_t indices = 0;     ///< adjoints
    std::size_t inputs = 0;
    std::size_t late_uses = 0;  ///< expressions that outlived a change of a variable of theirs
    std::size_t bytes = 0;       ///< written: 5 a statement, 4 + sizeof(T) an argument
    std::size_t call_bytes = 0;  ///< written by calls: the values of arrays, and what is kept
    std::size_t array_bytes = 0; ///< of the adjoints of arrays in one direction
    std::size_t reserved = 0;   ///< bytes of memory held for recordings
};

namespace detail {

/// What may set the index of a variable.
struct tape_access {
    template <class T, bool C>
    static void set(var<T, C>& x, tape_index id, std::uint32_t stamp, tape_index statements) {
        x.id_ = id, x.stamp_ = stamp;
        if constexpr (C) x.age_.statements = statements;
    }
};

}  // namespace detail

inline namespace WEFT_ISA {

/// A recording of computations with var<T, Checked>, and its derivatives:
///
///     weft::tape<double> t;
///     auto y = simulate(t.inputs(p));    // starts to record on this thread
///     auto g = t.gradient(y);            // ends it, one derivative for each number of p
///
/// Memory is kept for the next recording, which allocates nothing if it is not larger. One thread
/// writes on a tape at a time; each thread has its own current tape for each T.
template <class T = double, bool Checked = false>
class tape {
public:
    using variable = var<T, Checked>;
    class recording;

    tape() = default;
    tape(tape const&) = delete;
    tape& operator=(tape const&) = delete;
    ~tape() {
        if (outer_) leave();
    }

    /// Empties the tape and makes it current on this thread until the guard ends. Tapes nest.
    [[nodiscard]] recording record() { return recording(*this, true); }
    /// Goes on behind what is recorded already.
    [[nodiscard]] recording resume() { return recording(*this, false); }
    bool is_recording() const { return outer_; }

    /// Makes x an input: its derivative is asked for.
    void input(variable& x) {
        if (!outer_)
            raise("weft::tape::input: the tape does not record; call record() or inputs()");
        bind(x, new_inputs(1));
    }
    /// The numbers as inputs: a number, an array or any container of numbers, or several of these
    /// as a tuple. Starts a recording if none is under way. Tensors and views make a var_tensor
    /// (autodiff/var_tensor.hpp); those with a name are referred to and must not change before the
    /// last sweep.
    template <class... X>
        requires(!std::is_array_v<std::remove_reference_t<X>> && ...)
    auto inputs(X&&... x) {
        static_assert(sizeof...(X) > 0, "weft::tape::inputs: name the numbers to differentiate by");
        if (!outer_) clear(), enter();
        if constexpr (sizeof...(X) == 1)
            return (one_input(std::forward<X>(x)), ...);
        else
            return std::tuple<decltype(one_input(std::forward<X>(x)))...>{
                one_input(std::forward<X>(x))...};
    }
    template <class N, std::size_t Size>
    std::array<variable, Size> inputs(N const (&x)[Size]) {
        return inputs(std::to_array(x));
    }

    /// The derivatives of y by all inputs, in the order of these; ends the recording if inputs()
    /// has started it.
    std::vector<T> gradient(variable const& y) {
        std::vector<T> g(input_count_);
        gradient(y, std::span<T>(g));
        return g;
    }
    /// The same into given memory.
    void gradient(variable const& y, std::span<T> g) {
        require_numbers("gradient");
        if (g.size() != input_count_)
            raise(text("weft::tape::gradient: the tape has ")
                  << static_cast<int>(input_count_) << " inputs, the result room for "
                  << static_cast<int>(g.size()));
        stop();
        adjoints_.seed(y);
        adjoints_.sweep();
        adjoints_.take_inputs(g.data());
    }
    /// The derivatives of y by these inputs: a number for a variable, for an array a view, which is
    /// good until the next sweep; of several a tuple.
    template <class... X>
        requires(sizeof...(X) > 0 && ((ArrayVariable<X> || std::is_same_v<X, variable>) && ...))
    auto gradient(variable const& y, X const&... x) {
        stop();
        adjoints_.forget_arrays();
        adjoints_.seed(y);
        adjoints_.sweep();
        std::tuple<decltype(adjoints_(x))...> g(adjoints_(x)...);
        adjoints_.clear_inputs();
        if constexpr (sizeof...(X) == 1)
            return std::get<0>(g);
        else
            return g;
    }
    /// The derivatives of each of several results: row by row, each of as many as there are
    /// inputs; eight rows are carried back at once.
    template <class Results>
    std::vector<T> jacobian(Results const& y) {
        require_numbers("jacobian");
        stop();
        std::size_t const rows = static_cast<std::size_t>(std::size(y)), columns = input_count_;
        std::vector<T> j(rows * columns);
        auto result = std::begin(y);
        for (std::size_t row = 0; row < rows; row += 8) {
            int const n = rows - row < 8 ? static_cast<int>(rows - row) : 8;
            for (int k = 0; k < n; ++k) eight_.seed(*result++, T(1), k);
            eight_.sweep();
            for (int k = 0; k < n; ++k)
                eight_.take_inputs(j.data() + (row + static_cast<std::size_t>(k)) * columns, k);
        }
        return j;
    }
    /// Ends a recording that inputs() has started; a guard ends its own.
    void stop() {
        if (outer_ && !guarded_) leave();
    }
    /// Forgets everything, and ends a recording that inputs() has started: so after an exception
    /// between that and gradient(). Memory stays.
    void clear() {
        if (outer_ && guarded_) raise("weft::tape::clear: the tape records");
        stop();
        calls_.rewind(0, {});
        inputs_.clear(), input_count_ = 0;
        array_inputs_.clear();
        r_.late.rewind(0, 0);
        r_.parts.begin();
        r_.rewind(0, 0);
        r_.statements = 0, r_.next = 1;
        first_stamp_ = r_.stamp = detail::fresh_stamp();
        arrays_.begin(first_stamp_);
    }

    /// What is recorded so far, as a place to return to or to sweep from.
    tape_position position() const {
        return {first_stamp_,       r_.statements,         r_.next,       r_.id_count(),
                r_.partial_count(), r_.late.list().size(), calls_.size(), arrays_.size(),
                calls_.memory_position()};
    }
    /// Takes back what was recorded behind a position. Variables that were set behind it have no
    /// meaning any more; they may be assigned to.
    void reset(tape_position const& p) {
        require(p, "tape::reset");
        calls_.rewind(p.calls, p.memory);
        for (; !inputs_.empty() && inputs_.back().end > p.next; inputs_.pop_back()) {
            tape_index const stay = std::max(inputs_.back().first, p.next);
            input_count_ -= inputs_.back().end - stay;
            if (inputs_.back().end = stay; stay > inputs_.back().first) break;
        }
        while (!array_inputs_.empty() && array_inputs_.back() >= p.arrays) array_inputs_.pop_back();
        arrays_.rewind(p.arrays, p.next);
        r_.late.rewind(p.late, p.statements);
        r_.parts.cut(r_.stamp, p.statements);
        r_.rewind(p.ids, p.partials);
        r_.statements = p.statements, r_.next = p.next;
        r_.stamp = detail::fresh_stamp();
    }

    /// Room for a recording of so many statements and arguments, beforehand.
    void reserve(std::size_t statements, std::size_t arguments) {
        r_.reserve(statements + arguments);
    }
    tape_statistics statistics() const {
        tape_statistics s;
        s.calls = calls_.size();
        s.statements = r_.statements - s.calls;
        s.arguments = r_.partial_count();
        s.indices = r_.next - 1;
        s.arrays = arrays_.size();
        s.call_bytes = calls_.bytes();
        s.array_bytes = arrays_.elements() * sizeof(T);
        s.inputs = input_count_;
        s.late_uses = r_.late.list().size();
        s.bytes = r_.id_count() * sizeof(tape_index) + r_.statements + s.arguments * sizeof(T);
        s.reserved = r_.id_stream.capacity() * sizeof(tape_index) + r_.op_stream.capacity() +
                     r_.partial_stream.capacity() * sizeof(T) + calls_.reserved();
        return s;
    }

    /// So many adjoints side by side, for the results of a call; the first index.
    tape_index claim(std::size_t n) {
        tape_index const first = r_.next;
        r_.next += static_cast<tape_index>(n);
        return first;
    }
    /// Makes x the variable of a claimed adjoint.
    void bind(variable& x, tape_index id) const {
        detail::tape_access::set(x, id, r_.stamp | 1, r_.statements);
    }
    /// y = value with the derivatives that somebody knows: one statement, whose arguments have
    /// these partial derivatives.
    void statement(variable& y, T const& value, std::span<variable const> arguments,
                   std::span<T const> partials) {
        if (arguments.size() != partials.size())
            raise(text("weft::tape::statement: ")
                  << static_cast<int>(arguments.size()) << " arguments and "
                  << static_cast<int>(partials.size()) << " partial derivatives");
        statement(y, value, partials, [&](std::size_t i) {
            if constexpr (Checked) require(arguments[i]);
            return arguments[i].index();
        });
    }
    /// The same, where index(i) names argument i.
    template <class Index>
    void statement(variable& y, T const& value, std::span<T const> partials, Index index) {
        tape_index own = 0;
        for (std::size_t i = 0; i < partials.size();) {
            r_.room(detail::most_arguments + 1);
            detail::sink<T> to{r_.ids, r_.partials, false};
            for (unsigned n = 0; n < detail::most_arguments && i < partials.size(); ++n, ++i)
                to(partials[i], index(i));
            if (to.ids == r_.ids) continue;
            bool const adds = own != 0;  // all but the first of a long one
            if (!adds) own = claim(1);
            *to.ids = own;
            r_.ops[r_.statements++] = detail::make_op(static_cast<unsigned>(to.ids - r_.ids), adds);
            r_.ids = to.ids + 1, r_.partials = to.partials;
        }
        y = variable(value);
        if (own) bind(y, own);
    }
    /// Appends a call: an object of a class derived from tape_call<T>.
    template <class Call, class... A>
    Call& call(A&&... arguments) {
        r_.room(1);
        *r_.ids++ = static_cast<tape_index>(calls_.size());
        r_.ops[r_.statements++] = detail::make_op(detail::call_op, false);
        return calls_.template push<Call>(std::forward<A>(arguments)...);
    }
    /// Memory that lasts as long as what was recorded last.
    detail::bump_memory& memory() { return calls_.memory(); }

    /// An array whose elements lie here, and stay there, with an adjoint.
    detail::array_name add_array(T const* data, std::size_t size) {
        return arrays_.add(data, size);
    }
    /// The same as an input.
    detail::array_name add_array_input(T const* data, std::size_t size) {
        array_inputs_.push_back(arrays_.size());
        return arrays_.add(data, size);
    }
    detail::array_list const& arrays() const { return arrays_; }
    /// The index of an element of an array: from here on it is a variable as any other.
    tape_index element_index(detail::array_name a, T const* element) {
        arrays_.require(a);
        detail::array_block& its = arrays_[a.number];
        if (its.elements == 0) {
            its.elements = claim(its.size);
            call<detail::element_call<T>>(a.number, its.elements, its.size);
        }
        return its.elements + static_cast<tape_index>(element - static_cast<T const*>(its.data));
    }

    /// Becomes a recording that was read from a file; its results.
    std::vector<variable> restore(tape_index next, std::span<tape_index const> ids,
                                  std::span<T const> partials, std::span<detail::tape_op const> ops,
                                  std::span<tape_index const> inputs,
                                  std::span<tape_index const> outputs,
                                  std::span<tape_index const> late) {
        if (outer_) raise("weft::load: the tape records");
        clear();
        r_.reserve(ids.size() + 1);
        std::copy(ids.begin(), ids.end(), r_.ids);
        std::copy(partials.begin(), partials.end(), r_.partials);
        std::copy(ops.begin(), ops.end(), r_.ops);
        r_.rewind(ids.size(), partials.size());
        r_.statements = static_cast<tape_index>(ops.size());
        for (tape_index const id : inputs) r_.next = id, new_inputs(1);
        r_.next = next;
        r_.late.restore(late);
        std::vector<variable> results(outputs.size());
        for (std::size_t k = 0; k < outputs.size(); ++k) bind(results[k], outputs[k]);
        return results;
    }

    /// Adjoints in one direction for sweeps of parts; they are zero between two uses.
    adjoints<T, 1, Checked>& single_adjoints() { return adjoints_; }
    /// The streams, as they are read by sweeps, files and dumps.
    detail::recorder<T, Checked> const& recorded() const { return r_; }
    detail::call_list<T> const& calls() const { return calls_; }
    std::vector<input_range> const& input_ranges() const { return inputs_; }

    void require(tape_position const& p, char const* call) const {
        if (p.recording != first_stamp_ || p.statements > r_.statements || p.ids > r_.id_count())
            raise(text("weft::") << call
                                 << ": the position is not of this recording, or behind its end");
    }
    void require(variable const& x) const
        requires Checked
    {
        if (x.is_active()) r_.parts.require(x.part().origin, r_.stamp);
    }

private:
    template <class X>
    auto one_input(X&& given) {
        auto const& x = given;
        if constexpr (detail::HasExtents<std::remove_cvref_t<X>>) {
            static_assert(detail::ArraysKnown<tape>,
                          "weft::tape::inputs: tensors as inputs need #include "
                          "<weft/autodiff/var_tensor.hpp>");
            return detail::array_input<tape>::make(*this, std::forward<X>(given));
        } else {
            return number_input(x);
        }
    }
    template <class X>
    auto number_input(X const& x) {
        static_assert(Numbers<X>,
                      "weft::tape::inputs: a number of the tape's type, or a container of "
                      "such: std::array, std::vector, std::span, or a vector of Eigen "
                      "with #include <weft/autodiff/eigen.hpp>");
        if constexpr (Numbers<X>) {
            using known = detail::numbers<X>;
            auto v = known::template like<variable>(x);
            tape_index id = new_inputs(known::size(x));
            for (std::size_t i = 0; i < known::size(x); ++i) {
                auto& one = v[static_cast<typename known::index>(i)];
                one = variable(known::at(x, i));
                bind(one, id++);
            }
            if constexpr (known::single)
                return variable(v[0]);
            else
                return v;
        } else {
            return std::array<variable, 1>();  // the sentence above has been said
        }
    }
    /// Indices for so many inputs; the first one.
    tape_index new_inputs(std::size_t n) {
        if (inputs_.empty() || inputs_.back().end != r_.next) inputs_.push_back({r_.next, r_.next});
        input_count_ += n;
        tape_index const first = claim(n);
        inputs_.back().end = r_.next;
        return first;
    }
    void require_numbers(char const* call) const {
        if (!array_inputs_.empty())
            raise(text("weft::tape::")
                  << call << ": arrays are among the inputs: name what to differentiate by, "
                             "gradient(y, x, ...)");
    }
    void enter() {
        outer_ = detail::current<T, Checked>;
        r_.owner = &r_;
        r_.home = this;
        detail::current<T, Checked> = &r_;
    }
    /// Takes the tape out of those that are current on this thread, wherever it stands.
    void leave() {
        auto** link = &detail::current<T, Checked>;
        while (*link != &r_ && (*link)->owner) link = &(*link)->owner->home->outer_;
        if (*link == &r_) *link = outer_;
        outer_ = nullptr;
    }

    detail::recorder<T, Checked> r_;
    detail::call_list<T> calls_;
    detail::array_list arrays_;
    std::vector<std::size_t> array_inputs_;
    std::vector<input_range> inputs_;
    std::size_t input_count_ = 0;
    std::uint32_t first_stamp_ = 0;
    bool guarded_ = false;
    detail::cursors<T, Checked>* outer_ = nullptr;  // current before, while this one is
    adjoints<T, 1, Checked> adjoints_{*this};
    adjoints<T, 8, Checked> eight_{*this};
};

/// While it lives, the tape is current on this thread.
template <class T, bool Checked>
class tape<T, Checked>::recording {
public:
    recording(recording const&) = delete;
    recording& operator=(recording const&) = delete;
    ~recording() {
        tape_.guarded_ = false;
        tape_.stop();
    }

private:
    friend tape;
    recording(tape& t, bool clears) : tape_(t) {
        if (t.outer_) raise("weft::tape::record: the tape records already");
        if (clears) t.clear();
        t.enter();
        t.guarded_ = true;
    }

    tape& tape_;
};

}  // namespace WEFT_ISA
}  // namespace weft
