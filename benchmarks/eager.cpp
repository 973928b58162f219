// SPDX-License-Identifier: BSL-1.0
// Eager tensors: expressions over tensors and views, assigned to tensors that exist. Peers are
// Eigen's arrays, a plain loop at -O3, and loops written by hand with xsimd as the limit. All of
// them write into buffers that are used again.
#include <memory>
#include <vector>

#include <weft/weft.hpp>

#include "harness.hpp"

#ifdef WEFT_HAS_EIGEN
#include <Eigen/Core>
#endif
#if __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>
#define WEFT_HAS_XSIMD
#endif

namespace {

using weft::dyn;
using vector = weft::tensor<float, dyn>;
using matrix = weft::tensor<float, dyn, dyn>;

template <class T>
void fill(T& x, int seed) {
    float* const p = x.data();
    for (std::int64_t i = 0; i < x.size(); ++i)
        p[i] = static_cast<float>((i * 2654435761 + seed * 40503) % 1000) / 1000.f - 0.5f;
}

bench::work moves(double flops, double read, double written) {
    return {.flops = flops, .read = 4 * read, .written = 4 * written};
}

#ifdef WEFT_HAS_EIGEN
using eigen_vector = Eigen::Map<Eigen::ArrayXf>;
using eigen_matrix =
    Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
eigen_vector mapped(vector& x) { return {x.data(), x.size()}; }
eigen_matrix mapped(matrix& x) { return {x.data(), x.extent(0), x.extent(1)}; }
#endif

struct vectors {
    vector a, b, x, z, y;
    explicit vectors(std::int64_t n) : a(n), b(n), x(n), z(n), y(n) {
        fill(a, 1), fill(b, 2), fill(x, 3), fill(z, 4);
    }
};

[[gnu::optimize("O3")]] void axpbz_loop(std::int64_t n, float const* a, float const* b,
                                        float const* x, float const* z, float* y) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = a[i] * x[i] + b[i] * z[i] + 0.5f;
}

#ifdef WEFT_HAS_XSIMD
using batch = xsimd::batch<float>;
constexpr auto lanes = static_cast<std::int64_t>(batch::size);

/// y[i] = f(i): one vector at a time, the last elements by a loop of their own.
template <class F, class G>
void by_hand(std::int64_t n, float* y, F f, G last) {
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) f(i).store_unaligned(y + i);
    for (; i < n; ++i) y[i] = last(i);
}
batch load(float const* p) { return batch::load_unaligned(p); }
#endif

void elementwise(bench::suite& suite, std::int64_t n, char const* size) {
    auto const v = std::make_shared<vectors>(n);
    auto const N = static_cast<double>(n);
    std::string const axpbz = std::string("eager_axpbz_") + size,
                      expmx2z = std::string("eager_expmx2z_") + size,
                      gelu = std::string("eager_gelu_tanh_") + size;
    suite.add(axpbz, moves(4 * N, 4 * N, N),
              [v] { v->y = v->a * v->x + v->b * v->z + 0.5; });
    suite.add(expmx2z, moves(20 * N, 2 * N, N), [v] { v->y = exp(-v->x * v->x) * v->z; });
    suite.add(gelu, moves(30 * N, N, N), [v] { v->y = gelu_tanh(v->x); });
    suite.peer("loop", axpbz, [v, n] {
        axpbz_loop(n, v->a.data(), v->b.data(), v->x.data(), v->z.data(), v->y.data());
    });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", axpbz, [v] {
        auto const a = mapped(v->a), b = mapped(v->b), x = mapped(v->x), z = mapped(v->z);
        mapped(v->y) = a * x + b * z + 0.5f;
    });
    suite.peer("eigen", expmx2z, [v] {
        auto const x = mapped(v->x), z = mapped(v->z);
        mapped(v->y) = (-x * x).exp() * z;
    });
    suite.peer("eigen", gelu, [v] {
        auto const x = mapped(v->x);
        mapped(v->y) =
            0.5f * x * (1.f + (0.79788456f * (x + 0.044715f * x * x * x)).tanh());
    });
#endif
#ifdef WEFT_HAS_XSIMD
    suite.peer("xsimd", axpbz, [v, n] {
        float const *a = v->a.data(), *b = v->b.data(), *x = v->x.data(), *z = v->z.data();
        by_hand(
            n, v->y.data(),
            [=](std::int64_t i) {
                return xsimd::fma(load(a + i), load(x + i),
                                  xsimd::fma(load(b + i), load(z + i), batch(0.5f)));
            },
            [=](std::int64_t i) { return a[i] * x[i] + b[i] * z[i] + 0.5f; });
    });
    suite.peer("xsimd", expmx2z, [v, n] {
        float const *x = v->x.data(), *z = v->z.data();
        by_hand(
            n, v->y.data(),
            [=](std::int64_t i) {
                auto const t = load(x + i);
                return xsimd::exp(-t * t) * load(z + i);
            },
            [=](std::int64_t i) { return std::exp(-x[i] * x[i]) * z[i]; });
    });
#endif
}

void reductions(bench::suite& suite) {
    std::int64_t const n = 100000;
    auto const v = std::make_shared<vectors>(n);
    auto const s = std::make_shared<weft::tensor<float>>();
    auto const N = static_cast<double>(n);
    suite.add("eager_dot_100000", moves(2 * N, 2 * N, 0), [v, s] { *s = sum(v->x * v->z); });
    suite.add("eager_sumexp_100000", moves(15 * N, N, 0), [v, s] { *s = sum(exp(v->x)); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", "eager_dot_100000",
               [v] { return (mapped(v->x) * mapped(v->z)).sum(); });
    suite.peer("eigen", "eager_sumexp_100000", [v] { return mapped(v->x).exp().sum(); });
#endif
#ifdef WEFT_HAS_XSIMD
    auto const folded = [](std::int64_t count, auto f) {
        batch sums[12];
        for (batch& one : sums) one = batch(0.f);
        std::int64_t i = 0;
        for (; i + 12 * lanes <= count; i += 12 * lanes)
            for (int u = 0; u < 12; ++u) sums[u] = f(i + u * lanes, sums[u]);
        for (; i + lanes <= count; i += lanes) sums[0] = f(i, sums[0]);
        for (int u = 1; u < 12; ++u) sums[0] = sums[0] + sums[u];
        alignas(64) float parts[batch::size];
        sums[0].store_aligned(parts);
        float total = 0;
        for (float p : parts) total += p;
        return total;
    };
    suite.peer("xsimd", "eager_dot_100000", [v, n, folded] {
        float const *x = v->x.data(), *z = v->z.data();
        return folded(n, [=](std::int64_t i, batch sum) {
            return xsimd::fma(load(x + i), load(z + i), sum);
        });
    });
    suite.peer("xsimd", "eager_sumexp_100000", [v, n, folded] {
        float const* x = v->x.data();
        return folded(n, [=](std::int64_t i, batch sum) { return sum + xsimd::exp(load(x + i)); });
    });
#endif
}

struct matrices {
    matrix a, b, y;
    vector row, column;
    weft::tensor<float, dyn, 1> column_of;
    explicit matrices(std::int64_t n) : a(n, n), b(n, n), y(n, n), row(n), column(n), column_of(n) {
        fill(a, 1), fill(b, 2), fill(row, 3), fill(column_of, 4);
    }
};

void shapes(bench::suite& suite) {
    std::int64_t const n = 1024;
    auto const m = std::make_shared<matrices>(n);
    auto const N = static_cast<double>(n) * static_cast<double>(n);
    suite.add("eager_contiguous_1024", moves(N, 2 * N, N), [m] { m->y = m->a + m->b; });
    suite.add("eager_row_1024", moves(N, N, N), [m] { m->y = m->a + m->row; });
    suite.add("eager_column_1024", moves(N, N, N), [m] { m->y = m->a + m->column_of; });
    suite.add("eager_transpose_1024", moves(0, N, N), [m] { m->y = transpose(m->a); });
    suite.add("eager_sum_rows_1024", moves(N, N, 0),
              [m] { m->column = sum(m->a, weft::axis<1>); });
    suite.add("eager_sum_columns_1024", moves(N, N, 0),
              [m] { m->row = sum(m->a, weft::axis<0>); });
    suite.add("eager_slices_1022", moves(3 * N, 4 * N, N), [m] {
        auto const part = [&](std::int64_t i, std::int64_t j) {
            return m->a.slice(0, 1 + i, 1023 + i).slice(1, 1 + j, 1023 + j);
        };
        m->y.slice(0, 1, 1023).slice(1, 1, 1023) =
            0.25 * (part(-1, 0) + part(1, 0) + part(0, -1) + part(0, 1));
    });
    suite.add("eager_softmax_1024", moves(4 * N, N, N), [m] { m->y = softmax(m->a); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", "eager_contiguous_1024",
               [m] { mapped(m->y) = mapped(m->a) + mapped(m->b); });
    suite.peer("eigen", "eager_row_1024",
               [m] { mapped(m->y) = mapped(m->a).rowwise() + mapped(m->row).transpose(); });
    suite.peer("eigen", "eager_column_1024", [m, n] {
        mapped(m->y) = mapped(m->a).colwise() + eigen_vector(m->column_of.data(), n);
    });
    suite.peer("eigen", "eager_transpose_1024",
               [m] { mapped(m->y) = mapped(m->a).transpose(); });
    suite.peer("eigen", "eager_sum_rows_1024",
               [m] { mapped(m->column) = mapped(m->a).rowwise().sum(); });
    suite.peer("eigen", "eager_sum_columns_1024",
               [m] { mapped(m->row) = mapped(m->a).colwise().sum().transpose(); });
    suite.peer("eigen", "eager_slices_1022", [m] {
        auto const a = mapped(m->a);
        auto y = mapped(m->y);
        y.block(1, 1, 1022, 1022) =
            0.25f * (a.block(0, 1, 1022, 1022) + a.block(2, 1, 1022, 1022) +
                     a.block(1, 0, 1022, 1022) + a.block(1, 2, 1022, 1022));
    });
    suite.peer("eigen", "eager_softmax_1024", [m] {
        auto const a = mapped(m->a);
        auto y = mapped(m->y);
        y = (a.colwise() - a.rowwise().maxCoeff().eval()).exp();
        y.colwise() /= y.rowwise().sum().eval();
    });
#endif
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    elementwise(suite, 1000, "1000");
    elementwise(suite, 100000, "100000");
    elementwise(suite, 1000000, "1000000");
    elementwise(suite, 16000000, "16000000");
    reductions(suite);
    shapes(suite);
    return suite.run(argc, argv);
}
