// SPDX-License-Identifier: BSL-1.0
// A loop kernel of a plan as one fused loop nest: rows, sweeps over columns in SIMD lanes, and
// reductions of rows, columns and all. Also what finishes the blocks of a matrix product.
#pragma once

#include <utility>

#include <weft/cpu/complex_math.hpp>
#include <weft/cpu/element.hpp>
#include <weft/cpu/loop_index.hpp>
#include <weft/cpu/loop_parts.hpp>
#include <weft/cpu/turn.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <int N>
using indices = std::make_integer_sequence<int, N>;

/// A register.
template <int I, class T>
struct cell {
    T value;
};
/// A register of L lanes for each instruction.
template <class F, int L, class S>
struct registers;
template <class F, int L, int... I>
struct registers<F, L, std::integer_sequence<int, I...>>
    : cell<I, pack<computed_type<F::table.code[I].type>, L>>... {};

/// The register of operand N of instruction I: values of the row are in `shared`. By hand, because
/// calls of small functions would double the time to compile.
#define WEFT_OPERAND(N)                                                                        \
    static_cast<cell<code[I].operand[N], value<code[I].operand[N], L>>&>(                      \
        duties[code[I].operand[N]].changes == level::element ? x : shared)                     \
        .value

template <class P, int K>
struct loop {
    using facts = loop_facts<P, K>;
    static constexpr int count = facts::count, accesses = facts::accesses, rank = facts::rank,
                         rows = facts::rows, columns = facts::columns, lanes = facts::lanes,
                         unroll = facts::table.sizes.unroll;
    static constexpr auto const& code = facts::table.code.at;
    static constexpr auto const& duties = facts::table.duties.at;
    static constexpr auto const& at = facts::numbers.accesses;
    static constexpr auto const& dims = facts::numbers.dims;
    static constexpr auto const& strides = facts::numbers.strides;
    static constexpr auto each_access = indices<accesses>{};

    /// Something is read along its columns while rows are written (a transpose): tiles of so many
    /// rows and columns read each line of the cache once.
    static constexpr std::int64_t tile_rows = 16, tile_columns = 2 * lanes;
    static constexpr bool across(int i) {
        if (code[i].what != action::load || rows == 0) return false;
        std::int64_t const lane = facts::inner(code[i].access);
        return lane != 0 && lane != 1 && strides[code[i].access * rank + rows - 1] == 1;
    }
    static constexpr bool is_tiled = [] {
        if (facts::product || rows == 0 || columns != 1 || facts::phases != 1) return false;
        if (dims[rank - 1] >= 0 && dims[rank - 1] <= tile_columns) return false;
        bool any = false;
        for (int i = 0; i < count; ++i) {
            if (code[i].what == action::reduce_row || code[i].what == action::reduce_column ||
                code[i].what == action::reduce_all || code[i].per_row)
                return false;
            any = any || across(i);
        }
        return any;
    }();
    /// Accesses that are read from tiles which were turned around.
    static constexpr auto turned = [] {
        fixed<bool, accesses> result{};
        for (int i = 0; i < count; ++i)
            if (is_tiled && across(i)) result[code[i].access] = true;
        return result;
    }();
    /// The stride from lane to lane.
    static constexpr std::int64_t inner(int a) { return turned[a] ? 1 : facts::inner(a); }

    template <int L>
    struct file : registers<facts, L, indices<count>> {};
    template <int I, int L>
    using value = pack<computed_type<code[I].type>, L>;
    using product_type = computed_type<facts::shape.type>;

    /// Where the sweep stands: addresses (or positions) of the accesses at column 0.
    struct frame {
        fixed<char*, accesses> address;
        fixed<std::int64_t, accesses> position;
        std::int64_t const* extents;
        product_type const* block;  // a row of a finished block, which starts at column `column`
        std::int64_t column;
    };
    /// What lives as long as the kernel.
    struct state {
        frame origin;
        file<lanes> x[unroll];  // sums over all; also the registers of the sweep
        file<1> row;
    };
    /// The part of the iteration space that is due, rows and columns flattened.
    struct area {
        std::int64_t row_begin, row_end, column_begin, column_end;
        product_type const* block;
        std::int64_t block_stride;
    };

    template <int I, int L>
    static WEFT_INLINE value<I, L>& reg(file<L>& x) {
        return static_cast<cell<I, value<I, L>>&>(x).value;
    }
    /// Whether it matters how many lanes are there: other instructions are the same in a tail.
    static constexpr bool counts_lanes(int i) {
        return code[i].what != action::compute && !is_number(code[i].what);
    }
    static constexpr spacing spacing_of(int a) {
        return inner(a) == 1 ? spacing::next : inner(a) == 0 ? spacing::same : spacing::strided;
    }

    /// Whether the next row is fetched along with this one. Where rows are swept several times only
    /// the first sweep meets memory, and a row of a page is one that hardware does not foresee.
    template <int A>
    static constexpr bool foresees(int due, int phase) {
        return rows == 1 && columns == 1 && facts::phases > 1 && phase == due &&
               strides[A * rank] != 0;
    }

    /// One instruction on L lanes that start at column c, of which the first n are there. In the
    /// sweep, values of the row are in `shared`; elsewhere L is 1 and both files are the row's.
    template <part Part, int I, int L, bool Full>
    static WEFT_INLINE void step(frame const& f, file<L>& x, file<L>& shared, std::int64_t c,
                                 int n) {
        using V = value<I, L>;
        constexpr action what = code[I].what;
        [[maybe_unused]] constexpr dtype type = code[I].type;
        [[maybe_unused]] V& own = static_cast<cell<I, V>&>(x).value;
        if constexpr (what == action::compute) {
            using Op = typename ir::struct_of<code[I].op->id>::type;
            constexpr int arity = operand_count(code[I]);
            if constexpr (code[I].op->id == ir::hash("cast"))
                own = cast<typename V::value_type>(WEFT_OPERAND(0));
            else if constexpr (arity == 1)
                own = Op::eval(WEFT_OPERAND(0));
            else if constexpr (arity == 2)
                own = Op::eval(WEFT_OPERAND(0), WEFT_OPERAND(1));
            else if constexpr (arity == 3)
                own = Op::eval(WEFT_OPERAND(0), WEFT_OPERAND(1), WEFT_OPERAND(2));
            else
                own = Op::eval(WEFT_OPERAND(0), WEFT_OPERAND(1), WEFT_OPERAND(2), WEFT_OPERAND(3));
        } else if constexpr (what == action::constant) {
            constexpr auto its = number<typename V::value_type>(code[I].bits);
            own = V(its);
        } else if constexpr (what == action::extent) {
            constexpr std::int64_t place = code[I].bits;
            own = V(static_cast<typename V::value_type>(bound(place, f.extents)));
        } else if constexpr (what == action::product) {
            own = load_raw<product_type, L, spacing::next, Full>(f.block + (c - f.column), 1, n);
        } else if constexpr (what == action::reduce_row || what == action::reduce_all) {
            using Op = typename ir::struct_of<code[I].op->id>::type;
            V const next = Op::eval(own, V(cast<typename V::value_type>(WEFT_OPERAND(0))));
            if constexpr (Full)
                own = next;
            else
                own = select(alive<L>(n), next, own);
        } else {
            using T = typename V::value_type;
            constexpr int a = code[I].access;
            constexpr bool in_row = Part != part::element && Part != part::fill;
            constexpr spacing lane = in_row ? spacing::same : spacing_of(a);
            constexpr std::int64_t place = in_row ? 0 : inner(a), bytes = at[a].bytes;
            std::int64_t const stride = place >= 0 ? place : f.extents[-1 - place];
            [[maybe_unused]] char* const p =
                what == action::index ? nullptr : f.address.at[a] + c * stride * bytes;
            if constexpr (what == action::index) {
                auto const start = static_cast<T>(f.position.at[a] + c * stride);
                if constexpr (lane == spacing::same)
                    own = V(start);
                else if constexpr (lane == spacing::next)
                    own = V::iota(start);
                else
                    own = V::iota(T(0)) * V(static_cast<T>(stride)) + V(start);
            } else if constexpr (what == action::load) {
                if constexpr (lane == spacing::next && L > 1 && foresees<a>(1, code[I].phase))
                    __builtin_prefetch(p + bound(strides[a * rank], f.extents) * bytes, 0);
                own = load<type, L, lane, Full>(p, stride, n);
            } else if constexpr (what == action::store) {
                if constexpr (lane == spacing::next && L > 1 &&
                              foresees<a>(facts::phases - 1, code[I].phase))
                    __builtin_prefetch(p + bound(strides[a * rank], f.extents) * bytes, 1);
                store<type, L, lane, Full>(p, cast<T>(WEFT_OPERAND(0)), stride, n);
            } else {
                using Op = typename ir::struct_of<code[I].op->id>::type;
                if constexpr (Part == part::fill)
                    store<type, L, lane, Full>(p, V(Op::template identity<T>()), stride, n);
                else
                    store<type, L, lane, Full>(p,
                                               Op::eval(load<type, L, lane, Full>(p, stride, n),
                                                        V(cast<T>(WEFT_OPERAND(0)))),
                                               stride, n);
            }
        }
    }

    // ---- instructions in order, by the part of the work that is due ----

    template <part Part, int Phase>
    using chosen_indices = indices<facts::template chosen<Part, Phase>.count>;

    template <part Part, int Phase, int... J>
    static WEFT_INLINE void row_values(std::integer_sequence<int, J...>, frame const& f, state& s) {
        (row_value<Part, facts::template chosen<Part, Phase>.at[J]>(f, s), ...);
    }
    template <part Part, int I>
    static WEFT_INLINE void row_value(frame const& f, state& s) {
        if constexpr (code[I].what == action::reduce_row)
            reg<I, 1>(s.row) = total<I>(s, indices<facts::table.sizes.unrolls[code[I].phase]>{});
        else
            step<Part, I, 1, true>(f, s.row, s.row, 0, 1);
    }
    template <int I, int... U>
    static WEFT_INLINE value<I, 1> total(state& s, std::integer_sequence<int, U...>) {
        using Op = typename ir::struct_of<code[I].op->id>::type;
        auto sum = reg<I, lanes>(s.x[0]);
        ((sum = U == 0 ? sum : Op::eval(sum, reg<I, lanes>(s.x[U]))), ...);
        return value<I, 1>(simd::reduce(
            [](auto a, auto b) WEFT_INLINE_LAMBDA { return Op::eval(a, b); }, sum));
    }
    template <part Part, int Phase, int... J>
    static WEFT_INLINE void spread(std::integer_sequence<int, J...>, state& s,
                                   file<lanes>& shared) {
        (spread_one<facts::template chosen<Part, Phase>.at[J]>(s, shared), ...);
    }
    template <int I>
    static WEFT_INLINE void spread_one(state& s, file<lanes>& shared) {
        if constexpr (made_spread(code[I], duties[I].changes))
            step<part::once_spread, I, lanes, true>(s.origin, shared, shared, 0, lanes);
        else if constexpr (is_complex(code[I].type))
            reg<I, lanes>(shared) = value<I, lanes>(reg<I, 1>(s.row).first());
        else
            reg<I, lanes>(shared) = value<I, lanes>(reg<I, 1>(s.row).lane.part[0]);
    }
    template <part Part, int Phase, int... J>
    static WEFT_INLINE void start(std::integer_sequence<int, J...>, state& s) {
        (start_one<facts::template chosen<Part, Phase>.at[J]>(s, indices<unroll>{}), ...);
    }
    template <int I, int... U>
    static WEFT_INLINE void start_one(state& s, std::integer_sequence<int, U...>) {
        using T = computed_type<code[I].type>;
        constexpr T identity = ir::struct_of<code[I].op->id>::type::template identity<T>();
        if constexpr (code[I].what == action::reduce_all && code[I].per_row)
            reg<I, 1>(s.row) = value<I, 1>(identity);
        else
            ((reg<I, lanes>(s.x[U]) = value<I, lanes>(identity)), ...);
    }
    template <int... J>
    static WEFT_INLINE void store_sums(std::integer_sequence<int, J...>, state& s) {
        (store_sum<facts::template chosen<part::end, -1>.at[J]>(s), ...);
    }
    template <int I>
    static WEFT_INLINE void store_sum(state& s) {
        value<I, 1> sum;
        if constexpr (code[I].per_row)
            sum = reg<I, 1>(s.row);
        else
            sum = total<I>(s, indices<facts::table.sizes.unrolls[code[I].phase]>{});
        constexpr int a = code[I].access;
        store<code[I].type, 1, spacing::same, true>(s.origin.address.at[a], sum, 0, 1);
    }

    // ---- loops ----

    template <int... A>
    static WEFT_INLINE void place_origin(std::integer_sequence<int, A...>, frame& f,
                                         void* const* buffers) {
        if constexpr (((at[A].bytes != 0 && at[A].offset == 0) && ...)) {
            ((f.address.at[A] = static_cast<char*>(buffers[at[A].slot])), ...);
            return;
        }
        // Apart, so that those of the frame need no memory.
        char* address[static_cast<std::size_t>(accesses) + 1];
        std::int64_t position[static_cast<std::size_t>(accesses) + 1];
        place_accesses(at.at, accesses, buffers, f.extents, address, position);
        ((at[A].bytes != 0 ? void(f.address.at[A] = address[A])
                           : void(f.position.at[A] = position[A])),
         ...);
    }
    /// Moves along dimensions [First, First + Count).
    template <int First, int Count, int... A>
    static WEFT_INLINE void move(std::integer_sequence<int, A...>, frame& to, frame const& from,
                                 std::int64_t const* index) {
        constexpr auto axes = indices<Count>{};
        if constexpr (Count == 1 && ((strides[A * rank + First] >= 0) && ...)) {
            std::int64_t const i = index[0];
            ((at[A].bytes != 0
                  ? void(to.address.at[A] =
                             from.address.at[A] + i * (strides[A * rank + First] * at[A].bytes))
                  : void(to.position.at[A] =
                             from.position.at[A] + i * strides[A * rank + First])),
             ...);
        } else {
            ((at[A].bytes != 0
                  ? void(to.address.at[A] =
                             from.address.at[A] +
                             offset_at(axes, index, strides.at + A * rank + First, from.extents) *
                                 at[A].bytes)
                  : void(to.position.at[A] =
                             from.position.at[A] +
                             offset_at(axes, index, strides.at + A * rank + First,
                                       from.extents))),
             ...);
        }
    }

    template <part Part, int Phase, int... J, int... U>
    static WEFT_INLINE void vectors(std::integer_sequence<int, J...> all,
                                    std::integer_sequence<int, U...>, frame const& f, state& s,
                                    file<lanes>& shared, std::int64_t c) {
        (elements<Part, Phase>(all, f, s.x[U], shared, c + U * lanes), ...);
    }
    template <part Part, int Phase, int... J>
    static WEFT_INLINE void elements(std::integer_sequence<int, J...>, frame const& f,
                                     file<lanes>& x, file<lanes>& shared, std::int64_t c) {
        (step<Part, facts::template chosen<Part, Phase>.at[J], lanes, true>(f, x, shared, c, lanes),
         ...);
    }
    /// Columns [begin, end) of the innermost dimension.
    template <part Part, int Phase, int... J>
    static WEFT_INLINE void line(std::integer_sequence<int, J...> all, frame const& f, state& s,
                                 file<lanes>& shared, std::int64_t begin, std::int64_t end) {
        constexpr std::int64_t width = facts::table.sizes.width;
        constexpr int many = Phase < 0 ? 1 : facts::table.sizes.unrolls[Phase < 0 ? 0 : Phase];
        constexpr std::int64_t stride = many * lanes;
        std::int64_t c = begin;
        if constexpr (many > 1)
            for (; c + stride <= end; c += stride)
                vectors<Part, Phase>(all, indices<many>{}, f, s, shared, c);
        if constexpr (width < 0 || (many > 1 ? width % stride >= lanes : width >= lanes))
            for (; c + lanes <= end; c += lanes)
                (step<Part, facts::template chosen<Part, Phase>.at[J], lanes, true>(
                     f, s.x[0], shared, c, lanes),
                 ...);
        if constexpr (facts::table.sizes.tail)
            if (c < end)
                (step<Part, facts::template chosen<Part, Phase>.at[J], lanes,
                      !counts_lanes(facts::template chosen<Part, Phase>.at[J])>(
                     f, s.x[0], shared, c, static_cast<int>(end - c)),
                 ...);
    }
    /// The same for columns of several dimensions, flattened.
    template <part Part, int Phase>
    static WEFT_INLINE void lines(frame const& f, state& s, file<lanes>& shared,
                                  std::int64_t column_begin, std::int64_t column_end) {
        if (column_begin >= column_end) return;
        std::int64_t const size = bound(dims[rank - 1], f.extents);
        std::int64_t begin = column_begin % size;
        std::int64_t index[columns];
        split_index<columns - 2>(column_begin / size, index, dims.at + rows, f.extents);
        frame here = f;
        for (std::int64_t c = column_begin; c < column_end;) {
            std::int64_t const left = column_end - c;
            std::int64_t const end = size - begin < left ? size : begin + left;
            move<rows, columns - 1>(each_access, here, f, index);
            here.column = column_begin - (c - begin);
            line<Part, Phase>(chosen_indices<Part, Phase>{}, here, s, shared, begin, end);
            c += end - begin;
            begin = 0;
            next_index<columns - 2>(index, dims.at + rows, f.extents);
        }
    }

    // Each level of functions that are always inlined costs a pass of the optimizer over the whole
    // body: from here on down to the instructions there are as few as possible.

    template <int Phase>
    static WEFT_INLINE void phase(frame const& f, state& s, file<lanes>& shared,
                                  std::int64_t column_begin, std::int64_t column_end) {
        if constexpr (facts::has(part::before, Phase))
            row_values<part::before, Phase>(chosen_indices<part::before, Phase>{}, f, s);
        if constexpr (facts::has(part::spread, Phase))
            spread<part::spread, Phase>(chosen_indices<part::spread, Phase>{}, s, shared);
        if constexpr (facts::has(part::row_begin, Phase))
            start<part::row_begin, Phase>(chosen_indices<part::row_begin, Phase>{}, s);
        if constexpr (facts::has(part::element, Phase)) {
            if constexpr (columns > 1)
                lines<part::element, Phase>(f, s, shared, column_begin, column_end);
            else
                line<part::element, Phase>(chosen_indices<part::element, Phase>{}, f, s, shared,
                                           column_begin, column_end);
        }
        if constexpr (facts::has(part::after, Phase))
            row_values<part::after, Phase>(chosen_indices<part::after, Phase>{}, f, s);
    }

    /// Before the first area: results that are sums start with the identity.
    static WEFT_INLINE void begin(state& s, void* const* buffers, std::int64_t const* extents) {
        s.origin.extents = extents;
        s.origin.block = nullptr;
        s.origin.column = 0;
        place_origin(each_access, s.origin, buffers);
        if constexpr (facts::has(part::begin, -1))
            start<part::begin, -1>(chosen_indices<part::begin, -1>{}, s);
        if constexpr (facts::has(part::fill, -1)) {
            std::int64_t index[rows > 0 ? rows : 1] = {};
            fill<0>(s, index, column_count(extents));
        }
    }
    /// Sums of columns that go on along a dimension of the rows: other ones at each of its indices.
    static constexpr bool fills_along(int d) {
        for (int i = 0; i < count; ++i)
            if (code[i].what == action::reduce_column && strides[code[i].access * rank + d] != 0)
                return true;
        return false;
    }
    template <int D>
    static WEFT_INLINE void fill(state& s, std::int64_t* index, std::int64_t width) {
        if constexpr (D < rows) {
            if constexpr (fills_along(D)) {
                std::int64_t const size = bound(dims[D], s.origin.extents);
                for (index[D] = 0; index[D] < size; ++index[D]) fill<D + 1>(s, index, width);
            } else {
                fill<D + 1>(s, index, width);
            }
        } else {
            frame here = s.origin;
            if constexpr (rows > 0) move<0, rows>(each_access, here, s.origin, index);
            file<lanes> unused;
            if constexpr (columns > 1)
                lines<part::fill, -1>(here, s, unused, 0, width);
            else
                line<part::fill, -1>(chosen_indices<part::fill, -1>{}, here, s, unused, 0, width);
        }
    }
    struct turned_tiles {
        alignas(is_tiled ? 64 : 1) char of[is_tiled ? accesses : 1]
                           [is_tiled ? tile_rows * tile_columns * 16 : 1];
    };
    /// At the first row of a tile what is read across is turned around; it is read there from then
    /// on, as rows.
    template <int... A>
    static WEFT_INLINE void turn(std::integer_sequence<int, A...>, frame& f, turned_tiles& tiles,
                                 area const& z, std::int64_t row) {
        (turn_one<A>(f, tiles.of[A], z, row), ...);
    }
    template <int A>
    static WEFT_INLINE void turn_one(frame& f, char* tile, area const& z, std::int64_t row) {
        if constexpr (turned[A]) {
            constexpr int bytes = at[A].bytes;
            constexpr std::int64_t tile_stride = tile_columns * bytes;
            if (row == 0) {
                std::int64_t const stride = bound(facts::inner(A), f.extents) * bytes;
                turn_tile<bytes, tile_rows>(f.address.at[A] + z.column_begin * stride, stride,
                                            tile, tile_stride, z.row_end - z.row_begin,
                                            z.column_end - z.column_begin);
            }
            f.address.at[A] = tile + row * tile_stride - z.column_begin * bytes;
        }
    }
    template <int... Phase>
    static WEFT_INLINE void run_area(std::integer_sequence<int, Phase...>, state& s,
                                     area const& z) {
        if (z.row_begin >= z.row_end) return;
        file<lanes> shared;
        if constexpr (facts::has(part::once, -1))
            row_values<part::once, -1>(chosen_indices<part::once, -1>{}, s.origin, s);
        if constexpr (facts::has(part::once_spread, -1))
            spread<part::once_spread, -1>(chosen_indices<part::once_spread, -1>{}, s, shared);
        std::int64_t index[rows > 0 ? rows : 1] = {};
        split_index<rows - 1>(z.row_begin, index, dims.at, s.origin.extents);
        frame f = s.origin;
        f.block = z.block;
        f.column = z.column_begin;
        turned_tiles tiles;
        for (std::int64_t r = z.row_begin; r < z.row_end; ++r) {
            if constexpr (rows > 0) move<0, rows>(each_access, f, s.origin, index);
            if constexpr (is_tiled) turn(each_access, f, tiles, z, r - z.row_begin);
            (phase<Phase>(f, s, shared, z.column_begin, z.column_end), ...);
            next_index<rows - 1>(index, dims.at, s.origin.extents);
            if constexpr (facts::product) f.block += z.block_stride;
        }
    }
    static WEFT_INLINE void end(state& s) {
        if constexpr (facts::has(part::end, -1)) store_sums(chosen_indices<part::end, -1>{}, s);
    }

    static WEFT_INLINE std::int64_t row_count(std::int64_t const* extents) {
        return size_of_all(indices<rows>{}, dims.at, extents);
    }
    static WEFT_INLINE std::int64_t column_count(std::int64_t const* extents) {
        return size_of_all(indices<columns>{}, dims.at + rows, extents);
    }

    /// What an element costs: loads and stores as much as eight operations.
    static constexpr std::int64_t element_cost = [] {
        std::int64_t n = 1;
        for (int i = 0; i < count; ++i)
            n += code[i].what == action::compute ? code[i].op->cost : 8;
        return n;
    }();
    /// Parts of the rows, or of one row's columns, have nothing in common: no sum crosses them.
    static constexpr bool has_parts = [] {
        if (facts::product || rows + columns == 0) return false;
        for (int i = 0; i < count; ++i)
            if (code[i].what == action::reduce_column || code[i].what == action::reduce_all ||
                (rows == 0 && code[i].what == action::reduce_row))
                return false;
        if (is_tiled) return true;
        std::int64_t elements = 1;
        for (int d = 0; d < rank; ++d) {
            if (dims[d] < 0) return true;
            elements *= dims[d];
        }
        return elements * element_cost >= worth_threads;
    }();
    /// Memory of one row that all rows share, from sweep to sweep: each part needs its own.
    static constexpr bool is_row_memory(int i) {
        if (code[i].what != action::store || code[i].per_row || rows == 0) return false;
        for (int d = 0; d < rows; ++d)
            if (strides[code[i].access * rank + d] != 0) return false;
        return true;
    }
    static constexpr int slots = [] {
        int n = 0;
        for (int a = 0; a < accesses; ++a)
            if (at[a].slot >= n) n = at[a].slot + 1;
        return n;
    }();
    static constexpr int row_memories = [] {
        int n = 0;
        for (int i = 0; i < count; ++i) n += is_row_memory(i);
        return n;
    }();
    static constexpr auto row_memory_slots = [] {
        fixed<int, row_memories> result{};
        int n = 0;
        for (int i = 0; i < count; ++i)
            if (is_row_memory(i)) result[n++] = at[code[i].access].slot;
        return result;
    }();
    /// Rows [first, last), or columns if there are no rows.
    [[gnu::noinline]] static void run_part(void* const* buffers, std::int64_t const* extents,
                                           std::int64_t first, std::int64_t last) noexcept {
        state s;
        begin(s, buffers, extents);
        if constexpr (is_tiled) {
            std::int64_t const width = column_count(extents),
                               size = bound(dims[rows - 1], extents);
            for (std::int64_t begin = first, end; begin < last; begin = end) {
                end = begin + size - begin % size;
                end = end < last ? end : last;
                for (std::int64_t c = 0; c < width; c += tile_columns)
                    for (std::int64_t r = begin; r < end; r += tile_rows)
                        run_area(indices<1>{}, s,
                                 {r, r + tile_rows < end ? r + tile_rows : end, c,
                                  c + tile_columns < width ? c + tile_columns : width, nullptr,
                                  0});
            }
        } else if constexpr (rows > 0)
            run_area(indices<facts::phases>{}, s,
                     {first, last, 0, column_count(extents), nullptr, 0});
        else
            run_area(indices<facts::phases>{}, s, {0, 1, first, last, nullptr, 0});
    }
    static constexpr loop_parts parts{&run_part,    slots,        row_memories, row_memory_slots.at,
                                      element_cost, rows > 0, rows > 0 ? 1 : 64 * lanes};

    static void run(void* const* buffers, std::int64_t const* extents, void*) noexcept {
        if constexpr (has_parts) {
            run_in_parts(parts, buffers, extents, row_count(extents), column_count(extents));
        } else {
            state s;
            begin(s, buffers, extents);
            run_area(indices<facts::phases>{}, s,
                     {0, row_count(extents), 0, column_count(extents), nullptr, 0});
            end(s);
        }
    }
};

#undef WEFT_OPERAND

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
