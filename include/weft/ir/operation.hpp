// SPDX-License-Identifier: BSL-1.0
// The open registry: an operation is one struct; a node points to the descriptor made from it,
// and kernels find the struct again through the hash of its name.
#pragma once

#include <cstdint>
#include <string_view>

#include <weft/core/dtype.hpp>

namespace weft {

class symbol;
struct extent;

namespace ir {

struct pullback;
struct pushforward;
struct batching;
struct rewrite;
struct sizing;
struct reference_call;

/// How the passes treat an operation.
enum class kind : std::uint8_t {
    input,        ///< a buffer bound at the call
    constant,     ///< one value, repeated over the shape
    extent,       ///< the number of a run-time extent, repeated over the shape
    elementwise,  ///< result element i is a function of operand elements i
    index,        ///< the position along an axis
    layout,       ///< moves no data: broadcast, reshape, transpose, slice
    reduction,    ///< folds axes into one element each
    contraction,  ///< a product of matrices
    identity,     ///< its first operand, with a derivative of its own
    placement,    ///< copies operands into parts of the result: concatenate, pad
    gather,       ///< rows of a table chosen by an index
    scatter,      ///< rows added into a table at an index
    whole,        ///< reads whole operands; brings a kernel of its own, `run`
    repeat,       ///< a sub-graph run several times
    part,         ///< one of the results of a repeat
};

/// What the passes know of an operation; made from its struct by `descriptor`.
struct operation {
    std::string_view name;
    std::uint32_t id;
    ir::kind kind;
    int arity;                                          ///< -1: any number of operands
    int cost;                                           ///< floating-point operations an element
    // Whether the rules are there: asked of the pointers, g++ 12 finds no constant under UBSan.
    bool has_vjp;                                       ///< false: no derivative flows
    bool has_jvp;                                       ///< false: the tangent is zero
    bool has_simplify;                                  ///< false: nothing to simplify
    bool has_batch;                                     ///< false: vmap refuses it
    bool has_workspace, has_flops;                      ///< of whole operations
    void (*vjp)(pullback&);
    symbol (*jvp)(pushforward&);
    symbol (*simplify)(rewrite&);
    symbol (*batch)(batching&);
    double (*reference)(double const*);                 ///< elementwise operations and reductions
    void (*reference_whole)(reference_call const&);     ///< all others
    extent (*workspace)(sizing const&);                 ///< bytes that `run` works in
    extent (*flops)(sizing const&);                     ///< left out: cost times elements
    double identity;                                    ///< of a reduction: its value of nothing
    std::string_view cuda, c99, onnx;                   ///< texts; $0, $1 stand for operands
};

/// FNV-1a.
constexpr std::uint32_t hash(std::string_view s) {
    std::uint32_t h = 2166136261u;
    for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h;
}

/// The struct of an operation, by the hash of its name: specialise it beside each operation,
/// `template <> struct weft::ir::struct_of<weft::ir::hash("my.cube")> { using type = cube; };`
template <std::uint32_t Id>
struct struct_of {
    static_assert(Id - Id, "weft: a kernel needs an operation whose struct it cannot find: beside "
                           "the struct, specialise weft::ir::struct_of<weft::ir::hash(name)>");
};

/// Base of every operation's struct: what is left out has these values.
struct operation_base {
    static constexpr int arity = 1;
    static constexpr int cost = 1;
    static constexpr std::string_view cuda{}, c99{}, onnx{};
};

namespace detail {

template <class Op, int... I>
double call_reference(double const* x) {
    return static_cast<double>(Op::eval(x[I]...));
}

template <class Op>
constexpr auto reference_of() -> double (*)(double const*) {
    if constexpr (requires { &Op::reference; })
        return &Op::reference;
    else if constexpr (Op::kind != kind::elementwise && Op::kind != kind::reduction)
        return nullptr;
    else if constexpr (Op::kind == kind::reduction || Op::arity == 2)
        return &call_reference<Op, 0, 1>;
    else if constexpr (Op::arity == 1)
        return &call_reference<Op, 0>;
    else
        return &call_reference<Op, 0, 1, 2>;
}

// Both modes of an elementwise operation from its partials; defined in ops/derive.hpp.
template <class Op>
constexpr void pull_all(pullback& p);
template <class Op>
constexpr symbol push_all(pushforward& p);

// The batching rule of every elementwise operation; defined in ops/emit.hpp.
constexpr symbol batch_elementwise(batching& b);

template <class Op>
concept HasPartials =
    Op::kind == kind::elementwise &&
    ((Op::arity == 1 && requires(symbol s) { Op::template partial<0>(s, s); }) ||
     (Op::arity == 2 && requires(symbol s) { Op::template partial<0>(s, s, s); }) ||
     (Op::arity == 3 && requires(symbol s) { Op::template partial<0>(s, s, s, s); }));

template <class Op>
inline constexpr bool has_vjp = HasPartials<Op> || requires { &Op::vjp; };
template <class Op>
inline constexpr bool has_jvp = HasPartials<Op> || requires { &Op::jvp; };
template <class Op>
inline constexpr bool has_simplify = requires { &Op::simplify; };
template <class Op>
inline constexpr bool has_batch = Op::kind == kind::elementwise || requires { &Op::batch; };
template <class Op>
inline constexpr bool has_workspace = requires { &Op::workspace; };
template <class Op>
inline constexpr bool has_flops = requires { &Op::flops; };

template <class Op>
constexpr auto vjp_of() -> void (*)(pullback&) {
    if constexpr (requires { &Op::vjp; })
        return &Op::vjp;
    else if constexpr (HasPartials<Op>)
        return &pull_all<Op>;
    else
        return nullptr;
}

template <class Op>
constexpr auto jvp_of() -> symbol (*)(pushforward&) {
    if constexpr (requires { &Op::jvp; })
        return &Op::jvp;
    else if constexpr (HasPartials<Op>)
        return &push_all<Op>;
    else
        return nullptr;
}

template <class Op>
constexpr auto simplify_of() -> symbol (*)(rewrite&) {
    if constexpr (has_simplify<Op>)
        return &Op::simplify;
    else
        return nullptr;
}

template <class Op>
constexpr auto batch_of() -> symbol (*)(batching&) {
    if constexpr (requires { &Op::batch; })
        return &Op::batch;
    else if constexpr (Op::kind == kind::elementwise)
        return &batch_elementwise;
    else
        return nullptr;
}

template <class Op>
constexpr auto whole_of() -> void (*)(reference_call const&) {
    if constexpr (requires { &Op::reference_whole; })
        return &Op::reference_whole;
    else
        return nullptr;
}

template <class Op>
constexpr auto workspace_of() -> extent (*)(sizing const&) {
    if constexpr (has_workspace<Op>)
        return &Op::workspace;
    else
        return nullptr;
}

template <class Op>
constexpr auto flops_of() -> extent (*)(sizing const&) {
    if constexpr (has_flops<Op>)
        return &Op::flops;
    else
        return nullptr;
}

template <class Op>
constexpr double identity_of() {
    if constexpr (requires { Op::template identity<double>(); })
        return Op::template identity<double>();
    else
        return 0;
}

}  // namespace detail

/// The descriptor of an operation's struct; nodes point to it.
template <class Op>
inline constexpr operation descriptor{Op::name,
                                      hash(Op::name),
                                      Op::kind,
                                      Op::arity,
                                      Op::cost,
                                      detail::has_vjp<Op>,
                                      detail::has_jvp<Op>,
                                      detail::has_simplify<Op>,
                                      detail::has_batch<Op>,
                                      detail::has_workspace<Op>,
                                      detail::has_flops<Op>,
                                      detail::vjp_of<Op>(),
                                      detail::jvp_of<Op>(),
                                      detail::simplify_of<Op>(),
                                      detail::batch_of<Op>(),
                                      detail::reference_of<Op>(),
                                      detail::whole_of<Op>(),
                                      detail::workspace_of<Op>(),
                                      detail::flops_of<Op>(),
                                      detail::identity_of<Op>(),
                                      Op::cuda,
                                      Op::c99,
                                      Op::onnx};

template <class Op>
inline constexpr std::uint32_t id_of = hash(Op::name);

/// Whether this is the operation of a struct. By the name's hash: the addresses of two descriptors
/// cannot be compared in constant evaluation by g++ 12 under UBSan.
template <class Op>
constexpr bool is(operation const* o) {
    return o->id == id_of<Op>;
}

}  // namespace ir
}  // namespace weft
