// SPDX-License-Identifier: BSL-1.0
// Extents: the sizes of axes, known or expressions over symbols that are bound at run time, and the
// read-only form of their table, which evaluates and prints them. See core/extent.hpp for the table
// that makes them.
#pragma once

#include <cstdint>
#include <string_view>

#include <weft/core/list.hpp>
#include <weft/core/text.hpp>

namespace weft {

/// The size of an axis. A code >= 0 is the size; -1 - k is expression k of an extent_table, which
/// is also how a negative constant is kept. Within one table, equal expressions have equal codes.
struct extent {
    std::int64_t code;

    constexpr bool is_static() const { return code >= 0; }
    /// The size, where it is static.
    constexpr std::int64_t value() const { return code; }
    friend constexpr bool operator==(extent, extent) = default;
};

/// Two extents that a program takes to be equal: to be checked once at the entry of a call.
struct extent_constraint {
    extent left, right;
};

enum class extent_fault : std::uint8_t {
    none,
    overflow,
    division_by_zero,
    unbound_symbol,
    negative_symbol
};

/// The value of an extent, or what went wrong (then the value is 0).
struct extent_result {
    std::int64_t value;
    extent_fault fault;
};

namespace detail {

// The first word of an expression. What follows: the terms of a sum, each a coefficient, a number
// of factors and the factors' codes; the index of a symbol, and 1 if it may be negative; the
// operands' codes.
enum class extent_kind : std::int64_t { sum, symbol, floor_divide, minimum, maximum };

/// Of the sizes of both; a where b is 0.
constexpr std::int64_t greatest_divisor(std::int64_t a, std::int64_t b) {
    for (a = a < 0 ? -a : a, b = b < 0 ? -b : b; b;) {
        std::int64_t const rest = a % b;
        a = b, b = rest;
    }
    return a;
}

constexpr extent_result floor_divide(std::int64_t a, std::int64_t b) {
    if (b == 0) return {0, extent_fault::division_by_zero};
    if (b == -1) {
        std::int64_t r;
        return __builtin_sub_overflow(std::int64_t{0}, a, &r)
                   ? extent_result{0, extent_fault::overflow}
                   : extent_result{r, extent_fault::none};
    }
    return {a / b - ((a % b != 0) && ((a < 0) != (b < 0))), extent_fault::none};
}

}  // namespace detail

/// A frozen extent_table: what a finished graph keeps. Operands of an expression have smaller
/// numbers than the expression, so that evaluation is one forward pass.
struct extent_view {
    range<std::int64_t> words;
    range<int> starts;  ///< of each expression, and the end of the last
    range<extent_constraint> constraints;

    constexpr int expressions() const { return starts.count ? starts.count - 1 : 0; }

    /// The value under `symbols`, the sizes bound to symbol 0, 1, ...
    constexpr extent_result checked_evaluate(extent e, range<std::int64_t> symbols) const {
        if (e.is_static()) return {e.code, extent_fault::none};
        int const last = static_cast<int>(-1 - e.code);
        if (is_flat(last)) return evaluate_one(last, symbols, nullptr);
        list<extent_result> values;
        values.reserve(last + 1);
        for (int k = 0; k <= last; ++k) values.push(evaluate_one(k, symbols, values.data()));
        return values.back();
    }
    /// The value under `symbols`; 0 where it overflows, divides by zero or misses a symbol.
    constexpr std::int64_t evaluate(extent e, range<std::int64_t> symbols) const {
        return checked_evaluate(e, symbols).value;
    }
    /// The values of all expressions: extent e has the value of number -1 - e.code.
    constexpr list<extent_result> evaluate_all(range<std::int64_t> symbols) const {
        list<extent_result> values;
        values.reserve(expressions());
        for (int k = 0; k < expressions(); ++k)
            values.push(evaluate_one(k, symbols, values.data()));
        return values;
    }
    /// The number of the first constraint that `symbols` break, or -1.
    constexpr int first_broken(range<std::int64_t> symbols) const {
        for (int i = 0; i < constraints.count; ++i) {
            extent_result const a = checked_evaluate(constraints[i].left, symbols),
                                b = checked_evaluate(constraints[i].right, symbols);
            if (a.value != b.value || a.fault != b.fault || a.fault != extent_fault::none) return i;
        }
        return -1;
    }

    /// Appends the extent as text, "n0 + 2*n1": symbols by `names`, those beyond them as n<index>.
    /// `a//b` is division rounded down.
    WEFT_COLD constexpr void write(text& out, extent e, range<std::string_view> names = {}) const {
        using enum detail::extent_kind;
        if (e.is_static()) {
            out << e.code;
            return;
        }
        range<std::int64_t> const r = record(static_cast<int>(-1 - e.code));
        auto const kind = static_cast<detail::extent_kind>(r[0]);
        if (kind == symbol) {
            if (r[1] < names.count)
                out << names[static_cast<int>(r[1])];
            else
                out << 'n' << r[1];
        } else if (kind == floor_divide) {
            write_factor(out, {r[1]}, names);
            out << "//";
            write_factor(out, {r[2]}, names);
        } else if (kind == sum) {
            for (int p = 1; p < r.count; p += 2 + static_cast<int>(r[p + 1])) {
                std::int64_t const c = r[p], degree = r[p + 1], size = c < 0 ? -c : c;
                out << (p == 1 ? c < 0 ? "-" : "" : c < 0 ? " - " : " + ");
                if (size != 1 || degree == 0) out << size << (degree ? "*" : "");
                for (int i = 0; i < degree; ++i) {
                    if (i) out << '*';
                    write_factor(out, {r[p + 2 + i]}, names);
                }
            }
        } else {
            out << (kind == minimum ? "min(" : "max(");
            for (int i = 1; i < r.count; ++i) {
                if (i > 1) out << ", ";
                write(out, {r[i]}, names);
            }
            out << ')';
        }
    }

    /// The index of the symbol that expression k is; -1 if it is another expression.
    constexpr int symbol_of(int k) const {
        range<std::int64_t> const r = record(k);
        bool const is = static_cast<detail::extent_kind>(r[0]) == detail::extent_kind::symbol;
        return is ? static_cast<int>(r[1]) : -1;
    }
    constexpr range<std::int64_t> record(int k) const {
        return {words.first + starts[k], starts[k + 1] - starts[k]};
    }

private:
    constexpr detail::extent_kind kind_of(std::int64_t code) const {
        return static_cast<detail::extent_kind>(words[starts[static_cast<int>(-1 - code)]]);
    }
    WEFT_COLD constexpr void write_factor(text& out, extent e,
                                          range<std::string_view> names) const {
        bool const bare = e.is_static() || (kind_of(e.code) != detail::extent_kind::sum &&
                                            kind_of(e.code) != detail::extent_kind::floor_divide);
        if (!bare) out << '(';
        write(out, e, names);
        if (!bare) out << ')';
    }
    constexpr bool is_leaf(std::int64_t code) const {
        return code >= 0 || kind_of(code) == detail::extent_kind::symbol;
    }
    /// Has only constants and symbols as operands: can be evaluated without memory.
    constexpr bool is_flat(int k) const {
        range<std::int64_t> const r = record(k);
        auto const kind = static_cast<detail::extent_kind>(r[0]);
        if (kind == detail::extent_kind::symbol) return true;
        if (kind == detail::extent_kind::sum) {
            for (int p = 1; p < r.count; p += 2 + static_cast<int>(r[p + 1]))
                for (int i = 0; i < r[p + 1]; ++i)
                    if (!is_leaf(r[p + 2 + i])) return false;
        } else {
            for (int i = 1; i < r.count; ++i)
                if (!is_leaf(r[i])) return false;
        }
        return true;
    }
    constexpr extent_result operand(std::int64_t code, range<std::int64_t> symbols,
                                    extent_result const* values) const {
        return code >= 0 ? extent_result{code, extent_fault::none}
               : values  ? values[-1 - code]
                         : evaluate_one(static_cast<int>(-1 - code), symbols, nullptr);
    }
    // Not inlined into itself, which compilers like to do several times.
    __attribute__((noinline)) constexpr extent_result evaluate_one(
        int k, range<std::int64_t> symbols, extent_result const* values) const {
        using enum detail::extent_kind;
        range<std::int64_t> const r = record(k);
        auto const kind = static_cast<detail::extent_kind>(r[0]);
        if (kind == symbol) {
            if (r[1] >= symbols.count) return {0, extent_fault::unbound_symbol};
            std::int64_t const value = symbols[static_cast<int>(r[1])];
            return value < 0 && r.count == 2 ? extent_result{0, extent_fault::negative_symbol}
                             : extent_result{value, extent_fault::none};
        }
        if (kind == sum) {
            std::int64_t total = 0;
            for (int p = 1; p < r.count; p += 2 + static_cast<int>(r[p + 1])) {
                std::int64_t product = r[p];
                bool overflow = false;
                for (int i = 0; i < r[p + 1]; ++i) {
                    extent_result const x = operand(r[p + 2 + i], symbols, values);
                    if (x.fault != extent_fault::none) return x;
                    overflow |= __builtin_mul_overflow(product, x.value, &product);
                }
                if (overflow || __builtin_add_overflow(total, product, &total))
                    return {0, extent_fault::overflow};
            }
            return {total, extent_fault::none};
        }
        extent_result a = operand(r[1], symbols, values);
        for (int i = 2; i < r.count && a.fault == extent_fault::none; ++i) {
            extent_result const b = operand(r[i], symbols, values);
            if (b.fault != extent_fault::none) return b;
            if (kind == floor_divide) return detail::floor_divide(a.value, b.value);
            if (kind == minimum ? b.value < a.value : b.value > a.value) a = b;
        }
        return a;
    }
};

}  // namespace weft
