// SPDX-License-Identifier: BSL-1.0
// Operations defined outside of the library, as docs/add-an-operation.md shows it: values,
// derivatives, simplification, and that they fuse like the library's own.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <weft/autodiff/grad.hpp>
#include <weft/autodiff/vmap.hpp>
#include <weft/program/call.hpp>

namespace mine {

/// The length of the vector (a, b).
struct length_op : weft::ops::elementwise<2, weft::ir::typing::floating> {
    static constexpr std::string_view name = "mine.length";
    static constexpr int cost = 7;
    static constexpr std::string_view cuda = "sqrt($0 * $0 + $1 * $1)", c99 = cuda;

    template <class V>
    static V eval(V a, V b) {
        using weft::scalar::sqrt;
        return sqrt(a * a + b * b);
    }
    template <int I, class S>
    static constexpr S partial(S a, S b, S y) {
        return (I == 0 ? a : b) / y;
    }
    static constexpr weft::symbol simplify(weft::ir::rewrite& r) {
        if (r.is_constant(1, 0)) return abs(r.operand(0));
        return r.no_change();
    }
};

template <class A, class B>
    requires weft::Operands<A, B>
constexpr weft::symbol length(A const& a, B const& b) {
    return weft::ir::elementwise<length_op>(a, b);
}

}  // namespace mine

template <>
struct weft::ir::struct_of<weft::ir::hash("mine.length")> {
    using type = mine::length_op;
};

namespace mine {

/// Whether x is neither infinite nor NaN: a result that is boolean, without a derivative.
struct is_finite_op : weft::ops::elementwise<1, weft::ir::typing::boolean> {
    static constexpr std::string_view name = "mine.is_finite";

    template <class V>
    static auto eval(V x) {
        return x - x == V(0);
    }
};

/// x between low and high, which are symbols or numbers.
struct clamp_op : weft::ops::elementwise<3> {
    static constexpr std::string_view name = "mine.clamp";
    static constexpr int cost = 2;

    template <class V>
    static V eval(V x, V low, V high) {
        using weft::scalar::maximum;
        using weft::scalar::minimum;
        return minimum(maximum(x, low), high);
    }
    template <int I, class S>
    static constexpr auto partial(S x, S low, S high, S) {
        if constexpr (I == 0)
            return weft::ir::when{logical_and(x >= low, x <= high)};
        else
            return weft::ir::zero{};
    }
};

template <weft::Traced A>
constexpr weft::symbol is_finite(A const& x) {
    return weft::ir::elementwise<is_finite_op>(x);
}
template <class A, class B, class C>
    requires weft::Operands<A, B, C>
constexpr weft::symbol clamp(A const& x, B const& low, C const& high) {
    return weft::ir::elementwise<clamp_op>(x, low, high);
}

}  // namespace mine

namespace weft::ir {
template <> struct struct_of<hash("mine.is_finite")> { using type = mine::is_finite_op; };
template <> struct struct_of<hash("mine.clamp")> { using type = mine::clamp_op; };
}  // namespace weft::ir

namespace mine {

/// y[t] = y[t - 1] + rate (x[t] - y[t - 1]) along the last axis: no element depends on its own
/// operand only, so it brings its kernel. Attributes: the bits of `rate`, and whether time runs
/// backwards, which is the adjoint.
struct smooth_op : weft::ir::operation_base {
    static constexpr std::string_view name = "mine.smooth";
    static constexpr auto kind = weft::ir::kind::whole;
    static constexpr int cost = 3;

    template <class T>
    static void filter(T const* x, T* y, std::int64_t rows, std::int64_t n, double rate, bool back) {
        for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
            double last = 0;
            for (std::int64_t i = 0; i < n; ++i) {
                std::int64_t const t = back ? n - 1 - i : i;
                last += rate * (static_cast<double>(x[t]) - last);
                y[t] = static_cast<T>(last);
            }
        }
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        auto const shape = c.shape();
        std::int64_t const n = shape.back();
        std::int64_t rows = 1;
        for (std::int64_t e : shape) rows *= e;
        rows = n > 0 ? rows / n : 0;
        filter(c.template operand<0>(), c.result(), rows, n,
               __builtin_bit_cast(double, c.attributes[0]), c.attributes[1] != 0);
    }
    static void reference_whole(weft::ir::reference_call const& c) {
        std::int64_t const n = c.result_shape().back();
        filter(c.operands[0], c.result, n > 0 ? c.count() / n : 0, n,
               __builtin_bit_cast(double, c.attribute(0)), c.attribute(1) != 0);
    }
    static constexpr void vjp(weft::ir::pullback& p) {
        std::int64_t const attributes[] = {p.attribute(0), !p.attribute(1)};
        weft::symbol const d = p.cotangent;
        int const id = d.id();
        p.add(0, p.builder.add(weft::ir::op<smooth_op>, d.type(), d.node().shape, {&id, 1},
                               {attributes, 2}));
    }
    static constexpr weft::symbol jvp(weft::ir::pushforward& p) { return p.linear(); }
    static constexpr weft::symbol batch(weft::ir::batching& b) { return b.apply(b.attributes()); }
};

template <weft::Traced A>
constexpr weft::symbol smooth(A const& signal, double rate) {
    weft::symbol const x = signal.traced();
    if (!x.valid()) return x;
    weft::ir::builder& b = *x.builder();
    if (x.rank() == 0 || !is_floating(x.type()))
        return b.fail(weft::ir::sentence("smooth", x) << ": a floating value with a time axis");
    int const id = x.id();
    std::int64_t const attributes[] = {__builtin_bit_cast(std::int64_t, rate), false};
    return b.add(weft::ir::op<smooth_op>, x.type(), x.node().shape, {&id, 1}, {attributes, 2});
}

}  // namespace mine

namespace weft::ir {
template <> struct struct_of<hash("mine.smooth")> { using type = mine::smooth_op; };
}  // namespace weft::ir

namespace {

template <class T, std::int64_t N>
weft::tensor<T, N> ramp(double from, double step) {
    auto x = weft::tensor<T, N>::uninitialized();
    for (std::int64_t i = 0; i < N; ++i)
        x[i] = static_cast<T>(from + step * static_cast<double>(i));
    return x;
}

/// Derivatives of sum(f) along one coordinate after the other.
template <class F, std::int64_t N>
void check_gradient(F const& f, weft::tensor<double, N> const& x, double tolerance) {
    auto const sum_of = [](auto v) { return sum(F{}(v)); };
    auto const g = weft::grad(sum_of)(x);
    for (std::int64_t i = 0; i < N; ++i) {
        auto up = x, down = x;
        up[i] += 1e-5, down[i] -= 1e-5;
        double const slope =
            (weft::call(sum_of, up).data()[0] - weft::call(sum_of, down).data()[0]) / 2e-5;
        CAPTURE(i);
        CHECK(g[i] == doctest::Approx(slope).epsilon(tolerance));
    }
    static_cast<void>(f);
}

}  // namespace

TEST_CASE("a user's operation has its value in every lane and in the rest of a vector") {
    auto const a = ramp<float, 37>(-3, 0.25), b = ramp<float, 37>(2, -0.125);
    auto const y = weft::call([](auto p, auto q) { return mine::length(p, q); }, a, b);
    for (std::int64_t i = 0; i < 37; ++i)
        CHECK(y[i] == doctest::Approx(std::sqrt(a[i] * a[i] + b[i] * b[i])));
    auto const weak = weft::call([](auto p) { return mine::length(p, 1.5); }, a);
    for (std::int64_t i = 0; i < 37; ++i)
        CHECK(weak[i] == doctest::Approx(std::sqrt(a[i] * a[i] + 2.25f)));
}

TEST_CASE("types and shapes follow the rules of the library") {
    weft::tensor<std::int32_t, 2, 1> const a{{3}, {6}};
    weft::tensor<float, 3> const b{4, 8, 0};
    auto const y = weft::call([](auto p, auto q) { return mine::length(p, q); }, a, b);
    static_assert(std::is_same_v<decltype(y), weft::tensor<float, 2, 3> const>);
    CHECK(y(0, 0) == 5);
    CHECK(y(1, 1) == 10);
    CHECK(y(1, 2) == 6);
    weft::tensor<weft::f16, 2> const narrow{3, -6};
    auto const z = weft::call([](auto p) { return mine::length(p, 4); }, narrow);
    static_assert(std::is_same_v<decltype(z), weft::tensor<weft::f16, 2> const>);
    CHECK(float(z[0]) == 5);
}

TEST_CASE("its gradient agrees with central differences") {
    auto const x = ramp<double, 11>(-2, 0.43);
    check_gradient([](auto v) { return mine::length(v, tanh(v) + 2); }, x, 1e-7);
    check_gradient([](auto v) { return mine::clamp(v * v, 0.5, 3) * v; }, x, 1e-7);
    auto const [y, t] = weft::jvp([](auto v) { return mine::length(v, 2.0); })(x, x);
    for (std::int64_t i = 0; i < 11; ++i) CHECK(t[i] == doctest::Approx(x[i] * x[i] / y[i]));
}

TEST_CASE("a boolean result decides where, and has no derivative") {
    float const inf = std::numeric_limits<float>::infinity();
    weft::tensor<float, 5> const x{1, inf, -2, -inf, std::numeric_limits<float>::quiet_NaN()};
    auto const known = [](auto v) { return where(mine::is_finite(v), v, 0); };
    CHECK(array_equal(weft::call(known, x), weft::tensor<float, 5>{1, 0, -2, 0, 0}));
    auto const g = weft::grad([](auto v) { return sum(where(mine::is_finite(v), v, 0)); })(x);
    CHECK(array_equal(g, weft::tensor<float, 5>{1, 0, 1, 0, 0}));
}

TEST_CASE("three operands, of which two are numbers") {
    weft::tensor<float, 6> const x{-2, -1, 0, 0.5f, 1, 7};
    CHECK(array_equal(weft::call([](auto v) { return mine::clamp(v, -1, 0.5); }, x),
                      weft::tensor<float, 6>{-1, -1, 0, 0.5f, 0.5f, 0.5f}));
}

TEST_CASE("it is simplified and fused like the library's own") {
    using tensor = weft::tensor<float, 100>;
    auto const plain = [](auto p) { return abs(p); };
    auto const zero = [](auto p) { return mine::length(p, 0); };
    constexpr auto const& simple = weft::program<decltype(zero), tensor>::simplified;
    static_assert(simple.nodes.size() ==
                  weft::program<decltype(plain), tensor>::simplified.nodes.size());

    auto const f = [](auto p, auto q) { return tanh(mine::length(p, q) * 2) + q; };
    constexpr auto const& forward = weft::program<decltype(f), tensor, tensor>::plan;
    static_assert(forward.kernels.size() == 1 && forward.workspace == 0);

    auto const g = [](auto p, auto q) {
        return weft::grad([](auto a, auto b) { return sum(mine::length(a, b) * b); })(p, q);
    };
    constexpr auto const& backward = weft::program<decltype(g), tensor, tensor>::plan;
    static_assert(backward.kernels.size() == 1 && backward.workspace == 0);
}

TEST_CASE("an operation that is no loop over elements brings its own kernel") {
    weft::tensor<float, 2, 3> const x{{4, 0, 8}, {0, 2, 2}};
    auto const f = [](auto v) { return mine::smooth(v * 2, 0.5) + 1; };
    CHECK(array_equal(weft::call(f, x), weft::tensor<float, 2, 3>{{5, 3, 10}, {1, 3, 4}}));
    // Nor need its operand stand as it does in memory, nor have a size that is known.
    auto const columns = [](auto v) { return mine::smooth(transpose(v), 0.5); };
    CHECK(array_equal(weft::call(columns, x), weft::tensor<float, 3, 2>{{2, 1}, {0, 1}, {4, 3}}));
    weft::tensor<float, 2, weft::dyn> const loose(2, 3);
    CHECK(weft::call([](auto v) { return mine::smooth(v, 0.5); }, loose).extent(1) == 3);
}

TEST_CASE("its derivatives, and those of its derivatives, are its rules'") {
    check_gradient([](auto v) { return mine::smooth(v * v, 0.25) * v; }, ramp<double, 9>(-2, 0.43),
                   1e-7);
    auto const x = ramp<double, 6>(-1, 0.5);
    auto const [y, t] = weft::jvp([](auto v) { return mine::smooth(v, 0.25); })(x, x);
    CHECK(array_equal(y, t));
    weft::tensor<double, 3, 6> rows{};
    for (int r = 0; r < 3; ++r)
        for (int i = 0; i < 6; ++i) rows(r, i) = x[i] * (r + 1);
    auto const each = weft::vmap([](auto v) { return mine::smooth(v, 0.25); })(rows);
    for (int i = 0; i < 6; ++i) CHECK(each(2, i) == doctest::Approx(3 * y[i]));
}

TEST_CASE("its cost is counted, and its memory known") {
    using tensor = weft::tensor<float, 10, 20>;
    auto const f = [](auto v) { return mine::smooth(exp(v), 0.25) * 2; };
    using program = weft::program<decltype(f), tensor>;
    static_assert(program::plan.kernels.size() == 3);
    static_assert(program::workspace_bytes >= 2 * 800 && program::flops > 3 * 200);
}
