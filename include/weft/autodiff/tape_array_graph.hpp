// SPDX-License-Identifier: BSL-1.0
// An expression of variables as two programs: one that computes its value and keeps what
// derivatives read, and one that adds to the adjoints of its operands. Both are cut from one graph,
// which is traced from the expression's type and differentiated as any other.
#pragma once

#include <weft/pass/differentiate.hpp>
#include <weft/program/eager.hpp>

namespace weft {

template <class T, std::int64_t... Extents>
class var_tensor;
template <class T, std::int64_t... Extents>
class var_view;

namespace detail {

template <class T>
struct var_scalar;

/// The same operand as numbers.
template <class X>
struct passive_operand {
    using type = X;
    static constexpr bool is_active = false;
};
template <class T, std::int64_t... E>
struct passive_operand<ir::owned<var_tensor<T, E...>>> {
    using type = ir::owned<tensor<T, E...>>;
    static constexpr bool is_active = true;
};
template <class T, std::int64_t... E>
struct passive_operand<ir::owned<var_view<T, E...>>> {
    using type = ir::owned<view<T const, E...>>;
    static constexpr bool is_active = true;
};
template <class T>
struct passive_operand<ir::owned<var_scalar<T>>> {
    using type = ir::owned<tensor<T>>;
    static constexpr bool is_active = true;
};
template <class F, class... X>
struct passive_operand<ir::expression<F, X...>> {
    using type = ir::expression<F, typename passive_operand<X>::type...>;
    static constexpr bool is_active = (passive_operand<X>::is_active || ...);
};
/// The expression E with tensors and views in place of variables.
template <class E>
using passive_t = typename passive_operand<E>::type;
/// Whether an expression has variables among its operands.
template <class E>
inline constexpr bool has_variables = passive_operand<E>::is_active;

/// What is to be known of an operand; in the order of the inputs.
struct array_operand_type {
    bool is_active, is_temporary;
    int rank, bytes;  // bytes: of a number, which the entry holds
};
template <class X>
struct operand_type_of;
template <class T>
    requires Concrete<T>
struct operand_type_of<ir::owned<T>> {
    static constexpr bool is_active = passive_operand<ir::owned<T>>::is_active;
    static constexpr bool is_view = detail::is_view<T>;
    static constexpr array_operand_type value{
        is_active, !is_active && !is_view, T::rank,
        is_active&& T::rank == 0 ? int{sizeof(typename T::value_type)} : 0};
};
template <class T>
struct operand_type_of<ir::borrowed<T>> {
    static constexpr array_operand_type value{false, false, T::rank, 0};
};
template <class T>
struct operand_type_of<ir::number<T>> {
    static constexpr array_operand_type value{false, true, -1, int{sizeof(T)}};
};
template <class X>
struct operand_types {
    template <class List>
    static constexpr void collect(List& to) {
        to.push(operand_type_of<X>::value);
    }
};
template <class T>
struct operand_types<ir::option<T>> {
    template <class List>
    static constexpr void collect(List&) {}
};
template <class F, class... X>
struct operand_types<ir::expression<F, X...>> {
    template <class List>
    static constexpr void collect(List& to) {
        (operand_types<X>::collect(to), ...);
    }
};

/// The most operands of one entry.
inline constexpr int most_array_operands = 64;

/// Where the graph has what belongs to an active operand: inputs `target`, memory for its adjoint
/// in one piece, and `keep`, whether that holds anything yet; or, of a scalar, the output
/// `gradient`. -1: there is none.
struct active_places {
    int operand = -1, target = -1, keep = -1, gradient = -1;
    bool is_strided = false;  // a view whose elements need not lie in one piece
};

/// Value and derivatives of an expression in one graph. Inputs: the operands, what belongs to each
/// active one that is no scalar, the cotangent. Outputs: the value, what is kept, the gradients of
/// scalars.
struct array_parts {
    int operands = 0, cotangent = -1, kept = 0, gradients = 0, actives = 0;
    bool reads_result = false;  // on the way back
    active_places active[most_array_operands]{};
};
struct array_graph : array_parts {
    ir::frozen_graph graph;
};

/// Whether a value that the way back reads is kept by the way forth, and not computed again.
constexpr bool is_worth_keeping(ir::operation const& op) {
    switch (op.kind) {
        case ir::kind::elementwise:
            return op.cost >= 8;
        case ir::kind::reduction:
        case ir::kind::contraction:
        case ir::kind::scatter:
        case ir::kind::whole:
        case ir::kind::part:
            return true;
        default:
            return false;
    }
}

/// Appends the derivative of y to its graph, and says what is kept.
constexpr void differentiate(ir::builder& b, symbol y, range<symbol> operands,
                             array_operand_type const* types, array_parts& to) {
    int const forward = b.result().nodes.size();
    list<symbol> active;
    list<int> its;
    for (int i = 0; i < operands.size(); ++i)
        if (types[i].is_active) active.push(operands[i]), its.push(i);
    list<symbol> targets, keeps;
    for (int k = 0; k < active.size(); ++k) {
        symbol const x = active[k];
        active_places& a = to.active[to.actives++];
        a.operand = its[k];
        targets.push({}), keeps.push({});
        if (x.rank() == 0) continue;
        a.target = b.result().inputs.size();
        a.is_strided = ir::is<ops::strided>(x.node().op);
        targets[k] = b.input(x.type(), list<extent>(b.view().shape(x.node().shape)), "adjoint");
        a.keep = b.result().inputs.size();
        keeps[k] = b.input(dtype::boolean, {}, "keep");
    }
    to.cotangent = b.result().inputs.size();
    symbol const bar = b.input(y.type(), list<extent>(b.view().shape(y.node().shape)), "cotangent");
    list<symbol> const d = pass::vjp(b, {&y, 1}, {&bar, 1}, active);
    if (b.failed()) return;

    list<int> roots, gradients;
    for (int k = 0; k < active.size(); ++k) {
        active_places& a = to.active[k];
        if (!d[k].valid()) {
            a.target = a.keep = -1;
        } else if (!targets[k].valid()) {
            a.gradient = gradients.size();
            gradients.push(d[k].id());
            roots.push(d[k].id());
        } else {
            symbol const zero = b.constant(active[k].type(), b.scalar_shape(), 0);
            symbol const sum = derivative_add(where(keeps[k], targets[k], zero), d[k]);
            b.result().updates.push(a.target);
            b.result().updates.push(sum.id());
            roots.push(sum.id());
        }
    }
    to.gradients = gradients.size();
    list<char> reached(b.result().nodes.size(), 0), needed(forward, 0);
    for (int n : roots) reached[n] = 1;
    for (int n = reached.size() - 1; n >= forward; --n)
        if (reached[n])
            for (int o : b.view().operands(n)) (o < forward ? needed[o] : reached[o]) = 1;
    for (int n : roots)
        if (n < forward) needed[n] = 1;
    b.result().outputs.push(y.id());
    for (int n = forward - 1; n >= 0; --n) {
        if (!needed[n] || b.view().kind(n) == ir::kind::input) continue;
        if (n == y.id()) {
            to.reads_result = true;
        } else if (is_worth_keeping(*b.result().nodes[n].op)) {
            b.result().outputs.push(n);
            ++to.kept;
        } else {
            for (int o : b.view().operands(n)) needed[o] = 1;
        }
    }
    for (int n : gradients) b.result().outputs.push(n);
}

/// The graph of the expression E, of numbers; `Active` is the same of variables.
template <class T, class Active, class List>
struct array_graph_of;
template <class T, class Active, class... A>
struct array_graph_of<T, Active, type_list<A...>> {
    static constexpr array_graph make() {
        array_parts made;
        ir::builder b;
        binder to{b};
        symbol all[sizeof...(A) + 1] = {};
        int next = 0;
        ((bind_argument<A>(to, all[next], next, false), ++next), ...);
        made.operands = next;
        symbol y = passive_t<Active>::rebuilt(all);
        static_assert(sizeof...(A) <= most_array_operands,
                      "weft::var_tensor: an expression of more than 64 operands: assign a part of "
                      "it to a variable first");
        list<array_operand_type> types;
        operand_types<Active>::collect(types);
        dtype other = y.valid() ? y.type() : dtype_of<T>;
        for (int i = 0; i < next; ++i)
            if (types[i].is_active && all[i].type() != dtype_of<T>) other = all[i].type();
        if (other != dtype_of<T>)
            b.fail(
                text("an expression of variables of ")
                << name(dtype_of<T>) << " is " << name(other)
                << ": variables of one type make one expression; use weft::cast, and value() for "
                   "what has no derivative");
        if (!b.failed()) differentiate(b, y, {all, next}, types.data(), made);
        return {made, b.failed() ? ir::frozen_graph(ir::graph_view{}, b.error().view())
                                 : ir::frozen_graph(b.view())};
    }
};

/// The way forth: the operands in, the value and what is kept out.
constexpr ir::graph forward_part(array_graph const& a) {
    ir::graph_view g = a.graph.view();
    g.inputs.count = a.operands;
    g.outputs.count = 1 + a.kept;
    g.updates = {};
    g.names.count = a.operands;
    return pass::simplify(g);
}
/// The way back: behind the inputs of the graph the result, if it is read, and what was kept.
constexpr ir::graph backward_part(array_graph const& a) {
    ir::graph_view g = a.graph.view();
    list<ir::node> nodes(g.nodes);
    list<std::int64_t> attributes(g.attribute_pool);
    list<int> inputs(g.inputs);
    list<ir::span> names(g.names);
    for (int i = a.reads_result ? 0 : 1; i < 1 + a.kept; ++i) {
        ir::node& n = nodes[g.outputs[i]];
        n.op = ir::op<ir::input_op>;
        n.operand_count = 0;
        n.attributes = attributes.size(), n.attribute_count = 2;
        attributes.push(inputs.size()), attributes.push(0);
        inputs.push(g.outputs[i]);
        names.push({0, 0});
    }
    g.nodes = nodes, g.attribute_pool = attributes, g.inputs = inputs, g.names = names;
    g.outputs = {g.outputs.first + 1 + a.kept, a.gradients};
    return pass::simplify(g);
}

/// The expression E as programs, where this is known of the strides of its views.
template <class T, class E, access_pattern Known>
struct array_programs {
    static constexpr array_graph graph =
        array_graph_of<T, E, typename eager_inputs<Known, passive_t<E>>::type>::make();
    struct mistake_told {
        static constexpr auto sentence = graph.graph.mistake;
    };
    static constexpr bool fits() {
        if constexpr (graph.graph.mistake.size > 0)
            return stop<mistake_told>();
        else
            return true;
    }
    template <bool Forward>
    struct part {
        static constexpr ir::frozen_graph const& traced = graph.graph;
        static constexpr ir::graph cut() {
            if constexpr (Forward)
                return forward_part(graph);
            else
                return backward_part(graph);
        }
        static constexpr ir::frozen_graph simplified{cut()};
        static constexpr pass::frozen_clustering clusters =
            pass::frozen_clustering::of(simplified.view());
        static constexpr pass::frozen_plan fused{pass::lower(simplified.view(), clusters.view())};
        static constexpr pass::frozen_plan plan{pass::allocate(pass::schedule(fused.thaw()))};
        static constexpr bool is_static = plan.extents.starts.count == 0;
    };
    using forward = part<true>;
    using backward = part<false>;
};

}  // namespace detail
}  // namespace weft
