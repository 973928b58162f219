// SPDX-License-Identifier: BSL-1.0
// Eager tensors, matrices: operands of all layouts, transposes, reductions over an axis, rows.
#include "eager.hpp"

namespace {

using namespace eager;

struct matrices {
    static constexpr std::int64_t n = 1024;
    matrix a = filled<matrix>(1, n, n), b = filled<matrix>(2, n, n), y = matrix(n, n),
           wide = filled<matrix>(2, n, 2 * n), inner = matrix(n - 2, n - 2);
    vector row = filled<vector>(2, n), of_columns = vector(n), of_rows = vector(n);
    weft::tensor<float, dyn, 1> column = filled<weft::tensor<float, dyn, 1>>(2, n);

    /// All elements but a border of one, moved by (i, j).
    static auto part(matrix& x, std::int64_t i = 0, std::int64_t j = 0) {
        return x(weft::seq(1 + i, n - 1 + i), weft::seq(1 + j, n - 1 + j));
    }
};
using shared = std::shared_ptr<matrices>;

void layouts(bench::suite& suite, shared m) {
    double const N = 1024 * 1024;
    suite.add("eager_add_1024", moves(N, 2 * N, N), [m] { m->y = m->a + m->b; });
    suite.add("eager_add_row_1024", moves(N, N, N), [m] { m->y = m->a + m->row; });
    suite.add("eager_add_column_1024", moves(N, N, N), [m] { m->y = m->a + m->column; });
    suite.add("eager_add_every_second_1024", moves(N, 3 * N, N),
              [m] { m->y = m->a + m->wide(weft::every, weft::every.by(2)); });
    suite.add("eager_add_sliced_1022", moves(N, 2 * N, N),
              [m] { m->inner = m->part(m->a) + m->part(m->b); });
    suite.add("eager_stencil_1022", moves(4 * N, N, N), [m] {
        matrix& a = m->a;
        m->part(m->y) =
            0.25 * (m->part(a, -1, 0) + m->part(a, 1, 0) + m->part(a, 0, -1) + m->part(a, 0, 1));
    });
    suite.add("eager_transpose_1024", moves(0, N, N), [m] { m->y = transpose(m->a); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_add_1024", [m] { mapped(m->y) = mapped(m->a) + mapped(m->b); });
    suite.peer("Eigen", "eager_add_row_1024",
               [m] { mapped(m->y) = mapped(m->a).rowwise() + mapped(m->row).transpose(); });
    suite.peer("Eigen", "eager_add_column_1024", [m] {
        mapped(m->y) = mapped(m->a).colwise() + eigen_vector(m->column.data(), m->n);
    });
    suite.peer("Eigen", "eager_add_every_second_1024", [m] {
        mapped(m->y) = mapped(m->a) +
                       mapped(m->wide)(Eigen::all, Eigen::seqN(0, Eigen::fix<1024>, Eigen::fix<2>));
    });
    suite.peer("Eigen", "eager_add_sliced_1022", [m] {
        mapped(m->inner) =
            mapped(m->a).block(1, 1, 1022, 1022) + mapped(m->b).block(1, 1, 1022, 1022);
    });
    suite.peer("Eigen", "eager_stencil_1022", [m] {
        auto const a = mapped(m->a);
        mapped(m->y).block(1, 1, 1022, 1022) =
            0.25f * (a.block(0, 1, 1022, 1022) + a.block(2, 1, 1022, 1022) +
                     a.block(1, 0, 1022, 1022) + a.block(1, 2, 1022, 1022));
    });
    suite.peer("Eigen", "eager_transpose_1024", [m] { mapped(m->y) = mapped(m->a).transpose(); });
#endif
}

void reductions(bench::suite& suite, shared m) {
    double const N = 1024 * 1024;
    suite.add("eager_sum_axis0_1024", moves(N, N, 0), [m] { m->of_columns = sum(m->a, axis<0>); });
    suite.add("eager_sum_axis1_1024", moves(N, N, 0), [m] { m->of_rows = sum(m->a, axis<1>); });
    suite.add("eager_variance_axis0_1024", moves(4 * N, N, 0),
              [m] { m->of_columns = variance(m->a, axis<0>); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_sum_axis0_1024",
               [m] { mapped(m->of_columns) = mapped(m->a).colwise().sum().transpose(); });
    suite.peer("Eigen", "eager_sum_axis1_1024",
               [m] { mapped(m->of_rows) = mapped(m->a).rowwise().sum(); });
    suite.peer("Eigen", "eager_variance_axis0_1024", [m] {
        auto const a = mapped(m->a);
        mapped(m->of_columns) =
            (a.rowwise() - a.colwise().mean().eval()).square().colwise().mean().transpose();
    });
#endif
}

void softmaxes(bench::suite& suite, std::int64_t rows, char const* name) {
    struct buffers {
        matrix x, y;
    };
    auto const m = std::make_shared<buffers>(filled<matrix>(1, rows, 1024), matrix(rows, 1024));
    double const N = 1024. * static_cast<double>(rows);
    suite.add(name, moves(4 * N, N, N), [m] { m->y = softmax(m->x); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", name, [m] {
        auto const x = mapped(m->x);
        auto y = mapped(m->y);
        y = (x.colwise() - x.rowwise().maxCoeff().eval()).exp();
        y.colwise() /= y.rowwise().sum().eval();
    });
#endif
}

// The features are known to the type: else weft could not know that x and its mean have equally
// many.
void layer_norm(bench::suite& suite) {
    using samples = weft::tensor<float, dyn, 768>;
    using features = weft::tensor<float, 768>;
    struct buffers {
        samples x = filled<samples>(1, 1024), y = samples(1024);
        features scale = filled<features>(2), bias = filled<features>(3);
    };
    auto const m = std::make_shared<buffers>();
    double const N = 1024 * 768;
    suite.add("eager_layer_norm_1024x768", moves(8 * N, N, N), [m] {
        auto const off = m->x - mean(m->x, axis<1>, weft::keep);
        m->y = off * rsqrt(mean(square(off), axis<1>, weft::keep) + 1e-5) * m->scale + m->bias;
    });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_layer_norm_1024x768", [m] {
        using Eigen::ArrayXf, Eigen::Map;
        eigen_matrix const x(m->x.data(), 1024, 768);
        eigen_matrix y(m->y.data(), 1024, 768);
        Map<ArrayXf const> const scale(m->scale.data(), 768), bias(m->bias.data(), 768);
        y = x.colwise() - x.rowwise().mean().eval();
        ArrayXf const size = (y.square().rowwise().mean() + 1e-5f).rsqrt();
        y = ((y.colwise() * size).rowwise() * scale.transpose()).rowwise() + bias.transpose();
    });
#endif
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    auto const m = std::make_shared<matrices>();
    layouts(suite, m);
    reductions(suite, m);
    softmaxes(suite, 64, "eager_softmax_64x1024");
    softmaxes(suite, 1024, "eager_softmax_1024x1024");
    layer_norm(suite);
    return suite.run(argc, argv);
}
