// SPDX-License-Identifier: BSL-1.0
// Kernels that operations bring themselves: what the `run` of a whole operation is given. Its type
// holds element types only, so that equal operations share one instantiation between programs.
#pragma once

#include <tuple>

#include <weft/cpu/bind.hpp>
#include <weft/cpu/loop_facts.hpp>
#include <weft/cpu/sort_keys.hpp>
#include <weft/cpu/whole_rows.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// The operands and the result of a whole operation, each in row-major order without gaps.
template <class Result, class... Operands>
struct whole_call {
    using result_type = Result;
    template <int I>
    using operand_type = std::tuple_element_t<static_cast<std::size_t>(I), std::tuple<Operands...>>;
    static constexpr int operand_count = sizeof...(Operands);

    void* const* buffers;  ///< operands, the result, memory to work in
    std::int64_t const* const* shapes;  ///< of the operands, then of the result
    int const* ranks;
    std::int64_t const* attributes;

    template <int I>
    operand_type<I> const* operand() const {
        return static_cast<operand_type<I> const*>(buffers[I]);
    }
    Result* result() const { return static_cast<Result*>(buffers[operand_count]); }
    /// As many bytes as the operation's `workspace` asked for, 64-byte aligned.
    void* workspace() const { return buffers[operand_count + 1]; }
    range<std::int64_t> operand_shape(int i) const { return {shapes[i], ranks[i]}; }
    range<std::int64_t> shape() const { return operand_shape(operand_count); }
};

template <class P, int K>
struct whole {
    static constexpr pass::kernel facts = P::plan.kernels[K];
    static constexpr pass::instruction const& code(int i) {
        return P::plan.instructions[facts.instructions.first + i];
    }
    /// Instructions of one kind: their number, and the first one's place.
    static constexpr int count(pass::action what) {
        int n = 0;
        for (int i = 0; i < facts.instructions.count; ++i) n += code(i).what == what;
        return n;
    }
    static constexpr int operands = count(pass::action::load),
                         numbers = count(pass::action::constant),
                         stores = count(pass::action::store);
    using operation = typename ir::struct_of<code(operands).op->id>::type;

    static constexpr auto attributes = [] {
        fixed<std::int64_t, numbers> result{};
        for (int i = 0; i < numbers; ++i) result[i] = code(operands + 1 + i).bits;
        return result;
    }();
    static constexpr auto ranks = [] {
        fixed<int, operands + 1> result{};
        for (int i = 0; i < operands; ++i) result[i] = static_cast<int>(code(i).bits);
        result[operands] = static_cast<int>(code(operands + 1 + numbers).bits);
        return result;
    }();
    /// Of the operands, then of the result.
    static constexpr auto sizes = [] {
        fixed<std::int64_t, facts.rank> result{};
        int const own = ranks.at[operands];
        for (int i = 0; i < facts.rank; ++i)
            result[i < own ? facts.rank - own + i : i - own] =
                run_time_extents<P>::place(P::plan.dim(K, i));
        return result;
    }();
    /// The slot of each operand, of the result and of the workspace.
    static constexpr auto slots = [] {
        fixed<int, operands + stores> result{};
        for (int i = 0; i < operands + stores; ++i) result[i] = P::plan.access_of(K, i).slot;
        return result;
    }();

    template <std::size_t... I>
    static auto call_type(std::index_sequence<I...>)
        -> whole_call<type_of<facts.type>, type_of<code(static_cast<int>(I)).type>...>;

    static void run(void* const* buffers, std::int64_t const* extents, void*) noexcept {
        using call = decltype(call_type(std::make_index_sequence<operands>{}));
        void* given[operands + 2] = {};
        for (int i = 0; i < operands + stores; ++i) given[i] = buffers[slots.at[i]];
        std::int64_t bound_sizes[facts.rank + 1];
        for (int i = 0; i < facts.rank; ++i) bound_sizes[i] = bound(sizes.at[i], extents);
        std::int64_t const* shapes[operands + 1];
        std::int64_t const* at = bound_sizes;
        for (int i = 0; i <= operands; ++i) {
            shapes[i] = at;
            at += ranks.at[i];
        }
        operation::run(call{given, shapes, ranks.at, attributes.at});
    }
};

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
