// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/data/batches.hpp>

#include "data_files.hpp"

using weft::dyn;
using weft::tensor;
using weft::view;
using weft::random::key;

namespace {

namespace data = weft::data;

std::int64_t allocations = 0;

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
    return {std::move(features), std::move(labels)};
}

/// Appends the labels of a batch; its features must belong to them.
template <class Batch>
void append(std::vector<int>& out, Batch const& batch) {
    REQUIRE(batch.features.contiguous());
    REQUIRE(batch.labels.contiguous());
    REQUIRE(batch.features.extent(0) == batch.size());
    for (int i = 0; i < batch.size(); ++i) {
        int const label = batch.labels[i];
        REQUIRE(batch.features(i, 0) == static_cast<float>(10 * label));
        REQUIRE(batch.features(i, 1) == static_cast<float>(10 * label + 1));
        out.push_back(label);
    }
}
template <class Range>
std::vector<int> all_labels(Range&& batches) {
    std::vector<int> out;
    for (auto const& batch : batches) append(out, batch);
    return out;
}
std::vector<int> of(data::order const& order, std::int64_t count) {
    return {order.begin(), order.begin() + count};
}

template <class Set>
concept batched = requires(Set&& s) { data::batches(std::forward<Set>(s), 2); };
template <class Set>
concept batched_by_two = requires(Set&& s) { data::batches<2>(std::forward<Set>(s)); };
static_assert(batched<pairs&> && batched<pairs const&> && !batched<pairs>);
static_assert(batched_by_two<pairs&> && !batched_by_two<pairs>);

using range = decltype(data::batches(std::declval<pairs&>(), 2));
static_assert(std::input_iterator<range::iterator>);

}  // namespace

// Not inlined, or g++ takes them for a mismatch.
#define WEFT_TEST_NOINLINE __attribute__((noinline))
WEFT_TEST_NOINLINE void* operator new(std::size_t size, std::align_val_t a,
                                      std::nothrow_t const&) noexcept {
    ++allocations;
    return std::aligned_alloc(static_cast<std::size_t>(a), size);
}
WEFT_TEST_NOINLINE void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size ? size : 1)) return memory;
    throw std::bad_alloc();
}
WEFT_TEST_NOINLINE void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    ++allocations;
    return std::malloc(size ? size : 1);
}
WEFT_TEST_NOINLINE void operator delete(void* memory) noexcept { std::free(memory); }
WEFT_TEST_NOINLINE void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
WEFT_TEST_NOINLINE void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}

TEST_CASE("batches: in order, as views of the set") {
    pairs const s = numbered(7);
    std::vector<std::int64_t> sizes;
    for (auto [x, y] : data::batches(s, 3)) {
        static_assert(std::is_same_v<decltype(x), view<float const, dyn, 2>>);
        static_assert(std::is_same_v<decltype(y), view<std::int32_t const, dyn>>);
        CHECK(x.data() == s.features().data() + 6 * sizes.size());
        sizes.push_back(y.extent(0));
    }
    CHECK(sizes == std::vector<std::int64_t>{3, 3, 1});
    CHECK(all_labels(data::batches(s, 3)) == std::vector<int>{0, 1, 2, 3, 4, 5, 6});
    CHECK(all_labels(data::batches(s, 3, {.drop_last = true})) ==
          std::vector<int>{0, 1, 2, 3, 4, 5});
    CHECK(data::batches(s, 3).size() == 3);
    CHECK(data::batches(s, 7).size() == 1);
    CHECK(data::batches(s, 100).size() == 1);
    CHECK(data::batches(s, 100, {.drop_last = true}).size() == 0);
    CHECK(all_labels(data::batches(s, 100)).size() == 7);
}

TEST_CASE("batches: in a random order, every example once") {
    pairs const s = numbered(50);
    for (int const size : {1, 7, 10, 50, 99})
        CHECK(all_labels(data::batches(s, size, key{4})) == of(data::permutation(50, key{4}), 50));
    CHECK(all_labels(data::batches(s, 7, key{4}, {.drop_last = true})) ==
          of(data::permutation(50, key{4}), 49));
}

TEST_CASE("batches: of a static size, and the rest") {
    pairs const s = numbered(50);
    auto batches = data::batches<8>(s, key{4});
    std::vector<int> seen;
    for (auto [x, y] : batches) {
        static_assert(std::is_same_v<decltype(x), view<float const, 8, 2>>);
        static_assert(std::is_same_v<decltype(y), view<std::int32_t const, 8>>);
        append(seen, data::batch<decltype(x), decltype(y)>{x, y});
    }
    CHECK(batches.size() == 6);
    auto const rest = batches.rest();
    static_assert(std::is_same_v<decltype(rest.features), view<float const, dyn, 2>>);
    CHECK(rest.size() == 2);
    append(seen, rest);
    CHECK(seen == of(data::permutation(50, key{4}), 50));

    auto ordered = data::batches<25>(s);
    CHECK(ordered.size() == 2);
    CHECK(ordered.rest().size() == 0);
    CHECK(all_labels(ordered).size() == 50);
    auto small = data::batches<64>(s, key{4});
    CHECK(small.size() == 0);
    seen.clear();
    append(seen, small.rest());
    CHECK(seen.size() == 50);
}

TEST_CASE("batches: an epoch allocates nothing") {
    pairs const s = numbered(100);
    auto batches = data::batches(s, 8, key{0});
    std::int64_t const before = allocations;
    std::int64_t sum = 0, rounds = 20;
    for (int epoch = 0; epoch < rounds; ++epoch) {
        batches.shuffle(weft::random::fold_in(key{0}, static_cast<std::uint64_t>(epoch)));
        for (auto [x, y] : batches)
            for (int const label : y) sum += label;
    }
    CHECK(allocations == before);
    CHECK(sum == rounds * 100 * 99 / 2);
    auto const again = all_labels(batches);
    CHECK(again == of(data::permutation(100, weft::random::fold_in(key{0}, 19)), 100));
    CHECK(allocations > before);  // the vectors above: the count works
}

TEST_CASE("batches: any element type and shape") {
    data::set<tensor<double, dyn, dyn>, tensor<float, dyn, 3>> const s(
        tensor<double, dyn, dyn>{{1, 2}, {3, 4}, {5, 6}},
        tensor<float, dyn, 3>{{1, 1, 1}, {3, 3, 3}, {5, 5, 5}});
    int count = 0;
    for (auto [x, y] : data::batches(s, 2, key{1}))
        for (int i = 0; i < y.extent(0); ++i, ++count) {
            CHECK(x(i, 1) == x(i, 0) + 1);
            CHECK(y(i, 2) == static_cast<float>(x(i, 0)));
        }
    CHECK(count == 3);
    data::set const none(tensor<float, dyn, 0>(3), tensor<std::int32_t, dyn>{0, 1, 2});
    int labels = 0;
    for (auto [x, y] : data::batches(none, 2, key{1}))
        for (int const label : y) labels += label;
    CHECK(labels == 3);
}

TEST_CASE("batches: what is refused") {
    pairs const s = numbered(3), none;
    CHECK(sentence([&] { data::batches(s, 0); }) == "weft::data::batches: a batch of 0 examples");
    CHECK(sentence([&] { data::batches(s, -2, key{1}); }) ==
          "weft::data::batches: a batch of -2 examples");
    CHECK(sentence([&] { data::batches(none, 2); }) == "weft::data::batches: the set is empty");
    CHECK(sentence([&] { data::batches<2>(none, key{1}); }) ==
          "weft::data::batches: the set is empty");
}
