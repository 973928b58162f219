// SPDX-License-Identifier: BSL-1.0
// From a call of an operation to nodes: operands to symbols, types promoted (C++ scalars are
// weak), shapes broadcast. Every elementwise operation goes through `emit`.
// arithmetic.hpp includes this file where its turn comes: so the guard starts behind the include.
#include <weft/ops/arithmetic.hpp>
#ifndef WEFT_OPS_EMIT_HPP
#define WEFT_OPS_EMIT_HPP

#include <concepts>
#include <type_traits>
#include <weft/core/dtype.hpp>
#include <weft/cpu/isa.hpp>
#include <weft/ir/builder.hpp>
#include <weft/ir/expression.hpp>
#include <weft/ir/rules.hpp>

namespace weft {

/// What operations accept beside traced values: numbers of C++, and complex ones.
template <class T>
concept Scalar = std::is_arithmetic_v<T> || detail::complex_like<T>;

/// Whether T is a number that differentiates what is computed with it: a dual number, a variable of
/// a tape, or an expression of these. Such a type specialises it, and brings
///
///     template <class Op, class... A> auto apply_operation(operation_tag<Op>, A const&... x);
///
/// in its namespace, which every elementwise operation calls with it among the operands.
template <class T>
inline constexpr bool is_active_number = false;
template <class T>
concept ActiveNumber = is_active_number<T>;
template <class Op>
struct operation_tag {};

template <class T>
concept Operand = Traced<T> || Scalar<T> || ActiveNumber<T>;

/// What functions of one operand take: a traced value or an active number.
template <class T>
concept Value = Symbolic<T> || ActiveNumber<T>;

/// At least one operand is a traced value or an active number; an active number beside a tensor is
/// an eager expression.
template <class... T>
concept Operands = (Operand<T> && ...) && (Value<T> || ...) &&
                   !((Concrete<T> || ...) && (ActiveNumber<T> || ...));

/// All operands stand for nodes, at least one of them for nothing else.
template <class... T>
concept Symbols = (Traced<T> && ...) && (Symbolic<T> || ...);
/// The same with numbers among them.
template <class... T>
concept SymbolsOrNumbers = ((Traced<T> || Scalar<T>) && ...) && (Symbolic<T> || ...);

namespace ir {

constexpr void write_shape(text& out, symbol s) {
    write_shape(out, s.builder()->view(), s.node().shape);
}

/// `add(x, hidden.bias): (32, 128) and (127) ` : how sentences about two operands begin.
constexpr text sentence(std::string_view call, symbol a, symbol b, std::string_view between) {
    text t;
    t << call << '(';
    write_value(t, a);
    t << ", ";
    write_value(t, b);
    t << "): ";
    write_shape(t, a);
    t << ' ' << between << ' ';
    write_shape(t, b);
    return t;
}
constexpr text sentence(std::string_view call, symbol a) {
    text t;
    t << call << '(';
    write_value(t, a);
    t << "): ";
    write_shape(t, a);
    return t;
}

/// Moves no data: the operand repeated along new and one-element axes, aligned at the last axis.
struct broadcast_to_op : operation_base {
    static constexpr std::string_view name = "broadcast_to", onnx = "Expand";
    static constexpr auto kind = ir::kind::layout;
    static constexpr int cost = 0;
    static constexpr void vjp(pullback& p);
    static constexpr symbol jvp(pushforward& p) { return p.linear(); }
    static constexpr symbol simplify(rewrite& r);
    static constexpr symbol batch(batching& b);
    static void reference_whole(reference_call const& c);
};

/// Elementwise conversion to another type; the result's type is the node's.
struct cast_op : operation_base {
    static constexpr std::string_view name = "cast", onnx = "Cast";
    static constexpr auto kind = ir::kind::elementwise;
    static constexpr void vjp(pullback& p);
    static constexpr symbol jvp(pushforward& p);
    static constexpr symbol simplify(rewrite& r);
    static double reference(double const* x) { return x[0]; }
};

constexpr symbol broadcast(symbol x, int shape) {
    int const id = x.id();
    return x.node().shape == shape ? x
                                   : x.builder()->add(op<broadcast_to_op>, x.type(), shape, {&id, 1});
}

constexpr symbol cast(symbol x, dtype type) {
    int const id = x.id();
    return x.type() == type ? x : x.builder()->add(op<cast_op>, type, x.node().shape, {&id, 1});
}

/// x for each element of a batch: a new first axis, along which it is repeated.
constexpr symbol spread(symbol x, extent size) {
    builder& b = *x.builder();
    list<extent> shape{size};
    shape.append(b.view().shape(x.node().shape));
    if (x.node().op->kind != kind::constant) return broadcast(x, b.shape(shape));
    std::int64_t const bits = b.view().attribute(x.id(), 0);
    return b.add(op<constant_op>, x.type(), b.shape(shape), {}, {&bits, 1});
}
constexpr symbol batching::spread(int i) const {
    symbol const x = batch(i);
    return x.valid() ? x : ir::spread(operand(i), size);
}

namespace detail {

constexpr symbol batch_elementwise(batching& b) {
    list<int> ids;
    for (int i = 0; i < b.operand_count(); ++i) ids.push(b.spread(i).id());
    return b.apply(ids, b.attributes());
}

}  // namespace detail

/// An operand on its way into a node: a symbol, or a number, which is weak.
struct operand {
    symbol value;
    double number;
    weak kind;
    double imaginary = 0;

    constexpr bool is_number() const { return kind != weak::none && !value.builder(); }
};

/// Real and imaginary part at every place of a shape; defined with the operation.
constexpr symbol complex_constant(builder& b, dtype type, int shape, double re, double im);

/// A number that has found its type and shape.
constexpr symbol constant(builder& b, dtype type, int shape, operand const& x) {
    return x.imaginary != 0 ? complex_constant(b, type, shape, x.number, x.imaginary)
                            : b.constant(type, shape, x.number);
}

template <class T>
constexpr operand to_operand(T const& x) {
    if constexpr (std::is_same_v<T, weak_symbol>)
        return {x.value, 0, x.kind};
    else if constexpr (Traced<T>)
        return {x.traced(), 0, weak::none};
    else if constexpr (!std::is_arithmetic_v<T>)
        return {{}, static_cast<double>(x.real()), weak::complex, static_cast<double>(x.imag())};
    else
        return {{},
                static_cast<double>(x),
                weakness<T>()};
}

/// The shape that both broadcast to, or -1. Run-time extents that must agree are assumed equal.
constexpr int broadcast_shape(builder& b, int s, int t) {
    if (s == t) return s;
    auto const& g = b.result();
    span const x = g.shapes[s], y = g.shapes[t];
    if (x.count == 0) return t;
    if (y.count == 0) return s;
    list<extent> out;
    int const rank = x.count > y.count ? x.count : y.count;
    for (int i = 0; i < rank; ++i) {
        int const j = i - (rank - x.count), k = i - (rank - y.count);
        extent const e = j < 0 ? extent{1} : g.extent_pool[x.first + j];
        extent const f = k < 0 ? extent{1} : g.extent_pool[y.first + k];
        if (e == f || f == extent{1})
            out.push(e);
        else if (e == extent{1})
            out.push(f);
        else if (b.extents().assume_equal(e, f))
            out.push(e.is_static() ? e : f);
        else
            return -1;
    }
    return b.shape(out);
}

/// The promoted type of the operands (JAX's lattice; numbers are weak).
constexpr dtype promoted(operand const* x, int count) {
    bool found = false;
    dtype type = dtype::boolean;
    for (int i = 0; i < count; ++i)
        if (x[i].kind == weak::none) {
            type = found ? promote(type, x[i].value.type()) : x[i].value.type();
            found = true;
        }
    for (int i = 0; i < count; ++i)
        if (x[i].kind != weak::none) type = promote(type, x[i].kind);
    return type;
}

constexpr ir::builder* builder_of(operand const* x, int count) {
    for (int i = 0; i < count; ++i)
        if (!x[i].is_number()) return x[i].value.builder();
    return nullptr;
}

/// How the type of an elementwise result follows from the promoted type of its operands.
enum class typing : std::uint8_t {
    same,      ///< the promoted type
    floating,  ///< the promoted type, float for integers and booleans
    boolean,   ///< operands promoted, the result is boolean
    real,      ///< the real type of the promoted type
    complex,   ///< operands are promoted real floating numbers, the result is complex
};

/// What an elementwise operation does not take.
enum class refusal : std::uint8_t { none, truth, complex, both };

constexpr bool refuses(refusal r, dtype type) {
    return ((r == refusal::truth || r == refusal::both) && type == dtype::boolean) ||
           ((r == refusal::complex || r == refusal::both) && is_complex(type));
}
constexpr symbol refuse(builder& b, operation const* o, dtype type) {
    text t(o->name);
    t << ": ";
    if (type == dtype::boolean)
        return b.fail(t << "bool has no such operation: use logical_and, logical_or, logical_not, "
                           "!=, or cast to a number");
    return b.fail(t << name(type) << " has no such operation: complex numbers have no order; "
                       "take real(z), imag(z) or abs(z)");
}

constexpr symbol emit(operation const* o, typing rule, operand* x, int count,
                      refusal refused = refusal::none) {
    builder* const b = builder_of(x, count);
    if (!b) return {};
    for (int i = 0; i < count; ++i)
        if (!x[i].is_number()) {
            if (!x[i].value.valid()) return {b, -1};
            if (x[i].value.builder() != b)
                return b->fail(text(o->name) << ": operands belong to different traces");
        }
    dtype type = promoted(x, count);
    if (refuses(rule == typing::complex ? refusal::complex : refused, type))
        return refuse(*b, o, type);
    if (rule == typing::floating && !is_inexact(type)) type = dtype::f32;
    if (rule == typing::complex && type != dtype::f64) type = dtype::f32;
    int shape = -1, widest = -1;
    for (int i = 0; i < count; ++i)
        if (!x[i].is_number()) {
            int const s = x[i].value.node().shape;
            if (widest < 0) {
                shape = s, widest = i;
                continue;
            }
            int const joint = broadcast_shape(*b, shape, s);
            if (joint < 0)
                return b->fail(sentence(o->name, x[widest].value, x[i].value, "and")
                               << " do not broadcast");
            shape = joint;
        }
    int ids[4] = {};
    for (int i = 0; i < count; ++i)
        ids[i] = (x[i].is_number() ? constant(*b, type, shape, x[i])
                                   : broadcast(cast(x[i].value, type), shape))
                     .id();
    if (rule != typing::same && rule != typing::floating)
        type = rule == typing::boolean ? dtype::boolean
               : rule == typing::real  ? real_type(type)
               : type == dtype::f64    ? dtype::c128
                                       : dtype::c64;
    return b->add(o, type, shape, {ids, count});
}

/// A call of an elementwise operation: a node, or what active numbers make of it.
template <class Op, class... A>
constexpr symbol elementwise(A const&... arguments) {
    operand x[] = {to_operand(arguments)...};
    return emit(op<Op>, Op::type, x, sizeof...(A), Op::refuses);
}
template <class Op, class... A>
    requires(ActiveNumber<A> || ...)
WEFT_INLINE constexpr auto elementwise(A const&... arguments) {
    return apply_operation(operation_tag<Op>{}, arguments...);
}

}  // namespace ir
}  // namespace weft

#endif
