// SPDX-License-Identifier: BSL-1.0
// Activation functions: compositions of operations that neither overflow nor lose their gradient,
// at large values of either sign and at the points where their pieces meet.
#pragma once

#include <weft/ops/exponential.hpp>
#include <weft/ops/layout.hpp>
#include <weft/ops/special.hpp>

namespace weft {

namespace detail {

/// x where it is not positive, else 0: what an exponential for the negative part is given, so that
/// neither it nor its derivative overflows where it is not chosen.
constexpr symbol negative_part(symbol positive, symbol x) { return where(positive, 0, x); }

}  // namespace detail

/// x between 0 and 6.
template <Value A>
constexpr auto relu6(A const& x) {
    return minimum(maximum(x, 0), 6);
}
/// x, and `slope` times x where it is negative; the slope is a number or a traced value (prelu).
template <class A, class S = double>
    requires SymbolsOrNumbers<A, S>
constexpr auto leaky_relu(A const& a, S const& slope = 0.01) {
    symbol const x = a.traced();
    return where(x > 0, x, slope * x);
}
/// x, and alpha (exp(x) - 1) where that is negative.
template <class A, class S = double>
    requires Symbolic<A> && SymbolsOrNumbers<A, S>
constexpr symbol elu(A const& a, S const& alpha = 1) {
    symbol const x = a.traced(), positive = x > 0;
    return where(positive, x, alpha * expm1(detail::negative_part(positive, x)));
}
/// elu with the two constants that keep mean and variance of normal values.
template <Symbolic A>
constexpr symbol selu(A const& x) {
    return 1.0507009873554805 * elu(x, 1.6732632423543772);
}
/// x, and alpha (exp(x / alpha) - 1) where that is negative: an elu whose slope is continuous.
template <class A, class S = double>
    requires Symbolic<A> && SymbolsOrNumbers<A, S>
constexpr symbol celu(A const& a, S const& alpha = 1) {
    symbol const x = a.traced(), positive = x > 0;
    return where(positive, x, alpha * expm1(detail::negative_part(positive, x) / alpha));
}
/// x times the probability that a normal value is below x.
template <Value A>
constexpr auto gelu(A const& x) {
    return 0.5 * x * (1 + erf(0.7071067811865476 * x));
}
/// gelu by its approximation through tanh, as GPT-2 has it: off by up to 5e-4.
template <Symbolic A>
constexpr symbol gelu_tanh(A const& a) {
    // Beyond 10 tanh is 1 in every precision, and the cube need not be known.
    symbol const x = a.traced(), z = clamp(x, -10, 10);
    return 0.5 * x * (1 + tanh(z * (0.7978845608028654 + 0.035677408136300125 * (z * z))));
}
/// x sigmoid(x), also known as swish.
template <Value A>
constexpr auto silu(A const& x) {
    return x * sigmoid(x);
}
/// log(sigmoid(x)).
template <Value A>
constexpr auto log_sigmoid(A const& x) {
    return -softplus(-x);
}
/// log(1 + exp(beta x)) / beta.
template <Value A, Operand S>
constexpr auto softplus(A const& x, S const& beta) {
    return softplus(x * beta) / beta;
}
/// x tanh(softplus(x)).
template <Value A>
constexpr auto mish(A const& x) {
    return x * tanh(softplus(x));
}
/// x / (1 + |x|).
template <Value A>
constexpr auto softsign(A const& x) {
    return x / (1 + abs(x));
}
/// x between -1 and 1.
template <Value A>
constexpr auto hard_tanh(A const& x) {
    return minimum(maximum(x, -1), 1);
}
/// A sigmoid of three straight lines: 0 up to -3, 1 from 3.
template <Value A>
constexpr auto hard_sigmoid(A const& x) {
    return relu6(x + 3) / 6;
}
/// x hard_sigmoid(x).
template <Value A>
constexpr auto hard_swish(A const& x) {
    return x * hard_sigmoid(x);
}
/// a sigmoid(b), where a and b are the halves of x along an axis (the last by default).
template <Symbolic A>
constexpr symbol glu(A const& v, int axis = -1) {
    symbol const x = v.traced();
    if (!x.valid()) return x;
    ir::builder& g = *x.builder();
    int const at = detail::checked_axis(x, axis, "glu");
    if (at < 0) return {&g, -1};
    extent const size = x.size(at), half = g.extents().floor_divide(size, extent{2});
    if (size.is_static() && size.value() % 2 != 0)
        return g.fail(ir::sentence("glu", x) << ": axis " << axis << " has no halves");
    return slice(x, at, extent{0}, half) * sigmoid(slice(x, at, half, size));
}

WEFT_EAGER(relu6)
WEFT_EAGER(leaky_relu)
WEFT_EAGER(elu)
WEFT_EAGER(selu)
WEFT_EAGER(celu)
WEFT_EAGER(gelu)
WEFT_EAGER(gelu_tanh)
WEFT_EAGER(silu)
WEFT_EAGER(log_sigmoid)
WEFT_EAGER(softplus)
WEFT_EAGER(mish)
WEFT_EAGER(softsign)
WEFT_EAGER(hard_tanh)
WEFT_EAGER(hard_sigmoid)
WEFT_EAGER(hard_swish)
WEFT_EAGER(glu)

}  // namespace weft
