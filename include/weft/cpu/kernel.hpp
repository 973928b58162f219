// SPDX-License-Identifier: BSL-1.0
// The kernels of a plan that are more than a loop nest: matrix products, whose blocks a loop
// finishes while they are in cache, gather and scatter. Beside loop.hpp, below run.hpp.
#pragma once

#include <cstring>

#include <weft/cpu/gemm_convert.hpp>
#include <weft/cpu/gemm_static.hpp>
#include <weft/cpu/loop.hpp>
#include <weft/cpu/window.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// Adds factor * row to n elements of a sum; the elements of the row are `stride` apart.
template <dtype M>
void add_multiple(std::int64_t n, computed_type<M> factor, char const* row, std::int64_t stride,
                  computed_type<M>* sum) noexcept {
    using T = computed_type<M>;
    constexpr int lanes = sizeof(T) < vector_bytes ? vector_bytes / static_cast<int>(sizeof(T)) : 1;
    using V = pack<T, lanes>;
    for (std::int64_t j = 0; j < n; j += lanes) {
        int const count = static_cast<int>(n - j < lanes ? n - j : lanes);
        char const* const from = row + j * stride * size_of(M);
        V const x = stride == 1 ? load<M, lanes, spacing::next, false>(from, 1, count)
                                : load<M, lanes, spacing::strided, false>(from, stride, count);
        (V::load(sum + j, count) + V(factor) * x).store(sum + j, count);
    }
}

/// A matrix product of a plan as numbers: what runs it is in common for all of an element type.
/// Sizes are batch..., rows, columns, inner; strides of an operand batch..., rows, columns.
struct product_view {
    int batches;
    std::int64_t const* dims;
    std::int64_t const* strides[2];
    access_facts const* sides;
};
/// Where a product goes if it goes directly there, to be finished in place if at all; of `rows`
/// outer dimensions.
struct direct_result {
    char* to = nullptr;
    std::int64_t const* strides = nullptr;
    int rows = 0;
};
/// What the finish of a block gets: the state of the loop, and the row of the block's first.
struct finish_context {
    void* state;
    std::int64_t first_row;
};

/// Batches by several threads, each with memory of its own; false if there is nothing to gain.
template <class F>
bool run_batches(std::int64_t count, std::int64_t multiplications, std::int64_t bytes, F const& f) {
    auto const* const e = weft::detail::current_executor;
    if (e == nullptr || count * multiplications < gemm_detail::gemm_worth_threads) return false;
    std::int64_t const parts = gemm_detail::smaller_of<std::int64_t>(e->threads, count);
    char* const memory = weft::detail::piece_memory(parts * bytes);
    if (memory == nullptr) return false;
    weft::detail::in_pieces(*e, parts, [&](std::int64_t i) {
        std::int64_t const end = weft::detail::part_begin(count, 1, parts, i + 1);
        for (std::int64_t b = weft::detail::part_begin(count, 1, parts, i); b < end; ++b)
            f(b, memory + i * bytes);
    });
    return true;
}

/// Where a batch stands.
WEFT_INLINE std::int64_t batch_place(product_view const& p, std::int64_t const* strides,
                                     std::int64_t batch, std::int64_t const* extents) {
    if (p.batches <= 1) return p.batches == 1 ? batch * bound(strides[0], extents) : 0;
    std::int64_t at = 0;
    for (int d = p.batches; d-- > 0;) {
        std::int64_t const size = bound(p.dims[d], extents);
        at += batch % size * bound(strides[d], extents);
        batch /= size;
    }
    return at;
}

template <dtype Type>
[[gnu::noinline]] void run_product(product_view const& p, void* const* buffers,
                                   std::int64_t const* extents, void* scratch,
                                   direct_result const& direct,
                                   void (*finish)(void const*, block<computed_type<Type>> const&),
                                   void* state, [[maybe_unused]] bool concurrent) noexcept {
    using T = computed_type<Type>;
    std::int64_t const m = bound(p.dims[p.batches], extents),
                       n = bound(p.dims[p.batches + 1], extents),
                       k = bound(p.dims[p.batches + 2], extents);
    std::int64_t count = 1;
    for (int d = 0; d < p.batches; ++d) count *= bound(p.dims[d], extents);
    char const* operands[2];
    std::int64_t steps[2][2];
    for (int a = 0; a < 2; ++a) {
        operands[a] = static_cast<char const*>(buffers[p.sides[a].slot]) +
                      bound(p.sides[a].offset, extents) * size_of(Type);
        for (int i = 0; i < 2; ++i) steps[a][i] = bound(p.strides[a][p.batches + i], extents);
    }
    std::int64_t const row =
        direct.rows > 0 ? bound(direct.strides[direct.rows - 1], extents) : n;
    auto const one = [&](std::int64_t b, void* work) {
        char const* const x[] = {
            operands[0] + batch_place(p, p.strides[0], b, extents) * size_of(Type),
            operands[1] + batch_place(p, p.strides[1], b, extents) * size_of(Type)};
        finish_context const its{state, b * m};
        if constexpr (Type == dtype::f32 || Type == dtype::f64) {
            matrix<T> const left{reinterpret_cast<T const*>(x[0]), steps[0][0], steps[0][1]},
                right{reinterpret_cast<T const*>(x[1]), steps[1][0], steps[1][1]};
            T* to = reinterpret_cast<T*>(direct.to);
            if (to != nullptr)
                to += direct.rows == 1 ? b * m * row
                                       : batch_place(p, direct.strides, b, extents);
            gemm<T>(m, n, k, left, right, to, row, false, {finish, &its, concurrent}, work);
        } else if constexpr (computed(Type) != Type) {
            gemm_converted<Type>(m, n, k, x[0], steps[0], x[1], steps[1],
                                 {finish, &its, concurrent}, work);
        } else {  // one row after the other
            T* const sums = static_cast<T*>(work);
            for (std::int64_t i = 0; i < m; ++i) {
                for (std::int64_t j = 0; j < n; ++j) sums[j] = T{};
                for (std::int64_t q = 0; q < k; ++q) {
                    char const* const at =
                        x[0] + (i * steps[0][0] + q * steps[0][1]) * size_of(Type);
                    T const factor = first_of(load<Type, 1, spacing::next, true>(at, 1, 1));
                    add_multiple<Type>(n, factor, x[1] + q * steps[1][0] * size_of(Type),
                                       steps[1][1], sums);
                }
                finish(&its, {sums, n, i, 0, 1, n});
            }
        }
    };
    if constexpr (Type == dtype::f32 || Type == dtype::f64)
        if (count > 1 && (finish == nullptr || concurrent) &&
            run_batches(count, m * n * k, gemm_workspace_bytes<T>(m, n, k), one))
            return;
    for (std::int64_t b = 0; b < count; ++b) one(b, scratch);
}

/// A convolution of a plan: the same with a window in place of the left operand's strides.
template <dtype Type, unsigned Ways>
[[gnu::noinline]] void run_convolution(product_view const& p, std::int64_t const* window,
                                       void* const* buffers, std::int64_t const* extents,
                                       void* scratch, direct_result const& direct,
                                       void (*finish)(void const*,
                                                      block<computed_type<Type>> const&),
                                       void* state) noexcept {
    using T = computed_type<Type>;
    auto const shape = window_detail::read_window(
        window, [&](std::int64_t place) { return bound(place, extents); });
    std::int64_t count = 1;
    for (int d = 0; d < p.batches; ++d) count *= bound(p.dims[d], extents);
    auto const place = [&](std::int64_t const* strides, std::int64_t batch) {
        return batch_place(p, strides, batch, extents);
    };
    char const* operands[2];
    for (int a = 0; a < 2; ++a)
        operands[a] = static_cast<char const*>(buffers[p.sides[a].slot]) +
                      bound(p.sides[a].offset, extents) * size_of(Type);
    operands[1] += window_detail::first_weight(shape) * size_of(Type);
    std::int64_t const m = shape.m(), row = direct.rows > 0
                                                ? bound(direct.strides[direct.rows - 1], extents)
                                                : shape.n();
    for (std::int64_t b = 0; b < count; ++b) {
        char const* const x = operands[0] + place(p.strides[0], b) * size_of(Type);
        char const* const w = operands[1] + place(p.strides[1], b) * size_of(Type);
        finish_context const its{state, b * m};
        if constexpr (Type == dtype::f32 || Type == dtype::f64) {
            T* to = reinterpret_cast<T*>(direct.to);
            if (to != nullptr)
                to += direct.rows == 1 ? b * m * row : place(direct.strides, b);
            window_detail::run_window<T, Ways>({shape, reinterpret_cast<T const*>(x),
                                          reinterpret_cast<T const*>(w), to, row,
                                          to != nullptr ? epilogue<T>{} : epilogue<T>{finish, &its},
                                          static_cast<T*>(scratch)});
        } else {
            window_detail::each_window_row(
                shape, static_cast<T*>(scratch), [&](std::int64_t i, T* sums) {
                    finish(&its, {sums, shape.n(), i, 0, 1, shape.n()});
                },
                [&](std::int64_t element) {
                    return first_of(load<Type, 1, spacing::next, true>(
                        x + element * size_of(Type), 1, 1));
                },
                [&](std::int64_t element) {
                    return first_of(load<Type, 1, spacing::next, true>(
                        w + element * size_of(Type), 1, 1));
                });
        }
    }
}

template <class P, int K>
struct product {
    using body = loop<P, K>;
    using facts = loop_facts<P, K>;
    using state = typename body::state;
    static constexpr dtype type = facts::shape.type;
    using T = computed_type<type>;
    static constexpr int rank = facts::shape.product_rank, batches = rank - 3;

    static constexpr auto dims = [] {
        fixed<std::int64_t, rank> result{};
        for (int i = 0; i < rank; ++i)
            result[i] = run_time_extents<P>::place(P::plan.product_dim(K, i));
        return result;
    }();
    /// Of the operands: batch..., then rows and columns.
    static constexpr auto strides = [] {
        fixed<fixed<std::int64_t, rank - 1>, 2> result{};
        for (int a = 0; a < 2; ++a)
            for (int i = 0; i < rank - 1; ++i)
                result[a][i] = run_time_extents<P>::place(P::plan.stride(K, a, i));
        return result;
    }();

    /// The store of contiguous rows whose memory the product may be computed in, or -1.
    static constexpr int target = [] {
        if (facts::columns > 1 || (type != dtype::f32 && type != dtype::f64)) return -1;
        if (facts::rows > 1 && facts::rows != batches + 1) return -1;
        if (facts::rows == 0 && batches != 0) return -1;
        for (int i = 0; facts::rows > 1 && i < facts::rows; ++i)
            if (body::dims[i] != dims[i]) return -1;
        for (int i = 0; i < facts::count; ++i) {
            pass::instruction const& x = body::code[i];
            if (x.what != action::store || x.type != type || x.per_row) continue;
            if (facts::columns == 1 && facts::inner(x.access) != 1) continue;
            if (facts::rows > 0 && body::strides[x.access * body::rank + facts::rows - 1] == 0)
                continue;
            return x.access;
        }
        return -1;
    }();
    /// Nothing but that store: there is nothing to finish.
    static constexpr bool direct =
        target >= 0 && facts::count == 2 && body::code[0].what == action::product;
    /// Whether nothing else that the kernel reads or writes is in that memory.
    static bool is_free(void* const* buffers) {
        if constexpr (target >= 0 && !direct)
            for (int a = 0; a < facts::accesses; ++a)
                if (a != target && facts::numbers.accesses[a].bytes + (a < 2) != 0 &&
                    buffers[facts::numbers.accesses[a].slot] ==
                        buffers[facts::numbers.accesses[target].slot])
                    return false;
        return target >= 0;
    }

    /// Rows follow each other without a gap in all that is read and written: whole rows of a block
    /// are one row, which wastes no lanes at the ends. (A single column is no run along lanes.)
    static constexpr bool flat = [] {
        if (facts::rows != 1 || facts::columns != 1) return false;
        extent const n = P::plan.dim(K, 1);
        for (int a = 2; a < P::plan.kernels[K].accesses.count; ++a) {
            extent const row = P::plan.stride(K, a, 0), column = P::plan.stride(K, a, 1);
            if (!(row == extent{0} && column == extent{0}) && !(row == n && column == extent{1}))
                return false;
        }
        for (int i = 0; i < facts::count; ++i)
            if (body::code[i].what == pass::action::reduce_column) return false;
        return n.is_static() && n.value() > 1;
    }();

    /// Whether blocks may be finished in any order, by several threads.
    static constexpr bool concurrent = [] {
        for (int i = 0; i < facts::count; ++i) {
            auto const what = body::code[i].what;
            if (what == action::reduce_row || what == action::reduce_column ||
                what == action::reduce_all)
                return false;
        }
        return true;
    }();

    /// All numbers of a small product, if they are constants; else m is 0.
    static constexpr static_product constants = [] {
        static_product const none{};
        if ((type != dtype::f32 && type != dtype::f64) || facts::shape.window != 0) return none;
        std::int64_t const size[] = {dims[batches], dims[batches + 1], dims[batches + 2]};
        for (std::int64_t x : size)
            if (x < 1 || x > 4096) return none;
        if (size[1] < 2 || size[2] < 2) return none;
        std::int64_t row = size[1];
        if (direct && facts::rows > 0) row = body::strides[target * body::rank + facts::rows - 1];
        std::int64_t const steps[] = {strides[0][batches], strides[0][batches + 1],
                                      strides[1][batches], row};
        for (std::int64_t x : steps)
            if (x < 0 || x > 1 << 20) return none;
        if (strides[1][batches + 1] != 1 || facts::count == 0) return none;
        auto const i = [](std::int64_t x) { return static_cast<int>(x); };
        static_product const p{i(size[0]),  i(size[1]),  i(size[2]), i(steps[0]),
                               i(steps[1]), i(steps[2]), i(steps[3])};
        return has_constant_gemm<T>(p) ? p : none;
    }();
    static void run_constants(void* const* buffers, std::int64_t const* extents, void* scratch,
                              [[maybe_unused]] direct_result const& to, [[maybe_unused]] state& s) {
        std::int64_t count = 1;
        for (int d = 0; d < batches; ++d) count *= bound(dims[d], extents);
        T const* operands[2];
        for (int a = 0; a < 2; ++a)
            operands[a] = static_cast<T const*>(buffers[view.sides[a].slot]) +
                          bound(view.sides[a].offset, extents);
        auto const one = [&](std::int64_t b, [[maybe_unused]] void* work) {
            T* c = static_cast<T*>(work);
            if constexpr (direct)
                c = reinterpret_cast<T*>(to.to) +
                    (to.rows == 1 ? b * constants.m * constants.c_row
                                  : batch_place(view, to.strides, b, extents));
            gemm<T, constants>(operands[0] + batch_place(view, view.strides[0], b, extents),
                               operands[1] + batch_place(view, view.strides[1], b, extents), c);
            if constexpr (!direct) {
                finish_context const its{&s, b * constants.m};
                finish(&its, {c, constants.n, 0, 0, constants.m, constants.n});
            }
        };
        constexpr std::int64_t bytes =
            constants.m * constants.n * static_cast<std::int64_t>(sizeof(T));
        if constexpr (batches > 0 && concurrent)
            if (run_batches(count, constants.m * constants.n * constants.k, bytes, one)) return;
        for (std::int64_t b = 0; b < count; ++b) one(b, scratch);
    }

    static constexpr product_view view{
        batches, dims.at, {strides[0].at, strides[1].at}, facts::numbers.accesses.at};

    template <int I, int... U>
    static WEFT_INLINE void copy_sum(std::integer_sequence<int, U...>, state& from, state& to) {
        if constexpr (body::code[I].per_row)
            body::template reg<I, 1>(to.row) = body::template reg<I, 1>(from.row);
        else
            ((body::template reg<I, facts::lanes>(to.x[U]) =
                  body::template reg<I, facts::lanes>(from.x[U])),
             ...);
    }
    template <int... J>
    static WEFT_INLINE void copy_sums(std::integer_sequence<int, J...>, state& from, state& to) {
        (copy_sum<facts::template chosen<part::begin, -1>.at[J]>(indices<body::unroll>{}, from, to),
         ...);
    }
    static WEFT_INLINE void copy_sums(state& from, state& to) {
        if constexpr (facts::has(part::begin, -1))
            copy_sums(indices<facts::template chosen<part::begin, -1>.count>{}, from, to);
    }
    static void finish(void const* c, block<T> const& b) {
        auto const& its = *static_cast<finish_context const*>(c);
        auto& whole_state = *static_cast<state*>(its.state);
        state s;  // of its own, so that it can live in registers
        s.origin = whole_state.origin;
        copy_sums(whole_state, s);
        std::int64_t const row = its.first_row + b.row;
        if constexpr (flat) {
            constexpr std::int64_t full = P::plan.dim(K, 1).value();
            bool const whole = b.columns == b.stride && b.columns == full;
            std::int64_t const calls = whole ? 1 : b.rows, width = whole ? b.rows * full
                                                                         : b.columns;
            for (std::int64_t i = 0; i < calls; ++i)
                body::run_area(indices<facts::phases>{}, s,
                               {row + i, row + i + 1, b.column, b.column + width,
                                b.data + i * b.stride, b.stride});
        } else {
            body::run_area(indices<facts::phases>{}, s,
                           {row, row + b.rows, b.column, b.column + b.columns, b.data, b.stride});
        }
        copy_sums(s, whole_state);
    }

    static void run(void* const* buffers, std::int64_t const* extents, void* scratch) noexcept {
        state s;
        body::begin(s, buffers, extents);
        direct_result to{};
        if constexpr (target >= 0 && (direct || (constants.m == 0 && facts::shape.window == 0)))
            if (is_free(buffers))
                to = {s.origin.address.at[target], body::strides.at + target * body::rank,
                      facts::rows};
        constexpr auto finish_block = [] {
            if constexpr (direct)
                return static_cast<void (*)(void const*, block<T> const&)>(nullptr);
            else
                return &finish;
        }();
        if constexpr (facts::shape.window != 0) {
            constexpr std::int64_t const* window =
                windows_of<P>::places.data() + windows_of<P>::first(K);
            run_convolution<type, window_detail::window_ways<T>(window)>(
                view, window, buffers, extents, scratch, to, finish_block, &s);
        } else if constexpr (constants.m > 0)
            run_constants(buffers, extents, scratch, to, s);
        else
            run_product<type>(view, buffers, extents, scratch, to, finish_block, &s, concurrent);
        body::end(s);
    }
};

/// An index from memory, clamped to the rows of the table.
template <class I>
WEFT_INLINE std::int64_t clamped(I i, std::int64_t rows) {
    if constexpr (std::is_unsigned_v<I>)
        return i < static_cast<std::uint64_t>(rows) ? static_cast<std::int64_t>(i) : rows - 1;
    else
        return i < 0 ? 0 : i < rows ? static_cast<std::int64_t>(i) : rows - 1;
}

template <class P, int K>
struct row_mover {
    static constexpr pass::kernel shape = P::plan.kernels[K];
    using index_type = type_of<P::plan.instructions[shape.instructions.first].type>;
    template <int D>
    static WEFT_INLINE std::int64_t dim(std::int64_t const* extents) {
        return bound(run_time_extents<P>::place(P::plan.dim(K, D)), extents);
    }

    static void gather(void* const* buffers, std::int64_t const* extents, void*) noexcept {
        std::int64_t const count = dim<0>(extents), rows = dim<2>(extents),
                           bytes = dim<1>(extents) * size_of(shape.type);
        auto const* table = static_cast<char const*>(buffers[0]);
        auto const* at = static_cast<index_type const*>(buffers[1]);
        auto* to = static_cast<char*>(buffers[2]);
        for (std::int64_t i = 0; i < count; ++i, to += bytes) {
            if (rows > 0)
                std::memcpy(to, table + clamped(at[i], rows) * bytes,
                            static_cast<std::size_t>(bytes));
            else
                std::memset(to, 0, static_cast<std::size_t>(bytes));
        }
    }

    static void scatter(void* const* buffers, std::int64_t const* extents, void*) noexcept {
        constexpr dtype type = shape.type;
        using T = computed_type<type>;
        constexpr int lanes = type == dtype::boolean || sizeof(T) >= vector_bytes
                                  ? 1
                                  : vector_bytes / static_cast<int>(sizeof(T));
        std::int64_t const count = dim<0>(extents), width = dim<1>(extents),
                           rows = dim<2>(extents);
        auto const* at = static_cast<index_type const*>(buffers[0]);
        auto const* from = static_cast<char const*>(buffers[1]);
        auto* const table = static_cast<char*>(buffers[2]);
        if (rows <= 0 || width <= 0) return;
        std::memset(table, 0, static_cast<std::size_t>(rows * width * size_of(type)));
        for (std::int64_t i = 0; i < count; ++i) {
            char* const row = table + clamped(at[i], rows) * width * size_of(type);
            for (std::int64_t j = 0; j < width; j += lanes) {
                int const n = static_cast<int>(width - j < lanes ? width - j : lanes);
                char* const to = row + j * size_of(type);
                auto const x = load<type, lanes, spacing::next, false>(
                    from + (i * width + j) * size_of(type), 1, n);
                auto const sum = load<type, lanes, spacing::next, false>(to, 1, n);
                if constexpr (type == dtype::boolean)
                    store<type, lanes, spacing::next, false>(to, sum | x, 1, n);
                else
                    store<type, lanes, spacing::next, false>(to, sum + x, 1, n);
            }
        }
    }
};

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
