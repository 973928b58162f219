// SPDX-License-Identifier: BSL-1.0
// Every loss and its gradient against PyTorch, through the reference evaluator.
#include <doctest/doctest.h>

#include <recorded/losses.hpp>
#include <tracing.hpp>
#include <weft/nn/loss.hpp>

namespace nn = weft::nn;
using testing::argument;
using testing::dtype;
using testing::values;
using weft::symbol;

namespace {

template <int N>
values numbers(double const (&x)[N]) {
    return values(x, x + N);
}

/// The value of f, and the gradient of its sum with respect to the first argument.
struct found {
    values loss, gradient;
};
found with_gradient(testing::function f, std::vector<argument> const& arguments,
                    std::vector<values> const& inputs) {
    testing::trace t(arguments);
    symbol const y = t.call(f);
    if (t.b.failed()) weft::raise(t.b.error());
    symbol const one = t.b.constant(y.type(), y.node().shape, 1);
    t.output(y);
    t.output(weft::pass::vjp(t.b, {&y, 1}, {&one, 1}, {t.in.data(), 1})[0]);
    auto const result = weft::pass::reference(t.b.view(), inputs, {});
    return {result.outputs[0], result.outputs[1]};
}

std::vector<argument> of(argument const& first, argument const& second) { return {first, second}; }
argument const plane{dtype::f64, {4, 3}}, rows{dtype::f64, {6, 4}}, labelled{dtype::int32, {6}};

template <int N, int G>
bool equals(double const (&loss)[N], double const (&gradient)[G], testing::function f,
            std::vector<argument> const& arguments, std::vector<values> const& inputs) {
    found const at = with_gradient(f, arguments, inputs);
    bool const same = testing::close(at.loss, numbers(loss), 1e-12) &&
                      testing::close(at.gradient, numbers(gradient), 1e-12);
    if (!same)
        for (std::size_t i = 0; i < at.gradient.size() && i < std::size_t{G}; ++i)
            MESSAGE("gradient " << i << ": expected " << gradient[i] << ", found "
                                << at.gradient[i]);
    if (!same)
        for (std::size_t i = 0; i < at.loss.size() && i < std::size_t{N}; ++i)
            MESSAGE("loss " << i << ": expected " << loss[i] << ", found " << at.loss[i]);
    return same;
}

constexpr auto sum_of = nn::reduction::sum;
constexpr auto each = nn::reduction::none;

}  // namespace

namespace r = recorded::losses;
#define WEFT_RECORDED(name) r::of_##name, r::gradient_of_##name

TEST_CASE("regression losses as PyTorch's") {
    auto const a = of(plane, plane);
    std::vector<values> const xy{numbers(r::x), numbers(r::y)};
    CHECK(equals(
        WEFT_RECORDED(mse), [](symbol const* v) { return nn::mse(v[0], v[1]); }, a, xy));
    CHECK(equals(
        WEFT_RECORDED(mse_sum),
        [](symbol const* v) { return nn::mse(v[0], v[1], {.reduce = sum_of}); }, a, xy));
    CHECK(equals(
        WEFT_RECORDED(mse_none),
        [](symbol const* v) { return nn::mse(v[0], v[1], {.reduce = each}); }, a, xy));
    CHECK(equals(
        WEFT_RECORDED(mae), [](symbol const* v) { return nn::mae(v[0], v[1]); }, a, xy));
    CHECK(equals(
        WEFT_RECORDED(huber), [](symbol const* v) { return nn::huber(v[0], v[1], {.delta = 0.7}); },
        a, xy));
    CHECK(equals(
        WEFT_RECORDED(smooth_l1),
        [](symbol const* v) { return nn::smooth_l1(v[0], v[1], {.delta = 0.7}); }, a, xy));
}

TEST_CASE("binary losses as PyTorch's") {
    auto const a = of(plane, plane);
    CHECK(equals(WEFT_RECORDED(bce),
                 [](symbol const* v) { return nn::sigmoid_cross_entropy(v[0], v[1]); },
                 of(plane, {dtype::boolean, {4, 3}}), {numbers(r::logits), numbers(r::bits)}));
    CHECK(equals(
        WEFT_RECORDED(bce_parts),
        [](symbol const* v) { return nn::sigmoid_cross_entropy(v[0], v[1], {.reduce = each}); }, a,
        {numbers(r::logits), numbers(r::parts)}));
    CHECK(equals(WEFT_RECORDED(bce_weighted),
                 [](symbol const* v) {
                     return nn::sigmoid_cross_entropy(v[0], v[1],
                                                      {.positive_weight = v[2], .reduce = sum_of});
                 },
                 {plane, plane, {dtype::f64, {3}}},
                 {numbers(r::logits), numbers(r::parts), numbers(r::positive)}));
    CHECK(equals(WEFT_RECORDED(hinge),
                 [](symbol const* v) { return nn::hinge(v[0], v[1], {.margin = 1.5}); },
                 of(plane, {dtype::int32, {4, 3}}), {numbers(r::x), numbers(r::signs)}));
}

TEST_CASE("binary losses far from zero, to the last digit") {
    auto const f = [](symbol const* v) {
        return nn::sigmoid_cross_entropy(v[0], v[1], {.reduce = each});
    };
    auto const a = of({dtype::f64, {4}}, {dtype::f64, {4}});
    found const at = with_gradient(f, a, {{-30, 30, -1e300, 1e300}, {0, 0, 0, 1}});
    double const small = std::exp(-30.);
    CHECK(at.loss[0] == doctest::Approx(small).epsilon(1e-12));
    CHECK(at.loss[1] == doctest::Approx(30));
    CHECK(at.loss[2] == 0);
    CHECK(at.loss[3] == 0);
    CHECK(at.gradient[0] == doctest::Approx(small).epsilon(1e-12));
    CHECK(at.gradient[1] == doctest::Approx(1));
    CHECK(at.gradient[2] == 0);
    CHECK(at.gradient[3] == 0);
}

TEST_CASE("softmax_cross_entropy with its options as PyTorch's") {
    auto const a = of(rows, labelled);
    std::vector<values> const plain{numbers(r::scores), numbers(r::labels)},
        ignoring{numbers(r::scores), numbers(r::ignoring)};
    CHECK(equals(
        WEFT_RECORDED(entropy),
        [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1]); }, a, plain));
    CHECK(equals(
        WEFT_RECORDED(entropy_sum),
        [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1], {.reduce = sum_of}); },
        a, plain));
    CHECK(equals(
        WEFT_RECORDED(entropy_none),
        [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1], {.reduce = each}); }, a,
        plain));
    CHECK(equals(
        WEFT_RECORDED(entropy_smooth),
        [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1], {.smoothing = 0.1}); },
        a, plain));
    CHECK(equals(
        WEFT_RECORDED(entropy_weighted),
        [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1], {.weights = v[2]}); },
        {rows, labelled, {dtype::f64, {4}}},
        {numbers(r::scores), numbers(r::labels), numbers(r::weights)}));
    CHECK(equals(
        WEFT_RECORDED(entropy_ignoring),
        [](symbol const* v) { return nn::softmax_cross_entropy_ignoring<-7>(v[0], v[1]); }, a,
        ignoring));
    std::vector<argument> const weighted{rows, {dtype::int64, {6}}, {dtype::f64, {4}}};
    std::vector<values> const all{numbers(r::scores), numbers(r::ignoring), numbers(r::weights)};
    CHECK(equals(
        WEFT_RECORDED(entropy_all),
        [](symbol const* v) {
            return nn::softmax_cross_entropy(v[0], v[1],
                                             {.smoothing = 0.1, .weights = v[2], .ignore = -7});
        },
        weighted, all));
    CHECK(equals(
        WEFT_RECORDED(entropy_all_none),
        [](symbol const* v) {
            return nn::softmax_cross_entropy(
                v[0], v[1], {.smoothing = 0.1, .weights = v[2], .ignore = -7, .reduce = each});
        },
        weighted, all));
    CHECK(equals(WEFT_RECORDED(entropy_soft),
                 [](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1]); },
                 of(rows, rows), {numbers(r::scores), numbers(r::soft)}));
    CHECK(equals(WEFT_RECORDED(entropy_soft_all),
                 [](symbol const* v) {
                     return nn::softmax_cross_entropy(v[0], v[1],
                                                      {.smoothing = 0.2, .weights = v[2]});
                 },
                 {rows, rows, {dtype::f64, {4}}},
                 {numbers(r::scores), numbers(r::soft), numbers(r::weights)}));
}

TEST_CASE("other losses of classes and distributions as PyTorch's") {
    auto const a = of(rows, labelled);
    CHECK(equals(WEFT_RECORDED(nll), [](symbol const* v) { return nn::nll(v[0], v[1]); }, a,
                 {numbers(r::logs), numbers(r::labels)}));
    CHECK(
        equals(WEFT_RECORDED(nll_all),
               [](symbol const* v) { return nn::nll(v[0], v[1], {.weights = v[2], .ignore = -7}); },
               {rows, labelled, {dtype::f64, {4}}},
               {numbers(r::logs), numbers(r::ignoring), numbers(r::weights)}));
    CHECK(equals(WEFT_RECORDED(multi_class_hinge),
                 [](symbol const* v) { return nn::multi_class_hinge(v[0], v[1]); }, a,
                 {numbers(r::scores), numbers(r::labels)}));
    CHECK(equals(WEFT_RECORDED(multi_class_hinge_none),
                 [](symbol const* v) {
                     return nn::multi_class_hinge(v[0], v[1], {.margin = 0.5, .reduce = each});
                 },
                 a, {numbers(r::scores), numbers(r::labels)}));
    std::vector<values> const two{numbers(r::logs), numbers(r::soft)};
    CHECK(equals(
        WEFT_RECORDED(kl), [](symbol const* v) { return nn::kl_divergence(v[0], v[1]); },
        of(rows, rows), two));
    CHECK(equals(
        WEFT_RECORDED(kl_sum),
        [](symbol const* v) { return nn::kl_divergence(v[0], v[1], {.reduce = sum_of}); },
        of(rows, rows), two));
    std::vector<argument> const pairs{
        {dtype::f64, {4, 5}}, {dtype::f64, {4, 5}}, {dtype::int32, {4}}};
    std::vector<values> const vectors{numbers(r::left), numbers(r::right), numbers(r::pairs)};
    CHECK(equals(
        WEFT_RECORDED(cosine),
        [](symbol const* v) { return nn::cosine_embedding(v[0], v[1], v[2]); }, pairs, vectors));
    CHECK(equals(
        WEFT_RECORDED(cosine_margin),
        [](symbol const* v) {
            return nn::cosine_embedding(v[0], v[1], v[2], {.margin = 0.2, .reduce = sum_of});
        },
        pairs, vectors));
    // Logarithms as targets say the same as probabilities.
    found const log_target = with_gradient(
        [](symbol const* v) { return nn::kl_divergence(v[0], v[1], {.log_target = true}); },
        of(rows, rows), {numbers(r::logs), numbers(r::logs)});
    CHECK(log_target.loss[0] == 0);
}

TEST_CASE("losses by central differences") {
    struct checked {
        testing::function f;
        argument second;
    };
    checked const all[] = {
        {[](symbol const* v) { return nn::huber(v[0], v[1]); }, {dtype::f64, {3, 4}}},
        {[](symbol const* v) { return nn::sigmoid_cross_entropy(v[0], v[1]); },
         {dtype::f64, {3, 4}}},
        {[](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1], {.smoothing = 0.3}); },
         {dtype::int32, {3}}},
        {[](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1]); },
         {dtype::f64, {3, 4}}},
        {[](symbol const* v) { return nn::kl_divergence(v[0], v[1]); }, {dtype::f64, {3, 4}}},
        {[](symbol const* v) { return nn::cosine_embedding(v[0], v[0] * v[0] + 1, v[1]); },
         {dtype::int32, {3}}},
    };
    testing::numbers random(3);
    for (checked const& c : all) {
        std::vector<argument> const arguments{{dtype::f64, {3, 4}}, c.second};
        values x = random.several(12, -2, 2);
        values const y = c.second.type == dtype::int32 ? values{1, 3, 0} : random.several(12, 0, 1);
        found const at = with_gradient(c.f, arguments, {x, y});
        for (std::size_t i = 0; i < x.size(); ++i) {
            double const before = x[i], step = 1e-6;
            x[i] = before + step;
            double const up = testing::evaluate(c.f, arguments, {x, y})[0];
            x[i] = before - step;
            double const down = testing::evaluate(c.f, arguments, {x, y})[0];
            x[i] = before;
            CHECK(at.gradient[i] == doctest::Approx((up - down) / (2 * step)).epsilon(1e-6));
        }
    }
}

TEST_CASE("losses: misuse of options is told in one sentence") {
    argument const table{dtype::f32, {4, 5}}, labels{dtype::int32, {4}};
    auto const says = [&](testing::function f, std::vector<argument> const& arguments,
                          std::string const& part) {
        std::string const m = testing::mistake(f, arguments);
        CHECK_MESSAGE(m.find(part) != std::string::npos, m);
    };
    auto const weighted = [](symbol const* v) {
        return nn::softmax_cross_entropy(v[0], v[1], {.weights = v[2]});
    };
    says(weighted, {table, labels, {dtype::f32, {4}}},
         "softmax_cross_entropy(x0, x2): (4, 5) and (4), class weights are one number for each "
         "class");
    says([](symbol const* v) { return nn::softmax_cross_entropy(v[0], v[1]); },
         {table, {dtype::f32, {4, 6}}},
         "softmax_cross_entropy(x0, x1): (4, 5) and (4, 6), the shapes "
         "differ");
    says([](symbol const* v) { return nn::nll(v[0], v[1]); }, {table, {dtype::int32, {3}}},
         "nll(x0, x1): (4, 5) and (3), the batches differ");
    says([](symbol const* v) { return nn::multi_class_hinge(v[0], v[1]); }, {table, table},
         "multi_class_hinge(x0, x1): (4, 5) and (4, 5), labels are integers");
    says(
        [](symbol const* v) {
            return nn::sigmoid_cross_entropy(v[0], v[1], {.positive_weight = v[2]});
        },
        {table, table, {dtype::f32, {4}}},
        "(4, 5) and (4), positive weights do not broadcast to the scores");
    says([](symbol const* v) { return nn::sigmoid_cross_entropy(v[0], v[1]); },
         {{dtype::int32, {4}}, labels}, "scores are floating, found int32");
    for (auto const f :
         {testing::function([](symbol const* v) { return nn::mae(v[0], v[1]); }),
          testing::function([](symbol const* v) { return nn::huber(v[0], v[1]); }),
          testing::function([](symbol const* v) { return nn::smooth_l1(v[0], v[1]); }),
          testing::function([](symbol const* v) { return nn::hinge(v[0], v[1]); }),
          testing::function([](symbol const* v) { return nn::kl_divergence(v[0], v[1]); })})
        says(f, {table, {dtype::f32, {4}}}, "(x0, x1): (4, 5) and (4), the shapes differ");
    says(
        [](symbol const* v) { return nn::cosine_embedding(v[0], v[1], v[2]); },
        {table, table, {dtype::f32, {5}}},
        "cosine_embedding(x0, x2): (4, 5) and (5), expected vectors (batch, features) and targets");
}
