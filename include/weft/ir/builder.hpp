// SPDX-License-Identifier: BSL-1.0
// Builds a graph node by node: equal nodes become one (hash-consing), the first mistake is
// recorded as a sentence, and context (mode, random key, scope) travels with the symbols. The body
// of a sub-graph has a builder of its own, inside of the one around it.
#pragma once

#include <cstdint>
#include <string_view>

#include <weft/core/hash_index.hpp>
#include <weft/ir/graph.hpp>

namespace weft {

namespace ir {
class builder;
}

/// A value of a graph under construction: what traced functions and models compute with.
class symbol {
public:
    constexpr symbol() = default;
    constexpr symbol(ir::builder* b, int id) : builder_(b), id_(id) {}

    constexpr ir::builder* builder() const { return builder_; }
    constexpr int id() const { return id_; }
    /// False for the default symbol and for one that a mistake has poisoned.
    constexpr bool valid() const { return id_ >= 0; }
    /// This value where the trace stands: in the body of a repeat or of a checkpoint, a value of
    /// the trace around it is an input of the body.
    constexpr symbol traced() const;
    /// This value as it is.
    constexpr symbol bound() const { return *this; }

    constexpr ir::node const& node() const;
    constexpr dtype type() const;
    constexpr int rank() const;
    constexpr extent size(int axis) const;

    /// A traced value has no number that C++ could branch on.
    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr operator T() const {
        static_assert(!(sizeof(T) && std::is_same_v<T, bool>),
                      "weft: a traced value cannot decide a branch, it has no number while the "
                      "graph is built: use where(condition, a, b) in place of if, "
                      "while and ?:");
        static_assert(!(sizeof(T) && !std::is_same_v<T, bool>),
                      "weft: a traced value is not a C++ number, it has none while the graph is "
                      "built: keep it as auto, and use weft's functions in place of std's");
        return {};
    }

private:
    ir::builder* builder_ = nullptr;
    int id_ = -1;
};

/// Something that stands for a node while a function is traced: symbols, tensors, settings.
template <class T>
concept Traced = requires(T const& t) {
    { t.traced() } -> std::same_as<symbol>;
};

/// Whether T has elements at run time: tensors, views, and expressions of these. Operations on them
/// alone are eager expressions: see tensor/expression.hpp.
template <class T>
inline constexpr bool is_concrete = false;
template <class T>
concept Concrete = is_concrete<std::remove_cvref_t<T>>;

/// Something that stands for a node only.
template <class T>
concept Symbolic = Traced<T> && !Concrete<T>;

namespace ir {

template <class Op>
inline constexpr operation const* op = &descriptor<Op>;

/// The leaf whose buffer is bound at the call; its attribute is the input's number.
struct input_op : operation_base {
    static constexpr std::string_view name = "input";
    static constexpr auto kind = ir::kind::input;
    static constexpr int arity = 0, cost = 0;
};

/// One value repeated over a shape; its attribute holds the bits of the value as a double, or
/// the value itself for integers and booleans.
struct constant_op : operation_base {
    static constexpr std::string_view name = "constant";
    static constexpr auto kind = ir::kind::constant;
    static constexpr int arity = 0, cost = 0;
};

/// The number that a run-time extent is bound to, repeated over a shape; its attribute is the
/// extent.
struct extent_op : operation_base {
    static constexpr std::string_view name = "extent";
    static constexpr auto kind = ir::kind::extent;
    static constexpr int arity = 0, cost = 0;
};

class builder {
public:
    constexpr builder() = default;
    builder(builder const&) = delete;
    builder& operator=(builder const&) = delete;
    constexpr ~builder() {
        for (builder* b : bodies_) delete b;
    }

    /// Layers ask for it: dropout and batch norm differ between training and inference.
    bool training = false;
    /// Indices are looked at when the program runs: see ops/checked.hpp.
    bool checked = false;
    /// The random key of this call, an input of two uint32; invalid until `random_key` is asked.
    symbol key{};
    /// The scope of the nodes that are made, a number of the graph's scopes; -1: none.
    int scope = -1;

    constexpr graph const& result() const { return graph_; }
    constexpr graph& result() { return graph_; }
    constexpr graph_view view() const {
        graph_view v = graph_;
        if (around_) v.extents = root_->graph_.extents.view();
        return v;
    }
    /// All bodies have those of the program.
    constexpr extent_table& extents() { return root_->graph_.extents; }

    // --- bodies of sub-graphs ---

    /// A value of an outer builder that a body uses, and the body's input for it.
    struct captured {
        symbol outer, inner;
    };

    /// Begins the body of a sub-graph: until it is closed, it is where the trace stands.
    constexpr builder& open_body() {
        builder* const inner = new builder;
        root_->bodies_.push(inner);
        inner->root_ = root_, inner->around_ = this;
        inner->training = training, inner->checked = checked, inner->scope = scope;
        active_ = false, root_->current_ = inner;
        return *inner;
    }
    /// Ends this body; its symbols stand for nothing from here on.
    constexpr void close_body() {
        active_ = false, around_->active_ = true, root_->current_ = around_;
    }
    /// Whether the trace stands in this graph, and not in a body inside of it.
    constexpr bool is_active() const { return active_; }
    /// Where the trace stands: in this graph, or in a body.
    constexpr builder& innermost() { return *root_->current_; }
    /// Node n of this graph where the trace stands.
    constexpr symbol seen_from_inside(int n) { return root_->current_->capture({this, n}); }
    /// A value of a graph around this one, as an input of this one: each has one.
    constexpr symbol capture(symbol s);
    constexpr range<captured> captures() const { return captures_; }

    /// The body is run several times: each iteration draws other random numbers. A body that runs
    /// once has the iteration of what is around it.
    bool repeats = false;
    symbol iteration{};
    /// What tells the iteration, an input of the body; not valid where nothing is repeated.
    constexpr symbol iteration_number() {
        if (!around_) return {};
        if (!repeats) return capture(around_->iteration_number());
        if (!iteration.valid()) iteration = input(dtype::uint32, {}, "iteration");
        return iteration;
    }
    /// The random key, asked for by the first draw.
    constexpr symbol random_key() {
        if (key.valid()) return key;
        extent const two{2};
        key = around_ ? capture(around_->random_key())
                      : input(dtype::uint32, {&two, 1}, "random key");
        return key;
    }

    // --- scopes ---

    /// The number of the scope `name` inside of the current one; a name that begins with the path
    /// of the current one is a path itself.
    constexpr int scope_in(std::string_view name) {
        graph& g = root_->graph_;
        std::string_view const outer = g.view().scope_name(scope);
        bool const inside = name.size() > outer.size() && name.substr(0, outer.size()) == outer &&
                            (name[outer.size()] == '.' || name[outer.size()] == '[');
        bool const whole = outer.empty() || inside;
        text path(whole ? std::string_view{} : outer);
        if (!whole) path << '.';
        path << name;
        for (int i = 0; i < g.scopes.size(); ++i)
            if (g.view().scope_name(i) == path.view()) return i;
        return add_scope(path.view());
    }
    constexpr int add_scope(std::string_view path) {
        graph& g = root_->graph_;
        int const count = static_cast<int>(path.size());
        g.scopes.push({{g.name_pool.size(), count}, 0});
        g.name_pool.append({path.data(), count});
        return g.scopes.size() - 1;
    }
    /// Takes over the scopes of a graph, under the same numbers.
    constexpr void copy_scopes(graph_view const& g) {
        for (int i = 0; i < g.scopes.size(); ++i) add_scope(g.scope_name(i));
    }
    /// A number for each random draw, so that two equal layers draw different numbers: from the
    /// path of the scope, and how many draws came before in it.
    constexpr std::uint32_t next_draw() {
        constexpr std::uint32_t step = 0x9E3779B9u;
        if (scope < 0) return step * static_cast<std::uint32_t>(root_->draws_++);
        named_scope& its = root_->graph_.scopes[scope];
        std::uint32_t const path = hash(root_->graph_.view().scope_name(scope));
        return path * 0x85EBCA77u + step * static_cast<std::uint32_t>(its.draws++);
    }

    // --- sub-graphs ---

    /// Takes over a finished graph as a sub-graph; its number.
    constexpr int add_region(graph_view const& g) {
        list<int> shapes(g.shapes.size(), -1);
        list<int> inside;  // the new numbers of its own sub-graphs, in the order of its nodes
        for (int n = 0; n < g.nodes.size(); ++n)
            if (g.kind(n) == kind::repeat) inside.push(add_region(g.sub(g.region_of(n))));
        int const first = graph_.region_nodes.size(), ports = graph_.region_ports.size();
        int next = 0;
        for (int n = 0; n < g.nodes.size(); ++n) {
            node x = g.nodes[n];
            if (shapes[x.shape] < 0) shapes[x.shape] = shape(g.shape(x.shape));
            x.shape = shapes[x.shape];
            x.operands = graph_.operand_pool.size();
            x.attributes = graph_.attribute_pool.size();
            graph_.operand_pool.append(g.operands(n));
            graph_.attribute_pool.append(g.attributes(n));
            if (x.op->kind == kind::repeat) graph_.attribute_pool[x.attributes] = inside[next++];
            graph_.region_nodes.push(x);
        }
        graph_.region_ports.append(g.inputs);
        graph_.region_ports.append(g.outputs);
        return graph_.regions.push({{first, g.nodes.size()},
                                    {ports, g.inputs.size()},
                                    {ports + g.inputs.size(), g.outputs.size()}});
    }
    /// The nodes of another graph on other inputs, as part of this one; its outputs.
    constexpr list<symbol> inline_graph(graph_view const& g, range<symbol> inputs) {
        int const scope_here = scope;
        list<int> place(g.nodes.size(), -1), shapes(g.shapes.size(), -1), operands;
        for (int i = 0; i < g.inputs.size(); ++i) place[g.inputs[i]] = inputs[i].id();
        for (int n = 0; n < g.nodes.size(); ++n) {
            if (place[n] >= 0) continue;
            node const x = g.nodes[n];
            if (shapes[x.shape] < 0) shapes[x.shape] = shape(g.shape(x.shape));
            operands.clear();
            for (int o : g.operands(n)) operands.push(place[o]);
            list<std::int64_t> attributes(g.attributes(n));
            if (x.op->kind == kind::repeat) attributes[0] = add_region(g.sub(g.region_of(n)));
            scope = x.scope;
            place[n] = add(x.op, x.type, shapes[x.shape], operands, attributes).id();
        }
        scope = scope_here;
        list<symbol> outputs;
        for (int n : g.outputs) outputs.push({this, place[n]});
        return outputs;
    }

    /// The first recorded mistake of the program, or nothing.
    constexpr text const& error() const { return root_->error_; }
    constexpr bool failed() const { return !root_->error_.empty(); }
    /// Records a mistake (the first one stays) and returns a poisoned symbol.
    constexpr symbol fail(text const& sentence) {
        if (failed()) return {this, -1};
        text t;
        if (scope >= 0) t << "in " << root_->graph_.view().scope_name(scope) << ": ";
        root_->error_ = t << sentence;
        return {this, -1};
    }

    /// The number of a shape; equal shapes have equal numbers.
    constexpr int shape(range<extent> extents) {
        std::uint64_t h = 0x51ed270bu + static_cast<unsigned>(extents.count);
        for (int i = 0; i < extents.count; ++i) h = weft::detail::hash_step(h, extents[i].code);
        int const known = shape_index_.find(
            h, [&](int shape) { return graph_.view().shape(shape) == extents; });
        if (known >= 0) return known;
        shape_index_.insert(h);
        graph_.shapes.push({graph_.extent_pool.size(), extents.count});
        graph_.extent_pool.append(extents);
        return graph_.shapes.size() - 1;
    }
    constexpr int scalar_shape() { return shape({}); }

    /// Appends a node, or returns the equal one that is there.
    constexpr symbol add(operation const* op, dtype type, int shape, range<int> operands,
                         range<std::int64_t> attributes = {}) {
        for (int i = 0; i < operands.count; ++i)
            if (operands[i] < 0) return {this, -1};
        std::uint64_t h = weft::detail::hash_step(weft::detail::hash_step(op->id, shape), static_cast<int>(type));
        for (int i = 0; i < operands.count; ++i) h = weft::detail::hash_step(h, operands[i]);
        for (int i = 0; i < attributes.count; ++i) h = weft::detail::hash_step(h, attributes[i]);
        int const known = node_index_.find(
            h, [&](int n) { return same(n, op, type, shape, operands, attributes); });
        if (known >= 0) return {this, known};
        node_index_.insert(h);
        graph_.nodes.push({op, type, shape, graph_.operand_pool.size(), operands.count,
                           graph_.attribute_pool.size(), attributes.count, scope});
        graph_.operand_pool.append(operands);
        graph_.attribute_pool.append(attributes);
        return {this, graph_.nodes.size() - 1};
    }

    /// A new input, known by `name` in error sentences. With `chunks`, it is bound as so many
    /// buffers, one to each slice along the first axis.
    constexpr symbol input(dtype type, range<extent> extents, std::string_view name,
                           int chunks = 0) {
        std::int64_t const attributes[] = {graph_.inputs.size(), chunks};
        symbol const s = add(op<input_op>, type, shape(extents), {}, {attributes, 2});
        graph_.inputs.push(s.id());
        graph_.names.push({graph_.name_pool.size(), static_cast<int>(name.size())});
        graph_.name_pool.append({name.data(), static_cast<int>(name.size())});
        return s;
    }

    /// Lets the elements of an input stand at these strides, extents; for inputs that are only
    /// assigned.
    constexpr void set_strides(symbol input, range<std::int64_t> strides) {
        node& its = graph_.nodes[input.id()];
        list<std::int64_t> all(view().attributes(input.id()));
        all.append(strides);
        its.attribute_count = all.size(), its.attributes = graph_.attribute_pool.size();
        graph_.attribute_pool.append(all);
    }

    /// The same value at every place of `shape`.
    constexpr symbol constant(dtype type, int shape, double value) {
        std::int64_t const bits = is_inexact(type) ? __builtin_bit_cast(std::int64_t, value)
                                                    : static_cast<std::int64_t>(value);
        return add(op<constant_op>, type, shape, {}, {&bits, 1});
    }

    /// The number of an extent as a value of type `type`.
    constexpr symbol number(extent e, dtype type, int shape) {
        if (e.is_static()) return constant(type, shape, static_cast<double>(e.value()));
        std::int64_t const code = e.code;
        return add(op<extent_op>, type, shape, {}, {&code, 1});
    }

    /// The same node on other operands; its type, shape and attributes stay.
    constexpr symbol copy(int n, range<int> operands) {
        node const x = graph_.nodes[n];
        list<std::int64_t> const attributes(graph_.view().attributes(n));
        return add(x.op, x.type, x.shape, operands, attributes);
    }

private:
    constexpr bool same(int n, operation const* op, dtype type, int shape, range<int> operands,
                        range<std::int64_t> attributes) const {
        node const& x = graph_.nodes[n];
        return x.op == op && x.type == type && x.shape == shape &&
               graph_.view().operands(n) == operands && graph_.view().attributes(n) == attributes;
    }
    graph graph_;
    weft::detail::hash_index node_index_, shape_index_;
    builder *root_ = this, *around_ = nullptr;
    bool active_ = true;
    list<captured> captures_;
    list<int> input_of_;  // of each node of the graph around this one: where it is in captures_
    // Of the outermost builder, for all bodies:
    builder* current_ = this;
    list<builder*> bodies_;
    int draws_ = 0;  // outside of all scopes
    text error_;
};

/// `hidden.weight` for an input, `tanh(...)` for a computed value: how sentences name a value.
constexpr void write_value(text& out, symbol s) {
    auto const& g = s.builder()->result();
    int n = s.id();
    while (g.nodes[n].op->kind == kind::layout || g.nodes[n].op->kind == kind::identity)
        n = g.view().operand(n, 0);
    if (g.nodes[n].op->kind == kind::input)
        out << g.view().name(static_cast<int>(g.view().attribute(n, 0)));
    else if (g.nodes[n].op->kind == kind::constant)
        out << "constant";
    else
        out << g.nodes[n].op->name << "(...)";
}

constexpr symbol builder::capture(symbol s) {
    if (!s.builder() || s.builder() == this) return s;
    if (!s.valid()) return {this, -1};
    if (!around_) {
        text t;
        write_value(t, s);
        return fail(t << " is a value of a body (of repeat or checkpoint) that is used outside of "
                         "it: return it from the body");
    }
    symbol const outer = around_->capture(s);
    if (!outer.valid()) return {this, -1};
    node const& x = outer.node();
    if (x.op->kind == kind::constant || x.op->kind == kind::extent) {
        std::int64_t const bits = around_->graph_.view().attribute(outer.id(), 0);
        return add(x.op, x.type, shape(around_->graph_.view().shape(x.shape)), {}, {&bits, 1});
    }
    input_of_.resize(outer.id() + 1 > input_of_.size() ? outer.id() + 1 : input_of_.size(), -1);
    int& known = input_of_[outer.id()];
    if (known < 0) {
        text name;
        write_value(name, outer);
        list<extent> const extents(around_->graph_.view().shape(x.shape));
        known = captures_.push({outer, input(x.type, extents, name.view())});
    }
    return captures_[known].inner;
}

}  // namespace ir

constexpr symbol symbol::traced() const {
    return !builder_ || builder_->is_active() ? *this : builder_->seen_from_inside(id_);
}
constexpr ir::node const& symbol::node() const { return builder_->result().nodes[id_]; }
constexpr dtype symbol::type() const { return node().type; }
constexpr int symbol::rank() const { return builder_->result().shapes[node().shape].count; }
constexpr extent symbol::size(int axis) const {
    auto const& g = builder_->result();
    return g.extent_pool[g.shapes[node().shape].first + axis];
}

}  // namespace weft
