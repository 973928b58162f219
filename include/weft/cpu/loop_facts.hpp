// SPDX-License-Identifier: BSL-1.0
// What is known of a loop kernel before it runs: extents and strides as places of the bound table,
// how often each instruction is due, how many lanes and how many vectors at a time. Plain constant
// evaluation in functions that are no templates, to be cheap; loop.hpp makes the loops from it.
#pragma once

#include <weft/cpu/bind.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

using pass::action;

template <class T, int N>
struct fixed {
    T at[static_cast<std::size_t>(N > 0 ? N : 1)];
    constexpr T& operator[](int i) { return at[i]; }
    constexpr T const& operator[](int i) const { return at[i]; }
};

/// How often a value changes. What is the same for all elements of a row is computed once a row.
enum class level : std::uint8_t { kernel, row, element };

/// When an instruction does a part of its work.
enum class part : std::uint8_t {
    fill,         ///< column reductions start with the identity, in memory
    begin,        ///< reductions over all start with the identity
    once,         ///< values of the kernel
    once_spread,  ///< those that elements read, into all lanes
    before,       ///< values of the row that no sweep makes
    spread,       ///< those that elements read, into all lanes
    row_begin,    ///< row reductions start with the identity
    element,      ///< the sweep
    after,        ///< row reductions end, and what the row computes from them
    end,          ///< reductions over all are stored
};
constexpr unsigned bit(part p) { return 1u << static_cast<int>(p); }

/// Of one instruction: how often its value changes, a bit for each part of the work that it has in
/// its phase, and the phases whose sweeps read it where it is no value of the sweep.
struct duty {
    level changes;
    unsigned parts, readers;
};

/// Of one access: in places of the bound table, but for the slot and the bytes of an element,
/// which are 0 for positions.
struct access_facts {
    int slot, bytes;
    std::int64_t offset;
};

/// A kernel whose arrays stand elsewhere.
struct loop_view {
    pass::instruction* code;
    duty* duties;
    access_facts* accesses;
    std::int64_t* dims;
    std::int64_t* strides;  // rank an access
    int count, access_count, first_access, rank, rows, phases;
    bool product;
};

/// The results that are no arrays.
struct loop_sizes {
    static constexpr int most_phases = 16;
    std::int64_t width;           ///< of the innermost dimension if it is swept whole, or -1
    bool tail;                    ///< whether a sweep may end within a vector
    int lanes, unroll;            ///< unroll: the most of all phases
    int unrolls[most_phases];     ///< vectors at a time in each sweep
    unsigned parts[most_phases];  ///< which parts of the work there are in each phase
    unsigned all_parts;
};

constexpr bool reads_memory(action what) { return what == action::load || what == action::index; }
constexpr bool makes_value(action what) {
    return reads_memory(what) || what == action::compute || what == action::product;
}
constexpr bool is_number(action what) {
    return what == action::constant || what == action::extent;
}
/// What is made directly in all lanes, unless a row reads it too: numbers, and elements in memory
/// that are the same everywhere.
constexpr bool made_spread(pass::instruction const& x, level changes) {
    return is_number(x.what) || (x.what == action::load && changes == level::kernel);
}
constexpr int operand_count(pass::instruction const& x) {
    int n = 0;
    while (n < 4 && x.operand[n] >= 0) ++n;
    return n;
}

/// Whether an access stays where it is along dimensions [from, to). Products of one column may be
/// finished as one row of many.
constexpr bool stays(loop_view const& v, int access, int from, int to) {
    for (int d = from; d < to; ++d)
        if (v.strides[access * v.rank + d] != 0 && (v.dims[d] != 1 || v.product)) return false;
    return true;
}

constexpr level changes(loop_view const& v, pass::instruction const& x) {
    if (reads_memory(x.what))
        return !x.per_row && !stays(v, x.access, v.rows, v.rank) ? level::element
               : stays(v, x.access, 0, v.rows)                   ? level::kernel
                                                                 : level::row;
    if (x.what == action::product) return level::element;
    if (x.what == action::reduce_row) return level::row;
    level now = level::kernel;
    for (int o = 0; o < 4 && x.operand[o] >= 0; ++o)
        if (v.duties[x.operand[o]].changes > now) now = v.duties[x.operand[o]].changes;
    return now;
}

constexpr unsigned parts_of(pass::instruction const& x, level changes) {
    if (made_spread(x, changes)) return 0;  // see `analyse`
    if (makes_value(x.what))
        return bit(changes == level::kernel    ? part::once
                   : changes == level::element ? part::element
                   : x.per_row                 ? part::after
                                               : part::before);
    if (x.what == action::reduce_row)
        return bit(part::row_begin) | bit(part::element) | bit(part::after);
    return bit(x.per_row ? part::after : part::element) |
           (x.what == action::reduce_column ? bit(part::fill) : 0) |
           (x.what == action::reduce_all ? bit(part::begin) | bit(part::end) : 0);
}

constexpr loop_sizes analyse(loop_view const& v) {
    loop_sizes s{};
    int const columns = v.rank - v.rows;
    std::int64_t const last = columns ? v.dims[v.rank - 1] : 1;
    s.width = columns == 0 ? 1 : v.product || last < 0 ? -1 : last;

    int largest = 4, cost[loop_sizes::most_phases] = {}, reductions[loop_sizes::most_phases] = {};
    for (int i = 0; i < v.count; ++i) {
        pass::instruction const& x = v.code[i];
        duty& its = v.duties[i];
        int const size = x.type == dtype::boolean ? 1 : size_of(real_type(computed(x.type)));
        if (size > largest) largest = size;
        if (x.access >= 0 && x.what != action::index)
            v.accesses[x.access].bytes = size_of(x.type);
        its.changes = changes(v, x);
        its.parts = parts_of(x, its.changes);
        s.parts[x.phase] |= its.parts;
        s.all_parts |= its.parts;
        if (!(its.parts & bit(part::element))) {
            // What is made spread and only elements read is never made for one lane.
            for (int o = 0; o < 4 && x.operand[o] >= 0; ++o) {
                duty& from = v.duties[x.operand[o]];
                if (!made_spread(v.code[x.operand[o]], from.changes)) continue;
                from.parts = bit(part::once);
                s.all_parts |= bit(part::once);
            }
            continue;
        }
        cost[x.phase] += x.what == action::compute ? x.op->cost : 1;
        reductions[x.phase] += x.what == action::reduce_row || x.what == action::reduce_all;
        for (int o = 0; o < 4 && x.operand[o] >= 0; ++o) {
            duty& from = v.duties[x.operand[o]];
            if (from.changes == level::element) continue;
            from.readers |= 1u << x.phase;
            part const p = from.changes == level::row ? part::spread : part::once_spread;
            s.parts[x.phase] |= bit(p);
            s.all_parts |= bit(p);
        }
    }

    s.lanes = s.width == 1 || vector_bytes < largest ? 1 : vector_bytes / largest;
    // Blocks of a product begin at a multiple of its own lanes.
    s.tail = s.lanes > 1 && (last < 0 || last % s.lanes != 0 || (v.product && columns != 1));
    s.unroll = 1;
    for (int p = 0; p < v.phases; ++p) {
        // Independent sums hide the latency of additions.
        int most = v.product || !reductions[p] ? 1 : cost[p] <= 4 ? 8 : cost[p] <= 40 ? 4 : 2;
        while (most > 1 && s.width >= 0 && s.width < 2 * most * s.lanes) most /= 2;
        s.unrolls[p] = most;
        if (most > s.unroll) s.unroll = most;
    }
    return s;
}

template <class Plan, class Place>
constexpr void read_kernel(Plan const& plan, int k, Place place, loop_view const& v) {
    pass::kernel const& its = plan.kernels[k];
    for (int i = 0; i < v.count; ++i) {
        v.code[i] = plan.instructions[its.instructions.first + i];
        if (v.code[i].what == action::extent) v.code[i].bits = place(extent{v.code[i].bits});
    }
    for (int d = 0; d < v.rank; ++d) v.dims[d] = place(plan.dim(k, d));
    for (int a = 0; a < v.access_count; ++a) {
        auto const& access = plan.access_of(k, a);
        v.accesses[a] = {access.slot, 0, place(access.offset)};
        if (a >= v.first_access)
            for (int d = 0; d < v.rank; ++d)
                v.strides[a * v.rank + d] = place(plan.stride(k, a, d));
    }
}

/// Numbers of instructions, in order.
template <int N>
struct selection {
    int count;
    int at[static_cast<std::size_t>(N)];
};
/// Those that have a part of the work in a phase; in all phases if it is -1.
template <int N>
constexpr selection<N> choose(pass::instruction const* code, duty const* duties, part p,
                              int phase) {
    selection<N> result{};
    bool const spreads = p == part::once_spread || p == part::spread;
    unsigned const mask = spreads ? (phase < 0 ? ~0u : 1u << phase) : bit(p);
    for (int i = 0; i < N; ++i)
        if (spreads ? (duties[i].readers & mask) != 0 &&
                          duties[i].changes == (p == part::spread ? level::row : level::kernel)
                    : (duties[i].parts & mask) != 0 && (phase < 0 || code[i].phase == phase))
            result.at[result.count++] = i;
    return result;
}

/// What code may refer to at run time.
template <int Rank, int Accesses>
struct loop_numbers {
    fixed<access_facts, Accesses> accesses;
    fixed<std::int64_t, Rank> dims;
    fixed<std::int64_t, Rank * Accesses> strides;
};
/// The rest is for constants only: instructions refer to operations, and those bring along all that
/// is compiled for their derivatives.
template <int Count, int Rank, int Accesses>
struct loop_table {
    fixed<pass::instruction, Count> code;
    fixed<duty, Count> duties;
    loop_numbers<Rank, Accesses> numbers;
    loop_sizes sizes;
};

template <class P, int K>
struct loop_facts {
    static constexpr pass::kernel const& shape = P::plan.kernels[K];
    static constexpr bool product = shape.kind == pass::kernel_kind::product;
    static constexpr int count = shape.instructions.count, accesses = shape.accesses.count,
                         first_access = product ? 2 : 0, phases = shape.phases,
                         rank = shape.rank, rows = shape.row_rank, columns = rank - rows;
    static_assert(phases <= loop_sizes::most_phases, "weft: a kernel of too many sweeps");

    static constexpr auto table = [] {
        loop_table<count, rank, accesses> t{};
        auto& n = t.numbers;
        loop_view const v{t.code.at, t.duties.at,  n.accesses.at, n.dims.at, n.strides.at, count,
                          accesses,  first_access, rank,          rows,      phases,       product};
        read_kernel(P::plan, K, run_time_extents<P>::place, v);
        t.sizes = analyse(v);
        return t;
    }();
    static constexpr auto numbers = table.numbers;
    static constexpr int lanes = table.sizes.lanes;

    /// The stride from lane to lane.
    static constexpr std::int64_t inner(int a) {
        return columns ? numbers.strides[a * rank + rank - 1] : 0;
    }
    static constexpr bool has(part p, int phase) {
        return ((phase < 0 ? table.sizes.all_parts : table.sizes.parts[phase]) & bit(p)) != 0;
    }
    template <part Part, int Phase>
    static constexpr auto chosen = choose<count>(table.code.at, table.duties.at, Part, Phase);
};

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
