// SPDX-License-Identifier: BSL-1.0
// Activation functions: compositions of operations that neither overflow nor lose their gradient,
// at large values of either sign and at the points where their pieces meet.
#pragma once

#include <weft/ops/exponential.hpp>
#include <weft/ops/layout.hpp>
#include <weft/ops/special.hpp>

namespace weft {

namespace ops {

/// x sigmoid(2u) for u = x (a + b x^2), which is x (1 + tanh(u)) / 2 but does not cancel.
struct gelu_tanh : elementwise<1, ir::typing::floating> {
    static constexpr std::string_view
        name = "gelu_tanh",
        cuda = "$0 / (1 + exp($0 * (-1.5957691216057308 - 0.07135481627260025 * ($0 * $0))))",
        c99 = cuda;
    static constexpr auto refuses = ir::refusal::complex;
    static constexpr int cost = 24;
    template <class V>
    static V eval(V x) {
        if constexpr (scalar::Number<V>) {
            V const factor = V(-1.5957691216057308) - V(0.07135481627260025) * (x * x);
            return x / (1 + scalar::exp(x * factor));
        } else {  // to base 2
            using T = typename V::value_type;
            V const factor = fma(x * x, V(T(-0.10294323958002349)), V(T(-2.302208198144325)));
            return x / (V(T(1)) + math::exp2(x * factor));
        }
    }
    template <int, class V>
    static constexpr V partial(V x, V) {
        // Beyond 30 the sigmoid is 0 or 1 in every precision, and the cube need not be known.
        V const z = weft::clamp(x, -30, 30), square = z * z;
        V const twice_u = z * (1.5957691216057308 + 0.07135481627260025 * square);
        V const change = z * (1.5957691216057308 + 0.21406444881780075 * square);
        V const y = ir::elementwise<sigmoid>(twice_u);
        if constexpr (ActiveNumber<V>) return y * (1 + ir::elementwise<sigmoid>(-twice_u) * change);
        return y * (1 + (1 - y) * change);
    }
};

}  // namespace ops

/// x between 0 and 6.
template <Value A>
constexpr auto relu6(A const& x) {
    return minimum(maximum(x, 0), 6);
}
/// x, and `slope` times x where it is negative; the slope may be a value too (prelu).
template <Value A, Operand S = double>
constexpr auto leaky_relu(A const& x, S const& slope = 0.01) {
    return where(x > 0, x, slope * x);
}
/// x, and alpha (exp(x) - 1) where that is negative.
template <Value A, Operand S = double>
constexpr auto elu(A const& x, S const& alpha = 1) {
    // Of 0 where it is not chosen, so that neither it nor its derivative overflows there.
    auto const positive = x > 0;
    return where(positive, x, alpha * expm1(where(positive, 0, x)));
}
/// elu with the two constants that keep mean and variance of normal values.
template <Value A>
constexpr auto selu(A const& x) {
    return 1.0507009873554805 * elu(x, 1.6732632423543772);
}
/// x, and alpha (exp(x / alpha) - 1) where that is negative: an elu whose slope is continuous.
template <Value A, Operand S = double>
constexpr auto celu(A const& x, S const& alpha = 1) {
    auto const positive = x > 0;
    return where(positive, x, alpha * expm1(where(positive, 0, x) / alpha));
}
/// x times the probability that a normal value is below x.
template <Value A>
constexpr auto gelu(A const& x) {
    return 0.5 * x * (1 + erf(0.7071067811865476 * x));
}
/// gelu by its approximation through tanh, as GPT-2 has it: off by up to 5e-4.
template <Value A>
WEFT_INLINE constexpr auto gelu_tanh(A const& x) {
    return ir::elementwise<ops::gelu_tanh>(x);
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

namespace ir {
template <>
struct struct_of<hash("gelu_tanh")> {
    using type = ops::gelu_tanh;
};
}  // namespace ir
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
