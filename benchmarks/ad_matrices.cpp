// SPDX-License-Identifier: BSL-1.0
// Systems of equations on a tape: one entry with the derivative of the core beside Eigen's
// factorisations over variables, scalar by scalar; implicit functions; the adjoints of an ordinary
// differential equation. Each call records anew. Bytes of the tapes on stderr.
#include "harness.hpp"

#if defined(WEFT_HAS_EIGEN)
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <weft/autodiff/fixed_point.hpp>
#include <weft/autodiff/implicit_root.hpp>
#include <weft/autodiff/linalg.hpp>
#include <weft/autodiff/odeint.hpp>

namespace {

using var = weft::var<double>;
template <class T>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

/// Symmetric, positive definite.
matrix<double> sample(int n) {
    matrix<double> a(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) a(i, j) = 1 / (1.0 + std::abs(i - j)) + (i == j ? 3 : 0);
    return a;
}

struct problem {
    matrix<double> a;
    vector<double> b;
    weft::tape<double> tape;
    std::vector<double> gradient;

    explicit problem(int n) : a(sample(n)), b(vector<double>::LinSpaced(n, 1, 2)) {
        gradient.resize(static_cast<std::size_t>(n * (n + 1)));
    }
    /// The gradient of f(A, b) by all of their numbers.
    template <class F>
    double operator()(F f) {
        matrix<var> va(a.rows(), a.cols());
        vector<var> vb(b.size());
        var y;
        {
            auto const recording = tape.record();
            // In the order of memory.
            for (Eigen::Index i = 0; i < a.rows(); ++i)
                for (Eigen::Index j = 0; j < a.cols(); ++j) tape.input(va(i, j) = a(i, j));
            for (Eigen::Index i = 0; i < b.size(); ++i) tape.input(vb(i) = b(i));
            y = f(va, vb);
        }
        tape.gradient(y, gradient);
        return y.value();
    }
};

template <class Primal, class Entry, class Scalars>
void add(bench::suite& suite, char const* what, int n, Primal primal, Entry entry,
         Scalars scalars) {
    auto const p = std::make_shared<problem>(n);
    std::string const name = std::string(what) + " n" + std::to_string(n);
    suite.peer("double", name, [=] { return primal(p->a, p->b); });
    suite.add(name, {}, [=] { return (*p)(entry); });
    suite.peer("scalar by scalar", name, [=] { return (*p)(scalars); });
    (*p)(scalars);
    auto const s = p->tape.statistics();
    std::fprintf(stderr, "%-22s scalar by scalar: %9zu statements, %8.2f MB\n", name.c_str(),
                 s.statements, static_cast<double>(s.bytes) * 1e-6);
}

/// A ring of masses on springs that become stiffer.
constexpr auto springs = [](double, auto y, auto p, auto dy) {
    std::size_t const n = y.size() / 2;
    for (std::size_t i = 0; i < n; ++i) {
        dy[i] = y[n + i];
        auto const left = y[i] - y[(i + n - 1) % n], right = y[(i + 1) % n] - y[i];
        dy[n + i] = p[0] * (right - left) + p[1] * (right * right * right - left * left * left) -
                    p[2] * y[n + i];
    }
};

template <class Adjoint>
void add_ode(bench::suite& suite, char const* name, Adjoint adjoint) {
    auto const t = std::make_shared<weft::tape<double>>();
    auto const y0 = std::make_shared<std::vector<double>>();
    for (int i = 0; i < 40; ++i) y0->push_back(std::sin(0.3 * i));
    auto const g = std::make_shared<std::vector<double>>(43);
    weft::dormand_prince const method{.relative = 1e-8, .absolute = 1e-8};
    std::array const p{1.0, 0.3, 0.05};
    suite.peer("double", name, [=] { return weft::odeint(springs, *y0, 0, 20, p, method)[0]; });
    suite.add(name, {}, [=] {
        auto const [y, q] = t->inputs(*y0, p);
        auto const end = weft::odeint(springs, y, 0, 20, q, method, adjoint);
        var sum = 0;
        for (auto const& v : end) sum += v * v;
        t->gradient(sum, *g);
        return sum.value();
    });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    for (int n : {4, 16, 64, 256}) {
        add(
            suite, "solve", n,
            [](auto const& a, auto const& b) { return a.partialPivLu().solve(b).eval().sum(); },
            [](auto const& a, auto const& b) { return weft::linalg::solve(a, b).sum(); },
            [](auto const& a, auto const& b) { return a.partialPivLu().solve(b).eval().sum(); });
        add(
            suite, "gaussian", n,
            [](auto const& a, auto const& b) {
                auto const l = a.llt();
                return l.matrixLLT().diagonal().array().log().sum() + b.dot(l.solve(b));
            },
            [](auto const& a, auto const& b) {
                return var(0.5 * weft::linalg::log_determinant(a) +
                           b.dot(weft::linalg::solve_positive(a, b)));
            },
            [](auto const& a, auto const& b) {
                auto const l = a.llt();
                return var(l.matrixLLT().diagonal().array().log().sum() + b.dot(l.solve(b)));
            });
    }
    add_ode(suite, "ode steps", weft::discrete_adjoint{});
    add_ode(suite, "ode 20 states", weft::discrete_adjoint{{.states = 20}});
    add_ode(suite, "ode adjoint equation",
            weft::continuous_adjoint{weft::dormand_prince{.relative = 1e-8, .absolute = 1e-8}});
    return suite.run(argc, argv);
}
#else
int main() { return 0; }
#endif
