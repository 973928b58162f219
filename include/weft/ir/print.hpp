// SPDX-License-Identifier: BSL-1.0
// A graph as text, one readable line a node, and as DOT. For people, and for the tests of passes,
// which compare what they made with what they should have made.
#pragma once

#include <weft/ir/graph.hpp>

namespace weft::ir {

/// `f32`, `bf16`, `i64`, `u8`, `bool`, `c128`.
constexpr std::string_view short_name(dtype t) {
    constexpr std::string_view names[] = {"bool", "i8",  "i16", "i32",  "i64", "u8",  "u16", "u32",
                                          "u64",  "bf16", "f16", "f32", "f64", "c64", "c128"};
    return names[static_cast<int>(t)];
}

/// Nine significant digits, as few as say it: `0.5`, `-3`, `1e-05`, `inf`.
constexpr void write_number(text& out, double x) {
    if (x != x) {
        out << "nan";
        return;
    }
    if (__builtin_bit_cast(std::uint64_t, x) >> 63) out << '-', x = -x;
    if (x > 1.7976931348623157e308) {
        out << "inf";
        return;
    }
    int exponent = 0;
    double scaled = x;
    while (scaled >= 10) scaled /= 10, ++exponent;
    while (scaled != 0 && scaled < 1) scaled *= 10, --exponent;
    auto digits = static_cast<std::int64_t>(scaled * 1e8 + 0.5);
    if (digits >= 1000000000) digits /= 10, ++exponent;
    int count = 9;
    while (count > 1 && digits % 10 == 0) digits /= 10, --count;
    char d[9] = {};
    for (int i = count - 1; i >= 0; --i) d[i] = static_cast<char>('0' + digits % 10), digits /= 10;
    bool const plain = exponent >= -4 && exponent < 9;
    int const point = plain ? exponent : 0;  // digits before the point, less one
    if (point < 0) out << "0.";
    for (int i = -1; i > point; --i) out << '0';
    for (int i = 0; i < count || i <= point; ++i) {
        if (i == point + 1 && point >= 0) out << '.';
        out << (i < count ? d[i] : '0');
    }
    if (plain) return;
    out << 'e' << (exponent < 0 ? '-' : '+');
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent < 10) out << '0';
    out << exponent;
}

namespace detail {

constexpr void write_list(text& out, std::string_view before, range<std::int64_t> numbers) {
    out << before;
    for (int i = 0; i < numbers.size(); ++i) out << (i ? ", " : "") << numbers[i];
}

/// What an operation keeps beside its operands: ` [axis 1]`.
constexpr void write_attributes(text& out, graph_view const& g, int n) {
    auto const a = g.attributes(n);
    std::string_view const name = g.nodes[n].op->name;
    if (a.empty()) return;
    if (g.kind(n) == kind::repeat) {
        out << (a[5] ? " [backwards, " : " [");
        g.extents.write(out, extent{a[1]});
        out << " times: " << a[2] << " carried, " << a[3] << " stacked, " << a[4] << " invariant]";
        return;
    }
    auto part = [&](std::int64_t first, std::int64_t count) {
        return range<std::int64_t>{a.first + first, static_cast<int>(count)};
    };
    if (g.kind(n) == kind::constant) {
        out << ' ';
        if (is_inexact(g.nodes[n].type))
            write_number(out, __builtin_bit_cast(double, a[0]));
        else
            out << a[0];
        return;
    }
    out << " [";
    if (g.kind(n) == kind::extent) {
        g.extents.write(out, extent{a[0]});
    } else if (g.kind(n) == kind::index || name == "concatenate") {
        out << "axis " << a[0];
    } else if (g.kind(n) == kind::reduction) {
        out << ((a[0] & (a[0] - 1)) ? "axes" : "axis");
        for (int i = 0, found = 0; i < 63; ++i)
            if (a[0] >> i & 1) out << (found++ ? ", " : " ") << i;
    } else if (name == "dot_general") {
        if (a[0] == 0) out << "outer";
        if (a[0] > 0) {
            write_list(out, "over ", part(2, a[0]));
            write_list(out, " x ", part(2 + a[0], a[0]));
        }
        if (a[1] > 0) {
            write_list(out, ", along ", part(2 + 2 * a[0], a[1]));
            write_list(out, " x ", part(2 + 2 * a[0] + a[1], a[1]));
        }
    } else if (name == "slice" || name == "pad") {
        for (int i = 0; i + 1 < a.size(); i += 2) {
            if (i) out << ", ";
            g.extents.write(out, extent{a[i]});
            if (a[i + 1] != 1) out << "::" << a[i + 1];
        }
    } else {
        write_list(out, "", a);
    }
    out << ']';
}

/// `add f32(2, 3)`.
constexpr void write_head(text& out, graph_view const& g, int n) {
    out << g.nodes[n].op->name << ' ' << short_name(g.nodes[n].type);
    write_shape(out, g, g.nodes[n].shape);
}

/// The lines of a graph, and, further in, those of its sub-graphs.
constexpr void write_lines(text& out, graph_view const& g, int depth) {
    auto const begin_line = [&] {
        for (int i = 0; i < depth; ++i) out << "    ";
    };
    for (int n = 0; n < g.nodes.size(); ++n) {
        begin_line();
        out << '%' << n << " = ";
        write_head(out, g, n);
        auto const operands = g.operands(n);
        for (int i = 0; i < operands.size(); ++i) out << (i ? ", %" : " %") << operands[i];
        if (g.kind(n) == kind::input && depth == 0)
            out << ' ' << g.name(static_cast<int>(g.attribute(n, 0)));
        else if (g.kind(n) != kind::input)
            write_attributes(out, g, n);
        if (g.nodes[n].scope >= 0 && !g.scopes.empty())
            out << "  # " << g.scope_name(g.nodes[n].scope);
        out << '\n';
        if (g.kind(n) == kind::repeat) write_lines(out, g.sub(g.region_of(n)), depth + 1);
    }
    begin_line();
    out << "return";
    for (int i = 0; i < g.outputs.size(); ++i) out << (i ? ", %" : " %") << g.outputs[i];
    out << '\n';
}

}  // namespace detail

/// One line a node, `%3 = add f32(32, 128) %1, %2  # encoder` where it stands in a scope, then the
/// outputs and the updates of inputs. The lines of a sub-graph follow its node, further in.
constexpr text print(graph_view const& g) {
    text out;
    detail::write_lines(out, g, 0);
    for (int i = 0; i < g.updates.size(); i += 2)
        out << "update " << g.name(g.updates[i]) << " = %" << g.updates[i + 1] << '\n';
    return out;
}

/// The graph in Graphviz' language: `dot -Tsvg`.
constexpr text print_dot(graph_view const& g) {
    text out;
    out << "digraph {\n  node [shape=box, style=rounded];\n";
    for (int n = 0; n < g.nodes.size(); ++n) {
        bool const input = g.kind(n) == kind::input;
        out << "  n" << n << " [label=\"";
        if (input) out << g.name(static_cast<int>(g.attribute(n, 0))) << "\\n";
        detail::write_head(out, g, n);
        if (!input) detail::write_attributes(out, g, n);
        out << (input ? "\", style=filled];\n" : "\"];\n");
        for (int o : g.operands(n)) out << "  n" << o << " -> n" << n << ";\n";
    }
    for (int i = 0; i < g.outputs.size(); ++i)
        out << "  out" << i << " [label=\"output " << i << "\", shape=plain];\n  n" << g.outputs[i]
            << " -> out" << i << ";\n";
    for (int i = 0; i < g.updates.size(); i += 2)
        out << "  n" << g.updates[i + 1] << " -> n" << g.inputs[g.updates[i]]
            << " [style=dashed, label=\"update\"];\n";
    out << "}\n";
    return out;
}

}  // namespace weft::ir
