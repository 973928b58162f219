// SPDX-License-Identifier: BSL-1.0
// One line of text for people: numbers in few characters, in memory of fixed size, whatever the
// locale is. What the progress bar writes with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <weft/core/text.hpp>

namespace weft::train::detail {

/// A text of at most 255 characters; what does not fit is cut off.
class line {
public:
    std::string_view view() const { return {chars_, size_}; }
    int size() const { return static_cast<int>(size_); }
    void cut(int size) {
        if (size < this->size()) size_ = size > 0 ? static_cast<std::size_t>(size) : 0;
    }

    WEFT_COLD line& operator<<(std::string_view s) {
        std::size_t const room = sizeof chars_ - size_, count = s.size() < room ? s.size() : room;
        std::memcpy(chars_ + size_, s.data(), count);
        size_ += count;
        return *this;
    }
    WEFT_COLD line& repeat(char c, int count) {
        for (; count > 0; --count) *this << std::string_view(&c, 1);
        return *this;
    }
    /// At least `width` characters and at least `digits` digits.
    WEFT_COLD line& integer(std::int64_t value, int width = 0, int digits = 1) {
        char reversed[24];
        int n = 0;
        auto rest = static_cast<std::uint64_t>(value < 0 ? 0 : value);
        for (; rest > 0 || n < digits; rest /= 10)
            reversed[n++] = static_cast<char>('0' + rest % 10);
        repeat(' ', width - n);
        while (n > 0) *this << std::string_view(&reversed[--n], 1);
        return *this;
    }
    /// With a number of decimals.
    WEFT_COLD line& fixed(double value, int decimals) {
        if (!(value > -1e12 && value < 1e12)) return *this << "?";
        std::int64_t scale = 1;
        for (int i = 0; i < decimals; ++i) scale *= 10;
        if (value < 0) *this << "-";
        auto const scaled = static_cast<std::int64_t>(
            (value < 0 ? -value : value) * static_cast<double>(scale) + 0.5);
        integer(scaled / scale);
        if (decimals > 0) (*this << ".").integer(scaled % scale, 0, decimals);
        return *this;
    }
    /// A loss: 0.0123, 12.3456, 1.23e+05, nan.
    WEFT_COLD line& number(double value) {
        double size = value < 0 ? -value : value;
        if (value != value) return *this << "nan";
        if (size > 1.7976931348623157e308) return *this << (value < 0 ? "-inf" : "inf");
        if (size == 0 || (size >= 1e-3 && size < 1e4)) return fixed(value, 4);
        int exponent = 0;
        for (; size >= 9.995; size /= 10) ++exponent;
        for (; size < 0.9995; size *= 10) --exponent;
        fixed(value < 0 ? -size : size, 2) << (exponent < 0 ? "e-" : "e+");
        return integer(exponent < 0 ? -exponent : exponent, 0, 2);
    }
    /// How many a second: 7.25, 830, 41.2 k, 1.3 M.
    WEFT_COLD line& rate(double value) {
        if (!(value < 1e15)) return *this << "many";
        if (value < 10) return fixed(value, 2);
        if (value < 999.5) return fixed(value, 0);
        for (std::string_view const unit : {" k", " M", " G"})
            if ((value /= 1000) < 999.95 || unit == " G") return fixed(value, 1) << unit;
        return *this;
    }
    /// A length of time: 0:07, 12:30, 3:05:00.
    WEFT_COLD line& clock(double seconds) {
        if (!(seconds < 3.6e9)) return *this << "very long";
        auto const s = static_cast<std::int64_t>(seconds + 0.5);
        if (s >= 3600) integer(s / 3600) << ":";
        return (integer(s / 60 % 60, 0, s >= 3600 ? 2 : 1) << ":").integer(s % 60, 0, 2);
    }

private:
    char chars_[255];
    std::size_t size_ = 0;
};

}  // namespace weft::train::detail
