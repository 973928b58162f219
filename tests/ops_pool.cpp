// SPDX-License-Identifier: BSL-1.0
// Pooling, and reductions over windows: derivatives of both modes and of second order, batches,
// ties, NaN, shapes, what wrong calls record. Values and gradients as PyTorch's are in ops_conv.
#include "window_checks.hpp"

#include <weft/ops/reduce_window.hpp>

namespace {

using weft::avg_pool;
using weft::axis;
using weft::channels_first;
using weft::dtype;
using weft::global_avg_pool;
using weft::global_max_pool;
using weft::max_pool;
using weft::padding;
using weft::symbol;

std::vector<testing::windowed> const& table() {
    using testing::floats, testing::n0, testing::n1;
    static std::vector<testing::windowed> const cases{
        {"max", {floats({2, 6, 4, 3})}, [](symbol const* x) { return max_pool(x[0], 2); }},
        {"max of windows that share elements",
         {floats({2, 9, 2})},
         [](symbol const* x) { return max_pool(x[0], 3, {.stride = 2, .padding = 1}); }},
        {"max of one image",
         {floats({5, 6, 2})},
         [](symbol const* x) {
             return max_pool(x[0], {2, 3}, {.dilation = {2, 1}});
         }},
        {"max, channels first",
         {floats({1, 2, 4, 4})},
         [](symbol const* x) { return max_pool(x[0], 2, {.layout = channels_first}); }},
        {"max of relu",
         {floats({1, 6, 6, 2})},
         [](symbol const* x) {
             return sum(max_pool(relu(x[0]) * 2 - 1, 2)) * max_pool(relu(x[0]), 3);
         }},
        {"max of relu of a sum",
         {floats({1, 6, 6, 2}), floats({2})},
         [](symbol const* x) { return max_pool(relu(x[0] + x[1]), 2); }},
        {"max in three axes",
         {floats({1, 4, 3, 4, 2})},
         [](symbol const* x) {
             return max_pool(x[0], {2, 3, 2}, {.stride = 1});
         }},
        {"average", {floats({2, 6, 4, 3})}, [](symbol const* x) { return avg_pool(x[0], 2); }},
        {"average inside",
         {floats({2, 7, 5, 1})},
         [](symbol const* x) {
             return avg_pool(x[0], {3, 2},
                             {.stride = {2, 1}, .padding = 1, .count_padding = false});
         }},
        {"average inside, same, dilated",
         {floats({1, 7, 2})},
         [](symbol const* x) {
             return avg_pool(
                 x[0], 3,
                 {.stride = 2, .padding = padding::same, .dilation = 2, .count_padding = false});
         }},
        {"average, channels first",
         {floats({1, 2, 4, 4})},
         [](symbol const* x) { return avg_pool(x[0], 2, {.layout = channels_first}); }},
        {"run-time extents",
         {floats({n0, n1, 2})},
         [](symbol const* x) {
             return max_pool(x[0], 2) + avg_pool(x[0], 2, {.count_padding = false});
         },
         {2, 7}},
        {"all of an image",
         {floats({2, 3, 4, 2})},
         [](symbol const* x) { return global_avg_pool(x[0]) * global_max_pool(x[0]); }},
        {"all of an image, channels first",
         {floats({2, 2, 3, 4})},
         [](symbol const* x) {
             return global_avg_pool(x[0], channels_first) * global_max_pool(x[0], channels_first);
         }},
        {"sum of windows",
         {floats({3, 9})},
         [](symbol const* x) { return weft::window_sum(x[0], axis<1>, 5); }},
        {"product of windows, dilated, in strides",
         {floats({7, 2, 8})},
         [](symbol const* x) {
             return weft::window_product(x[0], axis<0, -1>, {2, 3},
                                         {.stride = {2, 1}, .padding = 1, .dilation = {1, 2}});
         }},
        {"extremes of windows",
         {floats({2, 11})},
         [](symbol const* x) {
             return weft::window_max(x[0], axis<1>, 6, {.padding = padding::same}) *
                    weft::window_min(x[0], axis<1>, 3, {.padding = 1});
         }},
        {"mean of windows, run-time extents",
         {floats({n0, n1})},
         [](symbol const* x) {
             return weft::window_mean(x[0], axis<0, 1>, {3, 2},
                                      {.padding = {1, 0}, .count_padding = false});
         },
         {4, 5}},
    };
    return cases;
}

/// f of the elements of each window, by their definition.
std::vector<double> by_definition(double identity, double (*f)(double, double),
                                  std::vector<double> const& x, int n, int m, int rows, int columns,
                                  int stride, int dilation, int before) {
    int const high = (n + 2 * before - (rows - 1) * dilation - 1) / stride + 1;
    int const wide = (m + 2 * before - (columns - 1) * dilation - 1) / stride + 1;
    std::vector<double> y;
    for (int i = 0; i < high; ++i)
        for (int j = 0; j < wide; ++j) {
            double v = identity;
            for (int a = 0; a < rows; ++a)
                for (int b = 0; b < columns; ++b) {
                    int const p = i * stride + a * dilation - before;
                    int const q = j * stride + b * dilation - before;
                    if (p >= 0 && p < n && q >= 0 && q < m)
                        v = f(v, x[static_cast<std::size_t>(p * m + q)]);
                }
            y.push_back(v);
        }
    return y;
}

std::string mistake(testing::function f, std::vector<std::int64_t> shape) {
    return testing::mistake(f, {testing::floats(std::move(shape))});
}

}  // namespace

TEST_CASE("both modes agree with central differences, and second derivatives with each other") {
    for (auto const& c : table()) testing::check_derivatives(c);
}

TEST_CASE("vmap") {
    for (auto const& c : table()) testing::check_batches(c);
}

TEST_CASE("the derivative goes to the first of equal elements, and NaN is the largest") {
    testing::trace t({testing::floats({1, 2, 4, 1})});
    symbol const y = max_pool(t.in[0], 2), d = t.input_like(y, "d");
    t.output(y);
    t.output(testing::one_vjp(t.b, y, d, t.in[0]));
    double const nan = std::nan("");
    auto const found =
        weft::pass::reference(t.b.view(), {{3, 3, 1, nan, 3, 2, 5, 0}, {10, 20}}).outputs;
    CHECK(testing::close(found[0], {3, nan}, 0));
    CHECK(testing::close(found[1], {10, 0, 0, 20, 0, 0, 0, 0}, 0));
}

TEST_CASE("bias and relu go behind max_pool, where there are fewer elements") {
    auto const f = [](symbol const* x) { return max_pool(relu(x[0] + x[1]), 2); };
    std::string const graph =
        testing::printed(f, {testing::floats({1, 4, 4, 3}), testing::floats({3})}, true);
    CHECK(graph.find("max_pool") < graph.find("add"));
    CHECK(graph.find("add") < graph.find("maximum"));
    auto const not_of_channels = [](symbol const* x) { return max_pool(x[0] + x[1], 2); };
    std::string const other = testing::printed(
        not_of_channels, {testing::floats({1, 4, 4, 3}), testing::floats({4, 3})}, true);
    CHECK(other.find("add") < other.find("max_pool"));
}

TEST_CASE("counts of a mean are those inside") {
    auto const f = [](symbol const* x) {
        return avg_pool(x[0], 3, {.stride = 1, .padding = 1, .count_padding = false});
    };
    CHECK(testing::close(testing::evaluate(f, {testing::floats({1, 3, 1})}, {{3, 6, 12}}),
                         {4.5, 7, 9}, 1e-15));
}

TEST_CASE("reductions over windows are what they say, of all types") {
    std::vector<double> x(9 * 8);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::round(9 * std::sin(3 * double(i)));
    auto const sum = [](double a, double b) { return a + b; };
    auto const most = [](double a, double b) { return a > b ? a : b; };
    auto const least = [](double a, double b) { return a < b ? a : b; };
    auto const product = [](double a, double b) { return a * b; };
    double const inf = __builtin_inf();
    for (dtype type : {dtype::f64, dtype::int64}) {
        std::vector<testing::argument> const args{{type, {9, 8}}};
        bool const floating = type == dtype::f64;
        auto const is = [&](testing::function f, std::vector<double> const& expected) {
            CHECK(testing::close(testing::evaluate(f, args, {x}), expected, 1e-14));
        };
        is(
            [](symbol const* v) {
                return weft::window_sum(v[0], axis<0, 1>, {7, 3}, {.stride = 2, .padding = 1});
            },
            by_definition(0, sum, x, 9, 8, 7, 3, 2, 1, 1));
        is(
            [](symbol const* v) {
                return weft::window_max(v[0], axis<0, 1>, {3, 2}, {.padding = 2, .dilation = 3});
            },
            by_definition(floating ? -inf : -0x1p63, most, x, 9, 8, 3, 2, 1, 3, 2));
        is([](symbol const* v) { return weft::window_min(v[0], axis<0, 1>, 4); },
           by_definition(inf, least, x, 9, 8, 4, 4, 1, 1, 0));
        is(
            [](symbol const* v) {
                return weft::window_product(v[0], axis<0, 1>, {2, 3}, {.stride = 3});
            },
            by_definition(1, product, x, 9, 8, 2, 3, 3, 1, 0));
    }
    // Any associative function: the last element that is not zero.
    std::vector<testing::argument> const row{{dtype::f32, {6}}};
    CHECK(testing::evaluate(
              [](symbol const* v) {
                  return weft::reduce_window(
                      v[0], [](symbol a, symbol b) { return where(b == 0, a, b); }, 0, axis<0>, 3);
              },
              row, {{1, 0, 0, 2, 0, 3}}) == std::vector<double>{1, 2, 2, 3});
    CHECK(testing::evaluate([](symbol const* v) { return weft::window_mean(v[0], axis<0>, 4); },
                            row, {{1, 2, 3, 6, 5, 0}}) == std::vector<double>{3, 4, 3.5});
    CHECK(testing::evaluate([](symbol const* v) { return weft::window_sum(v[0] > 1, axis<0>, 4); },
                            row, {{1, 2, 3, 6, 5, 0}}) == std::vector<double>{3, 4, 3});
}

TEST_CASE("wrong calls record one sentence") {
    CHECK(mistake([](symbol const* x) { return weft::window_sum(x[0], axis<1>, 5); }, {9, 4}) ==
          "window_sum(x0): (9, 4), a window of 5 over axis 0, which has 4");
    CHECK(mistake([](symbol const* x) { return weft::window_max(x[0], axis<2>, 2); }, {9, 4}) ==
          "window_max(x0): (9, 4) has no axis 2");
    CHECK(mistake(
              [](symbol const* x) {
                  return weft::window_max(x[0], axis<0>, {2, 2});
              },
              {9, 4}) ==
          "window_max(x0): (9, 4), a window has one size, or one for each of 1 axes");
    CHECK(
        mistake([](symbol const* x) { return weft::window_min(make_complex(x[0], 1), axis<0>, 2); },
                {9, 4}) ==
        "window_min(make_complex(...)): (9, 4): elements are real, found complex128");
    CHECK(mistake([](symbol const* x) { return max_pool(x[0], 5); }, {1, 4, 6, 2}) ==
          "max_pool(x0): (1, 4, 6, 2), a window of 5 over axis 0, which has 4");
    CHECK(mistake(
              [](symbol const* x) {
                  return avg_pool(x[0], {4, 4}, {.padding = {1, 0}});
              },
              {1, 2, 2, 1}) ==
          "avg_pool(x0): (1, 2, 2, 1), a window of 4 over axis 1, which has 2");
    CHECK(mistake([](symbol const* x) { return max_pool(x[0], 2, {.padding = 2}); }, {1, 4, 2}) ==
          "max_pool(x0): (1, 4, 2), as much padding as the window is long: it would see nothing "
          "else");
    CHECK(mistake([](symbol const* x) { return max_pool(x[0], 0); }, {1, 4, 2}) ==
          "max_pool(x0): (1, 4, 2), a window of no elements");
    CHECK(mistake([](symbol const* x) { return max_pool(x[0], 2); }, {4, 2}) ==
          "max_pool(x0): (4, 2), expected (N, spatial..., C), or (N, C, spatial...) with "
          "channels_first");
    CHECK(mistake([](symbol const* x) { return max_pool(x[0] > 0, 2); }, {1, 4, 2}) ==
          "max_pool(less(...)): (1, 4, 2), the elements have no order");
    CHECK(mistake([](symbol const* x) { return global_avg_pool(x[0]); }, {4, 2}) ==
          "global_avg_pool(x0): (4, 2), expected (N, spatial..., C)");
}
