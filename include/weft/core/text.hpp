// SPDX-License-Identifier: BSL-1.0
// Text that is built in constant evaluation: sentences of errors, printed graphs, member paths.
#pragma once

#include <cstdint>
#include <string_view>

#include <weft/core/list.hpp>

/// Code that makes sentences: it is to be small, and out of the way.
#define WEFT_COLD __attribute__((noinline, cold))

namespace weft {

/// A text that grows; `<<` appends text, characters and integers.
class text {
public:
    constexpr text() = default;
    constexpr text(std::string_view s) { *this << s; }
    constexpr text(char const* s) : text(std::string_view(s)) {}

    constexpr std::string_view view() const {
        return {chars_.data(), static_cast<std::size_t>(chars_.size())};
    }
    constexpr operator std::string_view() const { return view(); }
    constexpr int size() const { return chars_.size(); }
    constexpr bool empty() const { return chars_.empty(); }
    constexpr void shrink(int size) { chars_.shrink(size); }
    constexpr void clear() { chars_.clear(); }

    WEFT_COLD constexpr text& operator<<(std::string_view s) {
        chars_.append(range<char>{s.data(), static_cast<int>(s.size())});
        return *this;
    }
    WEFT_COLD constexpr text& operator<<(char const* s) { return *this << std::string_view(s); }
    WEFT_COLD constexpr text& operator<<(char c) {
        chars_.push(c);
        return *this;
    }
    WEFT_COLD constexpr text& operator<<(std::int64_t value) {
        char digits[20] = {};
        int n = 0;
        std::uint64_t rest =
            value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
        do digits[n++] = static_cast<char>('0' + rest % 10);
        while (rest /= 10);
        if (value < 0) chars_.push('-');
        while (n) chars_.push(digits[--n]);
        return *this;
    }
    WEFT_COLD constexpr text& operator<<(int value) { return *this << static_cast<std::int64_t>(value); }

private:
    list<char> chars_;
};

/// A text of a fixed size, usable as a template argument, so that compilers print it.
template <std::size_t N>
struct fixed_text {
    char chars[N]{};

    constexpr fixed_text() = default;
    constexpr fixed_text(char const (&s)[N]) {
        for (std::size_t i = 0; i < N; ++i) chars[i] = s[i];
    }
    /// Takes the first N - 1 characters.
    constexpr explicit fixed_text(std::string_view s) {
        for (std::size_t i = 0; i + 1 < N && i < s.size(); ++i) chars[i] = s[i];
    }
    constexpr std::string_view view() const { return {chars, N ? N - 1 : 0}; }
};

}  // namespace weft
