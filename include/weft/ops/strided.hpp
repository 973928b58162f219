// SPDX-License-Identifier: BSL-1.0
// The elements of a view: at strides that are known only at run time, above the memory of an input.
#pragma once

#include <weft/ops/layout.hpp>

namespace weft {

namespace detail {

/// What is known of a view's strides before a program runs.
enum class access_pattern : std::uint8_t {
    dense,  ///< row-major, in one piece
    rows,   ///< elements of the last axis follow each other
    any,
};

}  // namespace detail

namespace ops {

/// Moves no data: element (i...) stands at the sum of i times stride. The attributes are the
/// strides, extents that may be negative; the operand is a scalar, of which only the address counts.
struct strided : ir::operation_base {
    static constexpr std::string_view name = "strided";
    static constexpr auto kind = ir::kind::layout;
    static constexpr int cost = 0;
    static void reference_whole(ir::reference_call const& c) {
        list<std::int64_t> strides;
        for (int i = 0; i < c.rank(); ++i) strides.push(c.value({c.attribute(i)}));
        ir::copy_strided(c.result_shape(), c.operands[0], strides, c.result,
                         ir::row_major(c.result_shape()));
    }
};

}  // namespace ops

namespace ir {
template <> struct struct_of<hash("strided")> { using type = ops::strided; };
}  // namespace ir
}  // namespace weft
