// SPDX-License-Identifier: BSL-1.0
// Eager tensors, what is chosen, moved and put in order: extremes, running sums, sorting, elements
// at places and under masks, joined tensors. Peers are Eigen's arrays and plain C++ at -O3.
#include <algorithm>
#include <numeric>

#include <weft/tensor/unique.hpp>

#include "eager.hpp"

namespace {

using namespace eager;
using places = weft::tensor<std::int32_t, dyn>;

constexpr std::int64_t million = 1'000'000, rows = 1024;

struct vectors {
    vector x = filled<vector>(1, million), z = filled<vector>(2, million), y = vector(million);
    vector few = filled<vector>(1, 100'000), few_sorted = vector(100'000);
    places any = whole_numbers(million, 1'000'000, 2), order = places(100'000),
           classes = whole_numbers(100'000, 1000, 1), sorted = places(100'000);
    weft::tensor<std::int32_t> place;
};
struct matrices {
    matrix a = filled<matrix>(1, rows, rows), y = matrix(rows, rows),
           top = filled<matrix>(1, rows / 2, rows), bottom = filled<matrix>(2, rows / 2, rows),
           left = filled<matrix>(1, rows, rows / 2), right = filled<matrix>(2, rows, rows / 2),
           table = filled<matrix>(1, 32768, 64), taken = matrix(4096, 64);
    places of_rows = places(rows), any = whole_numbers(4096, 32768, 2);
};

// A number that is read counts four bytes; so does one that is compared, or moved while sorting.
void search(bench::suite& suite, std::shared_ptr<vectors> v, std::shared_ptr<matrices> m) {
    double const N = million, M = rows * rows;
    suite.add("eager_argmax_1000000", moves(N, N, 0), [v] { v->place = argmax(v->x); });
    suite.add("eager_argmax_axis1_1024", moves(M, M, 0),
              [m] { m->of_rows = argmax(m->a, axis<1>); });
    suite.add("eager_cumsum_1000000", moves(N, N, N), [v] { v->y = cumsum(v->x); });
    suite.add("eager_cumsum_axis0_1024", moves(M, M, M), [m] { m->y = cumsum(m->a, axis<0>); });
    suite.peer("loop", "eager_cumsum_1000000",
               [v] { std::partial_sum(v->x.begin(), v->x.end(), v->y.begin()); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_argmax_1000000", [v] {
        Eigen::Index place = 0;
        mapped(v->x).maxCoeff(&place);
        return place;
    });
    suite.peer("Eigen", "eager_argmax_axis1_1024", [m] {
        auto const a = mapped(m->a);
        for (std::int64_t i = 0; i < rows; ++i) {
            Eigen::Index place = 0;
            a.row(i).maxCoeff(&place);
            m->of_rows[i] = static_cast<std::int32_t>(place);
        }
    });
#endif
}

void sorts(bench::suite& suite, std::shared_ptr<vectors> v, std::shared_ptr<matrices> m) {
    double const n = 1e5, M = rows * rows;
    suite.add("eager_sort_100000", moves(17 * n, n, n), [v] { v->few_sorted = sort(v->few); });
    suite.add("eager_sort_rows_1024", moves(10 * M, M, M), [m] { m->y = sort(m->a); });
    suite.add("eager_argsort_100000", moves(17 * n, n, n), [v] { v->order = argsort(v->few); });
    suite.add("eager_unique_100000", moves(n, n, 0),
              [v] { return weft::unique(v->classes).size(); });
    suite.peer("loop", "eager_sort_100000", [v] {
        v->few_sorted = v->few;
        std::sort(v->few_sorted.begin(), v->few_sorted.end());
    });
    suite.peer("loop", "eager_sort_rows_1024", [m] {
        m->y = m->a;
        for (std::int64_t i = 0; i < rows; ++i)
            std::sort(m->y.data() + i * rows, m->y.data() + (i + 1) * rows);
    });
    suite.peer("loop", "eager_argsort_100000", [v] {
        std::iota(v->order.begin(), v->order.end(), 0);
        float const* const x = v->few.data();
        std::sort(v->order.begin(), v->order.end(), [x](int i, int j) { return x[i] < x[j]; });
    });
    suite.peer("loop", "eager_unique_100000", [v] {
        v->sorted = v->classes;
        std::sort(v->sorted.begin(), v->sorted.end());
        return std::unique(v->sorted.begin(), v->sorted.end()) - v->sorted.begin();
    });
}

[[gnu::optimize("O3")]] void take_loop(vectors& v) {
    float const* const x = v.x.data();
    for (std::int64_t i = 0; i < million; ++i) v.y.data()[i] = x[v.any.data()[i]];
}
[[gnu::optimize("O3")]] void where_loop(std::int64_t n, float const* x, float const* z, float* y) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : z[i];
}
[[gnu::optimize("O3")]] void mask_loop(std::int64_t n, float const* z, float* y) {
    for (std::int64_t i = 0; i < n; ++i)
        if (z[i] > 0) y[i] = 0.5f;
}

void choices(bench::suite& suite, std::shared_ptr<vectors> v, std::shared_ptr<matrices> m) {
    double const N = million, M = rows * rows;
    suite.add("eager_take_1000000", moves(0, 2 * N, N), [v] { v->y = take(v->x, v->any); });
    suite.add("eager_take_rows_4096x64", moves(0, 4096 * 65, 4096 * 64),
              [m] { m->taken = take(m->table, m->any); });
    suite.add("eager_where_1000000", moves(N, 2 * N, N),
              [v] { v->y = where(v->x > 0, v->x, v->z); });
    suite.add("eager_mask_assign_1000000", moves(N, 2 * N, N), [v] { v->y(v->z > 0) = 0.5; });
    suite.add("eager_mask_select_1000000", moves(N, N, N / 2), [v] {
        vector const chosen = v->x(v->x > 0);
        return chosen.size();
    });
    suite.add("eager_concatenate_axis0_1024", moves(0, M, M),
              [m] { m->y = concatenate(axis<0>, m->top, m->bottom); });
    suite.add("eager_concatenate_axis1_1024", moves(0, M, M),
              [m] { m->y = concatenate(axis<1>, m->left, m->right); });
    suite.peer("loop", "eager_take_1000000", [v] { take_loop(*v); });
    suite.peer("loop", "eager_take_rows_4096x64", [m] {
        for (std::int64_t i = 0; i < 4096; ++i)
            std::copy_n(m->table.data() + 64 * m->any[i], 64, m->taken.data() + 64 * i);
    });
    suite.peer("loop", "eager_where_1000000",
               [v] { where_loop(million, v->x.data(), v->z.data(), v->y.data()); });
    suite.peer("loop", "eager_mask_assign_1000000",
               [v] { mask_loop(million, v->z.data(), v->y.data()); });
    suite.peer("loop", "eager_mask_select_1000000", [v] {
        return std::copy_if(v->x.begin(), v->x.end(), v->y.begin(), [](float x) { return x > 0; }) -
               v->y.begin();
    });
    suite.peer("loop", "eager_concatenate_axis0_1024", [m] {
        std::copy(m->bottom.begin(), m->bottom.end(),
                  std::copy(m->top.begin(), m->top.end(), m->y.begin()));
    });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_take_1000000", [v] {
        Eigen::Map<Eigen::ArrayXi const> const any(v->any.data(), million);
        mapped(v->y) = mapped(v->x)(any);
    });
    suite.peer("Eigen", "eager_take_rows_4096x64", [m] {
        Eigen::Map<Eigen::ArrayXi const> const any(m->any.data(), 4096);
        mapped(m->taken) = mapped(m->table)(any, Eigen::all);
    });
    suite.peer("Eigen", "eager_where_1000000", [v] {
        auto const x = mapped(v->x);
        mapped(v->y) = (x > 0).select(x, mapped(v->z));
    });
    suite.peer("Eigen", "eager_mask_assign_1000000", [v] {
        auto y = mapped(v->y);
        y = (mapped(v->z) > 0).select(0.5f, y);
    });
    suite.peer("Eigen", "eager_concatenate_axis0_1024",
               [m] { mapped(m->y) << mapped(m->top), mapped(m->bottom); });
    suite.peer("Eigen", "eager_concatenate_axis1_1024",
               [m] { mapped(m->y) << mapped(m->left), mapped(m->right); });
#endif
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    auto const v = std::make_shared<vectors>();
    auto const m = std::make_shared<matrices>();
    search(suite, v, m);
    sorts(suite, v, m);
    choices(suite, v, m);
    return suite.run(argc, argv);
}
