// SPDX-License-Identifier: BSL-1.0
// Results beyond the cache: written past it, so that memory is not read before it is overwritten.
// A kernel writes a piece that stays in cache, which is then streamed to its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // the other takes a third of a second
#endif

#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// Bytes of a result from which on it is streamed: what is smaller may be read again from cache.
inline constexpr std::int64_t worth_streaming = std::int64_t{1} << 25;
/// Bytes of a piece: with the operands' pieces beside it, it stays in the first cache.
inline constexpr std::int64_t stream_piece = 4096;

/// Whether there are stores that go past the cache.
#if defined(__SSE2__)
inline constexpr bool can_stream = true;
#else
inline constexpr bool can_stream = false;
#endif

/// Copies bytes, a multiple of 64, to a place that is 64-byte aligned, past the cache.
inline void stream(char* to, char const* from, std::int64_t bytes) noexcept {
#if defined(__AVX512F__)
    for (std::int64_t i = 0; i < bytes; i += 64)
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), _mm512_load_si512(from + i));
#elif defined(__SSE2__)
    for (std::int64_t i = 0; i < bytes; i += 16)
        _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                         _mm_load_si128(reinterpret_cast<__m128i const*>(from + i)));
#else
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
#endif
}
/// Comes after the last of several `stream`: what follows sees all of it.
inline void end_stream() noexcept {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

/// Runs a loop over n elements of `size` bytes piece by piece, streaming what it writes to a slot.
[[gnu::noinline]] inline void run_streaming(void (*part)(void* const*, std::int64_t const*,
                                                         std::int64_t, std::int64_t) noexcept,
                                            void** slots, int output, std::int64_t n,
                                            int size) noexcept {
    alignas(64) char piece[stream_piece];
    char* const to = static_cast<char*>(slots[output]);
    std::int64_t const each = stream_piece / size;
    auto const behind = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) % 64);
    std::int64_t first = behind == 0 ? 0 : (64 - behind) / size;
    if (first > 0) part(slots, &n, 0, first);
    for (; first + each <= n; first += each) {
        slots[output] = piece - first * size;
        part(slots, &n, first, first + each);
        stream(to + first * size, piece, each * size);
    }
    end_stream();
    slots[output] = to;
    if (first < n) part(slots, &n, first, n);
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
