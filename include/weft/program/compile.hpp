// SPDX-License-Identifier: BSL-1.0
// weft::compile: a traced function as an object of a given signature, with its costs as constants.
#pragma once

#include <weft/program/call.hpp>
#include <weft/program/compiled.hpp>

namespace weft {

namespace detail {

/// The concrete result of a program.
template <class P, class R>
struct concrete_result {
    using type = typename cpu::result_of<P, R, 0>::type;
};
template <class P>
struct concrete_result<P, void> {
    using type = void;
};

template <class R, class P>
struct wrong_result {
    using found = typename concrete_result<P, typename P::traced_result>::type;
    static constexpr bool fits =
        std::is_void_v<R> || std::is_same_v<R, found> || std::is_constructible_v<R, found>;
    static constexpr kept_text<512> sentence{
        (text("weft::compile: the signature says that the result is ")
         << type_name<R>() << ", the function returns " << type_name<found>())
            .view()};
};

template <class R, class F, class P>
constexpr bool compiles() {
    if constexpr (!std::is_empty_v<F> || !std::is_default_constructible_v<F>)
        return stop<not_callable<F>>();
    else if constexpr (!P::fits())
        return false;
    else if constexpr (!wrong_result<R, P>::fits)
        return stop<wrong_result<R, P>>();
    else
        return true;
}

}  // namespace detail

/// What weft::compile returns: converts to compiled<Signature>; costs are static members.
template <class Signature, class F>
struct compiled_as;

template <class R, class... A, class F>
struct compiled_as<R(A...), F> {
    using program = detail::program_for<F, A...>;
    /// False where a mistake was told; then there are no costs.
    static constexpr bool fits = detail::compiles<R, F, program>();

    /// Bytes of workspace that a run needs; -1 where run-time extents decide.
    static constexpr std::int64_t workspace_bytes() {
        if constexpr (!fits)
            return 0;
        else if constexpr (program::is_static)
            return cpu::binding<program>::bytes();
        else
            return -1;
    }
    static constexpr double flops() {
        if constexpr (fits) return program::flops;
        return 0;
    }
    static constexpr double bytes() {
        if constexpr (fits) return program::bytes;
        return 0;
    }
    /// Kernels and steps of the plan: equal steps share a kernel.
    static constexpr int kernels() {
        if constexpr (fits) return program::plan.kernels.size();
        return 0;
    }
    static constexpr int steps() {
        if constexpr (fits) return program::plan.steps.size();
        return 0;
    }

    static R run(workspace& memory, A... arguments) {
        if constexpr (!fits)
            return static_cast<R>(detail::stopped{});
        else
            return static_cast<R>(cpu::call_function<F>(memory, arguments...));
    }
    R operator()(A... arguments) const { return run(workspace::of_thread(), arguments...); }
    R operator()(workspace& memory, A... arguments) const { return run(memory, arguments...); }

    constexpr operator compiled<R(A...)>() const {
        return {&run, workspace_bytes(), flops(), bytes()};
    }
};

/// f, traced and planned for the argument types of Signature:
///
///     constexpr auto step = weft::compile<float(mlp&, batch const&)>(train_step);
///     static_assert(step.workspace_bytes() < 1 << 20);
template <class Signature, class F>
constexpr compiled_as<Signature, F> compile(F const&) {
    static_cast<void>(compiled_as<Signature, F>::fits);  // a mistake is told here
    return {};
}

}  // namespace weft
