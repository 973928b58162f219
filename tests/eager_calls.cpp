// SPDX-License-Identifier: BSL-1.0
// Eager calls beside expressions of one result with options as types: numbers that are known only
// at run time, functions of several results, windows, updates at indices; NumPy's values. Last, what
// users of other libraries ran into.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "raised.hpp"

#include <weft/ops/ops.hpp>
#include <weft/program/call.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/create.hpp>
#include <weft/tensor/several.hpp>

using weft::axis;
using weft::dyn;
using weft::number;
using weft::shape;
using weft::tensor;
using weft::window;
using weft::window_sizes;

namespace {

using listed = std::vector<double>;

/// The elements of an expression, and its extents in front.
template <class E>
listed of(E const& e) {
    tensor const t = e;
    listed out;
    for (std::int64_t n : t.shape()) out.push_back(static_cast<double>(n));
    for (auto const& x : t) out.push_back(static_cast<double>(x));
    return out;
}

tensor<float, dyn, dyn> const mat{{0, 1, 2}, {3, 4, 5}};
tensor<float, dyn> const vec{3, 1, 2};
tensor<std::int32_t, dyn> const places{1, 0};

/// The same calls on a tensor of a model, where they are nodes at once.
struct layer {
    tensor<float, 2, 3> weight;
    constexpr auto operator()(auto const& x) const {
        return x * sum(pad(weight, {{1, 1}, {0, 2}}, 2.5)) + sum(tile(weight, {x.size(0), 1})) +
               reshape(roll(weight, 1, axis<1>), {-1, 2}) +
               repeat_elements(broadcast_to(sum(weight, axis<1>), {3, 2}), 1, axis<0>);
    }
};

}  // namespace

TEST_CASE("eager: numbers that are known at run time") {
    int n = 2;
    CHECK(of(repeat_elements(vec, n, axis<0>)) == listed{6, 3, 3, 1, 1, 2, 2});
    CHECK(of(repeat_elements(mat + 1, 0, axis<1>)) == listed{2, 0});
    CHECK(of(roll(mat, n, axis<1>)) == listed{2, 3, 1, 2, 0, 4, 5, 3});
    CHECK(of(roll(mat, -n - 6, axis<1>)) == listed{2, 3, 2, 0, 1, 5, 3, 4});
    CHECK(of(roll(mat, n)) == listed{2, 3, 4, 5, 0, 1, 2, 3});
    CHECK(of(roll(tensor<float, 3>{1, 2, 3}, -n)) == listed{3, 3, 1, 2});
    CHECK(of(tile(vec, {2, n})) == listed{2, 6, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2});
    CHECK(of(reshape(mat * 1, {3, n})) == listed{3, 2, 0, 1, 2, 3, 4, 5});
    CHECK(of(broadcast_to(vec, {n, 3})) == listed{2, 3, 3, 1, 2, 3, 1, 2});
    CHECK(of(pad(vec, {{1, n}})) == listed{6, 0, 3, 1, 2, 0, 0});
    CHECK(of(pad(vec, {{0, n}}, number<weft::pad_mode::reflect>)) == listed{5, 3, 1, 2, 1, 3});
    CHECK(of(one_hot(places, n)) == listed{2, 2, 0, 1, 1, 0});
    CHECK(of(scatter_add(places, mat, n + 1)) == listed{3, 3, 3, 4, 5, 0, 1, 2, 0, 0, 0});

    layer its;
    its.weight = tensor<float, 2, 3>{{0, 1, 2}, {3, 4, 5}};
    tensor<float, 3, 2> x;
    x.fill(2);
    // 2 * (15 + 14 * 2.5), 3 * 15; then weights moved on, and sums of rows.
    CHECK(of(weft::call(its, x) - 145) == listed{3, 2, 5, 12, 4, 17, 6, 16});

    CHECK(sentence([&] { of(tile(vec, {-n})); }) == "tile: a negative number, -2");
    CHECK(has(sentence([&] { of(reshape(mat, {4, n})); }), "the extent 6"));
    CHECK(sentence([&] { of(pad(vec, {{0, n + 5}}, number<weft::pad_mode::reflect>)); }) != "");
    CHECK(sentence([&] { of(broadcast_to(vec, {n, 4})); }) != "");
}

TEST_CASE("eager: several results") {
    int n = 2;
    auto const [values, at] = top_k(mat, n, axis<1>);
    CHECK(of(values + 0) == listed{2, 2, 2, 1, 5, 4});
    CHECK(of(at + 0) == listed{2, 2, 2, 1, 2, 1});
    auto const [most, which] = top_k(mat - 1, number<1>, axis<0>);
    static_assert(decltype(most)::extents[0] == 1);
    CHECK(of(which + 0) == listed{1, 3, 1, 1, 1});
    CHECK(has(sentence([&] { top_k(vec, 4); }), "3"));
    CHECK(sentence([&] { top_k(vec, -n); }) == "top_k: a negative number of elements");

    auto const [q, k, r] = split<3>(mat * 2, axis<1>);
    CHECK(of(k + 0) == listed{2, 1, 2, 8});
    auto const [a, b] = split(mat, shape<1>, axis<1>);
    CHECK(of(b + 0) == listed{2, 2, 1, 2, 4, 5});
    auto const [x, y] = meshgrid(vec, tensor<std::int32_t, 2>{7, 8});
    CHECK(of(y - x) == listed{3, 2, 4, 5, 6, 7, 5, 6});
}

TEST_CASE("eager: windows") {
    tensor<float, dyn, dyn, dyn> image(4, 4, 1);
    image.flat() = weft::arange(16);
    tensor<float, 2, 2, 1, 1> w;
    w.fill(1);
    constexpr window by_two{.stride = 2};
    CHECK(of(conv(image, w)) == listed{3, 3, 1, 10, 14, 18, 26, 30, 34, 42, 46, 50});
    CHECK(of(conv<by_two>(image, w)) == listed{2, 2, 1, 10, 18, 42, 50});
    CHECK(of(conv_transpose<by_two>(conv<by_two>(image, w), w)) ==
          listed{4,  4,  1,  10, 10, 18, 18, 10, 10, 18, 18, 42, 42, 50, 50, 42, 42, 50, 50});
    CHECK(of(max_pool<window_sizes{2, 2}>(image)) == listed{2, 2, 1, 5, 7, 13, 15});
    CHECK(of(avg_pool<window_sizes{2, 1}, by_two>(image)) == listed{2, 2, 1, 2, 4, 10, 12});
    CHECK(of(window_sum<2>(mat, axis<1>)) == listed{2, 2, 1, 3, 7, 9});
    CHECK(of(window_max<2>(mat, axis<1>)) == listed{2, 2, 1, 2, 4, 5});
    auto const largest = [](auto a, auto b) { return maximum(a, b); };
    CHECK(of(reduce_window<2>(mat, largest, number<-100>, axis<1>)) ==
          listed{2, 2, 1, 2, 4, 5});
    CHECK(of(global_avg_pool(reshape(mat, shape<1, 2, 3, 1>))) == listed{1, 1, 2.5});
    CHECK(of(global_max_pool(reshape(mat, shape<1, 1, 2, 3>), number<weft::channels_first>)) ==
          listed{1, 1, 5});
}

TEST_CASE("eager: products, updates, slices one by one") {
    CHECK(of(dot(vec, vec)) == listed{14});
    CHECK(of(dot(mat, vec)) == listed{2, 5, 23});
    CHECK(of(inner(mat, mat)) == listed{2, 2, 5, 14, 14, 50});
    CHECK(of(tensordot(mat, mat, axis<0, 1>, axis<0, 1>)) == listed{55});
    CHECK(of(cross(vec, vec + tensor<float, 3>{1, 0, 0})) == listed{3, 0, 2, -1});
    tensor<std::int32_t, dyn> const i{0, 2, 0};
    CHECK(of(at(vec, i).add(tensor<float, dyn>{10, 20, 30})) == listed{3, 43, 1, 22});
    CHECK(of(at(vec, i).set(5)) == listed{3, 5, 1, 5});
    CHECK(of(at(mat, i.row(0), i).get()) == listed{3, 0, 2, 0});
    CHECK(of(at(vec, i).max(2.5f) + 1) == listed{3, 4, 2, 3.5});
    CHECK(of(stop_gradient(vec)) == listed{3, 3, 1, 2});
    CHECK(of(map([](auto row) { return sum(row); }, mat)) == listed{2, 3, 12});
}

TEST_CASE("eager: large static tensors, many axes, many operands, other shapes in turn") {
    tensor<float, 1500, 1500> large;  // 9 MB, not on the stack
    large = large + 1;
    large += large * 2;
    CHECK(tensor(sum(large)).item() == 3.f * 1500 * 1500);

    tensor<float, 2, 1, 3, 1, 2, 2> six;
    six.fill(2);
    tensor<float, 2, 1, 1, 1, 1> const factors{{{{{1}}}}, {{{{3}}}}};
    tensor<float, 2, 2, 3, 1, 2, 2> const spread = six * factors;
    CHECK(spread(1, 1, 2, 0, 1, 1) == 6);

    CHECK(of(weft::einsum<"i,j,k->ijk">(vec, vec, vec)).size() == 3 + 27);
    CHECK(of(concatenate(axis<0>, vec, vec, vec, vec, vec, vec, vec, vec, vec, vec)).size() == 31);

    for (int n : {3, 5, 1, 4}) {
        tensor<float, dyn, dyn> x(n, 2 * n);
        x.fill(1);
        CHECK(tensor(sum(x)).item() == static_cast<float>(2 * n * n));
        CHECK(of(sum(x, axis<0>)).size() == static_cast<std::size_t>(2 * n + 1));
    }

    tensor<float, dyn> a = vec;
    a = a - 2 * a;
    CHECK(of(a + 0) == listed{3, -3, -1, -2});
    // Sums are not reordered.
    tensor<float, 1> const big{1e8f}, one{1};
    CHECK(tensor(big + one - big + one)[0] == 1e8f + 1.f - 1e8f + 1.f);
}
