// SPDX-License-Identifier: BSL-1.0
// The cases of eager tensors by xtensor, with xsimd, if the build found it.
#include "eager.hpp"

#ifdef WEFT_HAS_XTENSOR
#define XTENSOR_USE_XSIMD
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <xtensor/xadapt.hpp>
#include <xtensor/xindex_view.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

namespace {

using eager::value;
template <std::size_t Rank>
using array = xt::xtensor<float, Rank>;
using places = xt::xtensor<int, 1>;
constexpr auto at_once = xt::evaluation_strategy::immediate;

template <std::size_t Rank>
array<Rank> filled(int seed, typename array<Rank>::shape_type shape) {
    array<Rank> x(shape);
    eager::fill(x, seed);
    return x;
}
places whole_numbers(std::size_t n, std::uint32_t end, int seed) {
    places x(places::shape_type{n});
    for (std::size_t i = 0; i < n; ++i)
        x(i) = static_cast<int>(eager::hashed(static_cast<std::int64_t>(i), seed) % end);
    return x;
}

struct vectors {
    array<1> x, z, y;
    explicit vectors(std::size_t n)
        : x(filled<1>(1, {n})), z(filled<1>(2, {n})), y(array<1>::shape_type{n}) {}
};

void elementwise(bench::suite& suite, std::size_t n) {
    auto const v = std::make_shared<vectors>(n);
    auto const add = [&](char const* name, auto f) {
        suite.peer("xtensor", name + std::to_string(n), [f, v] { f(*v); });
    };
    add("eager_axpbz_", [](vectors& o) { xt::noalias(o.y) = 2.5f * o.x + -1.5f * o.z + 0.5f; });
    add("eager_expmx2z_", [](vectors& o) { xt::noalias(o.y) = xt::exp(-o.x * o.x) * o.z; });
    add("eager_gelu_", [](vectors& o) {
        xt::noalias(o.y) =
            0.5f * o.x * (1.f + xt::tanh(0.79788456f * (o.x + 0.044715f * o.x * o.x * o.x)));
    });
}

void of_vectors(bench::suite& suite) {
    auto const v = std::make_shared<vectors>(100'000), large = std::make_shared<vectors>(1'000'000);
    auto const add = [&](char const* name, auto const& o, auto f) {
        suite.peer("xtensor", name, [f, o] { return f(*o); });
    };
    add("eager_dot_100000", v, [](vectors& o) { return xt::sum(o.x * o.z, at_once)(); });
    add("eager_sumexp_100000", v, [](vectors& o) { return xt::sum(xt::exp(o.x), at_once)(); });
    add("eager_sort_100000", v, [](vectors& o) { return o.y = xt::sort(o.x), 0; });
    add("eager_argsort_100000", v, [](vectors& o) { return places(xt::argsort(o.x)).size(); });
    add("eager_mean_1000000", large, [](vectors& o) { return xt::mean(o.x, at_once)(); });
    add("eager_variance_1000000", large, [](vectors& o) { return xt::variance(o.x, at_once)(); });
    add("eager_argmax_1000000", large, [](vectors& o) { return xt::argmax(o.x)(); });
    add("eager_cumsum_1000000", large, [](vectors& o) { return o.y = xt::cumsum(o.x, 0), 0; });
    add("eager_where_1000000", large, [](vectors& o) {
        xt::noalias(o.y) = xt::where(o.x > 0, o.x, o.z);
        return 0;
    });
    add("eager_mask_assign_1000000", large,
        [](vectors& o) { return xt::filtration(o.y, o.z > 0) = 0.5f, 0; });
    add("eager_mask_select_1000000", large,
        [](vectors& o) { return array<1>(xt::filter(o.x, o.x > 0)).size(); });
    auto const any = std::make_shared<places>(whole_numbers(1'000'000, 1'000'000, 2));
    suite.peer("xtensor", "eager_take_1000000",
               [large, any] { xt::noalias(large->y) = xt::view(large->x, xt::keep(*any)); });
    auto const classes = std::make_shared<places>(whole_numbers(100'000, 1000, 1));
    suite.peer("xtensor", "eager_unique_100000", [classes] { return xt::unique(*classes).size(); });
}

struct matrices {
    array<2> a = filled<2>(1, {1024, 1024}), b = filled<2>(2, {1024, 1024}),
             y = array<2>::from_shape({1024, 1024}), wide = filled<2>(2, {1024, 2048}),
             inner = array<2>::from_shape({1022, 1022}), column = filled<2>(2, {1024, 1}),
             top = filled<2>(1, {512, 1024}), bottom = filled<2>(2, {512, 1024}),
             left = filled<2>(1, {1024, 512}), right = filled<2>(2, {1024, 512}),
             table = filled<2>(1, {32768, 64}), taken = array<2>::from_shape({4096, 64});
    array<1> row = filled<1>(2, {1024}), sums = array<1>::from_shape({1024});
    places any = whole_numbers(4096, 32768, 2);

    static auto part(array<2>& x, int i = 0, int j = 0) {
        return xt::view(x, xt::range(1 + i, 1023 + i), xt::range(1 + j, 1023 + j));
    }
};

void of_matrices(bench::suite& suite) {
    auto const m = std::make_shared<matrices>();
    auto const add = [&](char const* name, auto f) {
        suite.peer("xtensor", name, [f, m] { f(*m); });
    };
    add("eager_add_1024", [](matrices& o) { xt::noalias(o.y) = o.a + o.b; });
    add("eager_add_row_1024", [](matrices& o) { xt::noalias(o.y) = o.a + o.row; });
    add("eager_add_column_1024", [](matrices& o) { xt::noalias(o.y) = o.a + o.column; });
    add("eager_add_every_second_1024", [](matrices& o) {
        xt::noalias(o.y) = o.a + xt::view(o.wide, xt::all(), xt::range(0, 2048, 2));
    });
    add("eager_add_sliced_1022",
        [](matrices& o) { xt::noalias(o.inner) = o.part(o.a) + o.part(o.b); });
    add("eager_stencil_1022", [](matrices& o) {
        auto y = o.part(o.y);
        xt::noalias(y) = 0.25f * (o.part(o.a, -1, 0) + o.part(o.a, 1, 0) + o.part(o.a, 0, -1) +
                                  o.part(o.a, 0, 1));
    });
    add("eager_transpose_1024", [](matrices& o) { xt::noalias(o.y) = xt::transpose(o.a); });
    add("eager_sum_axis0_1024",
        [](matrices& o) { xt::noalias(o.sums) = xt::sum(o.a, {0}, at_once); });
    add("eager_sum_axis1_1024",
        [](matrices& o) { xt::noalias(o.sums) = xt::sum(o.a, {1}, at_once); });
    add("eager_variance_axis0_1024", [](matrices& o) {
        xt::noalias(o.sums) = xt::variance(o.a, std::array<std::size_t, 1>{0}, at_once);
    });
    add("eager_softmax_1024x1024", [](matrices& o) {
        xt::noalias(o.y) = xt::exp(o.a - xt::amax(o.a, {1}, xt::keep_dims | at_once));
        o.y /= array<2>(xt::sum(o.y, {1}, xt::keep_dims | at_once));
    });
    add("eager_argmax_axis1_1024",
        [](matrices& o) { xt::noalias(o.sums) = xt::cast<float>(xt::argmax(o.a, 1)); });
    add("eager_cumsum_axis0_1024", [](matrices& o) { o.y = xt::cumsum(o.a, 0); });
    add("eager_sort_rows_1024", [](matrices& o) { o.y = xt::sort(o.a, 1); });
    add("eager_take_rows_4096x64",
        [](matrices& o) { xt::noalias(o.taken) = xt::view(o.table, xt::keep(o.any), xt::all()); });
    add("eager_concatenate_axis0_1024",
        [](matrices& o) { xt::noalias(o.y) = xt::concatenate(xt::xtuple(o.top, o.bottom), 0); });
    add("eager_concatenate_axis1_1024",
        [](matrices& o) { xt::noalias(o.y) = xt::concatenate(xt::xtuple(o.left, o.right), 1); });
}

}  // namespace
#pragma GCC diagnostic pop
#endif

int main(int argc, char** argv) {
    bench::suite suite;
#ifdef WEFT_HAS_XTENSOR
    for (std::size_t n : {1'000u, 100'000u, 1'000'000u, 16'000'000u}) elementwise(suite, n);
    of_vectors(suite);
    of_matrices(suite);
#endif
    return suite.run(argc, argv);
}
