// SPDX-License-Identifier: BSL-1.0
// Labels are the numbers of classes: who reads or trains on them checks that here.
#pragma once

#include <charconv>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

namespace weft::data {

namespace detail {

[[noreturn]] WEFT_COLD inline void raise_label(std::int64_t row, double found,
                                               std::int64_t classes) {
    char digits[32];
    auto const end = std::to_chars(digits, digits + sizeof digits, found).ptr;
    text t("weft::data: the label of row ");
    t << row << " is " << std::string_view(digits, static_cast<std::size_t>(end - digits))
      << ", expected an integer in 0 .. " << classes - 1;
    raise(t);
}

}  // namespace detail

/// Raises unless each label of a tensor or contiguous view is in 0 .. classes - 1, or one that is
/// `ignored`. Rows are named as they are counted, in the order of the elements.
template <class Labels>
void check_labels(Labels const& labels, std::int64_t classes, std::int64_t ignored = INT64_MIN) {
    using label_type = std::remove_const_t<typename Labels::value_type>;
    static_assert(std::is_integral_v<label_type>, "weft::data::check_labels: labels are integers");
    auto const* const at = labels.data();
    for (std::int64_t i = 0, n = labels.size(); i < n; ++i)
        if ((std::cmp_less(at[i], 0) || std::cmp_greater_equal(at[i], classes)) &&
            !std::cmp_equal(at[i], ignored))
            detail::raise_label(i, static_cast<double>(at[i]), classes);
}

}  // namespace weft::data
