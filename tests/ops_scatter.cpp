// SPDX-License-Identifier: BSL-1.0
// scatter: places of a value that indices name, read and updated, against JAX; duplicates, clamped
// indices, derivatives and batches.
#include "rules.hpp"

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;

values const m = to_values(r::m), updates = to_values(r::updates), rows = to_values(r::rows),
             columns = to_values(r::columns);
std::vector<argument> const three{floats({3, 4}), integers({3}, 0, 3), floats({3, 4})},
    loose{floats({n0, n1}), integers({n0}, 0, 3), floats({n0, n1})};

}  // namespace

TEST_CASE("updates at indices are JAX's") {
    check_recorded({
        {"get",
         to_values(r::at_get),
         {floats({3, 4}), integers({3}, 0, 3), integers({3}, 0, 3)},
         {m, rows, columns},
         [](symbol const* x) { return at(x[0], x[1], x[2]).get(); }},
        {"set",
         to_values(r::at_set),
         {floats({3, 4}), integers({2}, 0, 3), floats({2, 4})},
         {m, {2, 0}, values(updates.begin(), updates.begin() + 8)},
         [](symbol const* x) { return at(x[0], x[1]).set(x[2]); }},
        {"add",
         to_values(r::at_add),
         three,
         {m, rows, updates},
         [](symbol const* x) { return at(x[0], x[1]).add(x[2]); }},
        {"multiply",
         to_values(r::at_multiply),
         loose,
         {m, rows, updates},
         [](symbol const* x) { return at(x[0], x[1]).multiply(x[2]); },
         {3, 4}},
        {"max",
         to_values(r::at_max),
         three,
         {m, rows, updates},
         [](symbol const* x) { return at(x[0], x[1]).max(x[2]); }},
        {"min",
         to_values(r::at_min),
         loose,
         {m, rows, updates},
         [](symbol const* x) { return at(x[0], x[1]).min(x[2]); },
         {3, 4}},
        {"two",
         to_values(r::at_two),
         {floats({n0, n1}), integers({3}, 0, 3), integers({3}, 0, 3), floats({3})},
         {m, rows, columns, {1, 2, 3}},
         [](symbol const* x) { return at(x[0], x[1], x[2]).add(x[3]); },
         {3, 4}},
        {"number",
         to_values(r::at_number),
         {floats({3, 4}), integers({3}, 0, 3)},
         {m, rows},
         [](symbol const* x) { return at(x[0], x[1]).set(7); }},
    });
}

TEST_CASE("the last of several updates stays; indices are clamped, each to its own axis") {
    CHECK(evaluate([](symbol const* x) { return at(x[0], x[1]).set(x[2]); },
                   {floats({3}), integers({4}, 0, 3), floats({4})},
                   {{0, 0, 0}, {1, 9, 1, -5}, {1, 2, 3, 4}}) == values{4, 3, 2});
    auto const two = [](symbol const* x) { return at(x[0], x[1], x[2]).add(1); };
    for (dtype type : {dtype::int32, dtype::int64, dtype::int8})
        CHECK(evaluate(two, {floats({2, 3}), integers({3}, 0, 2, type), integers({3}, 0, 2, type)},
                       {values(6, 0), {0, 0, 120}, {5, -1, 0}}) == values{1, 0, 1, 1, 0, 0});
    CHECK(evaluate(two,
                   {floats({2, 3}), integers({1}, 0, 2, dtype::uint64),
                    integers({1}, 0, 2, dtype::uint8)},
                   {values(6, 0), {9e15}, {255}}) == values{0, 0, 0, 0, 0, 1});
    // Indices that broadcast; scalars; tables and indices without elements.
    CHECK(evaluate([](symbol const* x) { return at(x[0], x[1], x[2]).set(x[3]); },
                   {floats({2, 3}), integers({2, 1}, 0, 2), integers({2}, 0, 3), floats({2})},
                   {values(6, 0), {0, 1}, {0, 2}, {5, 6}}) == values{5, 0, 6, 5, 0, 6});
    CHECK(evaluate([](symbol const* x) { return at(x[0], x[1]).max(x[2]); },
                   {floats({2}), integers({}, 0, 2), floats({})},
                   {{1, 2}, {0}, {5}}) == values{5, 2});
    CHECK(evaluate([](symbol const* x) { return at(x[0], x[1]).set(1); },
                   {floats({0, 2}), integers({2}, 0, 2)}, {{}, {0, 1}}) == values{});
    CHECK(evaluate([](symbol const* x) { return at(x[0], x[1]).multiply(2); },
                   {{dtype::int8, {2}}, integers({0}, 0, 2)}, {{3, 4}, {}}) == values{3, 4});
}

TEST_CASE("derivatives and batches, duplicates and zeros among the updates") {
    std::vector<ruled> const cases{
        {"get",
         {floats({3, 4}), integers({5}, -1, 4), integers({5}, 0, 4)},
         [](symbol const* x) { return square(at(x[0], x[1], x[2]).get()); }},
        {"set",
         {floats({3, 4}), integers({5}, -1, 4), floats({5, 4})},
         [](symbol const* x) { return square(at(x[0], x[1]).set(x[2] * x[2])); }},
        {"set of scalars",
         {floats({4}), integers({2, 3}, 0, 4), floats({2, 3})},
         [](symbol const* x) { return at(x[0], x[1]).set(x[2]) * x[0]; }},
        {"add",
         {floats({n0, 2}), integers({n1}, 0, 3), floats({n1, 2})},
         [](symbol const* x) { return square(at(x[0], x[1]).add(x[2])); },
         {3, 4}},
        {"multiply",
         {floats({3, 2}), integers({5}, 0, 3), floats({5, 2}, 0.5, 1)},
         [](symbol const* x) { return at(x[0], x[1]).multiply(x[2]); }},
        {"max",
         {floats({3, 2}), integers({5}, 0, 3), floats({5, 2})},
         [](symbol const* x) { return square(at(x[0], x[1]).max(x[2])); }},
        {"min at two axes",
         {floats({2, 3}), integers({4}, 0, 2), integers({4}, 0, 3), floats({4})},
         [](symbol const* x) { return at(x[0], x[1], x[2]).min(x[3]); }},
    };
    for (ruled const& c : cases) check_derivatives(c), check_batches(c);
    auto const gradients = [](function f, std::vector<values> const& at) {
        trace t({floats({2}), integers({3}, 0, 2), floats({3})});
        symbol const y = t.call(f), d = t.b.constant(dtype::f64, y.node().shape, 1);
        symbol const x[] = {t.in[0], t.in[2]};
        for (symbol g : weft::pass::vjp(t.b, {&y, 1}, {&d, 1}, {x, 2})) t.output(g);
        auto out = weft::pass::reference(t.b.view(), at).outputs;
        out[0].insert(out[0].end(), out[1].begin(), out[1].end());
        return out[0];
    };
    auto const set = [](symbol const* x) { return at(x[0], x[1]).set(x[2]); };
    CHECK(gradients(set, {{5, 6}, {1, 1, 1}, {1, 2, 3}}) == values{1, 0, 0, 0, 1});
    auto const multiply = [](symbol const* x) { return at(x[0], x[1]).multiply(x[2]); };
    CHECK(gradients(multiply, {{5, 6}, {1, 1, 0}, {0, 2, 3}}) == values{3, 0, 12, 0, 5});
    CHECK(gradients(multiply, {{5, 6}, {1, 1, 0}, {0, 0, 3}}) == values{3, 0, 0, 0, 5});
    auto const most = [](symbol const* x) { return at(x[0], x[1]).max(x[2]); };
    CHECK(gradients(most, {{5, 6}, {1, 1, 0}, {6, 2, 7}}) == values{0, 0.5, 0.5, 0, 1});
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const given{floats({3, 4}), integers({5}, 0, 3), floats({5, 3}),
                                      integers({2}, 0, 3)};
    auto const says = [&](function f, std::string const& sentence) {
        CHECK(mistake(f, given) == sentence);
    };
    says([](symbol const* x) { return at(x[0], x[2]).get(); },
         "at(x0, x2): (3, 4) at (5, 3): indices are integers, found float64");
    says([](symbol const* x) { return at(x[0], x[1], x[1], x[1]).get(); },
         "at(x0): (3, 4) has no 3 axes to index");
    says([](symbol const* x) { return at(x[0], x[1], x[3]).get(); },
         "at(x1, x3): (5) and (2): the indices do not broadcast");
    says([](symbol const* x) { return at(x[0], x[1]).set(x[2]); },
         "at(x0, x2): (3, 4) and (5, 3): the updates do not broadcast to (5, 4)");
    says([](symbol const* x) { return at(x[1], x[3]).add(x[2]); },
         "at(x1, x2): (5) and (5, 3): a value of int32 does not hold updates of float64");
}
