// SPDX-License-Identifier: BSL-1.0
// weft::call: traces a function or model for the types of its arguments, at compile time, and
// runs the plan on them.
#pragma once

#include <weft/program/bind.hpp>

namespace weft {

namespace detail {

template <class F, class... A>
using program_for = program<F, std::remove_reference_t<A>...>;

}  // namespace detail

inline namespace WEFT_ISA {
namespace cpu {

template <class F, class... A>
auto call_function(workspace& memory, A&... arguments) {
    using P = weft::detail::program_for<F, A...>;
    if constexpr (!P::fits()) {
        return weft::detail::stopped{};
    } else {
        static thread_local binding<P> bound;
        std::int64_t symbols[binding<P>::symbols + 1] = {};
        using R = typename P::traced_result;
        void* inputs[P::plan.inputs + 1];
        void* chunks[chunk_count<P> + 1];
        argument_collector to{inputs, symbols, chunks};
        (to.argument(arguments), ...);
        if constexpr (std::is_void_v<R>) {
            run_program<P, false>(memory, bound, symbols, inputs, nullptr);
        } else {
            using result = result_of<P, R, 0>;
            void* outputs[P::plan.outputs + 1];
            if constexpr (!P::is_static) bound.bind(symbols);  // checks extents first
            auto out = result::make(symbols);
            result::collect(out, outputs, to.chunks);
            run_program<P, false>(memory, bound, symbols, inputs, outputs);
            return out;
        }
    }
}

}  // namespace cpu
}  // namespace WEFT_ISA

/// f(arguments...), compiled: f is a callable without captures, or a model (an aggregate of
/// tensors with a call operator). Arguments are tensors, contiguous views, numbers, a random::key,
/// and models, whose states and parameters the function may assign. Returns tensors in place of
/// symbols. Raises where run-time extents do not fit.
template <class F, class... A>
auto call(F&& f, A&&... arguments) {
    using T = std::remove_cvref_t<F>;
    auto& memory = workspace::of_thread();
    if constexpr (Model<T>)
        return cpu::call_function<detail::apply_model>(memory, f, arguments...);
    else if constexpr (!std::is_empty_v<T> || !std::is_default_constructible_v<T>) {
        detail::stop<detail::not_callable<T>>();
        return detail::stopped{};
    } else
        return cpu::call_function<T>(memory, arguments...);
}

}  // namespace weft
