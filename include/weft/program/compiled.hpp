// SPDX-License-Identifier: BSL-1.0
// A compiled function by its signature alone: what a light header declares `extern` and one .cpp
// defines with weft::compile. Includes neither passes nor SIMD.
#pragma once

#include <cstdint>

#include <weft/program/workspace.hpp>

namespace weft {

template <class Signature>
class compiled;

/// A function whose plan is a constant somewhere: calling it runs the plan. What it costs is known
/// before; -1 where run-time extents decide.
///
///     extern const weft::compiled<float(mlp&, batch const&)> step;       // in a header
template <class R, class... A>
class compiled<R(A...)> {
public:
    using function = R (*)(workspace&, A...);

    constexpr compiled(function run, std::int64_t workspace_bytes, double flops, double bytes)
        : run_(run), workspace_bytes_(workspace_bytes), flops_(flops), bytes_(bytes) {}

    /// Runs in the workspace of this thread, which allocates only when it must grow.
    R operator()(A... arguments) const { return run_(workspace::of_thread(), arguments...); }
    /// Runs in a workspace of the caller's: with workspace_bytes() in it, nothing is allocated.
    R operator()(workspace& memory, A... arguments) const { return run_(memory, arguments...); }

    constexpr std::int64_t workspace_bytes() const { return workspace_bytes_; }
    constexpr double flops() const { return flops_; }
    constexpr double bytes() const { return bytes_; }

private:
    function run_;
    std::int64_t workspace_bytes_;
    double flops_, bytes_;
};

}  // namespace weft
