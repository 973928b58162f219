// SPDX-License-Identifier: BSL-1.0
// Named parts of a trace: printed graphs and sentences of mistakes name them, and random draws in
// them are numbered apart from all others.
#pragma once

#include <weft/ir/leaves.hpp>

namespace weft {

namespace detail {

/// The path of a model in the argument that holds it, `encoder.drop`, from the name of the input
/// that its first leaf stands for; empty where the model is the argument, or the leaf was assigned.
template <class M>
constexpr text member_path(M const& model) {
    text found;
    bool first = true;
    for_each_leaf_named(model, [&](auto const& leaf, text const& path) {
        symbol const s = leaf.bound();
        if (!first || !s.valid()) return;
        first = false;
        ir::graph_view const g = s.builder()->result();
        int n = s.id();
        while (g.kind(n) == ir::kind::identity || g.kind(n) == ir::kind::layout)
            n = g.operand(n, 0);
        if (g.kind(n) != ir::kind::input) return;
        std::string_view const name = g.name(static_cast<int>(g.attribute(n, 0))), own = path;
        std::size_t const outer = name.size() - own.size();
        if (name.size() <= own.size() || name.substr(outer) != own) return;
        found << name.substr(0, name[outer - 1] == '.' ? outer - 1 : outer);
    });
    return found;
}

}  // namespace detail

/// What is traced while it lives stands in the scope `name`, inside of the scope around it; x is
/// any value of the trace. With a layer in place of the name it is the layer's member path:
///
///     constexpr auto operator()(auto const& x) const {
///         auto const scope = weft::scope(x, "encoder");    // or weft::scope(x, *this)
///         return drop(relu(hidden(x)));
///     }
///
/// Random draws in a scope do not depend on how many are traced outside of it.
class [[nodiscard]] scope {
public:
    template <Traced X>
    constexpr scope(X const& x, std::string_view name) {
        enter(x, name);
    }
    template <Traced X, Model M>
    constexpr scope(X const& x, M const& layer) {
        enter(x, detail::member_path(layer).view());
    }
    scope(scope const&) = delete;
    scope& operator=(scope const&) = delete;
    constexpr ~scope() {
        if (builder_) builder_->scope = before_;
    }

private:
    ir::builder* builder_ = nullptr;
    int before_ = -1;

    template <class X>
    constexpr void enter(X const& x, std::string_view name) {
        symbol s;
        if constexpr (requires { x.bound(); })
            s = x.bound();
        else
            s = x.traced();
        if (!s.builder() || name.empty()) return;
        builder_ = &s.builder()->innermost(), before_ = builder_->scope;
        builder_->scope = builder_->scope_in(name);
    }
};

}  // namespace weft
