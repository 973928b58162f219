// SPDX-License-Identifier: BSL-1.0
// Complex numbers: their parts, conjugate and absolute value. Derivatives follow JAX: cotangents are
// transposed, never conjugated, so that the gradient of a real f is df/dx - i df/dy.
// arithmetic.hpp includes this file where its turn comes: so the guard starts behind the include.
#include <weft/ops/arithmetic.hpp>
#ifndef WEFT_OPS_COMPLEX_HPP
#define WEFT_OPS_COMPLEX_HPP

namespace weft {
namespace ops {

struct real : elementwise<1, ir::typing::real> {
    static constexpr std::string_view name = "real", cuda = "$0.x", c99 = "creal($0)";
    template <class V>
    static auto eval(V z) {
        return z.re;
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol simplify(ir::rewrite& r);
    static double reference(double const* z) { return z[0]; }
};

struct imag : elementwise<1, ir::typing::real> {
    static constexpr std::string_view name = "imag", cuda = "$0.y", c99 = "cimag($0)";
    template <class V>
    static auto eval(V z) {
        return z.im;
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol simplify(ir::rewrite& r);
    static double reference(double const*) { return 0; }
};

struct conj : elementwise<1> {
    static constexpr std::string_view name = "conj", c99 = "conj($0)";
    template <class V>
    static V eval(V z) {
        return {z.re, -z.im};
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static constexpr symbol simplify(ir::rewrite& r);
    static double reference(double const* z) { return z[0]; }
};

struct make_complex : elementwise<2, ir::typing::complex> {
    static constexpr std::string_view name = "make_complex", c99 = "CMPLX($0, $1)";
    template <class V>
    static auto eval(V re, V im) {
        return complex_of(re, im);
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) { return p.linear(); }
    static double reference(double const* x) { return x[0]; }
};

/// The absolute value of a complex number.
struct magnitude : elementwise<1, ir::typing::real> {
    static constexpr std::string_view name = "magnitude", c99 = "cabs($0)";
    static constexpr int cost = 12;
    template <class V>
    static auto eval(V z) {
        return modulus(z);
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p);
    static double reference(double const* z) { return z[0] < 0 ? -z[0] : z[0]; }
};

}  // namespace ops

/// The real part; of a real value, the value.
template <Symbolic A>
constexpr symbol real(A const& a) {
    symbol const z = a.traced();
    return z.valid() && is_complex(z.type()) ? ir::elementwise<ops::real>(z) : z;
}
/// The imaginary part; of a real value, zero.
template <Symbolic A>
constexpr symbol imag(A const& a) {
    symbol const z = a.traced();
    if (!z.valid()) return z;
    return is_complex(z.type()) ? ir::elementwise<ops::imag>(z)
                                : z.builder()->constant(z.type(), z.node().shape, 0);
}
/// The complex conjugate; of a real value, the value.
template <Symbolic A>
constexpr symbol conj(A const& a) {
    symbol const z = a.traced();
    return z.valid() && is_complex(z.type()) ? ir::elementwise<ops::conj>(z) : z;
}
/// The complex number of these two parts, which are real; complex128 if one is float64.
template <class A, class B>
    requires Operands<A, B>
constexpr auto make_complex(A const& re, B const& im) {
    return ir::elementwise<ops::make_complex>(re, im);
}

constexpr symbol derivative_real(symbol a) { return real(a); }

namespace ir {

constexpr symbol complex_constant(builder& b, dtype type, int shape, double re, double im) {
    dtype const half = real_type(type);
    int const parts[] = {b.constant(half, shape, re).id(), b.constant(half, shape, im).id()};
    return b.add(op<ops::make_complex>, type, shape, {parts, 2});
}

}  // namespace ir

namespace ops {

constexpr void real::vjp(ir::pullback& p) { p.add(0, weft::make_complex(p.cotangent, 0)); }
constexpr void imag::vjp(ir::pullback& p) { p.add(0, weft::make_complex(0, -p.cotangent)); }
constexpr void conj::vjp(ir::pullback& p) { p.add(0, weft::conj(p.cotangent)); }
constexpr void make_complex::vjp(ir::pullback& p) {
    if (p.wants(0)) p.add(0, weft::real(p.cotangent));
    if (p.wants(1)) p.add(1, -weft::imag(p.cotangent));
}

/// conj(z) / |z|, and 0 at 0.
constexpr symbol direction(symbol z, symbol size) {
    symbol const by = weft::where(size == 0, 1, size);
    return weft::make_complex(weft::real(z) / by, -(weft::imag(z) / by));
}
constexpr void magnitude::vjp(ir::pullback& p) {
    p.add(0, p.cotangent * direction(p.operand(0), p.result()));
}
constexpr symbol magnitude::jvp(ir::pushforward& p) {
    return weft::real(p.tangent(0) * direction(p.operand(0), p.result()));
}

constexpr symbol real::simplify(ir::rewrite& r) {
    auto const& g = r.builder.view();
    if (ir::is<make_complex>(r.op_of(0))) return {&r.builder, g.operand(r.operands[0], 0)};
    if (ir::is<conj>(r.op_of(0))) return weft::real(symbol(&r.builder, g.operand(r.operands[0], 0)));
    return {};
}
constexpr symbol imag::simplify(ir::rewrite& r) {
    auto const& g = r.builder.view();
    if (ir::is<make_complex>(r.op_of(0))) return {&r.builder, g.operand(r.operands[0], 1)};
    if (ir::is<conj>(r.op_of(0))) return -weft::imag(symbol(&r.builder, g.operand(r.operands[0], 0)));
    return {};
}
constexpr symbol conj::simplify(ir::rewrite& r) {
    if (ir::is<conj>(r.op_of(0)))
        return {&r.builder, r.builder.view().operand(r.operands[0], 0)};
    return {};
}

}  // namespace ops

WEFT_EAGER(real)
WEFT_EAGER(imag)
WEFT_EAGER(conj)
WEFT_EAGER(make_complex)

namespace ir {
template <> struct struct_of<hash("real")> { using type = ops::real; };
template <> struct struct_of<hash("imag")> { using type = ops::imag; };
template <> struct struct_of<hash("conj")> { using type = ops::conj; };
template <> struct struct_of<hash("make_complex")> { using type = ops::make_complex; };
template <> struct struct_of<hash("magnitude")> { using type = ops::magnitude; };
}  // namespace ir
}  // namespace weft

#endif
