// SPDX-License-Identifier: BSL-1.0
// gradient, jacobian, hessian, hvp, directional and taylor_series over the kinds of containers, in
// both modes, and check_gradient.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <weft/autodiff/check_gradient.hpp>
#include <weft/autodiff/jacobian.hpp>
#include <weft/autodiff/reverse.hpp>
#include <weft/autodiff/tensors.hpp>

namespace {

using doctest::Approx;
using weft::mode;

/// x0 x1 + x0 sum(exp(x)): its gradient, Hessian and their uses by hand.
constexpr auto energy = [](auto const& x) {
    using T = std::remove_cvref_t<decltype(x[0])>;
    using std::exp;
    T sum = 0;
    for (auto const& v : x) sum += exp(v);
    return T(x[0] * x[1] + x[0] * sum);
};
struct by_hand {
    std::vector<double> x;
    double sum = 0;
    explicit by_hand(std::vector<double> const& at) : x(at) {
        for (double v : x) sum += std::exp(v);
    }
    double gradient(std::size_t i) const {
        return x[0] * std::exp(x[i]) + (i == 0 ? x[1] + sum : i == 1 ? x[0] : 0);
    }
    double hessian(std::size_t i, std::size_t j) const {
        double h = i == j ? x[0] * std::exp(x[i]) : 0;
        if (i == 0) h += std::exp(x[j]) + (j == 1 ? 1 : 0);
        if (j == 0) h += std::exp(x[i]) + (i == 1 ? 1 : 0);
        return h;
    }
};

template <class G>
void check_gradient_of_energy(G const& g, std::vector<double> const& x) {
    by_hand const wanted(x);
    REQUIRE(g.size() == x.size());
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(g[i] == Approx(wanted.gradient(i)));
}
template <class H>
void check_hessian_of_energy(H const& h, std::vector<double> const& x) {
    by_hand const wanted(x);
    REQUIRE(h.rows() == x.size());
    REQUIRE(h.columns() == x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j) {
            CAPTURE(i);
            CAPTURE(j);
            CHECK(h(i, j) == Approx(wanted.hessian(i, j)));
        }
}

std::vector<double> numbers(std::size_t n) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = 0.1 + 0.01 * static_cast<double>(i);
    return x;
}

}  // namespace

TEST_CASE("gradients by the kinds of containers") {
    std::vector<double> const x = numbers(3), many = numbers(37);
    std::array<double, 3> const fixed{x[0], x[1], x[2]};
    check_gradient_of_energy(weft::gradient(energy, fixed), x);
    check_gradient_of_energy(weft::gradient(energy, x), x);  // reverse
    check_gradient_of_energy(weft::gradient<mode::forward>(energy, x), x);
    check_gradient_of_energy(weft::gradient<mode::forward>(energy, many), many);
    check_gradient_of_energy(weft::gradient<mode::reverse>(energy, many), many);
    check_gradient_of_energy(weft::gradient(energy, std::span<double const>(many)), many);
    check_gradient_of_energy(weft::gradient(energy, std::span<double const, 3>(fixed)), x);
    CHECK(weft::gradient([](auto t) { return t * t * t; }, 2.0) == 12);
    CHECK(weft::gradient<mode::reverse>([](auto t) { return t * t * t; }, 2.0) == 12);
    CHECK(weft::gradient([](auto const&) { return 1; }, fixed) == std::array{0., 0., 0.});
    CHECK(weft::gradient<mode::forward>([](auto const&) { return 1; }, std::vector<double>())
              .empty());
    auto const [value, g] = weft::value_and_gradient(energy, x);
    CHECK(value == Approx(energy(x)));
    check_gradient_of_energy(g, x);
    weft::tensor<double, 3> fixed_tensor;
    weft::tensor<double, weft::dyn> tensor(37);
    std::copy(x.begin(), x.end(), fixed_tensor.data());
    std::copy(many.begin(), many.end(), tensor.data());
    weft::tensor<double, 3> const of_fixed = weft::gradient(energy, fixed_tensor);
    weft::tensor<double, weft::dyn> const of_tensor = weft::gradient(energy, tensor);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(of_fixed.data()[i] == Approx(by_hand(x).gradient(i)));
    CHECK(of_tensor.data()[36] == Approx(by_hand(many).gradient(36)));
    std::array<float, 2> const single{1, 2};
    auto const f = weft::gradient([](auto const& v) { return v[0] / v[1]; }, single);
    static_assert(std::is_same_v<decltype(f), std::array<float, 2> const>);
    CHECK(f[1] == -0.25f);
}

TEST_CASE("jacobians") {
    auto const f = [](auto const& x) {
        using T = std::remove_cvref_t<decltype(x[0])>;
        return std::array<T, 2>{x[0] * x[1], x[1] * x[1] * x[x.size() - 1]};
    };
    std::vector<double> const x = numbers(35);
    auto const forward = weft::jacobian(f, x), reverse = weft::jacobian<mode::reverse>(f, x);
    REQUIRE(forward.rows() == 2);
    REQUIRE(forward.columns() == 35);
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 35; ++j) CHECK(forward(i, j) == Approx(reverse(i, j)));
    CHECK(forward(1, 34) == Approx(x[1] * x[1]));
    CHECK(forward(1, 1) == Approx(2 * x[1] * x[34]));
    auto const small = weft::jacobian(f, std::array{2., 3., 4.});
    static_assert(std::is_same_v<decltype(small), weft::dense_matrix<double, 2, 3> const>);
    CHECK(small(1, 2) == 9);
    // Beside those of traced functions, which take the function alone.
    [[maybe_unused]] auto const traced = weft::jacobian([](auto a) { return a * a; });
}

TEST_CASE("second derivatives") {
    std::vector<double> const x = numbers(5), many = numbers(35);
    std::array<double, 3> const fixed{0.1, 0.11, 0.12};
    check_hessian_of_energy(weft::hessian(energy, fixed), numbers(3));
    check_hessian_of_energy(weft::hessian(energy, many), many);  // reverse
    check_hessian_of_energy(weft::hessian<mode::forward>(energy, many), many);
    by_hand const wanted(x);
    std::vector<double> const v{1, -2, 0.5, 0, 3};
    std::vector<double> const forward = weft::hvp<mode::forward>(energy, x, v),
                              reverse = weft::hvp(energy, x, v);
    for (std::size_t i = 0; i < 5; ++i) {
        double product = 0;
        for (std::size_t j = 0; j < 5; ++j) product += wanted.hessian(i, j) * v[j];
        CHECK(forward[i] == Approx(product));
        CHECK(reverse[i] == Approx(product));
    }
    CHECK(weft::hvp([](auto t) { return t * t * t; }, 2.0, 1.0) == 12);
}

TEST_CASE("along a direction") {
    std::vector<double> const x = numbers(4), v{1, 0, -1, 2};
    by_hand const wanted(x);
    CHECK(weft::directional(energy, x, v) ==
          Approx(wanted.gradient(0) - wanted.gradient(2) + 2 * wanted.gradient(3)));
    auto const doubled = [](auto const& a) {
        auto b = a;
        for (auto& e : b) e = 2 * e * e;
        return b;
    };
    std::vector<double> const d = weft::directional(doubled, x, v);
    CHECK(d[3] == Approx(4 * x[3] * 2));
    auto const series = weft::taylor_series<3>([](auto const& a) { return exp(a[0]) * a[1]; },
                                               std::array{0.5, 2.}, std::array{1., 1.});
    CHECK(series.derivative(3) == Approx(5 * std::exp(0.5)));
    auto const several = weft::taylor_series<2>(doubled, x, v);
    CHECK(several[3].derivative(2) == Approx(16));
    CHECK_THROWS_WITH(weft::directional(energy, x, std::vector<double>(3)),
                      "weft::directional: the point has 4 numbers, the direction 3");
    CHECK_THROWS_WITH(weft::hvp<mode::forward>(energy, x, std::vector<double>(3)),
                      "weft::hvp: the point has 4 numbers, the direction 3");
}

TEST_CASE("seeds") {
    auto const x = weft::seed<3>(numbers(5), 2);
    CHECK(x[1].derivative(0) == 0);
    CHECK(x[2].derivative(0) == 1);
    CHECK(x[4].derivative(2) == 1);
    CHECK(energy(x).derivative(1) == Approx(by_hand(numbers(5)).gradient(3)));
}

TEST_CASE("derivatives nest: the gradient of a function that takes a gradient") {
    auto const inner = [](auto const& t) {
        using T = std::remove_cvref_t<decltype(t)>;
        std::array<T, 2> const x{t, t * t};
        return weft::gradient([](auto const& v) { return v[0] * v[0] * v[1]; }, x)[0];
    };
    CHECK(weft::gradient(inner, 2.0) == Approx(2 * 3 * 4));  // 2 t^3
}

TEST_CASE("check_gradient finds a wrong derivative and passes a right one") {
    std::vector<double> const x = numbers(4);
    auto const right = weft::check_gradient(energy, x);
    CHECK_MESSAGE(right.passed(), right.text());
    CHECK(right.worst().error < 1e-10);
    CHECK(right.directions.size() == 8);
    auto g = weft::gradient(energy, x);
    CHECK(weft::check_gradient(energy, x, g));
    g[2] *= 1.0001;
    auto const wrong = weft::check_gradient(energy, x, g, {.directions = 4});
    CHECK_FALSE(wrong);
    CHECK(wrong.text().find("<- differs") != std::string::npos);
    CHECK(wrong.text().find("FAILED") != std::string::npos);
    CHECK(weft::check_gradient(energy, std::array<float, 3>{0.1f, 0.2f, 0.3f}).passed());
    CHECK_THROWS_WITH(weft::check_gradient(energy, x, std::vector<double>(3)),
                      "weft::check_gradient: the point has 4 numbers, the direction 3");
}
