// SPDX-License-Identifier: BSL-1.0
// Compiled convolutions and pools: what their kernels finish, gradients, layouts, groups, element
// types, run-time extents.
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/ops/conv.hpp>
#include <weft/ops/pool.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::channels_first;
using weft::conv;
using weft::conv_transpose;
using weft::dyn;
using weft::symbol;
using weft::tensor;

}  // namespace

TEST_CASE("what follows elementwise finishes the blocks of a convolution") {
    using image = tensor<float, 3, 9, 7, 5>;
    using weights = tensor<float, 3, 3, 5, 18>;
    auto const layer = [](symbol x, symbol w, symbol b) {
        symbol const y = relu(conv(x, w, {.padding = 1}) + b);
        return std::tuple{y, sum(y, axis<0, 1, 2>)};
    };
    using bias = tensor<float, 18>;
    static_assert(weft::program<decltype(layer), image, weights, bias>::plan.kernels.size() == 1);
    check(layer, 1e-4, numbers<image>(1), numbers<weights>(2), numbers<bias>(3));
    auto const residual = [](symbol x, symbol w) { return conv(x, w, {.padding = 1}) * 2 + x; };
    check(residual, 1e-4, numbers<image>(1), numbers<tensor<float, 3, 3, 5, 5>>(2));
    // The update of the weights whose gradient a convolution makes.
    auto const descent = [](symbol x, symbol w) {
        return w - 0.1 * weft::grad([x](auto v) {
                       return sum(square(conv(x, v, {.stride = 2, .padding = 1})));
                   })(w);
    };
    check(descent, 1e-3, numbers<image>(1), numbers<weights>(2));
}

TEST_CASE("gradients, layouts, groups, types, run-time extents") {
    auto const both = [](symbol x, symbol w) {
        return weft::grad(
            [](auto a, auto b) {
                return sum(square(conv(a, b, {.stride = 2, .padding = 1, .groups = 2})));
            },
            weft::wrt<0, 1>)(x, w);
    };
    check(both, 1e-3, numbers<tensor<float, 2, 8, 7, 4>>(1), numbers<tensor<float, 3, 3, 2, 6>>(2));
    auto const depthwise = [](symbol x, symbol w) {
        return weft::grad(
            [](auto a, auto b) {
                return sum(square(relu(conv(a, b, {.padding = 1, .groups = 19}))));
            },
            weft::wrt<0, 1>)(x, w);
    };
    check(depthwise, 1e-3, numbers<tensor<float, 2, 6, 9, 19>>(1),
          numbers<tensor<float, 3, 3, 1, 19>>(2));
    auto const first = [](symbol x, symbol w) {
        return std::tuple{conv(x, w, {.stride = {1, 2}, .layout = channels_first}),
                          conv_transpose(x, w, {.stride = 2, .layout = channels_first})};
    };
    check(first, 1e-10, numbers<tensor<double, 2, 3, 8, 7>>(1),
          numbers<tensor<double, 3, 3, 2, 3>>(2));
    check([](symbol x, symbol w) { return conv(x, w, {.padding = 2, .dilation = 2}); }, 0,
          numbers<tensor<std::int32_t, 2, 9, 3>>(1), numbers<tensor<std::int32_t, 3, 3, 5>>(2));
    auto const narrow = [](symbol x, symbol w) { return conv(x, w, {.padding = 1}); };
    check(narrow, 1e-2, numbers<tensor<weft::bf16, 2, 9, 3>>(1),
          numbers<tensor<weft::bf16, 3, 3, 5>>(2));
    for (std::int64_t n : {0, 1, 3})
        check([](symbol x, symbol w) { return relu(conv(x, w, {.padding = 1})); }, 1e-4,
              numbers<tensor<float, dyn, dyn, 10, 3>>(1, n, n + 4),
              numbers<tensor<float, 3, 3, 3, 6>>(2));
}

TEST_CASE("pools: squares, windows that share elements, gradients, types") {
    auto const pools = [](symbol x) {
        return std::tuple{max_pool(x, 2),
                          max_pool(x, 3, {.stride = 2, .padding = 1}),
                          avg_pool(x, {2, 3}, {.padding = 1, .count_padding = false}),
                          avg_pool(x, 2) * 2,
                          global_avg_pool(x),
                          global_max_pool(x)};
    };
    check(pools, 1e-5, numbers<tensor<float, 2, 8, 6, 5>>(1));
    check(pools, 1e-12, numbers<tensor<double, 2, 7, 9, 19>>(2));
    auto const gradients = [](symbol x) {
        return weft::grad([](auto v) {
            return sum(square(max_pool(v, 2))) +
                   sum(max_pool(v, 3, {.stride = 2, .padding = 1}) * 2) +
                   sum(square(avg_pool(v, 3)));
        })(x);
    };
    check(gradients, 1e-4, numbers<tensor<float, 2, 8, 6, 21>>(3));
    check(gradients, 1e-10, numbers<tensor<double, 1, 9, 7, 3>>(4));
    auto const [y, t] = weft::jvp([](auto v) { return max_pool(v, 2); })(
        numbers<tensor<float, 1, 4, 4, 1>>(5), numbers<tensor<float, 1, 4, 4, 1>>(6));
    CHECK(y.size() == t.size());
    auto const largest = [](symbol x) { return max_pool(x, 2, {.stride = 1}); };
    check(largest, 0, numbers<tensor<std::int8_t, 2, 5, 70>>(7));
    check(largest, 0, numbers<tensor<weft::bf16, 2, 5, 20>>(8));
    check(largest, 0, numbers<tensor<float, dyn, dyn, 7>>(9, 2, 5));
}
