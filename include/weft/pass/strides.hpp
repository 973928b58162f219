// SPDX-License-Identifier: BSL-1.0
// Where the elements of a value stand: layout operations (broadcast, reshape, transpose, slice)
// above a contiguous value are composed into an offset and one stride an axis.
#pragma once

#include <weft/ops/strided.hpp>

namespace weft::pass {

/// Element (i...) stands at offset + sum of i times stride, in elements.
struct layout {
    extent offset{0};
    list<extent> strides{};
};

/// Row-major strides of a shape.
constexpr list<extent> contiguous(extent_table& extents, range<extent> shape) {
    list<extent> strides(shape.size(), extent{1});
    extent running{1};
    for (int i = shape.size() - 1; i >= 0; --i) {
        strides[i] = running;
        running = extents.multiply(running, shape[i]);
    }
    return strides;
}

constexpr extent element_count(extent_table& extents, range<extent> shape) {
    extent n{1};
    for (extent e : shape) n = extents.multiply(n, e);
    return n;
}

/// Moves a layout of shape `from` to shape `to` with the same elements in row-major order; false
/// where the strides do not allow it.
constexpr bool reshape_layout(extent_table& extents, layout& at, range<extent> from,
                              range<extent> to) {
    list<int> left, right;  // axes of more than one element
    for (int i = 0; i < from.size(); ++i)
        if (from[i] != extent{1}) left.push(i);
    for (int j = 0; j < to.size(); ++j)
        if (to[j] != extent{1}) right.push(j);
    list<extent> strides(to.size(), extent{0});
    for (int i = 0, j = 0; i < left.size() && j < right.size();) {
        // The smallest groups of axes on both sides with the same number of elements.
        int const first = i, begin = j;
        extent a = from[left[i++]], b = to[right[j++]];
        while (!extents.equal(a, b)) {
            bool const grow_left =
                a.is_static() && b.is_static()
                    ? a.value() < b.value()
                    : extents.equal(extents.multiply(extents.floor_divide(b, a), a), b);
            if (grow_left && i < left.size())
                a = extents.multiply(a, from[left[i++]]);
            else if (j < right.size())
                b = extents.multiply(b, to[right[j++]]);
            else if (i < left.size())
                a = extents.multiply(a, from[left[i++]]);
            else
                break;  // all axes of both: their product is the same by assumption
        }
        // The group on the left must be one run of equal steps.
        for (int k = first; k + 1 < i; ++k)
            if (!extents.equal(at.strides[left[k]], extents.multiply(at.strides[left[k + 1]],
                                                                     from[left[k + 1]])))
                return false;
        extent running = at.strides[left[i - 1]];
        for (int k = j - 1; k >= begin; --k) {
            strides[right[k]] = running;
            running = extents.multiply(running, to[right[k]]);
        }
    }
    at.strides = static_cast<list<extent>&&>(strides);
    return true;
}

/// The layout of layout node n, given that of its operand; false where it has none.
constexpr bool apply_layout(extent_table& extents, ir::graph_view const& g, int n, layout& at) {
    int const x = g.operand(n, 0);
    auto const from = g.shape_of(x), to = g.shape_of(n);
    ir::operation const* const op = g.nodes[n].op;
    if (ir::is<ir::broadcast_to_op>(op)) {
        int const offset = to.size() - from.size();
        list<extent> strides(to.size(), extent{0});
        for (int i = 0; i < from.size(); ++i)
            if (from[i] != extent{1}) strides[i + offset] = at.strides[i];
        at.strides = static_cast<list<extent>&&>(strides);
        return true;
    }
    if (ir::is<ops::strided>(op)) {
        at.strides.clear();
        for (std::int64_t code : g.attributes(n)) at.strides.push(extent{code});
        return true;
    }
    if (ir::is<ops::transpose>(op)) {
        list<extent> strides;
        for (std::int64_t a : g.attributes(n)) strides.push(at.strides[static_cast<int>(a)]);
        at.strides = static_cast<list<extent>&&>(strides);
        return true;
    }
    if (ir::is<ops::slice>(op)) {
        for (int i = 0; i < to.size(); ++i) {
            extent const start{g.attribute(n, 2 * i)}, step{g.attribute(n, 2 * i + 1)};
            at.offset = extents.add(at.offset, extents.multiply(start, at.strides[i]));
            at.strides[i] = extents.multiply(at.strides[i], step);
        }
        return true;
    }
    return reshape_layout(extents, at, from, to);
}

}  // namespace weft::pass
