// SPDX-License-Identifier: BSL-1.0
#include <cmath>

#include <doctest/doctest.h>

#include <recorded/optim.hpp>
#include <weft/optim/adam.hpp>
#include <weft/optim/chain.hpp>

namespace optim = weft::optim;
using optim::after;
using optim::schedule;

namespace {

template <int N>
bool follows(double const (&expected)[N], schedule const& s) {
    for (int t = 0; t < N; ++t)
        if (!(std::abs(s(t) - expected[t]) <= 1e-6 * std::abs(expected[t]) + 1e-15)) {
            MESSAGE("step " << t << ": expected " << expected[t] << ", found " << s(t));
            return false;
        }
    return true;
}

}  // namespace

using namespace recorded::optim;

TEST_CASE("schedule: as those of PyTorch and optax") {
    CHECK(follows(schedule_linear, optim::linear{.start = 0.2, .end = 1.5, .steps = 10}));
    CHECK(follows(schedule_polynomial,
                  optim::polynomial{.start = 0.3, .end = 0.05, .power = 2.5, .steps = 12}));
    CHECK(follows(schedule_polynomial_torch,
                  optim::polynomial{.start = 0.1, .power = 2, .steps = 12}));
    CHECK(follows(schedule_exponential, optim::exponential{.start = 0.1, .factor = 0.9}));
    CHECK(follows(schedule_exponential_end,
                  optim::exponential{.start = 0.3, .factor = 0.5, .every = 4, .end = 0.06}));
    CHECK(follows(schedule_stairs, optim::stairs{.start = 0.1, .factor = 0.3, .every = 4}));
    CHECK(follows(schedule_cosine, optim::cosine{.peak = 0.1, .end = 0.02, .steps = 12}));
    CHECK(
        follows(schedule_cosine_warm_up,
                optim::cosine{.peak = 0.5, .end = 0.03, .start = 0.01, .warm_up = 4, .steps = 12}));
    CHECK(follows(schedule_one_cycle, optim::one_cycle{.peak = 0.4, .steps = 20}));
    CHECK(follows(
        schedule_one_cycle_options,
        optim::one_cycle{
            .peak = 0.4, .steps = 20, .rising = 0.25, .start_divisor = 10, .end_divisor = 100}));
    CHECK(follows(schedule_joined,
                  optim::joined(optim::linear{.end = 1, .steps = 4}, after{5, 0.7},
                                after{8, optim::stairs{.start = 0.5, .factor = 0.1, .every = 3}})));
}

TEST_CASE("schedule: numbers, functions, and what is joined to what") {
    schedule const constant = 0.25;
    CHECK(constant(0) == 0.25);
    CHECK(constant(1000000) == 0.25);
    schedule const halves = [](std::int64_t t) { return 1 / static_cast<double>(t + 1); };
    CHECK(halves(3) == 0.25);
    // A joined schedule may itself be one; the later part wins where both reach.
    schedule const two = optim::joined(1., after{10, 2.});
    schedule const three = optim::joined(two, after{5, halves});
    CHECK(three(4) == 1);
    CHECK(three(5) == 1);
    CHECK(three(8) == 0.25);
    CHECK(three(12) == 1. / 8);
    schedule const later = optim::joined(0., after{5, two});
    CHECK(later(4) == 0);
    CHECK(later(14) == 1);
    CHECK(later(15) == 2);
    CHECK(schedule(optim::linear{.start = 1, .end = 2, .steps = 0})(0) == 2);
    schedule many = 0.;
    for (int i = 1; i < schedule::capacity; ++i) many.then(i, double(i));
    CHECK(many(7) == 7);
    CHECK_THROWS_WITH_AS(many.then(8, 8.), doctest::Contains("more than 8 pieces"), weft::error);
}

TEST_CASE("scheduled: a setting that moves") {
    optim::adam a{.rate = optim::linear{.start = 1, .end = 3, .steps = 4}, .beta1 = 0.5};
    CHECK(a.rate.value() == 1);
    optim::at_step(a, 2);
    CHECK(a.rate.value() == 2);
    CHECK(a.beta1.value() == 0.5);
    a.rate = 0.125;  // from here on it stays
    optim::at_step(a, 3);
    CHECK(a.rate.value() == 0.125);
    a.rate = [](std::int64_t t) { return 10. * double(t); };
    optim::at_step(a, 3);
    CHECK(a.rate.value() == 30);

    // Also behind others, and each on its own.
    auto both = optim::chain(optim::clip_value{optim::linear{.end = 8, .steps = 8}}, a);
    optim::at_step(both, 5);
    CHECK(both.change.limit.value() == 5);
    CHECK(both.rule.rate.value() == 50);
}
