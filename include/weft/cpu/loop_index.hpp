// SPDX-License-Identifier: BSL-1.0
// Index arithmetic of loops over several dimensions; places of extents are constants after
// inlining. Below loop.hpp.
#pragma once

#include <weft/cpu/loop_facts.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

template <int... D>
WEFT_INLINE std::int64_t offset_at(std::integer_sequence<int, D...>, std::int64_t const* index,
                                   std::int64_t const* strides,
                                   [[maybe_unused]] std::int64_t const* extents) {
    return ((index[D] * bound(strides[D], extents)) + ... + 0);
}
template <int... D>
WEFT_INLINE std::int64_t size_of_all(std::integer_sequence<int, D...>, std::int64_t const* dims,
                                     [[maybe_unused]] std::int64_t const* extents) {
    return (bound(dims[D], extents) * ... * 1);
}
template <int D>
WEFT_INLINE void split_index(std::int64_t flat, std::int64_t* index, std::int64_t const* dims,
                             std::int64_t const* extents) {
    if constexpr (D == 0) {
        index[0] = flat;
    } else if constexpr (D > 0) {
        std::int64_t const size = bound(dims[D], extents);
        index[D] = flat % size;
        split_index<D - 1>(flat / size, index, dims, extents);
    }
}
template <int D>
WEFT_INLINE void next_index(std::int64_t* index, std::int64_t const* dims,
                            std::int64_t const* extents) {
    if constexpr (D == 0) {
        ++index[0];
    } else if constexpr (D > 0) {
        if (++index[D] < bound(dims[D], extents)) return;
        index[D] = 0;
        next_index<D - 1>(index, dims, extents);
    }
}

/// Addresses (or positions) of the accesses of a kernel at the origin. In common for all kernels.
[[gnu::noinline]] inline void place_accesses(access_facts const* accesses, int count,
                                             void* const* buffers, std::int64_t const* extents,
                                             char** address, std::int64_t* position) noexcept {
    for (int a = 0; a < count; ++a) {
        access_facts const& its = accesses[a];
        std::int64_t const offset = bound(its.offset, extents);
        position[a] = offset;
        address[a] =
            its.bytes != 0 ? static_cast<char*>(buffers[its.slot]) + offset * its.bytes : nullptr;
    }
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
