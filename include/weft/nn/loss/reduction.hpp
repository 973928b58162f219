// SPDX-License-Identifier: BSL-1.0
// What all losses share: how a loss for each element or row becomes one number, and the sentences
// about what does not fit.
#pragma once

#include <weft/nn/layer.hpp>

namespace weft::nn {

/// What becomes of the losses of all elements or rows.
enum class reduction : std::uint8_t { mean, sum, none };

/// A traced value among the options of a loss, or none: `.weights = net.weights`.
class optional_value {
public:
    constexpr optional_value() = default;
    template <Traced X>
    constexpr optional_value(X const& x) : value_(x.traced()), given_(true) {}
    constexpr symbol value() const { return value_; }
    constexpr bool given() const { return given_; }

private:
    symbol value_{};
    bool given_ = false;
};

/// Of losses that have no other options.
struct loss_options {
    reduction reduce = reduction::mean;
};

namespace detail {

constexpr symbol reduced(symbol losses, reduction how) {
    if (!losses.valid() || how == reduction::none) return losses;
    return how == reduction::sum ? sum(losses) : mean(losses);
}

/// The axes of b are the first of a.
constexpr bool leading_axes_agree(symbol a, symbol b) {
    if (a.rank() < b.rank()) return false;
    for (int i = 0; i < b.rank(); ++i)
        if (!a.builder()->extents().assume_equal(a.size(i), b.size(i))) return false;
    return true;
}

/// Both are there and have one shape; a mistake is recorded under the name of the call.
constexpr bool same_shape(std::string_view call, symbol a, symbol b) {
    if (!a.valid() || !b.valid()) return false;
    if (a.rank() == b.rank() && leading_axes_agree(a, b)) return true;
    a.builder()->fail(ir::sentence(call, a, b, "and") << ", the shapes differ");
    return false;
}

/// An option of the shape (n), the last extent of x, or one that broadcasts to x if it is allowed.
constexpr bool option_fits(std::string_view call, std::string_view name, symbol option, symbol x,
                           bool broadcasts) {
    if (!option.valid()) return false;
    int const shape = x.node().shape;
    ir::builder& b = *x.builder();
    if (broadcasts ? ir::broadcast_shape(b, option.node().shape, shape) == shape
                   : option.rank() == 1 && x.rank() > 0 &&
                         b.extents().assume_equal(option.size(0), x.size(x.rank() - 1)))
        return true;
    b.fail(ir::sentence(call, x, option, "and")
           << ", " << name
           << (broadcasts ? " do not broadcast to the scores" : " are one number for each class"));
    return false;
}

constexpr symbol failed(symbol a) { return {a.builder(), -1}; }

/// The floating type that a loss of these scores is computed in.
constexpr symbol as_type_of(symbol x, symbol scores) { return ir::cast(x, scores.type()); }

}  // namespace detail
}  // namespace weft::nn
