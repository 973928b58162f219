// SPDX-License-Identifier: BSL-1.0
// The measure of compile times: what including Eigen costs.
#include <Eigen/Core>
