// SPDX-License-Identifier: BSL-1.0
// pad: what surrounds a value along its axes is a constant, or comes from the value itself.
#pragma once

#include <weft/ops/arrange.hpp>

namespace weft {

/// What stands around a padded value, here of 1 2 3 4 padded by two.
enum class pad_mode : std::uint8_t {
    constant,   ///< 0 0 | 1 2 3 4 | 0 0, or another number
    edge,       ///< 1 1 | 1 2 3 4 | 4 4
    reflect,    ///< 3 2 | 1 2 3 4 | 3 2
    symmetric,  ///< 2 1 | 1 2 3 4 | 4 3
    wrap,       ///< 3 4 | 1 2 3 4 | 1 2
};

/// How many elements come before and after, along one axis.
struct pad_width {
    axis_size before, after;
};
/// One for each axis: `pad(x, {{1, 1}, {0, 2}})`.
using pad_widths = std::initializer_list<pad_width>;

namespace detail {

/// At most this many elements of an axis of n can be taken from it.
constexpr extent pad_limit(ir::builder& b, extent n, pad_mode mode) {
    return mode == pad_mode::reflect ? b.extents().subtract(n, {1}) : n;
}

constexpr symbol padded(symbol x, int axis, pad_width const& w, pad_mode mode, double value) {
    ir::builder& b = *x.builder();
    auto& e = b.extents();
    extent const n = x.size(axis), one{1};
    list<int> ids;
    auto const side = [&](extent width, bool before) {
        if (width == extent{0}) return;
        symbol s;
        switch (mode) {
            case pad_mode::constant:
                s = b.constant(x.type(), shape_with(x, axis, width), value);
                break;
            case pad_mode::edge:
                s = ir::broadcast(part_of(x, axis, before ? extent{0} : e.subtract(n, one), one),
                                  shape_with(x, axis, width));
                break;
            case pad_mode::wrap:
                s = part_of(x, axis, before ? e.subtract(n, width) : extent{0}, width);
                break;
            default: {
                extent const skipped = mode == pad_mode::reflect ? one : extent{0};
                extent const first = before ? skipped : e.subtract(e.subtract(n, width), skipped);
                s = ops::flip::apply(part_of(x, axis, first, width), axis);
            }
        }
        ids.push(s.id());
    };
    side(w.before.e, true);
    ids.push(x.id());
    side(w.after.e, false);
    if (ids.size() == 1) return x;
    std::int64_t const at = axis;
    extent const whole = e.add(e.add(w.before.e, n), w.after.e);
    return b.add(ir::op<ops::concatenate>, x.type(), shape_with(x, axis, whole), ids, {&at, 1});
}

constexpr symbol padded(symbol x, pad_widths widths, pad_mode mode, double value) {
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    auto& e = b.extents();
    if (static_cast<int>(widths.size()) != x.rank())
        return b.fail(ir::sentence("pad", x) << ": " << static_cast<int>(widths.size())
                                             << " pairs of widths, one for each axis are needed");
    int axis = 0;
    list<extent> shape;
    list<std::int64_t> attributes;
    for (pad_width const& w : widths) {
        if (w.before.negative || w.after.negative)
            return b.fail(ir::sentence("pad", x)
                          << ": a negative width, "
                          << (w.before.negative ? w.before.negative : w.after.negative)
                          << ", along axis " << axis << "; slice takes elements away");
        extent const n = x.size(axis), limit = pad_limit(b, n, mode);
        if (mode != pad_mode::constant)
            for (extent const width : {w.before.e, w.after.e}) {
                if (width == extent{0}) continue;
                extent const least = mode == pad_mode::edge ? extent{1} : width;
                if (!(e.is_nonnegative(e.subtract(limit, least)) ||
                      e.assume_equal(e.maximum(least, limit), limit))) {
                    text t = ir::sentence("pad", x)
                             << ": axis " << axis << " is too short to give ";
                    e.write(t, width);
                    return b.fail(t << " elements");
                }
            }
        shape.push(e.add(e.add(w.before.e, n), w.after.e));
        attributes.push(w.before.e.code), attributes.push(1);
        ++axis;
    }
    int const id = x.id();
    if (mode == pad_mode::constant && value == 0)
        return b.add(ir::op<ops::pad>, x.type(), b.shape(shape), {&id, 1}, attributes);
    axis = 0;
    for (pad_width const& w : widths) x = padded(x, axis++, w, mode, value);
    return x;
}

}  // namespace detail

/// x surrounded by zeros: a pair of widths for each axis, before and after.
template <Symbolic X>
constexpr symbol pad(X const& x, pad_widths widths) {
    return detail::padded(x.traced(), widths, pad_mode::constant, 0);
}
/// x surrounded by a number.
template <Symbolic X>
constexpr symbol pad(X const& x, pad_widths widths, double value) {
    return detail::padded(x.traced(), widths, pad_mode::constant, value);
}
/// x surrounded by elements of its own. Widths beyond what an axis can give once are refused.
template <Symbolic X>
constexpr symbol pad(X const& x, pad_widths widths, pad_mode mode) {
    return detail::padded(x.traced(), widths, mode, 0);
}
/// The widths of all axes before, and after; then a number or a mode:
/// `pad(a, shape<1, 0>, shape<1, 2>, number<pad_mode::edge>)`.
template <Symbolic X, std::int64_t... Before, std::int64_t... After, class... How>
    requires(sizeof...(Before) == sizeof...(After) && sizeof...(How) <= 1)
constexpr symbol pad(X const& x, shape_t<Before...>, shape_t<After...>, How... how) {
    return pad(x, {pad_width{axis_size(Before), axis_size(After)}...}, how.value...);
}

WEFT_EAGER(pad)

namespace calls {
template <int N>
struct pad_sized {
    template <class Sizes, class... How>
    constexpr symbol operator()(symbol x, Sizes const& n, How const&... how) const {
        return pad(std::make_integer_sequence<int, N>{}, x, n, how...);
    }

private:
    template <int... I, class Sizes, class... How>
    static constexpr symbol pad(std::integer_sequence<int, I...>, symbol x, Sizes const& n,
                                How const&... how) {
        pad_widths const widths{
            {detail::size_of_call(n, 2 * I), detail::size_of_call(n, 2 * I + 1)}...};
        if constexpr (requires { weft::pad(x, widths, how...); })
            return weft::pad(x, widths, how...);
        else
            return ir::no_such_call("pad", x);
    }
};
}  // namespace calls

namespace detail {
template <class A, std::size_t N, int... I, class... How>
constexpr auto eager_pad(A&& a, pad_width const (&widths)[N], std::integer_sequence<int, I...>,
                         How... how) {
    return ir::eager<calls::pad_sized<int{N}>>(
        static_cast<A&&>(a),
        counts_of("pad", {(I % 2 ? widths[I / 2].after : widths[I / 2].before)...}), how...);
}
}  // namespace detail

/// Run-time widths; what follows is said by a type: `pad(a, {{1, n}, {0, 2}}, number<7>)`.
template <class A, std::size_t N, class... How>
    requires(EagerCall<A, How...> && sizeof...(How) <= 1)
constexpr auto pad(A&& a, pad_width const (&widths)[N], How... how) {
    return detail::eager_pad(static_cast<A&&>(a), widths,
                             std::make_integer_sequence<int, 2 * int{N}>{}, how...);
}

}  // namespace weft
