// SPDX-License-Identifier: BSL-1.0
// A sentence that was built in constant evaluation, shown as the compiler's first diagnostic.
#pragma once

#include <weft/core/text.hpp>

namespace weft {
namespace detail {

/// A text of limited length that a constant can hold.
template <int Capacity>
struct kept_text {
    char chars[Capacity]{};
    int size = 0;

    constexpr kept_text() = default;
    constexpr kept_text(std::string_view s) {
        for (char c : s)
            if (size < Capacity) chars[size++] = c;
    }
    constexpr std::string_view view() const { return {chars, static_cast<std::size_t>(size)}; }
};

// clang prints the first ten elements of an array, and at most 36 characters of each.
inline constexpr int line_length = 36;
inline constexpr int most_lines = 10;

/// The lines of a sentence, broken after a space where there is one; `use(first, last)` of each.
template <class Use>
constexpr int break_lines(std::string_view s, Use use) {
    int const size = static_cast<int>(s.size());
    int lines = 0, at = 0;
    while (at < size && lines < most_lines) {
        int end = at + line_length < size ? at + line_length : size;
        if (end < size) {
            int space = end;
            while (space > at && s[static_cast<std::size_t>(space - 1)] != ' ') --space;
            if (space > at) end = space;
        }
        use(lines++, at, end);
        at = end;
    }
    return lines;
}
constexpr int count_lines(std::string_view s) {
    return break_lines(s, [](int, int, int) {});
}

}  // namespace detail

#if defined(__clang__)
/// A sentence as a template argument that clang prints whole.
template <int Lines>
struct sentence_lines {
    char line[Lines][detail::line_length + 1]{};

    constexpr explicit sentence_lines(std::string_view s) {
        for (auto& l : line)
            for (int i = 0; i < detail::line_length; ++i) l[i] = ' ';
        detail::break_lines(s, [&](int n, int first, int last) {
            for (int i = first; i < last; ++i) line[n][i - first] = s[static_cast<std::size_t>(i)];
        });
    }
};
/// Compilation stops; the sentence stands in the name of this type.
template <sentence_lines Sentence>
struct mistake {
    static constexpr bool none = false;
};
#else
/// Compilation stops; the sentence stands in the name of this type.
template <fixed_text Sentence>
struct mistake {
    static_assert(!sizeof(Sentence), "weft: the mistake is told in mistake<...> above");
};
#endif

namespace detail {

/// Stops compilation with the sentence of S, a constant `S::sentence` of type kept_text. False.
#if __cpp_static_assert >= 202306L
template <class S>
struct shown {
    static constexpr std::size_t size() { return static_cast<std::size_t>(S::sentence.size); }
    static constexpr char const* data() { return S::sentence.chars; }
};
template <class S>
constexpr bool stop() {
    static_assert(S::sentence.size < 0, shown<S>{});
    return false;
}
#elif defined(__clang__)
// In the body of a function a failed assertion is the only error; in a class it makes others.
template <class S>
constexpr bool stop() {
    constexpr std::string_view s = S::sentence.view();
    static_assert(mistake<sentence_lines<count_lines(s)>(s)>::none,
                  "weft: the mistake is told above");
    return false;
}
#else
template <class S>
constexpr bool stop() {
    constexpr std::size_t size = S::sentence.view().size();
    [[maybe_unused]] mistake<fixed_text<size + 1>(S::sentence.view())> told;
    return false;
}
#endif

/// What a function returns after a mistake was told: usable as a value, a tensor, a pair, so that
/// no further errors hide the first.
struct stopped_part {
    template <class T>
    operator T() const;
    template <class... A>
    stopped_part operator()(A const&...) const;
    template <class I>
    stopped_part operator[](I const&) const;
};
struct stopped {
    stopped_part first, second;

    template <class T>
    operator T() const;
    template <class... A>
    stopped_part operator()(A const&...) const;
    template <class I>
    stopped_part operator[](I const&) const;
};

}  // namespace detail
}  // namespace weft
