// SPDX-License-Identifier: BSL-1.0
// Compiled programs on complex numbers, compared with std::complex: arithmetic, functions, layouts,
// sums, products, and derivatives in JAX's convention.
#include <complex>
#include <limits>

#include "compiled.hpp"

#include <weft/autodiff/autodiff.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::symbol;
using weft::tensor;

template <class T>
using c = std::complex<T>;

template <class T>
c<T> as_std(weft::complex<T> z) {
    return {z.re, z.im};
}
template <class T>
c<T> as_std(c<T> z) {
    return z;
}

/// Numbers that repeat with the seed, in all four quadrants.
template <class X>
X filled_complex(std::uint64_t seed, auto... extents) {
    X x(extents...);
    using C = typename X::value_type;
    using T = typename C::value_type;
    std::uint64_t i = 0;
    for (auto& z : x) {
        auto const w = weft::random::bits(weft::random::key(seed), i++);
        z = C{static_cast<T>(weft::random::bits_to_uniform(w.word[0]) * 4 - 2),
              static_cast<T>(weft::random::bits_to_uniform(w.word[1]) * 4 - 2)};
    }
    return x;
}

template <class Z>
bool close(Z found, auto expected) {
    auto const z = as_std(found);
    double const tolerance = sizeof(z) == 8 ? 4e-6 : 1e-14;
    bool const good = std::abs(c<double>(z) - c<double>(expected)) <=
                      tolerance * (1 + std::abs(c<double>(expected)));
    if (!good) MESSAGE("expected " << c<double>(expected) << ", found " << c<double>(z));
    return good;
}

/// f on concrete complex tensors is, element by element, what `expected` gives.
template <class F, class E, class X>
void check_each(F f, E expected, X const& x, X const& y) {
    auto const z = weft::call(f, x, y);
    REQUIRE(z.size() == x.size());
    for (std::int64_t i = 0; i < z.size(); ++i)
        CHECK(close(z.data()[i], expected(as_std(x.data()[i]), as_std(y.data()[i]))));
}

template <class T>
void check_arithmetic(std::int64_t n) {
    CAPTURE(n);
    auto const x = filled_complex<tensor<weft::complex<T>, dyn>>(1, n);
    auto const y = filled_complex<tensor<weft::complex<T>, dyn>>(2, n);
    check_each([](symbol a, symbol b) { return a * b + (a - b) / (b + 3.0); },
               [](c<T> a, c<T> b) { return a * b + (a - b) / (b + T(3)); }, x, y);
    check_each([](symbol a, symbol b) { return conj(-a) * std::complex<float>(0.5f, -2) + abs(b); },
               [](c<T> a, c<T> b) { return std::conj(-a) * c<T>(T(0.5), -2) + std::abs(b); }, x, y);
    check_each([](symbol a, symbol b) { return exp(a) * log(b) + sqrt(a) - tanh(b) + rsqrt(a); },
               [](c<T> a, c<T> b) {
                   return std::exp(a) * std::log(b) + std::sqrt(a) - std::tanh(b) +
                          T(1) / std::sqrt(a);
               },
               x, y);
    check_each([](symbol a, symbol b) { return where(real(a) < imag(b), a, b * 2); },
               [](c<T> a, c<T> b) { return a.real() < b.imag() ? a : b * T(2); }, x, y);
    check_each([](symbol a, symbol b) { return make_complex(imag(a), real(b)) / reciprocal(b); },
               [](c<T> a, c<T> b) { return c<T>(a.imag(), b.real()) * b; }, x, y);
    auto const [same, differ, truth] = weft::call(
        [](symbol a, symbol b) {
            symbol const z = where(real(b) < 0, a, b);
            return std::tuple{z == b, z != b, weft::cast<bool>(b - b)};
        },
        x, y);
    for (std::int64_t i = 0; i < n; ++i) {
        CHECK(same.data()[i] == !(y.data()[i].re < 0));
        CHECK(differ.data()[i] == (y.data()[i].re < 0));
        CHECK(!truth.data()[i]);
    }
}

}  // namespace

TEST_CASE("arithmetic and functions of complex numbers, of any size") {
    for (std::int64_t n : {0, 1, 3, 8, 16, 17, 45}) {
        check_arithmetic<float>(n);
        check_arithmetic<double>(n);
    }
}

TEST_CASE("complex division and absolute values far from one, of zero and of infinities") {
    double const inf = std::numeric_limits<double>::infinity();
    tensor<c<double>, 5> const x{{3e200, 4e200}, {-3e-200, 4e-200}, {0, 0}, {inf, -1}, {1, -0.0}};
    tensor<c<double>, 5> const y{{1e200, 2e200}, {1e-200, -2e-200}, {1, 1}, {2, 0}, {0, 1e300}};
    auto const [q, size] =
        weft::call([](symbol a, symbol b) { return std::pair{a / b, abs(a)}; }, x, y);
    c<double> const quotients[] = {{2.2, -0.4}, {-2.2, -0.4}, {0, 0}};
    for (int i = 0; i < 3; ++i) CHECK(close(q.data()[i], quotients[i]));
    CHECK(close(q.data()[4], c<double>(0, -1e-300)));
    double const sizes[] = {5e200, 5e-200, 0, inf, 1};
    for (int i = 0; i < 5; ++i) CHECK(near(size.data()[i] / (i < 3 && i != 2 ? sizes[i] : 1),
                                           i < 3 && i != 2 ? 1 : sizes[i], 1e-15));
}

TEST_CASE("real and complex numbers promote each other; std::complex and weft's are one type") {
    tensor<c<float>, 2> const x{{1, 2}, {3, -4}};
    tensor<double, 2> const d{10, 20};
    tensor<std::int32_t, 2> const i{1, -1};
    auto const [wide, narrow, made] = weft::call(
        [](symbol a, symbol b, symbol k) {
            return std::tuple{a * b, a + k, make_complex(k, 0.5) * true};
        },
        x, d, i);
    static_assert(std::is_same_v<decltype(wide), tensor<weft::complex<double>, 2> const>);
    static_assert(std::is_same_v<decltype(narrow), tensor<weft::complex<float>, 2> const>);
    static_assert(std::is_same_v<decltype(made), tensor<weft::complex<float>, 2> const>);
    CHECK(as_std(wide(1)) == c<double>(60, -80));
    CHECK(as_std(narrow(1)) == c<float>(2, -4));
    CHECK(as_std(made(0)) == c<float>(1, 0.5f));
}

TEST_CASE("complex numbers transposed, broadcast, sliced, concatenated and taken by index") {
    auto const x = filled_complex<tensor<c<float>, dyn, dyn>>(1, 5, 19);
    tensor<std::int32_t, 3> const rows{4, 0, 4};
    auto const f = [](symbol a, symbol r) {
        return std::tuple{transpose(a) * 2, a + slice(a, 0, 1, 2), concatenate(1, a, conj(a)),
                          take(a, r), pad(a, 1, 1, 2), slice(a, 1, 2, 19, 3) - 1,
                          scatter_add(r, take(a, r), 5)};
    };
    auto const [t, s, both, taken, padded, strided, added] = weft::call(f, x, rows);
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 19; ++j) {
            c<float> const z = x(i, j);
            CHECK(close(t(j, i), z * 2.f));
            CHECK(close(s(i, j), z + x(1, j)));
            CHECK(close(both(i, j), z));
            CHECK(close(both(i, 19 + j), std::conj(z)));
            CHECK(close(padded(i, j + 1), z));
            CHECK(close(padded(i, 20), c<float>(0)));
            if (i < 3) CHECK(close(taken(i, j), x(rows(i), j)));
            if (j >= 2 && j % 3 == 2) CHECK(close(strided(i, j / 3), z - 1.f));
            CHECK(close(added(i, j), z * (i == 4 ? 2.f : i == 0 ? 1.f : 0.f)));
        }
}

TEST_CASE("sums, means and products of complex matrices") {
    auto const run = [](auto const& a, auto const& b, std::int64_t m, std::int64_t n,
                        std::int64_t k) {
        auto const [all, down, across, middle, p] = weft::call(
            [](symbol x, symbol y) {
                return std::tuple{sum(x * 2), sum(x, axis<0>), sum(x, axis<1>), mean(x),
                                  matmul(x, y) + 1};
            },
            a, b);
        using C = c<typename std::remove_cvref_t<decltype(a)>::value_type::value_type>;
        C total = 0;
        for (std::int64_t q = 0; q < k; ++q) {
            C column = 0;
            for (std::int64_t i = 0; i < m; ++i) column += as_std(a(i, q));
            CHECK(close(down(q), column));
            total += column;
        }
        CHECK(close(all.item(), total * C(2)));
        if (m * k > 0) CHECK(close(middle.item(), total / C(static_cast<float>(m * k))));
        for (std::int64_t i = 0; i < m; ++i) {
            C row = 0;
            for (std::int64_t q = 0; q < k; ++q) row += as_std(a(i, q));
            CHECK(close(across(i), row));
            for (std::int64_t j = 0; j < n; ++j) {
                C s = 1;
                for (std::int64_t q = 0; q < k; ++q) s += as_std(a(i, q)) * as_std(b(q, j));
                CHECK(close(p(i, j), s));
            }
        }
    };
    using z32 = tensor<weft::complex<float>, dyn, dyn>;
    using z64 = tensor<weft::complex<double>, dyn, dyn>;
    for (int k : {0, 1, 7, 33}) {
        run(filled_complex<z32>(1, 5, k), filled_complex<z32>(2, k, 9), 5, 9, k);
        run(filled_complex<z64>(1, 3, k), filled_complex<z64>(2, k, 17), 3, 17, k);
    }
}

TEST_CASE("the gradient of a real function of z is df/dx - i df/dy") {
    auto const x = filled_complex<tensor<c<double>, 7>>(1);
    auto const y = filled_complex<tensor<c<double>, 7>>(2);
    auto const f = [](symbol z, symbol w) {
        symbol const u = exp(z * w) / (w + 4) + conj(z) * make_complex(imag(z), abs(w));
        return sum(square(abs(u))) + mean(real(u * u)) - sum(imag(tanh(z) * 0.5));
    };
    auto const g = weft::grad(f)(x, y);
    static_assert(std::is_same_v<typename std::remove_cvref_t<decltype(g)>::value_type,
                                 weft::complex<double>>);
    double const h = 1e-6;
    for (int i = 0; i < 7; ++i) {
        auto const moved = [&](c<double> by) {
            auto z = x;
            z(i) += by;
            return weft::call(f, z, y).item();
        };
        double const dx = (moved({h, 0}) - moved({-h, 0})) / (2 * h);
        double const dy = (moved({0, h}) - moved({0, -h})) / (2 * h);
        CHECK(std::abs(as_std(g(i)) - c<double>(dx, -dy)) < 1e-7 * (1 + std::abs(c<double>(dx, dy))));
        // Forward mode: the same numbers, paired without conjugation.
        tensor<c<double>, 7> t;
        for (auto& z : t) z = 0;
        t(i) = {0.6, -0.8};
        auto const along = weft::jvp(f)(t, x, y).second.item();
        CHECK(near(along, (as_std(g(i)) * t(i)).real(), 1e-12));
    }
    // Of a real argument the gradient is real; of |z| at zero it is zero.
    tensor<double, 2> const r{0.5, -2};
    auto const gr =
        weft::grad([](symbol a) { return sum(abs(exp(make_complex(a, 2 * a)))); })(r);
    for (int i = 0; i < 2; ++i) CHECK(near(gr(i), std::exp(r(i)), 1e-14));
    auto const zero = weft::grad([](symbol z) { return sum(abs(z)); })(tensor<c<float>, 1>{{0, 0}});
    CHECK(as_std(zero(0)) == c<float>(0, 0));
}
