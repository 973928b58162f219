// SPDX-License-Identifier: BSL-1.0
// Dropout: Srivastava et al., JMLR 15 (2014), with the scale applied in training.
#pragma once

#include <weft/ir/scope.hpp>
#include <weft/nn/layer.hpp>

namespace weft::nn {

/// In training each element is zero with probability `rate`, and divided by 1 - rate otherwise;
/// in inference nothing happens. Draws from the random::key among the arguments of the call, in a
/// scope of its member path: two dropouts, and two calls of one, draw different numbers, whatever
/// is drawn elsewhere.
struct dropout {
    setting<float> rate = 0.5f;

    template <class X>
    constexpr symbol operator()(X const& input) const {
        symbol const x = detail::operand(input);
        if (!x.valid() || !x.builder()->training) return x;
        auto const scope = weft::scope(x, *this);
        symbol const keep = 1 - rate;
        symbol const scale = ir::cast(where(keep > 0, 1 / keep, 0), x.type());
        return where(random::bernoulli(x, keep), x * scale, 0);
    }
};

}  // namespace weft::nn
