// SPDX-License-Identifier: BSL-1.0
// What one core of this machine can do at best: fused multiply-adds from registers, and reading,
// writing and the triad a = b + s * c on a given amount of memory. The benchmarks are compared
// with these limits, measured in the same run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace bench::machine {

#if defined(__AVX512F__)
inline constexpr std::size_t pack_bytes = 64;
inline constexpr std::size_t chains = 20;  // independent: latency 4, two ports, some to spare
#elif defined(__AVX__)
inline constexpr std::size_t pack_bytes = 32;
inline constexpr std::size_t chains = 12;
#else
inline constexpr std::size_t pack_bytes = 16;
inline constexpr std::size_t chains = 12;
#endif
inline constexpr std::size_t lanes = pack_bytes / sizeof(float);
typedef float pack __attribute__((vector_size(pack_bytes)));

namespace detail {

/// Keeps a pack in a register and its value unknown to the compiler.
inline void keep(pack& value) {
#if defined(__x86_64__)
    asm volatile("" : "+v"(value));
#else
    asm volatile("" : "+w"(value));
#endif
}

inline pack all(float value) { return pack{} + value; }

template <std::size_t... I>
inline void multiply_add(long rounds, std::index_sequence<I...>) {
    pack sums[] = {all(static_cast<float>(I))...};
    pack const factor = all(0.5f);
    pack const term = all(1.f);
    for (long r = 0; r < rounds; ++r) ((sums[I] = sums[I] * factor + term), ...);
    (keep(sums[I]), ...);
}

template <bool Prefetch, std::size_t... I>
inline void read(pack const* from, std::size_t packs, std::index_sequence<I...>) {
    pack sums[] = {all(static_cast<float>(I))...};
    for (std::size_t i = 0; i < packs; i += sizeof...(I)) {
        // Two kilobytes ahead: 1.2 x the rate that the hardware's prefetcher reaches from memory.
        if constexpr (Prefetch) (__builtin_prefetch(from + i + I + 2048 / pack_bytes), ...);
        ((sums[I] += from[i + I]), ...);
    }
    (keep(sums[I]), ...);
}

template <bool Stream>
inline void store(pack* to, pack value) {
#if defined(__AVX512F__)
    if constexpr (Stream) return _mm512_stream_ps(reinterpret_cast<float*>(to), value);
#elif defined(__AVX__)
    if constexpr (Stream) return _mm256_stream_ps(reinterpret_cast<float*>(to), value);
#elif defined(__x86_64__)
    if constexpr (Stream) return _mm_stream_ps(reinterpret_cast<float*>(to), value);
#endif
    *to = value;
}

template <bool Stream, std::size_t... I>
inline void write(pack* to, std::size_t packs, std::index_sequence<I...>) {
    pack value = all(1.f);
    keep(value);
    for (std::size_t i = 0; i < packs; i += sizeof...(I)) (store<Stream>(to + i + I, value), ...);
}

template <bool Stream, std::size_t... I>
inline void triad(pack* a, pack const* b, pack const* c, std::size_t packs,
                  std::index_sequence<I...>) {
    pack factor = all(1.5f);
    keep(factor);
    for (std::size_t i = 0; i < packs; i += sizeof...(I))
        (store<Stream>(a + i + I, b[i + I] + factor * c[i + I]), ...);
}

/// The shortest time of one call within about `seconds`, calls grouped to 20 us or more.
template <class F>
double shortest(F f, double seconds) {
    using clock = std::chrono::steady_clock;
    double best = 1e9;
    long n = 1;
    auto const begin = clock::now();
    for (int sample = 0;; ++sample) {
        auto const start = clock::now();
        for (long i = 0; i < n; ++i) {
            f();
            asm volatile("" : : : "memory");
        }
        auto const stop = clock::now();
        double const t = std::chrono::duration<double>(stop - start).count();
        best = std::min(best, t / static_cast<double>(n));
        if (t < 2e-5) n *= 2;
        if (sample >= 2 && std::chrono::duration<double>(stop - begin).count() > seconds)
            return best;
    }
}

}  // namespace detail

/// Billions of single-precision operations a second (a fused multiply-add is two).
inline double peak_gflops(double seconds = 0.03) {
    constexpr long rounds = 2000;
    double const t = detail::shortest(
        [] { detail::multiply_add(rounds, std::make_index_sequence<chains>{}); }, seconds);
    return 2e-9 * static_cast<double>(rounds * static_cast<long>(chains * lanes)) / t;
}

/// Billions of bytes a second.
struct bandwidth {
    double read = 0;
    double write = 0;
    double triad = 0;
};

/// Bandwidth on `footprint` bytes that are touched again and again; streaming stores where faster.
inline bandwidth measure_bandwidth(std::size_t footprint, double seconds = 0.03) {
    constexpr std::size_t unroll = 8;
    constexpr std::size_t grain = 3 * unroll * pack_bytes;
    constexpr std::size_t huge_page = std::size_t{2} << 20;
    constexpr auto index = std::make_index_sequence<unroll>{};
    std::size_t const bytes = std::max(grain, footprint / grain * grain);
    std::size_t const room = (bytes + 4096 + huge_page - 1) / huge_page * huge_page;
    std::unique_ptr<void, void (*)(void*)> const memory(std::aligned_alloc(huge_page, room),
                                                        std::free);
    if (memory == nullptr) return {};
#if defined(__linux__)
    madvise(memory.get(), room, MADV_HUGEPAGE);
#endif
    auto* const data = static_cast<pack*>(memory.get());
    std::size_t const packs = bytes / pack_bytes;
    std::size_t const third = packs / 3;
    // A few lines apart, so that the three streams do not meet in the same cache sets.
    pack* const b = data + third + 5;
    pack* const c = b + third + 5;
    std::fill(data, data + packs + 10, detail::all(1.f));

    auto const rate = [&](std::size_t n, auto f) {
        return static_cast<double>(n * pack_bytes) / detail::shortest(f, seconds / 6) * 1e-9;
    };
    bandwidth out;
    out.read = std::max(rate(packs, [&] { detail::read<false>(data, packs, index); }),
                        rate(packs, [&] { detail::read<true>(data, packs, index); }));
    out.write = std::max(rate(packs, [&] { detail::write<false>(data, packs, index); }),
                         rate(packs, [&] { detail::write<true>(data, packs, index); }));
    out.triad = std::max(rate(3 * third, [&] { detail::triad<false>(data, b, c, third, index); }),
                         rate(3 * third, [&] { detail::triad<true>(data, b, c, third, index); }));
    return out;
}

}  // namespace bench::machine
