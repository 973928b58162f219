// SPDX-License-Identifier: BSL-1.0
// The loss of every tenth of a hundred steps of Adam, and of the last.
// Written by curves.py with PyTorch 2.15.0; not to be edited.
#pragma once

namespace recorded::curves {

// clang-format off
inline constexpr double block[] = {
    0.15913617610931396, 0.0714387372136116, 0.04715018719434738, 0.02463226579129696,
    0.012472577393054962, 0.008620200678706169, 0.003925926983356476, 0.002747297752648592,
    0.0019939986523240805, 0.0015043803723528981, 0.0012247528648003936,
};
// clang-format on

}  // namespace recorded::curves
