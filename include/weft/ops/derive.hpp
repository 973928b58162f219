// SPDX-License-Identifier: BSL-1.0
// Derivatives of an elementwise operation in both modes, from its partials; other operations
// bring a `vjp` and, where they are not linear, a `jvp` of their own.
// arithmetic.hpp includes this file where its turn comes: so the guard starts behind the include.
#include <weft/ops/arithmetic.hpp>
#ifndef WEFT_OPS_DERIVE_HPP
#define WEFT_OPS_DERIVE_HPP

#include <weft/ops/emit.hpp>

namespace weft {

constexpr symbol derivative_add(symbol a, symbol b);
constexpr symbol derivative_multiply(symbol a, symbol b);
constexpr symbol derivative_negate(symbol a);
constexpr symbol derivative_where(symbol condition, symbol a);
constexpr symbol derivative_real(symbol a);

namespace ir {

constexpr symbol scale(symbol d, one) { return d; }
constexpr symbol scale(symbol d, minus_one) { return derivative_negate(d); }
constexpr symbol scale(symbol d, symbol partial) { return derivative_multiply(d, partial); }
constexpr symbol scale(symbol d, when<symbol> w) { return derivative_where(w.condition, d); }

constexpr void pullback::add(int i, symbol contribution) {
    if (!wants(i) || !contribution.valid()) return;  // not valid: zero
    int const adjoint = adjoints[operand_id(i)];
    symbol const sum = adjoint < 0 ? contribution
                                   : derivative_add(symbol(&builder, adjoint), contribution);
    // The graph may have grown, the list of adjoints not: nodes made here have none.
    adjoints[operand_id(i)] = sum.id();
}

constexpr symbol pushforward::bilinear() const {
    symbol sum;
    for (int i = 0; i < 2; ++i) {
        if (!tangent(i).valid()) continue;
        int const ids[] = {i == 0 ? tangent(0).id() : operand_id(0),
                           i == 1 ? tangent(1).id() : operand_id(1)};
        symbol const term = builder.copy(node, {ids, 2});
        sum = sum.valid() ? derivative_add(sum, term) : term;
    }
    return sum;
}

namespace detail {

template <class Op, int I, class Context>
constexpr auto partial(Context const& c) {
    if constexpr (Op::arity == 1)
        return Op::template partial<I>(c.operand(0), c.result());
    else if constexpr (Op::arity == 2)
        return Op::template partial<I>(c.operand(0), c.operand(1), c.result());
    else
        return Op::template partial<I>(c.operand(0), c.operand(1), c.operand(2), c.result());
}

template <class Op, int I, class Context>
inline constexpr bool is_zero =
    std::is_same_v<decltype(partial<Op, I>(std::declval<Context const&>())), zero>;

template <class Op, int I>
constexpr void pull(pullback& p) {
    if constexpr (!is_zero<Op, I, pullback>)
        if (p.wants(I)) p.add(I, scale(p.cotangent, partial<Op, I>(p)));
}

template <class Op, int I>
constexpr void push(pushforward const& p, symbol& sum) {
    if constexpr (!is_zero<Op, I, pushforward>) {
        symbol const t = p.tangent(I);
        if (!t.valid()) return;
        symbol const term = scale(t, partial<Op, I>(p));
        sum = sum.valid() ? derivative_add(sum, term) : term;
    }
}

template <class Op>
constexpr void pull_all(pullback& p) {
    pull<Op, 0>(p);
    if constexpr (Op::arity > 1) pull<Op, 1>(p);
    if constexpr (Op::arity > 2) pull<Op, 2>(p);
}

template <class Op>
constexpr symbol push_all(pushforward& p) {
    symbol sum;
    push<Op, 0>(p, sum);
    if constexpr (Op::arity > 1) push<Op, 1>(p, sum);
    if constexpr (Op::arity > 2) push<Op, 2>(p, sum);
    return sum;
}

}  // namespace detail
}  // namespace ir
}  // namespace weft

#endif
