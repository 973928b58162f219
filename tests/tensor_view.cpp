// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <iterator>
#include <span>
#include <type_traits>
#include <vector>

#include <weft/tensor/tensor.hpp>
#include <weft/tensor/view.hpp>

using weft::dims;
using weft::dyn;
using weft::tensor;
using weft::view;

namespace {

template <class To, class From>
constexpr bool implicit = std::is_convertible_v<From, To>;
template <class To, class From>
constexpr bool possible = std::is_constructible_v<To, From>;

using flat = view<float const, dyn>;
using matrix = view<float, 2, 3>;
using any_matrix = view<float const, dyn, dyn>;

static_assert(implicit<any_matrix, matrix>);
static_assert(implicit<any_matrix, tensor<float, 2, 3>&>);
static_assert(implicit<any_matrix, tensor<float, dyn, 3> const&>);
static_assert(implicit<any_matrix, tensor<float, 2, 3>>);
static_assert(!implicit<matrix, any_matrix> && !possible<matrix, any_matrix>);  // const
static_assert(possible<view<float const, 2, 3>, any_matrix> &&
              !implicit<view<float const, 2, 3>, any_matrix>);
static_assert(!possible<view<float, 2, 4>, matrix> && !possible<flat, matrix>);
static_assert(!possible<view<double const, 2, 3>, matrix>);
static_assert(!possible<matrix, tensor<float, 2, 3> const&>);
static_assert(implicit<flat, std::vector<float> const&> && implicit<flat, std::span<float>>);
static_assert(implicit<view<float, dyn>, std::array<float, 3>&>);
static_assert(!possible<view<float, dyn>, std::vector<float> const&>);
static_assert(!possible<flat, std::vector<double>>);
static_assert(std::forward_iterator<matrix::iterator>);
static_assert(std::is_trivially_copy_constructible_v<matrix>);

template <class V>
std::vector<float> elements(V const& v) {
    std::vector<float> out;
    for (float const x : v) out.push_back(x);
    return out;
}
using list = std::vector<float>;

}  // namespace

TEST_CASE("view: of a tensor") {
    tensor<float, 2, 3> t{{1, 2, 3}, {4, 5, 6}};
    auto v = t.view();
    static_assert(std::is_same_v<decltype(v), matrix>);
    static_assert(std::is_same_v<decltype(std::as_const(t).view()), view<float const, 2, 3>>);
    v(1, 2) = 7;
    CHECK(t(1, 2) == 7);
    CHECK(v.size() == 6);
    CHECK(v.contiguous());
    CHECK(v.stride(0) == 3);
    CHECK(v.stride(1) == 1);
    CHECK(v.shape() == dims<2>{2, 3});
    CHECK(elements(v) == list{1, 2, 3, 4, 5, 7});
    any_matrix const any = t;
    CHECK(any.extent(1) == 3);
    CHECK(array_equal(any, v));
    v.fill(2);
    CHECK(array_equal(t, t.full(2)));
    CHECK(tensor<float>(3).view().item() == 3);
    CHECK(elements(tensor<float>(3).view()) == list{3});
    CHECK(elements(tensor<float, 2, 0>().view()).empty());
}

TEST_CASE("view: checked access") {
    tensor<float, dyn, 3> t(2);
    CHECK(t.view().at(1, 2) == 0);
    CHECK_THROWS_WITH(t.view().at(2, 0),
                      "view<float, dyn, 3>: index (2, 0) is outside of the extents (2, 3)");
    CHECK_THROWS_AS(t.view().at(0, -1), weft::error);
}

TEST_CASE("view: rows and slices") {
    tensor<float, dyn, 3> t{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    auto const row = t.row(1);
    static_assert(std::is_same_v<decltype(row), view<float, 3> const>);
    CHECK(elements(row) == list{4, 5, 6});
    CHECK(row[2] == 6);
    auto const rows = t.rows(1, 3);
    static_assert(std::is_same_v<decltype(rows), view<float, dyn, 3> const>);
    CHECK(elements(rows) == list{4, 5, 6, 7, 8, 9});
    CHECK(rows.contiguous());
    auto const columns = t.slice(1, 1, 3);
    static_assert(std::is_same_v<decltype(columns), view<float, dyn, dyn> const>);
    CHECK(elements(columns) == list{2, 3, 5, 6, 8, 9});
    CHECK(!columns.contiguous());
    CHECK(columns(2, 0) == 8);
    CHECK(elements(columns.row(2)) == list{8, 9});
    CHECK(elements(columns.slice(0, 1, 2).slice(1, 1, 2)) == list{6});
    CHECK(std::as_const(t).slice(0, 3, 3).empty());
    CHECK(t.rows(2, 2).contiguous());
    CHECK(elements(tensor<float, 2>{1, 2}.rows(1, 2)) == list{2});
    columns.fill(0);
    CHECK(array_equal(t, tensor<float, dyn, 3>{{1, 0, 0}, {4, 0, 0}, {7, 0, 0}}));

    CHECK_THROWS_WITH(t.row(3), "view<float, dyn, 3>: 3 .. 4 is outside of axis 0 of extent 3");
    CHECK(t.row(-1).data() == &t(2, 0));
    CHECK_THROWS_AS(t.row(-4), weft::error);
    CHECK_THROWS_AS(t.rows(1, 4), weft::error);
    CHECK_THROWS_AS(t.rows(2, 1), weft::error);
    CHECK_THROWS_WITH(t.slice(2, 0, 1), "view<float, dyn, 3>: no axis 2");
    CHECK(t.slice(-1, 0, 1).shape() == weft::dims<2>{3, 1});
    CHECK_THROWS_AS(t.slice(-3, 0, 1), weft::error);
}

TEST_CASE("view: of foreign memory") {
    float data[] = {1, 2, 3, 4, 5, 6};
    CHECK(matrix(data)(1, 0) == 4);
    CHECK(array_equal(view<float, dyn, 3>(data, {2, 3}), matrix(data)));
    view<float, 3, 2> const transposed(data, {3, 2}, {1, 3});
    CHECK(elements(transposed) == list{1, 4, 2, 5, 3, 6});
    CHECK(!transposed.contiguous());
    CHECK(elements(view<float, 3>(data + 2, {3}, {-1})) == list{3, 2, 1});
    CHECK(elements(view<float, 4>(data, {4}, {0})) == list{1, 1, 1, 1});
    CHECK((view<float, 1, 3>(data, {1, 3}, {100, 1}).contiguous()));
    CHECK_THROWS_WITH(matrix(data, {2, 2}), "view<float, 2, 3>: extent 1 is 3, found 2");
    CHECK_THROWS_WITH((view<float, dyn>(data, {-1})), "view<float, dyn>: extent 0 is negative: -1");

    std::vector<float> vector{1, 2, 3};
    flat const v = vector;
    CHECK(v.size() == 3);
    CHECK(v.data() == vector.data());
    CHECK(flat(std::span<float const>(vector).subspan(1)).size() == 2);
    tensor<float, dyn, 3> t(2);
    CHECK(std::span<float>(t).size() == 6);  // a tensor is a contiguous range
}

TEST_CASE("view: static extents are asked for") {
    tensor<float, dyn, 3> const t{{1, 2, 3}, {4, 5, 6}};
    view<float const, 2, 3> const fixed(t.view());
    CHECK(array_equal(fixed, t.view()));
    CHECK((view<float const, 2, 3>(t)(1, 2) == 6));
    CHECK_THROWS_WITH((view<float const, 2, 3>(t.rows(0, 1))),
                      "view<float, 2, 3>: extent 0 is 2, found 1");
}

TEST_CASE("view: copies of elements") {
    tensor<float, 2, 3> const t{{1, 2, 3}, {4, 5, 6}};
    tensor<float, dyn, 2> const part(t.slice(1, 1, 3));
    CHECK(array_equal(part, tensor<float, dyn, 2>{{2, 3}, {5, 6}}));
    CHECK_THROWS_WITH((tensor<float, 2, 2>(t.view().slice(0, 0, 1).slice(1, 0, 2))),
                      "tensor<float, 2, 2>: extent 0 is 2, found 1");
    tensor<float, 2, 3> u;
    u.view().copy_from(t.view());
    CHECK(array_equal(u, t));
    u.slice(1, 0, 1).copy_from(t.slice(1, 2, 3));
    CHECK(array_equal(u, tensor<float, 2, 3>{{3, 2, 3}, {6, 5, 6}}));
    CHECK_THROWS_WITH(u.slice(1, 0, 1).copy_from(t.slice(1, 0, 2)),
                      "view<float, dyn, dyn>: expected the extents (2, 1), found (2, 2)");
    CHECK(tensor<float>(tensor<float>(2).view()).item() == 2);
    CHECK(tensor<bool, 2>(tensor<bool, 2>{true, false}.view())[0]);
}

TEST_CASE("view: empty ones") {
    view<float, dyn, 3> const none;
    CHECK(none.empty());
    CHECK(none.data() == nullptr);
    CHECK(none.contiguous());
    CHECK(none.begin() == none.end());
    CHECK(array_equal(none, tensor<float, dyn, 3>()));
}
