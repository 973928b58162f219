// SPDX-License-Identifier: BSL-1.0
// What an operation's own rules are given: the pieces of one node while a pass visits it.
#pragma once

#include <weft/ir/builder.hpp>

namespace weft {
namespace ir {

/// Reverse mode at one node: from the cotangent of the result to those of the operands.
struct pullback {
    ir::builder& builder;
    int node;
    symbol cotangent;
    list<int>& adjoints;
    list<char> const& wanted;

    constexpr int operand_id(int i) const { return builder.result().view().operand(node, i); }
    constexpr symbol operand(int i) const { return {&builder, operand_id(i)}; }
    constexpr symbol result() const { return {&builder, node}; }
    constexpr int operand_count() const { return builder.result().nodes[node].operand_count; }
    constexpr std::int64_t attribute(int i) const {
        return builder.result().view().attribute(node, i);
    }
    constexpr range<std::int64_t> attributes() const {
        return builder.result().view().attributes(node);
    }
    /// Whether operand i leads to something a derivative is asked for.
    constexpr bool wants(int i) const { return wanted[operand_id(i)] != 0; }
    /// Adds to the cotangent of operand i.
    constexpr void add(int i, symbol contribution);
};

/// Forward mode at one node: from the tangents of the operands to that of the result.
struct pushforward {
    ir::builder& builder;
    int node;
    list<int> const& tangents;

    constexpr int operand_id(int i) const { return builder.result().view().operand(node, i); }
    constexpr symbol operand(int i) const { return {&builder, operand_id(i)}; }
    constexpr symbol result() const { return {&builder, node}; }
    constexpr int operand_count() const { return builder.result().nodes[node].operand_count; }
    constexpr range<std::int64_t> attributes() const {
        return builder.result().view().attributes(node);
    }
    /// The tangent of operand i; not valid where it is zero.
    constexpr symbol tangent(int i) const { return {&builder, tangents[operand_id(i)]}; }
    /// The tangent of operand i as a value, zeros where it is zero.
    constexpr symbol tangent_or_zero(int i) const {
        symbol const t = tangent(i), x = operand(i);
        return t.valid() ? t : builder.constant(x.type(), x.node().shape, 0);
    }
    /// The tangent of a linear operation: the operation itself on the tangents.
    constexpr symbol linear() const {
        list<int> ids;
        for (int i = 0; i < operand_count(); ++i) ids.push(tangent_or_zero(i).id());
        return builder.copy(node, ids);
    }
    /// That of an operation linear in each of two operands: the sum over both.
    constexpr symbol bilinear() const;
};

/// vmap at one node: from operands with a batch axis, which comes first, to the result with one.
struct batching {
    ir::builder& builder;
    int node;
    extent size;               ///< of the batch axis
    list<int> const& batched;  ///< the nodes with a batch axis; -1: the same for every element

    constexpr int operand_id(int i) const { return builder.result().view().operand(node, i); }
    constexpr symbol operand(int i) const { return {&builder, operand_id(i)}; }
    constexpr symbol result() const { return {&builder, node}; }
    constexpr int operand_count() const { return builder.result().nodes[node].operand_count; }
    constexpr range<std::int64_t> attributes() const {
        return builder.result().view().attributes(node);
    }
    /// Operand i with the batch axis; not valid where it is the same for every element.
    constexpr symbol batch(int i) const { return {&builder, batched[operand_id(i)]}; }
    /// Operand i with the batch axis, repeated where it is the same for every element.
    constexpr symbol spread(int i) const;
    /// A shape with the batch axis in front.
    constexpr int shape(range<extent> element) const {
        list<extent> extents{size};
        extents.append(element);
        return builder.shape(extents);
    }
    /// The same operation with the batch axis in front of its result.
    constexpr symbol apply(range<int> operands, range<std::int64_t> attributes) const {
        ir::node const x = builder.result().nodes[node];
        list<std::int64_t> const kept(attributes);
        return builder.add(x.op, x.type, shape(builder.view().shape(x.shape)), operands, kept);
    }
    /// An operation of one operand: only its attributes change.
    constexpr symbol apply(range<std::int64_t> attributes) const {
        int const id = batched[operand_id(0)];
        return apply({&id, 1}, attributes);
    }
};

/// Rewriting one node of an old graph whose operands already stand in the new one.
struct rewrite {
    ir::builder& builder;
    graph_view const& old;
    int number;      ///< in the old graph
    ir::node node;   ///< its shape is numbered as in the new graph
    range<int> operands;

    constexpr symbol operand(int i) const { return {&builder, operands[i]}; }
    constexpr ir::node const& was() const { return node; }
    constexpr range<std::int64_t> attributes() const { return old.attributes(number); }
    constexpr operation const* op_of(int i) const { return operand(i).node().op; }
    /// Operand i is a constant of this value (at every place).
    constexpr bool is_constant(int i, double value) const {
        double v = 0;
        return constant_value(operands[i], v) && __builtin_bit_cast(std::int64_t, v) ==
                                                     __builtin_bit_cast(std::int64_t, value);
    }
    /// The value of a constant node of the new graph.
    constexpr bool constant_value(int id, double& value) const {
        auto const& g = builder.result();
        if (g.nodes[id].op->kind != kind::constant) return false;
        std::int64_t const bits = g.view().attribute(id, 0);
        value = is_inexact(g.nodes[id].type) ? __builtin_bit_cast(double, bits)
                                              : static_cast<double>(bits);
        return true;
    }
    constexpr symbol constant(double value) const {
        return builder.constant(was().type, was().shape, value);
    }
    /// Operand 0 over the shape of this node where it is a constant, bit by bit the same.
    constexpr symbol spread_constant() const {
        auto const& g = builder.result();
        if (g.nodes[operands[0]].op->kind != kind::constant) return {};
        std::int64_t const bits = g.view().attribute(operands[0], 0);
        return builder.add(op<constant_op>, was().type, was().shape, {}, {&bits, 1});
    }
    constexpr symbol no_change() const { return {}; }
};

/// What a whole operation is asked before it runs: `workspace`, the bytes that its kernel works in,
/// and `flops`, where its cost is not that of its result's elements.
struct sizing {
    graph_view const& graph;
    int node;
    extent_table& extents;

    constexpr dtype type() const { return graph.nodes[node].type; }
    constexpr range<extent> shape() const { return graph.shape_of(node); }
    constexpr int operand_count() const { return graph.nodes[node].operand_count; }
    constexpr range<extent> operand_shape(int i) const {
        return graph.shape_of(graph.operand(node, i));
    }
    constexpr range<std::int64_t> attributes() const { return graph.attributes(node); }
    /// The number of elements of some axes.
    constexpr extent count(range<extent> shape) const {
        extent n{1};
        for (extent e : shape) n = extents.multiply(n, e);
        return n;
    }
};

/// Row-major strides.
inline list<std::int64_t> row_major(range<std::int64_t> shape) {
    list<std::int64_t> strides(shape.size(), 1);
    for (int i = shape.size() - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
    return strides;
}

/// to[i...] = from[i...] over a shape, each side with strides of its own.
inline void copy_strided(range<std::int64_t> shape, double const* from,
                         range<std::int64_t> from_strides, double* to,
                         range<std::int64_t> to_strides) {
    for (std::int64_t n : shape)
        if (n == 0) return;
    for (list<std::int64_t> i(shape.size(), 0);;) {
        *to = *from;
        int a = shape.size() - 1;
        for (; a >= 0; --a) {
            from += from_strides[a], to += to_strides[a];
            if (++i[a] < shape[a]) break;
            from -= shape[a] * from_strides[a], to -= shape[a] * to_strides[a], i[a] = 0;
        }
        if (a < 0) return;
    }
}

/// Evaluating one node in double precision, on the row-major values of its operands.
struct reference_call {
    graph_view const& graph;
    int node;
    double const* const* operands;
    std::int64_t const* const* operand_shapes;
    double* result;
    std::int64_t const* shape;
    std::int64_t (*extent_value)(void const* context, extent e);
    void const* context;

    int rank() const { return graph.shape_of(node).size(); }
    int operand_rank(int i) const { return graph.shape_of(graph.operand(node, i)).size(); }
    std::int64_t value(extent e) const { return extent_value(context, e); }
    std::int64_t attribute(int i) const { return graph.attribute(node, i); }
    range<std::int64_t> result_shape() const { return {shape, rank()}; }
    range<std::int64_t> operand_shape(int i) const { return {operand_shapes[i], operand_rank(i)}; }
    std::int64_t count() const {
        std::int64_t n = 1;
        for (std::int64_t e : result_shape()) n *= e;
        return n;
    }
};

/// Partial derivatives that are known without computing: the graph stays small.
struct one {};
struct minus_one {};
struct zero {};
/// One where the condition holds, zero elsewhere.
template <class Condition>
struct when {
    Condition condition;
};
template <class Condition>
when(Condition) -> when<Condition>;

}  // namespace ir
}  // namespace weft
