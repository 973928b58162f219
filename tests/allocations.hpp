// SPDX-License-Identifier: BSL-1.0
// Counts what a test program allocates, in whichever way. To be included by one file of a program.
#pragma once

#include <cstdlib>
#include <new>

namespace testing {
inline long allocations = 0;
}

// Not inlined, or g++ takes them for a mismatch.
#define WEFT_TEST_NOINLINE __attribute__((noinline))
WEFT_TEST_NOINLINE void* operator new(std::size_t n) {
    __atomic_fetch_add(&testing::allocations, 1, __ATOMIC_RELAXED);
    if (void* p = std::malloc(n ? n : 1)) return p;
    throw std::bad_alloc();
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::nothrow_t const&) noexcept {
    __atomic_fetch_add(&testing::allocations, 1, __ATOMIC_RELAXED);
    return std::malloc(n ? n : 1);
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::align_val_t a) {
    __atomic_fetch_add(&testing::allocations, 1, __ATOMIC_RELAXED);
    auto const align = static_cast<std::size_t>(a);
    if (void* p = std::aligned_alloc(align, (n + align) / align * align)) return p;
    throw std::bad_alloc();
}
WEFT_TEST_NOINLINE void* operator new(std::size_t n, std::align_val_t a,
                                      std::nothrow_t const&) noexcept {
    __atomic_fetch_add(&testing::allocations, 1, __ATOMIC_RELAXED);
    auto const align = static_cast<std::size_t>(a);
    return std::aligned_alloc(align, (n + align) / align * align);
}
WEFT_TEST_NOINLINE void operator delete(void* p) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::size_t) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
WEFT_TEST_NOINLINE void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}
#undef WEFT_TEST_NOINLINE
