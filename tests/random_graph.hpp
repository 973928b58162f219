// SPDX-License-Identifier: BSL-1.0
// Random graphs over all operations, the same for a seed at compile time and at run time. Values
// stay near one, and what is not continuous depends on inputs alone, whose values every floating
// type holds: so plans in float can be compared with the reference in double.
#pragma once

#include <weft/ops/ops.hpp>
#include <weft/pass/differentiate.hpp>

namespace testing {

struct random_graph_options {
    int steps = 24;               ///< operations, roughly
    bool run_time_extents = false;  ///< the first two of three extents are symbols
    bool gradients = true;        ///< the gradients of the sum of an output are outputs too
    weft::dtype type = weft::dtype::f32;
};

class random_grower {
public:
    constexpr random_grower(weft::ir::builder& builder, std::uint64_t seed,
                            random_graph_options const& options)
        : b(builder), state_(seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u) {
        for (int i = 0; i < 2; ++i)
            extents_.push(options.run_time_extents ? b.extents().symbol(i) : weft::extent{5 + 2 * i});
        extents_.push({3});
        std::string_view const names[] = {"a", "b", "c", "d"};
        for (int i = 0; i < 4; ++i) {
            weft::list<weft::extent> shape;
            for (int rank = 1 + pick(3); shape.size() < rank;) shape.push(any_extent());
            inputs_.push(b.input(options.type, shape, names[i]));
        }
        for (int i = 0; i < 2; ++i) {
            weft::extent const n = extents_[i];
            indices_.push(b.input(weft::dtype::int32, {&n, 1}, i ? "j" : "i"));
        }
        pool_ = inputs_;
        for (int i = 0; i < options.steps; ++i) {
            weft::symbol const y = grow();
            if (!y.valid()) continue;
            pool_.push(y.type() == options.type ? y : weft::ir::cast(y, options.type));
        }
        finish(options);
    }

private:
    weft::ir::builder& b;
    std::uint64_t state_;
    weft::list<weft::extent> extents_;
    weft::list<weft::symbol> inputs_, indices_, pool_;

    constexpr int pick(int below) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<int>((state_ >> 33) % static_cast<std::uint64_t>(below));
    }
    constexpr weft::extent any_extent() { return pick(5) ? extents_[pick(3)] : weft::extent{1}; }
    /// Younger values are likelier, so that graphs grow deep.
    constexpr weft::symbol any() {
        int const n = pool_.size(), i = pick(n), j = pick(n);
        return pool_[i > j ? i : j];
    }
    constexpr weft::symbol any_of_rank(int low, int high) {
        for (int i = 0; i < 20; ++i)
            if (weft::symbol const x = any(); x.rank() >= low && x.rank() <= high) return x;
        return inputs_[0].rank() >= low ? inputs_[0] : weft::symbol{};
    }
    constexpr bool broadcasts(weft::symbol x, weft::symbol y) const {
        for (int i = 1; i <= x.rank() && i <= y.rank(); ++i) {
            weft::extent const e = x.size(x.rank() - i), f = y.size(y.rank() - i);
            if (e != f && e != weft::extent{1} && f != weft::extent{1}) return false;
        }
        return true;
    }
    constexpr weft::symbol partner(weft::symbol x) {
        for (int i = 0; i < 12; ++i)
            if (weft::symbol const y = any(); broadcasts(x, y)) return y;
        return x;
    }
    static constexpr weft::symbol tame(weft::symbol x) { return weft::tanh(0.25 * x); }

    constexpr weft::symbol grow() {
        switch (pick(10)) {
            case 0:
            case 1: return unary(any());
            case 2:
            case 3: return binary(any());
            case 4: return reduction(any_of_rank(1, 4));
            case 5:
            case 6: return layout(any_of_rank(1, 4));
            case 7: return product(any_of_rank(1, 3));
            case 8: return indexed(any_of_rank(1, 3));
            default: return composed(any_of_rank(1, 4));
        }
    }

    constexpr weft::symbol unary(weft::symbol x) {
        switch (pick(11)) {
            case 0: return weft::exp(weft::tanh(x));
            case 1: return weft::log(1.5 + x * x);
            case 2: return weft::tanh(x);
            case 3: return weft::sqrt(x * x + 0.5);
            case 4: return weft::rsqrt(x * x + 0.75);
            case 5: return weft::abs(x);
            case 6: return -x;
            case 7: return weft::relu(x);
            case 8: return weft::sigmoid(x);
            case 9: return weft::stop_gradient(x);
            default: return 0.5 * x - 0.25;
        }
    }

    constexpr weft::symbol binary(weft::symbol x) {
        weft::symbol const y = partner(x);
        switch (pick(7)) {
            case 0: return 0.5 * (x + y);
            case 1: return x - 0.5 * y;
            case 2: return tame(x * y);
            case 3: return x / (1.5 + y * y);
            case 4: return weft::maximum(x, y);
            case 5: return weft::minimum(x, y);
            default: break;
        }
        // Conditions on inputs alone.
        weft::symbol const u = inputs_[pick(4)];
        weft::symbol condition = pick(2) ? u < 0.25 : weft::logical_not(u == 0.0);
        if (pick(2)) condition = weft::logical_and(condition, u <= 0.75);
        if (!broadcasts(x, y)) return x;
        weft::symbol const z = x + y;
        return broadcasts(z, u) ? weft::where(condition, x, y) : z * 0.5;
    }

    constexpr weft::symbol reduction(weft::symbol x) {
        if (!x.valid()) return x;
        int const what = pick(4);
        if (what == 3) x = inputs_[pick(4)];
        int axes[4] = {}, count = 0;
        for (int i = 0; i < x.rank() && i < 4; ++i)
            if (pick(2)) axes[count++] = pick(2) ? i : i - x.rank();
        weft::range<int> const which{axes, count};
        bool const keeps = pick(2);
        return what == 3 ? weft::detail::reduce<weft::ops::max>(x, which, keeps)
                         : tame(weft::detail::reduce<weft::ops::sum>(x, which, keeps));
    }

    constexpr weft::symbol layout(weft::symbol x) {
        if (!x.valid()) return x;
        int const axis = pick(x.rank());
        switch (pick(8)) {
            case 0: return weft::transpose(x);
            case 1: return x.rank() == 3 ? weft::transpose(x, {1, 2, 0}) : weft::transpose(x);
            case 2: return weft::reshape(x, {-1});
            case 3:
                return x.rank() == 2 ? weft::reshape(x, {x.size(0), 1, x.size(1)})
                                     : weft::reshape(x, {1, -1});
            case 4: return x.rank() < 4 ? spread(x) : x;
            case 5: {
                int const before = pick(3), after = pick(3);  // arguments have no order
                return weft::pad(x, axis, before, after);
            }
            case 6: {
                // A part of a value with an axis doubled, so that every part is there.
                weft::symbol const twice = weft::concatenate(axis, x, 0.5 * x);
                return pick(2) ? weft::slice(twice, axis, 0, x.size(axis))
                               : weft::slice(twice, axis, 1, twice.size(axis), 1 + pick(3));
            }
            default: return weft::slice(weft::pad(x, axis, 1, 1), axis, 1, -1);
        }
    }
    constexpr weft::symbol spread(weft::symbol x) {
        weft::list<weft::extent> shape{extents_[pick(3)]};
        for (int i = 0; i < x.rank(); ++i)
            shape.push(x.size(i) == weft::extent{1} ? any_extent() : x.size(i));
        return weft::ir::broadcast(x, b.shape(shape));
    }

    constexpr weft::symbol product(weft::symbol x) {
        if (!x.valid()) return x;
        for (int tries = 0; tries < 12; ++tries) {
            weft::symbol const y = any_of_rank(1, 3);
            if (!y.valid()) break;
            weft::dot_axes axes;
            std::int64_t left = 0, right = 0;
            for (int n = 1 + pick(3); n > 0; --n) {
                int const i = pick(x.rank()), j = pick(y.rank());
                if (x.size(i) != y.size(j) || (left >> i & 1) || (right >> j & 1)) continue;
                left |= std::int64_t{1} << i, right |= std::int64_t{1} << j;
                bool const batch = pick(3) == 0;
                (batch ? axes.left_batch : axes.left).push(i);
                (batch ? axes.right_batch : axes.right).push(j);
            }
            int const rank = x.rank() + y.rank() - 2 * axes.left.size() - axes.left_batch.size();
            if (axes.left.empty() || rank > 4) continue;
            return tame(weft::dot_general(x, y, axes));
        }
        return weft::symbol{};
    }

    constexpr weft::symbol indexed(weft::symbol x) {
        if (!x.valid()) return x;
        weft::symbol const i = indices_[pick(2)];
        switch (pick(5)) {
            case 0: return weft::take(x, i);
            case 1:
                return x.size(0) == i.size(0) ? tame(weft::scatter_add(i, x, extents_[pick(3)]))
                                              : weft::take(x, i);
            case 2: return weft::one_hot(i, extents_[pick(3)]);
            case 3: {
                int const n = pick(3), axis = pick(2);
                return 0.125 * weft::iota<float>(x, {extents_[n], x.size(0)}, axis);
            }
            default: return weft::random::uniform(x, {x.size(0), extents_[pick(3)]});
        }
    }

    constexpr weft::symbol composed(weft::symbol x) {
        if (!x.valid()) return x;
        switch (pick(5)) {
            case 0: return weft::softmax(x);
            case 1: return 0.25 * weft::log_softmax(x, weft::axis<0>);
            case 2: return weft::mean(x, weft::axis<-1>, weft::keep);
            case 3: return x - weft::mean(x, weft::axis<0>);
            default: {
                weft::symbol const m = weft::mean(x, weft::axis<-1>, weft::keep);
                weft::symbol const v = weft::variance(x, weft::axis<-1>, weft::keep);
                return (x - m) * weft::rsqrt(v + 0.5);
            }
        }
    }

    constexpr void finish(random_graph_options const& options) {
        weft::symbol const y = pool_.back();
        b.result().outputs.push(y.id());
        if (pool_.size() > 6) b.result().outputs.push(pool_[pool_.size() / 2].id());
        if (!options.gradients) return;
        weft::symbol const loss = weft::sum(y * 0.125);
        weft::symbol const one = b.constant(loss.type(), b.scalar_shape(), 1);
        auto const d = weft::pass::vjp(b, {&loss, 1}, {&one, 1}, inputs_);
        for (weft::symbol s : d)
            if (s.valid()) b.result().outputs.push(s.id());
    }
};

/// Grows a graph with inputs and outputs in an empty builder.
constexpr void random_graph(weft::ir::builder& b, std::uint64_t seed,
                            random_graph_options const& options = {}) {
    random_grower(b, seed, options);
}

/// Input number `input`, element `i`: multiples of 1/64 between -1 and 1; integers from -2 to 9,
/// some of them outside of every table; any word for the random key.
constexpr double random_input(weft::ir::graph_view const& g, std::uint64_t seed, int input,
                              std::uint64_t i) {
    auto const word = weft::random::bits(weft::random::fold_in(weft::random::key(seed),
                                                               static_cast<std::uint64_t>(input)),
                                         i)
                          .word[0];
    weft::dtype const type = g.nodes[g.inputs[input]].type;
    return type == weft::dtype::uint32   ? word
           : weft::is_integer(type)      ? static_cast<double>(word % 12) - 2
                                         : (static_cast<double>(word % 129) - 64) / 64;
}

}  // namespace testing
