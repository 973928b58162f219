// SPDX-License-Identifier: BSL-1.0
// The largest error of every elementwise function, in units in the last place, against MPFR with 50
// digits, and its time, beside xsimd's function of the same name and the C library's. Prints the
// table of docs/measurements/accuracy.md; arguments: parts of names (none: all).
#include <mpfr.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC's own AVX-512 headers
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <xsimd/xsimd.hpp>
#pragma GCC diagnostic pop

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <weft/cpu/simd.hpp>
#include <weft/math/erf.hpp>
#include <weft/math/exponential.hpp>
#include <weft/math/gamma.hpp>
#include <weft/math/hyperbolic.hpp>
#include <weft/math/inverse_trigonometric.hpp>
#include <weft/math/polygamma.hpp>
#include <weft/math/power.hpp>
#include <weft/math/rounding.hpp>
#include <weft/math/trigonometric.hpp>

namespace {

namespace math = weft::math;

/// A number of 170 bits.
class big {
public:
    mpfr_t v;
    big() { mpfr_init2(v, 170); }
    explicit big(double x) : big() { mpfr_set_d(v, x, MPFR_RNDN); }
    big(big const&) = delete;
    big& operator=(big const&) = delete;
    ~big() { mpfr_clear(v); }
    double number() const { return mpfr_get_d(v, MPFR_RNDN); }
};

using exact = std::function<void(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b)>;
using mpfr_unary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using mpfr_binary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

exact of(mpfr_unary f) {
    return [f](mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr) { f(y, a, MPFR_RNDN); };
}
exact of_two(mpfr_binary f) {
    return [f](mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b) { f(y, a, b, MPFR_RNDN); };
}

template <class T>
using array = std::vector<T>;
template <class T>
using loop = std::function<void(T const*, T const*, T*, int)>;

struct domain {
    double low = -std::numeric_limits<double>::infinity(),
           high = std::numeric_limits<double>::infinity();
};

struct entry {
    std::string name;
    exact reference;
    std::function<double(double, double)> rough;  ///< in double, to choose what MPFR looks at
    domain interesting, timed, second = {};       ///< second: of the second operand
    bool two = false;
    double least = 0;  ///< a double's last place is at least that of this number
    loop<float> ours32, xsimd32, std32;
    loop<double> ours64, xsimd64, std64;
};

template <class T, class F>
loop<T> packed(F f) {
    return [f](T const* a, T const* b, T* y, int n) {
        using V = weft::pack<T, weft::lanes<T>>;
        for (int i = 0; i < n; i += V::size) {
            if constexpr (std::is_invocable_v<F, V, V>)
                f(V::load(a + i), V::load(b + i)).store(y + i);
            else
                f(V::load(a + i)).store(y + i);
        }
    };
}
template <class T, class F>
loop<T> batched(F f) {
    if constexpr (std::is_same_v<F, std::nullptr_t>) {
        return {};
    } else {
        return [f](T const* a, T const* b, T* y, int n) {
            using V = xsimd::batch<T>;
            for (int i = 0; i < n; i += static_cast<int>(V::size)) {
                if constexpr (std::is_invocable_v<F, V, V>)
                    f(V::load_unaligned(a + i), V::load_unaligned(b + i)).store_unaligned(y + i);
                else
                    f(V::load_unaligned(a + i)).store_unaligned(y + i);
            }
        };
    }
}
template <class T, class F>
loop<T> one_by_one(F f) {
    if constexpr (std::is_same_v<F, std::nullptr_t>) {
        return {};
    } else {
        return [f](T const* a, T const* b, T* y, int n) {
            for (int i = 0; i < n; ++i) {
                if constexpr (std::is_invocable_v<F, T, T>)
                    y[i] = f(a[i], b[i]);
                else
                    y[i] = f(a[i]);
            }
        };
    }
}

template <class F, class X, class S>
entry make(std::string name, exact reference, F f, X x, S s, domain interesting, domain timed,
           domain second = {}) {
    entry e;
    e.name = std::move(name);
    e.reference = std::move(reference);
    e.interesting = interesting, e.timed = timed, e.second = second;
    e.two = std::is_invocable_v<F, double, double>;
    e.ours32 = packed<float>(f), e.ours64 = packed<double>(f);
    e.xsimd32 = batched<float>(x), e.xsimd64 = batched<double>(x);
    e.std32 = one_by_one<float>(s), e.std64 = one_by_one<double>(s);
    if constexpr (std::is_invocable_v<S, double, double>)
        e.rough = [s](double a, double b) { return s(a, b); };
    else if constexpr (std::is_invocable_v<S, double>)
        e.rough = [s](double a, double) { return s(a); };
    return e;
}

/// The place of the last digit of T beside x.
template <class T>
double last_place(double x) {
    int exponent = 0;
    std::frexp(x, &exponent);
    int const least = std::numeric_limits<T>::min_exponent;
    return std::ldexp(1., std::max(exponent, least) - std::numeric_limits<T>::digits);
}

struct worst {
    double ulp = 0, a = 0, b = 0;
    int wrong = 0;  ///< by far: special values
};

/// The error of y in last places, exactly.
template <class T>
double error(entry const& e, T a, T b, T y) {
    static big x, z, r, d;
    mpfr_set_d(x.v, static_cast<double>(a), MPFR_RNDN);
    mpfr_set_d(z.v, static_cast<double>(b), MPFR_RNDN);
    e.reference(r.v, x.v, z.v);
    double const near = r.number();
    bool const endless = std::fabs(near) > static_cast<double>(std::numeric_limits<T>::max());
    if (std::isnan(near)) return std::isnan(y) ? 0 : 1e30;
    if (std::isnan(y)) return 1e30;
    if (endless || std::isinf(y)) {
        // The largest number and infinity are neighbours.
        double const limit = static_cast<double>(std::numeric_limits<T>::max());
        bool const both =
            std::isinf(y) && std::fabs(near) > limit * (1 - 4 * std::numeric_limits<T>::epsilon());
        return (both || (endless && static_cast<double>(std::fabs(y)) == limit)) &&
                       (y > 0) == (near > 0)
                   ? 0
                   : 1e30;
    }
    mpfr_set_d(d.v, static_cast<double>(y), MPFR_RNDN);
    mpfr_sub(d.v, d.v, r.v, MPFR_RNDN);
    double const least = sizeof(T) == 8 ? e.least : 0;
    return std::fabs(d.number()) / last_place<T>(std::max(std::fabs(near), least));
}

template <class T>
void examine(entry const& e, loop<T> const& f, array<T> const& a, array<T> const& b, worst& w) {
    array<T> y(a.size());
    f(a.data(), b.data(), y.data(), static_cast<int>(a.size()));
    for (std::size_t i = 0; i < a.size(); ++i) {
        if constexpr (sizeof(T) == 4) {
            if (e.rough) {
                // Only what seems worse than all before is computed in many digits.
                double const r = e.rough(static_cast<double>(a[i]), static_cast<double>(b[i]));
                if (std::isfinite(r) && std::fabs(r) < 3e38 && std::isfinite(y[i]) &&
                    std::fabs(static_cast<double>(y[i]) - r) / last_place<T>(r) < w.ulp - 1e-3)
                    continue;
                if (std::isnan(r) && std::isnan(y[i])) continue;
            }
        }
        double const u = error(e, a[i], b[i], y[i]);
        if (u > 1e9) {
            if (w.wrong++ == 0 && std::getenv("VERBOSE"))
                std::printf("wrong: %.17g, %.17g: %.17g\n", static_cast<double>(a[i]),
                            static_cast<double>(b[i]), static_cast<double>(y[i]));
        } else if (u > w.ulp)
            w.ulp = u, w.a = static_cast<double>(a[i]), w.b = static_cast<double>(b[i]);
    }
}

template <class T>
array<T> special_values() {
    array<T> x;
    for (double v : {0.0, 1.0, 0.5, 2.0, 3.0, 0.75, 1.25, 1.5, 2.5, 3.5, 8.0, 0.25, 10.0, 100.0})
        x.push_back(static_cast<T>(v));
    x.push_back(std::numeric_limits<T>::infinity());
    x.push_back(std::numeric_limits<T>::quiet_NaN());
    x.push_back(std::numeric_limits<T>::max());
    x.push_back(std::numeric_limits<T>::min());
    x.push_back(std::numeric_limits<T>::denorm_min());
    for (int k = 1; k < 200; ++k) x.push_back(static_cast<T>(k * 1.57079632679489661923));
    for (int k = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
         k <= std::numeric_limits<T>::max_exponent; ++k)
        for (double m : {0.5, 0.5000000001, 0.7, 0.75, 0.9999999999})
            x.push_back(static_cast<T>(std::ldexp(m, k)));
    std::size_t const n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        x.push_back(-x[i]);
        x.push_back(std::nextafter(x[i], T(0)));
        x.push_back(std::nextafter(x[i], std::numeric_limits<T>::infinity()));
    }
    return x;
}

std::mt19937_64 random_bits(12345);

template <class T>
T any_number(domain d) {
    using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    for (int tries = 0; tries < 1000; ++tries) {
        U const u = static_cast<U>(random_bits());
        T x;
        std::memcpy(&x, &u, sizeof x);
        if (static_cast<double>(x) >= d.low && static_cast<double>(x) <= d.high) return x;
    }
    return static_cast<T>(d.low);
}
template <class T>
T uniform(domain d) {
    return static_cast<T>(std::uniform_real_distribution<double>(d.low, d.high)(random_bits));
}

template <class T>
worst measure(entry const& e, loop<T> const& f) {
    constexpr std::size_t chunk = 4096;
    worst w;
    array<T> a, b;
    auto const flush = [&] {
        while (a.size() % chunk != 0) a.push_back(a.back()), b.push_back(b.back());
        examine(e, f, a, b, w);
        a.clear(), b.clear();
    };
    auto const add = [&](T x, T y) {
        a.push_back(x), b.push_back(y);
        if (a.size() == chunk) flush();
    };
    array<T> const special = special_values<T>();
    bool const wide = std::isinf(e.interesting.low) || std::isinf(e.interesting.high);
    domain const near = wide ? e.timed : e.interesting;
    if (!e.two) {
        for (T x : special)
            if (!(static_cast<double>(x) < e.interesting.low) &&
                !(static_cast<double>(x) > e.interesting.high))
                add(x, T(0));
        if constexpr (sizeof(T) == 4) {
            for (std::uint64_t u = 0; u < (std::uint64_t{1} << 32);
                 u += e.rough ? 1021 : 1021 * 64 + 1) {
                std::uint32_t const v = static_cast<std::uint32_t>(u);
                T x;
                std::memcpy(&x, &v, sizeof x);
                if (static_cast<double>(x) >= e.interesting.low &&
                    static_cast<double>(x) <= e.interesting.high)
                    add(x, T(0));
            }
        }
        int const random = sizeof(T) == 4                              ? (e.rough ? 2000000 : 20000)
                           : e.name.find("gamma") != std::string::npos ? 5000
                                                                       : 50000;
        for (int i = 0; i < random; ++i) {
            add(uniform<T>(near), T(0));
            add(uniform<T>(e.timed), T(0));
            if (i % 2 == 0) add(any_number<T>(e.interesting), T(0));
        }
    } else {
        array<T> some;
        for (std::size_t i = 0; i < special.size(); i += special.size() / 150)
            some.push_back(special[i]);
        for (std::size_t i = 0; i < 19; ++i)
            some.push_back(special[i]), some.push_back(-special[i]);
        for (T x : some)
            for (T y : some) add(x, y);
        int const random = sizeof(T) == 4 ? 500000 : 50000;
        for (int i = 0; i < random; ++i) {
            add(uniform<T>(e.timed), uniform<T>(e.second));
            if (i % 2 == 0) add(any_number<T>(e.interesting), uniform<T>(e.second));
            if (i % 4 == 0) add(any_number<T>(e.interesting), any_number<T>({}));
            if (i % 2 == 0) {  // the result of moderate size
                T const x = uniform<T>({-10, 10});
                add(static_cast<T>(std::exp(x)), static_cast<T>(uniform<T>({-700, 700}) / x));
            }
        }
    }
    flush();
    return w;
}

template <class T>
double nanoseconds(entry const& e, loop<T> const& f) {
    if (!f) return 0;
    constexpr int n = 2048;
    array<T> a(n), b(n), y(n);
    for (T& x : a) x = uniform<T>(e.timed);
    for (T& x : b) x = uniform<T>(e.two ? e.second : e.timed);
    double best = 1e30;
    for (int round = 0; round < 40; ++round) {
        auto const start = std::chrono::steady_clock::now();
        for (int i = 0; i < 8; ++i) {
            f(a.data(), b.data(), y.data(), n);
            asm volatile("" : : "g"(y.data()) : "memory");
        }
        double const t =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        best = std::min(best, t * 1e9 / (8 * n));
    }
    return best;
}

// Functions that MPFR does not have.
void mpfr_sigmoid(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr) {
    big t;
    mpfr_neg(t.v, a, MPFR_RNDN);
    mpfr_exp(t.v, t.v, MPFR_RNDN);
    mpfr_add_ui(t.v, t.v, 1, MPFR_RNDN);
    mpfr_ui_div(y, 1, t.v, MPFR_RNDN);
}
void mpfr_softplus(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr) {
    big t;
    mpfr_abs(t.v, a, MPFR_RNDN);
    mpfr_neg(t.v, t.v, MPFR_RNDN);
    mpfr_exp(t.v, t.v, MPFR_RNDN);
    mpfr_log1p(t.v, t.v, MPFR_RNDN);
    if (mpfr_sgn(a) > 0)
        mpfr_add(y, t.v, a, MPFR_RNDN);
    else
        mpfr_set(y, t.v, MPFR_RNDN);
}
void mpfr_log_gamma(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr) {
    int sign = 0;
    mpfr_lgamma(y, &sign, a, MPFR_RNDN);
}

/// (-1)^(n + 1) n! times the sum of (a + k)^-(n + 1) over k >= 0: term by term up to 40, by Euler's
/// and Maclaurin's expansion beyond.
template <int N>
void mpfr_polygamma(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr) {
    // B_2k as fractions.
    static constexpr long bernoulli[][2] = {{1, 6},
                                            {-1, 30},
                                            {1, 42},
                                            {-1, 30},
                                            {5, 66},
                                            {-691, 2730},
                                            {7, 6},
                                            {-3617, 510},
                                            {43867, 798},
                                            {-174611, 330},
                                            {854513, 138},
                                            {-236364091, 2730},
                                            {8553103, 6},
                                            {-23749461029, 870},
                                            {8615841276005, 14322}};
    big x, term, t;
    mpfr_set(x.v, a, MPFR_RNDN);
    if (mpfr_nan_p(a) || (mpfr_inf_p(a) && mpfr_sgn(a) < 0)) return mpfr_set_nan(y);
    if (mpfr_inf_p(a)) return void(mpfr_set_zero(y, N % 2 ? 1 : -1));
    if (mpfr_sgn(a) <= 0 && mpfr_integer_p(a)) return mpfr_set_inf(y, N % 2 ? 1 : -1);
    big sum(0);
    for (; mpfr_cmp_si(x.v, 40) < 0; mpfr_add_ui(x.v, x.v, 1, MPFR_RNDN)) {
        mpfr_pow_si(term.v, x.v, -(N + 1), MPFR_RNDN);
        mpfr_add(sum.v, sum.v, term.v, MPFR_RNDN);
    }
    mpfr_pow_si(term.v, x.v, -N, MPFR_RNDN);  // x^-N / N + x^-(N + 1) / 2
    mpfr_div_ui(t.v, term.v, N, MPFR_RNDN);
    mpfr_add(sum.v, sum.v, t.v, MPFR_RNDN);
    mpfr_div(term.v, term.v, x.v, MPFR_RNDN);
    mpfr_div_ui(t.v, term.v, 2, MPFR_RNDN);
    mpfr_add(sum.v, sum.v, t.v, MPFR_RNDN);
    mpfr_mul_ui(term.v, term.v, N + 1,
                MPFR_RNDN);  // (N + 1) ... (N + 2 k - 1) x^(-N - 2 k) / (2 k)!
    mpfr_div(term.v, term.v, x.v, MPFR_RNDN);
    mpfr_div_ui(term.v, term.v, 2, MPFR_RNDN);
    unsigned long k = 1;
    for (auto const& b : bernoulli) {
        mpfr_mul_si(t.v, term.v, b[0], MPFR_RNDN);
        mpfr_div_si(t.v, t.v, b[1], MPFR_RNDN);
        mpfr_add(sum.v, sum.v, t.v, MPFR_RNDN);
        mpfr_mul_ui(term.v, term.v, (N + 2 * k) * (N + 2 * k + 1), MPFR_RNDN);
        mpfr_div_ui(term.v, term.v, (2 * k + 1) * (2 * k + 2), MPFR_RNDN);
        mpfr_div(term.v, term.v, x.v, MPFR_RNDN);
        mpfr_div(term.v, term.v, x.v, MPFR_RNDN);
        ++k;
    }
    for (long i = 2; i <= N; ++i) mpfr_mul_si(sum.v, sum.v, i, MPFR_RNDN);
    mpfr_mul_si(y, sum.v, N % 2 ? 1 : -1, MPFR_RNDN);
}

double constexpr inf = std::numeric_limits<double>::infinity();

std::vector<entry> entries() {
    std::vector<entry> all;
    auto const add = [&](auto&&... a) { all.push_back(make(std::forward<decltype(a)>(a)...)); };
#define BOTH(ours, theirs, c) \
    [](auto x) { return ours(x); }, [](auto x) { return theirs(x); }, [](auto x) { return c(x); }
    add(
        "exp", of(mpfr_exp), [](auto x) { return math::exp(x); },
        [](auto x) { return xsimd::exp(x); }, [](auto x) { return std::exp(x); }, domain{-750, 710},
        domain{-5, 5});
    add(
        "log", of(mpfr_log), [](auto x) { return math::log(x); },
        [](auto x) { return xsimd::log(x); }, [](auto x) { return std::log(x); }, domain{0, inf},
        domain{0, 10});
    add(
        "tanh", of(mpfr_tanh), [](auto x) { return math::tanh(x); },
        [](auto x) { return xsimd::tanh(x); }, [](auto x) { return std::tanh(x); }, domain{-30, 30},
        domain{-3, 3});
    add("exp2", of(mpfr_exp2), BOTH(math::exp2, xsimd::exp2, std::exp2), domain{-1080, 1030},
        domain{-5, 5});
    add("expm1", of(mpfr_expm1), BOTH(math::expm1, xsimd::expm1, std::expm1), domain{-50, 720},
        domain{-3, 3});
    add("log2", of(mpfr_log2), BOTH(math::log2, xsimd::log2, std::log2), domain{0, inf},
        domain{0, 10});
    add("log10", of(mpfr_log10), BOTH(math::log10, xsimd::log10, std::log10), domain{0, inf},
        domain{0, 10});
    add("log1p", of(mpfr_log1p), BOTH(math::log1p, xsimd::log1p, std::log1p), domain{-1, inf},
        domain{-0.9, 3});
    add(
        "sigmoid", exact(mpfr_sigmoid), [](auto x) { return math::sigmoid(x); }, nullptr,
        [](auto x) { return 1 / (1 + std::exp(-x)); }, domain{-760, 50}, domain{-5, 5});
    add(
        "softplus", exact(mpfr_softplus), [](auto x) { return math::softplus(x); }, nullptr,
        nullptr, domain{-760, 800}, domain{-5, 5});
    add("sin", of(mpfr_sin), BOTH(math::sin, xsimd::sin, std::sin), domain{}, domain{-10, 10});
    add("cos", of(mpfr_cos), BOTH(math::cos, xsimd::cos, std::cos), domain{}, domain{-10, 10});
    add("tan", of(mpfr_tan), BOTH(math::tan, xsimd::tan, std::tan), domain{}, domain{-10, 10});
    add("asin", of(mpfr_asin), BOTH(math::asin, xsimd::asin, std::asin), domain{-1, 1},
        domain{-1, 1});
    add("acos", of(mpfr_acos), BOTH(math::acos, xsimd::acos, std::acos), domain{-1, 1},
        domain{-1, 1});
    add("atan", of(mpfr_atan), BOTH(math::atan, xsimd::atan, std::atan), domain{}, domain{-3, 3});
    add("sinh", of(mpfr_sinh), BOTH(math::sinh, xsimd::sinh, std::sinh), domain{-715, 715},
        domain{-3, 3});
    add("cosh", of(mpfr_cosh), BOTH(math::cosh, xsimd::cosh, std::cosh), domain{-715, 715},
        domain{-3, 3});
    add("asinh", of(mpfr_asinh), BOTH(math::asinh, xsimd::asinh, std::asinh), domain{},
        domain{-3, 3});
    add("acosh", of(mpfr_acosh), BOTH(math::acosh, xsimd::acosh, std::acosh), domain{1, inf},
        domain{1, 10});
    add("atanh", of(mpfr_atanh), BOTH(math::atanh, xsimd::atanh, std::atanh), domain{-1, 1},
        domain{-1, 1});
    add("cbrt", of(mpfr_cbrt), BOTH(math::cbrt, xsimd::cbrt, std::cbrt), domain{}, domain{-10, 10});
    add("erf", of(mpfr_erf), BOTH(math::erf, xsimd::erf, std::erf), domain{-8, 8}, domain{-3, 3});
    add("erfc", of(mpfr_erfc), BOTH(math::erfc, xsimd::erfc, std::erfc), domain{-8, 28},
        domain{-3, 3});
    add("lgamma, x > 0", exact(mpfr_log_gamma), BOTH(math::lgamma, xsimd::lgamma, std::lgamma),
        domain{0, inf}, domain{0, 10});
    add(
        "digamma, x > 0", of(mpfr_digamma), [](auto x) { return math::digamma(x); }, nullptr,
        nullptr, domain{0, inf}, domain{0, 10});
    add("lgamma, x < 0", exact(mpfr_log_gamma), BOTH(math::lgamma, xsimd::lgamma, std::lgamma),
        domain{-50, -1e-3}, domain{-10, -1e-3});
    all.back().least = 1;
    add(
        "digamma, x < 0", of(mpfr_digamma), [](auto x) { return math::digamma(x); }, nullptr,
        nullptr, domain{-1e3, 0}, domain{-10, 0});
    all.back().least = 1;
    add("tgamma", of(mpfr_gamma), BOTH(math::tgamma, xsimd::tgamma, std::tgamma), domain{-190, 180},
        domain{-10, 10});
    auto const add_order = [&](auto order) {
        constexpr int n = decltype(order)::value;
        auto const f = [](auto x) {
            using V = decltype(x);
            return math::polygamma(V(static_cast<math::element<V>>(n)), x);
        };
        std::string const name = "polygamma(" + std::to_string(n) + ", x)";
        add(name + ", x > 0", exact(mpfr_polygamma<n>), f, nullptr, nullptr, domain{0, inf},
            domain{0, 10});
        add(name + ", x < 0", exact(mpfr_polygamma<n>), f, nullptr, nullptr, domain{-1e3, 0},
            domain{-10, 0});
        all.back().least = n == 2 ? 2 : 1;
    };
    add_order(std::integral_constant<int, 1>());
    add_order(std::integral_constant<int, 2>());
    add_order(std::integral_constant<int, 3>());
#undef BOTH
    add(
        "power", of_two(mpfr_pow), [](auto x, auto y) { return math::power(x, y); },
        [](auto x, auto y) { return xsimd::pow(x, y); },
        [](auto x, auto y) { return std::pow(x, y); }, domain{}, domain{0.1, 10}, domain{-3, 3});
    add(
        "hypot", of_two(mpfr_hypot), [](auto x, auto y) { return math::hypot(x, y); },
        [](auto x, auto y) { return xsimd::hypot(x, y); },
        [](auto x, auto y) { return std::hypot(x, y); }, domain{}, domain{-3, 3}, domain{-3, 3});
    add(
        "atan2", of_two(mpfr_atan2), [](auto x, auto y) { return math::atan2(x, y); },
        [](auto x, auto y) { return xsimd::atan2(x, y); },
        [](auto x, auto y) { return std::atan2(x, y); }, domain{}, domain{-3, 3}, domain{-3, 3});
    add(
        "fmod", of_two(mpfr_fmod), [](auto x, auto y) { return math::fmod(x, y); },
        [](auto x, auto y) { return xsimd::fmod(x, y); },
        [](auto x, auto y) { return std::fmod(x, y); }, domain{}, domain{-30, 30}, domain{-3, 3});
    return all;
}

void write(worst const& w, char const* format) {
    std::printf(format, w.ulp);
    std::printf(w.wrong ? ", wrong |" : " |");
}
void write(double x, char const* format) {
    if (x == 0)
        std::printf(" |");
    else
        std::printf(format, x);
}

}  // namespace

int main(int argc, char** argv) {
    std::printf(
        "| function | ulp f32 | ulp f64 | ns f32 | ns f64 | xsimd: ulp f32 | ulp f64 | ns f32 | "
        "ns f64 | C library: ns f32 | ns f64 | worst at f32, f64 |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (entry const& e : entries()) {
        bool wanted = argc == 1;
        for (int i = 1; i < argc; ++i) wanted = wanted || e.name == argv[i];
        if (!wanted) continue;
        worst const f = measure(e, e.ours32), d = measure(e, e.ours64);
        worst xf, xd;
        if (e.xsimd32) xf = measure(e, e.xsimd32), xd = measure(e, e.xsimd64);
        std::printf("| %s |", e.name.c_str());
        write(f, " %.2f"), write(d, " %.2f");
        write(nanoseconds(e, e.ours32), " %.2f |"), write(nanoseconds(e, e.ours64), " %.2f |");
        if (e.xsimd32)
            write(xf, " %.3g"), write(xd, " %.3g");
        else
            std::printf(" | |");
        write(nanoseconds(e, e.xsimd32), " %.2f |"), write(nanoseconds(e, e.xsimd64), " %.2f |");
        write(nanoseconds(e, e.std32), " %.2f |"), write(nanoseconds(e, e.std64), " %.2f |");
        if (e.two)
            std::printf(" (%.9g, %.9g), (%.17g, %.17g) |\n", f.a, f.b, d.a, d.b);
        else
            std::printf(" %.9g, %.17g |\n", f.a, d.a);
        std::fflush(stdout);
    }
}
