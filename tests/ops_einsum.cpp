// SPDX-License-Identifier: BSL-1.0
// einsum: against NumPy, derivatives and batches, the order of several operands, and what wrong
// subscripts record.
#include "check.hpp"
#include "rules.hpp"

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;
using weft::einsum;

std::vector<argument> const matrix{floats({3, 4})}, square{floats({3, 3})},
    pair{floats({2, 3, 4}), floats({2, 4, 2})};
values const m = to_values(r::m), cube = to_values(r::cube), left = to_values(r::left),
             right = to_values(r::right), nine = to_values(r::square);

/// The products of matrices in a graph, by the sizes of their results.
std::string products(function f, std::vector<argument> const& arguments) {
    trace t(arguments);
    t.output(t.call(f));
    weft::text out(t.b.error());
    auto const g = t.b.view();
    for (int n = 0; n < g.nodes.size(); ++n)
        if (g.kind(n) == weft::ir::kind::contraction)
            weft::ir::write_shape(out, g, g.nodes[n].shape);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("sums of products are NumPy's") {
    check_recorded({
        {"batch",
         to_values(r::einsum_batch),
         pair,
         {left, right},
         [](symbol const* x) { return einsum("bij,bjk->bik", x[0], x[1]); }},
        {"batch at run time",
         to_values(r::einsum_batch),
         {floats({2, n0, n1}), floats({2, n1, 2})},
         {left, right},
         [](symbol const* x) { return einsum("b i j, b j k -> b i k", x[0], x[1]); },
         {3, 4}},
        {"implicit",
         to_values(r::einsum_implicit),
         pair,
         {left, right},
         [](symbol const* x) { return einsum("bij,bjk", x[0], x[1]); }},
        {"transposed",
         to_values(r::einsum_transposed),
         matrix,
         {m},
         [](symbol const* x) { return einsum("ij->ji", x[0]); }},
        {"trace",
         to_values(r::einsum_trace),
         square,
         {nine},
         [](symbol const* x) { return einsum("ii", x[0]); }},
        {"diagonal",
         to_values(r::einsum_diagonal),
         {floats({n0, n1})},
         {nine},
         [](symbol const* x) { return einsum("ii->i", x[0]); },
         {3, 3}},
        {"sum",
         to_values(r::einsum_sum),
         {floats({2, 3, 4})},
         {cube},
         [](symbol const* x) { return einsum("bij->b", x[0]); }},
        {"three",
         to_values(r::einsum_three),
         {floats({2, 3, 4}), floats({2, 4, 2}), floats({2, 5})},
         {left, right, to_values(r::third)},
         [](symbol const* x) { return einsum("bij,bjk,bl->ilk", x[0], x[1], x[2]); }},
        {"elements",
         to_values(r::einsum_elements),
         matrix,
         {m},
         [](symbol const* x) { return einsum("ij,ij->ij", x[0], x[0]); }},
        {"outer",
         to_values(r::einsum_outer),
         {floats({7}), floats({4})},
         {to_values(r::vector), {1, 5, 3, -2}},
         [](symbol const* x) { return einsum("i,j->ji", x[0], x[1]); }},
        {"dots",
         to_values(r::einsum_dots),
         pair,
         {left, right},
         [](symbol const* x) { return einsum("...ij,...jk->...ik", x[0], x[1]); }},
        {"spread",
         to_values(r::einsum_spread),
         {floats({3, 4}), floats({2, 4, 2})},
         {m, right},
         [](symbol const* x) { return einsum("...i,bij->b...j", x[0], x[1]); }},
        {"inner",
         to_values(r::einsum_inner),
         matrix,
         {m},
         [](symbol const* x) { return einsum("ij,ij", x[0], x[0]); }},
        {"capital",
         to_values(r::einsum_capital),
         matrix,
         {m},
         [](symbol const* x) { return einsum("Ba,aC", x[0], transpose(x[0])); }},
    });
    // Axes of "..." broadcast; nothing to sum over is zero; types are promoted.
    auto const dots = [](symbol const* x) { return einsum("...i,...i", x[0], x[1]); };
    CHECK(evaluate(dots, {floats({2, 1, 2}), floats({3, 2})}, {{1, 2, 3, 4}, {1, 0, 0, 1, 1, 1}}) ==
          values{1, 2, 3, 3, 4, 7});
    CHECK(evaluate([](symbol const* x) { return einsum("ij,jk->ik", x[0], x[1]); },
                   {floats({2, 0}), floats({0, 1})}, {{}, {}}) == values{0, 0});
    CHECK(evaluate([](symbol const* x) { return einsum("i,i", x[0], x[1]); },
                   {integers({2}, 0, 9), integers({2}, 0, 9, dtype::int8)},
                   {{300, 2}, {4, 5}}) == values{1210});
}

TEST_CASE("each pair is one product, in the order of least work") {
    CHECK(products([](symbol const* x) { return einsum("bij,bjk->bik", x[0], x[1]); }, pair) ==
          "(2, 3, 2)");
    // A chain of matrices with a vector at its end goes from there; from the front at the other
    // end.
    CHECK(products([](symbol const* x) { return einsum("ij,jk,kl,l->i", x[0], x[0], x[0], x[1]); },
                   {floats({30, 30}), floats({30})}) == "(30)(30)(30)");
    CHECK(products([](symbol const* x) { return einsum("i,ij,jk,kl->l", x[1], x[0], x[0], x[0]); },
                   {floats({30, 30}), floats({30})}) == "(30)(30)(30)");
    CHECK(products([](symbol const* x) { return einsum("ij,jk,kl->il", x[0], x[1], x[2]); },
                   {floats({2, 50}), floats({50, 40}), floats({40, 30})}) == "(2, 40)(2, 30)");
    CHECK(products(
              [](symbol const* x) {
                  return einsum("ab,bc,cd,de,ef,fg,g->a", x[0], x[0], x[0], x[0], x[0], x[0], x[1]);
              },
              {floats({9, 9}), floats({9})}) == "(9)(9)(9)(9)(9)(9)");
}

TEST_CASE("derivatives and batches") {
    std::vector<ruled> const cases{
        {"product",
         {floats({2, 3, 4}), floats({2, 4, 2})},
         [](symbol const* x) { return einsum("bij,bjk->kib", x[0], x[1]); }},
        {"three",
         {floats({3, 2}), floats({2, 4}), floats({4, 3})},
         [](symbol const* x) { return einsum("ij,jk,ki->k", x[0], x[1], x[2]); }},
        {"diagonal",
         {floats({3, 3})},
         [](symbol const* x) { return einsum("ii,ij->j", x[0], x[0]); }},
        {"dots",
         {floats({2, 1, 3}), floats({n0, 3})},
         [](symbol const* x) { return einsum("...i,...i->...", x[0], x[1]); },
         {2, 0}},
    };
    for (ruled const& c : cases) check_derivatives(c), check_batches(c);
}

TEST_CASE("wrong subscripts record one sentence") {
    std::vector<argument> const two{floats({3, 4}), floats({5, 6})};
    auto const says = [&](function f, std::string const& sentence) {
        CHECK(mistake(f, two) == sentence);
    };
    says([](symbol const* x) { return einsum("ij,jk->ik", x[0], x[1]); },
         "einsum(ij,jk->ik): axis j has 4 elements, and 5 in operand 1");
    says([](symbol const* x) { return einsum("ij->ik", x[0]); },
         "einsum(ij->ik): the result names axis k, which no operand has");
    says([](symbol const* x) { return einsum("ij->ii", x[0]); },
         "einsum(ij->ii): the result names axis i twice");
    says([](symbol const* x) { return einsum("ij", x[0], x[1]); },
         "einsum(ij): subscripts of 1 operands, given are 2");
    says([](symbol const* x) { return einsum("ijk->i", x[0]); },
         "einsum(ijk->i): operand 0 has 2 axes, named are 3 in ijk");
    says([](symbol const* x) { return einsum("i1->i", x[0]); },
         "einsum(i1->i): operand 0 has 2 axes, named are 1 in i1");
    says([](symbol const* x) { return einsum("ij->i?", x[0]); },
         "einsum(ij->i?): axes are named by letters, found ? in the result");
    says([](symbol const* x) { return einsum("i.j->i", x[0]); },
         "einsum(i.j->i): a dot stands in ... only");
    says([](symbol const* x) { return einsum("...j->j", x[0]); },
         "einsum(...j->j): the result leaves out the axes of ...");
    says([](symbol const* x) { return einsum("ii", x[0]); },
         "einsum(ii): axis i has 3 elements, and 4 in operand 0");
}

TEST_CASE("subscripts are read in constant evaluation") {
    WEFT_CHECK_BOTH([] {
        weft::ir::builder b;
        extent const shape[] = {{4}, {3}};
        symbol const x = b.input(dtype::f32, {shape, 2}, "x");
        symbol const y = einsum("ij,kj,kl,ml,m->i", x, x, x, x, sum(x, weft::axis<1>));
        return !b.failed() && y.size(0) == extent{4};
    }());
}
