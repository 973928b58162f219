// SPDX-License-Identifier: BSL-1.0
// The operations of the core as eager calls, with their options as types: each by the values that
// NumPy's function of that name gives.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>
#include <weft/ops/ops.hpp>
#include <weft/program/call.hpp>
#include <weft/program/eager.hpp>

using weft::axis;
using weft::dyn;
using weft::number;
using weft::shape;
using weft::tensor;

namespace {

using list = std::vector<double>;

/// The elements of an expression, and its extents in front.
template <class E>
list of(E const& e) {
    tensor const t = e;
    list out;
    for (std::int64_t n : t.shape()) out.push_back(static_cast<double>(n));
    for (auto const& x : t) out.push_back(static_cast<double>(x));
    return out;
}
bool near(list const& a, list const& b) {
    bool good = a.size() == b.size();
    for (std::size_t i = 0; good && i < a.size(); ++i) good = std::abs(a[i] - b[i]) < 1e-5;
    return good;
}

tensor<float, dyn, dyn> const m{{0, 1, 2}, {3, 4, 5}};
tensor<float, dyn> const v{3, 1, 2};
tensor<std::int32_t, dyn> const places{1, -5, 0};

}  // namespace

TEST_CASE("eager: axes and shapes") {
    CHECK(of(reshape(m, shape<3, -1>)) == list{3, 2, 0, 1, 2, 3, 4, 5});
    CHECK(of(transpose(m)) == list{3, 2, 0, 3, 1, 4, 2, 5});
    CHECK(of(transpose(m + 1, axis<1, 0>)) == list{3, 2, 1, 4, 2, 5, 3, 6});
    CHECK(of(moveaxis(m, axis<0>, axis<-1>)) == list{3, 2, 0, 3, 1, 4, 2, 5});
    CHECK(of(swapaxes(m, axis<0>, axis<1>)) == list{3, 2, 0, 3, 1, 4, 2, 5});
    CHECK(of(squeeze(expand_dims(v, axis<1>), axis<1>)) == list{3, 3, 1, 2});
    CHECK(of(broadcast_to(v, shape<2, 3>)) == list{2, 3, 3, 1, 2, 3, 1, 2});
    CHECK(of(slice(m, axis<1>, number<0>, number<-1>)) == list{2, 2, 0, 1, 3, 4});
    CHECK(of(flip(m, axis<1>)) == list{2, 3, 2, 1, 0, 5, 4, 3});
    CHECK(of(roll(m, number<1>, axis<1>)) == list{2, 3, 2, 0, 1, 5, 3, 4});
}

TEST_CASE("eager: joining and repeating") {
    CHECK(of(concatenate(axis<0>, m, m.row(0)(weft::newaxis, weft::every) * 2)) ==
          list{3, 3, 0, 1, 2, 3, 4, 5, 0, 2, 4});
    CHECK(of(stack(axis<1>, v, -v)) == list{3, 2, 3, -3, 1, -1, 2, -2});
    CHECK(of(tile(v, shape<2, 2>)) == list{2, 6, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2});
    CHECK(of(repeat_elements(v, number<2>, axis<0>)) == list{6, 3, 3, 1, 1, 2, 2});
    CHECK(of(pad(v, axis<0>, number<1>, number<2>)) == list{6, 0, 3, 1, 2, 0, 0});
    CHECK(of(pad(v, shape<1>, shape<1>, number<7>)) == list{5, 7, 3, 1, 2, 7});
    CHECK(of(pad(v, shape<2>, shape<1>, number<weft::pad_mode::reflect>)) ==
          list{6, 2, 1, 3, 1, 2, 1});
    CHECK(of(outer(v, v + 1)) == list{3, 3, 12, 6, 9, 4, 2, 3, 8, 4, 6});
    CHECK(of(kron(v.rows(0, 2), v.rows(1, 3))) == list{4, 3, 6, 1, 2});
}

TEST_CASE("eager: matrices") {
    CHECK(of(triu(m)) == list{2, 3, 0, 1, 2, 0, 4, 5});
    CHECK(of(triu(m, 1)) == list{2, 3, 0, 1, 2, 0, 0, 5});
    int k = -1;
    CHECK(of(tril(m, k)) == list{2, 3, 0, 0, 0, 3, 0, 0});
    CHECK(of(tril(m, number<0>)) == list{2, 3, 0, 0, 0, 3, 4, 0});
    CHECK(of(diag(v)) == list{3, 3, 3, 0, 0, 0, 1, 0, 0, 0, 2});
    CHECK(of(diagonal(m, number<1>)) == list{2, 1, 5});
    CHECK(of(trace(m)) == list{4});
    CHECK(of(matmul(m, v)) == list{2, 5, 23});
    CHECK(of(matmul(m, transpose(m))) == list{2, 2, 5, 14, 14, 50});
    CHECK(of(weft::einsum<"ij,kj->ik">(m, m)) == list{2, 2, 5, 14, 14, 50});
    CHECK(of(weft::einsum<"ij,j,ij->">(m, v, m)) == list{102});
}

TEST_CASE("eager: reductions and scans") {
    CHECK(of(sum(m, axis<0>)) == list{3, 3, 5, 7});
    CHECK(of(mean(m, axis<1>, weft::keep)) == list{2, 1, 1, 4});
    CHECK(near(of(standard_deviation(m)), {1.707825}));
    CHECK(near(of(variance(m, axis<1>)), {2, 2. / 3, 2. / 3}));
    CHECK(near(of(norm(v)), {std::sqrt(14.)}));
    CHECK(of(norm(v, axis<0>, number<1>)) == list{6});
    CHECK(of(max(m, axis<1>) - min(m, axis<1>)) == list{2, 2, 2});
    CHECK(of(argmax(v) + argmin(v)) == list{1});
    CHECK(of(product(m, axis<0>)) == list{3, 0, 4, 10});
    CHECK(of(any(m > 4, axis<1>)) == list{2, 0, 1});
    CHECK(of(all(m > 2, axis<1>)) == list{2, 0, 1});
    CHECK(of(count_nonzero(m)) == list{5});
    CHECK(of(cumsum(m, axis<1>)) == list{2, 3, 0, 1, 3, 3, 7, 12});
    CHECK(of(cumprod(v)) == list{3, 3, 3, 6});
    CHECK(near(of(softmax(v, axis<0>)), {3, 0.665241, 0.090031, 0.244728}));
}

TEST_CASE("eager: order and places") {
    CHECK(of(sort(v)) == list{3, 1, 2, 3});
    CHECK(of(argsort(v, axis<0>, weft::descending)) == list{3, 0, 2, 1});
    CHECK(of(searchsorted(sort(v), v)) == list{3, 2, 0, 1});
    CHECK(of(take(m, places)) == list{3, 3, 3, 4, 5, 0, 1, 2, 0, 1, 2});
    CHECK(of(take_along_axis(m, argsort(-m, axis<1>), axis<1>)) == list{2, 3, 2, 1, 0, 5, 4, 3});
    CHECK(of(scatter_add(maximum(places, 0), v, number<3>)) == list{3, 3, 3, 0});
    CHECK(of(one_hot(abs(places), number<3>)) == list{3, 3, 0, 1, 0, 0, 0, 0, 1, 0, 0});
    CHECK(of(where(m > 2, m, -1)) == list{2, 3, -1, -1, -1, 3, 4, 5});
    auto const [values, at] = weft::call([](auto x) { return top_k(x, 2); }, v);
    CHECK(of(values + 0) == list{2, 3, 2});
    CHECK(of(at + 0) == list{2, 0, 2});
}

TEST_CASE("eager: elements") {
    CHECK(of(clamp(m, 1, 4)) == list{2, 3, 1, 1, 2, 3, 4, 4});
    CHECK(near(of(elu(-v, 0.5)), {3, 0.5 * std::expm1(-3.), 0.5 * std::expm1(-1.),
                                  0.5 * std::expm1(-2.)}));
    CHECK(near(of(softplus(v, 2)), {3, std::log1p(std::exp(6.)) / 2, std::log1p(std::exp(2.)) / 2,
                                    std::log1p(std::exp(4.)) / 2}));
    CHECK(of(full_like(v, 2.5)) == list{3, 2.5, 2.5, 2.5});
    CHECK(of(weft::cast<std::int32_t>(v / 2)) == list{3, 1, 0, 1});
    CHECK(of(remainder(m, 2)) == list{2, 3, 0, 1, 0, 1, 0, 1});
    CHECK(of(floor_divide(-m, 2)) == list{2, 3, 0, -1, -1, -2, -2, -3});
    tensor<std::int32_t, dyn> const n{5, -1};
    CHECK(of(~n) == list{2, -6, 0});
    CHECK(of(~(n > 0)) == list{2, 0, 1});
    CHECK(of((n << 2) + (n >> 1)) == list{2, 22, -5});
    CHECK(of((n & 4) | (n ^ 1)) == list{2, 4, -2});
    CHECK(of(tgamma(v + 1)) == list{3, 6, 1, 2});
    CHECK(of(glu(m.slice(1, 0, 2), axis<0>)).size() == 4);
}
