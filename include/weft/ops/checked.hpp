// SPDX-License-Identifier: BSL-1.0
// Checked mode: weft::checked(f) is f, whose indices are looked at when it runs. One that is
// outside of its axis is named by an exception, and arguments stay as they were. Unchecked
// functions clamp.
#pragma once

#include <weft/core/error.hpp>
#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

/// The first index outside of its axis that a thread has met since it last looked.
struct index_fault {
    std::uint32_t call = 0;  ///< the hash of the function's name, 0: none
    std::int64_t index = 0, place = 0, size = 0;
};
inline thread_local index_fault found_index_fault;

/// The functions that choose by an index, as sentences name them.
inline constexpr std::string_view indexed_calls[] = {"take", "take_along_axis", "scatter_add",
                                                     "at"};

/// Its first operand, indices, after a look at them. The second one is the extent of the axis; the
/// attribute is the hash of the function's name.
struct checked_index : ir::operation_base {
    static constexpr std::string_view name = "checked_index";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 2;
    template <class Call>
    static void run(Call const& c) noexcept {
        std::int64_t count = 1;
        for (std::int64_t e : c.shape()) count *= e;
        auto const* from = c.template operand<0>();
        auto* to = c.result();
        std::int64_t const size = *c.template operand<1>();
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = from[i];
            auto const at = static_cast<std::int64_t>(from[i]);
            if ((at < 0 || at >= size) && found_index_fault.call == 0)
                found_index_fault = {static_cast<std::uint32_t>(c.attributes[0]), at, i, size};
        }
    }
    static void reference_whole(ir::reference_call const& c) {
        for (std::int64_t i = 0, n = c.count(); i < n; ++i) c.result[i] = c.operands[0][i];
    }
    static constexpr symbol batch(ir::batching& b) {
        int const ids[] = {b.spread(0).id(), b.operand_id(1)};
        return b.apply({ids, 2}, b.attributes());
    }
};

/// Raises if a kernel of this thread has met an index outside of its axis.
inline void raise_index_fault() {
    if (found_index_fault.call == 0) [[likely]]
        return;
    index_fault const f = found_index_fault;
    found_index_fault = {};
    text t;
    for (std::string_view call : indexed_calls)
        if (ir::hash(call) == f.call) t << call;
    raise(t << ": index " << f.index << " at place " << f.place << " is outside of an axis of "
            << f.size);
}

}  // namespace ops

namespace detail {

/// Indices into an axis of this size; in checked mode with a look at them.
constexpr symbol checked_index(symbol i, extent size, std::string_view call) {
    ir::builder& b = *i.builder();
    if (!b.checked) return i;
    symbol const n = b.number(size, dtype::int64, b.scalar_shape());
    return ops::whole<ops::checked_index>(i.type(), i.node().shape, {i, n}, {ir::hash(call)});
}

template <class F>
struct checked_function {
    [[no_unique_address]] F f{};

    template <class... A>
    constexpr auto operator()(A&&... arguments) const
        requires requires { f(static_cast<A&&>(arguments)...); }
    {
        ir::builder* b = nullptr;
        ((b = builder_of(arguments, b)), ...);
        bool const before = b && b->checked;
        if (b) b->checked = true;
        struct restore {
            ir::builder* b;
            bool before;
            constexpr ~restore() {
                if (b) b->checked = before;
            }
        } const at_end{b, before};
        return f(static_cast<A&&>(arguments)...);
    }

private:
    template <class A>
    static constexpr ir::builder* builder_of(A const& a, ir::builder* known) {
        if constexpr (Traced<A>)
            return known ? known : a.traced().builder();
        else
            return known;
    }
};

}  // namespace detail

/// f, with a look at every index before the first change of an argument. `weft::call(
/// weft::checked([](auto table, auto i) { return take(table, i); }), table, i)` raises
/// "take: index 9 at place 0 is outside of an axis of 5". In a trace it may be called, too.
template <class F>
constexpr auto checked(F const& f) {
    return detail::checked_function<F>{f};
}

namespace ir {
template <>
struct struct_of<hash("checked_index")> {
    using type = ops::checked_index;
};
}  // namespace ir
}  // namespace weft
