// SPDX-License-Identifier: BSL-1.0
// Tensors and views as text, as NumPy prints arrays with four decimals: aligned columns, one
// exponent for all where magnitudes differ much, `...` in place of most of more than 1000 elements.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>
#include <version>

#include <weft/tensor/state.hpp>
#include <weft/tensor/tensor.hpp>
#include <weft/tensor/view.hpp>

namespace weft {

/// How arrays are written; NumPy's np.printoptions. `to_string(a, {.precision = 8})`.
struct print_options {
    int precision = 4;              ///< digits after the point, at most
    std::int64_t threshold = 1000;  ///< of more elements only those at the edges are shown
    std::int64_t edge = 3;          ///< so many at each edge of an axis
    int width = 75;                 ///< characters in a line
    bool suppress = false;          ///< no exponents, however small numbers are
};

namespace detail {

/// What is printed, with the type of its elements as a value: one printer serves all tensors.
struct printed {
    dtype type;
    int rank;
    std::int64_t const* extents;
    std::int64_t const* strides;
    void const* data;
};

inline double number_of(std::string_view s) {
#ifdef __cpp_lib_to_chars
    double x = 0;
    std::from_chars(s.data(), s.data() + s.size(), x);
    return x;
#else  // libc++ before 20 reads integers only
    return std::strtod(std::string(s).c_str(), nullptr);
#endif
}

inline std::string shortest(double x, dtype type, std::chars_format format) {
    char buffer[512];
    auto const made = [&](auto value, auto... how) {
        return std::string_view(
            buffer, static_cast<std::size_t>(
                        std::to_chars(buffer, buffer + 512, value, how...).ptr - buffer));
    };
    if (type == dtype::f64 || type == dtype::c128) return std::string(made(x, format));
    if (type != dtype::f16 && type != dtype::bf16)
        return std::string(made(static_cast<float>(x), format));
    double decimal = x;
    for (int digits = 0; digits < 6; ++digits) {
        auto const s = made(x, std::chars_format::scientific, digits);
        decimal = number_of(s);
        if (type == dtype::f16 ? f16(decimal).bits == f16(x).bits
                               : bf16(decimal).bits == bf16(x).bits)
            break;
    }
    return std::string(made(decimal, format));
}

/// The digits before and after the point, and the exponent with its sign: `-1`, `25`, `+02`.
struct number_parts {
    std::string whole, fraction, exponent;

    explicit number_parts(std::string_view s) {
        auto const e = s.find('e'), point = std::min(s.find('.'), e);
        whole = s.substr(0, point);
        if (point < s.size() && s[point] == '.') fraction = s.substr(point + 1, e - point - 1);
        if (e != s.npos) exponent = s.substr(e + 1);
    }
};

inline number_parts rounded(double x, std::chars_format format, std::size_t precision) {
    char buffer[512];
    auto const end =
        std::to_chars(buffer, buffer + 512, x, format, static_cast<int>(precision)).ptr;
    return number_parts({buffer, static_cast<std::size_t>(end - buffer)});
}

/// As few digits as tell the number from its neighbours, and at most so many after the point.
inline number_parts parts_of(double x, dtype type, std::chars_format format,
                             std::size_t precision) {
    number_parts p(shortest(x, type, format));
    if (p.fraction.size() > precision) {
        p = rounded(x, format, precision);
        p.fraction.resize(p.fraction.find_last_not_of('0') + 1);
    }
    return p;
}

/// How the numbers of one array are written: all in the same way, so that columns align.
class number_format {
public:
    number_format(std::vector<double> const& numbers, dtype type, bool plus,
                  print_options const& how)
        : type_(type), plus_(plus), precision_(static_cast<std::size_t>(how.precision)) {
        double largest = 0, smallest = 0;
        bool finite = false, negative_infinity = false, not_finite = false;
        for (double const x : numbers) {
            finite |= std::isfinite(x);
            not_finite |= !std::isfinite(x);
            negative_infinity |= std::isinf(x) && x < 0;
            if (!std::isfinite(x) || x == 0) continue;
            largest = std::max(largest, std::fabs(x));
            smallest = smallest == 0 ? std::fabs(x) : std::min(smallest, std::fabs(x));
        }
        bool const wide = type == dtype::f64 || type == dtype::c128;
        bool const narrow = type == dtype::f16 || type == dtype::bf16;
        if (largest > 0 && !how.suppress)
            scientific_ =
                largest >= (wide     ? 1e8
                            : narrow ? 1e3
                                     : 1e6) ||
                (wide ? smallest < 1e-4 : static_cast<float>(smallest) < 1e-4f) ||
                (wide ? largest / smallest > 1000
                      : static_cast<float>(largest) / static_cast<float>(smallest) > 1000);
        for (double const x : numbers)
            if (std::isfinite(x)) {
                auto const p = signed_parts(x);
                left_ = std::max(left_, p.whole.size());
                fraction_ = std::max(fraction_, p.fraction.size());
                exponent_ = std::max(exponent_, p.exponent.size());
            }
        right_ = scientific_ ? fraction_ + exponent_ + 1 : fraction_;
        std::size_t const sign = plus || negative_infinity;
        if (not_finite)
            left_ = std::max(left_, std::max<std::size_t>(3 + sign, right_ + 2) - right_ - 1);
        if (!finite) right_ = 0, left_ = 2 + sign;
    }

    std::string operator()(double x) const {
        std::size_t const width = left_ + 1 + right_;
        std::string s;
        if (!std::isfinite(x)) {
            s = std::isnan(x) ? "nan" : "inf";
            if (std::isinf(x) && x < 0)
                s.insert(0, 1, '-');
            else if (plus_)
                s.insert(0, 1, '+');
        } else {
            auto p = signed_parts(x);
            if (scientific_) {
                if (p.fraction.size() < fraction_)
                    p = with_sign(rounded(x, std::chars_format::scientific, fraction_));
                p.exponent.insert(1, exponent_ - p.exponent.size(), '0');
            }
            s = p.whole + '.' + p.fraction;
            if (scientific_) s += 'e' + p.exponent;
            s.insert(0, left_ - p.whole.size(), ' ');
            s.resize(std::max(s.size(), width), ' ');
        }
        if (s.size() < width) s.insert(0, width - s.size(), ' ');
        return s;
    }

private:
    number_parts with_sign(number_parts p) const {
        if (plus_ && p.whole[0] != '-') p.whole.insert(0, 1, '+');
        return p;
    }
    number_parts signed_parts(double x) const {
        auto const format = scientific_ ? std::chars_format::scientific : std::chars_format::fixed;
        return with_sign(parts_of(x, type_, format, precision_));
    }

    dtype type_;
    bool plus_, scientific_ = false;
    std::size_t precision_;
    std::size_t left_ = 0, fraction_ = 0, exponent_ = 0, right_ = 0;
};

class array_printer {
public:
    array_printer(printed const& array, print_options const& how) : array_(array), how_(how) {
        std::int64_t count = 1;
        for (int a = 0; a < array.rank; ++a) count *= array.extents[a];
        if (count == 0) {
            text_ = "[]";
            return;
        }
        summarised_ = count > how.threshold;
        collect(static_cast<char const*>(array.data), 0);
        make_cells();
        text_ = array.rank == 0 ? cells_[0] : write(0, " ", static_cast<std::size_t>(how.width));
    }
    std::string const& text() const { return text_; }

private:
    // Positions along an axis that are printed: all, or those at both edges.
    bool cut(int axis) const { return summarised_ && array_.extents[axis] > 2 * how_.edge; }
    template <class F>
    void along(int axis, F f) const {
        std::int64_t const n = array_.extents[axis];
        for (std::int64_t i = 0; i < n; ++i)
            if (!cut(axis) || i < how_.edge || i >= n - how_.edge) f(i);
    }

    void collect(char const* at, int axis) {
        if (axis == array_.rank)
            elements_.push_back(at);
        else
            along(axis, [&](std::int64_t i) {
                collect(at + i * array_.strides[axis] * size_of(array_.type), axis + 1);
            });
    }

    template <class T>
    static T load(char const* at) {
        T value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    // Part 1 is an imaginary part.
    double real_number(char const* at, int part = 0) const {
        switch (array_.type) {
            case dtype::bf16:
                return static_cast<double>(load<bf16>(at));
            case dtype::f16:
                return static_cast<double>(load<f16>(at));
            case dtype::f32:
            case dtype::c64:
                return static_cast<double>(load<float>(at + 4 * part));
            default:
                return load<double>(at + 8 * part);
        }
    }
    std::string integer(char const* at) const {
        switch (array_.type) {
            case dtype::int8:
                return std::to_string(load<std::int8_t>(at));
            case dtype::int16:
                return std::to_string(load<std::int16_t>(at));
            case dtype::int32:
                return std::to_string(load<std::int32_t>(at));
            case dtype::int64:
                return std::to_string(load<std::int64_t>(at));
            case dtype::uint8:
                return std::to_string(load<std::uint8_t>(at));
            case dtype::uint16:
                return std::to_string(load<std::uint16_t>(at));
            case dtype::uint32:
                return std::to_string(load<std::uint32_t>(at));
            default:
                return std::to_string(load<std::uint64_t>(at));
        }
    }

    /// A number that stands alone shows all of its digits.
    std::string scalar(double x, bool imaginary = false) const {
        if (!std::isfinite(x)) return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf";
        bool const fixed = x == 0 || (std::fabs(x) >= 1e-4 && std::fabs(x) < 1e16);
        std::string s = shortest(x, array_.type,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
        return fixed && !imaginary && s.find('.') == s.npos ? s + ".0" : s;
    }

    void make_cells() {
        bool const alone = array_.rank == 0;
        if (array_.type == dtype::boolean) {
            for (char const* at : elements_)
                cells_.push_back(load<unsigned char>(at) ? alone ? "True" : " True" : "False");
        } else if (is_integer(array_.type)) {
            std::size_t width = 0;
            for (char const* at : elements_) {
                cells_.push_back(integer(at));
                width = std::max(width, cells_.back().size());
            }
            for (auto& cell : cells_) cell.insert(0, width - cell.size(), ' ');
        } else if (alone) {
            double const x = real_number(elements_[0]);
            if (!is_complex(array_.type)) {
                cells_.push_back(scalar(x));
            } else {
                double const y = real_number(elements_[0], 1);
                cells_.push_back('(' + scalar(x, true) + (std::signbit(y) ? "" : "+") +
                                 scalar(y, true) + "j)");
            }
        } else {
            std::vector<double> real, imaginary;
            for (char const* at : elements_) {
                real.push_back(real_number(at));
                if (is_complex(array_.type)) imaginary.push_back(real_number(at, 1));
            }
            number_format const first(real, array_.type, false, how_);
            number_format const second(imaginary, array_.type, true, how_);
            for (std::size_t i = 0; i < real.size(); ++i) {
                cells_.push_back(first(real[i]));
                if (imaginary.empty()) continue;
                std::string s = second(imaginary[i]);
                s.insert(s.find_last_not_of(' ') + 1, 1, 'j');
                cells_.back() += s;
            }
        }
    }

    static void extend(std::string& done, std::string& line, std::string_view word,
                       std::size_t width, std::string const& indent) {
        if (line.size() + word.size() > width && line.size() > indent.size()) {
            done += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
            line = indent;
        }
        line += word;
    }

    std::string write(int axis, std::string const& indent, std::size_t width) {
        std::string out;
        std::int64_t const n = array_.extents[axis];
        if (axis + 1 == array_.rank) {
            std::string line = indent;
            along(axis, [&](std::int64_t i) {
                if (cut(axis) && i == n - how_.edge) {
                    extend(out, line, "...", width - 1, indent);
                    line += ' ';
                }
                extend(out, line, cells_[next_++], width - 1, indent);
                if (i + 1 < n) line += ' ';
            });
            out += line;
        } else {
            std::string const gap(static_cast<std::size_t>(array_.rank - axis - 1), '\n');
            along(axis, [&](std::int64_t i) {
                if (cut(axis) && i == n - how_.edge) out += indent + "..." + gap;
                out += indent + write(axis + 1, indent + ' ', width - 1);
                if (i + 1 < n) out += gap;
            });
        }
        return '[' + out.substr(indent.size()) + ']';
    }

    printed array_;
    print_options how_;
    bool summarised_ = false;
    std::vector<char const*> elements_;
    std::vector<std::string> cells_;
    std::size_t next_ = 0;
    std::string text_;
};

}  // namespace detail

/// The text that `<<` writes.
template <class T, std::int64_t... E>
std::string to_string(view<T, E...> const& v, print_options const& how = {}) {
    return detail::array_printer({dtype_of<std::remove_const_t<T>>, v.rank, v.shape().data(),
                                  v.strides().data(), v.data()},
                                 how)
        .text();
}
template <class T, std::int64_t... E>
std::string to_string(tensor<T, E...> const& t, print_options const& how = {}) {
    return t.empty() ? "[]" : to_string(t.view(), how);
}
/// Of the value of an expression; include program/eager.hpp.
template <class F, class... X>
std::string to_string(ir::expression<F, X...> const& e, print_options const& how = {}) {
    return to_string(typename detail::evaluated<ir::expression<F, X...>>::type(e), how);
}

template <class T, std::int64_t... E>
std::ostream& operator<<(std::ostream& out, view<T, E...> const& v) {
    return out << to_string(v);
}
template <class T, std::int64_t... E>
std::ostream& operator<<(std::ostream& out, tensor<T, E...> const& t) {
    return out << to_string(t);
}
template <class F, class... X>
std::ostream& operator<<(std::ostream& out, ir::expression<F, X...> const& e) {
    return out << to_string(e);
}
template <class T>
std::ostream& operator<<(std::ostream& out, setting<T> const& s) {
    return out << tensor<T>(s.value());
}

}  // namespace weft
