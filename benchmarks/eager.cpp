// SPDX-License-Identifier: BSL-1.0
// Eager tensors, element by element: fused expressions at four sizes, an update of Adam, and sums
// of all elements. Peers are Eigen's arrays, plain loops at -O3, and loops written by hand with
// xsimd as the limit. Everybody writes into buffers that exist.
#include <cmath>

#include "eager.hpp"

#if __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>
#define WEFT_HAS_XSIMD
#endif

namespace {

using namespace eager;

struct vectors {
    vector x, z, y;
    explicit vectors(std::int64_t n)
        : x(filled<vector>(1, n)), z(filled<vector>(2, n)), y(vector::uninitialized(n)) {}
};

namespace loops {

#define WEFT_LOOP [[gnu::optimize("O3")]] inline void
WEFT_LOOP axpbz(std::int64_t n, float const* x, float const* z, float* y) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = 2.5f * x[i] + -1.5f * z[i] + 0.5f;
}
WEFT_LOOP expmx2z(std::int64_t n, float const* x, float const* z, float* y) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = std::exp(-x[i] * x[i]) * z[i];
}
WEFT_LOOP gelu(std::int64_t n, float const* x, float* y) {
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = 0.5f * x[i] * (1 + std::tanh(0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i])));
}
#undef WEFT_LOOP

}  // namespace loops

#ifdef WEFT_HAS_XSIMD
namespace by_hand {

using batch = xsimd::batch<float>;
constexpr auto lanes = static_cast<std::int64_t>(batch::size);
batch load(float const* p) { return batch::load_unaligned(p); }

/// y[i] = f(x[i]...): one vector at a time; the last ones through memory of their own.
template <class F, class... X>
void each(std::int64_t n, float* y, F f, X... x) {
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) f(load(x + i)...).store_unaligned(y + i);
    if (i == n) return;
    alignas(64) float last[batch::size] = {};
    auto const tail = [&](float const* p) {
        std::copy(p + i, p + n, last);
        return batch::load_aligned(last);
    };
    batch const r = f(tail(x)...);
    r.store_aligned(last);
    std::copy(last, last + (n - i), y + i);
}
constexpr auto axpbz = [](batch x, batch z) {
    return xsimd::fma(x, batch(2.5f), xsimd::fma(z, batch(-1.5f), batch(0.5f)));
};
constexpr auto expmx2z = [](batch x, batch z) { return xsimd::exp(-x * x) * z; };
constexpr auto gelu = [](batch x) {
    return 0.5f * x * (1.f + xsimd::tanh(0.79788456f * xsimd::fma(0.044715f * x * x, x, x)));
};
/// Sums in twelve accumulators.
template <class F>
float sum(std::int64_t n, F f) {
    batch sums[12];
    for (batch& one : sums) one = batch(0.f);
    std::int64_t i = 0;
    for (; i + 12 * lanes <= n; i += 12 * lanes)
        for (int u = 0; u < 12; ++u) sums[u] = f(i + u * lanes, sums[u]);
    for (; i + lanes <= n; i += lanes) sums[0] = f(i, sums[0]);
    for (int u = 1; u < 12; ++u) sums[0] = sums[0] + sums[u];
    alignas(64) float parts[batch::size];
    sums[0].store_aligned(parts);
    float total = 0;
    for (float p : parts) total += p;
    return total;
}

}  // namespace by_hand
#endif

void elementwise(bench::suite& suite, std::int64_t n) {
    auto const v = std::make_shared<vectors>(n);
    auto const N = static_cast<double>(n);
    std::string const size = std::to_string(n), axpbz = "eager_axpbz_" + size,
                      expmx2z = "eager_expmx2z_" + size, gelu = "eager_gelu_" + size;
    suite.add(axpbz, moves(4 * N, 2 * N, N), [v] { v->y = 2.5 * v->x + -1.5 * v->z + 0.5; });
    suite.add(expmx2z, moves(20 * N, 2 * N, N), [v] { v->y = exp(-v->x * v->x) * v->z; });
    suite.add(gelu, moves(30 * N, N, N), [v] { v->y = gelu_tanh(v->x); });
    suite.peer("loop", axpbz, [v, n] { loops::axpbz(n, v->x.data(), v->z.data(), v->y.data()); });
    if (n <= 1'000'000) {  // scalar functions take seconds
        suite.peer("loop", expmx2z,
                   [v, n] { loops::expmx2z(n, v->x.data(), v->z.data(), v->y.data()); });
        suite.peer("loop", gelu, [v, n] { loops::gelu(n, v->x.data(), v->y.data()); });
    }
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", axpbz,
               [v] { mapped(v->y) = 2.5f * mapped(v->x) + -1.5f * mapped(v->z) + 0.5f; });
    suite.peer("Eigen", expmx2z, [v] {
        auto const x = mapped(v->x);
        mapped(v->y) = (-x * x).exp() * mapped(v->z);
    });
    suite.peer("Eigen", gelu, [v] {
        auto const x = mapped(v->x);
        mapped(v->y) = 0.5f * x * (1.f + (0.79788456f * (x + 0.044715f * x * x * x)).tanh());
    });
#endif
#ifdef WEFT_HAS_XSIMD
    suite.peer("xsimd", axpbz, [v, n] {
        by_hand::each(n, v->y.data(), by_hand::axpbz, std::as_const(v->x).data(),
                      std::as_const(v->z).data());
    });
    suite.peer("xsimd", expmx2z, [v, n] {
        by_hand::each(n, v->y.data(), by_hand::expmx2z, std::as_const(v->x).data(),
                      std::as_const(v->z).data());
    });
    suite.peer("xsimd", gelu, [v, n] {
        by_hand::each(n, v->y.data(), by_hand::gelu, std::as_const(v->x).data());
    });
#endif
}

/// Parameters and moments, and the numbers that a step of Adam has besides them.
struct optimizer {
    static constexpr std::int64_t n = 1'000'000;
    static constexpr float rate = 1e-3f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
    vector p = vector(n), m = vector(n), v = vector(n);
    vector const g = filled<vector>(2, n);
    int steps = 0;
    float step = 0, scale = 0;

    void restart() {
        fill(p, 1);
        m.fill(0), v.fill(0);
        steps = 0;
    }
    void count() {
        ++steps;
        step = rate / (1 - std::pow(beta1, static_cast<float>(steps)));
        scale = 1 / std::sqrt(1 - std::pow(beta2, static_cast<float>(steps)));
    }
};

constexpr auto update = [](auto& model, auto const& rule, auto& state, auto const& gradient) {
    weft::optim::update(rule, model, gradient, state);
};
struct parameters {
    weft::tensor<float, optimizer::n> values;
};

struct fused {
    weft::optim::adam rule{};
    parameters model, gradient;
    weft::optim::state_of<weft::optim::adam, parameters> state;

    fused() { fill(gradient.values, 2); }
    void restart() {
        fill(model.values, 1);
        state = weft::optim::start(rule, model);
    }
};

[[gnu::optimize("O3")]] void adam_loop(optimizer& o) {
    float *p = o.p.data(), *m = o.m.data(), *v = o.v.data();
    float const* g = o.g.data();
    float const step = o.step, scale = o.scale;
    for (std::int64_t i = 0; i < o.n; ++i) {
        m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i];
        v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] * g[i];
        p[i] -= step * m[i] / (std::sqrt(v[i]) * scale + o.epsilon);
    }
}

void adam(bench::suite& suite) {
    double const N = optimizer::n;
    char const *const name = "eager_adam_1000000", *const statements =
                                                       "eager_adam_statements_1000000";
    bench::work const once{.flops = 12 * N, .read = 16 * N, .written = 12 * N, .footprint = 16 * N};
    auto const o = std::make_shared<optimizer>();
    auto const f = std::make_shared<fused>();
    auto const restart = [o] { o->restart(); };
    suite.add(
        name, once, [f] { weft::call(update, f->model, f->rule, f->state, f->gradient); },
        [f] { f->restart(); });
    suite.add(
        statements, once,
        [o] {
            o->count();
            o->m = o->beta1 * o->m + (1 - o->beta1) * o->g;
            o->v = o->beta2 * o->v + (1 - o->beta2) * o->g * o->g;
            o->p -= o->step * o->m / (sqrt(o->v) * o->scale + o->epsilon);
        },
        restart);
    suite.peer(
        "loop", name, [o] { o->count(), adam_loop(*o); }, restart);
#ifdef WEFT_HAS_EIGEN
    suite.peer(
        "Eigen", statements,
        [o] {
            o->count();
            auto p = mapped(o->p), m = mapped(o->m), v = mapped(o->v);
            Eigen::Map<Eigen::ArrayXf const> const g(o->g.data(), o->n);
            m = o->beta1 * m + (1 - o->beta1) * g;
            v = o->beta2 * v + (1 - o->beta2) * g * g;
            p -= o->step * m / (v.sqrt() * o->scale + o->epsilon);
        },
        restart);
#endif
#ifdef WEFT_HAS_XSIMD
    suite.peer(
        "xsimd", name,
        [o] {
            using namespace by_hand;
            o->count();
            float *p = o->p.data(), *m = o->m.data(), *v = o->v.data();
            float const* g = o->g.data();
            batch const step(o->step), scale(o->scale), epsilon(o->epsilon);
            for (std::int64_t i = 0; i < o->n; i += lanes) {
                batch const gradient = load(g + i),
                            mean =
                                xsimd::fma(load(m + i), batch(o->beta1), (1 - o->beta1) * gradient),
                            square = xsimd::fma(load(v + i), batch(o->beta2),
                                                (1 - o->beta2) * gradient * gradient);
                mean.store_unaligned(m + i);
                square.store_unaligned(v + i);
                batch const to =
                    load(p + i) - step * mean / xsimd::fma(xsimd::sqrt(square), scale, epsilon);
                to.store_unaligned(p + i);
            }
        },
        restart);
#endif
}

void sums(bench::suite& suite) {
    std::int64_t const n = 100'000;
    auto const v = std::make_shared<vectors>(n);
    auto const large = std::make_shared<vectors>(1'000'000);
    auto const s = std::make_shared<weft::tensor<float>>();
    double const N = 1e5, M = 1e6;
    suite.add("eager_dot_100000", moves(2 * N, 2 * N, 0), [v, s] { *s = sum(v->x * v->z); });
    suite.add("eager_sumexp_100000", moves(15 * N, N, 0), [v, s] { *s = sum(exp(v->x)); });
    suite.add("eager_mean_1000000", moves(M, M, 0), [large, s] { *s = mean(large->x); });
    suite.add("eager_variance_1000000", moves(4 * M, M, 0),
              [large, s] { *s = variance(large->x); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("Eigen", "eager_dot_100000",
               [v] { return mapped(v->x).matrix().dot(mapped(v->z).matrix()); });
    suite.peer("Eigen", "eager_sumexp_100000", [v] { return mapped(v->x).exp().sum(); });
    suite.peer("Eigen", "eager_mean_1000000", [large] { return mapped(large->x).mean(); });
    suite.peer("Eigen", "eager_variance_1000000", [large] {
        auto const x = mapped(large->x);
        return (x - x.mean()).square().mean();
    });
#endif
#ifdef WEFT_HAS_XSIMD
    using namespace by_hand;
    suite.peer("xsimd", "eager_dot_100000", [v, n] {
        float const *x = v->x.data(), *z = v->z.data();
        return sum(n, [=](std::int64_t i, batch total) {
            return xsimd::fma(load(x + i), load(z + i), total);
        });
    });
    suite.peer("xsimd", "eager_sumexp_100000", [v, n] {
        float const* x = v->x.data();
        return sum(n, [=](std::int64_t i, batch total) { return total + xsimd::exp(load(x + i)); });
    });
    suite.peer("xsimd", "eager_mean_1000000", [large] {
        float const* x = large->x.data();
        return 1e-6f *
               sum(1'000'000, [=](std::int64_t i, batch total) { return total + load(x + i); });
    });
#endif
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    for (std::int64_t n : {1'000, 100'000, 1'000'000, 16'000'000}) elementwise(suite, n);
    adam(suite);
    sums(suite);
    return suite.run(argc, argv);
}
