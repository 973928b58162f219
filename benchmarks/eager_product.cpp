// SPDX-License-Identifier: BSL-1.0
// Eager tensors, products. Peers are Eigen, and of OpenBLAS, oneDNN and libxsmm what the build
// found.
#include "eager.hpp"

#ifdef WEFT_HAS_OPENBLAS
#include <cblas.h>
#endif
#ifdef WEFT_HAS_ONEDNN
#include <dnnl.h>
#endif
#ifdef WEFT_HAS_XSMM
#include <libxsmm.h>
#endif

namespace {

using namespace eager;

#ifdef WEFT_HAS_EIGEN
using eigen_dense =
    Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
#endif

/// y = x z, or x transpose(z): row-major, m x k times k x n; `count` of them, one after another.
struct product {
    std::int64_t count, m, k, n;
    bool transposed;
    float *x, *z, *y;

    int columns() const { return static_cast<int>(n); }
};

void add_eigen([[maybe_unused]] bench::suite& suite, [[maybe_unused]] char const* name,
               [[maybe_unused]] product p, [[maybe_unused]] std::shared_ptr<void> keep) {
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", name, [p, keep] {
        for (std::int64_t i = 0; i < p.count; ++i) {
            eigen_dense const x(p.x + i * p.m * p.k, p.m, p.k);
            eigen_dense y(p.y + i * p.m * p.n, p.m, p.n);
            float* const z = p.z + i * p.k * p.n;
            if (p.transposed)
                y.noalias() = x * eigen_dense(z, p.n, p.k).transpose();
            else
                y.noalias() = x * eigen_dense(z, p.k, p.n);
        }
    });
#endif
}

void add_libraries([[maybe_unused]] bench::suite& suite, [[maybe_unused]] char const* name,
                   [[maybe_unused]] product p, [[maybe_unused]] std::shared_ptr<void> keep) {
#ifdef WEFT_HAS_OPENBLAS
    suite.peer("OpenBLAS", name, [p, keep] {
        auto const m = static_cast<int>(p.m), k = static_cast<int>(p.k);
        for (std::int64_t i = 0; i < p.count; ++i)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, p.transposed ? CblasTrans : CblasNoTrans, m,
                        p.columns(), k, 1, p.x + i * p.m * p.k, k, p.z + i * p.k * p.n,
                        p.transposed ? k : p.columns(), 0, p.y + i * p.m * p.n, p.columns());
    });
#endif
#ifdef WEFT_HAS_ONEDNN
    suite.peer("oneDNN", name, [p, keep] {
        for (std::int64_t i = 0; i < p.count; ++i)
            dnnl_sgemm('N', p.transposed ? 'T' : 'N', p.m, p.n, p.k, 1, p.x + i * p.m * p.k, p.k,
                       p.z + i * p.k * p.n, p.transposed ? p.k : p.n, 0, p.y + i * p.m * p.n, p.n);
    });
#endif
#ifdef WEFT_HAS_XSMM
    // Column-major: the transposed product of the transposed matrices.
    if (p.transposed || p.m > 64) return;
    auto const m = static_cast<int>(p.m), k = static_cast<int>(p.k), n = p.columns();
    float const one = 1, zero = 0;
    int const flags = LIBXSMM_GEMM_FLAG_NONE;
    if (auto const f = libxsmm_smmdispatch(n, m, k, &n, &k, &n, &one, &zero, &flags, nullptr))
        suite.peer("libxsmm", name, [p, f, keep] {
            for (std::int64_t i = 0; i < p.count; ++i)
                f(p.z + i * p.k * p.n, p.x + i * p.m * p.k, p.y + i * p.m * p.n);
        });
#endif
}

bench::work needs(double m, double k, double n, double count = 1) {
    return moves(2 * m * k * n * count, (m * k + k * n) * count, m * n * count);
}

void squares(bench::suite& suite, std::int64_t n, char const* name) {
    struct operands {
        matrix x, z, y;
    };
    auto const o =
        std::make_shared<operands>(filled<matrix>(1, n, n), filled<matrix>(2, n, n), matrix(n, n));
    auto const N = static_cast<double>(n);
    suite.add(name, needs(N, N, N), [o] { o->y = matmul(o->x, o->z); });
    product const p{1, n, n, n, false, o->x.data(), o->z.data(), o->y.data()};
    add_eigen(suite, name, p, o);
    add_libraries(suite, name, p, o);
}

/// Of small matrices, whose size is known to the type.
template <int N>
void batches(bench::suite& suite, std::int64_t count, char const* name) {
    using cubes = weft::tensor<float, dyn, N, N>;
    struct operands {
        cubes x, z, y;
    };
    auto const o =
        std::make_shared<operands>(filled<cubes>(1, count), filled<cubes>(2, count), cubes(count));
    suite.add(name, needs(N, N, N, static_cast<double>(count)), [o] { o->y = matmul(o->x, o->z); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", name, [o, count] {
        using square = Eigen::Map<Eigen::Matrix<float, N, N, Eigen::RowMajor>>;
        for (std::int64_t i = 0; i < count * N * N; i += N * N)
            square(o->y.data() + i).noalias() = square(o->x.data() + i) * square(o->z.data() + i);
    });
#endif
    add_libraries(suite, name, {count, N, N, N, false, o->x.data(), o->z.data(), o->y.data()}, o);
}

void sums_of_products(bench::suite& suite) {
    char const *const scores = "eager_einsum_bqd_bkd_bqk", *const form = "eager_einsum_bi_ij_bj_b";
    struct operands {
        cube q = filled<cube>(1, 16, 32, 64), k = filled<cube>(2, 16, 32, 64), y = cube(16, 32, 32);
        matrix x = filled<matrix>(1, 256, 64), m = filled<matrix>(2, 64, 64),
               z = filled<matrix>(3, 256, 64), between = matrix(256, 64);
        vector b = vector(256);
    };
    auto const o = std::make_shared<operands>();
    suite.add(scores, needs(32, 64, 32, 16),
              [o] { o->y = weft::einsum<"bqd,bkd->bqk">(o->q, o->k); });
    product const p{16, 32, 64, 32, true, o->q.data(), o->k.data(), o->y.data()};
    add_eigen(suite, scores, p, o);
    add_libraries(suite, scores, p, o);
    suite.add(form, moves(2. * 256 * 64 * 65, 256 * 128 + 64 * 64, 256),
              [o] { o->b = weft::einsum<"bi,ij,bj->b">(o->x, o->m, o->z); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", form, [o] {
        eigen_dense const x(o->x.data(), 256, 64), m(o->m.data(), 64, 64);
        eigen_dense between(o->between.data(), 256, 64);
        between.noalias() = x * m;
        mapped(o->b) = (mapped(o->between) * mapped(o->z)).rowwise().sum();
    });
#endif
}

void matrix_vector(bench::suite& suite) {
    struct operands {
        matrix a = filled<matrix>(1, 1024, 1024);
        vector x = filled<vector>(2, 1024), y = vector(1024);
    };
    auto const o = std::make_shared<operands>();
    char const* const name = "eager_matvec_1024";
    suite.add(name, needs(1024, 1024, 1), [o] { o->y = matmul(o->a, o->x); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", name, [o] {
        mapped(o->y).matrix().noalias() =
            eigen_dense(o->a.data(), 1024, 1024) * mapped(o->x).matrix();
    });
#endif
#ifdef WEFT_HAS_OPENBLAS
    suite.peer("OpenBLAS", name, [o] {
        cblas_sgemv(CblasRowMajor, CblasNoTrans, 1024, 1024, 1, o->a.data(), 1024, o->x.data(), 1,
                    0, o->y.data(), 1);
    });
    auto const long_one = std::make_shared<vector>(filled<vector>(1, 100'000));
    auto const other = std::make_shared<vector>(filled<vector>(2, 100'000));
    suite.peer("OpenBLAS", "eager_dot_100000", [long_one, other] {
        return cblas_sdot(100'000, long_one->data(), 1, other->data(), 1);
    });
#endif
}

}  // namespace

int main(int argc, char** argv) {
#ifdef WEFT_HAS_OPENBLAS
    openblas_set_num_threads(1);
#endif
    bench::suite suite;
    matrix_vector(suite);
    squares(suite, 256, "eager_matmul_256");
    squares(suite, 1024, "eager_matmul_1024");
    batches<8>(suite, 256, "eager_matmul_batch_256x8");
    batches<32>(suite, 64, "eager_matmul_batch_64x32");
    sums_of_products(suite);
    return suite.run(argc, argv);
}
