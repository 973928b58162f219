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

// What is known of an expression is kept as words in a row, because a file may have hundreds of
// expressions. A product of run-time numbers, as most extents and strides are: the number of the
// symbol if it is one, else -1 - n, a factor and n symbols.

/// The value of the product at `at`, which moves on.
constexpr std::int64_t next_product(std::int64_t const*& at, std::int64_t const* symbols) {
    std::int64_t const first = *at++;
    if (first >= 0) return symbols[first];
    std::int64_t value = *at++;
    for (std::int64_t n = -1 - first; n > 0; --n) value *= symbols[*at++];
    return value;
}
/// Appends an extent as a product; false where it is a sum of several, a quotient or an extreme.
constexpr bool push_product(list<std::int64_t>& words, extent_view const& all, extent e) {
    if (e.is_static()) {
        words.push(-1), words.push(e.code);
        return true;
    }
    int const k = static_cast<int>(-1 - e.code);
    if (int const s = all.symbol_of(k); s >= 0) {
        words.push(s);
        return true;
    }
    range<std::int64_t> const r = all.record(k);
    if (static_cast<extent_kind>(r[0]) != extent_kind::sum || r.count < 3 || r.count != 3 + r[2])
        return false;
    words.push(-1 - r[2]), words.push(r[1]);
    for (int i = 3; i < r.count; ++i) {
        int const s = r[i] < 0 ? all.symbol_of(static_cast<int>(-1 - r[i])) : -1;
        if (s < 0) return false;
        words.push(s);
    }
    return true;
}

/// Where a run-time number comes from: extent or stride of an axis of an operand.
struct symbol_source {
    std::int64_t word;

    constexpr symbol_source(int operand, int axis, bool is_stride)
        : word(operand * 64 + axis * 2 + is_stride) {}
    constexpr explicit symbol_source(std::int64_t w) : word(w) {}
    constexpr std::int64_t operand() const { return word / 64; }
    constexpr int axis() const { return static_cast<int>(word / 2 % 32); }
    constexpr bool is_stride() const { return word % 2 != 0; }
};

struct call_name {
    char const* text;
    std::size_t size;
};

/// What it takes to bind the operands of an expression: the sources of its run-time numbers, what
/// has to be equal, and the shape of the result; and what it takes to run a plan of one fused loop.
struct single_loop {
    static constexpr int most_inputs = 20, most_numbers = 32;

    bool binds = false;  // the shapes are products of run-time numbers
    bool fits = false;   // and the plan is one loop
    bool flat = false;   // all operands have the shape of the result, element by element
    int operands = 0, symbols = 0, constraints = 0, rank = 0;
    int slots = 0, numbers = 0, output_slot = 0;
    int shape_at = 0, run_at = 0;
    int checks_at = 0, checks = 0;  // masks of symbols, see stretch.hpp
    std::uint32_t in_place = 0;  // a bit for each operand: it may be the target's memory

    // The source of each symbol; for each constraint two products; from shape_at on the shape of the
    // result, a product an axis; from run_at on the operand in each slot (-1: the output), and a
    // product for each number that the kernel is given.
    std::int64_t const* words = nullptr;
    call_name const* calls = nullptr;  // which operation has each constraint

    constexpr bool bind(footprint const* x, std::int64_t* values) const {
        for (int s = 0; s < symbols; ++s) {
            symbol_source const from(words[s]);
            footprint const& its = x[from.operand()];
            values[s] = from.is_stride() ? its.strides[from.axis()] : its.shape[from.axis()];
        }
        bool holds = true;
        std::int64_t const* at = words + symbols;
        for (int c = 0; c < constraints; ++c) {
            std::int64_t const left = next_product(at, values);
            holds = (left == next_product(at, values)) && holds;
        }
        return holds;
    }
    constexpr void place(std::int64_t const* values, std::int64_t* shape) const {
        std::int64_t const* at = words + shape_at;
        for (int a = 0; a < rank; ++a) shape[a] = next_product(at, values);
    }
};

}  // namespace detail

inline namespace WEFT_ISA {
namespace cpu {

/// Whether the memory of an operand is in the way of writing the target.
[[gnu::noinline]] inline bool in_the_way(weft::detail::footprint const& target,
                                         weft::detail::footprint const* operands, int count,
                                         std::uint32_t in_place) {
    weft::detail::byte_range const to = weft::detail::range_of(target);
    for (int i = 0; i < count; ++i) {
        weft::detail::footprint const& x = operands[i];
        if (!x.shape) continue;
        weft::detail::byte_range const its = weft::detail::range_of(x);
        if (its.last < to.first || to.last < its.first) continue;
        if (i < 32 && (in_place >> i & 1) != 0 && weft::detail::coincide(target, x)) continue;
        if (weft::detail::may_overlap(target, to, x, its)) return true;
    }
    return false;
}

/// Operands that are repeated along axes of one element, and the memory of that: see stretch.hpp.
class stretched {
public:
    stretched() = default;
    stretched(stretched const&) = delete;
    stretched& operator=(stretched const&) = delete;
    ~stretched() {
        if (last_) free();
    }
    weft::detail::footprint const* fit(weft::detail::single_loop const& p,
                                       weft::detail::footprint const* operands,
                                       std::int64_t* symbols);

private:
    struct block {
        block* before;
    };
    block* last_ = nullptr;

    void* allocate(std::size_t bytes);
    void free();
    void repeat(weft::detail::footprint& x, unsigned axes, bool reads_strides,
                std::int64_t const* shape);
    static char* write(char* to, char const* from, weft::detail::footprint const& x,
                       std::int64_t const* shape, std::int64_t const* strides, int axis);
};

/// Two operands whose extents do not fit together; the axis of symbol s is told as that of named[s].
[[noreturn]] WEFT_COLD inline void raise_misfit(weft::detail::single_loop const& p,
                                                weft::detail::footprint const* operands,
                                                std::int64_t const* symbols,
                                                std::int64_t const* named) {
    text t;
    auto const write = [&](std::int64_t first, std::int64_t value) {
        if (first < 0) {
            t << "the extent " << value;
            return;
        }
        weft::detail::symbol_source const from(p.words[named ? named[first] : first]);
        auto const& its = operands[from.operand()];
        t << "axis " << from.axis() << " of operand " << from.operand() << " ";
        weft::detail::write_extents(t, its.shape, its.rank);
    };
    std::int64_t const* at = p.words + p.symbols;
    for (int c = 0; c < p.constraints; ++c) {
        std::int64_t const first = *at, left = weft::detail::next_product(at, symbols),
                           second = *at, right = weft::detail::next_product(at, symbols);
        if (left == right) continue;
        t << std::string_view(p.calls[c].text, p.calls[c].size) << ": ";
        write(first, left);
        t << " and ";
        write(second, right);
        break;
    }
    raise(t << " do not fit together (operands are counted from the left)");
}

/// Reads the run-time numbers of a plan from its operands, and the extents of its result; false
/// where operands do not fit together.
[[gnu::noinline]] inline bool bind_single(weft::detail::single_loop const& p,
                                          weft::detail::footprint const* operands,
                                          std::int64_t* symbols, std::int64_t* shape) {
    if (!p.bind(operands, symbols)) return false;
    if (shape != nullptr) p.place(symbols, shape);
    return true;
}
/// The same for operands of which some may be stretched to the others. Raises where they do not fit.
inline weft::detail::footprint const* bind_or_stretch(weft::detail::single_loop const& p,
                                                      weft::detail::footprint const* operands,
                                                      std::int64_t* symbols, std::int64_t* shape,
                                                      stretched& made) {
    if (bind_single(p, operands, symbols, shape)) return operands;
    operands = made.fit(p, operands, symbols);
    bind_single(p, operands, symbols, shape);
    return operands;
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

inline std::int64_t const* fill_slots(weft::detail::single_loop const& p,
                                      weft::detail::footprint const* operands, void* output,
                                      void** slots) {
    std::int64_t const* at = p.words + p.run_at;
    for (int i = 0; i < p.slots; ++i, ++at)
        slots[i] = *at < 0 ? output : const_cast<char*>(operands[*at].data);
    return at;
}
/// Runs a plan of one loop on numbers that were bound.
[[gnu::noinline]] inline void run_single(weft::detail::single_loop const& p,
                                         loop_entry const& kernel,
                                         weft::detail::footprint const* operands,
                                         std::int64_t const* symbols, void* output) {
    std::int64_t numbers[weft::detail::single_loop::most_numbers];
    void* slots[weft::detail::single_loop::most_inputs + 2];
    std::int64_t const* at = fill_slots(p, operands, output, slots);
    for (int i = 0; i < p.numbers; ++i) numbers[i] = weft::detail::next_product(at, symbols);
    kernel.run(slots, numbers, nullptr);
}
/// Runs a flat plan over n elements of `size` bytes.
[[gnu::noinline]] inline void run_flat(weft::detail::single_loop const& p,
                                       loop_entry const& kernel,
                                       weft::detail::footprint const* operands, std::int64_t n,
                                       int size, void* output) {
    void* slots[weft::detail::single_loop::most_inputs + 2];
    fill_slots(p, operands, output, slots);
    if (kernel.part == nullptr || weft::detail::current_executor != nullptr)
        return kernel.run(slots, &n, nullptr);
    if (can_stream && n * size >= worth_streaming)
        return run_streaming(kernel.part, slots, p.output_slot, n, size);
    kernel.part(slots, &n, 0, n);
}

template <class T>
weft::detail::footprint footprint_of(T const& x) {
    std::int64_t const* strides = nullptr;
    if constexpr (weft::detail::is_view<T>) strides = x.strides().data();
    return {reinterpret_cast<char const*>(x.data()), x.shape().data(), strides, T::rank,
            int{sizeof(typename T::value_type)}};
}

[[noreturn]] WEFT_COLD inline void raise_shape(std::int64_t const* found,
                                               std::int64_t const* wanted, int rank) {
    text t("assignment: the value has the extents ");
    weft::detail::write_extents(t, wanted, rank);
    t << ", what is changed in place ";
    weft::detail::write_extents(t, found, rank);
    raise(t);
}
/// Whether the elements of a target have the shape of the value. Raises where they must.
template <int Rank>
bool has_shape(dims<Rank> const& found, dims<Rank> const& wanted,
               weft::detail::target_state state) {
    if (state == weft::detail::target_state::empty) return false;
    if (found == wanted) return true;
    if (state == weft::detail::target_state::shaped)
        raise_shape(found.data(), wanted.data(), Rank);
    return false;
}

template <class Tensor>
[[gnu::noinline, gnu::cold]] void evaluate_stretched(weft::detail::single_loop const& p,
                                                     loop_entry const& kernel,
                                                     weft::detail::footprint const* operands,
                                                     std::int64_t* symbols, Tensor& to,
                                                     weft::detail::target_state state);

/// Writes the value of a plan of one loop to a tensor; one function for all expressions.
template <class Tensor>
[[gnu::noinline]] void evaluate_single(weft::detail::single_loop const& p, loop_entry const& kernel,
                                       weft::detail::footprint const* operands, Tensor& to,
                                       weft::detail::target_state state) {
    weft::detail::footprint const target = footprint_of(to);
    if (state != weft::detail::target_state::empty && p.flat && fits_flat(target, operands, p.operands))
        return run_flat(p, kernel, operands, to.size(), target.size, to.data());
    std::int64_t symbols[weft::detail::single_loop::most_numbers];
    dims<Tensor::rank> shape = Tensor::extents;
    if (p.symbols > 0 && !bind_single(p, operands, symbols, shape.data()))
        return evaluate_stretched(p, kernel, operands, symbols, to, state);
    if (has_shape(to.shape(), shape, state) &&
        !in_the_way(target, operands, p.operands, p.in_place))
        return run_single(p, kernel, operands, symbols, to.data());
    Tensor made = Tensor::uninitialized(shape);
    run_single(p, kernel, operands, symbols, made.data());
    to = static_cast<Tensor&&>(made);
}
template <class Tensor>
void evaluate_stretched(weft::detail::single_loop const& p, loop_entry const& kernel,
                        weft::detail::footprint const* operands, std::int64_t* symbols, Tensor& to,
                        weft::detail::target_state state) {
    stretched made;
    evaluate_single(p, kernel, made.fit(p, operands, symbols), to, state);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
