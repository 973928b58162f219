// SPDX-License-Identifier: BSL-1.0
// var<T>: a number that writes what is assigned to it on the tape which records on this thread. It
// stands in any templated code for T; every function's derivative comes from the registry.
#pragma once

#include <limits>

#include <weft/autodiff/statement.hpp>

namespace weft {

namespace detail {
struct tape_access;
template <class T, class E>
var<T> recorded_scalar(E const& e);
}

/// A number of type T (float, double, or a dual number, for derivatives of derivatives) with an
/// adjoint on a tape, or without one: then it is passive. What is assigned to it is one statement
/// of the tape that records on this thread, and passive where none does. Numbers of C++ convert to
/// it. Copies share their adjoint until one of them changes.
template <class T, bool Checked>
class var {
    static_assert(std::is_floating_point_v<T> || ActiveNumber<T>,
                  "weft::var<T>: T is float, double or a dual number");
    static_assert(!detail::is_var<T>,
                  "weft::var<var<T>>: for second derivatives use var<dual<T, N>>");

public:
    using value_type = T;
    static constexpr bool is_checked = Checked;

    var() = default;
    template <class U>
        requires std::is_arithmetic_v<U>
    WEFT_INLINE var(U x) : v_(static_cast<T>(x)) {}
    WEFT_INLINE var(T const& x)
        requires(!std::is_arithmetic_v<T>)
        : v_(x) {}
    WEFT_INLINE var(var const& o) : v_(o.v_), id_(o.id_), stamp_(o.share()), age_(o.age_) {}
    WEFT_INLINE var& operator=(var const& o) {
        stamp_ = o.share(), v_ = o.v_, id_ = o.id_, age_ = o.age_;
        return *this;
    }
    template <detail::PartOf<T, Checked> E>
    WEFT_INLINE var(E const& e) {
        assign(e);
    }
    template <detail::PartOf<T, Checked> E>
    WEFT_INLINE var& operator=(E const& e) {
        assign(e);
        return *this;
    }
    /// An expression of arrays that is a single number; include autodiff/var_tensor.hpp.
    template <class F, class... X>
        requires(!Checked)
    var(ir::expression<F, X...> const& e) : var(detail::recorded_scalar<T>(e)) {}

    template <class E>
    WEFT_INLINE var& operator+=(E const& e) {
        return accumulate(part_of(e), T(1), v_ + part_of(e).value());
    }
    template <class E>
    WEFT_INLINE var& operator-=(E const& e) {
        return accumulate(part_of(e), T(-1), v_ - part_of(e).value());
    }
    template <class E>
    WEFT_INLINE var& operator*=(E const& e) {
        return *this = *this * e;
    }
    template <class E>
    WEFT_INLINE var& operator/=(E const& e) {
        return *this = *this / e;
    }
    template <class F, class... X>
    var& operator+=(ir::expression<F, X...> const& e) {
        return *this += var(e);
    }
    template <class F, class... X>
    var& operator-=(ir::expression<F, X...> const& e) {
        return *this -= var(e);
    }
    template <class F, class... X>
    var& operator*=(ir::expression<F, X...> const& e) {
        return *this *= var(e);
    }
    template <class F, class... X>
    var& operator/=(ir::expression<F, X...> const& e) {
        return *this /= var(e);
    }
    WEFT_INLINE var& operator++() { return *this += 1; }
    WEFT_INLINE var& operator--() { return *this -= 1; }
    WEFT_INLINE var operator++(int) {
        var const before = *this;
        ++*this;
        return before;
    }
    WEFT_INLINE var operator--(int) {
        var const before = *this;
        --*this;
        return before;
    }

    WEFT_INLINE T const& value() const { return v_; }
    /// Names the adjoint; 0 where the value depends on no input.
    WEFT_INLINE tape_index index() const { return id_; }
    WEFT_INLINE bool is_active() const { return id_ != 0; }
    template <class U>
        requires std::is_arithmetic_v<U>
    WEFT_INLINE explicit operator U() const {
        return static_cast<U>(v_);
    }

    /// The variable as an expression.
    WEFT_INLINE auto part() const { return detail::leaf_part<T, Checked>(v_, id_, {stamp_, age_}); }

private:
    friend detail::tape_access;

    // An index that has one owner is kept when that changes: x = ... clears the adjoint on the way
    // back, x += ... leaves it as it is. The stamp says that it is owned, in which recording.
    WEFT_INLINE std::uint32_t share() const {
        if (id_ != 0 && (stamp_ & 1) == 0) stamp_ |= 1;
        return stamp_;
    }
    template <class E>
    WEFT_INLINE static decltype(auto) part_of(E const& e) {
        return detail::as_part<var>(e);
    }

    template <class E>
    WEFT_INLINE void assign(E const& e) {
        auto& r = *detail::current<T, Checked>;
        tape_index const kept = stamp_ == r.stamp ? id_ : 0;
        bool adds = false;
        if constexpr (E::sums) adds = kept != 0 && e.summed() == kept && e.age(r.statements) == 0;
        append(r, e, e.value(), kept, adds, [&](auto& to) WEFT_INLINE_LAMBDA {
            if constexpr (E::sums) {
                if (adds) return e.push_rest(to, T(1));
            }
            e.push(to, T(1));
        });
    }
    template <class E>
    WEFT_INLINE var& accumulate(E const& e, T const& sign, T const& value) {
        auto& r = *detail::current<T, Checked>;
        if constexpr (Checked) require(r, part());
        if (e.indices() == 0) {
            v_ = value;
            return *this;
        }
        bool const owned = stamp_ == r.stamp;
        append(r, e, value, owned ? id_ : 0, owned, [&](auto& to) WEFT_INLINE_LAMBDA {
            if (!owned) to(T(1), id_);
            e.push(to, sign);
        });
        return *this;
    }

    /// Writes the statement whose partials `push` sends to a sink; its variable is `kept`, or a new
    /// one. Nothing is written, and the result is passive, where nothing is pushed.
    template <class E, class Push>
    WEFT_INLINE void append(detail::cursors<T, Checked>& r, E const& e, T const& value,
                            tape_index kept, bool adds, Push push) {
        static_assert(E::leaves < detail::most_arguments,
                      "weft::var: an expression of more than 125 variables: assign a part of it to "
                      "a variable first");
        if constexpr (Checked) require(r, e);
        bool const fresh = e.age(r.statements) == 0;  // before room(), which might write statements
        v_ = value;
        if (e.indices() != 0 && r.room(E::leaves + 2)) [[likely]] {
            detail::sink<T> to{r.ids, r.partials, !fresh};
            push(to);
            if (!fresh) [[unlikely]] {
                tape_index captured[E::leaves] = {}, *end = captured;
                e.each_leaf([&](auto const& leaf) WEFT_INLINE_LAMBDA {
                    if (leaf.id != 0) *end++ = leaf.captured;
                });
                r.owner->replace_late(captured, end, to.ids);
            }
            if (to.ids != r.ids) [[likely]] {
                id_ = kept != 0 ? kept : r.next++;
                stamp_ = r.stamp;
                *to.ids = id_;
                r.ops[r.statements++] =
                    detail::make_op(static_cast<unsigned>(to.ids - r.ids), adds);
                r.ids = to.ids + 1, r.partials = to.partials;
                detail::foresee<detail::way::on>(r.ids);
                detail::foresee<detail::way::on>(r.partials);
                if constexpr (Checked) age_.statements = r.statements;
                return;
            }
        }
        if (!adds) id_ = 0, stamp_ = 0;
    }
    template <class E>
    static void require(detail::cursors<T, Checked> const& r, E const& e) {
        e.each_leaf([&](auto const& leaf) {
            if (leaf.id == 0) return;
            if (!r.owner) detail::raise_idle(leaf.origin);
            r.owner->parts.require(leaf.origin, r.stamp);
        });
    }

    T v_{};
    tape_index id_ = 0;
    mutable std::uint32_t stamp_ = 0;
    [[no_unique_address]] detail::value_age<Checked> age_;
};

}  // namespace weft

template <class T, bool C>
class std::numeric_limits<weft::var<T, C>> : public std::numeric_limits<T> {};
