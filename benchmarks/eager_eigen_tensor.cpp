// SPDX-License-Identifier: BSL-1.0
// The cases of eager tensors by Eigen's Tensor module, if the build found Eigen.
#include "eager.hpp"

#ifdef WEFT_HAS_EIGEN
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <unsupported/Eigen/CXX11/Tensor>
#pragma GCC diagnostic pop

namespace {

using namespace eager;

template <int Rank>
using mapped_tensor = Eigen::TensorMap<Eigen::Tensor<float, Rank, Eigen::RowMajor>>;
using index_list = Eigen::array<Eigen::Index, 2>;

mapped_tensor<1> of(vector& x) { return {x.data(), x.size()}; }
mapped_tensor<2> of(matrix& x) { return {x.data(), x.extent(0), x.extent(1)}; }
mapped_tensor<2> reshaped(vector& x, Eigen::Index m, Eigen::Index n) { return {x.data(), m, n}; }

struct vectors {
    vector x, z, y;
    Eigen::Tensor<float, 0, Eigen::RowMajor> one;
    explicit vectors(std::int64_t n)
        : x(filled<vector>(1, n)), z(filled<vector>(2, n)), y(vector::uninitialized(n)) {}
};

void elementwise(bench::suite& suite, std::int64_t n) {
    auto const v = std::make_shared<vectors>(n);
    std::string const size = std::to_string(n);
    auto const add = [&](char const* name, auto f) {
        suite.peer("Eigen Tensor", name + size, [f, v] { f(*v); });
    };
    add("eager_axpbz_", [](vectors& o) {
        auto const x = of(o.x), z = of(o.z);
        of(o.y) = x * 2.5f + z * -1.5f + 0.5f;
    });
    add("eager_expmx2z_", [](vectors& o) {
        auto const x = of(o.x), z = of(o.z);
        of(o.y) = (-x * x).exp() * z;
    });
    add("eager_gelu_", [](vectors& o) {
        auto const x = of(o.x);
        of(o.y) = 0.5f * x * (((x + x * x * x * 0.044715f) * 0.79788456f).tanh() + 1.f);
    });
}

void sums(bench::suite& suite) {
    auto const v = std::make_shared<vectors>(100'000), large = std::make_shared<vectors>(1'000'000);
    suite.peer("Eigen Tensor", "eager_dot_100000", [v] { v->one = (of(v->x) * of(v->z)).sum(); });
    suite.peer("Eigen Tensor", "eager_sumexp_100000", [v] { v->one = of(v->x).exp().sum(); });
    suite.peer("Eigen Tensor", "eager_mean_1000000", [large] { large->one = of(large->x).mean(); });
    suite.peer("Eigen Tensor", "eager_cumsum_1000000",
               [large] { of(large->y) = of(large->x).cumsum(0); });
    suite.peer("Eigen Tensor", "eager_where_1000000", [large] {
        auto const x = of(large->x);
        of(large->y) = (x > x.constant(0)).select(x, of(large->z));
    });
}

struct matrices {
    matrix a = filled<matrix>(1, 1024, 1024), b = filled<matrix>(2, 1024, 1024),
           y = matrix(1024, 1024), wide = filled<matrix>(2, 1024, 2048), inner = matrix(1022, 1022),
           top = filled<matrix>(1, 512, 1024), bottom = filled<matrix>(2, 512, 1024);
    vector row = filled<vector>(2, 1024), sums = vector(1024);
};

void matrices_of(bench::suite& suite) {
    auto const m = std::make_shared<matrices>();
    auto const add = [&](char const* name, auto f) {
        suite.peer("Eigen Tensor", name, [f, m] { f(*m); });
    };
    add("eager_add_1024", [](matrices& o) { of(o.y) = of(o.a) + of(o.b); });
    add("eager_add_row_1024", [](matrices& o) {
        of(o.y) = of(o.a) + reshaped(o.row, 1, 1024).broadcast(index_list{1024, 1});
    });
    add("eager_add_column_1024", [](matrices& o) {
        of(o.y) = of(o.a) + reshaped(o.row, 1024, 1).broadcast(index_list{1, 1024});
    });
    add("eager_add_every_second_1024", [](matrices& o) {
        of(o.y) = of(o.a) + of(o.wide).stride(index_list{1, 2});
    });
    add("eager_add_sliced_1022", [](matrices& o) {
        index_list const from{1, 1}, size{1022, 1022};
        of(o.inner) = of(o.a).slice(from, size) + of(o.b).slice(from, size);
    });
    add("eager_transpose_1024", [](matrices& o) { of(o.y) = of(o.a).shuffle(index_list{1, 0}); });
    add("eager_sum_axis0_1024",
        [](matrices& o) { of(o.sums) = of(o.a).sum(Eigen::array<int, 1>{0}); });
    add("eager_sum_axis1_1024",
        [](matrices& o) { of(o.sums) = of(o.a).sum(Eigen::array<int, 1>{1}); });
    add("eager_cumsum_axis0_1024", [](matrices& o) { of(o.y) = of(o.a).cumsum(0); });
    add("eager_concatenate_axis0_1024",
        [](matrices& o) { of(o.y) = of(o.top).concatenate(of(o.bottom), 0); });
    add("eager_matmul_1024", [](matrices& o) {
        using pair = Eigen::IndexPair<int>;
        of(o.y) = of(o.a).contract(of(o.b), Eigen::array<pair, 1>{pair(1, 0)});
    });
}

}  // namespace
#endif

int main(int argc, char** argv) {
    bench::suite suite;
#ifdef WEFT_HAS_EIGEN
    for (std::int64_t n : {1'000, 100'000, 1'000'000, 16'000'000}) elementwise(suite, n);
    sums(suite);
    matrices_of(suite);
#endif
    return suite.run(argc, argv);
}
