// SPDX-License-Identifier: BSL-1.0
// A program: a function on arguments of given types, traced once and planned once. Each pass is
// a constant of its own, because compilers limit the work of one constant evaluation.
#pragma once

#include <weft/pass/allocate.hpp>
#include <weft/pass/cost.hpp>
#include <weft/pass/differentiate.hpp>
#include <weft/pass/frozen.hpp>
#include <weft/pass/fuse.hpp>
#include <weft/pass/schedule.hpp>
#include <weft/pass/simplify.hpp>
#include <weft/program/misfit.hpp>

namespace weft {

/// The compiled form of F (an empty callable) on arguments of types A...
template <class F, class... A>
struct program {
    /// What F returns to its trace.
    using traced_result = typename detail::misfit<F, A...>::result;

    static constexpr ir::frozen_graph traced = weft::trace<F, A...>();
    struct mistake_told {
        static constexpr auto sentence = traced.mistake;
    };
    // Where F does what no constant may do, the compiler says so, once.
    template <class P>
    static constexpr bool is_constant = requires {
        typename std::integral_constant<int, P::traced.mistake.size>;
    };
    /// Stops compilation with the sentence of the first mistake; the rest is for programs that fit.
    static constexpr bool fits() {
        if constexpr (detail::misfit<F, A...>::sentence.size > 0)
            return detail::stop<detail::misfit<F, A...>>();
        else if constexpr (!is_constant<program>)
            return false;
        else if constexpr (traced.mistake.size > 0)
            return detail::stop<mistake_told>();
        else
            return true;
    }

    static constexpr ir::frozen_graph simplified{pass::simplify(traced.view())};
    static constexpr pass::frozen_clustering clusters =
        pass::frozen_clustering::of(simplified.view());
    static constexpr pass::frozen_plan fused{pass::lower(simplified.view(), clusters.view())};
    static constexpr pass::frozen_plan plan{pass::allocate(pass::schedule(fused.thaw()))};

    /// All extents are known, and with them the workspace.
    static constexpr bool is_static = plan.extents.starts.count == 0;
    /// Bytes of intermediate values; -1 where run-time extents decide.
    static constexpr std::int64_t workspace_bytes = plan.workspace;
    /// Floating-point operations of a run, and bytes that its kernels read and write (of static
    /// programs).
    static constexpr double flops = is_static ? pass::cost(plan.view()).flops : -1;
    static constexpr double bytes = is_static ? pass::cost(plan.view()).bytes : -1;
};

}  // namespace weft
