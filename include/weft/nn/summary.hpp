// SPDX-License-Identifier: BSL-1.0
// A table of a model's layers: what each gives, its parameters, its share of the work. Computed
// while compiling, from the graph that a call traces; the text is made at run time.
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <weft/program/call.hpp>

namespace weft::nn {

namespace detail {

/// A layer of the summary: tensors whose paths differ in the last name only. Its part of the graph
/// goes from the first node that reads one of them to the next layer's; what it gives is the value
/// of the last node that reads one.
struct summary_row {
    std::int64_t parameters = 0;
    double flops = 0;
    weft::detail::kept_text<64> path{}, shape{};
};

/// Floating-point operations of a node; run-time extents count as one.
constexpr double flops_of(ir::graph_view const& g, int n, extent_table& extents) {
    auto const count = [](range<extent> shape) {
        double c = 1;
        for (extent e : shape) c *= e.is_static() ? static_cast<double>(e.value()) : 1;
        return c;
    };
    ir::operation const* const op = g.nodes[n].op;
    double const elements = count(g.shape_of(n));
    if (op->has_flops) {
        extent const e = op->flops(ir::sizing{g, n, extents});
        list<std::int64_t> const ones(64, 1);
        return static_cast<double>(e.is_static() ? e.value() : extents.evaluate(e, ones));
    }
    if (op->kind == ir::kind::reduction) return op->cost * count(g.shape_of(g.operand(n, 0)));
    return op->cost * elements;
}

template <class P, class M>
struct summary_of {
    static constexpr std::string_view group(std::string_view path) {
        std::size_t const dot = path.rfind('.');
        return dot == std::string_view::npos ? path : path.substr(0, dot);
    }
    static constexpr int most = [] {
        auto const g = P::traced.view();
        int n = 0;
        std::string_view last;
        for (int i = 0; i < g.inputs.size(); ++i) {
            std::string_view const its = group(g.name(i));
            if (its != last) ++n;
            last = its;
        }
        return n;
    }();
    struct table {
        std::array<summary_row, static_cast<std::size_t>(most)> rows;
        int count = 0;
        double flops = 0;
        std::int64_t parameters = 0;
    };

    /// Arguments are not layers: inputs called arg0, arg1, ... by the trace, and the random key.
    static constexpr bool is_argument(std::string_view path) {
        return path == "random key" || (path.size() > 3 && path.substr(0, 3) == "arg" &&
                                        path.find('.') == std::string_view::npos &&
                                        path.find('[') == std::string_view::npos);
    }
    /// Gives the nodes of a graph, run so many times, to layers.
    static constexpr void walk(table& t, ir::graph_view const& g, list<int>& row_of,
                               extent_table& extents, double times, int& current) {
        for (int n = 0; n < g.nodes.size(); ++n) {
            auto const kind = g.kind(n);
            if (kind == ir::kind::input || kind == ir::kind::constant) continue;
            if (kind == ir::kind::repeat) {
                ops::repeat const r = ops::repeat::of(g.attributes(n));
                ir::graph_view const body = g.sub(r.region);
                list<int> rows(body.nodes.size(), -1);
                for (int i = 0; i < body.inputs.size(); ++i)
                    rows[body.inputs[i]] = row_of[g.operand(n, i)];
                double const count =
                    r.count.is_static() ? static_cast<double>(r.count.value()) : 1;
                walk(t, body, rows, extents, times * count, current);
                continue;
            }
            int reads = -1;
            for (int o : g.operands(n)) reads = row_of[o] > reads ? row_of[o] : reads;
            if (kind == ir::kind::layout) {
                row_of[n] = reads;
                continue;
            }
            double const flops = times * flops_of(g, n, extents);
            t.flops += flops;
            if (reads >= 0) {
                current = reads;
                text shape;
                ir::write_shape(shape, g, g.nodes[n].shape);
                t.rows[static_cast<std::size_t>(reads)].shape = weft::detail::kept_text<64>(shape.view());
            }
            if (current >= 0) t.rows[static_cast<std::size_t>(current)].flops += flops;
        }
    }
    static constexpr table make() {
        auto const g = P::traced.view();
        list<char> trained;  // of each input: parameters, which states and settings are not
        M model{};
        for_each_leaf(model, [&]<class L>(L&) { trained.push(!is_state<L> && !is_setting<L>); });
        extent_table extents(g.extents);
        table t;
        list<int> row_of(g.nodes.size(), -1);  // of the inputs, and of layouts above them
        std::string_view last;
        for (int i = 0; i < g.inputs.size(); ++i) {
            std::string_view const path = g.name(i), its = group(path);
            if (is_argument(path)) continue;
            if (its != last || t.count == 0) {
                last = its;
                t.rows[static_cast<std::size_t>(t.count++)].path =
                    weft::detail::kept_text<64>(its.substr(0, 64));
            }
            row_of[g.inputs[i]] = t.count - 1;
            if (i >= trained.size() || !trained[i]) continue;
            std::int64_t elements = 1;
            for (extent e : g.shape_of(g.inputs[i])) elements *= e.is_static() ? e.value() : 1;
            t.rows[static_cast<std::size_t>(t.count - 1)].parameters += elements;
            t.parameters += elements;
        }
        int current = -1;
        walk(t, g, row_of, extents, 1, current);
        return t;
    }
    static constexpr table value = make();
};

inline void write_count(std::string& out, double n) {
    char text[32];
    char const* const unit[] = {"", " k", " M", " G", " T"};
    int at = 0;
    for (; n >= 1e4 && at < 4; ++at) n /= 1000;
    std::snprintf(text, sizeof text, at ? "%9.1f%s" : "%9.0f  ", n, unit[at]);
    out += text;
}
inline void write_cell(std::string& out, std::string_view s, std::size_t width) {
    out += s;
    if (s.size() < width) out.append(width - s.size(), ' ');
    out += "  ";
}
[[gnu::noinline]] inline std::string summary_text(summary_row const* rows, int count, double flops,
                                                  std::int64_t parameters, std::int64_t bytes,
                                                  std::int64_t workspace) {
    std::size_t path = 5, shape = 6;
    for (int i = 0; i < count; ++i) {
        path = rows[i].path.view().size() > path ? rows[i].path.view().size() : path;
        shape = rows[i].shape.view().size() > shape ? rows[i].shape.view().size() : shape;
    }
    std::string out;
    write_cell(out, "layer", path), write_cell(out, "result", shape);
    out += "parameters   operations\n";
    for (int i = 0; i < count; ++i) {
        write_cell(out, rows[i].path.view(), path), write_cell(out, rows[i].shape.view(), shape);
        write_count(out, static_cast<double>(rows[i].parameters));
        write_count(out, rows[i].flops), out += '\n';
    }
    write_cell(out, "all", path), write_cell(out, "", shape);
    write_count(out, static_cast<double>(parameters)), write_count(out, flops);
    out += "\n" + std::to_string(bytes) + " bytes of parameters, ";
    out += workspace < 0 ? std::string("a workspace of run-time size\n")
                         : std::to_string(workspace) + " bytes of workspace\n";
    return out;
}

}  // namespace detail

/// A table of the layers of a model on arguments of these types: the shape that each gives, its
/// parameters, its floating-point operations in one call, and the memory of parameters and
/// workspace. A layer is what holds tensors beside each other; operations behind it, up to the next
/// layer, count as its own. Run-time extents count as one.
///
///     std::puts(nn::summary(net, image).c_str());
template <class M, class... A>
std::string summary(M& model, A const&...) {
    using P = program<weft::detail::apply_model, std::remove_const_t<M>, A...>;
    if constexpr (P::fits()) {
        constexpr auto const& t = detail::summary_of<P, std::remove_const_t<M>>::value;
        std::int64_t bytes = 0;
        for_each_leaf(model, [&]<class L>(L& leaf) {
            if constexpr (!is_setting<L> && !is_state<L>)
                bytes += leaf.size() * static_cast<std::int64_t>(sizeof(typename L::value_type));
        });
        return detail::summary_text(t.rows.data(), t.count, t.flops, t.parameters, bytes,
                                    P::workspace_bytes);
    } else {
        return {};
    }
}

}  // namespace weft::nn
