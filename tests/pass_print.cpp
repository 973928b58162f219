// SPDX-License-Identifier: BSL-1.0
// A plan as text, made by hand so that this test does not depend on what passes decide.
#include "check.hpp"

#include <string>

#include <weft/ops/layout.hpp>
#include <weft/pass/print.hpp>

namespace {

using weft::dtype;
using weft::extent;
using namespace weft::pass;

constexpr instruction make(action what, int operand = -1, int access = -1, int phase = 0,
                           bool row = false) {
    return {what, dtype::f32, row, phase, nullptr, {operand, -1, -1, -1}, access, 0};
}

/// Rows that lose their largest element; then a product with an epilogue.
constexpr plan example() {
    plan p;
    extent const n = p.extents.symbol(0);
    for (extent e : {n, extent{8}}) p.extent_pool.push(e);
    for (extent e : {extent{8}, extent{1}, extent{8}, extent{1}}) p.extent_pool.push(e);
    p.accesses.push({0, extent{0}, 2});
    p.accesses.push({1, extent{16}, 4});
    p.instructions.push(make(action::load, -1, 0));
    p.instructions.push(make(action::reduce_row, 0, -1, 0, true));
    p.instructions.back().op = weft::ir::op<weft::ops::max>;
    p.instructions.push(make(action::load, -1, 0, 1));
    p.instructions.push(make(action::compute, 2, -1, 1));
    p.instructions.back().op = weft::ir::op<weft::ops::subtract>;
    p.instructions.back().operand[1] = 1;
    p.instructions.push(make(action::store, 3, 1, 1));
    p.kernels.push({kernel_kind::loop, dtype::f32, 2, 1, 0, 2, 0, 0, {0, 5}, {0, 2}, 2, 0});

    int const dims = p.extent_pool.size();
    for (extent e : {n, extent{4}}) p.extent_pool.push(e);
    int const product = p.extent_pool.size();
    for (extent e : {n, extent{4}, extent{8}}) p.extent_pool.push(e);
    int const strides = p.extent_pool.size();
    for (std::int64_t e : {8, 1, 4, 1, 4, 1}) p.extent_pool.push({e});
    for (int i = 0; i < 3; ++i) p.accesses.push({i, extent{0}, strides + 2 * i});
    p.instructions.push(make(action::product));
    p.instructions.push(make(action::constant));
    p.instructions.back().bits = __builtin_bit_cast(std::int64_t, 0.5);
    p.instructions.push(make(action::compute, 0));
    p.instructions.back().op = weft::ir::op<weft::ops::multiply>;
    p.instructions.back().operand[1] = 1;
    p.instructions.push(make(action::store, 2, 2));
    p.kernels.push(
        {kernel_kind::product, dtype::f32, 2, 1, dims, 1, 3, product, {5, 4}, {2, 3}, 3, 0});

    for (int s : {0, 3, 3, 1, 2}) p.slots.push(s);
    p.steps.push({0, {0, 2}, -1});
    p.steps.push({1, {2, 3}, 0});
    p.inputs = 2, p.outputs = 1, p.guard = 1, p.workspace = 1024;
    p.buffers.push({dtype::f32, p.extents.multiply(n, {8}), -1, 0, 0, 0, -1, {0}, -1, 0});
    p.buffers.push({dtype::f32, {32}, -1, 0, 0, 0, -1, {0}, -1, 0});
    p.buffers.push({dtype::f32, p.extents.multiply(n, {4}), -1, 0, 0, 0, -1, {0}, -1, 0});
    p.buffers.push({dtype::f32, p.extents.multiply(n, {8}), -1, 0, 1, 64, -1, {0}, -1, 0});
    p.buffers.push({dtype::f32, {32}, -1, 0, 1, 0, 1, {32}, 0, 0});
    return p;
}

constexpr std::string_view expected =
    "kernel 0: loop (n0, 8), rows 1, phases 2\n"
    "  %0 = load f32 slot 0 (8, 1)\n"
    "  row %1 = reduce_row max f32 %0\n"
    "  1: %2 = load f32 slot 0 (8, 1)\n"
    "  1: %3 = subtract f32 %2, %1\n"
    "  1: %4 = store f32 %3 slot 1 + 16 (8, 1)\n"
    "kernel 1: product (n0, 4, 8) f32, left slot 0 (8, 1), right slot 1 (4, 1), result (n0, 4)\n"
    "  %0 = product f32\n"
    "  %1 = constant f32 0.5\n"
    "  %2 = multiply f32 %0, %1\n"
    "  %3 = store f32 %2 slot 2 (4, 1)\n"
    "step 0: kernel 0 on b0, b3\n"
    "guard\n"
    "step 1: kernel 1 on b3, b1, b2, loop 0\n"
    "b0: input 0, f32 8*n0\n"
    "b1: input 1, f32 32\n"
    "b2: output 0, f32 4*n0\n"
    "b3: at 64, steps 0 to 1, f32 8*n0\n"
    "b4: slice of b1 every 32 in loop 0, f32 32\n"
    "workspace 1024 bytes\n";

}  // namespace

TEST_CASE("print: kernels, steps, buffers") {
    plan const p = example();
    CHECK(std::string(print(p.view()).view()) == expected);
}

TEST_CASE("print of a plan works in constant evaluation") {
    static_assert([] {
        plan const p = example();
        return print(p.view()).view() == expected;
    }());
}
