// SPDX-License-Identifier: BSL-1.0
// The exponential of matrices, by scaling, a Pade approximation and squaring. Its derivative is a
// corner of the exponential of a matrix twice as large, so that it has derivatives in turn.
#pragma once

#include <cmath>
#include <iterator>

#include <weft/linalg/kernels.hpp>
#include <weft/linalg/matrix.hpp>
#include <weft/ops/custom.hpp>

namespace weft::linalg {

namespace kernels {

/// Coefficients of the diagonal Pade approximations of e^x, and the largest norm at which each is
/// exact to the digits of the type: N. J. Higham, "The scaling and squaring method for the matrix
/// exponential revisited" (2005).
struct pade {
    int degree;
    double norm;
    double c[14];
};
inline constexpr pade double_pades[] = {
    {3, 1.495585217958292e-2, {120, 60, 12, 1}},
    {5, 2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {9,
     2.097847961257068,
     {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}},
    {13,
     5.371920351148152,
     {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
      10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}}};
inline constexpr pade float_pades[] = {
    {3, 4.258730016922831e-1, {120, 60, 12, 1}},
    {5, 1.880152677804762, {30240, 15120, 3360, 420, 30, 1}},
    {7, 3.925724783138660, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}}};

/// e^A of an n x n matrix.
template <class T>
void expm(T const* a, T* to, std::int64_t n) {
    mapped_const<T> const from(a, n, n);
    mapped<T> result(to, n, n);
    if (n == 0) return;
    double const norm = static_cast<double>(from.cwiseAbs().colwise().sum().maxCoeff());
    if (!from.allFinite()) return fill_nan(to, n * n);
    bool const single = sizeof(T) == 4;
    pade const *p = single ? float_pades : double_pades,
               *last = single ? std::end(float_pades) - 1 : std::end(double_pades) - 1;
    while (p != last && norm > p->norm) ++p;
    int const squarings = norm > p->norm ? std::ilogb(norm / p->norm) + 1 : 0;
    matrix<T> const x = from * static_cast<T>(std::ldexp(1., -squarings));
    // Even and odd terms: e^x is (even + odd) / (even - odd).
    matrix<T> const square = x * x;
    matrix<T> power = matrix<T>::Identity(n, n);
    matrix<T> even = power * static_cast<T>(p->c[0]), odd = power * static_cast<T>(p->c[1]);
    for (int i = 2; i <= p->degree; i += 2) {
        power = power * square;
        even += power * static_cast<T>(p->c[i]), odd += power * static_cast<T>(p->c[i + 1]);
    }
    odd = x * odd;
    result = (even - odd).partialPivLu().solve(even + odd);
    for (int i = 0; i < squarings; ++i) result = result * result;
}

}  // namespace kernels

namespace ops {

struct expm : detail::of_one_matrix<expm> {
    static constexpr std::string_view name = "linalg.expm";

    static constexpr symbol apply(symbol a) {
        extent const n = a.size(a.rank() - 1), tail[] = {n, n};
        return detail::apply(ir::op<expm>, {&a, 1}, a.rank() - 2, {tail, 2});
    }
    /// The derivative along a direction d: the corner of exp of (a d; 0 a). It is linear in d,
    /// whose size shall not add to that of a.
    static constexpr symbol along(symbol a, symbol d) {
        symbol const largest = stop_gradient(max(abs(d), axis<-2, -1>, keep)),
                     by = where(largest == 0, 1, largest);
        symbol const above = concatenate(-1, a, d / by),
                     zero = a.builder()->constant(a.type(), a.node().shape, 0);
        symbol const whole = apply(concatenate(-2, above, concatenate(-1, zero, a)));
        extent const n = a.size(a.rank() - 1), twice = whole.size(a.rank() - 1);
        return slice(slice(whole, -2, 0, n), -1, n, twice) * by;
    }
    static constexpr void vjp(ir::pullback& p) {
        p.add(0, along(detail::turned(p.operand(0)), p.cotangent));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        symbol const da = p.tangent(0);
        return da.valid() ? along(p.operand(0), da) : symbol{};
    }
    static constexpr extent flops(ir::sizing const& s) {
        return detail::share(s, s.shape(), s.shape().back(), 20, 1);
    }
    template <class T>
    static void one(T const* a, T* to, std::int64_t, std::int64_t n) {
        kernels::expm(a, to, n);
    }
};

}  // namespace ops

/// e^a = 1 + a + a^2 / 2 + ... of square matrices; leading axes are batches. NaN where an element
/// is not finite.
template <Symbolic A>
constexpr symbol expm(A const& x) {
    symbol const a = detail::matrices("linalg::expm", x.traced(), true);
    return a.valid() ? ops::expm::apply(a) : a;
}

}  // namespace weft::linalg

namespace weft::ir {
template <>
struct struct_of<hash("linalg.expm")> {
    using type = linalg::ops::expm;
};
}  // namespace weft::ir
