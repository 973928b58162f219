// SPDX-License-Identifier: BSL-1.0
// Matrix products on one core: squares in all transpose cases, sizes of training steps, constant
// sizes, doubles, matrix-vector products, and what an epilogue costs. Peers are Eigen, and the
// libraries that are found at run time: OpenBLAS, BLIS, oneDNN (Debian: libopenblas0, libblis4,
// libdnnl2), and any that WEFT_BENCH_BLAS names as name=path, such as MKL in PyTorch's libtorch_cpu.so;
// libxsmm if the build found it.
#include "harness.hpp"

#include <weft/cpu/gemm_static.hpp>

#include <dlfcn.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#ifdef WEFT_HAS_EIGEN
#define EIGEN_DONT_PARALLELIZE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <Eigen/Core>
#pragma GCC diagnostic pop
#endif
#ifdef WEFT_HAS_XSMM
#include <libxsmm.h>
#endif

namespace {

template <class T>
struct buffer {
    std::shared_ptr<T[]> memory;
    T* data;

    explicit buffer(std::int64_t n) : memory(new T[static_cast<std::size_t>(n) + 16]) {
        auto const address = reinterpret_cast<std::uintptr_t>(memory.get());
        data = memory.get() + (64 - address % 64) % 64 / sizeof(T);
        for (std::int64_t i = 0; i < n; ++i)
            data[i] = static_cast<T>((i * 7919) % 1009 - 504) / T(504);
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
    template <class T>
    weft::matrix<T> a(buffer<T> const& x) const {
        return a_transposed ? weft::matrix<T>{x.data, 1, m} : weft::matrix<T>{x.data, k, 1};
    }
    template <class T>
    weft::matrix<T> b(buffer<T> const& x) const {
        return b_transposed ? weft::matrix<T>{x.data, 1, k} : weft::matrix<T>{x.data, n, 1};
    }
    template <class T>
    std::int64_t workspace() const {
        return weft::gemm_workspace_bytes<T>(m, n, k) / static_cast<std::int64_t>(sizeof(T)) + 16;
    }
};

template <class T>
using blas_gemm = void (*)(char const*, char const*, int const*, int const*, int const*, T const*,
                           T const*, int const*, T const*, int const*, T const*, T*, int const*);
using onednn_gemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float,
                            float const*, std::int64_t, float const*, std::int64_t, float, float*,
                            std::int64_t);

/// What is found of other libraries.
struct libraries {
    struct blas {
        std::string name;
        void* library;
    };
    std::vector<blas> found;
    onednn_gemm onednn = nullptr;

    libraries() {
        add("openblas", "libopenblas.so.0");
        add("blis", "libblis.so.4");
        if (char const* const other = std::getenv("WEFT_BENCH_BLAS")) {
            std::string const text = other;
            std::size_t const at = text.find('=');
            if (at != std::string::npos) add(text.substr(0, at), text.substr(at + 1));
        }
        if (void* const library = dlopen("libdnnl.so.2", RTLD_LAZY))
            onednn = reinterpret_cast<onednn_gemm>(dlsym(library, "dnnl_sgemm"));
    }
    void add(std::string name, std::string const& path) {
        void* const library = dlopen(path.c_str(), RTLD_LAZY);
        if (library == nullptr) return;
        if (void* const f = dlsym(library, "openblas_set_num_threads"))
            reinterpret_cast<void (*)(int)>(f)(1);
        found.push_back({std::move(name), library});
    }
};

#ifdef WEFT_HAS_EIGEN
template <class T, int Order>
using operand = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order> const>;

template <class A, class B, class T>
void eigen_product(shape s, buffer<T> const& a, buffer<T> const& b, buffer<T> const& c) {
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(c.data, s.m, s.n)
        .noalias() = A(a.data, s.m, s.k) * B(b.data, s.k, s.n);
}
#endif

/// The peers of a case. Row-major products are column-major ones of the transposes.
template <class T>
void add_peers(bench::suite& suite, libraries const& all, shape s, std::string const& name,
               buffer<T> const& a, buffer<T> const& b, buffer<T> const& c) {
    for (auto const& its : all.found) {
        auto const f = reinterpret_cast<blas_gemm<T>>(
            dlsym(its.library, std::is_same_v<T, float> ? "sgemm_" : "dgemm_"));
        if (f == nullptr) continue;
        suite.peer(its.name, name, [=] {
            int const m = static_cast<int>(s.m), n = static_cast<int>(s.n),
                      k = static_cast<int>(s.k), lda = s.a_transposed ? m : k,
                      ldb = s.b_transposed ? k : n;
            T const one = 1, zero = 0;
            f(s.b_transposed ? "T" : "N", s.a_transposed ? "T" : "N", &n, &m, &k, &one, b.data,
              &ldb, a.data, &lda, &zero, c.data, &n);
        });
    }
    if constexpr (std::is_same_v<T, float>)
        if (all.onednn != nullptr)
            suite.peer("onednn", name, [=, f = all.onednn] {
                f(s.a_transposed ? 'T' : 'N', s.b_transposed ? 'T' : 'N', s.m, s.n, s.k, 1, a.data,
                  s.a_transposed ? s.m : s.k, b.data, s.b_transposed ? s.k : s.n, 0, c.data, s.n);
            });
#ifdef WEFT_HAS_XSMM
    if (!s.a_transposed && !s.b_transposed && s.m <= 128 && s.n <= 128 && s.k <= 256) {
        int const m = static_cast<int>(s.m), n = static_cast<int>(s.n), k = static_cast<int>(s.k);
        T const one = 1, zero = 0;
        int const flags = LIBXSMM_GEMM_FLAG_NONE;
        auto const f = [&] {
            if constexpr (std::is_same_v<T, float>)
                return libxsmm_smmdispatch(n, m, k, &n, &k, &n, &one, &zero, &flags, nullptr);
            else
                return libxsmm_dmmdispatch(n, m, k, &n, &k, &n, &one, &zero, &flags, nullptr);
        }();
        if (f != nullptr) suite.peer("libxsmm", name, [=] { f(b.data, a.data, c.data); });
    }
#endif
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", name, [=] {
        using rows = operand<T, Eigen::RowMajor>;
        using columns = operand<T, Eigen::ColMajor>;
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

/// A flop of doubles counts as two, so that limits, which are those of floats, hold.
template <class T>
bench::work needs(shape s) {
    return {.flops = s.flops() * sizeof(T) / 4,
            .read = static_cast<double>(sizeof(T)) * static_cast<double>(s.m * s.k + s.k * s.n),
            .written = static_cast<double>(sizeof(T)) * static_cast<double>(s.m * s.n)};
}

template <class T>
void add(bench::suite& suite, libraries const& all, shape s) {
    buffer<T> const a(s.m * s.k), b(s.k * s.n), c(s.m * s.n), work(s.workspace<T>());
    std::string const name = s.name() + (sizeof(T) == 8 ? "_f64" : "");
    suite.add(name, needs<T>(s), [=] {
        weft::gemm<T>(s.m, s.n, s.k, s.a(a), s.b(b), c.data, s.n, false, {}, work.data);
    });
    add_peers(suite, all, s, name, a, b, c);
}

/// Squares whose sizes are constants.
template <class T, int... N>
void add_constant(bench::suite& suite, libraries const& all, std::integer_sequence<int, N...>) {
    auto const one = [&]<int Size>(std::integral_constant<int, Size>) {
        shape const s{Size, Size, Size};
        buffer<T> const a(Size * Size), b(Size * Size), c(Size * Size);
        std::string const name = s.name() + "_constant" + (sizeof(T) == 8 ? "_f64" : "");
        suite.add(name, needs<T>(s), [=] {
            constexpr weft::static_product p{Size, Size, Size, Size, 1, Size, Size};
            weft::gemm<T, p>(a.data, b.data, c.data);
        });
        add_peers(suite, all, s, name, a, b, c);
    };
    (one(std::integral_constant<int, N>{}), ...);
}

/// A row times a matrix, both of constant sizes.
template <int Inner, int Columns>
void add_constant_row(bench::suite& suite, libraries const& all) {
    shape const s{1, Columns, Inner};
    buffer<float> const a(Inner), b(Inner * Columns), c(Columns);
    std::string const name = s.name() + "_constant";
    suite.add(name, needs<float>(s), [=] {
        constexpr weft::static_product p{1, Columns, Inner, Inner, 1, Columns, Columns};
        weft::gemm<float, p>(a.data, b.data, c.data);
    });
    add_peers(suite, all, s, name, a, b, c);
}

/// relu(A B + bias) in the epilogue; the product alone is its peer.
void add_layer(bench::suite& suite, shape s) {
    using P = weft::pack<float, weft::lanes<float>>;
    struct layer {
        buffer<float> bias, out;
        std::int64_t n;

        static void run(void const* context, weft::block<float> const& b) {
            auto const& self = *static_cast<layer const*>(context);
            constexpr int step = weft::lanes<float>;
            for (std::int64_t i = 0; i < b.rows; ++i)
                for (std::int64_t j = 0; j < b.columns; j += step) {
                    auto const part = static_cast<int>(b.columns - j < step ? b.columns - j : step);
                    P const x = P::load(b.data + i * b.stride + j, part) +
                                P::load(self.bias.data + b.column + j, part);
                    select(x < P(0.f), P(0.f), x)
                        .store(self.out.data + (b.row + i) * self.n + b.column + j, part);
                }
        }
    };
    buffer<float> const a(s.m * s.k), b(s.k * s.n), c(s.m * s.n), work(s.workspace<float>());
    auto const state = std::make_shared<layer>(layer{buffer<float>(s.n), c, s.n});
    std::string const name = s.name() + "_bias_relu";
    suite.add(name, needs<float>(s), [=] {
        weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), nullptr, 0, false,
                          {layer::run, state.get()}, work.data);
    });
    suite.peer("product_alone", name, [=] {
        weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), c.data, s.n, false, {}, work.data);
    });
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
    buffer<float> const a(s.m * s.k), b(s.k * s.n), c(s.m * s.n), work(s.workspace<float>());
    buffer<float> const w(s.m * s.n), m(s.m * s.n), v(s.m * s.n);
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
            weft::gemm<float>(s.m, s.n, s.k, s.a(a), s.b(b), nullptr, 0, false, {adam::run, &state}, work.data);
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
    libraries const all;
    bench::suite suite;
    for (std::int64_t n : {96, 127, 128, 256, 257, 384, 512, 768, 1000, 1024, 2048}) {
        add<float>(suite, all, {n, n, n});
        if (n < 256) continue;
        add<float>(suite, all, {n, n, n, false, true});
        add<float>(suite, all, {n, n, n, true, false});
        add<float>(suite, all, {n, n, n, true, true});
    }
    for (std::int64_t n : {128, 256, 512, 1024}) add<double>(suite, all, {n, n, n});
    using sizes = std::integer_sequence<int, 4, 5, 7, 8, 12, 16, 20, 24, 25, 28, 31, 32, 33, 40, 47,
                                        48, 56, 63, 64>;
    add_constant<float>(suite, all, sizes{});
    add_constant<double>(suite, all, sizes{});
    add_constant_row<48, 64>(suite, all);
    add_constant_row<64, 64>(suite, all);
    add_constant_row<64, 12>(suite, all);
    add_constant_row<400, 120>(suite, all);
    for (shape s : {shape{32, 128, 784},
                    {784, 128, 32, true},
                    {32, 10, 128},
                    {128, 10, 32, true},
                    {128, 32, 10, true},
                    {32, 128, 10, false, true},
                    {32, 50, 784},
                    {784, 50, 32, true},
                    {784, 32, 50, true},
                    {32, 50, 50},
                    {128, 512, 784},
                    {784, 512, 128, true},
                    {128, 512, 512},
                    {512, 512, 128, true},
                    {128, 512, 512, false, true},
                    {128, 10, 512},
                    {64, 64, 16},
                    {64, 16, 64},
                    {1, 10, 784},
                    {1, 64, 48},
                    {1, 64, 64},
                    {1, 12, 64},
                    {1, 128, 784},
                    {1, 4096, 4096},
                    {1, 10, 784, false, true},
                    {1, 64, 64, false, true},
                    {1, 4096, 4096, false, true}})
        add<float>(suite, all, s);
    for (shape s : {shape{32, 128, 784}, {128, 512, 512}, {512, 512, 512}}) add_layer(suite, s);
    add_update(suite, {784, 128, 32, true});
    add_update(suite, {784, 512, 128, true});
    add_update(suite, {50, 10, 32, true});
    return suite.run(argc, argv);
}
