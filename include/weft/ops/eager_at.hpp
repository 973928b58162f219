// SPDX-License-Identifier: BSL-1.0
// `at(a, rows).add(u)` on tensors: the value of a with updates at integer indices, where all
// updates of one place count; `a(rows) += u` writes in place, and the last of them stays.
#pragma once

#include <tuple>

#include <weft/ops/scatter.hpp>

namespace weft {

namespace calls {

enum class update { set, add, multiply, max, min };

/// Operands: the value, its indices, and the updates before both.
template <update How>
struct at_updated {
    template <class U, class X, class... I>
    constexpr symbol operator()(U const& updates, X const& x, I const&... indices) const {
        auto const places = weft::at(x, indices...);
        auto const u = in_type_of(updates, x);
        switch (How) {
            case update::set:
                return places.set(u);
            case update::add:
                return places.add(u);
            case update::multiply:
                return places.multiply(u);
            case update::max:
                return places.max(u);
            default:
                return places.min(u);
        }
    }

private:
    template <class U, class X>
    static constexpr auto in_type_of(U const& u, X const& x) {
        if constexpr (std::is_same_v<U, ir::weak_symbol>)
            return ir::cast(u.value, x.type());
        else
            return u;
    }
};
struct at_read {
    template <class X, class... I>
    constexpr symbol operator()(X const& x, I const&... indices) const {
        return weft::at(x, indices...).get();
    }
};

}  // namespace calls

/// The places of X, an operand of expressions, that the indices name; see ops/scatter.hpp. Indices
/// outside of an axis are clamped.
template <class X, class... I>
class indexed_operand {
public:
    constexpr explicit indexed_operand(X&& x, I&&... indices)
        : operands_(static_cast<X&&>(x), static_cast<I&&>(indices)...) {}

    constexpr auto get() const {
        return std::apply(
            [](auto const&... x) { return ir::expression<calls::at_read, X, I...>(copy(x)...); },
            operands_);
    }
    template <class U>
    constexpr auto set(U&& u) const {
        return updated<calls::update::set>(ir::operand_of(static_cast<U&&>(u)));
    }
    template <class U>
    constexpr auto add(U&& u) const {
        return updated<calls::update::add>(ir::operand_of(static_cast<U&&>(u)));
    }
    template <class U>
    constexpr auto multiply(U&& u) const {
        return updated<calls::update::multiply>(ir::operand_of(static_cast<U&&>(u)));
    }
    template <class U>
    constexpr auto max(U&& u) const {
        return updated<calls::update::max>(ir::operand_of(static_cast<U&&>(u)));
    }
    template <class U>
    constexpr auto min(U&& u) const {
        return updated<calls::update::min>(ir::operand_of(static_cast<U&&>(u)));
    }

private:
    std::tuple<X, I...> operands_;

    template <class Y>
    static constexpr Y copy(Y const& y) {
        return y;
    }
    template <calls::update How, class U>
    constexpr auto updated(U&& u) const {
        return std::apply(
            [&](auto const&... x) {
                return ir::expression<calls::at_updated<How>, U, X, I...>(static_cast<U&&>(u),
                                                                          copy(x)...);
            },
            operands_);
    }
};

template <class A, class... I>
    requires(EagerCall<A, I...> && sizeof...(I) > 0)
constexpr auto at(A&& a, I&&... indices) {
    return indexed_operand<decltype(ir::operand_of(static_cast<A&&>(a))),
                           decltype(ir::operand_of(static_cast<I&&>(indices)))...>(
        ir::operand_of(static_cast<A&&>(a)), ir::operand_of(static_cast<I&&>(indices))...);
}

}  // namespace weft
