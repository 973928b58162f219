// SPDX-License-Identifier: BSL-1.0
// Derivatives that are not those of the formula: stop_gradient and custom_vjp.
#pragma once

#include <tuple>

#include <weft/ops/sweep.hpp>

namespace weft {
namespace ops {

/// Base of operations whose value is their first operand; simplify removes them, when all
/// derivatives are taken.
struct identity : ir::operation_base {
    static constexpr auto kind = ir::kind::identity;
    static constexpr int cost = 0;
    static constexpr symbol simplify(ir::rewrite& r) { return r.operand(0); }
    static constexpr symbol batch(ir::batching& b) { return ir::detail::batch_elementwise(b); }
    static void reference_whole(ir::reference_call const& c) {
        for (std::int64_t i = 0, n = c.count(); i < n; ++i) c.result[i] = c.operands[0][i];
    }
};

struct stop_gradient : identity {
    static constexpr std::string_view name = "stop_gradient";
};

/// Operands: the value, then what it was computed from. Backward(cotangent, result, inputs...)
/// gives the cotangents of the inputs. Attribute: how many batch axes vmap has put in front.
template <class Backward, int Inputs>
struct custom_vjp : identity {
    static constexpr std::string_view name = "custom_vjp";
    static constexpr int arity = 1 + Inputs;

    static constexpr void vjp(ir::pullback& p) {
        int const axes = static_cast<int>(p.attribute(0)), count = 2 + Inputs;
        list<symbol> values{p.cotangent};
        for (int i = 0; i < 1 + Inputs; ++i) values.push(p.operand(i));
        // Backward is written for one element; it is traced for one, and batched again.
        for (int i = 0; i < axes * count; ++i) values.push(ir::element(values[i]));
        list<symbol> d = cotangents(p.builder, values.sub(axes * count, count));
        for (int level = axes; level-- > 0;) {
            auto const batch = values.sub(level * count, count);
            auto const each =
                ir::batch_sweep(p.builder, d, values.sub((level + 1) * count, count), batch);
            for (int i = 0; i < Inputs; ++i)
                if (d[i].valid())
                    d[i] = each[i].valid() ? each[i] : ir::spread(d[i], batch[0].size(0));
        }
        for (int i = 0; i < Inputs; ++i) p.add(i + 1, d[i]);
    }
    /// Forward mode follows the formula.
    static constexpr symbol jvp(ir::pushforward& p) { return p.tangent(0); }
    static constexpr symbol batch(ir::batching& b) {
        std::int64_t const axes = b.attributes()[0] + 1;
        list<int> ids;
        for (int i = 0; i < arity; ++i) ids.push(b.spread(i).id());
        return b.apply(ids, {&axes, 1});
    }

private:
    static constexpr list<symbol> cotangents(ir::builder& b, range<symbol> values) {
        list<symbol> result;
        [&]<int... I>(std::integer_sequence<int, I...>) {
            auto const d = Backward{}(values[0], values[1], values[I + 2]...);
            if constexpr (Traced<decltype(d)>)
                result.push(checked(b, d, values[2]));
            else
                (result.push(checked(b, std::get<static_cast<std::size_t>(I)>(d), values[I + 2])),
                 ...);
        }(std::make_integer_sequence<int, Inputs>{});
        result.resize(Inputs, symbol{});
        return result;
    }
    static constexpr symbol checked(ir::builder& b, symbol d, symbol x) {
        if (!d.valid()) return d;
        if (d.node().shape == x.node().shape) return ir::cast(d, x.type());
        text t = ir::sentence("custom_vjp", x) << " was given a cotangent of shape ";
        ir::write_shape(t, d);
        return b.fail(t);
    }
};

}  // namespace ops

/// x, through which no derivative flows.
template <Symbolic A>
constexpr symbol stop_gradient(A const& a) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    int const id = x.id();
    return x.builder()->add(ir::op<ops::stop_gradient>, x.type(), x.node().shape, {&id, 1});
}

/// forward(inputs...), with reverse derivatives by `backward(cotangent, result, inputs...)`, which
/// returns the cotangent of the input, or a tuple of one for each. `backward` captures nothing.
template <class Forward, class Backward, class... A>
    requires Symbols<A...>
constexpr symbol custom_vjp(Forward forward, Backward, A const&... inputs) {
    static_assert(std::is_empty_v<Backward> && std::is_default_constructible_v<Backward>,
                  "weft::custom_vjp: the backward function captures values; what it needs comes "
                  "as its arguments");
    symbol const y = forward(inputs.traced()...);
    if (!y.valid()) return y;
    int const ids[] = {y.id(), inputs.traced().id()...};
    std::int64_t const batch_axes = 0;
    return y.builder()->add(ir::op<ops::custom_vjp<Backward, sizeof...(A)>>, y.type(),
                            y.node().shape, {ids, 1 + sizeof...(A)}, {&batch_axes, 1});
}

WEFT_EAGER(stop_gradient)
WEFT_EAGER(custom_vjp)

}  // namespace weft
