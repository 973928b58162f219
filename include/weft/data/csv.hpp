// SPDX-License-Identifier: BSL-1.0
// Reads tables of numbers from comma-separated text (RFC 4180) in one pass, in bounded memory
// beside the result, whatever the locale is.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <weft/data/csv_text.hpp>
#include <weft/data/file.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft::data {
namespace detail {

/// What std::from_chars reads in place of T: it knows neither bool nor 16-bit floats.
template <class T>
using parsed = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t,
                                  std::conditional_t<std::is_arithmetic_v<T>, T, float>>;

/// from_chars calls a float out of range where it is too large and where it is too close to 0:
/// whether the digits and the exponent of this one say the latter.
WEFT_COLD inline bool is_tiny(char const* p, char const* end) {
    std::int64_t leading = 0, exponent = 0;  // of the first digit that is not 0
    bool point = false, begun = false;
    if (p < end && *p == '-') ++p;
    for (; p < end && ((*p >= '0' && *p <= '9') || *p == '.'); ++p) {
        point |= *p == '.';
        begun |= *p != '.' && *p != '0';
        leading += *p == '.' ? 0 : point ? (begun ? 0 : -1) : (begun ? 1 : 0);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        bool const down = ++p < end && *p == '-';
        if (p < end && (down || *p == '+')) ++p;
        for (; p < end && exponent < 1'000'000'000'000; ++p) exponent = 10 * exponent + *p - '0';
        if (down) exponent = -exponent;
    }
    return exponent < -leading;
}

/// Reads a number at p and moves behind it; false where there is none or it is out of range.
template <class T>
bool read_number(char const*& p, char const* end, T& out) {
    char const* const begin = *p == '+' && p[1] != '-' ? p + 1 : p;
    parsed<T> value{};
    auto const [behind, status] = std::from_chars(begin, end, value);
    if (status != std::errc()) {
        if (std::is_integral_v<T> || status != std::errc::result_out_of_range) return false;
        if (!is_tiny(begin, behind)) return false;
        value = 0;
    }
    out = static_cast<T>(value);
    p = behind;
    if constexpr (std::is_same_v<T, bool>)
        return value <= 1;
    else if constexpr (!std::is_arithmetic_v<T>)  // 16-bit floats: finite ones stay so
        return static_cast<float>(out) - static_cast<float>(out) == 0 || value - value != 0;
    else
        return true;
}

template <class T>
constexpr std::string_view number_wanted() {
    if constexpr (std::is_same_v<T, bool>) return "0 or 1";
    if constexpr (std::is_integral_v<T>) return "an integer";
    return "a number";
}

template <class T>
WEFT_COLD text range_of() {
    text t(number_wanted<T>());
    if constexpr (!std::is_same_v<T, bool>) t << " in the range of " << weft::name(dtype_of<T>);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        char digits[24];
        char const* separator = ": ";
        for (T const bound : {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()}) {
            auto const end = std::to_chars(digits, digits + sizeof digits, bound).ptr;
            t << separator << std::string_view(digits, static_cast<std::size_t>(end - digits));
            separator = " .. ";
        }
    }
    return t;
}

template <class T>
class csv_reader {
public:
    WEFT_COLD csv_reader(byte_source const& source, csv_options const& options)
        : options_(options), text_(source, options) {
        if (!text_.next_line()) raise(text(source.name) << ": is empty, expected numbers");
        if (options_.header) columns_ = text_.skip_fields() + 1;
    }

    tensor<T, dyn, dyn> read() {
        while (text_.next_line()) {
            read_row();
            ++rows_;
        }
        if (rows_ == 0) text_.raise_no_rows();
        return joined();
    }

private:
    void read_row() {
        std::int64_t const line = text_.line;
        std::int64_t column = 0;
        for (bool more = true; more; ++column) {
            text_.fill();
            if (column == columns_ && columns_ > 0)
                text_.raise_columns(line, columns_, column + 1 + text_.skip_fields());
            if (out_ == out_end_) grow();
            more = read_field(column);
        }
        if (columns_ == 0) columns_ = column;
        if (column != columns_) text_.raise_columns(line, columns_, column);
    }
    /// Reads a field and what ends it; true where that is a delimiter.
    bool read_field(std::int64_t column) {
        char const*& p = text_.p;
        char const* const begin = p;
        text_.skip_blanks();
        bool const quoted = *p == '"';
        if (quoted) ++p, text_.skip_blanks();
        if (!read_number(p, text_.end(), *out_)) fail(begin, column);
        text_.skip_blanks();
        if (quoted) {
            if (*p++ != '"') fail(begin, column);
            text_.skip_blanks();
        }
        if (p - begin > csv_text::longest_field) fail(begin, column);
        ++out_;
        if (*p == options_.delimiter) {
            ++p;
            return true;
        }
        if (!text_.skip_line_end()) fail(begin, column);
        return false;
    }
    [[noreturn]] WEFT_COLD void fail(char const* field, std::int64_t column) {
        text const range = range_of<T>();
        text_.raise_field(field, column + 1, is_number(field) ? range.view() : number_wanted<T>(),
                          rows_ == 0);
    }
    /// Whether a field is well written, so that T cannot hold its number.
    WEFT_COLD bool is_number(char const* p) const {
        p = text_.behind_blanks(p);
        bool const quoted = *p == '"';
        if (quoted) p = text_.behind_blanks(p + 1);
        if (*p == '+' && p[1] != '-') ++p;
        if constexpr (std::is_integral_v<T>) {
            p += *p == '-';
            if (*p < '0' || *p > '9') return false;
            while (*p >= '0' && *p <= '9') ++p;
        } else {
            parsed<T> value{};
            auto const [behind, status] = std::from_chars(p, text_.end(), value);
            if (status == std::errc::invalid_argument) return false;
            p = behind;
        }
        p = text_.behind_blanks(p);
        if (quoted && *p++ != '"') return false;
        return text_.ends_field(text_.behind_blanks(p));
    }
    /// Begins another block, twice as large as the last one: nothing is copied until the end.
    void grow() {
        tensor<T, dyn>& block = blocks_[block_count_];
        block = tensor<T, dyn>::uninitialized(std::int64_t{4096} << block_count_++);
        out_ = block.begin(), out_end_ = block.end();
    }
    WEFT_COLD tensor<T, dyn, dyn> joined() {
        auto table = tensor<T, dyn, dyn>::uninitialized(rows_, columns_);
        T* to = table.data();
        for (tensor<T, dyn>& block : blocks_) {
            std::int64_t const left = table.end() - to;
            std::int64_t const count = left < block.size() ? left : block.size();
            if (count == 0) break;
            std::memcpy(static_cast<void*>(to), block.data(),
                        static_cast<std::size_t>(count) * sizeof(T));
            to += count;
            block = {};
        }
        return table;
    }

    csv_options options_;
    csv_text text_;
    std::int64_t rows_ = 0, columns_ = 0;
    tensor<T, dyn> blocks_[50];
    int block_count_ = 0;
    T *out_ = nullptr, *out_end_ = nullptr;
};

}  // namespace detail

/// A table of numbers: a row a line, all of equal length. Fields may stand in quotes; blanks around
/// them, empty lines, CRLF, a missing last line end and a UTF-8 byte order mark are accepted.
/// Raises, naming line and column (from 1), where a field is empty, is no number or is out of T's
/// range, where a row is longer or shorter than the first, and where there is no row.
template <Element T, Source S>
tensor<T, dyn, dyn> read_csv(S&& source, csv_options const& options = {}) {
    static_assert(std::is_arithmetic_v<T> || is_floating(dtype_of<T>),
                  "weft::data::read_csv: the elements of a table are real numbers");
    using plain = std::remove_reference_t<S>;
    detail::byte_source const input{&source,
                                    [](void* s, char* to, std::size_t count) -> std::size_t {
                                        return static_cast<plain*>(s)->read(to, count);
                                    },
                                    source.name()};
    return detail::csv_reader<T>(input, options).read();
}

/// The table in a file. Compressed ones need <weft/data/gzip.hpp>:
/// `read_csv<float>(data::gzip("digits.csv.gz"))`.
template <Element T>
tensor<T, dyn, dyn> read_csv(std::string_view path, csv_options const& options = {}) {
    return read_csv<T>(file(path), options);
}

}  // namespace weft::data
