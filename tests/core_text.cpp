// SPDX-License-Identifier: BSL-1.0
#include "check.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

#include <weft/core/text.hpp>

namespace {

using namespace std::string_view_literals;
using weft::fixed_text;
using weft::text;

template <class T>
constexpr bool reads(T value, std::string_view expected) {
    return (text() << value).view() == expected;
}

/// A sentence as the errors of traces carry it: computed, then a template argument.
template <fixed_text Text>
struct sentence {
    static constexpr std::string_view view = Text.view();
};

/// Within a function, because clang 16 misses the end of temporaries in a template argument.
constexpr fixed_text<6> comparison(int a, int b) {
    return fixed_text<6>(text() << a << " < " << b);
}

}  // namespace

TEST_CASE("text: made of pieces") {
    WEFT_CHECK_BOTH(text().empty());
    WEFT_CHECK_BOTH(text().view() == ""sv);
    WEFT_CHECK_BOTH(text("abc").view() == "abc"sv);
    WEFT_CHECK_BOTH(text("a\0b"sv).size() == 3);
    WEFT_CHECK_BOTH((text("f(") << 'x' << ", "sv << 3 << ")").view() == "f(x, 3)"sv);
}

TEST_CASE("text: integers") {
    using limits = std::numeric_limits<std::int64_t>;
    WEFT_CHECK_BOTH(reads(0, "0"));
    WEFT_CHECK_BOTH(reads(7, "7"));
    WEFT_CHECK_BOTH(reads(-10, "-10"));
    WEFT_CHECK_BOTH(reads(limits::max(), "9223372036854775807"));
    WEFT_CHECK_BOTH(reads(limits::min(), "-9223372036854775808"));
}

TEST_CASE("text: long ones") {
    WEFT_CHECK_BOTH([] {
        text t;
        for (int i = 0; i < 100; ++i) t << i << ' ';
        return t.size() == 290 && t.view().substr(0, 6) == "0 1 2 " &&
               t.view().substr(280) == "96 97 98 99 "sv.substr(2);
    }());
}

TEST_CASE("text: shrink and clear") {
    WEFT_CHECK_BOTH([] {
        text t = "net.hidden";
        t.shrink(3);
        bool const shorter = t.view() == "net";
        t << ".output";
        bool const path = t.view() == "net.output";
        t.clear();
        return shorter && path && t.empty();
    }());
}

TEST_CASE("text: copies are values of their own") {
    WEFT_CHECK_BOTH([] {
        text const a = "net";
        text b = a;
        b << ".weight";
        return a.view() == "net" && b.view() == "net.weight";
    }());
}

TEST_CASE("fixed_text: literals and computed texts") {
    WEFT_CHECK_BOTH(fixed_text("weft").view() == "weft"sv);
    WEFT_CHECK_BOTH(fixed_text("").view().empty());
    WEFT_CHECK_BOTH(fixed_text<5>("weaver"sv).view() == "weav"sv);
    WEFT_CHECK_BOTH(fixed_text<5>("we"sv).view() == "we\0\0"sv);
    WEFT_CHECK_BOTH(sentence<comparison(5, 4)>::view == "5 < 4"sv);
}
