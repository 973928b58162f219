// SPDX-License-Identifier: BSL-1.0
// The reference evaluator: the meaning of a graph, with which every plan is compared. At run time,
// one node at a time, no fusion; every value is a double, so floating types are not rounded to
// their width, and integers beyond 2^53 are not exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <weft/core/error.hpp>
#include <weft/ir/rules.hpp>
#include <weft/ops/repeat.hpp>

namespace weft::pass {

/// A value in row-major order.
using reference_value = std::vector<double>;

struct reference_result {
    std::vector<reference_value> outputs;
    std::vector<reference_value> updates;  ///< the new values of inputs, in the graph's order
};

namespace detail {

template <class T>
double wrap(double x) {
    auto const size = static_cast<std::uint64_t>(__builtin_fmod(__builtin_fabs(x), 0x1p64));
    return static_cast<double>(static_cast<T>(x < 0 ? ~size + 1 : size));
}

/// What an integer of this type holds after arithmetic whose result is x: modulo 2^bits.
inline double wrapped(double x, dtype type) {
    switch (type) {
        case dtype::boolean: return x != 0;
        case dtype::int8: return wrap<std::int8_t>(x);
        case dtype::int16: return wrap<std::int16_t>(x);
        case dtype::int32: return wrap<std::int32_t>(x);
        case dtype::int64: return wrap<std::int64_t>(x);
        case dtype::uint8: return wrap<std::uint8_t>(x);
        case dtype::uint16: return wrap<std::uint16_t>(x);
        case dtype::uint32: return wrap<std::uint32_t>(x);
        case dtype::uint64: return wrap<std::uint64_t>(x);
        default: return x;
    }
}

/// A floating number as an integer: rounded towards zero, the nearest one there is; NaN is zero.
inline double truncated(double x, dtype type) {
    if (x != x) return 0;
    int const bits = 8 * size_of(type) - is_signed(type);
    double const high = __builtin_ldexp(1, bits), low = is_signed(type) ? -high : 0;
    x = __builtin_trunc(x);
    return x < low ? low : x >= high ? high - 1 : x;
}

inline double converted(double x, dtype from, dtype to) {
    if (to == dtype::boolean) return x != 0;
    if (!is_integer(to)) return x;
    return is_integer(from) || from == dtype::boolean ? wrapped(x, to) : truncated(x, to);
}

// A template, so that a program that never asks for a reference does not compile it.
template <class Number>
class evaluator {
    using numbers = std::vector<Number>;

public:
    evaluator(ir::graph_view const& graph, range<std::int64_t> symbols)
        : g_(graph), symbols_(symbols), values_(static_cast<std::size_t>(graph.nodes.size())),
          shapes_(values_.size()), repeated_(values_.size()) {}

    std::vector<std::int64_t> const& shape(int n) const { return shapes_[index(n)]; }
    numbers const& value(int n) const { return values_[index(n)]; }

    void run(std::vector<numbers> const& inputs) {
        std::vector<int> number(values_.size(), -1);
        for (int i = 0; i < g_.inputs.size(); ++i) number[index(g_.inputs[i])] = i;
        for (int n = 0; n < g_.nodes.size(); ++n) {
            if (is_complex(g_.nodes[n].type))
                raise(text("reference: ") << name(g_.nodes[n].type) << " is not evaluated");
            std::size_t count = 1;
            for (extent e : g_.shape_of(n)) {
                shapes_[index(n)].push_back(size(e));
                count *= static_cast<std::size_t>(shapes_[index(n)].back());
            }
            if (number[index(n)] >= 0)
                bind(n, number[index(n)], inputs, count);
            else
                compute(n, values_[index(n)] = numbers(count));
        }
    }

private:
    ir::graph_view g_;
    range<std::int64_t> symbols_;
    std::vector<numbers> values_;
    std::vector<std::vector<std::int64_t>> shapes_;
    std::vector<std::vector<numbers>> repeated_;  // of each repeat

    static std::size_t index(int n) { return static_cast<std::size_t>(n); }

    std::int64_t size(extent e) const {
        extent_result const r = g_.extents.checked_evaluate(e, symbols_);
        if (r.fault == extent_fault::none) return r.value;
        text sentence("reference: no value of the extent ");
        g_.extents.write(sentence, e);
        raise(sentence);
    }

    void bind(int n, int number, std::vector<numbers> const& inputs, std::size_t count) {
        if (index(number) >= inputs.size() || inputs[index(number)].size() != count) {
            text sentence("reference: input ");
            if (g_.names.empty())
                sentence << number;
            else
                sentence << g_.name(number);
            sentence << " has " << static_cast<std::int64_t>(count) << " elements, found ";
            if (index(number) < inputs.size())
                sentence << static_cast<std::int64_t>(inputs[index(number)].size());
            else
                sentence << "none";
            raise(sentence);
        }
        values_[index(n)] = inputs[index(number)];
    }

    void compute(int n, numbers& y) {
        ir::node const& x = g_.nodes[n];
        switch (x.op->kind) {
            case ir::kind::constant: {
                std::int64_t const bits = g_.attribute(n, 0);
                double const v = is_floating(x.type) ? __builtin_bit_cast(double, bits)
                                                     : wrapped(static_cast<double>(bits), x.type);
                y.assign(y.size(), v);
                return;
            }
            case ir::kind::extent:
                y.assign(y.size(), static_cast<double>(size({g_.attribute(n, 0)})));
                return;
            case ir::kind::elementwise: return elementwise(n, y);
            case ir::kind::reduction: return reduce(n, y);
            case ir::kind::repeat: return repeat(n);
            case ir::kind::part:
                y = repeated_[index(g_.operand(n, 0))][index(static_cast<int>(g_.attribute(n, 0)))];
                return;
            default: return whole(n, y);
        }
    }

    void elementwise(int n, numbers& y) {
        ir::node const& x = g_.nodes[n];
        dtype const from = x.operand_count ? g_.nodes[g_.operand(n, 0)].type : x.type;
        // A conversion rounds towards zero, arithmetic wraps.
        bool const converts = x.op->arity == 1 && from != x.type;
        double operands[4] = {};
        for (std::size_t i = 0; i < y.size(); ++i) {
            for (int o = 0; o < x.operand_count; ++o) operands[o] = value(g_.operand(n, o))[i];
            double const result = x.op->reference(operands);
            y[i] = converts ? converted(result, from, x.type) : wrapped(result, x.type);
        }
    }

    void reduce(int n, numbers& y) {
        ir::node const& x = g_.nodes[n];
        int const o = g_.operand(n, 0);
        // Of no elements, an integer starts at the lowest there is.
        double const identity = is_integer(x.type) ? truncated(x.op->identity, x.type)
                                                   : x.op->identity;
        y.assign(y.size(), identity);
        auto const& from = shape(o);
        list<std::int64_t> to(range<std::int64_t>{shape(n).data(), static_cast<int>(from.size())});
        list<std::int64_t> const strides = ir::row_major(to);
        for (std::size_t i = 0; i < value(o).size(); ++i) {
            std::size_t rest = i, at = 0;
            for (int a = static_cast<int>(from.size()) - 1; a >= 0; --a) {
                auto const extent = static_cast<std::size_t>(from[index(a)]);
                if (!(g_.attribute(n, 0) >> a & 1))
                    at += rest % extent * static_cast<std::size_t>(strides[a]);
                rest /= extent;
            }
            double const pair[] = {y[at], value(o)[i]};
            y[at] = wrapped(x.op->reference(pair), x.type);
        }
    }

    /// The results of a repeat, for its parts: carried values, then stacked ones.
    void repeat(int n) {
        ops::repeat const r = ops::repeat::of(g_.attributes(n));
        ir::graph_view const body = g_.sub(r.region);
        std::int64_t const count = size(r.count);
        std::vector<numbers> results(index(body.outputs.size()));
        for (int i = 0; i < r.carried; ++i) results[index(i)] = value(g_.operand(n, i));
        for (int i = r.carried; i < body.outputs.size(); ++i) {
            std::int64_t elements = count;
            for (extent e : body.shape_of(body.outputs[i])) elements *= size(e);
            results[index(i)].resize(static_cast<std::size_t>(elements));
        }
        auto const slice = [count](auto& whole, std::int64_t at) {
            auto const size = static_cast<std::int64_t>(whole.size()) / count;
            return std::pair{whole.begin() + at * size, whole.begin() + (at + 1) * size};
        };
        for (std::int64_t i = 0; i < count; ++i) {
            std::int64_t const at = r.reversed ? count - 1 - i : i;
            std::vector<numbers> inputs(results.begin(), results.begin() + r.carried);
            for (int o = r.carried; o < g_.nodes[n].operand_count; ++o) {
                numbers const& whole = value(g_.operand(n, o));
                if (o < r.carried + r.stacked) {
                    auto const [first, last] = slice(whole, at);
                    inputs.emplace_back(first, last);
                } else {
                    inputs.push_back(whole);
                }
            }
            evaluator once(body, symbols_);
            once.run(inputs);
            for (int o = 0; o < body.outputs.size(); ++o) {
                numbers const& y = once.value(body.outputs[o]);
                if (o < r.carried)
                    results[index(o)] = y;
                else
                    for (auto to = slice(results[index(o)], at).first; double v : y) *to++ = v;
            }
        }
        repeated_[index(n)] = results;
    }

    void whole(int n, numbers& y) {
        ir::node const& x = g_.nodes[n];
        if (!x.op->reference_whole)
            raise(text("reference: ") << x.op->name << " has no reference");
        std::vector<double const*> operands;
        std::vector<std::int64_t const*> operand_shapes;
        for (int o : g_.operands(n)) {
            operands.push_back(value(o).data());
            operand_shapes.push_back(shape(o).data());
        }
        auto const size_of_extent = [](void const* self, extent e) {
            return static_cast<evaluator const*>(self)->size(e);
        };
        x.op->reference_whole({g_, n, operands.data(), operand_shapes.data(), y.data(),
                               shape(n).data(), size_of_extent, this});
        for (double& v : y) v = wrapped(v, x.type);
    }
};

}  // namespace detail

/// Evaluates a graph: a value for each input in row-major order, and the sizes that its run-time
/// extents are bound to. Raises weft::error where these do not fit the graph.
template <class Graph>
reference_result reference(Graph const& graph, std::vector<reference_value> const& inputs,
                           std::vector<std::int64_t> const& symbols = {}) {
    ir::graph_view const g = graph;
    range<std::int64_t> const bound{symbols.data(), static_cast<int>(symbols.size())};
    if (int const i = g.extents.first_broken(bound); i >= 0) {
        text sentence("reference: the extents ");
        g.extents.write(sentence, g.extents.constraints[i].left);
        sentence << " and ";
        g.extents.write(sentence, g.extents.constraints[i].right);
        raise(sentence << " are not equal");
    }
    detail::evaluator<reference_value::value_type> e(g, bound);
    e.run(inputs);
    reference_result result;
    for (int n : g.outputs) result.outputs.push_back(e.value(n));
    for (int i = 1; i < g.updates.size(); i += 2) result.updates.push_back(e.value(g.updates[i]));
    return result;
}

}  // namespace weft::pass
