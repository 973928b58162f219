// SPDX-License-Identifier: BSL-1.0
// A sub-graph run several times: each iteration takes what the last one carried, and its own slice
// of stacked values. However many iterations, the graph and its kernels stay the same. A sub-graph
// may hold others, and is called, for a checkpoint, by running it once.
#pragma once

#include <weft/ops/index.hpp>
#include <weft/ops/sweep.hpp>

namespace weft {

namespace ops {

/// Attributes: the sub-graph, the number of iterations (an extent), how many operands are carried,
/// stacked and invariant, and whether iterations run from the last to the first. The sub-graph
/// takes the carried values, a slice of each stacked one, and the invariant ones; it gives the
/// carried values, then slices of stacked results, the first of which are the carried values that
/// it was given: derivatives need them. Its results are the `part` nodes behind it.
struct repeat : ir::operation_base {
    static constexpr std::string_view name = "repeat", onnx = "Scan";
    static constexpr auto kind = ir::kind::repeat;
    static constexpr int arity = -1, cost = 0;

    int region;
    extent count;
    int carried, stacked, invariant;
    bool reversed;

    static constexpr repeat of(range<std::int64_t> a) {
        repeat r;
        r.region = static_cast<int>(a[0]), r.count = extent{a[1]};
        r.carried = static_cast<int>(a[2]), r.stacked = static_cast<int>(a[3]);
        r.invariant = static_cast<int>(a[4]), r.reversed = a[5] != 0;
        return r;
    }
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p);
    static constexpr symbol batch(ir::batching& m);
};

/// Result `attribute` of a repeat.
struct part : ir::operation_base {
    static constexpr std::string_view name = "part";
    static constexpr auto kind = ir::kind::part;
    static constexpr int cost = 0;

    /// The repeat finds the cotangents at its parts; here it is only told that there are some.
    static constexpr void vjp(ir::pullback& p) { p.adjoints[p.operand_id(0)] = p.cotangent.id(); }
    static constexpr symbol jvp(ir::pushforward& p);
    static constexpr symbol batch(ir::batching& m);
};

}  // namespace ops

namespace ir {

/// What the body of a repeat is given, and what it leaves: in each iteration.
struct iteration {
    list<symbol> carried, slices, invariant;
    list<symbol> next, results;  ///< to be filled by the body
};

/// A value without its first axis.
constexpr int slice_shape(builder& b, symbol stacked) {
    auto const shape = b.view().shape_of(stacked.id());
    return b.shape({shape.first + 1, shape.count - 1});
}

/// What is wrong with the value that a body gives for one that it was given; run-time extents are
/// assumed to be equal.
constexpr text carry_mistake(builder& inner, symbol was, symbol is) {
    if (!is.valid()) return "repeat: the body returns no value";
    bool fits = was.type() == is.type() && was.rank() == is.rank();
    for (int a = 0; fits && a < was.rank(); ++a)
        fits = inner.extents().assume_equal(was.size(a), is.size(a));
    if (fits) return {};
    text t("repeat: the body turns ");
    write_shape(t, was);
    t << " into ";
    write_shape(t, is);
    return t << "; each application takes what the last one gave";
}

/// A number for each iteration of a repeat, which random draws add to theirs; in the body of
/// another one, other numbers in each of its iterations. (Factors that keep the reference exact.)
constexpr symbol iteration_numbers(builder& b, extent count) {
    std::int64_t const at = 0;
    int const shape = b.shape({&count, 1});
    symbol const own = b.add(op<ops::iota>, dtype::uint32, shape, {}, {&at, 1}) *
                       b.constant(dtype::uint32, shape, 0x85EBCA6Bu);
    symbol const outer = b.iteration_number();
    if (!outer.valid()) return own;
    return own + broadcast(outer, shape) * b.constant(dtype::uint32, shape, 0x9E379);
}

/// A value without its first axis, which has one element.
constexpr symbol only_slice(symbol s) {
    return s.valid() ? ops::reshape::apply(s, slice_shape(*s.builder(), s)) : s;
}

/// Traces body(builder&, iteration&) once and emits a repeat; returns its results: the carried
/// values after the last iteration, then the stacked results. The body pushes the carried values
/// that it was given as the first results. What it uses of the trace around it becomes invariant.
template <class Body>
constexpr list<symbol> emit_repeat(builder& b, extent count, range<symbol> carried,
                                   range<symbol> stacked, range<symbol> invariant, bool reversed,
                                   Body body) {
    builder& inner = b.open_body();
    inner.repeats = true;
    iteration it;
    auto input = [&](symbol from, bool sliced) {
        list<extent> const shape(b.view().shape_of(from.id()));
        text name;
        write_value(name, from);
        return inner.input(from.type(), {shape.data() + sliced, shape.size() - sliced},
                           name.view());
    };
    for (symbol s : carried) it.carried.push(input(s, false));
    for (symbol s : stacked) it.slices.push(input(s, true));
    for (symbol s : invariant) it.invariant.push(input(s, false));
    body(inner, it);
    text mistake;
    for (int i = 0; i < carried.size() && mistake.empty() && !b.failed(); ++i)
        mistake = carry_mistake(inner, it.carried[i], it.next[i]);
    inner.close_body();
    if (!mistake.empty()) b.fail(mistake);
    if (b.failed()) return list<symbol>(carried.size() + it.results.size() + 1, symbol(&b, -1));
    // The number of the iteration is one more slice, captured values are further invariants.
    list<int> operands, ports;
    auto const& ids = inner.result().inputs;
    int const plain = carried.size() + stacked.size();
    bool const counts = inner.iteration.valid();
    for (symbol s : carried) operands.push(s.id());
    for (symbol s : stacked) operands.push(s.id());
    for (int i = 0; i < plain; ++i) ports.push(ids[i]);
    if (counts) {
        operands.push(iteration_numbers(b, count).id());
        ports.push(inner.iteration.id());
    }
    for (symbol s : invariant) operands.push(s.id());
    for (int i = 0; i < invariant.size(); ++i) ports.push(ids[plain + i]);
    for (auto const& c : inner.captures()) operands.push(c.outer.id()), ports.push(c.inner.id());
    inner.result().inputs = static_cast<list<int>&&>(ports);
    for (symbol s : it.next) inner.result().outputs.push(s.id());
    for (symbol s : it.results) inner.result().outputs.push(s.id());
    graph_view g = inner.view();
    list<std::int64_t> const attributes{b.add_region(g),
                                        count.code,
                                        carried.size(),
                                        stacked.size() + counts,
                                        invariant.size() + inner.captures().size(),
                                        reversed};
    symbol const loop =
        b.add(op<ops::repeat>, dtype::f32, b.scalar_shape(), operands, attributes);
    list<symbol> results;
    for (int i = 0; i < carried.size() + it.results.size(); ++i) {
        bool const sliced = i >= carried.size();
        symbol const s = sliced ? it.results[i - carried.size()] : it.next[i];
        list<extent> shape;
        if (sliced) shape.push(count);
        shape.append(g.shape_of(s.id()));
        std::int64_t const number = i;
        int const id = loop.id();
        results.push(b.add(op<ops::part>, s.type(), b.shape(shape), {&id, 1}, {&number, 1}));
    }
    return results;
}

}  // namespace ir

namespace ops {

/// Backwards, an iteration is computed again from the value that it was given, which the forward
/// sweep has stacked: its intermediate values need no memory.
constexpr void repeat::vjp(ir::pullback& p) {
    ir::builder& b = p.builder;
    repeat const r = of(p.attributes());
    int const outputs = b.view().sub(r.region).outputs.size();
    bool const once = r.count == extent{1};
    list<symbol> carried, stacked, invariant;
    // Cotangents of the results: carried ones start the sweep, stacked ones are sliced.
    for (int i = 0; i < r.carried; ++i) {
        bool const known = p.node + 1 + i < p.adjoints.size();
        symbol const d{&b, known ? p.adjoints[p.node + 1 + i] : -1};
        symbol const like{&b, p.node + 1 + i};
        carried.push(d.valid() ? d : b.constant(like.type(), like.node().shape, 0));
    }
    list<int> with_cotangent;
    for (int i = r.carried; i < outputs; ++i)
        if (p.node + 1 + i < p.adjoints.size() && p.adjoints[p.node + 1 + i] >= 0) {
            with_cotangent.push(i);
            stacked.push({&b, p.adjoints[p.node + 1 + i]});
        }
    int const cotangents = stacked.size();
    // The values that iterations were given: the first stacked results.
    for (int i = 0; i < r.carried; ++i) stacked.push({&b, p.node + 1 + r.carried + i});
    for (int i = 0; i < r.stacked; ++i) stacked.push(p.operand(r.carried + i));
    list<int> wanted_invariants;
    for (int i = 0; i < r.invariant; ++i) {
        symbol const v = p.operand(r.carried + r.stacked + i);
        invariant.push(v);
        if (p.wants(r.carried + r.stacked + i) && is_inexact(v.type())) {
            wanted_invariants.push(i);
            if (!once) carried.push(b.constant(v.type(), v.node().shape, 0));
        }
    }
    int const summed = once ? 0 : wanted_invariants.size();
    list<int> wanted_stacked;
    for (int i = 0; i < r.stacked; ++i)
        if (p.wants(r.carried + i) && is_inexact(p.operand(r.carried + i).type()))
            wanted_stacked.push(i);
    auto const results = ir::emit_repeat(
        b, r.count, carried, stacked, invariant, !r.reversed,
        [&](ir::builder& inner, ir::iteration& it) {
            list<symbol> given, from;
            for (int i = 0; i < r.carried + r.stacked; ++i) given.push(it.slices[cotangents + i]);
            for (symbol s : it.invariant) given.push(s);
            auto const values = inner.inline_graph(b.view().sub(r.region), given);
            list<symbol> ends, seeds;
            for (int i = 0; i < r.carried; ++i) ends.push(values[i]), seeds.push(it.carried[i]);
            for (int i = 0; i < cotangents; ++i)
                ends.push(values[with_cotangent[i]]), seeds.push(it.slices[i]);
            for (int i = 0; i < r.carried; ++i) from.push(given[i]);
            for (int i : wanted_stacked) from.push(given[r.carried + i]);
            for (int i : wanted_invariants) from.push(given[r.carried + r.stacked + i]);
            auto const d = ir::reverse_sweep(inner, ends, seeds, from);
            auto value = [&](int i) {
                return d[i].valid() ? d[i]
                                    : inner.constant(from[i].type(), from[i].node().shape, 0);
            };
            for (symbol c : it.carried) it.results.push(c);
            int next = 0;
            for (int i = 0; i < r.carried; ++i) it.next.push(value(next++));
            for (int i = 0; i < wanted_stacked.size(); ++i) it.results.push(value(next++));
            for (int i = 0; i < wanted_invariants.size(); ++i)
                if (once)
                    it.results.push(value(next++));
                else
                    it.next.push(it.carried[r.carried + i] + value(next++));
        });
    if (results.empty() || !results[0].valid()) return;
    for (int i = 0; i < r.carried; ++i) p.add(i, results[i]);
    int const slices = 2 * (r.carried + summed);
    for (int i = 0; i < wanted_stacked.size(); ++i)
        p.add(r.carried + wanted_stacked[i], results[slices + i]);
    for (int i = 0; i < wanted_invariants.size(); ++i)
        p.add(r.carried + r.stacked + wanted_invariants[i],
              once ? ir::only_slice(results[slices + wanted_stacked.size() + i])
                   : results[r.carried + i]);
}

/// A repeat of twice the values: each with its tangent.
constexpr symbol repeat::jvp(ir::pushforward& p) {
    ir::builder& b = p.builder;
    repeat const r = of(p.attributes());
    list<symbol> carried, stacked, invariant;
    int at = 0;
    for (list<symbol>* group : {&carried, &stacked, &invariant}) {
        int const count = group == &carried ? r.carried : group == &stacked ? r.stacked : r.invariant;
        for (int i = 0; i < count; ++i) group->push(p.operand(at + i));
        for (int i = 0; i < count; ++i) group->push(p.tangent_or_zero(at + i));
        at += count;
    }
    auto const results = ir::emit_repeat(
        b, r.count, carried, stacked, invariant, r.reversed,
        [&](ir::builder& inner, ir::iteration& it) {
            list<symbol> given, tangents;
            for (list<symbol>* group : {&it.carried, &it.slices, &it.invariant})
                for (int i = 0; i < group->size() / 2; ++i) {
                    given.push((*group)[i]);
                    tangents.push((*group)[i + group->size() / 2]);
                }
            auto const y = inner.inline_graph(b.view().sub(r.region), given);
            auto t = ir::forward_sweep(inner, y, given, tangents);
            for (int i = 0; i < t.size(); ++i)
                if (!t[i].valid()) t[i] = inner.constant(y[i].type(), y[i].node().shape, 0);
            // Carried values, what they were given, and the rest: each group, then its tangents.
            int const ends[] = {0, r.carried, 2 * r.carried, y.size()};
            for (int group = 0; group < 3; ++group)
                for (list<symbol> const* from : {&y, static_cast<list<symbol> const*>(&t)})
                    for (int i = ends[group]; i < ends[group + 1]; ++i)
                        (group == 0 ? it.next : it.results).push((*from)[i]);
        });
    return {&b, b.view().operand(results[0].id(), 0)};
}

constexpr symbol part::jvp(ir::pushforward& p) {
    // The tangent of the repeat is a repeat whose parts are groups of values and their tangents.
    ir::graph_view const g = p.builder.view();
    repeat const r = repeat::of(g.attributes(p.operand_id(0)));
    int const i = static_cast<int>(p.attributes()[0]);
    int const outputs = g.sub(r.region).outputs.size();
    int const moved = i < r.carried       ? r.carried + i
                      : i < 2 * r.carried ? 2 * r.carried + i
                                          : outputs + i;
    return {&p.builder, p.tangents[p.operand_id(0)] + 1 + moved};
}

/// A repeat of whole batches. Stacked values keep the axis of iterations in front; stacked and
/// invariant values that are the same for every element stay so.
constexpr symbol repeat::batch(ir::batching& m) {
    ir::builder& b = m.builder;
    repeat const r = of(m.attributes());
    list<symbol> carried, stacked, invariant;
    list<char> batched;
    for (int i = 0; i < m.operand_count(); ++i) {
        symbol const x = m.batch(i);
        batched.push(i < r.carried || x.valid());
        if (i < r.carried)
            carried.push(m.spread(i));
        else if (i < r.carried + r.stacked)
            stacked.push(x.valid() ? transpose::to_front(x, 1) : m.operand(i));
        else
            invariant.push(x.valid() ? x : m.operand(i));
    }
    auto const results = ir::emit_repeat(
        b, r.count, carried, stacked, invariant, r.reversed,
        [&](ir::builder& inner, ir::iteration& it) {
            list<symbol> given, elements, batches;
            for (list<symbol> const* group : {&it.carried, &it.slices, &it.invariant})
                for (symbol s : *group)
                    if (batched[given.size()]) {
                        given.push(ir::element(s));
                        elements.push(given.back()), batches.push(s);
                    } else {
                        given.push(s);
                    }
            auto const one = inner.inline_graph(b.view().sub(r.region), given);
            auto const all = ir::batch_sweep(inner, one, elements, batches);
            for (int i = 0; i < one.size(); ++i)
                (i < r.carried ? it.next : it.results)
                    .push(all[i].valid() ? all[i] : ir::spread(one[i], m.size));
        });
    if (!results[0].valid()) return results[0];
    return {&b, b.view().operand(results[0].id(), 0)};
}

constexpr symbol part::batch(ir::batching& m) {
    repeat const r = repeat::of(m.builder.view().attributes(m.operand_id(0)));
    int const i = static_cast<int>(m.attributes()[0]);
    symbol const y{&m.builder, m.batched[m.operand_id(0)] + 1 + i};
    return i < r.carried ? y : transpose::to_front(y, 1);
}

}  // namespace ops

/// carry, after body(carry, slices...) has been applied to each slice of the stacked values along
/// their first axis, in order. The body is traced once. What it captures of the trace around it is
/// the same in every iteration; what it computes from that alone is computed in every iteration.
template <class Body, Traced C, Traced... S>
constexpr symbol repeat(Body const& body, C const& carry, S const&... stacked) {
    static_assert(sizeof...(S) > 0, "weft::repeat: no stacked value says how often");
    symbol const c = carry.traced(), s[] = {stacked.traced()...};
    if (!c.valid()) return c;
    for (symbol const& x : s)
        if (!x.valid()) return x;
    ir::builder& b = *c.builder();
    for (symbol const& x : s)
        if (x.rank() == 0 || !b.extents().assume_equal(x.size(0), s[0].size(0)))
            return b.fail(ir::sentence("repeat", c, x, "over")
                          << ": stacked values have as many slices as each other");
    return ir::emit_repeat(
        b, s[0].size(0), {&c, 1}, {s, sizeof...(S)}, {}, false,
        [&](ir::builder&, ir::iteration& it) {
            [&]<int... I>(std::integer_sequence<int, I...>) {
                auto const next = body(it.carried[0], it.slices[I]...);
                static_assert(Traced<decltype(next)>,
                              "weft::repeat: the body returns what the next iteration takes, one "
                              "traced value");
                it.next.push(next.traced());
            }(std::make_integer_sequence<int, sizeof...(S)>{});
            it.results.push(it.carried[0]);
        })[0];
}

namespace ir {
template <> struct struct_of<hash("repeat")> { using type = ops::repeat; };
template <> struct struct_of<hash("part")> { using type = ops::part; };
}  // namespace ir
}  // namespace weft
