// SPDX-License-Identifier: BSL-1.0
// The run-time half of eager expressions: what binds operands to a plan, looks for overlaps and runs
// it, as tables and plain functions that all expressions share.
#pragma once

#include <weft/cpu/stream.hpp>
#include <weft/program/bind.hpp>

namespace weft {

namespace detail {

/// An operand of an expression, or its target, as numbers.
struct footprint {
    char const* data;
    std::int64_t const* shape;    // in elements; null for a C++ number
    std::int64_t const* strides;  // in elements; null where row-major
    int rank, size;               // size: bytes of an element
};

/// The first and last byte of the elements.
struct byte_range {
    std::uintptr_t first, last;
};
inline byte_range range_of(footprint const& x) {
    if (!x.strides) {
        std::int64_t bytes = x.size;
        for (int a = 0; a < x.rank; ++a) bytes *= x.shape[a];
        auto const at = reinterpret_cast<std::uintptr_t>(x.data);
        return {at, at + static_cast<std::uintptr_t>(bytes) - 1};
    }
    std::int64_t low = 0, high = 0, step = 1;
    for (int a = x.rank; a-- > 0; step *= x.shape[a]) {
        std::int64_t const reach = (x.shape[a] - 1) * (x.strides ? x.strides[a] : step);
        (reach < 0 ? low : high) += reach;
    }
    auto const at = reinterpret_cast<std::uintptr_t>(x.data);
    return {at + static_cast<std::uintptr_t>(low * x.size),
            at + static_cast<std::uintptr_t>(high * x.size + x.size - 1)};
}
/// The same elements at the same places.
inline bool coincide(footprint const& x, footprint const& y) {
    if (x.data != y.data || x.rank != y.rank || x.size != y.size) return false;
    std::int64_t step = 1;
    for (int a = x.rank; a-- > 0; step *= x.shape[a]) {
        if (x.shape[a] != y.shape[a]) return false;
        std::int64_t const s = x.strides ? x.strides[a] : step, t = y.strides ? y.strides[a] : step;
        if (s != t && x.shape[a] != 1) return false;
    }
    return true;
}
/// The greatest common divisor of what lies between any two elements, in bytes; 0 if there is one.
inline std::int64_t grid_of(footprint const& x, std::int64_t with) {
    std::int64_t step = 1;
    for (int a = x.rank; a-- > 0; step *= x.shape[a]) {
        if (x.shape[a] < 2) continue;
        with = greatest_divisor(with, (x.strides ? x.strides[a] : step) * x.size);
    }
    return with;
}
/// Whether two operands whose ranges overlap may have a byte in common: exact where the elements of
/// both lie on one grid (even and odd elements, columns of a matrix).
inline bool may_overlap(footprint const& x, byte_range p, footprint const& y, byte_range q) {
    for (footprint const* f : {&x, &y})
        for (int a = 0; a < f->rank; ++a)
            if (f->shape[a] == 0) return false;
    std::int64_t const grid = grid_of(y, grid_of(x, 0));
    if (grid == 0) return true;
    std::int64_t const apart = static_cast<std::int64_t>(q.first - p.first) % grid,
                       place = apart < 0 ? apart + grid : apart;
    return place < x.size || grid - place < y.size;
}

/// A product of run-time numbers: most extents and strides are no more than that.
struct symbol_product {
    std::int64_t factor = 0;
    int degree = 0, symbols[4]{};

    constexpr bool is_symbol() const { return factor == 1 && degree == 1; }
    constexpr std::int64_t value(std::int64_t const* values) const {
        if (is_symbol()) return values[symbols[0]];
        std::int64_t v = factor;
        for (int i = 0; i < degree; ++i) v *= values[symbols[i]];
        return v;
    }
};
/// Reads an extent as a product; false where it is a sum of several, a quotient or an extreme.
constexpr bool read_product(extent_view const& all, extent e, symbol_product& p) {
    if (e.is_static()) {
        p = {e.code, 0, {}};
        return true;
    }
    int const k = static_cast<int>(-1 - e.code);
    if (int const s = all.symbol_of(k); s >= 0) {
        p = {1, 1, {s}};
        return true;
    }
    range<std::int64_t> const r = all.record(k);
    if (static_cast<extent_kind>(r[0]) != extent_kind::sum || r.count < 3 || r[2] > 4 ||
        r.count != 3 + static_cast<int>(r[2]))
        return false;
    p = {r[1], static_cast<int>(r[2]), {}};
    for (int i = 0; i < p.degree; ++i) {
        if (r[3 + i] >= 0) return false;
        p.symbols[i] = all.symbol_of(static_cast<int>(-1 - r[3 + i]));
        if (p.symbols[i] < 0) return false;
    }
    return true;
}

/// Where a run-time number comes from: extent or stride of an axis of an operand.
struct symbol_source {
    std::int8_t operand, axis;
    bool is_stride;
};

/// What it takes to bind the operands of an expression: the sources of its run-time numbers, what
/// has to be equal, and the shape of the result; and what it takes to run a plan of one fused loop.
struct single_loop {
    static constexpr int most_inputs = 20, most_numbers = 32;

    bool binds = false;  // the shapes are products of run-time numbers
    bool fits = false;   // and the plan is one loop
    bool flat = false;  // all operands have the shape of the result, element by element
    int operands = 0, slots = 0, symbols = 0, numbers = 0, constraints = 0, rank = 0;
    int output_slot = 0;
    int pairs = 0;  // of symbols that have to be equal; pairs and `equal` as the trace assumed them
    std::int8_t pair[2 * most_numbers]{};
    std::int8_t slot[most_inputs + 1]{};             // which operand; -1: the output
    bool in_place[most_inputs]{};                    // may be the target's memory
    symbol_source sources[most_numbers]{};
    symbol_product values[most_numbers]{};           // what the kernel is given
    symbol_product equal[most_numbers]{};            // pairs
    symbol_product shape[8]{};                       // of the result

    constexpr bool bind(footprint const* x, std::int64_t* values_of) const {
        for (int s = 0; s < symbols; ++s) {
            footprint const& from = x[sources[s].operand];
            values_of[s] = sources[s].is_stride ? from.strides[sources[s].axis]
                                                : from.shape[sources[s].axis];
        }
        bool holds = true;
        for (int i = 0; i < pairs; ++i)
            holds = holds && values_of[pair[2 * i]] == values_of[pair[2 * i + 1]];
        for (int c = 0; c < constraints; ++c)
            holds = holds && equal[2 * c].value(values_of) == equal[2 * c + 1].value(values_of);
        return holds;
    }
};

}  // namespace detail

inline namespace WEFT_ISA {
namespace cpu {

/// Whether the memory of an operand is in the way of writing the target.
[[gnu::noinline]] inline bool in_the_way(weft::detail::footprint const& target,
                                         weft::detail::footprint const* operands, int count,
                                         bool const* in_place) {
    weft::detail::byte_range const to = weft::detail::range_of(target);
    for (int i = 0; i < count; ++i) {
        weft::detail::footprint const& x = operands[i];
        if (!x.shape) continue;
        weft::detail::byte_range const its = weft::detail::range_of(x);
        if (its.last < to.first || to.last < its.first) continue;
        if (in_place[i] && weft::detail::coincide(target, x)) continue;
        if (weft::detail::may_overlap(target, to, x, its)) return true;
    }
    return false;
}

/// Two operands whose extents do not fit together.
[[noreturn]] WEFT_COLD inline void raise_misfit(weft::detail::single_loop const& p,
                                                std::string_view const* calls,
                                                weft::detail::footprint const* operands,
                                                std::int64_t const* symbols) {
    text t;
    for (int c = -p.pairs; c < p.constraints; ++c) {
        weft::detail::symbol_product const plain[] = {
            {1, 1, {c < 0 ? p.pair[2 * (c + p.pairs)] : 0}},
            {1, 1, {c < 0 ? p.pair[2 * (c + p.pairs) + 1] : 0}}};
        auto const &left = c < 0 ? plain[0] : p.equal[2 * c],
                   &right = c < 0 ? plain[1] : p.equal[2 * c + 1];
        if (left.value(symbols) == right.value(symbols)) continue;
        t << (c < 0 ? calls[c + p.pairs] : calls[weft::detail::single_loop::most_numbers + c])
          << ": ";
        for (auto const* side : {&left, &right}) {
            if (side != &left) t << " and ";
            if (side->degree != 1 || side->factor != 1) {
                t << "the extent " << side->value(symbols);
                continue;
            }
            auto const& from = p.sources[side->symbols[0]];
            t << "axis " << from.axis << " of operand " << from.operand << " ";
            weft::detail::write_extents(t, operands[from.operand].shape,
                                        operands[from.operand].rank);
        }
        break;
    }
    raise(t << " do not fit together (operands are counted from the left)");
}

/// Reads the run-time numbers of a plan from its operands, and the extents of its result. Raises
/// where operands do not fit together.
[[gnu::noinline]] inline void bind_single(weft::detail::single_loop const& p,
                                          std::string_view const* calls,
                                          weft::detail::footprint const* operands,
                                          std::int64_t* symbols, std::int64_t* shape) {
    if (!p.bind(operands, symbols)) raise_misfit(p, calls, operands, symbols);
    if (shape != nullptr)
        for (int a = 0; a < p.rank; ++a) shape[a] = p.shape[a].value(symbols);
}

/// Whether the operands of a flat expression have the target's shape, and its memory or another.
[[gnu::noinline]] inline bool fits_flat(weft::detail::footprint const& target,
                                        weft::detail::footprint const* operands, int count) {
    auto bytes = static_cast<std::uintptr_t>(target.size);
    for (int a = 0; a < target.rank; ++a) bytes *= static_cast<std::uintptr_t>(target.shape[a]);
    for (int i = 0; i < count; ++i) {
        weft::detail::footprint const& x = operands[i];
        if (!x.shape) continue;
        for (int a = 0; a < target.rank; ++a)
            if (x.shape[a] != target.shape[a]) return false;
        auto const apart = reinterpret_cast<std::uintptr_t>(x.data) -
                           reinterpret_cast<std::uintptr_t>(target.data);
        if (apart != 0 && (apart < bytes || 0 - apart < bytes)) return false;
    }
    return true;
}

/// The functions of a plan of one loop: all of it, and a part of it where it has parts.
struct loop_entry {
    kernel_function run;
    decltype(loop_parts::run) part;
};

/// Runs a plan of one loop on numbers that were bound.
[[gnu::noinline]] inline void run_single(weft::detail::single_loop const& p,
                                         loop_entry const& kernel,
                                         weft::detail::footprint const* operands,
                                         std::int64_t const* symbols, void* output) {
    std::int64_t numbers[weft::detail::single_loop::most_numbers];
    void* slots[weft::detail::single_loop::most_inputs + 2];
    for (int i = 0; i < p.numbers; ++i) numbers[i] = p.values[i].value(symbols);
    for (int i = 0; i < p.slots; ++i)
        slots[i] = p.slot[i] < 0 ? output : const_cast<char*>(operands[p.slot[i]].data);
    kernel.run(slots, numbers, nullptr);
}
/// Runs a flat plan over n elements of `size` bytes.
[[gnu::noinline]] inline void run_flat(weft::detail::single_loop const& p,
                                       loop_entry const& kernel,
                                       weft::detail::footprint const* operands, std::int64_t n,
                                       int size, void* output) {
    void* slots[weft::detail::single_loop::most_inputs + 2];
    for (int i = 0; i < p.slots; ++i)
        slots[i] = p.slot[i] < 0 ? output : const_cast<char*>(operands[p.slot[i]].data);
    if (can_stream && kernel.part != nullptr && n * size >= worth_streaming &&
        weft::detail::current_executor == nullptr)
        return run_streaming(kernel.part, slots, p.output_slot, n, size);
    kernel.run(slots, &n, nullptr);
}

template <class T>
weft::detail::footprint footprint_of(T const& x) {
    std::int64_t const* strides = nullptr;
    if constexpr (weft::detail::is_view<T>) strides = x.strides().data();
    return {reinterpret_cast<char const*>(x.data()), x.shape().data(), strides, T::rank,
            int{sizeof(typename T::value_type)}};
}

/// Writes the value of a plan of one loop to a tensor; one function for all expressions.
template <class Tensor>
[[gnu::noinline]] void evaluate_single(weft::detail::single_loop const& p,
                                       std::string_view const* calls, loop_entry const& kernel,
                                       weft::detail::footprint const* operands, Tensor& to,
                                       bool has_elements) {
    weft::detail::footprint const target = footprint_of(to);
    if (has_elements && p.flat && fits_flat(target, operands, p.operands))
        return run_flat(p, kernel, operands, to.size(), target.size, to.data());
    std::int64_t symbols[weft::detail::single_loop::most_numbers];
    dims<Tensor::rank> shape = Tensor::extents;
    if (p.symbols > 0) bind_single(p, calls, operands, symbols, shape.data());
    if (has_elements && to.shape() == shape &&
        !in_the_way(target, operands, p.operands, p.in_place))
        return run_single(p, kernel, operands, symbols, to.data());
    Tensor made = Tensor::uninitialized(shape);
    run_single(p, kernel, operands, symbols, made.data());
    to = static_cast<Tensor&&>(made);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
