// SPDX-License-Identifier: BSL-1.0
// Random numbers as nodes: counter-based (Philox4x32-10), so that they are the same for any
// thread count, device or batching. The key is an input of the program, bound at each call.
#pragma once

#include <weft/core/philox.hpp>
#include <weft/ops/index.hpp>

namespace weft {
namespace ops {

/// The random word of a counter, a stream number and a key of two words, all uint32.
struct random_bits : elementwise<4> {
    static constexpr std::string_view name = "random_bits", cuda = "philox($0, $1, $2, $3)";
    static constexpr int cost = 60;
    template <class V>
    static constexpr V eval(V counter, V stream, V key0, V key1) {
        V const zero(std::uint32_t{0});
        return random::philox(random::block<V>{{counter, stream, zero, zero}}, key0, key1).word[0];
    }
    static double reference(double const* x) {
        auto word = [&](int i) { return static_cast<std::uint32_t>(x[i]); };
        return eval(word(0), word(1), word(2), word(3));
    }
};

/// A uniform number in [0, 1) from a random word: its upper 24 bits.
struct unit_interval : elementwise<1> {
    static constexpr std::string_view name = "unit_interval", cuda = "($0 >> 8) * 0x1p-24f";
    template <class V>
    static auto eval(V bits) {
        return cast_bits(bits);
    }
    static double reference(double const* x) {
        return static_cast<double>(static_cast<std::uint32_t>(x[0]) >> 8) * 0x1p-24;
    }

private:
    template <class V>
    static auto cast_bits(V bits) {
        return cast<float>(bits >> 8) * decltype(cast<float>(bits >> 8))(0x1p-24f);
    }
};

}  // namespace ops

namespace random {

namespace detail {

/// Random words in a value of shape s.
constexpr symbol bits_of_shape(ir::builder& b, int s, std::uint32_t stream) {
    symbol const key = b.random_key();
    extent const n = weft::detail::element_count(b, s);
    std::int64_t const at = 0;
    symbol const position = weft::detail::reshape_to(
        b.add(ir::op<ops::iota>, dtype::uint32, b.shape({&n, 1}), {}, {&at, 1}), s);
    symbol call = b.constant(dtype::uint32, s, stream + b.next_draw());
    if (symbol const i = b.iteration_number(); i.valid()) call = call + ir::broadcast(i, s);
    auto word = [&](int i) {
        return ir::broadcast(weft::detail::reshape_to(weft::slice(key, 0, i, i + 1), b.scalar_shape()), s);
    };
    int const ids[] = {position.id(), call.id(), word(0).id(), word(1).id()};
    return b.add(ir::op<ops::random_bits>, dtype::uint32, s, {ids, 4});
}
constexpr symbol to_unit_interval(symbol word) {
    if (!word.valid()) return word;
    int const id = word.id();
    return word.builder()->add(ir::op<ops::unit_interval>, dtype::f32, word.node().shape,
                               {&id, 1});
}

}  // namespace detail

/// Random words in a value of this shape. Each call in a trace draws other numbers, numbered in the
/// order of the trace, or of the scope that it stands in (weft::scope); `stream` tells calls apart
/// besides.
constexpr symbol bits(symbol like, shape_list shape, std::uint32_t stream = 0) {
    like = like.traced();
    if (!like.valid()) return like;
    ir::builder& b = *like.builder();
    int const s = weft::detail::shape_number(b, shape, "random::bits");
    return s < 0 ? symbol{&b, -1} : detail::bits_of_shape(b, s, stream);
}

/// Uniform numbers in [0, 1), float, in a value of this shape; `like` is any value of the trace.
template <Traced A>
constexpr symbol uniform(A const& like, shape_list shape, std::uint32_t stream = 0) {
    return detail::to_unit_interval(bits(like.traced(), shape, stream));
}
/// Uniform numbers in [0, 1), float, in the shape of x.
template <Traced A>
constexpr symbol uniform(A const& x) {
    symbol const s = x.traced();
    if (!s.valid()) return s;
    return detail::to_unit_interval(detail::bits_of_shape(*s.builder(), s.node().shape, 0));
}

/// True with probability p, in a value of this shape.
template <Traced A, Operand P>
constexpr symbol bernoulli(A const& like, P const& p, shape_list shape, std::uint32_t stream = 0) {
    return uniform(like, shape, stream) < p;
}
/// True with probability p, in the shape of x.
template <Traced A, Operand P>
constexpr symbol bernoulli(A const& x, P const& p) {
    return uniform(x) < p;
}

}  // namespace random

namespace ir {
template <> struct struct_of<hash("random_bits")> { using type = ops::random_bits; };
template <> struct struct_of<hash("unit_interval")> { using type = ops::unit_interval; };
}  // namespace ir
}  // namespace weft
