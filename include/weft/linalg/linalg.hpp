// SPDX-License-Identifier: BSL-1.0
// Linear algebra on batches of matrices, through Eigen. Not part of weft.hpp: CMake component
// eigen.
#pragma once

#include <weft/linalg/cholesky.hpp>
#include <weft/linalg/expm.hpp>
#include <weft/linalg/orthogonal.hpp>
#include <weft/linalg/positive.hpp>
#include <weft/linalg/solve.hpp>
