// SPDX-License-Identifier: BSL-1.0
// Every operation of a pack, against scalar code: all element types, several widths, special
// values, the accuracy of the functions in ulp, and memory right before an unmapped page.
#include <weft/cpu/simd.hpp>
#include <weft/math/hyperbolic.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__unix__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

namespace math = weft::math;
using weft::pack;

template <class T, int N>
struct lanes_of {
    T value[static_cast<std::size_t>(N)];
    T& operator[](int i) { return value[i]; }
    T const& operator[](int i) const { return value[i]; }
};

template <class T, int N>
lanes_of<T, N> lanes_in(pack<T, N> x) {
    lanes_of<T, N> r;
    x.store(r.value);
    return r;
}

template <class T>
bool same(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) return a != a && b != b;
        return a == b && std::signbit(a) == std::signbit(b);
    } else {
        return a == b;
    }
}

/// Values worth meeting in any lane, then random ones.
template <class T>
T sample(std::mt19937& random) {
    using limits = std::numeric_limits<T>;
    auto const pick = random() % 24;
    if constexpr (std::is_same_v<T, bool>) {
        return pick % 2 != 0;
    } else if constexpr (std::is_floating_point_v<T>) {
        T const special[] = {T(0),
                             T(-0.0),
                             T(1),
                             T(-1),
                             limits::infinity(),
                             -limits::infinity(),
                             limits::quiet_NaN(),
                             limits::denorm_min(),
                             limits::min(),
                             limits::max()};
        if (pick < 10) return special[pick];
        return static_cast<T>(static_cast<double>(random() % 200001) / 1000. - 100.);
    } else {
        T const special[] = {T(0), T(1), static_cast<T>(-1), limits::min(), limits::max()};
        if (pick < 5) return special[pick];
        if (pick < 14) return static_cast<T>(random() % 11);
        return static_cast<T>(std::uint64_t{random()} << 32 | random());
    }
}

template <class T, int N>
lanes_of<T, N> samples(std::mt19937& random) {
    lanes_of<T, N> r;
    for (int i = 0; i < N; ++i) r[i] = sample<T>(random);
    return r;
}

// Scalar meanings. Integers wrap, and division by zero is zero.
template <class T>
using wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
template <class T>
T scalar_divide(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
        return a / b;
    else
        return b == 0 ? T(0)
               : std::is_signed_v<T> && b == static_cast<T>(-1)
                   ? static_cast<T>(wide<T>(0) - static_cast<wide<T>>(a))
                   : static_cast<T>(a / b);
}
template <class T>
T scalar_maximum(T a, T b) {
    if (a != a) return a;
    return a > b ? a : b;
}
template <class T>
T scalar_minimum(T a, T b) {
    if (a != a) return a;
    return a < b ? a : b;
}

template <class T>
void equal(char const* what, int n, T got, T want) {
    CHECK_MESSAGE(same(got, want), doctest::String(what)
                                       << " of " << n << " lanes: " << +got << ", not " << +want);
}

template <class T, int N>
void check_arithmetic(std::mt19937& random) {
    using P = pack<T, N>;
    using W = wide<T>;
    auto const a = samples<T, N>(random), b = samples<T, N>(random);
    auto const x = P::load(a.value), y = P::load(b.value);
    auto const sum = lanes_in(x + y), difference = lanes_in(x - y), product = lanes_in(x * y),
               quotient = lanes_in(x / y), negative = lanes_in(-x), size = lanes_in(abs(x)),
               larger = lanes_in(maximum(x, y)), smaller = lanes_in(minimum(x, y));
    auto const eq = lanes_in(x == y), ne = lanes_in(x != y), lt = lanes_in(x < y),
               le = lanes_in(x <= y), gt = lanes_in(x > y), ge = lanes_in(x >= y);
    auto const chosen = lanes_in(select(x < y, x, y));
    for (int i = 0; i < N; ++i) {
        auto const p = static_cast<W>(a[i]), q = static_cast<W>(b[i]);
        equal("+", N, sum[i], static_cast<T>(p + q));
        equal("-", N, difference[i], static_cast<T>(p - q));
        equal("*", N, product[i], static_cast<T>(p * q));
        equal("/", N, quotient[i], scalar_divide(a[i], b[i]));
        if constexpr (std::is_floating_point_v<T>)
            equal("negation", N, negative[i], -a[i]);
        else
            equal("negation", N, negative[i], static_cast<T>(W(0) - p));
        equal("abs", N, size[i],
              a[i] < T(0)    ? static_cast<T>(W(0) - p)
              : a[i] == T(0) ? T(0)
                             : a[i]);
        equal("maximum", N, larger[i] + T(0), scalar_maximum(a[i], b[i]) + T(0));
        equal("minimum", N, smaller[i] + T(0), scalar_minimum(a[i], b[i]) + T(0));
        equal("==", N, eq[i], a[i] == b[i]);
        equal("!=", N, ne[i], a[i] != b[i]);
        equal("<", N, lt[i], a[i] < b[i]);
        equal("<=", N, le[i], a[i] <= b[i]);
        equal(">", N, gt[i], a[i] > b[i]);
        equal(">=", N, ge[i], a[i] >= b[i]);
        equal("select", N, chosen[i], a[i] < b[i] ? a[i] : b[i]);
    }
    if constexpr (std::is_integral_v<T>) {
        int const n = static_cast<int>(random() % (8 * sizeof(T)));
        auto const conjunction = lanes_in(x & y), disjunction = lanes_in(x | y),
                   exclusive = lanes_in(x ^ y), inverse = lanes_in(~x), left = lanes_in(x << n),
                   right = lanes_in(x >> n);
        for (int i = 0; i < N; ++i) {
            equal("&", N, conjunction[i], static_cast<T>(a[i] & b[i]));
            equal("|", N, disjunction[i], static_cast<T>(a[i] | b[i]));
            equal("^", N, exclusive[i], static_cast<T>(a[i] ^ b[i]));
            equal("~", N, inverse[i], static_cast<T>(~a[i]));
            equal("<<", N, left[i], static_cast<T>(static_cast<W>(a[i]) << n));
            equal(">>", N, right[i], static_cast<T>(a[i] >> n));
        }
    } else {
        auto const down = lanes_in(floor(x)), root = lanes_in(sqrt(x)),
                   fused = lanes_in(fma(x, y, x));
        for (int i = 0; i < N; ++i) {
            equal("floor", N, down[i], std::floor(a[i]));
            equal("sqrt", N, root[i], std::sqrt(a[i]));
            if (weft::has_fma) equal("fma", N, fused[i], std::fma(a[i], b[i], a[i]));
        }
    }
}

/// The order that reduce_add promises: lane i with lane i + n/2, and again.
template <class T, int N, class F>
T tree(lanes_of<T, N> v, F f) {
    for (int n = N / 2; n > 0; n /= 2)
        for (int i = 0; i < n; ++i) v[i] = f(v[i], v[i + n]);
    return v[0];
}

template <class T, int N>
void check_reductions(std::mt19937& random) {
    auto const a = samples<T, N>(random);
    auto const x = pack<T, N>::load(a.value);
    using W = wide<T>;
    equal("reduce_add", N, reduce_add(x),
          tree(a, [](T p, T q) { return static_cast<T>(static_cast<W>(p) + static_cast<W>(q)); }));
    equal("reduce_multiply", N, reduce_multiply(x),
          tree(a, [](T p, T q) { return static_cast<T>(static_cast<W>(p) * static_cast<W>(q)); }));
    equal("reduce_max", N, reduce_max(x) + T(0), tree(a, scalar_maximum<T>) + T(0));
    equal("reduce_min", N, reduce_min(x) + T(0), tree(a, scalar_minimum<T>) + T(0));
}

template <class T, int N>
void check_memory(std::mt19937& random) {
    using P = pack<T, N>;
    auto const a = samples<T, 4 * N>(random);
    for (int n = 0; n <= N; ++n) {
        lanes_of<T, N + 2> out;
        auto const guard = sample<T>(random);
        for (auto& v : out.value) v = guard;
        auto const part = lanes_in(P::load(a.value + 1, n));
        auto const strided = lanes_in(P::load_strided(a.value, 3, n));
        P::load(a.value).store(out.value + 1, n);
        for (int i = 0; i < N; ++i) {
            equal("load(n)", N, part[i], i < n ? a[i + 1] : T(0));
            equal("load_strided", N, strided[i], i < n ? a[3 * i] : T(0));
            equal("store(n)", N, out[i + 1], i < n ? a[i] : guard);
        }
        equal("store(n), before", N, out[0], guard);
        equal("store(n), after", N, out[N + 1], guard);
        lanes_of<T, 3 * N> spread;
        for (auto& v : spread.value) v = guard;
        P::load(a.value).store_strided(spread.value, 3, n);
        for (int i = 0; i < 3 * N; ++i)
            equal("store_strided", N, spread[i], i % 3 == 0 && i / 3 < n ? a[i / 3] : guard);
    }
    alignas(64) lanes_of<T, N + 1> streamed;
    P::load(a.value).stream(streamed.value);
    weft::stream_fence();
    for (int i = 0; i < N; ++i) equal("stream", N, streamed[i], a[i]);
    P::load(a.value).stream(streamed.value + 1);
    for (int i = 0; i < N; ++i) equal("stream, unaligned", N, streamed[i + 1], a[i]);
    if constexpr (!std::is_same_v<T, bool>) {
        auto const steps = lanes_in(P::iota(T(3)));
        for (int i = 0; i < N; ++i) equal("iota", N, steps[i], static_cast<T>(3 + i));
    }
}

template <class T, int N>
void check_all(std::mt19937& random) {
    static_assert(sizeof(pack<T, N>) == sizeof(T) * N);
    for (int round = 0; round < 20; ++round) {
        check_arithmetic<T, N>(random);
        check_reductions<T, N>(random);
    }
    check_memory<T, N>(random);
}

template <class To, class From, int N>
void check_cast(std::mt19937& random) {
    for (int round = 0; round < 8; ++round) {
        auto a = samples<From, N>(random);
        if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To> &&
                      !std::is_same_v<To, bool>) {
            double const low = std::is_signed_v<To> ? -128. : 0.;  // what every To can hold
            for (auto& v : a.value)
                v = static_cast<From>(low + static_cast<double>(random() % 25500) / 200.);
        }
        auto const b = lanes_in(weft::cast<To>(pack<From, N>::load(a.value)));
        for (int i = 0; i < N; ++i) equal("cast", N, b[i], static_cast<To>(a[i]));
    }
}

template <int N, class... T>
void check_casts(std::mt19937& random) {
    auto const to_all = [&]<class From>(std::type_identity<From>) {
        (check_cast<T, From, N>(random), ...);
    };
    (to_all(std::type_identity<T>{}), ...);
}

template <int N>
void check_masks(std::mt19937& random) {
    using M = pack<bool, N>;
    for (int round = 0; round < 20; ++round) {
        auto const a = samples<bool, N>(random), b = samples<bool, N>(random);
        auto const x = M::load(a.value), y = M::load(b.value);
        auto const both = lanes_in(x & y), either = lanes_in(x | y), one = lanes_in(x ^ y),
                   differ = lanes_in(x != y), agree = lanes_in(x == y), inverse = lanes_in(!x),
                   chosen = lanes_in(select(x, y, !y));
        bool some = false, every = true;
        std::uint64_t bits = 0;
        for (int i = 0; i < N; ++i) {
            equal("mask &", N, both[i], a[i] && b[i]);
            equal("mask |", N, either[i], a[i] || b[i]);
            equal("mask ^", N, one[i], a[i] != b[i]);
            equal("mask !=", N, differ[i], a[i] != b[i]);
            equal("mask ==", N, agree[i], a[i] == b[i]);
            equal("mask !", N, inverse[i], !a[i]);
            equal("mask select", N, chosen[i], a[i] ? b[i] : !b[i]);
            some = some || a[i];
            every = every && a[i];
            bits |= std::uint64_t{a[i]} << i;
        }
        CHECK(any(x) == some);
        CHECK(all(x) == every);
        CHECK(weft::bits(x) == bits);
    }
    CHECK(all(M(true)));
    CHECK_FALSE(any(M(false)));
    CHECK(any(M(true)));
    CHECK_FALSE(all(M(false)));
    check_memory<bool, N>(random);
}

// A mask made from one element type selects lanes of any other.
template <class From, class To, int N>
void check_select(std::mt19937& random) {
    auto const a = samples<From, N>(random), b = samples<From, N>(random);
    auto const p = samples<To, N>(random), q = samples<To, N>(random);
    auto const r = lanes_in(select(pack<From, N>::load(a.value) < pack<From, N>::load(b.value),
                                   pack<To, N>::load(p.value), pack<To, N>::load(q.value)));
    for (int i = 0; i < N; ++i) equal("select", N, r[i], a[i] < b[i] ? p[i] : q[i]);
}

template <class From, int N>
void check_selects(std::mt19937& random) {
    for (int round = 0; round < 8; ++round) {
        check_select<From, float, N>(random);
        check_select<From, double, N>(random);
        check_select<From, std::int8_t, N>(random);
        check_select<From, std::int16_t, N>(random);
        check_select<From, std::int64_t, N>(random);
    }
}

// ---- accuracy ----

template <class Wide>
double ulps(float got, Wide want) {
    int exponent;
    std::frexp(want, &exponent);
    return static_cast<double>(std::abs(got - want)) /
           std::ldexp(1., std::max(exponent - 1, -126) - 23);
}
double ulps(double got, long double want) {
    int exponent;
    std::frexp(want, &exponent);
    return static_cast<double>(std::abs(static_cast<long double>(got) - want) /
                               std::ldexp(1.L, std::max(exponent - 1, -1022) - 52));
}

template <class T, class Wide>
double error_of(T got, Wide want) {
    auto const rounded = static_cast<T>(want);
    if (rounded != rounded || got != got) return (rounded != rounded) == (got != got) ? 0. : 1e30;
    if (std::isinf(rounded) || std::isinf(got)) return rounded == got ? 0. : 1e30;
    if (want == 0) return same(got, rounded) ? 0. : 1e30;
    return ulps(got, want);
}

/// The largest error in ulp over bit patterns `stride` apart, of all floats.
template <int N, class F, class G>
double worst_float(F f, G reference, std::uint32_t stride) {
    double worst = 0;
    lanes_of<float, N> in;
    int filled = 0;
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride) {
        in[filled++] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        if (filled < N) continue;
        filled = 0;
        auto const out = lanes_in(f(pack<float, N>::load(in.value)));
        for (int i = 0; i < N; ++i)
            worst = std::max(worst, error_of(out[i], reference(static_cast<double>(in[i]))));
    }
    return worst;
}

template <class F, class G>
double worst_double(F f, G reference, std::vector<double> const& values) {
    constexpr int N = weft::lanes<double>;
    double worst = 0;
    for (std::size_t k = 0; k + N <= values.size(); k += N) {
        auto const out = lanes_in(f(pack<double, N>::load(&values[k])));
        for (int i = 0; i < N; ++i) {
            auto const x = values[k + static_cast<std::size_t>(i)];
            worst = std::max(worst, error_of(out[i], reference(static_cast<long double>(x))));
        }
    }
    return worst;
}

std::vector<double> doubles(double low, double high) {
    std::mt19937_64 random(7);
    std::vector<double> values = {0.,     -0.,    1.,       -1.,     0.5,   0.75,   1.5,  0.5493,
                                  5e-324, 1e-310, 2.3e-308, -1e-310, 709.7, 709.79, 710., -708.4,
                                  -720.,  -745.,  -745.2,   -746.,   1e308, -1e308};
    for (double v :
         {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        values.insert(values.end(), {v, -v});
    std::uniform_real_distribution<double> uniform(low, high);
    for (int i = 0; i < 8000; ++i) {
        values.push_back(uniform(random));
        values.push_back(std::ldexp(uniform(random), static_cast<int>(random() % 80) - 60));
        values.push_back(std::bit_cast<double>(random()));
    }
    return values;
}

constexpr int native = weft::lanes<float>;
#if defined(__OPTIMIZE__)
constexpr std::uint32_t stride = 6007;
#else
constexpr std::uint32_t stride = 60013;
#endif

}  // namespace

TEST_CASE_TEMPLATE("pack operators and memory match scalar code", T, float, double, std::int8_t,
                   std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                   std::uint32_t, std::uint64_t) {
    std::mt19937 random(1);
    check_all<T, 1>(random);
    check_all<T, 16>(random);
#if defined(__OPTIMIZE__)  // sanitizers at -O0 take a minute to compile all
    check_all<T, 4>(random);
    check_all<T, (weft::lanes<T> > 1 && weft::lanes<T> != 4 && weft::lanes<T> != 16)
                     ? weft::lanes<T>
                     : 2>(random);
#endif
}

TEST_CASE("pack casts match scalar code for all pairs of types") {
    std::mt19937 random(2);
    check_casts<16, bool, float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(random);
#if defined(__OPTIMIZE__)
    check_casts<4, bool, float, double, std::int8_t, std::int32_t, std::int64_t, std::uint8_t,
                std::uint32_t>(random);
    check_casts<8, bool, float, double, std::int64_t, std::uint8_t>(random);
#endif
    check_casts<1, float, double, std::int32_t, bool>(random);
}

TEST_CASE("pack masks") {
    std::mt19937 random(3);
    check_masks<1>(random);
    check_masks<2>(random);
    check_masks<4>(random);
    check_masks<8>(random);
    check_masks<16>(random);
    check_masks<32>(random);
    check_selects<float, 16>(random);
    check_selects<double, 16>(random);
    check_selects<std::uint8_t, 16>(random);
    check_selects<std::int16_t, 8>(random);
    check_selects<std::int64_t, 8>(random);
    check_selects<float, 4>(random);
    check_selects<double, 2>(random);
}

TEST_CASE("pack bit casts, scalars as operands, products of 32 bits") {
    pack<float, 16> const x(-2.f);
    CHECK(lanes_in(weft::bit_cast_to<std::uint32_t>(x))[15] == 0xc0000000u);
    CHECK(lanes_in(weft::bit_cast_to<double>(
              weft::bit_cast_to<std::int64_t>(pack<double, 4>(3.))))[3] == 3.);
    CHECK(lanes_in(1.f / (x * 2.f) + 1.f)[7] == 0.75f);
    CHECK(lanes_in(maximum(x, 0.f))[3] == 0.f);
    CHECK(lanes_in(fma(x, 2.f, 1.f))[3] == -3.f);
    CHECK(lanes_in(select(x < 0.f, x, 1.f))[3] == -2.f);
    auto const check = []<int N>(std::integral_constant<int, N>) {
        std::mt19937 random(4);
        auto const a = samples<std::uint32_t, N>(random), b = samples<std::uint32_t, N>(random);
        auto const high = lanes_in(multiply_high(pack<std::uint32_t, N>::load(a.value),
                                                 pack<std::uint32_t, N>::load(b.value)));
        for (int i = 0; i < N; ++i)
            equal("multiply_high", N, high[i],
                  static_cast<std::uint32_t>(std::uint64_t{a[i]} * b[i] >> 32));
    };
    check(std::integral_constant<int, 1>{});
    check(std::integral_constant<int, 4>{});
    check(std::integral_constant<int, 8>{});
    check(std::integral_constant<int, 32>{});
}

#define WEFT_CHECK_FLOAT(limit, n, expression, reference)                                       \
    CHECK(worst_float<n>([](auto x) { return expression; }, [](double x) { return reference; }, \
                         stride) <= limit)

TEST_CASE("functions of float packs, in ulp") {
    WEFT_CHECK_FLOAT(1.2, native, math::exp(x), std::exp(x));
    WEFT_CHECK_FLOAT(1.0, native, math::log(x), std::log(x));
    WEFT_CHECK_FLOAT(1.8, native, math::tanh(x), std::tanh(x));
    WEFT_CHECK_FLOAT(0.5, native, sqrt(x), std::sqrt(x));
    WEFT_CHECK_FLOAT(1.5, native, rsqrt(x), 1 / std::sqrt(x));
    WEFT_CHECK_FLOAT(0.0, native, floor(x), std::floor(x));
    WEFT_CHECK_FLOAT(1.2, 2 * native, math::exp(x), std::exp(x));
    WEFT_CHECK_FLOAT(1.0, 4, math::log(x), std::log(x));
    WEFT_CHECK_FLOAT(1.8, 1, math::tanh(x), std::tanh(x));
}

TEST_CASE("functions of float packs at their corners") {
    float const in[] = {88.72f,  88.73f,     -87.4f, -100.f,         -103.9f, -104.f,
                        0.5493f, 0.54929f,   1e-45f, 1.1754943e-38f, 0.75f,   1.5f,
                        1.f,     0.9999999f, -0.f,   -1e-40f};
    using P = pack<float, 16>;
    auto const e = lanes_in(math::exp(P::load(in))), l = lanes_in(math::log(P::load(in))),
               t = lanes_in(math::tanh(P::load(in))), r = lanes_in(rsqrt(P::load(in)));
    for (int i = 0; i < 16; ++i) {
        double const x = static_cast<double>(in[i]);
        CHECK(error_of(e[i], std::exp(x)) <= 1.2);
        CHECK(error_of(l[i], std::log(x)) <= 1.0);
        CHECK(error_of(t[i], std::tanh(x)) <= 1.8);
        CHECK(error_of(r[i], 1 / std::sqrt(x)) <= 1.5);
    }
}

TEST_CASE("functions of double packs, in ulp") {
    auto const near = doubles(-30., 30.), far = doubles(-760., 720.);
    auto const exponential = [](auto x) { return math::exp(x); };
    auto const wide_exponential = [](long double x) { return std::exp(x); };
    CHECK(worst_double(exponential, wide_exponential, near) <= 1.5);
    CHECK(worst_double(exponential, wide_exponential, far) <= 1.5);
    CHECK(worst_double([](auto x) { return math::log(x); },
                       [](long double x) { return std::log(x); }, far) <= 1.2);
    CHECK(worst_double([](auto x) { return math::tanh(x); },
                       [](long double x) { return std::tanh(x); }, near) <= 2.2);
    CHECK(worst_double([](auto x) { return sqrt(x); }, [](long double x) { return std::sqrt(x); },
                       far) <= 0.51);
    CHECK(worst_double([](auto x) { return rsqrt(x); },
                       [](long double x) { return 1 / std::sqrt(x); }, far) <= 1.5);
}

TEST_CASE("one lane has the same bits as many") {
    for (float x = -20.f; x < 100.f; x += 0.377f) {
        pack<float, native> const many(x);
        pack<float, 1> const one(x);
        CHECK(lanes_in(math::exp(many))[0] == lanes_in(math::exp(one))[0]);
        CHECK(lanes_in(math::tanh(many))[0] == lanes_in(math::tanh(one))[0]);
        CHECK(same(lanes_in(math::log(many))[0], lanes_in(math::log(one))[0]));
    }
}

#if defined(__unix__)
TEST_CASE_TEMPLATE("partial loads and stores stop before an unmapped page", T, float, double,
                   std::int8_t, std::int16_t, bool) {
    auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* const mapped =
        mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(mapped != MAP_FAILED);
    auto* const bytes = static_cast<char*>(mapped);
    REQUIRE(mprotect(bytes + page, page, PROT_NONE) == 0);
    auto const check = [&]<int N>(std::integral_constant<int, N>) {
        for (int n = 0; n <= N; ++n) {
            T* const p = reinterpret_cast<T*>(bytes + page) - n;
            for (int i = 0; i < n; ++i) p[i] = T(1);
            auto const x = pack<T, N>::load(p, n);
            x.store(p, n);
            pack<T, N>::load_strided(p, 1, n).store_strided(p, 1, n);
            auto const v = lanes_in(x);
            int sum = 0;
            for (int i = 0; i < N; ++i) sum += static_cast<int>(v[i]);
            CHECK(sum == n);
        }
    };
    check(std::integral_constant<int, 1>{});
    check(std::integral_constant<int, 4>{});
    check(std::integral_constant<int, 16>{});
    check(std::integral_constant<int, 64>{});
    munmap(mapped, 2 * page);
}
#endif
