// SPDX-License-Identifier: BSL-1.0
// Derivatives as compiled programs: against central differences, for every choice of arguments, in
// both modes, nested, and inside traces that capture symbols.
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/ops/exponential.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::symbol;
using weft::tensor;
using weft::wrt;

/// The scalar that F gives for these arguments.
template <class F, class... A>
double scalar(F f, A&... arguments) {
    return weft::call(f, arguments...).item();
}

/// Whether `gradient` is that of f() in the elements of x, by central differences.
template <class X, class G, class F>
bool is_gradient(X& x, G const& gradient, F f, double step = 1e-5, double tolerance = 1e-7) {
    for (std::int64_t i = 0; i < x.size(); ++i) {
        auto const before = x.data()[i];
        x.data()[i] = before + step;
        double const up = f();
        x.data()[i] = before - step;
        double const down = f();
        x.data()[i] = before;
        if (!near(gradient.data()[i], (up - down) / (2 * step), tolerance)) {
            MESSAGE("element " << i << ": expected " << (up - down) / (2 * step) << ", found "
                               << gradient.data()[i]);
            return false;
        }
    }
    return true;
}

constexpr auto energy = [](symbol x, symbol w) { return sum(tanh(matmul(x, w)) * 0.5); };

struct pair_model {
    tensor<double, 4, 3> w;
    tensor<double, 3> b;
    constexpr auto operator()(auto const& x) const { return tanh(matmul(x, w) + b); }
};

}  // namespace

TEST_CASE("grad of a lambda on tensors: the first program of the documentation") {
    tensor<float, 3> const x{1, 2, 3};
    auto const g = weft::grad([](symbol a) { return sum(tanh(a * 0.1) * a); })(x);
    for (std::int64_t i = 0; i < 3; ++i) {
        double const t = std::tanh(0.1 * double(x[i]));
        CHECK(g[i] == doctest::Approx(t + 0.1 * double(x[i]) * (1 - t * t)));
    }
}

TEST_CASE("every choice of arguments, by central differences") {
    auto x = numbers<tensor<double, 5, 4>>(1);
    auto w = numbers<tensor<double, 4, 7>>(2);
    auto const f = [&] { return scalar(energy, x, w); };
    auto const dx = weft::grad(energy)(x, w);
    static_assert(std::is_same_v<decltype(dx), tensor<double, 5, 4> const>);
    CHECK(is_gradient(x, dx, f));
    auto const dw = weft::grad(energy, wrt<1>)(x, w);
    CHECK(is_gradient(w, dw, f));
    auto const [value, both] = weft::value_and_grad(energy, wrt<1, 0>)(x, w);
    CHECK(value.item() == doctest::Approx(f()));
    CHECK(array_equal(std::get<0>(both), dw));
    CHECK(array_equal(std::get<1>(both), dx));
}

TEST_CASE("kernels of every kind, by central differences") {
    auto x = filled<tensor<double, 4, 6>>(1, 0.25, 2);
    auto y = numbers<tensor<double, 6>>(2);
    tensor<std::int32_t, 5> const at{0, 3, 1, 3, 2};
    auto const check_gradient = [&]<class F>(F f) {
        auto const value = [&] { return scalar(f, x, y, at); };
        auto const [dx, dy] = weft::grad(f, wrt<0, 1>)(x, y, at);
        CHECK(is_gradient(x, dx, value, 1e-5, 1e-6));
        CHECK(is_gradient(y, dy, value, 1e-5, 1e-6));
    };
    check_gradient([](symbol a, symbol b, symbol) {
        return sum(exp(0.5 * a) * b + log(a) / (4 + b) - sqrt(a) * rsqrt(a + 1) + abs(b) * sigmoid(a));
    });
    check_gradient([](symbol a, symbol b, symbol) {
        return sum(softmax(a + b) * log_softmax(a * b)) + sum(max(a, axis<1>) * mean(a, axis<1>)) +
               variance(b) + mean(max(a * b, axis<0>));
    });
    check_gradient([](symbol a, symbol b, symbol) {
        return sum(square(matmul(a, b))) + sum(matmul(a, transpose(a))) +
               sum(tanh(dot_general(a, a, {{0}, {0}, {1}, {1}})) * b);
    });
    check_gradient([](symbol a, symbol b, symbol i) {
        symbol const rows = take(a, i);
        return sum(square(scatter_add(i, rows * b, 4))) +
               sum(weft::concatenate(0, a, pad(rows, 0, 1, 2) * b) * 0.5) +
               sum(slice(a, 1, 0, 6, 2) * transpose(slice(transpose(a), 0, 1, 4))) +
               sum(where(a > b, a * b, maximum(a, minimum(b, 0.5))));
    });
}

TEST_CASE("vjp and jvp agree, and with central differences") {
    constexpr auto f = [](symbol a) { return softmax(tanh(a) * 2) + exp(a); };
    auto x = numbers<tensor<double, 3, 5>>(1);
    auto const v = numbers<tensor<double, 3, 5>>(2), u = numbers<tensor<double, 3, 5>>(3);
    auto const [y, backward] = weft::vjp(f)(u, x);
    auto const [z, forward] = weft::jvp(f)(v, x);
    CHECK(array_equal(y, weft::call(f, x)));
    CHECK(array_equal(z, y));
    double left = 0, right = 0;
    for (int i = 0; i < 15; ++i) {
        left += u.data()[i] * forward.data()[i];
        right += v.data()[i] * backward.data()[i];
    }
    CHECK(left == doctest::Approx(right).epsilon(1e-12));
    auto up = x, down = x;
    for (int i = 0; i < 15; ++i) up.data()[i] += 1e-5 * v.data()[i], down.data()[i] -= 1e-5 * v.data()[i];
    auto const a = weft::call(f, up), b = weft::call(f, down);
    for (int i = 0; i < 15; ++i)
        CHECK(near(forward.data()[i], (a.data()[i] - b.data()[i]) / 2e-5, 1e-7));
    // Of the second argument.
    constexpr auto g = [](symbol p, symbol q) { return p * exp(q); };
    auto const [value, tangent] = weft::jvp(g, wrt<1>)(v, x, u);
    for (int i = 0; i < 15; ++i)
        CHECK(near(tangent.data()[i], x.data()[i] * std::exp(u.data()[i]) * v.data()[i], 1e-12));
    static_cast<void>(value);
}

TEST_CASE("models: gradients, cotangents and tangents are models") {
    pair_model m{numbers<tensor<double, 4, 3>>(1), numbers<tensor<double, 3>>(2)};
    auto x = numbers<tensor<double, 5, 4>>(3);
    constexpr auto loss = [](auto& n, symbol a) { return sum(square(n(a))); };
    auto const value = [&] { return scalar(loss, m, x); };
    auto const [gm, gx] = weft::grad(loss, wrt<0, 1>)(m, x);
    CHECK(is_gradient(m.w, gm.w, value, 1e-5, 1e-6));
    CHECK(is_gradient(m.b, gm.b, value, 1e-5, 1e-6));
    CHECK(is_gradient(x, gx, value, 1e-5, 1e-6));
    pair_model const v{numbers<tensor<double, 4, 3>>(4), numbers<tensor<double, 3>>(5)};
    auto const [y, dy] = weft::jvp(loss)(v, m, x);
    double expected = 0;
    for (int i = 0; i < 12; ++i) expected += v.w.data()[i] * gm.w.data()[i];
    for (int i = 0; i < 3; ++i) expected += v.b[i] * gm.b[i];
    CHECK(dy.item() == doctest::Approx(expected).epsilon(1e-12));
    CHECK(y.item() == doctest::Approx(value()));
}

TEST_CASE("Hessian-vector products in three ways") {
    constexpr auto f = [](symbol a) { return sum(tanh(matmul(a, transpose(a)))) + sum(exp(a * 0.5)); };
    auto x = numbers<tensor<double, 3, 4>>(1);
    auto const v = numbers<tensor<double, 3, 4>>(2);
    auto const forward_over_reverse = check([](symbol a, symbol b) {
        return weft::jvp([](symbol c) { return weft::grad([](symbol d) {
            return sum(tanh(matmul(d, transpose(d)))) + sum(exp(d * 0.5)); })(c); })(b, a).second;
    }, 1e-11, x, v);
    auto const reverse_over_reverse = check([](symbol a, symbol b) {
        return weft::grad([b](symbol c) {
            return sum(b * weft::grad([](symbol d) {
                return sum(tanh(matmul(d, transpose(d)))) + sum(exp(d * 0.5)); })(c));
        })(a);
    }, 1e-11, x, v);
    auto const reverse_over_forward = check([](symbol a, symbol b) {
        return weft::grad([b](symbol c) {
            return weft::jvp([](symbol d) {
                return sum(tanh(matmul(d, transpose(d)))) + sum(exp(d * 0.5)); })(b, c).second;
        })(a);
    }, 1e-11, x, v);
    auto up = x, down = x;
    for (int i = 0; i < 12; ++i) up.data()[i] += 1e-5 * v.data()[i], down.data()[i] -= 1e-5 * v.data()[i];
    auto const a = weft::grad(f)(up), b = weft::grad(f)(down);
    for (int i = 0; i < 12; ++i) {
        double const expected = (a.data()[i] - b.data()[i]) / 2e-5;
        CHECK(near(forward_over_reverse.data()[i], expected, 1e-6));
        CHECK(near(reverse_over_reverse.data()[i], expected, 1e-6));
        CHECK(near(reverse_over_forward.data()[i], expected, 1e-6));
    }
}

TEST_CASE("third derivatives of a scalar") {
    auto const third = [](symbol x) {
        return weft::grad([](symbol a) {
            return weft::grad([](symbol b) {
                return weft::grad([](symbol c) { return c * c * c * c + exp(2 * c); })(b);
            })(a);
        })(x);
    };
    for (double x : {-1.0, 0.0, 0.5}) {
        tensor<double> const t(x);
        CHECK(check(third, 1e-12, t).item() == doctest::Approx(24 * x + 8 * std::exp(2 * x)));
    }
}

TEST_CASE("captured symbols are constants of a derivative, but not of the one around it") {
    tensor<double> const x(0.75), y(2);
    // d/dx [x * d/dy (x * y)] = d/dx [x * x] = 2 x, not x: the classic confusion of perturbations.
    auto const nested = check([](symbol a, symbol b) {
        return weft::grad([b](symbol c) {
            return c * weft::grad([c](symbol d) { return c * d; })(b);
        })(a);
    }, 1e-14, x, y);
    CHECK(nested.item() == 1.5);
    // The same with forward mode inside.
    auto const mixed = check([](symbol a, symbol b) {
        return weft::grad([b](symbol c) {
            return c * weft::jvp([c](symbol d) { return c * d; })(b * 0 + 1, b).second;
        })(a);
    }, 1e-14, x, y);
    CHECK(mixed.item() == 1.5);
    // A capture that is the argument itself under another name stays a constant.
    auto const constant = check([](symbol a) {
        return weft::grad([a](symbol b) { return a * b; })(a);
    }, 1e-14, x);
    CHECK(constant.item() == 0.75);
    auto const none = check([](symbol a, symbol b) {
        return weft::grad([b](symbol) { return b * b; })(a);
    }, 0, x, y);
    CHECK(none.item() == 0);
}

TEST_CASE("a function that returns more than its loss") {
    pair_model m{numbers<tensor<double, 4, 3>>(1), numbers<tensor<double, 3>>(2)};
    auto const x = numbers<tensor<double, 5, 4>>(3);
    auto const [results, gradient] = weft::value_and_grad([](auto& n, symbol a) {
        symbol const y = n(a);
        return std::tuple{mean(y), y, max(y) > 0.5};
    })(m, x);
    CHECK(array_equal(std::get<1>(results), weft::call(m, x)));
    static_assert(std::is_same_v<std::tuple_element_t<2, std::remove_cvref_t<decltype(results)>>,
                                 tensor<bool>>);
    CHECK(gradient.b.size() == 3);
}

TEST_CASE("run-time extents: gradients of several bindings, by central differences") {
    constexpr auto f = [](symbol a, symbol b) {
        return mean(square(matmul(a, b))) + sum(softmax(a)) + sum(weft::variance(b, axis<0>));
    };
    for (std::int64_t n : {1, 4})
        for (std::int64_t k : {1, 7}) {
            auto x = numbers<tensor<double, dyn, dyn>>(1, n, k);
            auto w = numbers<tensor<double, dyn, dyn>>(2, k, n + 1);
            auto const [dx, dw] = weft::grad(f, wrt<0, 1>)(x, w);
            auto const value = [&] { return scalar(f, x, w); };
            CHECK(is_gradient(x, dx, value, 1e-5, 1e-6));
            CHECK(is_gradient(w, dw, value, 1e-5, 1e-6));
        }
}
