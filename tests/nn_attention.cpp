// SPDX-License-Identifier: BSL-1.0
// Norms, embeddings and attention against recorded values and gradients of PyTorch.
#include <algorithm>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include <nn_checks.hpp>
#include <recorded/layers.hpp>
#include <weft/nn/attention.hpp>
#include <weft/nn/embedding.hpp>

using testing::contains;
using testing::mistake_of;
using testing::uniform;
namespace nn = weft::nn;
namespace r = recorded::layers;
using weft::tensor;

namespace {

template <class X, std::size_t N>
X filled(double const (&values)[N]) {
    X x;
    REQUIRE(x.size() == static_cast<std::int64_t>(N));
    std::copy(std::begin(values), std::end(values), x.begin());
    return x;
}
template <class X, std::size_t N>
void check(std::string const& what, X const& found, double const (&expected)[N]) {
    REQUIRE(found.size() == static_cast<std::int64_t>(N));
    for (std::size_t i = 0; i < N; ++i) {
        CAPTURE(what);
        CAPTURE(i);
        CHECK(found.data()[i] == doctest::Approx(expected[i]).epsilon(1e-9));
    }
}

/// A layer's result, and the gradients of a weighted sum of it by the argument and by the layer.
constexpr auto value_and_slopes = [](auto& layer, auto x, auto w) {
    auto const y = layer(x);
    auto const dx = weft::grad([&](auto z) { return sum(layer(z) * w); })(x);
    auto const dl = weft::grad([&](auto& l) { return sum(l(x) * w); })(layer);
    return std::tuple{y, dx, dl};
};

template <class Attention, class... Mask>
constexpr auto attended(Attention& layer, weft::symbol x, weft::symbol w, Mask... mask) {
    auto const y = layer(x, mask...);
    auto const dx = weft::grad([&](auto z) { return sum(layer(z, mask...) * w); })(x);
    auto const dl = weft::grad([&](auto& l) { return sum(l(x, mask...) * w); })(layer);
    return std::tuple{y, dx, dl};
}

using rows = tensor<double, 3, 5>;
using images = tensor<double, 2, 3, 6>;
using sequences = tensor<double, 2, 3, 4>;
using heads = nn::multi_head_attention<4, 2, double>;

}  // namespace

TEST_CASE("layer, RMS and group norm: values and gradients") {
    nn::layer_norm<5, double> layer;
    layer.scale = filled<tensor<double, 5>>(r::layer_norm_scale);
    layer.bias = filled<tensor<double, 5>>(r::layer_norm_bias);
    layer.epsilon = 1e-5f;
    auto const [y, dx, dl] = weft::call(value_and_slopes, layer, filled<rows>(r::layer_norm_x),
                                        filled<rows>(r::layer_norm_weights));
    check("y", y, r::layer_norm_y);
    check("dx", dx, r::layer_norm_dx);
    check("dl.scale", dl.scale, r::layer_norm_dscale);
    check("dl.bias", dl.bias, r::layer_norm_dbias);

    nn::rms_norm<5, double> rms;
    rms.scale = filled<tensor<double, 5>>(r::rms_norm_scale);
    auto const [z, dz, dr] = weft::call(value_and_slopes, rms, filled<rows>(r::rms_norm_x),
                                        filled<rows>(r::rms_norm_weights));
    check("z", z, r::rms_norm_y);
    check("dz", dz, r::rms_norm_dx);
    check("dr.scale", dr.scale, r::rms_norm_dscale);

    nn::group_norm<6, 2, double> group;
    group.scale = filled<tensor<double, 6>>(r::group_norm_scale);
    group.bias = filled<tensor<double, 6>>(r::group_norm_bias);
    auto const [g, dg, dp] = weft::call(value_and_slopes, group, filled<images>(r::group_norm_x),
                                        filled<images>(r::group_norm_weights));
    check("g", g, r::group_norm_y);
    check("dg", dg, r::group_norm_dx);
    check("dp.scale", dp.scale, r::group_norm_dscale);
    check("dp.bias", dp.bias, r::group_norm_dbias);
}

TEST_CASE("a constant row has no spread: its norm is the bias, not NaN") {
    nn::layer_norm<4> layer;
    layer.bias = tensor<float, 4>{1, 2, 3, 4};
    auto const y = weft::call(layer, tensor<float, 2, 4>{{7, 7, 7, 7}, {0, 0, 0, 0}});
    CHECK(array_equal(y, tensor<float, 2, 4>{{1, 2, 3, 4}, {1, 2, 3, 4}}));
}

TEST_CASE("half precision is normalised in float") {
    nn::rms_norm<3, weft::f16> layer;
    auto const y = weft::call(layer, tensor<weft::f16, 3>{300, 300, -300});
    CHECK(float(y[0]) == doctest::Approx(1).epsilon(1e-3));  // 300 * 300 is no f16
    CHECK(float(y[2]) == doctest::Approx(-1).epsilon(1e-3));
}

#define WEFT_CHECK_ATTENTION(name, ...)                                                          \
    heads layer{{filled<tensor<double, 4, 4>>(r::name##_q), filled<tensor<double, 4>>(r::name##_bq)}, \
                {filled<tensor<double, 4, 4>>(r::name##_k), filled<tensor<double, 4>>(r::name##_bk)}, \
                {filled<tensor<double, 4, 4>>(r::name##_v), filled<tensor<double, 4>>(r::name##_bv)}, \
                {filled<tensor<double, 4, 4>>(r::name##_o), filled<tensor<double, 4>>(r::name##_bo)}}; \
    auto const [y, dx, dl] = weft::call(__VA_ARGS__);                                            \
    check("y", y, r::name##_y);                                                                       \
    check("dx", dx, r::name##_dx);                                                                     \
    check("dl.query.weight", dl.query.weight, r::name##_dq);                                                        \
    check("dl.query.bias", dl.query.bias, r::name##_dbq);                                                         \
    check("dl.key.weight", dl.key.weight, r::name##_dk);                                                          \
    check("dl.value.weight", dl.value.weight, r::name##_dv);                                                        \
    check("dl.value.bias", dl.value.bias, r::name##_dbv);                                                         \
    check("dl.output.weight", dl.output.weight, r::name##_do);                                                       \
    check("dl.output.bias", dl.output.bias, r::name##_dbo)

TEST_CASE("attention of several heads: without a mask") {
    WEFT_CHECK_ATTENTION(attention, [](auto& l, auto x, auto w) { return attended(l, x, w); },
                         layer, filled<sequences>(r::attention_x),
                         filled<sequences>(r::attention_weights));
}
TEST_CASE("attention of several heads: causal") {
    WEFT_CHECK_ATTENTION(causal,
                         [](auto& l, auto x, auto w) { return attended(l, x, w, nn::causal); },
                         layer, filled<sequences>(r::causal_x), filled<sequences>(r::causal_weights));
}
TEST_CASE("attention of several heads: a mask for each sequence") {
    tensor<bool, 2, 3, 3> mask;
    for (int i = 0; i < 18; ++i) mask.data()[i] = r::mask[i] != 0;
    WEFT_CHECK_ATTENTION(
        masked, [](auto& l, auto x, auto w, auto m) { return attended(l, x, w, m); }, layer,
        filled<sequences>(r::masked_x), filled<sequences>(r::masked_weights), mask);
}

TEST_CASE("attention to another sequence, of another length, known only at the call") {
    auto const layer = nn::init<heads>(weft::random::key{3});
    auto const x = uniform<tensor<double, 1, 2, 4>>(1);
    auto const context = uniform<tensor<double, 1, 5, 4>>(2);
    auto const across = [](auto const& l, auto a, auto b) { return l(a, b, nn::no_mask{}); };
    auto const y = weft::call(across, layer, x, context);
    tensor<double, 1, weft::dyn, 4> const loose(context.view());
    auto const z = weft::call(across, layer, x, loose);
    for (std::int64_t i = 0; i < y.size(); ++i) CHECK(z.data()[i] == doctest::Approx(y.data()[i]));
}

TEST_CASE("a query that sees nothing gets a mean, not NaN") {
    auto const f = [](auto v, auto mask) { return nn::attention(v, v, v, mask); };
    auto const y = weft::call(f, tensor<float, 2, 1>{{1}, {3}},
                              tensor<bool, 2, 2>{{false, false}, {false, true}});
    CHECK(array_equal(y, tensor<float, 2, 1>{{2}, {3}}));
}

TEST_CASE("embedding: rows, their gradient, scores by the same table") {
    nn::embedding<3, 2, double> table{{{1, 2}, {3, 4}, {5, 6}}};
    tensor<std::int32_t, 4> const words{2, 0, 2, 1};
    CHECK(array_equal(weft::call(table, words),
                      tensor<double, 4, 2>{{5, 6}, {1, 2}, {5, 6}, {3, 4}}));
    auto const g = weft::grad([](auto& t, auto w) { return sum(square(t(w))); })(table, words);
    CHECK(array_equal(g.weight, tensor<double, 3, 2>{{2, 4}, {6, 8}, {20, 24}}));
    auto const scores = weft::call([](auto const& t, auto w) { return t.scores(t(w)); }, table, words);
    CHECK(scores(1, 2) == 17);
}

TEST_CASE("mistakes name the layer and the numbers") {
    tensor<float, 2, 5> const x;
    CHECK(contains(mistake_of([](auto l, auto v) { return l(v); }, nn::layer_norm<4>{}, x),
                   "layer_norm(arg1): (2, 5): expected (..., 4)"));
    CHECK(contains(mistake_of([](auto l, auto v) { return l(v); }, nn::group_norm<4, 2>{},
                              tensor<float, 4>{}),
                   "group_norm(arg1): (4): expected (batch, ..., 4)"));
    CHECK(contains(mistake_of([](auto q, auto k) { return nn::attention(q, k, k); }, x,
                              tensor<float, 2, 4>{}),
                   "attention(arg0, arg1): (2, 5) and (2, 4): queries and keys have different widths"));
    CHECK(contains(mistake_of([](auto l, auto v) { return l(v); },
                              nn::multi_head_attention<4, 2>{}, tensor<float, 3, 4>{}),
                   "expected (batch, length, 4)"));
    CHECK(contains(mistake_of([](auto q, auto m) { return nn::attention(q, q, q, m); }, x,
                              tensor<float, 2, 2>{}),
                   "a mask is boolean, found float32"));
}
