// SPDX-License-Identifier: BSL-1.0
// Calls beside NumPy's words for them, for numpy_check.py.
#include <cstdio>

#include <weft/ops/ops.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/create.hpp>
#include <weft/tensor/several.hpp>
#include <weft/tensor/unique.hpp>

using weft::axis;
using weft::dyn;
using weft::every;
using weft::newaxis;
using weft::number;
using weft::seq;
using weft::shape;
using weft::tensor;

namespace {

template <class T>
constexpr char const* name_of = std::is_same_v<T, bool>     ? "bool"
                                : std::is_same_v<T, float>  ? "float32"
                                : std::is_same_v<T, double> ? "float64"
                                                            : "int64";

template <class T, std::int64_t... E>
void print(char const* what, tensor<T, E...> const& t) {
    std::printf("%s\t%s\t", what, name_of<T>);
    for (std::int64_t n : t.shape()) std::printf("%lld ", static_cast<long long>(n));
    std::printf("\t");
    for (auto const& x : t) std::printf("%a ", static_cast<double>(x));
    std::printf("\n");
}
template <class E>
void same(char const* numpy, E const& e) {
    std::printf("=");
    print(numpy, tensor(e));
}

}  // namespace

int main() {
    tensor<float, dyn, dyn> a(3, 4), b(3, 4);
    tensor<float, dyn, dyn, dyn> c(2, 3, 4);
    tensor<double, dyn> v(4);
    tensor<int, dyn> n(6);
    unsigned state = 1;
    auto const fill = [&](auto& t) {
        using T = typename std::remove_reference_t<decltype(t)>::value_type;
        for (auto& x : t) {
            state = state * 1664525 + 1013904223;
            x = static_cast<T>((state >> 24) / 16. - 8);
        }
    };
    fill(a), fill(b), fill(c), fill(v), fill(n);
    print("a", a), print("b", b), print("c", c), print("v", v), print("n", n);
    int const k = 2;

    same("a * b + v", a * b + v);
    same("a[:, ::-1] - b[1]", a(every, every.by(-1)) - b.row(1));
    same("np.where(a > b, a, 0)", where(a > b, a, 0));
    same("np.clip(a, -2, 3)", clamp(a, -2, 3));
    same("a % 3", remainder(a, 3));
    same("a // 3", floor_divide(a, 3));
    same("np.fmod(a, 3)", fmod(a, 3));
    same("np.round(a)", round(a));
    same("np.sign(n) * abs(n) ** 3", sign(n) * power(abs(n), 3));
    same("np.hypot(a, b)", hypot(a, b));
    same("np.arctan2(a, b)", atan2(a, b));
    same("np.expm1(a / 8) + np.log1p(abs(b))", expm1(a / 8) + log1p(abs(b)));
    same("np.logaddexp(a, b)", logaddexp(a, b));
    same("a.sum(1)", sum(a, axis<1>));
    same("c.mean((0, 2), keepdims=True)", mean(c, axis<0, 2>, weft::keep));
    same("c.var(0, ddof=1)", variance(c, axis<0>, number<weft::ddof{1}>));
    same("a.std()", standard_deviation(a));
    same("np.ptp(a, 0)", peak_to_peak(a, axis<0>));
    same("np.linalg.norm(a, axis=1)", norm(a, axis<1>));
    same("a.argmax(1)", argmax(a, axis<1>));
    same("np.cumsum(c, 1)", cumsum(c, axis<1>));
    same("np.cumprod(a, 1)", cumprod(a, axis<1>));
    same("np.maximum.accumulate(a, 0)", cummax(a, axis<0>));
    same("np.sort(c, 1)", sort(c, axis<1>));
    same("np.argsort(v)", argsort(v));
    same("np.searchsorted(np.sort(v), a.astype(float))",
         searchsorted(sort(v), weft::cast<double>(a)));
    same("np.unique(n)", weft::unique(n));
    same("np.roll(c, k := 2, 2)", roll(c, k, axis<2>));
    same("np.roll(a, -5)", roll(a, -5));
    same("np.tile(a, (2, 1, 2))", tile(a, {2, 1, k}));
    same("np.repeat(a, 3, 0)", repeat_elements(a, k + 1, axis<0>));
    same("np.flip(c, (0, 2))", flip(c, axis<0, 2>));
    same("np.pad(a, ((1, 2), (0, 3)))", pad(a, {{1, k}, {0, 3}}));
    same("np.pad(a, ((1, 2), (0, 3)), 'reflect')",
         pad(a, {{1, k}, {0, 3}}, number<weft::pad_mode::reflect>));
    same("np.concatenate([a, b[:2]], 0)", concatenate(axis<0>, a, b.rows(0, 2)));
    same("np.stack([a, b], 1)", stack(axis<1>, a, b));
    same("np.moveaxis(c, 0, 2)", moveaxis(c, axis<0>, axis<2>));
    same("c.transpose(2, 0, 1).reshape(4, -1)", reshape(transpose(c, axis<2, 0, 1>), shape<4, -1>));
    same("c.reshape(4, 6)", reshape(c, {2 * k, 6}));
    same("np.broadcast_to(v, (2, 4))", broadcast_to(v, {k, 4}));
    same("np.triu(a, 1) + np.tril(b)", triu(a, 1) + tril(b));
    same("np.trace(a) + np.diag(np.diag(a))[0, 0]", trace(a) + a(0, 0));
    same("a @ b.T", matmul(a, transpose(b)));
    same("c @ b.T", matmul(c, transpose(b)));
    same("np.dot(c, b.T)", dot(c, transpose(b)));
    same("np.inner(c, b)", inner(c, b));
    same("np.tensordot(c, b, ([1, 2], [0, 1]))", tensordot(c, b, axis<1, 2>, axis<0, 1>));
    same("np.cross(a[:, :3], b[:, 1:])", cross(a(every, seq(0, 3)), b(every, weft::from(1))));
    same("np.outer(v, v)", outer(v, v));
    same("np.kron(a, b)", kron(a, b));
    same("np.einsum('bij,kj->bki', c, b)", weft::einsum<"bij,kj->bki">(c, b));
    same("np.take(a, [2, 0, 2], 0)", take(a, tensor<int, 3>{2, 0, 2}));
    same("np.take_along_axis(a, np.argsort(a, 1), 1)",
         take_along_axis(a, argsort(a, axis<1>), axis<1>));
    same("np.eye(4)[n % 4]", one_hot(remainder(n, 4), 2 * k));
    same("-np.sort(-a, 1)[:, :2]", std::get<0>(top_k(a, k, axis<1>)) + 0);
    same("np.meshgrid(v, n, indexing='ij')[1]", std::get<1>(meshgrid(v, n)) + 0);
    same("np.split(c, 2, 2)[1]", std::get<1>(weft::split<2>(c, axis<2>)) + 0);
    same("a[:, None, :] + b[None, :, :]", a(every, newaxis, every) + b(newaxis, every, every));
    same("a[1:2] + b[:, 3:]", a.rows(1, 2) + b(every, weft::from(3)));
    same("n >> 1 ^ (n & 3)", (n >> 1) ^ (n & 3));
    same("~(a > 0) | (b > 1)", ~(a > 0) | (b > 1));
    same("np.arange(2, 9, 3) * 1.0", weft::arange(2, 9, 3) * 1.0);
    same("np.linspace(0, 1, 5)", weft::linspace(0, 1, 2 * k + 1) + 0);
}
