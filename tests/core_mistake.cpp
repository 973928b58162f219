// SPDX-License-Identifier: BSL-1.0
#include <string>

#include <weft/core/mistake.hpp>

#include "check.hpp"

using weft::detail::break_lines;
using weft::detail::kept_text;

namespace {

constexpr int lines_of(std::string_view s) { return weft::detail::count_lines(s); }

}  // namespace

TEST_CASE("a sentence is broken into lines of at most 36 characters, after a space") {
    std::string const sentence =
        "matmul(arg1, encoder.layers[1].weight): (32, 128) x (127, 10), the inner extents differ";
    std::string joined;
    int const lines = break_lines(sentence, [&](int line, int first, int last) {
        CHECK(last - first <= weft::detail::line_length);
        CHECK(last > first);
        CHECK(line >= 0);
        joined += sentence.substr(static_cast<std::size_t>(first),
                                  static_cast<std::size_t>(last - first));
        if (static_cast<std::size_t>(last) < sentence.size()) CHECK(joined.back() == ' ');
    });
    CHECK(lines == 4);
    CHECK(joined == sentence);
}

TEST_CASE("a word longer than a line is cut, a text longer than ten lines ends") {
    static_assert(lines_of("") == 0);
    static_assert(lines_of("short") == 1);
    std::string const word(40, 'x');
    CHECK(lines_of(word) == 2);
    CHECK(lines_of(std::string(36, 'x')) == 1);
    CHECK(lines_of(std::string(1000, 'x')) == weft::detail::most_lines);
}

TEST_CASE("a kept text holds what fits") {
    constexpr kept_text<4> t("abcdef");
    static_assert(t.size == 4);
    CHECK(t.view() == "abcd");
    CHECK(kept_text<4>().view().empty());
}
