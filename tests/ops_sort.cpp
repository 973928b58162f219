// SPDX-License-Identifier: BSL-1.0
// sort, argsort, top_k, searchsorted, take_along_axis: against NumPy and JAX, derivatives and
// batches. Compiled programs are in program_structure.cpp.
#include "rules.hpp"

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;
using weft::axis;
using weft::descending;

std::vector<argument> const matrix{floats({3, 4})}, loose{floats({n0, n1})};
values const m = to_values(r::m), odd = to_values(r::odd);

}  // namespace

TEST_CASE("orders are NumPy's and JAX's") {
    auto const places = to_values(r::picks);
    check_recorded({
        {"sort_1", to_values(r::sort_1), matrix, {m}, [](symbol const* x) { return sort(x[0]); }},
        {"sort_0",
         to_values(r::sort_0),
         loose,
         {m},
         [](symbol const* x) { return sort(x[0], axis<0>); },
         {3, 4}},
        {"sort_odd",
         to_values(r::sort_odd),
         matrix,
         {odd},
         [](symbol const* x) { return sort(x[0]); }},
        {"sort_down",
         to_values(r::sort_down),
         matrix,
         {odd},
         [](symbol const* x) { return sort(x[0], axis<1>, descending); }},
        {"argsort_1",
         to_values(r::argsort_1),
         matrix,
         {m},
         [](symbol const* x) { return argsort(x[0]); }},
        {"argsort_odd",
         to_values(r::argsort_odd),
         matrix,
         {odd},
         [](symbol const* x) { return argsort(x[0], axis<-1>); }},
        {"argsort_0",
         to_values(r::argsort_0),
         loose,
         {odd},
         [](symbol const* x) { return argsort(x[0], axis<0>); },
         {3, 4}},
        {"argsort_down",
         to_values(r::argsort_down),
         matrix,
         {m},
         [](symbol const* x) { return argsort(x[0], axis<1>, descending); }},
        {"top_values",
         to_values(r::top_values),
         matrix,
         {m},
         [](symbol const* x) { return top_k(x[0], 2).first; }},
        {"top_places",
         to_values(r::top_places),
         loose,
         {m},
         [](symbol const* x) { return top_k(x[0], 3).second; },
         {3, 4}},
        {"top_odd",
         to_values(r::top_odd),
         matrix,
         {odd},
         [](symbol const* x) { return top_k(x[0], 3).second; }},
        {"take_along_1",
         to_values(r::take_along_1),
         {floats({3, 4}), integers({3, 3}, 0, 4)},
         {m, places},
         [](symbol const* x) { return take_along_axis(x[0], x[1]); }},
        {"take_along_0",
         to_values(r::take_along_0),
         {floats({3, 4}), integers({1, 4}, 0, 3)},
         {m, {0, 2, 1, 1}},
         [](symbol const* x) { return take_along_axis(x[0], x[1], axis<0>); }},
        {"searchsorted_left",
         to_values(r::searchsorted_left),
         {floats({8}), floats({2, 3})},
         {to_values(r::sorted_row), to_values(r::wanted)},
         [](symbol const* x) { return weft::searchsorted(x[0], x[1]); }},
        {"searchsorted_right",
         to_values(r::searchsorted_right),
         {floats({n0}), floats({2, n1})},
         {to_values(r::sorted_row), to_values(r::wanted)},
         [](symbol const* x) { return weft::searchsorted_right(x[0], x[1]); },
         {8, 3}},
    });
    // Clamped indices; axes that broadcast; nothing, and one element.
    auto const take = [](symbol const* x) { return take_along_axis(x[0], x[1], axis<0>); };
    CHECK(evaluate(take, {floats({3}), integers({4}, 0, 3)}, {{5, 6, 7}, {-1, 9, 2, 0}}) ==
          values{5, 7, 7, 5});
    CHECK(evaluate(take, {floats({2, 3}), integers({1, 1}, 0, 2)}, {{1, 2, 3, 4, 5, 6}, {1}}) ==
          values{4, 5, 6});
    CHECK(evaluate([](symbol const* x) { return sort(x[0], axis<0>); }, {floats({0, 2})}, {{}}) ==
          values{});
    CHECK(evaluate([](symbol const* x) { return argsort(x[0]); }, {floats({1})}, {{4}}) ==
          values{0});
    CHECK(evaluate([](symbol const* x) { return top_k(x[0], 0).first; }, {floats({2, 3})},
                   {{1, 2, 3, 4, 5, 6}}) == values{});
    CHECK(evaluate([](symbol const* x) { return top_k(x[0], x[0].size(0), axis<0>).first; },
                   {floats({n0, 1})}, {{2, 9, 4}}, {3, 0}) == values{9, 4, 2});
}

TEST_CASE("derivatives and batches") {
    std::vector<ruled> const cases{
        {"sort", {floats({3, 5})}, [](symbol const* x) { return sort(x[0] * x[0]); }},
        {"sort along the first axis",
         {floats({n0, 2})},
         [](symbol const* x) { return sort(x[0], axis<0>, descending); },
         {5, 0}},
        {"top_k", {floats({2, 6})}, [](symbol const* x) { return top_k(x[0] * x[0], 3).first; }},
        {"top_k along the first axis",
         {floats({6, 2})},
         [](symbol const* x) { return top_k(x[0], 2, axis<0>).first; }},
        {"take_along_axis",
         {floats({3, 4}), integers({3, 6}, -1, 5)},
         [](symbol const* x) { return take_along_axis(square(x[0]), x[1]); }},
        {"take_along_axis, spread",
         {floats({4, 1}), integers({2, 3}, 0, 4)},
         [](symbol const* x) { return take_along_axis(x[0], x[1], axis<0>); }},
    };
    for (ruled const& c : cases) check_derivatives(c), check_batches(c);
    check_batches(
        {"argsort", {integers({5}, 0, 3)}, [](symbol const* x) { return argsort(x[0]); }});
    check_batches({"searchsorted", {floats({5}), floats({3})}, [](symbol const* x) {
                       return weft::searchsorted(sort(x[0]), x[1]);
                   }});
    trace t({floats({2, 3, 4})});
    symbol const y = sort(t.in[0], axis<1>), d = t.input_like(y, "d");
    t.output(weft::pass::vjp(t.b, {&y, 1}, {&d, 1}, {t.in.data(), 1})[0]);
    values cotangent;
    for (int i = 1; i <= 24; ++i) cotangent.push_back(i);
    CHECK(weft::pass::reference(t.b.view(), {to_values(r::cube), cotangent}).outputs[0] ==
          to_values(r::sort_derivative));
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const two{floats({3, 4}), floats({2, 4})};
    CHECK(mistake([](symbol const* x) { return sort(x[0], axis<2>); }, two) ==
          "sort(x0): (3, 4) has no axis 2");
    CHECK(mistake([](symbol const* x) { return top_k(x[0], 5).first; }, two) ==
          "top_k(x0): (3, 4) has no 5 elements along axis 1");
    CHECK(mistake([](symbol const* x) { return top_k(x[0], -1).second; }, two) ==
          "top_k(x0): (3, 4) has no -1 elements along axis 1");
    CHECK(mistake([](symbol const* x) { return take_along_axis(x[0], x[1]); }, two) ==
          "take_along_axis(x0, x1): (3, 4) at (2, 4): indices are integers, found float64");
    CHECK(mistake([](symbol const* x) { return take_along_axis(x[0], weft::cast<int>(x[1])); },
                  two) ==
          "take_along_axis(x0, cast(...)): (3, 4) at (2, 4): the extents beside axis 1 differ");
    CHECK(
        mistake([](symbol const* x) { return weft::searchsorted(x[0], x[1]); }, two) ==
        "searchsorted(x0, x1): (3, 4) and (2, 4): one sorted row, or a row for each row of values");
}
