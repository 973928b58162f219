// SPDX-License-Identifier: BSL-1.0
// Equal layers, one after the other. The layer is traced and compiled once, however many there
// are; each has parameters of its own.
#pragma once

#include <array>

#include <weft/ir/leaves.hpp>
#include <weft/ops/repeat.hpp>
#include <weft/pass/differentiate.hpp>
#include <weft/tensor/state.hpp>

namespace weft::nn {

/// N layers of type Layer, each applied to what the one before gave; so a layer's result has the
/// shape of its argument. `blocks[i]` is one of them. Backwards, each layer is computed again from
/// what it was given: memory grows by one value a layer. Layers may be repeats themselves. Further
/// arguments of a call, values of the trace or models, are the same for all layers.
template <class Layer, int N>
class repeat {
    static_assert(N > 0, "weft::nn::repeat: at least one layer");

public:
    using layer_type = Layer;
    static constexpr int layer_count = N;

    constexpr repeat() = default;
    // In a trace the first layer is all that counts; and g++ 12 copies no array of arrays there.
    constexpr repeat(repeat const& other) : repeat() {
        if (__builtin_is_constant_evaluated())
            layers_[0] = other.layers_[0];
        else
            layers_ = other.layers_;
    }
    constexpr repeat(repeat&& other) noexcept : repeat() {
        if (__builtin_is_constant_evaluated())
            layers_[0] = static_cast<Layer&&>(other.layers_[0]);
        else
            layers_ = static_cast<std::array<Layer, N>&&>(other.layers_);
    }
    constexpr repeat& operator=(repeat const&) = default;
    constexpr repeat& operator=(repeat&&) = default;

    constexpr std::array<Layer, N>& layers() { return layers_; }
    constexpr std::array<Layer, N> const& layers() const { return layers_; }
    constexpr Layer& operator[](int i) { return layers_[static_cast<std::size_t>(i)]; }
    constexpr Layer const& operator[](int i) const { return layers_[static_cast<std::size_t>(i)]; }

    template <Traced X, class... More>
    constexpr symbol operator()(X const& x, More const&... more) {
        return apply(layers_[0], x.traced(), more...);
    }
    template <Traced X, class... More>
    constexpr symbol operator()(X const& x, More const&... more) const {
        return apply(layers_[0], x.traced(), more...);
    }

private:
    /// A further argument, in the body.
    template <class A>
    static constexpr decltype(auto) inside(A const& x) {
        if constexpr (Traced<A>)
            return x.traced();
        else
            return (x);
    }
    /// In a trace, the leaves of the first layer stand for the stacked leaves of all.
    template <class L, class... More>
    static constexpr symbol apply(L& all, symbol x, More const&... more) {
        if (!x.valid()) return x;
        Layer layer = all;
        list<symbol> stacked;
        for_each_leaf(layer, [&](auto& leaf) { stacked.push(leaf.traced()); });
        list<int> changed;  // leaves that are states and were assigned
        auto const results = ir::emit_repeat(
            *x.builder(), extent{N}, {&x, 1}, stacked, {}, false,
            [&](ir::builder&, ir::iteration& it) {
                int i = 0;
                for_each_leaf(layer, [&](auto& leaf) { leaf.bind(it.slices[i++]); });
                it.next.push(layer(it.carried[0], inside(more)...).traced());
                it.results.push(it.carried[0]);
                i = 0;
                for_each_leaf(layer, [&](auto& leaf) {
                    if (leaf.traced().id() != it.slices[i].id()) {
                        changed.push(i);
                        it.results.push(leaf.traced());
                    }
                    ++i;
                });
            });
        if constexpr (!std::is_const_v<L>) {
            int i = 0, next = 0;
            for_each_leaf(all, [&](auto& leaf) {
                if (next < changed.size() && changed[next] == i++) leaf.bind(results[2 + next++]);
            });
        }
        return results[0];
    }

    std::array<Layer, N> layers_;
};

}  // namespace weft::nn
