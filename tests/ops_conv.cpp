// SPDX-License-Identifier: BSL-1.0
// Convolution: values and gradients as PyTorch's, derivatives of both modes and of second order,
// batches, what wrong calls record. Compiled ones are in program_conv.
#include "window_checks.hpp"

#include "recorded/conv.hpp"

namespace {

using weft::channels_first;
using weft::conv;
using weft::conv_transpose;
using weft::dtype;
using weft::padding;
using weft::symbol;
using weft::window;

/// As in recorded/conv.py.
testing::values filled(std::size_t count, int seed) {
    testing::values v(count);
    for (std::size_t i = 0; i < count; ++i)
        v[i] = (static_cast<double>((i * static_cast<std::size_t>(37 + 2 * seed) +
                                     static_cast<std::size_t>(11 * seed)) %
                                    127) -
                63) /
               64;
    return v;
}

window window_of(recorded::conv::item const& r) {
    long const* const s = r.spec;
    window how;
    auto const sizes = [&](long const* p) {
        weft::window_sizes v;
        v.count = static_cast<int>(s[1]);
        for (int i = 0; i < v.count; ++i) v.at[i] = p[i];
        return v;
    };
    how.groups = s[2];
    how.stride = sizes(s + 3), how.dilation = sizes(s + 9), how.output_padding = sizes(s + 12);
    how.padding.count = static_cast<int>(s[1]);
    for (int i = 0; i < 3; ++i) how.padding.before[i] = how.padding.behind[i] = s[6 + i];
    how.layout = channels_first;
    return how;
}

void check_recorded(recorded::conv::item const& r) {
    using recorded::conv::function;
    auto const what = static_cast<function>(r.spec[0]);
    bool const pools = what != function::conv && what != function::conv_transpose;
    int const axes = static_cast<int>(r.spec[1]);
    testing::argument x = testing::floats({r.spec + 15, r.spec + 17 + axes});
    testing::argument w = testing::floats({r.spec + 20, r.spec + 22 + (pools ? axes - 2 : axes)});
    testing::trace t({x, w});
    window how = window_of(r);
    weft::window_sizes taps;
    taps.count = axes;
    for (int i = 0; i < axes; ++i) taps.at[i] = r.spec[20 + i];
    how.count_padding = what != function::avg_pool_inside;
    symbol const y = what == function::conv             ? conv(t.in[0], t.in[1], how)
                     : what == function::conv_transpose ? conv_transpose(t.in[0], t.in[1], how)
                     : what == function::max_pool       ? max_pool(t.in[0], taps, how)
                                                        : avg_pool(t.in[0], taps, how);
    REQUIRE(t.error() == "");
    symbol const d = t.input_like(y, "d");
    t.output(y);
    t.output(testing::one_vjp(t.b, y, d, t.in[0]));
    if (!pools) t.output(testing::one_vjp(t.b, y, d, t.in[1]));
    auto const count = [](int n) { return static_cast<std::size_t>(n); };
    auto const found = weft::pass::reference(t.b.view(), {filled(testing::count_of(x.shape), 1),
                                                          filled(testing::count_of(w.shape), 2),
                                                          filled(count(r.y_count), 3)})
                           .outputs;
    CHECK(testing::close(found[0], {r.y, r.y + r.y_count}, 1e-12));
    CHECK(testing::close(found[1], {r.dx, r.dx + r.dx_count}, 1e-12));
    if (!pools) CHECK(testing::close(found[2], {r.dw, r.dw + r.dw_count}, 1e-12));
}

std::vector<testing::windowed> const& table() {
    using testing::floats, testing::n0, testing::n1;
    static std::vector<testing::windowed> const cases{
        {"1-D",
         {floats({2, 7, 2}), floats({3, 2, 3})},
         [](symbol const* x) { return conv(x[0], x[1], {.stride = 2, .padding = 1}); }},
        {"2-D",
         {floats({2, 5, 6, 2}), floats({3, 2, 2, 3})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}});
         }},
        {"3-D",
         {floats({1, 4, 3, 4, 2}), floats({2, 2, 3, 2, 2})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.stride = {1, 1, 2}, .padding = 1});
         }},
        {"a stride that leaves a rest",
         {floats({1, 8, 1}), floats({3, 1, 2})},
         [](symbol const* x) { return conv(x[0], x[1], {.stride = 3}); }},
        {"edges that differ",
         {floats({1, 6, 1}), floats({4, 1, 1})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.stride = 2, .padding = weft::edges{3, 0}});
         }},
        {"same",
         {floats({1, 7, 6, 1}), floats({4, 3, 1, 2})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.stride = {2, 3}, .padding = padding::same});
         }},
        {"groups",
         {floats({2, 5, 4}), floats({2, 2, 6})},
         [](symbol const* x) { return conv(x[0], x[1], {.padding = 1, .groups = 2}); }},
        {"depthwise",
         {floats({2, 4, 5, 3}), floats({3, 2, 1, 3})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.stride = {1, 2}, .padding = 1, .groups = 3});
         }},
        {"two results a channel",
         {floats({1, 6, 3}), floats({3, 1, 6})},
         [](symbol const* x) { return conv(x[0], x[1], {.groups = 3}); }},
        {"one element",
         {floats({2, 3, 4, 3}), floats({1, 1, 3, 2})},
         [](symbol const* x) { return conv(x[0], x[1]); }},
        {"an image",
         {floats({5, 4, 2}), floats({2, 3, 2, 3})},
         [](symbol const* x) { return conv(x[0], x[1]); }},
        {"channels first",
         {floats({2, 2, 5, 4}), floats({3, 2, 2, 3})},
         [](symbol const* x) {
             return conv(x[0], x[1], {.padding = 1, .layout = channels_first});
         }},
        {"transposed",
         {floats({2, 4, 3, 2}), floats({3, 2, 2, 3})},
         [](symbol const* x) {
             return conv_transpose(x[0], x[1],
                                   {.stride = {3, 2},
                                    .padding = {1, 0},
                                    .dilation = {1, 2},
                                    .output_padding = {2, 1}});
         }},
        {"transposed in groups",
         {floats({1, 4, 4}), floats({3, 2, 4})},
         [](symbol const* x) { return conv_transpose(x[0], x[1], {.stride = 2, .groups = 2}); }},
        {"transposed, same",
         {floats({1, 4, 1}), floats({5, 1, 1})},
         [](symbol const* x) {
             return conv_transpose(x[0], x[1], {.stride = 2, .padding = padding::same});
         }},
        {"run-time extents",
         {floats({n0, n1, 2}), floats({3, 2, 2})},
         [](symbol const* x) { return conv(x[0], x[1], {.stride = 2, .padding = 1}); },
         {2, 6}},
        {"of itself",
         {floats({1, 6, 1})},
         [](symbol const* x) {
             return conv(x[0], reshape(slice(x[0], 1, 1, 3), {2, 1, 1}), {.padding = 1});
         }},
    };
    return cases;
}

std::string mistake(testing::function f, std::vector<std::vector<std::int64_t>> const& shapes) {
    std::vector<testing::argument> arguments;
    for (auto const& s : shapes) arguments.push_back(testing::floats(s));
    return testing::mistake(f, arguments);
}

}  // namespace

TEST_CASE("values and gradients are PyTorch's") {
    for (auto const& r : recorded::conv::items) {
        CAPTURE(&r - recorded::conv::items);
        check_recorded(r);
    }
}

TEST_CASE("both modes agree with central differences, and second derivatives with each other") {
    for (auto const& c : table()) testing::check_derivatives(c);
}

TEST_CASE("vmap over images, weights, or both") {
    for (auto const& c : table()) testing::check_batches(c);
}

TEST_CASE("shapes follow padding and stride") {
    auto const shape = [](testing::function f, std::vector<std::int64_t> x,
                          std::vector<std::int64_t> w) {
        testing::trace t({testing::floats(std::move(x)), testing::floats(std::move(w))});
        symbol const y = t.call(f);
        weft::text out;
        if (y.valid())
            weft::ir::write_shape(out, y);
        else
            out << t.b.error().view();
        return std::string(out.view());
    };
    auto const same = [](symbol const* x) {
        return conv(x[0], x[1], {.stride = 2, .padding = padding::same});
    };
    CHECK(shape(same, {1, 9, 8, 1}, {3, 5, 1, 2}) == "(1, 5, 4, 2)");
    CHECK(shape([](symbol const* x) { return conv(x[0], x[1]); }, {testing::n0, 9, testing::n1, 1},
                {3, 3, 1, 4}) == "(n0, 7, n1 - 2, 4)");
    CHECK(shape([](symbol const* x) { return conv_transpose(x[0], x[1], {.stride = 2}); },
                {2, testing::n0, 1}, {3, 1, 4}) == "(2, 2*n0 + 1, 4)");
}

TEST_CASE("wrong calls record one sentence") {
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1]); }, {{2, 4, 4, 3}, {5, 5, 3, 2}}) ==
          "conv(x0, x1): (2, 4, 4, 3) x (5, 5, 3, 2), a window of 5 over axis 0, which has 4");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1], {.padding = 1, .dilation = 2}); },
                  {{2, 4, 3}, {5, 3, 2}}) ==
          "conv(x0, x1): (2, 4, 3) x (5, 3, 2), a window of 9 over axis 0, which has 6 with its "
          "padding");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1]); }, {{2, 8, 8, 4}, {3, 3, 3, 2}}) ==
          "conv(x0, x1): (2, 8, 8, 4) x (3, 3, 3, 2), the weights read 3 channels, x has 4");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1], {.groups = 2}); },
                  {{2, 8, 4}, {3, 4, 2}}) ==
          "conv(x0, x1): (2, 8, 4) x (3, 4, 2), the weights read 8 channels in 2 groups, x has 4");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1], {.groups = 2}); },
                  {{2, 8, 4}, {3, 2, 3}}) ==
          "conv(x0, x1): (2, 8, 4) x (3, 2, 3), 3 results do not divide into 2 groups");
    CHECK(
        mistake(
            [](symbol const* x) {
                return conv(x[0], x[1], {.stride = {1, 2, 3}});
            },
            {{2, 8, 8, 1}, {3, 3, 1, 2}}) ==
        "conv(x0, x1): (2, 8, 8, 1) x (3, 3, 1, 2), stride, padding and dilation have one size, or "
        "one for each of 2 axes");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1]); }, {{8, 1}, {3, 3, 1, 2}}) ==
          "conv(x0, x1): (8, 1) x (3, 3, 1, 2), expected x (N, spatial..., C) and weights "
          "(window..., in, out)");
    CHECK(mistake([](symbol const* x) { return conv(x[0], x[1], {.stride = 0}); },
                  {{2, 8, 1}, {3, 1, 2}}) == "conv(x0, x1): (2, 8, 1) x (3, 1, 2), a stride of 0");
    CHECK(mistake([](symbol const* x) { return conv_transpose(x[0], x[1], {.padding = 3}); },
                  {{2, 4, 1}, {3, 1, 2}}) ==
          "conv_transpose(x0, x1): (2, 4, 1) x (3, 1, 2), the padding cuts off all of the result");
}
