// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <weft/autodiff/vmap.hpp>
#include <weft/nn/attention.hpp>
#include <weft/ops/map.hpp>

namespace nn = weft::nn;
using testing::uniform;
using weft::tensor;

namespace {

constexpr auto one = [](auto row, auto w) { return tanh(matmul(row, w)) * sum(row); };
constexpr auto mapped = [](auto x, auto w) {
    return weft::map([w](auto row) { return one(row, w); }, x);
};
constexpr auto batched = [](auto x, auto w) { return tanh(matmul(x, w)) * sum(x, weft::axis<1>, weft::keep); };

}  // namespace

TEST_CASE("map: the value and the derivatives of the function of each slice") {
    auto const x = uniform<tensor<double, 5, 3>>(1);
    auto const w = uniform<tensor<double, 3, 4>>(2);
    auto const y = weft::call(mapped, x, w), expected = weft::call(batched, x, w);
    for (std::int64_t i = 0; i < y.size(); ++i)
        CHECK(y.data()[i] == doctest::Approx(expected.data()[i]));
    auto const f = [](auto a, auto b) { return sum(square(mapped(a, b))); };
    auto const g = [](auto a, auto b) { return sum(square(batched(a, b))); };
    auto const [dx, dw] = weft::grad(f, weft::wrt<0, 1>)(x, w);
    auto const [ex, ew] = weft::grad(g, weft::wrt<0, 1>)(x, w);
    for (std::int64_t i = 0; i < dx.size(); ++i)
        CHECK(dx.data()[i] == doctest::Approx(ex.data()[i]));
    for (std::int64_t i = 0; i < dw.size(); ++i)
        CHECK(dw.data()[i] == doctest::Approx(ew.data()[i]));
    auto const [z, forward] = weft::jvp(f)(x, x, w);
    auto const [u, other] = weft::jvp(g)(x, x, w);
    CHECK(z.item() == doctest::Approx(u.item()));
    CHECK(forward.item() == doctest::Approx(other.item()));
}

TEST_CASE("map: a run-time number of slices, slices beside each other, and under vmap") {
    tensor<double, weft::dyn, 2> const a{{1, 2}, {3, 4}, {5, 6}};
    tensor<double, weft::dyn> const b{10, 20, 30};
    auto const f = [](auto p, auto q) {
        return weft::map([](auto row, auto k) { return sum(row) * k; }, p, q);
    };
    auto const y = weft::call(f, a, b);
    CHECK(y[2] == 330);
    auto const each = weft::vmap([](auto p) {
        return weft::map([](auto x) { return x * x; }, p);
    })(tensor<double, 2, 3>{{1, 2, 3}, {4, 5, 6}});
    CHECK(array_equal(each, tensor<double, 2, 3>{{1, 4, 9}, {16, 25, 36}}));
    CHECK(testing::contains(testing::mistake_of(f, tensor<double, 3, 2>{}, tensor<double, 4>{}),
                            "values have as many slices as each other"));
}

TEST_CASE("attention of long sequences keeps a block of scores, with the same result") {
    using sequence = tensor<float, 2, 600, 4>;
    auto const q = uniform<sequence>(1), k = uniform<sequence>(2), v = uniform<sequence>(3);
    auto const whole = [](auto x, auto y, auto z) {
        auto& b = *x.builder();
        return nn::detail::attend(x, y, z, {}, b.constant(weft::dtype::int32, b.scalar_shape(), 0));
    };
    auto const parts = [](auto x, auto y, auto z) { return nn::attention(x, y, z, nn::causal); };
    auto const found = weft::call(parts, q, k, v), expected = weft::call(whole, q, k, v);
    for (std::int64_t i = 0; i < found.size(); ++i)
        REQUIRE(found.data()[i] == doctest::Approx(expected.data()[i]).epsilon(1e-5));
    static_assert(weft::program<decltype(parts), sequence, sequence, sequence>::workspace_bytes <
                  weft::program<decltype(whole), sequence, sequence, sequence>::workspace_bytes / 4);
    auto const f = [](auto x, auto y, auto z) { return sum(square(nn::attention(x, y, z))); };
    auto const g = [](auto x, auto y, auto z) { return sum(square(nn::detail::attend(x, y, z, {}, {}))); };
    auto const [a, b, c] = weft::grad(f, weft::wrt<0, 1, 2>)(q, k, v);
    auto const [d, e, h] = weft::grad(g, weft::wrt<0, 1, 2>)(q, k, v);
    auto const same = [](auto const& is, auto const& wanted) {
        for (std::int64_t i = 0; i < is.size(); ++i)
            REQUIRE(is.data()[i] == doctest::Approx(wanted.data()[i]).epsilon(1e-3));
    };
    same(a, d), same(b, e), same(c, h);
}
