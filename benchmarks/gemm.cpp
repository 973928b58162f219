// SPDX-License-Identifier: BSL-1.0
// Matrix products on one core against OpenBLAS (if its library is found at run time) and Eigen:
// squares, the products of a perceptron's training step, matrix-vector products, and a gradient
// whose epilogue is an Adam update.
#include "harness.hpp"

#include <weft/cpu/gemm.hpp>

#include <dlfcn.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#ifdef WEFT_HAS_EIGEN
#define EIGEN_DONT_PARALLELIZE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <Eigen/Core>
#pragma GCC diagnostic pop
#endif

namespace {

struct blas {
    using sgemm = void (*)(int, int, int, int, int, int, float, float const*, int, float const*,
                           int, float, float*, int);
    using sgemv = void (*)(int, int, int, int, float, float const*, int, float const*, int, float,
                           float*, int);
    sgemm multiply = nullptr;
    sgemv multiply_vector = nullptr;

    blas() {
        void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
        if (library == nullptr) return;
        if (void* const f = dlsym(library, "openblas_set_num_threads"))
            reinterpret_cast<void (*)(int)>(f)(1);
        multiply = reinterpret_cast<sgemm>(dlsym(library, "cblas_sgemm"));
        multiply_vector = reinterpret_cast<sgemv>(dlsym(library, "cblas_sgemv"));
    }
};

struct buffer {
    std::shared_ptr<float[]> memory;
    float* data;

    explicit buffer(std::int64_t n) : memory(new float[static_cast<std::size_t>(n) + 16]) {
        auto const address = reinterpret_cast<std::uintptr_t>(memory.get());
        data = memory.get() + (64 - address % 64) % 64 / sizeof(float);
        for (std::int64_t i = 0; i < n; ++i)
            data[i] = static_cast<float>((i * 7919) % 1009 - 504) / 504.f;
    }
};

struct shape {
    std::int64_t m, n, k;
    bool a_transposed = false, b_transposed = false;

    std::string name() const {
        return "gemm_" + std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) +
               "_" + (a_transposed ? "t" : "n") + (b_transposed ? "t" : "n");
    }
    double flops() const { return 2. * static_cast<double>(m * n * k); }
    weft::matrix<float> a(buffer const& x) const {
        return a_transposed ? weft::matrix<float>{x.data, 1, m} : weft::matrix<float>{x.data, k, 1};
    }
    weft::matrix<float> b(buffer const& x) const {
        return b_transposed ? weft::matrix<float>{x.data, 1, k} : weft::matrix<float>{x.data, n, 1};
    }
    std::int64_t workspace() const {
        return weft::gemm_workspace_bytes<float>(m, n, k) /
               static_cast<std::int64_t>(sizeof(float));
    }
};

#ifdef WEFT_HAS_EIGEN
using rows =
    Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> const>;
using columns =
    Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor> const>;
using result = Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

template <class A, class B>
void eigen_product(shape s, buffer const& a, buffer const& b, buffer const& c) {
    result(c.data, s.m, s.n).noalias() = A(a.data, s.m, s.k) * B(b.data, s.k, s.n);
}
#endif

void add(bench::suite& suite, blas const& peer, shape s) {
    buffer const a(s.m * s.k), b(s.k * s.n), c(s.m * s.n), work(s.workspace());
    double const in = 4. * static_cast<double>(s.m * s.k + s.k * s.n);
    double const out = 4. * static_cast<double>(s.m * s.n);
    suite.add(s.name(), {.flops = s.flops(), .read = in, .written = out}, [=] {
        weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), c.data, s.n, false, {}, work.data);
    });
    auto const i = [](std::int64_t x) { return static_cast<int>(x); };
    constexpr int row_major = 101, plain = 111, transposed = 112;
    if (s.m == 1 && peer.multiply_vector != nullptr)
        suite.peer("openblas", s.name(), [=, f = peer.multiply_vector] {
            int const outer = i(s.b_transposed ? s.n : s.k), inner = i(s.b_transposed ? s.k : s.n);
            f(row_major, s.b_transposed ? plain : transposed, outer, inner, 1, b.data, inner,
              a.data, 1, 0, c.data, 1);
        });
    else if (peer.multiply != nullptr)
        suite.peer("openblas", s.name(), [=, f = peer.multiply] {
            f(row_major, s.a_transposed ? transposed : plain, s.b_transposed ? transposed : plain,
              i(s.m), i(s.n), i(s.k), 1, a.data, i(s.a_transposed ? s.m : s.k), b.data,
              i(s.b_transposed ? s.k : s.n), 0, c.data, i(s.n));
        });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", s.name(), [=] {
        if (s.a_transposed && s.b_transposed)
            eigen_product<columns, columns>(s, a, b, c);
        else if (s.a_transposed)
            eigen_product<columns, rows>(s, a, b, c);
        else if (s.b_transposed)
            eigen_product<rows, columns>(s, a, b, c);
        else
            eigen_product<rows, rows>(s, a, b, c);
    });
#endif
}

// The state of an Adam update of a parameter with as many elements as C.
struct adam {
    float *w, *m, *v;
    std::int64_t n;

    void row(float const* g, std::int64_t at, std::int64_t count) const {
        using P = weft::pack<float, weft::lanes<float>>;
        constexpr int step = weft::lanes<float>;
        for (std::int64_t j = 0; j < count; j += step) {
            auto const part = static_cast<int>(count - j < step ? count - j : step);
            auto const update = [&](auto load, auto store) {
                P const x = load(g + j), keep1(0.9f), keep2(0.999f);
                P const m1 = fma(load(m + at + j) - x, keep1, x);
                P const v1 = fma(load(v + at + j) - x * x, keep2, x * x);
                store(m + at + j, m1);
                store(v + at + j, v1);
                store(w + at + j, load(w + at + j) - P(1e-3f) * m1 / (sqrt(v1) + P(1e-8f)));
            };
            if (part == step)
                update([](float const* p) { return P::load(p); },
                       [](float* p, P x) { x.store(p); });
            else
                update([&](float const* p) { return P::load(p, part); },
                       [&](float* p, P x) { x.store(p, part); });
        }
    }
    static void run(void const* context, weft::block<float> const& b) {
        auto const& self = *static_cast<adam const*>(context);
        if (b.stride == b.columns && b.columns == self.n)
            return self.row(b.data, b.row * self.n, b.rows * self.n);
        for (std::int64_t i = 0; i < b.rows; ++i)
            self.row(b.data + i * b.stride, (b.row + i) * self.n + b.column, b.columns);
    }
};

/// w, m, v updated by the gradient A B: in the epilogue, and as a product followed by a loop.
void add_update(bench::suite& suite, shape s) {
    buffer const a(s.m * s.k), b(s.k * s.n), c(s.m * s.n), work(s.workspace());
    buffer const w(s.m * s.n), m(s.m * s.n), v(s.m * s.n);
    auto const reset = [=] {
        for (std::int64_t i = 0; i < s.m * s.n; ++i) v.data[i] = 1, m.data[i] = 0.5f;
    };
    reset();
    adam const state{w.data, m.data, v.data, s.n};
    std::string const name = s.name() + "_adam";
    double const part = 4. * static_cast<double>(s.m * s.n);
    double const in = 4. * static_cast<double>(s.m * s.k + s.k * s.n);
    suite.add(
        name, {.flops = s.flops(), .read = 3 * part + in, .written = 3 * part},
        [=] {
            (void)w, (void)m, (void)v;
            weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), nullptr, 0, false, {adam::run, &state},
                              work.data);
        },
        reset);
    suite.peer(
        "unfused", name,
        [=] {
            (void)w, (void)m, (void)v;
            weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), c.data, s.n, false, {}, work.data);
            state.row(c.data, 0, s.m * s.n);
        },
        reset);
    suite.peer(
        "update_alone", name,
        [=] {
            (void)w, (void)m, (void)v;
            state.row(c.data, 0, s.m * s.n);
        },
        reset);
}

}  // namespace

int main(int argc, char** argv) {
    blas const peer;
    bench::suite suite;
    for (std::int64_t n : {8, 16, 32, 64, 128, 256, 257, 512, 768, 1000, 1024}) {
        add(suite, peer, {n, n, n});
        if (n < 256) continue;
        add(suite, peer, {n, n, n, false, true});
        add(suite, peer, {n, n, n, true, false});
        add(suite, peer, {n, n, n, true, true});
    }
    for (shape s : {shape{32, 128, 784},
                    {784, 128, 32, true},
                    {32, 10, 128},
                    {128, 10, 32, true},
                    {32, 128, 10, false, true},
                    {32, 50, 784},
                    {784, 50, 32, true},
                    {32, 50, 50},
                    {128, 512, 784},
                    {784, 512, 128, true},
                    {128, 512, 512},
                    {512, 512, 128, true},
                    {128, 512, 512, false, true},
                    {128, 10, 512},
                    {1, 10, 784},
                    {1, 64, 48},
                    {1, 64, 64},
                    {1, 12, 64},
                    {1, 128, 784},
                    {1, 10, 784, false, true},
                    {1, 64, 64, false, true}})
        add(suite, peer, s);
    add_update(suite, {784, 128, 32, true});
    add_update(suite, {784, 512, 128, true});
    add_update(suite, {50, 10, 32, true});
    return suite.run(argc, argv);
}
