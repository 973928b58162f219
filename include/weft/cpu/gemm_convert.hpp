// SPDX-License-Identifier: BSL-1.0
// Matrix products of bf16 and f16 matrices: blocks of the operands become floats on the way to the
// product of floats, so that sums are as exact as its. Between gemm.hpp and the kernels of a plan.
#pragma once

#include <weft/cpu/element.hpp>
#include <weft/cpu/gemm.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace cpu {

/// A block of a narrow matrix as floats, in the order in which its elements stand in memory.
template <dtype Type>
[[gnu::noinline]] matrix<float> converted(std::int64_t rows, std::int64_t columns, char const* from,
                                          std::int64_t row, std::int64_t column,
                                          float* to) noexcept {
    constexpr int lanes = gemm_detail::gemm_tile<float>::lanes;
    bool const by_columns = column != 1 && row == 1;
    if (by_columns) {
        std::swap(rows, columns);
        std::swap(row, column);
    }
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; j += lanes) {
            int const count =
                static_cast<int>(gemm_detail::smaller_of<std::int64_t>(lanes, columns - j));
            char const* const at = from + (i * row + j * column) * size_of(Type);
            float* const d = to + i * columns + j;
            if (column != 1)
                load<Type, lanes, spacing::strided, false>(at, column, count).store(d, count);
            else if (count == lanes)
                load<Type, lanes, spacing::next, true>(at, 1, lanes).store(d);
            else
                load<Type, lanes, spacing::next, false>(at, 1, count).store(d, count);
        }
    return by_columns ? matrix<float>{to, 1, columns} : matrix<float>{to, columns, 1};
}

/// The epilogue sees A B, computed in floats; strides are those of rows and of columns.
/// `workspace` has gemm_converted_bytes(m, n, k) bytes.
template <dtype Type>
void gemm_converted(std::int64_t m, std::int64_t n, std::int64_t k, char const* a,
                    std::int64_t const* a_steps, char const* b, std::int64_t const* b_steps,
                    epilogue<float> e, void* workspace) noexcept {
    constexpr gemm_convert_block most;
    auto* const right = static_cast<float*>(workspace);
    float* const left = right + gemm_detail::smaller_of(n, most.columns) * k;
    float* const rest = left + gemm_detail::smaller_of(m, most.rows) * k;
    for (std::int64_t j = 0; j < n; j += most.columns) {
        std::int64_t const columns = gemm_detail::smaller_of(most.columns, n - j);
        matrix<float> const y = converted<Type>(k, columns, b + j * b_steps[1] * size_of(Type),
                                                b_steps[0], b_steps[1], right);
        for (std::int64_t i = 0; i < m; i += most.rows) {
            std::int64_t const rows = gemm_detail::smaller_of(most.rows, m - i);
            matrix<float> const x = converted<Type>(rows, k, a + i * a_steps[0] * size_of(Type),
                                                    a_steps[0], a_steps[1], left);
            gemm_detail::part_epilogue<float> const finish{e, i, j};
            gemm<float>(rows, columns, k, x, y, nullptr, 0, false,
                        {&gemm_detail::part_epilogue<float>::run, &finish, e.concurrent}, rest);
        }
    }
}

}  // namespace cpu
}  // namespace WEFT_ISA
}  // namespace weft
