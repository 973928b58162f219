// SPDX-License-Identifier: BSL-1.0
// Reverse mode on scalar code: gradients of GradBench's problems on a tape that is recorded anew in
// every call, beside their primal in double, and beside ADOL-C, CppAD (in TMB), Sacado's Rad and
// Stan's where they are installed. Eight directions at once beside one, two threads beside one;
// bytes on stderr.
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/tape.hpp>

#include "ad_reverse_problems.hpp"
#include "harness.hpp"

#if defined(WEFT_HAS_STAN)
#include <stan/math/rev/core.hpp>  // before CppAD's plugin of Eigen
#include <stan/math/rev/scal.hpp>
#endif
#if defined(WEFT_HAS_ADOLC)
#include <adolc/adolc.h>
#endif
#if __has_include(<cppad/cppad.hpp>) && defined(NDEBUG)
// TMB's copy of CppAD expects these of its surroundings.
#define CSKIP(...) __VA_ARGS__
#define TMB_EXTERN
inline std::ostream& Rcout = std::cout;
template <class T>
struct isDouble {
    enum { value = std::is_same_v<T, double> };
};
#include <cppad/cppad.hpp>
#define WEFT_HAS_CPPAD
#endif
#if __has_include(<Sacado_trad.hpp>) && __has_include(<Kokkos_Macros.hpp>)
#include <Sacado_trad.hpp>
#define WEFT_HAS_SACADO
#endif

namespace {

using ad_problems::numbers;

template <class Problem>
void add(bench::suite& suite, std::string const& name, Problem const& problem) {
    auto const p = std::make_shared<Problem>(problem);
    auto const x = std::make_shared<numbers>(p->start());
    auto const g = std::make_shared<numbers>(x->size());

    suite.peer("double", name, [=] { return (*p)(x->data()); });
    auto const t = std::make_shared<weft::tape<double>>();
    suite.add(name, {}, [=] {
        auto const v = t->inputs(*x);
        weft::var<double> const y = (*p)(v.data());
        t->gradient(y, *g);
        return y.value();
    });
    auto const v = t->inputs(*x);
    weft::var<double> const y = (*p)(v.data());
    t->gradient(y, *g);
    auto const s = t->statistics();
    std::fprintf(stderr, "%-12s %9zu statements %9zu arguments %7.2f MB, %.1f bytes a statement\n",
                 name.c_str(), s.statements, s.arguments, static_cast<double>(s.bytes) * 1e-6,
                 static_cast<double>(s.bytes) / static_cast<double>(s.statements));
#ifdef WEFT_HAS_ADOLC
    suite.peer("adolc", name, [=] {
        trace_on(1);
        std::vector<adouble> a(x->size());
        for (std::size_t i = 0; i < a.size(); ++i) a[i] <<= (*x)[i];
        adouble r = (*p)(a.data());
        double value = 0;
        r >>= value;
        trace_off();
        gradient(1, static_cast<int>(x->size()), x->data(), g->data());
        return value;
    });
#endif
#ifdef WEFT_HAS_CPPAD
    suite.peer("cppad", name, [=] {
        std::vector<CppAD::AD<double>> a(x->begin(), x->end()), r(1);
        CppAD::Independent(a);
        r[0] = (*p)(a.data());
        CppAD::ADFun<double> f(a, r);
        *g = f.Reverse(1, numbers{1.0});
        return CppAD::Value(r[0]);
    });
#endif
#ifdef WEFT_HAS_SACADO
    suite.peer("sacado", name, [=] {
        std::vector<Sacado::Rad::ADvar<double>> a(x->begin(), x->end());
        Sacado::Rad::ADvar<double> r = (*p)(a.data());
        Sacado::Rad::ADvar<double>::Gradcomp();
        for (std::size_t i = 0; i < a.size(); ++i) (*g)[i] = a[i].adj();
        return r.val();
    });
#endif
#ifdef WEFT_HAS_STAN
    suite.peer("stan", name, [=] {
        std::vector<stan::math::var> a(x->begin(), x->end());
        stan::math::var const r = (*p)(a.data());
        stan::math::grad(r.vi_);
        for (std::size_t i = 0; i < a.size(); ++i) (*g)[i] = a[i].adj();
        double const value = r.val();
        stan::math::recover_memory();
        return value;
    });
#endif
}

/// Sweeps over one recording, in one direction and in eight.
void directions(bench::suite& suite) {
    struct recorded {
        ad_problems::lstm problem{2, 256};
        weft::tape<double> tape;
        std::vector<weft::var<double>> x = tape.inputs(problem.start());
        weft::var<double> y = problem(x.data());
        weft::adjoints<double, 1> one{tape};
        weft::adjoints<double, 8> eight{tape};
        numbers g = numbers(x.size());
    };
    auto const r = std::make_shared<recorded>();
    r->tape.stop();
    suite.add("sweep_lstm_1", {}, [r] {
        r->one.seed(r->y);
        r->one.sweep();
        r->one.take_inputs(r->g.data());
    });
    suite.add("sweep_lstm_8", {}, [r] {
        for (int k = 0; k < 8; ++k) r->eight.seed(r->y, 1.0 + k, k);
        r->eight.sweep();
        for (int k = 0; k < 8; ++k) r->eight.take_inputs(r->g.data(), k);
    });
}

/// A gradient in each of so many threads, with a tape of its own.
void threads(bench::suite& suite, int count) {
    struct worker {
        ad_problems::lstm problem{2, 1024};
        numbers x = problem.start(), g = numbers(x.size());
        weft::tape<double> tape;
        void run() {
            auto const v = tape.inputs(x);
            tape.gradient(problem(v.data()), g);
        }
    };
    auto const workers = std::make_shared<std::vector<worker>>(static_cast<std::size_t>(count));
    suite.add("lstm_threads_" + std::to_string(count), {}, [workers] {
        std::vector<std::jthread> running;
        for (worker& w : *workers) running.emplace_back([&w] { w.run(); });
    });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    add(suite, "gmm_d2_k5", ad_problems::gmm{2, 5, 1000});
    add(suite, "gmm_d10_k25", ad_problems::gmm{10, 25, 1000});
    add(suite, "gmm_d20_k50", ad_problems::gmm{20, 50, 1000});
    add(suite, "lstm_l2_c1024", ad_problems::lstm{2, 1024});
    add(suite, "llsq_n1024", ad_problems::llsq{1024, 128});
    add(suite, "lse_1e4", ad_problems::lse{10000});
    add(suite, "lse_1e6", ad_problems::lse{1000000});
    add(suite, "det_5", ad_problems::det{5});
    add(suite, "det_8", ad_problems::det{8});
    add(suite, "ode_n100", ad_problems::ode{100, 100});
    add(suite, "ode_n1000", ad_problems::ode{1000, 100});
    directions(suite);
    threads(suite, 1), threads(suite, 2);
    return suite.run(argc, argv);
}
