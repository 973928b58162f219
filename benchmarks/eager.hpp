// SPDX-License-Identifier: BSL-1.0
// What the programs of eager tensors share: numbers that all peers start from (peers/eager_cases.py
// makes the same ones), and how tensors look to Eigen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <weft/weft.hpp>

#include "harness.hpp"

#ifdef WEFT_HAS_EIGEN
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#endif

namespace eager {

using weft::axis, weft::dyn;
using vector = weft::tensor<float, dyn>;
using matrix = weft::tensor<float, dyn, dyn>;
using cube = weft::tensor<float, dyn, dyn, dyn>;

/// A hash of i, for different numbers that come again after 2^20.
inline std::uint32_t hashed(std::int64_t i, int seed) {
    auto h = static_cast<std::uint32_t>(i & 0xfffff) + static_cast<std::uint32_t>(seed) * 1000003u;
    h = (h ^ h >> 16) * 0x45d9f3bu;
    h = (h ^ h >> 16) * 0x45d9f3bu;
    return h ^ h >> 16;
}
/// In [-2, 2).
inline float value(std::int64_t i, int seed) {
    return static_cast<float>(hashed(i, seed) >> 8) * 0x1p-22f - 2.f;
}

template <class T>
void fill(T& x, int seed) {
    auto const n = static_cast<std::int64_t>(x.size());
    auto* const p = x.data();
    for (std::int64_t i = 0; i < n; ++i) p[i] = value(i, seed);
}
template <class Tensor>
Tensor filled(int seed, auto... extents) {
    auto x = Tensor::uninitialized(extents...);
    fill(x, seed);
    return x;
}
/// Whole numbers from 0 to below `end`.
inline weft::tensor<std::int32_t, dyn> whole_numbers(std::int64_t n, std::uint32_t end, int seed) {
    weft::tensor<std::int32_t, dyn> x(n);
    for (std::int64_t i = 0; i < n; ++i) x[i] = static_cast<std::int32_t>(hashed(i, seed) % end);
    return x;
}

/// Counts of numbers, of which each is four bytes.
inline bench::work moves(double flops, double read, double written) {
    return {.flops = flops, .read = 4 * read, .written = 4 * written};
}

#ifdef WEFT_HAS_EIGEN
using eigen_vector = Eigen::Map<Eigen::ArrayXf>;
using eigen_matrix =
    Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
inline eigen_vector mapped(vector& x) { return {x.data(), x.size()}; }
inline eigen_matrix mapped(matrix& x) { return {x.data(), x.extent(0), x.extent(1)}; }
#endif

}  // namespace eager
