// SPDX-License-Identifier: BSL-1.0
// Attention: Vaswani et al. (2017). A function of queries, keys and values; a layer of several
// heads; and the block that transformers are made of.
#pragma once

#include <weft/nn/linear.hpp>
#include <weft/nn/norm.hpp>
#include <weft/ops/activations.hpp>
#include <weft/ops/map.hpp>

namespace weft::nn {

/// Every position attends to every other one.
struct no_mask {};
/// A position attends to itself and to those before it.
struct causal_mask {};
inline constexpr causal_mask causal{};

namespace detail {

/// 1 / sqrt(n): a number where n is known, which no kernel has to compute.
constexpr symbol inverse_root(ir::builder& b, extent n, dtype type) {
    if (!n.is_static()) return rsqrt(b.number(n, type, b.scalar_shape()));
    double const x = static_cast<double>(n.value());
    double root = x > 1 ? x : 1;
    for (int i = 0; i < 64; ++i) root = 0.5 * (root + x / root);  // Newton's, from above
    return b.constant(type, b.scalar_shape(), 1 / root);
}

/// One product of scores: `seen` is a mask, or not valid; causal masks are of positions, of which the
/// first query's is `first`.
constexpr symbol attend(symbol q, symbol k, symbol v, symbol seen, symbol first) {
    ir::builder& b = *q.builder();
    int const last = q.rank() - 1;
    list<std::int64_t> order;
    for (int i = 0; i < last - 1; ++i) order.push(i);
    order.push(last);
    order.push(last - 1);
    symbol scores = matmul(q, ops::transpose::apply(k, order));
    if (!scores.valid()) return scores;
    scores = scores * inverse_root(b, q.size(last), scores.type());
    constexpr double unseen = -1e30;
    if (first.valid()) {
        int const shape = scores.node().shape;
        std::int64_t const row = last - 1, column = last;
        symbol const i = b.add(ir::op<ops::iota>, dtype::int32, shape, {}, {&row, 1}),
                     j = b.add(ir::op<ops::iota>, dtype::int32, shape, {}, {&column, 1});
        scores = where(j <= i + first, scores, unseen);
    } else if (seen.valid()) {
        scores = where(seen, scores, unseen);
    }
    return matmul(softmax(scores), v);
}

/// Scores beyond this many bytes are computed part by part.
inline constexpr std::int64_t most_scores = 1 << 20;

/// The largest number up to `most` that divides n.
constexpr std::int64_t divisor(std::int64_t n, std::int64_t most) {
    for (std::int64_t d = most < n ? most : n; d > 1; --d)
        if (n % d == 0) return d;
    return 1;
}

/// Attention of which no more scores are in memory than a cache holds, forwards and backwards: one
/// batch after the other, and in a long one block of queries after the other. A row of scores is
/// always whole, so the softmax needs no second look at it.
template <bool Causal>
constexpr symbol in_blocks(symbol q, symbol k, symbol v) {
    ir::builder& b = *q.builder();
    int const axes = q.rank();
    symbol const zero = Causal ? b.constant(dtype::int32, b.scalar_shape(), 0) : symbol{};
    extent const rows = q.size(axes - 2), columns = k.size(axes - 2);
    if (!rows.is_static() || !columns.is_static()) return attend(q, k, v, {}, zero);
    std::int64_t const bytes = size_of(q.type()) * rows.value() * columns.value();
    extent batches{1};
    for (int i = 0; i < axes - 2; ++i) batches = b.extents().multiply(batches, q.size(i));
    bool const many = batches.is_static() && batches.value() > 1 &&
                      bytes * batches.value() > most_scores;
    if (many) {
        auto const flat = [&](symbol x) {
            return reshape(x, {batches, x.size(axes - 2), x.size(axes - 1)});
        };
        symbol const y = map([](auto x, auto s, auto t) { return in_blocks<Causal>(x, s, t); },
                             flat(q), flat(k), flat(v));
        if (!y.valid()) return y;
        list<extent> shape(b.view().shape(q.node().shape));
        shape[axes - 1] = v.size(axes - 1);
        return weft::detail::reshape_to(y, b.shape(shape));
    }
    std::int64_t const block =
        divisor(rows.value(), most_scores / 4 / (size_of(q.type()) * columns.value()));
    if (axes > 2 || bytes <= most_scores || block < 8) return attend(q, k, v, {}, zero);
    std::int64_t const count = rows.value() / block;
    symbol const first = iota(q, {count}) * static_cast<int>(block);
    symbol const y = map(
        [&](auto part, auto start) { return attend(part, k, v, {}, Causal ? start : symbol{}); },
        reshape(q, {count, block, q.size(1)}), first);
    return y.valid() ? reshape(y, {rows, v.size(1)}) : y;
}

}  // namespace detail

/// What each query finds: the values, weighted by softmax(q k^T / sqrt(width)). q is (..., m, width),
/// k (..., n, width), v (..., n, out); leading axes are batches. `mask` is none, `causal`, or a
/// boolean value that broadcasts to (..., m, n) and says which keys a query sees; a query that sees
/// none gets the mean of all values.
template <Traced Q, Traced K, Traced V, class Mask = no_mask>
constexpr symbol attention(Q const& queries, K const& keys, V const& values, Mask mask = {}) {
    symbol const q = queries.traced(), k = keys.traced(), v = values.traced();
    if (!q.valid() || !k.valid() || !v.valid()) return {q.builder(), -1};
    ir::builder& b = *q.builder();
    if (q.rank() < 2 || q.rank() != k.rank() || q.rank() != v.rank())
        return b.fail(ir::sentence("attention", q, k, "and")
                      << ": queries, keys and values have equally many axes, two at least");
    int const last = q.rank() - 1;
    if (!b.extents().assume_equal(q.size(last), k.size(last)))
        return b.fail(ir::sentence("attention", q, k, "and")
                      << ": queries and keys have different widths");
    if (!b.extents().assume_equal(k.size(last - 1), v.size(last - 1)))
        return b.fail(ir::sentence("attention", k, v, "and")
                      << ": there are as many keys as values");
    if constexpr (!std::is_same_v<Mask, no_mask> && !std::is_same_v<Mask, causal_mask>) {
        static_assert(Traced<Mask>, "weft::nn::attention: the mask is nn::causal or a boolean value");
        symbol const m = mask.traced();
        if (!m.valid()) return m;
        if (m.type() != dtype::boolean)
            return b.fail(ir::sentence("attention", m) << ": a mask is boolean, found "
                                                       << name(m.type()));
        return detail::attend(q, k, v, m, {});
    } else if constexpr (std::is_same_v<Mask, causal_mask>) {
        return detail::in_blocks<true>(q, k, v);
    } else {
        return detail::in_blocks<false>(q, k, v);
    }
}

/// Heads of attention beside each other: (batch, length, Width) to the same.
template <std::int64_t Width, std::int64_t Heads, class T = float>
struct multi_head_attention {
    static_assert(Heads > 0 && Width % Heads == 0,
                  "weft::nn::multi_head_attention<Width, Heads>: the width divides into the heads");

    linear<Width, Width, T> query, key, value, output;

    /// Each position looks at the positions of the same sequence.
    template <class X, class Mask = no_mask>
    constexpr symbol operator()(X const& x, Mask mask = {}) const {
        return (*this)(x, x, mask);
    }
    /// Positions of x look at those of `context`, (batch, other length, Width).
    template <class X, class C, class Mask>
        requires(!std::is_same_v<C, causal_mask> && !std::is_same_v<C, no_mask>)
    constexpr symbol operator()(X const& x, C const& context, Mask mask) const {
        symbol const q = heads(query(detail::operand(x))), k = heads(key(detail::operand(context))),
                     v = heads(value(detail::operand(context)));
        if (!q.valid() || !k.valid()) return {x.builder(), -1};
        symbol const y = attention(q, k, v, over_heads(mask));
        return y.valid() ? output(together(y)) : y;
    }

private:
    /// (batch, length, Width) to (batch, head, length, width of a head).
    static constexpr symbol heads(symbol x) {
        if (!x.valid()) return x;
        if (x.rank() != 3)
            return x.builder()->fail(ir::sentence("multi_head_attention", x)
                                     << ": expected (batch, length, " << Width << ')');
        return transpose(reshape(x, {x.size(0), x.size(1), Heads, Width / Heads}), {0, 2, 1, 3});
    }
    static constexpr symbol together(symbol y) {
        return reshape(transpose(y, {0, 2, 1, 3}), {y.size(0), y.size(2), Width});
    }
    /// A mask (batch, m, n) is the same for all heads.
    template <class Mask>
    static constexpr auto over_heads(Mask mask) {
        if constexpr (!Traced<Mask>) {
            return mask;
        } else {
            symbol const m = mask.traced();
            if (!m.valid() || m.rank() != 3) return m;
            return reshape(m, {m.size(0), 1, m.size(1), m.size(2)});
        }
    }
};

/// x + attention(norm(x)), then the same with two linear layers: the block with norms first, as of
/// GPT-2. (batch, length, Width) to the same.
template <std::int64_t Width, std::int64_t Heads, std::int64_t Hidden = 4 * Width, class T = float>
struct transformer_block {
    layer_norm<Width, T> before_attention;
    multi_head_attention<Width, Heads, T> attention;
    layer_norm<Width, T> before_hidden;
    linear<Width, Hidden, T> hidden;
    linear<Hidden, Width, T> output;

    template <class X, class Mask = no_mask>
    constexpr symbol operator()(X const& x, Mask mask = {}) const {
        symbol const y = x + attention(before_attention(x), mask);
        return y + output(gelu_tanh(hidden(before_hidden(y))));
    }
};

}  // namespace weft::nn
