// SPDX-License-Identifier: BSL-1.0
// Foreign memory as views, and tensors as foreign types, without copies: std::span, mdspan, DLPack.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>
#include <weft/core/error.hpp>
#include <weft/tensor/interop/dlpack.hpp>
#include <weft/tensor/interop/mdspan.hpp>
#include <weft/tensor/interop/span.hpp>


using weft::dyn;
using weft::tensor;
using weft::view;

namespace {

/// As much of a strided mdspan of two axes as the interface of one needs.
struct matrix_span {
    using element_type = float;
    using reference = float&;
    using index_type = int;
    struct extents_type {
        std::array<int, 2> n;
        explicit extents_type(std::array<int, 2> const& e) : n(e) {}
    };
    struct mapping_type {
        std::array<int, 2> n, step;
        mapping_type(extents_type const& e, std::array<int, 2> const& s) : n(e.n), step(s) {}
    };
    float* at;
    mapping_type map;

    matrix_span(float* p, mapping_type const& m) : at(p), map(m) {}
    static constexpr std::size_t rank() { return 2; }
    static constexpr std::size_t static_extent(std::size_t a) {
        return a == 1 ? 3 : static_cast<std::size_t>(-1);
    }
    float* data_handle() const { return at; }
    int extent(std::size_t a) const { return map.n[a]; }
    int stride(std::size_t a) const { return map.step[a]; }
    bool is_strided() const { return true; }
};

}  // namespace

TEST_CASE("interop: spans, vectors and raw memory") {
    std::vector<float> numbers{1, 2, 3, 4, 5, 6};
    view<float, dyn> const all(numbers);
    all(1) = 20;
    CHECK(numbers[1] == 20);
    view<float, dyn, dyn> const columns(numbers.data(), {2, 3}, {1, 2});
    CHECK(columns(1, 2) == 6);
    CHECK(weft::to_vector(columns) == std::vector<float>{1, 3, 5, 20, 4, 6});
    tensor<int, 2, 2> a{{1, 2}, {3, 4}};
    weft::as_span(a)[3] = 9;
    CHECK(a(1, 1) == 9);
    CHECK(weft::as_span(std::as_const(a).row(1)).size() == 2);
    CHECK_THROWS_AS(weft::as_span(a.transposed()), weft::error);
    CHECK(weft::to_vector(tensor<bool, 2>{true, false}) == std::vector<bool>{true, false});
}

TEST_CASE("interop: mdspan") {
    float numbers[6] = {1, 2, 3, 4, 5, 6};
    matrix_span const m(numbers, {matrix_span::extents_type({2, 3}), {1, 2}});
    auto const v = weft::from_mdspan(m);
    static_assert(std::is_same_v<decltype(v), view<float, dyn, 3> const>);
    CHECK(v(1, 2) == 6);
    v(0, 1) = 30;
    CHECK(numbers[2] == 30);
    auto const back = weft::to_mdspan<matrix_span>(v);
    CHECK(back.at == numbers);
    CHECK(back.map.step == std::array<int, 2>{1, 2});
    CHECK_THROWS_AS(weft::to_mdspan<matrix_span>(v.flip(0)), weft::error);
}

TEST_CASE("interop: DLPack") {
    namespace dlpack = weft::dlpack;
    tensor<double, dyn, 3> t(2);
    std::iota(t.begin(), t.end(), 0.);
    double const* const data = t.data();
    auto* const given = dlpack::give(std::move(t));
    CHECK(given->array.rank == 2);
    CHECK(given->array.shape[0] == 2);
    CHECK(given->array.strides[0] == 3);
    CHECK(given->array.type.bits == 64);
    CHECK(given->array.type.code == dlpack::code::floating);
    {
        dlpack::borrowed<double, 2> const b(given);
        CHECK(b.view().data() == data);
        CHECK(b.view()(1, 2) == 5);
    }  // freed here

    tensor<weft::bf16, 2, 2> half{{1, 2}, {3, 4}};
    auto* const lent = dlpack::lend<dlpack::managed_versioned>(std::as_const(half).transposed());
    CHECK(lent->flags == dlpack::read_only);
    CHECK(lent->array.type.code == dlpack::code::bfloat);
    CHECK(dlpack::look<weft::bf16 const, 2>(lent->array)(0, 1) == weft::bf16(3));
    CHECK_THROWS_AS((dlpack::look<float, 2>(lent->array)), weft::error);
    CHECK_THROWS_AS((dlpack::look<weft::bf16, 1>(lent->array)), weft::error);
    lent->array.device.type = dlpack::device::cuda;
    CHECK_THROWS_AS((dlpack::look<weft::bf16, 2>(lent->array)), weft::error);
    lent->array.device.type = dlpack::device::cpu;
    lent->array.strides = nullptr;
    lent->array.offset = 2;
    lent->array.shape[0] = 1;
    CHECK(dlpack::look<weft::bf16, 2>(lent->array)(0, 1) == weft::bf16(3));
    lent->deleter(lent);

    tensor<std::int8_t> scalar(5);
    auto* const one = dlpack::lend(scalar.view());
    CHECK(dlpack::look<std::int8_t, 0>(one->array).item() == 5);
    one->deleter(one);
}
