// SPDX-License-Identifier: BSL-1.0
// The text of a CSV file on its way from a source to numbers: a window of bounded size, and the
// sentences of its errors. Knows no element type, so that it is compiled once for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <weft/core/error.hpp>
#include <weft/core/list.hpp>
#include <weft/core/text.hpp>

namespace weft::data {

/// How numbers are written in a CSV file.
struct csv_options {
    char delimiter = ',';
    /// The first line holds names and is skipped; its fields are counted.
    bool header = false;
    /// From this character to the end of its line nothing is read; '\0' for none.
    char comment = '\0';
};

namespace detail {

/// A source whose type is forgotten.
struct byte_source {
    void* source;
    std::size_t (*read)(void*, char*, std::size_t);
    std::string_view name;
};

/// A window on the text. Between fields at least `longest_field` bytes lie ahead, or all that are
/// left; a NUL stands behind the last one, so that scanning needs no other bound.
class csv_text {
public:
    static constexpr std::ptrdiff_t longest_field = 4096;

    csv_text(byte_source const& source, csv_options const& options)
        : options_(options), source_(source) {
        check_options();
        window_.reserve(window_bytes + 1);
        p = end_ = window_.begin();
        fill();
        check_encoding();
    }

    char const* p;          // the next character
    std::int64_t line = 1;  // that it stands in

    char const* end() const { return end_; }
    bool at_end() const { return p == end_ && ended_; }
    bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != options_.delimiter; }
    char const* behind_blanks(char const* c) const {
        while (is_blank(*c)) ++c;
        return c;
    }
    void skip_blanks() { p = behind_blanks(p); }
    bool is_comment(char c) const { return c == options_.comment && c != '\0'; }
    /// No part of a field that is not quoted.
    bool ends_field(char const* c) const {
        return *c == options_.delimiter || *c == '\n' || *c == '\0' || is_comment(*c) ||
               (*c == '\r' && c[1] == '\n');
    }

    /// To be called at the beginning of a field.
    void fill() {
        if (end_ - p < margin && !ended_) [[unlikely]]
            refill();
    }
    /// Skips the end of a line; false where there is none here.
    bool skip_line_end() {
        if (*p == '\n') {
            ++p;
        } else if (*p == '\r' && p[1] == '\n') {
            p += 2;
        } else if (is_comment(*p)) {
            skip_comment();
        } else {
            return at_end();
        }
        ++line;
        return true;
    }
    /// Moves to the first field of the next line that has one; false at the end of the text.
    bool next_line() {
        for (;;) {
            fill();
            char const* const begin = p;
            skip_blanks();
            if (p - begin > longest_field) raise_field(begin, 1, {}, false);
            if (at_end()) return false;
            if (!skip_line_end()) {
                p = begin;
                return true;
            }
        }
    }
    /// Skips the rest of a line of any length. Returns how many fields follow a delimiter in it.
    WEFT_COLD std::int64_t skip_fields() {
        std::int64_t count = 0;
        std::int64_t const first = line;
        for (bool quoted = false;;) {
            fill();
            if (*p == '"') {
                quoted = !quoted;
            } else if (p == end_ && quoted) {
                raise(place(first, 0) << "a quote is not closed");
            } else if (!quoted && skip_line_end()) {
                return count;
            } else if (*p == '\0') {
                raise(place(line, 0) << "found a NUL byte, expected text");
            } else if (*p == '\n') {
                ++line;  // within quotes
            }
            count += !quoted && *p == options_.delimiter;
            ++p;
        }
    }

    [[noreturn]] WEFT_COLD void raise_no_rows() const {
        raise(place(line, 0) << "expected numbers after the header");
    }
    [[noreturn]] WEFT_COLD void raise_columns(std::int64_t at, std::int64_t expected,
                                    std::int64_t found) const {
        raise(place(at, 0) << "expected " << expected << (expected == 1 ? " column" : " columns")
                           << ", found " << found);
    }
    /// The field that begins at `field` is not what is wanted: "a number".
    [[noreturn]] WEFT_COLD void raise_field(char const* field, std::int64_t column, std::string_view wanted,
                                  bool first_line) {
        p = field;
        skip_blanks();
        char const* const from = p;
        char const* to = from;
        bool quoted = false;
        for (; to < end_ && to - field <= longest_field && *to != '\0'; ++to) {
            if (*to == '"') quoted = !quoted;
            if (!quoted && ends_field(to)) break;
        }
        text t = place(line, column);
        if (to - field > longest_field)
            raise(t << "a field is longer than " << longest_field << " characters");
        if (to < end_ && *to == '\0') raise(t << "found a NUL byte, expected text");
        if (quoted) raise(t << "a quote is not closed");
        while (to > from && is_blank(to[-1])) --to;
        t << "expected " << wanted << ", found ";
        write_found(t, {from, static_cast<std::size_t>(to - from)});
        if (first_line && !options_.header) t << "; if line " << line << " holds names, set header";
        raise(t);
    }

private:
    static constexpr int margin = longest_field + 64, window_bytes = 1 << 17;

    void refill() {
        std::size_t const left = static_cast<std::size_t>(end_ - p);
        std::memmove(window_.begin(), p, left);
        p = window_.begin();
        char* to = window_.begin() + left;
        while (!ended_ && to - p < margin) {
            auto const room = static_cast<std::size_t>(window_.begin() + window_bytes - to);
            std::size_t const found = source_.read(source_.source, to, room);
            ended_ = found == 0;
            to += found;
        }
        *to = '\0';
        end_ = to;
    }
    WEFT_COLD void skip_comment() {
        for (;;) {
            auto const ahead = static_cast<std::size_t>(end_ - p);
            if (auto const* const at = std::memchr(p, '\n', ahead)) {
                p = static_cast<char const*>(at) + 1;
                return;
            }
            p = end_;
            if (ended_) return;
            refill();
        }
    }

    WEFT_COLD void check_options() const {
        constexpr std::string_view numeric = "0123456789+-.eE\"\r\n";
        char const d = options_.delimiter, c = options_.comment;
        if (d == '\0' || d == c) raise_text(": the delimiter is a NUL byte or also the comment");
        if (numeric.find(d) != numeric.npos || numeric.find(c) != numeric.npos)
            raise_text(": the delimiter or the comment can be part of a number or end a line");
    }
    WEFT_COLD void check_encoding() {
        std::string_view const first(p, static_cast<std::size_t>(end_ - p));
        if (first.starts_with("\x1f\x8b"))
            raise_text(
                " is compressed with gzip: include <weft/data/gzip.hpp> and read "
                "weft::data::gzip(path)");
        if (first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff"))
            raise_text(" is UTF-16 text, expected UTF-8");
        if (first.starts_with("\xef\xbb\xbf")) p += 3;
    }

    [[noreturn]] WEFT_COLD void raise_text(std::string_view what) const {
        raise(text(source_.name) << what);
    }
    /// "digits.csv, line 3, column 2: "
    WEFT_COLD text place(std::int64_t at, std::int64_t column) const {
        text t(source_.name);
        t << ", line " << at;
        if (column > 0) t << ", column " << column;
        t << ": ";
        return t;
    }
    WEFT_COLD static void write_found(text& t, std::string_view found) {
        constexpr std::size_t most = 40;
        if (found.empty()) {
            t << "an empty field";
            return;
        }
        t << '"';
        for (char const c : found.substr(0, most)) {
            if (c >= ' ' && c <= '~') {
                t << c;
            } else {
                auto const code = static_cast<unsigned char>(c);
                t << "\\x"
                  << "0123456789abcdef"[code >> 4] << "0123456789abcdef"[code & 15];
            }
        }
        t << (found.size() > most ? "\"..." : "\"");
    }

    csv_options options_;
    byte_source source_;
    list<char> window_;  // its memory alone
    char const* end_;
    bool ended_ = false;
};

}  // namespace detail
}  // namespace weft::data
