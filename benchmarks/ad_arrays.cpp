// SPDX-License-Identifier: BSL-1.0
// Reverse mode on arrays: the nine problems of the FastAD paper, and GradBench's mixture of
// Gaussians and LSTM in array form. Each gradient is recorded anew in every call; beside it the
// primal in double, by plain loops and by Eigen's arrays, the scalar tape on the same loops, and
// the compiled gradient of the same function. Bytes on stderr.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <tuple>

#include <weft/autodiff/autodiff.hpp>
#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/var_tensor.hpp>
#include <weft/program/call.hpp>

#include "ad_arrays_problems.hpp"
#include "harness.hpp"

namespace {

using namespace ad_arrays;
using tape = weft::tape<double>;

/// The gradient of a variable by arrays and variables; what the caller looks at.
template <class... X>
double differentiated(tape& t, weft::var<double> const& y, X const&... x) {
    bench::do_not_optimize(std::tuple(t.gradient(y, x...)));
    return y.value();
}
/// f of pointers on the scalar tape.
template <class F>
auto on_scalar_tape(F f, std::vector<double> const& x) {
    struct kept {
        tape t;
        std::vector<double> x, g;
    };
    auto const k = std::make_shared<kept>();
    k->x = x, k->g.resize(x.size());
    return [=] {
        auto const v = k->t.inputs(k->x);
        weft::var<double> const y = f(v.data());
        k->t.gradient(y, std::span<double>(k->g));
        return y.value();
    };
}
template <class... X>
std::vector<double> joined(X const&... x) {
    std::vector<double> all;
    auto const add = [&](auto const& part) {
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>>)
            all.push_back(part);
        else
            all.insert(all.end(), part.begin(), part.end());
    };
    (add(x), ...);
    return all;
}

/// How far two gradients are apart, relative to the largest derivative.
void compare(char const* name, std::vector<double> const& x, std::vector<double> const& y) {
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        worst = std::max(worst, std::abs(x[i] - y[i]));
        largest = std::max(largest, std::abs(y[i]));
    }
    std::fprintf(stderr, "%-16s differs from the scalar tape by %.1e of the largest derivative\n",
                 name, worst / largest);
}
template <class F>
std::vector<double> scalar_gradient(F const& loops, std::vector<double> const& x) {
    tape t;
    auto const v = t.inputs(x);
    return t.gradient(loops(v.data()));
}
#ifdef WEFT_HAS_EIGEN
template <std::int64_t N>
auto mapped(tensor<double, N> const& x) {
    return Eigen::Map<Eigen::Array<double, Eigen::Dynamic, 1> const, Eigen::Aligned64>(x.data(), N);
}
template <std::int64_t M, std::int64_t N>
auto mapped(tensor<double, M, N> const& x) {
    return Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> const,
                      Eigen::Aligned64>(x.data(), M, N);
}
#endif

/// A function of one vector.
template <class Problem>
void vector_problem(bench::suite& suite) {
    auto const p = std::make_shared<Problem>();
    auto const t = std::make_shared<tape>();
    auto const loop = [](auto const* x) { return Problem::loop(x); };
    suite.peer("double", Problem::name, [=] { return loop(p->x.data()); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", Problem::name, [=] { return Problem::eigen(mapped(p->x)); });
#endif
    suite.add(Problem::name, {}, [=] {
        auto const x = t->inputs(p->x);
        return differentiated(*t, Problem::arrays(x), x);
    });
    auto const x = t->inputs(p->x);
    weft::var<double> const y = Problem::arrays(x);
    compare(Problem::name, joined(t->gradient(y, x)), scalar_gradient(loop, joined(p->x)));
    suite.peer("weft_scalar", Problem::name, on_scalar_tape(loop, joined(p->x)));
    suite.peer("weft_compiled", Problem::name,
               [=] { return weft::value_and_grad(Problem::arrays)(p->x); });
}

void matrix_problem(bench::suite& suite) {
    using problem = matrix_product;
    auto const p = std::make_shared<problem>();
    auto const t = std::make_shared<tape>();
    auto const loop = [](auto const* x) { return problem::loop(x); };
    auto const all = joined(p->a, p->b);
    suite.peer("double", "matrix_product", [=] { return loop(all.data()); });
#ifdef WEFT_HAS_EIGEN
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
    auto const c = std::make_shared<matrix>(problem::n, problem::n);
    matrix const a = mapped(p->a), b = mapped(p->b);
    suite.peer("eigen", "matrix_product", [=] {
        c->noalias() = a * b;
        return c->sum();
    });
#endif
    suite.add("matrix_product", {}, [=] {
        auto const [x, y] = t->inputs(p->a, p->b);
        return differentiated(*t, problem::arrays(x, y), x, y);
    });
    auto const [x, y] = t->inputs(p->a, p->b);
    auto const [gx, gy] = t->gradient(problem::arrays(x, y), x, y);
    compare("matrix_product", joined(gx, gy), scalar_gradient(loop, all));
    suite.peer("weft_scalar", "matrix_product", on_scalar_tape(loop, all));
    suite.peer("weft_compiled", "matrix_product",
               [=] { return weft::value_and_grad(problem::arrays, weft::wrt<0, 1>)(p->a, p->b); });
}

void regression_problem(bench::suite& suite) {
    auto const p = std::make_shared<regression>();
    auto const t = std::make_shared<tape>();
    auto const loop = [=](auto const* x) { return p->loop(x); };
    auto const all = joined(p->w, p->bias, p->deviation);
    suite.peer("double", "regression", [=] { return loop(all.data()); });
#ifdef WEFT_HAS_EIGEN
    suite.peer("eigen", "regression", [=] {
        auto const x = mapped(p->x).transpose();
        auto const y = mapped(p->y).matrix();
        auto const w = mapped(p->w).matrix();
        double const fit = ((y - x * w).array() - p->bias).square().sum();
        return -0.5 * (fit / (p->deviation * p->deviation) + w.squaredNorm() + p->bias * p->bias) -
               regression::rows * std::log(p->deviation);
    });
#endif
    suite.add("regression", {}, [=] {
        auto const [w, b, sigma] = t->inputs(p->w, p->bias, p->deviation);
        return differentiated(*t, regression::arrays(p->x, p->y, w, b, sigma), w, b, sigma);
    });
    auto const [w, b, sigma] = t->inputs(p->w, p->bias, p->deviation);
    weft::var<double> const y = regression::arrays(p->x, p->y, w, b, sigma);
    auto const [gw, gb, gs] = t->gradient(y, w, b, sigma);
    compare("regression", joined(gw, gb, gs), scalar_gradient(loop, all));
    suite.peer("weft_scalar", "regression", on_scalar_tape(loop, all));
    suite.peer("weft_compiled", "regression", [=] {
        return weft::value_and_grad(regression::arrays, weft::wrt<2, 3, 4>)(p->x, p->y, p->w,
                                                                            p->bias, p->deviation);
    });
}

void volatility_problem(bench::suite& suite) {
    using problem = stochastic_volatility;
    auto const p = std::make_shared<problem>();
    auto const t = std::make_shared<tape>();
    auto const loop = [=](auto const* x) { return p->loop(x); };
    auto const all = joined(p->steps, p->persistence, p->deviation, p->mean);
    suite.peer("double", "stochastic_volatility", [=] { return loop(all.data()); });
    suite.add("stochastic_volatility", {}, [=] {
        auto const [steps, phi, sigma, mu] =
            t->inputs(p->steps, p->persistence, p->deviation, p->mean);
        return differentiated(*t, problem::arrays(p->y, p->is_first, steps, phi, sigma, mu), steps,
                              phi, sigma, mu);
    });
    auto const [steps, phi, sigma, mu] = t->inputs(p->steps, p->persistence, p->deviation, p->mean);
    weft::var<double> const y = problem::arrays(p->y, p->is_first, steps, phi, sigma, mu);
    auto const [gs, gp, gd, gm] = t->gradient(y, steps, phi, sigma, mu);
    compare("stochastic_volatility", joined(gs, gp, gd, gm), scalar_gradient(loop, all));
    suite.peer("weft_scalar", "stochastic_volatility", on_scalar_tape(loop, all));
    suite.peer("weft_compiled", "stochastic_volatility", [=] {
        return weft::value_and_grad(problem::arrays, weft::wrt<2, 3, 4, 5>)(
            p->y, p->is_first, p->steps, p->persistence, p->deviation, p->mean);
    });
}

void tell_memory(char const* name, tape const& t) {
    auto const s = t.statistics();
    std::fprintf(stderr,
                 "%-16s %zu entries, %.1f MB on the tape, %.1f MB of adjoints, %.1f MB of "
                 "workspace\n",
                 name, s.calls, static_cast<double>(s.reserved) * 1e-6,
                 static_cast<double>(s.array_bytes) * 1e-6,
                 static_cast<double>(weft::workspace::of_thread().bytes()) * 1e-6);
}

template <int D, int K>
void mixture_problem(bench::suite& suite, char const* name) {
    using problem = mixture<D, K, 1000>;
    auto const p = std::make_shared<problem>();
    auto const t = std::make_shared<tape>();
    suite.peer("double", name, [=] { return p->loops(p->all.data()); });
    auto const record = [=](auto use) {
        auto const [alpha, means, logs, lower] = t->inputs(p->alpha, p->means, p->logs, p->lower);
        weft::var<double> const y = problem::arrays(*p, alpha, means, logs, lower) + p->constant();
        use(y, alpha, means, logs, lower);
        return y.value();
    };
    suite.add(name, {}, [=] {
        return record([&](auto const& y, auto const&... x) { differentiated(*t, y, x...); });
    });
    double const value = record([&](auto const& y, auto const&... x) {
        std::apply(
            [&](auto const&... g) {
                compare(name, joined(g...), scalar_gradient(p->loops, p->all));
            },
            t->gradient(y, x...));
    });
    std::fprintf(stderr, "%-16s value %.15g, by loops %.15g\n", name, value,
                 p->loops(p->all.data()));
    tell_memory(name, *t);
}

template <int Layers, int Characters>
void recurrent_problem(bench::suite& suite, char const* name) {
    using problem = recurrent<Layers, Characters>;
    auto const p = std::make_shared<problem>();
    auto const t = std::make_shared<tape>();
    suite.peer("double", name, [=] { return p->loops(p->all.data()); });
    suite.add(name, {}, [=] {
        auto const [weights, ends] = t->inputs(p->weights, p->ends);
        return differentiated(*t, p->arrays(weights, ends), weights, ends);
    });
    suite.peer("weft_scalar", name,
               on_scalar_tape([=](auto const* x) { return p->loops(x); }, p->all));
    auto const [weights, ends] = t->inputs(p->weights, p->ends);
    auto const [gw, ge] = t->gradient(p->arrays(weights, ends), weights, ends);
    compare(name, joined(gw, ge), scalar_gradient(p->loops, p->all));
    tell_memory(name, *t);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    vector_problem<total>(suite);
    vector_problem<prod>(suite);
    vector_problem<log_sum_exp>(suite);
    vector_problem<normal_log_pdf>(suite);
    matrix_problem(suite);
    regression_problem(suite);
    volatility_problem(suite);
    mixture_problem<10, 25>(suite, "gmm_d10_k25");
    mixture_problem<64, 25>(suite, "gmm_d64_k25");
    recurrent_problem<2, 1024>(suite, "lstm_l2_c1024");
    return suite.run(argc, argv);
}
