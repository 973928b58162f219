// SPDX-License-Identifier: BSL-1.0
// Repeats as compiled programs: values, derivatives of both modes and of second order, values of
// the trace around a body that it captures, and repeats inside of repeats.
#include "compiled.hpp"

#include <weft/autodiff/vmap.hpp>
#include <weft/ops/repeat.hpp>

namespace {

using namespace testing;
using weft::dyn;
using weft::symbol;
using weft::tensor;
using weft::wrt;
using weft::random::key;

constexpr auto recurrence = [](symbol h, symbol x, symbol w) {
    return weft::repeat([](symbol c, symbol a, symbol b) { return tanh(c * b + a); }, h, x, w);
};

/// Where a gradient is not the central difference of loss(arguments...) as `of`, one of them, moves.
template <class F, class G, class T, class... A>
int differs(F loss, G const& found, T& of, A&... arguments) {
    int wrong = 0;
    for (std::int64_t i = 0; i < of.size(); ++i) {
        double const before = of.data()[i];
        of.data()[i] = before + 1e-5;
        double const up = weft::call(loss, arguments...).item();
        of.data()[i] = before - 1e-5;
        double const down = weft::call(loss, arguments...).item();
        of.data()[i] = before;
        wrong += !near(found.data()[i], (up - down) / 2e-5, 1e-7);
    }
    return wrong;
}

/// The recurrence by hand.
values by_hand(tensor<double, 5> const& h, tensor<double, 7, 5> const& x,
               tensor<double, 7, 5> const& w) {
    values y(h.begin(), h.end());
    for (std::int64_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 5; ++j) {
            auto const k = static_cast<std::int64_t>(j);
            y[j] = std::tanh(y[j] * w(i, k) + x(i, k));
        }
    return y;
}

/// A model, to be captured.
struct affine {
    tensor<double, 5, 5> weight;
    tensor<double, 5> bias;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};

/// Captures a symbol and a model; the bias is used in two places.
constexpr auto capturing = [](symbol h, symbol x, symbol w, affine const& m) {
    return weft::repeat([&](symbol c, symbol a) { return tanh(m(c) * w + a - m.bias); }, h, x);
};
constexpr auto capturing_loss = [](symbol h, symbol x, symbol w, affine const& m) {
    return sum(square(capturing(h, x, w, m)));
};
/// The same without a repeat.
constexpr auto capturing_unrolled = [](symbol h, symbol x, symbol w, affine const& m) {
    for (int i = 0; i < 4; ++i)
        h = tanh(m(h) * w + reshape(slice(x, 0, i, i + 1), {5}) - m.bias);
    return sum(square(h));
};

/// Rows of blocks; the inner body captures values of both traces around it.
constexpr auto nested = [](symbol h, symbol x, symbol w) {
    return weft::repeat([&](symbol c, symbol block) {
        symbol const start = c * 0.5;
        return weft::repeat([&](symbol d, symbol a) { return tanh(d * w + a) + start * h; }, c,
                            block) - w;
    }, h, x);
};
constexpr auto nested_loss = [](symbol h, symbol x, symbol w) {
    return sum(square(nested(h, x, w)));
};
values nested_by_hand(tensor<double, 5> const& h, tensor<double, 3, 4, 5> const& x,
                      tensor<double, 5> const& w) {
    values c(h.begin(), h.end());
    for (std::int64_t j = 0; j < 5; ++j)
        for (std::int64_t i = 0; i < 3; ++i) {
            double const start = c[std::size_t(j)] * 0.5;
            double d = c[std::size_t(j)];
            for (std::int64_t k = 0; k < 4; ++k)
                d = std::tanh(d * w[j] + x(i, k, j)) + start * h[j];
            c[std::size_t(j)] = d - w[j];
        }
    return c;
}

}  // namespace

TEST_CASE("repeat: a recurrence over slices, in order") {
    auto const h = numbers<tensor<double, 5>>(1);
    auto const x = numbers<tensor<double, 7, 5>>(2), w = numbers<tensor<double, 7, 5>>(3);
    auto const y = check(recurrence, 1e-14, h, x, w);
    CHECK(near(values(y.begin(), y.end()), by_hand(h, x, w), 1e-14));
    // One, and no iteration.
    auto const one = numbers<tensor<double, 1, 5>>(2), other = numbers<tensor<double, 1, 5>>(3);
    check(recurrence, 1e-14, h, one, other);
}

TEST_CASE("repeat: as often as a run-time extent says") {
    auto const h = numbers<tensor<float, dyn>>(1, 9);
    for (int round = 0; round < 2; ++round)
        for (std::int64_t n : {0, 1, 2, 11}) {
            auto const x = numbers<tensor<float, dyn, dyn>>(2, n, 9);
            auto const w = numbers<tensor<float, dyn, dyn>>(3, n, 9);
            auto const y = check(recurrence, 1e-5, h, x, w);
            if (n == 0) CHECK(array_equal(y, h));
            check([](symbol a, symbol b, symbol c) {
                return weft::grad([](symbol p, symbol q, symbol r) {
                    return sum(square(recurrence(p, q, r)));
                }, wrt<0, 1, 2>)(a, b, c);
            }, 1e-5, h, x, w);
        }
}

TEST_CASE("repeat: derivatives in both modes, by central differences") {
    auto h = numbers<tensor<double, 5>>(1);
    auto x = numbers<tensor<double, 7, 5>>(2), w = numbers<tensor<double, 7, 5>>(3);
    constexpr auto loss = [](symbol p, symbol q, symbol r) {
        return sum(square(recurrence(p, q, r)));
    };
    auto const [dh, dx, dw] = check([](symbol a, symbol b, symbol c) {
        return weft::grad([](symbol p, symbol q, symbol r) {
            return sum(square(recurrence(p, q, r)));
        }, wrt<0, 1, 2>)(a, b, c);
    }, 1e-13, h, x, w);
    CHECK(differs(loss, dh, h, h, x, w) == 0);
    CHECK(differs(loss, dx, x, h, x, w) == 0);
    CHECK(differs(loss, dw, w, h, x, w) == 0);
    auto const v = numbers<tensor<double, 7, 5>>(4);
    auto const tangent = check([](symbol a, symbol b, symbol c, symbol d) {
        return weft::jvp([a, b](symbol r) {
            return sum(square(recurrence(a, b, r)));
        })(d, c).second;
    }, 1e-13, h, x, w, v);
    double expected = 0;
    for (int i = 0; i < 35; ++i) expected += v.data()[i] * dw.data()[i];
    CHECK(tangent.item() == doctest::Approx(expected).epsilon(1e-11));
}

TEST_CASE("repeat: second derivatives") {
    auto const h = numbers<tensor<double, 5>>(1);
    auto const x = numbers<tensor<double, 4, 5>>(2), v = numbers<tensor<double, 4, 5>>(3);
    auto const reverse = check([](symbol a, symbol b, symbol d) {
        return weft::grad([a, d](symbol p) {
            return sum(d * weft::grad([a](symbol q) {
                return sum(square(weft::repeat([](symbol c, symbol s) { return tanh(c * s); }, a, q)));
            })(p));
        })(b);
    }, 1e-12, h, x, v);
    auto const forward = check([](symbol a, symbol b, symbol d) {
        return weft::jvp([a](symbol p) {
            return weft::grad([a](symbol q) {
                return sum(square(weft::repeat([](symbol c, symbol s) { return tanh(c * s); }, a, q)));
            })(p);
        })(d, b).second;
    }, 1e-12, h, x, v);
    CHECK(near(values(reverse.begin(), reverse.end()), values(forward.begin(), forward.end()), 1e-11));
    double size = 0;
    for (double s : reverse) size += std::abs(s);
    CHECK(size > 1e-3);
}

TEST_CASE("repeat: matrix products inside, and one repeat after another") {
    auto const x = numbers<tensor<float, 9, 6>>(1);
    auto const w = numbers<tensor<float, 4, 6, 6>>(2);
    auto const b = numbers<tensor<float, 4, 6>>(3);
    check([](symbol a, symbol m, symbol c) {
        auto const body = [](symbol h, symbol s, symbol t) { return relu(matmul(h, s) * 0.5 + t); };
        return weft::value_and_grad([](symbol p, symbol q, symbol r) {
            auto const step = [](symbol h, symbol s, symbol t) {
                return tanh(matmul(h, s) * 0.5 + t);
            };
            symbol const first = weft::repeat(step, p, q, r);
            return sum(square(weft::repeat(step, first + p, q, r)));
        }, wrt<0, 1, 2>)(weft::repeat(body, a, m, c), m, c);
    }, 2e-5, x, w, b);
}

TEST_CASE("repeat: a body captures values and models of the trace around it") {
    auto h = numbers<tensor<double, 5>>(1), w = numbers<tensor<double, 5>>(3);
    auto x = numbers<tensor<double, 4, 5>>(2);
    affine m{numbers<tensor<double, 5, 5>>(4), numbers<tensor<double, 5>>(5)};
    auto const y = check(capturing_loss, 1e-13, h, x, w, m);
    CHECK(y.item() == doctest::Approx(weft::call(capturing_unrolled, h, x, w, m).item()));
    auto const gradient = [](symbol a, symbol b, symbol c, affine& n) {
        return weft::grad(capturing_loss, wrt<0, 1, 2, 3>)(a, b, c, n);
    };
    auto const [dh, dx, dw, dm] = check(gradient, 1e-12, h, x, w, m);
    CHECK(differs(capturing_loss, dh, h, h, x, w, m) == 0);
    CHECK(differs(capturing_loss, dx, x, h, x, w, m) == 0);
    CHECK(differs(capturing_loss, dw, w, h, x, w, m) == 0);
    CHECK(differs(capturing_loss, dm.weight, m.weight, h, x, w, m) == 0);
    CHECK(differs(capturing_loss, dm.bias, m.bias, h, x, w, m) == 0);
    // Forwards along a captured value.
    auto const v = numbers<tensor<double, 5>>(6);
    auto const tangent = check([](symbol a, symbol b, symbol c, affine& n, symbol d) {
        return weft::jvp([&](symbol r) { return capturing_loss(a, b, r, n); })(d, c).second;
    }, 1e-12, h, x, w, m, v);
    double expected = 0;
    for (int i = 0; i < 5; ++i) expected += v[i] * dw[i];
    CHECK(tangent.item() == doctest::Approx(expected).epsilon(1e-11));
}

TEST_CASE("repeat: captured values are returned, differentiated inside, constant, of any extent") {
    auto const x = numbers<tensor<double, dyn, dyn>>(2, 3, 4);
    auto const h = numbers<tensor<double, dyn>>(1, 4);
    // The last slice, whatever the body is given; and a value from around it.
    auto const last = check([](symbol a, symbol b) {
        return weft::repeat([](symbol, symbol s) { return s; }, a, b);
    }, 0, h, x);
    for (int i = 0; i < 4; ++i) CHECK(last[i] == x(2, i));
    CHECK(check([](symbol a, symbol b) {
              symbol const twice = a + a;
              return weft::repeat([&](symbol, symbol) { return twice; }, a, b);
          }, 0, h, x)[1] == 2 * h[1]);
    // Constants and shapes of the trace around.
    check([](symbol a, symbol b) {
        symbol const scale = cast<double>(weft::iota(a, {a.size(0)})) + 1;
        symbol const half = a * 0 + 0.5;
        return weft::repeat([&](symbol c, symbol s) {
            return c * half + s / scale + mean(a) * broadcast_to(mean(c), {a.size(0)});
        }, a, b);
    }, 1e-13, h, x);
    // A derivative inside the body, with respect to a value that it captures, and one that it is
    // given: d(c * c * a)/dc = 2 c a, d/da = c * c.
    auto const y = check([](symbol a, symbol b) {
        return weft::repeat([&](symbol c, symbol) {
            auto const f = [](symbol p, symbol q) { return sum(p * p * q); };
            auto const [dc, da] = weft::grad(f, wrt<0, 1>)(c, a);
            return (dc + da) * 0.25;
        }, a, b);
    }, 1e-13, h, x);
    double c = h[2];
    for (int i = 0; i < 3; ++i) c = (2 * c * h[2] + c * c) * 0.25;
    CHECK(y[2] == doctest::Approx(c));
}

TEST_CASE("repeat in a repeat: values, derivatives, second derivatives, batches") {
    auto h = numbers<tensor<double, 5>>(1), w = numbers<tensor<double, 5>>(3);
    auto x = numbers<tensor<double, 3, 4, 5>>(2);
    auto const y = check(nested, 1e-13, h, x, w);
    CHECK(near(values(y.begin(), y.end()), nested_by_hand(h, x, w), 1e-13));
    auto const [dh, dx, dw] = check([](symbol a, symbol b, symbol c) {
        return weft::grad(nested_loss, wrt<0, 1, 2>)(a, b, c);
    }, 1e-12, h, x, w);
    CHECK(differs(nested_loss, dh, h, h, x, w) == 0);
    CHECK(differs(nested_loss, dx, x, h, x, w) == 0);
    CHECK(differs(nested_loss, dw, w, h, x, w) == 0);
    auto const v = numbers<tensor<double, 5>>(7);
    auto const tangent = check([](symbol a, symbol b, symbol c, symbol d) {
        return weft::jvp([a, b](symbol r) { return nested_loss(a, b, r); })(d, c).second;
    }, 1e-12, h, x, w, v);
    double expected = 0;
    for (int i = 0; i < 5; ++i) expected += v[i] * dw[i];
    CHECK(tangent.item() == doctest::Approx(expected).epsilon(1e-11));
    // Forwards over backwards, and backwards over forwards.
    auto const one = weft::call([](symbol a, symbol b, symbol c, symbol d) {
        return weft::jvp([a, b](symbol r) {
            return weft::grad([a, b](symbol q) { return nested_loss(a, b, q); })(r);
        })(d, c).second;
    }, h, x, w, v);
    auto const other = weft::call([](symbol a, symbol b, symbol c, symbol d) {
        return weft::grad([a, b, d](symbol r) {
            return weft::jvp([a, b](symbol q) { return nested_loss(a, b, q); })(d, r).second;
        })(c);
    }, h, x, w, v);
    CHECK(near(values(one.begin(), one.end()), values(other.begin(), other.end()), 1e-10));
    // A batch, along the outer slices and along a captured value.
    auto const hs = numbers<tensor<double, 2, 5>>(8), ws = numbers<tensor<double, 2, 5>>(9);
    auto const all = check([](symbol a, symbol b, symbol c) {
        return weft::vmap(nested, weft::in_axes<0, weft::unmapped, 0>)(a, b, c);
    }, 1e-12, hs, x, ws);
    for (std::int64_t i = 0; i < 2; ++i) {
        tensor<double, 5> a, b;
        for (std::int64_t j = 0; j < 5; ++j) a[j] = hs(i, j), b[j] = ws(i, j);
        values const each = nested_by_hand(a, x, b);
        for (std::int64_t j = 0; j < 5; ++j) CHECK(near(all(i, j), each[std::size_t(j)], 1e-12));
    }
}

TEST_CASE("repeat in a repeat: as often as run-time extents say, with one kernel for all") {
    for (auto const& [n, k] : {std::pair{3, 2}, {1, 4}, {0, 3}, {2, 0}, {2, 1}}) {
        auto const h = numbers<tensor<double, dyn>>(1, 6), w = numbers<tensor<double, dyn>>(3, 6);
        auto const x = numbers<tensor<double, dyn, dyn, dyn>>(2, n, k, 6);
        check([](symbol a, symbol b, symbol c) {
            return weft::value_and_grad(nested_loss, wrt<0, 1, 2>)(a, b, c);
        }, 1e-12, h, x, w);
    }
    using few = weft::program<std::remove_const_t<decltype(nested)>, tensor<double, 5>,
                              tensor<double, 2, 2, 5>, tensor<double, 5>>;
    using many = weft::program<std::remove_const_t<decltype(nested)>, tensor<double, 5>,
                               tensor<double, 30, 40, 5>, tensor<double, 5>>;
    static_assert(few::plan.kernels.size() == many::plan.kernels.size());
    static_assert(few::plan.steps.size() == many::plan.steps.size());
    static_assert(few::workspace_bytes == many::workspace_bytes);
    static_assert(many::flops > 200 * few::flops && many::flops < 400 * few::flops);
}

TEST_CASE("repeat in a repeat: every iteration of both draws other random numbers") {
    auto const draws = [](symbol, symbol like) {
        // Each iteration adds its number in a place of its own.
        auto const places = [](symbol at, auto... shape) {
            return cast<float>(weft::iota(at, {shape...}) == at);
        };
        symbol const index = weft::iota(like, {4});
        return weft::repeat([&](symbol c, symbol i) {
            return weft::repeat([&](symbol d, symbol j) {
                return d + weft::random::uniform(j, {}) * places(i * 3 + j, 12);
            }, c, slice(index, 0, 0, 3));
        }, cast<float>(weft::iota(like, {12})) * 0, index);
    };
    key const k{7};
    tensor<float, 1> const like;
    auto const y = check(draws, 1e-6, k, like);
    for (std::int64_t i = 0; i < 12; ++i) {
        CHECK(y[i] > 0);
        for (std::int64_t j = 0; j < i; ++j) CHECK(y[i] != y[j]);
    }
}
