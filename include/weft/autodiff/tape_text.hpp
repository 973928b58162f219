// SPDX-License-Identifier: BSL-1.0
// A recording as text, a line for each statement: `12: v7 = 0.5 v3 - 2 v4`.
#pragma once

#include <cstdio>
#include <string>

#include <weft/autodiff/tape.hpp>

namespace weft {
namespace detail {

template <class T>
void append_number(std::string& s, T const& x) {
    if constexpr (std::is_arithmetic_v<T>) {
        char digits[40];
        std::snprintf(digits, sizeof digits, "%.6g", static_cast<double>(x));
        s += digits;
    } else {
        s += '(';
        append_number(s, x.value());
        for (int i = 0; i < x.size(); ++i) s += i ? ", " : "; ", append_number(s, x.derivative(i));
        s += ')';
    }
}

}  // namespace detail

/// What the tape holds, at most so many statements, in the order in which they were made. v7 names
/// an adjoint, a7 that of an array; `+=` says that a statement added to its variable.
template <class T, bool C>
std::string to_text(tape<T, C> const& t, std::size_t most = 1000) {
    auto const& r = t.recorded();
    auto const name = [](tape_index id) { return "v" + std::to_string(id); };
    std::string s = "inputs:";
    for (input_range const& i : t.input_ranges()) {
        s += ' ' + name(i.first);
        if (i.end - i.first > 1) s += ".." + name(i.end - 1);
    }
    s += '\n';
    tape_index const* id = r.id_stream.data();
    T const* partial = r.partial_stream.data();
    for (tape_index k = 0; k < r.statements; ++k) {
        if (k == most) return s + "... " + std::to_string(r.statements - k) + " more\n";
        detail::statement_code const code(r.ops[k]);
        s += std::to_string(k) + ": ";
        if (code.is_call) {
            text what;
            t.calls()[*id++].describe(what);
            s += what.view();
            s += '\n';
            continue;
        }
        s += name(id[code.arguments]) + (code.adds ? " +=" : " =");
        for (unsigned j = 0; j < code.arguments; ++j) {
            s += j ? " + " : " ";
            detail::append_number(s, *partial++);
            s += ' ' + name(*id++);
        }
        s += '\n';
        ++id;
    }
    return s;
}

}  // namespace weft
