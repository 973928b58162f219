// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <utility>

#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

TEST_CASE("error: raise throws the sentence") {
    try {
        weft::raise(weft::text("rows: expected ") << 3 << ", found " << 4);
        FAIL("raise returned");
    } catch (weft::error const& e) {
        CHECK(e.view() == "rows: expected 3, found 4");
        CHECK(std::string(e.what()) == "rows: expected 3, found 4");
    }
    CHECK_THROWS_AS(weft::raise("a literal"), std::exception);
    CHECK_THROWS_WITH(weft::raise(std::string("a string")), "a string");
    CHECK_THROWS_WITH(weft::raise(""), "");
}

TEST_CASE("error: copies own their text") {
    static_assert(std::is_nothrow_copy_constructible_v<weft::error>);
    static_assert(std::is_nothrow_move_constructible_v<weft::error>);
    weft::error first("first"), second("second");
    weft::error copy = first;
    CHECK(copy.what() != first.what());
    first = second;
    CHECK(copy.view() == "first");
    CHECK(first.view() == "second");
    weft::error moved = std::move(second);
    CHECK(moved.view() == "second");
    CHECK(!second.view().empty());  // still an error with a text
    first = std::move(copy);
    CHECK(first.view() == "first");
    auto& same = first;
    first = same;
    CHECK(first.view() == "first");
}
