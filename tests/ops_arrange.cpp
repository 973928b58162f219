// SPDX-License-Identifier: BSL-1.0
// arrange, padding, matrix_parts: against NumPy, derivatives and batches, run-time extents, and
// what wrong calls record.
#include "rules.hpp"

#include <recorded/structure.hpp>

namespace {

namespace r = recorded::structure;
using namespace testing;
using weft::axis;
using weft::pad_mode;

std::vector<argument> const matrix{floats({3, 4})}, loose{floats({n0, n1})},
    cubes{floats({2, 3, 4})}, row{floats({7})}, loose_row{floats({n0})};
values const m = to_values(r::m), cube = to_values(r::cube), vector = to_values(r::vector);

}  // namespace

TEST_CASE("axes, order, parts and copies are NumPy's") {
    check_recorded({
        {"flip_all",
         to_values(r::flip_all),
         cubes,
         {cube},
         [](symbol const* x) { return flip(x[0]); }},
        {"flip_1",
         to_values(r::flip_1),
         loose,
         {m},
         [](symbol const* x) { return flip(x[0], axis<1>); },
         {3, 4}},
        {"flip_two",
         to_values(r::flip_two),
         cubes,
         {cube},
         [](symbol const* x) { return flip(x[0], axis<0, -1>); }},
        {"roll_1",
         to_values(r::roll_1),
         matrix,
         {m},
         [](symbol const* x) { return roll(x[0], 1, 1); }},
        {"roll_1 at run time",
         to_values(r::roll_1),
         loose,
         {m},
         [](symbol const* x) { return roll(x[0], 1, 1); },
         {3, 4}},
        {"roll_back",
         to_values(r::roll_back),
         matrix,
         {m},
         [](symbol const* x) { return roll(x[0], -5, 0); }},
        {"roll_back at run time",
         to_values(r::roll_back),
         loose,
         {m},
         [](symbol const* x) { return roll(x[0], -5, -2); },
         {3, 4}},
        {"roll_all",
         to_values(r::roll_all),
         loose,
         {m},
         [](symbol const* x) { return roll(x[0], 3); },
         {3, 4}},
        {"moveaxis",
         to_values(r::moveaxis),
         cubes,
         {cube},
         [](symbol const* x) { return moveaxis(x[0], 0, -1); }},
        {"moveaxis_front",
         to_values(r::moveaxis_front),
         cubes,
         {cube},
         [](symbol const* x) { return moveaxis(x[0], 2, 0); }},
        {"swapaxes",
         to_values(r::swapaxes),
         cubes,
         {cube},
         [](symbol const* x) { return swapaxes(x[0], 0, -1); }},
        {"stack_0",
         to_values(r::stack_0),
         matrix,
         {m},
         [](symbol const* x) { return stack(0, x[0], x[0] + 1); }},
        {"stack_last",
         to_values(r::stack_last),
         loose,
         {m},
         [](symbol const* x) { return stack(-1, x[0], x[0] + 1); },
         {3, 4}},
        {"split_part",
         to_values(r::split_part),
         matrix,
         {m},
         [](symbol const* x) { return weft::split<2>(x[0], 1)[1]; }},
        {"split_part at run time",
         to_values(r::split_part),
         loose,
         {m},
         [](symbol const* x) { return weft::split<2>(x[0], -1)[1]; },
         {3, 4}},
        {"split_places",
         to_values(r::split_places),
         row,
         {vector},
         [](symbol const* x) {
             return split(x[0], {2, 5})[1];
         }},
        {"split_last",
         to_values(r::split_last),
         loose_row,
         {vector},
         [](symbol const* x) {
             return split(x[0], {2, -2})[2];
         },
         {7, 0}},
        {"tile_2",
         to_values(r::tile_2),
         matrix,
         {m},
         [](symbol const* x) { return tile(x[0], {2}); }},
        {"tile_21",
         to_values(r::tile_21),
         loose,
         {m},
         [](symbol const* x) {
             return tile(x[0], {2, 1});
         },
         {3, 4}},
        {"tile_new",
         to_values(r::tile_new),
         row,
         {vector},
         [](symbol const* x) {
             return tile(x[0], {2, 2});
         }},
        {"repeat_1",
         to_values(r::repeat_1),
         matrix,
         {m},
         [](symbol const* x) { return repeat_elements(x[0], 2, 1); }},
        {"repeat_0",
         to_values(r::repeat_0),
         loose,
         {m},
         [](symbol const* x) { return repeat_elements(x[0], 3, 0); },
         {3, 4}},
        {"outer",
         to_values(r::outer),
         {floats({7}), floats({3, 4})},
         {vector, m},
         [](symbol const* x) { return outer(x[0], x[1]); }},
        {"kron",
         to_values(r::kron),
         {floats({3, 3}), floats({3, 4})},
         {to_values(r::square), m},
         [](symbol const* x) { return kron(x[0], x[1]); }},
        {"kron_vector",
         to_values(r::kron_vector),
         {floats({n0, n1}), floats({7})},
         {m, vector},
         [](symbol const* x) { return kron(x[0], x[1]); },
         {3, 4}},
        {"meshgrid_0",
         to_values(r::meshgrid_0),
         {floats({7}), floats({4})},
         {vector, {1, 5, 3, -2}},
         [](symbol const* x) { return weft::meshgrid(x[0], x[1])[0]; }},
        {"meshgrid_1",
         to_values(r::meshgrid_1),
         {floats({7}), floats({4})},
         {vector, {1, 5, 3, -2}},
         [](symbol const* x) { return weft::meshgrid(x[0], x[1])[1]; }},
    });
    auto const shape = [](function f) {
        trace t(cubes);
        symbol const y = t.call(f);
        weft::text text;
        weft::ir::write_shape(text, y);
        return std::string(text.view());
    };
    CHECK(shape([](symbol const* x) { return expand_dims(x[0], -1); }) == "(2, 3, 4, 1)");
    CHECK(shape([](symbol const* x) { return expand_dims(x[0], axis<0, 2>); }) ==
          "(1, 2, 1, 3, 4)");
    CHECK(shape([](symbol const* x) { return squeeze(expand_dims(x[0], axis<0, 2>)); }) ==
          "(2, 3, 4)");
    CHECK(shape([](symbol const* x) { return squeeze(expand_dims(x[0], axis<0, 2>), axis<-3>); }) ==
          "(1, 2, 3, 4)");
    CHECK(evaluate([](symbol const* x) { return roll(x[0], 2, 0); }, {floats({n0})}, {{}},
                   {0, 0}) == values{});
    CHECK(evaluate([](symbol const* x) { return tile(x[0], {0}); }, {floats({2})}, {{1, 2}}) ==
          values{});
    CHECK(printed([](symbol const* x) { return flip(flip(x[0])); }, {floats({3})}, true) ==
          "%0 = input f64(3) x0\nreturn %0\n");
}

TEST_CASE("what surrounds a value is NumPy's") {
    auto const each = [](char const* name, values expected, function f) {
        check_recorded({{name, expected, matrix, {m}, f}, {name, expected, loose, {m}, f, {3, 4}}});
    };
    each("zero", to_values(r::pad_zero), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}});
    });
    each("value", to_values(r::pad_value), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}}, 2.5);
    });
    each("edge", to_values(r::pad_edge), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}}, pad_mode::edge);
    });
    each("reflect", to_values(r::pad_reflect), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}}, pad_mode::reflect);
    });
    each("symmetric", to_values(r::pad_symmetric), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}}, pad_mode::symmetric);
    });
    each("wrap", to_values(r::pad_wrap), [](symbol const* x) {
        return pad(x[0], {{1, 2}, {2, 3}}, pad_mode::wrap);
    });
    CHECK(evaluate(
              [](symbol const* x) {
                  return pad(x[0], {{0, 2}}, 1.0);
              },
              {floats({0})}, {{}}) == values{1, 1});
}

TEST_CASE("triangles and diagonals are NumPy's") {
    check_recorded({
        {"triu_0", to_values(r::triu_0), cubes, {cube}, [](symbol const* x) { return triu(x[0]); }},
        {"triu_1",
         to_values(r::triu_1),
         cubes,
         {cube},
         [](symbol const* x) { return triu(x[0], 1); }},
        {"triu_low",
         to_values(r::triu_low),
         {floats({2, n0, n1})},
         {cube},
         [](symbol const* x) { return triu(x[0], -1); },
         {3, 4}},
        {"tril_0", to_values(r::tril_0), cubes, {cube}, [](symbol const* x) { return tril(x[0]); }},
        {"tril_1",
         to_values(r::tril_1),
         cubes,
         {cube},
         [](symbol const* x) { return tril(x[0], 1); }},
        {"tril_low",
         to_values(r::tril_low),
         cubes,
         {cube},
         [](symbol const* x) { return tril(x[0], -2); }},
        {"diagonal_0",
         to_values(r::diagonal_0),
         cubes,
         {cube},
         [](symbol const* x) { return diagonal(x[0]); }},
        {"diagonal_1",
         to_values(r::diagonal_1),
         cubes,
         {cube},
         [](symbol const* x) { return diagonal(x[0], 1); }},
        {"diagonal_1 at run time",
         to_values(r::diagonal_1),
         {floats({2, n0, n1})},
         {cube},
         [](symbol const* x) { return diagonal(x[0], 1); },
         {3, 4}},
        {"diagonal_low",
         to_values(r::diagonal_low),
         cubes,
         {cube},
         [](symbol const* x) { return diagonal(x[0], -1); }},
        {"diagonal_low at run time",
         to_values(r::diagonal_low),
         {floats({2, n0, n1})},
         {cube},
         [](symbol const* x) { return diagonal(x[0], -1); },
         {3, 4}},
        {"diag_0", to_values(r::diag_0), row, {vector}, [](symbol const* x) { return diag(x[0]); }},
        {"diag_2",
         to_values(r::diag_2),
         loose_row,
         {vector},
         [](symbol const* x) { return diag(x[0], 2); },
         {7, 0}},
        {"diag_low",
         to_values(r::diag_low),
         row,
         {vector},
         [](symbol const* x) { return diag(x[0], -1); }},
        {"trace_0",
         to_values(r::trace_0),
         cubes,
         {cube},
         [](symbol const* x) { return weft::trace(x[0]); }},
        {"trace_1",
         to_values(r::trace_1),
         {floats({3, 3})},
         {to_values(r::square)},
         [](symbol const* x) { return weft::trace(x[0], 1); }},
        {"eye",
         to_values(r::eye),
         row,
         {vector},
         [](symbol const* x) { return weft::eye(x[0], 3, 4, 1); }},
    });
    // Diagonals that are not there are empty.
    CHECK(evaluate([](symbol const* x) { return diagonal(x[0], 4); }, matrix, {m}) == values{});
    CHECK(evaluate([](symbol const* x) { return diagonal(x[0], -9); }, loose, {m}, {3, 4}) ==
          values{});
    CHECK(evaluate([](symbol const* x) { return weft::trace(x[0], -3); }, matrix, {m}) ==
          values{0});
}

TEST_CASE("derivatives and batches") {
    std::vector<ruled> const cases{
        {"flip", {floats({2, 3})}, [](symbol const* x) { return flip(x[0], axis<1>) * x[0]; }},
        {"roll",
         {floats({n0, 2})},
         [](symbol const* x) { return roll(x[0], 2, 0) * x[0]; },
         {3, 0}},
        {"stack",
         {floats({3}), floats({3})},
         [](symbol const* x) { return stack(1, x[0] * x[1], x[1]); }},
        {"split",
         {floats({6, 2})},
         [](symbol const* x) {
             auto const [a, b, c] = weft::split<3>(x[0]);
             return a * b + c;
         }},
        {"split at places",
         {floats({n0})},
         [](symbol const* x) {
             return split(x[0], {1, -1})[1] * sum(split(x[0], {2})[0]);
         },
         {5, 0}},
        {"tile",
         {floats({2, 3})},
         [](symbol const* x) {
             return tile(square(x[0]), {2, 1, 2});
         }},
        {"repeat_elements",
         {floats({2, 3})},
         [](symbol const* x) { return repeat_elements(square(x[0]), 2, 0); }},
        {"kron", {floats({2, 2}), floats({3})}, [](symbol const* x) { return kron(x[0], x[1]); }},
        {"outer", {floats({2}), floats({3})}, [](symbol const* x) { return outer(x[0], x[1]); }},
        {"pad",
         {floats({2, 3})},
         [](symbol const* x) {
             return pad(square(x[0]), {{1, 1}, {0, 2}}, 3.0);
         }},
        {"pad reflect",
         {floats({3, 4})},
         [](symbol const* x) {
             return pad(square(x[0]), {{2, 1}, {3, 0}}, pad_mode::reflect);
         }},
        {"pad wrap",
         {floats({n0, 2})},
         [](symbol const* x) {
             return pad(x[0] * x[0], {{2, 1}, {0, 1}}, pad_mode::wrap);
         },
         {3, 0}},
        {"pad edge",
         {floats({3})},
         [](symbol const* x) {
             return pad(square(x[0]), {{2, 1}}, pad_mode::edge);
         }},
        {"triangles",
         {floats({3, 3})},
         [](symbol const* x) { return triu(x[0], 1) * x[0] + tril(x[0]); }},
        {"diagonal",
         {floats({3, 4})},
         [](symbol const* x) { return diagonal(x[0], 1) * diagonal(x[0]); }},
        {"diagonal at run time",
         {floats({n0, n1})},
         [](symbol const* x) { return diagonal(x[0] * x[0], -1); },
         {3, 4}},
        {"diag", {floats({3})}, [](symbol const* x) { return diag(square(x[0]), 1); }},
    };
    for (ruled const& c : cases) check_derivatives(c), check_batches(c);
}

TEST_CASE("wrong calls record one sentence") {
    std::vector<argument> const two{floats({3, 4}), floats({3, 5})};
    auto const says = [&](function f, std::string const& sentence) {
        CHECK(mistake(f, two) == sentence);
    };
    says([](symbol const* x) { return flip(x[0], axis<2>); }, "flip(x0): (3, 4) has no axis 2");
    says([](symbol const* x) { return roll(x[0], 1, -3); }, "roll(x0): (3, 4) has no axis -3");
    says([](symbol const* x) { return moveaxis(x[0], 0, 2); },
         "moveaxis(x0): (3, 4) has no axis 2");
    says([](symbol const* x) { return swapaxes(x[0], 2, 0); },
         "swapaxes(x0): (3, 4) has no axis 2");
    says([](symbol const* x) { return expand_dims(x[0], 3); },
         "expand_dims(x0): (3, 4) gets no new axis 3 of 3");
    says([](symbol const* x) { return squeeze(x[0], axis<1>); },
         "squeeze(x0): (3, 4) has more than one element along axis 1");
    says([](symbol const* x) { return stack(0, x[0], x[1]); },
         "stack(x0, x1): (3, 4) and (3, 5) differ");
    says([](symbol const* x) { return stack(3, x[0], x[0]); },
         "stack(x0): (3, 4) gets no new axis 3 of 3");
    says([](symbol const* x) { return weft::split<2>(x[0])[0]; },
         "split(x0): (3, 4): axis 0 is not divisible into 2 equal parts");
    says(
        [](symbol const* x) {
            return split(x[0], {1, 5}, 1)[0];
        },
        "slice(x0): (3, 4) has no elements 1 to 5 in steps of 1 along axis 1");
    says([](symbol const* x) { return tile(x[0], {-2}); }, "tile(x0): (3, 4): repeated -2 times");
    says([](symbol const* x) { return repeat_elements(x[0], 2, 5); },
         "repeat_elements(x0): (3, 4) has no axis 5");
    says(
        [](symbol const* x) {
            return pad(x[0], {{1, 1}});
        },
        "pad(x0): (3, 4): 1 pairs of widths, one for each axis are needed");
    says(
        [](symbol const* x) {
            return pad(x[0], {{1, 1}, {0, -2}});
        },
        "pad(x0): (3, 4): a negative width, -2, along axis 1; slice takes elements away");
    says(
        [](symbol const* x) {
            return pad(x[0], {{3, 1}, {0, 0}}, pad_mode::reflect);
        },
        "pad(x0): (3, 4): axis 0 is too short to give 3 elements");
    says(
        [](symbol const* x) {
            return pad(x[0], {{0, 4}, {0, 0}}, pad_mode::wrap);
        },
        "pad(x0): (3, 4): axis 0 is too short to give 4 elements");
    says([](symbol const* x) { return triu(sum(x[0])); }, "triu(sum(...)): () is no matrix");
    says([](symbol const* x) { return diag(sum(x[0])); },
         "diag(sum(...)): () is no vector and no matrix");
    says([](symbol const* x) { return weft::eye(x[0], -1); }, "eye: a matrix of -1 rows");
    says([](symbol const* x) { return weft::meshgrid(x[0])[0]; },
         "meshgrid(x0): (3, 4) is no vector");
}
