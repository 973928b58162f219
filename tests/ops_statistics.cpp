// SPDX-License-Identifier: BSL-1.0
// statistics, argmax: against NumPy and JAX, NaN, ties and empty axes, derivatives at their kinks,
// and batches.
#include "rules.hpp"

#include <limits>

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;
using weft::axis;
using weft::ddof;
using weft::keep;

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<argument> const matrix{floats({3, 4})}, loose{floats({n0, n1})},
    cubes{floats({2, 3, 4})};
values const m = to_values(r::m), odd = to_values(r::odd), zeros = to_values(r::zeros),
             endless = to_values(r::endless), cube = to_values(r::cube);

/// The gradient of f, weighted by 1, 2, 3 ...
values gradient(function f, std::vector<std::int64_t> shape, values const& at) {
    trace t({floats(std::move(shape))});
    symbol const y = t.call(f), d = t.input_like(y, "d");
    REQUIRE(t.error() == "");
    t.output(weft::pass::vjp(t.b, {&y, 1}, {&d, 1}, {t.in.data(), 1})[0]);
    values cotangent;
    std::size_t n = 1;
    for (int a = 0; a < y.rank(); ++a) n *= static_cast<std::size_t>(y.size(a).value());
    for (std::size_t i = 1; i <= n; ++i) cotangent.push_back(static_cast<double>(i));
    return weft::pass::reference(t.b.view(), {at, cotangent}).outputs[0];
}

}  // namespace

TEST_CASE("reductions are NumPy's") {
    check_recorded({
        {"product_1",
         to_values(r::product_1),
         matrix,
         {zeros},
         [](symbol const* x) { return product(x[0], axis<1>); }},
        {"product_all",
         to_values(r::product_all),
         {floats({n0})},
         {{2, -1, 3, 7}},
         [](symbol const* x) { return product(x[0]); },
         {4, 0}},
        {"min_1",
         to_values(r::min_1),
         matrix,
         {m},
         [](symbol const* x) { return min(x[0], axis<1>); }},
        {"min_odd",
         to_values(r::min_odd),
         loose,
         {odd},
         [](symbol const* x) { return min(x[0], axis<-1>); },
         {3, 4}},
        {"any_1",
         to_values(r::any_1),
         {floats({3, 1})},
         {{0, 4, -1}},
         [](symbol const* x) { return weft::any(x[0], axis<1>); }},
        {"all_1",
         to_values(r::all_1),
         matrix,
         {zeros},
         [](symbol const* x) { return weft::all(x[0], axis<1>); }},
        {"any_odd",
         to_values(r::any_odd),
         matrix,
         {odd},
         [](symbol const* x) { return weft::any(x[0], axis<0>); }},
        {"count",
         to_values(r::count),
         matrix,
         {zeros},
         [](symbol const* x) { return weft::count_nonzero(x[0], axis<1>); }},
        {"argmax_1",
         to_values(r::argmax_1),
         matrix,
         {m},
         [](symbol const* x) { return argmax(x[0], axis<1>); }},
        {"argmax_0",
         to_values(r::argmax_0),
         loose,
         {m},
         [](symbol const* x) { return argmax(x[0], axis<0>); },
         {3, 4}},
        {"argmax_all",
         to_values(r::argmax_all),
         loose,
         {m},
         [](symbol const* x) { return argmax(x[0]); },
         {3, 4}},
        {"argmax_odd",
         to_values(r::argmax_odd),
         matrix,
         {odd},
         [](symbol const* x) { return argmax(x[0], axis<-1>); }},
        {"argmin_odd",
         to_values(r::argmin_odd),
         matrix,
         {odd},
         [](symbol const* x) { return argmin(x[0], axis<1>); }},
        {"argmax_odd_0",
         to_values(r::argmax_odd_0),
         matrix,
         {odd},
         [](symbol const* x) { return argmax(x[0], axis<0>); }},
        {"argmin_0",
         to_values(r::argmin_0),
         matrix,
         {m},
         [](symbol const* x) { return argmin(x[0], axis<0>); }},
        {"argmax_cube",
         to_values(r::argmax_cube),
         cubes,
         {cube},
         [](symbol const* x) { return argmax(x[0], axis<1>, keep); }},
        {"logsumexp_1",
         to_values(r::logsumexp_1),
         matrix,
         {m},
         [](symbol const* x) { return logsumexp(x[0], axis<1>); }},
        {"logsumexp_endless",
         to_values(r::logsumexp_endless),
         matrix,
         {endless},
         [](symbol const* x) { return logsumexp(x[0], axis<1>, keep); }},
        {"logsumexp_all",
         to_values(r::logsumexp_all),
         loose,
         {m},
         [](symbol const* x) { return logsumexp(x[0]); },
         {3, 4}},
        {"variance_1",
         to_values(r::variance_1),
         matrix,
         {m},
         [](symbol const* x) { return variance(x[0], axis<1>); }},
        {"variance_ddof",
         to_values(r::variance_ddof),
         loose,
         {m},
         [](symbol const* x) { return variance(x[0], axis<0>, ddof{1}, keep); },
         {3, 4}},
        {"deviation",
         to_values(r::deviation),
         matrix,
         {m},
         [](symbol const* x) { return standard_deviation(x[0], axis<1>, keep); }},
        {"deviation_ddof",
         to_values(r::deviation_ddof),
         matrix,
         {m},
         [](symbol const* x) { return standard_deviation(x[0], axis<>, ddof{1}); }},
        {"peak_to_peak",
         to_values(r::peak_to_peak),
         matrix,
         {m},
         [](symbol const* x) { return weft::peak_to_peak(x[0], axis<0>); }},
        {"norm_2", to_values(r::norm_2), matrix, {m}, [](symbol const* x) { return norm(x[0]); }},
        {"norm_1",
         to_values(r::norm_1),
         matrix,
         {m},
         [](symbol const* x) { return norm(x[0], axis<1>, 1); }},
        {"norm_inf",
         to_values(r::norm_inf),
         matrix,
         {m},
         [](symbol const* x) { return norm(x[0], axis<1>, inf, keep); }},
        {"norm_low",
         to_values(r::norm_low),
         matrix,
         {m},
         [](symbol const* x) { return norm(x[0], axis<0>, -inf); }},
        {"norm_3",
         to_values(r::norm_3),
         loose,
         {m},
         [](symbol const* x) { return norm(x[0], axis<1>, 3); },
         {3, 4}},
        {"norm_0",
         to_values(r::norm_0),
         matrix,
         {zeros},
         [](symbol const* x) { return norm(x[0], axis<1>, 0); }},
        {"norm_half",
         to_values(r::norm_half),
         matrix,
         {zeros},
         [](symbol const* x) { return norm(x[0], axis<1>, 0.5); }},
        {"mean_two",
         to_values(r::mean_two),
         cubes,
         {cube},
         [](symbol const* x) { return mean(x[0], axis<0, -1>); }},
        {"max_two",
         to_values(r::max_two),
         cubes,
         {cube},
         [](symbol const* x) { return max(x[0], axis<1, 2>); }},
        {"sum_two",
         to_values(r::sum_two),
         cubes,
         {cube},
         [](symbol const* x) { return sum(x[0], axis<-1, 0>, keep); }},
    });
}

TEST_CASE("of nothing, of booleans and integers, of long rows") {
    CHECK(evaluate([](symbol const* x) { return product(x[0], axis<1>); }, {floats({2, 0})},
                   {{}}) == values{1, 1});
    CHECK(evaluate([](symbol const* x) { return min(x[0], axis<1>); }, {{dtype::int16, {1, 0}}},
                   {{}}) == values{32767});
    CHECK(evaluate([](symbol const* x) { return min(x[0]); }, {floats({0})}, {{}}) == values{inf});
    CHECK(evaluate([](symbol const* x) { return weft::any(x[0]); }, {floats({0})}, {{}}) ==
          values{0});
    CHECK(evaluate([](symbol const* x) { return weft::all(x[0]); }, {floats({0})}, {{}}) ==
          values{1});
    CHECK(evaluate([](symbol const* x) { return weft::all(x[0] > 0); }, {floats({2})}, {{1, 2}}) ==
          values{1});
    CHECK(evaluate([](symbol const* x) { return logsumexp(x[0]); }, {floats({n0})}, {{}}, {0, 0}) ==
          values{-inf});
    CHECK(evaluate([](symbol const* x) { return argmax(x[0], axis<0>); }, {floats({n0})}, {{}},
                   {0, 0}) == values{0});
    CHECK(evaluate([](symbol const* x) { return product(x[0]); }, {{dtype::uint8, {3}}},
                   {{100, 3, 1}}) == values{44});
    CHECK(evaluate([](symbol const* x) { return norm(x[0]); }, {{dtype::int32, {2}}}, {{3, 4}}) ==
          values{5});
    CHECK(evaluate([](symbol const* x) { return argmax(x[0]); }, {{dtype::boolean, {4}}},
                   {{0, 1, 0, 1}}) == values{1});
    values x;
    for (int i = 0; i < 500; ++i) x.push_back((i * 131) % 499);
    x[400] = x[333] = 1000, x[270] = x[71] = -1;
    auto const places = [](symbol const* v) { return stack(0, argmax(v[0]), argmin(v[0])); };
    CHECK(evaluate(places, {floats({500})}, {x}) == values{333, 71});
    for (function const f : {function([](symbol const* v) {
                                 symbol const grid = reshape(v[0], {20, 25});
                                 return argmax(grid, axis<0>) - argmax(transpose(grid), axis<1>);
                             }),
                             function([](symbol const* v) {
                                 symbol const grid = reshape(v[0], {10, 50});
                                 return argmin(grid, axis<0>) - argmin(transpose(grid), axis<1>);
                             })})
        for (double d : evaluate(f, {floats({500})}, {x})) CHECK(d == 0);
    x[450] = x[140] = std::numeric_limits<double>::quiet_NaN();
    CHECK(evaluate(places, {floats({500})}, {x}) == values{140, 140});
}

TEST_CASE("derivatives and batches") {
    std::vector<ruled> const cases{
        {"product", {floats({3, 4})}, [](symbol const* x) { return product(x[0], axis<1>); }},
        {"product of two axes",
         {floats({2, 3, 2})},
         [](symbol const* x) { return product(x[0], axis<0, 2>, keep); }},
        {"product of run-time extents",
         {floats({n0, n1})},
         [](symbol const* x) { return product(x[0]); },
         {2, 3}},
        {"min", {floats({3, 4})}, [](symbol const* x) { return min(x[0] * x[0], axis<0>); }},
        {"logsumexp", {floats({3, 4})}, [](symbol const* x) { return logsumexp(x[0], axis<0>); }},
        {"variance",
         {floats({3, n0})},
         [](symbol const* x) { return variance(x[0], axis<1>, ddof{1}); },
         {4, 0}},
        {"standard_deviation",
         {floats({3, 4})},
         [](symbol const* x) { return standard_deviation(x[0], axis<1>); }},
        {"norm",
         {floats({3, 4})},
         [](symbol const* x) { return norm(x[0], axis<1>, 2, keep) * x[0]; }},
        {"norm of order 3",
         {floats({3, 4}, 0.5, 1)},
         [](symbol const* x) { return norm(x[0], axis<0>, 3); }},
        {"norm of order infinity",
         {floats({3, 4})},
         [](symbol const* x) { return norm(x[0], axis<1>, inf); }},
    };
    for (ruled const& c : cases) check_derivatives(c), check_batches(c);
    check_batches(
        {"argmax", {floats({3, 4})}, [](symbol const* x) { return argmax(x[0], axis<0>); }});
    check_batches({"any", {integers({3, 4}, 0, 2)}, [](symbol const* x) {
                       return weft::any(x[0] > 0, axis<1>);
                   }});
}

TEST_CASE(
    "derivatives at kinks: products of zeros, norms of zero, deviations of equals, shared minima") {
    CHECK(close(gradient([](symbol const* x) { return product(x[0], axis<1>); }, {3, 4}, zeros),
                to_values(r::product_derivative), 1e-13));
    CHECK(close(gradient([](symbol const* x) { return norm(x[0], axis<1>); }, {2, 2}, {0, 0, 3, 4}),
                {0, 0, 1.2, 1.6}, 1e-15));
    CHECK(gradient([](symbol const* x) { return norm(x[0], axis<>, 3); }, {2}, {0, 0}) ==
          values{0, 0});
    CHECK(gradient([](symbol const* x) { return min(x[0]); }, {4}, {1, 0, 2, 0}) ==
          values{0, 0.5, 0, 0.5});
    CHECK(std::isnan(
        gradient([](symbol const* x) { return standard_deviation(x[0]); }, {2}, {3, 3})[0]));
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const two{floats({3, 4}), floats({2, 0})};
    auto const says = [&](function f, std::string const& sentence) {
        CHECK(mistake(f, two) == sentence);
    };
    says([](symbol const* x) { return product(x[0], axis<2>); },
         "product(x0): (3, 4) has no axis 2");
    says([](symbol const* x) { return weft::any(x[0], axis<-3>); },
         "any(x0): (3, 4) has no axis -3");
    says([](symbol const* x) { return argmax(x[0], axis<2>); }, "argmax(x0): (3, 4) has no axis 2");
    says([](symbol const* x) { return argmin(x[1], axis<1>); },
         "argmin(x1): (2, 0): axis 1 has no elements");
    says([](symbol const* x) { return norm(x[0], axis<5>); }, "norm(x0): (3, 4) has no axis 5");
    says([](symbol const* x) { return standard_deviation(x[0], axis<5>); },
         "variance(x0): (3, 4) has no axis 5");
}
