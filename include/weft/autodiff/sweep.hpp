// SPDX-License-Identifier: BSL-1.0
// The way back: adjoints of a recording, in one direction or several side by side, carried from its
// end to its beginning by one loop.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/tape_array_memory.hpp>
#include <weft/autodiff/tape_calls.hpp>
#include <weft/autodiff/tape_memory.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>
#include <weft/cpu/isa.hpp>

namespace weft {

/// A place in a recording: what it had written so far. Given by tape::position().
struct tape_position {
    std::uint32_t recording = 0;
    tape_index statements = 0, next = 1;
    std::size_t ids = 0, partials = 0, late = 0, calls = 0, arrays = 0;
    detail::bump_memory::mark memory;
};

/// Indices of inputs that follow each other.
struct input_range {
    tape_index first, end;
};

namespace detail {
inline namespace WEFT_ISA {

/// The adjoints of one variable in all directions.
template <class T, int Lanes>
struct adjoint_lanes {
    T lane[Lanes];

    WEFT_INLINE bool vanishes() const {
        for (T const& x : lane)
            if (!detail::vanishes(x)) return false;
        return true;
    }
    WEFT_INLINE void add(T const& partial, adjoint_lanes const& bar) {
        for (int k = 0; k < Lanes; ++k)
            if (!detail::vanishes(bar.lane[k])) lane[k] += partial * bar.lane[k];
    }
    WEFT_INLINE void add(adjoint_lanes const& bar) {
        for (int k = 0; k < Lanes; ++k) lane[k] += bar.lane[k];
    }
};
template <class T>
struct adjoint_lanes<T, 1> {
    T lane[1];

    WEFT_INLINE bool vanishes() const { return detail::vanishes(lane[0]); }
    WEFT_INLINE void add(T const& partial, adjoint_lanes const& bar) {
        lane[0] += partial * bar.lane[0];
    }
    WEFT_INLINE void add(adjoint_lanes const& bar) { lane[0] += bar.lane[0]; }
};

/// A vector register or several; a direction whose adjoint is zero stays zero at poles, too.
template <class T, int Lanes>
    requires(std::is_arithmetic_v<T> && Lanes > 1 && (Lanes & (Lanes - 1)) == 0)
struct adjoint_lanes<T, Lanes> {
    typedef T vector __attribute__((vector_size(Lanes * sizeof(T)), may_alias));
    vector lane;

    WEFT_INLINE bool vanishes() const {
        auto const nonzero = lane != 0;
        bool any = false;
        for (int k = 0; k < Lanes; ++k) any |= nonzero[k] != 0;
        return !any;
    }
    WEFT_INLINE void add(T const& partial, adjoint_lanes const& bar) {
        lane += bar.lane != 0 ? partial * bar.lane : vector{};
    }
    WEFT_INLINE void add(adjoint_lanes const& bar) { lane += bar.lane; }
};

/// Carries adjoints from statement `from` back to `to`.
template <class T, int Lanes, bool Checked>
void carry_back(recorder<T, Checked> const& r, call_list<T> const& calls,
                std::vector<late_use>& late, T* adjoints, array_adjoints<T>& arrays,
                tape_position const& from, tape_index to) {
    using lanes = adjoint_lanes<T, Lanes>;
    lanes* __restrict__ a = reinterpret_cast<lanes*>(adjoints);
    tape_index const* id = r.id_stream.data() + from.ids;
    T const* partial = r.partial_stream.data() + from.partials;
    tape_op const* const ops = r.op_stream.data();
    tape_index s = from.statements;

    late.clear();
    for (late_use const& u : r.late.list())
        if (u.change >= to && u.change < s) late.push_back(u);
    std::sort(late.begin(), late.end(),
              [](late_use const& x, late_use const& y) { return x.change > y.change; });

    for (std::size_t k = 0; k <= late.size(); ++k) {
        tape_index const stop = k < late.size() ? late[k].change : to;
        while (s != stop) {
            unsigned const op = static_cast<unsigned>(ops[--s]), n = op & call_op;
            tape_index const own = *--id;
            if (n == call_op) [[unlikely]] {
                calls[own].sweep_arrays(adjoints, Lanes, arrays);
                continue;
            }
            foresee<way::back>(partial), foresee<way::back>(id);
            lanes const bar = a[own];
            if (bar.vanishes()) {
                id -= n, partial -= n;
                continue;
            }
            if (!(op & adds_bit)) a[own] = lanes{};
            if (n == 1) {
                a[*--id].add(*--partial, bar);
            } else if (n == 2) {
                a[id[-1]].add(partial[-1], bar);
                a[id[-2]].add(partial[-2], bar);
                id -= 2, partial -= 2;
            } else {
                for (unsigned j = n; j; --j) a[*--id].add(*--partial, bar);
            }
        }
        if (k < late.size()) {
            a[late[k].id].add(a[late[k].stand_in]);
            a[late[k].stand_in] = lanes{};
        }
    }
}

}  // namespace WEFT_ISA
}  // namespace detail

inline namespace WEFT_ISA {

/// Adjoints of what a tape has recorded, in so many directions at once: seed results, sweep, read.
/// Several may go over one tape, also on several threads, as long as it neither records nor holds
/// calls. They are zero at first, and after clear().
template <class T = double, int Directions = 1, bool Checked = false>
class adjoints {
public:
    explicit adjoints(tape<T, Checked> const& t) : tape_(&t) {}

    /// Adds to the adjoint of a result.
    template <class V>
        requires(!ArrayVariable<V>)
    void seed(V const& y, T const& value = T(1), int direction = 0) {
        if (y.is_active()) *place(y, direction) += value;
        swept_ = false;
    }
    /// Carries the adjoints from the end of the recording to its beginning, or from one position
    /// back to another. Those of variables that were set on the way are zero then.
    void sweep() { sweep(tape_->position(), tape_position{}); }
    void sweep(tape_position const& from, tape_position const& to) {
        tape_->require(from, "adjoints::sweep");
        if (to.statements) tape_->require(to, "adjoints::sweep");
        fit();
        detail::carry_back<T, Directions, Checked>(tape_->recorded(), tape_->calls(), late_,
                                                   adjoints_.data(), arrays_, from,
                                                   to.statements);
        swept_ = true;
    }
    /// The derivative by x in a direction.
    template <class V>
    T operator()(V const& x, int direction = 0) {
        if (!swept_) [[unlikely]]
            raise("weft::adjoints: a derivative is read before sweep()");
        return x.is_active() ? *place(x, direction) : T(0);
    }
    /// Adds to the adjoint of an array: values of its shape, or a number.
    template <ArrayVariable A, class Values>
    void seed(A const& y, Values const& values, int direction = 0) {
        y.add_to(adjoint_of(y, direction), values);
        swept_ = false;
    }
    /// The derivative by an array, as a view that is good until the next sweep.
    template <ArrayVariable A>
    auto operator()(A const& x, int direction = 0) {
        if (!swept_) [[unlikely]]
            raise("weft::adjoints: a derivative is read before sweep()");
        return x.moved(adjoint_of(x, direction));
    }
    template <class V>
    void clear(V const& x) {
        if (x.is_active())
            for (int k = 0; k < Directions; ++k) *place(x, k) = T(0);
    }
    void clear() {
        std::fill_n(adjoints_.data(), count_ * Directions, T(0));
        arrays_.clear();
        swept_ = false;
    }
    /// Takes the derivatives by the inputs of a recording that was swept as a whole: x[i] =
    /// derivative by input i. All adjoints are zero again.
    void take_inputs(T* x, int direction = 0) {
        for (input_range const& r : tape_->input_ranges())
            for (std::size_t id = r.first; id != r.end; ++id) {
                T* const at = adjoints_.data() + id * Directions + direction;
                *x++ = *at;
                *at = T(0);
            }
        swept_ = false;
    }
    /// The same without looking at them.
    void clear_inputs() {
        for (input_range const& r : tape_->input_ranges())
            std::fill_n(adjoints_.data() + std::size_t{r.first} * Directions,
                        std::size_t{r.end - r.first} * Directions, T(0));
        swept_ = false;
    }
    void forget_arrays() { arrays_.clear(); }
    /// The derivative by a variable, named by its index; its adjoint is zero again.
    T take(tape_index id, int direction = 0) {
        T* const at = adjoints_.data() + std::size_t{id} * Directions + direction;
        return std::exchange(*at, T(0));
    }
    std::size_t bytes() const { return adjoints_.capacity() * sizeof(T) + arrays_.bytes(); }

private:
    void fit() {
        arrays_.fit(tape_->arrays());
        std::size_t const n = tape_->recorded().next;
        if (n <= count_) return;
        if (n * Directions > adjoints_.capacity())
            adjoints_.reserve((n + n / 8) * Directions, count_ * Directions);
        std::fill_n(adjoints_.data() + count_ * Directions, (n - count_) * Directions, T(0));
        count_ = n;
    }
    template <class V>
    T* place(V const& x, int direction) {
        if (x.index() >= tape_->recorded().next || direction < 0 || direction >= Directions)
            [[unlikely]]
            refuse(x.index(), direction);
        if constexpr (Checked) tape_->require(x);
        fit();
        return adjoints_.data() + std::size_t{x.index()} * Directions +
               static_cast<std::size_t>(direction);
    }
    template <class A>
    T* adjoint_of(A const& x, int direction) {
        if (direction < 0 || direction >= Directions) [[unlikely]]
            refuse(0, direction);
        if (!x.is_active())
            raise("weft::adjoints: this array depends on no input: it has no derivative");
        tape_->arrays().require(x.name());
        fit();
        return arrays_.written(x.name().number, static_cast<std::size_t>(direction)) +
               (x.data() - static_cast<T const*>(tape_->arrays()[x.name().number].data));
    }
    [[noreturn]] void refuse(tape_index index, int direction) const {
        text t("weft::adjoints: ");
        if (direction < 0 || direction >= Directions)
            raise(t << "direction " << direction << " of " << Directions);
        raise(t << "the value with index " << static_cast<std::int64_t>(index)
                << " is not of this recording, which has "
                << static_cast<std::int64_t>(tape_->recorded().next));
    }

    tape<T, Checked> const* tape_;
    detail::stream<T> adjoints_;
    std::size_t count_ = 0;
    detail::array_adjoints<T> arrays_{Directions};
    std::vector<detail::late_use> late_;
    bool swept_ = false;
};

}  // namespace WEFT_ISA
}  // namespace weft
