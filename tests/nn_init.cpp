// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include <weft/nn/nn.hpp>

namespace nn = weft::nn;
using weft::tensor;
using weft::random::key;

namespace {

struct first {
    nn::linear<8, 8> a;
    nn::linear<8, 4> b;
};
struct reordered {
    nn::linear<8, 4> b;
    nn::linear<3, 3> c;
    nn::linear<8, 8> a;
};
struct many {
    std::array<nn::linear<4, 4>, 3> layers;
    nn::dropout drop;
    nn::batch_norm<4> norm;
    tensor<float, 16, 4> table;
    tensor<float, 4> shift = tensor<float, 4>::full(7);
    weft::state<float, 4, 4> cache;
};
struct deep {
    nn::repeat<nn::linear<4, 4>, 3> layers;
};
struct own {
    tensor<float, 100, 100> weight;
    void init(key k) { nn::normal(weight, k, 2); }
};
struct outer {
    own part;
};

template <class T>
double average(T const& t) {
    double sum = 0;
    for (auto x : t) sum += static_cast<double>(x);
    return sum / static_cast<double>(t.size());
}
template <class T>
double deviation(T const& t) {
    double sum = 0, m = average(t);
    for (auto x : t) sum += (static_cast<double>(x) - m) * (static_cast<double>(x) - m);
    return std::sqrt(sum / static_cast<double>(t.size()));
}

}  // namespace

TEST_CASE("init: the same key gives the same model, another one another") {
    auto const m = nn::init<first>(key{1}), n = nn::init<first>(key{1});
    auto const o = nn::init<first>(key{2});
    CHECK(array_equal(m.a.weight, n.a.weight));
    CHECK(array_equal(m.b.bias, n.b.bias));
    CHECK_FALSE(array_equal(m.a.weight, o.a.weight));
    CHECK(m.a.weight(0, 0) != m.b.weight(0, 0));
    first again;
    nn::init(again, key{1});
    CHECK(array_equal(again.b.weight, m.b.weight));
}

TEST_CASE("init: a layer's numbers follow from its name, not from its place") {
    auto const m = nn::init<first>(key{1});
    auto const n = nn::init<reordered>(key{1});
    CHECK(array_equal(m.a.weight, n.a.weight));
    CHECK(array_equal(m.b.weight, n.b.weight));
    CHECK(array_equal(m.b.bias, n.b.bias));
}

TEST_CASE("init: arrays, layers without tensors, tables and what is kept") {
    auto const m = nn::init<many>(key{3});
    CHECK_FALSE(array_equal(m.layers[0].weight, m.layers[1].weight));
    CHECK_FALSE(array_equal(m.layers[1].weight, m.layers[2].weight));
    CHECK(m.drop.rate.value() == 0.5f);
    CHECK(array_equal(m.norm.scale, tensor<float, 4>::full(1)));
    CHECK(array_equal(m.norm.variance, tensor<float, 4>::full(1)));
    CHECK(array_equal(m.norm.mean, tensor<float, 4>()));
    CHECK(deviation(m.table) > 0.05);
    CHECK(array_equal(m.shift, tensor<float, 4>::full(7)));
    CHECK(array_equal(m.cache, tensor<float, 4, 4>()));
}

TEST_CASE("init: repeated layers get numbers of their own, as an array of them does") {
    auto const m = nn::init<deep>(key{3});
    auto const n = nn::init<many>(key{3});
    for (int i = 0; i < 3; ++i)
        CHECK(array_equal(m.layers[i].weight, n.layers[static_cast<std::size_t>(i)].weight));
}

TEST_CASE("init: linear is uniform within 1 / sqrt(In)") {
    auto const l = nn::init<nn::linear<100, 100>>(key{5});
    double const bound = 0.1;
    for (float x : l.weight) {
        CHECK_UNARY(std::abs(x) <= bound);
        if (std::abs(x) > bound) break;
    }
    CHECK(std::abs(average(l.weight)) < 0.002);
    CHECK(deviation(l.weight) == doctest::Approx(bound / std::sqrt(3.)).epsilon(0.02));
    CHECK(deviation(l.bias) == doctest::Approx(bound / std::sqrt(3.)).epsilon(0.2));
}

TEST_CASE("init: a struct with a member init does it for all that it holds") {
    auto const m = nn::init<outer>(key{6});
    CHECK(std::abs(average(m.part.weight)) < 0.06);
    CHECK(deviation(m.part.weight) == doctest::Approx(2).epsilon(0.03));
}

TEST_CASE("init: scaled ones have their variance by the fan, odd counts are filled") {
    tensor<float, 50, 101> w;
    double const in = 50, out = 101;
    auto const has = [&](nn::scaled const& initialiser, double variance) {
        initialiser(w, key{7});
        CHECK(deviation(w) == doctest::Approx(std::sqrt(variance)).epsilon(0.03));
        CHECK(std::abs(average(w)) < 0.06 * std::sqrt(variance));
        CHECK(w(49, 100) != 0);
        double largest = 0;
        for (float x : w) largest = std::max(largest, std::abs(static_cast<double>(x)));
        return largest / std::sqrt(variance);
    };
    CHECK(has(nn::he_normal, 2 / in) > 3);
    CHECK(has(nn::he_uniform, 2 / in) == doctest::Approx(std::sqrt(3.)).epsilon(0.01));
    CHECK(has(nn::he_normal.with(nn::fan::out), 2 / out) > 3);
    CHECK(has(nn::xavier_uniform, 2 / (in + out)) < 1.7321);
    CHECK(has(nn::xavier_normal, 2 / (in + out)) > 3);
    CHECK(has(nn::lecun_uniform, 1 / in) < 1.7321);
    CHECK(has(nn::lecun_normal, 1 / in) > 3);
    CHECK(has({.gain = 1, .by = nn::fan::in, .draw = nn::distribution::truncated}, 1 / in) ==
          doctest::Approx(2 / 0.8796).epsilon(0.01));
    tensor<float, 7> v;
    nn::normal(v, key{9}, 1);
    for (float x : v) CHECK(x != 0);
    // A window counts for both fans.
    tensor<float, 3, 3, 16, 32> kernel;
    nn::he_normal(kernel, key{1});
    CHECK(deviation(kernel) == doctest::Approx(std::sqrt(2. / (9 * 16))).epsilon(0.03));
    nn::he_normal.with(nn::fan::out)(kernel, key{1});
    CHECK(deviation(kernel) == doctest::Approx(std::sqrt(2. / (9 * 32))).epsilon(0.03));
}

TEST_CASE("init: distributions are what they say") {
    tensor<double, 20000> w;
    auto const part_between = [&](double low, double high) {
        double n = 0;
        for (double x : w) n += x > low && x <= high;
        return n / 20000;
    };
    nn::uniform_between{-1, 3}(w, key{1});
    CHECK(part_between(-1, 0) == doctest::Approx(0.25).epsilon(0.04));
    CHECK(part_between(-1, 3) == 1);
    nn::normal_of{.mean = 2, .deviation = 0.5}(w, key{1});
    CHECK(average(w) == doctest::Approx(2).epsilon(0.01));
    CHECK(part_between(1.5, 2.5) == doctest::Approx(0.6827).epsilon(0.02));
    CHECK(part_between(3, 99) == doctest::Approx(0.0228).epsilon(0.2));
    nn::truncated_normal{.mean = 1, .deviation = 2}(w, key{1});
    CHECK(part_between(-3, 5) == 1);
    CHECK(average(w) == doctest::Approx(1).epsilon(0.05));
    CHECK(deviation(w) == doctest::Approx(2 * 0.8796).epsilon(0.02));
    CHECK(part_between(-1, 3) == doctest::Approx(0.6827 / 0.9545).epsilon(0.02));
    // Beyond 3 the normal distribution has 0.00135, beyond 3.5 0.00023.
    nn::truncated_normal{.low = 3, .high = 40}(w, key{1});
    CHECK(part_between(3, 40) == 1);
    CHECK(part_between(3.5, 40) == doctest::Approx(0.1724).epsilon(0.1));
    nn::truncated_normal{.low = -0.5, .high = 0}(w, key{1});
    CHECK(part_between(-0.5, 0) == 1);
    CHECK(part_between(-0.25, 0) == doctest::Approx(0.0987 / 0.1915).epsilon(0.03));
    CHECK_THROWS_WITH_AS((nn::truncated_normal{.low = 1, .high = 1}(w, key{1})),
                         doctest::Contains("low is not below high"), weft::error);
    nn::ones(w, key{1});
    CHECK(part_between(0.5, 1) == 1);
    nn::constant{-0.5}(w, key{1});
    CHECK(average(w) == -0.5);
    nn::zeros(w, key{1});
    CHECK(array_equal(w, tensor<double, 20000>()));
}

TEST_CASE("init: orthogonal matrices, square, tall, wide and of kernels") {
    auto const checks = [](auto w, std::int64_t rows, std::int64_t columns, double gain) {
        nn::orthogonal_t{gain}(w, key{4});
        bool const tall = rows >= columns;
        std::int64_t const count = tall ? columns : rows, length = tall ? rows : columns;
        auto const* x = w.data();
        double worst = 0;
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t j = 0; j <= i; ++j) {
                double sum = 0;
                for (std::int64_t c = 0; c < length; ++c)
                    sum += static_cast<double>(tall ? x[c * columns + i] * x[c * columns + j]
                                                    : x[i * columns + c] * x[j * columns + c]);
                worst = std::max(worst, std::abs(sum - (i == j ? gain * gain : 0)));
            }
        return worst;
    };
    CHECK(checks(tensor<double, 40, 40>(), 40, 40, 1) < 1e-13);
    CHECK(checks(tensor<double, 50, 7>(), 50, 7, 2) < 1e-13);
    CHECK(checks(tensor<float, 9, 33>(), 9, 33, 1) < 1e-5);
    CHECK(checks(tensor<double, 3, 3, 4, 8>(), 36, 8, 1) < 1e-13);
    // Drawn without preference: the trace of a rotation is 0 on average, and of deviation 1.
    double sum = 0, squares = 0;
    for (std::uint64_t i = 0; i < 400; ++i) {
        tensor<double, 5, 5> w;
        nn::orthogonal(w, weft::random::fold_in(key{2}, i));
        double trace = 0;
        for (int j = 0; j < 5; ++j) trace += w(j, j);
        sum += trace, squares += trace * trace;
    }
    CHECK(std::abs(sum / 400) < 0.15);
    CHECK(squares / 400 == doctest::Approx(1).epsilon(0.2));
}

TEST_CASE("init: a user says for members and for types how they begin") {
    auto const plain = nn::init<many>(key{3});
    auto const m = nn::init<many>(
        key{3}, nn::member("*.bias", nn::zeros), nn::member("table", nn::normal_of{.mean = 5}),
        nn::member("layers[1].weight", nn::orthogonal),
        nn::parts<nn::batch_norm<4>>([](auto& norm, key) { norm.scale.fill(3); }));
    CHECK(array_equal(m.layers[0].weight, plain.layers[0].weight));
    CHECK_FALSE(array_equal(m.layers[1].weight, plain.layers[1].weight));
    CHECK(array_equal(m.layers[2].bias, tensor<float, 4>()));
    CHECK(average(m.table) == doctest::Approx(5).epsilon(0.1));
    CHECK(array_equal(m.norm.scale, tensor<float, 4>::full(3)));
    CHECK(array_equal(m.norm.variance, plain.norm.variance));
    auto const again = nn::init<many>(key{3}, nn::member("layers[1].weight", nn::orthogonal));
    CHECK_FALSE(array_equal(again.layers[1].weight, m.layers[1].weight));  // another place among the overrides

    auto const d = nn::init<deep>(key{3}, nn::parts<nn::linear<4, 4>>([](auto& layer, key k) {
                                      nn::orthogonal(layer.weight, k);
                                  }));
    CHECK_FALSE(array_equal(d.layers[0].weight, d.layers[1].weight));
    CHECK(deviation(d.layers[2].weight) == doctest::Approx(0.5).epsilon(0.15));
    CHECK_THROWS_WITH_AS(nn::init<first>(key{1}, nn::member("a.*", nn::orthogonal)),
                         doctest::Contains("a.bias has a rank that"), weft::error);
    CHECK_THROWS_WITH_AS(nn::init<first>(key{1}, nn::member("c.*", nn::ones)),
                         doctest::Contains("no parameter is called \"c.*\""), weft::error);
}
