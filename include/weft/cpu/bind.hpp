// SPDX-License-Identifier: BSL-1.0
// What a plan needs before it runs: the values of its run-time extents, in the order of one table,
// and scratch memory for its matrix products. Plain arithmetic without SIMD, for constants.
#pragma once

#include <array>
#include <cstdint>

#include <weft/core/text.hpp>
#include <weft/cpu/gemm_blocks.hpp>
#include <weft/cpu/window_blocks.hpp>
#include <weft/pass/plan.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <class R>
constexpr int count_of(R const& r) {
    return static_cast<int>(std::size(r));
}

/// Calls f(code) for each negative extent code that the kernels of a plan use.
template <class Plan, class F>
constexpr void each_run_time_code(Plan const& p, F f) {
    for (auto const& e : p.extent_pool)
        if (e.code < 0) f(e.code);
    for (auto const& a : p.accesses)
        if (a.offset.code < 0) f(a.offset.code);
    for (auto const& b : p.buffers)
        if (b.stride.code < 0) f(b.stride.code);
    for (auto const& l : p.loops)
        if (l.count.code < 0) f(l.count.code);
    for (auto const& i : p.instructions)
        if (i.what == pass::action::extent && i.bits < 0) f(i.bits);
}

/// The distinct run-time extents of P::plan. A run takes their values in this order.
template <class P>
struct run_time_extents {
private:
    static constexpr list<std::int64_t> collect() {
        list<std::int64_t> found;
        each_run_time_code(P::plan, [&](std::int64_t code) {
            for (std::int64_t known : found)
                if (known == code) return;
            found.push(code);
        });
        return found;
    }

public:
    static constexpr int count = collect().size();
    static constexpr auto codes = [] {
        std::array<std::int64_t, static_cast<std::size_t>(count)> result{};
        auto const all = collect();
        for (int i = 0; i < count; ++i) result[static_cast<std::size_t>(i)] = all[i];
        return result;
    }();
    /// The code as kernels keep it: a size, or -1 - i for place i of the table.
    static constexpr std::int64_t place(extent e) {
        if (e.code >= 0) return e.code;
        int i = 0;
        while (codes[static_cast<std::size_t>(i)] != e.code) ++i;
        return -1 - i;
    }
};

/// The value of a place; `extents` are the values of the table.
WEFT_INLINE constexpr std::int64_t bound(std::int64_t place, std::int64_t const* extents) {
    return place >= 0 ? place : extents[-1 - place];
}

/// The type in which elements are computed.
constexpr dtype computed(dtype t) { return t == dtype::bf16 || t == dtype::f16 ? dtype::f32 : t; }

/// What remains of a matrix product at run time to ask for scratch memory: places of extents, and
/// those of its window if it is a convolution.
struct product_sizes {
    dtype type;
    std::int64_t m, n, k;
    std::int64_t const* window;
};
/// A bit for each kind of product that needs scratch memory of its own.
constexpr unsigned scratch_kind(product_sizes const& p) {
    bool const window = p.window != nullptr;
    if (p.type == dtype::f32) return window ? 2 : 1;
    if (p.type == dtype::f64) return window ? 8 : 4;
    return computed(p.type) != p.type && !window ? 16 : 0;
}
/// Bytes of scratch memory, 64-byte aligned, that the largest of some products needs. They are of
/// these kinds: a program has no code for others.
template <unsigned Kinds>
WEFT_COLD constexpr std::int64_t scratch_bytes(product_sizes const* products, std::size_t count,
                                               std::int64_t const* extents) {
    using namespace window_detail;
    std::int64_t most = 0;
    for (std::size_t i = 0; i < count; ++i) {
        product_sizes const& its = products[i];
        unsigned const kind = scratch_kind(its);
        [[maybe_unused]] std::int64_t const m = bound(its.m, extents), k = bound(its.k, extents);
        std::int64_t const n = bound(its.n, extents);
        [[maybe_unused]] auto const window = [&] {
            return read_window(its.window,
                               [&](std::int64_t place) { return bound(place, extents); });
        };
        std::int64_t bytes = n * size_of(computed(its.type));
        if constexpr (Kinds & 1)
            if (kind == 1) bytes = gemm_workspace_bytes<float>(m, n, k);
        if constexpr (Kinds & 2)
            if (kind == 2) bytes = window_workspace_bytes<float>(window());
        if constexpr (Kinds & 4)
            if (kind == 4) bytes = gemm_workspace_bytes<double>(m, n, k);
        if constexpr (Kinds & 8)
            if (kind == 8) bytes = window_workspace_bytes<double>(window());
        if constexpr (Kinds & 16)
            if (kind == 16) bytes = gemm_converted_bytes(m, n, k);
        if (bytes > most) most = bytes;
    }
    return (most + 63) / 64 * 64;
}

/// The numbers of the windows of a plan, one after the other, as places of extents.
template <class P>
struct windows_of {
    static constexpr int length(int k) {
        return P::plan.kernels[k].window == 0
                   ? 0
                   : pass::window_place::first_axis +
                         static_cast<int>(P::plan.extent_pool[P::plan.kernels[k].window].value()) *
                             pass::window_place::per_axis;
    }
    /// Where those of kernel k begin.
    static constexpr int first(int k) {
        int n = 0;
        for (int i = 0; i < k; ++i) n += length(i);
        return n;
    }
    static constexpr auto places = [] {
        std::array<std::int64_t, static_cast<std::size_t>(first(count_of(P::plan.kernels)) + 1)> result{};
        std::size_t next = 0;
        for (int k = 0; k < count_of(P::plan.kernels); ++k)
            for (int i = 0; i < length(k); ++i)
                result[next++] = run_time_extents<P>::place(
                    P::plan.extent_pool[P::plan.kernels[k].window + i]);
        return result;
    }();
};

/// The matrix products of a plan.
template <class P>
struct products_of {
    static constexpr int count = [] {
        int n = 0;
        for (auto const& k : P::plan.kernels) n += k.kind == pass::kernel_kind::product;
        return n;
    }();
    static constexpr auto table = [] {
        std::array<product_sizes, static_cast<std::size_t>(count)> result{};
        std::size_t next = 0;
        for (int k = 0; k < count_of(P::plan.kernels); ++k) {
            pass::kernel const& its = P::plan.kernels[k];
            if (its.kind != pass::kernel_kind::product) continue;
            auto const size = [&](int i) {
                return run_time_extents<P>::place(P::plan.product_dim(k, its.product_rank - i));
            };
            result[next++] = {its.type, size(3), size(2), size(1),
                              its.window == 0 ? nullptr
                                              : windows_of<P>::places.data() + windows_of<P>::first(k)};
        }
        return result;
    }();
};

/// Bytes of scratch memory, 64-byte aligned, that a run of the plan needs. Without run-time
/// extents `extents` may be null.
template <class P>
constexpr std::int64_t scratch_bytes(std::int64_t const* extents) {
    constexpr unsigned kinds = [] {
        unsigned all = 0;
        for (product_sizes const& p : products_of<P>::table) all |= scratch_kind(p);
        return all;
    }();
    return scratch_bytes<kinds>(products_of<P>::table.data(), products_of<P>::table.size(),
                                extents);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
