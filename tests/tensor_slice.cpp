// SPDX-License-Identifier: BSL-1.0
// Views of parts and of other shapes: each against the elements that it should name.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>
#include <weft/core/error.hpp>
#include <weft/ops/layout.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/tensor.hpp>

using weft::dims;
using weft::dyn;
using weft::ellipsis;
using weft::every;
using weft::from;
using weft::newaxis;
using weft::seq;
using weft::tensor;
using weft::view;

namespace {

using numbers = std::vector<int>;

template <class V>
numbers of(V const& v) {
    numbers out;
    for (int x : v) out.push_back(x);
    return out;
}
template <class... A>
bool same_type(A const&...);

/// 0, 1, 2, ...
template <std::int64_t... E, class... N>
tensor<int, E...> counted(N... extents) {
    auto t = tensor<int, E...>::uninitialized(extents...);
    int next = 0;
    for (int& x : t) x = next++;
    return t;
}

}  // namespace

TEST_CASE("slice: ranges as NumPy has them") {
    auto a = counted<dyn>(10);
    CHECK(of(a(seq(2, 5))) == numbers{2, 3, 4});
    CHECK(of(a(seq(2, 9, 3))) == numbers{2, 5, 8});
    CHECK(of(a(seq(-3, -1))) == numbers{7, 8});
    CHECK(of(a(from(8))) == numbers{8, 9});
    CHECK(of(a(from(-2))) == numbers{8, 9});
    CHECK(of(a(from(1).by(4))) == numbers{1, 5, 9});
    CHECK(of(a(every.by(3))) == numbers{0, 3, 6, 9});
    CHECK(of(a(every.by(-1))) == numbers{9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
    CHECK(of(a(every.by(-4))) == numbers{9, 5, 1});
    CHECK(of(a(seq(7, 2, -2))) == numbers{7, 5, 3});
    CHECK(of(a(from(3).by(-1))) == numbers{3, 2, 1, 0});
    CHECK(a(seq(4, 4)).empty());
    CHECK(a(from(10)).empty());
    CHECK(a(every).data() == a.data());
    CHECK_THROWS_WITH(a(seq(2, 11)), "view<int32_t, dyn>: 2 .. 11 is outside of axis 0 of extent 10");
    CHECK_THROWS_AS(a(seq(5, 2)), weft::error);
    CHECK_THROWS_AS(a(seq(2, 5, -1)), weft::error);
    CHECK_THROWS_AS(a(seq(-11, 5)), weft::error);
    CHECK_THROWS_AS(a(seq(0, 5, 0)), weft::error);
    auto const empty = counted<dyn>(0);
    CHECK(empty(every.by(-1)).empty());
}

TEST_CASE("slice: several axes") {
    auto a = counted<2, dyn, 4>(3);
    static_assert(std::is_same_v<decltype(a(every, 1)), view<int, 2, 4>>);
    static_assert(std::is_same_v<decltype(a(1)), view<int, dyn, 4>>);
    static_assert(std::is_same_v<decltype(a(ellipsis, 1)), view<int, 2, dyn>>);
    static_assert(std::is_same_v<decltype(a(0, newaxis, seq(0, 2))), view<int, 1, dyn, 4>>);
    static_assert(std::is_same_v<decltype(a(newaxis, ellipsis, newaxis)), view<int, 1, 2, dyn, 4, 1>>);
    static_assert(std::is_same_v<decltype(std::as_const(a)(1)), view<int const, dyn, 4>>);
    static_assert(std::is_same_v<decltype(a(1, 1, 1)), int&>);
    static_assert(std::is_same_v<decltype(a(1, 1, every)(0)), int&>);
    CHECK(of(a(-1, -1)) == numbers{20, 21, 22, 23});
    CHECK(of(a(ellipsis, 1)) == numbers{1, 5, 9, 13, 17, 21});
    CHECK(of(a(1, every.by(-1), seq(1, 3))) == numbers{21, 22, 17, 18, 13, 14});
    CHECK(of(a(0, from(1), newaxis, 0)) == numbers{4, 8});
    CHECK(a(0, from(1), newaxis, 0).shape() == dims<2>{2, 1});
    CHECK(of(a(every, 0)(every, from(3))) == numbers{3, 15});
    a(every, 0, every) = 0;
    CHECK(a(1, 0, 3) == 0);
    CHECK(a(1, 1, 3) == 19);
    CHECK_THROWS_WITH(a(every, 3), "view<int32_t, 2, dyn, 4>: 3 .. 4 is outside of axis 1 of extent 3");
}

TEST_CASE("slice: rows, columns, parts along an axis") {
    auto a = counted<dyn, dyn>(3, 4);
    CHECK(of(a.row(-1)) == numbers{8, 9, 10, 11});
    CHECK(of(a.col(1)) == numbers{1, 5, 9});
    CHECK(of(a.slice(1, 0, 4, 3)) == numbers{0, 3, 4, 7, 8, 11});
    CHECK(of(a.slice(-1, -2, -1)) == numbers{2, 6, 10});
    auto const [left, right] = a.split<2>(1);
    CHECK(of(left) == numbers{0, 1, 4, 5, 8, 9});
    CHECK(of(right) == numbers{2, 3, 6, 7, 10, 11});
    CHECK_THROWS_WITH(a.split<2>(), "split: an axis of 3 elements is not divisible into 2 equal parts");
    CHECK(of(a.diagonal()) == numbers{0, 5, 10});
    CHECK(of(a.diagonal(2)) == numbers{2, 7});
    CHECK(of(a.diagonal(-1)) == numbers{4, 9});
    CHECK(a.diagonal(4).empty());
    CHECK(a.diagonal(-9).empty());
    CHECK(of(a.flip(0)) == numbers{8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3});
    CHECK(of(a.flip(-1).row(0)) == numbers{3, 2, 1, 0});
    CHECK(of(a.sliding_windows(1, 3).row(1)) == numbers{4, 5, 6, 5, 6, 7});
    CHECK_THROWS_AS(a.sliding_windows(1, 5), weft::error);
    CHECK_THROWS_AS(a.flip(2), weft::error);
}

TEST_CASE("slice: axes in another order") {
    auto a = counted<2, dyn, 4>(3);
    static_assert(std::is_same_v<decltype(a.transposed()), view<int, 4, dyn, 2>>);
    static_assert(std::is_same_v<decltype(a.transposed(weft::axis<1, -1, 0>)), view<int, dyn, 4, 2>>);
    static_assert(std::is_same_v<decltype(a.transposed({0, 2, 1})), view<int, dyn, dyn, dyn>>);
    auto const check = [&](auto const& v, int x, int y, int z) {
        int const axes[] = {x, y, z};
        for (int a0 = 0; a0 < 3; ++a0) REQUIRE(v.extent(a0) == a.extent(axes[a0]));
        int i[3];
        bool good = true;
        for (i[0] = 0; i[0] < 2; ++i[0])
            for (i[1] = 0; i[1] < 3; ++i[1])
                for (i[2] = 0; i[2] < 4; ++i[2])
                    good = good && &v(i[x], i[y], i[z]) == &a(i[0], i[1], i[2]);
        CHECK(good);
    };
    check(a.transposed(), 2, 1, 0);
    check(a.transposed({1, 2, 0}), 1, 2, 0);
    check(a.transposed({1, -1, 0}), 1, 2, 0);
    check(a.transposed(weft::axis<1, -1, 0>), 1, 2, 0);
    check(a.moveaxis(0, 2), 1, 2, 0);
    check(a.moveaxis(-1, 0), 2, 0, 1);
    check(a.moveaxis(1, 1), 0, 1, 2);
    check(a.swapaxes(0, -1), 2, 1, 0);
    CHECK_THROWS_AS(a.transposed({0, 0, 1}), weft::error);
    CHECK_THROWS_AS(a.transposed({0, 1, 3}), weft::error);
    CHECK(a.expand_dims(1).shape() == dims<4>{2, 1, 3, 4});
    CHECK(a.expand_dims(-1).shape() == dims<4>{2, 3, 4, 1});
    CHECK(of(a.expand_dims(1).squeeze(1)) == of(a.view()));
    CHECK_THROWS_AS(a.squeeze(0), weft::error);
}

TEST_CASE("slice: other shapes of the same elements") {
    auto a = counted<3, 4>();
    static_assert(std::is_same_v<decltype(a.reshape(2, 6)), view<int, dyn, dyn>>);
    static_assert(std::is_same_v<decltype(a.reshape(weft::shape<2, -1>)), view<int, 2, dyn>>);
    CHECK(a.reshape(2, -1).shape() == dims<2>{2, 6});
    CHECK(a.reshape(weft::shape<2, -1>).extent(1) == 6);
    CHECK(of(a.reshape(2, -1).col(0)) == numbers{0, 6});
    CHECK(of(a.flat()) == of(a.view()));
    CHECK(a.reshape(1, 3, 1, 4, 1).size() == 12);
    CHECK_THROWS_WITH(a.reshape(5, -1), "reshape: (3, 4) to (5, -1): another number of elements");
    CHECK_THROWS_AS(a.reshape(3, 3), weft::error);
    CHECK_THROWS_AS(a.reshape(-1, -1), weft::error);
    CHECK_THROWS_AS(a.reshape(-2, -6), weft::error);
    // Without a copy where strides can say it, refused where they cannot.
    CHECK(of(a.rows(1, 3).flat()) == numbers{4, 5, 6, 7, 8, 9, 10, 11});
    CHECK(of(a.slice(1, 0, 4, 2).reshape(6)) == numbers{0, 2, 4, 6, 8, 10});
    CHECK(of(a.slice(0, 0, 3, 2).reshape(2, 2, 2)) == numbers{0, 1, 2, 3, 8, 9, 10, 11});
    CHECK(of(a.flip(0).reshape(3, 2, 2).row(0)) == numbers{8, 9, 10, 11});
    CHECK_THROWS_AS(a.transposed().flat(), weft::error);
    CHECK_THROWS_AS(a.slice(1, 0, 3).flat(), weft::error);
    CHECK(of(a.transposed().reshape(2, 2, 3)(1, 0)) == numbers{2, 6, 10});
    CHECK(tensor<int, dyn, 3>().reshape(0).empty());
    CHECK(tensor<int, dyn, 3>().reshape(7, 0).empty());
    CHECK(tensor<int, 1, 1>{{5}}.reshape().item() == 5);

    auto const row = a.row(1).broadcast_to(2, 4);
    static_assert(std::is_same_v<decltype(row), view<int const, dyn, dyn> const>);
    CHECK(of(row) == numbers{4, 5, 6, 7, 4, 5, 6, 7});
    CHECK(of(a.col(0).expand_dims(1).broadcast_to(3, 2)) == numbers{0, 0, 4, 4, 8, 8});
    CHECK_THROWS_AS(a.broadcast_to(3, 5), weft::error);
}

TEST_CASE("slice: expressions of views") {
    auto a = counted<dyn, dyn>(3, 4);
    tensor<int, dyn> const column = a.col(1) + a(every, from(-1)).squeeze(1) * 10;
    CHECK(of(column.view()) == numbers{31, 75, 119});
    tensor<int, dyn, dyn> const both = a(every.by(-1), every) - a;
    CHECK(of(both.view().row(0)) == numbers{8, 8, 8, 8});
    tensor const product = a(every, newaxis, 0) * a(newaxis, every, 1);
    CHECK(product(2, 1) == 8 * 5);
}
