// SPDX-License-Identifier: BSL-1.0
// Operands of eager expressions whose extent of 1 is known only at run time, where another operand
// has more elements: as in NumPy they are repeated. The compiled program takes such extents to be
// equal; so it is given operands in which they are, and no other call pays for it.
#pragma once

#include <weft/ops/layout.hpp>
#include <weft/ops/strided.hpp>
#include <weft/program/eager_table.hpp>

namespace weft {

namespace detail {

/// Finds what keeps operands from being repeated. An elementwise operation gives the same whether
/// its operands or its results are; any other has to be given what it would be without: for each
/// axis of its operands appends a mask of the run-time numbers that are the extent of that axis,
/// one of which must be no repeated operand's.
class stretch_checks {
public:
    constexpr stretch_checks(ir::graph_view const& g, list<std::int64_t>& words, bool assigns)
        : g_(g), words_(words) {
        for (int n = 0; n < g.nodes.count; ++n) read(n);
        if (assigns)
            check(g.inputs[0]);
        else
            for (int n : g.outputs) check(n);
    }
    constexpr int count() const { return count_; }

private:
    static constexpr std::int64_t sure = std::int64_t{1} << 62;

    ir::graph_view const& g_;
    list<std::int64_t>& words_;
    list<int> first_{};
    list<std::int64_t> masks_{};  // of each axis of each node, from first_[node] on
    int count_ = 0;

    constexpr std::int64_t of(int n, int axis) const { return masks_[first_[n] + axis]; }
    constexpr std::int64_t named(extent e) const {
        if (e.is_static()) return e.code == 1 ? 0 : sure;
        int const s = g_.extents.symbol_of(static_cast<int>(-1 - e.code));
        return s < 0 || s > 61 ? sure : std::int64_t{1} << s;
    }
    constexpr void require(std::int64_t mask) {
        if (mask == 0 || (mask & sure) != 0) return;
        for (int i = words_.size() - count_; i < words_.size(); ++i)
            if (words_[i] == mask) return;
        words_.push(mask);
        ++count_;
    }
    constexpr void check(int n) {
        for (int a = 0; a < g_.shape_of(n).count; ++a) require(of(n, a));
    }
    constexpr void read(int n) {
        auto const shape = g_.shape_of(n);
        auto const operands = g_.operands(n);
        auto const* const op = g_.nodes[n].op;
        bool const free = op->kind == ir::kind::input || op->kind == ir::kind::constant ||
                          op->kind == ir::kind::extent || op->kind == ir::kind::index ||
                          ir::is<ops::strided>(op);
        bool const each = op->kind == ir::kind::elementwise || op->kind == ir::kind::identity;
        bool const spread = ir::is<ir::broadcast_to_op>(op), turned = ir::is<ops::transpose>(op);
        int const known = op->kind == ir::kind::identity ? 1 : operands.count;
        first_.push(masks_.size());
        for (int a = 0; a < shape.count; ++a) {
            std::int64_t mask = 0;
            if (each) {
                for (int i = 0; i < known; ++i) mask |= of(operands[i], a);
            } else if (turned) {
                mask = of(operands[0], static_cast<int>(g_.attribute(n, a)));
            } else if (spread) {
                auto const from = g_.shape_of(operands[0]);
                int const at = a - (shape.count - from.count);
                mask = at < 0 || from[at] == extent{1} ? named(shape[a]) : of(operands[0], at);
            } else if (free || shape[a] == extent{1}) {
                mask = named(shape[a]);
            } else {
                mask = sure;
            }
            masks_.push(mask);
        }
        if (op->kind == ir::kind::index)
            require(of(n, static_cast<int>(g_.attribute(n, 0))));
        else if (!free && !each && !spread && !turned)
            for (int o : operands) check(o);
    }
};

}  // namespace detail

inline namespace WEFT_ISA {
namespace cpu {

WEFT_COLD inline void* stretched::allocate(std::size_t bytes) {
    void* const memory = ::operator new(bytes + 64, std::align_val_t{64}, std::nothrow);
    if (!memory) raise("weft: no memory for an operand that is repeated");
    last_ = new (memory) block{last_};
    return static_cast<char*>(memory) + 64;
}
WEFT_COLD inline void stretched::free() {
    while (block* const b = last_) {
        last_ = b->before;
        ::operator delete(b, std::align_val_t{64});
    }
}

/// Writes the elements of x, row-major, those of an axis of one element as often as the shape says;
/// returns the end.
WEFT_COLD inline char* stretched::write(char* to, char const* from,
                                        weft::detail::footprint const& x, std::int64_t const* shape,
                                        std::int64_t const* strides, int axis) {
    auto const bytes = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    if (axis == x.rank) {
        __builtin_memcpy(to, from, bytes(x.size));
        return to + x.size;
    }
    std::int64_t const n = shape[axis];
    if (n != x.shape[axis]) {
        if (n == 0) return to;
        std::int64_t const slice = write(to, from, x, shape, strides, axis + 1) - to;
        for (std::int64_t i = 1; i < n; ++i) __builtin_memcpy(to + i * slice, to, bytes(slice));
        return to + n * slice;
    }
    if (axis + 1 == x.rank && strides[axis] == 1) {
        __builtin_memcpy(to, from, bytes(n * x.size));
        return to + n * x.size;
    }
    for (std::int64_t i = 0; i < n; ++i, from += strides[axis] * x.size)
        to = write(to, from, x, shape, strides, axis + 1);
    return to;
}

/// Repeats x along the axes of a mask, to the extents `shape`: by strides of zero where the program
/// reads its strides, else in a copy.
WEFT_COLD inline void stretched::repeat(weft::detail::footprint& x, unsigned axes,
                                        bool reads_strides, std::int64_t const* shape) {
    auto* const made = static_cast<std::int64_t*>(
        allocate(2 * static_cast<std::size_t>(x.rank) * sizeof(std::int64_t)));
    std::int64_t *const strides = made + x.rank, step = 1, bytes = x.size;
    bool overflows = false;
    for (int a = x.rank; a-- > 0; step *= x.shape[a]) {
        made[a] = shape[a];
        strides[a] = x.strides ? x.strides[a] : step;
        overflows |= __builtin_mul_overflow(bytes, shape[a], &bytes);
    }
    if (reads_strides && !(axes >> (x.rank - 1) & 1)) {
        for (int a = 0; a < x.rank; ++a)
            if (axes >> a & 1) strides[a] = 0;
    } else {
        if (overflows) raise("weft: no memory for an operand that is repeated");
        auto* const data = static_cast<char*>(allocate(static_cast<std::size_t>(bytes)));
        write(data, x.data, x, made, strides, 0);
        x.data = data;
        step = 1;
        for (int a = x.rank; a-- > 0; step *= made[a]) strides[a] = step;
    }
    x.shape = made;
    if (x.strides) x.strides = strides;
}

/// The operands with those of an extent of 1 repeated where another one has more, and the run-time
/// numbers of that. Raises where they do not fit together.
WEFT_COLD inline weft::detail::footprint const* stretched::fit(
    weft::detail::single_loop const& p, weft::detail::footprint const* operands,
    std::int64_t* symbols) {
    using weft::detail::next_product;
    using weft::detail::symbol_source;
    constexpr int most = weft::detail::single_loop::most_numbers;
    std::int64_t was[most], named[most], repeated = 0;
    for (int s = 0; s < p.symbols; ++s) was[s] = symbols[s], named[s] = s;
    auto const stretches = [&](std::int64_t s, std::int64_t other, std::int64_t extent) {
        if (s < 0 || symbols[s] != 1) return false;
        symbol_source const from(p.words[s]);
        if (from.is_stride() || !operands[from.operand()].data) return false;
        symbols[s] = extent;
        if (other >= 0) named[s] = named[other];
        repeated |= std::int64_t{1} << s;
        return true;
    };
    for (bool fits = false; !fits;) {
        fits = true;
        std::int64_t const* at = p.words + p.symbols;
        for (int c = 0; c < p.constraints; ++c) {
            std::int64_t const first = *at, left = next_product(at, symbols), second = *at,
                               right = next_product(at, symbols);
            if (left == right) continue;
            if (!stretches(first, second, right) && !stretches(second, first, left))
                raise_misfit(p, operands, symbols, named);
            fits = false;
        }
    }
    for (int i = 0; i < p.checks; ++i)
        if ((p.words[p.checks_at + i] & ~repeated) == 0) raise_misfit(p, operands, was, nullptr);

    auto* const its = static_cast<weft::detail::footprint*>(
        allocate(static_cast<std::size_t>(p.operands) * sizeof(weft::detail::footprint)));
    for (int i = 0; i < p.operands; ++i) {
        its[i] = operands[i];
        std::int64_t shape[32];
        unsigned axes = 0;
        bool reads_strides = false;
        for (int a = 0; a < its[i].rank; ++a) shape[a] = its[i].shape[a];
        for (int s = 0; s < p.symbols; ++s) {
            symbol_source const from(p.words[s]);
            if (from.operand() != i) continue;
            reads_strides |= from.is_stride();
            if ((repeated >> s & 1) == 0) continue;
            axes |= 1u << from.axis();
            shape[from.axis()] = symbols[s];
        }
        if (axes != 0) repeat(its[i], axes, reads_strides, shape);
    }
    return its;
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
