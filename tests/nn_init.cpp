// SPDX-License-Identifier: BSL-1.0
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
    CHECK(m.a.weight == n.a.weight);
    CHECK(m.b.bias == n.b.bias);
    CHECK(m.a.weight != o.a.weight);
    CHECK(m.a.weight(0, 0) != m.b.weight(0, 0));
    first again;
    nn::init(again, key{1});
    CHECK(again.b.weight == m.b.weight);
}

TEST_CASE("init: a layer's numbers follow from its name, not from its place") {
    auto const m = nn::init<first>(key{1});
    auto const n = nn::init<reordered>(key{1});
    CHECK(m.a.weight == n.a.weight);
    CHECK(m.b.weight == n.b.weight);
    CHECK(m.b.bias == n.b.bias);
}

TEST_CASE("init: arrays, layers without tensors, tables and what is kept") {
    auto const m = nn::init<many>(key{3});
    CHECK(m.layers[0].weight != m.layers[1].weight);
    CHECK(m.layers[1].weight != m.layers[2].weight);
    CHECK(m.drop.rate.value() == 0.5f);
    CHECK(m.norm.scale == tensor<float, 4>::full(1));
    CHECK(m.norm.variance == tensor<float, 4>::full(1));
    CHECK(m.norm.mean == tensor<float, 4>());
    CHECK(deviation(m.table) > 0.05);
    CHECK(m.shift == tensor<float, 4>::full(7));
    CHECK(m.cache == tensor<float, 4, 4>());
}

TEST_CASE("init: repeated layers get numbers of their own, as an array of them does") {
    auto const m = nn::init<deep>(key{3});
    auto const n = nn::init<many>(key{3});
    for (int i = 0; i < 3; ++i)
        CHECK(m.layers[i].weight == n.layers[static_cast<std::size_t>(i)].weight);
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

TEST_CASE("init: He and Glorot have their variances, odd counts are filled") {
    tensor<float, 50, 101> w;
    nn::he_normal(w, key{7});
    CHECK(deviation(w) == doctest::Approx(std::sqrt(2. / 50)).epsilon(0.03));
    CHECK(w(49, 100) != 0);
    nn::glorot_uniform(w, key{8});
    CHECK(deviation(w) == doctest::Approx(std::sqrt(2. / 151)).epsilon(0.03));
    tensor<float, 7> v;
    nn::normal(v, key{9}, 1);
    for (float x : v) CHECK(x != 0);
}
