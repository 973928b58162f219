// SPDX-License-Identifier: BSL-1.0
// Batches of matrices as the operations of linalg see them: the last two axes are a matrix, all
// before them count. Checks, shapes, and the base of whole operations on them; triangles are
// in ops/matrix_parts.hpp.
#pragma once

#include <weft/ops/dot.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/matrix_parts.hpp>

namespace weft::linalg {

namespace detail {

/// Base of operations that treat each matrix of a batch alike; operands have equal batches.
struct matrix_operation : ir::operation_base {
    static constexpr auto kind = ir::kind::whole;

    static constexpr symbol batch(ir::batching& b) { return ir::detail::batch_elementwise(b); }
};

/// The number of elements in the leading axes.
inline std::int64_t batch_count(range<std::int64_t> shape, int tail) {
    std::int64_t n = 1;
    for (int i = 0; i < shape.size() - tail; ++i) n *= shape[i];
    return n;
}
/// times / over of n operations for each element of a shape.
constexpr extent share(ir::sizing const& s, range<extent> shape, extent n, std::int64_t times,
                       std::int64_t over) {
    extent const all = s.extents.multiply(s.count(shape), s.extents.multiply(n, extent{times}));
    return s.extents.floor_divide(all, extent{over});
}
/// Axis `i` counted from the end.
inline std::int64_t back(range<std::int64_t> shape, int i) { return shape[shape.size() - i]; }

/// Base of operations that make an array of each matrix: `Op::one(a, to, rows, columns)`.
template <class Op>
struct of_one_matrix : matrix_operation {
    template <class T>
    static void each(T const* a, T* to, range<std::int64_t> from, range<std::int64_t> shape) {
        std::int64_t const rows = back(from, 2), columns = back(from, 1);
        std::int64_t size = 1;
        for (int i = from.size() - 2; i < shape.size(); ++i) size *= shape[i];
        for (std::int64_t i = 0; i < batch_count(from, 2); ++i)
            Op::one(a + i * rows * columns, to + i * size, rows, columns);
    }
    template <class Call>
    static void run(Call const& c) noexcept {
        each(c.template operand<0>(), c.result(), c.operand_shape(0), c.shape());
    }
    static void reference_whole(ir::reference_call const& c) {
        each(c.operands[0], c.result, c.operand_shape(0), c.result_shape());
    }
};

/// A value of an operation over its own batch: `tail` are the extents behind the batch axes.
constexpr symbol apply(ir::operation const* op, range<symbol> operands, int batch_rank,
                       range<extent> tail, range<std::int64_t> attributes = {}) {
    ir::builder& b = *operands[0].builder();
    list<extent> shape;
    for (int i = 0; i < batch_rank; ++i) shape.push(operands[0].size(i));
    shape.append(tail);
    list<int> ids;
    for (symbol s : operands) ids.push(s.id());
    return b.add(op, operands[0].type(), b.shape(shape), ids, attributes);
}

/// The same matrices transposed.
constexpr symbol turned(symbol x) { return swapaxes(x, -2, -1); }

/// A vector of each batch as a row, or a column, of a matrix.
constexpr symbol as_row(symbol v) {
    list<extent> shape(v.builder()->view().shape(v.node().shape));
    shape.push(shape.back());
    shape[shape.size() - 2] = extent{1};
    return weft::detail::reshape_to(v, v.builder()->shape(shape));
}
constexpr symbol as_column(symbol v) {
    list<extent> shape(v.builder()->view().shape(v.node().shape));
    shape.push(extent{1});
    return weft::detail::reshape_to(v, v.builder()->shape(shape));
}
/// One number of each batch over its matrices.
constexpr symbol over_matrices(symbol v, symbol like) {
    return ir::broadcast(as_column(as_column(v)), like.node().shape);
}

/// Ones on the diagonal, in the shape of x.
constexpr symbol identity_like(symbol x) {
    return ir::broadcast(ir::cast(weft::detail::column_less_row(x) == 0, x.type()),
                         x.node().shape);
}

/// x as floating matrices, square ones where that is asked; not valid, with a recorded mistake,
/// where it is none.
constexpr symbol matrices(std::string_view call, symbol x, bool square) {
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (x.rank() < 2) return b.fail(ir::sentence(call, x) << " is no matrix");
    if (square && !b.extents().assume_equal(x.size(x.rank() - 1), x.size(x.rank() - 2)))
        return b.fail(ir::sentence(call, x) << " is no square matrix");
    if (is_complex(x.type()))
        return b.fail(ir::sentence(call, x) << ": matrices are real, found " << name(x.type()));
    if (x.type() == dtype::f64) return x;
    return ir::cast(x, dtype::f32);
}

/// Matrices of n rows that go with square ones: equal types, batches broadcast against each other.
/// A single vector counts as a column, which `vector` tells.
struct system {
    symbol a, b;
    bool vector = false;
};
constexpr system fitting(std::string_view call, symbol a, symbol b) {
    a = matrices(call, a, true);
    if (!a.valid() || !b.valid()) return {{a.builder(), -1}, b};
    ir::builder& g = *a.builder();
    if (b.builder() != &g) return {g.fail(text(call) << ": operands belong to different traces"), b};
    auto const refuse = [&](std::string_view why) {
        return system{g.fail(ir::sentence(call, a, b, "and") << ' ' << why), b};
    };
    if (b.rank() == 0) return refuse("do not fit: the right side is a scalar");
    bool const vector = b.rank() == 1;
    symbol const right = vector ? as_column(b) : b;
    if (!g.extents().assume_equal(right.size(right.rank() - 2), a.size(a.rank() - 1)))
        return refuse("do not fit: another number of rows");
    dtype const type = promote(a.type(), right.type());
    if (is_complex(type)) return refuse(": matrices are real");
    auto const leading = [&](symbol s) {
        list<extent> shape(g.view().shape(s.node().shape));
        shape.shrink(s.rank() - 2);
        return g.shape(shape);
    };
    int const batch = ir::broadcast_shape(g, leading(a), leading(right));
    if (batch < 0) return refuse("do not broadcast over their batches");
    auto const spread = [&](symbol s) {
        list<extent> shape(g.view().shape(batch));
        shape.push(s.size(s.rank() - 2));
        shape.push(s.size(s.rank() - 1));
        return ir::broadcast(ir::cast(s, type), g.shape(shape));
    };
    return {spread(a), spread(right), vector};
}
/// The column that stood for a vector as a vector again.
constexpr symbol as_given(symbol x, bool vector) {
    if (!vector || !x.valid()) return x;
    list<extent> shape(x.builder()->view().shape(x.node().shape));
    shape.pop();
    return weft::detail::reshape_to(x, x.builder()->shape(shape));
}

}  // namespace detail
}  // namespace weft::linalg
