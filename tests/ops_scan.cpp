// SPDX-License-Identifier: BSL-1.0
// scan: running sums, products, extremes and log-sums against NumPy's, their derivatives and
// batches, and the linear recurrence. Compiled programs are in program_structure.cpp.
#include "rules.hpp"

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;
using weft::axis;
using weft::reversed;

std::vector<argument> const matrix{floats({3, 4})}, loose{floats({n0, n1})};
values const m = to_values(r::m), odd = to_values(r::odd), zeros = to_values(r::zeros),
             endless = to_values(r::endless);

std::vector<ruled> const& table() {
    static std::vector<ruled> const cases{
        {"cumsum", {floats({3, 4})}, [](symbol const* x) { return cumsum(x[0], axis<1>); }},
        {"cumsum of run-time extents",
         {floats({n0, n1})},
         [](symbol const* x) { return cumsum(x[0] * x[0], axis<0>, reversed); },
         {3, 2}},
        {"cumsum of all", {floats({2, 3})}, [](symbol const* x) { return cumsum(x[0]); }},
        {"cumprod",
         {floats({2, 9}, 0.5, 1.5)},
         [](symbol const* x) { return cumprod(x[0], axis<1>); }},
        {"cumprod from the end",
         {floats({4, 2}, 0.5, 1.5)},
         [](symbol const* x) { return cumprod(x[0], axis<0>, reversed); }},
        {"cummax", {floats({3, 7})}, [](symbol const* x) { return cummax(x[0] * x[0], axis<1>); }},
        {"cummin from the end",
         {floats({7, 3})},
         [](symbol const* x) { return cummin(x[0], axis<0>, reversed); }},
        {"logcumsumexp",
         {floats({2, 6}, -2, 2)},
         [](symbol const* x) { return logcumsumexp(x[0], axis<1>); }},
        {"logcumsumexp from the end",
         {floats({n0, 2})},
         [](symbol const* x) { return logcumsumexp(x[0], axis<0>, reversed); },
         {4, 0}},
        {"linear_recurrence",
         {floats({2, 5}), floats({2, 5})},
         [](symbol const* x) { return weft::linear_recurrence(x[0], x[1], axis<1>); }},
        {"linear_recurrence of one factor",
         {floats({}), floats({n0, 2})},
         [](symbol const* x) { return weft::linear_recurrence(x[0], x[1], axis<0>, reversed); },
         {4, 0}},
    };
    return cases;
}

}  // namespace

TEST_CASE("running folds are NumPy's") {
    check_recorded({
        {"cumsum_1",
         to_values(r::cumsum_1),
         matrix,
         {m},
         [](symbol const* x) { return cumsum(x[0], axis<1>); }},
        {"cumsum_0",
         to_values(r::cumsum_0),
         loose,
         {m},
         [](symbol const* x) { return cumsum(x[0], axis<-2>); },
         {3, 4}},
        {"cumsum_all",
         to_values(r::cumsum_all),
         matrix,
         {m},
         [](symbol const* x) { return cumsum(x[0]); }},
        {"cumsum_odd",
         to_values(r::cumsum_odd),
         matrix,
         {odd},
         [](symbol const* x) { return cumsum(x[0], axis<1>); }},
        {"cumsum_cube",
         to_values(r::cumsum_cube),
         {floats({2, 3, 4})},
         {to_values(r::cube)},
         [](symbol const* x) { return cumsum(x[0], axis<-2>); }},
        {"cumsum_reversed",
         to_values(r::cumsum_reversed),
         matrix,
         {m},
         [](symbol const* x) { return cumsum(x[0], axis<1>, reversed); }},
        {"cumprod_1",
         to_values(r::cumprod_1),
         matrix,
         {m},
         [](symbol const* x) { return cumprod(x[0], axis<1>); }},
        {"cumprod_zeros",
         to_values(r::cumprod_zeros),
         matrix,
         {zeros},
         [](symbol const* x) { return cumprod(x[0], axis<1>); }},
        {"cummax_1",
         to_values(r::cummax_1),
         matrix,
         {m},
         [](symbol const* x) { return cummax(x[0], axis<1>); }},
        {"cummax_odd",
         to_values(r::cummax_odd),
         matrix,
         {odd},
         [](symbol const* x) { return cummax(x[0], axis<1>); }},
        {"cummin_0",
         to_values(r::cummin_0),
         matrix,
         {odd},
         [](symbol const* x) { return cummin(x[0], axis<0>); }},
        {"cummax_reversed",
         to_values(r::cummax_reversed),
         matrix,
         {m},
         [](symbol const* x) { return cummax(x[0], axis<0>, reversed); }},
        {"logcumsumexp_1",
         to_values(r::logcumsumexp_1),
         matrix,
         {m},
         [](symbol const* x) { return logcumsumexp(x[0], axis<1>); }},
        {"logcumsumexp_endless",
         to_values(r::logcumsumexp_endless),
         matrix,
         {endless},
         [](symbol const* x) { return logcumsumexp(x[0], axis<1>); }},
    });
}

TEST_CASE("of nothing, of one, of integers and booleans, of long rows") {
    auto const f = [](symbol const* x) { return cumsum(x[0], axis<0>); };
    CHECK(evaluate(f, {floats({0})}, {{}}) == values{});
    CHECK(evaluate(f, {floats({1})}, {{7}}) == values{7});
    CHECK(evaluate(f, {{dtype::boolean, {4}}}, {{1, 0, 1, 1}}) == values{1, 1, 2, 3});
    CHECK(evaluate(f, {{dtype::int8, {3}}}, {{100, 27, 1}}) == values{100, 127, -128});
    CHECK(evaluate([](symbol const* x) { return cumprod(x[0], axis<1>); }, {{dtype::int32, {2, 0}}},
                   {{}}) == values{});
    values x, up, down(100), top;
    for (int i = 0; i < 100; ++i) x.push_back((i * 37) % 64 - 30);
    for (std::size_t i = 0; i < 100; ++i) {
        up.push_back(x[i] + (i ? up.back() : 0));
        top.push_back(i ? std::max(x[i], top.back()) : x[i]);
    }
    for (std::size_t i = 100; i-- > 0;) down[i] = x[i] + (i < 99 ? down[i + 1] : 0);
    CHECK(evaluate(f, {floats({n0})}, {x}, {100, 0}) == up);
    CHECK(evaluate([](symbol const* v) { return cumsum(v[0], axis<0>, reversed); }, {floats({100})},
                   {x}) == down);
    CHECK(evaluate([](symbol const* v) { return cummax(v[0], axis<0>); }, {floats({100})}, {x}) ==
          top);
}

TEST_CASE("columns side by side are what rows are") {
    auto const agree = [](function columns, function rows) {
        std::vector<argument> const given{floats({19, 39})};
        values const x = numbers(5).several(19 * 39, -1.5, 1.5);
        CHECK(close(evaluate(columns, given, {x}), evaluate(rows, given, {x}), 1e-13));
    };
    agree([](symbol const* x) { return cumsum(x[0], axis<0>); },
          [](symbol const* x) { return transpose(cumsum(transpose(x[0]), axis<1>)); });
    agree([](symbol const* x) { return cummin(x[0], axis<0>, reversed); },
          [](symbol const* x) { return transpose(cummin(transpose(x[0]), axis<1>, reversed)); });
    agree(
        [](symbol const* x) { return weft::linear_recurrence(x[0], x[0] + 1, axis<0>, reversed); },
        [](symbol const* x) {
            symbol const t = transpose(x[0]);
            return transpose(weft::linear_recurrence(t, t + 1, axis<1>, reversed));
        });
    // A product is a recurrence, and a sum of products is two.
    agree([](symbol const* x) { return cumprod(x[0], axis<1>); },
          [](symbol const* x) {
              symbol const first = weft::iota<double>(x[0], {39}) == 0;
              return weft::linear_recurrence(x[0], where(first, x[0], 0), axis<1>);
          });
}

TEST_CASE("derivatives and batches") {
    for (ruled const& c : table()) check_derivatives(c);
    for (ruled const& c : table()) check_batches(c);
}

TEST_CASE("the derivative of cumprod is right at zeros; that of cummax goes to the first") {
    auto const gradient = [](function f, values const& at) {
        trace t({floats({3, 4})});
        symbol const y = t.call(f), d = t.input_like(y, "d");
        t.output(weft::pass::vjp(t.b, {&y, 1}, {&d, 1}, {t.in.data(), 1})[0]);
        values cotangent;
        for (int i = 1; i <= 12; ++i) cotangent.push_back(i);
        return weft::pass::reference(t.b.view(), {at, cotangent}).outputs[0];
    };
    CHECK(close(gradient([](symbol const* x) { return cumprod(x[0], axis<1>); }, zeros),
                to_values(r::cumprod_derivative), 1e-13));
    CHECK(gradient([](symbol const* x) { return cummax(x[0], axis<1>); }, m) ==
          values{1, 9, 0, 0, 5, 21, 0, 0, 19, 0, 11, 12});
}

TEST_CASE("wrong calls record one sentence") {
    CHECK(mistake([](symbol const* x) { return cumsum(x[0], axis<2>); }, matrix) ==
          "cumsum(x0): (3, 4) has no axis 2");
    CHECK(mistake([](symbol const* x) { return cummax(x[0]); }, {{dtype::c64, {3}}}) ==
          "cummax(x0): (3): elements are real, found complex64");
    CHECK(mistake([](symbol const* x) { return weft::linear_recurrence(x[0], x[1], axis<0>); },
                  {floats({3, 4}), floats({5})}) ==
          "linear_recurrence(x0, x1): (3, 4) and (5) do not broadcast");
}
