// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <weft/data/permutation.hpp>
#include <weft/data/set.hpp>

#include "data_files.hpp"

using weft::dyn;
using weft::tensor;
using weft::random::key;

namespace {

namespace data = weft::data;

using table = tensor<float, dyn, dyn>;
using pairs = data::set<tensor<float, dyn, 2>>;

/// Example i has the features 10 i, 10 i + 1 and the label i.
pairs numbered(int count) {
    tensor<float, dyn, 2> features(count);
    tensor<std::int32_t, dyn> labels(count);
    for (int i = 0; i < count; ++i) {
        features(i, 0) = static_cast<float>(10 * i);
        features(i, 1) = static_cast<float>(10 * i + 1);
        labels[i] = i;
    }
    return {features, labels};
}

/// The labels, in order; features must still belong to them.
std::vector<int> labels_of(pairs const& s) {
    std::vector<int> out;
    for (int i = 0; i < s.size(); ++i) {
        int const label = s.labels()[i];
        REQUIRE(s.features()(i, 0) == static_cast<float>(10 * label));
        REQUIRE(s.features()(i, 1) == static_cast<float>(10 * label + 1));
        out.push_back(label);
    }
    return out;
}

}  // namespace

TEST_CASE("permutation: known orders, which never change") {
    data::order const ten = data::permutation(10, key{42});
    CHECK(array_equal(ten, data::permutation(10, key{42})));
    CHECK(array_equal(ten, data::order{0, 9, 1, 7, 5, 6, 8, 2, 3, 4}));
    CHECK_FALSE(array_equal(ten, data::permutation(10, key{43})));
    CHECK(data::permutation(0, key{1}).empty());
    CHECK(array_equal(data::permutation(1, key{1}), data::order{0}));
    CHECK(sentence([] { data::permutation(1ll << 32, key{1}); }) ==
          "weft::data: 4294967296 examples, expected at most 4294967295");
    CHECK(sentence([] { data::permutation(-1, key{1}); }).find("-1 examples") != std::string::npos);
}

TEST_CASE("permutation: 64 random bits times a bound") {
    using data::detail::below;
    static_assert(below(10, 0, 0) == 0 && below(10, 0, 0x80000000) == 5);
    static_assert(below(10, UINT32_MAX, UINT32_MAX) == 9 && below(1, UINT32_MAX, UINT32_MAX) == 0);
    static_assert(below(UINT32_MAX, UINT32_MAX, UINT32_MAX) == UINT32_MAX - 1);
    static_assert(below(3, 0x55555556, 0x55555555) == 1 && below(3, 0x55555555, 0x55555555) == 0);
}

TEST_CASE("permutation: every position once") {
    for (int const n : {2, 3, 31, 1000, 100003}) {
        data::order p = data::permutation(n, key{n});
        std::sort(p.begin(), p.end());
        for (int i = 0; i < n; ++i) REQUIRE(p[i] == static_cast<std::uint32_t>(i));
    }
}

TEST_CASE("permutation: all orders are equally likely") {
    std::array<int, 24> count{};
    int constexpr rounds = 24000;
    for (int i = 0; i < rounds; ++i) {
        data::order const p =
            data::permutation(4, weft::random::fold_in(key{3}, static_cast<std::uint64_t>(i)));
        std::array<std::uint32_t, 4> which{0, 1, 2, 3};
        std::size_t number = 0;
        while (!std::equal(which.begin(), which.end(), p.begin()))
            std::next_permutation(which.begin(), which.end()), ++number;
        ++count[number];
    }
    double chi = 0;
    for (int const n : count) chi += (n - 1000.) * (n - 1000.) / 1000.;
    CHECK(chi < 49.7);  // 23 degrees of freedom, p = 0.001
}

TEST_CASE("set: features and labels of equal counts") {
    pairs const s = numbered(5);
    CHECK(s.size() == 5);
    CHECK(!s.empty());
    CHECK(pairs().empty());
    CHECK(sentence([] { pairs(tensor<float, dyn, 2>(3), tensor<std::int32_t, dyn>(4)); }) ==
          "weft::data::set: 3 examples, but 4 labels");
    // Targets may be of any shape, and the types are deduced.
    data::set const images(tensor<std::uint8_t, dyn, 1, 8, 8>(3), tensor<float, dyn, 2>(3));
    static_assert(
        std::is_same_v<decltype(images) const,
                       data::set<tensor<std::uint8_t, dyn, 1, 8, 8>, tensor<float, dyn, 2>> const>);
    CHECK(images.size() == 3);
}

TEST_CASE("set: shuffle, at, split") {
    pairs s = numbered(50);
    s.shuffle(key{7});
    std::vector<int> const shuffled = labels_of(s);
    data::order const order = data::permutation(50, key{7});
    CHECK(std::equal(shuffled.begin(), shuffled.end(), order.begin()));

    std::vector<std::uint32_t> const some{4, 0, 4};
    CHECK(labels_of(numbered(5).at(some)) == std::vector<int>{4, 0, 4});
    CHECK(sentence([] {
              std::vector<std::uint32_t> const wrong{5};
              numbered(5).at(wrong);
          }) == "weft::data::set: no example 5 among 5");

    auto const [a, b] = numbered(5).split(0.5);  // 2.5 examples become 3
    CHECK(labels_of(a) == std::vector<int>{0, 1, 2});
    CHECK(labels_of(b) == std::vector<int>{3, 4});
    auto const [all, none] = numbered(5).split(1);
    CHECK(all.size() == 5);
    CHECK(none.size() == 0);
    CHECK(numbered(5).split(0).first.size() == 0);

    auto const [c, d] = numbered(50).split(0.8, key{7});
    std::vector<int> both = labels_of(c), rest = labels_of(d);
    CHECK(both.size() == 40);
    both.insert(both.end(), rest.begin(), rest.end());
    CHECK(both == shuffled);
    for (double const wrong : {-0.1, 1.1, 0. / 0.})
        CHECK(sentence([&] { numbered(5).split(wrong); }) ==
              "weft::data::set::split: the fraction of the first part is not in 0 .. 1");
}

TEST_CASE("labelled: from a table") {
    table const t{{2, 4, 6, 8, 1}, {10, 12, 14, 16, 0}};
    auto const flat = data::labelled<4>(t, {.classes = 2, .scale = 0.5});
    static_assert(std::is_same_v<decltype(flat), data::set<tensor<float, dyn, 4>> const>);
    CHECK(array_equal(flat.features(), tensor<float, dyn, 4>{{1, 2, 3, 4}, {5, 6, 7, 8}}));
    CHECK(array_equal(flat.labels(), tensor<std::int32_t, dyn>{1, 0}));

    auto const square = data::labelled<1, 2, 2>(t);
    CHECK(array_equal(square.features(),
                      tensor<float, dyn, 1, 2, 2>{{{{2, 4}, {6, 8}}}, {{{10, 12}, {14, 16}}}}));

    auto const loose = data::labelled(t, {.column = 1});
    static_assert(std::is_same_v<decltype(loose), data::set<tensor<float, dyn, dyn>> const>);
    CHECK(array_equal(loose.features(), table{{2, 6, 8, 1}, {10, 14, 16, 0}}));
    CHECK(array_equal(loose.labels(), tensor<std::int32_t, dyn>{4, 12}));
    CHECK(array_equal(data::labelled(t, {.column = -4}).labels(), loose.labels()));

    auto const bytes = data::labelled(tensor<std::uint8_t, dyn, dyn>{{255, 3}}, {.scale = 2});
    static_assert(std::is_same_v<decltype(bytes), data::set<tensor<float, dyn, dyn>> const>);
    CHECK(bytes.features()(0, 0) == 510);
    CHECK(data::labelled<4>(table(0, 5)).empty());
}

TEST_CASE("labelled: what is refused") {
    auto const said = [](table const& t, data::label_options const& o) {
        return sentence([&] { data::labelled<1>(t, o); });
    };
    table const fine{{1, 0}, {1, 2}};
    CHECK(said(fine, {.classes = 3}).empty());
    CHECK(said(fine, {.classes = 2}) ==
          "weft::data: the label of row 1 is 2, expected an integer in 0 .. 1");
    CHECK(said({{1, 2}, {1, -1}}, {.classes = 10}) ==
          "weft::data: the label of row 1 is -1, expected an integer in 0 .. 9");
    CHECK(said({{1, 2}, {1, 0.5f}}, {.classes = 10}) ==
          "weft::data: the label of row 1 is 0.5, expected an integer in 0 .. 9");
    CHECK(said({{1, NAN}}, {.classes = 10}).find("is nan, expected") != std::string::npos);
    CHECK(said({{1, 1e20f}}, {}).find("expected an integer in 0 .. 2147483646") !=
          std::string::npos);
    CHECK(said(fine, {.column = 2}) == "weft::data::labelled: no column 2 in a table of 2 columns");
    CHECK(said(fine, {.column = -3}) ==
          "weft::data::labelled: no column -3 in a table of 2 columns");
    CHECK(said({{1, 2, 3}}, {}) ==
          "weft::data::labelled: an example has 1 features, but the table has 2 columns beside "
          "the label");
    CHECK(said(fine, {.classes = 0}) == "weft::data::labelled: 0 classes");
    CHECK(said(table(), {}).find("no column -1 in a table of 0 columns") != std::string::npos);
}

TEST_CASE("check_labels") {
    tensor<std::int32_t, dyn> const labels{0, 9, 3};
    data::check_labels(labels, 10);
    CHECK(sentence([&] { data::check_labels(labels, 9); }) ==
          "weft::data: the label of row 1 is 9, expected an integer in 0 .. 8");
    CHECK(sentence([&] { data::check_labels(tensor<std::int64_t, dyn>{-1}, 9); }) ==
          "weft::data: the label of row 0 is -1, expected an integer in 0 .. 8");
}
