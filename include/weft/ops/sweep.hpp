// SPDX-License-Identifier: BSL-1.0
// The sweeps over a graph under construction that transform it: backwards, from the cotangents of
// results, forwards, from the tangents of arguments, and forwards again, from one to a batch. What
// they make of a node stands in the node's scope.
#pragma once

#include <weft/ops/arithmetic.hpp>

namespace weft::ir {

/// The cotangents of `inputs`, given those of `outputs` (reverse mode). A symbol that is not
/// valid is a zero. Time and nodes: a small multiple of those between inputs and outputs.
constexpr list<symbol> reverse_sweep(builder& b, range<symbol> outputs, range<symbol> cotangents,
                           range<symbol> inputs) {
    int last = -1, first = b.result().nodes.size();
    for (symbol y : outputs) last = y.id() > last ? y.id() : last;
    list<symbol> result;
    for (symbol x : inputs) first = x.id() < first ? x.id() : first;
    // What lies between: reached from an input, on a path of real numbers.
    list<char> wanted(last + 1, 0);
    for (symbol x : inputs)
        if (x.id() <= last) wanted[x.id()] = 1;
    for (int n = first + 1; n <= last; ++n) {
        node const& x = b.result().nodes[n];
        if (!wanted[n] && x.op->has_vjp && is_inexact(x.type))
            for (int o : b.view().operands(n))
                if (wanted[o]) {
                    wanted[n] = 1;
                    break;
                }
    }
    list<int> adjoints(last + 1, -1);
    for (int i = 0; i < outputs.size(); ++i) {
        int const y = outputs[i].id();
        if (!wanted[y] || !cotangents[i].valid()) continue;
        symbol const so_far{&b, adjoints[y]};
        adjoints[y] = so_far.valid() ? derivative_add(so_far, cotangents[i]).id()
                                     : cotangents[i].id();
    }
    int const scope = b.scope;
    for (int n = last; n > first; --n)
        if (wanted[n] && adjoints[n] >= 0 && b.result().nodes[n].op->has_vjp) {
            pullback p{b, n, {&b, adjoints[n]}, adjoints, wanted};
            b.scope = b.result().nodes[n].scope;
            b.result().nodes[n].op->vjp(p);
        }
    b.scope = scope;
    for (symbol x : inputs) result.push({&b, x.id() <= last ? adjoints[x.id()] : -1});
    return result;
}

/// The tangents of `outputs`, given those of `inputs` (forward mode). A symbol that is not valid
/// is a zero.
constexpr list<symbol> forward_sweep(builder& b, range<symbol> outputs, range<symbol> inputs,
                           range<symbol> input_tangents) {
    int last = -1, first = b.result().nodes.size();
    for (symbol y : outputs) last = y.id() > last ? y.id() : last;
    for (symbol x : inputs) first = x.id() < first ? x.id() : first;
    list<char> wanted(last + 1, 0);  // an output depends on it
    for (symbol y : outputs) wanted[y.id()] = 1;
    for (int n = last; n > first; --n)
        if (wanted[n])
            for (int o : b.view().operands(n)) wanted[o] = 1;
    list<int> tangents(last + 1, -1);
    for (int i = 0; i < inputs.size(); ++i)
        if (inputs[i].id() <= last) tangents[inputs[i].id()] = input_tangents[i].id();
    int const scope = b.scope;
    for (int n = first + 1; n <= last; ++n) {
        operation const* const op = b.result().nodes[n].op;
        if (!wanted[n] || tangents[n] >= 0 || !op->has_jvp) continue;
        bool moves = false;
        for (int o : b.view().operands(n)) moves = moves || tangents[o] >= 0;
        if (!moves) continue;
        pushforward p{b, n, tangents};
        b.scope = b.result().nodes[n].scope;
        tangents[n] = op->jvp(p).id();
    }
    b.scope = scope;
    list<symbol> result;
    for (symbol y : outputs) result.push({&b, tangents[y.id()]});
    return result;
}

/// Stands for one element of a batch while what is computed from one is traced. Its value is that
/// of the first element; the attribute makes it another value than any computed before.
constexpr symbol element(symbol x) {
    builder& b = *x.builder();
    list<extent> shape(b.view().shape(x.node().shape));
    shape[0] = extent{1};
    list<std::int64_t> attributes;
    for (int i = 0; i < x.rank(); ++i) attributes.push(0), attributes.push(1);
    int id = x.id();
    id = b.add(op<ops::slice>, x.type(), b.shape(shape), {&id, 1}, attributes).id();
    std::int64_t const number = b.result().nodes.size();
    return b.add(op<ops::reshape>, x.type(), b.shape({shape.data() + 1, shape.size() - 1}),
                 {&id, 1}, {&number, 1});
}

/// `outputs`, computed from `inputs`, for each element of a batch: given the inputs with a batch
/// axis in front, the outputs with one. A symbol that is not valid is the same for every element.
constexpr list<symbol> batch_sweep(builder& b, range<symbol> outputs, range<symbol> inputs,
                                   range<symbol> batched_inputs) {
    int last = -1, first = b.result().nodes.size();
    for (symbol y : outputs) last = y.id() > last ? y.id() : last;
    for (symbol x : inputs) first = x.id() < first ? x.id() : first;
    list<char> wanted(last + 1, 0);  // an output depends on it
    for (symbol y : outputs)
        if (y.valid()) wanted[y.id()] = 1;
    for (int n = last; n > first; --n)
        if (wanted[n])
            for (int o : b.view().operands(n)) wanted[o] = 1;
    list<int> batched(last + 1, -1);
    for (int i = 0; i < inputs.size(); ++i)
        if (inputs[i].id() <= last) batched[inputs[i].id()] = batched_inputs[i].id();
    int const scope = b.scope;
    for (int n = first + 1; n <= last; ++n) {
        if (!wanted[n] || batched[n] >= 0) continue;
        bool differs = false;
        for (int o : b.view().operands(n)) differs = differs || batched[o] >= 0;
        if (!differs) continue;
        operation const* const op = b.result().nodes[n].op;
        b.scope = b.result().nodes[n].scope;
        if (!op->has_batch) {
            b.fail(text("vmap: the operation ")
                   << op->name << " has no batching rule: give its struct a function batch");
            b.scope = scope;
            return list<symbol>(outputs.size(), symbol(&b, -1));
        }
        batching m{b, n, batched_inputs[0].size(0), batched};
        batched[n] = op->batch(m).id();
    }
    b.scope = scope;
    list<symbol> result;
    for (symbol y : outputs) result.push({&b, y.valid() ? batched[y.id()] : -1});
    return result;
}

}  // namespace weft::ir
